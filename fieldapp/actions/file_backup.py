"""The files in the hourly backup: each copied once under its hash, read back by its digest, and read again every day.

Which files belong to a backup is read from the copy of the database itself: a mark that rises with it covers them.
"""

import hashlib
import os
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from pysqlite3 import dbapi2 as sqlite

from fieldapp.actions.file_upkeep import prefixes_of
from fieldapp.blobs.local import LocalStore, fsync_folder, make_folders, place_in
from fieldapp.config import Config
from sync.uploads import State

FOLDER = "files"
# As long as the oldest hourly copy of the database may still be brought back.
KEPT_AFTER = timedelta(hours=48)
_PIECE_BYTES = 1 << 20


class FilesLost(Exception):
    """Files that the database names lie neither here nor in the backup; the message says how many."""


def hashes_in(copy: Path) -> list[bytes]:
    """The hashes of all whole files that a copy of the database names; none where it is of before there were files."""
    connection = sqlite.connect(f"file:{copy}?mode=ro", uri=True)
    try:
        if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'file'").fetchone() is None:
            return []
        rows = connection.execute("SELECT hash FROM file WHERE state = ?", (State.COMPLETE.value,))
        return [bytes(row[0]) for row in rows]
    finally:
        connection.close()


def copy_all(config: Config, hashes: Iterable[bytes], now: datetime) -> int:
    """Bring the files of the backup up to these; how many were copied. Raises FilesLost, OSError.

    A file that is damaged on one side is taken from the other.
    """
    assert config.backup_dir is not None
    here, there = config.files_dir, config.backup_dir / FOLDER
    wanted, again = set(hashes), set(prefixes_of(now))
    copied, lost = 0, []
    for digest in sorted(wanted):
        source, target = place_in(here, digest), place_in(there, digest)
        if target.is_file() and source.is_file() and digest[0] not in again:
            continue
        is_there, is_here = _is_whole(target, digest), _is_whole(source, digest)
        if is_here and is_there:
            continue
        if not is_here and not is_there:
            lost.append(digest)
            continue
        _copy(*((source, target) if is_here else (target, source)), digest)
        copied += is_here
    if lost:
        raise FilesLost(f"{len(lost)} file(s) are missing or damaged in {here}, the first is {lost[0].hex()}")
    _forget_old(there, wanted, now)
    return copied


def _copy(source: Path, target: Path, digest: bytes) -> None:
    make_folders(target.parent)
    unfinished = target.with_suffix(".part")
    with source.open("rb") as stream, unfinished.open("wb") as copy:
        while piece := stream.read(_PIECE_BYTES):
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
    found = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while piece := stream.read(_PIECE_BYTES):
                found.update(piece)
    except FileNotFoundError:
        return False
    return found.digest() == digest


def _forget_old(there: Path, wanted: set[bytes], now: datetime) -> None:
    store = LocalStore(there, reserve_bytes=0)
    old = (now - KEPT_AFTER).timestamp()
    for prefix in prefixes_of(now):
        for digest in store.older_than(prefix, old):
            if digest not in wanted:
                store.remove(digest)
