"""Filling in a form at the desk in the real browser: by keyboard alone, saved while typing, offline, in two windows."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from fieldapp.actions.findings import body_of
from fieldapp.config import Config
from fieldapp.db import reading
from fieldapp.models import server_keys
from fieldapp.models.records import Record, Revision
from tests import factories, reports
from tests.browser import desk_seat
from tests.browser.desk_room import served
from tests.browser.desk_seat import Seat
from tests.house_reading import assert_none

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-desk")]

SAVED = re.compile("已保存")


@pytest.fixture
def config(tmp_path: Path, ring: Any) -> Config:
    return desk_seat.config_of(tmp_path, ring)


@pytest.fixture
def address(app: Any, session: Any, forms: None, county: factories.County, clock: Any) -> Iterator[str]:
    server_keys.make_server_keys(session, clock())
    session.commit()
    with served(app) as address:
        yield address


class Clerk(Seat):
    """Somebody who writes at the desk."""

    def __init__(self, opened: Any, address: str, login: str = "caseworker", width: int = 1280, scheme: str = "light"):
        super().__init__(opened, address, login, width, scheme)

    def begin(self, case_id: Any, form: str) -> Page:
        self.open(f"/cases/{case_id}")
        self.page.locator(f'button[name="form"][value="{form}"]').click()
        expect(self.page.locator(".record h1")).to_be_visible()
        return self.page


def head_of(county: factories.County, form: str) -> tuple[Record, dict[str, Any]]:
    with reading() as session:
        record = session.scalars(select(Record).where(Record.form == form)).one()
        return record, body_of(session, session.get_one(Revision, (county.district, record.head_revision_id)))


def tab_to(page: Page, path: str) -> None:
    """Tab until the focus stands in a question, as somebody does who never takes the mouse."""
    inside = "(path) => document.activeElement.closest('[data-path]')?.dataset.path === path"
    for _ in range(150):
        page.keyboard.press("Tab")
        if page.evaluate(inside, path):
            return
    raise AssertionError(f"Tab never came to {path}")


@pytest.mark.looks_at("desk_records.page")
def test_a_lead_is_typed_on_one_page_by_keyboard_alone(browser, app, address, county):
    with Clerk(browser, address) as she:
        page = she.open("/records")
        page.get_by_role("button", name="登记新线索").focus()
        page.keyboard.press("Enter")
        expect(page.locator(".record h1")).to_be_visible()
        expect(page.locator(".rec-foot .primary")).to_have_count(1)  # no page to turn: only hand in
        # Nothing typed yet: what is missing is named
        page.keyboard.press("Control+Enter")
        expect(page.locator(".handin-said")).to_contain_text("从哪里来的")
        tab_to(page, "lead.channel")
        wrong = she.look("lead-empty")

        # A list is searched by typing
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.keyboard.type("12338")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.locator('[data-path="lead.channel"]')).to_contain_text("12338")
        tab_to(page, "lead.danger_now")
        if not page.evaluate("() => document.activeElement.matches('input')"):
            page.keyboard.press("Tab")
        page.keyboard.press("Space")
        page.keyboard.press("ArrowRight")
        tab_to(page, "lead.summary")
        page.keyboard.type("邻居说她家断了收入。")
        wrong += she.look("lead")
        page.keyboard.press("Control+Enter")

        # A file with a code name is there, and nothing else was asked
        expect(page.locator("#case-file h1")).to_have_text(re.compile(r"^[A-Z0-9]{2}-\d{4}$"))
        record, body = head_of(county, "F1")
        lead = body["answers"]["lead"]
        assert (lead["channel"], lead["danger_now"]) == ("hotline_12338", "no")
        assert lead["summary"] == "邻居说她家断了收入。" and lead["no"].startswith("F1-20261121-")
        assert (record.state, record.visit_id) == ("submitted", None)
        assert_none([*wrong, *she.refused])


def test_a_place_is_picked_by_its_letters_or_typed_where_no_server_answers(browser, app, address, county):
    with Clerk(browser, address) as she:
        page = she.open("/records")
        page.get_by_role("button", name="登记新线索").click()
        place = page.locator('[data-path="lead.residence_region"] button.picker')
        panel = page.locator(".rec-panel")
        expect(place).to_be_visible()
        she.context.set_offline(True)
        place.click()
        expect(panel).to_contain_text("地名表没有取到")
        page.locator(".rec-bar button").first.click()
        she.context.set_offline(False)
        place.click()
        panel.locator("input").fill("lsc")
        expect(panel.locator("button.picker-row")).to_have_count(1)
        panel.locator("button.picker-row").click()
        expect(place).to_contain_text("柳树村")
        expect(page.locator("#saved")).to_have_text(SAVED)
        refused = [one for one in she.refused if "ERR_INTERNET_DISCONNECTED" not in one]
        assert refused == []


def test_what_is_typed_is_saved_and_the_page_says_when(browser, app, address, county):
    with Clerk(browser, address) as she:
        page = she.begin(county.case_id, "F7")
        page.locator('[data-path="ms.title"] textarea').fill("助学金每学期一次")
        expect(page.locator("#saved")).to_have_text(SAVED)
        page.reload()
        expect(page.locator('[data-path="ms.title"] textarea')).to_have_value("助学金每学期一次")
        assert_none(she.look("measure") + she.refused)


def test_without_a_line_what_was_typed_stays_and_is_saved_when_it_is_back(browser, app, address, county):
    with Clerk(browser, address) as she:
        page = she.begin(county.case_id, "F7")
        she.context.set_offline(True)
        page.locator('[data-path="ms.title"] textarea').fill("助学金")
        expect(page.locator("#saved")).to_contain_text("没有网络")
        # Leaving asks first
        page.on("dialog", lambda dialog: dialog.dismiss())
        with page.expect_event("dialog") as asked:
            page.get_by_role("link", name="返回").click()
        assert asked.value.type == "beforeunload"
        she.context.set_offline(False)
        expect(page.locator("#saved")).to_have_text(SAVED)
        page.reload()
        expect(page.locator('[data-path="ms.title"] textarea')).to_have_value("助学金")


def test_leaving_while_what_was_typed_is_on_its_way_asks_first(browser, app, address, county):
    with Clerk(browser, address) as she:
        page = she.begin(county.case_id, "F7")
        held = []
        page.route("**/*", lambda route: route.fallback() if route.request.method == "GET" else held.append(route))
        with page.expect_request(lambda request: request.method != "GET"):
            page.locator('[data-path="ms.title"] textarea').fill("助学金")
        page.once("dialog", lambda dialog: dialog.dismiss())
        with page.expect_event("dialog") as asked:
            page.get_by_role("link", name="返回").click()
        assert asked.value.type == "beforeunload"
        held[0].continue_()
        expect(page.locator("#saved")).to_have_text(SAVED)


def test_a_second_window_is_told_and_both_drafts_are_kept(browser, app, address, county):
    with Clerk(browser, address) as she:
        first = she.begin(county.case_id, "F7")
        second = she.context.new_page()
        second.goto(first.url)
        first.locator('[data-path="ms.title"] textarea').fill("第一个窗口")
        expect(first.locator("#saved")).to_have_text(SAVED)
        second.locator('[data-path="ms.title"] textarea').fill("第二个窗口")
        expect(second.locator("#told")).to_contain_text("另一个窗口")
        expect(second.locator("#saved")).to_have_text(SAVED)
        she.open("/records")
        expect(first.locator("#desk-drafts tbody tr")).to_have_count(2)
        assert_none(she.look("drafts"))


def pick(page: Page, path: str, words: str) -> None:
    page.locator(f'[data-path="{path}"] button').first.click()
    page.locator(".picker-row", has_text=words).first.click()


def fill_in_measure(page: Page) -> None:
    pick(page, "ms.type", "助学")
    page.locator('[data-path="ms.title"] textarea').fill("助学金每学期一次")
    page.locator('[data-path="ms.providers"] button', has_text="请选择").click()
    page.locator(".picker-row", has_text="教育").click()
    page.locator(".rec-panel .primary").click()
    pick(page, "ms.kind", "服务")


TYPE_AND_HAND_IN = """(words) => {
  const box = document.querySelector('[data-path="ms.title"] textarea');
  box.value = words;
  box.dispatchEvent(new Event("input", { bubbles: true }));
  document.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", ctrlKey: true }));
}"""


def fill_in_lead(page: Page, words: str) -> None:
    pick(page, "lead.channel", "12338")
    page.locator('[data-path="lead.danger_now"] label').last.click()
    page.locator('[data-path="lead.summary"] textarea').fill(words)
    expect(page.locator("#saved")).to_have_text(SAVED)


def begin_lead(she: Clerk) -> Page:
    she.open("/records").get_by_role("button", name="登记新线索").click()
    expect(she.page.locator(".record h1")).to_be_visible()
    return she.page


def test_nothing_is_handed_in_over_a_warning_nobody_has_read(browser, app, address, county):
    with Clerk(browser, address) as she:
        first = she.begin(county.case_id, "F7")
        fill_in_measure(first)
        expect(first.locator("#saved")).to_have_text(SAVED)
        second = she.context.new_page()
        second.goto(first.url)
        expect(second.locator('[data-path="ms.title"] textarea')).to_have_value("助学金每学期一次")
        with first.expect_response("**/save") as saved:
            first.locator('[data-path="ms.title"] textarea').fill("第一个窗口")
        assert saved.value.status == 200
        # The last word and the hand-in at once: its save finds the other window's
        second.evaluate(TYPE_AND_HAND_IN, "第二个窗口")
        expect(second.locator(".handin-said")).to_contain_text("另一个窗口")
        expect(second.locator("#told")).to_contain_text("另一个窗口")
        with reading() as session:
            assert session.scalars(select(Record).where(Record.form == "F7")).all() == []
        # Read, and pressed again: it is handed in
        second.keyboard.press("Control+Enter")
        expect(second.locator("#case-file")).to_contain_text("待审核")
        assert head_of(county, "F7")[1]["answers"]["ms"]["title"] == "第二个窗口"


def test_opening_a_draft_in_a_second_window_writes_nothing(browser, app, address, county):
    with Clerk(browser, address) as she:
        first = begin_lead(she)
        fill_in_lead(first, "邻居说她家断了收入。")
        second = she.context.new_page()
        sent: list[str] = []
        second.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
        second.goto(first.url)
        expect(second.locator('[data-path="lead.summary"] textarea')).to_have_value("邻居说她家断了收入。")
        second.goto(she.page.url)  # whoever leaves a page sends what is still waiting
        expect(second.locator('[data-path="lead.summary"] textarea')).to_be_visible()
        first.locator('[data-path="lead.summary"] textarea').fill("邻居说她家断了收入，没有人帮。")
        expect(first.locator("#saved")).to_have_text(SAVED)
        expect(first.locator("#told")).to_be_empty()
        assert sent == []


def test_handing_in_again_after_a_lost_answer_goes_where_the_record_went(browser, app, address, county):
    with Clerk(browser, address) as she:
        page = begin_lead(she)
        fill_in_lead(page, "邻居说她家断了收入。")

        def lose(route: Any) -> None:
            route.fetch()  # the server has it; its answer is lost
            route.abort()

        page.route("**/hand-in", lose, times=1)
        page.keyboard.press("Control+Enter")
        expect(page.locator(".handin-said")).to_contain_text("没有网络")
        assert head_of(county, "F1")[0].state == "submitted"
        page.keyboard.press("Control+Enter")
        expect(page.locator("#case-file h1")).to_have_text(re.compile(r"^[A-Z0-9]{2}-\d{4}$"))
        assert head_of(county, "F1")[0].state == "submitted"


def test_a_save_whose_answer_was_lost_is_tried_again_and_makes_no_second_draft(browser, app, address, county):
    with Clerk(browser, address) as she:
        page = she.begin(county.case_id, "F7")

        def lose(route: Any) -> None:
            route.fetch()
            route.abort()

        page.route("**/save", lose, times=1)
        page.locator('[data-path="ms.title"] textarea').fill("助学金")
        expect(page.locator("#saved")).to_contain_text("没有网络")
        page.locator('[data-path="ms.title"] textarea').fill("助学金每学期一次")
        expect(page.locator("#saved")).to_have_text(SAVED)
        expect(page.locator("#told")).to_be_empty()
        she.open("/records")
        expect(page.locator("#desk-drafts tbody tr")).to_have_count(1)


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_a_letter_is_made_from_the_approved_visit(browser, app, address, county, session, clock, width, scheme):
    answers = reports.investigation(county.subject_id)
    for judged in ("hardship", "causal"):
        answers["concl"].pop(judged, None)  # what the visit found would stand in the letter, in words
    told = reports.body(answers, clock())
    factories.record(session, clock(), county, answers=told, state="approved")
    session.commit()
    with Clerk(browser, address, "supervisor", width, scheme) as she:
        page = she.begin(county.case_id, "F4")
        wrong = she.look("letter")
        expect(page.get_by_role("button", name=re.compile("刘梅"))).to_be_visible()
        page.keyboard.press("Control+Enter")
        # Each of the four that is missing is refused by its name; what the visit told is there
        said = page.locator(".troubles")
        expect(said.first).to_be_visible()
        page.evaluate("() => scrollTo(0, document.body.scrollHeight)")  # else the bar of the foot lies over a line
        wrong += she.look("letter-refused")
        everything = page.locator("#form").inner_text()
        assert "缺第二项" in everything and "缺第三项" in everything
        assert "缺第一项" not in everything
        assert_none([*wrong, *she.refused])


@pytest.mark.looks_at("desk_records.own_record")
def test_a_measure_is_filled_in_and_handed_in(browser, app, address, county):
    with Clerk(browser, address) as she:
        page = she.begin(county.case_id, "F7")
        fill_in_measure(page)
        page.keyboard.press("Control+Enter")
        expect(page.locator("#case-file")).to_contain_text("待审核")
        record, body = head_of(county, "F7")
        assert record.state == "submitted" and body["recorded"]["app"] == "desk"
        assert body["answers"]["ms"]["no"].endswith("-F7-1")
        # What she handed in she reads again
        she.open("/records")
        page.locator('a[href^="/records/own/"]').click()
        expect(page.locator(".record h1")).to_be_visible()
        assert_none(she.look_in_both("own") + she.refused)


def test_a_form_of_the_desk_is_signed_with_the_mouse_and_never_handed_over(
    browser, app, address, county, session, clock
):
    told = reports.body(reports.investigation(county.subject_id), clock())
    factories.record(session, clock(), county, answers=told, state="door_submitted")
    session.commit()
    with Clerk(browser, address, "supervisor") as she:
        page = she.begin(county.case_id, "F4")
        expect(page.locator('[data-path="tl.variant"] input:checked')).to_have_value("follows")
        page.get_by_role("button", name="目录").click()
        page.get_by_role("button", name=re.compile("^签发")).click()
        page.locator('[data-path="sent.approved_by"] button', has_text="签名").click()
        pad = page.locator(".pad-canvas")
        box = pad.bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + 30, box["y"] + 30)
        page.mouse.down()
        page.mouse.move(box["x"] + 130, box["y"] + 60, steps=5)
        page.mouse.up()
        wrong = she.look("letter-signing")
        page.locator(".signing .primary").click()
        expect(page.locator('[data-path="sent.approved_by"] svg.signed')).to_be_visible()
        expect(page.locator(".handing-over")).to_have_count(0)
        assert_none([*wrong, *she.refused])
