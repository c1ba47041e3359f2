"""A phone without a link: what waits goes to the office as a file and is taken there; the link brings nothing twice."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from fieldapp.days import day_of
from tests.browser import axe
from tests.browser.desk_seat import wrong_with
from tests.browser.live import Phone, Supervisor

pytestmark = [pytest.mark.browser, pytest.mark.one_process, pytest.mark.xdist_group("browser-carried")]


def saved(phone: Phone, button: Locator, to: Path) -> Path:
    days = {day_of(datetime.now(UTC))}
    with phone.page.expect_download() as begun:
        phone.tap(button)
    begun.value.save_as(to)
    days |= {day_of(datetime.now(UTC))}  # midnight may have passed
    assert begun.value.suggested_filename in {f"data-{day:%Y%m%d}-1.bin" for day in days}
    return to


def handed_in(desk: Supervisor, file: Path) -> Locator:
    desk.page.goto(f"{desk.server.desk_address}/hand-in")
    desk.page.locator("#file").set_input_files(file)
    desk.page.locator("main button.primary").click()
    return desk.page.locator("[role=status].card")


def test_what_waits_is_saved_open_or_locked_and_the_office_takes_it_once(
    li: Phone, chen: Supervisor, tmp_path: Path
) -> None:
    page = li.page
    # A danger was noted without a signal
    li.cut()
    li.urgent()
    li.tap(page.locator("#urgent-save"))
    expect(page.locator("#urgent-state")).to_contain_text("已加密记下")
    page.keyboard.press("Escape")
    li.tab("sync")
    li.picture("carry-it-to-the-office", full=True)
    open_file = saved(li, page.locator("#save-parcel"), tmp_path / "open.bin")
    expect(page.locator("#parcel-said")).to_contain_text("已存成 1 个文件")
    # The log for support says what happened, and names nobody
    page.locator("#support-log summary").click()
    expect(page.locator("#support-log pre")).to_contain_text("POST exchange")
    assert axe.violations(page) == []
    # Who forgot her secret saves it from the lock screen
    li.lock()
    li.tap(page.locator("#forgot"))
    assert axe.violations(page) == []
    locked_file = saved(li, page.locator("#save-parcel"), tmp_path / "locked.bin")
    for file in (open_file, locked_file):
        assert b"danger" not in file.read_bytes() and b"urgent" not in file.read_bytes()
        expect(handed_in(chen, file)).to_contain_text("全部收到")
    chen.picture("handed-in", full=True)
    # The banner of a demo stands above all landmarks of the page
    assert [wrong for wrong in wrong_with(chen.page, "handed in") if 'class="banner demo"' not in wrong] == []
    chen.queue()
    expect(chen.page.locator("section.alert")).to_have_count(1)
    # When the link is back the phone is told the same
    li.tap(page.locator("#forgot-back"))
    li.cut(off=False)
    li.unlock()
    li.send()
    li.counts(waiting=0)
