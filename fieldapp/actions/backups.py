"""The hourly backup of a SQLite box: a copy on another device, read back and compared, and only then the *safe* mark.

What a phone may let go is what a verified backup holds: the feed heads, and the files that have to be there too, are
read from the copy itself, never from the live database. The key ring is not in it, on purpose: a backup must not carry
the keys that open it.
"""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from pysqlite3 import dbapi2 as sqlite
from sqlalchemy import update
from sqlalchemy.orm import Session

from fieldapp.actions import file_backup
from fieldapp.config import Config
from fieldapp.db import milliseconds
from fieldapp.models import audit, health, settings
from fieldapp.models.feed import FeedHead

KEEP_HOURLY = 48
NAME = "fieldapp-{at}.sqlite3"
_CHUNK_BYTES = 1 << 20


class BackupFailed(Exception):
    """The backup is not worth its name; the message says why, for the desk and the log."""


@dataclass(frozen=True)
class Verified:
    """A copy that was read back: its file, its SHA-256, and the feed heads it holds."""

    file: Path
    digest: str
    heads: dict[tuple[str, UUID], int]


def device_of(path: Path) -> int:
    """The device a folder lies on."""
    return os.stat(path).st_dev


def make(config: Config, now: datetime, device: Callable[[Path], int] = device_of) -> Verified:
    """Copy the database and its files to the backup folder and read them back. Raises BackupFailed.

    `device` tells devices apart; a folder on the disk of the database is no backup of that disk.
    """
    folder, source = config.backup_dir, Path(config.database_url.removeprefix("sqlite:///"))
    if folder is None or not config.is_sqlite:
        raise BackupFailed("no backup folder is set (FIELDAPP_BACKUP_DIR)")
    if not folder.is_dir():
        raise BackupFailed(f"the backup folder {folder} is not there: is its device mounted?")
    if device(folder) == device(source.parent):
        raise BackupFailed(f"the backup folder {folder} lies on the same device as the database")
    target = folder / NAME.format(at=now.strftime("%Y%m%dT%H%M%SZ"))
    unfinished = target.with_suffix(".part")
    try:
        written = _copy(source, unfinished)
        read_back = _digest(unfinished)
        if read_back != written:
            raise BackupFailed("what was read back is not what was written")
        heads = _heads_in(unfinished)
        # A bucket is another device already, and keeps its own copies.
        hashes = [] if config.s3 else file_backup.hashes_in(unfinished)
        if hashes and device(config.files_dir) == device(folder):
            raise BackupFailed(f"the backup folder {folder} lies on the same device as the files")
        file_backup.copy_all(config, hashes, now)
        unfinished.replace(target)
        _fsync_folder(folder)
    except file_backup.FilesLost as error:
        raise BackupFailed(str(error)) from error
    except (OSError, sqlite.Error) as error:
        raise BackupFailed(f"{type(error).__name__}: {error}") from error
    finally:
        unfinished.unlink(missing_ok=True)
    _forget_old(folder)
    return Verified(target, read_back, heads)


def mark_safe(session: Session, verified: Verified, now: datetime) -> None:
    """Mark everything the copy holds as safe; a mark never goes back."""
    for (district, person_id), seq in verified.heads.items():
        session.execute(
            update(FeedHead)
            .where(FeedHead.district == district, FeedHead.person_id == person_id, FeedHead.safe_seq < seq)
            .values(safe_seq=seq)
        )
    settings.put(session, health.BACKUP_VERIFIED_AT, str(milliseconds(now)))
    settings.put(session, health.BACKUP_ERROR, "")
    for district in sorted({district for district, _ in verified.heads}):
        about: dict[str, object] = {"file": verified.file.name, "sha256": verified.digest}
        audit.write(session, district=district, actor_id=None, act="backup_verified", about=about, at=now)


def note_failure(session: Session, failure: BackupFailed) -> None:
    """Keep why the last backup failed: the desk shows it in red."""
    settings.put(session, health.BACKUP_ERROR, str(failure)[: settings.VALUE_CHARS_MAX])


def is_due(session: Session, now: datetime, every_s: int = 3600) -> bool:
    """Whether the last verified backup is an hour old, or there is none."""
    last = settings.get(session, health.BACKUP_VERIFIED_AT)
    return last is None or milliseconds(now) - int(last) >= every_s * 1000


def _copy(source: Path, target: Path) -> str:
    # SQLite's own backup: a consistent copy while others write.
    live, copy = sqlite.connect(str(source)), sqlite.connect(str(target))
    try:
        live.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
    finally:
        copy.close()
        live.close()
    descriptor = os.open(target, os.O_RDONLY)
    try:
        digest = _digest(target)
        os.fsync(descriptor)
        # Read back from the device, not from the memory it was just written through.
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)
    return digest


def _heads_in(copy: Path) -> dict[tuple[str, UUID], int]:
    connection = sqlite.connect(f"file:{copy}?mode=ro", uri=True)
    try:
        if connection.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
            raise BackupFailed("the copy does not pass SQLite's integrity check")
        rows = connection.execute(f"SELECT district, person_id, seq FROM {FeedHead.__tablename__}")
        return {(district, UUID(person_id)): seq for district, person_id, seq in rows}
    finally:
        connection.close()


def _digest(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def _fsync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _forget_old(folder: Path) -> None:
    for old in sorted(folder.glob(NAME.format(at="*")))[:-KEEP_HOURLY]:
        old.unlink()
