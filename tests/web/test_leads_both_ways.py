"""A lead goes the same ways from the phone and from the desk: where its file lies, and how who told us is answered."""

import json
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from fieldapp.db import milliseconds, reading
from fieldapp.models.cases import Case
from fieldapp.models.records import Record
from tests import factories
from tests.web.test_desk_records import LEAD, Page, returned
from tests.web.test_leads import take_lead

TOLD = {"reporter_relation": "neighbour", "reporter_name": "田婶", "reporter_secret": "yes"}
ELSEWHERE = f"{factories.OTHER_DISTRICT}100201"


@pytest.fixture
def worker(enrolled, forms):
    phone = enrolled()
    phone.sync_all()
    return phone


def begun(desk: Any, url: str, clock: Any, **fields: str) -> Page:
    answer = desk.post(url, **fields)
    assert answer.status_code == 303, answer.text
    return Page(desk, answer.headers["Location"], milliseconds(clock()))


def state_of(record_id: str) -> str:
    with reading() as session:
        return session.scalars(select(Record.state).where(Record.record_id == UUID(record_id))).one()


@pytest.mark.parametrize("way", ["phone", "desk"])
def test_a_lead_from_another_county_is_filed_in_the_own_region(way, worker, at_desk, county, clock):
    lead = {**LEAD["lead"], "residence_region": ELSEWHERE}
    if way == "phone":
        take_lead(worker, county, answers=lead)
        worker.sync_all()
    else:
        page = begun(at_desk("caseworker"), "/records", clock, form="F1")
        assert page.hand_in({"lead": lead}).status_code == 200
    with reading() as session:
        case = session.scalars(select(Case).where(Case.state == "LEAD")).one()
        record_id = session.scalars(select(Record.record_id).where(Record.case_id == case.case_id)).one()
    assert (case.district, case.village_code) == (county.district, county.district)
    # The village that was told stands in the lead, for whoever passes it on
    assert ELSEWHERE in at_desk("supervisor").get(f"/reports/{record_id}").text


def test_who_told_us_on_the_phone_is_sent_back_and_answered_at_the_desk(worker, at_desk, county, clock):
    # Given a lead and its reporter, from a phone
    lead = take_lead(worker, county)
    about = {"case_id": lead.head["case_id"], "visit_id": lead.head["visit_id"]}
    contact = take_lead(worker, county, form="F1R", answers=TOLD, **about)
    worker.sync_all()
    record_id = contact.head["record_id"]
    held = f"case:{lead.head['case_id']}"
    # When the supervisor sends it back with a remark
    supervisor = at_desk("supervisor")
    assert "田婶" in supervisor.get(f"/reports/{record_id}").text
    returned(supervisor, record_id, "请核实")
    worker.sync_all()
    # Then the phone says so, and got nothing of what was told
    [told] = [record for record in worker.device.held[held]["records"] if record["form"] == "F1R"]
    assert told["state"] == "returned"
    assert "田婶" not in json.dumps(worker.device.held, ensure_ascii=False, default=str)
    # And its author answers at the desk, in the same record, without being shown what she wrote
    desk = at_desk("caseworker")
    assert f"/records/again/{record_id}" in desk.get("/records").text
    page = begun(desk, f"/records/again/{record_id}", clock)
    assert page.given["returned"]["text"] == "请核实" and page.given["body"] is None
    assert "田婶" not in json.dumps(page.given, ensure_ascii=False)
    better = {"lead": {**TOLD, "reporter_name": "田玉婶"}}
    reply = {"remark_id": page.given["remarks"][0]["remark_id"], "reply": "changed", "text": ""}
    assert page.save(better).status_code == 200
    assert page.hand_in(better, [reply]).status_code == 200
    assert state_of(record_id) == "submitted"
    # The supervisor reads both versions; the phone sees its report wait again
    shown = supervisor.get(f"/reports/{record_id}").text
    assert "田玉婶" in shown and "田婶" in shown
    worker.sync_all()
    [told] = [record for record in worker.device.held[held]["records"] if record["form"] == "F1R"]
    assert told["state"] == "submitted"
    assert "田" not in json.dumps(told, ensure_ascii=False, default=str)
