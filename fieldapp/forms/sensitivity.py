"""Who may see an answer follows from its class. What is made from an answer, or shown because of it, is at least of
its class."""

from copy import deepcopy
from typing import Any

from fieldapp.forms.plan import Expr, Node, Plan
from fieldapp.forms.resolve import reads

CLASSES = ("household", "money", "health", "child", "violence", "reporter")  # lowest first
RAISING = ("calculate", "default", "relevant")


def highest(classes: list[str]) -> str:
    return max(classes, key=CLASSES.index, default=CLASSES[0])


def raise_classes(nodes: list[Node], outputs: dict[int, list[Expr]]) -> list[str]:
    """Raises `sensitivity` of every node to that of what it reads, until nothing changes; returns one warning for
    each raise.

    A node inherits from its parent only what comes from the parent's relevance, which is why `relevant` of groups is
    looked at with the node.
    """
    declared = {node["n"]: node["sensitivity"] for node in nodes}
    inputs = {node["n"]: _inputs(nodes, node, outputs) for node in nodes}
    changed = True
    while changed:
        changed = False
        for node in nodes:
            now = highest(
                [
                    node["sensitivity"],
                    *(
                        nodes[n]["sensitivity"]
                        for n in inputs[node["n"]]
                        if nodes[n]["kind"] not in ("form", "group", "repeat")
                    ),
                ]
            )
            changed |= now != node["sensitivity"]
            node["sensitivity"] = now
    return [
        f"class_raised: {node['name']} {declared[node['n']]} -> {node['sensitivity']}"
        for node in nodes
        if node["kind"] == "question" and declared[node["n"]] != node["sensitivity"]
    ]


def _inputs(nodes: list[Node], node: Node, outputs: dict[int, list[Expr]]) -> set[int]:
    found = set().union(*(reads(node.get(key)) for key in RAISING))
    choices = node.get("choices") or {}
    found |= reads(choices.get("filter")) | ({choices["label"]} if "label" in choices else set())
    found = found.union(*(reads(output) for output in outputs.get(node["n"], [])))
    above = node.get("parent")
    while above is not None:
        found |= reads(nodes[above].get("relevant"))
        above = nodes[above].get("parent")
    return found - {node["n"]}


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
