"""The key-care list: families that are looked after more closely, from a day to a day, each with its next review."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from fieldapp.db import Base, Moment
from fieldapp.models import scope
from fieldapp.models.accounts import Acting
from fieldapp.models.cases import Case, CaseKey


class KeyCare(Base):
    """A family's time on the list; a family stands on it once at a time, and what ended stays as history. In clear lies
    the day of the next review, by which the list is asked; why and how closely lies under the family's key.
    """

    __tablename__ = "key_care"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    case_id: Mapped[UUID] = mapped_column(primary_key=True)
    entry_id: Mapped[UUID] = mapped_column(primary_key=True)
    measure_id: Mapped[UUID | None]  # the measure that put her on it; None: a person did
    review_on: Mapped[date]
    listed_at: Mapped[datetime] = mapped_column(Moment)
    listed_by: Mapped[UUID | None]
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_by: Mapped[UUID | None]
    sealed_said: Mapped[bytes]  # {"level", "reason", "reviews": [{"on", "by", "text"}], "ended": text or None}
    __table_args__ = (
        ForeignKeyConstraint(["district", "case_id"], ["case_file.district", "case_file.case_id"]),
        Index("key_care_by_review", "district", "review_on"),
    )


def running_of(session: Session, district: str, case_id: UUID, *, lock: bool = False) -> KeyCare | None:
    """The family's time on the list that runs now; None where it is not on it."""
    asked = select(KeyCare).where(KeyCare.district == district, KeyCare.case_id == case_id, KeyCare.ended_at.is_(None))
    return session.scalar(asked.with_for_update() if lock else asked)


def ended_last(session: Session, district: str, case_id: UUID) -> KeyCare | None:
    """The family's time on the list that ended last; None where none has."""
    ended = select(KeyCare).where(
        KeyCare.district == district, KeyCare.case_id == case_id, KeyCare.ended_at.is_not(None)
    )
    return session.scalar(ended.order_by(KeyCare.ended_at.desc(), KeyCare.entry_id.desc()).limit(1))


def listed_for(session: Session, acting: Acting, limit: int) -> Sequence[tuple[KeyCare, Case]]:
    """Who is on the list now, of the files she may open and that were not erased; the earliest review first."""
    same = (Case.district == KeyCare.district) & (Case.case_id == KeyCare.case_id)
    has_key = (CaseKey.district == KeyCare.district) & (CaseKey.case_id == KeyCare.case_id)
    rows = session.execute(
        select(KeyCare, Case)
        .join(Case, same)
        .join(CaseKey, has_key)
        .where(scope.files_of(acting), KeyCare.ended_at.is_(None))
        .order_by(KeyCare.review_on, Case.code_name)
        .limit(limit)
    )
    return [(entry, case) for entry, case in rows]
