"""A walk past pages of the README that no journey of the work comes by, for its pictures (scripts/screenshots.py).

The pages themselves are tested beside their rules: these run only when pictures are taken, and in the soak.
"""

import re

import pytest
from playwright.sync_api import Playwright, expect

from fieldapp import demo
from fieldapp.db import writing
from fieldapp.demo import between_counties, help_given, papers_and_requests, visits_made, work_around
from tests.browser import phone_stage
from tests.browser.conftest import EnrolledPhone
from tests.browser.live import Administrator, Caseworker, LiveServer, Phone, Supervisor, pictures_folder
from tests.web.test_forms_desk import wells

pytestmark = [pytest.mark.browser, pytest.mark.soak]
PIN_IN = "604193"


def test_a_pin_a_second_factor_a_form_phones_policy_and_a_record_of_the_desk(
    playwright: Playwright, server: LiveServer, phone_of: EnrolledPhone, supervisor: Supervisor
) -> None:
    opened_by_a_pin(phone_of("li", Caseworker))
    sign_in_slowly(supervisor, "chen")
    take_down_a_lead(supervisor)
    go_through_the_cases(supervisor)
    desk = Administrator(playwright, server, pictures_folder())
    desk.sign_in("admin")
    look_after_the_county(desk)
    desk.close()
    assert not desk.troubles, desk.troubles


@pytest.mark.one_process
def test_a_roster_a_round_and_a_visit_between_counties(server: phone_stage.Server, supervisor: Supervisor) -> None:
    show_the_whole_county(server)
    supervisor.sign_in("chen")
    page = supervisor.page
    for name, heading in (("duty", "值班"), ("rounds", "摸排走访"), ("entrusted", "委托走访")):
        page.goto(f"{server.desk_address}/{name}")
        expect(page.locator("main h1")).to_contain_text(heading)
        if name == "rounds":
            supervisor.tap(page.get_by_role("link", name=visits_made.ROUND))
            expect(page.locator("#households-title")).to_be_visible()
        supervisor.picture(f"desk-{name}")


def show_the_whole_county(server: phone_stage.Server) -> None:
    """Something on every page, as `make run` loads it."""
    with server.app.app_context(), writing() as session:
        now = server.now()
        for part in (help_given, papers_and_requests, work_around):
            part.load(session, now)
        between_counties.load(session, visits_made.load(session, now).case_id, now)


def opened_by_a_pin(phone: Phone) -> None:
    page = phone.page
    phone.tab("settings")
    phone.tap(page.locator("#ways-open"))
    phone.tap(page.locator("#pin-add"))
    page.locator("#ask-pin").wait_for()
    phone.press(phone.digits)
    page.locator("#ask-pin").wait_for(state="detached")
    phone.press(PIN_IN)
    expect(page.get_by_text("再输入一次同样的 PIN")).to_be_visible()
    phone.press(PIN_IN)
    expect(page.locator("#pin-remove")).to_be_visible()
    phone.lock()
    phone.tap(page.locator("#by-pin"))
    phone.press(PIN_IN[:2])
    page.evaluate("() => scrollTo(0, 0)")
    phone.picture("pin")
    phone.press(PIN_IN[2:])
    page.locator("#screen-worklist").wait_for()


def sign_in_slowly(desk: Supervisor, login: str) -> None:
    page = desk.page
    page.goto(f"{desk.server.desk_address}/sign-in")
    desk.write(page.locator("#login"), login)
    desk.write(page.locator("#password"), demo.PASSWORD)
    desk.tap(page.locator("form button.primary"))
    expect(page.locator("#second-factor")).to_be_visible()
    desk.picture("desk-second-factor")
    desk.write(page.locator("#code"), page.locator("#demo-code").inner_text())
    desk.tap(page.locator("main form button.primary"))
    page.locator("header.desk-head nav").wait_for()


def take_down_a_lead(desk: Supervisor) -> None:
    page = desk.page
    page.goto(f"{desk.server.desk_address}/records")
    desk.tap(page.get_by_role("button", name="登记新线索"))
    expect(page.locator(".record h1")).to_be_visible()
    desk.write(page.locator('[data-path="lead.summary"] textarea'), "邻居说她家断了收入。")
    expect(page.locator("#saved")).to_have_text(re.compile("已保存"))
    desk.picture("desk-record")


def go_through_the_cases(desk: Supervisor) -> None:
    page = desk.page
    for name in ("leads", "calendar", "statistics"):
        page.goto(f"{desk.server.desk_address}/{name}")
        page.locator("main h1").wait_for()
        desk.picture(f"desk-{name}")
    page.goto(f"{desk.server.desk_address}/cases")
    desk.tap(page.locator("table.list th a").first)
    page.locator("#state-title, main h1").first.wait_for()
    desk.picture("desk-file")


def look_after_the_county(desk: Administrator) -> None:
    page = desk.page
    page.goto(f"{desk.server.desk_address}/forms")
    page.locator("#files").set_input_files({"name": "wells.md", "mimeType": "text/plain", "buffer": wells()})
    desk.tap(page.get_by_role("button", name="上传并检查"))
    expect(page.locator("#form-upload")).to_be_visible()
    desk.picture("desk-publish")
    page.goto(f"{desk.server.desk_address}/admin/phones")
    expect(page.locator("table.list tbody tr").first).to_be_visible()
    desk.picture("desk-phones")
    page.goto(f"{desk.server.desk_address}/admin/policy")
    expect(page.locator("main form").first).to_be_visible()
    desk.picture("desk-policy")
