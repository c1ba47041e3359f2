"""The desk's queue, leads and statistics in a county with 5,000 families, each with four approved reports.

In this process, through the whole WSGI app, as a signed-in supervisor of the county: the queue with 80 reports before
noon, leads that wait (100 of 500, each compared with the newest 2,000 files), statistics as the worker has kept what
counts of each family, and statistics where it has kept nothing yet, which reads every report. The floor of each: the
same page of a county with 50 families, a hundredth.
"""

import json
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from bench.intake import make_server
from bench.report import Row
from fieldapp import settle_memory
from fieldapp.actions import case_events, sessions, tallies
from fieldapp.casework.happened import Happened
from fieldapp.casework.states import CaseState
from fieldapp.db import db, milliseconds, writing
from fieldapp.models import bodies
from fieldapp.models.accounts import Account
from fieldapp.models.cases import Case, CasePerson
from fieldapp.models.tallies import CaseTally
from fieldapp.web import guard
from tests import factories, reports
from tests.server_fixtures import OriginClient

RUNS = 5
COUNTS = (50, 5_000)
LEADS_SHARE = 10  # one of so many files is a lead that waits
WAITING = 80  # reports that a supervisor finds in the morning
PAGES = {"queue": "/queue", "leads": "/leads", "statistics": "/statistics"}
TARGET_MS = 1_000
NOW = datetime(2026, 11, 22, 1, tzinfo=UTC)


def measure(runs: int = RUNS, counts: tuple[int, int] = COUNTS) -> list[Row]:
    """`counts`: families; a smoke takes fewer."""
    few, many = (_pages(count, runs) for count in counts)
    return [
        Row(f"{what}, {counts[-1]:,} families", "ms", many[what], TARGET_MS if is_promised else None, few[what])
        for what, is_promised in (*((page, True) for page in PAGES), ("statistics, nothing kept yet", False))
    ]


def _pages(count: int, runs: int) -> dict[str, tuple[float, ...]]:
    with tempfile.TemporaryDirectory() as folder:
        app, ring = make_server(Path(folder), None)
        app.extensions["clock"] = lambda: NOW
        with app.app_context():
            with Session(db.engine, expire_on_commit=False, info={"ring": ring}) as session:
                county = factories.county(session, NOW)
                for number in _in_steps(session, count):
                    _family(session, county, number)
                for number in _in_steps(session, WAITING):
                    factories.record(session, NOW - timedelta(minutes=number), county, form="F3")
            settle_memory()  # as create_server does for gunicorn
            client = signed_in(app)
            fresh = tuple(_took(client, "/statistics", forget=True) for _ in range(min(runs, 2)))
            while True:
                with writing() as session:
                    if not tallies.keep(session, county.district, NOW):
                        break
            for address in PAGES.values():
                _took(client, address)  # statements and templates are compiled
            found = {page: tuple(_took(client, at) for _ in range(runs)) for page, at in PAGES.items()}
            db.engine.dispose()
    return {**found, "statistics, nothing kept yet": fresh}


def _in_steps(session: Session, count: int) -> Iterator[int]:
    """So many families, written down a hundred at a time."""
    for number in range(count):
        yield number
        if number % 100 == 99:
            session.commit()
            session.expunge_all()
    session.commit()


def _family(session: Session, county: Any, number: int) -> None:
    case_id = factories.case(session, NOW, opened_by=county.supervisor_id)
    case = session.get_one(Case, (county.district, case_id))
    _name(session, case, number)
    case_events.note(session, case, Happened.LEAD_RECEIVED, now=NOW)
    if number % LEADS_SHARE == 0:
        session.execute(update(Case).where(Case.case_id == case_id).values(state=CaseState.LEAD.value))
        return
    case_events.note(session, case, Happened.TRIAGED, now=NOW)
    told: dict[str, Any] = {
        "F1": {"lead": {"channel": "hotline_12338" if number % 3 else "grid"}},
        "F2": reports.investigation(case.subject_id or case_id),
        "F3": {"fu": {"visited_at": NOW.isoformat()}, "aid": {"satisfaction": str(1 + number % 5)}},
        "F7": {"ms": {"type": "dibao", "by": "civil", "status": "done", "amount": "600"}},
    }
    for form, answers in told.items():
        recorded = {"now": milliseconds(NOW), "zone": "Asia/Shanghai", "random": []}
        body = json.dumps({"answers": answers, "recorded": recorded}).encode()
        factories.record(session, NOW, county, case_id=case_id, form=form, state="approved", answers=body)


def _name(session: Session, case: Case, number: int) -> None:
    """A name that one other family of the county has too, so that leads have something to be compared by."""
    assert case.subject_id is not None
    key = (case.district, case.case_id, case.subject_id)
    details = {"name": f"某{number // 2}", "sex": "female", "birth_ym": f"{1950 + number % 50}", "relation": "self"}
    plain = json.dumps({**details, "household": True}).encode()
    person = session.get_one(CasePerson, key)
    person.sealed_details = bodies.seal_for_case(
        session, case.district, case.case_id, "case_person", "sealed_details", key, plain
    )


def signed_in(app: Any) -> OriginClient:
    with writing() as session:
        started = sessions.start(session, session.get_one(Account, "supervisor"), "", NOW, is_proved=True)
    assert started is not None
    client = OriginClient(app, app.response_class, use_cookies=True)
    client.origin = app.extensions["config"].desk_origin
    client.set_cookie(guard.COOKIE, started[0], domain="localhost")
    return client


def _took(client: OriginClient, page: str, *, forget: bool = False) -> float:
    """Milliseconds of a page as the supervisor sees it; `forget`: with nothing kept of any family."""
    with writing() as session:
        if forget:
            session.execute(delete(CaseTally))
    start = time.perf_counter()
    answer = client.get(page)
    took = (time.perf_counter() - start) * 1_000
    assert answer.status_code == 200, answer.status
    return took
