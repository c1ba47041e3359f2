"""The hourly backup: a copy on another device, read back and compared, and only then the *safe* mark.

The copy of the database is in its place before a file is looked at: whatever becomes of a photo takes no backup away.
What a phone may let go is what a verified backup holds: the feed heads, and the files that have to be there too, are
read from the copy itself, or in the moment of which it is, never from the live database later. The key ring is not in
it, on purpose: a backup must not carry the keys that open it. `bringing_back.py` brings it back.
"""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from pysqlite3 import dbapi2 as sqlite
from sqlalchemy import make_url, text, update
from sqlalchemy.orm import Session

from fieldapp.actions import dumps, file_backup
from fieldapp.actions.dumps import DumpFailed
from fieldapp.actions.file_backup import Copied
from fieldapp.config import Config
from fieldapp.days import is_over
from fieldapp.db import milliseconds, moment
from fieldapp.disk import digest_of, fsync_folder
from fieldapp.models import audit, health, settings
from fieldapp.models.feed import FeedHead

KEEP_HOURLY = 48  # the newest of each hour
EVERY = timedelta(hours=1)
AGAIN = timedelta(minutes=10)  # after a failure: each try copies the whole database
NAMES = {"sqlite": "fieldapp-{at}.sqlite3", "postgresql": "fieldapp-{at}.pgdump"}
SUM = ".sha256"  # beside each copy, as `sha256sum` writes it: what a restore compares
_TO_THE_HOUR = len("fieldapp-20261122T13")


class BackupFailed(Exception):
    """The backup is not worth its name; the message says why, for the desk and the log."""


@dataclass(frozen=True)
class Held:
    """What a copy holds, by the very moment of which it is: its digest as it was written, the feed heads, the hashes of
    the files that belong to it, and which of these are awaited again.
    """

    digest: str
    heads: dict[tuple[str, UUID], int]
    hashes: list[bytes]
    awaited: list[bytes]


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
    folder = config.backup_dir
    if folder is None:
        raise BackupFailed("no backup folder is set (FIELDAPP_BACKUP_DIR)")
    if not folder.is_dir():
        raise BackupFailed(f"the backup folder {folder} is not there: is its device mounted?")
    if config.is_sqlite and device(folder) == device(_database_file(config).parent):
        raise BackupFailed(f"the backup folder {folder} lies on the same device as the database")
    target = folder / name_at(config, now)
    unfinished = target.with_suffix(".part")
    try:
        _forget_torn(folder, now)
        held = _copy_sqlite(config, unfinished) if config.is_sqlite else _dump_postgres(config, unfinished)
        if _digest(unfinished) != held.digest:
            raise BackupFailed("what was read back is not what was written")
        _write_sum(target, held.digest)
        unfinished.replace(target)
        fsync_folder(folder)
        _forget_old(folder, target)
        # A bucket is another device already, and keeps its own copies.
        hashes, awaited = ([], []) if config.s3 else (held.hashes, held.awaited)
        if hashes and device(config.files_dir) == device(folder):
            raise BackupFailed(f"the backup folder {folder} lies on the same device as the files")
        files = file_backup.copy_all(config, hashes, awaited, now, _room_for_copies(folder, target))
    except (OSError, sqlite.Error, DumpFailed) as error:
        raise BackupFailed(f"{type(error).__name__}: {error}") from error
    finally:
        unfinished.unlink(missing_ok=True)
    return Verified(target, held.digest, held.heads, files)


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
    waits = {health.BACKUP_VERIFIED_AT: EVERY, health.BACKUP_FAILED_AT: AGAIN}
    return all(at is None or is_over(moment(int(at)), waits[name], now) for name, at in known.items())


def name_at(config: Config, now: datetime) -> str:
    """What a copy is called that is made at this moment; of a later one the name sorts later."""
    return NAMES[make_url(config.database_url).get_backend_name()].format(at=now.strftime("%Y%m%dT%H%M%SZ"))


def copies_in(folder: Path) -> list[Path]:
    """The copies of a backup folder, oldest first."""
    return sorted(copy for name in NAMES.values() for copy in folder.glob(name.format(at="*")))


def check_sqlite(copy: Path) -> None:
    """Raises BackupFailed where a copy does not pass SQLite's own check."""
    connection = sqlite.connect(f"file:{copy}?mode=ro", uri=True)
    try:
        if connection.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
            raise BackupFailed("the copy does not pass SQLite's integrity check")
    finally:
        connection.close()


def _copy_sqlite(config: Config, target: Path) -> Held:
    # SQLite's own backup: a consistent copy while others write.
    live, copy = sqlite.connect(str(_database_file(config))), sqlite.connect(str(target))
    try:
        live.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
    finally:
        copy.close()
        live.close()
    digest = _on_disk(target)
    check_sqlite(target)
    connection = sqlite.connect(f"file:{target}?mode=ro", uri=True)
    try:
        heads = _heads(connection.execute(_HEADS), UUID)
    finally:
        connection.close()
    return Held(digest, heads, *file_backup.hashes_in(target))


def _dump_postgres(config: Config, target: Path) -> Held:
    with dumps.of_one_moment(config.database_url) as (connection, moment):
        dumps.write(config, moment, target)
        heads = _heads(connection.execute(text(_HEADS)), lambda person_id: person_id)
        hashes, awaited = file_backup.hashes_of(connection.execute(text(file_backup.WANTED)))
    digest = _on_disk(target)
    dumps.read_through(config, target)
    return Held(digest, heads, hashes, awaited)


_HEADS = f"SELECT district, person_id, seq FROM {FeedHead.__tablename__}"


def _heads(rows: Iterable[Any], person: Callable[[Any], UUID]) -> dict[tuple[str, UUID], int]:
    return {(district, person(person_id)): seq for district, person_id, seq in rows}


def _on_disk(file: Path) -> str:
    """The digest of a file that is on the device now: what is read of it later comes from there, not from the memory it
    was just written through.
    """
    descriptor = os.open(file, os.O_RDONLY)
    try:
        digest = _digest(file)
        os.fsync(descriptor)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)
    return digest


def _write_sum(target: Path, digest: str) -> None:
    with sum_of(target).open("w") as stream:
        stream.write(f"{digest}  {target.name}\n")
        stream.flush()
        os.fsync(stream.fileno())


def sum_of(copy: Path) -> Path:
    """Where the digest of a copy stands."""
    return copy.with_name(copy.name + SUM)


def _database_file(config: Config) -> Path:
    return Path(config.database_url.removeprefix("sqlite:///"))


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return digest_of(stream).hex()


def _forget_torn(folder: Path, now: datetime) -> None:
    # What a process left that was killed while it copied: as large as the database, and nobody's any more. One that
    # copies at this moment, by hand beside the worker, is younger.
    for torn in folder.glob("fieldapp-*.part"):
        if now.timestamp() - torn.stat().st_mtime >= EVERY.total_seconds():
            torn.unlink()


def _forget_old(folder: Path, newest: Path) -> None:
    # What a clock that ran ahead has named after a time to come is older than what was made just now, and goes first.
    copies = sorted(copies_in(folder), key=lambda copy: (copy.name <= newest.name, copy.name))
    kept = list({copy.name[:_TO_THE_HOUR]: copy for copy in copies}.values())[-KEEP_HOURLY:]
    for old in set(copies).difference(kept):
        old.unlink()
        sum_of(old).unlink(missing_ok=True)


def _room_for_copies(folder: Path, newest: Path) -> int:
    # Photos never take the room of the database: it has to fit as often as it is still to be kept, and once beside.
    return (KEEP_HOURLY + 1 - len(copies_in(folder))) * newest.stat().st_size
