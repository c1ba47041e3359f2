"""Acts that need two people: a new password, no second factor any more, a code for another phone.

Each of them lets whoever does it stand in somebody's place. So one administrator asks, another administrator or the
data-protection officer confirms, within a day; the asker then carries it out, once. The person herself is told for
thirty days, at the desk and on her phone. Where a county has nobody else, the operator of the server confirms (cli.py).

Who was made one within the last week is no second person, whoever made her: one administrator could make two in a
minute. Where the asker herself is as new, the operator alone confirms.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from fieldapp.actions import accounts, oidc, second_factor, sessions
from fieldapp.actions.accounts import IssuedCode
from fieldapp.crypto import totp
from fieldapp.db import milliseconds
from fieldapp.errors import Problem
from fieldapp.ids import uuid7
from fieldapp.models import audit, feed, scope
from fieldapp.models.accounts import Acting, Person, Role, RoleGrant, acting_for
from fieldapp.models.credentials import TwoPersonKind, TwoPersonRequest

LIFE = timedelta(days=1)
SETTLED = timedelta(days=7)  # how long a role that somebody else gave does not count
CONFIRMING_ROLES = (Role.ADMINISTRATOR, Role.DATA_PROTECTION)


@dataclass(frozen=True)
class Shown:
    """What carrying out brought, to be shown once; both None where there is nothing to show."""

    password: str | None = None
    code: IssuedCode | None = None


@dataclass(frozen=True)
class RequestView:
    """One open request as a page wants it."""

    request: TwoPersonRequest
    subject: str
    asked_by: str
    confirmed_by: str | None  # the empty string: the operator
    about: dict[str, str]
    may_confirm: bool
    may_carry_out: bool


def ask(
    session: Session,
    acting: Acting,
    kind: TwoPersonKind,
    subject_id: UUID,
    now: datetime,
    about: dict[str, str] | None = None,
) -> TwoPersonRequest:
    """Ask for an act upon somebody; one that is open already is not asked for twice.

    `about` of an identity: {"issuer", "subject"}, what the one who confirms has to see.
    """
    subject = _subject(session, acting, subject_id)
    if subject_id == acting.person_id:
        raise Problem("not_oneself")
    if not subject.active:
        raise Problem("person_inactive")
    for row in session.scalars(_open(acting.district, now).where(TwoPersonRequest.subject_id == subject_id)):
        if (row.kind, row.asked_by, row.about) == (kind, acting.person_id, json.dumps(about or {})):
            return row
    row = TwoPersonRequest(
        district=acting.district,
        request_id=uuid7(milliseconds(now)),
        kind=kind,
        subject_id=subject_id,
        about=json.dumps(about or {}),
        asked_by=acting.person_id,
        asked_at=now,
        expires_at=now + LIFE,
    )
    session.add(row)
    _audit(session, acting.district, acting.person_id, "ask_for_reset", row, now)
    return row


def confirm(session: Session, acting: Acting, request_id: UUID, now: datetime) -> None:
    """Say yes. Raises `not_found`, `request_over`, `another_person_confirms`."""
    row = _request_in_sight(session, acting, request_id, now)
    if not _may_confirm(session, acting, row, now):
        raise Problem("another_person_confirms")
    _confirmed(session, row, acting.person_id, now)


def confirm_by_operator(
    session: Session, request_id: UUID, now: datetime, *, although_others_could: bool = False
) -> str:
    """The operator says yes, where nobody else can; the name of the person it is about. Raises `not_found`,
    `request_over`, and `another_person_confirms` while somebody else could.
    """
    found = session.scalar(select(TwoPersonRequest).where(TwoPersonRequest.request_id == request_id))
    if found is None:
        raise Problem("not_found")
    row = _request(session, found.district, request_id, now)
    if not although_others_could and (others := confirmers(session, row, now)):
        raise Problem("another_person_confirms", who=others)
    _confirmed(session, row, None, now)
    return session.get_one(Person, (row.district, row.subject_id)).name


def refuse(session: Session, acting: Acting, request_id: UUID, now: datetime) -> None:
    """Say no, or take back what one asked for oneself."""
    row = _request_in_sight(session, acting, request_id, now)
    row.refused_at, row.refused_by = now, acting.person_id
    _audit(session, row.district, acting.person_id, "refuse_reset", row, now)


def carry_out(session: Session, acting: Acting, request_id: UUID, now: datetime) -> Shown:
    """Do what was asked for and confirmed, once; the asker's to do. She upon whom it is done is told.

    Raises `two_people_needed` also where who asked or confirmed lost the role since, or got it anew.
    """
    row = _request(session, acting.district, request_id, now)
    subject = _subject(session, acting, row.subject_id)
    if row.asked_by != acting.person_id:
        raise Problem("not_found")
    if row.confirmed_at is None or not _are_still_two(session, row, now):
        raise Problem("two_people_needed")
    row.carried_out_at = now
    shown = _do(session, acting, row, subject, now)
    feed.tell(session, row.district, row.subject_id, "me")
    _audit(session, row.district, acting.person_id, "carry_out_reset", row, now)
    return shown


def subject_of(session: Session, district: str, request_id: UUID) -> UUID:
    """Upon whom a request is."""
    return session.get_one(TwoPersonRequest, (district, request_id)).subject_id


def list_open(session: Session, acting: Acting, now: datetime) -> list[RequestView]:
    """What waits for somebody, about people whom she may look at, oldest first."""
    rows = session.scalars(_open(acting.district, now).order_by(TwoPersonRequest.asked_at))
    return [_view(session, acting, row, now) for row in rows if _may_look_at(session, acting, row.subject_id)]


def confirmers(session: Session, row: TwoPersonRequest, now: datetime) -> list[str]:
    """The names of those who could confirm a request."""
    held = select(RoleGrant.person_id).where(
        RoleGrant.district == row.district, RoleGrant.role.in_(CONFIRMING_ROLES), RoleGrant.ended_at.is_(None)
    )
    found = [acting_for(session, row.district, person_id) for person_id in sorted(set(session.scalars(held)))]
    return [one.name for one in found if one is not None and _may_confirm(session, one, row, now)]


def _do(session: Session, acting: Acting, row: TwoPersonRequest, subject: Person, now: datetime) -> Shown:
    kind = TwoPersonKind(row.kind)
    if kind is TwoPersonKind.IDENTITY:
        person_id, about = subject.person_id, json.loads(row.about)
        oidc.link(session, **about, district=row.district, person_id=person_id, by=acting.person_id, now=now)
        return Shown()
    if kind is TwoPersonKind.DEVICE:
        code = accounts.issue_device_code(session, acting, subject.person_id, now, is_confirmed=True)
        return Shown(code=code)
    if kind is TwoPersonKind.PASSWORD:
        password = totp.new_recovery_code()  # letters and digits that nobody mistakes, to be read out and typed once
        accounts.set_password(session, acting, subject.person_id, password, now)
        return Shown(password=password)
    second_factor.remove_all(session, Acting(subject.district, subject.person_id, subject.name, ()), now)
    sessions.end_all(session, subject.district, subject.person_id, now)
    return Shown()


def _may_confirm(session: Session, acting: Acting, row: TwoPersonRequest, now: datetime) -> bool:
    if row.confirmed_at is not None or acting.person_id in (row.asked_by, row.subject_id):
        return False
    if not _is_settled(session, row.district, row.asked_by, (Role.ADMINISTRATOR,), now):
        return False
    settled = _is_settled(session, acting.district, acting.person_id, CONFIRMING_ROLES, now)
    return settled and _may_look_at(session, acting, row.subject_id)


def _are_still_two(session: Session, row: TwoPersonRequest, now: datetime) -> bool:
    # The operator answers for herself: she confirms because of what these roles are.
    if row.confirmed_by is None:
        return True
    asker = _is_settled(session, row.district, row.asked_by, (Role.ADMINISTRATOR,), now)
    return asker and _is_settled(session, row.district, row.confirmed_by, CONFIRMING_ROLES, now)


def _is_settled(session: Session, district: str, person_id: UUID, roles: Sequence[Role], now: datetime) -> bool:
    """Whether she has held one of these roles for a week, or it was nobody else's to give: the county's founder."""
    held = session.scalars(
        select(RoleGrant).where(
            RoleGrant.district == district,
            RoleGrant.person_id == person_id,
            RoleGrant.role.in_(roles),
            RoleGrant.ended_at.is_(None),
            RoleGrant.for_person_id.is_(None),
        )
    )
    return any(now - grant.granted_at >= SETTLED or grant.granted_by in (None, person_id) for grant in held)


def _may_look_at(session: Session, acting: Acting, person_id: UUID) -> bool:
    hers = select(Person.person_id).where(
        Person.district == acting.district, Person.person_id == person_id, scope.may_see_people(acting)
    )
    return session.scalar(hers) is not None


def _subject(session: Session, acting: Acting, person_id: UUID) -> Person:
    hers = select(Person).where(
        Person.district == acting.district, Person.person_id == person_id, scope.may_administer(acting)
    )
    person = session.scalar(hers)
    if person is None:
        raise Problem("not_found")
    return person


def _request_in_sight(session: Session, acting: Acting, request_id: UUID, now: datetime) -> TwoPersonRequest:
    # Looked at before anything is said of it: that it is over is told to nobody who may not see whom it is about.
    row = session.get(TwoPersonRequest, (acting.district, request_id))
    if row is None or not _may_look_at(session, acting, row.subject_id):
        raise Problem("not_found")
    return _request(session, acting.district, request_id, now)


def _request(session: Session, district: str, request_id: UUID, now: datetime) -> TwoPersonRequest:
    row = session.get(TwoPersonRequest, (district, request_id), with_for_update=True)
    if row is None:
        raise Problem("not_found")
    if row.carried_out_at is not None or row.refused_at is not None or row.expires_at <= now:
        raise Problem("request_over")
    return row


def _open(district: str, now: datetime) -> Select[TwoPersonRequest]:
    return select(TwoPersonRequest).where(
        TwoPersonRequest.district == district,
        TwoPersonRequest.expires_at > now,
        TwoPersonRequest.carried_out_at.is_(None),
        TwoPersonRequest.refused_at.is_(None),
    )


def _confirmed(session: Session, row: TwoPersonRequest, by: UUID | None, now: datetime) -> None:
    if row.confirmed_at is not None:
        raise Problem("request_over")
    row.confirmed_at, row.confirmed_by = now, by
    _audit(session, row.district, by, "confirm_reset", row, now)


def _view(session: Session, acting: Acting, row: TwoPersonRequest, now: datetime) -> RequestView:
    def name(person_id: UUID) -> str:
        return session.get_one(Person, (row.district, person_id)).name

    confirmed = None if row.confirmed_at is None else ("" if row.confirmed_by is None else name(row.confirmed_by))
    return RequestView(
        row,
        name(row.subject_id),
        name(row.asked_by),
        confirmed,
        json.loads(row.about),
        may_confirm=_may_confirm(session, acting, row, now),
        may_carry_out=row.confirmed_at is not None and row.asked_by == acting.person_id,
    )


def _audit(
    session: Session, district: str, actor_id: UUID | None, act: str, row: TwoPersonRequest, now: datetime
) -> None:
    about: dict[str, object] = {"request": str(row.request_id), "kind": row.kind, "person": str(row.subject_id)}
    audit.write(session, district=district, actor_id=actor_id, act=act, about=about, at=now)
