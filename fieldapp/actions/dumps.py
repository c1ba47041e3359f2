"""A PostgreSQL database as one file, by PostgreSQL's own tools: written of one moment, read back whole, put back.

`pg_dump` and `pg_restore` have to be of the server's major version or newer, and in the PATH. The password goes to them
by their environment: what stands in a command line, everybody on the machine can read.
"""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, create_engine, inspect, make_url, text
from sqlalchemy.engine import URL

from fieldapp.config import Config


class DumpFailed(Exception):
    """The tool is not there, or it refused; the message is its own last line."""


@contextmanager
def of_one_moment(url: str) -> Iterator[tuple[Connection, str]]:
    """A connection that sees the database as it is now, and the name under which a dump sees the same."""
    engine = create_engine(url, isolation_level="REPEATABLE READ")
    try:
        with engine.connect() as connection:
            yield connection, str(connection.scalar(text("SELECT pg_export_snapshot()")))
    finally:
        engine.dispose()


def write(config: Config, moment: str, target: Path) -> None:
    """Write the dump of that moment. Raises DumpFailed."""
    _run(config, "pg_dump", "--format=custom", "--no-owner", "--no-acl", f"--snapshot={moment}", f"--file={target}")


def read_through(config: Config, dump: Path) -> None:
    """Read a dump to its end: every block has to unpack. Raises DumpFailed."""
    _call(["pg_restore", "--file=/dev/null", str(dump)], config.to_environment())


def put_back(config: Config, dump: Path) -> None:
    """Fill an empty database, whole or not at all. Raises DumpFailed."""
    _run(config, "pg_restore", "--no-owner", "--no-acl", "--exit-on-error", "--single-transaction", str(dump))


def is_empty(url: str) -> bool:
    """Whether the database has no table."""
    engine = create_engine(url)
    try:
        return not inspect(engine).get_table_names()
    finally:
        engine.dispose()


def empty(url: str) -> None:
    """Take away again what was put back: only for a database that was empty before."""
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
    finally:
        engine.dispose()


def _run(config: Config, tool: str, *words: str) -> None:
    parts: URL = make_url(config.database_url).set(drivername="postgresql")
    environment = {**config.to_environment(), **({"PGPASSWORD": str(parts.password)} if parts.password else {})}
    address = parts.set(password=None).render_as_string(hide_password=False)
    _call([tool, f"--dbname={address}", "--no-password", *words], environment)


def _call(words: list[str], environment: dict[str, str]) -> None:
    try:
        done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise DumpFailed(f"{words[0]} is not installed: it comes with PostgreSQL's client programs") from error
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()
        raise DumpFailed(f"{words[0]}: {said[-1] if said else done.returncode}")
