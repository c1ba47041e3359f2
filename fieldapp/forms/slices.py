"""A long list on its way to phones: cut along the divisions, so that each phone holds what its owner may need.

    slice   "0"         rows without a region that can be read, and the provinces
            "99"        the cities and counties of province 99
            "990101"    everything below county 990101
    piece   "990101.2"  the third piece of a slice (the first has no number)

A list is cut by its column `region` (a division code, or the beginning of one); without that column it is all slice
"0". Every row lies in exactly one piece, which names the rows' places in the list, so that a phone puts them back in
order. docs/protocol.md, section 5.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product
from typing import Any

from pypinyin import Style, pinyin

PIECE_ROWS = 2_000  # some 40 KB as sent: a page of the feed carries one whole, also over a thin link
REGION = "region"
EVERYWHERE = "0"
READINGS_MAX = 8
_LEVELS = (2, 4, 6, 9)  # digits of province, city, county, township


@dataclass(frozen=True)
class Piece:
    """Some rows of a list, and `at`: runs of their places in it, as [first, count]."""

    columns: Sequence[str]
    at: Sequence[tuple[int, int]]
    rows: Sequence[Sequence[str]]

    def as_sent(self) -> dict[str, Any]:
        """What a pull carries (JSON), the initials of each row beside it."""
        words = _words_at(self.columns)
        said = [initials(row[words]) for row in self.rows]
        return {
            "columns": list(self.columns),
            "at": [list(run) for run in self.at],
            "rows": self.rows,
            "initials": said,
        }


def cut(parsed: Mapping[str, Any]) -> dict[str, Piece]:
    """The pieces of a list file (docs/forms.md, 7.6), by name."""
    columns, rows = parsed["columns"], parsed["rows"]
    at = columns.index(REGION) if REGION in columns else None
    slices: dict[str, list[int]] = {}
    for place, row in enumerate(rows):
        slices.setdefault(EVERYWHERE if at is None else slice_of(row[at]), []).append(place)
    pieces: dict[str, Piece] = {}
    for name, places in slices.items():
        for number, first in enumerate(range(0, len(places), PIECE_ROWS)):
            part = places[first : first + PIECE_ROWS]
            pieces[f"{name}.{number}" if number else name] = Piece(columns, _runs(part), [rows[i] for i in part])
    return pieces


def places(runs: Iterable[Sequence[int]]) -> Iterator[int]:
    """The places in the list that the runs of a piece name, in their order."""
    for first, count in runs:
        yield from range(first, first + count)


def wanted(pieces: Iterable[str], regions: Iterable[str]) -> list[str]:
    """Those pieces (names) that somebody who works in these regions (code prefixes) gets."""
    hers = tuple(regions)
    return [piece for piece in pieces if _is_wanted(piece.partition(".")[0], hers)]


def slice_of(region: str) -> str:
    """The slice in which a row of this division lies."""
    code = stem(region) if region.isascii() and region.isdecimal() else ""
    if len(code) <= _LEVELS[0]:
        return EVERYWHERE
    return code[:2] if len(code) <= _LEVELS[2] else code[:6]


def stem(code: str) -> str:
    """A division code without the zeros that fill it up: 990101000000 is the county 990101."""
    length = next((digits for digits in _LEVELS if not code[digits:].strip("0")), len(code))
    return code[:length]


def initials(words: str) -> str:
    """First letters of the pinyin of a name, its other readings behind blanks: 重庆 is "cq", 乐家村 "ljc yjc".

    A phrase that the dictionary knows has its one reading; a single sign may have several. Signs that are not Chinese
    stay as they are. Empty where there is no Chinese sign.
    """
    if words.isascii():
        return ""
    read = pinyin(words, style=Style.FIRST_LETTER, heteronym=True, errors=_plain)
    letters = [list(dict.fromkeys(reading)) for reading in read]
    return " ".join(dict.fromkeys("".join(way) for way in islice(product(*letters), READINGS_MAX)))


def _plain(run: str) -> str:
    return "".join(sign for sign in run.lower() if sign.isalnum())


def _is_wanted(name: str, regions: Sequence[str]) -> bool:
    return name == EVERYWHERE or any(
        stem(region).startswith(name) or name.startswith(stem(region)) for region in regions
    )


def _words_at(columns: Sequence[str]) -> int:
    labels = [at for at, column in enumerate(columns) if column.startswith("label:")]
    return columns.index("label:zh") if "label:zh" in columns else next(iter(labels), 0)


def _runs(places: Sequence[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for place in places:
        if runs and sum(runs[-1]) == place:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((place, 1))
    return runs
