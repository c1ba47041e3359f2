"""Any order, duplication and loss of exchanges leaves server and phones equal. The seed of a red run is its name."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from fieldapp.crypto.rest import Ring
from fieldapp.db import db
from tests import factories
from tests.phones import Phone, issue_code, prepare_server
from tests.server_fixtures import Clock
from tests.simulation.world import STEPS, World


def _run(app: Flask, ring: Ring, clock: Clock, client: Any, seed: int, steps: int = STEPS) -> None:
    with app.app_context(), Session(db.engine, expire_on_commit=False, info={"ring": ring}) as session:
        county = factories.county(session, clock())
        prepare_server(session, clock())
        phones = []
        for number, who in enumerate(("caseworker", "second_caseworker", "caseworker")):
            phone = Phone(client, clock, seed * 10 + number)
            assert phone.enrol(who, issue_code(session, county, who, clock())).status_code == 200
            phones.append(phone)
    world = World(seed, phones, county, clock)
    with app.app_context():
        for _ in range(steps):
            world.step()
        world.come_to_rest()
        world.check()


@pytest.mark.parametrize("seed", range(8))
def test_on_sqlite_phones_and_server_end_equal(app, ring, clock, phone, seed):
    _run(app, ring, clock, phone, seed)


@pytest.mark.postgres
@pytest.mark.parametrize("seed", range(2))
def test_on_postgresql_phones_and_server_end_equal(app, ring, clock, phone, seed):
    _run(app, ring, clock, phone, seed)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(1_000, 1_200))
def test_many_more_seeds_end_equal(app, ring, clock, phone, seed):
    _run(app, ring, clock, phone, seed, steps=4 * STEPS)
