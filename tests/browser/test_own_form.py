"""A form of this place, from the upload at the desk to the approved report, by administrator, supervisor and phone."""

import struct
import zlib
from pathlib import Path

import pytest
from playwright.sync_api import Playwright, expect

from tests.browser.conftest import EnrolledPhone
from tests.browser.live import Administrator, Caseworker, Supervisor, pictures_folder
from tests.browser.phone_stage import Server
from tests.web.test_forms_desk import packed

pytestmark = [pytest.mark.browser, pytest.mark.one_process]
FORM = """
| survey |
| | type | name | label::中文 (zh) | label::English (en) | bind::fa:sensitivity | media::image |
| | begin_group | well | 水井 | The well | household | |
| | select_one_from_file places.csv | place | 在哪个组？ | In which group? | | map.png |
| | integer | depth | 有多深（米）？ | How deep, in metres? | | |
| | end_group | | | | | |
| settings |
| | form_id | form_title | version | default_language | namespaces |
| | K1 | 水井登记 / Wells | 1 | 中文 (zh) | fa="urn:fieldapp:form:1" |
"""
HERE, ELSEWHERE = 320, 40
PLACES = "\n".join(
    [
        "name,label,region",
        *(f"h{at},杨柳{at}组,990101100{at:03d}" for at in range(HERE)),
        *(f"e{at},别处{at}组,990199100{at:03d}" for at in range(ELSEWHERE)),
    ]
)


def picture() -> bytes:
    """A PNG of 40 by 20 grey points."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + bytes([90 + at]) * 40 for at in range(20))
    head = struct.pack(">IIBBBBB", 40, 20, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def publish(playwright: Playwright, server: Server, folder: Path) -> None:
    """Uploaded as one archive, tried, published for caseworkers."""
    archive = folder / "wells.zip"
    archive.write_bytes(packed({"wells.md": FORM.encode(), "places.csv": PLACES.encode(), "map.png": picture()}))
    desk = Administrator(playwright, server, pictures_folder())
    desk.sign_in("admin")
    desk.page.goto(f"{server.desk_address}/forms")
    desk.page.locator("#files").set_input_files(archive)
    desk.tap(desk.page.get_by_role("button", name="上传并检查"))
    desk.tap(desk.page.get_by_role("link", name="在手机画面上试填"))
    shows_the_picture(desk.page.locator("#phone .media-file"))
    desk.tap(desk.page.locator("#phone .q button.picker").first)
    desk.write(desk.page.locator("#phone .rec-panel input"), "bc39z")  # the desk has the list whole
    expect(desk.page.locator("#phone .rec-panel .picker-row")).to_have_count(1)
    desk.page.go_back()
    desk.page.get_by_label("走访人员").check()
    desk.tap(desk.page.get_by_role("button", name="发布第 1 版"))
    expect(desk.page.locator("h1")).to_have_text("水井登记")
    desk.close()
    assert not desk.troubles, desk.troubles


def shows_the_picture(shown) -> None:
    expect(shown).to_be_visible()
    shown.evaluate("(image) => image.decode()")
    assert shown.evaluate("(image) => image.naturalWidth") == 40


def test_a_form_of_this_place_goes_from_the_upload_to_the_approved_report(
    playwright: Playwright, server: Server, phone_of: EnrolledPhone, chen: Supervisor, tmp_path: Path
) -> None:
    publish(playwright, server, tmp_path)
    chen.page.goto(f"{server.desk_address}/cases")
    code_name = chen.page.locator("main table.list tbody a").first.inner_text()
    chen.plan_visit(code_name, "other", "李春禾", "asked_for", form="水井登记")
    expect(chen.page.locator("table.list", has_text="其他走访 · 水井登记")).to_be_visible()

    # On the phone, with nobody at the other end
    li = phone_of("li", Caseworker)
    li.send()  # the picture has come down too
    li.home()
    server.stop()
    li.open_case(code_name)
    li.no_conflict()
    visit = li.page.locator('[data-visit="other"]')
    expect(visit.locator("h2")).to_have_text("其他走访")
    li.tap(visit.locator("[data-act=visit-start]"))
    li.open_form("水井登记")
    question = li.question("well.place")
    shows_the_picture(question.locator(".media-file"))
    expect(question).to_contain_text(f"手机上只有您负责地区的 {HERE} 项，全部有 {HERE + ELSEWHERE} 项")
    li.picture("own-form")
    li.tap(question.get_by_role("button").first)
    panel = li.page.locator(".rec-panel")
    li.write(panel.locator("input"), "yl319z")
    expect(panel.locator(".picker-row")).to_have_count(1)
    li.tap(panel.locator(".picker-row").first)
    expect(question).to_contain_text("杨柳319组")
    li.answer("well.depth", 12)
    li.submit()
    server.start()
    li.send()

    # And back at the desk
    chen.queue()
    chen.open_report(code_name, "水井登记")
    expect(chen.row("well.place")).to_contain_text("杨柳319组")
    expect(chen.row("well.depth")).to_contain_text("12")
    chen.open_review()
    chen.approve()
    li.send()
    li.home()
    li.open_case(code_name)
    expect(li.page.locator("#screen-case .entry", has_text="水井登记")).to_contain_text("已批准")
