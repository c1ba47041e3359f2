"""Places as ODK writes them: `lat lon alt acc`, points joined by `;`. Length and area in whole numbers.

Rules: docs/forms.md, 7.4 (Places); static/js/form/more/places.js is the twin.
"""

import re
from decimal import Decimal
from itertools import pairwise
from math import isqrt

from fieldapp.forms import decimals
from fieldapp.forms.scientific import PI, PLACES, S, asin_fixed, fixed, sin_cos

EARTH_M = 6_378_100
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_NUMBER_MAX = 30
Point = tuple[Decimal, Decimal]  # latitude, longitude, in degrees


def points(text: str) -> list[Point] | None:
    """The points of a line; None where one of them cannot be read."""
    pieces = [piece.strip(" ") for piece in text.split(";")]
    if len(pieces) > 1 and not pieces[-1]:
        pieces.pop()
    found = [_point(piece) for piece in pieces]
    return None if None in found else [point for point in found if point is not None]


def _point(text: str) -> Point | None:
    cells = text.split(" ")
    if not 2 <= len(cells) <= 4 or not all(len(c) <= _NUMBER_MAX and _NUMBER.fullmatch(c) for c in cells):
        return None
    numbers = [decimals.from_text(cell) for cell in cells]
    latitude, longitude = numbers[:2]
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        return None
    if len(numbers) > 3 and (numbers[3] is None or numbers[3] < 0):
        return None
    return latitude, longitude


def is_right(kind: str, text: str) -> bool:
    """Whether a text is a geopoint, geotrace or geoshape."""
    found = points(text)
    if found is None:
        return False
    if kind == "geopoint":
        return len(found) == 1 and ";" not in text
    if kind == "geotrace":
        return len(found) >= 2
    return len(found) >= 4 and found[0] == found[-1] and len(set(found)) >= 3


def distance_m(line: list[Point]) -> Decimal | None:
    """Along the great circles, in metres with two places."""
    total = sum(_between(a, b) for a, b in pairwise(line))
    return decimals.round_exact(2 * EARTH_M * total, -PLACES, 2)


def area_m2(ring: list[Point]) -> Decimal | None:
    """Of the sphere inside the ring, in square metres with two places; below three points 0."""
    if len(ring) < 3:
        return Decimal(0)
    closed = ring if ring[0] == ring[-1] else [*ring, ring[0]]
    total = 0
    for (lat1, lon1), (lat2, lon2) in pairwise(closed):
        turn = fixed(lon2) - fixed(lon1)
        width = _radians(abs(turn)) * (-1 if turn < 0 else 1)
        total += width * (2 * S + _sine(lat1) + _sine(lat2))
    return decimals.round_exact(abs(total) * EARTH_M * EARTH_M * 5, -2 * PLACES - 1, 2)


def _radians(degrees: int) -> int:
    return degrees * PI // (180 * S)


def _sine(latitude: Decimal) -> int:
    found = sin_cos(_radians(abs(fixed(latitude))))[0]
    return -found if latitude < 0 else found


def _between(a: Point, b: Point) -> int:
    (lat1, lon1), (lat2, lon2) = [(fixed(lat), fixed(lon)) for lat, lon in (a, b)]
    p = sin_cos(_radians(abs(lat2 - lat1) // 2))[0]
    across = sin_cos(_radians(abs(lon2 - lon1) // 2))[0]
    c1, c2 = sin_cos(_radians(abs(lat1)))[1], sin_cos(_radians(abs(lat2)))[1]
    found = p * p // S + (c1 * c2 // S) * (across * across // S) // S
    return asin_fixed(isqrt(min(found, S) * S))
