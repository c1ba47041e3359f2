"""Pictures of the README: fewer bytes, the same look (scripts/small_png.py)."""

import struct
import zlib

import pytest

from scripts.small_png import SIGNATURE, smaller

WIDTH, HEIGHT = 40, 30


def png(points: list[tuple[int, int, int]], kind: int = 2, filtered: int = 0) -> bytes:
    """As Chromium writes it; every row with this filter, worked out here from its definition."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    rows = [b"".join(bytes(point) for point in points[at * WIDTH : (at + 1) * WIDTH]) for at in range(HEIGHT)]
    data = b""
    above = bytes(3 * WIDTH)
    for row in rows:
        data += bytes([filtered])
        for at, value in enumerate(row):
            left, up, corner = row[at - 3] if at > 2 else 0, above[at], above[at - 3] if at > 2 else 0
            guesses = [(abs(near - (left + up - corner)), order, near) for order, near in enumerate((left, up, corner))]
            foretold = (0, left, up, (left + up) // 2, min(guesses)[2])[filtered]
            data += bytes([(value - foretold) % 256])
        above = row
    head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, kind, 0, 0, 0)
    return SIGNATURE + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


def points_of(small: bytes) -> list[tuple[int, int, int]]:
    """The points of a picture with a palette and no filter."""
    at = small.index(b"PLTE")
    (length,) = struct.unpack(">I", small[at - 4 : at])
    palette = [tuple(small[at + 4 + i : at + 7 + i]) for i in range(0, length, 3)]
    at = small.index(b"IDAT")
    (length,) = struct.unpack(">I", small[at - 4 : at])
    data = zlib.decompress(small[at + 4 : at + 4 + length])
    return [palette[data[row * (WIDTH + 1) + 1 + at]] for row in range(HEIGHT) for at in range(WIDTH)]


@pytest.mark.parametrize("filtered", range(5))
def test_a_picture_of_few_colours_keeps_every_point(filtered: int) -> None:
    points = [((at * 7) % 11 * 20, at % 13 * 9, 200) for at in range(WIDTH * HEIGHT)]
    assert points_of(smaller(png(points, filtered=filtered))) == points


def test_of_many_colours_the_frequent_ones_stay_and_no_other_moves_far() -> None:
    ground, paper = (240, 240, 240), (241, 241, 241)
    points = [(ground, paper, (at % 256, at // 5 % 256, 90))[at % 3] for at in range(WIDTH * HEIGHT)]
    kept = points_of(smaller(png(points)))
    far = [(a, b) for a, b in zip(points, kept, strict=True) if max(abs(x - y) for x, y in zip(a, b, strict=True)) > 31]
    assert len(set(points)) > 256 and not far
    assert [b for a, b in zip(points, kept, strict=True) if a in (ground, paper) and a != b] == []


def test_a_picture_of_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="not an RGB picture"):
        smaller(png([(0, 0, 0)] * WIDTH * HEIGHT, kind=6))
    with pytest.raises(ValueError, match="not a PNG"):
        smaller(b"GIF89a")
