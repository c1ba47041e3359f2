"""Searching every file of a browser's profile for what must not lie there, in any spelling it may have."""

import base64
import binascii
import hashlib
import os
import stat
import sys
from collections.abc import Mapping
from pathlib import Path
from uuid import UUID

NEEDLE_BYTES_MIN = 6  # a shorter one turns up in random bytes by chance
WORD_BYTES = 4  # wherever a text of 7 bytes or more lies, it covers one of the words that a file is cut into


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
    """The same markers in the same profile, in one state of the phone after the other.

    Thousands of spellings in 20 MB, one by one, took most of the time of a test. A file is cut into words of four bytes
    instead, and only what shares one with it is looked for: of a spelling the word may begin at each of its first four.
    """

    def __init__(self, profile: Path, markers: Mapping[str, set[bytes]]) -> None:
        self.profile = profile
        self._read: dict[bytes, set[str]] = {}  # by digest: of some 400 files a few have changed since the last state
        self._by_word: dict[int, set[tuple[str, bytes]]] = {}
        self._short: set[tuple[str, bytes]] = set()
        for marker, needle in ((name, one) for name, needles in markers.items() for one in needles):
            if len(needle) < 2 * WORD_BYTES - 1:
                self._short.add((marker, needle))
                continue
            for start in range(WORD_BYTES):
                word = int.from_bytes(needle[start : start + WORD_BYTES], sys.byteorder)
                self._by_word.setdefault(word, set()).add((marker, needle))

    def leaks(self) -> list[str]:
        """`marker in file`, for each marker and each file that holds it; file names are searched too.

        A browser that lives removes files and writes others in their stead while we read. What was removed lies there
        no more, what came instead must be read too: so this goes on until all of a list was there.
        """
        found: dict[str, None] = {}
        while self._gone(found):
            pass
        return list(found)

    def _gone(self, found: dict[str, None]) -> list[FileNotFoundError]:
        """What was listed and then could not be read any more; `found` is filled with what the rest holds."""
        gone: list[FileNotFoundError] = []

        def unlisted(error: OSError) -> None:
            if not isinstance(error, FileNotFoundError):
                raise error
            gone.append(error)

        files = [Path(folder, name) for folder, _, names in os.walk(self.profile, onerror=unlisted) for name in names]
        assert len(files) > 50, "this is not the profile of a browser that ran"
        for path in files:
            name = str(path.relative_to(self.profile))
            found |= dict.fromkeys(f"{marker} in {name}" for marker in sorted(self.inside(name.encode())))
            try:
                content = path.read_bytes() if stat.S_ISREG(path.lstat().st_mode) else b""
            except FileNotFoundError as error:
                gone.append(error)
                continue
            found |= dict.fromkeys(f"{marker} in {name}" for marker in sorted(self.inside(content)))
        return gone

    def inside(self, content: bytes) -> set[str]:
        """The markers that these bytes hold, in any spelling, at any place."""
        digest = hashlib.sha256(content).digest()
        if digest not in self._read:
            whole = memoryview(content)[: len(content) // WORD_BYTES * WORD_BYTES]
            shared = self._by_word.keys() & set(whole.cast("I"))
            likely = self._short.union(*(self._by_word[word] for word in shared))
            self._read[digest] = {marker for marker, needle in likely if needle in content}
        return self._read[digest]
