"""All six published cases on the real thing, with every form they call for; what a source tells is what is kept.

Each has a server and a phone of its own. Only by `make soak`: visits of some hundred answers, typed by hand.
"""

import pytest

from tests.browser import case_readings, published_visit, read_back
from tests.browser.case_readings import READINGS
from tests.browser.live import Caseworker, LiveServer, Supervisor
from tests.browser.read_back import Kept, Reading

pytestmark = [pytest.mark.soak, pytest.mark.browser, pytest.mark.xdist_group("journey")]
# De facto without support, by the parents the source tells of.
UNSUPPORTED = {"S001-3": "not_met", "S001-5": "not_met", "S001-7": "met"}


@pytest.mark.parametrize("reading", READINGS.values(), ids=READINGS)
def test_a_published_case_is_kept_as_it_was_told(
    server: LiveServer, li: Caseworker, chen: Supervisor, reading: Reading
) -> None:
    # Given a visit made where no server answers, at no more cost than the design says
    told, case = reading.answers, read_back.published(reading.answers.case)
    if told.case == "S003-lili":  # on nobody's list: whose it is stands in no list of the desk, so the file is asked
        code_name = read_back.code_name_of(server, told.person)
        chen.plan_visit(code_name, "investigation", "李春禾 王砚秋", "asked_for")
        li.send()
        li.home()
    code_name = published_visit.visit_at_the_door(server, li, told)

    # When the pages of the evening follow, still without a server
    published_visit.write_in_the_evening(li, told)

    # Then the phone has computed the expected statuses of the 5+2 categories by itself
    for person in case["expected_categories"]:
        number = read_back.family_of(case).index(person)
        assert published_visit.hints_of(li, number) == published_visit.expected_hints(case, person)
        li.contents()

    # When what the visit called for is written too, and all is sent, approved and followed up
    li.submit()
    published_visit.write_what_was_called_for(li, told)
    server.start()
    li.send()
    published_visit.approve(li, chen, code_name)
    if told.talk:
        published_visit.approve(li, chen, code_name, published_visit.TALK_FORM)
    if told.children:
        published_visit.approve(li, chen, code_name, published_visit.CHILD_FORM, times=len(told.children))
    if told.follow_up:
        published_visit.follow_up(server, li, chen, code_name, told.follow_up)

    # Then what is kept equals the source, field by field, and the answers as they were given
    kept = read_back.kept_of(server, code_name)
    read_back.compare(reading, kept)
    assert not read_back.not_as_answered({**told.door, **told.later, **told.desk}, kept.answers)
    the_talk_is_kept(reading, kept)
    the_children_are_kept(reading, kept)
    assert len(kept.reports.get("F3", [])) == bool(told.follow_up)
    if told.follow_up:
        assert not read_back.not_as_answered(told.follow_up, kept.reports["F3"][0])

    # And nobody stands in the file twice
    assert {row["person_id"] for row in kept.answers["members"]} == set(kept.people)


def the_talk_is_kept(reading: Reading, kept: Kept) -> None:
    """With its band, which what nobody knows never lowers."""
    assert len(kept.reports.get("F5", [])) == bool(reading.answers.talk)
    if reading.answers.talk:
        [talk] = kept.reports["F5"]
        assert not read_back.not_as_answered(reading.answers.talk, talk)
        assert talk["dv"]["band"] == "red"


def the_children_are_kept(reading: Reading, kept: Kept) -> None:
    """A sheet for each, with whose it is taken from the family, and its facts under its own name."""
    sheets = {one["child"]["person_id"]: one for one in kept.reports.get("F6", [])}
    family = {row["person_id"]: row for row in kept.answers["members"]}
    assert len(sheets) == len(kept.reports.get("F6", [])) == len(reading.answers.children)
    for person, sheet in sheets.items():
        row, child = family[person], sheet["child"]
        assert not read_back.not_as_answered(reading.answers.children[kept.people[person]["name"]], sheet)
        assert (child["name"], child.get("sex")) == (row["name"], row.get("sex"))
        assert child["birth_ym"] == row["birth_ym"]
        assert child["defacto"] == UNSUPPORTED[reading.answers.case]
        assert kept.facts[person, "child.father.alive"] == child["parents"]["father"]["alive"]


def test_every_reason_for_having_no_place_is_needed_by_some_case() -> None:
    fields = {name for case in READINGS for name, _ in read_back.leaves(read_back.published(case))}
    idle = [pattern for pattern in case_readings.EVERYWHERE if not read_back.matching(pattern, fields)]
    assert not idle
