"""Versions that do not fit: data and backups of earlier versions, and a phone that was away for three weeks.

The app of an earlier version on its own data is in tests/browser/test_old_profiles.py.
"""

from datetime import UTC, datetime
from types import SimpleNamespace
from uuid import UUID

import pytest
from pysqlite3 import dbapi2 as sqlite
from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp import demo, jobs
from fieldapp.actions import policies, publishing, restores
from fieldapp.db import db, reading, writing
from fieldapp.models import bundles, server_keys
from fieldapp.models.accounts import Account, acting_for
from fieldapp.models.cases import Case
from fieldapp.models.records import Kept, Record, Revision
from tests import factories, frozen
from tests.machines import BACKUP, Machine
from tests.phones import Phone, issue_code, revision_body
from tests.server_fixtures import Clock


@pytest.fixture
def machine(tmp_path, monkeypatch):
    made = Machine(tmp_path / "found", monkeypatch, Clock(datetime.now(UTC)))
    made.demo = "1"  # what lies frozen was a demonstration
    return made


@pytest.mark.parametrize("name", frozen.NAMES)
def test_a_backup_of_an_earlier_version_is_brought_back_and_its_people_go_on(name, machine):
    # Given a backup of then, and the ring of then
    old = frozen.server_of(name)
    copy = machine.backups / "fieldapp-20260101T000000Z.sqlite3"
    copy.write_bytes(old.database)
    for file, content in ((machine.ring, old.ring), (machine.log, old.tombstones)):
        file.parent.mkdir(parents=True, exist_ok=True)
        if content:
            file.write_bytes(content)
    machine.ring.chmod(0o600)
    connection = sqlite.connect(str(copy))
    before = {UUID(one): digest for one, digest in connection.execute("SELECT revision_id, content_hash FROM revision")}
    connection.close()
    # When the version of now brings it back (the first ones kept no log of tombstones)
    machine.must("restore", *([] if old.tombstones else ["--without-tombstones"]))
    app = machine.start()
    # Then all that was handed in is there by its bytes, opens, and its chains hold
    assert machine.revisions() == before and before
    with app.app_context():
        jobs.extend_chains(machine.clock())
    machine.must("audit", "verify")
    with app.app_context(), reading() as session:
        record = session.scalars(select(Record)).one()
        form, form_version = record.form, session.scalars(select(Revision.form_version)).one()
        acting = acting_for(session, record.district, record.author_id)
        families = session.scalars(select(Case.case_id)).all()
        families = bundles.cases_of(session, acting, families, machine.clock())
        assert record.case_id in families
        login = session.scalars(select(Account.login).where(Account.person_id == record.author_id)).one()
    # And its author's new phone fetches her families and hands a report in
    phone = Phone(machine.line, machine.clock, 1)
    hers = SimpleNamespace(district=record.district, author_id=record.author_id)
    with app.app_context(), Session(db.engine) as session:
        code = issue_code(session, hers, "author", machine.clock(), issuer="author")
    assert phone.enrol(login, code, password=demo.PASSWORD).status_code == 200
    phone.sync_all()
    assert {f"case:{case_id}" for case_id in families} == {ref for ref in phone.device.held if ref.startswith("case:")}
    item = phone.device.hand_in(
        "revision", revision_body(), case_id=str(record.case_id), visit_id=phone.new_id(), record_id=phone.new_id(),
        revision_id=phone.new_id(), form=form, form_version=form_version, intent="submit",
    )  # fmt: skip
    phone.sync_all()
    assert phone.result(item)["status"] == "ok"
    machine.must(*BACKUP)
    machine.stop()


def test_a_phone_that_was_away_for_three_weeks_and_knows_nothing_of_newer_things_loses_nothing(
    app, enrolled, county, clock
):
    # Given a phone of before lists of keys, digests and reports of itself, with a report received and two that wait
    phone = enrolled()
    phone.device.keys_version, phone.device.report = None, None
    received = phone.fill_in(county)
    phone.sync_all()
    first = phone.fill_in(county, intent="door")
    second = phone.fill_in(county, record_id=first.head["record_id"], parents=[first.head["revision_id"]])
    # When meanwhile keys were rotated twice, a form withdrawn, policies changed, and the server restored
    for days in (7, 7):
        clock.advance(days=days)
        with app.app_context(), writing() as session:
            server_keys.rotate(session, clock())
    with app.app_context(), writing() as session:
        administrator = county.acting(session, "administrator")
        policies.decide(session, administrator, county.district, "", {"lease_days": "3", "preload_h": "0"}, clock())
        publishing.withdraw(session, administrator, "F2", factories.version_of("F2"), "old", clock())
    clock.advance(days=7)
    with app.app_context(), writing() as session:
        restores.new_epoch(session, clock())
    # Then all that waited is taken, on the plan it was begun with, and what comes down is whole
    for _ in range(2):  # what it had handed in goes again, once it has met the new epoch
        phone.sync_all()
    assert {phone.result(one)["status"] for one in (received, first, second)} <= {"ok", "dup"}
    assert phone.device.held["me"]["policy"]["preload_h"] == 0 and not phone.device.attention
    assert phone.device.held[f"plan:F2@{factories.version_of('F2')}"]["withdrawn"]
    with app.app_context(), reading() as session:
        assert len(session.scalars(select(Revision)).all()) == 3
        assert session.scalars(select(Kept)).all() == []
