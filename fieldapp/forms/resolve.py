"""Gives the trees of xpath.py their meaning: paths become nodes with repeat depth, names of functions are checked,
regexes compiled.

A path says which repeat rows are fixed. Relative: those that are left after its `..` steps. Absolute: those it
shares with the question that asks
(as JavaRosa does), but a repeat named last is always all its rows, so that count(/data/members) counts the family.
"""

from dataclasses import dataclass, field
from typing import Any

from fieldapp.forms.functions import ARITY
from fieldapp.forms.plan import Expr, Node
from fieldapp.forms.regex import RegexError, compile_regex
from fieldapp.forms.xpath import Tree, XPathError, parse

NODE_SET_FIRST = {"count", "position", "fa:is-unknown", "indexed-repeat"}


class Refused(ValueError):
    def __init__(self, code: str, detail: str):
        self.code, self.detail = code, detail
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

    @property
    def in_filter(self) -> bool:
        return self.asker is not None

    def filtered(self, node: int, level: int, columns: set[str] | None = None) -> "Scope":
        asker = self.asker or (self.node, self.level)
        return Scope(
            self.nodes, self.children, self.levels, self.lists, node, level, asker, columns, self.calls, self.warnings
        )


def resolve(text: str, scope: Scope) -> Expr:
    """The plan's expression for a text. Raises Refused."""
    try:
        return _expr(parse(text), scope)
    except XPathError as error:
        raise Refused("expression", f"{error.position}: {error.en} / {error.zh}") from error


def itemset(text: str, scope: Scope) -> tuple[str | int, Expr | None]:
    """List name or repeat number of an itemset's nodeset, and its filter."""
    try:
        tree = parse(text)
    except XPathError as error:
        raise Refused("expression", f"{error.position}: {error.en} / {error.zh}") from error
    if tree[0] != "path":
        raise Refused("list", text)
    if tree[1] not in ("/", "."):
        name, filters, column = _list_path(tree, scope)
        if column is not None:
            raise Refused("list", text)
        return name, _all(filters)
    node, _, _, filters = _walk(tree, scope)
    if scope.nodes[node]["kind"] != "repeat":
        raise Refused("list", text)
    return node, _all([test for repeat, test in filters if repeat == node])


def _all(filters: list[Expr]) -> Expr | None:
    found: Expr | None = None
    for test in filters:
        found = test if found is None else ["and", found, test]
    return found


def _expr(tree: Tree, scope: Scope) -> Expr:
    kind = tree[0]
    if kind == "num":
        return ["n", tree[1]]
    if kind == "str":
        return ["s", tree[1]]
    if kind == "neg":
        return ["neg", _expr(tree[1], scope)]
    if kind == "bin":
        left, right = _expr(tree[2], scope), _expr(tree[3], scope)
        if tree[1] in ("and", "or"):
            _warn_of_bare_numbers([left, right], scope)
        return [tree[1], left, right]
    if kind == "call":
        return _call(tree, scope)
    return _path(tree, scope)


def _path(tree: Tree, scope: Scope) -> Expr:
    start, steps = tree[1], tree[2]
    if isinstance(start, tuple) and start[:2] == ("call", "instance"):
        name, filters, column = _list_path(tree, scope)
        return ["l", name, filters, column]
    if scope.columns is not None and start == ".":
        if len(steps) == 1 and steps[0][0] == "child" and not steps[0][2] and steps[0][1] in scope.columns:
            return ["col", steps[0][1]]
        raise Refused("list", "/".join(step[1] for step in steps))
    if start == "." and not scope.in_filter and [s[0] for s in steps] == ["self"] and not steps[0][2]:
        return [
            "p",
            scope.node,
            scope.levels[scope.node] if scope.nodes[scope.node]["kind"] != "repeat" else scope.level,
        ]
    node, depth, of_asker, filters = _walk(tree, scope)
    mark = "c" if of_asker and scope.in_filter else "p"
    return [mark, node, depth, filters] if filters else [mark, node, depth]


def _walk(tree: Tree, scope: Scope) -> tuple[int, int, bool, list[Any]]:
    """Target node, fixed depth, whether the rows are those of the asking question, filters."""
    start, steps = tree[1], list(tree[2])
    of_asker = True
    asker_node, asker_level = scope.asker or (scope.node, scope.level)
    if start == "/":
        if not steps or steps[0][1] != scope.nodes[0]["name"]:
            raise Refused("path", _spell(tree))
        steps.pop(0)
        node, level = 0, 0
    elif start == ".":
        node, level, of_asker = scope.node, scope.level, not scope.in_filter
    elif start[:2] == ("call", "current") and not start[2]:
        node, level = asker_node, asker_level
    else:
        raise Refused("unsupported", "a path after " + str(start[1]))
    absolute = start == "/"
    filters: list[Any] = []
    for axis, name, predicates in steps:
        if axis == "parent":
            parent = scope.nodes[node].get("parent")
            if parent is None:
                raise Refused("path", _spell(tree))
            node = parent
            level = min(level, scope.levels[node])
        elif axis == "child":
            if name not in scope.children[node]:
                raise Refused("path", _spell(tree))
            node = scope.children[node][name]
        if predicates:
            if scope.nodes[node]["kind"] != "repeat":
                raise Refused("unsupported", "[ ] on what is no repeat: " + _spell(tree))
            inner = scope.filtered(node, scope.levels[node])
            filters += [[node, _expr(predicate, inner)] for predicate in predicates]
    if absolute:
        level = _shared(scope, asker_node, asker_level, node, {repeat for repeat, _ in filters})
    return node, min(level, scope.levels[node]), of_asker, filters


def _shared(scope: Scope, asker: int, level: int, target: int, filtered: set[int]) -> int:
    mine, theirs = _repeats(scope, asker)[:level], _repeats(scope, target)
    if scope.nodes[target]["kind"] == "repeat":
        theirs = theirs[:-1]
    shared = 0
    for a, b in zip(mine, theirs, strict=False):
        if a != b or a in filtered:
            break
        shared += 1
    return shared


def _repeats(scope: Scope, node: int) -> list[int]:
    found: list[int] = []
    at: int | None = node
    while at is not None:
        if scope.nodes[at]["kind"] == "repeat":
            found.insert(0, at)
        at = scope.nodes[at].get("parent")
    return found


def _list_path(tree: Tree, scope: Scope) -> tuple[str, list[Expr], str | None]:
    start, steps = tree[1], tree[2]
    arguments = start[2] if start[0] == "call" and start[1] == "instance" else []
    if len(arguments) != 1 or arguments[0][0] != "str" or arguments[0][1] not in scope.lists:
        raise Refused("list", _spell(tree))
    name = arguments[0][1]
    columns = scope.lists[name]
    if len(steps) not in (2, 3) or [s[:2] for s in steps[:2]] != [("child", "root"), ("child", "item")] or steps[0][2]:
        raise Refused("list", _spell(tree))
    inner = scope.filtered(scope.node, scope.level, columns)
    filters = [_expr(predicate, inner) for predicate in steps[1][2]]
    column = None
    if len(steps) == 3:
        column = steps[2][1]
        if steps[2][0] != "child" or steps[2][2] or column not in columns:
            raise Refused("list", f"{name}/{column}")
    return name, filters, column


def _call(tree: Tree, scope: Scope) -> Expr:
    name, arguments = tree[1], tree[2]
    if name not in ARITY:
        raise Refused("function", f"{name} (…{tree[3]})")
    least, most = ARITY[name]
    if not least <= len(arguments) <= most:
        raise Refused("arguments", name)
    if name == "instance":
        raise Refused("arguments", "instance: /root/item is missing")
    if name == "current":
        asker = scope.asker or (scope.node, scope.level)
        return ["c" if scope.in_filter else "p", asker[0], asker[1]]
    if name == "position" and not arguments:
        return _own_position(scope)
    if name == "jr:choice-name":
        return _choice_name(arguments, scope)
    if name == "pulldata":
        return _pulldata(arguments, scope)
    compiled = [_expr(argument, scope) for argument in arguments]
    if name in ("random", "uuid"):
        scope.calls[0] += 1
        return ["f", name, ["s", str(scope.calls[0])]]
    if name == "regex":
        return _regex(arguments, compiled)
    if name in NODE_SET_FIRST and compiled[0][0] not in ("p", "c", "l", "|"):
        raise Refused("arguments", name)
    if name == "indexed-repeat":
        _check_indexed(compiled, scope)
    if name in ("if", "not", "boolean"):
        _warn_of_bare_numbers(compiled[:1], scope)
    return ["f", name, *compiled]


def _own_position(scope: Scope) -> Expr:
    if scope.in_filter:
        return ["pos"]
    repeats = _repeats(scope, scope.node)[: scope.level]
    if not repeats:
        raise Refused("arguments", "position() outside of a repeat")
    return ["f", "position", ["p", repeats[-1], scope.level]]


def _choice_name(arguments: list[Tree], scope: Scope) -> Expr:
    if arguments[1][0] != "str":
        raise Refused("arguments", "jr:choice-name")
    target = resolve(arguments[1][1].strip(), scope)
    if target[0] not in ("p", "c"):
        raise Refused("arguments", "jr:choice-name")
    return ["f", "jr:choice-name", _expr(arguments[0], scope), target]


def _pulldata(arguments: list[Tree], scope: Scope) -> Expr:
    if any(argument[0] != "str" for argument in arguments[:3]):
        raise Refused("arguments", "pulldata")
    name, column, key = (argument[1] for argument in arguments[:3])
    if name not in scope.lists or not {column, key} <= scope.lists[name]:
        raise Refused("list", f"{name}: {column}, {key}")
    # Nothing asked, nothing found: a blank key would otherwise meet the items whose column is empty.
    wanted = _expr(arguments[3], scope)
    return ["l", name, [["and", ["=", ["col", key], wanted], ["!=", ["col", key], ["s", ""]]]], column]


def _regex(arguments: list[Tree], compiled: list[Expr]) -> Expr:
    if arguments[1][0] != "str":
        raise Refused("regex", "the pattern must be written out")
    try:
        return ["f", "regex", compiled[0], ["re", compile_regex(arguments[1][1])]]
    except RegexError as error:
        raise Refused("regex", f"{arguments[1][1]}: {error}") from error


def _check_indexed(compiled: list[Expr], scope: Scope) -> None:
    repeats = [argument[1] for argument in compiled[1::2] if argument[0] in ("p", "c")]
    if (
        len(compiled) % 2 == 0
        or len(repeats) != len(compiled) // 2
        or _repeats(scope, compiled[0][1])[-len(repeats) :] != repeats
    ):
        raise Refused("arguments", "indexed-repeat")
    for argument in compiled[1::2]:
        argument[2] = min(argument[2], scope.levels[argument[1]] - 1)


def _warn_of_bare_numbers(arguments: list[Expr], scope: Scope) -> None:
    for argument in arguments:
        if argument[0] in ("p", "c") and scope.nodes[argument[1]].get("type") in ("integer", "decimal"):
            scope.warnings.append(f"bare_number_as_truth: {scope.nodes[argument[1]]['name']}")


def _spell(tree: Tree) -> str:
    start = "" if tree[1] in ("/", ".") else f"{tree[1][1]}()"
    words = [{"parent": "..", "self": "."}.get(step[0], step[1]) for step in tree[2]]
    return (
        ("/" if tree[1] == "/" or start else "").join([start, *words]) if start or tree[1] == "/" else "/".join(words)
    )


def reads(expr: Any) -> set[int]:
    """The nodes an expression reads, those inside filters too."""
    found: set[int] = set()
    if isinstance(expr, list) and expr and isinstance(expr[0], str):
        if expr[0] in ("p", "c"):
            found.add(expr[1])
            for repeat, test in expr[3] if len(expr) > 3 else []:
                found |= {repeat} | reads(test)
        elif expr[0] == "l":
            for test in expr[2]:
                found |= reads(test)
        elif expr[0] not in ("n", "s", "pos", "col", "re"):
            for part in expr[1:]:
                found |= reads(part)
    return found


def lists_read(expr: Any) -> set[str]:
    """Names of the lists an expression reads."""
    if not isinstance(expr, list) or not expr:
        return set()
    own = {expr[1]} if expr[0] == "l" else set()
    return own.union(*(lists_read(part) for part in expr[1:] if isinstance(part, list)))
