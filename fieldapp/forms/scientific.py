"""Roots, logarithms and angles in whole numbers, so that phone and server agree to the last digit.

Fixed point: a number times S. Every division cuts towards zero, as BigInt does. The algorithms are written out in
docs/forms.md, 7.4; static/js/form/more/scientific.js is the twin.
"""

from decimal import ROUND_HALF_UP, Context, Decimal
from math import isqrt

from fieldapp.forms import decimals

PLACES = 60
S: int = 10**PLACES
PI = 3141592653589793238462643383279502884197169399375105820974944
LN10 = 2302585092994045684017991454684364207601101488628772976033327
H = PI // 2
DIGITS = 20
TINY: int = 10**20  # a result below 10^-40 is 0
EXP_MAX = 150
ANGLE_MAX: int = 10**12
_rounded = Context(prec=DIGITS, rounding=ROUND_HALF_UP, Emax=10**6, Emin=-(10**6))


def div(a: int, b: int) -> int:
    """Cut towards zero; Python's own // goes down."""
    quotient: int = abs(a) // abs(b)
    return quotient if (a < 0) == (b < 0) else -quotient


def fixed(number: Decimal) -> int:
    sign, digits, exponent = decimals.parts(number)
    exponent += PLACES
    scaled: int = digits * 10**exponent if exponent >= 0 else digits // 10**-exponent
    return sign * scaled


def number_of(integer: int, exponent: int = -PLACES) -> Decimal | None:
    """integer · 10^exponent with 20 significant digits; None beyond the scale."""
    return decimals.settle(_rounded.create_decimal(decimals.of_parts(integer, exponent)))


def _result(value: int) -> Decimal | None:
    return Decimal(0) if abs(value) < TINY else number_of(value)


def sqrt(x: Decimal) -> Decimal | None:
    sign, c, e = decimals.parts(x)
    if not c:
        return Decimal(0)
    if sign < 0:
        return None
    shift = max(0, 64 - len(str(c)))
    shift += (e - shift) % 2
    return decimals.settle(decimals.of_parts(isqrt(c * 10**shift), (e - shift) // 2))


def exp(x: Decimal) -> Decimal | None:
    if abs(x) >= EXP_MAX:
        return None
    scaled = fixed(x)
    k = (2 * abs(scaled) + LN10) // (2 * LN10) * (-1 if scaled < 0 else 1)
    rest = scaled - k * LN10
    term = total = S
    i = 1
    while term:
        term = div(div(term * rest, S), i)
        total += term
        i += 1
    return number_of(total, k - PLACES)


def _log(x: Decimal) -> tuple[int, int] | None:
    """k and L of the table: ln x = L + k·LN10."""
    sign, c, e = decimals.parts(x)
    if sign < 0 or not c:
        return None
    digits = len(str(c))
    k, m = e + digits - 1, c * 10 ** (PLACES + 1 - digits)
    if m * m > 10 * S * S:
        k, m = k + 1, m // 10
    z = div((m - S) * S, m + S)
    w = z * z // S
    term = total = z
    i = 3
    while term:
        term = div(term * w, S)
        total += div(term, i)
        i += 2
    return k, 2 * total


def log(x: Decimal) -> Decimal | None:
    found = _log(x)
    return None if found is None else _result(found[1] + found[0] * LN10)


def log10(x: Decimal) -> Decimal | None:
    found = _log(x)
    return None if found is None else _result(div(found[1] * S, LN10) + found[0] * S)


def sin_cos(scaled: int) -> tuple[int, int]:
    """Sine and cosine of a fixed-point angle in radians."""
    a = abs(scaled)
    q = (2 * a + H) // (2 * H)
    r = a - q * H
    s = term = r
    i = 1
    while term:
        term = -div(div(div(term * r, S) * r, S), (2 * i) * (2 * i + 1))
        s += term
        i += 1
    c = term = S
    i = 1
    while term:
        term = -div(div(div(term * r, S) * r, S), (2 * i - 1) * (2 * i))
        c += term
        i += 1
    sine, cosine = ((s, c), (c, -s), (-s, -c), (-c, s))[q % 4]
    return (-sine if scaled < 0 else sine), cosine


def sin(x: Decimal) -> Decimal | None:
    return None if abs(x) >= ANGLE_MAX else _result(sin_cos(fixed(x))[0])


def cos(x: Decimal) -> Decimal | None:
    return None if abs(x) >= ANGLE_MAX else _result(sin_cos(fixed(x))[1])


def tan(x: Decimal) -> Decimal | None:
    if abs(x) >= ANGLE_MAX:
        return None
    sine, cosine = sin_cos(fixed(x))
    return None if not cosine else _result(div(sine * S, cosine))


def _arc(y: int) -> int:
    for _ in range(3):
        y = y * S // (S + isqrt(S * S + y * y))
    w = y * y // S
    term = total = y
    i, sign = 3, -1
    while term:
        term = term * w // S
        total += sign * (term // i)
        i, sign = i + 2, -sign
    return 8 * total


def _atan(a: int) -> int:
    return H - _arc(S * S // a) if a > S else _arc(a)


def asin_fixed(a: int) -> int:
    """Of a fixed-point number from 0 to S."""
    w = isqrt(S * S - a * a)
    return _atan(a * S // w) if w else H


def atan(x: Decimal) -> Decimal | None:
    scaled = fixed(x)
    found = _atan(abs(scaled))
    return _result(-found if scaled < 0 else found)


def _asin(x: Decimal) -> int | None:
    if abs(x) > 1:
        return None
    scaled = fixed(x)
    found = asin_fixed(abs(scaled))
    return -found if scaled < 0 else found


def asin(x: Decimal) -> Decimal | None:
    found = _asin(x)
    return None if found is None else _result(found)


def acos(x: Decimal) -> Decimal | None:
    found = _asin(x)
    return None if found is None else _result(H - found)


def atan2(y: Decimal, x: Decimal) -> Decimal | None:
    (sign_y, c_y, e_y), (sign_x, c_x, e_x) = decimals.parts(y), decimals.parts(x)
    if not c_x:
        angle = H if c_y else 0
    else:
        least = min(e_y, e_x)
        angle = _atan(c_y * 10 ** (e_y - least) * S // (c_x * 10 ** (e_x - least)))
        angle = PI - angle if sign_x < 0 else angle
    return _result(-angle if sign_y < 0 else angle)
