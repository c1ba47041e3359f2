"""Numbers of forms: decimals of 30 significant digits, the same to the last character as static/js/form/decimal.js.

A number is a Decimal, a blank is None. Rules: docs/forms.md, section 6.
"""

import re
from decimal import MAX_EMAX, MIN_EMIN, ROUND_HALF_UP, Context, Decimal

DIGITS = 30
SCALE = 60  # at or above 10^60, and below 10^-60, there is no result
POWER_MAX = 200
_context = Context(prec=DIGITS, rounding=ROUND_HALF_UP, Emax=MAX_EMAX, Emin=MIN_EMIN)
_TEXT = re.compile(r"[ \t\r\n]*-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)[ \t\r\n]*")
TEXT_MAX = 100


def from_text(text: str) -> Decimal | None:
    """None where the text is no number."""
    if len(text) > TEXT_MAX or not _TEXT.fullmatch(text):
        return None
    return settle(_context.create_decimal(text.strip(" \t\r\n")))


def to_text(number: Decimal) -> str:
    """Plain digits, no exponent, no trailing zeros: 2.5, -0.001, 10000."""
    sign, digits, exponent = parts(number)
    if exponent >= 0:
        return ("-" if sign < 0 else "") + str(digits * 10**exponent)
    text = str(digits).rjust(1 - exponent, "0")
    return ("-" if sign < 0 else "") + text[:exponent] + "." + text[exponent:]


def settle(number: Decimal) -> Decimal | None:
    """Rounded, without trailing zeros; None beyond the scale."""
    number = _context.plus(number)
    if not number:
        return Decimal(0)
    if not -SCALE <= number.adjusted() < SCALE:
        return None
    return _context.normalize(number)


def add(a: Decimal, b: Decimal) -> Decimal | None:
    return settle(_context.add(a, b))


def subtract(a: Decimal, b: Decimal) -> Decimal | None:
    return settle(_context.subtract(a, b))


def multiply(a: Decimal, b: Decimal) -> Decimal | None:
    return settle(_context.multiply(a, b))


def divide(a: Decimal, b: Decimal) -> Decimal | None:
    return settle(_context.divide(a, b)) if b else None


def remainder(a: Decimal, b: Decimal) -> Decimal | None:
    """With the sign of the dividend, exact: Python's own refuses where the quotient is long."""
    if not b:
        return None
    (sign_a, digits_a, exp_a), (_, digits_b, exp_b) = parts(a), parts(b)
    exponent = min(exp_a, exp_b)
    rest = (digits_a * 10 ** (exp_a - exponent)) % (digits_b * 10 ** (exp_b - exponent))
    return _exact(sign_a * rest, exponent)


def power(a: Decimal, n: Decimal) -> Decimal | None:
    """Whole exponents to ±200; anything else has no result."""
    if n != n.to_integral_value() or abs(n) > POWER_MAX:
        return None
    sign, digits, exponent = parts(a)
    times = abs(int(n))
    result = _exact((sign * digits) ** times, exponent * times)
    return result if n >= 0 or result is None else divide(Decimal(1), result)


def round_to(a: Decimal, places: int) -> Decimal | None:
    """Half up towards +infinity: -2.5 is -2, 1.005 at 2 places 1.01."""
    if abs(places) > 2 * SCALE:
        return None
    sign, digits, exponent = parts(a)
    if exponent >= -places:
        return a
    unit: int = 10 ** (-places - exponent)
    return _exact((2 * sign * digits + unit) // (2 * unit), -places)


def floor(a: Decimal) -> Decimal | None:
    sign, digits, exponent = parts(a)
    return a if exponent >= 0 else _exact((sign * digits) // 10**-exponent, 0)


def truncate(a: Decimal) -> Decimal | None:
    sign, digits, exponent = parts(a)
    return a if exponent >= 0 else _exact(sign * (digits // 10**-exponent), 0)


def negate(a: Decimal) -> Decimal:
    return _context.minus(a) if a else a


def round_exact(integer: int, exponent: int, places: int) -> Decimal | None:
    """integer · 10^exponent, not negative, rounded half up to places after the point before it is settled."""
    unit: int = 10 ** max(0, -places - exponent)
    return _exact((2 * integer + unit) // (2 * unit), max(exponent, -places))


def _exact(integer: int, exponent: int) -> Decimal | None:
    return settle(of_parts(integer, exponent))


def of_parts(integer: int, exponent: int) -> Decimal:
    """integer · 10^exponent, not rounded."""
    return Decimal((int(integer < 0), tuple(int(d) for d in str(abs(integer))), exponent))


def parts(number: Decimal) -> tuple[int, int, int]:
    """Sign (1 or -1), digits as a whole number, exponent."""
    sign, digits, exponent = number.as_tuple()
    return (-1 if sign else 1), int("".join(map(str, digits))), int(exponent)
