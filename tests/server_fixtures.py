"""The server in tests: a real app on its own SQLite file, a clock that stands still, a small invented county.

app, ring, clock, assets      one app per test, its tables made
phone, desk                   test clients of the two origins
session                       an open session for actions and models; call session.commit() before asking a client,
                              or the client waits for the write lock
county                        tests/factories.py: people, a family, a planned visit; already committed
as_before                         what many tests begin from, made once and copied: `as_before(make)`
"""

import contextvars
import copy
import functools
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol, TypeVar

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.orm import Session
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from fieldapp import create_app
from fieldapp.assets import Assets
from fieldapp.config import Config
from fieldapp.crypto.rest import Ring
from fieldapp.db import Base, db, engine_options, prepare_engine, writing
from tests import factories, postgres_server


class Clock:
    """Aware UTC time that moves only when told: `clock()`, `clock.advance(minutes=5)`."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


class OriginClient(FlaskClient):
    """A client that always asks one origin."""

    origin = ""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        kwargs.setdefault("base_url", self.origin)
        # In a context of its own: else `g` of the test's open app context would be shared by all requests.
        return contextvars.Context().run(super().open, *args, **kwargs)


MORNING = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> Clock:
    """A Saturday morning, 9:00 in China."""
    return Clock(MORNING)


@pytest.fixture(scope="session")
def ring_of_all() -> Ring:
    return Ring.generate()


@pytest.fixture
def ring(ring_of_all: Ring) -> Ring:
    """The same keys in all tests of a process, so that what was sealed once can be copied; each has its own object."""
    return copy.copy(ring_of_all)


@pytest.fixture
def config(tmp_path: Path, ring: Ring) -> Config:
    data_dir, ring_file = tmp_path / "data", tmp_path / "keys" / "ring.json"
    ring.save(ring_file)
    return Config(data_dir=data_dir, database_url=f"sqlite:///{data_dir / 'test.sqlite3'}", ring_file=ring_file)


@pytest.fixture(scope="session", autouse=True)
def assets_read_once() -> Iterator[None]:
    """All apps of this process give out one reading of static/: to shrink and pack it took half the making of an app.
    A file that changes is still read anew, as in a server that runs on."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fieldapp.Assets", functools.cache(Assets))
        yield


@pytest.fixture(scope="session", autouse=True)
def rules_compiled_once() -> Iterator[None]:
    """All apps of this process share the code that writes an address: to compile it anew for each of the rules took
    the rest of the making of an app. It is the same for the same rule: what belongs to one app reaches it as `self`."""
    compile_builder, made = Rule._compile_builder, dict[Any, Any]()

    def compiled(rule: Rule, append_unknown: bool = True) -> Any:
        key = (rule.rule, tuple(rule._trace), repr(sorted((rule.defaults or {}).items())), append_unknown)
        if key not in made:
            made[key] = compile_builder(rule, append_unknown)
        return made[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", compiled)
        yield


class Code(BytecodeCache):
    """The code of the templates, compiled once in a process; a template that changed has another checksum."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[str, Any]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        checksum, code = self._kept.get(bucket.key, ("", None))
        if checksum == bucket.checksum:
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = (bucket.checksum, bucket.code)


CODE = Code()


@pytest.fixture(scope="session")
def empty_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with every table and no row, as `create_all` leaves it; to be copied."""
    file = tmp_path_factory.mktemp("tables") / "empty.sqlite3"
    url = f"sqlite:///{file}"
    engine = create_engine(url, **engine_options(url))
    prepare_engine(engine)
    Base.metadata.create_all(engine)
    engine.dispose()
    assert not file.with_name("empty.sqlite3-wal").exists(), "the last to close it has not put all in the one file"
    return file


@pytest.fixture
def real_disk() -> None:
    """For the test that looks at how a real server writes: the app of a test spares the disk."""


@pytest.fixture
def app(config: Config, clock: Clock, empty_tables: Path, request: pytest.FixtureRequest) -> Iterator[Flask]:
    if config.is_sqlite:
        database = Path(config.database_url.removeprefix("sqlite:///"))
        database.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copyfile(empty_tables, database)
    made = create_app(config)
    made.extensions["clock"] = clock
    made.jinja_env.bytecode_cache = CODE
    with made.app_context():
        if config.is_sqlite:
            _share_statements(db.engine)
            if "real_disk" not in request.fixturenames:
                spare_the_disk(db.engine)
        else:
            Base.metadata.create_all(db.engine)
    yield made
    with made.app_context():
        db.engine.dispose()


@pytest.fixture
def phone(app: Flask, config: Config) -> OriginClient:
    return _client(app, config.phone_origin)


@pytest.fixture
def desk(app: Flask, config: Config) -> OriginClient:
    return _client(app, config.desk_origin)


@pytest.fixture
def session(app: Flask, ring: Ring) -> Iterator[Session]:
    with app.app_context(), Session(db.engine, expire_on_commit=False, info={"ring": ring}) as session:
        yield session


T = TypeVar("T")


class AsBefore(Protocol):
    """`as_before(make)`: what `make()` gives, which fills the database and commits. See `as_before`."""

    def __call__(self, make: Callable[[], T]) -> T: ...


Beginnings = dict[tuple[str, str, bytes], tuple[Any, Path]]


@pytest.fixture(scope="session")
def beginnings() -> Beginnings:
    """By who made it, under which keys, and of what (a digest): what was given, and the file as it was left."""
    return {}


@pytest.fixture
def as_before(
    app: Flask,
    config: Config,
    ring: Ring,
    clock: Clock,
    beginnings: Beginnings,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsBefore:
    """Fill the database as an earlier test of this process did: to seal a county and to publish a library took longer
    than most tests. Where the database stands byte for byte as it stood then, and it is the same morning, the file that
    was left is copied; else, and on PostgreSQL, `make()` is called. What it gives must not be changed by a test.
    """
    file = Path(config.database_url.removeprefix("sqlite:///"))

    def digest() -> bytes | None:
        """Of the database as a whole, or None where somebody still holds it open."""
        db.engine.dispose()  # the last connection that closes brings the whole log back into the file
        is_whole = file.exists() and not file.with_name(f"{file.name}-wal").exists()
        return sha256(file.read_bytes()).digest() if is_whole else None

    def fill(make: Callable[[], T]) -> T:
        with app.app_context():
            before = digest() if config.is_sqlite and clock() == MORNING else None
            if before is None:
                return make()
            key = (f"{make.__module__}.{make.__qualname__}", ring.newest, before)
            if key in beginnings:
                given, kept = beginnings[key]
                shutil.copyfile(kept, file)
                return given
            given = make()
            # What is written beside the database is not in the copy.
            if digest() is not None and not config.tombstone_file.exists():
                kept = tmp_path_factory.mktemp("before") / "before.sqlite3"
                shutil.copyfile(file, kept)
                beginnings[key] = (given, kept)
            return given

    return fill


@pytest.fixture
def county(app: Flask, clock: Clock, as_before: AsBefore) -> factories.County:
    def make() -> factories.County:
        with writing() as session:
            return factories.county(session, clock())

    return as_before(make)


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server of our own, on a Unix socket; one for the whole run."""
    with postgres_server.running(tmp_path_factory.mktemp("runtime")) as (_, server):
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)


@pytest.fixture
def empty_postgres(postgres_url: str) -> str:
    """The URL of a PostgreSQL database without any table; made empty again for each test."""
    engine = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    return postgres_url


_statements: list[tuple[Any, Any]] = []  # dialect and cache of the first engine of this process


def _share_statements(engine: Engine) -> None:
    """All SQLite engines of this process share one cache of compiled statements, as the requests of one server do: a
    test that asks twenty questions spent most of its time on writing them down. The cache names the dialect."""
    if not _statements:
        _statements.append((engine.dialect, engine._compiled_cache))
    engine.dialect, engine._compiled_cache = _statements[0]


def spare_the_disk(engine: Engine) -> None:
    """No commit of this process waits for the disk: that it does so at a real server is asked by its pragma
    (tests/unit/test_db.py) and tried with servers that are killed (tests/stack, tests/web/test_uploads_killed.py)."""

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA synchronous=OFF")

    engine.dispose()  # the one connection that is there already was made without it


def _client(app: Flask, origin: str) -> OriginClient:
    client = OriginClient(app, app.response_class, use_cookies=True)
    client.origin = origin
    return client
