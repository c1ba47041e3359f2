"""The hourly backup of a SQLite box: a copy on another device, read back and compared, and only then the *safe* mark.

The copy of the database is in its place before a file is looked at: whatever becomes of a photo takes no backup away.
What a phone may let go is what a verified backup holds: the feed heads, and the files that have to be there too, are
read from the copy itself, never from the live database. The key ring is not in it, on purpose: a backup must not carry
the keys that open it.
"""

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
from fieldapp.actions.file_backup import Copied
from fieldapp.config import Config
from fieldapp.db import milliseconds
from fieldapp.disk import digest_of, fsync_folder
from fieldapp.models import audit, health, settings
from fieldapp.models.feed import FeedHead

KEEP_HOURLY = 48  # the newest of each hour
EVERY_S = 3_600
AGAIN_S = 600  # after a failure: each try copies the whole database
NAME = "fieldapp-{at}.sqlite3"
_TO_THE_HOUR = len("fieldapp-20261122T13")


class BackupFailed(Exception):
    """The backup is not worth its name; the message says why, for the desk and the log."""


@dataclass(frozen=True)
class Verified:
    """A copy that was read back: its file, its SHA-256, the feed heads it holds, and which of its files are lost."""

    file: Path
    digest: str
    heads: dict[tuple[str, UUID], int]
    files: Copied


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
        hashes, awaited = ([], []) if config.s3 else file_backup.hashes_in(unfinished)
        unfinished.replace(target)
        fsync_folder(folder)
        _forget_old(folder)
        if hashes and device(config.files_dir) == device(folder):
            raise BackupFailed(f"the backup folder {folder} lies on the same device as the files")
        files = file_backup.copy_all(config, hashes, awaited, now, _room_for_copies(folder, target))
    except (OSError, sqlite.Error) as error:
        raise BackupFailed(f"{type(error).__name__}: {error}") from error
    finally:
        unfinished.unlink(missing_ok=True)
    return Verified(target, read_back, heads, files)


def mark_safe(session: Session, verified: Verified, now: datetime) -> None:
    """Mark everything the copy holds as safe; a mark never goes back. Who has a file that is lost waits for it."""
    waiting = file_backup.ask_again(session, verified.files, now)
    for (district, person_id), seq in verified.heads.items():
        if (district, person_id) in waiting:
            continue
        session.execute(
            update(FeedHead)
            .where(FeedHead.district == district, FeedHead.person_id == person_id, FeedHead.safe_seq < seq)
            .values(safe_seq=seq)
        )
    settings.put(session, health.BACKUP_VERIFIED_AT, str(milliseconds(now)))
    told = f"files of {len(waiting)} person(s) lie neither here nor in the backup: their phones are to send them again"
    settings.put(session, health.BACKUP_ERROR, told if waiting else "")
    for district in sorted({district for district, _ in verified.heads}):
        about: dict[str, object] = {"file": verified.file.name, "sha256": verified.digest}
        audit.write(session, district=district, actor_id=None, act="backup_verified", about=about, at=now)


def note_failure(session: Session, failure: BackupFailed, now: datetime) -> None:
    """Keep why and when the last backup failed: the desk shows it in red."""
    settings.put(session, health.BACKUP_FAILED_AT, str(milliseconds(now)))
    settings.put(session, health.BACKUP_ERROR, str(failure)[: settings.VALUE_CHARS_MAX])


def is_due(session: Session, now: datetime) -> bool:
    """Whether the last verified backup is an hour old, or there is none; and a failed try is not of this moment."""
    known = settings.several(session, health.BACKUP_VERIFIED_AT, health.BACKUP_FAILED_AT)
    waits = {health.BACKUP_VERIFIED_AT: EVERY_S, health.BACKUP_FAILED_AT: AGAIN_S}
    return all(at is None or milliseconds(now) - int(at) >= waits[name] * 1_000 for name, at in known.items())


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
    with file.open("rb") as stream:
        return digest_of(stream).hex()


def _forget_old(folder: Path) -> None:
    copies = _copies_in(folder)
    kept = list({copy.name[:_TO_THE_HOUR]: copy for copy in copies}.values())[-KEEP_HOURLY:]
    for old in set(copies).difference(kept):
        old.unlink()


def _room_for_copies(folder: Path, newest: Path) -> int:
    # Photos never take the room of the database: it has to fit as often as it is still to be kept, and once beside.
    return (KEEP_HOURLY + 1 - len(_copies_in(folder))) * newest.stat().st_size


def _copies_in(folder: Path) -> list[Path]:
    return sorted(folder.glob(NAME.format(at="*")))
