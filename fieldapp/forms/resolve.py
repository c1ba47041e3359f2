"""Gives the trees of xpath.py their meaning: paths become nodes with repeat depth, names of functions are checked,
regexes compiled.

A path says which repeat rows are fixed. Relative: those that are left after its `..` steps. Absolute: those it
shares with the question that asks
(as JavaRosa does), but a repeat named last is always all its rows, so that count(/data/members) counts the family.
"""

from dataclasses import replace
from typing import Any

from fieldapp.forms.calls import call, parsed, seed, warn_of_bare_numbers
from fieldapp.forms.plan import Expr
from fieldapp.forms.scope import Refused, Scope, spell
from fieldapp.forms.xpath import Tree

LAST_SAVED = "__last-saved"


def resolve(text: str, scope: Scope) -> Expr:
    """The plan's expression for a text. Raises Refused."""
    tree = parsed(text, scope)
    return _expr(tree, replace(scope, reader=_expr, whole=tree if scope.keeps else None))


def itemset(text: str, scope: Scope) -> tuple[str | int, Expr | None, Expr | None]:
    """List name or repeat number of an itemset's nodeset, its filter, and the seed of its order."""
    scope = replace(scope, reader=_expr)
    tree = parsed(text, scope)
    order: Expr | None = None
    if tree[:2] == ("call", "randomize") and 1 <= len(tree[2]) <= 2:
        order = seed(tree[2][1:], scope)
        tree = tree[2][0]
    if tree[0] != "path":
        raise Refused("list", text, 1)
    if tree[1] not in ("/", "."):
        name, filters, column = _list_path(tree, scope)
        if column is not None:
            raise Refused("list", text, tree[3])
        return name, _all(filters), order
    node, _, _, filters = _walk(tree, scope)
    if scope.nodes[node]["kind"] != "repeat":
        raise Refused("list", text, tree[3])
    return node, _all([test for repeat, test in filters if repeat == node]), order


def _all(filters: list[Expr]) -> Expr | None:
    found: Expr | None = None
    for test in filters:
        found = test if found is None else ["and", found, test]
    return found


def _expr(tree: Tree, scope: Scope) -> Expr:
    scope.budget.spend()
    try:
        return _meaning(tree, scope)
    except Refused as error:
        if error.position is None and tree[0] in ("call", "path"):
            error.position = tree[3]
        raise


def _meaning(tree: Tree, scope: Scope) -> Expr:
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
            warn_of_bare_numbers([left, right], scope)
        if tree[1] == "|" and not {left[0], right[0]} <= {"p", "c", "|"}:
            raise Refused("arguments", "|")
        return [tree[1], left, right]
    if kind == "call":
        return call(tree, scope)
    return _path(tree, scope)


def _path(tree: Tree, scope: Scope) -> Expr:
    start, steps = tree[1], tree[2]
    if isinstance(start, tuple) and start[:2] == ("call", "instance"):
        if start[2][:1] == [("str", LAST_SAVED)]:
            return _last_saved(tree, scope)
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


def _last_saved(tree: Tree, scope: Scope) -> Expr:
    """instance('__last-saved')/data/visit/at: the answer in the record before."""
    steps = list(tree[2])
    node = 0
    if len(tree[1][2]) != 1 or not steps or steps.pop(0) != ("child", scope.nodes[0]["name"], []):
        raise Refused("path", spell(tree))
    for axis, name, predicates in steps:
        if axis != "child" or predicates or name not in scope.children[node]:
            raise Refused("path", spell(tree))
        node = scope.children[node][name]
    if scope.levels[node] or scope.nodes[node]["kind"] not in ("question", "calculate", "hidden"):
        raise Refused(
            "unsupported", ("上次的答案不能取自重复组或分组", "the last record's answer from a repeat or a group")
        )
    scope.last_saved.add(node)
    return ["ls", node]


def _walk(tree: Tree, scope: Scope) -> tuple[int, int, bool, list[Any]]:
    """Target node, fixed depth, whether the rows are those of the asking question, filters."""
    start, steps = tree[1], list(tree[2])
    of_asker = True
    asker_node, asker_level = scope.asker or (scope.node, scope.level)
    if start == "/":
        if not steps or steps[0][1] != scope.nodes[0]["name"]:
            raise Refused("path", spell(tree))
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
                raise Refused("path", spell(tree))
            node = parent
            level = min(level, scope.levels[node])
        elif axis == "child":
            if name not in scope.children[node]:
                raise Refused("path", spell(tree))
            node = scope.children[node][name]
        if predicates:
            if scope.nodes[node]["kind"] != "repeat":
                raise Refused("unsupported", "[ ] on what is no repeat: " + spell(tree))
            inner = scope.filtered(node, scope.levels[node])
            filters += [[node, _expr(predicate, inner)] for predicate in predicates]
    if absolute:
        level = _shared(scope, asker_node, asker_level, node, {repeat for repeat, _ in filters})
    return node, min(level, scope.levels[node]), of_asker, filters


def _shared(scope: Scope, asker: int, level: int, target: int, filtered: set[int]) -> int:
    mine, theirs = scope.repeats(asker)[:level], scope.repeats(target)
    if scope.nodes[target]["kind"] == "repeat":
        theirs = theirs[:-1]
    shared = 0
    for a, b in zip(mine, theirs, strict=False):
        if a != b or a in filtered:
            break
        shared += 1
    return shared


def _list_path(tree: Tree, scope: Scope) -> tuple[str, list[Expr], str | None]:
    start, steps = tree[1], tree[2]
    arguments = start[2] if start[0] == "call" and start[1] == "instance" else []
    if len(arguments) != 1 or arguments[0][0] != "str" or arguments[0][1] not in scope.lists:
        raise Refused("list", spell(tree))
    name = arguments[0][1]
    columns = scope.lists[name]
    if len(steps) not in (2, 3) or [s[:2] for s in steps[:2]] != [("child", "root"), ("child", "item")] or steps[0][2]:
        raise Refused("list", spell(tree))
    inner = scope.filtered(scope.node, scope.level, columns)
    filters = [_expr(predicate, inner) for predicate in steps[1][2]]
    column = None
    if len(steps) == 3:
        column = steps[2][1]
        if steps[2][0] != "child" or steps[2][2] or column not in columns:
            raise Refused("list", f"{name}/{column}")
    return name, filters, column
