"""What is to be done for each family by when: kept beside the file, so that a list of a county opens no report."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, Select, String, false, func, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from fieldapp.db import Base, Moment
from fieldapp.models import approvers, scope
from fieldapp.models.accounts import Acting, Role
from fieldapp.models.cases import Case, CaseKey


class Agenda(Base):
    """What the rules of follow-ups and clocks need of one family, gathered from its reports by the worker. The dates
    follow from it and from the moment of asking; in clear stand only the next of them, and how far it has escalated.
    """

    __tablename__ = "agenda"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    case_id: Mapped[UUID] = mapped_column(primary_key=True)
    made_at: Mapped[datetime] = mapped_column(Moment)
    next_due_at: Mapped[datetime | None] = mapped_column(Moment)  # None: the file rests
    level: Mapped[int] = mapped_column(default=0)  # 0 nobody has to be told, 1 the supervisor, 2 the office above
    sealed_grounds: Mapped[bytes]  # actions/agendas.py says what stands in it
    __table_args__ = (
        ForeignKeyConstraint(["district", "case_id"], ["case_file.district", "case_file.case_id"]),
        Index("agenda_by_date", "district", "next_due_at"),
    )


def overdue_for(session: Session, acting: Acting) -> int:
    """Of how many families in the files she may open something is overdue: for a number, and for nothing else. The
    dates follow from what was told of violence too: a family of which she may not read that, as village cadre, is not
    counted.
    """
    return session.scalar(_counted().where(scope.files_read(acting, "violence"), Agenda.level >= 1)) or 0


def overdue_above(session: Session, acting: Acting) -> int:
    """Of how many families below a supervisor above the county something stayed undone after their own supervisor was
    told. The number alone: which families they are, she asks the office below.
    """
    above = [region for region in acting.regions(Role.SUPERVISOR) if 0 < len(region) < approvers.COUNTY_DIGITS]
    here = or_(false(), *(Case.village_code.startswith(region, autoescape=True) for region in above))
    return session.scalar(_counted().where(Case.district == acting.district, here, Agenda.level >= 2)) or 0


def _counted() -> Select[int]:
    # What was erased by law is not counted: its key is gone, and nothing can be done for it.
    same = (Agenda.district == Case.district) & (Agenda.case_id == Case.case_id)
    has_key = (CaseKey.district == Case.district) & (CaseKey.case_id == Case.case_id)
    return select(func.count()).select_from(Case).join(Agenda, same).join(CaseKey, has_key)
