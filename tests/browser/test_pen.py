"""On the real thing: a report from the door is finished at the desk, the phone sees it, and takes it back."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Playwright, expect

from tests.browser.answers import S001_1
from tests.browser.live import Desk, Phone, pictures_folder
from tests.browser.phone_stage import Server

pytestmark = [pytest.mark.browser, pytest.mark.one_process, pytest.mark.xdist_group("journey")]
CONSENT_FORM = "告知与同意"


@pytest.fixture
def desk(playwright: Playwright, server: Server) -> Iterator[Desk]:
    seat = Desk(playwright, server, pictures_folder())
    yield seat
    seat.close()
    assert not seat.troubles, seat.troubles


def test_a_report_from_the_door_is_finished_at_the_desk_and_taken_back_to_the_phone(li: Phone, desk: Desk) -> None:
    # Given a consent that was handed in at the door
    code_name = li.entry_text("首次走访")
    li.open_case(code_name)
    li.no_conflict()
    li.start_visit()
    li.open_form(CONSENT_FORM)
    li.fill_to_the_contents(S001_1.consent)
    li.hand_in_at_the_door()
    li.home()
    li.open_case(code_name)
    li.end_visit()
    li.send()

    # When she sits down at the desk and finishes it there
    office = desk.page
    desk.sign_in("li")
    office.goto(f"{desk.server.desk_address}/records")
    desk.picture("desk-begun")
    office.set_viewport_size({"width": 360, "height": 800})
    assert office.evaluate("() => document.documentElement.scrollWidth") <= 360
    desk.picture("desk-begun-360")
    office.set_viewport_size({"width": 1280, "height": 800})
    desk.tap(office.locator("#begun").get_by_role("button", name="在这里写完"))
    office.locator(".record").wait_for()
    expect(office.locator("#told")).to_be_empty()

    # Then her phone opens it for reading alone, and says why
    li.send()
    li.home()
    li.open_case(code_name)
    expect(li.page.locator("#visit-others")).to_contain_text("起在单位电脑上写")
    li.picture("pen-case")
    li.open_form(CONSENT_FORM)
    notice = li.page.locator("#pen-at-desk")
    expect(notice).to_contain_text("这份记录正在单位电脑上写")
    li.picture("pen-at-desk")
    assert li.page.locator(".record input:enabled, .record textarea:enabled").count() == 0

    # When she takes it back on the phone
    li.tap(notice.get_by_role("button", name="在这里继续写"))
    notice.wait_for(state="detached")
    li.page.locator(".record").wait_for()
    li.picture("pen-taken")
    li.send()

    # Then the desk says so at its next save, and keeps what was typed there
    desk.tap(office.locator(".rec-foot button").last)
    expect(office.locator("#told")).to_contain_text("这份记录现在由手机填写")
    desk.picture("desk-pen-lost")

    # And the phone hands it in
    li.home()
    li.open_case(code_name)
    expect(li.page.locator("#visit-others")).to_have_count(0)
    li.open_form(CONSENT_FORM)
    li.to_the_contents()
    li.submit()
    li.send()
    li.home()
    li.open_case(code_name)
    expect(li.page.locator("#screen-case .entry", has_text=CONSENT_FORM)).to_contain_text("已提交")
