"""Two versions of one report: what her phones are told, what a merge does, and what the desk can do about them."""

from typing import Any
from uuid import UUID

import pytest

from fieldapp.crypto.packages import b64u
from fieldapp.models.audit import AuditRow
from fieldapp.models.cases import ConflictOfInterest, Todo
from fieldapp.models.records import Kept, Record, Revision
from fieldapp.models.reviews import Decision
from tests.web.test_sealed_columns import damage
from tests.web.versions import bundle, on, told


@pytest.fixture
def two_phones(enrolled: Any, county: Any) -> Any:
    """A report handed in from one phone of hers, then changed on both: `(old phone, new phone, first, left, right)`."""
    old, new = enrolled(), enrolled()
    first = old.fill_in(county, body=told(county))
    old.sync()
    new.sync_all()
    left = old.fill_in(county, **on(first), body=told(county, **{"hh.head": "刘左"}))
    old.sync()
    right = new.fill_in(county, **on(first), body=told(county, **{"visit.in_brief": "她另说了一遍。"}))
    new.sync()
    return old, new, first, left, right


def test_both_phones_are_told_both_versions_and_what_they_began_with(two_phones, county):
    old, new, first, left, right = two_phones
    assert (new.result(right)["status"], new.result(right)["reason"]) == ("conflict", "not_the_head")
    old.sync()
    for phone in (old, new):
        case = bundle(phone, county)
        (record,) = case["records"]
        assert case["preloaded"] and record["state"] == "submitted" and record["answers"] is None
        head, (beside,) = record["conflict"]["head"], record["conflict"]["beside"]
        assert (head["revision_id"], beside["revision_id"]) == (left.head["revision_id"], right.head["revision_id"])
        assert beside["base"]["revision_id"] == first.head["revision_id"]
        assert head["answers"]["hh"]["head"] == "刘左"
        assert beside["answers"]["visit"]["in_brief"] == "她另说了一遍。"
        assert beside["base"]["answers"] == told(county)["answers"]
        assert head["vault_id"] == str(old.device.vault_id) and beside["vault_id"] == str(new.device.vault_id)


def test_a_merge_of_both_is_the_head_and_nothing_stands_beside_it(two_phones, county, look, at_desk):
    old, new, _first, left, right = two_phones
    merged = new.fill_in(county, **on(left, right), body=told(county))
    new.sync_all()
    assert new.result(merged)["status"] == "ok"
    (record,) = look(Record)
    assert str(record.head_revision_id) == merged.head["revision_id"]
    old.sync_all()
    assert "conflict" not in bundle(old, county)["records"][0]
    assert "另有一个版本" not in at_desk("supervisor").get(f"/reports/{record.record_id}").text


def test_a_merge_that_came_too_late_is_kept_beside_and_merged_once_more(two_phones, county):
    old, new, _first, left, right = two_phones
    newest = old.fill_in(county, **on(left), body=told(county))
    old.sync()
    late = new.fill_in(county, **on(left, right), body=told(county))
    new.sync()
    assert new.result(late)["status"] == "conflict"
    (beside,) = bundle(new, county)["records"][0]["conflict"]["beside"]
    # Her first version is in the merge: only that stands beside, and began with what the head was then.
    assert beside["revision_id"] == late.head["revision_id"]
    assert beside["base"]["revision_id"] == left.head["revision_id"]
    last = new.fill_in(county, **on(newest, late), body=told(county))
    new.sync_all()
    old.sync_all()
    assert new.result(last)["status"] == "ok"
    assert all("conflict" not in bundle(phone, county)["records"][0] for phone in (old, new))


def test_nobody_else_is_told_what_stands_beside(two_phones, enrolled, county):
    colleague = enrolled("second_caseworker")
    colleague.sync_all()
    records = colleague.device.held.get(f"case:{county.case_id}", {}).get("records", [])
    assert all("conflict" not in record for record in records)


def test_the_queue_marks_a_report_of_which_two_versions_wait(two_phones, county, at_desk):
    _, new, _first, left, right = two_phones
    mark = '<span class="tag warn">另有一个版本</span>'
    assert mark in at_desk("supervisor").get("/queue").text
    new.sync_all()
    new.fill_in(county, **on(left, right))
    new.sync_all()
    assert mark not in at_desk("supervisor").get("/queue").text


def test_a_damaged_version_beside_the_head_stops_no_decision(two_phones, county, at_desk, session):
    *_, left, right = two_phones
    damage(session, "revision", "sealed_body", district=county.district, revision_id=UUID(right.head["revision_id"]))
    desk, record_id = at_desk("supervisor"), left.head["record_id"]
    desk.post(f"/reports/{record_id}/open")
    page = desk.get(f"/reports/{record_id}")
    assert page.status_code == 200 and "这一版打不开" in page.text
    # The head may be kept; what nobody can read cannot be let count
    assert "以下面这一版为准" in page.text and "以另一个版本为准" not in page.text


def test_what_changed_since_a_damaged_return_is_said_to_be_unknown(enrolled, county, at_desk, session):
    phone = enrolled()
    first = phone.fill_in(county, body=told(county))
    phone.sync()
    desk, record_id = at_desk("supervisor"), first.head["record_id"]
    desk.post(f"/reports/{record_id}/open")
    desk.get(f"/reports/{record_id}")
    assert desk.post(f"/reports/{record_id}/return", reason="incomplete", **desk.read_revision()).status_code == 303
    phone.sync_all()
    second = phone.fill_in(county, **on(first), body=told(county, **{"hh.head": "刘左"}))
    phone.sync()
    assert phone.result(second)["status"] == "ok"
    damage(session, "revision", "sealed_body", district=county.district, revision_id=UUID(first.head["revision_id"]))
    page = desk.get(f"/reports/{record_id}")
    assert page.status_code == 200 and "请通读整份报告" in page.text


def test_while_a_supervisor_reads_nothing_is_merged_and_after_the_return_it_is(two_phones, county, at_desk, look):
    _old, new, _first, left, right = two_phones
    desk = at_desk("supervisor")
    record_id = left.head["record_id"]
    desk.get(f"/reports/{record_id}")
    assert desk.post(f"/reports/{record_id}/open").status_code == 303
    new.sync_all()
    assert "conflict" not in bundle(new, county)["records"][0]
    merged = new.fill_in(county, **on(left, right), body=told(county))
    new.sync()
    assert (new.result(merged)["status"], new.result(merged)["reason"]) == ("locked", "in_review")
    assert len(look(Kept)) == 1  # what she wrote meanwhile is kept
    desk.get(f"/reports/{record_id}")
    assert desk.post(f"/reports/{record_id}/return", reason="two_versions", **desk.read_revision()).status_code == 303
    new.sync_all()
    (record,) = bundle(new, county)["records"]
    assert record["returned"]["reason"] == "two_versions" and record["conflict"]["beside"]
    assert new.device.held["me"]["reasons"]["two_versions"]["zh"]
    again = new.fill_in(county, **on(left, right), body=told(county))
    new.sync()
    assert new.result(again)["status"] == "ok"


def test_the_desk_lets_the_other_version_count_and_the_first_is_kept(two_phones, county, at_desk, look):
    old, new, _first, left, right = two_phones
    desk, record_id = at_desk("supervisor"), left.head["record_id"]
    page = desk.get(f"/reports/{record_id}").text
    assert "她另说了一遍。" in page and "/choose" not in page  # first the review is opened
    desk.post(f"/reports/{record_id}/open")
    page = desk.get(f"/reports/{record_id}").text
    assert "/choose" in page and "two_versions" in page
    asked = choice_of(right.head["revision_id"], look_hash(look, right))
    assert desk.post(f"/reports/{record_id}/choose", **asked).status_code == 303
    (record,) = look(Record)
    assert (str(record.head_revision_id), record.state) == (right.head["revision_id"], "in_review")
    kinds = {(row.kind, str(row.revision_id)) for row in look(Decision)}
    assert kinds == {("chosen", right.head["revision_id"]), ("set_aside", left.head["revision_id"])}
    assert {"chosen", "set_aside"} <= {row.act for row in look(AuditRow)}
    page = desk.get(f"/reports/{record_id}").text
    assert "/choose" not in page and "刘左" in page  # the other one is read still
    # What is approved is the chosen one, and both phones know that nothing is left to merge.
    done = desk.post(f"/reports/{record_id}/approve", text="两份都看过", **desk.read_revision())
    assert done.status_code == 303 and look(Record)[0].state == "approved"
    for phone in (old, new):
        phone.sync_all()
        assert "conflict" not in bundle(phone, county)["records"][0]


def test_the_chosen_version_brings_what_a_report_brings(enrolled, county, at_desk, look):
    worker = enrolled()
    first = worker.fill_in(county, body=told(county))
    worker.sync()
    worker.fill_in(county, **on(first), body=told(county))
    asked = told(county, **{"visit.conflict": "yes"})
    asked["answers"]["todo"] = "K1 K1 no-code"  # calculated: as its phone had it
    beside = worker.fill_in(county, **on(first), body=asked)
    worker.sync_all()
    assert worker.result(beside)["status"] == "conflict" and not look(ConflictOfInterest)
    before = [row.kind for row in look(Todo)]
    desk, record_id = at_desk("supervisor"), first.head["record_id"]
    desk.get(f"/reports/{record_id}")
    desk.post(f"/reports/{record_id}/open")
    chosen = choice_of(beside.head["revision_id"], look_hash(look, beside))
    assert desk.post(f"/reports/{record_id}/choose", **chosen).status_code == 303
    assert sorted(row.kind for row in look(Todo)) == sorted([*before, "K1"])
    assert [row.person_id for row in look(ConflictOfInterest)] == [county.caseworker_id]
    worker.sync_all()
    assert f"case:{county.case_id}" not in worker.device.held  # she said that she is related


def test_a_version_is_chosen_by_who_holds_the_review_and_exactly_as_it_was_read(two_phones, at_desk, look):
    _old, _new, _first, left, right = two_phones
    desk, record_id = at_desk("supervisor"), left.head["record_id"]
    asked = choice_of(right.head["revision_id"], look_hash(look, right))
    assert desk.post(f"/reports/{record_id}/choose", **asked).status_code == 409  # not in review
    desk.get(f"/reports/{record_id}")
    desk.post(f"/reports/{record_id}/open")
    other = choice_of(right.head["revision_id"], b"\0" * 32)
    assert desk.post(f"/reports/{record_id}/choose", **other).status_code == 409
    assert at_desk("administrator").post(f"/reports/{record_id}/choose", **asked).status_code == 404
    assert str(look(Record)[0].head_revision_id) == left.head["revision_id"] and not look(Decision)


def test_a_second_click_on_the_same_version_decides_nothing_more(two_phones, at_desk, look):
    _old, _new, _first, left, right = two_phones
    desk, record_id = at_desk("supervisor"), left.head["record_id"]
    desk.get(f"/reports/{record_id}")
    desk.post(f"/reports/{record_id}/open")
    asked = choice_of(right.head["revision_id"], look_hash(look, right))
    other = choice_of(left.head["revision_id"], look_hash(look, left))
    assert desk.post(f"/reports/{record_id}/choose", **asked).status_code == 303
    decided = [row.decision_id for row in look(Decision)]
    assert desk.post(f"/reports/{record_id}/choose", **asked).status_code == 303
    assert [row.decision_id for row in look(Decision)] == decided
    # What she set aside is not chosen by it
    assert desk.post(f"/reports/{record_id}/choose", **other).status_code == 409


def test_what_comes_on_top_of_a_version_that_was_set_aside_stands_beside_again(two_phones, county, at_desk, look):
    _old, new, _first, left, right = two_phones
    desk, record_id = at_desk("supervisor"), left.head["record_id"]
    desk.get(f"/reports/{record_id}")
    desk.post(f"/reports/{record_id}/open")
    desk.get(f"/reports/{record_id}")
    keep = choice_of(left.head["revision_id"], look_hash(look, left))
    assert desk.post(f"/reports/{record_id}/choose", **keep).status_code == 303
    desk.post(f"/reports/{record_id}/release")
    new.sync_all()
    assert "conflict" not in bundle(new, county)["records"][0]
    later = new.fill_in(county, **on(right), body=told(county, **{"hh.head": "刘又说"}))
    new.sync_all()
    assert new.result(later)["status"] == "conflict"
    (beside,) = bundle(new, county)["records"][0]["conflict"]["beside"]
    assert beside["revision_id"] == later.head["revision_id"]


def choice_of(revision_id: str, content_hash: bytes) -> dict[str, str]:
    """What the form beside a version names."""
    return {"revision_id": revision_id, "content_hash": b64u(content_hash)}


def look_hash(look: Any, item: Any) -> bytes:
    (found,) = [row.content_hash for row in look(Revision) if str(row.revision_id) == item.head["revision_id"]]
    return bytes(found)
