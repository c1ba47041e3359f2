"""The main job with three more published cases: two deaths in a house, a family of eight, one who cannot speak.

Each has a server and a phone of its own. Only by `make soak`: three visits of some hundred answers, typed by hand.
"""

import logging

import pytest
from playwright.sync_api import expect

from tests.browser.answers import CaseAnswers
from tests.browser.live import Caseworker, LiveServer, Supervisor
from tests.browser.soak_answers import S001_3, S001_5, S001_7

pytestmark = [pytest.mark.soak, pytest.mark.browser, pytest.mark.xdist_group("journey")]
_LOG = logging.getLogger(__name__)
CONSENT_FORM, HOUSEHOLD_FORM = "告知与同意", "入户调查表"
LATER, EVENING = "离开后补", "晚上写"
# How the demo county lists them: the group of the worklist, and words that no other line of the group has.
LISTED = {"S001-3": ("coming", "青石桥村"), "S001-5": ("today", "按计划走访"), "S001-7": ("coming", "柳树湾村")}


@pytest.mark.parametrize("told", [S001_3, S001_5, S001_7], ids=lambda told: told.case)
def test_a_published_case_goes_from_the_door_to_an_approved_report(
    server: LiveServer, li: Caseworker, chen: Supervisor, told: CaseAnswers
) -> None:
    # Given a phone that knows the visit, where no server answers
    group, words = LISTED[told.case]
    code_name = li.entry_text(words, group)
    server.stop()
    li.open_case(code_name, group)
    li.no_conflict()
    li.start_visit()

    # When the door set is filled in and handed in
    li.open_form(CONSENT_FORM)
    li.fill_to_the_contents(told.consent)
    li.hand_in_at_the_door()
    before = li.effort.copy()
    li.open_form(HOUSEHOLD_FORM)
    li.fill_to_the_contents(told.door)
    li.hand_in_at_the_door()
    door = li.effort.since(before)
    _LOG.info(f"door set of F2, {told.case}: {door}")

    # Then it cost no more than the design says, in a family of eight too
    assert door.taps <= 90 and door.fields <= 25

    # When the pages of the evening follow, still without a server, and all is sent
    li.home()
    li.open_case(code_name, group)
    li.end_visit()
    li.open_form(CONSENT_FORM)
    li.to_the_contents()
    li.submit()
    li.open_form(HOUSEHOLD_FORM)
    li.to_the_contents()
    for moment, table in ((LATER, told.later), (EVENING, told.desk)):
        li.first_section(moment)
        li.fill_to_the_contents(table, rest="does_not_know")
    li.submit()
    server.start()
    li.send()

    # Then a supervisor approves what she sees, and the phone says so
    chen.queue()
    chen.open_report(code_name, "入户调查")
    chen.open_review()
    findings = chen.page.locator("#approve-text").count() > 0
    chen.approve("已电话核实，情况属实。" if findings else "")
    li.send()
    li.home()
    li.open_case(code_name)
    expect(li.page.locator("#screen-case .entry", has_text=HOUSEHOLD_FORM)).to_contain_text("已批准")
