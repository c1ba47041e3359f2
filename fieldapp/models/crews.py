"""Standing teams of a county (volunteers, lookout posts, grid workers) and the directory of experts.

A standing team opens no family's file: that is the team of a case (models/cases.py, Assignment).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from fieldapp.db import Base, Moment

CREWS = ("care", "volunteers", "experts", "lookout", "grid")
EXPERTISE = ("lawyer", "counsellor", "family_counsellor", "social_worker", "doctor", "other")
NAME_MAX = 50


class Crew(Base):
    """A standing team; an ended one stays as history."""

    __tablename__ = "crew"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    crew_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))  # one of CREWS
    name: Mapped[str] = mapped_column(String(NAME_MAX))
    made_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)


class CrewMember(Base):
    """Somebody on a standing team, by name: most of them have no account here."""

    __tablename__ = "crew_member"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    crew_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(String(NAME_MAX))
    joined_at: Mapped[datetime] = mapped_column(Moment)
    left_at: Mapped[datetime | None] = mapped_column(Moment)
    __table_args__ = (
        ForeignKeyConstraint(["district", "crew_id"], ["crew.district", "crew.crew_id"]),
        Index("crew_member_by_crew", "district", "crew_id"),
    )


class Expert(Base):
    """Somebody whose help can be asked for, as long as her contract runs."""

    __tablename__ = "expert"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    expert_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(NAME_MAX))
    kind: Mapped[str] = mapped_column(String(20))  # one of EXPERTISE
    organisation: Mapped[str] = mapped_column(
        String(100)
    )  # where she works, as it calls itself; it may be none of ours
    contract_until: Mapped[date | None]  # the last day; None: without an end
    ended_at: Mapped[datetime | None] = mapped_column(Moment)

    def is_available(self, on: date) -> bool:
        """Whether her help can be asked for on a day."""
        return self.ended_at is None and (self.contract_until is None or self.contract_until >= on)


@dataclass(frozen=True)
class CrewView:
    crew: Crew
    members: list[CrewMember]


def crews_of(session: Session, district: str) -> list[CrewView]:
    """The standing teams of a county with their members, by name."""
    crews = session.scalars(
        select(Crew).where(Crew.district == district, Crew.ended_at.is_(None)).order_by(Crew.name, Crew.crew_id)
    ).all()
    members = session.scalars(
        select(CrewMember)
        .where(CrewMember.district == district, CrewMember.left_at.is_(None))
        .order_by(CrewMember.name, CrewMember.member_id)
    ).all()
    return [CrewView(crew, [one for one in members if one.crew_id == crew.crew_id]) for crew in crews]


def experts_of(session: Session, district: str) -> Sequence[Expert]:
    """The directory of a county, by kind and name; who was taken out is not in it, whose contract ran out is."""
    rows = select(Expert).where(Expert.district == district, Expert.ended_at.is_(None))
    return session.scalars(rows.order_by(Expert.kind, Expert.name, Expert.expert_id)).all()
