"""A lead that tells of a danger stands before the supervisors at once, and until somebody acts."""

import json
import re
from uuid import uuid4

import pytest
from sqlalchemy import select

from fieldapp.db import milliseconds
from fieldapp.models import server_keys
from fieldapp.models.cases import Case, Urgent
from fieldapp.models.records import Kept, Revision
from sync.push import LEADS_PER_DAY

LEAD = {
    "channel": "walk_in",
    "danger_now": "yes",
    "summary": "来访反映正被追打",
    "received_at": "2026-02-28T08:50:00+08:00",
    "name": "周小满",
}
UNKNOWN = {"unknown": "does_not_know"}
GIVEN = re.compile(r'<script type="application/json" id="given">(.*?)</script>', re.S)


@pytest.fixture
def worker(enrolled):
    phone = enrolled()
    phone.sync_all()
    return phone


def take_lead(phone, county, danger, **named):
    about = {"case_id": phone.new_id(), "visit_id": phone.new_id(), "intent": "door", "form": "F1"}
    return phone.fill_in(county, body={"answers": {"lead": {**LEAD, "danger_now": danger}}}, **{**about, **named})


def correct(phone, county, item, danger):
    head = item.head
    named = {name: head[name] for name in ("case_id", "visit_id", "record_id")}
    return take_lead(phone, county, danger, parents=[head["revision_id"]], intent="submit", **named)


def alerts(session):
    found = session.scalars(select(Urgent)).all()
    session.commit()  # whoever reads on holds up the next exchange
    return found


@pytest.mark.parametrize("danger", ["yes", UNKNOWN])
def test_a_lead_with_a_danger_stands_on_top_until_somebody_acts(worker, county, session, at_desk, danger):
    item = take_lead(worker, county, danger)
    worker.sync_all()
    assert worker.result(item)["status"] == "ok"
    urgent = alerts(session)[0]
    code_name = session.get_one(Case, (county.district, urgent.case_id)).code_name
    session.commit()
    desk = at_desk("supervisor")
    page = desk.get("/").text
    assert "正有危险" in page and "周小满" in page and code_name in page and "尚未确认" not in page
    # Another revision of it, handed in while it is open and after it was seen, is no other danger.
    correct(worker, county, item, danger)
    worker.sync_all()
    assert desk.get("/").text.count('class="alert" role="alert"') == 1
    assert desk.post(f"/alerts/{urgent.urgent_id}/acknowledge").status_code == 303
    assert 'class="alert" role="alert"' not in desk.get("/").text
    assert len(session.scalars(select(Revision)).all()) == 2 and len(alerts(session)) == 1


def test_a_danger_that_is_told_of_only_in_the_second_revision_is_no_less_one(worker, county, session):
    item = take_lead(worker, county, "no")
    worker.sync_all()
    assert not alerts(session)
    correct(worker, county, item, "yes")
    worker.sync_all()
    assert len(alerts(session)) == 1


def test_both_revisions_in_one_batch_and_the_batch_sent_again_raise_one_alert(worker, county, session):
    correct(worker, county, take_lead(worker, county, "yes"), "yes")
    request = worker.device.request()
    worker.post(request)
    worker.post(request)
    worker.sync_all()
    assert len(alerts(session)) == 1


def test_a_lead_that_is_kept_aside_does_not_keep_its_danger_aside(worker, county, session):
    for _ in range(LEADS_PER_DAY):
        take_lead(worker, county, "no")
    item = take_lead(worker, county, "yes")
    worker.sync_all()
    assert worker.result(item)["reason"] == "leads_too_many" and session.scalars(select(Kept)).one()
    assert [urgent.case_id for urgent in alerts(session)] == [None]


@pytest.mark.parametrize(("danger", "wanted"), [("yes", 1), (UNKNOWN, 1), ("no", 0)])
def test_a_danger_told_at_the_desk_is_shown_as_well(at_desk, county, session, forms, clock, danger, wanted):
    server_keys.make_server_keys(session, clock())
    session.commit()
    writer = at_desk("caseworker")
    answer = writer.post("/records", form="F1")
    assert answer.status_code == 303, answer.text
    given = json.loads(GIVEN.findall(writer.get(answer.headers["Location"]).text)[0])
    now = milliseconds(clock())
    recorded = {"started": now, "now": now, "zone": "Asia/Shanghai", "language": "zh"}
    body = {"answers": {"lead": {**LEAD, "danger_now": danger}}, "replies": [], "recorded": recorded, "visitors": []}
    sent = {
        "Origin": writer._client.origin,
        "X-CSRFToken": writer.token(),
        "X-Draft-Number": str(given["number"]),
        "X-Draft-Window": str(uuid4()),
        "Content-Type": "application/json",
    }
    handed = writer._client.post(given["hand_in_url"], data=json.dumps(body), headers=sent)
    assert handed.status_code == 200, handed.text
    assert at_desk("supervisor").get("/").text.count('class="alert" role="alert"') == len(alerts(session)) == wanted
