"""Opened inside a chat app, or in a browser that lacks something: where to go on, with the one-use code unspent."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, expect

from tests.browser import axe
from tests.browser.phone_stage import Phone, Server, browser
from tests.browser.test_phone_shell import MEASURE

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("ways")]
WECHAT = (
    "Mozilla/5.0 (Linux; Android 12; PEPM00 Build/SP1A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 "
    "Chrome/116.0.0.0 Mobile Safari/537.36 XWEB/1160065 MMWEBSDK/20231202 MicroMessenger/8.0.47.2560 WeChat/arm64"
)
WITHOUT = {
    "a service worker": "delete Navigator.prototype.serviceWorker",
    "storage": "IDBFactory.prototype.open = () => { throw new DOMException('', 'SecurityError'); }",
}
CHOOSE = """async (choices) => {
  const asked = indexedDB.open("fieldapp");
  const database = await new Promise((resolve) => { asked.onsuccess = () => resolve(asked.result); });
  const transaction = database.transaction("settings", "readwrite");
  for (const [name, value] of Object.entries(choices)) transaction.objectStore("settings").put(value, name);
  await new Promise((resolve) => { transaction.oncomplete = resolve; });
  database.close();
}"""


@pytest.fixture
def chat(playwright: Playwright, tmp_path: Path) -> Iterator[BrowserContext]:
    """WeChat's own browser, by its word."""
    with browser(playwright, tmp_path / "chat", user_agent=WECHAT) as opened:
        yield opened


def back(page: Page, steps: int = 1) -> None:
    """The phone's own key: what it brings has been heard by the page."""
    page.evaluate(
        """(steps) => new Promise((done) => {
          addEventListener("popstate", () => setTimeout(done), { once: true });
          history.go(-steps);
        })""",
        steps,
    )


def test_a_chat_app_sends_on_with_the_code_and_the_code_still_opens_there(
    chat: BrowserContext, phone: Phone, page: Page, stage: Server
) -> None:
    # Given a device code whose QR was scanned in WeChat
    code = stage.device_code("wang")
    here = chat.pages[0]
    here.goto(f"{stage.address}#{code}")
    # Then the page says where to tap, and its address is the whole one: WeChat's own menu takes that along
    expect(here.locator("#screen-elsewhere")).to_contain_text("在浏览器打开")
    expect(here.locator("svg.picture")).to_be_visible()
    address = f"{stage.address}#{code.replace(' ', '').replace('-', '')}"
    assert here.url == address
    expect(here.locator("#elsewhere-address")).to_have_value(address)
    # And it can be copied; where the app refuses, it lies there marked
    chat.grant_permissions(["clipboard-read", "clipboard-write"])
    here.locator("#elsewhere-copy").click()
    expect(here.get_by_role("status").filter(has_text="已复制")).to_be_visible()
    assert here.evaluate("() => navigator.clipboard.readText()") == address
    here.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')); }")
    here.locator("#elsewhere-copy").click()
    expect(here.get_by_text("这里不让自动复制")).to_be_visible()
    marked = "(box) => box.value.slice(box.selectionStart, box.selectionEnd)"
    assert here.locator("#elsewhere-address").evaluate(marked) == address
    # When she opens it in the phone's own browser, then the code was not used up
    page.goto(address)
    page.locator("#enrol-start").click()
    page.locator("#enrol-login").fill("wang")
    page.locator("#enrol-password").fill("demo-zoufang-2026")
    page.locator("#enrol-next").click()
    phone.choose_digits()
    phone.choose_pin()
    expect(page.locator("#screen-worklist")).to_be_visible()


def test_who_has_no_other_browser_may_go_on_where_all_that_was_tried_works(chat: BrowserContext, stage: Server) -> None:
    code, here = stage.device_code("li"), chat.pages[0]
    here.goto(f"{stage.address}#{code}")
    here.locator("#elsewhere-go-on").wait_for()
    here.wait_for_function("() => history.state?.n === 1")  # the way back is laid
    here.locator("#elsewhere-go-on").click()
    # Then the code has left the address, and stands in its field
    expect(here.locator("#enrol-start")).to_be_visible()
    assert here.url == stage.address
    here.locator("#enrol-start").click()
    expect(here.locator("#enrol-code")).not_to_have_value("")
    # And the way back does not bring it into the address again, and takes nothing of what she typed
    here.locator("#enrol-login").fill("li")
    for _ in range(2):
        back(here)
        assert here.url == stage.address
    expect(here.locator("#enrol-login")).to_have_value("li")


@pytest.mark.parametrize("missing", WITHOUT)
def test_a_browser_that_lacks_something_is_found_out_by_trying(missing: str, page: Page, stage: Server) -> None:
    # Given a browser with the name of a good one
    page.add_init_script(WITHOUT[missing])
    page.goto(stage.address)
    # Then it is sent on, and not let in; help is there all the same
    expect(page.locator("#screen-elsewhere")).to_contain_text("请换一个浏览器")
    expect(page.locator("#elsewhere-go-on, #enrol-start")).to_have_count(0)
    page.locator("#gate #urgent-open").click()
    expect(page.locator("#urgent .call").first).to_have_attribute("href", "tel:110")


def test_a_phone_in_use_whose_store_stumbles_is_told_to_open_again_and_then_has_its_lock_screen(
    phone: Phone, page: Page
) -> None:
    phone.enrol("li")
    # Given a store that fails at this start alone
    once = "if (!sessionStorage.getItem('stumbled')) {" + WITHOUT["storage"] + "}"
    page.add_init_script(once)
    page.reload()
    expect(page.locator("#screen-newer")).to_contain_text("不能在本机保存")
    expect(page.locator("#screen-elsewhere")).to_have_count(0)
    page.evaluate("() => sessionStorage.setItem('stumbled', '1')")
    page.locator("#newer-update").click()
    phone.unlock()


def test_all_that_a_phone_can_do_is_tried_when_asked_and_said_in_plain_words(phone: Phone, page: Page) -> None:
    phone.open()
    lines = page.locator("#readiness .ready")
    expect(lines).to_have_count(5)
    page.locator("#ready-all").click()
    # Then each line has a mark, and what is not well says what to do
    expect(page.locator("#ready-all")).to_have_count(0)
    expect(lines).to_have_count(10)
    expect(lines.filter(has_text="加密运算")).to_contain_text("秒")
    expect(lines.filter(has_text="存储空间")).to_contain_text("MB")
    expect(lines.filter(has=page.locator(".entry-below"))).to_have_count(
        page.locator(".ready-warn, .ready-bad").count()
    )


@pytest.mark.parametrize(
    ("language", "size", "theme"), [("zh", "normal", "light"), ("en", "elder", "sun"), ("zh", "elder", "dark")]
)
def test_the_first_pages_are_free_of_axe_violations_and_small_targets(
    language: str, size: str, theme: str, chat: BrowserContext, stage: Server
) -> None:
    here = chat.pages[0]

    def judged() -> None:
        assert axe.violations(here) == []
        assert here.evaluate(MEASURE, 60 if size == "elder" else 44) == []
        assert here.evaluate("() => document.documentElement.scrollWidth <= innerWidth")

    here.goto(stage.address)
    here.locator("#screen-elsewhere").wait_for()
    here.evaluate(CHOOSE, {"language": language, "size": size, "theme": theme})
    here.reload()
    here.locator("#screen-elsewhere").wait_for()
    judged()
    here.locator("#elsewhere-go-on").click()
    here.locator("#ready-all").click()
    here.locator("#ready-all").wait_for(state="detached")
    judged()
    # The address of a practice, as the button makes it
    here.locator("#training-open").click()
    here.locator("#screen-training").wait_for()
    here.wait_for_function("() => getComputedStyle(document.querySelector('#training')).position === 'sticky'")
    judged()
