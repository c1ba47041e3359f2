"""The main job with two more published cases: two deaths in a house, and one who cannot speak.

Each has a server and a phone of its own. Only by `make soak`: two visits of some hundred answers, typed by hand.
"""

import pytest

from tests.browser import published_visit
from tests.browser.answers import CaseAnswers
from tests.browser.live import Caseworker, LiveServer, Supervisor
from tests.browser.soak_answers import S001_3, S001_7

pytestmark = [pytest.mark.soak, pytest.mark.browser, pytest.mark.xdist_group("journey")]


@pytest.mark.parametrize("told", [S001_3, S001_7], ids=lambda told: told.case)
def test_a_published_case_goes_from_the_door_to_an_approved_report(
    server: LiveServer, li: Caseworker, chen: Supervisor, told: CaseAnswers
) -> None:
    # Given a visit made where no server answers, at no more cost than the design says
    code_name = published_visit.visit_at_the_door(server, li, told)

    # When the pages of the evening follow, still without a server, and all is sent
    published_visit.write_in_the_evening(li, told)
    li.submit()
    server.start()
    li.send()

    # Then a supervisor approves what she sees, and the phone says so
    published_visit.approve(li, chen, code_name)
