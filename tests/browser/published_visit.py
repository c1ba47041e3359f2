"""The way of a published case on the real thing, from the door to the approved reports."""

import logging
from collections.abc import Mapping
from typing import Any

from playwright.sync_api import expect

from fieldapp.forms.library import plans
from tests.browser.answers import CaseAnswers, Table
from tests.browser.live import Effort, LiveServer, Phone, Supervisor, squeeze

_LOG = logging.getLogger(__name__)
CONSENT_FORM, HOUSEHOLD_FORM, TALK_FORM, CHILD_FORM, FOLLOW_UP_FORM = (
    *("告知与同意", "入户调查表", "单独聊聊", "孩子的情况"),
    "回访",
)
DOOR, LATER, EVENING = "在现场", "离开后补", "晚上写"
FAMILY = "家里人（先加她本人）"
# How the demo county lists them: the group of the worklist, and words that no other line of the group has.
LISTED = {
    "S001-1": ("today", "首次走访"),
    "S001-3": ("coming", "青石桥村"),
    "S001-5": ("today", "按计划走访"),
    "S001-7": ("coming", "柳树湾村"),
    "S002-liu": ("overdue", "约好的走访"),
    "S003-lili": ("today", "约好的走访"),  # nobody goes there until the supervisor asks for it
}


def visit_at_the_door(server: LiveServer, li: Phone, told: CaseAnswers) -> str:
    """Consent and the door set of F2 filled in and handed in where no server answers; the code name of the family.

    What the answers call for follows in the same home, the talk first. Raises AssertionError where the door set costs
    more than the design says.
    """
    group, words = LISTED[told.case]
    code_name = li.entry_text(words, group)
    server.stop()
    if told.day:
        li.set_the_clock(told.day)
    li.open_case(code_name, group)
    li.no_conflict()
    door = at_the_door(li, told)
    assert door.taps <= 90 and door.fields <= 25
    li.home()
    li.open_case(code_name, group)
    li.end_visit()
    return code_name


def at_the_door(li: Phone, told: CaseAnswers) -> Effort:
    """From the case on the screen: consent, the door set, and the talk where it is called for, each handed in. What
    the door set cost.
    """
    li.start_visit()
    li.open_form(CONSENT_FORM)
    li.fill_to_the_contents(told.consent)
    li.hand_in_at_the_door()
    before = li.effort.copy()
    li.open_form(HOUSEHOLD_FORM)
    li.fill_to_the_contents(told.door)
    li.hand_in_at_the_door()
    door = _cost(li, before, f"door set of F2, {told.case}")
    if told.talk:
        _talk_at_the_door(li, told.talk)
    return door


def _talk_at_the_door(li: Phone, table: Table) -> None:
    """In the home it stands under one neutral word, before the sheets of the children."""
    more = li.page.locator("[data-called]")
    li.tap(more.locator("summary"))
    li.tap(more.locator("button.entry").first)
    li.page.locator(".record").wait_for()
    before = li.effort.copy()
    li.fill_to_the_contents(table, rest="not_asked")
    li.hand_in_at_the_door()
    _cost(li, before, "door pages of F5")


def write_in_the_evening(li: Phone, told: CaseAnswers) -> None:
    """Consent submitted, all that follows the visit filled in; F2 stands on its contents page, not yet submitted."""
    li.open_form(CONSENT_FORM)
    li.to_the_contents()
    li.submit()
    before = li.effort.copy()
    li.open_form(HOUSEHOLD_FORM)
    li.to_the_contents()
    for moment, table in ((LATER, told.later), (EVENING, told.desk)):
        li.first_section(moment)
        li.fill_to_the_contents(table, rest="does_not_know")
    _cost(li, before, f"evening pages of F2, {told.case}")


def hints_of(li: Phone, number: int) -> dict[str, str]:
    """What the page of the evening says of one member, by category; from the contents page of F2, which is left."""
    li.section(FAMILY, EVENING)
    row = li.row("members", number)
    li.open_row(row)
    li.fill({})  # opens what is shown alone, on a page that was left meanwhile
    li.open_row(row)
    return {
        code: squeeze(li.question(f"{row}.hints.{code.lower()}").locator(".computed").inner_text())
        for code in ("A1", "A2", "A3", "A4", "A5", "B1", "B2")
    }


def expected_hints(case: Mapping[str, Any], person: str) -> dict[str, str]:
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


def write_what_was_called_for(li: Phone, told: CaseAnswers) -> None:
    """From the screen of the case: the talk finished, a sheet for each child, all submitted."""
    if told.talk:
        _write(li, TALK_FORM, told.talk, (LATER, EVENING))
    for name, table in told.children.items():
        _write(li, f"{CHILD_FORM} · {name}", table, (DOOR, LATER, EVENING))


def _write(li: Phone, title: str, table: Table, moments: tuple[str, ...]) -> None:
    before = li.effort.copy()
    li.open_form(title)
    li.to_the_contents()
    for moment in moments:
        li.first_section(moment)
        li.fill_to_the_contents(table, rest="does_not_know")
    li.submit()
    _cost(li, before, f"all that is left of {title}")


def follow_up(server: LiveServer, li: Phone, chen: Supervisor, code_name: str, table: Table) -> None:
    """Planned at the desk, made where no server answers, approved."""
    chen.plan_visit(code_name, "follow_up", "李春禾", "asked_for")
    li.send()
    li.home()
    server.stop()
    li.open_case(code_name)
    li.start_visit()
    before = li.effort.copy()
    li.open_form(FOLLOW_UP_FORM)
    li.fill_to_the_contents(table, rest="not_asked")
    li.hand_in_at_the_door()
    _cost(li, before, "door pages of F3")
    li.home()
    li.open_case(code_name)
    li.end_visit()
    _write(li, FOLLOW_UP_FORM, table, (LATER, EVENING))
    server.start()
    li.send()
    approve(li, chen, code_name, FOLLOW_UP_FORM)


def approve(li: Phone, chen: Supervisor, code_name: str, title: str = HOUSEHOLD_FORM, *, times: int = 1) -> None:
    """The supervisor approves what she sees, and the phone says so; its case screen stays open."""
    for _ in range(times):
        chen.queue()
        before = chen.effort.copy()
        chen.open_report(code_name, title)
        chen.open_review()
        findings = chen.page.locator("#approve-text").count() > 0
        chen.approve("已电话核实，情况属实。" if findings else "")
        approval = _cost(chen, before, f"approval of {title}, {'with' if findings else 'without'} findings")
        assert findings or approval.taps <= 3
    li.send()
    li.home()
    li.open_case(code_name)
    approved = li.page.locator("#screen-case .entry", has_text=title).filter(has_text="已批准")
    expect(approved).to_have_count(times)


def _cost(screen: Phone | Supervisor, before: Effort, what: str) -> Effort:
    cost = screen.effort.since(before)
    _LOG.info(f"{what}: {cost}")
    return cost
