"""What screening gave for a case, each time its reports changed, and what a person said to it. Append-only."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from fieldapp.db import Base, Moment


class ScreeningRun(Base):
    """One run over the reports of a case. A new row stands only where a report or the rules changed since the last."""

    __tablename__ = "screening_run"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    number: Mapped[int]  # from 1 in each case: two runs of one moment have an order
    rules_version: Mapped[str] = mapped_column(String(20))
    fingerprint: Mapped[bytes]  # SHA-256 of the revisions it read, and which of them nobody has approved yet
    counts_unapproved: Mapped[bool]  # a report in review counts in it
    made_at: Mapped[datetime] = mapped_column(Moment)
    sealed_results: Mapped[bytes]  # {"screening": casework/screening/stored.py, "unapproved": [...], "unread": [...]}
    __table_args__ = (
        ForeignKeyConstraint(["district", "case_id"], ["case_file.district", "case_file.case_id"]),
        Index("screening_run_by_case", "district", "case_id", "number"),
    )


class ScreeningAnswer(Base):
    """What a reviewer said to one result: a question answered, a category agreed with or not, with her reason. Which
    result it was lies under the seal too: its code alone would tell of violence. The newest of a result counts.
    """

    __tablename__ = "screening_answer"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    answer_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    number: Mapped[int]  # from 1 in each case
    run_id: Mapped[UUID]  # what she read when she said it
    said_by: Mapped[UUID]
    acting_for: Mapped[UUID | None]  # whose deputy she was
    said_at: Mapped[datetime] = mapped_column(Moment)
    sealed_said: Mapped[bytes]  # {"code", "about", "answer", "line"}
    __table_args__ = (
        ForeignKeyConstraint(["district", "case_id"], ["case_file.district", "case_file.case_id"]),
        Index("screening_answer_by_case", "district", "case_id", "number"),
    )
