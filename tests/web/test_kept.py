"""Work that was kept aside: who may open it, and the two ways it is settled. Nothing is lost, nothing is deleted."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from fieldapp.db import reading
from fieldapp.models import bodies
from fieldapp.models.audit import AuditRow
from fieldapp.models.cases import Assignment
from fieldapp.models.records import Kept, Record, Revision
from fieldapp.models.vaults import Vault
from tests import factories, reports

Look = Callable[..., Any]


@pytest.fixture
def look(app: Any) -> Look:
    """Rows of a table as they are now."""

    def rows(table: Any) -> list[Any]:
        with app.app_context(), reading() as session:
            return list(session.scalars(select(table)))

    return rows


@pytest.fixture
def off_the_case(session: Any, county: Any, clock: Any) -> Callable[[bool], None]:
    """Takes the caseworker off the family, or puts her back."""

    def change(is_off: bool) -> None:
        key = (county.district, county.case_id, county.caseworker_id)
        session.get(Assignment, key).ended_at = clock() if is_off else None
        session.commit()

    return change


def _told(county: Any, **changes: Any) -> dict[str, Any]:
    return {"answers": reports.changed(reports.investigation(county.subject_id), changes)}


def test_a_supervisor_reads_in_words_what_was_kept_and_takes_it_in(enrolled, county, at_desk, look, off_the_case):
    worker = enrolled()
    off_the_case(True)
    item = worker.fill_in(county, body=_told(county))
    worker.sync()
    off_the_case(False)
    evening = worker.fill_in(
        county, record_id=item.head["record_id"], parents=[item.head["revision_id"]], body=_told(county)
    )
    worker.sync()
    assert [worker.result(i)["reason"] for i in (item, evening)] == ["not_yours", "parent_kept"]
    desk = at_desk("supervisor")
    first, second = sorted(look(Kept), key=lambda row: row.reason == "parent_kept")
    page = desk.get("/kept").text
    assert page.count('href="/kept/') == 2 and "李雨" in page
    page = desk.get(f"/kept/{first.kept_id}").text
    assert "丈夫去年去世" in page and "家里没有了主要收入" in page
    assert desk.post(f"/kept/{first.kept_id}/take-in").headers["Location"] == f"/reports/{item.head['record_id']}"
    assert desk.get(f"/reports/{item.head['record_id']}").status_code == 200
    desk.get(f"/kept/{second.kept_id}")
    assert desk.post(f"/kept/{second.kept_id}/take-in").status_code == 303
    (record,) = look(Record)
    assert (str(record.head_revision_id), record.state) == (evening.head["revision_id"], "submitted")
    assert record.author_id == county.caseworker_id
    assert {row.settled_as for row in look(Kept)} == {"taken_in"}
    assert {"read_kept", "take_in_kept"} <= {row.act for row in look(AuditRow)}
    # And the author writes on, on top of it.
    worker.sync_all()
    later = worker.fill_in(county, record_id=item.head["record_id"], parents=[evening.head["revision_id"]])
    worker.sync()
    assert worker.result(later)["status"] == "ok"


def test_what_came_during_a_review_is_taken_in_beside_the_head(enrolled, county, at_desk, look):
    worker = enrolled()
    first = worker.fill_in(county, body=_told(county))
    worker.sync()
    desk, record_id = at_desk("supervisor"), first.head["record_id"]
    assert desk.post(f"/reports/{record_id}/open").status_code == 303
    worker.fill_in(
        county, record_id=record_id, parents=[first.head["revision_id"]], body=_told(county, **{"hh.head": "刘另说"})
    )
    worker.sync()
    (kept,) = look(Kept)
    assert kept.reason == "in_review"
    assert desk.post(f"/kept/{kept.kept_id}/take-in").status_code == 303
    (record,) = look(Record)
    assert str(record.head_revision_id) == first.head["revision_id"] and record.state == "in_review"
    page = desk.get(f"/reports/{record_id}").text
    assert "另有一个版本" in page and "刘另说" in page


def test_a_version_that_was_answered_conflict_is_read_beside_the_head(enrolled, county, at_desk):
    worker = enrolled()
    first = worker.fill_in(county, body=_told(county))
    worker.sync()
    item = worker.fill_in(county, record_id=first.head["record_id"], body=_told(county, **{"hh.head": "刘另说"}))
    worker.sync()
    assert worker.result(item)["status"] == "conflict"
    page = at_desk("supervisor").get(f"/reports/{first.head['record_id']}").text
    assert "另有一个版本" in page and "刘另说" in page


def test_an_ordinary_history_has_no_version_beside(enrolled, county, at_desk):
    worker = enrolled()
    first = worker.fill_in(county, body=_told(county))
    worker.fill_in(county, record_id=first.head["record_id"], parents=[first.head["revision_id"]], body=_told(county))
    worker.sync()
    assert "另有一个版本" not in at_desk("supervisor").get(f"/reports/{first.head['record_id']}").text


def test_what_is_set_aside_needs_a_sentence_and_stays(enrolled, county, session, at_desk, look, clock):
    worker = enrolled()
    item = worker.fill_in(county, body={"answers": {"no such question": {"she": "said this"}}})
    worker.sync()
    (kept,) = look(Kept)
    desk = at_desk("supervisor")
    page = desk.get(f"/kept/{kept.kept_id}").text
    assert "said this" in page and "take-in" not in page
    assert desk.post(f"/kept/{kept.kept_id}/take-in").status_code == 409
    assert desk.post(f"/kept/{kept.kept_id}/settle", reason=" ").status_code == 422
    assert desk.post(f"/kept/{kept.kept_id}/settle", reason="x" * 751).status_code == 422
    assert desk.post(f"/kept/{kept.kept_id}/settle", reason="已电话补报").status_code == 303
    assert desk.post(f"/kept/{kept.kept_id}/settle", reason="再一次").status_code == 404
    (row,) = look(Kept)
    assert (row.settled_as, row.settled_by, row.settled_at) == ("set_aside", county.supervisor_id, clock())
    assert row.sealed_package == kept.sealed_package
    key = (county.district, row.kept_id)
    reason = bodies.open_for_district(session, county.district, "kept_package", "sealed_reason", key, row.sealed_reason)
    session.rollback()
    assert reason.decode() == "已电话补报" and "settle_kept" in {audit.act for audit in look(AuditRow)}
    assert str(kept.kept_id) not in desk.get("/kept").text
    # What builds on it does not wait, and is not kept for its sake.
    following = worker.fill_in(county, record_id=item.head["record_id"], parents=[item.head["revision_id"]])
    worker.sync()
    assert worker.result(following)["status"] == "ok"


def test_nobody_opens_or_settles_what_is_not_hers_to_judge(enrolled, county, session, at_desk, look, clock):
    township = county.other_village[:9]
    for role, region, login in (
        (factories.Role.SUPERVISOR, township, "elsewhere"),
        (factories.Role.SUPERVISOR, county.village[:9], "here"),
    ):
        factories.person(session, clock(), role, region, login=login)
    session.commit()
    worker = enrolled()
    worker.fill_in(county, body={"answers": {"no such question": 1}})
    worker.fill_in(county, case_id=factories.new_id())
    worker.sync()
    of_family, of_nobody = sorted(look(Kept), key=lambda row: row.reason, reverse=True)
    assert (of_family.reason, of_nobody.reason) == ("shape", "not_yours")

    def opened(login: str) -> list[int]:
        desk = at_desk(login)
        return [desk.get(f"/kept/{row.kept_id}").status_code for row in (of_family, of_nobody)]

    assert opened("supervisor") == [200, 200]
    assert opened("here") == [200, 404]  # a family nobody knows is for who answers for the whole county
    assert opened("elsewhere") == [404, 404]
    assert opened("administrator") == [404, 404]
    page = at_desk("administrator").get("/kept")
    assert page.status_code == 200 and 'href="/kept/' not in page.text
    stranger = at_desk("elsewhere")
    for act in ("take-in", "settle"):
        assert stranger.post(f"/kept/{of_family.kept_id}/{act}", reason="x").status_code == 404
    assert all(row.settled_at is None for row in look(Kept))


def test_a_copy_of_a_draft_is_shown_to_nobody(enrolled, county, session, at_desk, look, off_the_case):
    worker = enrolled()
    off_the_case(True)
    named = {k: worker.fill_in(county).head[k] for k in ("case_id", "visit_id", "record_id", "form", "form_version")}
    worker.device.queue.clear()
    worker.device.hand_in(
        "draft", {"answers": {"todo": "her words"}, "recorded": {}, "position": {}}, number=1, **named
    )
    worker.sync()
    (kept,) = look(Kept)
    desk = at_desk("supervisor")
    assert "her words" not in desk.get(f"/kept/{kept.kept_id}").text
    assert desk.post(f"/kept/{kept.kept_id}/take-in").status_code == 409


@pytest.mark.parametrize("body", [b"not json", b"[1]", b'{"answers":{"a":"\\ud83d"}}', b'{"answers":[[[1]]]}', b""])
def test_whatever_was_sent_its_page_opens(enrolled, county, at_desk, look, body):
    worker = enrolled()
    device = worker.device
    head = worker.fill_in(county).head
    device.queue.clear()
    device.queue.append(device._sealed(head, body, True))
    worker.sync()
    (kept,) = look(Kept)
    assert kept.reason == "shape"
    assert at_desk("supervisor").get(f"/kept/{kept.kept_id}").status_code == 200


def test_work_of_a_revoked_phone_is_taken_in_by_a_person_and_unsigned_work_is_not(
    enrolled, county, session, at_desk, look
):
    worker = enrolled()
    session.scalars(select(Vault)).one().state = "revoked"
    session.commit()
    worker.fill_in(county, body=_told(county))
    good = worker.crypto._author
    worker.crypto._author = enrolled().crypto._author
    worker.fill_in(county, body=_told(county))
    worker.crypto._author = good
    worker.sync()
    desk = at_desk("supervisor")
    answers = sorted(desk.post(f"/kept/{row.kept_id}/take-in").status_code for row in look(Kept))
    assert answers == [303, 409]
    assert len(look(Revision)) == 1


def test_a_row_from_before_its_columns_opens_too(session, county, clock, at_desk):
    kept_id = factories.new_id()
    session.add(
        Kept(
            district=county.district,
            kept_id=kept_id,
            package_id=factories.new_id(),
            vault_id=factories.new_id(),
            person_id=county.caseworker_id,
            status="quarantined",
            reason="damaged",
            sealed_package=b"",
            received_at=clock(),
        )
    )
    session.commit()
    answer = at_desk("supervisor").get(f"/kept/{kept_id}")
    assert answer.status_code == 200 and "无法读出" in answer.text


@pytest.mark.parametrize("at_once", [True, False])
def test_of_copies_of_a_draft_out_of_scope_the_newest_alone_is_kept(enrolled, county, look, off_the_case, at_once):
    worker = enrolled()
    off_the_case(True)
    named = {k: worker.fill_in(county).head[k] for k in ("case_id", "visit_id", "record_id", "form", "form_version")}
    worker.device.queue.clear()
    for number in range(1, 5):
        body = {"answers": {"todo": str(number)}, "recorded": {}, "position": {}}
        newest = worker.device.hand_in("draft", body, **named, number=number)
        if not at_once:
            worker.sync()
    other = worker.device.hand_in("draft", body, **{**named, "record_id": worker.new_id()}, number=1)
    worker.sync()
    assert {row.package_id for row in look(Kept)} == {newest.op, other.op}
