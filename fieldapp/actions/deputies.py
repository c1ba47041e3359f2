"""Deputies: somebody holds a supervisor's rights for a time, and says of every decision whose they are."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from fieldapp.days import CHINA, day_of
from fieldapp.db import milliseconds
from fieldapp.errors import Problem
from fieldapp.ids import uuid7
from fieldapp.models import approvers, audit, scope, tombstones
from fieldapp.models.accounts import Acting, Person, Role, RoleGrant
from fieldapp.models.cases import Case
from fieldapp.models.records import WAITING, Record

DAYS_MAX = 92
AHEAD_MAX = 366
_MAY_STAND_IN = (Role.SUPERVISOR, Role.CASEWORKER)


@dataclass(frozen=True)
class DeputyView:
    """One grant that is held for somebody else, running or ahead."""

    grant: RoleGrant
    deputy: str
    principal: str
    ends_on: date  # the last day, in China


def name_deputy(
    session: Session,
    acting: Acting,
    principal_id: UUID,
    deputy_id: UUID,
    first_day: date,
    last_day: date,
    now: datetime,
) -> list[RoleGrant]:
    """Let somebody stand in for a supervisor, in all regions of her own grants, from a day to a day (in China).

    A supervisor names her own deputy; where she cannot any more, an administrator of her region names an acting one.
    Raises `not_found`, `deputy_not_suitable`, `deputy_dates_wrong`.
    """
    grants = _own_grants(session, acting, principal_id)
    today = day_of(now)
    if first_day - today > timedelta(days=AHEAD_MAX):
        raise Problem("deputy_dates_wrong", limit=DAYS_MAX)
    if last_day < max(first_day, today) or last_day - max(first_day, today) > timedelta(days=DAYS_MAX):
        raise Problem("deputy_dates_wrong", limit=DAYS_MAX)
    if deputy_id == principal_id or deputy_id not in {person.person_id for person in may_stand_in(session, acting)}:
        raise Problem("deputy_not_suitable")
    start = max(now, datetime.combine(first_day, time(), CHINA))
    end = datetime.combine(last_day + timedelta(days=1), time(), CHINA)
    made = [
        RoleGrant(
            district=acting.district,
            grant_id=uuid7(milliseconds(now)),
            person_id=deputy_id,
            role=Role.SUPERVISOR,
            region_code=grant.region_code,
            granted_at=start,
            granted_by=acting.person_id,
            until=end,
            for_person_id=principal_id,
        )
        for grant in grants
    ]
    session.add_all(made)
    days = {"from": first_day.isoformat(), "until": last_day.isoformat()}
    _audit(session, acting, "name_deputy", deputy_id, principal_id, now, **days)
    return made


def end_deputy(session: Session, acting: Acting, grant_id: UUID, now: datetime) -> None:
    """End a deputyship before its day. Raises `not_found`."""
    grant = session.get(RoleGrant, (acting.district, grant_id), with_for_update=True)
    if grant is None or grant.for_person_id is None or grant.ended_at is not None:
        raise Problem("not_found")
    _own_grants(session, acting, grant.for_person_id)
    _end(session, [grant], now)
    _audit(session, acting, "end_deputy", grant.person_id, grant.for_person_id, now)


def end_deputies_of(session: Session, district: str, principal_id: UUID, now: datetime) -> None:
    """Nobody stands in any more for somebody whose own role ends."""
    running = select(RoleGrant).where(
        RoleGrant.district == district, RoleGrant.for_person_id == principal_id, RoleGrant.ended_at.is_(None)
    )
    _end(session, list(session.scalars(running)), now)


def list_of(session: Session, acting: Acting, now: datetime) -> list[DeputyView]:
    """Deputies that run or lie ahead, of the supervisors the acting person may name one for; by their start."""
    principal = aliased(Person)
    rows = session.execute(
        select(RoleGrant, Person.name, principal)
        .join(Person, (Person.district == RoleGrant.district) & (Person.person_id == RoleGrant.person_id))
        .join(principal, (principal.district == RoleGrant.district) & (principal.person_id == RoleGrant.for_person_id))
        .where(RoleGrant.district == acting.district, RoleGrant.ended_at.is_(None), RoleGrant.until > now)
        .order_by(RoleGrant.granted_at, RoleGrant.grant_id)
    )
    shown = {person.person_id for person in principals_of(session, acting)}
    return [
        DeputyView(grant, name, whose.name, day_of(_until(grant) - timedelta(seconds=1)))
        for grant, name, whose in rows
        if whose.person_id in shown
    ]


def principals_of(session: Session, acting: Acting) -> list[Person]:
    """The supervisors the acting person may name a deputy for: herself, and those she administers."""
    managed = select(Person.person_id).where(scope.may_administer(acting))
    holds = select(RoleGrant.person_id).where(
        RoleGrant.district == acting.district,
        RoleGrant.role == Role.SUPERVISOR,
        RoleGrant.ended_at.is_(None),
        RoleGrant.for_person_id.is_(None),
    )
    people = select(Person).where(
        Person.district == acting.district,
        Person.active.is_(True),
        Person.person_id.in_(holds),
        (Person.person_id == acting.person_id) | Person.person_id.in_(managed),
    )
    return list(session.scalars(people.order_by(Person.name, Person.person_id)))


def may_stand_in(session: Session, acting: Acting) -> list[Person]:
    """Who may be named: active supervisors and caseworkers of the county, by name."""
    holds = select(RoleGrant.person_id).where(
        RoleGrant.district == acting.district,
        RoleGrant.role.in_(_MAY_STAND_IN),
        RoleGrant.ended_at.is_(None),
        RoleGrant.for_person_id.is_(None),
    )
    people = select(Person).where(
        Person.district == acting.district, Person.active.is_(True), Person.person_id.in_(holds)
    )
    return list(session.scalars(people.order_by(Person.name, Person.person_id)))


def without_approver(session: Session, acting: Acting, now: datetime) -> int:
    """How many reports of the acting person's regions wait and have nobody at any level who may decide on them."""
    waiting = select(func.count()).where(
        Record.district == acting.district,
        Record.state.in_(WAITING),
        Record.case_id.in_(select(Case.case_id).where(scope.may_assign(acting))),
        ~approvers.has_lawful_one(now, digits_min=1),
    )
    return session.scalar(waiting) or 0


def _own_grants(session: Session, acting: Acting, principal_id: UUID) -> list[RoleGrant]:
    if principal_id not in {person.person_id for person in principals_of(session, acting)}:
        raise Problem("not_found")
    own = select(RoleGrant).where(
        RoleGrant.district == acting.district,
        RoleGrant.person_id == principal_id,
        RoleGrant.role == Role.SUPERVISOR,
        RoleGrant.ended_at.is_(None),
        RoleGrant.for_person_id.is_(None),
    )
    return list(session.scalars(own.order_by(RoleGrant.region_code)))


def _end(session: Session, grants: list[RoleGrant], now: datetime) -> None:
    for grant in grants:
        grant.ended_at = now
        # A restored backup must not give the rights back.
        named = {"person": str(grant.person_id), "grants": [str(grant.grant_id)]}
        tombstones.note(session, grant.district, tombstones.Kind.ROLES_ENDED, now, **named)


def _until(grant: RoleGrant) -> datetime:
    assert grant.until is not None  # a grant that is held for somebody else always has an end
    return grant.until


def _audit(
    session: Session, acting: Acting, act: str, deputy_id: UUID, principal_id: UUID, now: datetime, **about: object
) -> None:
    named = {"person": str(deputy_id), "acting_for": str(principal_id), **about}
    audit.write(session, district=acting.district, actor_id=acting.person_id, act=act, about=named, at=now)
