"""How often a county looks in on its families, where it set that itself: one row for each time, never changed."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from fieldapp.db import Base, Moment
from fieldapp.models.accounts import Person

REASON_CHARS = 750


class RhythmVersion(Base):
    """All lengths of casework/rhythms.py from a moment on; what is None is as it was made."""

    __tablename__ = "rhythm_version"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    red_days: Mapped[int | None]
    orange_days: Mapped[int | None]
    yellow_days: Mapped[int | None]
    blue_days: Mapped[int | None]
    milestones: Mapped[str | None] = mapped_column(String(80))  # days after help began, with spaces between
    village_milestones: Mapped[str | None] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(String(REASON_CHARS))
    set_by: Mapped[UUID]
    set_at: Mapped[datetime] = mapped_column(Moment)


def of(session: Session, district: str) -> Sequence[RhythmVersion]:
    """What this county set one after the other, the oldest first."""
    rows = select(RhythmVersion).where(RhythmVersion.district == district).order_by(RhythmVersion.number)
    return session.scalars(rows).all()


def names_of(session: Session, versions: Sequence[RhythmVersion]) -> dict[UUID, str]:
    """Who set these, by id."""
    if not versions:
        return {}
    ids = {one.set_by for one in versions}
    named = select(Person.person_id, Person.name).where(
        Person.district == versions[0].district, Person.person_id.in_(ids)
    )
    return dict(session.execute(named).all())
