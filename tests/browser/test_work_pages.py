"""Pages of those who arrange the work, with something on each; and the menu above every page of the desk."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session

from fieldapp.actions import (
    cases,
    crews,
    deputies,
    duty,
    entrusted,
    entrusting,
    funds,
    green,
    imports,
    officers,
    other_side,
    plans,
    shelters,
    women,
)
from fieldapp.casework.import_rows import Kind
from fieldapp.config import Config
from fieldapp.models import bodies, server_keys
from fieldapp.models.accounts import Person, Role, Sex
from fieldapp.models.cases import Case
from tests import factories, plans_of_help, reports, two_counties
from tests.browser import desk_seat
from tests.browser.desk_room import served
from tests.browser.desk_seat import Seat, narrow_and_dark
from tests.house_reading import assert_none
from tests.web.test_imports import VILLAGE, family, table

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-desk")]
FOLDED_PX_MAX = 96  # of a narrow screen, above every page while the menu is folded
HIM = {"who": "刘梅的丈夫", "place": "东关派出所调解室", "what": "法治教育，第一次"}  # invented


@pytest.fixture
def config(tmp_path: Path, ring: Any) -> Config:
    return desk_seat.config_of(tmp_path, ring)


@dataclass(frozen=True)
class Pages:
    """Where the desk answers, and of each login the addresses by name. `rest`: simpler ones, looked at in the soak."""

    address: str
    found: dict[str, dict[str, str]]
    rest: dict[str, dict[str, str]]


@pytest.fixture
def pages(app: Any, session: Session, county: factories.County, clock: Any) -> Iterator[Pages]:
    """On every page stands something."""
    now = clock()
    plans.publish_library(session, now)
    server_keys.make_server_keys(session, now)
    about_the_county(session, county, now)
    hers, shelter = about_families(session, county, now)
    list_id = between_counties(session, county, now)
    session.commit()
    file = f"/cases/{county.case_id}"
    found = {
        "supervisor": {
            "duty": "/duty", "crews": "/crews", "limits": "/limits", "entrusted": "/entrusted", "family": file,
            "family-of-a-child": f"/cases/{hers}", "list": f"/lists/{list_id}",
        },
        "administrator": {"organisations": "/admin/organisations", "counties": "/counties"},
        "caseworker": {"shelter": f"{file}/shelter/{shelter}"},
        "apart": {"other-side": "/other-side"},
    }  # fmt: skip
    rest = {
        "supervisor": {
            "deputies": "/deputies", "funds": f"{file}/funds", "letters-entrusted": f"/letters/of/{county.case_id}",
            "lists": "/lists",
        },
        "administrator": {"duty-planned": "/duty", "regions": "/admin/regions", "policy": "/admin/policy"},
    }  # fmt: skip
    with served(app) as address:
        yield Pages(address, found, rest)


def about_the_county(session: Session, county: factories.County, now: Any) -> None:
    """A shift, a team, two experts of whom one has run out, a deputy, a department with its liaison."""
    supervisor, administrator = county.acting(session, "supervisor"), county.acting(session, "administrator")
    shift = {"person_id": county.supervisor_id, "deputy_id": county.caseworker_id, "organisation_id": None}
    duty.plan(session, administrator, **shift, starts_at=now, ends_at=now + timedelta(hours=10), days=2, now=now)
    crew = crews.add_crew(session, supervisor, kind="lookout", name="东乡瞭望哨", now=now)
    crews.add_member(session, supervisor, crew.crew_id, "王大妈", now)
    for name, days in (("郑律", 200), ("冯律", -2)):
        told = {"kind": "lawyer", "organisation": "示范律师事务所", "contract_until": now.date() + timedelta(days=days)}
        crews.add_expert(session, supervisor, name=name, **told, now=now)
    other = factories.person(session, now, Role.SUPERVISOR, county.district, name="林原")
    days = {"first_day": now.date(), "last_day": now.date() + timedelta(days=9)}
    deputies.name_deputy(session, supervisor, county.supervisor_id, other, **days, now=now)
    plans_of_help.liaison(session, now, county, commits=False)


def about_families(session: Session, county: factories.County, now: Any) -> tuple[Any, Any]:
    """A family on the green channel that asks for women and has a man at work, with money, a shelter and a meeting with
    him; a child with its officer. (file of the child, measure of the shelter)"""
    supervisor = county.acting(session, "supervisor")
    key = (county.district, county.case_id)
    case = session.get_one(Case, key)
    case.sealed_contact = bodies.seal_for_case(session, *key, "case_file", "sealed_contact", key, b'{"safe":"any"}')
    told = reports.body(reports.investigation(county.subject_id), now)
    factories.record(session, now, county, answers=told, state="approved")
    shelter = plans_of_help.measure(session, now, county, kind="shelter", status="in_progress", commits=False)
    shelters.keep_place(
        session, county.acting(session, "caseworker"), county.case_id, shelter, "安心家园二楼（虚构）", now
    )
    education = plans_of_help.measure(
        session, now, county, kind="offender_education", status="in_progress", commits=False
    )
    apart = factories.person(session, now, Role.CASEWORKER, county.district, name="何远", login="apart")
    there = {"worker_id": apart, "on": now.date() + timedelta(days=9), "region_code": county.other_village[:9]}
    other_side.plan(session, supervisor, county.case_id, education, **there, **HIM, now=now)
    man = factories.person(session, now, Role.CASEWORKER, county.district, name="周强")
    session.get_one(Person, (county.district, man)).sex = Sex.MAN
    factories.assign(session, now, county.case_id, man)
    women.ask(session, supervisor, county.case_id, "她说想和女同志谈", now)
    green.give(session, supervisor, county.case_id, county.caseworker_id, "急需手术", now)
    for entry, yuan, purpose in (("received", "3000", ""), ("used", "620.50", "学费")):
        line = {"entry": entry, "on": "2026-11-20", "yuan": yuan, "purpose": purpose, "keeper": "县福利院"}
        assert funds.write(session, supervisor, county.case_id, **line, now=now) is None
    girl = cases.NewPerson("刘小满", "female", "2016-04", "self")
    where = {"village_code": county.village, "contact": None, "programme": None}
    hers = cases.open_case(session, supervisor, people=[girl], **where, now=now)
    child, until = hers.subject_id, now.date() + timedelta(days=90)
    assert child is not None
    session.get_one(Person, (county.district, county.cadre_id)).sex = Sex.WOMAN
    named = {"children": [child], "ends_on": until, "is_related": False}
    officers.name(session, supervisor, hers.case_id, county.cadre_id, **named, now=now)
    return hers.case_id, shelter


def between_counties(session: Session, county: factories.County, now: Any) -> Any:
    """A county that is believed, a visit asked of it and one of us; a list with a good family and a bad row. (list)"""
    supervisor = county.acting(session, "supervisor")
    partner = two_counties.believed(session, county, now)
    entrusting.entrust(session, supervisor, county.case_id, partner.partner_id, two_counties.TYPED, now)
    entrusted.take_request(session, supervisor, partner, two_counties.request(factories.new_id(), now), now)
    listed = table(*family("1", VILLAGE, "演示甲", "演示乙", birth="1990-05"), *family("2", "没有的村", "演示丙"))
    return imports.keep(session, supervisor, Kind.CASES, listed, now).import_id


@pytest.mark.looks_at(
    "duty.page", "crews.page", "clock_settings.page", "entrusted.page", "imports.one", "organisations.page",
    "counties.page", "other_side.shelter", "other_side.page",
)  # fmt: skip
def test_pages_of_those_who_arrange_the_work_are_readable_and_reachable(browser: Browser, pages: Pages) -> None:
    assert_none(wrong_on(browser, pages.address, pages.found))


@pytest.mark.soak
def test_soak_the_same_pages_in_english_and_simpler_ones_are_readable_and_reachable(
    browser: Browser, pages: Pages
) -> None:
    assert_none(wrong_on(browser, pages.address, pages.found, "en") + wrong_on(browser, pages.address, pages.rest))


def wrong_on(browser: Browser, address: str, found: dict[str, dict[str, str]], language: str = "zh") -> list[str]:
    wrong: list[str] = []
    for login, paths in found.items():
        with Seat(browser, address, login, language=language) as seat:
            if login == "supervisor":
                folds_to_a_thumbs_reach(seat.page, 6)
                with narrow_and_dark(seat.page):
                    folds_to_a_thumbs_reach(seat.page, 3)
            for name, path in paths.items():
                seat.open(path)
                expect(seat.page.locator("main h1").first).to_be_visible()
                wrong += seat.look_in_both(name)
            wrong += seat.refused
    return wrong


def folds_to_a_thumbs_reach(page: Page, quick: int) -> None:
    """By the keyboard alone: what is used most in one press, the rest in two; what is open says where it is."""
    page.goto(urljoin(page.url, "/queue"))
    head, menu = page.locator("header.desk-head"), page.locator(".menu")
    page.wait_for_load_state()  # it stands in the document before its sheets are read
    box = head.bounding_box()
    assert box is not None and box["height"] <= FOLDED_PX_MAX
    expect(page.locator(".quick a:visible")).to_have_count(quick)
    menu.locator("summary").focus()
    page.keyboard.press("Enter")
    statistics = page.locator('nav a[href="/statistics"]')
    expect(statistics).to_be_visible()
    every = page.locator(".menu a").count()
    expect(page.locator(".desk-head nav a:visible")).to_have_count(every)  # each of them once
    statistics.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#statistics")).to_be_visible()
    expect(menu).not_to_have_attribute("open", "")
    menu.locator("summary").click()
    expect(page.locator('.here a[aria-current="page"]')).to_have_attribute("href", "/statistics")
