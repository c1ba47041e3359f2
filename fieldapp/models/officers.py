"""Child-safety officers (春蕾安全员): village cadres to whom single children of a family are entrusted, until a day."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, ForeignKeyConstraint, String, select
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, mapped_column

from fieldapp.db import Base, Moment
from fieldapp.models.cases import Assignment, TeamRole


class OfficerChild(Base):
    """One child an officer looks after. She holds it while her place on the team (cases.Assignment) runs."""

    __tablename__ = "officer_child"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    case_id: Mapped[UUID] = mapped_column(primary_key=True)
    officer_id: Mapped[UUID] = mapped_column(primary_key=True)
    child_id: Mapped[UUID] = mapped_column(primary_key=True)  # of CasePerson
    named_at: Mapped[datetime] = mapped_column(Moment)
    __table_args__ = (ForeignKeyConstraint(["district", "case_id"], ["case_file.district", "case_file.case_id"]),)


def is_officer(session: Session, district: str, case_id: UUID, person_id: UUID) -> bool:
    """Whether somebody is an officer for children of this family now."""
    row = session.get(Assignment, (district, case_id, person_id))
    return row is not None and row.ended_at is None and row.team_role == TeamRole.OFFICER


def children_of(session: Session, district: str, officer_id: UUID) -> dict[UUID, frozenset[UUID]]:
    """The children she looks after now, by case; a case without one is none of hers as an officer."""
    return _grouped(session, OfficerChild.case_id, district, OfficerChild.officer_id == officer_id)


def officers_of(session: Session, district: str, case_id: UUID) -> dict[UUID, frozenset[UUID]]:
    """The children of one family, by the officer who looks after them now."""
    return _grouped(session, OfficerChild.officer_id, district, OfficerChild.case_id == case_id)


def _grouped(
    session: Session, by: InstrumentedAttribute[UUID], district: str, wanted: ColumnElement[bool]
) -> dict[UUID, frozenset[UUID]]:
    same = (
        (Assignment.district == OfficerChild.district)
        & (Assignment.case_id == OfficerChild.case_id)
        & (Assignment.person_id == OfficerChild.officer_id)
    )
    rows = session.execute(
        select(by, OfficerChild.child_id)
        .join(Assignment, same)
        .where(
            OfficerChild.district == district,
            wanted,
            Assignment.ended_at.is_(None),
            Assignment.team_role == TeamRole.OFFICER,
        )
    )
    found: dict[UUID, set[UUID]] = {}
    for key, child_id in rows:
        found.setdefault(key, set()).add(child_id)
    return {key: frozenset(children) for key, children in found.items()}
