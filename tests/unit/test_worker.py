"""The worker's jobs: the chain notices every change, a hold ends by itself, a backup counts only when read back."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from pysqlite3 import dbapi2 as sqlite
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from fieldapp import jobs
from fieldapp.actions import backups, chains, plans, reviews, sign_in
from fieldapp.actions.backups import BackupFailed
from fieldapp.config import Config
from fieldapp.db import reading, writing
from fieldapp.models import audit, feed, health, server_keys, settings
from fieldapp.models.accounts import acting_for
from fieldapp.models.audit import AuditRow
from fieldapp.models.feed import FeedHead
from fieldapp.models.records import Record, State
from tests import factories
from tests.server_fixtures import Clock


@pytest.fixture
def context(app: Flask, county: factories.County, clock: Clock) -> Iterator[factories.County]:
    with app.app_context():
        with writing() as session:
            server_keys.make_server_keys(session, clock())
            for number in range(5):
                audit.write(
                    session,
                    district=county.district,
                    actor_id=county.supervisor_id,
                    act="test",
                    about={"number": number},
                    at=clock(),
                )
        yield county


def test_every_committed_row_gets_a_number_without_gaps(context: factories.County, clock: Clock) -> None:
    waiting = _rows(context.district)
    assert jobs.extend_chains(clock()) == len(waiting)
    assert jobs.extend_chains(clock()) == 0
    with reading() as session:
        numbers = session.scalars(select(AuditRow.chain_seq).order_by(AuditRow.chain_seq)).all()
        assert numbers == list(range(1, len(waiting) + 1))
        assert chains.verify(session, context.district) is None


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE audit SET about = '{}' WHERE chain_seq = 3", "a row was changed"),
        ("UPDATE audit SET actor_id = NULL WHERE chain_seq = 2", "a row was changed"),
        ("DELETE FROM audit WHERE chain_seq = 2", "a row is missing"),
        ("DELETE FROM audit WHERE chain_seq = (SELECT max(chain_seq) FROM audit)", "the end does not match"),
        ("UPDATE audit_head SET signature = zeroblob(64)", "the signature of the end is wrong"),
    ],
)
def test_a_rewritten_past_is_noticed(context: factories.County, clock: Clock, statement: str, what: str) -> None:
    jobs.extend_chains(clock())
    with writing() as session:
        session.execute(text(statement))
    with reading() as session:
        found = chains.verify(session, context.district)
    assert found is not None and found.what.startswith(what)


def test_rows_written_later_are_chained_to_the_earlier_ones(context: factories.County, clock: Clock) -> None:
    jobs.extend_chains(clock())
    clock.advance(seconds=10)
    with writing() as session:
        audit.write(session, district=context.district, actor_id=None, act="later", about={}, at=clock())
    assert jobs.extend_chains(clock()) == 1
    with reading() as session:
        assert chains.verify(session, context.district) is None


def test_a_hold_that_ran_out_puts_the_report_back_and_tells_the_author(context: factories.County, clock: Clock) -> None:
    # Given a report that a supervisor opened
    with writing() as session:
        record_id, _ = factories.record(session, clock(), context, answers=b'{"answers": {}, "recorded": null}')
        session.execute(text("UPDATE revision SET form = 'F2'"))
        supervisor = acting_for(session, context.district, context.supervisor_id)
        assert supervisor is not None
        _publish(session, clock)
        reviews.open_review(session, supervisor, record_id, clock())
        told = _head(session, context.district, context.caseworker_id)
    # When 29 minutes pass nothing happens, when 30 have passed it goes back
    clock.advance(minutes=29)
    assert jobs.end_holds(clock()) == 0
    clock.advance(minutes=1)
    assert jobs.end_holds(clock()) == 1 and jobs.end_holds(clock()) == 0
    with reading() as session:
        assert session.get_one(Record, (context.district, record_id)).state == State.SUBMITTED
        assert _head(session, context.district, context.caseworker_id) > told


def test_failed_sign_ins_are_forgotten_a_day_after_the_wait(context: factories.County, clock: Clock) -> None:
    with writing() as session:
        sign_in.note_failure(session, "desk", "somebody", "192.0.2.1", clock())
    clock.advance(hours=23)
    with writing() as session:
        sign_in.note_failure(session, "desk", "somebody else", "192.0.2.1", clock())
    assert jobs.forget_delays(clock()) == 0
    clock.advance(hours=2)
    assert jobs.forget_delays(clock()) == 1 and jobs.forget_delays(clock()) == 0


def test_a_verified_backup_marks_exactly_what_it_holds_as_safe(
    context: factories.County, config: Config, clock: Clock, tmp_path: Path
) -> None:
    # Given a feed, and a change that comes after the copy was made
    with writing() as session:
        feed.tell(session, context.district, context.caseworker_id, "case:1")
    verified = backups.make(_with_backup(config, tmp_path), clock(), device=_two_devices(tmp_path))
    with writing() as session:
        feed.tell(session, context.district, context.caseworker_id, "case:2")
    # When the copy's mark is set
    with writing() as session:
        backups.mark_safe(session, verified, clock())
    # Then the later change is not safe
    with reading() as session:
        head = session.get_one(FeedHead, (context.district, context.caseworker_id))
        assert head.safe_seq == head.seq - 1
        assert health.backup_of(session, clock()).state == "none"  # no folder is set in the settings of this database


def test_a_backup_opens_and_holds_the_same_rows(
    context: factories.County, config: Config, clock: Clock, tmp_path: Path
) -> None:
    verified = backups.make(_with_backup(config, tmp_path), clock(), device=_two_devices(tmp_path))
    with sqlite.connect(str(verified.file)) as copy:
        assert copy.execute("SELECT count(*) FROM audit").fetchone()[0] == len(_rows(context.district))


@pytest.mark.parametrize("case", ["none", "missing", "same device"])
def test_a_folder_that_would_not_survive_the_disk_is_no_backup(
    context: factories.County, config: Config, clock: Clock, tmp_path: Path, case: str
) -> None:
    with_folder = _with_backup(config, tmp_path)
    if case == "none":
        with pytest.raises(BackupFailed, match="no backup folder"):
            backups.make(config, clock())
    elif case == "missing":
        with pytest.raises(BackupFailed, match="is not there"):
            backups.make(replace(with_folder, backup_dir=tmp_path / "elsewhere"), clock())
    else:
        with pytest.raises(BackupFailed, match="same device"):
            backups.make(with_folder, clock())


def test_a_failing_backup_is_kept_for_the_desk_and_tried_again(
    context: factories.County, config: Config, clock: Clock, tmp_path: Path
) -> None:
    with_folder = _with_backup(config, tmp_path)
    assert jobs.back_up(with_folder, clock()) == 0
    with reading() as session:
        found = health.backup_of(session, clock())
    assert found.state == "failing" and "same device" in found.error


def test_a_backup_that_may_not_be_marked_is_failing_and_not_made_again_with_every_round(
    context: factories.County, config: Config, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with writing() as session:
        feed.tell(session, context.district, context.caseworker_id, "case:1")
    with writing() as session:
        session.execute(
            text("CREATE TRIGGER no_audit BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'audit disk full'); END")
        )
    monkeypatch.setattr(backups.make, "__defaults__", (_two_devices(tmp_path),))
    assert jobs.back_up(_with_backup(config, tmp_path), clock()) == 0
    with reading() as session:
        assert health.backup_of(session, clock()).state == "failing"
        assert not backups.is_due(session, clock())
        assert session.get_one(FeedHead, (context.district, context.caseworker_id)).safe_seq == 0


def test_the_desk_says_late_after_two_hours_without_a_verified_backup(context: factories.County, clock: Clock) -> None:
    with writing() as session:
        settings.put(session, health.BACKUP_CONFIGURED, "1")
        settings.put(session, health.BACKUP_VERIFIED_AT, str(int(clock().timestamp() * 1000)))
        assert health.backup_of(session, clock()).state == "good"
        assert health.backup_of(session, clock() + timedelta(hours=2, seconds=1)).state == "late"


def test_only_the_newest_copies_are_kept(
    context: factories.County, config: Config, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backups, "KEEP_HOURLY", 2)
    with_folder = _with_backup(config, tmp_path)
    made = []
    for _ in range(3):
        made.append(backups.make(with_folder, clock(), device=_two_devices(tmp_path)).file)
        clock.advance(hours=1)
    assert [file.exists() for file in made] == [False, True, True]


def _with_backup(config: Config, tmp_path: Path) -> Config:
    (tmp_path / "other-disk").mkdir(exist_ok=True)
    return replace(config, backup_dir=tmp_path / "other-disk")


def _two_devices(tmp_path: Path):  # type: ignore[no-untyped-def]
    return lambda folder: int(folder == tmp_path / "other-disk")


def _publish(session: Session, clock: Clock) -> None:
    plans.publish_library(session, clock())
    session.flush()


def _rows(district: str) -> list[UUID]:
    with reading() as session:
        return list(session.scalars(select(AuditRow.audit_id).where(AuditRow.district == district)))


def _head(session: Session, district: str, person_id: UUID) -> int:
    feed.number(session)
    head = session.get(FeedHead, (district, person_id))
    return 0 if head is None else head.seq
