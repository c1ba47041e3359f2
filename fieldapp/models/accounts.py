"""People who work with the app, their regions, organisations and roles. How they prove themselves: credentials.py."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, String, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from fieldapp.db import Base, Moment


class Role(StrEnum):
    VILLAGE = "village"
    CASEWORKER = "caseworker"
    SUPERVISOR = "supervisor"
    PROCURATORATE = "procuratorate"
    LIAISON = "liaison"  # of a department: what is dispatched to it, and nothing else
    DATA_PROTECTION = "data_protection"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


# Who has a phone; the other roles have the desk alone.
PHONE_ROLES = (Role.VILLAGE, Role.CASEWORKER, Role.SUPERVISOR, Role.ADMINISTRATOR)


class Region(Base):
    """A division code with the dates it is valid: codes are merged and renumbered, so nothing is hard-coded. Copied to
    every shard.
    """

    __tablename__ = "region"
    code: Mapped[str] = mapped_column(String(12), primary_key=True)  # 12-digit statistical code, or 6 for the county
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    valid_to: Mapped[date | None]
    name: Mapped[str] = mapped_column(String(100))
    parent_code: Mapped[str | None] = mapped_column(String(12), index=True)
    level: Mapped[str] = mapped_column(String(10))  # county, township, village


class Organisation(Base):
    __tablename__ = "organisation"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))  # a code of choice set ORG
    name: Mapped[str] = mapped_column(String(100))
    region_code: Mapped[str] = mapped_column(String(12))


class Account(Base):
    """The directory of sign-ins: the only place where a login is looked up without knowing its district. Copied to
    every shard.
    """

    __tablename__ = "account"
    login: Mapped[str] = mapped_column(String(64), primary_key=True)
    district: Mapped[str] = mapped_column(String(12))
    person_id: Mapped[UUID]
    password_hash: Mapped[str] = mapped_column(String(200))
    must_change: Mapped[bool] = mapped_column(default=False)
    set_by: Mapped[UUID | None]  # who gave her this password; None: she chose it herself
    set_at: Mapped[datetime | None] = mapped_column(Moment)
    is_demo: Mapped[bool] = mapped_column(default=False)  # refused on a database that is not a demo


class Person(Base):
    """Somebody who signs in: caseworker, village cadre, supervisor, administrator. Families are in models/cases.py."""

    __tablename__ = "person"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(50))
    organisation_id: Mapped[UUID | None]
    language: Mapped[str] = mapped_column(String(8), default="zh")
    elder: Mapped[bool] = mapped_column(default=False)  # opens in the largest type
    active: Mapped[bool] = mapped_column(default=True)
    view_version: Mapped[int] = mapped_column(
        default=1
    )  # raised by every change of role or policy: older cursors pull afresh
    created_at: Mapped[datetime] = mapped_column(Moment)


class RoleGrant(Base):
    """A role in a region, from a day to a day; an ended grant stays as history."""

    __tablename__ = "role_grant"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    grant_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID]
    role: Mapped[str] = mapped_column(String(20))
    region_code: Mapped[str] = mapped_column(String(12))  # a prefix: county, township or village
    granted_at: Mapped[datetime] = mapped_column(Moment)
    granted_by: Mapped[UUID | None]
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    __table_args__ = (
        ForeignKeyConstraint(["district", "person_id"], ["person.district", "person.person_id"]),
        Index("role_grant_by_person", "district", "person_id"),
    )


class Setting(Base):
    """Facts about this database: epoch of the feed, whether it is a demo, when the last backup was verified."""

    __tablename__ = "setting"
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[str] = mapped_column(String(500))


@dataclass(frozen=True)
class Acting:
    """The person acting, as every action and every scope condition wants to know her. Made once per request."""

    district: str
    person_id: UUID
    name: str
    grants: tuple[tuple[Role, str], ...]  # (role, region code prefix), running ones only

    def has(self, *roles: Role) -> bool:
        """Whether she holds any of these roles now."""
        return any(role in roles for role, _ in self.grants)

    def regions(self, *roles: Role) -> tuple[str, ...]:
        """The region code prefixes in which she holds any of these roles; empty when she holds none."""
        return tuple(region for role, region in self.grants if role in roles)


def acting_for(session: Session, district: str, person_id: UUID) -> Acting | None:
    """The acting person with her running grants, or None when there is no such person or she is deactivated."""
    person = session.get(Person, (district, person_id))
    if person is None or not person.active:
        return None
    grants = session.scalars(
        select(RoleGrant).where(
            RoleGrant.district == district, RoleGrant.person_id == person_id, RoleGrant.ended_at.is_(None)
        )
    )
    running = tuple(sorted((Role(grant.role), grant.region_code) for grant in grants))
    return Acting(district, person_id, person.name, running)


def region_names(session: Session, district: str, on: date) -> dict[str, str]:
    """Names of the regions of a district that are valid on a day, by code."""
    rows = session.scalars(
        select(Region).where(
            Region.code.startswith(district, autoescape=True),
            Region.valid_from <= on,
            or_(Region.valid_to.is_(None), Region.valid_to >= on),
        )
    )
    return {region.code: region.name for region in rows}


def villages_of(session: Session, prefixes: tuple[str, ...], on: date) -> list[Region]:
    """The villages under any of these codes that are valid on a day, by code."""
    if not prefixes:
        return []
    rows = session.scalars(
        select(Region)
        .where(
            Region.level == "village",
            or_(*(Region.code.startswith(prefix, autoescape=True) for prefix in prefixes)),
            Region.valid_from <= on,
            or_(Region.valid_to.is_(None), Region.valid_to >= on),
        )
        .order_by(Region.code)
    )
    return list(rows)


def people_with_role(session: Session, district: str, role: Role) -> list[tuple[Person, str]]:
    """Active people holding a role in this district, each with the region code of that grant, by name."""
    rows = session.execute(
        select(Person, RoleGrant.region_code)
        .join(RoleGrant, (RoleGrant.district == Person.district) & (RoleGrant.person_id == Person.person_id))
        .where(
            Person.district == district,
            Person.active.is_(True),
            RoleGrant.role == role,
            RoleGrant.ended_at.is_(None),
        )
        .order_by(Person.name)
    )
    return [(person, region) for person, region in rows]
