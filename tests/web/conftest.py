"""Enrolled phones for the tests of what goes through the door of the phones."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from fieldapp.db import reading
from tests.phones import Phone, issue_code, prepare_server
from tests.server_fixtures import AsBefore


@pytest.fixture
def enrolled(phone: Any, session: Any, county: Any, clock: Any, as_before: AsBefore) -> Callable[..., Phone]:
    """Makes an enrolled phone of somebody of the county: `enrolled("cadre")`."""
    as_before(lambda: prepare_server(session, clock()))
    seeds = iter(range(1, 99))

    def make(who: str = "caseworker") -> Phone:
        made = Phone(phone, clock, next(seeds))
        response = made.enrol(who, issue_code(session, county, who, clock()))
        assert response.status_code == 200, response.get_data(as_text=True)
        return made

    return make


@pytest.fixture
def look(app: Any) -> Any:
    """Rows of a table as they are now: `look(Decision)`."""

    def rows(table: Any) -> list[Any]:
        with app.app_context(), reading() as session:
            return list(session.scalars(select(table)))

    return rows
