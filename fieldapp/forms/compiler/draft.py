"""What the compiler knows so far: nodes, paths, lists, texts, and everything it has against the form."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fieldapp.forms.compiler.xmltree import Element
from fieldapp.forms.limits import Budget
from fieldapp.forms.notices import Notice, notice
from fieldapp.forms.plan import Expr, Node
from fieldapp.forms.reading import list_columns
from fieldapp.forms.refusals import Refusal, refusal
from fieldapp.forms.resolve import resolve
from fieldapp.forms.scope import Refused, Scope


@dataclass(frozen=True)
class Cell:
    """Where a question stands in the survey sheet, and what its cells say, by column."""

    row: int
    texts: Mapping[str, str] = field(default_factory=dict)


Rows = Mapping[str, Cell]  # by path of a node: /data/visit/at; choices as choices:LIST-0, counted within their list


@dataclass
class FileList:
    """A list whose rows are a file beside the plan."""

    columns: list[str]
    rows: list[list[str]]


@dataclass
class Draft:
    root: Element
    rows: Rows
    attachments: Mapping[str, bytes]
    budget: Budget
    model: Element
    body: Element
    languages: list[str]
    binds: dict[str, Element] = field(default_factory=dict)
    itext: dict[str, dict[str, Element]] = field(default_factory=dict)  # by language as written, then id
    nodes: list[Node] = field(default_factory=list)
    paths: dict[str, int] = field(default_factory=dict)
    children: dict[int, dict[str, int]] = field(default_factory=dict)
    levels: list[int] = field(default_factory=list)
    lists: dict[str, Any] = field(default_factory=dict)  # items, or a FileList
    csv: dict[str, Any] = field(default_factory=dict)  # tables of attachments by the id of their instance
    texts: dict[str, list[Any]] = field(default_factory=dict)
    outputs: dict[int, list[Expr]] = field(default_factory=dict)
    media: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    calls: dict[int, list[int]] = field(default_factory=dict)
    last_saved: set[int] = field(default_factory=set)
    version: str = ""
    choice_row: int | None = None  # of the choices sheet, while one of its choices is looked at
    refusals: list[Refusal] = field(default_factory=list)
    warnings: list[Notice] = field(default_factory=list)
    told: set[str] = field(default_factory=set)  # the same, to be said once

    def number_at(self, path: str | None) -> int:
        """The node of a path, the form itself where there is none."""
        return self.paths.get(path or "", 0)

    def row_of(self, number: int) -> int | None:
        row: int | None = self.nodes[number]["row"] if self.nodes else None
        return row

    def refuse(self, code: str, detail: Any, number: int = 0, column: str | None = None, sheet: str = "survey") -> None:
        self.refusals.append(refusal(code, detail, sheet, self._row(number, sheet), column))

    def warn(self, code: str, detail: str, number: int = 0, column: str | None = None, sheet: str = "survey") -> None:
        found = notice(code, detail, sheet, self._row(number, sheet), column)
        if found not in self.told:
            self.told.add(found)
            self.warnings.append(found)

    def _row(self, number: int, sheet: str) -> int | None:
        return self.choice_row if sheet == "choices" else self.row_of(number) if sheet == "survey" else None

    def scope(self, number: int) -> Scope:
        node = self.nodes[number]
        level = self.levels[number] - (node["kind"] == "repeat")
        columns = {name: _columns(found) for name, found in self.lists.items()}
        return Scope(
            self.nodes,
            self.children,
            self.levels,
            columns,
            number,
            level,
            calls=self.calls.setdefault(number, [0]),
            version=self.version,
            budget=self.budget,
        )

    def resolved(
        self, text: str, number: int, column: str, read: Callable[[str, Scope], Any] = resolve, at: int | None = None
    ) -> Any:
        """What `read` makes of an expression that stands at a node; None where it is refused. `at` is the node whose
        row a refusal names, where that is another."""
        scope = self.scope(number)
        scope.keeps = column in ("calculation", "default")
        place = number if at is None else at
        try:
            found = read(text, scope)
        except Refused as error:
            cell = self.rows.get(self._path(place))
            position = error.position
            if cell is not None and position is not None:
                position = _in_cell(cell.texts.get(column, ""), text, position)
            row = self.row_of(place)
            self.refusals.append(refusal(error.code, error.detail, "survey", row, column, position))
            return None
        for warning in scope.warnings:
            self.warn("bare_number_as_truth", warning, place, column)
        self.last_saved |= scope.last_saved
        return list_columns(found)

    def _path(self, number: int) -> str:
        steps: list[str] = []
        at: int | None = number
        while at is not None:
            steps.insert(0, self.nodes[at]["name"])
            at = self.nodes[at]["parent"]
        return "/" + "/".join(steps)


def _columns(found: Any) -> set[str]:
    own = found.columns if isinstance(found, FileList) else {column for item in found for column in item["columns"]}
    return {"value", "name", "label", *own}


def _in_cell(cell: str, expanded: str, position: int) -> int:
    """The character of the cell that became this character of the XForm's expression: pyxform puts paths for ${…}."""
    if not cell:
        return position
    at = cursor = 0
    while at < len(cell) and cursor < len(expanded):
        if cursor + 1 >= position and not expanded[cursor].isspace():
            return at + 1
        if cell.startswith("${", at):
            end = cell.find("}", at)
            if end < 0:
                return position
            after = cell[end + 1 :].lstrip()[:1]
            # The path put in for it ends at the next blank; what follows must be what follows in the cell.
            while cursor < len(expanded) and expanded[cursor].isspace():
                cursor += 1
            while cursor < len(expanded) and not expanded[cursor].isspace():
                cursor += 1
            if cursor + 1 > position:
                return at + 1
            at = end + 1
            if not after:
                return min(at, len(cell))
        elif cell[at].isspace():
            at += 1
        elif expanded[cursor].isspace():
            cursor += 1
        elif cell[at] == expanded[cursor]:
            at, cursor = at + 1, cursor + 1
        elif at == 0:
            cursor += 1  # a filter stands inside of instance(…)/root/item[…]
        else:
            return position
    return min(at + 1, len(cell) + 1)
