"""Reviews: opened as an act, decided on one exact revision; remarks on single answers, never deleted."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from fieldapp.db import Base, Moment

FIRST = "first"  # the first of two approvals (models/two_levels.py)


class Review(Base):
    """A supervisor holds a record for 30 minutes while reading it; the author can no longer withdraw."""

    __tablename__ = "review"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    review_id: Mapped[UUID] = mapped_column(primary_key=True)
    record_id: Mapped[UUID]
    revision_id: Mapped[UUID]
    content_hash: Mapped[bytes]
    opened_by: Mapped[UUID]
    opened_at: Mapped[datetime] = mapped_column(Moment)
    hold_until: Mapped[datetime] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    __table_args__ = (
        ForeignKeyConstraint(["district", "record_id"], ["record.district", "record.record_id"]),
        Index("review_by_record", "district", "record_id"),
    )


class Decision(Base):
    """A return, an approval or a void, bound to a revision and its content hash. The first of two approvals causes
    nothing but the second review; a return ends it.
    """

    __tablename__ = "decision"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    decision_id: Mapped[UUID] = mapped_column(primary_key=True)
    record_id: Mapped[UUID]
    case_id: Mapped[UUID]
    revision_id: Mapped[UUID]
    content_hash: Mapped[bytes]
    kind: Mapped[str] = mapped_column(String(12))  # FIRST, returned, approved, withdrawn, void, chosen, set_aside
    reason: Mapped[str | None] = mapped_column(String(30))  # a code of the return reasons
    sealed_text: Mapped[bytes | None]
    findings_version: Mapped[str | None] = mapped_column(String(40))
    decided_by: Mapped[UUID]
    acting_for: Mapped[UUID | None]  # whose deputy she was when she decided
    decided_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)  # of a first approval: when a return took it away
    __table_args__ = (Index("decision_by_record", "district", "record_id"),)


class DecisionPart(Base):
    """A part of the same visit that was read for an approval: exactly this revision of it."""

    __tablename__ = "decision_part"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    decision_id: Mapped[UUID] = mapped_column(primary_key=True)
    record_id: Mapped[UUID] = mapped_column(primary_key=True)
    revision_id: Mapped[UUID]
    content_hash: Mapped[bytes]
    __table_args__ = (ForeignKeyConstraint(["district", "decision_id"], ["decision.district", "decision.decision_id"]),)


class Remark(Base):
    """A remark on one answer: open -> answered -> resolved."""

    __tablename__ = "remark"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    remark_id: Mapped[UUID] = mapped_column(primary_key=True)
    record_id: Mapped[UUID]
    case_id: Mapped[UUID]
    revision_id: Mapped[UUID]  # the revision it was made on
    kind: Mapped[str] = mapped_column(String(10))  # must_fix, explain, note
    state: Mapped[str] = mapped_column(String(10))  # open, answered, resolved
    sealed_text: Mapped[bytes]  # {"path": …, "text": …, "ways": […]}: the path alone tells which question it was
    sent: Mapped[bool] = mapped_column(default=False)  # a remark reaches the author with the return
    made_by: Mapped[UUID]
    made_at: Mapped[datetime] = mapped_column(Moment)
    answered_revision_id: Mapped[UUID | None]
    sealed_reply: Mapped[bytes | None]  # {"reply": changed|explained|spared, "text": …}
    resolved_at: Mapped[datetime | None] = mapped_column(Moment)
    __table_args__ = (
        ForeignKeyConstraint(["district", "record_id"], ["record.district", "record.record_id"]),
        Index("remark_by_record", "district", "record_id"),
    )
