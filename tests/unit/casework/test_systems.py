"""Each of the 86 systems has the places its row names and a test that shows it working, or stands on the open list."""

import re
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from fieldapp.casework.limits import LIMITS
from fieldapp.casework.screening import screen
from fieldapp.casework.screening.flags import FLAGS
from fieldapp.forms.library import plans
from fieldapp.web.act_words import ACTS
from tests import system_rows as systems
from tests.unit.casework.published import filing

CHILD = {"person_id": "child", "relation": "son", "birth_ym": "2020"}
ROOT = Path(systems.__file__).parent.parent
NUMBERS = list(range(1, 87))


@cache
def paths(form):
    plan = plans()[form]
    found = {}
    for node in plan.nodes:
        above = found.get(node.get("parent"), "") if node["n"] else ""
        found[node["n"]] = f"{above}.{node['name']}" if node["n"] else form
    return {path: plan.nodes[number] for number, path in found.items()}


@cache
def codes_of_screening():
    screening = screen([filing("F2", {"members": [{"person_id": "her", "relation": "self"}, CHILD]})], date(2022, 7, 1))
    results = (*screening.categories, *screening.questions, *screening.gates, *screening.children)
    return {f"result {one.code}" for one in results} | {f"flag {code}" for code in FLAGS}


def is_answered(form_path):
    path, _, code = form_path.partition("=")
    if path.split(".")[0] not in plans():
        return False
    node = paths(path.split(".")[0]).get(path)
    if node is None or not code:
        return node is not None
    source = (ROOT / f"fieldapp/forms/library/{path.split('.')[0]}.md").read_text("utf-8")
    return re.search(rf"^\| \| {node['choices']['list']} \| {code} \|", source, re.MULTILINE) is not None


@pytest.fixture
def exists(app):
    pages = {
        f"page {method} {re.sub('<[^>]+>', '…', rule.rule)}"
        for rule in app.url_map.iter_rules()
        for method in rule.methods
    }
    known = pages | codes_of_screening() | {f"act {code}" for code in ACTS} | {f"limit {code}" for code in LIMITS}
    screens = {f"phone {file.stem}" for file in (ROOT / "static/js/ui").rglob("*.js")}
    screens |= {f"phone {file.stem}" for file in (ROOT / "static/js/more").rglob("*.js")}

    def look(place):
        return place in known or place in screens or (" " not in place and is_answered(place))

    return look


def test_every_place_of_every_row_is_there(exists):
    missing = {one.row: gone for one in systems.ROWS if (gone := [place for place in one.places if not exists(place)])}
    assert missing == {}


@pytest.mark.parametrize(
    "place",
    [
        "F1.lead.nothing", "F1.lead.channel=nothing", "F99", "result Z9", "flag nothing", "page GET /nothing",
        "act nothing", "limit nothing", "phone nothing", "leads",
    ],
)  # fmt: skip
def test_a_place_that_is_not_there_is_noticed(exists, place):
    assert not exists(place)


def test_the_rows_are_the_86_of_the_sources_in_their_order():
    assert [one.row for one in systems.ROWS] == NUMBERS


def test_every_row_has_a_test_that_shows_it_working_or_stands_on_the_open_list():
    shown = {test.row for test in systems.TESTS}
    assert set(NUMBERS) - shown == systems.OPEN, "a row with a test is open no more, and no row is added to OPEN"
    assert shown <= set(NUMBERS)


def test_every_row_names_a_place():
    assert [one.row for one in systems.ROWS if not one.places] == []


def test_the_tests_of_a_row_are_found_by_their_names():
    source = (
        "def test_row_07_a_call():\n    pass\n\ndef helper_row_08():\n    pass\n\ndef test_row_12_b(app):\n    pass\n"
    )
    assert [(test.row, test.name) for test in systems.tests_in("x.py", source)] == [
        (7, "test_row_07_a_call"),
        (12, "test_row_12_b"),
    ]


def test_the_page_of_the_systems_is_current():
    page = ROOT / "docs/systems.md"
    assert page.read_text("utf-8") == systems.page(), "run python scripts/systems.py"
