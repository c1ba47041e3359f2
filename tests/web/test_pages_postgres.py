"""Every page and act of the desk on PostgreSQL: each is asked once by somebody whose it is, and none breaks.

What each role may do is held on SQLite (test_rights_matrix.py); here it is the statements that count.
"""

from dataclasses import replace

import pytest

from tests.phones import prepare_server
from tests.web.every_route import built
from tests.web.test_rights_matrix import FORMS, ROWS, Place, addresses, answer_of, filled, in_order

pytestmark = pytest.mark.postgres


@pytest.fixture
def config(config, empty_postgres):
    return replace(config, database_url=empty_postgres)


def test_every_page_and_act_of_the_desk_answers_on_postgresql(app, at_desk, county, clock, forms, session):
    prepare_server(session, clock())
    place = Place(county, clock)
    place.people |= {"c": "caseworker", "s": "supervisor", "m": "administrator"}
    desks, asked, wrong = {}, 0, []
    for endpoint, method, rule in in_order(app):
        for letter in ROWS[endpoint][:1]:
            if letter not in desks:
                desks[letter] = at_desk(place.people[letter])
            address = addresses(rule, place.ids) or built(rule, {})
            status, _ = answer_of(desks[letter], method, address, filled(FORMS.get(endpoint, {}), place.ids))
            asked += 1
            if status >= 500 or (method == "GET" and status == 404):
                wrong.append(f"{method} {rule}: {status}")
    assert wrong == [] and asked > 130
