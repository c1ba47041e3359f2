"""Which node must be computed before which. A node's vertex holds its relevance and its value; a circle is refused."""

from fieldapp.forms.plan import Expr, Node
from fieldapp.forms.resolve import reads

LOOKS = ("constraint", "required", "readonly")


class Circle(ValueError):
    def __init__(self, nodes: list[int]):
        self.nodes = nodes
        super().__init__(str(nodes))


def feeds(nodes: list[Node]) -> dict[int, list[int]]:
    """For each node those whose relevance or value must be computed again when it changes: its readers and its
    children."""
    found: dict[int, set[int]] = {}
    for node in nodes[1:]:
        for source in {node["parent"]} | reads(node.get("relevant")) | reads(node.get("calculate")):
            found.setdefault(source, set()).add(node["n"])
    return {source: sorted(found[source]) for source in sorted(found) if source}


def shows(nodes: list[Node], outputs: dict[int, list[Expr]]) -> dict[int, list[int]]:
    """For each node those whose checks, choices or texts read it."""
    found: dict[int, set[int]] = {}
    for node in nodes:
        choices = node.get("choices") or {}
        looked = set().union(
            *(reads(node.get(key)) for key in LOOKS),
            reads(choices.get("filter")),
            *map(reads, outputs.get(node["n"], [])),
        )
        looked |= {choices[key] for key in ("repeat", "label") if key in choices}
        for source in looked - {node["n"]}:
            found.setdefault(source, set()).add(node["n"])
    return {source: sorted(found[source]) for source in sorted(found)}


def order(nodes: list[Node]) -> list[int]:
    """All nodes but the form, each after what it waits for, otherwise in form order. Raises Circle with the nodes of
    one circle."""
    waits = [
        set()
        if not n["n"]
        else {n["parent"]} | reads(n.get("relevant")) | reads(n.get("calculate")) | reads(n.get("default"))
        for n in nodes
    ]
    done: dict[int, bool] = {}
    found: list[int] = []

    def visit(number: int, trail: list[int]) -> None:
        if done.get(number):
            return
        if number in done:
            raise Circle(trail[trail.index(number) :])
        done[number] = False
        for source in sorted(waits[number]):
            visit(source, [*trail, number])
        done[number] = True
        found.append(number)

    for node in nodes:
        visit(node["n"], [])
    return [number for number in found if number]
