"""Organisations, their departments, who belongs to them, and the liaisons who speak for a department."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.actions.accounts import ORGANISATION_NAME_MAX
from fieldapp.db import milliseconds
from fieldapp.errors import Problem
from fieldapp.ids import uuid7
from fieldapp.models import audit, feed, scope, tombstones
from fieldapp.models.accounts import Acting, Organisation, Person, Role, acting_for
from fieldapp.models.organisations import KINDS, PLACES, Department, Liaison
from fieldapp.models.regions import Region, prefix_of
from fieldapp.models.tombstones import Kind

NAME_MAX = ORGANISATION_NAME_MAX


def add_organisation(
    session: Session, acting: Acting, *, kind: str, name: str, region_code: str, now: datetime
) -> Organisation:
    """An organisation of a kind of the field (choice set ORG), or a place where several of them work, in a region of
    the acting administrator.

    Raises `not_found` (region), `organisation_unknown` (kind or name).
    """
    if kind not in KINDS + PLACES:
        raise Problem("organisation_unknown", limit=NAME_MAX)
    made = Organisation(
        district=acting.district,
        organisation_id=uuid7(milliseconds(now)),
        kind=kind,
        name=_name(name),
        region_code=_prefix(session, acting, region_code),
    )
    session.add(made)
    _audit(session, acting, "add_organisation", now, organisation=str(made.organisation_id), kind=kind)
    return made


def end_organisation(session: Session, acting: Acting, organisation_id: UUID, now: datetime) -> None:
    """End an organisation and its departments. Raises `organisation_in_use` while active people belong to it."""
    organisation = _organisation(session, acting, organisation_id)
    _refuse_while_used(session, acting.district, Person.organisation_id == organisation_id)
    organisation.ended_at = now
    departments = select(Department).where(
        Department.district == acting.district,
        Department.organisation_id == organisation_id,
        Department.ended_at.is_(None),
    )
    for department in session.scalars(departments):
        _end_department(session, department, now)
    _audit(session, acting, "end_organisation", now, organisation=str(organisation_id))


def add_department(session: Session, acting: Acting, organisation_id: UUID, name: str, now: datetime) -> Department:
    """A department of an organisation."""
    organisation = _organisation(session, acting, organisation_id)
    made = Department(
        district=acting.district,
        department_id=uuid7(milliseconds(now)),
        organisation_id=organisation.organisation_id,
        name=_name(name),
    )
    session.add(made)
    _audit(session, acting, "add_department", now, department=str(made.department_id))
    return made


def end_department(session: Session, acting: Acting, department_id: UUID, now: datetime) -> None:
    """End a department and its liaisons. Raises `organisation_in_use` while active people belong to it."""
    department = _department(session, acting, department_id)
    _refuse_while_used(session, acting.district, Person.department_id == department_id)
    _end_department(session, department, now)
    _audit(session, acting, "end_department", now, department=str(department_id))


def name_liaison(
    session: Session, acting: Acting, department_id: UUID, person_id: UUID, region_code: str, now: datetime
) -> Liaison:
    """Somebody speaks for a department in a region. She has the role of a liaison and belongs to this department.

    Raises `not_found`, `liaison_not_suitable`.
    """
    department = _department(session, acting, department_id)
    person = _person(session, acting, person_id)
    holds = acting_for(session, acting.district, person_id)
    if holds is None or not holds.has(Role.LIAISON) or person.department_id != department_id:
        raise Problem("liaison_not_suitable")
    made = Liaison(
        district=acting.district,
        liaison_id=uuid7(milliseconds(now)),
        department_id=department.department_id,
        person_id=person_id,
        region_code=_prefix(session, acting, region_code),
        started_at=now,
        named_by=acting.person_id,
    )
    session.add(made)
    _audit(session, acting, "name_liaison", now, department=str(department_id), person=str(person_id))
    return made


def end_liaison(session: Session, acting: Acting, liaison_id: UUID, now: datetime) -> None:
    """Somebody speaks for a department no more."""
    row = session.get(Liaison, (acting.district, liaison_id), with_for_update=True)
    if row is None or row.ended_at is not None or not _covers(acting, row.region_code):
        raise Problem("not_found")
    row.ended_at = now
    tombstones.note(session, row.district, Kind.LIAISONS_ENDED, now, liaisons=[str(liaison_id)])
    _audit(session, acting, "end_liaison", now, department=str(row.department_id), person=str(row.person_id))


def belong_to(
    session: Session,
    acting: Acting,
    person_id: UUID,
    organisation_id: UUID | None,
    department_id: UUID | None,
    now: datetime,
) -> None:
    """Somebody belongs to one organisation and one of its departments, or to none. Where she changes the department she
    speaks for the old one no more. Raises `not_found`, `organisation_unknown`.
    """
    person = _person(session, acting, person_id)
    department = None if department_id is None else session.get(Department, (acting.district, department_id))
    if department_id is not None and (department is None or department.ended_at is not None):
        raise Problem("organisation_unknown", limit=NAME_MAX)
    if department is not None:
        organisation_id = organisation_id or department.organisation_id
        if department.organisation_id != organisation_id:
            raise Problem("organisation_unknown", limit=NAME_MAX)
    organisation = None if organisation_id is None else session.get(Organisation, (acting.district, organisation_id))
    if organisation_id is not None and (organisation is None or organisation.ended_at is not None):
        raise Problem("organisation_unknown", limit=NAME_MAX)
    if person.organisation_id != organisation_id:
        feed.tell(session, person.district, person_id, "me")
        hers = acting_for(session, person.district, person_id)
        if hers is None or hers.has(Role.PROCURATORATE):
            person.view_version += 1  # who reads what her house began reads other families now
    person.organisation_id, person.department_id = organisation_id, department_id
    spoken = select(Liaison).where(
        Liaison.district == acting.district,
        Liaison.person_id == person_id,
        Liaison.department_id.is_distinct_from(department_id),
        Liaison.ended_at.is_(None),
    )
    for row in session.scalars(spoken):
        row.ended_at = now
        tombstones.note(session, row.district, Kind.LIAISONS_ENDED, now, liaisons=[str(row.liaison_id)])
    ids = {"organisation": organisation_id, "department": department_id}
    said = {name: None if named_id is None else str(named_id) for name, named_id in ids.items()}
    tombstones.note(session, person.district, Kind.BELONGS, now, person=str(person_id), **said)
    named = {"organisation": str(organisation_id), "department": str(department_id)}
    _audit(session, acting, "belong_to", now, person=str(person_id), **named)


def _end_department(session: Session, department: Department, now: datetime) -> None:
    department.ended_at = now
    running = select(Liaison).where(
        Liaison.district == department.district,
        Liaison.department_id == department.department_id,
        Liaison.ended_at.is_(None),
    )
    for row in session.scalars(running):
        row.ended_at = now
        tombstones.note(session, row.district, Kind.LIAISONS_ENDED, now, liaisons=[str(row.liaison_id)])


def _refuse_while_used(session: Session, district: str, belongs: object) -> None:
    used = select(Person.person_id).where(Person.district == district, Person.active.is_(True), belongs)  # type: ignore[arg-type]
    if session.scalar(used.limit(1)) is not None:
        raise Problem("organisation_in_use")


def _organisation(session: Session, acting: Acting, organisation_id: UUID) -> Organisation:
    found = session.get(Organisation, (acting.district, organisation_id))
    if found is None or found.ended_at is not None or not _covers(acting, found.region_code):
        raise Problem("not_found")
    return found


def _department(session: Session, acting: Acting, department_id: UUID) -> Department:
    found = session.get(Department, (acting.district, department_id))
    if found is None or found.ended_at is not None:
        raise Problem("not_found")
    _organisation(session, acting, found.organisation_id)
    return found


def _person(session: Session, acting: Acting, person_id: UUID) -> Person:
    found = session.scalar(select(Person).where(Person.person_id == person_id, scope.may_administer(acting)))
    if found is None or not found.active:
        raise Problem("not_found")
    return found


def _prefix(session: Session, acting: Acting, code: str) -> str:
    region = session.scalar(select(Region).where(Region.code == code).order_by(Region.valid_from.desc()).limit(1))
    prefix = None if region is None else prefix_of(region.code, region.level)
    if prefix is None or not _covers(acting, prefix):
        raise Problem("not_found")
    return prefix


def _covers(acting: Acting, code: str) -> bool:
    return any(own and code.startswith(own) for own in acting.regions(Role.ADMINISTRATOR))


def _name(text: str) -> str:
    text = text.strip()
    if not text or len(text) > NAME_MAX:
        raise Problem("organisation_unknown", limit=NAME_MAX)
    return text


def _audit(session: Session, acting: Acting, act: str, now: datetime, **about: object) -> None:
    audit.write(session, district=acting.district, actor_id=acting.person_id, act=act, about=dict(about), at=now)
