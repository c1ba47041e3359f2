"""The desk's page of phones, in a county with 100 and with 10,000 of them: CPU of the server for a page.

In this process, through the whole WSGI app, as a signed-in administrator: the first page, one from the middle, what has
unsent work, and owners by name. The figure of 100 phones is the floor: what does not grow with their number.
"""

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from bench.intake import cpu_s, make_server
from bench.report import Row
from fieldapp.actions import sessions
from fieldapp.db import db, writing
from fieldapp.models import phones
from fieldapp.models.accounts import Account, Person, RoleGrant, acting_for
from fieldapp.models.vaults import Vault, VaultState
from fieldapp.web import guard
from tests import factories
from tests.server_fixtures import OriginClient

RUNS = 20
COUNTS = (100, 10_000)
TARGET_MS = 150  # no slower than what a person notices, on one of these cores
NOW = datetime(2026, 11, 22, 1, tzinfo=UTC)


def measure(runs: int = RUNS) -> list[Row]:
    few, many = (_pages(count, runs) for count in COUNTS)
    return [
        Row(f"{what}, {COUNTS[-1]:,} phones: CPU of the server", "ms", many[what], TARGET_MS, few[what])
        for what in many
    ]


def _pages(count: int, runs: int) -> dict[str, tuple[float, ...]]:
    with tempfile.TemporaryDirectory() as folder:
        app, ring = make_server(Path(folder), None)
        app.extensions["clock"] = lambda: NOW
        with app.app_context():
            with Session(db.engine, info={"ring": ring}) as session:
                county = factories.county(session, NOW, factories.OTHER_DISTRICT)
                _fill(session, county, count)
                session.commit()
            client = _signed_in(app, county)
            found = {what: _runs(client, address, runs) for what, address in _addresses(county, count)}
            db.engine.dispose()
    return found


def _fill(session: Session, county: factories.County, count: int) -> None:
    """Two phones to a person; every tenth has unsent work, one in a hundred is stopped."""
    people, grants, vaults = [], [], []
    for number in range(count):
        if number % 2 == 0:
            person_id = factories.new_id()
            here = {"district": county.district, "person_id": person_id}
            people.append(
                here
                | {
                    "name": f"某{number:05}",
                    "language": "zh",
                    "elder": False,
                    "active": True,
                    "view_version": 1,
                    "created_at": NOW,
                    "organisation_id": county.organisation_id,
                }
            )
            grants.append(
                here
                | {
                    "grant_id": factories.new_id(),
                    "role": "caseworker",
                    "granted_at": NOW,
                    "region_code": county.district,
                }
            )
        at = NOW - timedelta(minutes=number)
        vaults.append(here | {"vault_id": factories.new_id(), "transport_key": bytes(65), "author_key": bytes(65),
                              "state": VaultState.SUSPENDED if number % 100 == 0 else VaultState.ACTIVE,
                              "enrolled_at": NOW - timedelta(days=90), "issued_by": county.administrator_id,
                              "last_contact_at": at, "app_version": "1.0", "view_version": 1, "model": "Mate 40",
                              "unsent": 3 if number % 10 == 0 else 0, "oldest_unsent_at": at})  # fmt: skip
    for table, rows in ((Person, people), (RoleGrant, grants), (Vault, vaults)):
        session.execute(insert(table), rows)


def _signed_in(app: Any, county: factories.County) -> OriginClient:
    with writing() as session:
        hers = acting_for(session, county.district, county.administrator_id)
        assert hers is not None
        account = session.get_one(Account, f"administrator-{county.district}")
        started = sessions.start(session, account, "", NOW, is_proved=True)
    assert started is not None
    client = OriginClient(app, app.response_class, use_cookies=True)
    client.origin = app.extensions["config"].desk_origin
    client.set_cookie(guard.COOKIE, started[0], domain="localhost")
    return client


def _addresses(county: factories.County, count: int) -> Iterator[tuple[str, str]]:
    yield "first page", "/admin/phones"
    middle = int((NOW - timedelta(minutes=count // 2)).timestamp() * 1000)
    yield "a page from the middle", f"/admin/phones?after={middle}-{county.case_id}"
    yield "with unsent work", "/admin/phones?only=unsent"
    yield "owners by the beginning of a name", "/admin/phones?name=某000"


def _runs(client: OriginClient, address: str, runs: int) -> tuple[float, ...]:
    taken = []
    for run in range(runs + 1):
        start = cpu_s()
        answer = client.get(address)
        spent = (cpu_s() - start) * 1_000
        assert answer.status_code == 200 and answer.text.count("/admin/phones/") >= min(10, phones.PAGE_ROWS)
        if run:  # the first one compiles templates and statements
            taken.append(spent)
    return tuple(taken)
