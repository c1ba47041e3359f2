"""The desk in the real browser: every page readable, reachable and whole, and htmx from wherever it can be had."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from fieldapp.config import Config
from fieldapp.web.headers import HTMX_CDN_URL, HTMX_LOCAL_URL
from tests import factories
from tests.browser import desk_seat
from tests.browser.desk_room import Room, furnish, served
from tests.browser.desk_seat import wrong_in_both
from tests.browser_fixtures import PATIENCE_MS
from tests.house_reading import ROOT, assert_none
from tests.server_fixtures import AsBefore

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-desk")]

HTMX = (ROOT / "static" / HTMX_LOCAL_URL.removeprefix("/static/")).read_bytes()
UNCOVERED = """(node) => {
  const { left, top, width, height } = node.getBoundingClientRect();
  return node.contains(document.elementFromPoint(left + width / 2, top + height / 2));
}"""


@pytest.fixture
def config(tmp_path: Path, ring: Any) -> Config:
    return desk_seat.config_of(tmp_path, ring)


@pytest.fixture
def room(app: Any, session: Any, county: factories.County, clock: Any, as_before: AsBefore) -> Iterator[Room]:
    made = as_before(lambda: furnish(session, county, clock, ""))
    with served(app) as address:
        yield replace(made, address=address)


def enter(browser: Browser, room: Room, login: str, **more: Any) -> Page:
    """Sign in; messages of the browser about our policy fail the test at once."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 800},
        color_scheme="light",
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        **more,
    )
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    desk_seat.sign_in(page, room.address, login)
    return page


def pages_of(room: Room) -> list[tuple[str, str, str]]:
    """(who, address, name) of every page that is looked at."""
    subject = room.county.caseworker_id
    return [
        ("supervisor", "/", "queue"),
        ("supervisor", f"/reports/{room.waiting}", "report"),
        ("supervisor", f"/reports/{room.in_review}", "in_review"),
        ("supervisor", f"/reports/{room.resubmitted}", "resubmitted"),
        ("supervisor", f"/cases/{room.county.case_id}", "case"),
        ("supervisor", "/cases", "cases"),
        ("supervisor", "/cases/new", "new_case"),
        ("supervisor", "/password", "password"),
        ("supervisor", "/session/own", "own_sign_in"),
        ("supervisor", "/kept", "kept"),
        ("administrator", "/admin/requests", "requests"),
        ("administrator", "/admin/people", "people"),
        ("administrator", "/admin/people/new", "new_person"),
        ("administrator", f"/admin/people/{subject}", "person"),
        ("administrator", f"/cases/{room.county.case_id}", "case_of_administrator"),
        ("administrator", "/admin/health", "health"),
        ("auditor", "/audit", "audit"),
        ("auditor", "/audit?name=supervisor&act=sign_in", "audit_filtered"),
    ]


@pytest.mark.looks_at(
    "dashboard.queue_page", "review.report", "cases.case_list", "cases.new_case_form", "session.password_form",
    "security.page", "kept.kept_list", "resets.page", "admin.people_list", "admin.new_person_form", "admin.person",
    "admin.health_page", "audit.page", "session.sign_in_form",
)  # fmt: skip
def test_every_page_is_readable_and_reachable(browser, room):
    wrong: list[str] = []
    refused: list[str] = []
    for who in ("supervisor", "administrator", "auditor"):
        page = enter(browser, room, who)
        page.on("console", lambda message: refused.append(message.text) if "Policy" in message.text else None)
        for _, address, name in (entry for entry in pages_of(room) if entry[0] == who):
            page.goto(room.address + address)
            wrong += wrong_in_both(page, name)
        if who == "administrator":
            page.goto(f"{room.address}/admin/people/{room.county.cadre_id}")  # who has no phone yet
            page.get_by_role("button", name="生成设备码").click()
            expect(page.locator("#device-code")).to_have_text(re.compile(r"^\s*(\w{4}\s*){6}$"))
            wrong += wrong_in_both(page, "device_code")
        page.get_by_role("button", name="退出登录").click()
        expect(page.locator("#sign-in")).to_be_visible()
        wrong += wrong_in_both(page, "sign_in")
        page.context.close()
    assert_none([*wrong, *refused])


def test_an_ordinary_approval_is_three_clicks_and_no_typing(browser, room):
    page = enter(browser, room, "supervisor")
    page.locator(f"#record-{room.ordinary} a").click()
    page.get_by_role("button", name="开始审核").click()
    page.get_by_role("button", name="批准").click()
    expect(page.locator("#queue")).to_be_visible()
    expect(page.locator(f"#record-{room.ordinary}")).to_have_count(0)
    page.context.close()


def test_a_remark_stays_where_it_is_put_and_closes_the_approval(browser, room):
    page = enter(browser, room, "supervisor")
    page.goto(f"{room.address}/reports/{room.ordinary}")
    page.get_by_role("button", name="开始审核").click()
    page.wait_for_function("() => window.htmx !== undefined")
    page.evaluate("() => { window.sameDocument = true; }")
    row = page.locator('[id="answer-hh.area"]')
    row.get_by_text("写意见").click()
    row.get_by_role("textbox").fill("<b hx-get=/sign-in hx-trigger=load>请核对</b>")
    row.get_by_role("button", name="提交意见").click()
    expect(row.locator(".remark")).to_contain_text("请核对")
    expect(row.locator(".remark b")).to_have_count(0)
    expect(page.get_by_role("button", name="批准")).to_be_disabled()
    assert page.evaluate("() => window.sameDocument === true"), "the page was not loaded again"
    # The decision grows and stays above the answers: it must not lie over the remark that was just put
    assert row.locator(".remark").evaluate(UNCOVERED)

    row.get_by_role("button", name="核销").click()
    expect(page.get_by_role("button", name="批准")).to_be_enabled()
    page.context.close()


def test_what_an_extension_styled_is_exchanged_without_a_word_of_the_policy(browser, room):
    page = enter(browser, room, "supervisor")
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if "Policy" in message.text else None)
    page.goto(f"{room.address}/reports/{room.ordinary}")
    page.get_by_role("button", name="开始审核").click()
    page.wait_for_function("() => window.htmx !== undefined")
    # Given a box of the decision on which an extension of the browser has written a style
    page.locator("#return-text").evaluate("(box) => { box.style.width = '20rem'; }")
    # When a remark brings the decision along
    row = page.locator('[id="answer-hh.area"]')
    row.get_by_text("写意见").click()
    row.get_by_role("textbox").fill("请核对")
    row.get_by_role("button", name="提交意见").click()
    expect(page.get_by_role("button", name="批准")).to_be_disabled()
    # Then it is exchanged whole, and nothing was refused
    assert page.locator("#return-text").get_attribute("style") is None
    assert_none(refused)
    page.context.close()


def test_a_refused_remark_is_said_and_nothing_on_the_page_is_lost(browser, room):
    page = enter(browser, room, "supervisor")
    page.goto(f"{room.address}/reports/{room.ordinary}")
    page.get_by_role("button", name="开始审核").click()
    page.wait_for_function("() => window.htmx !== undefined")
    row = page.locator('[id="answer-hh.area"]')
    row.get_by_text("写意见").click()
    row.get_by_role("textbox").fill("   ")
    row.get_by_role("button", name="提交意见").click()
    expect(page.locator("#told")).to_contain_text("请写明要看什么")
    expect(row.get_by_role("textbox")).to_be_visible()
    page.context.close()


def test_markup_of_a_person_is_left_alone_by_htmx(browser, room):
    page = enter(browser, room, "supervisor")
    page.goto(f"{room.address}/reports/{room.ordinary}")
    page.wait_for_function("() => window.htmx !== undefined")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    # Should escaping ever fail, this is what would stand there.
    page.locator(".answers td").first.evaluate(
        """(cell) => {
          const evil = document.createElement("b");
          evil.setAttribute("hx-post", "/sign-out");
          evil.id = "evil";
          evil.textContent = "x";
          cell.append(evil);
          window.htmx.process(cell);
        }"""
    )
    page.locator("#evil").click()
    page.get_by_role("link", name="待审列表").first.click()
    expect(page.locator("#queue")).to_be_visible()
    assert not [url for url in asked if "sign-out" in url]
    page.context.close()


# === htmx: the CDN's file, or the same bytes from here ================================================================


@pytest.fixture
def with_cdn(config: Config) -> Config:
    object.__setattr__(config, "htmx_local", False)
    return config


def _answer(body: bytes) -> Any:
    headers = {"Content-Type": "text/javascript", "Access-Control-Allow-Origin": "*"}
    return lambda route: route.fulfill(status=200, body=body, headers=headers)


def _loaded_from(browser: Browser, room: Room, answer: Any, *, hangs: bool = False) -> str:
    """Where the htmx that runs came from, when the CDN answers like this."""
    page = enter(browser, room, "supervisor")
    if not hangs:  # then the page's own 800 ms do not pass while the test answers
        page.clock.install()
        page.clock.pause_at(datetime.now(UTC) + timedelta(minutes=1))
    page.context.route(HTMX_CDN_URL, answer)
    page.goto(f"{room.address}/cases")
    page.wait_for_function("() => window.htmx !== undefined")
    sources: list[str] = page.evaluate(
        "() => [...document.scripts].map((script) => script.src).filter((src) => src.includes('htmx.min'))"
    )
    assert len(sources) == 1, "one copy runs, never two"
    assert page.evaluate("() => window.htmx.version") == "4.0.1"
    page.unroute_all(behavior="ignoreErrors")
    page.context.close()
    return sources[0].removeprefix(room.address)


def test_htmx_comes_from_the_cdn_where_it_answers(browser, with_cdn, room):
    assert _loaded_from(browser, room, _answer(HTMX)) == HTMX_CDN_URL


def test_htmx_comes_from_here_where_the_cdn_refuses(browser, with_cdn, room):
    assert _loaded_from(browser, room, lambda route: route.abort()) == HTMX_LOCAL_URL


def test_htmx_comes_from_here_where_the_cdn_hangs(browser, with_cdn, room):
    def never(route: Route) -> None:
        """No answer at all: the page's own 800 ms decide."""

    assert _loaded_from(browser, room, never, hangs=True) == HTMX_LOCAL_URL


def test_htmx_comes_from_here_where_the_bytes_of_the_cdn_differ(browser, with_cdn, room):
    assert _loaded_from(browser, room, _answer(HTMX + b"\nwindow.tampered = true;")) == HTMX_LOCAL_URL


def test_the_page_that_takes_a_password_asks_no_cdn(browser, with_cdn, room):
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{room.address}/sign-in")
    page.wait_for_function("() => window.htmx !== undefined")
    assert all(url.startswith(room.address) for url in asked)
    page.close()


def test_the_desk_works_without_any_script(browser, room):
    page = enter(browser, room, "supervisor", java_script_enabled=False)
    page.goto(f"{room.address}/reports/{room.ordinary}")
    page.get_by_role("button", name="开始审核").click()
    row = page.locator('[id="answer-hh.area"]')
    row.locator("summary").click()
    row.get_by_role("textbox").fill("请核对")
    row.get_by_role("button", name="提交意见").click()
    expect(row.locator(".remark")).to_contain_text("请核对")
    page.get_by_role("button", name="退回", exact=True).click()
    expect(page.locator("#queue")).to_be_visible()
    page.context.close()
