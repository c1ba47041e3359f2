"""Parts of one visit by two visitors: read together, and named one by one in an approval."""

import json

import pytest
from sqlalchemy import select

from fieldapp.actions import parts
from fieldapp.db import reading
from fieldapp.models.accounts import Role
from fieldapp.models.audit import AuditRow
from fieldapp.models.records import DraftCopy, Record, Revision
from fieldapp.models.reviews import Decision, DecisionPart
from tests import factories, reports
from tests.reports import SON_ROW

HEAD = "hh.head"


@pytest.fixture(autouse=True)
def ready(app):
    with app.app_context():
        yield


@pytest.fixture
def other_part(session, forms, county, clock):
    """The second visitor's report of the same visit: `other_part({"hh.head": "刘家旺"}, state="door_submitted")`."""

    def make(changes=None, **more):
        answers = reports.changed(reports.investigation(county.subject_id), changes or {})
        told = reports.body(answers, clock())
        record_id, _ = factories.record(
            session, clock(), county, author_id=county.second_caseworker_id, answers=told, **more
        )
        session.commit()
        return record_id

    return make


def in_review(at_desk, report_id):
    desk = at_desk("supervisor")
    desk.get(f"/reports/{report_id}")
    assert desk.post(f"/reports/{report_id}/open").status_code == 303
    desk.get(f"/reports/{report_id}")
    return desk


def approve(desk, report_id, **more):
    return desk.post(f"/reports/{report_id}/approve", **desk.read_revision(), **more)


def code_of(answer):
    return answer.text.partition('data-code="')[2].partition('"')[0]


def state_of(county, record_id):
    with reading() as session:
        return session.get_one(Record, (county.district, record_id)).state


def parts_bound():
    with reading() as session:
        return [(row.record_id, row.revision_id, row.content_hash) for row in session.scalars(select(DecisionPart))]


def head_of(county, record_id):
    with reading() as session:
        return session.get_one(Record, (county.district, record_id)).head_revision_id


def card(desk):
    """The part of the page that shows the visit; empty where there is none."""
    return desk.page.partition('<section class="card parts"')[2].partition("</section>")[0]


def test_a_report_that_is_alone_in_its_visit_shows_no_parts_and_names_none(at_desk, report_id, county):
    desk = in_review(at_desk, report_id)
    assert card(desk) == "" and desk.read_revision()["parts"] == ""
    assert approve(desk, report_id).status_code == 303
    assert parts_bound() == []


def test_an_approval_names_exactly_the_revision_of_the_other_part_that_was_read(at_desk, report_id, other_part, county):
    other_id = other_part()
    desk = in_review(at_desk, report_id)
    assert "王禾" in card(desk) and f"/reports/{other_id}" in card(desk)
    assert approve(desk, report_id).status_code == 303  # both are handed in: nothing more to type

    (bound,) = parts_bound()
    assert bound[:2] == (other_id, head_of(county, other_id))
    with reading() as session:
        decision = session.scalars(select(Decision)).one()
        audited = session.scalars(select(AuditRow).where(AuditRow.act == "approved")).one()
    assert (decision.record_id, decision.kind) == (report_id, "approved")
    assert json.loads(audited.about)["parts"] == [str(bound[1])]
    desk.get(f"/reports/{report_id}")
    assert "王禾" in desk.page.partition('id="history-title"')[2]


def test_an_approval_is_refused_where_the_other_part_has_a_newer_revision(
    at_desk, report_id, other_part, county, session, clock
):
    other_id = other_part()
    desk = in_review(at_desk, report_id)
    newer = reports.body(reports.changed(reports.investigation(county.subject_id), {HEAD: "刘家旺"}), clock())
    factories.revision(session, clock(), other_id, newer)
    session.commit()

    assert code_of(approve(desk, report_id)) == "part_changed"
    assert state_of(county, report_id) == "in_review" and parts_bound() == []
    desk.get(f"/reports/{report_id}")  # read again, it is hers to approve
    assert approve(desk, report_id).status_code == 303


def test_an_approval_is_refused_where_a_part_came_that_was_not_read(at_desk, report_id, other_part, county):
    desk = in_review(at_desk, report_id)
    other_part()
    assert code_of(approve(desk, report_id)) == "part_changed"
    assert state_of(county, report_id) == "in_review"


def test_a_page_that_names_no_parts_approves_nothing_over_them(at_desk, report_id, other_part, county):
    other_part()
    desk = in_review(at_desk, report_id)
    named = {**desk.read_revision(), "parts": ""}
    assert code_of(desk.post(f"/reports/{report_id}/approve", **named)) == "part_changed"
    for malformed in ("x", "a:b:c", f"{report_id}:{report_id}"):
        answer = desk.post(f"/reports/{report_id}/approve", **{**named, "parts": malformed})
        assert code_of(answer) == "request_malformed"


@pytest.mark.parametrize("state", ["door_submitted", "returned", "draft"])
def test_approving_before_the_other_part_is_handed_in_asks_why(at_desk, report_id, other_part, county, state):
    other_part(state=state)
    desk = in_review(at_desk, report_id)
    assert 'id="approve-text"' in desk.page
    assert code_of(approve(desk, report_id)) == "part_missing"
    desk.get(f"/reports/{report_id}")
    assert approve(desk, report_id, text="另一份只补一张照片，不影响。").status_code == 303
    assert state_of(county, report_id) == "approved"


def test_a_draft_that_the_other_visitor_has_begun_is_a_part_that_is_missing(at_desk, report_id, county, session, clock):
    copy = DraftCopy(
        district=county.district,
        record_id=factories.new_id(),
        author_id=county.second_caseworker_id,
        case_id=county.case_id,
        visit_id=county.visit_id,
        form="F0",
        form_version=1,
        number=1,
        vault_id=factories.new_id(),
        sealed_body=b"nobody opens it here",
        received_at=clock(),
    )
    session.add(copy)
    session.commit()
    desk = in_review(at_desk, report_id)
    assert "王禾" in card(desk)
    assert code_of(approve(desk, report_id)) == "part_missing"


def test_her_own_other_sheet_of_the_visit_holds_no_approval_up(at_desk, report_id, county, session, clock):
    factories.record(session, clock(), county, form="F0", state="returned", answers=reports.body({}, clock()))
    session.commit()
    desk = in_review(at_desk, report_id)
    assert "approve-text" not in desk.page
    assert approve(desk, report_id).status_code == 303


def test_the_same_fact_of_the_same_person_said_differently_stands_beside_each_other(
    at_desk, report_id, other_part, county
):
    other_id = other_part({f"members[{SON_ROW}].relation": "other", HEAD: "刘家旺"})
    desk = in_review(at_desk, report_id)
    told = card(desk).partition('id="contradictions"')[2]
    assert "刘小树" in told and f'href="/reports/{other_id}#answer-members[{SON_ROW}].relation"' in told
    assert "刘梅" in told and "刘家旺" in told and f"#answer-{HEAD}" in told
    assert "in_brief" not in told  # no fact: two visitors may tell it in their own words
    with reading() as session:
        read = session.scalars(select(AuditRow).where(AuditRow.act == "read_report").order_by(AuditRow.at)).all()[-1]
    assert json.loads(read.about)["parts"] == [str(head_of(county, other_id))]


def test_parts_that_say_the_same_contradict_each_other_nowhere(at_desk, report_id, other_part):
    other_part()
    assert "contradictions" not in card(in_review(at_desk, report_id))


def test_what_the_other_visitor_took_back_is_not_read_to_the_reviewer(at_desk, report_id, other_part, county):
    other_part({HEAD: "刘家旺"}, state="draft")
    desk = in_review(at_desk, report_id)
    assert "刘家旺" not in desk.page and "王禾" in card(desk)
    assert desk.read_revision()["parts"] == ""


def test_who_told_us_is_no_part_of_a_visit(at_desk, report_id, county, session, clock):
    factories.record(
        session, clock(), county, form="F1R", author_id=county.second_caseworker_id, answers=reports.body({}, clock())
    )
    session.commit()
    desk = in_review(at_desk, report_id)
    assert card(desk) == "" and desk.read_revision()["parts"] == ""


def test_the_procuratorate_reads_the_report_without_the_other_part(
    at_desk, report_id, other_part, county, session, clock
):
    other_part({HEAD: "刘家旺"})
    reader = factories.person(session, clock(), Role.PROCURATORATE, county.district, name="方言", login="reader")
    factories.assign(session, clock(), county.case_id, reader)
    session.commit()
    desk = at_desk("reader")
    assert desk.get(f"/reports/{report_id}").status_code == 200
    assert card(desk) == "" and "刘家旺" not in desk.page


def test_a_part_that_was_given_up_is_none(at_desk, report_id, other_part):
    other_part(state="void")
    assert card(in_review(at_desk, report_id)) == ""


def test_a_part_that_cannot_be_opened_says_so_and_stops_no_other(at_desk, report_id, other_part, county, session):
    other_id = other_part({HEAD: "刘家旺"})
    head = session.get_one(Revision, (county.district, head_of(county, other_id)))
    head.sealed_body = head.sealed_body[:-1] + bytes([head.sealed_body[-1] ^ 1])
    session.commit()
    desk = in_review(at_desk, report_id)
    assert "打不开" in card(desk) and "contradictions" not in card(desk)
    assert approve(desk, report_id).status_code == 303


def test_of_a_visit_with_very_many_reports_the_newest_are_compared_and_all_are_named(
    at_desk, report_id, other_part, session, county, monkeypatch
):
    monkeypatch.setattr(parts, "COMPARED_MAX", 1)
    first, second = other_part({HEAD: "最早的"}), other_part({HEAD: "最新的"})
    desk = in_review(at_desk, report_id)
    assert "最新的" in card(desk) and "最早的" not in card(desk) and "只比较最新的几份" in card(desk)
    assert str(first) in desk.read_revision()["parts"] and str(second) in desk.read_revision()["parts"]


def test_a_part_that_states_no_fact_is_not_opened_for_a_comparison(at_desk, report_id, county, session, clock):
    factories.record(
        session, clock(), county, form="F0", author_id=county.second_caseworker_id, answers=reports.body({}, clock())
    )
    session.commit()
    in_review(at_desk, report_id)
    with reading() as session:
        read = session.scalars(select(AuditRow).where(AuditRow.act == "read_report")).all()
    assert all("parts" not in json.loads(row.about) for row in read)
