"""Functions as an author writes them, checked and turned into those that engines have."""

from collections.abc import Callable

from fieldapp.forms.compiler.tables import ONCE, REFUSED_FUNCTIONS
from fieldapp.forms.functions import ARITY, PI_TEXT
from fieldapp.forms.plan import Expr
from fieldapp.forms.regex import RegexError, compile_regex
from fieldapp.forms.scope import Refused, Scope
from fieldapp.forms.xpath import Tree, XPathError, parse

NODE_SET_FIRST = {"count", "position", "fa:is-unknown", "indexed-repeat", "randomize"}


def call(tree: Tree, scope: Scope) -> Expr:
    name, arguments = tree[1], tree[2]
    if name not in ARITY:
        why = REFUSED_FUNCTIONS.get(name)
        raise Refused("function", f"{name}()" if why is None else (f"{name}()（{why.zh}）", f"{name}() ({why.en})"))
    least, most = ARITY[name]
    if not least <= len(arguments) <= most:
        raise Refused("arguments", name)
    if name == "once" and tree is not scope.whole:
        # It reads its own node, and no edge of the graph says so: what stands around it would be computed once more,
        # from what it gave before, each time that anything else asks for it.
        raise Refused("function", (f"once()（{ONCE.zh}）", f"once() ({ONCE.en})"))
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
    if name in _WRITTEN_AWAY:
        return _WRITTEN_AWAY[name](arguments, scope)
    compiled = [scope.read(argument) for argument in arguments]
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
        warn_of_bare_numbers(compiled[:1], scope)
    return ["f", name, *compiled]


def _own_position(scope: Scope) -> Expr:
    if scope.in_filter:
        return ["pos"]
    repeats = scope.repeats(scope.node)[: scope.level]
    if not repeats:
        raise Refused("arguments", "position() outside of a repeat")
    return ["f", "position", ["p", repeats[-1], scope.level]]


def _choice_name(arguments: list[Tree], scope: Scope) -> Expr:
    if arguments[1][0] != "str":
        raise Refused("arguments", "jr:choice-name")
    try:
        target = scope.read(parsed(arguments[1][1].strip(), scope))
    except Refused as error:
        error.position = None  # it counted inside of the text
        raise
    if target[0] not in ("p", "c"):
        raise Refused("arguments", "jr:choice-name")
    return ["f", "jr:choice-name", scope.read(arguments[0]), target]


def _pulldata(arguments: list[Tree], scope: Scope) -> Expr:
    if any(argument[0] != "str" for argument in arguments[:3]):
        raise Refused("arguments", "pulldata")
    name, column, key = (argument[1] for argument in arguments[:3])
    if name not in scope.lists or not {column, key} <= scope.lists[name]:
        raise Refused("list", f"{name}: {column}, {key}")
    # Nothing asked, nothing found: a blank key would otherwise meet the items whose column is empty.
    wanted = scope.read(arguments[3])
    return ["l", name, [["and", ["=", ["col", key], wanted], ["!=", ["col", key], ["s", ""]]]], column]


def _version(arguments: list[Tree], scope: Scope) -> Expr:
    return ["s", scope.version]


def _pi(arguments: list[Tree], scope: Scope) -> Expr:
    return ["n", PI_TEXT]


def _weighted_checklist(arguments: list[Tree], scope: Scope) -> Expr:
    """weighted-checklist(min, max, v1, w1, …) in terms of what engines have: docs/forms.md, 7.4."""
    compiled = [scope.read(argument) for argument in arguments]
    if len(compiled) % 2 or any(_is_over_rows(argument, scope) for argument in compiled):
        raise Refused(
            "arguments", ("weighted-checklist（不能用多行的值）", "weighted-checklist (no values of several rows)")
        )
    least, most, *pairs = compiled
    zero: Expr = ["n", "0"]
    total = ["f", "sum", *(["f", "if", v, w, zero] for v, w in zip(pairs[::2], pairs[1::2], strict=True))]
    enough = ["or", ["<", least, zero], [">=", total, least]]
    return ["and", enough, ["or", ["<", most, zero], ["<=", total, most]]]


def _is_over_rows(argument: Expr, scope: Scope) -> bool:
    return argument[0] in ("l", "|") or (argument[0] in ("p", "c") and argument[2] < scope.levels[argument[1]])


def _digest(arguments: list[Tree], scope: Scope) -> Expr:
    algorithm, encoding = (arguments[1], arguments[2] if len(arguments) > 2 else ("str", "base64"))
    if algorithm[:2] != ("str", "SHA-256") or encoding[:2] not in (("str", "base64"), ("str", "hex")):
        raise Refused("arguments", ("digest（只有 SHA-256，base64 或 hex）", "digest (SHA-256 in base64 or hex only)"))
    return ["f", "digest", scope.read(arguments[0]), ["s", "SHA-256"], ["s", encoding[1]]]


def _randomize(arguments: list[Tree], scope: Scope) -> Expr:
    found = scope.read(arguments[0])
    if found[0] not in ("p", "c", "l", "|"):
        raise Refused("arguments", "randomize")
    return ["f", "randomize", found, seed(arguments[1:], scope)]


_WRITTEN_AWAY: dict[str, Callable[[list[Tree], Scope], Expr]] = {
    "version": _version,
    "pi": _pi,
    "weighted-checklist": _weighted_checklist,
    "digest": _digest,
    "randomize": _randomize,
}


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
        or scope.repeats(compiled[0][1])[-len(repeats) :] != repeats
    ):
        raise Refused("arguments", "indexed-repeat")
    for argument in compiled[1::2]:
        argument[2] = min(argument[2], scope.levels[argument[1]] - 1)


def warn_of_bare_numbers(arguments: list[Expr], scope: Scope) -> None:
    for argument in arguments:
        if argument[0] in ("p", "c") and scope.nodes[argument[1]].get("type") in ("integer", "decimal"):
            scope.warnings.append(str(scope.nodes[argument[1]]["name"]))


def parsed(text: str, scope: Scope) -> Tree:
    scope.budget.spend(1 + len(text) // 4)
    try:
        return parse(text)
    except XPathError as error:
        raise Refused("expression", (error.zh, error.en), error.position) from error


def seed(arguments: list[Tree], scope: Scope) -> Expr:
    """A given seed, or one that is drawn once for this place."""
    if arguments:
        return scope.read(arguments[0])
    scope.calls[0] += 1
    return ["*", ["f", "random", ["s", str(scope.calls[0])]], ["n", "1000000000"]]
