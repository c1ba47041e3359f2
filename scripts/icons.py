#!/usr/bin/env python3
"""Draws static/icons/*.png: a sheet of notes, neutral on purpose. Uses the standard library alone.

    python3 scripts/icons.py

The same shape as static/icons/icon.svg. The maskable one fills its square and keeps the sheet inside the safe zone.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "static" / "icons"
SHEET, GROUND, FOLD = (255, 255, 255), (47, 93, 98), (185, 208, 210)
SAMPLES = 4  # by side, for smooth edges
CORNER = 96 / 512
LINES = ((188, 220, 340), (188, 276, 340), (188, 332, 292))  # left, middle, right, of 512


def colour_at(x: float, y: float, *, rounded: bool, scale: float) -> tuple[int, int, int, int]:
    """Red, green, blue, alpha of a point; x and y from 0 to 1."""
    if rounded and not _in_rounded_square(x, y):
        return (0, 0, 0, 0)
    u, v = (x - 0.5) / scale * 512 + 256, (y - 0.5) / scale * 512 + 256
    if 148 <= u <= 380 and 96 <= v <= 416:
        if u > 316 and v < 160:
            return (*FOLD, 255) if u - 316 <= v - 96 else (*GROUND, 255)
        on_line = any((u - min(max(u, left), right)) ** 2 + (v - at) ** 2 <= 100 for left, at, right in LINES)
        return (*GROUND, 255) if on_line else (*SHEET, 255)
    return (*GROUND, 255)


def draw(size: int, *, rounded: bool, scale: float) -> bytes:
    rows = []
    for row in range(size):
        pixels = b"".join(_pixel(column, row, size, rounded, scale) for column in range(size))
        rows.append(b"\x00" + pixels)
    header = struct.pack(">IIBBBBB", size, size, 8, 6, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"".join(rows), 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _pixel(column: int, row: int, size: int, rounded: bool, scale: float) -> bytes:
    steps = [(index + 0.5) / SAMPLES for index in range(SAMPLES)]
    points = [((column + a) / size, (row + b) / size) for a in steps for b in steps]
    seen = [colour_at(x, y, rounded=rounded, scale=scale) for x, y in points]
    alpha = sum(point[3] for point in seen)
    if alpha == 0:
        return bytes(4)
    mixed = [round(sum(point[n] * point[3] for point in seen) / alpha) for n in range(3)]
    return bytes([*mixed, round(alpha / len(seen))])


def _in_rounded_square(x: float, y: float) -> bool:
    dx = max(CORNER - x, x - (1 - CORNER), 0)
    dy = max(CORNER - y, y - (1 - CORNER), 0)
    return dx * dx + dy * dy <= CORNER * CORNER


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, size, rounded, scale in (
        ("192", 192, True, 1.0),
        ("512", 512, True, 1.0),
        ("512-maskable", 512, False, 0.8),
    ):
        (FOLDER / f"{name}.png").write_bytes(draw(size, rounded=rounded, scale=scale))


if __name__ == "__main__":
    main()
