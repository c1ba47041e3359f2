"""On the real thing: what a visit calls for, and a sweep in six taps."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import EnrolledPhone
from tests.browser.live import Cadre, Caseworker, Supervisor
from tests.browser.phone_stage import Server

pytestmark = [pytest.mark.browser, pytest.mark.one_process, pytest.mark.xdist_group("called")]
HOUSEHOLD_FORM, NEUTRAL, TALK, CHILD = "入户调查表", "补充问题", "单独聊聊", "孩子的情况"
AT_THE_DOOR = {
    "visit.alone": "yes",
    "members[2].birth_ym": "201605",
    "members[3].birth_ym": "2019",
    "dv.screen": "yes",
    "child.screen": "yes",
}


def test_a_visit_offers_what_its_answers_call_for(server: Server, phone_of: EnrolledPhone) -> None:
    # Given a visit to a family of eight, where no server answers
    li = phone_of("li", Caseworker)
    page = li.page
    code_name = li.entry_text("按计划走访")
    server.stop()
    li.open_case(code_name)
    li.no_conflict()
    li.start_visit()
    assert page.locator("[data-called]").count() == 0

    # When she says that two are children, and that she is hurt
    li.open_form(HOUSEHOLD_FORM)
    li.fill_to_the_contents(AT_THE_DOOR)
    li.back()

    # Then the case offers more, under one neutral word that tells nothing before it is opened
    more = page.locator("[data-called]")
    expect(more.locator("summary")).to_have_text(NEUTRAL)
    assert not more.locator(".entry").first.is_visible()
    shown = page.locator("#screen-case").inner_text()
    assert TALK not in shown and CHILD not in shown
    li.picture("called-closed")
    li.tap(more.locator("summary"))
    expect(more.locator("button.entry")).to_have_count(3)
    li.picture("called-open")
    assert TALK not in page.locator("#screen-case").inner_text()

    # And a sheet of her own child: whose it is stands in it, and nothing of it before they are alone
    li.tap(more.locator("button.entry").nth(1))
    page.locator(".record").wait_for()
    expect(page.locator(".bar-title")).to_contain_text(NEUTRAL)
    assert CHILD not in page.locator("body").inner_text()
    li.picture("called-sheet")
    li.answer("visit.alone", "no")
    li.next_page()
    assert li.question("child.name").count() == 0
    li.back()
    li.first_section("在现场")
    li.answer("visit.alone", "yes")
    li.next_page()
    li.reveal()
    expect(li.question("child.birth_ym").locator("input").first).to_have_value("2016")
    li.picture("called-child")
    li.back()
    li.back()

    # The second child's is another record; in the evening each has its name
    li.tap(more.locator("summary"))
    expect(more.locator("button.entry").nth(1)).to_contain_text("继续填写")
    expect(more.locator("button.entry").nth(2)).to_contain_text("还没填")
    li.end_visit()
    expect(page.locator("#screen-case").get_by_text(TALK)).to_be_visible()
    expect(page.locator("#screen-case").get_by_text(CHILD).first).to_be_visible()
    li.picture("called-evening")

    # At the next family's it has none again wherever it is listed, and opens as in a home
    li.home()
    other = page.locator("#screen-worklist .entry").filter(has_not_text=code_name).first
    li.tap(other)
    li.no_conflict()
    li.start_visit()
    li.home()
    li.tab("drafts")
    expect(page.locator("#draft-list")).to_contain_text(NEUTRAL)
    assert CHILD not in page.locator("body").inner_text()
    li.tap(page.locator("#draft-list .entry", has_text=NEUTRAL).first)
    page.locator(".record").wait_for()
    expect(page.locator(".bar-title")).to_contain_text(NEUTRAL)
    assert CHILD not in page.locator("body").inner_text()
    li.back()
    li.first_section("在现场")
    li.answer("visit.alone", "no")
    li.next_page()
    expect(page.locator(".gate").first).to_contain_text("以后单独问")


def test_a_sweep_is_six_taps_and_no_letter(server: Server, phone_of: EnrolledPhone, chen: Supervisor) -> None:
    # Given a household of the round on the cadre's list, planned at the desk
    zhao = phone_of("zhao", Cadre)
    code_name = zhao.entry_text("30 天看望")
    chen.plan_visit(code_name, "sweep", "赵大田", "planned_visit")
    zhao.send()
    zhao.home()
    server.stop()
    zhao.picture("sweep-list")

    # When he opens it and answers
    before = zhao.effort.copy()
    zhao.tap(zhao.page.locator("#list-today .entry", has_text="按计划走访").first)
    zhao.page.locator(".record").wait_for()
    zhao.picture("sweep")
    for path, code in {"hs.outcome": "seen", "hs.colour": "yellow", "hs.worry": "no", "hs.next": "month"}.items():
        zhao.answer(path, code)
    zhao.submit()

    # Then it cost six taps, and no name was asked for or shown
    cost = zhao.effort.since(before)
    assert (cost.taps, cost.characters) == (6, 0)
    expect(zhao.page.locator("#list-today .entry", has_text="按计划走访")).to_have_count(0)
    server.start()
    zhao.send()
