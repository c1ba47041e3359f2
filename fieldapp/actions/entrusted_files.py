"""Handing in a sealed file from another county: known by its head, opened, taken as what it is, or refused and kept.

A refusal is by name and loses nothing: the file lies under the district's key until a supervisor tries it again with
better luck, or sets it aside.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fieldapp.actions import entrusted, entrusting
from fieldapp.crypto import entrusted as crypto
from fieldapp.crypto.entrusted import FileHead, Kind
from fieldapp.crypto.signatures import PublicPoint
from fieldapp.db import milliseconds, writing
from fieldapp.errors import Problem
from fieldapp.ids import uuid7
from fieldapp.models import audit, bodies, scope, server_keys
from fieldapp.models.accounts import Acting, Role
from fieldapp.models.entrusting import EntrustedKept, PartnerCounty

FILE_BYTES_MAX = crypto.FILE_BYTES_MAX
KEPT_MAX = 200  # of one district, not set aside yet: what comes then is refused and stays with who brought it
_PLACE = ("entrusted_kept", "sealed_file")


@dataclass(frozen=True)
class Taken:
    """What a file was. `case_id` is the file that an answer came back into; None for a request."""

    kind: Kind
    county: str
    case_id: UUID | None


def hand_in(content: bytes, *, acting: Acting, now: datetime) -> Taken:
    """Take a file in. Raises `not_found` for who supervises nothing, and, after keeping it, `entrusted_unreadable`,
    `entrusted_not_ours`, `county_unknown`, and what `take_request` and `take_answer` raise; a fault is kept too.
    """
    require_supervisor(acting)
    try:
        with writing() as session:
            return _take(session, acting, content, now)
    except Problem as problem:
        with writing() as session:
            keep(session, acting, content, problem.code, now)
        raise
    except Exception:  # a fault of ours loses nothing either: it is raised, and the file waits
        with writing() as session:
            keep(session, acting, content, "internal", now)
        raise


def keep(session: Session, acting: Acting, content: bytes, code: str, now: datetime) -> None:
    """Keep what was refused, byte for byte, with the code of the refusal. Nothing where there is nothing, too much of
    it, or too many wait already.
    """
    here = (EntrustedKept.district == acting.district, EntrustedKept.settled_at.is_(None))
    waiting = session.scalar(select(func.count()).select_from(EntrustedKept).where(*here)) or 0
    if waiting >= KEPT_MAX or not 0 < len(content) <= FILE_BYTES_MAX:
        return
    kept_id = uuid7(milliseconds(now))
    row = EntrustedKept(
        district=acting.district, kept_id=kept_id, reason=code, received_by=acting.person_id, received_at=now,
        sealed_file=bodies.seal_for_district(session, acting.district, *_PLACE, (acting.district, kept_id), content),
    )  # fmt: skip
    session.add(row)
    session.flush()
    _audit(session, acting, "keep_entrusted", row, now, reason=code)


def kept(session: Session, acting: Acting) -> list[EntrustedKept]:
    """What was refused and nobody has set aside yet, newest first."""
    require_supervisor(acting)
    waits = (EntrustedKept.district == acting.district, EntrustedKept.settled_at.is_(None))
    return list(session.scalars(select(EntrustedKept).where(*waits).order_by(EntrustedKept.kept_id.desc())))


def set_aside(session: Session, acting: Acting, kept_id: UUID, now: datetime) -> None:
    """Done with: its bytes are deleted, its row says that it came and why it was refused. Raises `not_found`."""
    require_supervisor(acting)
    row = _waiting(session, acting, kept_id)
    if row is None:
        raise Problem("not_found")
    _settle(acting, row, now)
    _audit(session, acting, "set_entrusted_aside", row, now)


def try_again(kept_id: UUID, *, acting: Acting, now: datetime) -> Taken:
    """Take in what was refused, as it lies here: a county may be confirmed by now, a form published, a key restored.
    Taken, it is settled. Raises `not_found`, and what `hand_in` raises: then it waits on, with the newer reason.
    """
    require_supervisor(acting)
    try:
        with writing() as session:
            row = _waiting(session, acting, kept_id)
            if row is None or row.sealed_file is None:
                raise Problem("not_found")
            key = (row.district, row.kept_id)
            try:
                file = bodies.open_for_district(session, row.district, *_PLACE, key, row.sealed_file)
            except bodies.Unreadable as error:  # damaged here: only the other county has it still
                raise Problem("entrusted_unreadable") from error
            taken = _take(session, acting, file, now)
            _settle(acting, row, now)
            _audit(session, acting, "retry_entrusted", row, now, result="taken")
            return taken
    except Problem as problem:
        with writing() as session:
            row = _waiting(session, acting, kept_id)
            if row is not None:
                row.reason = problem.code
                _audit(session, acting, "retry_entrusted", row, now, result=problem.code)
        raise


def require_supervisor(acting: Acting) -> None:
    """A supervisor of the county or below. Raises `not_found`."""
    if not any(len(region) >= len(acting.district) for region in acting.regions(Role.SUPERVISOR)):
        raise Problem("not_found")


def _waiting(session: Session, acting: Acting, kept_id: UUID) -> EntrustedKept | None:
    """A refused file of her district, locked; None for one that is not there or was settled."""
    row = session.get(EntrustedKept, (acting.district, kept_id), with_for_update=True, populate_existing=True)
    return None if row is None or row.settled_at is not None else row


def _settle(acting: Acting, row: EntrustedKept, now: datetime) -> None:
    row.sealed_file, row.settled_by, row.settled_at = None, acting.person_id, now


def _take(session: Session, acting: Acting, file: bytes, now: datetime) -> Taken:
    try:
        head = crypto.read_head(file)
        partner = _sender(session, acting, head)
        private = server_keys.envelope_keys(session, head.suite).get(head.key_id)
        if private is None:
            raise Problem("entrusted_not_ours")
        opened = crypto.open_file(file, private, PublicPoint(partner.identity_key))
    except crypto.Unreadable as error:
        raise Problem("entrusted_unreadable") from error
    if head.kind is Kind.ANSWER:
        row = entrusting.take_answer(session, acting, partner, opened, now)
        return Taken(head.kind, partner.name, row.case_id)
    if not scope.supervises_county(acting):
        raise Problem("entrusted_needs_county")
    entrusted.take_request(session, acting, partner, opened[0], now)
    return Taken(head.kind, partner.name, None)


def _sender(session: Session, acting: Acting, head: FileHead) -> PartnerCounty:
    """The county that the head names, where it is believed. The seal and the signature are still to be checked."""
    if head.receiver != crypto.name_of(server_keys.key_list(session).identity):
        raise Problem("entrusted_not_ours")
    believed = select(PartnerCounty).where(
        PartnerCounty.district == acting.district,
        PartnerCounty.confirmed_at.is_not(None),
        PartnerCounty.ended_at.is_(None),
    )
    for partner in session.scalars(believed):
        if crypto.name_of(partner.identity_key) == head.sender:
            return partner
    raise Problem("county_unknown")


def _audit(session: Session, acting: Acting, act: str, row: EntrustedKept, now: datetime, **more: object) -> None:
    about: dict[str, object] = {"kept": str(row.kept_id), **more}
    audit.write(session, district=row.district, actor_id=acting.person_id, act=act, about=about, at=now)
