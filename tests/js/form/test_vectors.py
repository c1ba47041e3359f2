"""The frozen vectors of both function sets, each on the phone's engine and on the server's."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from fieldapp.forms import values
from fieldapp.forms.dates import DateText
from fieldapp.forms.evaluate import open_instance
from fieldapp.forms.plan import Plan
from fieldapp.forms.publish import compile_xlsform
from tests.js.form.same import on_the_phone
from tests.unit.forms import vectors

FOLDER = Path(__file__).parents[2] / "vectors" / "forms"
FILES = ["expressions.json", *sorted(path.name for path in FOLDER.glob("set2_*.json"))]
LEAST = 300


@cache
def _read(name: str) -> tuple[dict[str, Any], Plan, list[Any]]:
    """The file, the plan of its form, and the expression of each of its vectors."""
    data = json.loads((FOLDER / name).read_text("utf-8"))
    plan = compile_xlsform("\n".join(data["form"]), "md")
    return data, plan, [vectors.expression(plan, one["at"], one["xpath"]) for one in data["vectors"]]


def _wrong(data: dict[str, Any], found: list[Any]) -> list[Any]:
    wanted = [[one["kind"], one["value"]] for one in data["vectors"]]
    pairs = zip(data["vectors"], found, wanted, strict=True)
    return [(one["at"], one["xpath"], got, want) for one, got, want in pairs if list(got) != want]


@pytest.mark.browser
@pytest.mark.xdist_group("js")
@pytest.mark.parametrize("name", FILES)
def test_the_phone_gives_the_value_the_rules_say(js_page: Any, name: str) -> None:
    data, plan, expressions = _read(name)
    asked = [[one["at"], expression] for one, expression in zip(data["vectors"], expressions, strict=True)]
    recorded = {"now": data["now"], "zone": data["zone"], "random": []}
    found = on_the_phone(js_page, "evaluateAll", plan.json, data["answers"], recorded, asked)
    assert not _wrong(data, found)


@pytest.mark.parametrize("name", FILES)
def test_the_server_gives_the_value_the_rules_say(name: str) -> None:
    data, plan, expressions = _read(name)
    recorded = {"now": data["now"], "zone": data["zone"], "random": []}
    instance = open_instance(plan, data["answers"], now_ms=data["now"], zone=data["zone"], recorded=recorded)
    found = []
    for one, expression in zip(data["vectors"], expressions, strict=True):
        number, row = instance.record.data(one["at"]) if one["at"] else (0, instance.root)
        value = instance.expressions.evaluate(expression, instance.expressions.context(number, row))
        found.append([_kind(values.single(value)), values.text(value)])
    assert not _wrong(data, found)


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "truth"
    return "date" if isinstance(value, DateText) else "text" if isinstance(value, str) else "number"


def test_there_are_vectors_for_what_javascript_does_otherwise() -> None:
    own = [name for name in FILES if name.startswith("set2_js")]
    assert sum(len(json.loads((FOLDER / name).read_text("utf-8"))["vectors"]) for name in own) >= LEAST
