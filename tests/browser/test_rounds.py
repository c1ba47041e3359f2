"""Rounds, outreach, rules and figures at the desk in both languages; a rule found on a phone without a link."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from fieldapp.actions import outreach, plans, rule_texts
from fieldapp.config import Config
from fieldapp.days import day_of
from fieldapp.db import writing
from fieldapp.models.accounts import Account, acting_for
from tests import factories
from tests.browser import desk_seat
from tests.browser.desk_room import served
from tests.browser.phone_stage import Phone
from tests.browser.test_accessibility import judge
from tests.house_reading import assert_none

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-desk")]
RULE = {"issuer": "全国妇联", "issued_on": None, "text": "第一条\n发现线索，及时移送。", "number": 0}


@pytest.fixture
def config(tmp_path: Any, ring: Any) -> Config:
    return desk_seat.config_of(tmp_path, ring)


@pytest.fixture
def address(app: Any, session: Any, county: factories.County, clock: Any) -> Iterator[tuple[str, str]]:
    """Where the desk answers, and a rule."""
    now = clock()
    plans.publish_library(session, now)
    supervisor = county.acting(session, "supervisor")
    told = {"kind": "lecture", "on": day_of(now), "region_code": county.village[:9], "organisation_id": None}
    outreach.note(session, supervisor, **told, times=2, people=80, now=now)
    administrator = county.acting(session, "administrator")
    rule = rule_texts.write(session, administrator, None, title="司法救助衔接机制", **RULE, now=now)
    session.commit()
    with served(app) as desk:
        yield desk, str(rule.rule_id)


@pytest.mark.looks_at(
    "campaigns.page", "campaigns.one", "outreach.page", "rule_texts.page", "rule_texts.one", "rule_texts.text",
)  # fmt: skip
@pytest.mark.parametrize(("width", "scheme", "language"), [(1280, "light", "zh"), (360, "dark", "en")])
def test_a_round_is_begun_at_the_desk_and_every_page_of_counts_is_readable(
    browser: Browser,
    address: tuple[str, str],
    county: factories.County,
    clock: Any,
    width: int,
    scheme: str,
    language: str,
) -> None:
    desk, rule = address
    wrong: list[str] = []
    with desk_seat.Seat(browser, desk, "supervisor", width, scheme) as seat:
        page = seat.page
        if language == "en":
            page.get_by_role("button", name="English").click()
            expect(page.locator("html")).to_have_attribute("lang", "en")
        seat.open("/rounds")
        wrong += seat.look("rounds")
        page.locator("#name").fill("2026 年冬季摸排")
        page.locator("#region").select_option(county.village[:9])
        page.locator("#until").fill((day_of(clock()) + timedelta(days=20)).isoformat())
        page.locator("#campaigns form.card button").click()
        expect(page.locator("#campaign h1")).to_have_text("2026 年冬季摸排")
        page.locator("#village").select_option(county.village)
        page.locator("#campaign #name").fill("周小满")
        page.locator("#campaign form", has=page.locator("#village")).get_by_role("button").click()
        expect(page.locator("#households-title")).to_be_visible()
        wrong += seat.look("round")
        for path in ("outreach", "rules", f"rules/{rule}", "statistics"):
            seat.open(f"/{path}")
            wrong += seat.look(f"counts-{path.split('/')[0]}")
        wrong += seat.refused
    with desk_seat.Seat(browser, desk, "administrator", width, scheme) as seat:
        seat.open(f"/rules/{rule}/text")
        wrong += seat.look("rule-text") + seat.refused
    assert_none(wrong)


def test_a_rule_is_found_by_title_on_a_phone_without_a_link(phone: Phone, page: Page) -> None:
    # Given a phone that was connected once after the rule was written
    with phone.server.app.app_context(), writing() as session:
        account = session.get_one(Account, "admin")
        administrator = acting_for(session, account.district, account.person_id)
        assert administrator is not None
        for title in ("司法救助衔接机制", "实施意见"):
            rule_texts.write(session, administrator, None, title=title, **RULE, now=phone.server.now())
    phone.enrol("zhao")
    page.context.set_offline(True)
    # When she looks for it
    page.locator("#tab-settings").click()
    page.locator("#rules-open").click()
    expect(page.locator("#rules-list .entry")).to_have_count(2)
    page.locator("#rules-search").fill("衔接")
    expect(page.locator("#rules-list .entry")).to_have_count(1)
    judge(page, 60)
    # Then she reads it, and finds nothing that is not there
    page.locator("#rules-list .entry").click()
    expect(page.locator("#rule-text")).to_contain_text("发现线索，及时移送。")
    page.locator("#back").click()
    page.locator("#rules-search").fill("没有这份")
    expect(page.locator("#rules-found .empty")).to_be_visible()
    page.context.set_offline(False)
