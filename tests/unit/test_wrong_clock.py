"""A server whose clock once ran ahead: when it is right again, nothing waits for the day that it said."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from fieldapp import jobs
from fieldapp.actions import backups, bringing_back, feed_upkeep, file_upkeep, proxies
from fieldapp.actions.backups import BackupFailed
from fieldapp.config import Config
from fieldapp.db import reading, writing
from fieldapp.models import health, server_keys, settings
from fieldapp.models.health import ProxyResult
from tests import factories
from tests.server_fixtures import Clock

AHEAD = datetime(2090, 1, 1, tzinfo=UTC)


@pytest.fixture
def context(app: Flask, county: factories.County, clock: Clock) -> Iterator[factories.County]:
    with app.app_context():
        with writing() as session:
            server_keys.make_server_keys(session, clock())
        yield county


@pytest.fixture
def with_folder(config: Config, tmp_path: Path) -> Config:
    (tmp_path / "other-disk").mkdir()
    return replace(config, backup_dir=tmp_path / "other-disk")


def back_up(config: Config, now: datetime) -> backups.Verified:
    return backups.make(config, now, device=lambda folder: int(folder == config.backup_dir))


def test_what_is_done_every_hour_or_day_waits_for_no_day_that_a_wrong_clock_said(
    context: factories.County, with_folder: Config, clock: Clock
) -> None:
    with writing() as session:
        backups.mark_safe(session, back_up(with_folder, AHEAD), AHEAD)
        backups.note_failure(session, BackupFailed("full"), AHEAD)
        file_upkeep.give_up(session, AHEAD)
        feed_upkeep.note(session, AHEAD)
        proxies.keep(session, ProxyResult.STREAMS, AHEAD)
    with reading() as session:
        for act in (backups, file_upkeep, feed_upkeep, proxies):
            assert act.is_due(session, clock()), act.__name__


def test_a_backup_of_a_day_to_come_makes_nobody_believe_that_there_is_one_of_today(
    context: factories.County, clock: Clock
) -> None:
    with writing() as session:
        settings.put(session, health.BACKUP_CONFIGURED, "1")
        settings.put(session, health.BACKUP_VERIFIED_AT, str(int(AHEAD.timestamp() * 1000)))
        assert health.backup_of(session, clock()).state == "late"


def test_copies_named_after_days_to_come_push_out_none_of_those_that_are_made_after_them(
    context: factories.County, with_folder: Config, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backups, "KEEP_HOURLY", 2)
    early = [back_up(with_folder, AHEAD + timedelta(hours=hours)).file for hours in range(2)]
    made = []
    for _ in range(2):
        made.append(back_up(with_folder, clock()).file)
        clock.advance(hours=1)
    assert all(file.exists() for file in made)
    assert not any(file.exists() or backups.sum_of(file).exists() for file in early)


def test_a_restore_takes_no_copy_of_a_day_to_come_for_the_newest(
    context: factories.County, with_folder: Config, clock: Clock
) -> None:
    ahead, right = back_up(with_folder, AHEAD).file, back_up(with_folder, clock()).file
    with pytest.raises(bringing_back.Refused, match="time to come"):
        bringing_back.choose(with_folder, None, clock())
    assert bringing_back.choose(with_folder, right, clock()) == right
    ahead.unlink()
    # The clocks of two machines are never quite the same
    assert bringing_back.choose(with_folder, None, clock() - timedelta(minutes=30)) == right


def test_a_key_that_was_made_on_a_day_to_come_is_replaced_at_once_and_its_successor_after_a_quarter(
    context: factories.County, clock: Clock
) -> None:
    with writing() as session:
        server_keys.rotate(session, AHEAD)
    made = [jobs.rotate_server_keys(clock()) for _ in range(2)]
    clock.advance(days=90)
    made.append(jobs.rotate_server_keys(clock()))
    clock.advance(days=1)
    assert [*made, jobs.rotate_server_keys(clock())] == [1, 0, 0, 1]
