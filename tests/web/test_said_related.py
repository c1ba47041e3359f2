"""A visitor who is related to the family says so on her phone: the office knows, and she has the family no more."""

import pytest
from sqlalchemy import select

from fieldapp.models import scope
from fieldapp.models.audit import AuditRow
from fieldapp.models.cases import Assignment, Case, ConflictOfInterest
from fieldapp.models.records import Kept, Record
from fieldapp.models.vaults import Vault
from tests import factories


def could_not(answer):
    return {"answers": {"visit": {"outcome": "could_not", "conflict": answer}}}


def row_of(session, county, who):
    session.expire_all()
    return session.get(ConflictOfInterest, (county.district, county.case_id, getattr(county, f"{who}_id")))


@pytest.fixture
def worker(enrolled):
    phone = enrolled()
    phone.sync_all()
    return phone


def test_a_yes_on_a_phone_keeps_its_author_away_from_the_family(worker, county, session):
    assert f"case:{county.case_id}" in worker.device.held
    # When she reports why she did not go
    item = worker.fill_in(county, body=could_not("yes"))
    worker.sync_all()
    # Then the report is taken, the office knows, and her phone has the family no more
    assert worker.result(item)["status"] == "ok"
    row = row_of(session, county, "caseworker")
    assert (row.said_by, row.lifted_at) == (county.caseworker_id, None)
    member = session.get(Assignment, (county.district, county.case_id, county.caseworker_id))
    assert member.ended_at is not None
    acting = county.acting(session, "caseworker")
    assert session.scalars(select(Case.case_id).where(scope.cases_of(acting))).all() == []
    assert "note_related" in set(session.scalars(select(AuditRow.act)))
    session.commit()
    worker.sync_all()
    assert f"case:{county.case_id}" not in worker.device.held


def test_a_village_cadre_who_is_related_loses_the_family_too(enrolled, county, session, clock):
    factories.assign(session, clock(), county.case_id, county.cadre_id)
    session.commit()
    phone = enrolled("cadre")
    phone.sync_all()
    assert f"case:{county.case_id}" in phone.device.held
    # Her form does not ask; her phone did, before it showed a name
    item = phone.fill_in(county, form="F3V", body={"answers": {}, "recorded": {"related": True}})
    phone.sync_all()
    assert phone.result(item)["status"] == "ok" and row_of(session, county, "cadre") is not None
    session.commit()
    phone.sync_all()
    assert f"case:{county.case_id}" not in phone.device.held


@pytest.mark.parametrize("answer", ["no", None, ["yes"]])
def test_anything_but_a_yes_changes_nothing(worker, county, session, answer):
    worker.fill_in(county, body=could_not(answer))
    worker.sync_all()
    assert row_of(session, county, "caseworker") is None


def test_a_yes_said_twice_in_one_batch_is_noted_once(worker, county, session):
    for _ in range(2):
        worker.fill_in(county, body=could_not("yes"))
    worker.sync_all()
    said = session.scalars(select(AuditRow.act).where(AuditRow.act == "note_related")).all()
    assert len(said) == 1 and session.scalars(select(Record)).all()


@pytest.mark.parametrize("has_left", [False, True])
def test_a_yes_that_was_kept_aside_keeps_its_author_away_and_not_who_takes_it_in(
    worker, county, session, clock, at_desk, has_left
):
    # Given her report from a phone that was revoked, perhaps after she left the family
    session.get_one(Vault, (county.district, worker.device.vault_id)).state = "revoked"
    if has_left:
        session.get_one(Assignment, (county.district, county.case_id, county.caseworker_id)).ended_at = clock()
    session.commit()
    item = worker.fill_in(county, body=could_not("yes"))
    worker.sync()
    assert worker.result(item)["status"] == "quarantined"
    kept_id = session.scalars(select(Kept.kept_id)).one()
    session.commit()
    # When a supervisor takes it in
    desk = at_desk("supervisor")
    assert desk.post(f"/kept/{kept_id}/take-in").status_code == 303
    # Then it is said of its author, by her; the supervisor goes on with it
    row = row_of(session, county, "caseworker")
    assert (row.said_by, row.lifted_at) == (county.caseworker_id, None)
    assert row_of(session, county, "supervisor") is None
    member = session.get_one(Assignment, (county.district, county.case_id, county.caseworker_id))
    assert member.ended_at is not None
    session.commit()
    assert desk.get(f"/reports/{item.head['record_id']}").status_code == 200
