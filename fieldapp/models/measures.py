"""Where a measure stands since its report was approved, and the tasks that were sent to departments for it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, ForeignKeyConstraint, Index, String, and_, exists, false, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from fieldapp.db import Base, Moment
from fieldapp.models import approvers
from fieldapp.models.accounts import Acting, Role
from fieldapp.models.cases import Case
from fieldapp.models.organisations import Liaison


class MeasureMove(Base):
    """One step of a measure (F7) after its report was approved: the report itself is never changed by it."""

    __tablename__ = "measure_move"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    move_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    record_id: Mapped[UUID]
    number: Mapped[int]  # from 1, of this measure: two steps of one moment keep their order
    sealed_move: Mapped[bytes]  # {"status": code, "on": "YYYY-MM-DD" | null, "text": …}
    moved_at: Mapped[datetime] = mapped_column(Moment)
    moved_by: Mapped[UUID]
    __table_args__ = (
        ForeignKeyConstraint(["district", "case_id"], ["case_file.district", "case_file.case_id"]),
        ForeignKeyConstraint(["district", "record_id"], ["record.district", "record.record_id"]),
        Index("measure_move_by_case", "district", "case_id"),
    )


class Dispatch(Base):
    """A measure on its way to one department, which names one liaison. Sent to somebody else it is another row."""

    __tablename__ = "dispatch"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    dispatch_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    record_id: Mapped[UUID]  # of the measure (F7)
    organisation_id: Mapped[UUID]
    department_id: Mapped[UUID]
    liaison_id: Mapped[UUID]  # who was named; whoever speaks for the department now sees it
    answer: Mapped[str] = mapped_column(String(12))  # casework.measures.Answer
    sealed_text: Mapped[bytes]  # {"purpose", "asked", "reach"}: all that the department is told
    sealed_answer: Mapped[bytes | None]  # {"text"}: why not, or what came of it
    sent_by: Mapped[UUID]
    sent_at: Mapped[datetime] = mapped_column(Moment)
    accepted_at: Mapped[datetime | None] = mapped_column(Moment)
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    answered_by: Mapped[UUID | None]
    __table_args__ = (
        ForeignKeyConstraint(["district", "case_id"], ["case_file.district", "case_file.case_id"]),
        ForeignKeyConstraint(["district", "record_id"], ["record.district", "record.record_id"]),
        ForeignKeyConstraint(["district", "department_id"], ["department.district", "department.department_id"]),
        Index("dispatch_by_case", "district", "case_id"),
        Index("dispatch_by_department", "district", "department_id"),
    )


def tasks_of(acting: Acting) -> ColumnElement[bool]:
    """Condition on `Dispatch` joined with its `Case`: the tasks of the departments for which this liaison speaks now,
    in the regions for which she does, and of no family she is related to.
    """
    if not acting.has(Role.LIAISON):
        return false()
    speaks = (
        exists()
        .where(
            Liaison.district == Dispatch.district,
            Liaison.department_id == Dispatch.department_id,
            Liaison.person_id == acting.person_id,
            Liaison.ended_at.is_(None),
            Case.village_code.startswith(Liaison.region_code),
        )
        .correlate(Dispatch, Case)
    )
    return and_(Dispatch.district == acting.district, ~approvers.related_to(acting.person_id), speaks)


def waiting_for(session: Session, acting: Acting) -> int:
    """How many tasks the departments of this liaison have not answered yet."""
    same = and_(Case.district == Dispatch.district, Case.case_id == Dispatch.case_id)
    wanted = select(func.count()).select_from(Dispatch).join(Case, same)
    return session.scalar(wanted.where(tasks_of(acting), Dispatch.answer == "sent")) or 0
