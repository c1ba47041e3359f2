"""The files in the hourly backup: each copied once under its hash, read back by its digest, and read again every day.

Which files belong to a backup is read from the copy of the database itself: a mark that rises with it covers them.
A file that is whole on neither side is awaited from its phone again; until it is back, its author's mark stays.
"""

import errno
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from pysqlite3 import dbapi2 as sqlite
from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.actions.file_upkeep import prefixes_of
from fieldapp.blobs.local import LocalStore, place_in
from fieldapp.config import Config
from fieldapp.disk import PIECE_BYTES, digest_of, fsync_folder, make_folders
from fieldapp.models import audit, feed
from fieldapp.models.files import File
from sync.uploads import State

FOLDER = "files"
# Since it was last seen to be wanted, which is looked at once a day: so it is there as long as the oldest hourly copy
# of the database may still be brought back.
KEPT_AFTER = timedelta(hours=24 + 48)
AT_ONCE = 500
# Whole ones, and those that were whole before they were lost.
WANTED = (
    f"SELECT hash, state FROM file WHERE state = '{State.COMPLETE.value}'"
    f" OR state = '{State.PARTIAL.value}' AND sealed_key IS NOT NULL"
)


@dataclass(frozen=True)
class Copied:
    """Hashes of files that are whole on neither side, and of those awaited ones that are whole on both again."""

    lost: tuple[bytes, ...] = ()
    back: tuple[bytes, ...] = ()


def hashes_in(copy: Path) -> tuple[list[bytes], list[bytes]]:
    """Of the files that a copy of the database names, the hashes of all that were whole, and of those among them that
    are awaited again; none where it is of before there were files.
    """
    connection = sqlite.connect(f"file:{copy}?mode=ro", uri=True)
    try:
        if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'file'").fetchone() is None:
            return [], []
        return hashes_of(connection.execute(WANTED))
    finally:
        connection.close()


def hashes_of(rows: Iterable[Any]) -> tuple[list[bytes], list[bytes]]:
    """The same of the rows that WANTED finds, in whichever database."""
    found = [(bytes(digest), state) for digest, state in rows]
    return [digest for digest, _ in found], [digest for digest, state in found if state == State.PARTIAL]


def copy_all(
    config: Config, hashes: Iterable[bytes], awaited: Iterable[bytes], now: datetime, reserve_bytes: int = 0
) -> Copied:
    """Bring the files of the backup up to these. Raises OSError, also where less than `reserve_bytes` would be left.

    A file that is damaged on one side is taken from the other; one that is damaged on both is put aside, under a name
    that stands in nobody's way when it comes again.
    """
    assert config.backup_dir is not None
    here, there = config.files_dir, config.backup_dir / FOLDER
    wanted, again = set(hashes), set(prefixes_of(now))
    if wanted and not (here / "store").is_dir():
        raise FileNotFoundError(errno.ENOENT, "no file is there at all: is its device mounted?", str(here))
    _forget_old(there, wanted, now)
    lost = []
    for digest in sorted(wanted):
        source, target = place_in(here, digest), place_in(there, digest)
        if target.is_file() and source.is_file() and digest[0] not in again:
            continue
        is_there, is_here = _is_whole(target, digest), _is_whole(source, digest)
        if not is_here and not is_there:
            lost.append(digest)
            for damaged in (path for path in (source, target) if path.is_file()):
                damaged.replace(damaged.with_suffix(".damaged"))
            continue
        if is_here and not is_there:
            _check_room(config.backup_dir, source.stat().st_size + reserve_bytes)
            _copy(source, target, digest)
        elif is_there and not is_here:
            _copy(target, source, digest)
        os.utime(target, (now.timestamp(), now.timestamp()))
    return Copied(tuple(lost), tuple(sorted(set(awaited) - set(lost))))


def ask_again(session: Session, copied: Copied, now: datetime) -> set[tuple[str, UUID]]:
    """Await files that are lost from the phones that made them, from their beginning; take back those that are there
    again. Of whom files are awaited now: (district, person id).

    The key of a lost file stays: its bytes may still be found elsewhere.
    """
    for file in _of(session, copied.lost, State.COMPLETE):
        file.state, file.offset, file.seq, file.touched_at = State.PARTIAL, 0, None, now
        _note(session, file, "file_lost", now)
    for file in _of(session, copied.back, State.PARTIAL):
        file.state, file.offset, file.envelope, file.touched_at = State.COMPLETE, file.length, None, now
        _note(session, file, "file_complete", now)
        feed.touch(session, file.district, file.person_id)
        file.seq = feed.number(session)[file.district, file.person_id]
    session.flush()
    awaited = select(File.district, File.person_id).where(File.state == State.PARTIAL, File.sealed_key.is_not(None))
    return {(district, person_id) for district, person_id in session.execute(awaited.distinct())}


def _of(session: Session, digests: tuple[bytes, ...], state: State) -> list[File]:
    found: list[File] = []
    for at in range(0, len(digests), AT_ONCE):
        here = (File.hash.in_(digests[at : at + AT_ONCE]), File.state == state, File.sealed_key.is_not(None))
        found += session.scalars(select(File).where(*here).order_by(File.file_id).with_for_update())
    return found


def _note(session: Session, file: File, act: str, now: datetime) -> None:
    about: dict[str, object] = {"file": str(file.file_id)}
    audit.write(session, district=file.district, actor_id=None, act=act, about=about, at=now)


def _check_room(folder: Path, length: int) -> None:
    disk = os.statvfs(folder)
    if disk.f_bavail * disk.f_frsize < length:
        raise OSError(errno.ENOSPC, "what is left is kept for copies of the database", str(folder))


def _copy(source: Path, target: Path, digest: bytes) -> None:
    make_folders(target.parent)
    unfinished = target.with_suffix(".part")
    with source.open("rb") as stream, unfinished.open("wb") as copy:
        while piece := stream.read(PIECE_BYTES):
            copy.write(piece)
        copy.flush()
        os.fsync(copy.fileno())
        # Read back from the device, not from the memory it was just written through.
        os.posix_fadvise(copy.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    if not _is_whole(unfinished, digest):
        raise OSError(f"what was read back of {digest.hex()} is not what was written")
    unfinished.replace(target)
    fsync_folder(target.parent)


def _is_whole(path: Path, digest: bytes) -> bool:
    try:
        with path.open("rb") as stream:
            return digest_of(stream) == digest
    except FileNotFoundError:
        return False


def _forget_old(there: Path, wanted: set[bytes], now: datetime) -> None:
    store = LocalStore(there, reserve_bytes=0)
    old = (now - KEPT_AFTER).timestamp()
    for prefix in prefixes_of(now):
        for digest in store.older_than(prefix, old):
            if digest not in wanted:
                store.remove(digest)
