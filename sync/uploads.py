"""Files on their way up (docs/protocol.md section 9): the messages, their bounds, and what each verb means. Rules only.

    announce   what will come: id, hash, length, the envelope that holds its key; saying it again is harmless
    HEAD       how much is here
    PATCH      the next piece, at exactly the offset the server said; the last one is followed by the digest

A file belongs to who announced it. Its bytes are decided by the hash it was announced with, so that whatever is cut,
repeated or comes in another order ends in those bytes or in a named refusal.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from sync import wire

PATH = "/sync/v1/blobs"
ANNOUNCE = f"POST {PATH}"
ANNOUNCE_BYTES_MAX = 2_048
FILE_HEAD_BYTES = 16 + 1 + 16 + 16
# A piece that is not the last is at least so long: each is written to disk before it is answered.
UPLOAD_CHUNK_BYTES_MIN = 32_768
UPLOAD_CHUNK_BYTES_MAX = 262_144
# Sealed lengths. A photo is 1,600 px, a page 2,200 px grey, a sound three minutes of opus.
FILE_BYTES_MAX: Mapping[str, int] = {
    "photo": 3 * 1024 * 1024,
    "paper": 4 * 1024 * 1024,
    "audio": 2 * 1024 * 1024,
    "file": 10 * 1024 * 1024,
    "thumb": 16 * 1024,
}
OPEN_UPLOADS_MAX = 30  # of one vault: begun, not whole
UNNAMED_BYTES_MAX = 200 * 1024 * 1024  # of one vault, of files that no stored revision names
STOPPED_BYTES_MAX = 50 * 1024 * 1024  # the same of a suspended or revoked one, whose work waits for a person
DAY_BYTES_MAX = 1024 * 1024 * 1024  # of one person, begun within a day and night: naming costs nothing, a disk does
PARTIAL_KEPT_DAYS = 30  # since its last piece
UNNAMED_KEPT_DAYS = 180  # whole, but no revision ever named it: longer than a draft is left lying
NAMED_MAX = 300  # files of one revision, pages and thumbnails counted
PAPERS_MAX = 100  # questions of one revision that have papers beside their answer
PAPERS_EACH_MAX = 20
PATH_CHARACTERS_MAX = 500
PAGES_MAX = 30
_DEPTH_MAX = 40


class State(StrEnum):
    """How far a file is. `gone`: its family was erased, or nothing ever named it."""

    PARTIAL = "partial"
    COMPLETE = "complete"
    GONE = "gone"


class No(StrEnum):
    """Why a file is not taken (state `refused`). It stays on the phone; nothing of it is kept here."""

    TOO_LARGE = "too_large"
    TOO_MANY_OPEN = "too_many_open"  # end those that were begun first
    TOO_MUCH_UNNAMED = "too_much_unnamed"  # hand in the reports that name them first
    TOO_MUCH_TODAY = "too_much_today"  # try again later
    UNKNOWN_KEY = "unknown_key"  # the envelope is for a server key that is gone: make another one for the same file
    UNKNOWN_SUITE = "unknown_suite"
    DAMAGED = "damaged"  # the envelope or the file does not open
    GONE = "gone"


class Verdict(StrEnum):
    """What becomes of an announcement that is not refused."""

    NEW = "new"
    KNOWN = "known"
    CHANGED = "changed"  # other bytes, or another person's, under this id


class Fit(StrEnum):
    """What becomes of a piece."""

    NEXT = "next"
    LAST = "last"
    ELSEWHERE = "elsewhere"  # not at the offset that is due: the answer says which is
    MISSHAPEN = "misshapen"  # shorter or longer than a piece may be, or beyond the end


# --- messages ---------------------------------------------------------------------------------------------------------


class FileEnvelopeSchema(Schema):
    class Meta:
        unknown = RAISE

    id = wire.Bytes(16, required=True)
    suite = fields.Integer(strict=True, required=True, validate=validate.Range(min=0, max=255))
    key_id = fields.String(required=True, validate=validate.Regexp(r"[0-9a-f]{16}\Z"))
    bytes = wire.Bytes(wire.ENVELOPE_BYTES, required=True)


class AnnounceSchema(Schema):
    """Body of an announcement."""

    class Meta:
        unknown = RAISE

    v = fields.Integer(strict=True, required=True, validate=validate.Equal(wire.PROTOCOL_VERSION))
    file_id = wire.Id(required=True)
    hash = wire.Bytes(32, required=True)
    bytes = fields.Integer(
        strict=True,
        required=True,
        validate=validate.Range(min=FILE_HEAD_BYTES + wire.TAG_BYTES, max=wire.NUMBER_MAX),
    )
    envelope = fields.Nested(FileEnvelopeSchema, required=True)
    record_id = wire.Id(required=True, allow_none=True)
    kind = fields.String(required=True, validate=validate.OneOf(tuple(FILE_BYTES_MAX)))


@dataclass(frozen=True)
class Envelope:
    """Where the sealing key of a file lies (docs/protocol.md section 2)."""

    envelope_id: bytes
    suite: int
    key_id: str
    sealed: bytes


@dataclass(frozen=True)
class Announced:
    """What a phone says will come. `record_id` is a claim: it orders nothing and opens nothing."""

    file_id: UUID
    hash: bytes
    bytes: int
    kind: str
    record_id: UUID | None
    envelope: Envelope


@dataclass(frozen=True)
class Named:
    """A file as an answer names it. `kind` is what it is to the report: photo, paper, audio, file or thumb."""

    file_id: UUID
    hash: bytes
    bytes: int
    kind: str


@dataclass(frozen=True)
class Known:
    """What the server has of a file."""

    hash: bytes
    bytes: int
    offset: int
    state: str
    is_hers: bool


@dataclass(frozen=True)
class Room:
    """What one vault has here already, this file not counted. `is_named`: a stored revision of hers names this file.
    `day_bytes`: what all vaults of its person began within a day and night.
    """

    open_uploads: int
    unnamed_bytes: int
    day_bytes: int
    is_stopped: bool
    is_named: bool


def read_announcement(body: bytes) -> Announced:
    """The announcement. Raises wire.Malformed."""
    try:
        said: dict[str, Any] = dict(_ANNOUNCE.load(wire.read_json(body)))
    except ValidationError as error:
        raise wire.Malformed(f"unexpected shape: {sorted(map(str, error.messages_dict))}") from error
    envelope = said["envelope"]
    return Announced(
        file_id=said["file_id"],
        hash=said["hash"],
        bytes=said["bytes"],
        kind=said["kind"],
        record_id=said["record_id"],
        envelope=Envelope(envelope["id"], envelope["suite"], envelope["key_id"], envelope["bytes"]),
    )


def announcement(announced: Announced) -> dict[str, Any]:
    """The JSON of an announcement, as `read_announcement` reads it."""
    envelope = announced.envelope
    return {
        "v": wire.PROTOCOL_VERSION,
        "file_id": str(announced.file_id),
        "hash": wire.b64u(announced.hash),
        "bytes": announced.bytes,
        "envelope": {
            "id": wire.b64u(envelope.envelope_id),
            "suite": envelope.suite,
            "key_id": envelope.key_id,
            "bytes": wire.b64u(envelope.sealed),
        },
        "record_id": None if announced.record_id is None else str(announced.record_id),
        "kind": announced.kind,
    }


def method_path(method: str, file_id: UUID, offset: int | None = None) -> str:
    """What a signature of HEAD and PATCH is for: "PATCH /sync/v1/blobs/<id>?<offset>"."""
    at = "" if offset is None else f"?{offset}"
    return f"{method} {PATH}/{file_id}{at}"


def reply(offset: int, state: str, reason: No | None = None, seq: int | None = None) -> dict[str, Any]:
    """What an announcement is answered with; `seq` once the file is whole (section 4, `safe`)."""
    return {"offset": offset, "state": state, "reason": None if reason is None else reason.value, "seq": seq}


# --- rules ------------------------------------------------------------------------------------------------------------


def judge(asked: Announced, known: Known | None, room: Room) -> Verdict | No:
    """What an announcement means, the envelope not looked at. What was begun goes on, whatever is full meanwhile."""
    if known is not None:
        if not known.is_hers or (known.hash, known.bytes) != (asked.hash, asked.bytes):
            return Verdict.CHANGED
        return No.GONE if known.state == State.GONE else Verdict.KNOWN
    if asked.bytes > FILE_BYTES_MAX[asked.kind]:
        return No.TOO_LARGE
    if room.open_uploads >= OPEN_UPLOADS_MAX:
        return No.TOO_MANY_OPEN
    most = STOPPED_BYTES_MAX if room.is_stopped else UNNAMED_BYTES_MAX
    if not room.is_named and room.unnamed_bytes + asked.bytes > most:
        return No.TOO_MUCH_UNNAMED
    if room.day_bytes + asked.bytes > DAY_BYTES_MAX:
        return No.TOO_MUCH_TODAY
    return Verdict.NEW


def fit(known: Known, offset: int, length: int) -> Fit:
    """What a piece of this length at this offset means."""
    if known.state != State.PARTIAL or offset != known.offset:
        return Fit.ELSEWHERE
    end = offset + length
    if not 0 < length <= UPLOAD_CHUNK_BYTES_MAX or end > known.bytes:
        return Fit.MISSHAPEN
    if end == known.bytes:
        return Fit.LAST
    return Fit.NEXT if length >= UPLOAD_CHUNK_BYTES_MIN else Fit.MISSHAPEN


# --- files that a body names ------------------------------------------------------------------------------------------


def named_in(body: Mapping[str, Any]) -> list[Named]:
    """Every file that a body of a revision or a draft names, each once: in its answers, and in its papers.

    What only looks like a file names none; the schema of its form has said what it thinks of it.
    """
    found: dict[UUID, Named] = {}
    for value in _objects(body.get("answers"), 0):
        found |= {named.file_id: named for named in named_by(value)}
    for listed in (body.get("papers") or {}).values():
        for value in listed:
            found |= {named.file_id: named for named in named_by(value)}
    return list(found.values())


def named_by(value: Any) -> list[Named]:
    """The files of one value: the file or first page, further pages, the thumbnail last; empty for another value."""
    first = _named(value, _kind_of(value))
    if first is None:
        return []
    pages = value.get("pages")
    listed = [_named(page, first.kind) for page in pages] if isinstance(pages, list) else []
    return [named for named in (first, *listed, _named(value.get("thumb"), "thumb")) if named is not None]


class Papers(fields.Dict):
    """`papers` of a body: `{path of a question: [file value, …]}`."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if type(value) is not dict or len(value) > PAPERS_MAX:
            raise ValidationError("not papers by path")
        for path, listed in value.items():
            if not 0 < len(path) <= PATH_CHARACTERS_MAX or type(listed) is not list or len(listed) > PAPERS_EACH_MAX:
                raise ValidationError("not papers of a question")
            if not all(map(_is_file_value, listed)):
                raise ValidationError("not a file")
        return value


_KEYS = frozenset({"file", "hash", "kind", "type", "bytes", "taken", "pages", "thumb"})
_PAGE_KEYS = frozenset({"file", "hash", "bytes"})


def _is_file_value(value: Any) -> bool:
    if type(value) is not dict or not value.keys() <= _KEYS or _named(value, _kind_of(value)) is None:
        return False
    pages, thumb = value.get("pages", []), value.get("thumb")
    if type(pages) is not list or len(pages) > PAGES_MAX:
        return False
    return all(map(_is_page, pages)) and (thumb is None or _is_page(thumb))


def _is_page(value: Any) -> bool:
    return type(value) is dict and value.keys() == _PAGE_KEYS and _named(value, "") is not None


def _kind_of(value: Any) -> str:
    kind = value.get("kind") if isinstance(value, dict) else None
    return kind if isinstance(kind, str) and kind in FILE_BYTES_MAX else "file"


def _named(value: Any, kind: str) -> Named | None:
    if not isinstance(value, dict) or type(value.get("bytes")) is not int:
        return None
    told, digest = value.get("file"), value.get("hash")
    if not isinstance(told, str) or not isinstance(digest, str):
        return None
    try:
        file_id, raw = UUID(told), wire.from_b64u(digest)
    except ValueError:
        return None
    return Named(file_id, raw, value["bytes"], kind) if str(file_id) == told and len(raw) == 32 else None


def _objects(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    if depth > _DEPTH_MAX:
        return
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _objects(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _objects(inner, depth + 1)


_ANNOUNCE = AnnounceSchema()
