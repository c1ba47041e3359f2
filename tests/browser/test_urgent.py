"""Help is never blocked: two taps from the lock screen and from any screen, offline, and the desk hears of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Playwright, expect, sync_playwright

from tests.browser.live import (
    Administrator,
    Caseworker,
    LiveServer,
    Phone,
    Supervisor,
    chromium_is_here,
    live_server,
    pictures_folder,
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("journey"),
    pytest.mark.skipif(not chromium_is_here(), reason="needs Chromium"),
]
TAPS_MAX = 2


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with live_server(tmp_path_factory.mktemp("urgent") / "server") as served:
        yield served


@pytest.fixture
def li(playwright: Playwright, server: LiveServer, tmp_path: Path) -> Iterator[Phone]:
    administrator = Administrator(playwright, server)
    administrator.sign_in("admin")
    code = administrator.issue_device_code("李春禾")
    administrator.close()
    phone = Caseworker(playwright, tmp_path / "li", server, pictures_folder())
    phone.start()
    phone.enrol(code, "li")
    phone.page.locator("#screen-worklist .entry").first.wait_for()
    phone.wait_for_shell()
    yield phone
    phone.close()
    assert not phone.troubles, phone.troubles


@pytest.fixture
def chen(playwright: Playwright, server: LiveServer) -> Iterator[Supervisor]:
    desk = Supervisor(playwright, server, pictures_folder())
    desk.sign_in("chen")
    yield desk
    desk.close()


def calls_police(phone: Phone) -> int:
    """The taps it took from what is on the screen now."""
    before = phone.effort.copy()
    phone.urgent()
    phone.call("110")
    taps = phone.effort.since(before).taps
    phone.page.keyboard.press("Escape")
    return taps


def test_a_call_from_the_locked_phone_is_recorded_and_reaches_the_desk(
    server: LiveServer, li: Phone, chen: Supervisor
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


def test_every_screen_is_two_taps_from_help(server: LiveServer, li: Phone) -> None:
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
