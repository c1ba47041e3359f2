"""The way of a published case on the real thing, from the door to the approved report."""

import logging

from playwright.sync_api import expect

from tests.browser.answers import CaseAnswers
from tests.browser.live import Effort, LiveServer, Phone, Supervisor

_LOG = logging.getLogger(__name__)
CONSENT_FORM, HOUSEHOLD_FORM = "告知与同意", "入户调查表"
DOOR, LATER, EVENING = "在现场", "离开后补", "晚上写"
# How the demo county lists them: the group of the worklist, and words that no other line of the group has.
LISTED = {"S001-3": ("coming", "青石桥村"), "S001-5": ("today", "按计划走访"), "S001-7": ("coming", "柳树湾村")}


def visit_at_the_door(server: LiveServer, li: Phone, told: CaseAnswers) -> str:
    """Consent and the door set of F2 filled in and handed in where no server answers; the code name of the family.

    Raises AssertionError where the door set costs more than the design says.
    """
    group, words = LISTED[told.case]
    code_name = li.entry_text(words, group)
    server.stop()
    li.open_case(code_name, group)
    li.no_conflict()
    li.start_visit()
    li.open_form(CONSENT_FORM)
    li.fill_to_the_contents(told.consent)
    li.hand_in_at_the_door()
    before = li.effort.copy()
    li.open_form(HOUSEHOLD_FORM)
    li.fill_to_the_contents(told.door)
    li.hand_in_at_the_door()
    door = _cost(li, before, f"door set of F2, {told.case}")
    assert door.taps <= 90 and door.fields <= 25
    li.home()
    li.open_case(code_name, group)
    li.end_visit()
    return code_name


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


def approve(li: Phone, chen: Supervisor, code_name: str) -> None:
    """The supervisor approves what she sees, and the phone says so; its case screen stays open."""
    chen.queue()
    before = chen.effort.copy()
    chen.open_report(code_name, "入户调查")
    chen.open_review()
    findings = chen.page.locator("#approve-text").count() > 0
    chen.approve("已电话核实，情况属实。" if findings else "")
    approval = _cost(chen, before, f"approval, {'with' if findings else 'without'} findings")
    assert findings or approval.taps <= 3
    li.send()
    li.home()
    li.open_case(code_name)
    expect(li.page.locator("#screen-case .entry", has_text=HOUSEHOLD_FORM)).to_contain_text("已批准")


def _cost(screen: Phone | Supervisor, before: Effort, what: str) -> Effort:
    cost = screen.effort.since(before)
    _LOG.info(f"{what}: {cost}")
    return cost
