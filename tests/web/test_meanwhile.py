"""What was decided at the office while a phone had no signal: each has its answer, and nothing she wrote is lost."""

import json
from typing import Any

import pytest
from sqlalchemy import select

from fieldapp.forms.plan import hash_of
from fieldapp.models.cases import Assignment, Visitor
from fieldapp.models.forms import FormVersion
from fieldapp.models.records import Kept, Record
from tests.web.versions import bundle, on, told


def in_review(at_desk: Any, item: Any) -> Any:
    desk = at_desk("supervisor")
    desk.get(f"/reports/{item.head['record_id']}")
    assert desk.post(f"/reports/{item.head['record_id']}/open").status_code == 303
    desk.get(f"/reports/{item.head['record_id']}")
    return desk


def test_what_she_sends_while_it_is_read_is_kept_and_goes_in_after_the_return(enrolled, county, at_desk, look):
    worker = enrolled()
    first = worker.fill_in(county, body=told(county))
    worker.sync()
    desk = in_review(at_desk, first)
    more = told(county, **{"hh.head": "刘补充"})
    late = worker.fill_in(county, **on(first), body=more)
    worker.sync_all()
    result = worker.result(late)
    assert (result["status"], result["reason"], result["record_state"]) == ("locked", "in_review", "in_review")
    assert [row.reason for row in look(Kept)] == ["in_review"]  # and the page of what was kept shows it
    # What is decided on is what was read
    assert str(look(Record)[0].head_revision_id) == first.head["revision_id"]
    path = f"/reports/{first.head['record_id']}/return"
    assert desk.post(path, reason="incomplete", **desk.read_revision()).status_code == 303
    worker.sync_all()
    assert bundle(worker, county)["records"][0]["state"] == "returned"
    again = worker.fill_in(county, **on(first), body=more)
    worker.sync_all()
    assert (worker.result(again)["status"], worker.result(again)["record_state"]) == ("ok", "submitted")


def test_what_comes_after_the_approval_changes_nothing_and_is_kept(enrolled, county, at_desk, look):
    worker, other = enrolled(), enrolled()
    first = worker.fill_in(county, body=told(county))
    worker.sync()
    other.sync_all()
    newest = worker.fill_in(county, **on(first), body=told(county))
    worker.sync()
    desk = in_review(at_desk, first)
    path = f"/reports/{first.head['record_id']}/approve"
    assert desk.post(path, text="看过", **desk.read_revision()).status_code == 303
    # On top of what was approved: kept on the side. On something older: a version beside it
    late = worker.fill_in(county, **on(newest), body=told(county, **{"hh.head": "刘补充"}))
    worker.sync_all()
    older = other.fill_in(county, **on(first), body=told(county, **{"hh.head": "刘另写"}))
    other.sync_all()
    assert (worker.result(late)["status"], worker.result(late)["reason"]) == ("locked", "approved")
    assert (other.result(older)["status"], other.result(older)["record_state"]) == ("conflict", "approved")
    (record,) = look(Record)
    assert (record.state, str(record.head_revision_id)) == ("approved", newest.head["revision_id"])
    # Nothing is left to merge: who reads the report sees the other version, and whom to ask
    assert all("conflict" not in one for one in bundle(other, county)["records"])
    page = desk.get(f"/reports/{record.record_id}").text
    assert "刘另写" in page and "已经批准" in page and "/choose" not in page


def test_a_visit_given_to_somebody_else_meanwhile_takes_her_report_all_the_same(enrolled, county, session, look):
    worker = enrolled()
    worker.sync_all()
    rows = session.scalars(select(Visitor).where(Visitor.visit_id == county.visit_id)).all()
    for row in rows:
        if row.person_id == county.caseworker_id:
            session.delete(row)
    session.commit()
    item = worker.fill_in(county, body=told(county))
    worker.sync_all()
    assert worker.result(item)["status"] == "ok"
    worker.device.cursor = None  # as a new phone would ask
    worker.sync_all()
    assert [record["record_id"] for record in bundle(worker, county)["records"]] == [item.head["record_id"]]


def test_of_a_case_that_left_her_each_unsent_report_is_answered_and_kept(enrolled, county, session, look, clock):
    worker = enrolled()
    worker.sync_all()
    items = [worker.fill_in(county, body=told(county)) for _ in range(3)]
    key = (county.district, county.case_id, county.caseworker_id)
    session.get(Assignment, key).ended_at = clock()
    session.commit()
    worker.sync(items_max=1)
    assert worker.device.queue == items[1:]  # what is not answered stays, whatever the page takes away
    while worker.device.queue:
        worker.sync(items_max=1)
    assert {worker.result(item)["reason"] for item in items} == {"not_yours"}
    assert len(look(Kept)) == 3 and not look(Record)


@pytest.fixture
def newer_form(session: Any, enrolled: Any) -> int:
    """A newer version of F2 is published, the one before withdrawn; the older number."""
    rows = session.scalars(select(FormVersion).where(FormVersion.form == "F2")).all()
    newest = max(rows, key=lambda row: row.version)
    given = {
        column.key: getattr(newest, column.key) for column in FormVersion.__table__.columns if column.key != "version"
    }
    plan = {**json.loads(newest.plan), "version": newest.version + 1}
    plan["hash"] = hash_of(plan)
    session.add(
        FormVersion(**{**given, "plan": json.dumps(plan), "plan_hash": plan["hash"]}, version=newest.version + 1)
    )
    session.commit()
    return int(newest.version)


def test_a_draft_stays_on_its_version_of_the_form_and_is_taken_when_that_was_withdrawn(
    enrolled, county, session, newer_form, clock
):
    worker = enrolled()
    session.get(FormVersion, ("F2", newer_form)).withdrawn_at = clock()
    session.commit()
    item = worker.fill_in(county, body=told(county), form_version=newer_form)
    worker.sync_all()
    assert worker.result(item)["status"] == "ok"
    assert bundle(worker, county)["records"][0]["form_version"] == newer_form


def test_versions_on_two_versions_of_the_form_are_told_by_name_and_one_of_them_goes_on(
    enrolled, county, newer_form, look
):
    old, new = enrolled(), enrolled()
    first = old.fill_in(county, body=told(county), form_version=newer_form)
    old.sync()
    left = old.fill_in(county, **on(first), body=told(county), form_version=newer_form + 1)
    old.sync()
    right = new.fill_in(county, **on(first), body=told(county, **{"hh.head": "刘旧表"}), form_version=newer_form)
    new.sync_all()
    assert new.result(right)["status"] == "conflict"
    conflict = bundle(new, county)["records"][0]["conflict"]
    assert (conflict["head"]["form_version"], conflict["beside"][0]["form_version"]) == (newer_form + 1, newer_form)
    assert conflict["beside"][0]["base"] is None  # nothing is merged across versions
    both = [left.head["revision_id"], right.head["revision_id"]]
    chosen = {"record_id": first.head["record_id"], "parents": both, "form_version": newer_form}
    merged = new.fill_in(county, **chosen, body=told(county, **{"hh.head": "刘旧表"}))
    new.sync_all()
    assert new.result(merged)["status"] == "ok"
    assert str(look(Record)[0].head_revision_id) == merged.head["revision_id"]
