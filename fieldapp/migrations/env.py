"""Runs migrations (`flask --app fieldapp db upgrade`), each upgrade whole or not at all, one process at a time.

SQLite rebuilds a table to change it, which foreign keys would forbid: they are off meanwhile, and checked at the end.
Expand, then contract: phones and other servers of the version before stay online for weeks.
"""

from typing import Any, Literal

from alembic import context
from flask import current_app
from sqlalchemy import text
from sqlalchemy.engine import Connection

from fieldapp import models  # noqa: F401  # every table must be known to the metadata
from fieldapp.db import Base, Moment, db

_LOCK = 0x6669656C64617070  # "fieldapp": one release step at a time on PostgreSQL


def run() -> None:
    with db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            _run_on_sqlite(connection)
        else:
            _run_locked(connection)


def _run_on_sqlite(connection: Connection) -> None:
    # The pragma does nothing inside a transaction, so it is sent beside the driver's own connection.
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        with connection.begin():  # BEGIN IMMEDIATE: a second process waits here
            _migrate(connection)
            if broken := connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall():
                raise RuntimeError(f"the migration would leave rows without their parents: {broken[:5]}")
    finally:
        driver.execute("PRAGMA foreign_keys=ON")


def _run_locked(connection: Connection) -> None:
    with connection.begin():
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        _migrate(connection)


def _migrate(connection: Connection) -> None:
    arguments = current_app.extensions["migrate"].configure_args
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        transactional_ddl=True,
        render_item=_render_item,
        compare_type=True,
        **{name: value for name, value in arguments.items() if name != "compare_type"},
    )
    context.run_migrations()


def _render_item(kind: str, item: Any, _autogenerate: Any) -> str | Literal[False]:
    # A migration is frozen: it may not lean on a type of ours that changes later.
    return "sa.BigInteger()" if kind == "type" and isinstance(item, Moment) else False


run()
