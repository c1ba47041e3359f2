"""Leads of several people over a network that loses and repeats: each opens one file, whatever came first."""

import random
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.db import db
from fieldapp.models.cases import Assignment, Case
from fieldapp.models.records import Kept, Record, Revision
from tests import factories
from tests.phones import Phone, issue_code, prepare_server

LEADS = 6
ROUNDS_MAX = 30


@pytest.mark.parametrize("seed", range(4))
def test_each_lead_opens_one_file_in_any_order(app, ring, clock, phone, seed):
    chance = random.Random(seed)
    with app.app_context(), Session(db.engine, expire_on_commit=False, info={"ring": ring}) as session:
        county = factories.county(session, clock())
        prepare_server(session, clock())
        phones = []
        for number, who in enumerate(("caseworker", "second_caseworker")):
            device = Phone(phone, clock, seed * 10 + number)
            assert device.enrol(who, issue_code(session, county, who, clock())).status_code == 200
            phones.append(device)
        written = _written(chance, county, phones)
        # Given requests that are lost, repeated, answered into nothing, or delivered long after
        on_the_way = []
        for _ in range(ROUNDS_MAX):
            owner = chance.choice(phones)
            request = owner.device.request(items_max=chance.randrange(1, 4))
            fate = chance.choice(["fine", "lost", "reply lost", "twice", "late"])
            if fate == "late":
                on_the_way.append((owner, request))
            elif fate != "lost":
                response = owner.post(request)
                if fate == "twice":
                    response = owner.post(request)
                if fate != "reply lost":
                    owner.device.apply(request, response.data)
        for owner, request in on_the_way:
            owner.post(request)
        for _ in range(3):
            for owner in phones:
                owner.sync_all()
        # Then every lead has one file and all its work is in it, and nothing was kept aside
        assert not session.scalars(select(Kept)).all()
        assert all(not one.device.queue and not one.device.attention for one in phones)
        opened = session.scalars(select(Case).where(Case.state == "LEAD")).all()
        assert {case.case_id for case in opened} == set(written) and len(opened) == LEADS
        for case in opened:
            owner, items = written[case.case_id]
            assert str(case.opened_by) == owner.device.person_id
            on_disk = session.scalars(select(Revision.revision_id).where(Revision.case_id == case.case_id)).all()
            assert sorted(map(str, on_disk)) == sorted(item.head["revision_id"] for item in items)
            forms = session.scalars(select(Record.form).where(Record.case_id == case.case_id)).all()
            assert sorted(forms) == ["F1", "F1R"]
            assert len(session.scalars(select(Assignment).where(Assignment.case_id == case.case_id)).all()) == 1
            assert f"case:{case.case_id}" in owner.device.held


def _written(chance, county, phones):
    """Leads with a second revision and who told us, queued in any order."""
    written, acts = {}, []
    for _ in range(LEADS):
        phone = chance.choice(phones)
        about = {"case_id": phone.new_id(), "visit_id": phone.new_id()}
        first = {"record_id": phone.new_id(), "revision_id": phone.new_id(), "intent": "door", "form": "F1", **about}
        second = {**first, "revision_id": phone.new_id(), "parents": [first["revision_id"]], "intent": "submit"}
        third = {"form": "F1R", **about}
        written[UUID(about["case_id"])] = (phone, [])
        for named, answers in (
            (first, {"summary": "来访", "danger_now": "no"}),
            (second, {"summary": "来访，已补全", "danger_now": "no"}),
            (third, {"reporter_relation": "neighbour"}),
        ):
            acts.append((phone, named, answers))
    chance.shuffle(acts)
    for phone, named, answers in acts:
        item = phone.fill_in(county, body={"answers": {"lead": answers}}, **named)
        written[UUID(named["case_id"])][1].append(item)
    return written
