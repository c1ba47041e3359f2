"""The phone is in her hands to be signed, and goes dark: behind the cover she finds her own words, and no more."""

import pytest
from playwright.sync_api import expect

from tests.browser.answers import CONSENT
from tests.browser.live import Phone
from tests.browser.test_covered import TURNS_AWAY

pytestmark = [pytest.mark.browser, pytest.mark.one_process, pytest.mark.xdist_group("journey")]
CONSENT_FORM = "告知与同意"


def test_a_phone_that_was_covered_in_her_hands_opens_on_her_words_alone_and_only_the_pin_leads_out(li: Phone) -> None:
    # Given her consent, and the phone in her hands to sign it
    li.open_case(li.entry_text("首次走访"))
    li.no_conflict()
    li.start_visit()
    li.open_form(CONSENT_FORM)
    li.fill({path: value for path, value in CONSENT.items() if path != "cs.sign"})
    li.tap(li.question("cs.sign").locator(".signature button"))
    signing = li.page.locator(".signing")
    words = signing.inner_text()
    # When it goes dark, and is opened again
    li.page.evaluate(TURNS_AWAY, "visibilitychange")
    expect(li.page.locator("#screen-covered")).to_be_visible()
    expect(signing).to_be_hidden()
    li.uncover()
    # Then there stand the same words, nothing beside them, and no way back but the PIN
    expect(signing).to_be_visible()
    assert signing.inner_text() == words
    expect(li.page.locator(".app-quiet")).to_have_count(1)
    for bar in ("header.bar", ".tabs"):
        expect(li.page.locator(bar)).to_be_hidden()
    li.page.go_back()
    expect(signing).to_be_visible()
    # And she signs as if nothing had been
    li._draw()
    li.tap(li.page.locator(".signing .pair button.primary"))
    li.page.locator("canvas.pad-canvas").wait_for(state="detached")
    li.tap(signing.get_by_role("button"))
    li.page.locator("#ask-pin").wait_for()
    li.press(li.pin)
    li.question("cs.sign").locator("svg.signed").wait_for()
    expect(li.page.locator(".app-quiet")).to_have_count(0)
