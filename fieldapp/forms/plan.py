"""A compiled form. The format of `Plan.json` is section 3 of docs/forms.md.

PlanRefused (ValueError)    not a plan of ours, damaged, or over a limit
PlanTooNew (PlanRefused)    needs functions this engine does not have: update, do not guess
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from fieldapp.forms import lists
from fieldapp.forms.limits import NODES_MAX, ROWS_MAX, TEXT_MAX
from fieldapp.forms.lists import ChoiceList

__all__ = ["DATA_KINDS", "FORMAT", "FUNCTIONS", "ROWS_MAX", "TEXT_MAX", "Expr", "Node", "Plan", "load_plan"]

FORMAT = 1
FUNCTIONS = 2  # raised with every new function or changed rule; an engine refuses a higher number
DATA_KINDS = ("question", "calculate", "hidden")

Expr = list[Any]
Node = dict[str, Any]


class PlanRefused(ValueError):
    """Not a plan of ours, or a damaged one."""


class PlanTooNew(PlanRefused):
    """The plan needs functions that this engine does not know."""


@dataclass(frozen=True)
class Plan:
    json: dict[str, Any]
    warnings: tuple[str, ...] = field(default=(), compare=False)
    # By hash: bytes to be stored and served beside the plan; a loaded plan may hold parsed lists, or None.
    files: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @property
    def hash(self) -> str:
        return str(self.json["hash"])

    @property
    def form_id(self) -> str:
        return str(self.json["form_id"])

    @property
    def version(self) -> int:
        return int(self.json["version"])

    @property
    def nodes(self) -> list[Node]:
        nodes: list[Node] = self.json["nodes"]
        return nodes

    @property
    def languages(self) -> list[str]:
        languages: list[str] = self.json["languages"]
        return languages

    @cached_property
    def text(self) -> str:
        return canonical(self.json)

    @cached_property
    def lists(self) -> dict[str, ChoiceList]:
        """Every list of choices, read at first use; one whose file is not here is empty and `missing`."""
        texts, found = self.json["texts"], self.json["lists"]
        return {
            name: lists.from_file(items, self.languages, self.files.get(items["file"]))
            if isinstance(items, dict)
            else lists.inline(items, texts)
            for name, items in found.items()
        }

    @cached_property
    def children(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {node["n"]: [] for node in self.nodes}
        for node in self.nodes[1:]:
            found[node["parent"]].append(node["n"])
        return found

    @cached_property
    def levels(self) -> list[int]:
        """Repeats around each node, itself included."""
        levels: list[int] = []
        for node in self.nodes:
            above = levels[node["parent"]] if node["n"] else 0
            levels.append(above + (node["kind"] == "repeat"))
        return levels

    @cached_property
    def homes(self) -> list[int]:
        """The repeat (or the form, 0) in whose rows each node's value lives; for a repeat, the one around it."""
        homes: list[int] = []
        for node in self.nodes:
            parent = node.get("parent")
            homes.append(
                0 if parent is None else parent if self.nodes[parent]["kind"] in ("repeat", "form") else homes[parent]
            )
        return homes


def canonical(value: Any) -> str:
    """The one writing of a JSON value that is hashed: sorted keys, no blanks, UTF-8."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def hash_of(plan: dict[str, Any]) -> str:
    return hashlib.sha256(canonical({key: plan[key] for key in plan if key != "hash"}).encode()).hexdigest()


def load_plan(data: dict[str, Any], files: Mapping[str, Any] | None = None) -> Plan:
    """A stored plan, checked; `files` are its lists by hash (bytes, parsed or None). Raises PlanTooNew, PlanRefused."""
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise PlanRefused("not a plan of format 1")
    if not isinstance(data.get("functions"), int) or data["functions"] > FUNCTIONS:
        raise PlanTooNew(f"the plan needs function set {data.get('functions')}, this engine has {FUNCTIONS}")
    if hash_of(data) != data.get("hash"):
        raise PlanRefused("the hash of the plan does not match")
    if len(data["nodes"]) > NODES_MAX:
        raise PlanRefused("too many nodes")
    return Plan(data, files=files or {})
