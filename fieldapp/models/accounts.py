"""People who work with the app, their regions, organisations and roles. How they prove themselves: credentials.py."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, String, bindparam, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from fieldapp.db import Base, Moment
from fieldapp.models import plain
from fieldapp.models.regions import with_predecessors


class Role(StrEnum):
    VILLAGE = "village"
    CASEWORKER = "caseworker"
    SUPERVISOR = "supervisor"
    PROCURATORATE = "procuratorate"
    LIAISON = "liaison"  # of a department: what is dispatched to it, and nothing else
    DATA_PROTECTION = "data_protection"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class Sex(StrEnum):
    """Of somebody who works here, for the one question whether a woman goes to a woman. Never counted or ranked."""

    WOMAN = "woman"
    MAN = "man"


# Who has a phone; the other roles have the desk alone.
PHONE_ROLES = (Role.VILLAGE, Role.CASEWORKER, Role.SUPERVISOR, Role.ADMINISTRATOR)


class Organisation(Base):
    __tablename__ = "organisation"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))  # a code of choice set ORG
    name: Mapped[str] = mapped_column(String(100))
    region_code: Mapped[str] = mapped_column(String(12))
    ended_at: Mapped[datetime | None] = mapped_column(Moment)


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
    sex: Mapped[str | None] = mapped_column(String(8))  # a Sex; None: nobody has said
    organisation_id: Mapped[UUID | None]
    department_id: Mapped[UUID | None]  # one of that organisation (models/organisations.py)
    language: Mapped[str] = mapped_column(String(8), default="zh")
    elder: Mapped[bool] = mapped_column(default=False)  # opens in the largest type
    active: Mapped[bool] = mapped_column(default=True)
    view_version: Mapped[int] = mapped_column(
        default=1
    )  # raised by every change of role or policy: older cursors pull afresh
    created_at: Mapped[datetime] = mapped_column(Moment)


class RoleGrant(Base):
    """A role in a region, from a day to a day; an ended grant stays as history. A deputy holds the role of somebody
    else (`for_person_id`) from `granted_at`, which may lie ahead, until `until`.
    """

    __tablename__ = "role_grant"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    grant_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID]
    role: Mapped[str] = mapped_column(String(20))
    region_code: Mapped[str] = mapped_column(String(12))  # a prefix: county, township or village
    granted_at: Mapped[datetime] = mapped_column(Moment)
    granted_by: Mapped[UUID | None]
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    until: Mapped[datetime | None] = mapped_column(Moment)
    for_person_id: Mapped[UUID | None]  # whom she stands in for; None: the role is her own
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
    # Of these grants those that she holds for somebody else: (role, region code prefix, whose it is).
    stands_in: tuple[tuple[Role, str, UUID], ...] = ()
    at: datetime | None = None  # when she acts, at the desk; None on a phone: what only a clock can tell is not given

    def has(self, *roles: Role) -> bool:
        """Whether she holds any of these roles now."""
        return any(role in roles for role, _ in self.grants)

    def regions(self, *roles: Role) -> tuple[str, ...]:
        """The region code prefixes in which she holds any of these roles; empty when she holds none."""
        return tuple(region for role, region in self.grants if role in roles)

    def acts_for(self, role: Role, code: str) -> UUID | None:
        """Whom she stands in for where she uses this role in the region of this code; None where it is her own."""
        lent = {(role, region) for role, region, _ in self.stands_in}
        if any(code.startswith(region) for held, region in self.grants if held == role and (held, region) not in lent):
            return None
        return next((whose for held, region, whose in self.stands_in if held == role and code.startswith(region)), None)


_grant, _person = RoleGrant.__table__.c, Person.__table__.c
_GRANTS = select(_grant.role, _grant.region_code, _grant.granted_at, _grant.until, _grant.for_person_id).where(
    _grant.district == bindparam("district"), _grant.person_id == bindparam("person_id"), _grant.ended_at.is_(None)
)
_HELD = (
    select(_person.person_id)
    .where(_person.district == bindparam("district"), _person.person_id == bindparam("person_id"))
    .with_for_update()
)


def acting_for(session: Session, district: str, person_id: UUID, now: datetime | None = None) -> Acting | None:
    """The acting person with her running grants, or None when there is no such person or she is deactivated.

    A grant covers the divisions that were merged into its own as well. What she holds as somebody's deputy counts only
    where `now` is given, at the desk: a phone asks for nothing that a deputy decides.
    """
    person = session.get(Person, (district, person_id))
    if person is None or not person.active:
        return None
    found: list[tuple[bool, Role, str, UUID | None]] = []
    for role, region, granted_at, until, whose in plain.every(session, _GRANTS, district=district, person_id=person_id):
        if _holds(granted_at, until, whose, now):
            codes = enumerate(with_predecessors(session, region))
            found += [(place > 0, Role(role), code, whose) for place, code in codes]
    found.sort(key=lambda held: held[:3])  # what was merged into a division comes behind the divisions of the grants
    own = {(role, code) for _, role, code, whose in found if whose is None}
    return Acting(
        district,
        person_id,
        person.name,
        tuple(dict.fromkeys((role, code) for _, role, code, _ in found)),
        tuple((role, code, whose) for _, role, code, whose in found if whose is not None and (role, code) not in own),
        now,
    )


def _holds(granted_at: datetime, until: datetime | None, whose: UUID | None, now: datetime | None) -> bool:
    if until is None and whose is None:
        return True
    return now is not None and granted_at <= now and (until is None or now < until)


def hold(session: Session, district: str, person_id: UUID) -> None:
    """Wait here for whoever else is storing work of this person (PostgreSQL): two of her phones, or what was kept aside
    and a file it names that becomes whole at that moment. One sees the other.
    """
    plain.one(session, _HELD, district=district, person_id=person_id)


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
            RoleGrant.for_person_id.is_(None),
        )
        .order_by(Person.name)
    )
    return [(person, region) for person, region in rows]
