"""Where an expression stands while its paths and functions get their meaning, and how it is refused."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from fieldapp.forms.limits import Budget
from fieldapp.forms.plan import Expr, Node
from fieldapp.forms.xpath import Tree

Detail = str | tuple[str, str]  # one text for both languages, or (zh, en)


class Refused(ValueError):
    """`position` counts characters of the expression from 1; None until the part that is wrong is known."""

    def __init__(self, code: str, detail: Detail, position: int | None = None):
        self.code, self.detail, self.position = code, detail, position
        super().__init__(f"{code}: {detail}")


@dataclass
class Scope:
    """Where an expression stands. `node` is its context (XPath's `.`), `level` how many repeat rows are fixed there."""

    nodes: list[Node]
    children: dict[int, dict[str, int]]
    levels: list[int]
    lists: dict[str, set[str]]
    node: int
    level: int
    asker: tuple[int, int] | None = None  # inside a filter: the node and level that current() means
    columns: set[str] | None = None  # inside a filter of a list: its columns
    calls: list[int] = field(default_factory=lambda: [0])  # numbers the calls of random() and uuid() of this node
    warnings: list[str] = field(default_factory=list)
    version: str = ""  # of the form
    keeps: bool = False  # a calculation or default: once() may stand around the whole of it
    whole: Tree | None = None  # the tree that once() may be
    budget: Budget = field(default_factory=Budget)
    last_saved: set[int] = field(default_factory=set)  # questions read from the record before
    # Functions hold expressions, and expressions functions: resolve.py hands itself in.
    reader: "Callable[[Tree, Scope], Expr]" = lambda tree, scope: []

    @property
    def in_filter(self) -> bool:
        return self.asker is not None

    def filtered(self, node: int, level: int, columns: set[str] | None = None) -> "Scope":
        asker = self.asker or (self.node, self.level)
        return replace(self, node=node, level=level, asker=asker, columns=columns)

    def read(self, tree: Tree) -> Expr:
        """The expression of a part of the tree, standing here."""
        return self.reader(tree, self)

    def repeats(self, node: int) -> list[int]:
        """The repeats around a node, outermost first, itself included."""
        found: list[int] = []
        at: int | None = node
        while at is not None:
            if self.nodes[at]["kind"] == "repeat":
                found.insert(0, at)
            at = self.nodes[at].get("parent")
        return found


def spell(tree: Tree) -> str:
    start = "" if tree[1] in ("/", ".") else f"{tree[1][1]}()"
    words = [{"parent": "..", "self": "."}.get(step[0], step[1]) for step in tree[2]]
    return (
        ("/" if tree[1] == "/" or start else "").join([start, *words]) if start or tree[1] == "/" else "/".join(words)
    )
