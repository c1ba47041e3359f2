"""After a restore: the phones know what the database forgot; the tombstone log knows what must not come back.

    settle      before the port opens, at every start: replays what the log holds beyond this database's own mark
                (replays.py), and ends what was open: requests of two people, unused codes, sessions
    new_epoch   by the operator, after a restore: phones notice and say what they know

Where the log is missing, or its lines do not follow each other, nobody can say what was taken away since: every share
is locked and every phone suspended, until an administrator has looked at each and given it back.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import inspect, select, update
from sqlalchemy.orm import Session

from fieldapp.actions import chains, replays
from fieldapp.db import milliseconds
from fieldapp.models import audit, server_keys, settings, tombstones
from fieldapp.models.credentials import DeskSession, TwoPersonRequest
from fieldapp.models.regions import Region
from fieldapp.models.tombstones import Kind, TombstoneLog, TombstoneMark, Written
from fieldapp.models.vaults import DeviceCode, PinShare, Vault, VaultState
from sync.shares import TRIES_MAX

EPOCH_BYTES = 8


@dataclass(frozen=True)
class Settled:
    """What `settle` did: lines replayed, and districts whose log has a gap."""

    replayed: int
    lost: tuple[str, ...]


def settle(session: Session, now: datetime, *, is_restore: bool = False) -> Settled:
    """Bring the database up to the tombstone log. Without the tables (not migrated yet) nothing is done.

    `is_restore`: the operator says that this database was brought back; then a log that is missing is a lost one even
    where this database never heard of a log.
    """
    if not inspect(session.connection()).has_table(TombstoneMark.__tablename__):
        return Settled(0, ())
    log: TombstoneLog = session.info["tombstones"]
    is_known = is_restore or settings.get(session, settings.TOMBSTONES) is not None
    is_missing = is_known and not log.exists()
    marks = {mark.district: mark for mark in session.scalars(select(TombstoneMark))}
    written = list(log.read())
    districts = {*marks, *(one.line.district for one in written), *(_districts(session) if is_missing else ())}
    replayed, lost = 0, []
    for district in sorted(districts):
        mark = marks.get(district) or _new_mark(session, district)
        if is_missing or not _is_whole(written, mark):
            lost.append(district)
        replayed += _catch_up(session, written, mark, now)
    session.flush()
    if replayed or is_restore:
        _end_what_was_open(session, now)
    for district in lost:
        _stop_everything(session, district, now)
    if lost:
        settings.put(session, settings.TOMBSTONES_LOST_AT, str(milliseconds(now)))
    settings.put(session, settings.TOMBSTONES, "1")
    log.append([])
    return Settled(replayed, tuple(lost))


def new_epoch(session: Session, now: datetime, copy: str | None = None) -> str:
    """Begin a new epoch of the feed; the county's audit chain says so, and which copy was brought back where it is
    known. Returns it.
    """
    before, epoch = settings.get(session, settings.EPOCH), secrets.token_hex(EPOCH_BYTES)
    settings.put(session, settings.EPOCH, epoch)
    about: dict[str, object] = {"epoch": before, "by": "operator", **({"file": copy} if copy else {})}
    for district in session.scalars(select(Region.code).where(Region.level == "county").distinct()):
        audit.write(session, district=district, actor_id=None, act="new_epoch", about=about, at=now)
        chains.forget_denial(session, district)
    return epoch


def _is_whole(written: Sequence[Written], mark: TombstoneMark) -> bool:
    """Whether the log holds all that this district took away from its own mark on, and each line follows the one that
    it was written behind. What lies before the mark was looked at when the mark was set.
    """
    numbers = {one.line.number for one in written if one.line.district == mark.district}
    last = max([mark.number, *numbers])
    if not numbers.issuperset(range(max(mark.number, 1), last + 1)):
        return False
    known = [
        place
        for place, one in enumerate(written)
        if one.line.district == mark.district and one.line.number <= mark.number
    ]
    return not any(one.breaks for one in written[max(known, default=-1) + 1 :])


def _catch_up(session: Session, written: Sequence[Written], mark: TombstoneMark, now: datetime) -> int:
    """Replay what lies beyond the mark of a district, by number; how many lines that were."""
    beyond = [one.line for one in written if one.line.district == mark.district and one.line.number > mark.number]
    for line in sorted(beyond, key=lambda line: line.number):
        replays.replay(session, line)
        mark.number = line.number
    if beyond and mark.district != server_keys.EVERYWHERE:
        audit.write(
            session, district=mark.district, actor_id=None, act="tombstones_replayed", about={"lines": len(beyond)},
            at=now,
        )  # fmt: skip
    return len(beyond)


def _end_what_was_open(session: Session, now: datetime) -> None:
    """What was open in the backup may have been carried out, used or ended since: nobody confirms, uses or goes on with
    it a second time.
    """
    is_open = (
        TwoPersonRequest.carried_out_at.is_(None),
        TwoPersonRequest.refused_at.is_(None),
        TwoPersonRequest.expires_at > now,
    )
    requests = session.execute(
        update(TwoPersonRequest)
        .where(*is_open)
        .values(refused_at=now)
        .returning(TwoPersonRequest.district, TwoPersonRequest.request_id)
    ).all()
    for district, request_id in sorted(requests):
        about: dict[str, object] = {"request": str(request_id)}
        audit.write(session, district=district, actor_id=None, act="end_open_request", about=about, at=now)
    unused = (DeviceCode.used_by_vault.is_(None), DeviceCode.expires_at > now)
    session.execute(update(DeviceCode).where(*unused).values(expires_at=now))
    session.execute(update(DeskSession).where(DeskSession.ended_at.is_(None)).values(ended_at=now))


def _districts(session: Session) -> set[str]:
    return set(session.scalars(select(Vault.district).distinct()))


def _new_mark(session: Session, district: str) -> TombstoneMark:
    mark = TombstoneMark(district=district, number=0)
    session.add(mark)
    return mark


def _stop_everything(session: Session, district: str, now: datetime) -> None:
    session.execute(update(PinShare).where(PinShare.district == district).values(tries=TRIES_MAX))
    active = (Vault.district == district, Vault.state == VaultState.ACTIVE)
    for vault in session.scalars(select(Vault).where(*active)):
        vault.state, vault.changed_at = VaultState.SUSPENDED, now
        tombstones.note(
            session, district, Kind.VAULT_STOPPED, now, vault=str(vault.vault_id), state=str(vault.state), wipe=None
        )
    # The mark of the district moves on with it: what was noticed once is not noticed again at every start.
    tombstones.note(session, district, Kind.LOG_BROKEN, now)
    audit.write(session, district=district, actor_id=None, act="tombstones_lost", about={}, at=now)
