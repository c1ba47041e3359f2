"""The vectors of function set 2, derived a second way: with Python's decimal, fractions, datetime and hashlib, and none
of our own code. `python -m tests.unit.forms.derive` writes the files; a test holds them to this.

Expected texts follow the rules of docs/forms.md, sections 6 and 7.
"""

import base64
import hashlib
import json
import math
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "vectors" / "forms"
NOW = 1772321400250
FORM = [
    "| survey |",
    "| | type | name | label::中文 (zh) | label::English (en) | bind::fa:sensitivity |",
    "| | text | t | 字 | Text | household |",
    "| | date | day | 日 | Day | household |",
    "| | dateTime | moment | 时 | Moment | household |",
    "| | time | clock | 钟 | Clock | household |",
    "| | geopoint | here | 点 | Here | household |",
    "| | select_multiple abc | many | 多 | Many | household |",
    "| | begin_repeat | rows | 行 | Rows | household |",
    "| | geopoint | at | 点 | At | |",
    "| | integer | n | 数 | Number | |",
    "| | end_repeat |",
    "| choices |",
    "| | list_name | name | label::中文 (zh) | label::English (en) |",
    *(f"| | abc | {code} | {code.upper()} | {code.upper()} |" for code in "abcdefgh"),
    "| settings |",
    "| | form_id | form_title | version | default_language | namespaces |",
    '| | V2 | 向量 / Vectors | 7 | 中文 (zh) | fa="urn:fieldapp:form:1" |',
]
ANSWERS = {
    "t": "中文𠮷",
    "day": "2024-02-29",
    "moment": "2026-02-28T23:45:30.5+08:00",
    "clock": "06:00",
    "here": "31.23 121.47 4 10",
    "many": ["a", "c"],
    "rows": [
        {"_id": "r1", "at": "0 0 0 0", "n": 5},
        {"_id": "r2", "at": "0 1 0 0", "n": 0},
        {"_id": "r3", "at": "1 1 0 0"},
    ],
}
Case = tuple[str, str, str, str]  # rule, xpath, kind, value

# --- numbers ----------------------------------------------------------------------------------------------------------

_WIDE = Context(prec=130, rounding=ROUND_HALF_UP)


def shown(value: Decimal, digits: int) -> tuple[str, str]:
    """Kind and text of a true value that was computed far beyond these digits."""
    if value == 0 or abs(value) < Decimal("1e-60"):
        return ("number", "0") if value == 0 else ("text", "")
    rounded = Context(prec=digits, rounding=ROUND_HALF_UP).plus(value)
    if rounded.adjusted() >= 60:
        return "text", ""
    text = format(rounded, "f")
    return "number", text.rstrip("0").rstrip(".") if "." in text else text


def pi() -> Decimal:
    """Machin's formula, 4·(4·atan 1/5 − atan 1/239), in fractions of 10^140."""
    unit = 10**140

    def arc(n: int) -> int:
        term, total, i, sign = unit // n, unit // n, 3, -1
        while term:
            term //= n * n
            total += sign * (term // i)
            i, sign = i + 2, -sign
        return total

    return Decimal(4 * (4 * arc(5) - arc(239))).scaleb(-140, _WIDE)


PI = pi()


def sine(x: Decimal, start: int) -> Decimal:
    """sin (start 1) or cos (start 0) by the series, after taking whole turns away."""
    with localcontext(_WIDE):
        x = x % (2 * PI)
        term = x if start else Decimal(1)
        total, i = term, start
        while abs(term) > Decimal("1e-125"):
            term = -term * x * x / ((i + 1) * (i + 2))
            total, i = total + term, i + 2
        return total


def arctangent(x: Decimal) -> Decimal:
    """Newton's way on the tangent, from a double."""
    with localcontext(_WIDE):
        found = Decimal(math.atan(float(x)))
        for _ in range(5):
            s, c = sine(found, 1), sine(found, 0)
            found -= (s - x * c) * c  # (tan a − x)·cos² a
        return found


def settled(value: Decimal) -> Decimal:
    """A fixed-point result below 10^-40 is 0."""
    return Decimal(0) if abs(value) < Decimal("1e-40") else value


def angles() -> Iterator[Case]:
    plain = ["0", "0.1", "0.5", "1", "1.5", "2", "2.5", "3", "3.14159265358979323846264338328", "4", "5", "6.28", "10"]
    more = ["-0.5", "-1", "-2.75", "-7", "100", "12345.678", "999999999999", "0.000001", "0.0000000000000000000001"]
    for x in [*plain, *more]:
        with localcontext(_WIDE):
            s, c = sine(Decimal(x), 1), sine(Decimal(x), 0)
            for name, value in (("sin", s), ("cos", c), ("tan", s / c)):
                yield f"{name} of radians, 20 digits", f"{name}({x})", *shown(settled(value), 20)
    for x in ("1000000000000", "-1000000000000", "12345678901234567890"):
        for name in ("sin", "cos", "tan"):
            yield "an angle of 10^12 or more is blank", f"{name}({x})", "text", ""
    for x in ["0", "0.1", "0.25", "0.5", "0.75", "0.9", "0.99999999999999999999", "1", "-0.3", "-0.5", "-1"]:
        with localcontext(_WIDE):
            d = Decimal(x)
            a = (PI / 2).copy_sign(d) if abs(d) == 1 else arctangent(d / (1 - d * d).sqrt())
            yield "asin of −1 to 1, 20 digits", f"asin({x})", *shown(settled(a), 20)
            yield "acos of −1 to 1, 20 digits", f"acos({x})", *shown(settled(PI / 2 - a), 20)
    for x in ("1.0000000001", "-2", "7"):
        yield "beyond 1 there is no angle", f"asin({x})", "text", ""
        yield "beyond 1 there is no angle", f"acos({x})", "text", ""
    for x in ["0", "0.001", "0.2", "0.5", "1", "1.5", "2", "10", "1000", "1000000000000000", "-0.7", "-1", "-33"]:
        yield "atan, 20 digits", f"atan({x})", *shown(settled(arctangent(Decimal(x))), 20)
    for y, x in [("1", "1"), ("1", "-1"), ("-1", "-1"), ("-1", "1"), ("2", "0.5"), ("0.1", "-7"), ("-3", "0.001")]:
        with localcontext(_WIDE):
            a = arctangent(abs(Decimal(y) / Decimal(x)))
            a = PI - a if Decimal(x) < 0 else a
            yield "atan2(y, x) by quadrant", f"atan2({y}, {x})", *shown(a.copy_sign(Decimal(y)), 20)
    half, whole = shown(PI / 2, 20)[1], shown(PI, 20)[1]
    yield "atan2 on an axis", "atan2(0, 0)", "number", "0"
    yield "atan2 on an axis", "atan2(0, 5)", "number", "0"
    yield "atan2 on an axis", "atan2(0, -5)", "number", whole
    yield "atan2 on an axis", "atan2(3, 0)", "number", half
    yield "atan2 on an axis", "atan2(-3, 0)", "number", f"-{half}"
    yield "pi() has 30 digits", "pi()", *shown(PI, 30)
    for name in ("sin", "cos", "tan", "asin", "acos", "atan", "sqrt", "exp", "log", "log10"):
        yield "a blank has no result", f"{name}('')", "text", ""
        yield "what is no number has no result", f"{name}('x')", "text", ""
    yield "a blank has no result", "atan2('', 1)", "text", ""
    yield "a blank has no result", "atan2(1, '')", "text", ""


def logarithms() -> Iterator[Case]:
    roots = ["0", "1", "2", "3", "4", "10", "100", "0.25", "0.0001", "6.25", "1.21", "99999999", "123456789.123456789"]
    roots += [
        "1000000000000000000000000000001",
        "0.000000000000000000000000000001",
        "5",
        "7",
        "0.5",
        "12345678987654321",
    ]
    for x in roots:
        with localcontext(_WIDE):
            yield "sqrt has 30 digits", f"sqrt({x})", *shown(Decimal(x).sqrt(), 30)
    yield "no root below 0", "sqrt(-1)", "text", ""
    yield "no root below 0", "sqrt(-0.0001)", "text", ""
    powers = [
        "0",
        "1",
        "-1",
        "0.5",
        "2",
        "10",
        "-10",
        "0.000000001",
        "50",
        "-50",
        "100.25",
        "-100.25",
        "138",
        "-137",
        "2.5",
    ]
    for x in powers:
        with localcontext(_WIDE):
            yield "exp, 20 digits", f"exp({x})", *shown(Decimal(x).exp(), 20)
    for x in ("139", "-139", "150", "-150", "1000000"):
        yield "exp beyond the scale is blank", f"exp({x})", "text", ""
    numbers = ["1", "2", "3", "10", "100", "0.5", "0.1", "0.001", "2.718281828459045", "1.0000000000000000000000000001"]
    numbers += ["0.99999999999999999999", "3.17", "31.6227766", "123456789", "1000000000000000000000000000000", "7.389"]
    for x in numbers:
        with localcontext(_WIDE):
            value = Decimal(x).ln()
            yield "log is the natural logarithm, 20 digits", f"log({x})", *shown(settled(value), 20)
            yield "log10, 20 digits; of a power of ten whole", f"log10({x})", *shown(settled(Decimal(x).log10()), 20)
    for x in ("0", "-1", "-0.5"):
        yield "no logarithm of 0 or below", f"log({x})", "text", ""
        yield "no logarithm of 0 or below", f"log10({x})", "text", ""


def fractions() -> Iterator[Case]:
    """Arithmetic by exact fractions, rounded once to 30 digits."""
    numbers = ["7", "-7", "3", "0.1", "0.3", "-2.5", "1200.50", "99999999999999999999", "0.000000000001", "1.005"]
    ways: dict[str, Callable[[Fraction, Fraction], Fraction]] = {
        "+": lambda a, b: a + b,
        "-": lambda a, b: a - b,
        "*": lambda a, b: a * b,
        "div": lambda a, b: a / b,
        "mod": lambda a, b: a - b * int(a / b),  # int() cuts towards zero
    }
    for a in numbers:
        for b in ("3", "-0.7", "0.000007", "-88"):
            for sign, way in ways.items():
                yield (
                    f"{sign} is exact, then rounded to 30 digits",
                    f"{a} {sign} {b}",
                    *_fraction(way(Fraction(a), Fraction(b))),
                )
    for x in ["2.5", "-2.5", "0.5", "-0.5", "1.005", "-1.005", "2.675", "1234.5678", "-0.049", "99.995"]:
        for places in (0, 1, 2, -1, -2):
            unit = Fraction(10) ** -places
            halves = (Fraction(x) / unit + Fraction(1, 2)).__floor__() * unit
            yield "round is half up towards +∞", f"round({x}, {places})", *_fraction(halves)
        yield "floor", f"floor({x})", *_fraction(Fraction(Fraction(x).__floor__()))
        yield "ceiling", f"ceiling({x})", *_fraction(Fraction(Fraction(x).__ceil__()))
        yield "int cuts towards zero", f"int({x})", *_fraction(Fraction(int(Fraction(x))))


def _fraction(value: Fraction) -> tuple[str, str]:
    with localcontext(_WIDE):
        return shown(Decimal(value.numerator) / Decimal(value.denominator), 30)


# --- times ------------------------------------------------------------------------------------------------------------


def times() -> Iterator[Case]:
    for clock in ("00:00", "06:00", "09:30", "12:00", "23:59", "18:45:30", "06:00:00.5", "23:59:59.999", "07:15Z"):
        yield from _clock(clock, clock.rstrip("Z"))
    yield from _clock("07:15:00+08:00", "07:15:00")
    for moment in ("2026-02-28T09:30:00+08:00", "2024-12-31T23:59:59.123Z", "1969-07-20T20:17:40-05:00"):
        yield from _clock(moment, moment[11:].rstrip("Z").partition("+")[0].partition("-")[0])
    for wrong in ("", "24:00", "9:30", "12:60", "12:30:60", "noon", "2024-02-29", "12"):
        yield "what is no time has no part of a day", f"decimal-time('{wrong}')", "text", ""
    for wrong in ("", "24:00", "9:30", "noon", "2024-02-29"):
        yield "what is no time is blank", f"time('{wrong}')", "text", ""
    for days in ("0", "0.25", "0.5", "0.999", "19782.75", "-0.25", "1.000694444444444444", "0.0006944"):
        minutes = int((Fraction(days) - Fraction(days).__floor__()) * 1440)
        yield (
            "time of a number is its part of the day",
            f"time({days})",
            "text",
            f"{minutes // 60:02d}:{minutes % 60:02d}",
        )
    for days in ("0", "1", "-1", "19782", "19782.5", "0.000000011574", "-719162", "2932896", "12345.678901"):
        yield "date-time of days is in UTC", f"date-time({days})", "date", _moment(Fraction(days))
        yield "date-time reads days written as text", f"date-time('{days}')", "date", _moment(Fraction(days))
    for days in ("2932897", "-719163", "99999999"):
        yield "date-time only in the years 1 to 9999", f"date-time({days})", "text", ""
    for day in ("2024-02-29", "1970-01-01", "0001-01-01", "9999-12-31", "2024-02", "2024"):
        first = f"{day}-01-01"[:10] if len(day) == 4 else f"{day}-01"[:10] if len(day) == 7 else day
        yield "date-time of a date is its first moment in UTC", f"date-time('{day}')", "date", f"{first}T00:00:00.000Z"
    for moment in ("2026-02-28T09:30:00+08:00", "2024-12-31T23:59:59.123Z"):
        yield "date-time of a date-time is itself", f"date-time('{moment}')", "date", moment
    for wrong in ("''", "'soon'", "'2023-02-29'", "true()"):
        yield "what is no date and no number is blank", f"date-time({wrong})", "text", ""
    yield "time of a truth is blank", "time(true())", "text", ""
    yield "of a question", "decimal-time(/data/clock)", "number", "0.25"
    yield "of a question", "time(/data/moment)", "text", "23:45"
    yield "of a question", "date-time(/data/day)", "date", "2024-02-29T00:00:00.000Z"
    yield "of a question", "date-time(/data/moment)", "date", "2026-02-28T23:45:30.5+08:00"
    start = datetime(1970, 1, 1, tzinfo=UTC)
    for year in range(1900, 2101, 8):
        day = f"{year}-03-01"
        days = (datetime(year, 3, 1, tzinfo=UTC) - start).days
        yield "days since 1970 and back", f"number('{day}')", "number", str(days)
        yield "days since 1970 and back", f"date({days})", "date", day
        yield "the day after", f"date(date('{day}') - 1)", "date", (start + timedelta(days=days - 1)).date().isoformat()


def _clock(text: str, clock: str) -> Iterator[Case]:
    hour, minute, *second = clock.split(":")
    seconds = Fraction(second[0]) if second else Fraction(0)
    part = (int(hour) * 3600 + int(minute) * 60 + seconds) / 86400
    yield "decimal-time is the part of the day by the text's own clock", f"decimal-time('{text}')", *_fraction(part)
    yield "time is hour and minute of the text's own clock", f"time('{text}')", "text", f"{hour}:{minute}"


def _moment(days: Fraction) -> str:
    ms = (days * 86_400_000 + Fraction(1, 2)).__floor__()
    day = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=ms // 86_400_000)
    rest = ms % 86_400_000
    clock = f"{rest // 3_600_000:02d}:{rest // 60_000 % 60:02d}:{rest // 1000 % 60:02d}.{rest % 1000:03d}"
    return f"{day.year:04d}-{day.month:02d}-{day.day:02d}T{clock}Z"


# --- places -----------------------------------------------------------------------------------------------------------

EARTH = Decimal(6378100)
Line = list[tuple[str, str]]
LINES: list[Line] = [
    [("0", "0"), ("0", "1")],
    [("0", "0"), ("1", "0")],
    [("39.9042", "116.4074"), ("31.2304", "121.4737")],
    [("31.2304", "121.4737"), ("31.2305", "121.4738")],
    [("-33.8688", "151.2093"), ("51.5074", "-0.1278")],
    [("90", "0"), ("-90", "0")],
    [("0", "0"), ("0", "180")],
    [("0", "-179.5"), ("0", "179.5")],
    [("10.5", "10.5"), ("10.5", "10.5")],
    [("0", "0"), ("0", "1"), ("1", "1"), ("1", "0")],
    [("31.1", "121.1"), ("31.1", "121.2"), ("31.2", "121.2"), ("31.2", "121.1"), ("31.1", "121.1")],
    [("-1", "-1"), ("-1", "1"), ("1", "1"), ("1", "-1")],
    [("60", "10"), ("60", "11"), ("61", "11")],
    [("25.000001", "102.000001"), ("25.000002", "102.000001"), ("25.000002", "102.000002")],
]


def places() -> Iterator[Case]:
    for line in LINES:
        for text in ("; ".join(f"{lat} {lon} 0 0" for lat, lon in line), ";".join(" ".join(point) for point in line)):
            yield "distance along great circles, metres with 2 places", f"distance('{text}')", *_metres(_length(line))
            area = _area(line) if len(line) > 2 else Decimal(0)
            yield "area of the sphere, square metres with 2 places", f"area('{text}')", *_metres(area)
    rows = [("0", "0"), ("0", "1"), ("1", "1")]
    yield "of all rows of a repeat", "distance(/data/rows/at)", *_metres(_length(rows))
    yield "of all rows of a repeat", "area(/data/rows/at)", *_metres(_area(rows))
    yield "points one by one", "distance('0 0', '0 1')", *_metres(_length(LINES[0]))
    yield "points one by one", "distance('0 0', '', '0 1 5')", *_metres(_length(LINES[0]))
    yield "one point is no way", "distance(/data/here)", "number", "0"
    yield "one point has no area", "area(/data/here)", "number", "0"
    yield "two points have no area", "area('0 0', '0 1')", "number", "0"
    yield "a last ; may stand", "distance('0 0; 0 1;')", *_metres(_length(LINES[0]))
    for wrong in (
        "91 0",
        "0 181",
        "0",
        "0 0 0 0 0",
        "a b",
        "0  0",
        "0,0",
        "0 0 0 -1",
        "0 0; x",
        ";",
        "1e1 0",
        "+1 0",
        "",
    ):
        yield "what is no place has no length", f"distance('{wrong}')", "text", ""
        yield "what is no place has no area", f"area('{wrong}')", "text", ""


def _metres(value: Decimal) -> tuple[str, str]:
    return shown(value.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP, context=_WIDE), 30)


def _length(line: Line) -> Decimal:
    with localcontext(_WIDE):
        total = Decimal(0)
        for (lat1, lon1), (lat2, lon2) in pairwise(line):
            half_lat = sine(_radians(Decimal(lat2) - Decimal(lat1)) / 2, 1)
            half_lon = sine(_radians(Decimal(lon2) - Decimal(lon1)) / 2, 1)
            cosines = sine(_radians(Decimal(lat1)), 0) * sine(_radians(Decimal(lat2)), 0)
            a = min(half_lat**2 + cosines * half_lon**2, Decimal(1))
            angle = PI / 2 if a > 1 - Decimal("1e-100") else arctangent((a / (1 - a)).sqrt())
            total += 2 * EARTH * angle
        return total


def _area(ring: Line) -> Decimal:
    closed = ring if ring[0] == ring[-1] else [*ring, ring[0]]
    with localcontext(_WIDE):
        total = Decimal(0)
        for (lat1, lon1), (lat2, lon2) in pairwise(closed):
            sines = sine(_radians(Decimal(lat1)), 1) + sine(_radians(Decimal(lat2)), 1)
            total += _radians(Decimal(lon2) - Decimal(lon1)) * (2 + sines)
        return abs(total) * EARTH * EARTH / 2


def _radians(degrees: Decimal) -> Decimal:
    return degrees * PI / 180


# --- texts ------------------------------------------------------------------------------------------------------------


def texts() -> Iterator[Case]:
    for text in ("", "a", "abc", "中文𠮷", "hello world", "x" * 55, "x" * 56, "y" * 64, "z" * 119, "é", "1200.50"):
        found = hashlib.sha256(text.encode())
        yield "digest in hex", f"digest('{text}', 'SHA-256', 'hex')", "text", found.hexdigest()
        base = base64.b64encode(found.digest()).decode()
        yield "digest in base64 where nothing is said", f"digest('{text}', 'SHA-256')", "text", base
    yield (
        "digest of a question",
        "digest(/data/t, 'SHA-256', 'hex')",
        "text",
        hashlib.sha256("中文𠮷".encode()).hexdigest(),
    )
    yield (
        "digest of a number is of its text",
        "digest(2.50, 'SHA-256', 'hex')",
        "text",
        hashlib.sha256(b"2.5").hexdigest(),
    )
    items = list("abcdefgh")
    seeds = ["1", "2", "42", "1000", "2147483647", "2147483646", "0", "-1", "-2147483648", "3.9", "9007199254740991"]
    for seed in seeds:
        order = shuffled(items, int(Decimal(seed).to_integral_value(rounding="ROUND_DOWN")))
        xpath = f"join(' ', randomize(instance('abc')/root/item/name, {seed}))"
        yield "randomize is Park–Miller and Fisher–Yates", xpath, "text", " ".join(order)
    for seed in ("''", "'x'", "9007199254740993"):
        xpath = f"join(' ', randomize(instance('abc')/root/item/name, {seed}))"
        yield "without a readable seed nothing is shuffled", xpath, "text", " ".join(items)
    yield (
        "rows are shuffled too",
        "join(' ', randomize(/data/rows/at, 7))",
        "text",
        " ".join(shuffled(["0 0 0 0", "0 1 0 0", "1 1 0 0"], 7)),
    )
    yield "version() is the version of the form", "version()", "text", "7"
    for least, most, pairs, wanted in CHECKLISTS:
        given = ", ".join(f"{value}, {weight}" for value, weight in pairs)
        xpath = f"weighted-checklist({least}, {most}, {given})"
        yield "weighted-checklist adds the weights of what is true", xpath, "truth", wanted


CHECKLISTS: list[tuple[str, str, list[tuple[str, str]], str]] = [
    ("1", "3", [("true()", "1"), ("false()", "5")], "true"),
    ("2", "3", [("true()", "1"), ("false()", "5")], "false"),
    ("-1", "-1", [("false()", "1")], "true"),
    ("0", "0", [("false()", "1")], "true"),
    ("0", "0", [("true()", "0.5")], "false"),
    ("1.5", "2", [("1 = 1", "0.75"), ("'x'", "0.75")], "true"),
    ("-1", "2", [("true()", "3")], "false"),
    ("3", "-1", [("true()", "3")], "true"),
    ("''", "3", [("true()", "1")], "false"),
    ("1", "''", [("true()", "1")], "false"),
    ("1", "5", [("true()", "''"), ("true()", "2")], "true"),
    ("1", "5", [("''", "2")], "false"),
]


def shuffled(items: list[str], seed: int) -> list[str]:
    found = list(items)
    state = int(Fraction(seed) - 2147483647 * int(Fraction(seed, 2147483647)))
    state = state + 2147483646 if state <= 0 else state
    for length in range(len(found), 0, -1):
        state = state * 16807 % 2147483647
        at = int(Decimal(state - 1) * length / 2147483646) if length else 0
        assert at == ((state - 1) * length) // 2147483646
        found[length - 1], found[at] = found[at], found[length - 1]
    return found


FILES: dict[str, tuple[str, Callable[[], Iterator[Case]]]] = {
    "set2_angles": ("Angles: by series and Newton's way in 130 digits.", angles),
    "set2_logarithms": ("Roots, powers and logarithms: by Python's decimal in 130 digits.", logarithms),
    "set2_fractions": ("Arithmetic and rounding: by exact fractions.", fractions),
    "set2_times": ("Times: by datetime and exact fractions.", times),
    "set2_places": ("Lengths and areas: haversine and the spherical ring in 130 digits.", places),
    "set2_texts": ("Digests by hashlib; shuffles and checklists by hand.", texts),
}


def file_of(name: str) -> dict[str, Any]:
    about, cases = FILES[name]
    seen: dict[str, dict[str, str]] = {}
    for rule, xpath, kind, value in cases():
        seen.setdefault(xpath, {"rule": rule, "at": "", "xpath": xpath, "kind": kind, "value": value})
    return {
        "about": f"{about} Derived in tests/unit/forms/derive.py from the rules of docs/forms.md. "
        "Never change a value.",
        "functions": 2,
        "now": NOW,
        "zone": "Asia/Shanghai",
        "form": FORM,
        "answers": ANSWERS,
        "vectors": list(seen.values()),
    }


if __name__ == "__main__":
    for file in FILES:
        text = json.dumps(file_of(file), ensure_ascii=False, indent=1)
        (FOLDER / f"{file}.json").write_text(text + "\n", "utf-8")
