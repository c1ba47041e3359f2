"""What comes from phones is taken in several transactions: the same steps for the network and for a file on a stick.

Unlike other acts these open their sessions themselves: what is said to be on the disk has to be there before the next
step, and nothing is opened while a lock is held. The rules stand in exchange.py and uploads.py.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from fieldapp.actions import exchange as exchanges
from fieldapp.actions import uploads as files
from fieldapp.actions.asked import Asked
from fieldapp.blobs import BlobStore, Part
from fieldapp.db import reading, writing
from fieldapp.errors import Problem
from fieldapp.models.vaults import Vault
from sync import uploads


def push(asked: Asked, now: datetime) -> tuple[Asked, list[dict[str, Any]]]:
    """(what may still be answered, results) of the packages of a request. Raises `request_reused`."""
    try:
        with writing() as session:
            return asked, exchanges.push(session, asked, now)
    except exchanges.AuditRefused:
        with writing() as session:
            results = exchanges.push_help(session, asked, now)
    # The page of a family would need a row of audit too: the phone hears that help was called, and no more.
    return replace(asked, head={**asked.head, "pull": None}), results


def append(
    store: BlobStore, of: Vault | files.Upload, file_id: UUID, offset: int, chunk: bytes, now: datetime
) -> files.Upload:
    """The file with its next piece, which is on the disk: how far it is, and its `seq` once it is whole.

    Raises `not_found`, `file_offset`, `request_malformed`, `storage_full`, `digest_wrong`, `file_refused`.
    """
    with store.part(file_id) as part:
        with reading() as session:
            upload = files.upload_of(session, of, file_id)
        if files.is_cut_short(store, part, upload):
            raise _from_the_beginning(part, upload, now).elsewhere()
        if not files.append(store, part, upload, offset, chunk):
            end = offset + len(chunk)
            with writing() as session:
                files.advance(session, upload, end, now)
            return replace(upload, offset=end, seq=None)
        return replace(upload, offset=upload.bytes, seq=_finish(store, part, upload, now))


def _finish(store: BlobStore, part: Part, upload: files.Upload, now: datetime) -> int:
    try:
        with reading() as session:
            key = files.key_of_whole(session, store, part, upload)
        if isinstance(key, uploads.No):
            raise Problem("file_refused", reason=key.value)
    except Problem as problem:
        if files.is_worthless(problem):
            _from_the_beginning(part, upload, now)
        raise
    files.keep(store, part, upload)
    with writing() as session:
        seq = files.complete(session, upload, key, now)
    if seq is None:
        store.remove(upload.hash)
        raise Problem("file_refused", reason=uploads.No.GONE.value)
    return seq


def _from_the_beginning(part: Part, upload: files.Upload, now: datetime) -> files.Upload:
    with writing() as session:
        files.advance(session, upload, 0, now)
    part.drop()
    return replace(upload, offset=0)
