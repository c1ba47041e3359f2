"""Screenshots as small as they look: at most 256 colours, one byte for each point. The standard library alone."""

import struct
import zlib
from collections import Counter
from collections.abc import Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLOURS_MAX = 256
KEPT = 64  # the most frequent colours, to the bit
RGB, PALETTE = 2, 3  # colour types of PNG
Colour = tuple[int, int, int]


def smaller(png: bytes) -> bytes:
    """Seldom colours that hardly differ become the most frequent of them; ValueError for another kind of PNG."""
    width, height, points = _points(png)
    by_count = [colour for colour, _ in Counter(points).most_common()]
    kept, seldom = by_count[:KEPT], by_count[KEPT:]  # grounds and letters stay what they are
    groups = COLOURS_MAX - len(kept)
    shift = next(bits for bits in range(9) if len({_near(colour, bits) for colour in seldom}) <= groups)
    stands_for: dict[Colour, Colour] = {}
    for colour in seldom:
        stands_for.setdefault(_near(colour, shift), colour)
    palette = [*kept, *stands_for.values()]
    place = {colour: at for at, colour in enumerate(palette)}
    index = {colour: place[stands_for[_near(colour, shift)]] for colour in seldom}
    index |= {colour: place[colour] for colour in kept}
    rows = (points[at : at + width] for at in range(0, width * height, width))
    data = b"".join(b"\0" + bytes(index[colour] for colour in row) for row in rows)
    head = struct.pack(">IIBBBBB", width, height, 8, PALETTE, 0, 0, 0)
    parts = (
        (b"IHDR", head),
        (b"PLTE", b"".join(map(bytes, palette))),
        (b"IDAT", zlib.compress(data, 9)),
        (b"IEND", b""),
    )
    return SIGNATURE + b"".join(_chunk(kind, content) for kind, content in parts)


def _near(colour: Colour, bits: int) -> Colour:
    red, green, blue = colour
    return red >> bits, green >> bits, blue >> bits


def _points(png: bytes) -> tuple[int, int, list[Colour]]:
    found = list(_chunks(png))
    width, height, depth, kind, _, _, interlaced = struct.unpack(">IIBBBBB", found[0][1])
    if (depth, kind, interlaced) != (8, RGB, 0):
        raise ValueError(f"not an RGB picture of 8 bits: {depth} bits, type {kind}")
    data = zlib.decompress(b"".join(content for name, content in found if name == b"IDAT"))
    length = 3 * width
    above = bytes(length)
    points: list[Colour] = []
    for start in range(0, height * (length + 1), length + 1):
        above = _row(data[start], data[start + 1 : start + 1 + length], above)
        points += zip(above[0::3], above[1::3], above[2::3], strict=True)
    return width, height, points


def _row(kind: int, written: bytes, above: bytes) -> bytes:
    """A row as it was before its filter (PNG specification, section 9)."""
    if kind == 0:
        return written
    row = bytearray(written)
    for at, value in enumerate(written):
        left = row[at - 3] if at >= 3 else 0
        up, corner = above[at], above[at - 3] if at >= 3 else 0
        row[at] = (value + (left, up, (left + up) // 2, _paeth(left, up, corner))[kind - 1]) & 255
    return bytes(row)


def _paeth(left: int, up: int, corner: int) -> int:
    guess = left + up - corner
    return min((left, up, corner), key=lambda near: abs(guess - near))


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    if not png.startswith(SIGNATURE):
        raise ValueError("not a PNG")
    at = len(SIGNATURE)
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        at += length + 12


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
