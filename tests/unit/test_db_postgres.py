"""On PostgreSQL a reader keeps the state it began with, as on SQLite: a chain that grows meanwhile is whole to it."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from fieldapp import jobs
from fieldapp.actions import chains
from fieldapp.db import reading, writing
from fieldapp.models import audit, server_keys
from fieldapp.models.audit import AuditRow

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("session")]  # inside of the app
DISTRICT = "990101"


@pytest.fixture
def config(config, empty_postgres):
    return replace(config, database_url=empty_postgres)


def test_a_chain_that_grows_while_it_is_walked_holds(clock):
    def grow(rows):
        with writing() as session:
            for _ in range(rows):
                clock.advance(seconds=1)
                audit.write(session, district=DISTRICT, actor_id=None, act="end_hold", about={}, at=clock())
        assert jobs.extend_chains(clock()) == rows

    # Given a chain, and a reader that has seen its rows
    with writing() as session:
        server_keys.make_server_keys(session, clock())
    grow(3)
    with reading() as session:
        numbered = select(func.count()).select_from(AuditRow)
        assert session.scalar(numbered) == 3
        # When it grows
        grow(2)
        # Then that reader sees neither more rows nor another end
        assert session.scalar(numbered) == 3
        assert chains.witnessed(session, DISTRICT)[0] == 3 and chains.verify(session, DISTRICT) is None
    with reading() as session:
        assert chains.witnessed(session, DISTRICT)[0] == 5 and chains.verify(session, DISTRICT) is None
