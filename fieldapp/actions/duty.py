"""The duty roster: planned by a supervisor or an administrator of the county, asked for who hears of a danger first.

    plan, strike, repeat    the acts
    week_of(...)            a week as the page shows it, with its gaps
    now_on(...)             who is on duty at a moment
    gaps_ahead(...)         where nobody will be, within a week
    unheard(...)            open alerts that are not yet somebody's to hear of (actions/hooks.py)

Nothing is ever refused, and no page closed, because nobody is on duty.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from fieldapp.casework import duty
from fieldapp.casework.duty import Turn
from fieldapp.days import CHINA, day_of
from fieldapp.db import milliseconds
from fieldapp.errors import Problem
from fieldapp.ids import uuid7
from fieldapp.models import approvers, audit, queue
from fieldapp.models.accounts import Acting, Organisation, Person, Role, people_with_role
from fieldapp.models.cases import ConflictOfInterest
from fieldapp.models.duty import DutyShift, between

PLANNERS = (Role.SUPERVISOR, Role.ADMINISTRATOR)
ON_DUTY = (Role.SUPERVISOR, Role.CASEWORKER)  # a caseworker takes calls; of a danger a supervisor hears
SHIFT_MAX = timedelta(days=14)
DAYS_MAX = 31
AHEAD_MAX = timedelta(days=366)  # a roster further ahead is a typing error, and the calendar ends in the year 9999
_LOOKED_BACK = timedelta(days=14)


@dataclass(frozen=True)
class Row:
    """One shift as a page shows it, with names; `organisation` empty where it is the county's."""

    shift: DutyShift
    person: str
    deputy: str
    organisation: str


@dataclass(frozen=True)
class Day:
    """One day of a week: the shifts that touch it, and when no supervisor is on duty."""

    on: date
    rows: list[Row]
    gaps: list[tuple[datetime, datetime]]


@dataclass(frozen=True)
class OnDuty:
    """Who is on duty at a moment, by name; empty where nobody is."""

    people: tuple[str, ...]
    deputies: tuple[str, ...]


def plan(
    session: Session,
    acting: Acting,
    *,
    person_id: UUID,
    deputy_id: UUID | None,
    organisation_id: UUID | None,
    starts_at: datetime,
    ends_at: datetime,
    days: int = 1,
    now: datetime,
) -> list[DutyShift]:
    """Put somebody on the roster: one shift, or the same hours of several days on end.

    Raises `not_found` for who plans nothing in this county, `duty_not_suitable`, `duty_times_wrong`.
    """
    _require_planner(acting)
    if not timedelta(0) < ends_at - starts_at <= SHIFT_MAX or not 1 <= days <= DAYS_MAX:
        raise Problem("duty_times_wrong", limit=DAYS_MAX)
    if ends_at <= now or starts_at > now + AHEAD_MAX:
        raise Problem("duty_times_wrong", limit=DAYS_MAX)
    _check_people(session, acting.district, person_id, deputy_id)
    if organisation_id is not None:
        house = session.get(Organisation, (acting.district, organisation_id))
        if house is None or house.ended_at is not None:
            raise Problem("duty_not_suitable")
    made = [
        DutyShift(
            district=acting.district,
            shift_id=uuid7(milliseconds(now)),
            organisation_id=organisation_id,
            person_id=person_id,
            deputy_id=deputy_id,
            starts_at=starts_at + timedelta(days=day),
            ends_at=ends_at + timedelta(days=day),
            planned_by=acting.person_id,
            planned_at=now,
        )
        for day in range(days)
    ]
    session.add_all(made)
    session.flush()
    _audit(session, acting, "plan_duty", now, person=str(person_id), shifts=[str(one.shift_id) for one in made])
    return made


def strike(session: Session, acting: Acting, shift_id: UUID, now: datetime) -> None:
    """Take a shift off the roster that is not over. Raises `not_found`."""
    _require_planner(acting)
    shift = session.get(DutyShift, (acting.district, shift_id), with_for_update=True)
    if shift is None or shift.struck_at is not None or shift.ends_at <= now:
        raise Problem("not_found")
    shift.struck_at = now
    _audit(session, acting, "strike_duty", now, shift=str(shift_id))


def repeat(session: Session, acting: Acting, monday: date, now: datetime) -> list[DutyShift]:
    """Put all shifts that begin in a week once more a week later, without those of people who left or changed their
    role. What is there already is not put there twice. Raises `not_found`, `duty_times_wrong`.
    """
    _require_planner(acting)
    if monday > day_of(now) + AHEAD_MAX:
        raise Problem("duty_times_wrong", limit=DAYS_MAX)
    since, until = _stretch(monday, 7)
    there = {
        (row.starts_at, row.ends_at, row.person_id, row.organisation_id)
        for row in between(session, acting.district, until, until + timedelta(days=21))
    }
    suitable = _suitable(session, acting.district)
    week, made = timedelta(days=7), []
    for row in between(session, acting.district, since, until):
        key = (row.starts_at + week, row.ends_at + week, row.person_id, row.organisation_id)
        if row.starts_at < since or key in there or key[1] <= now or row.person_id not in suitable:
            continue
        made.append(
            DutyShift(
                district=acting.district,
                shift_id=uuid7(milliseconds(now)),
                organisation_id=row.organisation_id,
                person_id=row.person_id,
                deputy_id=row.deputy_id if row.deputy_id in suitable else None,
                starts_at=key[0],
                ends_at=key[1],
                planned_by=acting.person_id,
                planned_at=now,
            )
        )
    session.add_all(made)
    session.flush()
    if made:
        _audit(session, acting, "plan_duty", now, shifts=[str(one.shift_id) for one in made])
    return made


def may_plan(acting: Acting) -> bool:
    """Whether the roster of the whole county is hers to plan."""
    return acting.district in acting.regions(*PLANNERS)


def people_for(session: Session, district: str) -> list[Person]:
    """Who can be put on the roster, by name."""
    found = {person.person_id: person for role in ON_DUTY for person, _ in people_with_role(session, district, role)}
    return sorted(found.values(), key=lambda person: (person.name, str(person.person_id)))


def week_of(session: Session, district: str, monday: date, now: datetime) -> list[Day]:
    """Seven days from a Monday. Gaps are of what is still to come, and none where there is no roster at all."""
    since, until = _stretch(monday, 7)
    shifts = between(session, district, since, until)
    rows = _named(session, district, shifts)
    turns = _of_supervisors(session, district, shifts)
    has_roster = _has_roster(session, district, now)
    days = []
    for at in range(7):
        on = monday + timedelta(days=at)
        begins, ends = _stretch(on, 1)
        open_at = duty.gaps(turns, max(begins, now), ends) if has_roster and ends > now else []
        here = [row for row in rows if row.shift.starts_at < ends and row.shift.ends_at > begins]
        days.append(Day(on, here, open_at))
    return days


def now_on(session: Session, district: str, at: datetime) -> OnDuty:
    """Who is on duty at a moment, of the county and of its organisations."""
    return on_at(session, district, [at])[at]


def on_at(session: Session, district: str, moments: Collection[datetime]) -> dict[datetime, OnDuty]:
    """Who was on duty at each of several moments."""
    if not moments:
        return {}
    turns = _turns(between(session, district, min(moments), max(moments) + timedelta(milliseconds=1)))
    found = {at: duty.on_duty(turns, at) for at in moments}
    names = _names(session, district, [one for parts in found.values() for part in parts for one in part])
    return {
        at: OnDuty(tuple(names[one] for one in first), tuple(names[one] for one in deputies))
        for at, (first, deputies) in found.items()
    }


def gaps_ahead(session: Session, district: str, now: datetime) -> list[tuple[datetime, datetime]]:
    """When no supervisor is on duty within the days ahead; none where the county keeps no roster."""
    if not _has_roster(session, district, now):
        return []
    until = now + duty.WARN_AHEAD
    return duty.gaps(_of_supervisors(session, district, between(session, district, now, until)), now, until)


def unheard(session: Session, acting: Acting, now: datetime) -> int:
    """How many open alerts that she may see are not yet hers to hear of: somebody is on duty who hears first. The page
    shows her all of them at once; this holds back nothing but the message that calls her.
    """
    waiting = queue.open_alerts(session, acting)
    if not waiting:
        return 0
    regions = acting.regions(Role.SUPERVISOR)
    is_above = not any(len(region) >= approvers.COUNTY_DIGITS for region in regions)
    holders = people_with_role(session, acting.district, Role.SUPERVISOR)
    below = {person.person_id for person, region in holders if len(region) >= approvers.COUNTY_DIGITS}
    earliest = min(alert.received_at for alert in waiting)
    turns = _turns(between(session, acting.district, earliest, now + timedelta(milliseconds=1)))
    related = _related(session, acting.district, {alert.case_id for alert in waiting if alert.case_id is not None})
    count = 0
    for alert in waiting:
        # Who is related to the family is not shown it, so nobody waits for her
        hear = below - related[alert.case_id] if alert.case_id in related else below
        count += not duty.hears(acting.person_id, alert.received_at, now, turns, is_above=is_above, below=hear)
    return count


def _related(session: Session, district: str, case_ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """By family, who is related to it; a family without relatives here is left out."""
    wanted = select(ConflictOfInterest.case_id, ConflictOfInterest.person_id).where(
        ConflictOfInterest.district == district,
        ConflictOfInterest.case_id.in_(case_ids),
        ConflictOfInterest.lifted_at.is_(None),
    )
    found: dict[UUID, set[UUID]] = {}
    for case_id, person_id in session.execute(wanted):
        found.setdefault(case_id, set()).add(person_id)
    return found


def _require_planner(acting: Acting) -> None:
    if not may_plan(acting):
        raise Problem("not_found")


def _check_people(session: Session, district: str, person_id: UUID, deputy_id: UUID | None) -> None:
    suitable = _suitable(session, district)
    if person_id not in suitable or (deputy_id is not None and (deputy_id not in suitable or deputy_id == person_id)):
        raise Problem("duty_not_suitable")


def _suitable(session: Session, district: str) -> set[UUID]:
    return {person.person_id for person in people_for(session, district)}


def _has_roster(session: Session, district: str, now: datetime) -> bool:
    # One that ended weeks ago is given up: nobody is warned of it for ever.
    lately = exists().where(
        DutyShift.district == district, DutyShift.struck_at.is_(None), DutyShift.ends_at > now - _LOOKED_BACK
    )
    return bool(session.scalar(select(lately)))


def _of_supervisors(session: Session, district: str, shifts: Sequence[DutyShift]) -> list[Turn]:
    """The turns in which a supervisor is on duty, herself or as who stands ready."""
    holders = {person.person_id for person, _ in people_with_role(session, district, Role.SUPERVISOR)}
    return [turn for turn in _turns(shifts) if holders & {turn.person_id, turn.deputy_id}]


def _turns(shifts: Sequence[DutyShift]) -> list[Turn]:
    return [Turn(one.starts_at, one.ends_at, one.person_id, one.deputy_id) for one in shifts]


def _named(session: Session, district: str, shifts: Sequence[DutyShift]) -> list[Row]:
    people = [one for shift in shifts for one in (shift.person_id, shift.deputy_id) if one is not None]
    names = _names(session, district, people)
    wanted = {shift.organisation_id for shift in shifts if shift.organisation_id is not None}
    rows = select(Organisation.organisation_id, Organisation.name).where(
        Organisation.district == district, Organisation.organisation_id.in_(wanted)
    )
    houses = dict(session.execute(rows).all()) if wanted else {}
    return [
        Row(
            shift,
            names[shift.person_id],
            names[shift.deputy_id] if shift.deputy_id else "",
            houses.get(shift.organisation_id, "") if shift.organisation_id else "",
        )
        for shift in shifts
    ]


def _names(session: Session, district: str, ids: Sequence[UUID]) -> dict[UUID, str]:
    if not ids:
        return {}
    rows = select(Person.person_id, Person.name).where(Person.district == district, Person.person_id.in_(ids))
    return dict(session.execute(rows).all())


def _stretch(first: date, days: int) -> tuple[datetime, datetime]:
    begins = datetime.combine(first, time(), CHINA)
    return begins, begins + timedelta(days=days)


def _audit(session: Session, acting: Acting, act: str, now: datetime, **about: object) -> None:
    audit.write(session, district=acting.district, actor_id=acting.person_id, act=act, about=dict(about), at=now)
