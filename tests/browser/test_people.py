"""Two people on one phone: each her own list, language and type; the lock screen names nobody. And what she is told."""

from datetime import timedelta
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from fieldapp.actions import help_come
from fieldapp.db import writing
from fieldapp.models import feed
from fieldapp.models.accounts import Account, acting_for
from fieldapp.models.cases import Assignment, Case
from fieldapp.models.credentials import TwoPersonKind, TwoPersonRequest
from tests.browser.phone_stage import Phone
from tests.browser.test_accessibility import judge

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("people")]


def lock(page: Page) -> None:
    page.locator("#tab-settings").click()
    page.locator("#lock-now").click()
    expect(page.locator("#screen-unlock")).to_be_visible()


def test_two_people_share_a_phone_and_neither_shows_in_the_others(phone: Phone, page: Page) -> None:
    # Given a caseworker who reads English and chose a star
    phone.enrol("li")
    page.locator("#tab-settings").click()
    page.locator("#own-sign [data-value=star]").click()
    page.locator("#set-language [data-value=en]").click()
    expect(page.locator("#own-sign")).to_contain_text("Star")
    lock(page)
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator(".people")).to_have_count(0)
    hers = phone.digits
    # When a village cadre sets up her own on the same phone
    page.locator("#enrol-open").click()
    phone.begin_enrolment(phone.server.device_code("zhao"), "zhao")
    phone.choose_digits()
    page.get_by_role("button", name="1", exact=True).wait_for()
    for _ in range(2):
        phone.press("280417")
    expect(page.locator("#screen-worklist")).to_be_visible()
    # Then it speaks and shows as she needs it, and a sign and a number stand on the lock screen
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(page.locator("html")).to_have_attribute("data-size", "elder")
    expect(page.locator("#own-sign")).to_have_count(0)
    lock(page)
    expect(page.locator("html")).to_have_attribute("data-size", "elder")
    expect(page.locator(".people button")).to_have_count(2)
    judge(page, 60)
    shown = page.locator("body").inner_text()
    assert "五角星" in shown and "li" not in shown and "李" not in shown and "赵" not in shown
    # And the star is the first one's again, with her language and her type
    page.locator(".people [data-sign=star]").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("html")).to_have_attribute("data-size", "normal")
    expect(page.locator(".people [data-sign=star]")).to_have_attribute("aria-pressed", "true")
    theirs, phone.digits = phone.digits, hers
    phone.press(theirs)
    expect(page.get_by_role("alert")).to_be_visible()
    phone.unlock()


def told(phone: Phone, login: str) -> str:
    """As two administrators did it at the desk; and the help of a family came, whose code name is returned."""
    with phone.server.app.app_context(), writing() as session:
        now = phone.server.now()
        admin = session.scalars(select(Account).where(Account.login == "admin")).one()
        her = session.scalars(select(Account).where(Account.login == login)).one()
        acting = acting_for(session, admin.district, admin.person_id)
        assert acting is not None
        session.add(
            TwoPersonRequest(
                district=her.district,
                request_id=her.person_id,
                kind=TwoPersonKind.DEVICE,
                subject_id=her.person_id,
                about="{}",
                asked_by=admin.person_id,
                asked_at=now,
                confirmed_at=now,
                carried_out_at=now,
                expires_at=now,
            )
        )
        carried = select(Assignment).where(Assignment.person_id == her.person_id).order_by(Assignment.case_id).limit(1)
        place = session.scalars(carried).one()
        case = session.get_one(Case, (her.district, place.case_id))
        help_come.note(session, case, uuid4(), now + timedelta(seconds=1))  # whose measure it is plays no part
        feed.tell(session, her.district, her.person_id, "me")
        feed.number(session)
        return case.code_name


def test_what_was_done_upon_her_sign_in_and_that_help_came_is_told_until_she_has_tapped_it_away(
    phone: Phone, page: Page
) -> None:
    code_name = told(phone, "li")
    phone.enrol("li")
    expect(page.locator("#help-come")).to_contain_text(f"您走访的 {code_name} 家，帮扶已到位。")
    expect(page.locator("#notices")).to_contain_text("有人为您办了新的设备码")
    expect(page.locator("#notices")).to_contain_text("服务器管理人员")
    judge(page)
    # Covered in between it comes again, understood it does not
    page.reload()
    phone.unlock()
    page.locator("#notices-understood").click()
    expect(page.locator("#notices")).to_have_count(0)
    page.locator("#help-understood").click()
    expect(page.locator("#help-come")).to_have_count(0)
    # On the page of that family it goes on standing
    page.locator("#screen-worklist .entry", has_text=code_name).first.click()
    page.locator("#conflict [data-value=no]").click()
    expect(page.locator("#help-here")).to_contain_text("这家的帮扶已到位。")
    judge(page)
    page.reload()
    phone.unlock()
    expect(page.locator("#list-today .entry").first).to_be_visible()
    expect(page.locator("#notices")).to_have_count(0)
    expect(page.locator("#help-come")).to_have_count(0)
