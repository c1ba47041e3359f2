"""Teams, the related, entrusted visits and the files of minors at the desk, and what phones then get of them."""

import json

import pytest
from sqlalchemy import select

from fieldapp import jobs
from fieldapp.actions import reviews
from fieldapp.db import reading
from fieldapp.models import bodies, bundles, scope
from fieldapp.models.accounts import Role, acting_for
from fieldapp.models.audit import AuditRow
from fieldapp.models.casefiles import is_minor
from fieldapp.models.cases import Assignment, Case, CasePerson, ConflictOfInterest, OpeningReason, Visit
from fieldapp.models.feed import FeedRow
from fieldapp.models.records import Record, Revision
from tests import factories, reports


@pytest.fixture
def look(app):
    def into():
        return reading()

    with app.app_context():
        yield into


@pytest.fixture
def newcomer(session, county, clock):
    person_id = factories.person(session, clock(), Role.CASEWORKER, county.district, name="高新", login="newcomer")
    session.commit()
    return person_id


def join(desk, county, person_id, **more):
    form = {"person": str(person_id), "team_role": "member", "related": "no", "ends_on": "", **more}
    return desk.post(f"/cases/{county.case_id}/team", **form)


def kind_told(session, county, person_id):
    row = session.get(FeedRow, (county.district, person_id, f"case:{county.case_id}"))
    return None if row is None else row.kind


def test_a_new_member_has_a_place_and_a_last_day_and_loses_the_case_after_it(at_desk, county, newcomer, look, clock):
    # Given somebody who joins until tomorrow
    desk = at_desk("supervisor")
    tomorrow = "2026-11-22"
    assert join(desk, county, newcomer, team_role="lead", ends_on=tomorrow).status_code == 303
    page = desk.get(f"/cases/{county.case_id}").text
    assert "高新" in page and "负责人" in page and tomorrow in page
    with look() as session:
        assert kind_told(session, county, newcomer) == "put"
    # When her last day is over, and not before
    assert jobs.end_memberships(clock()) == 0
    clock.advance(days=2)
    assert jobs.end_memberships(clock()) == 1
    # Then the case leaves her phone, and the audit says so
    with look() as session:
        assert session.get(Assignment, (county.district, county.case_id, newcomer)).ended_at == clock()
        assert kind_told(session, county, newcomer) == "out"
        assert "end_member" in set(session.scalars(select(AuditRow.act)))


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"ends_on": "2026-01-01"}, 422),
        ({"team_role": "village"}, 422),
        ({"team_role": "entrusted"}, 422),
        ({"team_role": "boss"}, 400),
        ({"ends_on": "soon"}, 400),
    ],
)
def test_a_member_that_cannot_join_is_refused(at_desk, county, newcomer, look, change, status):
    assert join(at_desk("supervisor"), county, newcomer, **change).status_code == status
    with look() as session:
        assert session.get(Assignment, (county.district, county.case_id, newcomer)) is None


def test_who_is_related_is_kept_away_from_everything_until_somebody_else_takes_it_back(
    at_desk, county, newcomer, look, clock
):
    desk = at_desk("supervisor")
    # Given somebody who said, when asked, that she is related
    assert join(desk, county, newcomer, related="yes").status_code == 303
    with look() as session:
        assert session.get(Assignment, (county.district, county.case_id, newcomer)) is None
        assert session.get(ConflictOfInterest, (county.district, county.case_id, newcomer)).lifted_at is None
    # When she is put on the team or on a visit all the same
    assert join(desk, county, newcomer).status_code == 409
    visit = {"purpose": "follow_up", "visitors": [str(newcomer)], "planned_on": "2026-11-25", "reason": "asked_for"}
    assert desk.post(f"/cases/{county.case_id}/visits", **visit).status_code == 409
    # Then only after it was taken back
    assert desk.post(f"/cases/{county.case_id}/related/{newcomer}/lift").status_code == 303
    assert join(desk, county, newcomer).status_code == 303


def test_a_supervisor_who_says_she_is_related_finds_the_file_no_more_and_cannot_take_it_back(
    at_desk, county, second_supervisor
):
    desk = at_desk("supervisor")
    assert desk.post(f"/cases/{county.case_id}/related").status_code == 303
    assert desk.get(f"/cases/{county.case_id}").status_code == 404
    assert desk.post(f"/cases/{county.case_id}/related/{county.supervisor_id}/lift").status_code == 404
    assert "柳-" not in desk.get("/cases").text
    other = at_desk("second")
    assert "陈岚" in other.get(f"/cases/{county.case_id}").text
    assert other.post(f"/cases/{county.case_id}/related/{county.supervisor_id}/lift").status_code == 303
    assert desk.get(f"/cases/{county.case_id}").status_code == 200


def test_a_member_who_becomes_related_loses_the_case_at_the_next_sync(at_desk, county, look):
    assert join(at_desk("supervisor"), county, county.caseworker_id, related="yes").status_code == 303
    with look() as session:
        assert kind_told(session, county, county.caseworker_id) == "out"
        acting = county.acting(session, "caseworker")
        assert session.scalars(select(Case.case_id).where(scope.cases_of(acting))).all() == []


@pytest.fixture
def entrusted(at_desk, session, county, clock):
    """A caseworker of the other township to whom the one visit is entrusted."""
    person_id = factories.person(session, clock(), Role.CASEWORKER, county.other_village[:9], name="远方", login="far")
    session.commit()
    desk = at_desk("supervisor")
    visit = {"purpose": "follow_up", "visitors": [str(person_id)], "planned_on": "2026-11-21", "reason": "asked_for"}
    assert desk.post(f"/cases/{county.case_id}/entrust", **visit).status_code == 303
    return person_id


def test_an_entrusted_visit_shows_itself_and_nothing_else_of_the_family(entrusted, session, county, clock):
    # Given a family with another visit, another's report, another member and a way to reach her
    factories.record(session, clock(), county)
    other = factories.new_id()
    key = (county.district, county.case_id, other)
    told = '{"name":"刘小","sex":"male","birth_ym":"2015-01","relation":"son","household":true}'.encode()
    sealed = bodies.seal_for_case(session, *key[:2], "case_person", "sealed_details", key, told)
    session.add(CasePerson(district=key[0], case_id=key[1], person_id=other, sealed_details=sealed))
    session.commit()
    acting = acting_for(session, county.district, entrusted)
    own = session.scalars(select(Visit.visit_id).where(Visit.visit_id != county.visit_id)).one()
    # When her phone asks for the family
    bundle = bundles.cases_of(session, acting, [county.case_id], clock())[county.case_id]
    # Then it gets that visit, the name of the subject, and no report of anybody else
    assert [visit["visit_id"] for visit in bundle["visits"]] == [str(own)]
    assert [person["name"] for person in bundle["people"]] == ["刘梅"]
    assert bundle["people"][0]["birth_ym"] is None and bundle["contact"] is None and bundle["facts"] == {}
    assert bundle["records"] == [] and "刘小" not in json.dumps(bundle, ensure_ascii=False)
    assert session.scalars(select(Record.record_id).where(scope.records_of(acting))).all() == []
    # And her own report stands there
    record_id, _ = factories.record(session, clock(), county, author_id=entrusted, visit_id=own, form="F3")
    session.commit()
    bundle = bundles.cases_of(session, acting, [county.case_id], clock())[county.case_id]
    assert [record["record_id"] for record in bundle["records"]] == [str(record_id)]


def test_an_entrusted_visit_shows_itself_at_the_desk_and_ends_with_its_place_on_the_team(
    entrusted, at_desk, county, look
):
    desk = at_desk("far")
    page = desk.get(f"/cases/{county.case_id}").text
    assert "刘梅" in page and "1988-03" not in page and "李雨" not in page
    supervisor = at_desk("supervisor")
    assert supervisor.post(f"/cases/{county.case_id}/team/{entrusted}/end").status_code == 303
    assert desk.get(f"/cases/{county.case_id}").status_code == 404


def test_an_entrusted_visit_that_is_taken_off_or_made_ends_the_sight_of_the_family(
    entrusted, at_desk, session, county, clock, look
):
    # Given two visits entrusted to her
    desk = at_desk("supervisor")
    again = {"purpose": "follow_up", "visitors": [str(entrusted)], "planned_on": "2026-11-22", "reason": "asked_for"}
    assert desk.post(f"/cases/{county.case_id}/entrust", **again).status_code == 303
    first, second = session.scalars(
        select(Visit.visit_id).where(Visit.visit_id != county.visit_id).order_by(Visit.planned_on)
    )
    session.commit()
    # When one is taken off, then she still has the other
    assert desk.post(f"/cases/visits/{first}/cancel").status_code == 303
    assert at_desk("far").get(f"/cases/{county.case_id}").status_code == 200
    # When that is taken off as well
    assert desk.post(f"/cases/visits/{second}/cancel").status_code == 303
    # Then the family is closed to her and leaves her phone; the other visitors stay
    assert at_desk("far").get(f"/cases/{county.case_id}").status_code == 404
    with look() as fresh:
        assert kind_told(fresh, county, entrusted) == "out"
        assert fresh.get_one(Assignment, (county.district, county.case_id, entrusted)).ended_at is not None
        assert fresh.get_one(Assignment, (county.district, county.case_id, county.caseworker_id)).ended_at is None


def test_an_entrusted_visit_whose_report_is_approved_ends_the_sight_of_the_family(
    entrusted, at_desk, session, county, clock, look, forms
):
    # Given the report of the entrusted visit
    own = session.scalars(select(Visit.visit_id).where(Visit.visit_id != county.visit_id)).one()
    told = reports.body(reports.investigation(county.subject_id), clock())
    record_id, _ = factories.record(session, clock(), county, author_id=entrusted, visit_id=own, answers=told)
    # When it is approved
    acting = acting_for(session, county.district, county.supervisor_id, clock())
    reviews.open_review(session, acting, record_id, clock())
    head = session.get_one(
        Revision, (county.district, session.get_one(Record, (county.district, record_id)).head_revision_id)
    )
    reviews.approve(session, acting, record_id, head.revision_id, head.content_hash, text="可以", now=clock())
    session.commit()
    # Then she sees the family no more
    assert session.get_one(Assignment, (county.district, county.case_id, entrusted)).ended_at is not None
    session.commit()
    assert at_desk("far").get(f"/cases/{county.case_id}").status_code == 404


def test_a_right_in_the_region_opens_no_file_to_who_only_makes_an_entrusted_visit(entrusted, session, county, clock):
    # Given that she works in this region since
    factories.grant(session, clock(), entrusted, Role.CASEWORKER, county.district)
    session.commit()
    # Then her phone still gets the one visit and a name
    acting = acting_for(session, county.district, entrusted)
    bundle = bundles.cases_of(session, acting, [county.case_id], clock())[county.case_id]
    assert bundle["state"] is None and bundle["people"][0]["birth_ym"] is None


def test_who_sees_clear_columns_alone_is_shown_no_programme_and_no_kind_of_visit(
    entrusted, at_desk, session, county, clock
):
    # Given a family of a programme, with an investigation planned
    session.get_one(Case, (county.district, county.case_id)).programme = "困境妇女专项"
    factories.person(session, clock(), Role.DATA_PROTECTION, county.district, login="officer")
    session.commit()
    pages = {who: at_desk(who).get(f"/cases/{county.case_id}").text for who in ("officer", "administrator", "far")}
    # Then the programme stands on no page of theirs, and the kind on none that only counts visits
    assert not any("困境妇女专项" in page for page in pages.values())
    assert "入户走访" in pages["administrator"] and "入户走访" not in pages["officer"]
    assert "困境妇女专项" in at_desk("supervisor").get(f"/cases/{county.case_id}").text


def test_a_visit_is_entrusted_only_to_caseworkers_of_another_region(at_desk, county):
    visit = {"purpose": "follow_up", "planned_on": "2026-11-21", "reason": "asked_for"}
    desk = at_desk("supervisor")
    for person_id in (county.caseworker_id, county.cadre_id):
        answer = desk.post(f"/cases/{county.case_id}/entrust", visitors=[str(person_id)], **visit)
        assert answer.status_code == 422


@pytest.fixture
def girl(session, county, clock):
    """The family is about a girl of twelve."""
    key = (county.district, county.case_id, county.subject_id)
    told = '{"name":"刘梅","sex":"female","birth_ym":"2014-03","relation":"self","household":true}'.encode()
    row = session.get_one(CasePerson, key)
    row.sealed_details = bodies.seal_for_case(session, *key[:2], "case_person", "sealed_details", key, told)
    session.commit()


def test_the_file_of_a_minor_asks_a_reason_once_a_day_and_keeps_it(girl, at_desk, county, session, look, clock):
    desk, address = at_desk("supervisor"), f"/cases/{county.case_id}"
    # Given that she opens it: she is asked before a name is shown
    asked = desk.get(address)
    assert asked.status_code == 303 and "刘梅" not in desk.get(asked.headers["Location"]).text
    form = asked.headers["Location"]
    assert desk.post(form, reason="because").status_code == 422
    assert desk.post(form, reason="other", line=" ").status_code == 422
    # When she says why
    answer = desk.post(form, reason="other", line="刘梅的老师来电")
    # Then the file opens for the day, the choice stands in the audit and the line is sealed
    assert answer.status_code == 303 and answer.headers["Location"].endswith(address)
    assert "刘梅" in desk.get(address).text
    with look() as fresh:
        row = fresh.scalars(select(AuditRow).where(AuditRow.act == "open_minor_file")).one()
        assert json.loads(row.about) == {"case": str(county.case_id), "reason": "other"}
        kept = fresh.scalars(select(OpeningReason)).one()
        assert "刘梅".encode() not in kept.sealed_line
    clock.advance(minutes=10)
    desk.get("/cases")
    assert desk.get(address).status_code == 200
    # And for somebody else, or tomorrow, it asks again
    assert at_desk("caseworker").get(address).status_code == 303


def test_the_report_about_a_minor_asks_as_well(girl, forms, at_desk, county, session, clock, report_id):
    asked = at_desk("supervisor").get(f"/reports/{report_id}")
    assert asked.status_code == 303 and "/reason" in asked.headers["Location"]


def test_a_refused_form_does_not_show_the_file_of_a_minor_before_the_reason(girl, at_desk, county):
    desk = at_desk("supervisor")
    refused = desk.post(
        f"/cases/{county.case_id}/visits", purpose="investigation", visitors=[], planned_on="2026-11-21",
        reason="asked_for",
    )  # fmt: skip
    assert refused.status_code == 422 and "刘梅" not in refused.text and "/reason" in refused.text


def test_a_form_of_the_desk_about_a_minor_asks_as_well(girl, forms, at_desk, county):
    # Given a form begun at the desk without the file being opened
    desk = at_desk("caseworker")
    begun = desk.post("/records", form="F7", case_id=str(county.case_id))
    assert begun.status_code == 303
    # When its page is asked for, then the reason comes first
    page = begun.headers["Location"]
    asked = desk.get(page)
    assert asked.status_code == 303 and "/reason" in asked.headers["Location"]
    assert desk.post(asked.headers["Location"], reason="plan").headers["Location"].endswith(page)
    assert desk.get(page).status_code == 200


@pytest.mark.parametrize(
    ("born", "minor"),
    [("2008-10", False), ("2008-11", True), ("2008", True), ("2007", False), (None, False), ("?", False)],
)
def test_who_may_be_under_eighteen_counts_as_a_minor(born, minor, clock):
    assert is_minor(born, clock().date()) is minor
