"""Meetings that come again by a period: of which offices, of which kind. About no family."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from fieldapp.db import Base, Moment

NAME_MAX, MEMBERS_MAX = 100, 500


class StandingMeeting(Base):
    """One meeting with its period. What is said at it stands in reports of meetings (F8), sealed; here is only when."""

    __tablename__ = "standing_meeting"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    meeting_id: Mapped[UUID] = mapped_column(primary_key=True)
    region_code: Mapped[str] = mapped_column(String(12))
    kind: Mapped[str] = mapped_column(String(30))  # mt_kind of F8
    name: Mapped[str] = mapped_column(String(NAME_MAX))
    members: Mapped[str] = mapped_column(String(MEMBERS_MAX))  # offices, no people
    every_months: Mapped[int]
    first_on: Mapped[date]  # by when it is held the first time
    held_on: Mapped[date | None]
    made_by: Mapped[UUID]
    made_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    __table_args__ = (Index("standing_meeting_by_region", "district", "region_code"),)


def hold(meeting: StandingMeeting, on: date) -> None:
    """It took place on this day; the newest day counts."""
    if meeting.held_on is None or meeting.held_on < on:
        meeting.held_on = on


def held_by_report(session: Session, district: str, village_code: str, kind: str, on: date) -> None:
    """A report of a meeting was approved: those of its kind in the regions of this village were held on that day."""
    here = (StandingMeeting.district == district, StandingMeeting.kind == kind, StandingMeeting.ended_at.is_(None))
    for row in session.scalars(select(StandingMeeting).where(*here)):
        if village_code.startswith(row.region_code):
            hold(row, on)
