"""Organisations of the kinds the field knows, their departments, and who speaks for a department."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, String, false, func, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from fieldapp.db import Base, Moment
from fieldapp.models import campaigns, scope
from fieldapp.models.accounts import Acting, Organisation, Person, Role
from fieldapp.models.cases import Case

# Choice set ORG of the forms (reference: docs/forms.md, section choices).
KINDS = (
    "wf", "proc", "police", "court", "justice", "civil", "edu", "health", "medins", "hr", "rural", "dpf", "veteran",
    "housing", "union", "cyl", "plc", "town", "village", "school", "hospital", "employer", "welfare_home", "charity",
    "law_firm", "social_work", "psych", "insurer",
)  # fmt: skip

# Places where several of them work together; no choice of a form.
PLACES = ("center", "station", "workroom", "mediation_room")
CENTRES = ("center", "station")  # those that statistics count


class Department(Base):
    """A part of an organisation: the rights department of a federation, the petition section of a procuratorate."""

    __tablename__ = "department"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    department_id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(String(100))
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    __table_args__ = (
        ForeignKeyConstraint(
            ["district", "organisation_id"], ["organisation.district", "organisation.organisation_id"]
        ),
    )


class Liaison(Base):
    """Who speaks for a department in a region, from a day to a day; an ended row stays as history."""

    __tablename__ = "liaison"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    liaison_id: Mapped[UUID] = mapped_column(primary_key=True)
    department_id: Mapped[UUID]
    person_id: Mapped[UUID]
    region_code: Mapped[str] = mapped_column(String(12))  # a prefix, as in a grant
    started_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    named_by: Mapped[UUID]
    __table_args__ = (
        ForeignKeyConstraint(["district", "department_id"], ["department.district", "department.department_id"]),
        ForeignKeyConstraint(["district", "person_id"], ["person.district", "person.person_id"]),
    )


@dataclass(frozen=True)
class DepartmentView:
    """A department with those who speak for it now: (row, name of the person)."""

    department: Department
    liaisons: list[tuple[Liaison, str]]


@dataclass(frozen=True)
class OrganisationView:
    organisation: Organisation
    departments: list[DepartmentView]


def centres_of(session: Session, acting: Acting, *roles: Role) -> Sequence[Organisation]:
    """The centres and stations of the regions where she has one of these roles, those that ended too."""
    here = or_(false(), *(Organisation.region_code.startswith(one, autoescape=True) for one in acting.regions(*roles)))
    rows = select(Organisation).where(Organisation.district == acting.district, Organisation.kind.in_(CENTRES), here)
    return session.scalars(rows.order_by(Organisation.organisation_id)).all()


def list_of(session: Session, acting: Acting) -> list[OrganisationView]:
    """The organisations of the acting person's district, by name, ended ones last; with their running departments."""
    organisations = session.scalars(
        select(Organisation)
        .where(Organisation.district == acting.district)
        .order_by(Organisation.ended_at.is_not(None), Organisation.name, Organisation.organisation_id)
    ).all()
    departments = session.scalars(
        select(Department)
        .where(Department.district == acting.district, Department.ended_at.is_(None))
        .order_by(Department.name, Department.department_id)
    ).all()
    liaisons = _liaisons(session, acting.district)
    return [
        OrganisationView(
            organisation,
            [
                DepartmentView(one, [row for row in liaisons if row[0].department_id == one.department_id])
                for one in departments
                if one.organisation_id == organisation.organisation_id
            ],
        )
        for organisation in organisations
    ]


def running(session: Session, district: str) -> list[Organisation]:
    """The organisations people can belong to now, by name."""
    rows = select(Organisation).where(Organisation.district == district, Organisation.ended_at.is_(None))
    return list(session.scalars(rows.order_by(Organisation.name, Organisation.organisation_id)))


def departments_of(session: Session, district: str) -> list[tuple[Department, str]]:
    """The running departments with the names of their organisations, in the order of both names."""
    same = (Organisation.district == Department.district) & (Organisation.organisation_id == Department.organisation_id)
    rows = session.execute(
        select(Department, Organisation.name)
        .join(Organisation, same)
        .where(Department.district == district, Department.ended_at.is_(None), Organisation.ended_at.is_(None))
        .order_by(Organisation.name, Department.name)
    )
    return [(department, name) for department, name in rows]


def liaisons_of(session: Session, district: str, department_id: UUID, code: str) -> Sequence[Liaison]:
    """Who speaks for a department in the region of this code now; the one of the smallest region first."""
    rows = session.scalars(
        select(Liaison)
        .join(Person, (Person.district == Liaison.district) & (Person.person_id == Liaison.person_id))
        .where(
            Liaison.district == district,
            Liaison.department_id == department_id,
            Liaison.ended_at.is_(None),
            Person.active.is_(True),
        )
    )
    here = [row for row in rows if code.startswith(row.region_code)]
    return sorted(here, key=lambda row: (-len(row.region_code), row.started_at))


def families_taken_in(session: Session, acting: Acting) -> dict[UUID, int]:
    """How many files the people of each organisation opened, of those of which she sees that there is a file; the
    organisation is the one to which whoever opened it belonged then. A household of a round alone is no such file.
    """
    seen = scope.cases_of(acting) | scope.may_assign(acting) | scope.columns_of(acting)
    counted = (
        select(Case.organisation_id, func.count())
        .where(Case.district == acting.district, Case.organisation_id.is_not(None), seen, ~campaigns.only_listed())
        .group_by(Case.organisation_id)
    )
    return {organisation_id: many for organisation_id, many in session.execute(counted) if organisation_id}


def _liaisons(session: Session, district: str) -> list[tuple[Liaison, str]]:
    same = (Person.district == Liaison.district) & (Person.person_id == Liaison.person_id)
    rows = session.execute(
        select(Liaison, Person.name)
        .join(Person, same)
        .where(Liaison.district == district, Liaison.ended_at.is_(None))
        .order_by(Person.name)
    )
    return [(liaison, name) for liaison, name in rows]
