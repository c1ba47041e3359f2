"""Reads the frozen vectors and compiles their expressions; used by the tests of both engines."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from fieldapp.forms.plan import Expr, Plan
from fieldapp.forms.publish import compile_xlsform
from fieldapp.forms.reading import list_columns
from fieldapp.forms.resolve import resolve
from fieldapp.forms.scope import Scope

FILE = Path(__file__).parents[2] / "vectors" / "forms" / "expressions.json"


@cache
def load() -> tuple[dict[str, Any], Plan]:
    data: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    return data, compile_xlsform("\n".join(data["form"]), "md")


def expression(plan: Plan, at: str, xpath: str) -> Expr:
    """The expression as the compiler gives it for the question `at` (a path with or without row ids)."""
    number = 0
    for step in at.split(".") if at else []:
        name = step.partition("[")[0]
        number = next(n for n in plan.children[number] if plan.nodes[n]["name"] == name)
    children = {n: {plan.nodes[c]["name"]: c for c in below} for n, below in plan.children.items()}
    columns = {
        name: {"value", "name", "label", *(c for item in items for c in item["columns"])}
        for name, items in plan.json["lists"].items()
    }
    level = plan.levels[number] - (plan.nodes[number]["kind"] == "repeat")
    found: Expr = list_columns(
        resolve(xpath, Scope(plan.nodes, children, plan.levels, columns, number, level, version=str(plan.version)))
    )
    return found
