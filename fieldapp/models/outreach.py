"""Work for everybody, and how often evidence was taken in a centre: numbers with a day and a place, no text at all."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, ForeignKeyConstraint, Index, String, and_, false, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, mapped_column

from fieldapp.db import Base, Moment
from fieldapp.models.accounts import Acting, Role


class OutreachNote(Base):
    """A lecture, an activity, an article: when, where, how often, for how many. A mistake is taken back."""

    __tablename__ = "outreach_note"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    note_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))  # a code of casework.statistics.OUTREACH
    on: Mapped[date]
    region_code: Mapped[str] = mapped_column(String(12))  # the place: a village, a township, the county
    organisation_id: Mapped[UUID | None]
    times: Mapped[int]
    people: Mapped[int]
    noted_by: Mapped[UUID]
    noted_at: Mapped[datetime] = mapped_column(Moment)
    taken_back_at: Mapped[datetime | None] = mapped_column(Moment)
    taken_back_by: Mapped[UUID | None]
    __table_args__ = (Index("outreach_note_by_day", "district", "on"),)


class InterviewCount(Base):
    """How many interviews for evidence a centre held on a day. There is no column for what was said, nor of whom."""

    __tablename__ = "interview_count"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    note_id: Mapped[UUID] = mapped_column(primary_key=True)
    on: Mapped[date]
    region_code: Mapped[str] = mapped_column(String(12))
    organisation_id: Mapped[UUID]
    times: Mapped[int]
    noted_by: Mapped[UUID]
    noted_at: Mapped[datetime] = mapped_column(Moment)
    taken_back_at: Mapped[datetime | None] = mapped_column(Moment)
    taken_back_by: Mapped[UUID | None]
    __table_args__ = (
        ForeignKeyConstraint(
            ["district", "organisation_id"], ["organisation.district", "organisation.organisation_id"]
        ),
        Index("interview_count_by_day", "district", "on"),
    )


def outreach_of(session: Session, acting: Acting, *roles: Role) -> Sequence[OutreachNote]:
    """What counts of the regions where she has one of these roles, the newest first."""
    rows = select(OutreachNote).where(may_see(acting, OutreachNote, *roles), OutreachNote.taken_back_at.is_(None))
    return session.scalars(rows.order_by(OutreachNote.on.desc(), OutreachNote.note_id.desc())).all()


def interviews_of(session: Session, acting: Acting, *roles: Role) -> Sequence[InterviewCount]:
    """What counts of the regions where she has one of these roles, the newest first."""
    rows = select(InterviewCount).where(may_see(acting, InterviewCount, *roles), InterviewCount.taken_back_at.is_(None))
    return session.scalars(rows.order_by(InterviewCount.on.desc(), InterviewCount.note_id.desc())).all()


def may_see(acting: Acting, table: type[OutreachNote] | type[InterviewCount], *roles: Role) -> ColumnElement[bool]:
    """Condition: the rows of the regions where she has one of these roles."""
    regions = acting.regions(*roles)
    code: InstrumentedAttribute[str] = table.region_code
    inside = or_(*(code.startswith(region, autoescape=True) for region in regions)) if regions else false()
    return and_(table.district == acting.district, inside)
