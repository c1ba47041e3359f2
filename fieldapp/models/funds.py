"""The ledger of money that is kept for somebody: lines that are never changed, only taken back by another line."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from fieldapp.db import Base, Moment


class FundLine(Base):
    """One line. What a follow-up told of is written once: the id of such a line is made of the row of the report."""

    __tablename__ = "fund_line"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    case_id: Mapped[UUID] = mapped_column(primary_key=True)
    line_id: Mapped[UUID] = mapped_column(primary_key=True)
    entry: Mapped[str] = mapped_column(String(12))  # a casework.custody.Entry
    cancels: Mapped[UUID | None]
    revision_id: Mapped[UUID | None]  # the follow-up that told of it
    made_by: Mapped[UUID]
    made_at: Mapped[datetime] = mapped_column(Moment)
    sealed_details: Mapped[bytes]  # {"on","fen","purpose","proof","keeper"}
    __table_args__ = (ForeignKeyConstraint(["district", "case_id"], ["case_file.district", "case_file.case_id"]),)


def lines_of(session: Session, district: str, case_id: UUID) -> Sequence[FundLine]:
    """In the order in which they were written."""
    here = (FundLine.district == district, FundLine.case_id == case_id)
    return session.scalars(select(FundLine).where(*here).order_by(FundLine.made_at, FundLine.line_id)).all()
