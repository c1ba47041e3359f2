"""No page of the desk is looked at by nobody: each is whole at both widths and in both languages, and axe judges it.

A test that takes a page to where there is more on it says so (`@pytest.mark.looks_at`, held to by conftest.py); axe
looks here only at the others. So a new page is looked at from its first day, and one that nobody can open here fails.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, ViewportSize

from fieldapp.config import Config
from tests import factories
from tests.browser import desk_seat
from tests.browser.desk_room import served
from tests.browser.desk_seat import Seat, wrong_with
from tests.house_reading import assert_none
from tests.phones import prepare_server
from tests.web.every_route import built, pages_of_the_desk
from tests.web.test_rights_matrix import Place

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-desk")]
WIDE, PHONE = ViewportSize(width=1280, height=900), ViewportSize(width=360, height=740)
# Files, and what only leads on to another page, of which nothing stands in the county below.
NO_PAGES = {
    "forms.media_file", "imports.blank", "imports.refused", "letters.scan", "outside.back", "outside.start",
}  # fmt: skip


@pytest.fixture
def config(tmp_path: Path, ring: Any) -> Config:
    return desk_seat.config_of(tmp_path, ring)


@pytest.fixture
def place(app: Flask, county: factories.County, session: Any, clock: Any, forms: None) -> Place:
    """A county with something for every address."""
    prepare_server(session, clock())
    made = Place(county, clock)
    made.people |= {"c": "caseworker", "s": "supervisor", "m": "administrator"}
    return made


def said_to_be_looked_at() -> set[str]:
    """The endpoints that tests of `make test` name in their mark."""
    files = Path(__file__).parent.glob("test_*.py")
    functions = (node for file in files for node in ast.walk(ast.parse(file.read_text("utf-8"))))
    return {endpoint for node in functions if isinstance(node, ast.FunctionDef) for endpoint in _marked(node)}


def _marked(function: ast.FunctionDef) -> Iterator[str]:
    marks = {ast.unparse(mark).partition("(")[0].removeprefix("pytest.mark."): mark for mark in function.decorator_list}
    mark = marks.get("looks_at")
    if isinstance(mark, ast.Call) and "soak" not in marks:
        yield from (ast.literal_eval(argument) for argument in mark.args)


def found_by(app: Flask, place: Place, at_desk: Any) -> tuple[dict[str, dict[str, str]], set[str]]:
    """Of each login the addresses by endpoint of the pages that she is the first to see; and what is no page."""
    pages: dict[str, dict[str, str]] = {}
    known: set[str] = set(NO_PAGES)
    others: set[str] = set(NO_PAGES)
    for letter in "smcaldp":
        desk = at_desk(place.people[letter])
        for endpoint, rule in pages_of_the_desk(app):
            if endpoint in known:
                continue
            answer = desk.get(built(rule, place.ids))
            if answer.status_code != 200:
                continue
            known.add(endpoint)
            if answer.mimetype == "text/html" and "<html" in desk.page:
                pages.setdefault(desk.login, {})[endpoint] = built(rule, place.ids)
            else:
                others.add(endpoint)
    return pages, others


def test_every_page_is_whole_at_both_widths_and_in_both_languages_and_judged_by_axe(
    browser: Browser, app: Flask, place: Place, at_desk: Any
) -> None:
    pages, others = found_by(app, place, at_desk)
    elsewhere = said_to_be_looked_at()
    opened = {endpoint for hers in pages.values() for endpoint in hers}
    every = {endpoint for endpoint, _rule in pages_of_the_desk(app)}
    wrong = [f"{endpoint}: nobody looks at it" for endpoint in sorted(every - others - opened - elsewhere)]
    wrong += [f"{endpoint}: is no page of the desk" for endpoint in sorted(elsewhere - every)]
    with served(app) as address:
        for login, hers in pages.items():
            for language in ("zh", "en"):
                with Seat(browser, address, login, language=language) as seat:
                    for endpoint, path in hers.items():
                        seat.page.set_viewport_size(WIDE)
                        seat.open(path)
                        rules = () if language == "en" or endpoint in elsewhere else desk_seat.RULES
                        wrong += seat.look(f"{endpoint} {language}", rules)
                        seat.page.set_viewport_size(PHONE)
                        wrong += wrong_with(seat.page, f"{endpoint} {language} narrow", ())
                    wrong += seat.refused
    assert_none(wrong)
