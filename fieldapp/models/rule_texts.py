"""The rules people work by: titles with their text, public words of offices, the same for everybody in the county."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from fieldapp.db import Base, Moment

TITLE_MAX, ISSUER_MAX = 100, 60
TEXT_MAX = 20_000  # characters; together with 200 texts it stays below 1 MB of a phone, packed
RULES_MAX = 200


class RuleText(Base):
    """One rule as it stands now. `ended_at`: no longer in force; it leaves the phones, the desk still shows it."""

    __tablename__ = "rule_text"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    rule_id: Mapped[UUID] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(TITLE_MAX))
    issuer: Mapped[str] = mapped_column(String(ISSUER_MAX))
    issued_on: Mapped[date | None]
    text: Mapped[str] = mapped_column(Text)
    number: Mapped[int]  # rises with each change, so that phones fetch it anew and a second window is refused
    changed_by: Mapped[UUID]
    changed_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)


def all_of(session: Session, district: str, title: str = "", *, running_only: bool = False) -> Sequence[RuleText]:
    """Rules whose title or issuer holds these words, in force before ended, by title."""
    wanted = select(RuleText).where(RuleText.district == district)
    for word in title.split():
        wanted = wanted.where(
            RuleText.title.contains(word, autoescape=True) | RuleText.issuer.contains(word, autoescape=True)
        )
    if running_only:
        wanted = wanted.where(RuleText.ended_at.is_(None))
    return session.scalars(
        wanted.order_by(RuleText.ended_at.is_not(None), RuleText.title, RuleText.rule_id).limit(RULES_MAX)
    ).all()
