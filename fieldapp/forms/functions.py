"""The functions of expressions. Those that need the record itself are in evaluate/expressions.py;
static/js/form/functions.js is the twin."""

import base64
import hashlib
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from fieldapp.forms import checks, dates, decimals, places, regex, scientific
from fieldapp.forms.dates import DateText
from fieldapp.forms.shuffle import shuffled
from fieldapp.forms.values import NodeSet, Value, flat, number, single, text, truth, whole

MANY = 200
_BLANKS = re.compile(r"[ \t\r\n]+")

# name: least and most arguments, as an author writes them
ARITY: dict[str, tuple[int, int]] = {
    "true": (0, 0), "false": (0, 0), "not": (1, 1), "boolean": (1, 1), "boolean-from-string": (1, 1), "if": (3, 3),
    "coalesce": (1, MANY), "once": (1, 1), "string": (1, 1), "number": (1, 1), "int": (1, 1), "round": (1, 2),
    "abs": (1, 1), "floor": (1, 1), "ceiling": (1, 1), "pow": (2, 2), "count": (1, 1), "count-non-empty": (1, 1),
    "sum": (1, MANY), "min": (1, MANY), "max": (1, MANY), "concat": (1, MANY), "join": (2, MANY), "substr": (2, 3),
    "substring": (2, 3), "substring-before": (2, 2), "substring-after": (2, 2), "string-length": (1, 1),
    "contains": (2, 2), "starts-with": (2, 2), "ends-with": (2, 2), "normalize-space": (1, 1), "translate": (3, 3),
    "regex": (2, 2), "selected": (2, 2), "selected-at": (2, 2), "count-selected": (1, 1), "checklist": (3, MANY),
    "today": (0, 0), "now": (0, 0), "date": (1, 1), "format-date": (2, 2), "format-date-time": (2, 2),
    "decimal-date-time": (1, 1), "position": (0, 1), "current": (0, 0), "instance": (1, 1), "indexed-repeat": (3, 9),
    "jr:choice-name": (2, 2), "pulldata": (4, 4), "uuid": (0, 0), "random": (0, 0), "fa:is-unknown": (1, 1),
    "fa:age": (1, 2), "fa:id-birth": (1, 1), "fa:id-sex": (1, 1),
    "sqrt": (1, 1), "exp": (1, 1), "log": (1, 1), "log10": (1, 1), "sin": (1, 1), "cos": (1, 1), "tan": (1, 1),
    "asin": (1, 1), "acos": (1, 1), "atan": (1, 1), "atan2": (2, 2), "pi": (0, 0), "date-time": (1, 1), "time": (1, 1),
    "decimal-time": (1, 1), "distance": (1, MANY), "area": (1, MANY), "digest": (2, 3), "randomize": (1, 2),
    "weighted-checklist": (4, MANY), "version": (0, 0),
}  # fmt: skip
# What an engine of function set 1 does not know; a plan that holds one says so in its head.
SET_2 = frozenset({
    "sqrt", "exp", "log", "log10", "sin", "cos", "tan", "asin", "acos", "atan", "atan2", "date-time", "time",
    "decimal-time", "distance", "area", "digest", "randomize",
})  # fmt: skip
PI_TEXT = "3.14159265358979323846264338328"


def blank(value: Decimal | DateText | None) -> Value:
    return "" if value is None else value


def call(name: str, arguments: list[Any], today: str, language: str) -> Value:
    """The value of a function whose arguments are evaluated."""
    return _TABLE[name](arguments, today, language)


def _numbers(arguments: list[Any]) -> list[Decimal]:
    return [found for found in map(number, flat(arguments)) if found is not None]


def _sum(arguments: list[Any]) -> Value:
    total: Decimal | None = Decimal(0)
    for found in _numbers(arguments):
        total = None if total is None else decimals.add(total, found)
    return blank(total)


def _best(arguments: list[Any], sign: int) -> Value:
    found: Decimal | None = None
    for candidate in _numbers(arguments):
        if found is None or (candidate > found if sign > 0 else candidate < found):
            found = candidate
    return blank(found)


def _of_number(argument: Value, function: Callable[[Decimal], Decimal | None]) -> Value:
    found = number(argument)
    return "" if found is None else blank(function(found))


def _round(arguments: list[Any]) -> Value:
    places = whole(arguments[1]) if len(arguments) > 1 else 0
    return "" if places is None else _of_number(arguments[0], lambda x: decimals.round_to(x, places))


def _ceiling(x: Decimal) -> Decimal | None:
    below = decimals.floor(decimals.negate(x))
    return None if below is None else decimals.negate(below)


def _pow(arguments: list[Any]) -> Value:
    base, times = number(arguments[0]), number(arguments[1])
    return "" if base is None or times is None else blank(decimals.power(base, times))


def _substr(arguments: list[Any]) -> Value:
    points = text(arguments[0])
    start, end = whole(arguments[1]), whole(arguments[2]) if len(arguments) > 2 else len(points)
    if start is None or end is None:
        return ""
    start = max(0, start + len(points)) if start < 0 else start
    end = max(0, end + len(points)) if end < 0 else end
    return points[start:end]


def _substring(arguments: list[Any]) -> Value:
    """XPath 1.0, 4.2: places from 1, both numbers rounded."""
    points = text(arguments[0])
    first = _round(arguments[1:2])
    length = _round(arguments[2:3]) if len(arguments) > 2 else Decimal(len(points) + 1)
    if not isinstance(first, Decimal) or not isinstance(length, Decimal):
        return ""
    if len(arguments) == 2:
        length = max(length, length - first + 1)
    start, end = max(first, Decimal(1)), min(first + length, Decimal(len(points) + 1))
    return points[int(start) - 1 : int(end) - 1] if end > start else ""


def _between(arguments: list[Any], part: int) -> str:
    before, found, after = (
        text(arguments[0]).partition(text(arguments[1])) if text(arguments[1]) else ("", "x", text(arguments[0]))
    )
    return (before, after)[part] if found else ""


def _translate(arguments: list[Any]) -> str:
    source, target = text(arguments[1]), text(arguments[2])
    table: dict[str, str] = {}
    for at, letter in enumerate(source):
        table.setdefault(letter, target[at] if at < len(target) else "")
    return "".join(table.get(letter, letter) for letter in text(arguments[0]))


def words(value: Value) -> list[str]:
    return [word for word in _BLANKS.split(text(value)) if word]


def _selected_at(arguments: list[Any]) -> str:
    chosen, at = words(arguments[0]), whole(arguments[1])
    return chosen[at] if at is not None and 0 <= at < len(chosen) else ""


def _checklist(arguments: list[Any]) -> Value:
    least, most = number(arguments[0]), number(arguments[1])
    if least is None or most is None:
        return False
    true = sum(truth(value) for value in flat(arguments[2:]))
    return (least < 0 or true >= least) and (most < 0 or true <= most)


def _days(value: Value) -> Value:
    """A number is days already."""
    found = single(value)
    return found if isinstance(found, Decimal) else blank(dates.number(text(found)))


def _date(value: Value) -> Value:
    """A number is days, also that of a question: 2024 is no year there."""
    found = single(value)
    if not isinstance(found, Decimal) and dates.precision(text(found)):
        return DateText(text(found)[:10])
    day = number(found)
    below = None if day is None else whole(blank(decimals.floor(day)))
    return "" if below is None else blank(dates.from_days(below))


def _age(arguments: list[Any], today: str) -> Value:
    years = dates.whole_years(text(arguments[0]), text(arguments[1]) if len(arguments) > 1 else today)
    return "" if years is None else blank(decimals.settle(Decimal(years)))


def _id_fact(value: Value, key: str) -> Value:
    facts = checks.id_number_facts(text(value))
    return "" if facts is None else DateText(facts["birth"]) if key == "birth" else facts["sex"]


def _line(arguments: list[Any], measure: Callable[[list[places.Point]], Decimal | None]) -> Value:
    line: list[places.Point] = []
    for value in flat(arguments):
        found = text(value)
        points = places.points(found) if found else []
        if points is None:
            return ""
        line += points
    return blank(measure(line)) if line else ""


def _atan2(arguments: list[Any]) -> Value:
    y, x = number(arguments[0]), number(arguments[1])
    return "" if y is None or x is None else blank(scientific.atan2(y, x))


def _date_time(value: Value) -> Value:
    one = single(value)
    if isinstance(one, bool):
        return ""
    if isinstance(one, str) and dates.precision(one):
        return DateText(one) if dates.precision(one) == dates.MOMENT else blank(dates.midnight(one))
    days = number(one)
    moment = None if days is None else decimals.multiply(days, Decimal(dates.DAY_MS))
    rounded = None if moment is None else decimals.round_to(moment, 0)
    return "" if rounded is None else blank(dates.utc_text(int(rounded)))


def _time(value: Value) -> Value:
    one = single(value)
    if isinstance(one, bool):
        return ""
    if isinstance(one, Decimal):
        below = decimals.floor(one)
        rest = None if below is None else decimals.subtract(one, below)
        minutes = None if rest is None else decimals.multiply(rest, Decimal(1440))
        return "" if minutes is None else dates.clock_text(int(minutes))
    ms = dates.clock_ms(one)
    return "" if ms is None else dates.clock_text(ms // 60_000)


def _decimal_time(value: Value) -> Value:
    ms = dates.clock_ms(text(value))
    return "" if ms is None else blank(decimals.divide(Decimal(ms), Decimal(dates.DAY_MS)))


def _digest(arguments: list[Any]) -> str:
    # Half of a pair, alone, has no UTF-8; both engines put U+FFFD there.
    whole_points = text(arguments[0]).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    found = hashlib.sha256(whole_points.encode())
    return found.hexdigest() if text(arguments[2]) == "hex" else base64.b64encode(found.digest()).decode("ascii")


def _randomize(arguments: list[Any]) -> Value:
    found, seed = arguments[0], whole(arguments[1])
    if not isinstance(found, NodeSet) or seed is None:
        return found if isinstance(found, NodeSet) else ""
    return NodeSet(shuffled(found.refs, seed), found.read)


def _count(value: Value) -> Value:
    return Decimal(len(value.refs)) if isinstance(value, NodeSet) else ""


_TABLE: dict[str, Callable[[list[Any], str, str], Value]] = {
    "true": lambda a, t, la: True,
    "false": lambda a, t, la: False,
    "not": lambda a, t, la: not truth(a[0]),
    "boolean": lambda a, t, la: truth(a[0]),
    "boolean-from-string": lambda a, t, la: text(a[0]) in ("true", "1"),
    "coalesce": lambda a, t, la: next((value for value in a if text(value) != ""), ""),
    "string": lambda a, t, la: text(a[0]),
    "number": lambda a, t, la: blank(number(a[0])),
    "int": lambda a, t, la: _of_number(a[0], decimals.truncate),
    "round": lambda a, t, la: _round(a),
    "abs": lambda a, t, la: _of_number(a[0], lambda x: decimals.negate(x) if x < 0 else x),
    "floor": lambda a, t, la: _of_number(a[0], decimals.floor),
    "ceiling": lambda a, t, la: _of_number(a[0], _ceiling),
    "pow": lambda a, t, la: _pow(a),
    "count": lambda a, t, la: _count(a[0]),
    "count-non-empty": lambda a, t, la: Decimal(sum(text(value) != "" for value in flat(a))),
    "sum": lambda a, t, la: _sum(a),
    "min": lambda a, t, la: _best(a, -1),
    "max": lambda a, t, la: _best(a, 1),
    "concat": lambda a, t, la: "".join(map(text, flat(a))),
    "join": lambda a, t, la: text(a[0]).join(map(text, flat(a[1:]))),
    "substr": lambda a, t, la: _substr(a),
    "substring": lambda a, t, la: _substring(a),
    "substring-before": lambda a, t, la: _between(a, 0),
    "substring-after": lambda a, t, la: _between(a, 1),
    "string-length": lambda a, t, la: Decimal(len(text(a[0]))),
    "contains": lambda a, t, la: text(a[1]) in text(a[0]),
    "starts-with": lambda a, t, la: text(a[0]).startswith(text(a[1])),
    "ends-with": lambda a, t, la: text(a[0]).endswith(text(a[1])),
    "normalize-space": lambda a, t, la: " ".join(words(a[0])),
    "translate": lambda a, t, la: _translate(a),
    "regex": lambda a, t, la: regex.matches(a[1], text(a[0])),
    "selected": lambda a, t, la: text(a[1]).strip(" \t\r\n") in words(a[0]),
    "selected-at": lambda a, t, la: _selected_at(a),
    "count-selected": lambda a, t, la: Decimal(len(words(a[0]))),
    "checklist": lambda a, t, la: _checklist(a),
    "date": lambda a, t, la: _date(a[0]),
    "format-date": lambda a, t, la: dates.formatted(text(a[0]), text(a[1]), la),
    "format-date-time": lambda a, t, la: dates.formatted(text(a[0]), text(a[1]), la),
    "decimal-date-time": lambda a, t, la: _days(a[0]),
    "fa:age": lambda a, t, la: _age(a, t),
    "fa:id-birth": lambda a, t, la: _id_fact(a[0], "birth"),
    "fa:id-sex": lambda a, t, la: _id_fact(a[0], "sex"),
    "sqrt": lambda a, t, la: _of_number(a[0], scientific.sqrt),
    "exp": lambda a, t, la: _of_number(a[0], scientific.exp),
    "log": lambda a, t, la: _of_number(a[0], scientific.log),
    "log10": lambda a, t, la: _of_number(a[0], scientific.log10),
    "sin": lambda a, t, la: _of_number(a[0], scientific.sin),
    "cos": lambda a, t, la: _of_number(a[0], scientific.cos),
    "tan": lambda a, t, la: _of_number(a[0], scientific.tan),
    "asin": lambda a, t, la: _of_number(a[0], scientific.asin),
    "acos": lambda a, t, la: _of_number(a[0], scientific.acos),
    "atan": lambda a, t, la: _of_number(a[0], scientific.atan),
    "atan2": lambda a, t, la: _atan2(a),
    "date-time": lambda a, t, la: _date_time(a[0]),
    "time": lambda a, t, la: _time(a[0]),
    "decimal-time": lambda a, t, la: _decimal_time(a[0]),
    "distance": lambda a, t, la: _line(a, places.distance_m),
    "area": lambda a, t, la: _line(a, places.area_m2),
    "digest": lambda a, t, la: _digest(a),
    "randomize": lambda a, t, la: _randomize(a),
}
