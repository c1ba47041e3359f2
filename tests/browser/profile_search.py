"""Searching every file of a browser's profile for what must not lie there, in any spelling it may have."""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from pathlib import Path
from uuid import UUID

NEEDLE_BYTES_MIN = 6  # a shorter one turns up in random bytes by chance


def spellings(raw: bytes) -> set[bytes]:
    """These bytes as hex, and as base64 wherever they may stand in a longer text."""
    found = {raw, binascii.hexlify(raw), binascii.hexlify(raw).upper()}
    for offset in range(3):
        coded = base64.b64encode(bytes(offset) + raw)
        # What the neighbours have a share in is cut away on both sides.
        inner = coded[-(-offset * 8 // 6) : (offset + len(raw)) * 8 // 6]
        found |= {inner, inner.translate(bytes.maketrans(b"+/", b"-_"))}
    return {one for one in found if len(one) >= NEEDLE_BYTES_MIN}


def of_text(text: str) -> set[bytes]:
    return spellings(text.encode()) | spellings(text.encode("utf-16-le")) | spellings(text.encode("utf-16-be"))


def of_id(named: UUID) -> set[bytes]:
    tail = named.bytes[8:]
    texts = (str(named), str(named).upper(), named.hex, str(named)[19:], named.hex[16:])
    return set().union(spellings(named.bytes), spellings(tail), *(of_text(text) for text in texts))


class Search:
    """The same markers in the same profile, in one state of the phone after the other."""

    def __init__(self, profile: Path, markers: Mapping[str, set[bytes]]) -> None:
        self.profile, self.markers = profile, markers
        self._read: dict[bytes, list[str]] = {}  # by digest: of some 400 files a few have changed since the last state

    def leaks(self) -> list[str]:
        """`marker in file`, for each marker and each file that holds it; file names are searched too."""
        files = [path for path in self.profile.rglob("*") if path.is_file() and not path.is_symlink()]
        assert len(files) > 50, "this is not the profile of a browser that ran"
        found = []
        for path in files:
            name = str(path.relative_to(self.profile))
            found += [f"{marker} in {name}" for marker in self._in(name.encode()) + self._in(path.read_bytes())]
        return found

    def _in(self, content: bytes) -> list[str]:
        digest = hashlib.sha256(content).digest()
        if digest not in self._read:
            self._read[digest] = [
                name for name, needles in self.markers.items() if any(needle in content for needle in needles)
            ]
        return self._read[digest]
