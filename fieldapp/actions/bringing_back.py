"""Bring a backup back onto an empty machine, in an order in which nothing half done looks like a server.

    choose       which copy: the one named, or the newest
    check        whether it may be brought back here; reads only, and refuses in words
    unfinished   the settings under which it is prepared: beside its own place, which stays empty until `finish`
    put_down     the database there
    bring_files  what belongs to it, from the backup to the folder of the files; what is lost is asked of phones again
    finish       its own name, as the last thing of all

Between `put_down` and `finish` whoever calls opens it (which compares the ring), migrates it, replays the tombstone log
and begins a new epoch (restores.py). What breaks off is begun again.
"""

import os
import shutil
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from pysqlite3 import dbapi2 as sqlite
from sqlalchemy import create_engine, inspect, select, text
from sqlalchemy.orm import Session

from fieldapp.actions import backups, dumps, file_backup
from fieldapp.actions.backups import BackupFailed
from fieldapp.actions.dumps import DumpFailed
from fieldapp.blobs.local import place_in
from fieldapp.config import Config
from fieldapp.disk import digest_of, fsync_folder, make_folders
from fieldapp.models.files import File
from sync.uploads import State

UNFINISHED = ".restoring"
CLOCKS_APART = timedelta(hours=1)  # of this machine and of the one that is lost
_BESIDE = ("", "-wal", "-shm")


class Refused(Exception):
    """Nothing was changed; the message says why, and what to do."""


@dataclass(frozen=True)
class Files:
    """How many files were copied, how many were here already, and how many are whole on neither side."""

    copied: int
    here: int
    lost: tuple[bytes, ...]


def choose(config: Config, named: Path | None, now: datetime) -> Path:
    """The copy to bring back: the one named, or the newest by its name. Raises Refused, also where that name says a
    time to come: a clock was wrong, and newer work may lie in a copy of an older name.
    """
    if named is not None:
        if not named.is_file():
            raise Refused(f"{named} is not there")
        return named.absolute()
    if config.backup_dir is None:
        raise Refused("set FIELDAPP_BACKUP_DIR to the folder of the backups, or name the copy with --from")
    kind = "*.sqlite3" if config.is_sqlite else "*.pgdump"
    copies = [copy for copy in backups.copies_in(config.backup_dir) if copy.match(kind)]
    if not copies:
        raise Refused(f"there is no copy in {config.backup_dir}: is its device mounted?")
    if copies[-1].name > backups.name_at(config, now + CLOCKS_APART):
        raise Refused(
            f"{copies[-1].name} is named after a time to come: the clock of this machine is wrong, or that of "
            "the server was. Set this one right, or name the copy with --from"
        )
    return copies[-1]


def check(config: Config, copy: Path, known_versions: Collection[str], *, without_tombstones: bool) -> None:
    """Refuse what must not be brought back here. `known_versions`: the migrations that this version of FieldApp has.

    Raises Refused.
    """
    if (copy.suffix == ".pgdump") == config.is_sqlite:
        raise Refused(f"{copy.name} is a copy of the other kind of database: set DATABASE_URL to such a one")
    if config.ring_file.absolute().is_relative_to(copy.parent):
        raise Refused(f"the ring {config.ring_file} lies beside the backup: take it from its escrow, on another medium")
    if not config.ring_file.exists():
        raise Refused(
            f"the key ring {config.ring_file} is not there. It is in no backup, on purpose: bring it from its escrow. "
            "Do not make a new one: nothing in this backup would open"
        )
    if not config.tombstone_file.exists() and not without_tombstones:
        raise Refused(
            f"the tombstone log {config.tombstone_file} is not there: who was taken off, revoked or erased since this "
            "backup would come back. Bring it from the lost machine, or its mirror. If it is lost for good, say "
            "--without-tombstones: every phone is then suspended, every PIN locked, until an administrator has looked"
        )
    _check_target(config)
    _check_sum(copy)
    if config.is_sqlite:
        _check_sqlite(copy, known_versions)


def unfinished(config: Config) -> Config:
    """The settings under which the database is prepared."""
    if not config.is_sqlite:
        return config  # filled in one transaction, and emptied again where it is refused
    return replace(config, database_url=config.database_url + UNFINISHED)


def put_down(config: Config, copy: Path, known_versions: Collection[str]) -> None:
    """The database, where `unfinished` says. Raises Refused."""
    if config.is_sqlite:
        target = _file_of(unfinished(config))
        _forget(target)
        make_folders(target.parent)
        try:
            shutil.copyfile(copy, target)
            _fsync(target)
        except OSError as error:
            _forget(target)
            raise Refused(f"{target}: {error}") from error
        return
    try:
        dumps.put_back(config, copy)
    except DumpFailed as error:
        raise Refused(f"{copy.name} does not go into this database: {error}") from error
    engine = create_engine(config.database_url)
    try:
        with engine.connect() as connection:
            there = inspect(connection).has_table("alembic_version")
            versions = connection.execute(text("SELECT version_num FROM alembic_version")).scalars() if there else ()
            _check_versions(copy, list(versions), known_versions)
    except Refused:
        dumps.empty(config.database_url)
        raise
    finally:
        engine.dispose()


def take_back(config: Config) -> None:
    """Leave the target as empty as it was found."""
    if config.is_sqlite:
        _forget(_file_of(unfinished(config)))
    else:
        dumps.empty(config.database_url)


def bring_files(session: Session, config: Config, copy: Path, now: datetime) -> Files:
    """Bring what the database names from `files` beside the copy; what is whole nowhere is awaited from its phone."""
    if config.s3 is not None:
        return Files(0, 0, ())  # the bucket keeps its own copies
    source, target = copy.parent / file_backup.FOLDER, config.files_dir
    wanted = session.scalars(select(File.hash).where(File.state == State.COMPLETE).distinct()).all()
    copied, here, lost = 0, 0, []
    for digest in sorted(wanted):
        place = place_in(target, digest)
        if _is_whole(place, digest):
            here += 1
        elif _is_whole(place_in(source, digest), digest):
            make_folders(place.parent)
            part = place.with_suffix(".part")
            shutil.copyfile(place_in(source, digest), part)
            _fsync(part)
            part.replace(place)
            fsync_folder(place.parent)
            copied += 1
        else:
            lost.append(digest)
    found = Files(copied, here, tuple(lost))
    file_backup.ask_again(session, file_backup.Copied(lost=found.lost), now)
    return found


def finish(config: Config) -> None:
    """Give the database its name. Its connections are closed."""
    if not config.is_sqlite:
        return
    source, target = _file_of(unfinished(config)), _file_of(config)
    connection = sqlite.connect(str(source))
    try:
        connection.execute("PRAGMA journal_mode=DELETE")  # all of it in the one file that is renamed
    finally:
        connection.close()
    _fsync(source)
    source.replace(target)
    fsync_folder(target.parent)


def _check_target(config: Config) -> None:
    if not config.is_sqlite:
        if not dumps.is_empty(config.database_url):
            raise Refused("the database of DATABASE_URL has tables: make an empty one, and set DATABASE_URL to it")
        return
    file = _file_of(config)
    there = [Path(f"{file}{beside}") for beside in _BESIDE if Path(f"{file}{beside}").exists()]
    if there:
        raise Refused(
            f"{there[0]} is there: a backup is brought back onto an empty place. Stop web and worker, and put what is "
            "left aside; somebody may still need it"
        )


def _check_sum(copy: Path) -> None:
    said = backups.sum_of(copy)
    if not said.exists():
        return  # of a version that kept none beside it; the check of the database itself follows
    with copy.open("rb") as stream:
        if [digest_of(stream).hex()] != said.read_text().split()[:1]:
            raise Refused(f"{copy} is damaged: it is not what was written. Take the copy before it with --from")


def _check_sqlite(copy: Path, known_versions: Collection[str]) -> None:
    try:
        backups.check_sqlite(copy)
        connection = sqlite.connect(f"file:{copy}?mode=ro", uri=True)
        try:
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            asked = "SELECT version_num FROM alembic_version"
            versions = [row[0] for row in connection.execute(asked)] if "alembic_version" in tables else []
        finally:
            connection.close()
    except (sqlite.Error, BackupFailed) as error:
        raise Refused(f"{copy} is damaged: {error}. Take the copy before it with --from") from error
    _check_versions(copy, versions, known_versions)


def _check_versions(copy: Path, found: Collection[str], known: Collection[str]) -> None:
    if not found:
        raise Refused(f"{copy} is no database of FieldApp")
    if newer := set(found) - set(known):
        raise Refused(
            f"{copy} was made by a newer version of FieldApp (it names {', '.join(sorted(newer))}): install that "
            "version or a later one first"
        )


def _is_whole(place: Path, digest: bytes) -> bool:
    try:
        with place.open("rb") as stream:
            return digest_of(stream) == digest
    except FileNotFoundError:
        return False


def _file_of(config: Config) -> Path:
    return Path(config.database_url.removeprefix("sqlite:///"))


def _forget(file: Path) -> None:
    for beside in _BESIDE:
        Path(f"{file}{beside}").unlink(missing_ok=True)


def _fsync(file: Path) -> None:
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
