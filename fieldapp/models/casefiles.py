"""A case file as the desk shows it, and the lists of files."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from fieldapp.models import bodies, scope
from fieldapp.models.accounts import Acting, Person
from fieldapp.models.bundle_records import ABOUT_ONE
from fieldapp.models.cases import Assignment, Case, CasePerson, ConflictOfInterest, Todo, Visit, Visitor
from fieldapp.models.records import Record

PAGE = 50
GREEN_MAX = 200  # families on the green channel that stand before a list
_NOTHING = {"sex": None, "birth_ym": None, "relation": None, "household": None}


@dataclass(frozen=True)
class CaseFile:
    """One file. `people` and `contact` are None for who may plan visits but not read the file. Who makes an entrusted
    visit gets its subject alone, her own visit and her own reports, and nothing of the team.
    """

    case: Case
    people: list[dict[str, Any]] | None
    contact: dict[str, str] | None
    visits: list[tuple[Visit, list[Person]]]
    records: list[tuple[Record, str]]
    team: list[tuple[Assignment, Person]]
    related: list[Person]  # who is kept away from this file
    todos: list[Todo]
    programme: str | None  # None for who sees clear columns alone, and for who makes an entrusted visit
    may_plan: bool  # who visits and who is on the team


def page_of(session: Session, acting: Acting, village: str, after: str, programme: str = "") -> tuple[list[Case], bool]:
    """A page of case files by code name, and whether there is more; on the first page who is on the green channel
    stands before all others, and in no later one again. `programme`: of the files she may open those that are tagged
    with it.
    """
    here: tuple[ColumnElement[bool], ...] = () if not village else (Case.village_code == village,)
    if programme:
        here = (*here, _tagged(acting, programme))
    green = list(session.scalars(select(Case).where(on_green(acting), *here).order_by(Case.code_name).limit(GREEN_MAX)))
    wanted = select(Case).where(
        _visible(acting), *here, Case.code_name > after, Case.case_id.not_in([case.case_id for case in green])
    )
    cases = list(session.scalars(wanted.order_by(Case.code_name).limit(PAGE + 1)))
    return ([] if after else green) + cases[:PAGE], len(cases) > PAGE


def on_green(acting: Acting) -> ColumnElement[bool]:
    """Condition on `Case`: on the green channel, of the files she may open; of others she does not learn it."""
    return and_(Case.district == acting.district, Case.green_since.is_not(None), scope.files_of(acting))


def green_of(session: Session, acting: Acting, cases: Sequence[Case]) -> set[UUID]:
    """Which of these she may know to be on the green channel."""
    ids = [case.case_id for case in cases if case.green_since is not None]
    return set(session.scalars(select(Case.case_id).where(on_green(acting), Case.case_id.in_(ids)))) if ids else set()


def programmes_of(session: Session, acting: Acting) -> list[tuple[str, int]]:
    """The programmes of the files she may open, by name, each with how many files are tagged with it."""
    rows = session.execute(
        select(Case.programme, func.count())
        .where(scope.files_of(acting), Case.programme.is_not(None))
        .group_by(Case.programme)
        .order_by(Case.programme)
    )
    return [(name, tagged) for name, tagged in rows if name]


def file_of(session: Session, acting: Acting, case_id: UUID) -> CaseFile | None:
    """The file, cut to what this person may see; None out of scope as for a file that does not exist."""
    case = session.scalar(select(Case).where(Case.case_id == case_id, _visible(acting)))
    if case is None:
        return None
    readable = _holds(session, case_id, scope.cases_of(acting))
    entrusted = readable and not _holds(session, case_id, scope.files_of(acting))
    here = (case.district, case.case_id)
    visits = session.scalars(
        select(Visit).where(Visit.district == here[0], Visit.case_id == here[1]).order_by(Visit.planned_on.desc())
    )
    team = session.execute(
        select(Assignment, Person)
        .join(Assignment, (Assignment.district == Person.district) & (Assignment.person_id == Person.person_id))
        .where(Assignment.district == here[0], Assignment.case_id == here[1], Assignment.ended_at.is_(None))
        .order_by(Person.name)
    )
    related = session.scalars(
        select(Person)
        .join(
            ConflictOfInterest,
            (ConflictOfInterest.district == Person.district) & (ConflictOfInterest.person_id == Person.person_id),
        )
        .where(
            ConflictOfInterest.district == here[0],
            ConflictOfInterest.case_id == here[1],
            ConflictOfInterest.lifted_at.is_(None),
        )
        .order_by(Person.name)
    )
    todos = session.scalars(
        select(Todo).where(Todo.district == here[0], Todo.case_id == here[1], Todo.done_at.is_(None))
    )
    people = people_of(session, case) if readable else None
    visited = [(visit, _visitors(session, visit)) for visit in visits]
    if entrusted:
        people = [{**_NOTHING, **_named(person)} for person in people or [] if person["is_subject"]]
        visited = [row for row in visited if acting.person_id in {visitor.person_id for visitor in row[1]}]
    return CaseFile(
        case=case,
        people=people,
        contact=_contact(session, case) if readable and not entrusted else None,
        visits=visited,
        records=_records(session, acting, case) if readable else [],
        team=[] if entrusted else [(row, person) for row, person in team],
        related=[] if entrusted else list(related),
        todos=list(todos) if readable and not entrusted else [],
        programme=case.programme if readable and not entrusted else None,
        may_plan=_holds(session, case_id, scope.may_assign(acting)),
    )


def is_of_minor(session: Session, acting: Acting, case: Case, on: date) -> bool:
    """Whether this file is about somebody under 18: its subject, or the child a sheet of it is about."""
    about_child = select(Record.record_id).where(
        Record.district == case.district, Record.case_id == case.case_id, Record.form.in_(ABOUT_ONE)
    )
    if session.scalar(about_child.where(scope.records_of(acting)).limit(1)) is not None:
        return True
    subject = next((person for person in people_of(session, case) if person["is_subject"]), None)
    return subject is not None and is_minor(subject.get("birth_ym"), on)


def is_minor(birth_ym: str | None, on: date) -> bool:
    """Whether somebody born in this month (YYYY-MM) or year (YYYY) may be under 18 on a day: of what is not known
    exactly the later day counts. An unknown birth tells nothing.
    """
    if not birth_ym or not re.fullmatch(r"[0-9]{4}(-[0-9]{2})?", birth_ym):
        return False
    year, month = int(birth_ym[:4]), int(birth_ym[5:] or 12)
    return (on.year, on.month) <= (year + 18, month)


def _tagged(acting: Acting, programme: str) -> ColumnElement[bool]:
    # Who sees clear columns alone, or one entrusted visit, learns no programme by asking for it.
    return and_(scope.files_of(acting), Case.programme == programme)


def _holds(session: Session, case_id: UUID, condition: ColumnElement[bool]) -> bool:
    return session.scalar(select(Case.case_id).where(Case.case_id == case_id, condition)) is not None


def _named(person: dict[str, Any]) -> dict[str, Any]:
    return {name: person[name] for name in ("person_id", "is_subject", "name")}


def _visible(acting: Acting) -> ColumnElement[bool]:
    return scope.cases_of(acting) | scope.may_assign(acting) | scope.columns_of(acting)


def people_of(session: Session, case: Case) -> list[dict[str, Any]]:
    """The family as the file knows it, its subject first; each with `person_id`, `is_subject` and what was told."""
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
    hidden = () if "reporter" in scope.classes_read(acting, case.village_code) else bodies.REPORTER_FORMS
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
