"""Help is never blocked: two taps from the lock screen and from any screen, offline, and the desk hears of it."""

import pytest
from playwright.sync_api import expect

from tests.browser.live import Phone, Supervisor
from tests.browser.phone_stage import Server

pytestmark = [pytest.mark.browser, pytest.mark.one_process, pytest.mark.xdist_group("journey")]
TAPS_MAX = 2
# px to the left of the words of a numbered list: the numbers stand there. Its sheet comes with the list.
HAS_ROOM = (
    """() => Number.parseFloat(getComputedStyle(document.querySelector("#first-steps ol")).paddingInlineStart) >= 16"""
)


def calls_police(phone: Phone) -> int:
    """The taps it took from what is on the screen now."""
    before = phone.effort.copy()
    phone.urgent()
    expect(phone.page.locator("#first-steps li")).to_have_count(5)  # one tap: what is done first
    phone.page.wait_for_function(HAS_ROOM)
    phone.call("110")
    taps = phone.effort.since(before).taps
    phone.page.keyboard.press("Escape")
    return taps


def test_a_call_from_the_locked_phone_is_recorded_and_reaches_the_desk(
    server: Server, li: Phone, chen: Supervisor
) -> None:
    # Given a locked phone where no server answers
    li.lock()
    server.stop()
    li.close()
    li.start()
    li.page.locator("#screen-unlock").wait_for()
    # When she calls the police
    li.urgent()
    li.picture("urgent")
    li.page.keyboard.press("Escape")
    assert calls_police(li) == TAPS_MAX
    expect(li.page.locator("#lock-waiting")).to_contain_text("1")
    # Then the record goes up unsigned as soon as somebody answers, the phone still locked
    server.start()
    li.page.evaluate("() => dispatchEvent(new Event('online'))")
    expect(li.page.locator("#lock-waiting")).to_be_empty()
    chen.queue()
    alert = chen.page.locator("section.alert")
    expect(alert).to_have_count(1)
    expect(alert).to_contain_text("110")
    expect(alert).to_contain_text("尚未确认")
    chen.picture("desk-alert")
    # And once she unlocked, it is confirmed by her, and acknowledged it leaves the desk
    li.unlock()
    li.send()
    chen.queue()
    expect(chen.page.locator("section.alert", has_text="尚未确认")).to_have_count(0)
    while chen.page.locator("section.alert").count():
        chen.acknowledge()
    expect(chen.page.locator("section.alert")).to_have_count(0)


def test_every_screen_is_two_taps_from_help(server: Server, li: Phone) -> None:
    server.stop()
    try:
        for tab in ("worklist", "drafts", "sync", "settings"):
            li.tab(tab)
            assert calls_police(li) == TAPS_MAX, tab
        li.home()
        li.open_case(li.entry_text("首次走访"))
        assert calls_police(li) == TAPS_MAX, "the question of conflict"
        li.no_conflict()
        li.start_visit()
        li.open_form("入户调查表")
        assert calls_police(li) == TAPS_MAX, "a form"
        li.to_the_contents()
        assert calls_police(li) == TAPS_MAX, "the contents page"
        li.home()
        li.tap(li.page.locator("#cover"))
        li.page.locator("#screen-covered").wait_for()
        assert calls_police(li) == TAPS_MAX, "covered"
    finally:
        server.start()
