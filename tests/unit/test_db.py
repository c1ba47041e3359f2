"""The database: moments keep their zone, writers wait for each other, readers see one state, a commit is on disk."""

import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError

from fieldapp.db import Moment, db, milliseconds, moment, reading, writing
from fieldapp.ids import uuid7
from fieldapp.models import settings
from fieldapp.models.cases import Assignment
from fieldapp.models.feed import FeedHead, FeedRow, tell
from tests import factories

AWARE = st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=8))]))


@given(at=AWARE)
def test_a_moment_comes_back_as_the_same_instant_to_the_millisecond(at):
    back = moment(milliseconds(at))
    assert back.tzinfo is UTC and timedelta(0) <= at - back < timedelta(milliseconds=1)


def test_a_moment_that_is_missing_stays_missing():
    assert Moment().process_bind_param(None, None) is None and Moment().process_result_value(None, None) is None


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(TypeError):
        milliseconds(datetime(2026, 1, 1))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 15_000), ("secure_delete", 1)],
)
def test_sqlite_runs_as_the_design_says(real_disk, app, pragma, value):
    with app.app_context(), reading() as session:
        assert session.execute(text(f"PRAGMA {pragma}")).scalar() == value


def test_the_sqlite_library_has_no_known_corruption(app):
    with app.app_context(), reading() as session:
        version = session.execute(text("SELECT sqlite_version()")).scalar()
    assert tuple(map(int, version.split("."))) >= (3, 51, 3)


def test_an_exception_undoes_the_whole_transaction(app):
    with app.app_context():
        with pytest.raises(ZeroDivisionError), writing() as session:
            settings.put(session, "a", "1")
            raise ZeroDivisionError
        with reading() as session:
            assert settings.get(session, "a") is None


def test_a_reader_sees_the_state_it_began_with_and_takes_no_lock(app):
    with app.app_context():
        with writing() as session:
            settings.put(session, "a", "1")
        with reading() as reader:
            assert settings.get(reader, "a") == "1"
            with writing() as writer:  # would wait fifteen seconds and fail if the reader held the lock
                settings.put(writer, "a", "2")
            reader.expire_all()
            assert settings.get(reader, "a") == "1"
        with reading() as reader:
            assert settings.get(reader, "a") == "2"


def test_what_a_reader_writes_is_never_kept(app):
    with app.app_context():
        with reading() as session:
            settings.put(session, "a", "1")
        with reading() as session:
            assert settings.get(session, "a") is None


def test_writers_that_read_first_wait_for_each_other(app):
    # Given a counter, read and raised by several threads at once: a plain BEGIN would lose some or fail
    with app.app_context(), writing() as session:
        settings.put(session, "count", "0")
    start = threading.Barrier(4)
    failures = []

    def raise_it():
        start.wait()
        try:
            for _ in range(10):
                with app.app_context(), writing() as session:
                    settings.put(session, "count", str(int(settings.get(session, "count")) + 1))
        except OperationalError as error:
            failures.append(error)

    threads = [threading.Thread(target=raise_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # Then none is lost
    with app.app_context(), reading() as session:
        assert failures == [] and settings.get(session, "count") == "40"


def test_a_row_without_its_parent_is_refused(session, county, clock):
    session.add(
        Assignment(district=county.district, case_id=factories.new_id(), person_id=county.cadre_id, started_at=clock())
    )
    with pytest.raises(IntegrityError):
        session.flush()


def test_the_feed_is_numbered_last_and_without_gaps(app, county):
    with app.app_context():
        for refs, numbered in ((["case:a", "case:b"], set()), (["case:a"], {1, 2}), ([], {2, 3})):
            with writing() as session:
                for ref in refs:
                    tell(session, county.district, county.caseworker_id, ref)
                # Nothing gets its number before the end: it could be seen before a smaller one
                assert {row.seq for row in session.query(FeedRow)} == numbered
        with reading() as session:
            rows = {row.ref: (row.seq, row.version) for row in session.query(FeedRow)}
            assert rows == {"case:b": (2, 1), "case:a": (3, 2)}
            assert session.get_one(FeedHead, (county.district, county.caseworker_id)).seq == 3


def test_a_setting_that_is_too_long_is_refused(session):
    with pytest.raises(ValueError, match="longer"):
        settings.put(session, "a", "x" * 501)


@given(at=st.integers(0, 2**48 - 1), tail=st.binary(min_size=10, max_size=10))
def test_an_id_is_a_uuid_of_version_7_that_sorts_by_time(at, tail):
    made = uuid7(at, tail)
    assert made.version == 7 and made.variant == "specified in RFC 4122" and made.int >> 80 == at


def test_engines_are_bound_to_their_own_database(app, config):
    with app.app_context():
        assert str(db.engine.url) == config.database_url and (config.data_dir / "test.sqlite3").exists()
