"""The main job on the real thing: an offline visit, from the device code to the approved report, as in case S001-1.

The server is really stopped and killed, the browser is really killed. What it costs a person is logged and held
against the design's numbers (section 9).
"""

import logging
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.answers import CORRECTED, QUESTIONED, S001_1, SHORT_VISIT
from tests.browser.conftest import EnrolledPhone
from tests.browser.live import Cadre, Caseworker, LiveServer, Phone, Supervisor, squeeze

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journey")]
_LOG = logging.getLogger(__name__)
CONSENT_FORM, HOUSEHOLD_FORM, SHORT_NOTE = "告知与同意", "入户调查表", "看望小记"
DOOR, LATER, EVENING = "在现场", "离开后补", "晚上写"
SAVED_WITHIN_MS = 2_000
# How much of her words the last save holds that has reached the disk.
NOTES_SAVES = """(box) => {
  const { put } = IDBObjectStore.prototype;
  IDBObjectStore.prototype.put = function (...given) {
    const { length } = box.value;
    if (this.name === "drafts") this.transaction.addEventListener("complete", () => (globalThis.saved = length));
    return put.apply(this, given);
  };
}"""
REMARK = "房租和日常花销由谁负担？亲友给的也算收入，请核对。"


def test_a_visit_without_signal_ends_as_an_approved_report(
    server: LiveServer, phone_of: EnrolledPhone, supervisor: Supervisor
) -> None:
    # Given a caseworker whose phone knows today's visit
    li = phone_of("li", Caseworker)
    code_name = li.entry_text("首次走访", group=None)  # whose day it is when midnight comes in between
    li.picture("worklist")

    # When she opens the app in the village, where no server answers
    server.stop()
    li.close()
    li.start()
    li.unlock()
    li.open_case(code_name)
    li.no_conflict()
    li.picture("case")
    li.start_visit()

    # And fills in notice and consent, and the questions of the door, signed by all three
    li.open_form(CONSENT_FORM)
    li.fill_to_the_contents(S001_1.consent)
    li.hand_in_at_the_door()
    before = li.effort.copy()
    li.open_form(HOUSEHOLD_FORM)
    li.picture("door")
    typed_before_the_kill(li)
    li.fill_to_the_contents(S001_1.door)
    li.picture("contents")
    li.hand_in_at_the_door()
    door = li.effort.since(before)
    _LOG.info(f"door set of F2, {S001_1.case}: {door}")
    assert door.taps <= 90 and door.fields <= 25

    # Then the door hand-in waits, and is received as soon as somebody answers
    li.home()
    li.open_case(code_name)
    li.end_visit()
    li.home()
    li.tab("sync")
    li.counts(waiting=2)
    li.picture("sync-waiting")
    server.start()
    li.send()
    assert li.count("received") + li.count("safe") >= 2
    li.picture("sync-received")

    # When the evening pages are written, and both reports submitted
    li.home()
    li.open_case(code_name)
    submit_consent(li)
    li.open_form(HOUSEHOLD_FORM)
    li.to_the_contents()
    evening(li)
    li.picture("contents-evening")
    li.submit()
    li.send()

    # And a supervisor puts one remark on one answer and returns it
    supervisor.sign_in("chen")
    supervisor.queue()
    supervisor.picture("desk-queue")
    supervisor.open_report(code_name, "入户调查")
    supervisor.picture("desk-brief")
    supervisor.open_review()
    supervisor.remark(QUESTIONED, "must_fix", REMARK)
    supervisor.picture("desk-remark")
    supervisor.return_report()

    # Then exactly that question opens on her phone, also where no server answers
    li.send()
    li.home()
    li.page.locator("#list-returned").wait_for()
    li.picture("worklist-returned")
    server.kill()
    li.open_case(code_name, "returned")
    li.open_form(HOUSEHOLD_FORM)
    expect(li.question(QUESTIONED)).to_be_in_viewport()
    expect(li.question(QUESTIONED)).to_contain_text(REMARK)
    assert li.page.evaluate("() => document.activeElement.closest('.q')?.dataset.path") == QUESTIONED
    li.picture("returned-remark")

    # When she corrects it there and submits again
    li.fill(CORRECTED)
    li.to_the_contents()
    li.submit()
    server.start()
    li.send()

    # Then the supervisor sees what changed first, old and new, and approves it with three clicks at most
    supervisor.queue()
    before = supervisor.effort.copy()
    supervisor.open_report(code_name, "入户调查")
    changed = supervisor.page.locator("section.changed tbody tr").first
    assert squeeze(changed.inner_text()) == "全家这一年有收入吗？ 否 → 是"
    supervisor.picture("desk-changed")
    supervisor.open_review()
    supervisor.approve()
    approval = supervisor.effort.since(before)
    _LOG.info(f"approval: {approval}")
    assert approval.taps <= 3

    # And the phone shows it approved, the case knows its facts, the audit chain holds
    li.send()
    li.home()
    li.open_case(code_name)
    expect(li.page.locator("#screen-case .entry", has_text=HOUSEHOLD_FORM)).to_contain_text("已批准")
    # Whom the case file knew stands in it once, also who was not of the household
    for name in ("吴甲红", "汪某亮", "吴乙红"):
        expect(li.page.locator("#people").get_by_text(name, exact=True)).to_have_count(1)
    li.tap(li.page.locator("#facts summary"))
    # What tells of violence only when the digits are given again
    expect(li.page.locator("#facts")).not_to_contain_text("故意伤害罪")
    li.tap(li.page.locator("#facts").get_by_role("button", name="再输入一次口令"))
    li.page.locator("#ask-pin").wait_for()
    li.press(li.digits)
    expect(li.page.locator("#facts")).to_contain_text("故意伤害罪")
    li.picture("case-approved")
    assert "holds" in server.run("audit", "verify") and "broken" not in server.run("audit", "verify")


def typed_before_the_kill(phone: Phone) -> None:
    """The browser is killed while she types; what was typed two seconds before, by the phone's own clock, is there
    again, offline."""
    words = S001_1.door["visit.in_brief"]
    assert isinstance(words, str)
    phone.answer("visit.alone", "yes")
    phone.reveal()
    expect(phone.page.locator("#sync-line")).to_contain_text("已加密保存")
    cost = phone.effort.copy()
    box = phone.question("visit.in_brief").locator("textarea")
    phone.tap(box)
    box.evaluate(NOTES_SAVES)
    clock = phone.page.clock
    clock.install()
    clock.pause_at(datetime.now(UTC) + timedelta(minutes=1))
    box.press_sequentially(words)
    clock.run_for(SAVED_WITHIN_MS)
    phone.page.wait_for_function("(length) => globalThis.saved === length", arg=len(words))
    box.press_sequentially(f"。{words}")
    phone.kill()
    phone.start()
    phone.unlock()
    phone.tab("drafts")
    phone.tap(phone.page.locator("#draft-list .entry", has_text=HOUSEHOLD_FORM))
    phone.page.locator(".record").wait_for()
    phone.reveal()
    kept = phone.question("visit.in_brief").locator("textarea").input_value()
    assert f"{words}。{words}".startswith(kept) and len(kept) >= len(words), kept
    phone.question("visit.in_brief").locator("textarea").clear()
    phone.effort = cost  # the accident is not part of what a door set costs


def submit_consent(phone: Phone) -> None:
    phone.open_form(CONSENT_FORM)
    phone.to_the_contents()
    phone.submit()


def evening(phone: Phone) -> None:
    """What follows the visit, and the judgement that is never on a page that can be open in the home."""
    phone.first_section(LATER)
    phone.fill_to_the_contents(S001_1.later, rest="does_not_know")
    phone.first_section(EVENING)
    phone.fill_to_the_contents(S001_1.desk, rest="does_not_know")


@pytest.mark.one_process
def test_a_cadre_looks_in_with_eight_taps_and_no_letter_typed(
    server: LiveServer, phone_of: EnrolledPhone, supervisor: Supervisor
) -> None:
    # Given the cadre's phone in the largest type, with a visit on its list, and no server
    zhao = phone_of("zhao", Cadre)
    assert zhao.page.evaluate("() => document.documentElement.dataset.size") == "elder"
    zhao.picture("elder-worklist")
    line = zhao.page.locator("#list-today .entry", has_text="30 天看望").first
    code_name = line.locator(".entry-main").inner_text()
    server.stop()
    zhao.tap(line)
    zhao.no_conflict()

    # When he answers it
    before = zhao.effort.copy()
    zhao.open_form(SHORT_NOTE)
    zhao.picture("elder-short-note")
    zhao.answer_follow_up(SHORT_VISIT)
    cost = zhao.effort.since(before)
    _LOG.info(f"F3-V: {cost}")
    assert cost.taps <= 8 and (cost.characters, cost.fields) == (0, 0)

    # Then it goes up, is approved, and he sees it
    server.start()
    zhao.send()
    supervisor.sign_in("chen")
    supervisor.queue()
    supervisor.open_report(code_name, "看望小记")
    supervisor.open_review()
    supervisor.approve()
    zhao.send()
    zhao.home()
    zhao.open_case(code_name)
    expect(zhao.page.locator("#screen-case .entry", has_text=SHORT_NOTE)).to_contain_text("已批准")
