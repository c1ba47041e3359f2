"""A camera for the browser that is made here: a lined paper on a dark table, as one frame of raw video (YUV4MPEG2)."""

from pathlib import Path

WIDTH, HEIGHT = 2560, 1920
TABLE, PAPER, INK = b"\x30", b"\xe6", b"\x28"
# The paper stands a little inside the frame; its print is lines of strokes three pixels thick.
LEFT, RIGHT, TOP, BOTTOM = 240, 2320, 160, 1760


def film(path: Path, *, width: int = WIDTH, height: int = HEIGHT, soft: bool = False) -> Path:
    """Write the film; `soft`: print that is out of focus, as grey bands without an edge."""
    grey = _page(width, height, soft=soft)
    colour = b"\x80" * (width * height // 2)
    head = f"YUV4MPEG2 W{width} H{height} F5:1 Ip A1:1 C420mpeg2\n".encode()
    path.write_bytes(head + b"FRAME\n" + grey + colour)
    return path


def flags(path: Path) -> list[str]:
    """What makes Chromium take this film for its camera, a tone for its microphone, and ask nobody."""
    return [
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={path}",
    ]


def _page(width: int, height: int, *, soft: bool) -> bytes:
    left, right = LEFT * width // WIDTH, RIGHT * width // WIDTH
    top, bottom = TOP * height // HEIGHT, BOTTOM * height // HEIGHT
    table = TABLE * width
    blank = TABLE * left + PAPER * (right - left) + TABLE * (width - right)
    margin = (right - left) // 10
    room = right - left - 2 * margin
    words = (INK * 26 + PAPER * 12) * (room // 38)
    print_row = TABLE * left + PAPER * margin + words + PAPER * (right - left - margin - len(words))
    print_row += TABLE * (width - len(print_row))
    rows = []
    for y in range(height):
        if not top <= y < bottom:
            rows.append(table)
        elif soft:
            shade = bytes([200 + 20 * ((y // 4) % 8) // 8])
            rows.append(TABLE * left + shade * (right - left) + TABLE * (width - right))
        else:
            is_print = top + margin < y < bottom - margin and y % 54 < 34 and y % 9 < 4
            rows.append(print_row if is_print else blank)
    return b"".join(rows)
