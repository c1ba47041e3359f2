"""Where somebody lives, picked on the phone without a network: level by level, by letters of pinyin, by code."""

import pytest
from playwright.sync_api import expect

from tests.browser.live import Phone
from tests.browser.phone_stage import Server

pytestmark = [pytest.mark.browser, pytest.mark.one_process]
PATH = "hh.residence_region"


def test_a_village_is_picked_by_letters_levels_or_code_where_no_server_answers(li: Phone, server: Server) -> None:
    code_name = li.entry_text("首次走访")
    server.stop()
    li.open_case(code_name)
    li.no_conflict()
    li.start_visit()
    li.open_form("入户调查表")
    li.to_the_contents()
    li.section("家庭情况", "离开后补")
    button = li.question(PATH).locator("button.picker")
    panel = li.page.locator(".rec-panel")
    search, rows = panel.locator("input"), panel.locator("button.picker-row")

    li.tap(button)
    li.write(search, "qsq")
    expect(rows).to_have_count(1)
    li.tap(rows.first)
    expect(button).to_contain_text("青石桥村")

    li.tap(button)
    for name in ("示例省", "示例市", "示例县", "柳河镇"):
        li.tap(rows.filter(has_text=name).last)
    expect(rows.filter(has_text="小石桥村")).to_contain_text("2023-06-30")
    li.tap(rows.filter(has_text="柳树湾村"))
    expect(button).to_contain_text("柳树湾村")

    li.tap(button)
    li.write(search, "990199100001")
    li.tap(rows.first)
    expect(button).to_contain_text("990199100001")
