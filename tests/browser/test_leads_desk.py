"""A lead at the desk: found by its clock, protected by one press, taken up with a reason; each page whole."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from fieldapp.actions import cases, meetings, plans
from fieldapp.config import Config
from fieldapp.models.accounts import Role
from tests import factories
from tests.browser import desk_seat
from tests.browser.desk_room import served
from tests.browser.desk_seat import Seat
from tests.house_reading import assert_none

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-desk")]


@pytest.fixture
def config(tmp_path: Path, ring: Any) -> Config:
    return desk_seat.config_of(tmp_path, ring)


@pytest.fixture
def address(app: Any, session: Any, county: factories.County, clock: Any) -> Iterator[str]:
    """Two leads of the same woman; the older one is overdue."""
    for days in (9, 0):
        cases.open_lead(
            session, county.acting(session, "supervisor"), village_code=county.village,
            person=cases.NewPerson("周小满", "female", "1990-05", "self"), contact=None, programme=None,
            now=clock() - timedelta(days=days),
        )  # fmt: skip
    at = (session, clock(), Role.PROCURATORATE, county.district)
    factories.person(*at, login="proc-x", name="某检察官")
    plans.publish_library(session, clock())  # the kinds of meetings are those of their form
    meetings.set_up(
        session, county.acting(session, "supervisor"), kind="joint_meeting", name="衔接联席会议",
        members="妇联、检察院、民政、乡村振兴", every_months=3, first_on=(clock() - timedelta(days=1)).date(),
        now=clock(),
    )  # fmt: skip
    session.commit()
    with served(app) as told:
        yield told


@pytest.mark.looks_at("leads.page", "meetings.page", "leads.notice_form")
def test_a_supervisor_takes_a_lead_up(browser: Browser, address: str) -> None:
    with Seat(browser, address, "supervisor") as seat:
        # She finds the one that is overdue first, with the other named beside it
        page = seat.open("/leads")
        wrong = seat.look_in_both("leads")
        expect(page.locator("tbody tr").first).to_contain_text("已逾期")
        expect(page.locator("tbody tr").first).to_contain_text("同名、同出生年月")
        page.locator("tbody th a").first.click()
        # One press protects
        page.get_by_role("button", name="先保护").click()
        expect(page.locator("#beside-title")).to_contain_text("先保护，开始于")
        wrong += seat.look_in_both("lead-file")
        # And the lead is taken up with a reason
        way = page.locator("details").filter(has=page.locator("input[name=end][value=TRIAGED]"))
        way.locator("textarea[name=reason]").fill("要走访")
        way.get_by_role("button").click()
        expect(page.locator("#state-title")).to_contain_text("已分流")
        # What stands in a way is said there, in English too
        page.get_by_role("button", name="English").click()
        expect(page.locator("#state-title")).to_contain_text("triaged")
        wrong += seat.look_in_both("lead-file-en")
        seat.open("/leads")
        wrong += seat.look_in_both("leads-en")
        # A number that nobody has is said to be none; meetings that come again have their page
        page.locator("#number").fill("12309-0000")
        page.get_by_role("button", name="Find the lead").click()
        expect(page.get_by_role("status").last).to_contain_text("No lead of your regions")
        seat.open("/meetings")
        expect(page.locator("tbody tr").first).to_contain_text("overdue")
        wrong += seat.look_in_both("meetings-en")
        assert_none(wrong + seat.refused)
    with Seat(browser, address, "proc-x") as seat:
        seat.open("/leads/notice")
        assert_none(seat.look_in_both("notice") + seat.refused)
