"""The rows and answers of one record, and the paths that name them."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from fieldapp.forms import checks
from fieldapp.forms.plan import DATA_KINDS, Plan


class PathUnknown(KeyError):
    """The path leads to no question or row of this record."""


class Row:
    """One row of a repeat, or the form itself (`node` 0). `values` holds answers by node, `rows` the rows of the
    repeats inside, `asked` how many of those a counted repeat wants."""

    __slots__ = ("asked", "chain", "fresh", "id", "node", "relevant", "rows", "values")

    def __init__(self, node: int, row_id: str, parent: "Row | None", fresh: bool):
        self.id, self.node, self.fresh = row_id, node, fresh
        self.chain: list[Row] = [*(parent.chain if parent else []), self]
        self.values: dict[int, Any] = {}
        self.relevant: dict[int, bool] = {}
        self.rows: dict[int, list[Row]] = {}
        self.asked: dict[int, int] = {}

    def rows_in(self, repeat: int) -> "list[Row]":
        """The rows of a repeat; of a counted one, those within the count."""
        rows = self.rows.get(repeat, [])
        return rows[: self.asked[repeat]] if repeat in self.asked else rows

    @property
    def is_in(self) -> bool:
        """Whether this row is within the count of its repeat."""
        if len(self.chain) < 2 or self.node not in self.chain[-2].asked:
            return True
        return self in self.chain[-2].rows_in(self.node)


Ref = tuple[int, Row]
Places = set[Ref]


class Record:
    def __init__(self, plan: Plan, fresh: bool):
        self.plan = plan
        self.root = Row(0, "", None, fresh)
        self.segments = _segments(plan)

    def load(self, group: int, answers: dict[str, Any], row: Row) -> None:
        for number in self.plan.children[group]:
            node = self.plan.nodes[number]
            value = answers.get(node["name"])
            if value is None:
                continue
            if node["kind"] == "group":
                self.load(number, value, row)
            elif node["kind"] == "repeat":
                row.rows[number] = [Row(number, inner["_id"], row, fresh=False) for inner in value]
                for given, inner in zip(value, row.rows[number], strict=True):
                    self.load(number, given, inner)
            elif node["kind"] in DATA_KINDS:
                row.values[number] = None if checks.is_blank(value) else value

    def dump(self, group: int, row: Row, everything: bool) -> dict[str, Any]:
        """The answers of a group, row or the form; without `everything` only what is relevant."""
        found: dict[str, Any] = {"_id": row.id} if group == row.node and row.id else {}
        for number in self.plan.children[group]:
            node = self.plan.nodes[number]
            if not everything and not self.is_relevant(number, row):
                continue
            value: Any = None
            if node["kind"] == "group":
                value = self.dump(number, row, everything) or None
            elif node["kind"] == "repeat":
                rows = row.rows.get(number, []) if everything else row.rows_in(number)
                value = [self.dump(number, inner, everything) for inner in rows] or None
            elif node["kind"] in DATA_KINDS:
                value = deepcopy(row.values.get(number))
            if value is not None:
                found[node["name"]] = value
        return found

    def is_relevant(self, number: int, row: Row) -> bool:
        return row.relevant.get(number, True)

    def places(self, group: int, row: Row) -> Iterator[Ref]:
        """Every data node with its row, below a group or repeat, in form order."""
        if self.plan.nodes[group]["kind"] == "repeat" and row.node != group:
            for inner in row.rows.get(group, []):
                yield from self.places(group, inner)
            return
        for number in self.plan.children[group]:
            if self.plan.nodes[number]["kind"] in DATA_KINDS:
                yield number, row
            elif self.plan.nodes[number]["kind"] in ("group", "repeat"):
                yield from self.places(number, row)

    def home_rows(self, number: int) -> list[Row]:
        """All rows in which a node lives, in form order."""
        rows = [self.root]
        for repeat in self.repeats(number):
            rows = [inner for row in rows for inner in row.rows.get(repeat, [])]
        return rows

    def repeats(self, number: int) -> list[int]:
        """The repeats around a node, outermost first, itself not included."""
        found: list[int] = []
        home = self.plan.homes[number]
        while home:
            found.insert(0, home)
            home = self.plan.homes[home]
        return found

    def below(self, group: int) -> list[int]:
        return [n for child in self.plan.children[group] for n in (child, *self.below(child))]

    # paths

    def path(self, number: int, row: Row) -> str:
        """The path of a node in a row; of a repeat, the repeat itself."""
        return f"{self.row_path(row)}{'.' if row.node else ''}{self.segments[number]}" if number else ""

    def row_path(self, row: Row) -> str:
        return ".".join(f"{self.segments[inner.node]}[{inner.id}]" for inner in row.chain[1:])

    def find(self, path: str) -> tuple[int, Row, Row | None]:
        """Node, the row it lives in, and for a path of a row that row. Raises PathUnknown."""
        number, row = 0, self.root
        inner: Row | None = self.root
        for step in path.split(".") if path else []:
            if self.plan.nodes[number]["kind"] == "repeat" and inner is None:
                raise PathUnknown(path)
            row = inner or row
            name, _, row_id = step.partition("[")
            found = next((n for n in self.plan.children[number] if self.plan.nodes[n]["name"] == name), None)
            if found is None:
                raise PathUnknown(path)
            number, inner = found, None
            if row_id:
                inner = next((r for r in row.rows.get(number, []) if r.id == row_id[:-1]), None)
                if inner is None:
                    raise PathUnknown(path)
        return number, row, inner

    def data(self, path: str) -> Ref:
        number, row, _ = self.find(path)
        if self.plan.nodes[number]["kind"] not in DATA_KINDS:
            raise PathUnknown(path)
        return number, row

    def repeat(self, path: str) -> Ref:
        number, row, inner = self.find(path)
        if self.plan.nodes[number]["kind"] != "repeat" or inner is not None:
            raise PathUnknown(path)
        return number, row

    def row(self, path: str) -> tuple[int, Row, int]:
        number, row, inner = self.find(path)
        if self.plan.nodes[number]["kind"] != "repeat" or inner is None:
            raise PathUnknown(path)
        return number, row, row.rows[number].index(inner)


def _segments(plan: Plan) -> list[str]:
    """The part of each node's path below its row: `visit.at`."""
    segments = [""]
    for node in plan.nodes[1:]:
        inside = plan.nodes[node["parent"]]["kind"] == "group"
        segments.append(f"{segments[node['parent']]}.{node['name']}" if inside else node["name"])
    return segments
