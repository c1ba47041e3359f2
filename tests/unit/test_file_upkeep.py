"""Files that nobody needs any more are forgotten, all others are in the backup; each hour looks at a part of them."""

import hashlib
import os
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from fieldapp import jobs
from fieldapp.actions import backups, file_backup, file_keys, file_upkeep
from fieldapp.actions.backups import BackupFailed
from fieldapp.blobs.local import place_in
from fieldapp.db import reading, writing
from fieldapp.models import bodies, feed, health, settings
from fieldapp.models.audit import AuditRow
from fieldapp.models.feed import FeedHead
from fieldapp.models.files import File
from tests import factories, reports, uploading


@pytest.fixture
def store(app):
    with app.app_context():
        yield app.extensions["files"]


@pytest.fixture
def whole(store, county, clock):
    """A photo that a report names: (file id, hash)."""
    with writing() as session:
        told = reports.body(reports.investigation(county.subject_id), clock())
        record_id, _ = factories.record(session, clock(), county, answers=told)
        file_id = uploading.named_by_record(session, store, clock(), county, record_id)
        digest = session.get_one(File, (county.district, file_id)).hash
    return file_id, digest


def kept(store, content: bytes) -> bytes:
    """Bytes in the store that no row knows."""
    digest = hashlib.sha256(content).digest()
    with store.part(factories.new_id()) as part:
        part.write(0, content)
        part.keep(digest)
    return digest


def changed(county, file_id, **values):
    with writing() as session:
        file = session.get_one(File, (county.district, file_id))
        for name, value in values.items():
            setattr(file, name, value)


def row(county, file_id):
    with reading() as session:
        return session.get(File, (county.district, file_id))


def a_day_of_sweeps(store, clock):
    for _ in range(24):
        jobs.sweep_files(store, clock())
        clock.advance(hours=1)


def until_its_hour(clock, digest):
    """A day on, at the hour in which files of this hash are looked at."""
    clock.advance(days=1)
    while digest[0] not in file_upkeep.prefixes_of(clock()):
        clock.advance(hours=1)


def made_long_ago(store, config, digest, clock):
    at = (clock() - timedelta(days=9)).timestamp()
    os.utime(place_in(config.files_dir, digest), (at, at))


def test_an_upload_that_nobody_goes_on_with_is_given_up_after_thirty_days(store, county, clock, whole):
    file_id, _ = whole
    changed(county, file_id, state="partial", case_id=None)
    with store.part(file_id) as part:
        part.write(0, b"some of it")
    clock.advance(days=30)
    jobs.sweep_files(store, clock())
    assert row(county, file_id) is not None and store.part_ids() == [file_id]
    clock.advance(hours=1)
    jobs.sweep_files(store, clock())
    assert row(county, file_id) is None and store.part_ids() == []


def test_a_file_that_no_report_ever_named_is_given_up_later_and_a_named_one_never(store, county, clock, whole):
    file_id, digest = whole
    clock.advance(days=1_000)
    jobs.sweep_files(store, clock())
    assert store.has(digest)
    changed(county, file_id, case_id=None, touched_at=clock())
    clock.advance(days=180)
    jobs.sweep_files(store, clock())
    assert store.has(digest)
    clock.advance(hours=1)
    jobs.sweep_files(store, clock())
    assert row(county, file_id) is None and not store.has(digest)
    with reading() as session:
        assert session.query(AuditRow).where(AuditRow.act == "file_given_up").count() == 1


def test_the_files_of_an_erased_family_go_and_their_rows_say_so(store, county, clock, whole):
    file_id, digest = whole
    with writing() as session:
        bodies.erase_case_key(session, county.district, county.case_id)
    jobs.sweep_files(store, clock())
    file = row(county, file_id)
    assert (file.state, file.sealed_key) == ("gone", None) and not store.has(digest)


def test_the_sweep_is_due_once_an_hour(store, clock, whole):
    jobs.sweep_files(store, clock())
    digest = kept(store, b"nobody's")
    clock.advance(minutes=59)
    assert jobs.sweep_files(store, clock()) == 0 and store.has(digest)


def test_bytes_that_no_row_knows_are_found_within_a_day_but_not_while_they_are_fresh(
    store, config, county, clock, whole
):
    old, fresh = kept(store, b"old"), kept(store, b"fresh")
    made_long_ago(store, config, old, clock)
    made_long_ago(store, config, whole[1], clock)
    os.utime(place_in(config.files_dir, fresh), ((clock() + timedelta(days=1)).timestamp(),) * 2)
    a_day_of_sweeps(store, clock)
    assert not store.has(old) and store.has(fresh) and store.has(whole[1])


def test_a_part_without_a_row_is_dropped(store, clock):
    with store.part(factories.new_id()) as part:
        part.write(0, b"left behind")
    jobs.sweep_files(store, clock())
    assert store.part_ids() == []


# --- backup -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def with_folder(config, tmp_path):
    (tmp_path / "other-disk").mkdir()
    return replace(config, backup_dir=tmp_path / "other-disk")


def back_up(config, clock):
    return backups.make(config, clock(), device=lambda path: len(str(path)) if path == config.backup_dir else 0)


def in_backup(config, digest):
    return place_in(config.backup_dir / file_backup.FOLDER, digest)


def test_a_backup_holds_every_file_that_its_copy_of_the_database_names(store, with_folder, clock, whole):
    nobodys = kept(store, b"nobody's")
    back_up(with_folder, clock)
    assert hashlib.sha256(in_backup(with_folder, whole[1]).read_bytes()).digest() == whole[1]
    assert not in_backup(with_folder, nobodys).exists()


def marked(config, clock):
    made = back_up(config, clock)
    with writing() as session:
        backups.mark_safe(session, made, clock())
    return made


def lost(store, config, clock, digest):
    """Gone here and in the backup: the only file, so its folders stay."""
    marked(config, clock)
    store.remove(digest)
    in_backup(config, digest).unlink()


def safe_marks(session):
    return {head.person_id: (head.safe_seq, head.seq) for head in session.scalars(select(FeedHead))}


def test_a_lost_file_holds_up_its_author_alone_and_is_awaited_from_her_phone(store, with_folder, county, clock, whole):
    # Given a file that is lost on both sides, and news for its author and for another one
    lost(store, with_folder, clock, whole[1])
    with writing() as session:
        author, other = session.get_one(File, (county.district, whole[0])).person_id, county.second_caseworker_id
        for person_id in (author, other):
            feed.tell(session, county.district, person_id, "case:1")
    # When the next backup is made, then its copy of the database is there
    clock.advance(hours=1)
    assert marked(with_folder, clock).file.is_file()
    file = row(county, whole[0])
    assert (file.state, file.offset, file.seq) == ("partial", 0, None)
    with reading() as session:
        marks, told = safe_marks(session), settings.get(session, health.BACKUP_ERROR)
        assert marks[author][0] < marks[author][1] and marks[other][0] == marks[other][1]
        assert "1 person" in told and session.query(AuditRow).where(AuditRow.act == "file_lost").count() == 1
    # And the one after that counts it once, and holds her up as long as it is awaited
    clock.advance(hours=1)
    marked(with_folder, clock)
    with reading() as session:
        assert safe_marks(session)[author][0] < safe_marks(session)[author][1]
        assert session.query(AuditRow).where(AuditRow.act == "file_lost").count() == 1


def test_a_lost_file_that_is_found_elsewhere_is_taken_back(store, with_folder, county, clock, whole):
    place = place_in(with_folder.files_dir, whole[1])
    content = place.read_bytes()
    lost(store, with_folder, clock, whole[1])
    marked(with_folder, clock)
    place.write_bytes(content)
    made_long_ago(store, with_folder, whole[1], clock)
    a_day_of_sweeps(store, clock)
    marked(with_folder, clock)
    file = row(county, whole[0])
    assert (file.state, file.offset) == ("complete", len(content)) and file.sealed_key is not None
    with reading() as session:
        file_keys.open_key(session, file)
        assert settings.get(session, health.BACKUP_ERROR) == ""


def test_what_is_damaged_on_both_sides_stands_in_nobodys_way(store, with_folder, county, clock, whole):
    marked(with_folder, clock)
    for path in (place_in(with_folder.files_dir, whole[1]), in_backup(with_folder, whole[1])):
        path.write_bytes(b"something else")
    until_its_hour(clock, whole[1])
    marked(with_folder, clock)
    assert row(county, whole[0]).state == "partial" and not store.has(whole[1])
    assert not in_backup(with_folder, whole[1]).exists()


def test_files_whose_device_is_not_there_are_not_taken_for_lost(with_folder, county, clock, whole):
    with_folder.files_dir.joinpath("store").rename(with_folder.files_dir / "elsewhere")
    with pytest.raises(BackupFailed, match="is its device mounted"):
        back_up(with_folder, clock)
    assert row(county, whole[0]).state == "complete"


def test_photos_take_no_room_that_copies_of_the_database_will_need(with_folder, clock, whole, monkeypatch):
    monkeypatch.setattr(backups, "KEEP_HOURLY", 1 << 50)
    with pytest.raises(BackupFailed, match="kept for copies of the database"):
        back_up(with_folder, clock)
    # The database is in the backup all the same
    assert len(list(with_folder.backup_dir.glob("fieldapp-*.sqlite3"))) == 1
    assert not in_backup(with_folder, whole[1]).exists()


def test_a_failed_backup_is_tried_again_after_ten_minutes_and_of_one_hour_one_copy_stays(with_folder, clock, whole):
    with writing() as session:
        assert backups.is_due(session, clock())
        backups.note_failure(session, BackupFailed("full"), clock())
    clock.advance(minutes=9)
    with reading() as session:
        assert not backups.is_due(session, clock())
    clock.advance(minutes=1)
    with reading() as session:
        assert backups.is_due(session, clock())
    for _ in range(3):
        newest = back_up(with_folder, clock).file
        clock.advance(seconds=1)
    assert list(with_folder.backup_dir.glob("fieldapp-*.sqlite3")) == [newest]


def test_files_on_the_device_of_the_backup_are_none(store, with_folder, clock, whole):
    with pytest.raises(BackupFailed, match="same device as the files"):
        backups.make(with_folder, clock(), device=lambda path: int(path == with_folder.data_dir))


@pytest.mark.parametrize("side", ["here", "there"])
def test_a_file_that_was_damaged_on_one_side_is_taken_from_the_other_within_a_day(
    store, with_folder, clock, whole, side
):
    back_up(with_folder, clock)
    damaged = place_in(with_folder.files_dir, whole[1]) if side == "here" else in_backup(with_folder, whole[1])
    good = damaged.read_bytes()
    damaged.write_bytes(bytes(len(good)))
    until_its_hour(clock, whole[1])
    back_up(with_folder, clock)
    assert damaged.read_bytes() == good


def test_a_file_that_is_gone_leaves_the_backup_when_no_copy_can_name_it_any_more(
    store, with_folder, county, clock, whole
):
    # Given a file that was copied long ago, and was still wanted today
    back_up(with_folder, clock)
    copy = in_backup(with_folder, whole[1])
    until_its_hour(clock, whole[1])
    long_ago = (clock() - timedelta(days=99)).timestamp()
    os.utime(copy, (long_ago, long_ago))
    back_up(with_folder, clock)
    changed(county, whole[0], state="gone")
    for _ in range(2):
        clock.advance(days=1)
        back_up(with_folder, clock)
        assert copy.exists()
    clock.advance(days=2)
    back_up(with_folder, clock)
    assert not copy.exists()
