"""A browser below the floor of docs/phone.md: never a blank page, never a promise it cannot keep, and the numbers."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import axe
from tests.browser.live import PHONE_SIZE
from tests.browser.phone_stage import Server
from tests.browser_fixtures import PATIENCE_MS

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("ways")]


def _without(name: str) -> Callable[[Page], None]:
    return lambda page: page.add_init_script(f"delete globalThis.{name}")


def _unread(page: Page) -> None:
    newer = {"body": "const newer = ;", "content_type": "text/javascript"}
    page.route("**/static/js/main.js", lambda route: route.fulfill(**newer))


OLD: dict[str, Callable[[Page], None]] = {
    "before Chromium 98": _without("structuredClone"),
    "before Safari 16.4": _without("CompressionStream"),
    "before Chromium 86": _without("Element.prototype.replaceChildren"),
    "who cannot read our scripts": _unread,
}


@pytest.fixture
def old_page(browser: Browser) -> Iterator[Page]:
    """A page that may stumble over our scripts."""
    context = browser.new_context(viewport=PHONE_SIZE, locale="zh-CN")
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("old", OLD)
def test_what_is_too_old_says_what_to_do_and_whom_to_call(old: str, old_page: Page, stage: Server) -> None:
    OLD[old](old_page)
    old_page.goto(stage.address)
    _says_so(old_page)
    assert axe.violations(old_page) == []


def test_without_scripts_the_page_says_the_same(browser: Browser, stage: Server) -> None:
    context = browser.new_context(java_script_enabled=False, viewport=PHONE_SIZE)
    page = context.new_page()
    page.goto(stage.address)
    _says_so(page)
    context.close()


def test_where_the_app_opens_the_page_as_it_came_is_gone(page: Page, stage: Server) -> None:
    page.goto(stage.address)
    expect(page.locator("#enrol-start")).to_be_visible()
    expect(page.locator(".late")).to_have_count(0)


def _says_so(page: Page) -> None:
    late = page.locator("#app .late")
    expect(late).to_be_visible()
    expect(late).to_contain_text("Chrome 99")
    for number in ("110", "120"):
        expect(late.get_by_role("link", name=number)).to_have_attribute("href", f"tel:{number}")
    # Nothing that asks for a code which this browser could not use
    expect(page.locator("#enrol-start, #screen-elsewhere")).to_have_count(0)
