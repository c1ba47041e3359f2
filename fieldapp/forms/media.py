"""Pictures, sounds and films of a form on their way to phones: which of them go, and in what pieces.

A village has one bar of 2G: what is beyond these limits stays at the desk, its name stands in its place on the phone,
and the desk says so when the form is uploaded. docs/protocol.md, section 5.
"""

from collections.abc import Mapping
from typing import Any

FILE_BYTES_MAX = 1_000_000
FORM_BYTES_MAX = 2_000_000  # all files of a form together, in the order of the form
PIECE_BYTES = 48_000  # as large as a piece of a long list


# By the end of the name: what it is, its type, and how its first bytes look (after how many).
KINDS: dict[str, tuple[str, str, tuple[tuple[int, bytes], ...]]] = {
    "png": ("image", "image/png", ((0, b"\x89PNG\r\n\x1a\n"),)),
    "jpg": ("image", "image/jpeg", ((0, b"\xff\xd8\xff"),)),
    "jpeg": ("image", "image/jpeg", ((0, b"\xff\xd8\xff"),)),
    "gif": ("image", "image/gif", ((0, b"GIF87a"), (0, b"GIF89a"))),
    "webp": ("image", "image/webp", ((8, b"WEBP"),)),
    "mp3": ("audio", "audio/mpeg", ((0, b"ID3"), (0, b"\xff\xfb"), (0, b"\xff\xf3"), (0, b"\xff\xf2"))),
    "m4a": ("audio", "audio/mp4", ((4, b"ftyp"),)),
    "ogg": ("audio", "audio/ogg", ((0, b"OggS"),)),
    "wav": ("audio", "audio/wav", ((8, b"WAVE"),)),
    "mp4": ("video", "video/mp4", ((4, b"ftyp"),)),
    "webm": ("video", "video/webm", ((0, b"\x1aE\xdf\xa3"),)),
}


def sent(files: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    """{hash: bytes} of those media of a plan (its `files`) that phones get."""
    found: dict[str, int] = {}
    for given in files.values():
        if given["kind"] != "media" or given["bytes"] > FILE_BYTES_MAX:
            continue
        if given["hash"] in found or sum(found.values()) + given["bytes"] <= FORM_BYTES_MAX:
            found[given["hash"]] = given["bytes"]
    return found


def not_sent(files: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Names of the media that stay at the desk."""
    goes = sent(files)
    return [name for name, given in files.items() if given["kind"] == "media" and given["hash"] not in goes]


def pieces(size: int) -> int:
    """How many pieces a file of this many bytes has; an empty one has one."""
    return max(1, -(-size // PIECE_BYTES))


def type_of(ending: str, content: bytes) -> str | None:
    """The media type of a file whose name ends so; None where its first bytes are not those of one."""
    _, content_type, starts = KINDS.get(ending, ("", "", ()))
    return content_type if any(content[at : at + len(start)] == start for at, start in starts) else None
