"""Who may see an answer follows from its class. What is made from an answer, or shown because of it, is at least of
its class."""

from copy import deepcopy
from typing import Any

from fieldapp.forms.plan import Expr, Node, Plan
from fieldapp.forms.reading import reads

CLASSES = ("household", "money", "health", "child", "violence", "reporter")  # lowest first
RAISING = ("calculate", "default", "relevant", "count")
_TELLS_NOTHING = ("form", "group")  # of themselves; the rows of a repeat can be counted


def highest(classes: list[str]) -> str:
    return max(classes, key=CLASSES.index, default=CLASSES[0])


def raise_classes(nodes: list[Node], outputs: dict[int, list[Expr]]) -> list[tuple[int, str]]:
    """Raises `sensitivity` of every node to that of what it reads, until nothing changes; returns for each raised
    question its number and `name from -> to`.

    A node inherits from its parent only what comes from the parent's relevance or count, which is why those of
    groups are looked at with the node.
    """
    declared = {node["n"]: node["sensitivity"] for node in nodes}
    readers: dict[int, list[int]] = {}
    for number, inputs in _inputs(nodes, outputs).items():
        for source in inputs:
            readers.setdefault(source, []).append(number)
    waiting = [node["n"] for node in nodes if node["kind"] not in _TELLS_NOTHING]
    while waiting:
        source = nodes[waiting.pop()]
        for number in readers.get(source["n"], []):
            now = highest([nodes[number]["sensitivity"], source["sensitivity"]])
            if now != nodes[number]["sensitivity"]:
                nodes[number]["sensitivity"] = now
                if nodes[number]["kind"] not in _TELLS_NOTHING:
                    waiting.append(number)
    return [
        (node["n"], f"{node['name']} {declared[node['n']]} -> {node['sensitivity']}")
        for node in nodes
        if node["kind"] == "question" and declared[node["n"]] != node["sensitivity"]
    ]


def _inputs(nodes: list[Node], outputs: dict[int, list[Expr]]) -> dict[int, set[int]]:
    """What the answer of each node tells of, beside itself."""
    found: dict[int, set[int]] = {}
    above: list[set[int]] = []  # what decides whether the children of each node are asked
    rows: list[set[int]] = []  # the repeats each node stands in
    for node in nodes:
        rows.append(rows[node["parent"]] | _own_rows(nodes[node["parent"]]) if node["n"] else set())
        around = above[node["parent"]] if node["n"] else set()
        own = set().union(*(reads(node.get(key)) for key in RAISING))
        choices = node.get("choices") or {}
        own |= reads(choices.get("filter")) | reads(choices.get("random"))
        own |= {choices[key] for key in ("label", "repeat") if key in choices}
        own = own.union(*(reads(output) for output in outputs.get(node["n"], [])))
        found[node["n"]] = found.get(node["n"], set()) | own | around
        gates = reads(node.get("relevant")) | reads(node.get("count"))
        above.append(around | gates if gates else around)
        for target, expression in node.get("sets") or []:
            # Set because the other was answered: it tells of that, and of what its new value is made from.
            found[target] = found.get(target, set()) | reads(expression) | {node["n"]}
    for number, inputs in found.items():
        # Whoever looks into rows from outside tells how many there are: a sum, a joined text, a choice of one of them.
        inputs |= set[int]().union(*(rows[source] for source in inputs)) - rows[number]
    return {number: inputs - {number} for number, inputs in found.items()}


def _own_rows(node: Node) -> set[int]:
    return {node["n"]} if node["kind"] == "repeat" else set()


def cut(plan: Plan, answers: dict[str, Any], allowed: frozenset[str]) -> dict[str, Any]:
    """A copy of the answers with only those of allowed classes. What is cut leaves no trace: no empty group, no row
    count, no mark.

    A repeat of a class that is not allowed is cut whole, even where single questions in it would be allowed: the
    number of its rows tells.
    """
    kept = _cut(plan, 0, answers, allowed)
    same = {path: origin for path, origin in answers.get("_same", {}).items() if _reaches(kept, path)}
    return {**kept, "_same": same} if same else kept


def _cut(plan: Plan, group: int, values: dict[str, Any], allowed: frozenset[str]) -> dict[str, Any]:
    kept: dict[str, Any] = {"_id": values["_id"]} if "_id" in values else {}
    for number in plan.children[group]:
        node = plan.nodes[number]
        value = values.get(node["name"])
        if value is None:
            continue
        if node["kind"] == "group":
            inner = _cut(plan, number, value, allowed)
            if inner:
                kept[node["name"]] = inner
        elif node["sensitivity"] in allowed:
            kept[node["name"]] = (
                [_cut(plan, number, row, allowed) for row in value] if node["kind"] == "repeat" else deepcopy(value)
            )
    return kept


def _reaches(values: Any, path: str) -> bool:
    for step in path.split("."):
        name, _, row = step.partition("[")
        values = values.get(name) if isinstance(values, dict) else None
        if row:
            values = next((r for r in values or [] if r["_id"] == row.rstrip("]")), None)
    return values is not None
