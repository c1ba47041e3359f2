"""Files of reports at the desk: which of them are here, and showing one to who may read it.

A file is shown in no report but of the family it belongs to (actions/file_names.py).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.actions.file_keys import open_key
from fieldapp.actions.findings import body_of
from fieldapp.actions.plans import plan_of
from fieldapp.actions.uploads import STORE_RETRY_AFTER_S
from fieldapp.blobs import BlobError, BlobStore, Missing
from fieldapp.crypto import files as crypto
from fieldapp.crypto import packages
from fieldapp.errors import Problem
from fieldapp.forms.plan import Plan
from fieldapp.models import audit
from fieldapp.models.accounts import Acting
from fieldapp.models.files import File, FileName
from fieldapp.models.records import Record, Revision
from sync import uploads
from sync.uploads import Named, State

# What a file is, by its first bytes: what the phone says of it decides nothing. Only these are shown in a page.
_PICTURES = ((b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"))
_OPUS_HEAD_WITHIN = 64
_TRACK_IS = re.compile(rb"hdlr.{8}(.{4})", re.DOTALL)  # ISO 14496-12, 8.4.3: version, flags, a gap, then what it is
SHOWN = frozenset({"image/jpeg", "image/png", "image/webp", "audio/ogg", "audio/webm", "audio/mp4"})
ENDINGS = {
    "image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "audio/ogg": "ogg", "audio/webm": "webm",
    "audio/mp4": "m4a", "application/pdf": "pdf",
}  # fmt: skip
OTHER = "application/octet-stream"


@dataclass(frozen=True)
class FileView:
    """One file of a report, as its page shows it. `thumb_id` is a small picture of it that is here already; `number` is
    what the phone calls it: its author may have written "see photo 3".
    """

    file_id: UUID
    kind: str
    number: int
    state: str  # waiting (nothing of it is here), partial, complete, gone
    offset: int
    length: int
    page: int  # from 1; 0 where it has only one
    thumb_id: UUID | None

    @property
    def is_here(self) -> bool:
        return self.state == State.COMPLETE


@dataclass(frozen=True)
class Allowed:
    """A file that somebody may open: where its bytes lie, and what opens them."""

    file_id: UUID
    digest: bytes
    key: crypto.FileKey


@dataclass(frozen=True)
class Shown:
    """A file that is opened: its type by its first bytes, how long it is, and its bytes, a chunk at a time."""

    file_id: UUID
    type: str
    pieces: Iterator[bytes]

    @property
    def is_shown(self) -> bool:
        return self.type in SHOWN

    @property
    def name(self) -> str:
        """What it is called where it is saved: nothing of a family, nothing that a phone said."""
        return f"{str(self.file_id)[-12:]}.{ENDINGS.get(self.type, 'bin')}"


def of_body(session: Session, record: Record, plan: Plan, body: Mapping[str, Any]) -> dict[str, list[FileView]]:
    """The files of a report by the path of their question, papers beside an answer among them; without thumbnails."""
    values = list(values_in(plan, body))
    named = {one.file_id: one for _, _, value in values for one in uploads.named_by(value)}
    known = _of_record(session, record, named)
    in_order = sorted((value for *_, value in values), key=_taken)
    numbers = {value["file"]: number for number, value in reversed(list(enumerate(in_order, start=1)))}
    found: dict[str, list[FileView]] = {}
    for path, _, value in values:
        *files, last = uploads.named_by(value)
        thumb = last if last.kind == "thumb" else None
        files = files if thumb is not None else [*files, last]
        thumb_id = thumb.file_id if thumb is not None and _is_whole(known.get(thumb.file_id)) else None
        for page, one in enumerate(files, start=1):
            at, small = (page if len(files) > 1 else 0), (thumb_id if page == 1 else None)
            view = _view(one, known.get(one.file_id), numbers[value["file"]], at, small)
            found.setdefault(path, []).append(view)
    return found


def missing(session: Session, record: Record, body: Mapping[str, Any]) -> tuple[int, int]:
    """(how many files this body names, how many of them are not here yet). Thumbnails are not counted."""
    named = {one.file_id: one for one in uploads.named_in(body) if one.kind != "thumb"}
    known = _of_record(session, record, named)
    return len(named), sum(not _is_whole(known.get(file_id)) for file_id in named)


def allow(
    session: Session,
    acting: Acting,
    record: Record,
    classes: frozenset[str],
    file_id: UUID,
    now: datetime,
    *,
    only: UUID | None = None,
) -> Allowed:
    """Let `acting` open a file of a report that she has the right to read, where she reads these classes of its family,
    and write it down. `only`: where she reads this one revision of it; else those that came before and beside are hers
    too.

    Raises `not_found` for a file of another class, as for one that no revision of the report names or that is not here.
    """
    named, stands_at = _stands_at(session, record, file_id, only)
    file = _of_record(session, record, named).get(file_id)
    if file is None or file.state != State.COMPLETE or not stands_at or not stands_at <= classes:
        raise Problem("not_found")
    key = open_key(session, file)
    about: dict[str, object] = {"record": str(record.record_id), "file": str(file_id)}
    audit.note_read(session, acting, "read_file", about, now)
    return Allowed(file_id, file.hash, key)


def show(store: BlobStore, allowed: Allowed) -> Shown:
    """Open it; after the commit of `allow`, for a bucket may take its time. Raises `stored_damaged`, and `server_busy`
    where the store does not answer.
    """
    pieces = _opened(store, allowed.digest, allowed.key)
    try:
        first = next(pieces)
    except (Missing, packages.Refused) as error:
        raise Problem("stored_damaged") from error
    except BlobError as error:
        raise Problem("server_busy", retry_after_s=STORE_RETRY_AFTER_S) from error
    return Shown(allowed.file_id, type_of(first), _with(first, pieces))


def values_in(plan: Plan, body: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(path, class, value) of every value in a body that names a file: answers in the order of the form, then papers.

    Papers of a question that this form does not have are nobody's to read.
    """
    yield from _answers(plan, 0, body.get("answers") or {}, "")
    classes = dict(_classes(plan, 0, ""))
    for path, listed in (body.get("papers") or {}).items():
        sensitivity = classes.get(_without_rows(path))
        for value in listed if sensitivity is not None else ():
            yield path, sensitivity or "", value


def type_of(start: bytes) -> str:
    """The type of a file by its first bytes."""
    for magic, kind in _PICTURES:
        if start.startswith(magic):
            return kind
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "image/webp"
    if start.startswith(b"OggS") and b"OpusHead" in start[:_OPUS_HEAD_WITHIN]:
        return "audio/ogg"
    if start.startswith(b"\x1a\x45\xdf\xa3") and b"webm" in start[:_OPUS_HEAD_WITHIN]:
        return "audio/webm"
    if start[4:8] == b"ftyp" and (start[8:12] == b"M4A " or _tracks(start) == {b"soun"}):
        return "audio/mp4"
    return "application/pdf" if start.startswith(b"%PDF-") else OTHER


def _tracks(start: bytes) -> set[bytes]:
    """What the tracks of an MP4 are, where their table stands at its beginning, as a recorder of Safari writes it."""
    at = 0
    while at + 8 <= len(start):
        length, kind = int.from_bytes(start[at : at + 4]), start[at + 4 : at + 8]
        if kind == b"moov":
            return set(_TRACK_IS.findall(start[at : at + length]))
        at += max(8, length)
    return set()


def _stands_at(
    session: Session, record: Record, file_id: UUID, only: UUID | None
) -> tuple[dict[UUID, Named], set[str]]:
    """A file as these revisions of a report name it, and the classes of all questions at which it stands in them."""
    naming = session.scalars(
        select(FileName).where(
            FileName.district == record.district, FileName.record_id == record.record_id, FileName.file_id == file_id
        )
    )
    named: dict[UUID, Named] = {}
    classes: set[str] = set()
    for row in naming:
        if only not in (None, row.revision_id):
            continue
        revision = session.get_one(Revision, (record.district, row.revision_id))
        plan = plan_of(session, revision.form, revision.form_version)
        assert plan is not None  # a revision of an unknown form is never stored
        for _, sensitivity, value in values_in(plan, body_of(session, revision)):
            found = {one.file_id: one for one in uploads.named_by(value) if one.file_id == file_id}
            named |= found
            classes |= {sensitivity} if found else set()
    return named, classes


def _answers(plan: Plan, number: int, answers: Any, prefix: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    if not isinstance(answers, dict):
        return
    for child in plan.children[number]:
        node = plan.nodes[child]
        value = answers.get(node["name"])
        path = f"{prefix}{node['name']}"
        if node["kind"] == "repeat":
            for row in value if isinstance(value, list) else ():
                if isinstance(row, dict):
                    yield from _answers(plan, child, row, f"{path}[{row.get('_id')}].")
        elif node["kind"] == "group":
            yield from _answers(plan, child, value, f"{path}.")
        elif node["kind"] == "question" and isinstance(value, dict) and uploads.named_by(value):
            yield path, str(node["sensitivity"]), value


def _classes(plan: Plan, number: int, prefix: str) -> Iterator[tuple[str, str]]:
    for child in plan.children[number]:
        node = plan.nodes[child]
        path = f"{prefix}{node['name']}"
        if node["kind"] == "question":
            yield path, str(node["sensitivity"])
        yield from _classes(plan, child, f"{path}.")


def _without_rows(path: str) -> str:
    return ".".join(step.partition("[")[0] for step in path.split("."))


def _of_record(session: Session, record: Record, named: Mapping[UUID, Named]) -> dict[UUID, File]:
    """Those files that came from an author of this family under these ids, with these bytes."""
    rows = session.scalars(
        select(File).where(
            File.district == record.district, File.file_id.in_(list(named)), File.case_id == record.case_id
        )
    )
    return {row.file_id: row for row in rows if row.hash == named[row.file_id].hash}


def _is_whole(file: File | None) -> bool:
    return file is not None and file.state == State.COMPLETE


def _taken(value: Mapping[str, Any]) -> str:
    """The order in which a report's files are numbered: as static/js/ui/widgets/more/papers.js does it."""
    return f"{value.get('taken')!s:0>16}{value['file']}"


def _view(named: Named, file: File | None, number: int, page: int, thumb_id: UUID | None) -> FileView:
    state, offset = ("waiting", 0) if file is None else (file.state, file.offset)
    return FileView(named.file_id, named.kind, number, state, offset, named.bytes, page, thumb_id)


def _opened(store: BlobStore, digest: bytes, key: crypto.FileKey) -> Iterator[bytes]:
    with store.open(digest) as stream:
        yield from crypto.open_chunks(stream, key)


def _with(first: bytes, others: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from others
