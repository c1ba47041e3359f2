"""The meetings of a region that come again: set up once, held by a report (F8) or by a word, overdue by their period.

standing     those of her regions, the one due first before the rest
set_up, end  a supervisor of the region
note_held    that one took place, where no report says so: an approved report (F8) of its kind is the meeting itself
             (case_steps.py)
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from fieldapp.actions.case_answers import labels
from fieldapp.casework.calendar import months_later
from fieldapp.days import day_of
from fieldapp.db import milliseconds
from fieldapp.errors import Problem
from fieldapp.ids import uuid7
from fieldapp.models import audit
from fieldapp.models.accounts import Acting, Role
from fieldapp.models.meetings import MEMBERS_MAX, NAME_MAX, StandingMeeting, hold

EVERY_MONTHS = (1, 2, 3, 6, 12)
MEETING = "F8"


@dataclass(frozen=True)
class Standing:
    """A meeting as the page shows it: by when it is to be held next, and whether that day is over."""

    meeting: StandingMeeting
    due_on: date
    is_overdue: bool


def standing(session: Session, acting: Acting, now: datetime) -> list[Standing]:
    """The meetings of the regions she supervises, what is due first before the rest; empty for who supervises none."""
    regions = acting.regions(Role.SUPERVISOR)
    if not regions:
        return []
    rows = session.scalars(
        select(StandingMeeting).where(
            StandingMeeting.district == acting.district,
            StandingMeeting.ended_at.is_(None),
            or_(*(StandingMeeting.region_code.startswith(region) for region in regions)),
        )
    )
    found = [Standing(row, due := due_on(row), due < day_of(now)) for row in rows]
    return sorted(found, key=lambda one: (one.due_on, one.meeting.name))


def due_on(meeting: StandingMeeting) -> date:
    """The last day in time for the next one."""
    return meeting.first_on if meeting.held_on is None else months_later(meeting.held_on, meeting.every_months)


def kinds(session: Session, language: str) -> dict[str, str]:
    """The kinds of meetings and their words, as the form of meetings has them."""
    return labels(session, MEETING, "mt_kind", language)


def set_up(
    session: Session,
    acting: Acting,
    *,
    kind: str,
    name: str,
    members: str,
    every_months: int,
    first_on: date,
    now: datetime,
) -> StandingMeeting:
    """A meeting of the region she supervises. Raises `not_found` for who supervises none, `request_malformed` for what
    is no kind or no period, `meeting_needs_words` without a name and the offices that belong to it.
    """
    regions = acting.regions(Role.SUPERVISOR)
    if not regions:
        raise Problem("not_found")
    if kind not in kinds(session, "zh") or every_months not in EVERY_MONTHS:
        raise Problem("request_malformed")
    name, members = name.strip(), members.strip()
    if not name or not members or len(name) > NAME_MAX or len(members) > MEMBERS_MAX:
        raise Problem("meeting_needs_words")
    row = StandingMeeting(
        district=acting.district,
        meeting_id=uuid7(milliseconds(now)),
        region_code=regions[0],
        kind=kind,
        name=name,
        members=members,
        every_months=every_months,
        first_on=first_on,
        made_by=acting.person_id,
        made_at=now,
    )
    session.add(row)
    session.flush()
    _audit(session, acting, "set_up_meeting", row, now)
    return row


def note_held(session: Session, acting: Acting, meeting_id: UUID, on: date, now: datetime) -> StandingMeeting:
    """It took place on this day; the newest day counts. Raises `not_found`, `day_to_come`."""
    row = _hers(session, acting, meeting_id)
    if on > day_of(now):
        raise Problem("day_to_come")
    hold(row, on)
    _audit(session, acting, "hold_meeting", row, now, on=on.isoformat())
    return row


def end(session: Session, acting: Acting, meeting_id: UUID, now: datetime) -> None:
    """It comes no more. Raises `not_found`."""
    row = _hers(session, acting, meeting_id)
    row.ended_at = now
    _audit(session, acting, "drop_meeting", row, now)


def _hers(session: Session, acting: Acting, meeting_id: UUID) -> StandingMeeting:
    row = session.get(StandingMeeting, (acting.district, meeting_id), with_for_update=True)
    regions = acting.regions(Role.SUPERVISOR)
    if row is None or row.ended_at is not None or not any(row.region_code.startswith(code) for code in regions):
        raise Problem("not_found")
    return row


def _audit(session: Session, acting: Acting, act: str, row: StandingMeeting, now: datetime, **about: object) -> None:
    named = {"meeting": str(row.meeting_id), **about}
    audit.write(session, district=row.district, actor_id=acting.person_id, act=act, about=named, at=now)
