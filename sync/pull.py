"""What changed since a cursor: where a pull starts, what one page carries, and what a phone is told beside it."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol
from uuid import UUID

from sync.codes import Change
from sync.wire import CURSOR_CHARACTERS_MAX, WANT_BYTES_MAX, WANT_BYTES_MIN, b64u, from_b64u

MARK_BYTES = 16


@dataclass(frozen=True)
class Cursor:
    """How far a vault has come: in which epoch, under which version of its person's view, to which number.

    Opaque to the phone, and marked by the server, so that no phone can make one up. `view` stands in it, not in a
    table, so that a lost reply cannot skip a resync. Up to `whole` a vault that begins afresh gets everything, its own
    changes included: it holds nothing that they could stand for. `witness` is what this phone was told of the audit:
    it says so again with its next pull.
    """

    epoch: str
    view: int
    seqs: Mapping[str, int] = field(default_factory=dict)
    whole: int = 0
    witness: Mapping[str, tuple[int, str]] = field(default_factory=dict)  # district: (number, hash) of an audit chain

    def text(self, mark: "Mark") -> str:
        """As it travels: JSON ‖ mark."""
        said: dict[str, Any] = {"e": self.epoch, "v": self.view, "s": dict(sorted(self.seqs.items())), "w": self.whole}
        if self.witness:
            said["a"] = {district: list(end) for district, end in sorted(self.witness.items())}
        told = json.dumps(said, separators=(",", ":")).encode()
        return b64u(told + mark.of(told))


class Mark(Protocol):
    """What proves that this server wrote a text for this vault. `sync` does no cryptography: it is handed one."""

    def of(self, text: bytes) -> bytes:
        """MARK_BYTES bytes."""
        ...

    def holds(self, text: bytes, mark: bytes) -> bool: ...


def read_cursor(text: str | None, mark: Mark) -> Cursor | None:
    """The cursor a phone gives back; None for the first pull, and for what was not written here for this vault.

    A cursor that was made up could name numbers that were never given, and every phone would have to begin afresh.
    """
    if text is None or len(text) > CURSOR_CHARACTERS_MAX:
        return None
    try:
        raw = from_b64u(text)
        if not mark.holds(raw[:-MARK_BYTES], raw[-MARK_BYTES:]):
            return None
        said = json.loads(raw[:-MARK_BYTES])
        seqs = {str(district): int(seq) for district, seq in said["s"].items()}
        witness = {str(district): (int(seq), str(link)) for district, (seq, link) in said.get("a", {}).items()}
        cursor = Cursor(str(said["e"]), int(said["v"]), seqs, int(said["w"]), witness)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return cursor if all(seq >= 0 for seq in cursor.seqs.values()) else None


def start(
    text: str | None, epoch: str, view: int, head_seq: int, mark: Mark, horizon: Mapping[str, int] | None = None
) -> tuple[Cursor, bool]:
    """(where to go on, whether the phone has to drop what does not come again). `head_seq`: the newest number;
    `horizon`: by district the number below which it was forgotten what is gone.
    """
    cursor = read_cursor(text, mark)
    if cursor is not None and (cursor.epoch, cursor.view) == (epoch, view) and not _is_below(cursor, horizon or {}):
        return cursor, False
    return Cursor(epoch, view, {}, head_seq), text is not None


def _is_below(cursor: Cursor, horizon: Mapping[str, int]) -> bool:
    # Who began afresh behind the horizon holds nothing of what was forgotten, however far it has come since.
    return any(max(cursor.seqs.get(district, 0), cursor.whole) < seq for district, seq in horizon.items())


def is_ahead(cursor: Cursor, heads: Mapping[str, int]) -> bool:
    """Whether this phone has seen numbers that were never given here: the database is older than the phone."""
    return any(seq > heads.get(district, 0) for district, seq in cursor.seqs.items())


def is_own(row: "Row", cursor: Cursor, vault_id: UUID) -> bool:
    """Whether a change carries nothing for this vault, because it made it itself on top of all it knew."""
    return row.origin_vault == vault_id and row.seq > cursor.whole


def saw(cursor: Cursor | None, district: str, replaced_seq: int | None) -> bool:
    """Whether the row that a push replaces had reached this vault. Only then is the new row its own (`own`)."""
    return cursor is not None and replaced_seq is not None and cursor.seqs.get(district, 0) >= replaced_seq


@dataclass(frozen=True)
class Row:
    """A row of a person's feed."""

    seq: int
    ref: str
    kind: str
    version: int
    origin_vault: UUID | None


@dataclass(frozen=True)
class Rendered:
    """One change as it goes out; `payload` is one zlib stream of JSON, empty where the kind carries nothing."""

    kind: Change
    ref: str
    version: int
    payload: bytes = b""

    def head(self, district: str) -> dict[str, Any]:
        """Its row of `changes`."""
        return {
            "kind": self.kind.value,
            "ref": self.ref,
            "district": district,
            "version": self.version,
            "len": len(self.payload),
        }


def fill(
    rows: Sequence[Row], limit: int, want: int, render: Callable[[Row], Rendered]
) -> tuple[list[Rendered], int | None, bool]:
    """(changes, number of the last one or None, whether there is more) of one page.

    `rows` are asked for one more than `limit`, so that the last page knows it is the last. The first change always
    goes, however large: a page that carries nothing would be asked for for ever.
    """
    bound = min(max(want, WANT_BYTES_MIN), WANT_BYTES_MAX)
    page: list[Rendered] = []
    size, last = 0, None
    for row in rows[:limit]:
        rendered = render(row)
        if page and size + len(rendered.payload) > bound:
            return page, last, True
        page.append(rendered)
        size, last = size + len(rendered.payload), row.seq
    return page, last, len(rows) > limit


def after(cursor: Cursor, district: str, seq: int | None, end: tuple[int, str] | None = None) -> Cursor:
    """The cursor behind a page; the same when the page was empty. `end`: of the audit chain of this district."""
    if seq is None:
        return cursor
    witness = cursor.witness if end is None else {**cursor.witness, district: end}
    return replace(cursor, seqs={**cursor.seqs, district: seq}, witness=witness)


def reply_head(
    *,
    request: str,
    t: int,
    epoch: str,
    results: Iterable[Mapping[str, Any]],
    page: Mapping[str, Any] | None,
    pull_refused: str | None,
    safe: Mapping[str, int],
    directives: Iterable[Mapping[str, Any]],
    audit: Mapping[str, Any],
    after_s: int,
) -> dict[str, Any]:
    """The head of a reply frame, with all keys of docs/protocol.md section 4."""
    return {
        "v": 1,
        "request": request,
        "t": t,
        "epoch": epoch,
        "results": list(results),
        "page": None if page is None else dict(page),
        "pull_refused": pull_refused,
        "safe": dict(safe),
        "directives": list(directives),
        "audit": dict(audit),
        "after_s": after_s,
    }
