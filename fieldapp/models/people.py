"""The people an administrator manages, with their roles and phones."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.models import scope
from fieldapp.models.accounts import Account, Acting, Organisation, Person, RoleGrant
from fieldapp.models.organisations import Department
from fieldapp.models.vaults import Vault


@dataclass(frozen=True)
class PersonView:
    """One person with her login, running grants and phones, newest phone first."""

    person: Person
    login: str
    organisation: str
    department: str
    grants: list[RoleGrant]
    vaults: list[Vault]


def list_of(session: Session, acting: Acting) -> list[PersonView]:
    """Everybody of her regions, active first, by name."""
    people = session.scalars(
        select(Person).where(scope.may_see_people(acting)).order_by(Person.active.desc(), Person.name)
    )
    return [_view(session, person) for person in people]


def one(session: Session, acting: Acting, person_id: UUID) -> PersonView | None:
    """One of them, or None."""
    person = session.scalar(select(Person).where(Person.person_id == person_id, scope.may_see_people(acting)))
    return None if person is None else _view(session, person)


def _view(session: Session, person: Person) -> PersonView:
    here = (person.district, person.person_id)
    login = session.scalar(select(Account.login).where(Account.district == here[0], Account.person_id == here[1]))
    organisation = (
        session.get(Organisation, (person.district, person.organisation_id)) if person.organisation_id else None
    )
    grants = session.scalars(
        select(RoleGrant)
        .where(RoleGrant.district == here[0], RoleGrant.person_id == here[1], RoleGrant.ended_at.is_(None))
        .order_by(RoleGrant.granted_at)
    )
    vaults = session.scalars(
        select(Vault).where(Vault.district == here[0], Vault.person_id == here[1]).order_by(Vault.enrolled_at.desc())
    )
    department = session.get(Department, (person.district, person.department_id)) if person.department_id else None
    return PersonView(
        person,
        login or "",
        organisation.name if organisation else "",
        department.name if department else "",
        list(grants),
        list(vaults),
    )
