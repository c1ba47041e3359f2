"""Files on their way up (docs/protocol.md section 9): announced, appended piece by piece, compared, kept.

    read_announcement, announce   what will come, and whether there is room for it
    read_signed, upload_of        how much is here
    append, advance               a piece: onto the disk first, then its offset; nothing is answered before both
    key_of_whole, keep, complete  the last piece came: digest and seal are right, it lies under its hash, her feed moves

A vault that was stopped hands its files in as it does its reports: what they belong to waits for a person.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import BinaryIO
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fieldapp.actions.callers import caller
from fieldapp.actions.file_keys import draft_of, first_naming, is_draft_forgotten, is_forgotten, seal_key
from fieldapp.blobs import BlobError, BlobStore, Missing, NoRoom, Part
from fieldapp.crypto import files as crypto
from fieldapp.crypto import packages
from fieldapp.crypto.files import FileKey
from fieldapp.crypto.packages import SealingKey
from fieldapp.disk import digest_of
from fieldapp.errors import Problem
from fieldapp.models import audit, feed, server_keys
from fieldapp.models.accounts import acting_for, hold
from fieldapp.models.files import File, FileName
from fieldapp.models.vaults import Vault, VaultState
from sync import uploads, wire
from sync.codes import Reason
from sync.uploads import Announced, Fit, Known, No, Room, State, Verdict

STORE_RETRY_AFTER_S = 60


@dataclass(frozen=True)
class Asked:
    """An announcement of a vault that proved itself; `trouble`: its envelope does not open."""

    district: str
    vault_id: UUID
    person_id: UUID
    is_stopped: bool
    said: Announced
    trouble: No | None


@dataclass(frozen=True)
class Upload:
    """A file of the vault that is calling, as the server has it at this moment."""

    district: str
    file_id: UUID
    vault_id: UUID
    person_id: UUID
    hash: bytes
    bytes: int
    offset: int
    state: str
    seq: int | None
    envelope: uploads.Envelope | None  # None once it is whole

    @property
    def known(self) -> Known:
        return Known(self.hash, self.bytes, self.offset, self.state, is_hers=True)

    def elsewhere(self) -> Problem:
        """That a piece was not for the offset that is due, and which is."""
        return Problem("file_offset", offset=self.offset, length=self.bytes, state=self.state, seq=self.seq)


def read_announcement(session: Session, vault: str, signature: str, body: bytes) -> Asked:
    """Read an announcement. Raises `unknown_vault`, `request_malformed`."""
    row = caller(session, uploads.ANNOUNCE, vault, signature, body)
    try:
        said = uploads.read_announcement(body)
    except wire.Malformed as error:
        raise Problem("request_malformed") from error
    key = _sealing_key(session, said.envelope, row.vault_id)
    is_active = row.state == VaultState.ACTIVE and acting_for(session, row.district, row.person_id) is not None
    trouble = key if isinstance(key, No) else None
    return Asked(row.district, row.vault_id, row.person_id, not is_active, said, trouble)


def read_signed(
    session: Session, vault: str, signature: str, method: str, file_id: UUID, offset: int | None, body: bytes
) -> Upload:
    """The file that a HEAD or PATCH is about. Raises `unknown_vault`, and `not_found` for another's as for none."""
    row = caller(session, uploads.method_path(method, file_id, offset), vault, signature, body)
    return upload_of(session, row, file_id)


def upload_of(session: Session, vault: Vault | Upload, file_id: UUID) -> Upload:
    """How far a file of this vault's person is now. Raises `not_found`."""
    file = session.get(File, (vault.district, file_id), populate_existing=True)
    if file is None or file.person_id != vault.person_id:
        raise Problem("not_found")
    envelope = None
    if file.envelope is not None:
        envelope = uploads.Envelope(file.envelope_id, file.suite, file.key_id, file.envelope)
    return Upload(
        district=file.district,
        file_id=file.file_id,
        vault_id=file.vault_id,
        person_id=file.person_id,
        hash=file.hash,
        bytes=file.length,
        offset=file.offset,
        state=file.state,
        seq=file.seq,
        envelope=envelope,
    )


def announce(session: Session, asked: Asked, now: datetime) -> tuple[dict[str, object], bool]:
    """(reply, whether it is new) of an announcement. Raises `file_changed`."""
    said = asked.said
    hold(session, asked.district, asked.person_id)  # as a push of hers does, which may name this file
    file = session.get(File, (asked.district, said.file_id), populate_existing=True, with_for_update=True)
    naming = _naming(session, asked.district, asked.person_id, said.file_id, said.hash)
    verdict = uploads.judge(said, _known(file, asked.person_id), _room(session, asked, naming is not None, now))
    if verdict is Verdict.CHANGED:
        raise Problem("file_changed")
    if isinstance(verdict, No):
        return uploads.reply(0, "refused", verdict), False
    if file is not None and file.state == State.COMPLETE:
        return uploads.reply(file.length, State.COMPLETE, seq=file.seq), False
    if is_forgotten(session, naming if file is None else first_naming(session, file) or naming):
        return uploads.reply(0, "refused", No.GONE), False
    if asked.trouble is not None:
        return uploads.reply(0, "refused", asked.trouble), False
    is_new = file is None
    if file is None:
        file = File(
            district=asked.district,
            file_id=said.file_id,
            person_id=asked.person_id,
            kind=said.kind,
            hash=said.hash,
            length=said.bytes,
            offset=0,
            state=State.PARTIAL.value,
            record_id=said.record_id,
            made_at=now,
        )
        session.add(file)
    # Another vault of hers may go on with it; and the envelope may be made anew, for a server key that is still here.
    envelope = said.envelope
    file.vault_id, file.touched_at = asked.vault_id, now
    file.envelope_id, file.suite, file.key_id = envelope.envelope_id, envelope.suite, envelope.key_id
    file.envelope = envelope.sealed
    if naming is not None and file.case_id is None:
        file.belong_to(naming)
    return uploads.reply(file.offset, file.state), is_new


def check_room(store: BlobStore, length: int) -> None:
    """Raises `storage_full` where the disk could not take it."""
    with _answered():
        store.check_room(length)


def is_cut_short(store: BlobStore, part: Part, upload: Upload) -> bool:
    """Whether less of it is on the disk than was told, which a restore does that brings back no files on their way:
    found out now, and not by the digest after its last piece. Raises `server_busy`.
    """
    if upload.state != State.PARTIAL or part.length() >= upload.offset:
        return False
    with _answered():
        return not store.has(upload.hash)


def append(store: BlobStore, part: Part, upload: Upload, offset: int, chunk: bytes) -> bool:
    """Put a piece onto the disk; whether it was the last. Called while nobody else writes this file, with its state as
    it is now. Raises `file_offset`, `request_malformed` for a piece of a wrong length, `storage_full`.
    """
    found = uploads.fit(upload.known, offset, len(chunk))
    if found is Fit.ELSEWHERE:
        raise upload.elsewhere()
    if found is Fit.MISSHAPEN:
        raise Problem("request_malformed")
    with _answered():
        if found is Fit.LAST and store.has(upload.hash):
            return True  # it was whole already when this server stopped, and only nobody had said so yet
        store.check_room(len(chunk))
        part.write(offset, chunk)
    return found is Fit.LAST


def advance(session: Session, upload: Upload, offset: int, now: datetime) -> None:
    """Say how much is on the disk: 0 where it turned out to be something else. Raises `not_found` where the file was
    given up meanwhile.
    """
    file = session.get(File, (upload.district, upload.file_id), populate_existing=True)
    if file is None or file.state != State.PARTIAL:
        raise Problem("not_found")
    file.offset, file.touched_at = offset, now


def key_of_whole(session: Session, store: BlobStore, part: Part, upload: Upload) -> FileKey | No:
    """The key of a file whose last piece is on the disk: its bytes are those that were announced, and every one of them
    opens. Else why it is refused. Reads it twice, a piece at a time. Raises `digest_wrong`, `server_busy`.
    """
    try:
        with _answered(), store.open(upload.hash) if store.has(upload.hash) else part.open() as stream:
            if digest_of(stream) != upload.hash:
                raise Problem("digest_wrong")
            stream.seek(0)
            return _key_if_it_opens(session, stream, upload)
    except Missing as error:
        raise Problem("digest_wrong") from error


def is_worthless(problem: Problem) -> bool:
    """Whether what `key_of_whole` says of the bytes that came is for good; else they stay, for what is wrong may be
    mended: a store that answers again, another envelope.
    """
    refused = problem.code == "file_refused" and problem.details.get("reason") != No.UNKNOWN_KEY
    return refused or problem.code == "digest_wrong"


def keep(store: BlobStore, part: Part, upload: Upload) -> None:
    """Move a whole file under its hash. Raises `storage_full`, `server_busy` where the store does not answer."""
    with _answered():
        if not store.has(upload.hash):
            part.keep(upload.hash)


def complete(session: Session, upload: Upload, key: FileKey, now: datetime) -> int | None:
    """The file lies under its hash: say so, seal its key, move her feed on. Its mark, None where its family was erased
    meanwhile, or who told us of it forgotten: then the caller removes it again.
    """
    hold(session, upload.district, upload.person_id)
    file = session.get(File, (upload.district, upload.file_id), populate_existing=True, with_for_update=True)
    if file is None or file.state == State.GONE:
        return None
    if file.state == State.COMPLETE:
        return file.seq
    naming = _naming(session, file.district, file.person_id, file.file_id, file.hash)
    if naming is not None and file.case_id is None:
        file.belong_to(naming)
    file.offset, file.envelope, file.touched_at, file.complete_at = file.length, None, now, now
    is_draft_gone = is_draft_forgotten(session, draft_of(session, file))
    if is_draft_gone or is_forgotten(session, first_naming(session, file)):
        file.state = State.GONE
        return None
    file.state, file.sealed_key = State.COMPLETE, seal_key(session, file, key)
    about: dict[str, object] = {"file": str(file.file_id)}
    audit.write(
        session, district=file.district, actor_id=file.person_id, vault_id=upload.vault_id, act="file_complete",
        about=about, at=now,
    )  # fmt: skip
    feed.touch(session, file.district, file.person_id)
    file.seq = feed.number(session)[file.district, file.person_id]
    return file.seq


@contextmanager
def _answered() -> Iterator[None]:
    """What a store cannot do, as phones are told it. A file that is not there is the caller's to judge."""
    try:
        yield
    except NoRoom as error:
        raise Problem("storage_full") from error
    except Missing:
        raise
    except BlobError as error:
        raise Problem("server_busy", retry_after_s=STORE_RETRY_AFTER_S) from error


def _key_if_it_opens(session: Session, stream: BinaryIO, upload: Upload) -> FileKey | No:
    if upload.envelope is None:
        return No.UNKNOWN_KEY  # it was whole, was lost, and nobody has announced it since
    sealing_key = _sealing_key(session, upload.envelope, upload.vault_id)
    if isinstance(sealing_key, No):
        return sealing_key
    try:
        head = crypto.read_head(stream.read(crypto.HEAD_BYTES))
        if (head.file_id, head.envelope_id) != (upload.file_id, upload.envelope.envelope_id):
            return No.DAMAGED
        key = crypto.file_key(sealing_key, head)
        stream.seek(0)
        for _ in crypto.open_chunks(stream, key):
            pass
    except packages.Refused as error:
        return No.UNKNOWN_SUITE if error.reason is Reason.UNKNOWN_SUITE else No.DAMAGED
    return key


def _known(file: File | None, person_id: UUID) -> Known | None:
    if file is None:
        return None
    return Known(file.hash, file.length, file.offset, file.state, file.person_id == person_id)


def _naming(session: Session, district: str, person_id: UUID, file_id: UUID, digest: bytes) -> FileName | None:
    """The first revision of hers that names these very bytes."""
    return session.scalar(
        select(FileName)
        .where(
            FileName.district == district,
            FileName.file_id == file_id,
            FileName.author_id == person_id,
            FileName.hash == digest,
        )
        .order_by(FileName.revision_id)
        .limit(1)
    )


def _room(session: Session, asked: Asked, is_named: bool, now: datetime) -> Room:
    here = (File.district == asked.district, File.vault_id == asked.vault_id)
    # Those that were whole and are awaited again after a loss are none that she began: her phone may not have them.
    begun = select(func.count()).where(*here, File.state == State.PARTIAL, File.sealed_key.is_(None))
    unnamed = select(func.coalesce(func.sum(File.length), 0)).where(
        *here, File.state.in_((State.PARTIAL, State.COMPLETE)), File.case_id.is_(None)
    )
    # What was made since then was touched since then too: that alone is in an index.
    since = now - timedelta(days=1)
    today = select(func.coalesce(func.sum(File.length), 0)).where(
        File.district == asked.district,
        File.state.in_((State.PARTIAL, State.COMPLETE)),
        File.touched_at > since,
        File.person_id == asked.person_id,
        File.made_at > since,
    )
    return Room(
        open_uploads=session.scalar(begun) or 0,
        unnamed_bytes=session.scalar(unnamed) or 0,
        day_bytes=int(session.scalar(today) or 0),
        is_stopped=asked.is_stopped,
        is_named=is_named,
    )


def _sealing_key(session: Session, envelope: uploads.Envelope, vault_id: UUID) -> SealingKey | No:
    if envelope.suite not in packages.SUITES:
        return No.UNKNOWN_SUITE
    private = server_keys.envelope_keys(session, envelope.suite).get(envelope.key_id)
    if private is None:
        return No.UNKNOWN_KEY
    try:
        return packages.open_envelope(
            envelope.sealed, suite=envelope.suite, private=private, key_id=envelope.key_id, vault_id=vault_id
        )
    except packages.Refused as error:
        return No.UNKNOWN_SUITE if error.reason is Reason.UNKNOWN_SUITE else No.DAMAGED
