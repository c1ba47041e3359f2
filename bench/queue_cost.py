"""What the queue costs a supervisor when her county has 10,000 reports and when it has a million, on SQLite and on
PostgreSQL.

Her own work stays the same: 80 reports wait, 20 went back, 10 lie at the door. All the others are decided, of the same
county, each with its version and 20 of each family, whose file has four events and two people who visit; of one family
in a hundred protection was begun and ended. Whole WSGI
call of the queue's first page, wall time, and of the page of what is approved, whose list itself grows. Both databases
stand open and are asked in turn; the floor of the million is the ten thousand.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from itertools import chain, islice
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import Table, func, insert, select, text
from sqlalchemy.orm import Session

from bench.desk import NOW, signed_in
from bench.intake import make_server
from bench.pull_cost import AT_ONCE, COUNTS, RATIO_MAX, few_and_many
from bench.report import Row
from fieldapp import settle_memory
from fieldapp.casework.happened import Happened
from fieldapp.db import db
from fieldapp.models.case_events import PLAIN, CaseEvent
from fieldapp.models.cases import Assignment, Case
from fieldapp.models.records import Record, Revision
from tests import factories
from tests.server_fixtures import OriginClient

RUNS = 20
OF_FAMILY = 20
LEFT = {"submitted": 80, "returned": 20, "door_submitted": 10}
VOID_SHARE = 50  # one of so many decided reports is void
PROTECTED_SHARE = 100
FORMS = ("F1", "F2", "F3", "F7")
EVENTS = (Happened.LEAD_RECEIVED, Happened.TRIAGED, Happened.VISITED, Happened.APPROVED)
PAGES = {"her queue": "/queue", "what is approved": "/queue?view=approved"}


@dataclass
class Desk:
    """A server with so many reports, and the supervisor's browser."""

    app: Any
    client: OriginClient

    def took(self, page: str) -> float:
        """Milliseconds."""
        start = time.perf_counter()
        answer = self.client.get(page)
        took = (time.perf_counter() - start) * 1_000
        assert answer.status_code == 200, answer.status
        return took


def measure(runs: int = RUNS, counts: tuple[int, int] = COUNTS) -> list[Row]:
    """`counts`: reports; a smoke takes fewer."""
    return few_and_many(_desk, lambda name, few, many: _compared(name, few, many, runs, counts[1]), counts)


def _compared(name: str, few: Desk, many: Desk, runs: int, count: int) -> list[Row]:
    rows = []
    for what, page in PAGES.items():
        taken: tuple[list[float], list[float]] = ([], [])
        for run in range(-2, runs):  # the first two compile statements and templates
            for one, ours in zip((few, many), taken, strict=True):
                took = one.took(page)
                if run >= 0:
                    ours.append(took)
        rows += [
            Row(f"{name}, {what}: {count:,} reports", "ms", tuple(taken[1]), floor=tuple(taken[0])),
            Row(f"{name}, {what}: ratio of the medians", "", (median(taken[1]) / median(taken[0]),), RATIO_MAX),
        ]
    return rows


def _desk(folder: Path, count: int, url_of: Callable[[str], str] | None) -> Desk:
    folder.mkdir(parents=True)
    app, ring = make_server(folder, None if url_of is None else url_of(f"queue{count}"))
    app.extensions["clock"] = lambda: NOW
    with app.app_context():
        with Session(db.engine, expire_on_commit=False, info={"ring": ring}) as session:
            county = factories.county(session, NOW)
            for state, left in LEFT.items():
                for number in range(left):
                    form = FORMS[number % len(FORMS)]
                    factories.record(session, NOW - timedelta(minutes=number), county, form=form, state=state)
            session.commit()
            _fill(session, county, count - (session.scalar(select(func.count()).select_from(Record)) or 0))
            session.commit()
            session.execute(text("ANALYZE" if db.engine.dialect.name == "postgresql" else "PRAGMA optimize"))
            session.commit()
        client = signed_in(app)
    settle_memory()  # as create_server does for gunicorn
    return Desk(app, client)


def _fill(session: Session, county: factories.County, count: int) -> None:
    """So many decided reports of other families of the county."""
    villages = (county.village, county.other_village)
    families = [factories.new_id() for _ in range(-(-count // OF_FAMILY))]
    here: dict[str, Any] = {"district": county.district}
    visitors = (county.caseworker_id, county.second_caseworker_id)
    _put(session, Case, (_family(here, case_id, villages[n % 2]) for n, case_id in enumerate(families)))
    _put(
        session,
        Assignment,
        ({**here, "case_id": one, "person_id": who, "started_at": NOW} for one in families for who in visitors),
    )
    _put(session, CaseEvent, (_event(here, case_id, kind) for case_id in families for kind in EVENTS))
    protected = (Happened.PROTECT_BEGUN, Happened.PROTECT_ENDED)
    _put(
        session,
        CaseEvent,
        (_event(here, case_id, kind) for case_id in families[::PROTECTED_SHARE] for kind in protected),
    )
    for start in range(0, count, AT_ONCE):
        records = [
            _record(here, families[n // OF_FAMILY], n, visitors[n % 2])
            for n in range(start, min(count, start + AT_ONCE))
        ]
        _put(session, Record, iter(records))
        _put(session, Revision, (_revision(one) for one in records))


def _put(session: Session, table: type[Any], rows: Iterator[Mapping[str, Any]]) -> None:
    if session.get_bind().dialect.name == "postgresql":
        _copy(session, table.__table__, rows)
        return
    while some := list(islice(rows, AT_ONCE)):
        session.execute(insert(table), some)


def _copy(session: Session, table: Table, rows: Iterator[Mapping[str, Any]]) -> None:
    """By COPY, and without looking up foreign keys: in tables of which it knows nothing yet, PostgreSQL goes through a
    whole county for each.
    """
    session.execute(text("SET LOCAL session_replication_role = replica"))
    first = next(rows)
    names, dialect = list(first), session.get_bind().dialect
    makers = [
        table.c[name].type.dialect_impl(dialect).bind_processor(dialect) or (lambda value: value) for name in names
    ]
    cursor: Any = session.connection().connection.cursor()
    with cursor.copy(f"COPY {table.name} ({', '.join(names)}) FROM STDIN") as copy:
        for row in chain([first], rows):
            copy.write_row([make(row[name]) for make, name in zip(makers, names, strict=True)])


def _family(here: dict[str, Any], case_id: Any, village: str) -> dict[str, Any]:
    code = {"code_name": f"柳-{case_id.int % 1_000_000:06d}", "village_code": village, "state": "ASSIGNED"}
    return {**here, **code, "case_id": case_id, "opened_at": NOW}


def _event(here: dict[str, Any], case_id: Any, kind: Happened) -> dict[str, Any]:
    return {
        **here,
        "case_id": case_id,
        "event_id": factories.new_id(),
        "kind": kind.value,
        "sensitivity": PLAIN,
        "at": NOW,
    }


def _record(here: dict[str, Any], case_id: Any, number: int, author_id: Any) -> dict[str, Any]:
    at = NOW - timedelta(days=1, seconds=number)
    said = {"form": FORMS[number % len(FORMS)], "author_id": author_id}
    said |= {"state": "approved" if number % VOID_SHARE else "void", "head_revision_id": factories.new_id()}
    times = {"created_at": at, "submitted_at": at, "state_at": at}
    return {**here, **said, **times, "case_id": case_id, "record_id": factories.new_id()}


def _revision(record: Mapping[str, Any]) -> dict[str, Any]:
    revision_id, at = record["head_revision_id"], record["state_at"]
    named = {name: record[name] for name in ("district", "record_id", "case_id", "form", "author_id")}
    signed = {"signed_head": "[]", "signature": bytes(64), "signed_revision_id": revision_id, "intent": "submit"}
    digest = sha256(revision_id.bytes).digest()
    body = {"content_hash": digest, "plain_hash": digest, "sealed_body": bytes(100), "parents": "", "form_version": 1}
    return {**named, **signed, **body, "revision_id": revision_id, "device_time": at, "received_at": at}
