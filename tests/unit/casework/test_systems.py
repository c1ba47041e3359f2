"""Each of the 86 systems has the places its row names; docs/systems.md is the page of these rows."""

import re
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from fieldapp.casework.screening import screen
from fieldapp.casework.screening.flags import FLAGS
from fieldapp.forms.library import plans
from tests import systems
from tests.unit.casework.published import filing

CHILD = {"person_id": "child", "relation": "son", "birth_ym": "2020"}
NAMED = [pytest.param(one, id=f"row_{one.row:02}") for one in systems.ROWS if one.places]


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


def exists(place):
    if place.startswith(("result ", "flag ")):
        return place in codes_of_screening()
    path, _, code = place.partition("=")
    node = paths(path.split(".")[0]).get(path)
    if node is None or not code:
        return node is not None
    source = (Path(systems.__file__).parent.parent / f"fieldapp/forms/library/{path.split('.')[0]}.md").read_text(
        "utf-8"
    )
    return re.search(rf"^\| \| {node['choices']['list']} \| {code} \|", source, re.MULTILINE) is not None


@pytest.mark.parametrize("system", NAMED)
def test_every_place_of_the_row_is_there(system):
    assert [place for place in system.places if not exists(place)] == []


@pytest.mark.parametrize("place", ["F1.lead.nothing", "F1.lead.channel=nothing", "result Z9", "flag nothing"])
def test_a_place_that_is_not_there_is_noticed(place):
    assert not exists(place)


def test_the_rows_are_the_86_of_the_sources_in_their_order():
    assert [one.row for one in systems.ROWS] == list(range(1, 87))


def test_the_page_of_the_systems_is_current():
    page = Path(systems.__file__).parent.parent / "docs/systems.md"
    assert page.read_text("utf-8") == systems.page(), "run python scripts/systems.py"
