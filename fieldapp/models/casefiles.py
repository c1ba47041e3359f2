"""A case file as the desk shows it, and the lists of files."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from fieldapp.models import bodies, bundles, scope
from fieldapp.models.accounts import Acting, Person
from fieldapp.models.cases import Assignment, Case, CasePerson, Todo, Visit, Visitor
from fieldapp.models.records import Record

PAGE = 50


@dataclass(frozen=True)
class CaseFile:
    """One file. `people` and `contact` are None for who may plan visits but not read the file."""

    case: Case
    people: list[dict[str, Any]] | None
    contact: dict[str, str] | None
    visits: list[tuple[Visit, list[Person]]]
    records: list[tuple[Record, str]]
    team: list[Person]
    todos: list[Todo]


def page_of(session: Session, acting: Acting, village: str, after: str) -> tuple[list[Case], bool]:
    """A page of case files by code name, and whether there is more."""
    wanted = select(Case).where(_visible(acting), Case.code_name > after).order_by(Case.code_name)
    if village:
        wanted = wanted.where(Case.village_code == village)
    cases = list(session.scalars(wanted.limit(PAGE + 1)))
    return cases[:PAGE], len(cases) > PAGE


def file_of(session: Session, acting: Acting, case_id: UUID) -> CaseFile | None:
    """The file, cut to what this person may see; None out of scope as for a file that does not exist."""
    case = session.scalar(select(Case).where(Case.case_id == case_id, _visible(acting)))
    if case is None:
        return None
    readable = session.scalar(select(Case.case_id).where(Case.case_id == case_id, scope.cases_of(acting))) is not None
    here = (case.district, case.case_id)
    visits = session.scalars(
        select(Visit).where(Visit.district == here[0], Visit.case_id == here[1]).order_by(Visit.planned_on.desc())
    )
    team = session.scalars(
        select(Person)
        .join(Assignment, (Assignment.district == Person.district) & (Assignment.person_id == Person.person_id))
        .where(Assignment.district == here[0], Assignment.case_id == here[1], Assignment.ended_at.is_(None))
        .order_by(Person.name)
    )
    todos = session.scalars(
        select(Todo).where(Todo.district == here[0], Todo.case_id == here[1], Todo.done_at.is_(None))
    )
    return CaseFile(
        case=case,
        people=_people(session, case) if readable else None,
        contact=_contact(session, case) if readable else None,
        visits=[(visit, _visitors(session, visit)) for visit in visits],
        records=_records(session, acting, case) if readable else [],
        team=list(team),
        todos=list(todos) if readable else [],
    )


def _visible(acting: Acting) -> ColumnElement[bool]:
    return scope.cases_of(acting) | scope.may_assign(acting)


def _people(session: Session, case: Case) -> list[dict[str, Any]]:
    rows = session.scalars(
        select(CasePerson)
        .where(CasePerson.district == case.district, CasePerson.case_id == case.case_id)
        .order_by(CasePerson.person_id)
    )
    people = []
    for row in rows:
        key = (row.district, row.case_id, row.person_id)
        plain = bodies.open_for_case(
            session, case.district, case.case_id, "case_person", "sealed_details", key, row.sealed_details
        )
        people.append({"person_id": row.person_id, "is_subject": row.person_id == case.subject_id, **json.loads(plain)})
    return sorted(people, key=lambda person: not person["is_subject"])


def _contact(session: Session, case: Case) -> dict[str, str] | None:
    if case.sealed_contact is None:
        return None
    key = (case.district, case.case_id)
    plain = bodies.open_for_case(
        session, case.district, case.case_id, "case_file", "sealed_contact", key, case.sealed_contact
    )
    return dict(json.loads(plain))


def _visitors(session: Session, visit: Visit) -> list[Person]:
    same = (Visitor.district == Person.district) & (Visitor.person_id == Person.person_id)
    people = (
        select(Person).join(Visitor, same).where(Visitor.district == visit.district, Visitor.visit_id == visit.visit_id)
    )
    return list(session.scalars(people.order_by(Person.name)))


def _records(session: Session, acting: Acting, case: Case) -> list[tuple[Record, str]]:
    same = (Person.district == Record.district) & (Person.person_id == Record.author_id)
    # Who told us: not even that somebody did, for who may not read it.
    hidden = () if "reporter" in scope.classes_read(acting, case.village_code) else bundles.REPORTER_FORMS
    rows = session.execute(
        select(Record, Person.name)
        .join(Person, same)
        .where(
            Record.district == case.district,
            Record.case_id == case.case_id,
            Record.form.not_in(hidden),
            scope.records_of(acting),
        )
        .order_by(Record.record_id.desc())
    )
    return [(record, name) for record, name in rows]
