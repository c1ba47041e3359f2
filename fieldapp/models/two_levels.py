"""Of which forms a county asks two approvals: from whoever wrote it, or from one organisation. At first of none."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Index, String, exists, or_, select
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from fieldapp.db import Base, Moment
from fieldapp.models.accounts import Person
from fieldapp.models.records import Record

REASON_MAX = 200


class TwoLevelRule(Base):
    """Reports of this form, by people of this organisation, need two approvals. What ended stays, with both reasons."""

    __tablename__ = "two_level_rule"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    rule_id: Mapped[UUID] = mapped_column(primary_key=True)
    form: Mapped[str] = mapped_column(String(20))
    organisation_id: Mapped[UUID | None]  # None: by everybody of the county
    reason: Mapped[str] = mapped_column(String(REASON_MAX))
    set_by: Mapped[UUID]
    set_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_by: Mapped[UUID | None]
    ended_reason: Mapped[str | None] = mapped_column(String(REASON_MAX))
    __table_args__ = (Index("two_level_rule_by_form", "district", "form"),)


def asked() -> ColumnElement[bool]:
    """Condition on `Record`: two approvals are asked of it now, by its form and by where its author belongs."""
    author = aliased(Person)
    of_author = exists().where(
        author.district == Record.district,
        author.person_id == Record.author_id,
        author.organisation_id == TwoLevelRule.organisation_id,
    )
    return (
        exists()
        .where(
            TwoLevelRule.district == Record.district,
            TwoLevelRule.form == Record.form,
            TwoLevelRule.ended_at.is_(None),
            or_(TwoLevelRule.organisation_id.is_(None), of_author.correlate(TwoLevelRule, Record)),
        )
        .correlate(Record)
    )


def is_asked(session: Session, record: Record) -> bool:
    """The same of one report."""
    here = (Record.district == record.district, Record.record_id == record.record_id)
    return session.scalar(select(Record.record_id).where(*here, asked())) is not None


def rules_of(session: Session, district: str) -> Sequence[TwoLevelRule]:
    """All that a county ever decided, by form, the newest of each first."""
    of_county = select(TwoLevelRule).where(TwoLevelRule.district == district)
    return session.scalars(of_county.order_by(TwoLevelRule.form, TwoLevelRule.rule_id.desc())).all()
