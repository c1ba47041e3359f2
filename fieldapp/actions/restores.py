"""After a restore: the phones know what the database forgot; the tombstone log knows what must not come back.

    settle      before the port opens, at every start: replays what the log holds beyond this database's own mark
    new_epoch   by the operator, after a restore: phones notice and say what they know

Where the log is missing nobody can say what was taken away since: every share is locked and every phone suspended,
until an administrator has looked at each and given it back.
"""

import secrets
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, inspect, select, update
from sqlalchemy.orm import Session

from fieldapp.db import milliseconds, moment
from fieldapp.models import audit, bodies, server_keys, settings, tombstones
from fieldapp.models.accounts import Person, RoleGrant
from fieldapp.models.regions import Region
from fieldapp.models.tombstones import Kind, Line, TombstoneLog, TombstoneMark
from fieldapp.models.vaults import PinShare, ServerKey, Vault, VaultState
from sync.shares import TRIES_MAX

EPOCH_BYTES = 8
_SEVERITY = {VaultState.ACTIVE: 0, VaultState.SUSPENDED: 1, VaultState.REVOKED: 2}


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
    lines = _by_district(log)
    replayed, lost = 0, []
    for district in sorted({*marks, *lines, *(_districts(session) if is_missing else ())}):
        mark = marks.get(district) or _new_mark(session, district)
        beyond = [line for line in lines[district] if line.number > mark.number]
        last = max([mark.number, *(line.number for line in beyond)])
        holds = {line.number for line in lines[district]}
        if is_missing or not holds.issuperset(range(max(mark.number, 1), last + 1)):
            lost.append(district)
        for line in beyond:
            _replay(session, line)
        mark.number = last
        replayed += len(beyond)
        if beyond and district != server_keys.EVERYWHERE:
            audit.write(
                session,
                district=district,
                actor_id=None,
                act="tombstones_replayed",
                about={"lines": len(beyond)},
                at=now,
            )
    session.flush()
    for district in lost:
        _stop_everything(session, district, now)
    if lost:
        settings.put(session, settings.TOMBSTONES_LOST_AT, str(milliseconds(now)))
    settings.put(session, settings.TOMBSTONES, "1")
    log.append([])
    return Settled(replayed, tuple(lost))


def new_epoch(session: Session, now: datetime) -> str:
    """Begin a new epoch of the feed; the county's audit chain says so. Returns it."""
    before, epoch = settings.get(session, settings.EPOCH), secrets.token_hex(EPOCH_BYTES)
    settings.put(session, settings.EPOCH, epoch)
    for district in session.scalars(select(Region.code).where(Region.level == "county").distinct()):
        audit.write(
            session, district=district, actor_id=None, act="new_epoch", about={"epoch": before, "by": "operator"},
            at=now,
        )  # fmt: skip
    return epoch


def _by_district(log: TombstoneLog) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = defaultdict(list)
    for line in log.lines():
        found[line.district].append(line)
    return found


def _districts(session: Session) -> set[str]:
    return set(session.scalars(select(Vault.district).distinct()))


def _new_mark(session: Session, district: str) -> TombstoneMark:
    mark = TombstoneMark(district=district, number=0)
    session.add(mark)
    return mark


def _replay(session: Session, line: Line) -> None:
    """Take away once more. Whatever the line names and this database does not know was made after the backup."""
    about, district = line.about, line.district
    match line.kind:
        case Kind.VAULT_STOPPED:
            vault = session.get(Vault, (district, UUID(about["vault"])))
            if vault is not None:
                vault.state = max(vault.state, about["state"], key=lambda state: _SEVERITY[VaultState(state)])
                vault.changed_at = moment(line.at_ms)
                if about["wipe"] is not None:
                    vault.wipe_order, vault.wipe_ordered_at = UUID(about["wipe"]), moment(line.at_ms)
        case Kind.VAULT_GIVEN_BACK:
            vault = session.get(Vault, (district, UUID(about["vault"])))
            if vault is not None and vault.state == VaultState.SUSPENDED:
                vault.state, vault.changed_at = VaultState.ACTIVE, moment(line.at_ms)
        case Kind.SHARE_DELETED:
            session.execute(delete(PinShare).where(*_share(line)))
        case Kind.PIN_TRIES:
            session.execute(update(PinShare).where(*_share(line)).values(tries=about["tries"]))
        case Kind.ROLES_ENDED:
            _end_roles(session, line)
        case Kind.PERSON_ENDED:
            person = session.get(Person, (district, UUID(about["person"])))
            if person is not None:
                person.active = False
        case Kind.CASE_ERASED:
            bodies.erase_case_key(session, district, UUID(about["case"]))
        case Kind.KEYS_LISTED:
            server_keys.bring_version_above(session, about["version"])
        case Kind.KEY_DESTROYED:
            session.execute(delete(ServerKey).where(ServerKey.key_id == about["key"]))


def _share(line: Line) -> tuple[ColumnElement[bool], ...]:
    return PinShare.district == line.district, PinShare.share_id == UUID(line.about["share"])


def _end_roles(session: Session, line: Line) -> None:
    grants = [UUID(grant) for grant in line.about["grants"]]
    session.execute(
        update(RoleGrant)
        .where(RoleGrant.district == line.district, RoleGrant.grant_id.in_(grants), RoleGrant.ended_at.is_(None))
        .values(ended_at=moment(line.at_ms))
    )
    person = session.get(Person, (line.district, UUID(line.about["person"])))
    if person is not None:
        person.view_version += 1  # her phones pull afresh under what she may see now


def _stop_everything(session: Session, district: str, now: datetime) -> None:
    session.execute(update(PinShare).where(PinShare.district == district).values(tries=TRIES_MAX))
    active = (Vault.district == district, Vault.state == VaultState.ACTIVE)
    for vault in session.scalars(select(Vault).where(*active)):
        vault.state, vault.changed_at = VaultState.SUSPENDED, now
        tombstones.note(
            session, district, Kind.VAULT_STOPPED, now, vault=str(vault.vault_id), state=str(vault.state), wipe=None
        )
    audit.write(session, district=district, actor_id=None, act="tombstones_lost", about={}, at=now)
