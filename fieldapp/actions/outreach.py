"""Noting lectures and activities, and how often evidence was taken in a centre: numbers with a day and a place.

No act here takes a word that somebody typed: what was said at an interview, and by whom, has no place to stand.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from fieldapp.casework.statistics import OUTREACH
from fieldapp.days import day_of
from fieldapp.db import milliseconds
from fieldapp.errors import Problem
from fieldapp.ids import uuid7
from fieldapp.models import audit, organisations, outreach
from fieldapp.models.accounts import Acting, Organisation, Role
from fieldapp.models.outreach import InterviewCount, OutreachNote
from fieldapp.models.regions import places_of

WRITERS = (Role.SUPERVISOR, Role.CASEWORKER)
TIMES_MAX = 10_000
PEOPLE_MAX = 10_000_000  # an article is read by many


@dataclass(frozen=True)
class Year:
    """What a year came to: events, people reached, and interviews, each by itself."""

    year: int
    times: int
    people: int
    interviews: int


@dataclass(frozen=True)
class Noted:
    """What stands noted for the regions of somebody, the newest first, with the sums of each year."""

    outreach: Sequence[OutreachNote]
    interviews: Sequence[InterviewCount]
    years: Sequence[Year]


def read(session: Session, acting: Acting) -> Noted:
    """What counts of her regions. Raises `not_found` for who works nowhere."""
    _require(acting)
    events = outreach.outreach_of(session, acting, *WRITERS)
    interviews = outreach.interviews_of(session, acting, *WRITERS)
    years = sorted({row.on.year for row in events} | {row.on.year for row in interviews}, reverse=True)
    return Noted(events, interviews, [_year(year, events, interviews) for year in years])


def note(
    session: Session,
    acting: Acting,
    *,
    kind: str,
    on: date,
    region_code: str,
    organisation_id: UUID | None,
    times: int,
    people: int,
    now: datetime,
) -> OutreachNote:
    """Note outreach work in a region of hers. Raises `not_found`, `request_malformed` (kind), `day_to_come`,
    `count_wrong`.
    """
    _check(session, acting, on, region_code, organisation_id, times, now)
    if kind not in OUTREACH:
        raise Problem("request_malformed")
    if not 0 <= people <= PEOPLE_MAX:
        raise Problem("count_wrong", limit=PEOPLE_MAX)
    made = OutreachNote(
        district=acting.district,
        note_id=uuid7(milliseconds(now)),
        kind=kind,
        on=on,
        region_code=region_code,
        organisation_id=organisation_id,
        times=times,
        people=people,
        noted_by=acting.person_id,
        noted_at=now,
    )
    session.add(made)
    _audit(session, acting, "note_outreach", made, now)
    return made


def note_interviews(
    session: Session,
    acting: Acting,
    *,
    on: date,
    region_code: str,
    organisation_id: UUID,
    times: int,
    now: datetime,
) -> InterviewCount:
    """Note how many interviews for evidence took place on a day. Raises `not_found`, `day_to_come`, `count_wrong`."""
    _check(session, acting, on, region_code, organisation_id, times, now)
    made = InterviewCount(
        district=acting.district,
        note_id=uuid7(milliseconds(now)),
        on=on,
        region_code=region_code,
        organisation_id=organisation_id,
        times=times,
        noted_by=acting.person_id,
        noted_at=now,
    )
    session.add(made)
    _audit(session, acting, "note_interviews", made, now)
    return made


def take_back(session: Session, acting: Acting, note_id: UUID, now: datetime) -> None:
    """Take a note back that was wrong; it stays in the table, and counts no more. Her own, or one of the regions she
    supervises. Raises `not_found`.
    """
    _require(acting)
    key = (acting.district, note_id)
    row: OutreachNote | InterviewCount | None = session.get(OutreachNote, key, with_for_update=True)
    row = row or session.get(InterviewCount, key, with_for_update=True)
    if row is None or row.taken_back_at is not None:
        raise Problem("not_found")
    supervised = any(row.region_code.startswith(region) for region in acting.regions(Role.SUPERVISOR))
    if not supervised and row.noted_by != acting.person_id:
        raise Problem("not_found")
    row.taken_back_at, row.taken_back_by = now, acting.person_id
    _audit(session, acting, "take_back_note", row, now)


def organisations_of(session: Session, acting: Acting) -> list[Organisation]:
    """Whose work it may be."""
    return organisations.running(session, acting.district)


def _check(
    session: Session,
    acting: Acting,
    on: date,
    region_code: str,
    organisation_id: UUID | None,
    times: int,
    now: datetime,
) -> None:
    _require(acting)
    if region_code not in {code for code, _ in places_of(session, acting.regions(*WRITERS), day_of(now))}:
        raise Problem("not_found")
    if organisation_id is not None and session.get(Organisation, (acting.district, organisation_id)) is None:
        raise Problem("not_found")
    if on > day_of(now):
        raise Problem("day_to_come")
    if not 1 <= times <= TIMES_MAX:
        raise Problem("count_wrong", limit=TIMES_MAX)


def _require(acting: Acting) -> None:
    if not acting.has(*WRITERS):
        raise Problem("not_found")


def _year(year: int, events: Sequence[OutreachNote], interviews: Sequence[InterviewCount]) -> Year:
    of_year = [row for row in events if row.on.year == year]
    asked = sum(row.times for row in interviews if row.on.year == year)
    return Year(year, sum(row.times for row in of_year), sum(row.people for row in of_year), asked)


def _audit(session: Session, acting: Acting, act: str, row: OutreachNote | InterviewCount, now: datetime) -> None:
    about: dict[str, object] = {"note": str(row.note_id), "on": row.on.isoformat(), "times": row.times}
    audit.write(session, district=row.district, actor_id=acting.person_id, act=act, about=about, at=now)
