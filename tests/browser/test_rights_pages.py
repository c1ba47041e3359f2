"""Requests about one's own data in the real browser: every page readable, from the window to the erasure."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from fieldapp.actions import cases, minors, plans, rights_requests
from fieldapp.actions.rights_requests import Asked
from fieldapp.config import Config
from fieldapp.models.accounts import Role, acting_for
from fieldapp.models.cases import Case
from fieldapp.models.rights_requests import RequestKind
from tests import factories, reports
from tests.browser import desk_seat
from tests.browser.desk_room import served
from tests.house_reading import assert_none

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-desk")]


@pytest.fixture
def config(tmp_path: Any, ring: Any) -> Config:
    return desk_seat.config_of(tmp_path, ring)


@pytest.fixture
def address(app: Any, session: Any, county: factories.County, clock: Any) -> Iterator[tuple[str, str, str]]:
    """Where the desk answers, the code name of the family, and the copy that waits for its supervisor."""
    now = clock()
    plans.publish_library(session, now)
    officer_id = factories.person(session, now, Role.DATA_PROTECTION, county.district, name="沈知", login="officer")
    factories.person(session, now, Role.AUDITOR, county.district, name="严谨", login="auditor")
    told = reports.body(reports.investigation(county.subject_id), now)
    factories.record(session, now, county, answers=told, state="approved")
    girl = cases.NewPerson(name="刘小满", sex="female", birth_ym="2015-04", relation="self")
    supervisor = county.acting(session, "supervisor")
    hers = cases.open_case(
        session, supervisor, village_code=county.village, people=[girl], contact=None, programme=None, now=now
    )
    minors.give_reason(session, supervisor, hers.case_id, "other", "上级抽查", now)
    officer = acting_for(session, county.district, officer_id, now)
    assert officer is not None
    made = []
    for kind in (RequestKind.COPY, RequestKind.CORRECTION):
        asked = Asked(kind, county.case_id, now.date(), who="本人", text="出生月份写错了", about_id=county.subject_id)
        made.append(rights_requests.take(session, officer, asked, now).request_id)
        rights_requests.show_identity(session, officer, made[-1], "known", now)
        rights_requests.grant(session, officer, made[-1], "请来窗口取", now)
    worker = county.acting(session, "caseworker")
    said = Asked(RequestKind.FEEDBACK, county.case_id, now.date(), text="来得及时，多谢", view="5")
    rights_requests.take(session, worker, said, now)
    code_name = session.get_one(Case, (county.district, county.case_id)).code_name
    session.commit()
    with served(app) as desk:
        yield desk, code_name, str(made[0])


@pytest.mark.looks_at(
    "rights.copy", "rights.feedback", "rights.minors", "rights.page", "rights.new_form", "rights.one",
    "rights.answer",
)  # fmt: skip
@desk_seat.in_both_looks
def test_a_family_is_erased_at_the_desk_and_every_page_on_the_way_is_readable(
    browser: Browser, address: tuple[str, str, str], width: int, scheme: str, language: str
) -> None:
    desk, code_name, copy = address
    wrong: list[str] = []
    with desk_seat.Seat(browser, desk, "supervisor", width, scheme, language) as seat:
        for path, name in ((f"/rights/{copy}/copy", "copy"), ("/rights/feedback", "feedback")):
            seat.open(path)
            wrong += seat.look(f"rights-{name}")
        wrong += seat.refused
    with desk_seat.Seat(browser, desk, "auditor", width, scheme, language) as seat:
        seat.open("/rights/minors")
        wrong += seat.look("rights-minors") + seat.refused
    # Given an officer at whose window a woman asks for everything to be erased
    with desk_seat.Seat(browser, desk, "officer", width, scheme, language) as seat:
        page = seat.page
        seat.open("/rights")
        wrong += seat.look("rights-list")
        page.locator("#rights-list main nav a").first.click()
        expect(page.locator("#rights-new")).to_be_visible()
        wrong += seat.look("rights-new")
        page.locator("input[name=kind][value=erasure]").check()
        page.locator("#code").fill(code_name)
        page.locator("#who").fill("何春梅")
        page.locator("form.card button.primary").click()
        # When it is shown who she is, granted, and carried out
        expect(page.locator("#rights-one")).to_be_visible()
        wrong += seat.look("rights-open")
        page.locator("input[name=identity][value=known]").check()
        page.locator("section[aria-labelledby=identity-title] button").click()
        page.locator("#grant-text").fill("已同意")
        page.locator("section[aria-labelledby=decide-title] details[open] button.primary").first.click()
        expect(page.locator("#erase-code")).to_be_visible()
        wrong += seat.look("rights-granted")
        page.locator("#erase-code").fill(code_name)
        page.locator("section[aria-labelledby=erase-title] button.danger").click()
        # Then who asked is shown this once, and the answer names nobody
        expect(page.locator("#rights-erased")).to_be_visible()
        expect(page.locator("#rights-erased")).to_contain_text("何春梅")
        expect(page.locator("article.letter")).not_to_contain_text("何春梅")
        wrong += seat.look("rights-erased")
        page.locator("#rights-erased main a.button").click()
        expect(page.locator("#rights-one")).to_be_visible()
        expect(page.locator("main")).not_to_contain_text("何春梅")
        seat.open("/rights?view=ended")
        wrong += seat.look("rights-ledger")
        page.locator("#rights-list tbody a").first.click()
        page.locator("section[aria-labelledby=answer-title] a.button").click()
        expect(page.locator("#rights-answer")).to_be_visible()
        wrong += seat.look("rights-answer") + seat.refused
    assert_none(wrong)
