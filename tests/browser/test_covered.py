"""What stands on the screen when she turns away: before the phone takes its picture for the list of recent apps."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.phone_stage import Phone

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("covered")]
# The act, and what could be photographed in the same task: no frame lies between.
TURNS_AWAY = """(how) => {
  if (how === "visibilitychange") Object.defineProperty(document, "hidden", { configurable: true, get: () => true });
  (how === "pagehide" ? globalThis : document).dispatchEvent(new Event(how));
  delete document.hidden;
  const shown = (name) => document.getElementById(name)?.checkVisibility?.() ?? false;
  return [shown("screen-covered"), shown("screen-case"), document.body.innerText, document.title];
}"""
LOOKS_AWAY = """(how) => {
  globalThis.dispatchEvent(new Event(how));
  return getComputedStyle(document.body).opacity;
}"""


def test_nothing_of_a_family_is_in_the_picture_of_the_recent_apps(phone: Phone, page: Page) -> None:
    phone.enrol("li")
    entry = page.locator("#screen-worklist .entry").first
    code_name = entry.locator(".entry-main").inner_text()
    entry.click()
    page.locator("#conflict [data-value=no]").click()
    expect(page.locator("#people")).to_be_visible()
    title = page.title()
    for how in ("visibilitychange", "pagehide", "freeze"):
        covered, case, text, now = page.evaluate(TURNS_AWAY, how)
        assert (covered, case, now) == (True, False, title)
        assert "女士" not in text and "村" not in text and code_name not in text
        phone.uncover()
        expect(page.locator("#people")).to_be_visible()
    # A page that lost the focus shows nothing, and asks for nothing when it has it again
    assert [page.evaluate(LOOKS_AWAY, how) for how in ("blur", "focus")] == ["0", "1"]
    expect(page.locator("#people")).to_be_visible()
    page.evaluate(LOOKS_AWAY, "blur")
    # Where a browser forgets to say that it is back, a tap shows the page, and presses nothing that she could not see
    page.locator("#cover").click()
    assert page.evaluate("() => getComputedStyle(document.body).opacity") == "1"
    expect(page.locator("#people")).to_be_visible()
    page.locator("#cover").click()
    expect(page.locator("#screen-covered")).to_be_visible()


def test_who_turns_away_while_the_phone_is_being_unlocked_leaves_no_list_in_the_picture(
    phone: Phone, page: Page
) -> None:
    phone.enrol("li")
    page.locator("#tab-settings").click()
    page.locator("#lock-now").click()
    expect(page.locator("#screen-unlock")).to_be_visible()
    page.evaluate(LOOKS_AWAY, "blur")  # first: her keys are ready too soon for a test
    phone.press(phone.digits)
    expect(page.locator("#screen-worklist")).to_be_visible()
    assert page.evaluate("() => getComputedStyle(document.body).opacity") == "0"
    assert page.evaluate(LOOKS_AWAY, "focus") == "1"


def test_no_word_stays_over_the_cover(phone: Phone, page: Page) -> None:
    phone.enrol("li")
    page.locator("#tab-sync").click()
    page.locator("#send-now").click()
    expect(page.locator("#toast p")).to_be_visible()
    page.locator("#cover").click()
    expect(page.locator("#screen-covered")).to_be_visible()
    expect(page.locator("#toast p")).to_have_count(0)


def test_a_visit_session_is_covered_for_an_hour_and_then_locked(phone: Phone, page: Page) -> None:
    phone.enrol("li")
    page.locator("#list-today .entry").first.click()
    page.locator("#conflict [data-value=no]").click()
    page.locator("[data-act=visit-start]").click()
    page.locator("[data-act=session-start]").click()
    expect(page.locator("[data-act=session-start]")).to_have_count(0)
    began = phone.server.now()
    page.locator("#cover").click()
    # Given almost an hour in which nobody touched it, her PIN brings her back
    for minutes, screen in ((58, "#screen-covered"), (66, "#screen-unlock")):
        page.clock.set_system_time(began + timedelta(minutes=minutes))
        page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")
        expect(page.locator(screen)).to_be_visible()
        if screen == "#screen-covered":
            phone.uncover()
            expect(page.locator("#people")).to_be_visible()
            page.locator("#cover").click()
