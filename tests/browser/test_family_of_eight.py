"""The published case of a family of eight (S001-5) on the real thing: what its source tells is what is kept at the end.

The visit is made without a server; the hints of the 5+2 categories stand on the phone before anything is sent; after
the approval every field of the source is found again on the server, or there is a reason why not.
"""

from dataclasses import replace

import pytest

from tests.browser import published_visit, read_back
from tests.browser.case_readings import READINGS
from tests.browser.live import Caseworker, Supervisor
from tests.browser.phone_stage import Server

pytestmark = [pytest.mark.browser, pytest.mark.one_process, pytest.mark.xdist_group("eight")]


def test_a_family_of_eight_is_kept_as_it_was_told(server: Server, li: Caseworker, chen: Supervisor) -> None:
    # Given the visit and its evening pages, filled in where no server answers
    reading = READINGS["S001-5"]
    case = read_back.published("S001-5")
    code_name = published_visit.visit_at_the_door(server, li, reading.answers)
    published_visit.write_in_the_evening(li, reading.answers)

    # Then the phone has computed the expected statuses of the 5+2 categories by itself
    assert published_visit.hints_of(li, 0) == published_visit.expected_hints(case, "p1")
    li.picture("family-of-eight-hints")
    li.contents()

    # When all is sent and approved
    li.submit()
    server.start()
    li.send()
    published_visit.approve(li, chen, code_name)

    # Then what is kept equals the source, field by field; the follow-up is not of this visit
    kept = read_back.kept_of(server, code_name)
    elsewhere = {**reading.elsewhere, "follow_ups.*": "The follow-up is a form of its own: test_soak_cases.py."}
    read_back.compare(replace(reading, elsewhere=elsewhere), kept)

    # And the file has its eight people once
    assert len(kept.people) == len(kept.answers["members"]) == case["household"]["members_now"]
    assert {row["person_id"] for row in kept.answers["members"]} == set(kept.people)
