"""The database: one schema for SQLite and PostgreSQL, and the two ways to use it (writing, reading).

SQLite runs on pysqlite3 (a current library, see docs/decisions), WAL, synchronous=FULL. A writing transaction opens
with BEGIN IMMEDIATE,
because a plain BEGIN that later writes fails on a stale snapshot and loses the busy timeout with it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import current_app
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import BigInteger, Engine, event
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

SQLITE_BUSY_TIMEOUT_S = 15
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Base(DeclarativeBase):
    """Every table. `district` stands first in the key of all case data, so that the same schema also shards."""


db = SQLAlchemy(metadata=Base.metadata)


class Moment(TypeDecorator[datetime]):
    """An instant, stored as milliseconds since 1970 UTC: SQLite would drop the zone of a DateTime."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else milliseconds(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        return None if value is None else moment(int(value))


def milliseconds(value: datetime) -> int:
    """Milliseconds since 1970 UTC of an aware datetime."""
    return (value - _EPOCH) // timedelta(milliseconds=1)


def moment(value: int) -> datetime:
    """The aware UTC datetime of milliseconds since 1970."""
    return _EPOCH + timedelta(milliseconds=value)


def engine_options(url: str) -> dict[str, Any]:
    """Options of `create_engine` for this URL; SQLite gets the current library instead of Python's own."""
    if not url.startswith("sqlite"):
        return {"pool_pre_ping": True}
    from pysqlite3 import dbapi2

    return {"module": dbapi2, "connect_args": {"timeout": SQLITE_BUSY_TIMEOUT_S, "check_same_thread": False}}


def prepare_engine(engine: Engine) -> None:
    """Set the pragmas and the transaction mode of a SQLite engine; other engines stay as they are."""
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we send BEGIN ourselves
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",  # an acknowledged record must survive a power cut
            "foreign_keys=ON",
            f"busy_timeout={SQLITE_BUSY_TIMEOUT_S * 1000}",
            "secure_delete=ON",  # what the law erases shall not stay in free pages
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("sqlite_begin", "BEGIN IMMEDIATE"))


@contextmanager
def writing() -> Iterator[Session]:
    """One transaction that may write: committed at the end, rolled back whole on any exception."""
    with _session() as session, session.begin():
        yield session
        for last in session.info.pop("before_commit", []):
            last(session)  # the feed numbers its changes here, after everything else: see models/feed.py


@contextmanager
def reading() -> Iterator[Session]:
    """A consistent snapshot that writes nothing (no audit row either): takes no write lock."""
    with _session() as session:
        # PostgreSQL would give each statement a newer state: a chain that grows meanwhile would look broken.
        is_sqlite = db.engine.dialect.name == "sqlite"
        snapshot = {"sqlite_begin": "BEGIN"} if is_sqlite else {"isolation_level": "REPEATABLE READ"}
        session.connection(execution_options=snapshot)
        try:
            yield session
        finally:
            session.expunge_all()  # a rollback expires what it finds; pages go on reading these rows
            session.rollback()


def _session() -> Session:
    # The key ring rides on the session, so that models/bodies.py can seal without knowing of Flask; and so does the log
    # that models/tombstones.py writes into.
    carried = {name: current_app.extensions[name] for name in ("ring", "tombstones")}
    return Session(db.engine, expire_on_commit=False, info=carried)
