"""What must stay gone: a log outside the database and its backups, which a restore cannot take back (DESIGN 6).

    note(...)        beside the change, in its transaction; the lines are on disk (fsync) before the transaction commits
    TombstoneLog     the file: one line of JSON each, numbered per district, each with a mark under the root ring
    TombstoneMark    how far the log goes by what the database knows: behind it, it was restored; ahead, the log is lost

A line holds ids and counts, never a name. A transaction that fails after its lines were written leaves them in the log:
what was about to be taken away is then taken away at the next start. That errs on the right side.
"""

import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import String, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from fieldapp.crypto.rest import LineMark
from fieldapp.db import Base, milliseconds


class Kind(StrEnum):
    """What a line says is gone. A word is never used again for anything else."""

    VAULT_STOPPED = "vault_stopped"  # vault, state (suspended, revoked), wipe (order id) or null
    VAULT_GIVEN_BACK = "vault_given_back"  # vault
    SHARE_DELETED = "share_deleted"  # share
    PIN_TRIES = "pin_tries"  # share, tries: so many were made
    ROLES_ENDED = "roles_ended"  # person, grants
    PERSON_ENDED = "person_ended"  # person
    CASE_ERASED = "case_erased"  # case
    KEY_DESTROYED = "key_destroyed"  # key: of the server
    KEYS_LISTED = "keys_listed"  # version: a list of keys that phones may hold


class TombstoneMark(Base):
    """The number of the last line of a district, as this database knows it."""

    __tablename__ = "tombstone_mark"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    number: Mapped[int] = mapped_column(default=0)


@dataclass(frozen=True)
class Line:
    """One line of the log."""

    district: str
    number: int
    at_ms: int
    kind: str
    about: dict[str, Any]

    def text(self) -> str:
        said = [self.district, self.number, self.at_ms, self.kind, self.about]
        return json.dumps(said, ensure_ascii=True, sort_keys=True, separators=(",", ":"))


class TombstoneLog:
    """The file. Several processes append to it: a lock on the file keeps their lines apart."""

    def __init__(self, file: Path, mark: LineMark) -> None:
        self.file, self._mark = file, mark

    def exists(self) -> bool:
        return self.file.exists()

    def append(self, lines: Iterable[Line]) -> None:
        """Write lines and wait until they are on disk. Raises OSError: then the change must not be committed."""
        text = "".join(f"{self._mark.of(line.text().encode())} {line.text()}\n" for line in lines)
        is_new = not self.file.exists()
        if is_new:
            self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self.file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            # A line that a power cut tore must not swallow the one that follows.
            size = os.fstat(descriptor).st_size
            is_torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
            _write_all(descriptor, (("\n" if is_torn else "") + text).encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if is_new:
            _sync_folder(self.file.parent)

    def lines(self) -> Iterator[Line]:
        """Every whole line, in the order written. One that was torn or changed is not there."""
        try:
            written = self.file.read_text("utf-8", errors="replace")
        except FileNotFoundError:
            return
        for row in written.split("\n"):
            line = self._read(row)
            if line is not None:
                yield line

    def _read(self, row: str) -> Line | None:
        mark, _, text = row.partition(" ")
        if not self._mark.holds(text.encode(), mark):
            return None
        district, number, at_ms, kind, about = json.loads(text)
        return Line(district, number, at_ms, kind, about)


def note(session: Session, district: str, kind: Kind, at: datetime, **about: Any) -> None:
    """Say in the log what this transaction takes away. `about` holds ids (as text), lists of ids and counts."""
    number = _next_number(session, district)
    line = Line(district, number, milliseconds(at), kind.value, about)
    session.info.setdefault("tombstones_waiting", []).append(line)
    hooks = session.info.setdefault("before_commit", [])
    if _write_lines not in hooks:
        hooks.append(_write_lines)


def _next_number(session: Session, district: str) -> int:
    # Always taken before the numbers of the feed: two transactions that want each other's would wait for ever.
    bump = (
        update(TombstoneMark)
        .where(TombstoneMark.district == district)
        .values(number=TombstoneMark.number + 1)
        .returning(TombstoneMark.number)
    )
    number = session.scalar(bump)
    if number is None:
        session.add(TombstoneMark(district=district, number=0))
        session.flush()
        number = session.scalar(bump)
    assert number is not None
    return number


def _write_lines(session: Session) -> None:
    session.flush()  # what the database refuses must not be in the log
    log: TombstoneLog = session.info["tombstones"]
    log.append(session.info.pop("tombstones_waiting", []))


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
