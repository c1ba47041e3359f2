"""Records as a working day makes them: answers to F2 in Chinese, each in its right shape, four in the household."""

import json
import random
from collections.abc import Callable
from typing import Any

from fieldapp.forms import library

WORDS = "她家里住房老旧需要修缮母亲慢性病每月买药孩子上学路远村里帮忙"
TEXT_CHARACTERS = 24
ROWS = 4  # people of a household

Answers = dict[str, Any]


def of_bytes(chance: random.Random, size: int) -> Answers:
    """Until its UTF-8 JSON has about so many bytes."""
    return _answers(chance, lambda made: len(json.dumps(made, ensure_ascii=False).encode()) >= size)


def of_count(chance: random.Random, count: int) -> Answers:
    """Until there are so many answers."""
    return _answers(chance, lambda made: _count(made) >= count)


def _answers(chance: random.Random, is_enough: Callable[[Answers], bool]) -> Answers:
    plan = library.plans()["F2"]
    made: Answers = {}
    for node in plan.nodes[1:]:
        if is_enough(made):
            break
        _fill(plan, node, made, chance)
    return made


def _count(value: Any) -> int:
    if isinstance(value, dict):
        return sum(map(_count, value.values()))
    return sum(map(_count, value)) if isinstance(value, list) else 1


def _fill(plan: Any, node: Any, made: Answers, chance: random.Random) -> None:
    where: Any = made
    for name, kind in _way(plan, node):
        where = where.setdefault(name, {} if kind == "group" else [{"_id": f"row-{i}"} for i in range(ROWS)])
        if kind == "repeat":
            return _fill_rows(node, where, chance)
    value = _value(node, chance)
    if value is not None:
        where[node["name"]] = value
    return None


def _fill_rows(node: Any, rows: list[Answers], chance: random.Random) -> None:
    for row in rows:
        value = _value(node, chance)
        if value is not None:
            row[node["name"]] = value


def _way(plan: Any, node: Any) -> list[tuple[str, str]]:
    way: list[tuple[str, str]] = []
    parent = node["parent"]
    while parent:
        way.append((plan.nodes[parent]["name"], plan.nodes[parent]["kind"]))
        parent = plan.nodes[parent]["parent"]
    return way[::-1]


def _value(node: Any, chance: random.Random) -> Any:
    kinds: dict[str, Callable[[], Any]] = {
        "text": lambda: "".join(chance.choices(WORDS, k=TEXT_CHARACTERS)),
        "integer": lambda: chance.randrange(100),
        "decimal": lambda: f"{chance.randrange(9_000)}.50",
        "date": lambda: f"20{chance.randrange(10, 26)}-03-0{chance.randrange(1, 9)}",
        # An author who says she is bound to the family would lose it with her first report.
        "select_one": lambda: "no" if node["name"] == "conflict" else "yes",
        "select_multiple": lambda: ["yes", "no"],
    }
    if node["kind"] not in ("question", "hidden") or node.get("check"):
        return None
    make = kinds.get(node.get("type") or "")
    return None if make is None else make()
