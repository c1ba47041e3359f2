"""Screening and statistics in the real browser: read, answered and counted by clicks, in both languages."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from fieldapp.actions import plans
from fieldapp.config import Config
from tests import factories, reports
from tests.browser import desk_seat
from tests.browser.desk_room import served
from tests.browser.desk_seat import Seat, in_both_looks
from tests.house_reading import assert_none
from tests.unit.casework.published import visit
from tests.web.test_screenings import body, named

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-desk")]


@pytest.fixture
def config(tmp_path: Path, ring: Any) -> Config:
    return desk_seat.config_of(tmp_path, ring)


@pytest.fixture
def address(app: Any, session: Any, county: factories.County, clock: Any) -> Iterator[str]:
    now = clock()
    plans.publish_library(session, now)
    factories.record(session, now, county, answers=body(named(visit("S001-3")), now), state="approved")
    lead = {"lead": {"channel": "hotline_12338"}}
    factories.record(session, now, county, form="F1", answers=body(lead, now), state="approved")
    dv = {"dv": {"screen": "yes", "c_weapon": "yes", "s_leave": "yes"}}
    factories.record(session, now, county, form="F5", answers=body(dv, now), state="approved")
    told = reports.body(reports.investigation(county.subject_id), now)
    factories.record(session, now, county, answers=told)
    session.commit()
    with served(app) as opened:
        yield opened


@pytest.mark.looks_at("statistics.page", "statistics.cases")
@in_both_looks
def test_what_reports_point_to_is_read_and_answered_and_figures_lead_to_files(
    browser: Browser, address: str, county: factories.County, width: int, scheme: str, language: str
) -> None:
    is_zh = language == "zh"
    wrong: list[str] = []
    with Seat(browser, address, "supervisor", width, scheme, language) as seat:
        page = seat.page
        # She reads what the reports point to, and says no to one category with her reason
        seat.open(f"/cases/{county.case_id}")
        part = page.locator("#screening")
        expect(part.get_by_text("A3 符合：" if is_zh else "A3 met: ").first).to_be_visible()
        expect(part.get_by_text("风险：红" if is_zh else "Risk red")).to_be_visible()
        met = part.locator(".result", has_text="A3").first
        met.get_by_label("不同意" if is_zh else "I do not agree").check()
        met.get_by_role("textbox").fill("还要核实")
        part.get_by_role("button", name="保存我的回答" if is_zh else "Keep what I said").click()
        expect(page.locator("#screening .result", has_text="A3").first.get_by_role("textbox")).to_have_value("还要核实")
        wrong += seat.look("file")
        page.locator("#screening details.why a").first.click()
        expect(page.locator("#screening")).to_be_visible()
        wrong += seat.look("report")
        # She counts, and opens the file behind a figure
        seat.open("/statistics")
        wrong += seat.look("statistics")
        row = page.get_by_role("row", name="12338")
        row.get_by_role("link").click()
        wrong += seat.look("behind")
        page.get_by_role("main").get_by_role("listitem").get_by_role("link").first.click()
        expect(page.locator("body#case-file")).to_be_visible()
        assert_none(wrong)
        assert_none(seat.refused)
