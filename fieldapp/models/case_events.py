"""What happened in a case, a row each, in the order in which the server learned of it: never changed, never deleted."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from fieldapp.db import Base, Moment

PLAIN = "plain"  # whoever opens the file may know of it; else a class of answers, as in forms


class CaseEvent(Base):
    """One event. That it happened is in clear, for clocks and counts; what was said of it lies under the family's key
    and goes with it.
    """

    __tablename__ = "case_event"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    case_id: Mapped[UUID] = mapped_column(primary_key=True)
    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))  # a Happened
    sensitivity: Mapped[str] = mapped_column(String(12), default=PLAIN)
    at: Mapped[datetime] = mapped_column(Moment)
    by_id: Mapped[UUID | None]  # None: it followed from something else
    ref_id: Mapped[UUID | None]  # the visit, report, measure, order or letter it is about
    sealed_details: Mapped[bytes | None]  # JSON
    __table_args__ = (
        ForeignKeyConstraint(["district", "case_id"], ["case_file.district", "case_file.case_id"]),
        Index("case_event_by_time", "district", "case_id", "at"),
        Index("case_event_by_kind", "district", "kind", "case_id"),
    )
