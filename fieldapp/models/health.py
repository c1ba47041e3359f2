"""Whether what was acknowledged is also safe: the state of the backups, as the desk and the phones are told."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fieldapp.db import moment
from fieldapp.models import settings
from fieldapp.models.audit import AuditHead, AuditRow
from fieldapp.models.files import File, FileState

# Settings the worker keeps: see actions/backups.py.
BACKUP_VERIFIED_AT, BACKUP_ERROR, BACKUP_CONFIGURED = "backup_verified_at", "backup_error", "backup_configured"
BACKUP_FAILED_AT = "backup_failed_at"
PROXY_CHECK = "proxy_check"  # [result, ms]: see actions/proxies.py
BACKUP_LATE = timedelta(hours=2)  # the worker makes one every hour


@dataclass(frozen=True)
class Backup:
    """`state`: `demo` (none is made, and said), `none` (no folder set), `failing`, `late`, `good`."""

    state: str
    verified_at: datetime | None
    error: str


def backup_of(session: Session, now: datetime) -> Backup:
    """The state of the backups at this moment."""
    known = settings.several(session, settings.DEMO, BACKUP_VERIFIED_AT, BACKUP_ERROR, BACKUP_CONFIGURED)
    if known[settings.DEMO]:
        return Backup("demo", None, "")
    verified = known[BACKUP_VERIFIED_AT]
    verified_at = moment(int(verified)) if verified else None
    error = known[BACKUP_ERROR] or ""
    if not known[BACKUP_CONFIGURED]:
        return Backup("none", verified_at, error)
    if error:
        return Backup("failing", verified_at, error)
    if verified_at is None or abs(now - verified_at) > BACKUP_LATE:  # ahead of us: said by a clock that was wrong
        return Backup("late", verified_at, "")
    return Backup("good", verified_at, "")


class ProxyResult(StrEnum):
    """How what stands in front of the server takes what phones send."""

    STREAMS = "streams"  # byte by byte, as it should
    BUFFERS = "buffers"  # whole requests: a cut costs a whole piece
    UNREACHABLE = "unreachable"  # from where it was asked, or somebody else answers there


@dataclass(frozen=True)
class Proxy:
    """The last check of the public address."""

    result: ProxyResult
    checked_at: datetime


def proxy_of(session: Session) -> Proxy | None:
    """What the last check found; None before the first."""
    said = settings.get(session, PROXY_CHECK)
    if said is None:
        return None
    result, at = json.loads(said)
    return Proxy(ProxyResult(result), moment(at))


@dataclass(frozen=True)
class Files:
    """The files of a district: how many are whole and how many bytes they have, and how many are on their way."""

    whole: int
    whole_bytes: int
    on_their_way: int


def files_of(session: Session, district: str) -> Files:
    """The state of the files."""
    rows = session.execute(
        select(File.state, func.count(), func.coalesce(func.sum(File.length), 0))
        .where(File.district == district)
        .group_by(File.state)
    )
    counted = {state: (count, length) for state, count, length in rows}
    whole, length = counted.get(FileState.COMPLETE, (0, 0))
    return Files(whole, int(length), counted.get(FileState.PARTIAL, (0, 0))[0])


@dataclass(frozen=True)
class Chain:
    """The audit chain of a district: its end, and how many rows wait for the worker."""

    seq: int
    hash: str
    signed_at: datetime | None
    waiting: int


def audit_of(session: Session, district: str) -> Chain:
    """The state of the audit chain."""
    head = session.get(AuditHead, district)
    waiting = session.scalar(select(func.count()).where(AuditRow.district == district, AuditRow.chain_seq.is_(None)))
    if head is None:
        return Chain(0, "", None, waiting or 0)
    return Chain(head.seq, head.hash.hex(), head.signed_at, waiting or 0)
