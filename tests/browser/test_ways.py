"""The ways into a phone, on the real server: a PIN with the server's share, another secret, an order to wipe."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.phone_stage import Phone
from tests.browser.test_accessibility import judge

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("ways")]
PIN_IN = "604193"
# What stands there for a moment only, with nothing to tap beside it.
NOTES_WHAT_IS_SAID = """() => {
  globalThis.said = [];
  const ways = document.getElementById("ways");
  new MutationObserver(() => {
    const busy = document.getElementById("ways-busy");
    if (busy && !said.length && !ways.querySelector("button")) said.push(busy.textContent);
  }).observe(ways, { childList: true, subtree: true });
}"""


def open_ways(page: Page) -> None:
    page.locator("#tab-settings").click()
    page.locator("#ways-open").click()
    expect(page.locator("#ways")).to_be_visible()


def give_secret(phone: Phone) -> None:
    asked = phone.page.locator("#ask-pin")
    asked.wait_for()
    phone.press(phone.digits)
    asked.wait_for(state="detached")


def lock(page: Page) -> None:
    page.locator("#tab-settings").click()
    page.locator("#lock-now").click()
    expect(page.locator("#screen-unlock")).to_be_visible()


def test_a_pin_opens_the_phone_where_the_server_is_and_another_secret_ends_it(phone: Phone, page: Page) -> None:
    phone.enrol("li")
    # Given a PIN, set with the secret
    open_ways(page)
    judge(page)
    page.locator("#pin-add").click()
    give_secret(phone)
    phone.press(PIN_IN)
    expect(page.get_by_text("再输入一次同样的 PIN")).to_be_visible()
    phone.press(PIN_IN)
    expect(page.locator("#pin-remove")).to_be_visible()
    # When a wrong one is typed, the tries that are left are said; the right one opens
    lock(page)
    page.locator("#by-pin").click()
    phone.press("111111")
    expect(page.get_by_role("alert")).to_contain_text("还可以试 9 次")
    phone.press(PIN_IN)
    expect(page.locator("#screen-worklist")).to_be_visible()
    # Without the server only the secret opens
    lock(page)
    phone.server.stop()
    page.locator("#by-pin").click()
    phone.press(PIN_IN)
    expect(page.get_by_role("alert")).to_contain_text("连不上服务器")
    page.locator("#by-secret").click()
    phone.unlock()
    phone.server.start()
    # And another secret, practised twice, ends the PIN and the old secret at once
    open_ways(page)
    page.locator("#secret-change").click()
    give_secret(phone)
    old = phone.digits
    page.evaluate(NOTES_WHAT_IS_SAID)
    phone.choose_digits()
    expect(page.locator("#screen-unlock")).to_contain_text("已经改好")
    expect(page.locator("#by-pin")).to_have_count(0)
    assert page.evaluate("() => said") == ["正在处理，请不要关闭……"]  # while the keys were made
    phone.press(old)
    expect(page.get_by_role("alert")).to_contain_text("口令不对")
    phone.unlock()


def test_who_forgot_her_secret_is_told_what_comes_back_and_what_does_not(phone: Phone, page: Page) -> None:
    phone.enrol("wang")
    lock(page)
    page.locator("#forgot").click()
    expect(page.locator("#forgotten")).to_contain_text("新的设备码")
    expect(page.locator("#forgotten")).to_contain_text("取不回来")
    page.locator("#forgot-back").click()
    phone.unlock()
