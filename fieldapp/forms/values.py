"""Values of expressions and their conversions: text, truth, decimal number, date text, set of nodes; a blank is the
empty text.

The same rules as static/js/form/values.js; docs/forms.md, section 6.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from fieldapp.forms import dates, decimals
from fieldapp.forms.dates import DateText


class NodeSet:
    """References in form order, and how to read the value of one."""

    __slots__ = ("read", "refs")

    def __init__(self, refs: Sequence[Any], read: "Callable[[Any], Value]"):
        self.refs, self.read = refs, read

    def values(self) -> "list[Value]":
        return [self.read(ref) for ref in self.refs]

    def first(self) -> "Value":
        return self.read(self.refs[0]) if self.refs else ""


Value = str | bool | Decimal | NodeSet


def single(value: Value) -> "str | bool | Decimal":
    found = value.first() if isinstance(value, NodeSet) else value
    assert not isinstance(found, NodeSet)
    return found


def text(value: Value) -> str:
    value = single(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return decimals.to_text(value) if isinstance(value, Decimal) else str(value)


def number(value: Value) -> Decimal | None:
    value = single(value)
    if isinstance(value, bool):
        return Decimal(int(value))
    if isinstance(value, Decimal):
        return value
    if isinstance(value, DateText):
        return dates.number(value)
    found = decimals.from_text(value)
    return dates.number(value) if found is None else found


def whole(value: Value) -> int | None:
    """The number without its fraction, or None where it is blank or not within ±2^53."""
    found = number(value)
    cut = None if found is None else decimals.truncate(found)
    return None if cut is None or abs(cut) > 2**53 - 1 else int(cut)


def truth(value: Value) -> bool:
    value = single(value)
    return value if isinstance(value, bool) else value != 0 if isinstance(value, Decimal) else value != ""


def flat(values: Sequence[Value]) -> list[Value]:
    found: list[Value] = []
    for value in values:
        found += value.values() if isinstance(value, NodeSet) else [value]
    return found


def equal(operator: str, a: Value, b: Value) -> bool:
    """`=` or `!=`; of sets of nodes true if any pair is."""
    if isinstance(a, bool) or isinstance(b, bool):
        return (truth(a) == truth(b)) is (operator == "=")
    return any(_same(x, y) is (operator == "=") for x in _members(a) for y in _members(b))


def ordered(operator: str, a: Value, b: Value) -> bool:
    """`<` `<=` `>` `>=`; of sets of nodes true if any pair is, with a blank false."""
    return any(_stands(operator, x, y) for x in _members(a) for y in _members(b))


def _members(value: Value) -> list[Value]:
    return (value.values() or [""]) if isinstance(value, NodeSet) else [value]


def _same(a: Value, b: Value) -> bool:
    if isinstance(a, bool) or isinstance(b, bool):
        return truth(a) == truth(b)
    if isinstance(a, Decimal) or isinstance(b, Decimal):
        x, y = number(a), number(b)
        return x is not None and x == y
    return text(a) == text(b)


def _stands(operator: str, a: Value, b: Value) -> bool:
    sign = _compared(a, b)
    if sign is None:
        return False
    return {"<": sign < 0, "<=": sign <= 0, ">": sign > 0, ">=": sign >= 0}[operator]


def _compared(a: Value, b: Value) -> int | None:
    dated = isinstance(a, DateText) or isinstance(b, DateText)
    if _is_date(a, dated) and _is_date(b, dated):
        return dates.compare(str(a), str(b))
    x, y = number(a), number(b)
    return None if x is None or y is None else (x > y) - (x < y)


def _is_date(value: Value, year_counts: bool) -> bool:
    return isinstance(value, str) and dates.precision(value) > (0 if year_counts else dates.YEAR)
