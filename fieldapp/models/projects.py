"""The catalogue of projects (春蕾计划, 女性安康工程, …) that leads, cases and measures name."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import String, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from fieldapp.db import Base, Moment


class Project(Base):
    """One project. What was tagged with it keeps its name as a text: a project that ends or is renamed takes nothing
    from an old record.
    """

    __tablename__ = "project"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    project_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    owner: Mapped[str] = mapped_column(String(100))  # the organisation that runs it, which may be of another level
    region_code: Mapped[str] = mapped_column(String(12))  # a prefix, as in a grant
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(String(300))
    changed_at: Mapped[datetime] = mapped_column(Moment)
    changed_by: Mapped[UUID]


def list_of(session: Session, district: str) -> Sequence[Project]:
    """The whole catalogue, what runs before what ended, by name."""
    rows = select(Project).where(Project.district == district)
    return session.scalars(rows.order_by(Project.ends_on.is_not(None), Project.name, Project.project_id)).all()


def offered(session: Session, district: str, today: date) -> list[str]:
    """The names that can be chosen on this day, each once, in their order."""
    rows = session.scalars(
        select(Project.name)
        .where(
            Project.district == district,
            Project.starts_on <= today,
            or_(Project.ends_on.is_(None), Project.ends_on >= today),
        )
        .order_by(Project.name)
        .distinct()
    )
    return list(rows)
