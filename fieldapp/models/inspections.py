"""Inspection: a drawn share of approved visits that a supervisor checks once more. It ranks nobody."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from fieldapp.db import Base, Moment
from fieldapp.models import scope
from fieldapp.models.accounts import Acting
from fieldapp.models.cases import Case, Visit


class Inspection(Base):
    """One draw. With the seed, the share and the period anybody draws the same visits from the same county again."""

    __tablename__ = "inspection"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    inspection_id: Mapped[UUID] = mapped_column(primary_key=True)
    since: Mapped[date]
    until: Mapped[date]
    share_percent: Mapped[int]
    seed: Mapped[str] = mapped_column(String(40))
    visits: Mapped[int]  # how many it was drawn from
    drawn_at: Mapped[datetime] = mapped_column(Moment)
    drawn_by: Mapped[UUID]


class InspectionVisit(Base):
    """One drawn visit, and what the check gave."""

    __tablename__ = "inspection_visit"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    inspection_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)  # in the order of the draw, from 1
    case_id: Mapped[UUID]
    visit_id: Mapped[UUID]
    result: Mapped[str | None] = mapped_column(String(12))  # a code of casework/inspection.py; None: not checked yet
    checked_at: Mapped[datetime | None] = mapped_column(Moment)
    checked_by: Mapped[UUID | None]
    sealed_note: Mapped[bytes | None]  # {"text"}: under the family's key
    __table_args__ = (
        ForeignKeyConstraint(["district", "inspection_id"], ["inspection.district", "inspection.inspection_id"]),
        ForeignKeyConstraint(["district", "case_id"], ["case_file.district", "case_file.case_id"]),
    )


def list_of(session: Session, acting: Acting) -> list[tuple[Inspection, int, int]]:
    """Her draws, the newest first, with how many visits were drawn and how many of them were checked."""
    same = (InspectionVisit.district == Inspection.district) & (
        InspectionVisit.inspection_id == Inspection.inspection_id
    )
    counted = (
        select(Inspection, func.count(InspectionVisit.number), func.count(InspectionVisit.checked_at))
        .outerjoin(InspectionVisit, same)
        .where(Inspection.district == acting.district, Inspection.drawn_by == acting.person_id)
        .group_by(Inspection.district, Inspection.inspection_id)
        .order_by(Inspection.inspection_id.desc())
    )
    return [(row, drawn, checked) for row, drawn, checked in session.execute(counted)]


def drawn_in(session: Session, acting: Acting, inspection_id: UUID) -> Sequence[tuple[InspectionVisit, Case, Visit]]:
    """The drawn visits of families she still supervises, in the order of the draw."""
    same_case = (Case.district == InspectionVisit.district) & (Case.case_id == InspectionVisit.case_id)
    same_visit = (Visit.district == InspectionVisit.district) & (Visit.visit_id == InspectionVisit.visit_id)
    rows = session.execute(
        select(InspectionVisit, Case, Visit)
        .join(Case, same_case)
        .join(Visit, same_visit)
        .where(
            InspectionVisit.district == acting.district,
            InspectionVisit.inspection_id == inspection_id,
            scope.files_supervised(acting),
        )
        .order_by(InspectionVisit.number)
    )
    return [(one, case, visit) for one, case, visit in rows]
