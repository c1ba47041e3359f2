"""Which node must be computed before which. A node's vertex holds its relevance and its value; a circle is refused."""

from typing import Any

from fieldapp.forms.limits import Budget
from fieldapp.forms.plan import Expr, Node
from fieldapp.forms.reading import reads

LOOKS = ("constraint", "required", "readonly")


class Circle(ValueError):
    def __init__(self, nodes: list[int]):
        self.nodes = nodes
        super().__init__(str(nodes))


def looked_at(expr: Any, nodes: list[Node]) -> set[int]:
    """The nodes an expression reads; of a choice's name also the rows that are the choices, and what they are called
    by."""
    found = reads(expr)
    waiting = [expr]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list) and part and part[0] not in ("s", "re"):
            waiting += part
            if part[:2] == ["f", "jr:choice-name"]:
                choices = nodes[part[3][1]].get("choices") or {}
                found |= {choices[key] for key in ("repeat", "label") if key in choices}
    return found


def feeds(nodes: list[Node]) -> dict[int, list[int]]:
    """For each node those whose relevance or value must be computed again when it changes: its readers and its
    children."""
    found: dict[int, set[int]] = {}
    for node in nodes[1:]:
        read = set().union(*(looked_at(node.get(key), nodes) for key in ("relevant", "calculate", "count")))
        for source in {node["parent"]} | read:
            found.setdefault(source, set()).add(node["n"])
    return {source: sorted(found[source]) for source in sorted(found) if source}


def shows(nodes: list[Node], outputs: dict[int, list[Expr]]) -> dict[int, list[int]]:
    """For each node those whose checks, choices or texts read it."""
    found: dict[int, set[int]] = {}
    for node in nodes:
        choices = node.get("choices") or {}
        looked = set().union(
            *(looked_at(node.get(key), nodes) for key in LOOKS),
            looked_at(choices.get("filter"), nodes),
            looked_at(choices.get("random"), nodes),
            *(looked_at(output, nodes) for output in outputs.get(node["n"], [])),
        )
        looked |= {choices[key] for key in ("repeat", "label") if key in choices}
        for source in looked - {node["n"]}:
            found.setdefault(source, set()).add(node["n"])
    return {source: sorted(found[source]) for source in sorted(found)}


def order(nodes: list[Node], budget: Budget) -> list[int]:
    """All nodes but the form, each after what it waits for, otherwise in form order. Raises Circle with the nodes of
    one circle."""
    waits = [
        []
        if not n["n"]
        else sorted(
            {n["parent"]}.union(
                *(looked_at(n.get(key), nodes) for key in ("relevant", "calculate", "default", "count"))
            )
        )
        for n in nodes
    ]
    done: set[int] = set()
    found: list[int] = []
    for node in nodes:
        # Depth first, on a list of our own: a chain of calculations may be as long as the form.
        trail: list[int] = []
        on_trail: set[int] = set()
        stack = [iter([node["n"]])]
        while stack:
            budget.spend()
            number = next(stack[-1], None)
            if number is None:
                stack.pop()
                if trail:
                    done.add(trail[-1])
                    on_trail.remove(trail[-1])
                    found.append(trail.pop())
            elif number in on_trail:
                raise Circle(trail[trail.index(number) :])
            elif number not in done:
                trail.append(number)
                on_trail.add(number)
                stack.append(iter(waits[number]))
    return [number for number in found if number]
