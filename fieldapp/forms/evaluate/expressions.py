"""The value of an expression of a plan at a place of a record. Rules: docs/forms.md, sections 3, 6 and 7."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from fieldapp.forms import checks, decimals, functions, values
from fieldapp.forms.evaluate.answers import as_value
from fieldapp.forms.evaluate.record import Record, Ref, Row
from fieldapp.forms.evaluate.surroundings import Surroundings
from fieldapp.forms.lists import ChoiceList
from fieldapp.forms.markup import MEDIA, parts_of, plain_text
from fieldapp.forms.plan import Expr, Node
from fieldapp.forms.values import NodeSet, Value

_ARITHMETIC: dict[str, Callable[[Decimal, Decimal], Decimal | None]] = {
    "+": decimals.add,
    "-": decimals.subtract,
    "*": decimals.multiply,
    "div": decimals.divide,
    "mod": decimals.remainder,
}
LOOKED_UP_FROM = 50  # shorter lists are gone through


@dataclass(frozen=True)
class Context:
    """Where an expression is evaluated: `row` gives `p` paths their rows, `asker` the `c` paths; position and item of a
    list inside a filter."""

    row: Row
    asker: Row
    node: int
    language: str
    position: int = 0
    items: ChoiceList | None = None
    item: int = 0


class Expressions:
    def __init__(self, record: Record, surroundings: Surroundings):
        self.record, self.plan, self.surroundings = record, record.plan, surroundings
        # A name of a choice needs all that a select may offer, which needs expressions: choices.py hands it in.
        self.choice_name: Callable[[int, Row, str, str], str] = lambda number, row, code, language: ""

    def context(self, number: int, row: Row, language: str | None = None) -> Context:
        return Context(row, row, number, language or self.plan.languages[0])

    def truth(self, expression: Expr | None, number: int, row: Row) -> bool:
        return bool(expression) and values.truth(self.evaluate(expression or [], self.context(number, row)))

    def evaluate(self, expression: Expr, context: Context) -> Value:
        kind = expression[0]
        if kind == "s":
            return str(expression[1])
        if kind == "n":
            return functions.blank(decimals.from_text(expression[1]))
        if kind in ("p", "c"):
            return self.node_set(expression, context)
        if kind == "f":
            return self._call(expression, context)
        if kind == "and":
            return values.truth(self.evaluate(expression[1], context)) and values.truth(
                self.evaluate(expression[2], context)
            )
        if kind == "or":
            return values.truth(self.evaluate(expression[1], context)) or values.truth(
                self.evaluate(expression[2], context)
            )
        if kind in ("=", "!="):
            return values.equal(kind, self.evaluate(expression[1], context), self.evaluate(expression[2], context))
        if kind in ("<", "<=", ">", ">="):
            return values.ordered(kind, self.evaluate(expression[1], context), self.evaluate(expression[2], context))
        if kind in _ARITHMETIC:
            a, b = (values.number(self.evaluate(part, context)) for part in expression[1:3])
            return "" if a is None or b is None else functions.blank(_ARITHMETIC[kind](a, b))
        if kind == "neg":
            number = values.number(self.evaluate(expression[1], context))
            return "" if number is None else decimals.negate(number)
        if kind == "pos":
            return Decimal(context.position)
        if kind == "col":
            return self._cell(context.items, context.item, expression[1], context.language)
        if kind == "l":
            return self._list(expression, context)
        if kind == "ls":
            return self._last_saved(expression[1])
        left, right = self.evaluate(expression[1], context), self.evaluate(expression[2], context)  # |
        both = [*(left.refs if isinstance(left, NodeSet) else []), *(right.refs if isinstance(right, NodeSet) else [])]
        return NodeSet(list(dict.fromkeys(both)), self.read)

    def read(self, ref: Ref) -> Value:
        number, row = ref
        return as_value(self.plan, self.plan.nodes[number], row.values.get(number))

    # paths

    def node_set(self, expression: Expr, context: Context) -> NodeSet:
        number, depth = expression[1], expression[2]
        filters = expression[3] if len(expression) > 3 else []
        node = self.plan.nodes[number]
        repeats = [*self.record.repeats(number), *([number] if node["kind"] == "repeat" else [])]
        base = context.row if expression[0] == "p" else context.asker
        rows = [base.chain[depth]]
        for repeat in repeats[depth:]:
            rows = [inner for row in rows if self.record.is_relevant(repeat, row) for inner in row.rows_in(repeat)]
            for test in (test for filtered, test in filters if filtered == repeat):
                rows = [
                    row
                    for at, row in enumerate(rows, 1)
                    if self._stands(test, Context(row, context.asker, repeat, context.language, at), at)
                ]
        if node["kind"] == "repeat":
            rows = [row for row in rows if row.is_in and self.record.is_relevant(number, row.chain[-2])]
            return NodeSet([(number, row) for row in rows], self.read)
        return NodeSet([(number, row) for row in rows if self.record.is_relevant(number, row)], self.read)

    def _stands(self, test: Expr, context: Context, at: int) -> bool:
        """XPath 1.0, 2.4: a number in [ ] asks for that place."""
        value = self.evaluate(test, context)
        return value == at if isinstance(value, Decimal) else values.truth(value)

    # lists

    def _list(self, expression: Expr, context: Context) -> Value:
        _, name, tests, column = expression
        found = self.plan.lists.get(name)
        if found is None:
            return NodeSet([], lambda at: "")
        return NodeSet(
            self.items(name, tests, context),
            lambda at: self._cell(found, at, column or "value", context.language),
        )

    def items(self, name: str, tests: list[Expr], context: Context) -> list[int]:
        """The places of a list's items that stand all tests."""
        items = self.plan.lists.get(name)
        if items is None:
            return []
        found: list[int] | None = None
        for test in tests:
            among = self._looked_up(items, test, context) if found is None else found
            found = [
                item
                for at, item in enumerate(range(len(items.values)) if among is None else among, 1)
                if self._stands(
                    test,
                    Context(context.row, context.asker, context.node, context.language, at, items, item),
                    at,
                )
            ]
        return list(range(len(items.values))) if found is None else found

    def _looked_up(self, items: ChoiceList, test: Expr, context: Context) -> list[int] | None:
        """The places that `column = expression` leaves of a long list, by its map; None where that cannot be said.

        What it leaves is tested once more as a whole, so that it may leave too much and never too little.
        """
        if len(items.values) < LOOKED_UP_FROM or test[0] not in ("=", "and") or _looks_at(test, ("pos",)):
            return None
        pair = _lookup(test)
        if pair is None:
            return None
        value = self.evaluate(pair[1], context)
        wanted = (value.values() or [""]) if isinstance(value, NodeSet) else [value]
        if not all(isinstance(one, str) for one in wanted):
            return None  # numbers and truths compare otherwise than texts
        by = items.by(pair[0])
        return sorted({at for one in wanted for at in by.get(str(one), [])})

    def _cell(self, items: ChoiceList | None, at: int, column: str, language: str) -> str:
        if items is None:
            return ""
        return plain_text(items.label(at, language)) if column == "label" else items.cell(at, column)

    def _last_saved(self, number: int) -> Value:
        steps: list[str] = []
        at = number
        while at:
            steps.insert(0, self.plan.nodes[at]["name"])
            at = self.plan.nodes[at]["parent"]
        answer: Any = self.surroundings.last_saved
        for step in steps:
            answer = answer.get(step) if isinstance(answer, dict) else None
        node = self.plan.nodes[number]
        is_readable = not checks.is_blank(answer) and not checks.is_unknown(answer) and _fits(node, answer)
        return as_value(self.plan, node, answer) if is_readable else ""

    # functions

    def _call(self, expression: Expr, context: Context) -> Value:
        name, arguments = expression[1], expression[2:]
        if name == "if":
            return self.evaluate(
                arguments[1] if values.truth(self.evaluate(arguments[0], context)) else arguments[2], context
            )
        if name == "once":
            kept = context.row.values.get(context.node)
            return self.read((context.node, context.row)) if kept is not None else self.evaluate(arguments[0], context)
        if name == "today":
            return self.surroundings.today()
        if name == "now":
            return self.surroundings.now()
        if name in ("random", "uuid"):
            text = self.surroundings.draw(name, f"{self.record.path(context.node, context.row)}#{arguments[0][1]}")
            return text if name == "uuid" else functions.blank(decimals.from_text(text))
        if name == "position":
            return self._position(self.evaluate(arguments[0], context))
        if name == "indexed-repeat":
            return self._indexed(arguments, context)
        if name == "jr:choice-name":
            return self._choice_name(arguments, context)
        if name == "fa:is-unknown":
            found = self.evaluate(arguments[0], context)
            return isinstance(found, NodeSet) and any(checks.is_unknown(row.values.get(n)) for n, row in found.refs)
        if name == "regex":
            return functions.call(name, [self.evaluate(arguments[0], context), arguments[1][1]], "", "")
        given = [self.evaluate(argument, context) for argument in arguments]
        return functions.call(name, given, self.surroundings.today(), context.language)

    def _position(self, found: Value) -> Value:
        ref = found.refs[0] if isinstance(found, NodeSet) and found.refs else None
        if ref is None or len(ref[1].chain) < 2:
            return ""
        return Decimal(ref[1].chain[-2].rows[ref[1].node].index(ref[1]) + 1)

    def _indexed(self, arguments: list[Expr], context: Context) -> Value:
        target = arguments[0][1]
        row: Row | None = None
        for at in range(1, len(arguments), 2):
            repeat, index = arguments[at][1], values.whole(self.evaluate(arguments[at + 1], context))
            outer = row or (context.row if arguments[at][0] == "p" else context.asker).chain[arguments[at][2]]
            rows = outer.rows_in(repeat) if self.record.is_relevant(repeat, outer) else []
            if index is None or not 1 <= index <= len(rows):
                return ""
            row = rows[index - 1]
        assert row is not None
        return self.read((target, row)) if self.record.is_relevant(target, row) else ""

    def _choice_name(self, arguments: list[Expr], context: Context) -> Value:
        code, target = values.text(self.evaluate(arguments[0], context)), arguments[1]
        found = self.node_set([*target[:3]], context)
        row = found.refs[0][1] if found.refs else context.row
        return self.choice_name(target[1], row, code, context.language)

    # texts

    def text(self, number: int, language: str) -> Any:
        texts = self.plan.json["texts"]
        return texts.get(language, texts[self.plan.languages[0]])[number]

    def rendered(self, text: int | None, number: int, row: Row, language: str) -> list[Any]:
        """The parts of a text with the values of its outputs."""
        if text is None:
            return []
        return self._filled(parts_of(self.text(text, language)), self.context(number, row, language))

    def plain(self, text: int | None, number: int, row: Row, language: str) -> str:
        return plain_text(self.rendered(text, number, row, language))

    def _filled(self, parts: list[Any], context: Context) -> list[Any]:
        filled: list[Any] = []
        for part in parts:
            if isinstance(part, str) or part[0] in ("br", *MEDIA):
                filled.append(part)
            elif part[0] == "o":
                filled.append(values.text(self.evaluate(part[1], context)))
            else:
                filled.append([part[0], *self._filled(part[1:], context)])
        return filled


def _fits(node: Node, answer: Any) -> bool:
    """A calculation of any type may be a text, where what it gave is no value of its type."""
    kinds = [node, {**node, "type": "text"}] if node["kind"] == "calculate" else [node]
    return any(checks.shape_error(kind, answer) is None for kind in kinds)


def _lookup(test: Expr) -> tuple[str, Expr] | None:
    """The column and the other side of a `column = expression` that a test asks for."""
    if test[0] == "and":
        return _lookup(test[1]) or _lookup(test[2])
    if test[0] != "=":
        return None
    for column, other in ((test[1], test[2]), (test[2], test[1])):
        if column[0] == "col" and column[1] != "label" and not _looks_at(other, ("col", "pos")):
            return column[1], other
    return None


def _looks_at(expression: Any, kinds: tuple[str, ...]) -> bool:
    if not isinstance(expression, list) or not expression:
        return False
    if expression[0] in ("n", "s", "re"):
        return False
    return expression[0] in kinds or any(_looks_at(part, kinds) for part in expression[1:])
