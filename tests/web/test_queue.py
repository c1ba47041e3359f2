"""The desk's first page: what waits, what is dangerous, what was kept aside."""

import json
import re

import pytest
from sqlalchemy import select

from fieldapp.models import bodies, queue
from fieldapp.models.audit import AuditRow
from fieldapp.models.cases import Case, ConflictOfInterest, Urgent
from fieldapp.models.records import Kept
from tests import factories

CALLED = "19900000110"  # so long that no id and no token of a page holds it by chance


def urgent(session, county, clock, body, case_id=None):
    urgent_id = factories.new_id()
    key = (county.district, urgent_id)
    sealed = bodies.seal_for_district(session, county.district, "urgent", "sealed_body", key, json.dumps(body).encode())
    session.add(
        Urgent(
            district=county.district,
            urgent_id=urgent_id,
            person_id=county.caseworker_id,
            vault_id=factories.new_id(),
            case_id=case_id,
            signed=False,
            sealed_body=sealed,
            received_at=clock(),
        )
    )
    session.commit()
    return urgent_id


def test_reports_wait_oldest_first_and_by_code_name_alone(at_desk, session, county, clock):
    ids = []
    for _ in range(3):
        ids.append(factories.record(session, clock(), county)[0])
        clock.advance(minutes=1)
    session.commit()
    page = at_desk("supervisor").get("/").text
    places = [page.index(f'id="record-{record_id}"') for record_id in ids]
    assert places == sorted(places) and "刘梅" not in page


def test_a_long_queue_is_turned_page_by_page_without_loss(at_desk, session, county, clock):
    ids = {str(factories.record(session, clock(), county)[0]) for _ in range(55)}
    session.commit()
    desk = at_desk("supervisor")
    first = desk.get("/").text
    following = first.partition("after=")[2].partition('"')[0]
    second = desk.get(f"/queue?view=waiting&after={following}").text
    on_first, on_second = ({i for i in ids if f"record-{i}" in page} for page in (first, second))
    assert len(on_first) == 50 and on_first | on_second == ids and not on_first & on_second


def test_green_reports_too_many_to_stand_before_the_queue_stand_in_it(session, county, clock, monkeypatch):
    monkeypatch.setattr(queue, "GREEN_MAX", 2)
    ids = []
    for _ in range(4):
        ids.append(factories.record(session, clock(), county)[0])
        clock.advance(minutes=1)
    session.get_one(Case, (county.district, county.case_id)).green_since = clock()
    session.flush()
    acting = county.acting(session, "supervisor")
    shown, has_more = queue.page_of(session, acting, queue.Filters())
    assert ([row.record.record_id for row in shown], has_more) == (ids, False)
    # Behind the third, none of those before the queue comes again
    third = shown[2].record
    rest, _ = queue.page_of(session, acting, queue.Filters(), (third.state_at, third.record_id))
    assert [row.record.record_id for row in rest] == ids[3:]


def test_the_queue_is_filtered_by_state_form_village_and_author(at_desk, session, county, clock):
    returned, _ = factories.record(session, clock(), county, state="returned")
    waiting, _ = factories.record(session, clock(), county, author_id=county.second_caseworker_id)
    session.commit()
    desk = at_desk("supervisor")

    def shown(query):
        page = desk.get(f"/queue?{query}").text
        return {i for i in (returned, waiting) if f'id="record-{i}"' in page}

    assert shown("view=returned") == {returned} and shown("") == {waiting} and shown("view=nonsense") == {waiting}
    assert shown(f"author={county.second_caseworker_id}") == {waiting}
    assert shown(f"author={county.caseworker_id}") == shown("form=F3V") == shown("village=990101200201") == set()


def test_of_what_is_decided_it_is_only_said_that_there_is_more(at_desk, session, county, clock, monkeypatch):
    monkeypatch.setattr(queue, "DECIDED_COUNTED_MAX", 2)
    for state in ("submitted", "submitted", "submitted", "approved", "approved", "approved", "void", "void"):
        factories.record(session, clock(), county, state=state)
    session.commit()
    page = at_desk("supervisor").get("/queue").text
    assert re.findall(r'class="count">([^<]+)<', page) == ["3", "0", "0", "2+", "2"]


def test_the_filters_offer_what_stands_at_either_end_of_the_view(session, county, clock, monkeypatch):
    monkeypatch.setattr(queue, "CHOICES_MAX", 1)
    other = factories.case(session, clock(), village=county.other_village)
    for form, author_id, case_id in (
        ("F1", county.second_caseworker_id, other),
        ("F2", None, None),
        ("F3", None, None),
    ):
        of_whom = {"author_id": author_id, "case_id": case_id}
        factories.record(session, clock(), county, form=form, state="approved", **of_whom)
        clock.advance(minutes=1)
    factories.record(session, clock(), county, form="F7")
    session.flush()
    acting = county.acting(session, "supervisor")
    offered = queue.filter_choices(session, acting, ("approved",))
    assert (offered.forms, offered.villages) == (["F1", "F3"], sorted([county.village, county.other_village]))
    assert {person for person, _ in offered.authors} == {county.caseworker_id, county.second_caseworker_id}
    offered = queue.filter_choices(session, acting, ("submitted", "in_review"))
    assert (offered.forms, offered.villages) == (["F7"], [county.village])


@pytest.mark.parametrize("after", ["x", "1.x", "99999999999999999.0190", "-1.2"])
def test_a_cursor_nobody_gave_out_is_refused(at_desk, after):
    assert at_desk("supervisor").get(f"/queue?after={after}").status_code == 400


def test_a_reported_danger_stands_on_top_until_somebody_has_seen_it(at_desk, session, county, clock):
    body = {"dangers": ["danger_now"], "place": "柳树村口", "who": "刘梅", "called": [{"number": "110", "at": 1}]}
    urgent_id = urgent(session, county, clock, body)
    desk = at_desk("supervisor")
    page = desk.get("/").text
    assert "正有危险" in page and "柳树村口" in page and "尚未确认" in page
    assert desk.post(f"/alerts/{urgent_id}/acknowledge").status_code == 303
    assert "正有危险" not in desk.get("/").text
    session.expire_all()
    assert "acknowledge_alert" in set(session.scalars(select(AuditRow.act)))


def test_who_is_related_sees_no_alert_of_the_family_but_that_there_is_one_where_nobody_else_is_left(
    at_desk, session, county, clock
):
    body = {"dangers": ["danger_now"], "place": "柳树村口", "who": "刘梅", "called": [{"number": CALLED, "at": 1}]}
    urgent_id = urgent(session, county, clock, body, county.case_id)
    named = {"district": county.district, "case_id": county.case_id, "person_id": county.supervisor_id}
    session.add(ConflictOfInterest(**named, said_by=county.supervisor_id, said_at=clock()))
    session.commit()
    # Given no other supervisor, then that help was called is seen, and not what, where and of whom
    desk = at_desk("supervisor")
    page = desk.get("/").text
    code_name = session.get_one(Case, (county.district, county.case_id)).code_name
    section = page.partition('class="alert" role="alert"')[2].partition("</section>")[0]
    assert "李雨" in section and "没有其他主管" in section
    assert not any(text in section for text in ("正有危险", "柳树村口", "刘梅", CALLED, code_name))
    # When there is another one, then it is hers alone
    factories.person(session, clock(), factories.Role.SUPERVISOR, county.district, login="second")
    session.commit()
    assert 'class="alert" role="alert"' not in desk.get("/").text
    assert desk.post(f"/alerts/{urgent_id}/acknowledge").status_code == 404
    assert "柳树村口" in at_desk("second").get("/").text


@pytest.mark.parametrize(
    "body", [[], {"called": "x", "dangers": 7}, {"called": [1, {"at": "soon"}]}, {"called": [{"at": 10**20}]}]
)
def test_no_alert_can_close_the_page_that_warns(at_desk, session, county, clock, body):
    urgent(session, county, clock, body)
    answer = at_desk("supervisor").get("/")
    assert answer.status_code == 200 and 'class="alert" role="alert"' in answer.text


def test_what_was_kept_aside_waits_with_its_reason_in_words(at_desk, session, county, clock):
    session.add(
        Kept(
            district=county.district,
            kept_id=factories.new_id(),
            package_id=factories.new_id(),
            vault_id=factories.new_id(),
            person_id=county.caseworker_id,
            status="quarantined",
            reason="bad_signature",
            sealed_package=b"",
            received_at=clock(),
        )
    )
    session.commit()
    desk = at_desk("supervisor")
    assert "有 1 项内容未能直接接收" in desk.get("/").text
    assert "作者签名核对不上" in desk.get("/kept").text


def test_an_administrator_is_led_to_the_people(at_desk):
    answer = at_desk("administrator").get("/")
    assert answer.status_code == 303 and answer.headers["Location"].startswith("/admin/")
