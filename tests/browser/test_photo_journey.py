"""Photos of a visit without signal: through a cover and a restart of the phone to the report page at the desk."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import EnrolledPhone
from tests.browser.live import Supervisor
from tests.browser.phone_stage import Server
from tests.browser.photographer import Photographer

pytestmark = [pytest.mark.browser, pytest.mark.one_process]
HOUSEHOLD_FORM = "入户调查表"
AT, PRESENT = "visit.at", "visit.present"


def test_two_photos_of_a_visit_without_signal_reach_the_report_at_the_desk(
    server: Server, phone_of: EnrolledPhone, supervisor: Supervisor
) -> None:
    # Given a visit where no server answers
    li = phone_of("li", Photographer)
    assert isinstance(li, Photographer)  # for the types: the fixture makes what it was asked for
    code_name = li.entry_text("首次走访")
    server.stop()
    li.open_case(code_name)
    li.no_conflict()
    li.start_visit()
    li.open_form(HOUSEHOLD_FORM)
    # When she photographs a paper and the room, and the phone is covered over the camera
    li.tap(li.page.locator(".files-entry"))
    li.begin(AT, "拍材料")
    li.page.locator(".crop-over").wait_for()
    li.picture("paper-corners")
    li.taps("下一步", "好了，共 1 页")
    li.begin(PRESENT, "拍照片")
    li.taps("用这张")
    expect(li.page.locator(".files-item canvas")).to_have_count(2)
    expect(li.page.locator(".files-state", has_text="还没上传")).to_have_count(2)
    li.picture("papers")
    li.tap(li.page.locator(".rec-panel").get_by_role("button", name="拍照片", exact=True))
    li.page.locator(".camera .primary:enabled").wait_for()
    li.tap(li.page.locator(".rec-bar").get_by_role("button", name="遮住"))
    li.page.locator("#uncover").wait_for()
    expect(li.page.locator("video")).to_have_count(0)
    li.uncover()
    # Then both are in her draft when the phone comes back from its grave
    li.close()
    li.start()
    li.unlock()
    li.open_case(code_name)
    li.open_form(HOUSEHOLD_FORM)
    expect(li.question(AT).get_by_role("button", name="见材料 1")).to_be_visible()
    expect(li.question(PRESENT).get_by_role("button", name="见照片 2")).to_be_visible()
    li.tap(li.question(AT).get_by_role("button", name="见材料 1"))
    li.page.locator(".file-page").wait_for()
    li.tap(li.page.get_by_role("button", name="看完了"))
    # And with a link they follow the report
    li.contents()
    li.hand_in_at_the_door(with_gaps=True)
    server.start()
    li.send()
    for kind in ("材料", "照片"):
        expect(li.page.get_by_text(re.compile(f"{kind} · 已"))).to_be_visible()
    supervisor.sign_in("chen")
    supervisor.queue("door")
    supervisor.open_report(code_name, "入户调查")
    expect(supervisor.page.locator("#files-here")).to_contain_text("2 个")
    for path in (AT, PRESENT):
        small = supervisor.row(path).locator("ul.files li.here img")
        small.scroll_into_view_if_needed()
        assert small.evaluate("(one) => one.decode().then(() => one.naturalWidth)") == 240
    with supervisor.page.expect_popup() as opened:
        supervisor.row(AT).locator("ul.files a").click()
    picture = opened.value.locator("img")
    size = "(one) => one.decode().then(() => [one.naturalWidth, one.naturalHeight])"
    assert max(picture.evaluate(size)) >= 2200
