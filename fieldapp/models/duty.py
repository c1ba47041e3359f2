"""The duty roster of a county: who is on duty from when until when, and who stands ready beside her."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from fieldapp.db import Base, Moment


class DutyShift(Base):
    """One person's time on duty, of the county or of one organisation's telephone. A struck one stays as history."""

    __tablename__ = "duty_shift"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    shift_id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID | None]
    person_id: Mapped[UUID]
    deputy_id: Mapped[UUID | None]
    starts_at: Mapped[datetime] = mapped_column(Moment)
    ends_at: Mapped[datetime] = mapped_column(Moment)
    planned_by: Mapped[UUID]
    planned_at: Mapped[datetime] = mapped_column(Moment)
    struck_at: Mapped[datetime | None] = mapped_column(Moment)
    __table_args__ = (
        ForeignKeyConstraint(["district", "person_id"], ["person.district", "person.person_id"]),
        ForeignKeyConstraint(["district", "deputy_id"], ["person.district", "person.person_id"]),
        ForeignKeyConstraint(
            ["district", "organisation_id"], ["organisation.district", "organisation.organisation_id"]
        ),
        Index("duty_shift_by_time", "district", "ends_at"),
    )


def between(session: Session, district: str, since: datetime, until: datetime) -> list[DutyShift]:
    """The shifts of a county that touch this stretch of time, who begins first before the rest."""
    rows = select(DutyShift).where(
        DutyShift.district == district,
        DutyShift.struck_at.is_(None),
        DutyShift.ends_at > since,
        DutyShift.starts_at < until,
    )
    return list(session.scalars(rows.order_by(DutyShift.starts_at, DutyShift.shift_id)))
