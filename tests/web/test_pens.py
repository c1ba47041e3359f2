"""One place writes on a record: what was begun on the phone and is finished at the desk, and the way back."""

import json
import re
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from fieldapp.actions.findings import body_of
from fieldapp.casework.happened import Happened
from fieldapp.casework.screening.risk import CRITICAL, SERIOUS
from fieldapp.db import milliseconds, reading
from fieldapp.models import feed, team, versions
from fieldapp.models.audit import AuditRow
from fieldapp.models.case_events import CaseEvent
from fieldapp.models.cases import Urgent
from fieldapp.models.desk_drafts import DeskDraft
from fieldapp.models.pens import Pen
from fieldapp.models.records import DraftCopy, Record, Revision
from tests import factories, reports

GIVEN = re.compile(r'<script type="application/json" id="given">(.*?)</script>', re.S)
HEAD = "hh.head"


@pytest.fixture(autouse=True)
def ready(app):
    with app.app_context():
        yield


@pytest.fixture
def her(enrolled):
    """Her phone, with everything the server tells it."""
    phone = enrolled()
    phone.sync_all()
    return phone


@pytest.fixture
def desk(at_desk):
    """The author at the desk. She has signed in just now, with both factors."""
    return at_desk("caseworker")


def answers_of(county: Any, **changes: Any) -> Any:
    return reports.changed(reports.investigation(county.subject_id), changes)


def at_the_door(phone: Any, county: Any, **changes: Any) -> Any:
    """She hands the door set in from the home; the record's id."""
    item = phone.fill_in(county, intent="door", body={"answers": answers_of(county, **changes)})
    phone.sync_all()
    assert phone.result(item)["status"] == "ok"
    return UUID(item.head["record_id"]), item.head["revision_id"]


def copy(phone: Any, county: Any, record_id: Any, number: int, answers: Any, **more: Any) -> Any:
    body = {"answers": answers, "recorded": {}, "position": {}, **more}
    named = {"record_id": str(record_id), "case_id": str(county.case_id), "visit_id": str(county.visit_id)}
    item = phone.device.hand_in(
        "draft", body, **named, form="F2", form_version=factories.version_of("F2"), number=number
    )
    phone.sync_all()
    return item


def write_on(phone: Any, county: Any, record_id: Any, parent: Any, answers: Any, **more: Any) -> Any:
    """A later revision of the same record from the phone; the server's word on it."""
    body = {"answers": answers, **more}
    item = phone.fill_in(county, record_id=str(record_id), parents=[str(parent)], body=body)
    phone.sync_all()
    return phone.result(item)


class Page:
    """A draft open at the desk."""

    def __init__(self, seat: Any, url: str, now: int) -> None:
        self.seat, self.now = seat, now
        answer = seat.get(url)
        assert answer.status_code == 200, answer.text
        self.given = json.loads(GIVEN.search(answer.text)[1])
        self.url, self.number, self.name = url, self.given["number"], str(uuid4())

    def _send(self, url: str, body: Any) -> Any:
        sent = {
            "Origin": self.seat._client.origin,
            "X-CSRFToken": self.seat.token(),
            "X-Draft-Number": str(self.number),
            "X-Draft-Window": self.name,
            "Content-Type": "application/json",
        }
        return self.seat._client.post(url, data=json.dumps(body), headers=sent)

    def save(self, answers: Any) -> Any:
        answer = self._send(self.given["save_url"], {"answers": answers, "recorded": None, "position": None})
        self.number = answer.json["number"]
        return answer.json

    def hand_in(self, answers: Any, **more: Any) -> Any:
        recorded = {"started": self.now, "now": self.now, "zone": "Asia/Shanghai", "language": "zh"}
        body = {"answers": answers, "replies": [], "recorded": recorded, "visitors": [], **more}
        return self._send(self.given["hand_in_url"], body)


@pytest.fixture
def finish(desk, clock):
    def take(record_id: Any) -> Page:
        answer = desk.post(f"/records/finish/{record_id}")
        assert answer.status_code == 303, answer.text
        return Page(desk, answer.headers["Location"], milliseconds(clock()))

    return take


def the_record(county: Any, record_id: Any) -> Record:
    with reading() as session:
        return session.get_one(Record, (county.district, record_id))


def bundle(phone: Any, county: Any) -> Any:
    phone.sync_all()
    return phone.device.held[f"case:{county.case_id}"]


def acts() -> list[str]:
    with reading() as session:
        return list(session.scalars(select(AuditRow.act).order_by(AuditRow.audit_id)))


def code_of(answer: Any) -> str:
    return answer.text.partition('data-code="')[2].partition('"')[0]


# === from the phone to the desk =======================================================================================


def test_what_was_handed_in_at_the_door_is_finished_at_the_desk_as_a_child_of_it(her, county, finish, clock):
    record_id, door = at_the_door(her, county)
    page = finish(record_id)
    assert page.given["body"]["answers"]["hh"]["head"] == "刘梅" and page.given["prefill"] == {}
    assert [one["name"] for one in page.given["visitors"]] == ["李雨", "王禾"]
    changed = answers_of(county, **{HEAD: "刘家旺"})
    page.save(changed)
    assert page.hand_in(changed).status_code == 200

    record = the_record(county, record_id)
    assert (record.state, record.visit_id) == ("submitted", county.visit_id)
    with reading() as session:
        head = session.get_one(Revision, (county.district, record.head_revision_id))
        assert (head.parents, head.vault_id, head.intent) == (door, None, "submit")
        assert body_of(session, head)["answers"]["hh"]["head"] == "刘家旺"
        assert session.scalars(select(DeskDraft)).all() == []
    assert acts().count("take_pen_to_desk") == 1 and "hand_in_at_desk" in acts()


def test_her_phone_is_told_that_the_desk_writes_and_of_what_was_handed_in_there(her, county, finish, clock):
    record_id, _ = at_the_door(her, county)
    assert "pens" not in bundle(her, county)
    page = finish(record_id)
    (pen,) = bundle(her, county)["pens"]
    now = milliseconds(clock())
    assert pen == {"record_id": str(record_id), "number": now // 60_000, "since": now}
    page.hand_in(answers_of(county))
    (told,) = [one for one in bundle(her, county)["records"] if one["record_id"] == str(record_id)]
    assert (told["state"], told["head"]) == ("submitted", str(the_record(county, record_id).head_revision_id))


def test_a_colleague_on_the_case_is_not_told_where_she_writes(her, enrolled, county, finish):
    record_id, _ = at_the_door(her, county)
    finish(record_id)
    other = enrolled("second_caseworker")
    assert "pens" not in bundle(other, county)


def test_the_copy_of_a_draft_that_came_after_the_door_is_what_the_desk_goes_on_with(her, county, finish, clock):
    record_id, door = at_the_door(her, county)
    clock.advance(minutes=5)
    copy(her, county, record_id, 1, answers_of(county, **{HEAD: "晚上写的"}), parents=[door])
    page = finish(record_id)
    assert page.given["body"]["answers"]["hh"]["head"] == "晚上写的"
    assert page.hand_in(answers_of(county, **{HEAD: "晚上写的"})).status_code == 200
    with reading() as session:
        assert session.scalars(select(DraftCopy)).all() == []


def test_a_draft_of_which_only_the_copy_is_here_becomes_a_record_of_its_visit(her, county, finish):
    record_id = UUID(her.new_id())
    copy(her, county, record_id, 1, answers_of(county))
    page = finish(record_id)
    assert page.hand_in(answers_of(county)).status_code == 200
    record = the_record(county, record_id)
    assert (record.state, record.visit_id, record.author_id) == ("submitted", county.visit_id, county.caseworker_id)


def test_what_the_desk_wrote_is_handed_in_over_the_first_version_of_a_phone_that_did_not_know(her, county, finish):
    # Given a draft of which the server has the copy alone, finished at the desk
    record_id = UUID(her.new_id())
    copy(her, county, record_id, 1, answers_of(county))
    page = finish(record_id)
    page.save(answers_of(county, **{HEAD: "电脑上写的"}))
    # When the phone, long without a line, hands its own in
    first = her.fill_in(county, record_id=str(record_id), body={"answers": answers_of(county, **{HEAD: "手机上写的"})})
    her.sync_all()
    assert her.result(first)["status"] == "ok"
    # Then the desk, which holds the pen, hands in too, and a reviewer sees both
    assert page.hand_in(answers_of(county, **{HEAD: "电脑上写的"})).status_code == 200
    record = the_record(county, record_id)
    with reading() as session:
        head = session.get_one(Revision, (county.district, record.head_revision_id))
        assert (record.state, head.vault_id) == ("submitted", None)
        assert body_of(session, head)["answers"]["hh"]["head"] == "电脑上写的"
        assert [str(one) for one in versions.apart_of(session, record).beside] == [first.head["revision_id"]]


@pytest.mark.parametrize("state", ["in_review", "returned", "approved"])
def test_a_first_version_that_somebody_has_read_stays_what_was_read(her, county, finish, session, state):
    record_id = UUID(her.new_id())
    copy(her, county, record_id, 1, answers_of(county))
    page = finish(record_id)
    her.fill_in(county, record_id=str(record_id), body={"answers": answers_of(county)})
    her.sync_all()
    record = session.get_one(Record, (county.district, record_id))
    record.state = state
    session.commit()
    refused = page.hand_in(answers_of(county))
    assert (refused.status_code, refused.json["code"]) == (409, "draft_not_open")
    assert the_record(county, record_id).head_revision_id == record.head_revision_id
    with reading() as session:
        assert len(session.scalars(select(DeskDraft)).all()) == 1  # what she wrote there stays


def test_papers_beside_answers_stay_with_what_is_handed_in_at_the_desk(her, county, finish):
    paper = {"file": her.new_id(), "hash": "A" * 43, "kind": "paper", "type": "image/jpeg", "bytes": 9, "taken": 1}
    body = {"answers": answers_of(county), "papers": {HEAD: [paper]}}
    item = her.fill_in(county, intent="door", body=body)
    her.sync_all()
    record_id = UUID(item.head["record_id"])
    page = finish(record_id)
    page.save(answers_of(county))
    assert page.hand_in(answers_of(county)).status_code == 200
    with reading() as session:
        head = session.get_one(Revision, (county.district, the_record(county, record_id).head_revision_id))
        assert body_of(session, head)["papers"] == {HEAD: [paper]}


def test_her_list_at_the_desk_says_what_was_begun_on_the_phone_and_where_it_is_written(her, county, desk, finish):
    record_id, _ = at_the_door(her, county)
    copied = UUID(her.new_id())
    copy(her, county, copied, 1, answers_of(county))
    desk.get("/records")
    assert f"/records/finish/{record_id}" in desk.page and f"/records/finish/{copied}" in desk.page
    assert "起在这里填写" not in desk.page
    finish(record_id)
    desk.get("/records")
    assert "起在这里填写" in desk.page


def test_a_report_that_came_back_after_the_desk_finished_it_is_corrected_at_the_desk(
    her, county, desk, finish, at_desk, clock
):
    record_id, _ = at_the_door(her, county)
    finish(record_id).hand_in(answers_of(county))
    supervisor = at_desk("supervisor")
    supervisor.get(f"/reports/{record_id}")
    supervisor.post(f"/reports/{record_id}/open")
    supervisor.get(f"/reports/{record_id}")
    returned = supervisor.post(
        f"/reports/{record_id}/return", **supervisor.read_revision(), reason="unclear", text="说清楚些"
    )
    assert returned.status_code == 303
    desk.get("/records")
    answer = desk.post(f"/records/again/{record_id}")
    page = Page(desk, answer.headers["Location"], milliseconds(clock()))
    assert page.given["returned"]["text"] == "说清楚些"
    assert page.hand_in(answers_of(county)).status_code == 200
    assert the_record(county, record_id).state == "submitted"


def test_what_was_finished_at_the_desk_is_taken_back_there_and_written_on(her, county, desk, finish, clock):
    record_id, _ = at_the_door(her, county)
    finish(record_id).hand_in(answers_of(county, **{HEAD: "电脑上写的"}))
    assert desk.post(f"/records/back/{record_id}").status_code == 303
    assert the_record(county, record_id).state == "draft"
    again = finish(record_id)
    assert again.given["body"]["answers"]["hh"]["head"] == "电脑上写的"
    assert again.hand_in(answers_of(county)).status_code == 200


def test_what_was_decided_is_written_nowhere_any_more(her, county, finish, session):
    record_id, _ = at_the_door(her, county)
    finish(record_id).hand_in(answers_of(county))
    assert bundle(her, county)["pens"]  # her phone may take it back, and must know where it is written then
    record = session.get_one(Record, (county.district, record_id))
    record.state = "approved"
    team.tell_of_record(session, record)
    feed.number(session)
    session.commit()
    assert "pens" not in bundle(her, county)


# === both at once =====================================================================================================


def test_what_the_phone_hands_in_while_the_desk_writes_is_kept_beside_and_said_at_the_next_save(
    her, county, finish, clock
):
    record_id, door = at_the_door(her, county)
    page = finish(record_id)
    assert page.save(answers_of(county))["told"] is None
    clock.advance(minutes=2)
    told = write_on(her, county, record_id, door, answers_of(county, **{HEAD: "手机上写的"}))
    assert (told["status"], told["reason"]) == ("conflict", "pen_at_desk")
    assert "手机" in page.save(answers_of(county))["told"]["title"]

    assert page.hand_in(answers_of(county, **{HEAD: "电脑上写的"})).status_code == 200
    record = the_record(county, record_id)
    with reading() as session:
        head = session.get_one(Revision, (county.district, record.head_revision_id))
        beside = session.get_one(Revision, (county.district, UUID(told["kept_as"])))
        assert body_of(session, head)["answers"]["hh"]["head"] == "电脑上写的"
        assert body_of(session, beside)["answers"]["hh"]["head"] == "手机上写的"


def test_the_copy_that_the_phone_makes_after_the_desk_took_over_outlives_the_hand_in(her, county, finish, clock):
    record_id, door = at_the_door(her, county)
    page = finish(record_id)
    clock.advance(minutes=2)
    copy(her, county, record_id, 1, answers_of(county, **{HEAD: "还在手机上"}), parents=[door])
    assert page.hand_in(answers_of(county)).status_code == 200
    with reading() as session:
        assert [row.record_id for row in session.scalars(select(DraftCopy))] == [record_id]


def test_giving_a_report_up_on_the_phone_does_not_take_it_from_the_desk(her, county, finish):
    record_id, _ = at_the_door(her, county)
    finish(record_id)
    named = {"record_id": str(record_id), "case_id": str(county.case_id), "visit_id": str(county.visit_id)}
    body = {"reason": "mistake", "text": None}
    item = her.device.hand_in("void", body, **named, form="F2", form_version=factories.version_of("F2"))
    her.sync_all()
    assert (her.result(item)["status"], her.result(item)["reason"]) == ("locked", "pen_at_desk")
    assert the_record(county, record_id).state == "door_submitted"


def test_giving_up_a_draft_of_which_the_desk_had_the_copy_alone_does_not_take_it_from_the_desk(her, county, finish):
    record_id = UUID(her.new_id())
    copy(her, county, record_id, 1, answers_of(county))
    page = finish(record_id)
    named = {"record_id": str(record_id), "case_id": str(county.case_id), "visit_id": str(county.visit_id)}
    body = {"reason": "mistake", "text": None}
    item = her.device.hand_in("void", body, **named, form="F2", form_version=factories.version_of("F2"))
    her.sync_all()
    told = her.result(item)
    assert (told["status"], told["reason"], told["record_state"]) == ("locked", "pen_at_desk", None)
    assert page.hand_in(answers_of(county)).status_code == 200
    assert the_record(county, record_id).state == "submitted"


# === and back to the phone ============================================================================================


def test_the_phone_takes_the_pen_back_and_writes_on(her, county, finish):
    record_id, door = at_the_door(her, county)
    page = finish(record_id)
    (pen,) = bundle(her, county)["pens"]
    copy(her, county, record_id, 1, answers_of(county), parents=[door], pen=pen["number"])
    assert "pens" not in bundle(her, county)
    assert acts().count("take_pen_to_phone") == 1

    # The desk reads it at its next save, keeps what was typed, and hands nothing in over it.
    assert page.save(answers_of(county, **{HEAD: "电脑上写的"}))["told"]["title"] == "这份记录现在由手机填写"
    refused = page.hand_in(answers_of(county))
    assert (refused.status_code, refused.json["code"]) == (409, "pen_elsewhere")
    told = write_on(her, county, record_id, door, answers_of(county, **{HEAD: "手机上写的"}))
    assert told["status"] == "ok"
    with reading() as session:
        assert [draft.record_id for draft in session.scalars(select(DeskDraft))] == [record_id]


def test_a_report_handed_in_without_a_line_takes_the_pen_back_by_itself(her, county, finish):
    # Given a phone that took the pen back and handed in before it ever had a link again
    record_id, door = at_the_door(her, county)
    finish(record_id)
    (pen,) = bundle(her, county)["pens"]
    told = write_on(her, county, record_id, door, answers_of(county), pen=pen["number"])
    assert told["status"] == "ok" and the_record(county, record_id).state == "submitted"
    assert "pens" not in bundle(her, county) and acts().count("take_pen_to_phone") == 1


def test_taking_the_pen_back_from_an_older_move_changes_nothing(her, county, finish, clock):
    record_id, door = at_the_door(her, county)
    finish(record_id)
    (seen,) = bundle(her, county)["pens"]
    copy(her, county, record_id, 1, answers_of(county), parents=[door], pen=seen["number"])
    finish(record_id)  # she sits down at the desk again
    (now,) = bundle(her, county)["pens"]
    assert now["number"] > seen["number"]
    # Every later copy of the phone's draft still says that it was once taken back: that is no second act.
    copy(her, county, record_id, 2, answers_of(county), parents=[door], pen=seen["number"])
    told = write_on(her, county, record_id, door, answers_of(county), pen=seen["number"])
    assert (told["status"], told["reason"]) == ("conflict", "pen_at_desk")
    assert bundle(her, county)["pens"] == [now]


def test_no_move_after_a_restore_has_the_number_of_one_that_the_database_forgot(her, county, finish, session, clock):
    # Given a phone that knows of two moves, and a database of before the first
    record_id, door = at_the_door(her, county)
    page = finish(record_id)
    page.seat.post(page.given["save_url"].removesuffix("/save") + "/discard")
    finish(record_id)
    (seen,) = bundle(her, county)["pens"]
    session.delete(session.get_one(Pen, (county.district, record_id)))
    session.commit()
    # When she sits down at the desk again
    clock.advance(minutes=4)
    for _ in range(3):
        page = finish(record_id)
        assert write_on(her, county, record_id, door, answers_of(county), pen=seen["number"])["status"] == "conflict"
        page.seat.post(page.given["save_url"].removesuffix("/save") + "/discard")


def test_the_desk_that_takes_over_again_goes_on_with_what_the_phone_wrote_meanwhile(her, county, finish, desk, clock):
    record_id, door = at_the_door(her, county)
    page = finish(record_id)
    page.save(answers_of(county, **{HEAD: "电脑上写的"}))
    (pen,) = bundle(her, county)["pens"]
    clock.advance(minutes=1)
    copy(her, county, record_id, 1, answers_of(county, **{HEAD: "手机上写的"}), parents=[door], pen=pen["number"])
    again = finish(record_id)
    assert again.given["body"]["answers"]["hh"]["head"] == "手机上写的"
    desk.get("/records")
    assert page.given["save_url"].removesuffix("/save") in desk.page  # her own draft of before stands there still
    assert "较早的草稿" in desk.page
    assert again.hand_in(answers_of(county)).status_code == 200


def test_throwing_the_draft_of_the_desk_away_gives_the_pen_back_to_the_phone(her, county, finish, desk):
    record_id, door = at_the_door(her, county)
    page = finish(record_id)
    assert bundle(her, county)["pens"]
    assert desk.post(page.given["save_url"].removesuffix("/save") + "/discard").status_code == 303
    assert "pens" not in bundle(her, county) and "give_pen_back" in acts()
    assert write_on(her, county, record_id, door, answers_of(county))["status"] == "ok"


# === whose it is ======================================================================================================


def test_only_its_author_finishes_a_report_at_the_desk(her, county, at_desk):
    record_id, _ = at_the_door(her, county)
    for who in ("second_caseworker", "supervisor"):
        seat = at_desk(who)
        seat.get("/records")
        assert str(record_id) not in seat.page
        refused, unknown = (seat.post(f"/records/finish/{one}") for one in (record_id, uuid4()))
        assert code_of(refused) == code_of(unknown) == "not_found"
    with reading() as session:
        assert session.scalars(select(Pen)).all() == []


def test_finishing_at_the_desk_asks_for_a_fresh_proof(her, county, at_desk, clock):
    record_id, _ = at_the_door(her, county)
    seat = at_desk("caseworker")
    clock.advance(minutes=6)
    seat.get("/records")
    answer = seat.post(f"/records/finish/{record_id}")
    assert "/session/proof" in answer.headers["Location"]
    with reading() as session:
        assert session.scalars(select(Pen)).all() == []


def test_the_page_of_what_was_begun_on_the_phone_asks_for_a_fresh_proof_too(her, county, finish, desk, clock):
    record_id, _ = at_the_door(her, county)
    page = finish(record_id)
    clock.advance(minutes=6)
    answer = desk.get(page.url)
    assert answer.status_code == 303 and "/session/proof" in answer.headers["Location"]


def test_who_told_us_is_not_finished_at_the_desk(her, county, desk):
    lead = {"lead": {"channel": "walk_in", "danger_now": "no", "residence_region": county.village, "name": "周小满"}}
    about = {"case_id": her.new_id(), "visit_id": her.new_id()}
    her.fill_in(county, form="F1", body={"answers": lead}, **about)
    her.sync_all()
    named = {**about, "record_id": her.new_id(), "form": "F1R", "form_version": factories.version_of("F1R")}
    her.device.hand_in("draft", {"answers": {}, "recorded": {}, "position": {}}, number=1, **named)
    her.sync_all()
    desk.get("/records")
    assert named["record_id"] not in desk.page
    assert code_of(desk.post(f"/records/finish/{named['record_id']}")) == "not_found"


def test_what_is_not_open_any_more_is_not_finished(her, county, desk, session):
    record_id, _ = at_the_door(her, county)
    for state in ("submitted", "in_review", "approved_first", "approved", "void"):
        session.get_one(Record, (county.district, record_id)).state = state
        session.commit()
        assert code_of(desk.post(f"/records/finish/{record_id}")) == "draft_not_open"


def test_a_related_author_finds_nothing_of_the_family_at_the_desk(her, county, desk, finish, session):
    record_id, _ = at_the_door(her, county)
    page = finish(record_id)
    desk.get(f"/cases/{county.case_id}")
    assert desk.post(f"/cases/{county.case_id}/related", sure="yes").status_code in (303, 302)
    assert code_of(desk.post(f"/records/finish/{record_id}")) == "not_found"
    assert page.hand_in(answers_of(county)).json["code"] == "not_found"


# === the other visitors ===============================================================================================


def test_a_visitor_is_told_that_the_other_one_has_handed_in_and_not_what(her, enrolled, county):
    other = enrolled("second_caseworker")
    item = other.fill_in(county, intent="door", body={"answers": answers_of(county)})
    other.sync_all()
    (visit,) = bundle(her, county)["visits"]
    assert visit["parts"] == [{"person_id": str(county.second_caseworker_id), "form": "F2", "state": "door"}]
    write_on(other, county, item.head["record_id"], item.head["revision_id"], answers_of(county))
    (visit,) = bundle(her, county)["visits"]
    assert [part["state"] for part in visit["parts"]] == ["handed_in"]
    (own,) = bundle(other, county)["visits"]
    assert own["parts"] == []


def test_a_report_that_becomes_red_at_the_desk_raises_its_alert_as_one_from_a_phone_does(her, county, finish, session):
    # Given a talk handed in at the door, of which nothing is red
    calm = {f"c_{name}": "no" for name in CRITICAL} | {f"s_{name}": "no" for name in SERIOUS}
    talk = {"offender": "husband", "lives_together": "yes", "forms": ["verbal"], **calm}
    item = her.fill_in(county, form="F5", intent="door", body={"answers": {"visit": {"alone": "yes"}, "dv": talk}})
    her.sync_all()
    assert session.scalars(select(Urgent)).all() == []
    session.commit()
    # When it is finished at the desk with what she said of a knife
    page = finish(item.head["record_id"])
    answer = page.hand_in({"visit": {"alone": "yes"}, "dv": {**talk, "c_weapon": "yes"}})
    assert answer.status_code == 200, answer.json
    assert [one.case_id for one in session.scalars(select(Urgent))] == [county.case_id]
    told = select(CaseEvent.ref_id).where(CaseEvent.kind == Happened.DANGER_TOLD)
    assert session.scalars(told).all() == [UUID(item.head["record_id"])]
