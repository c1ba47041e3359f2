"""The published case of a family of eight (S001-5) on the real thing: what its source tells is what is kept at the end.

The visit is made without a server; the hints of the 5+2 categories stand on the phone before anything is sent; after
the approval every field of the source is found again on the server, or there is a reason why not.
"""

from typing import Any

import pytest

from fieldapp.forms.library import plans
from tests.browser import published_visit, read_back
from tests.browser.live import Caseworker, LiveServer, Phone, Supervisor, squeeze
from tests.browser.soak_answers import S001_5

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("eight")]
FAMILY = "家里人（先加她本人）"
# Fields whose answer is another one, with that answer and why.
DIFFERS = {
    "household.elders_in_care": (
        0,
        "Both are “over sixty” in words: the form counts by the year of birth, and nobody said one.",
    ),
}
# Fields the household investigation has no question for.
OTHER_WORDS = "The same is said by the fields beside it, which have their place."
LEVEL_AND_GRADE = "By level and grade; that he needs care for life stands in the findings, concl.facts."
OTHER_FORM = "Lead, letter, receipt, meeting, measure and follow-up are forms of their own."
ELSEWHERE = {
    **dict.fromkeys(("id", "seed", "kind", "title_text", "keywords_text", "notes"), "Of the source, not the family."),
    "region.*": "The demo county stands in for the real one.",
    "persons.*.id": "A person has an id of our own.",
    "persons.*.note": "A note of those who collected the cases.",
    "persons.*.household_member_before": "Asked as a number: hh.members_before.",
    "persons.*.age_text": "An age in words is no year of birth; expected_missing says so of the child.",
    "persons.p1.work_now_text": "“Cannot leave for work” is no work; it stands in her words, concl.read_back.",
    "persons.p2.injury_text": LEVEL_AND_GRADE,
    "persons.p9.*": "Not of the family: case.offender_relation and comp.items[].payer.",
    "persons.p10.*": "Not of the family: comp.items[].payer.",
    "original_case.case_type_text": OTHER_WORDS,
    "original_case.dv": "dv.screen is a question put to her alone; the source does not say it was.",
    "original_case.occurred_text": OTHER_WORDS,
    "original_case.place_text": "Not asked: nothing is decided by it.",
    "original_case.offender_name": "Of the offender the form asks kinship and where he is now, not the name.",
    "harm.injuries_text": LEVEL_AND_GRADE,
    "compensation.awarded_text": OTHER_WORDS,
    "compensation.executed_text": OTHER_WORDS,
    "compensation.insurance_text": OTHER_WORDS,
    "household.main_earner_before_text": "Who earned is said by members[].work_before and main_earner_before.",
    "existing_benefits.0.text": OTHER_WORDS,
    "lead.*": OTHER_FORM,
    "joint_relief.*": OTHER_FORM,
    "relief.granted": OTHER_FORM,
    "relief.decision_text": OTHER_FORM,
    "coordination.*": OTHER_FORM,
    "measures.*": OTHER_FORM,
    "follow_ups.*": OTHER_FORM,
    "investigation.method_text": "That the report is approved says it.",
    "expected_categories.*.quote": "Why a status is expected.",
    "expected_categories.*.why": "Why a status is expected.",
    "expected_priority": "Of screening, which is not of this form.",
    "expected_forms": "Which forms follow, not what they say.",
}


def test_a_family_of_eight_is_kept_as_it_was_told(server: LiveServer, li: Caseworker, chen: Supervisor) -> None:
    # Given the visit and its evening pages, filled in where no server answers
    case = read_back.published(S001_5.case)
    code_name = published_visit.visit_at_the_door(server, li, S001_5)
    published_visit.write_in_the_evening(li, S001_5)

    # Then the phone has computed the expected statuses of the 5+2 categories by itself
    assert hints_of(li, 0) == expected_hints(case, "p1")
    li.picture("family-of-eight-hints")
    li.contents()

    # When all is sent and approved
    li.submit()
    server.start()
    li.send()
    published_visit.approve(li, chen, code_name)

    # Then what is kept equals the source, field by field
    kept = read_back.kept_of(server, code_name)
    read_back.compare(case, kept, differs=DIFFERS, elsewhere=ELSEWHERE)

    # And the file has its eight people once
    assert len(kept.people) == len(kept.answers["members"]) == case["household"]["members_now"]
    assert {row["person_id"] for row in kept.answers["members"]} == set(kept.people)


def hints_of(li: Phone, number: int) -> dict[str, str]:
    """What the page of the evening says of one member, by category."""
    li.section(FAMILY, published_visit.EVENING)
    row = li.row("members", number)
    li.open_row(row)
    li.fill({})  # opens what is shown alone, on a page that was left meanwhile
    li.open_row(row)
    return {
        code: squeeze(li.question(f"{row}.hints.{code.lower()}").locator(".computed").inner_text())
        for code in ("A1", "A2", "A3", "A4", "A5", "B1", "B2")
    }


def expected_hints(case: dict[str, Any], person: str) -> dict[str, str]:
    """The words of the statuses that the case expects; what a later measure changes is not of this form."""
    plan = plans()["F2"].json
    labels = {
        (name, item["value"]): plan["texts"]["zh"][item["label"]]
        for name, items in plan["lists"].items()
        if name.startswith("hint_")
        for item in items
    }
    return {
        code: labels[f"hint_{code.lower()}", expected["status"].removesuffix("_then_met")]
        for code, expected in case["expected_categories"][person].items()
    }
