"""Screens of the phone, light, dark and in sun: no axe violation, targets for fingers, nothing cut, a visible focus.

The tabs and the sheets stand in test_phone_shell.py, each page of a long form in test_record_screen.py; here are the
gate, the short forms as the app opens them, and the phone in the subject's hands.
"""

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from fieldapp import demo
from fieldapp.actions import policies
from fieldapp.db import writing
from fieldapp.models.accounts import Account, Role, acting_for
from tests.browser import axe
from tests.browser.phone_stage import PIN, Phone, Server
from tests.browser.record_stage import LOOK

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("accessibility")]
PASSPHRASE = "山 海 米 桥 四个不相关的词"
SMALL = """(smallest) => [...document.querySelectorAll("button, a[href], input, textarea, summary, select")]
  .filter((e) => e.checkVisibility() && !e.disabled)
  .map((e) => [e, (e.matches("[type=checkbox], [type=radio]") ? e.closest("label") : e).getBoundingClientRect()])
  .filter(([, box]) => box.width > 0 && (box.height < smallest || box.width < smallest))
  .map(([e, box]) => `${e.tagName} ${e.id} ${e.textContent.slice(0, 20)} ${box.width}x${box.height}`)"""
CUT = """() => [...document.querySelectorAll("button, h1, h2, p, label, legend, dt, dd, a[href]")]
  .filter((e) => e.checkVisibility() && e.clientWidth > 1 && e.scrollWidth > e.clientWidth + 1)
  .map((e) => `${e.tagName} ${e.id} ${e.textContent.slice(0, 30)}`)"""
# What the tab key reaches must show that it has the focus.
UNSEEN = """() => {
  if (document.activeElement === document.body) return null; // past the last one, before the first
  const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(document.activeElement);
  const own = (outlineStyle !== "none" && outlineWidth !== "0px") || boxShadow !== "none";
  const around = document.activeElement.closest("label, .choice");
  const style = around && getComputedStyle(around);
  return own || (style && (style.outlineStyle !== "none" || style.boxShadow !== "none"))
    ? null : document.activeElement.outerHTML.slice(0, 120);
}"""


def judge(page: Page, smallest: int = 44) -> None:
    for theme, rules in (("light", axe.RULES), ("dark", axe.OF_COLOURS), ("sun", axe.OF_COLOURS)):
        page.evaluate(LOOK, theme)
        assert axe.violations(page, rules) == [], theme
    assert page.evaluate(SMALL, smallest) == []
    assert page.evaluate(CUT) == []
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


def ask_for_passphrases_of(stage: Server, characters: str) -> None:
    """As an administrator decides it for caseworkers; nothing: what holds everywhere."""
    with stage.app.app_context(), writing() as session:
        account = session.scalars(select(Account).where(Account.login == "admin")).one()
        admin = acting_for(session, account.district, account.person_id)
        assert admin is not None
        asked = {"secret_minimum": characters}
        policies.decide(session, admin, demo.DISTRICT, Role.CASEWORKER, asked, stage.now())


def unlock_by_passphrase(page: Page) -> None:
    page.locator("#passphrase").fill(PASSPHRASE)
    page.locator("#unlock-go").click()
    expect(page.locator("#list-today .entry").first).to_be_visible()


def test_the_gate_and_the_forms_of_a_visit_and_a_passphrase_that_became_too_short(page: Page, stage: Server) -> None:
    ask_for_passphrases_of(stage, "16")  # heard of when the phone is enrolled: this one is a character shorter
    phone = Phone(page, stage)
    phone.open()
    page.locator("#enrol-start").click()
    page.locator("#enrol-code").wait_for()
    judge(page)
    page.locator("#enrol-code").fill(stage.device_code("li"))
    page.locator("#enrol-login").fill("li")
    page.locator("#enrol-password").fill(demo.PASSWORD)
    page.locator("#enrol-next").click()
    page.locator("#way-digits").wait_for()
    judge(page)
    page.locator("#way-passphrase").click()
    page.locator("#new-passphrase").wait_for()
    judge(page)
    page.locator("#new-passphrase").fill(PASSPHRASE)
    page.locator("#enrol-next").click()
    page.locator("#again-passphrase").wait_for()
    judge(page)
    for _ in range(2):
        page.locator("#again-passphrase").fill(PASSPHRASE)
        page.locator("#practise-next").click()
    expect(page.locator("h1", has_text="设置 6 位 PIN")).to_be_visible()
    judge(page)
    for _ in range(2):
        phone.press(PIN)
    expect(page.locator("#list-today .entry").first).to_be_visible()
    expect(page.locator("#longer-secret")).to_have_count(0)
    # At the next unlock that is said above the list, and at the one after she put it off it is not
    page.reload()
    unlock_by_passphrase(page)
    expect(page.locator("#longer-secret")).to_contain_text("至少 16 个字")
    judge(page)
    page.locator("#longer-secret-later").click()
    expect(page.locator("#longer-secret")).to_have_count(0)
    page.reload()
    unlock_by_passphrase(page)
    expect(page.locator("#longer-secret")).to_have_count(0)
    ask_for_passphrases_of(stage, "")
    page.locator("#list-today .entry").first.click()
    page.locator("#conflict [data-value=no]").click()
    page.locator("[data-act=visit-start]").click()
    # Consent, and the phone in the hands of the person visited
    page.locator("#screen-case button.entry", has_text="告知与同意").first.click()
    page.locator(".record").wait_for()
    judge(page)
    page.locator('input[value="consent"]').check()
    page.locator('.q[data-path="cs.how"] label', has_text="签名").first.click()
    page.locator('.q[data-path="cs.sign"] button').first.click()
    page.locator("canvas").wait_for()
    judge(page)


def test_the_keyboard_reaches_everything_and_shows_where_it_is(page: Page, stage: Server) -> None:
    phone = Phone(page, stage)
    phone.enrol("zhao")
    page.locator("#list-today .entry").first.wait_for()
    for open_next in (
        lambda: None,
        lambda: page.locator("#list-today .entry").first.click(),
        lambda: page.locator("#conflict [data-value=no]").click(),
        lambda: page.locator("#screen-case button.entry").first.click(),
    ):
        open_next()
        judge(page, 60)
        for _ in range(12):
            page.keyboard.press("Tab")
            assert page.evaluate(UNSEEN) is None
