"""What a county changed about its time limits: how long one of our own is, and what any of them is called."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from fieldapp.db import Base, Moment

NAME_MAX = 40


class ClockSetting(Base):
    """One limit of casework/limits.py by its code. Without an amount its length stays, without a name its name."""

    __tablename__ = "clock_setting"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    amount: Mapped[int | None]
    unit: Mapped[str | None] = mapped_column(String(16))
    name_zh: Mapped[str | None] = mapped_column(String(NAME_MAX))
    name_en: Mapped[str | None] = mapped_column(String(2 * NAME_MAX))
    set_by: Mapped[UUID]
    set_at: Mapped[datetime] = mapped_column(Moment)


def of(session: Session, district: str) -> dict[str, ClockSetting]:
    """What this county changed, by the code of the limit."""
    return {row.code: row for row in session.scalars(select(ClockSetting).where(ClockSetting.district == district))}
