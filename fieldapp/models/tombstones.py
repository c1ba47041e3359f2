"""What must stay gone: a log outside the database and its backups, which a restore cannot take back (DESIGN 6). And the
one thing that must not be gone: phones that were enrolled, or what they hand in has nobody.

    note(...)        beside the change, in its transaction; the lines are on disk (fsync) before the transaction commits
    TombstoneLog     the file: one line of JSON each, numbered per district, each with a mark under the root ring that
                     covers the mark of the line before: lines that were moved, or taken out of the middle, are noticed
    TombstoneMark    how far the log goes by what the database knows: behind it, it was restored; ahead, the log is lost

A line holds ids and counts, never a name. A transaction that fails after its lines were written leaves them in the log:
what was about to be taken away is then taken away at the next start. That errs on the right side.
"""

import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import String, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from fieldapp.crypto.rest import LineMark
from fieldapp.db import Base, milliseconds
from fieldapp.disk import fsync_folder

_TAIL_BYTES = 64 * 1024


class Kind(StrEnum):
    """What a line says is gone. A word is never used again for anything else."""

    VAULT_STOPPED = "vault_stopped"  # vault, state (suspended, revoked), wipe (order id) or null
    VAULT_GIVEN_BACK = "vault_given_back"  # vault
    VAULT_ENROLLED = "vault_enrolled"  # vault, person, issued_by, transport, author: its public keys as hex
    SHARE_DELETED = "share_deleted"  # share
    PIN_TRIES = "pin_tries"  # share, tries: so many were made
    ROLES_ENDED = "roles_ended"  # person, grants
    PERSON_ENDED = "person_ended"  # person
    CASE_ERASED = "case_erased"  # case
    CASE_RESTRICTED = "case_restricted"  # case, request, by, until: kept for the law alone
    RESTRICTION_ENDED = "restriction_ended"  # case, request: open again
    CONSENT_WITHDRAWN = "consent_withdrawn"  # case, request, by, stops: what its consent carries no more
    REPORTER_ERASED = "reporter_erased"  # case: who told us of it, and nothing else
    KEY_DESTROYED = "key_destroyed"  # key: of the server
    KEYS_LISTED = "keys_listed"  # version: a list of keys that phones may hold
    MEMBER_ENDED = "member_ended"  # case, person: on its team no more
    CHILDREN_TAKEN = "children_taken"  # case, person, children: the officer looks after them no more
    RELATED = "related"  # case, person, by: kept away from this family
    LIAISONS_ENDED = "liaisons_ended"  # liaisons
    BELONGS = "belongs"  # person, organisation, department (or null): what she belongs to from now on
    PASSWORD_ENDED = "password_ended"  # person: the one until now
    APP_ENDED = "app_ended"  # person, made: the authenticator app set up at that moment (ms), or an earlier one
    PASSKEYS_ENDED = "passkeys_ended"  # passkeys: ids as hex
    RECOVERY_ENDED = "recovery_ended"  # person, codes: hashes as hex; null: all of them
    IDENTITY_ENDED = "identity_ended"  # identity: hash of issuer and subject
    COUNTY_ENDED = "county_ended"  # county: its fingerprint; its server is believed no more
    LOG_BROKEN = "log_broken"  # nothing: here a broken or missing log was noticed, and everything stopped


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
    before: str | None = None  # the mark of the line before it; None in a line of before lines were chained

    def text(self) -> str:
        said = [self.district, self.number, self.at_ms, self.kind, self.about]
        chained = said if self.before is None else [*said, self.before]
        return json.dumps(chained, ensure_ascii=True, sort_keys=True, separators=(",", ":"))


@dataclass(frozen=True)
class Written:
    """A line as it stands in the file. `breaks`: it does not follow the line that it was written behind."""

    line: Line
    breaks: bool


class TombstoneLog:
    """The file. Several processes append to it: a lock on the file keeps their lines apart."""

    def __init__(self, file: Path, mark: LineMark) -> None:
        self.file, self._mark = file, mark

    def exists(self) -> bool:
        return self.file.exists()

    def append(self, lines: Iterable[Line]) -> None:
        """Write lines and wait until they are on disk. Raises OSError: then the change must not be committed."""
        is_new = not self.file.exists()
        if is_new:
            self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self.file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            # A line that a power cut tore must not swallow the one that follows.
            size = os.fstat(descriptor).st_size
            is_torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
            text = self._chained(lines, self._last_mark(descriptor, size))
            _write_all(descriptor, (("\n" if is_torn else "") + text).encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if is_new:
            fsync_folder(self.file.parent)

    def read(self) -> Iterator[Written]:
        """Every whole line, in the order written. One that was torn or changed is not there, and the next one breaks
        unless it was written behind the torn one.
        """
        try:
            written = self.file.read_text("utf-8", errors="replace")
        except FileNotFoundError:
            return
        last, is_chained = "", False
        for row in written.split("\n"):
            line = self._read(row)
            if line is None:
                continue
            # Lines of before they were chained stand at the head of the file, and nowhere else.
            yield Written(line, is_chained if line.before is None else line.before != last)
            last, is_chained = row.partition(" ")[0], is_chained or line.before is not None

    def _chained(self, lines: Iterable[Line], last: str) -> str:
        text = ""
        for line in lines:
            said = replace(line, before=last).text()
            last = self._mark.of(said.encode())
            text += f"{last} {said}\n"
        return text

    def _last_mark(self, descriptor: int, size: int) -> str:
        """The mark of the last whole line, the empty text where there is none. Read from the end: a file grows long."""
        tail, start = b"", size
        while start > 0:
            length = min(start, _TAIL_BYTES)
            start -= length
            tail = os.pread(descriptor, length, start) + tail
            rows = tail.decode("utf-8", errors="replace").split("\n")
            # The first row may begin before what was read.
            for row in reversed(rows if start == 0 else rows[1:]):
                if self._read(row) is not None:
                    return row.partition(" ")[0]
        return ""

    def _read(self, row: str) -> Line | None:
        mark, _, text = row.partition(" ")
        if not self._mark.holds(text.encode(), mark):
            return None
        district, number, at_ms, kind, about, *before = json.loads(text)
        return Line(district, number, at_ms, kind, about, *before)


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
