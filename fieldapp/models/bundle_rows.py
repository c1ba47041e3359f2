"""The rows that a page of bundles is rendered from (models/bundles.py): read for many families at once."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.models import officers, scope, versions
from fieldapp.models.accounts import Acting, Organisation, Person, Role
from fieldapp.models.bodies import REPORTER_FORMS
from fieldapp.models.cases import Case, CaseKey, CasePerson, Fact, Todo, Visit, Visitor
from fieldapp.models.pens import Pen, Place
from fieldapp.models.records import DraftCopy, Record, Revision, State
from fieldapp.models.regions import newest_names
from fieldapp.models.reviews import Decision, Remark

# What the author goes on writing: these records bring their answers, and their case.
AUTHORS = (State.DRAFT, State.DOOR_SUBMITTED, State.RETURNED)
# Where two versions of hers stand side by side she is told of both as long as she could send a third.
_MAY_MERGE = (*AUTHORS, State.SUBMITTED)


@dataclass
class Rows:
    """What a page of bundles is rendered from, by family."""

    cases: list[Case]
    files: frozenset[UUID]  # those of them that she may read whole, as far as her roles go
    villages: dict[str, str]
    people: dict[UUID, list[CasePerson]]
    facts: dict[UUID, list[Fact]]
    visits: dict[UUID, list[Visit]]
    visitors: dict[UUID, list[UUID]]
    names: dict[UUID, tuple[str, str | None, str | None]]  # person -> name, organisation, its kind
    records: dict[UUID, list[Record]]
    heads: dict[UUID, Revision]
    returns: dict[UUID, Decision]
    remarks: dict[UUID, list[Remark]]
    preloaded: set[UUID]
    village_forms: frozenset[str]  # what a village cadre may be shown of her own reports
    todos: dict[UUID, list[Todo]]  # forms that are called for and not written yet
    pens: list[Pen]  # of her own reports that she is finishing at the desk
    apart: dict[UUID, versions.Apart]  # her own records of which another version stands beside the head
    children: dict[UUID, frozenset[UUID]]  # by case, those entrusted to her as an officer
    keys: list[CaseKey] = field(default_factory=list)  # held, so that the session's own look-ups find them loaded


def gather(
    session: Session, acting: Acting, case_ids: Sequence[UUID], last_day: date, village_forms: frozenset[str]
) -> Rows:
    """Of those of these cases that are in scope, one query for each table. `last_day`: visits of hers planned up to
    then are preloaded; `village_forms`: what a village cadre may be shown of her own reports.
    """
    district = acting.district
    cases = list(
        session.scalars(select(Case).where(Case.case_id.in_(case_ids), scope.cases_of(acting)).order_by(Case.case_id))
    )
    ids = [case.case_id for case in cases]
    files = session.scalars(select(Case.case_id).where(Case.case_id.in_(ids), scope.files_of(acting)))
    visits = list(session.scalars(select(Visit).where(Visit.district == district, Visit.case_id.in_(ids))))
    visitors = visitors_of(session, district, [visit.visit_id for visit in visits])
    # What was made at the desk is read and written at the desk: a phone has no visit to put it under.
    of_visits = select(Record).where(Record.case_id.in_(ids), Record.visit_id.is_not(None), scope.records_of(acting))
    # Who told us: for its author's phone alone, and there without answers.
    is_reporter = Record.form.in_(REPORTER_FORMS) & (Record.author_id != acting.person_id)
    records = list(session.scalars(of_visits.where(~is_reporter)))
    mine = [r for r in records if r.author_id == acting.person_id and r.state in AUTHORS]
    returned = [r.record_id for r in mine if r.state == State.RETURNED]
    pens = _pens_at_desk(session, acting, ids)
    at_desk = {pen.record_id for pen in pens}  # what a phone sends of these stands beside, a merge too
    may_merge = [r for r in records if r.author_id == acting.person_id and r.state in _MAY_MERGE]
    may_merge = [r for r in may_merge if r.record_id not in at_desk]
    heads_of = {r.record_id: r.head_revision_id for r in may_merge if r.form not in REPORTER_FORMS}
    apart = versions.apart(session, district, heads_of)
    preloaded = {record.case_id for record in mine} | {r.case_id for r in may_merge if r.record_id in apart}
    for visit in visits:
        is_hers = acting.person_id in visitors[visit.visit_id]
        if is_hers and visit.state == "planned" and visit.planned_on is not None and visit.planned_on <= last_day:
            preloaded.add(visit.case_id)
    preloaded |= set(
        session.scalars(
            select(DraftCopy.case_id).where(
                DraftCopy.district == district, DraftCopy.author_id == acting.person_id, DraftCopy.case_id.in_(ids)
            )
        )
    )
    people = session.scalars(select(CasePerson).where(CasePerson.district == district, CasePerson.case_id.in_(ids)))
    facts = session.scalars(select(Fact).where(Fact.district == district, Fact.case_id.in_(ids)))
    todos = select(Todo).where(Todo.district == district, Todo.case_id.in_(ids), Todo.done_at.is_(None))
    wanted = [r.head_revision_id for r in records]
    wanted += [one for told in apart.values() for one in (*told.beside, *told.bases.values()) if one is not None]
    heads = session.scalars(select(Revision).where(Revision.district == district, Revision.revision_id.in_(wanted)))
    named = {person for listed in visitors.values() for person in listed} | {r.author_id for r in records}
    decisions = _returns(session, district, returned)
    remarks = session.scalars(
        select(Remark).where(Remark.district == district, Remark.record_id.in_(returned), Remark.sent.is_(True))
    )
    return Rows(
        cases=cases,
        files=frozenset(files),
        villages=newest_names(session, [case.village_code for case in cases]),
        people=_grouped(people, "case_id", "person_id"),
        facts=_grouped(facts, "case_id", "about_id", "fact"),
        visits=_grouped(visits, "case_id", "visit_id"),
        visitors=visitors,
        names=names_of(session, district, named | {decision.decided_by for decision in decisions.values()}),
        records=_grouped(records, "case_id", "record_id"),
        heads={head.revision_id: head for head in heads},
        returns=decisions,
        remarks=_grouped(remarks, "record_id", "remark_id"),
        preloaded=preloaded,
        village_forms=village_forms,
        todos=_grouped(session.scalars(todos), "case_id", "kind"),
        pens=pens,
        apart=apart,
        children=officers.children_of(session, district, acting.person_id) if acting.has(Role.VILLAGE) else {},
        keys=list(session.scalars(select(CaseKey).where(CaseKey.district == district, CaseKey.case_id.in_(ids)))),
    )


def visitors_of(session: Session, district: str, visit_ids: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    """Who makes each of these visits."""
    rows = session.execute(
        select(Visitor.visit_id, Visitor.person_id)
        .where(Visitor.district == district, Visitor.visit_id.in_(visit_ids))
        .order_by(Visitor.person_id)
    )
    found: dict[UUID, list[UUID]] = defaultdict(list)
    for visit_id, person_id in rows:
        found[visit_id].append(person_id)
    return found


def _pens_at_desk(session: Session, acting: Acting, case_ids: Sequence[UUID]) -> list[Pen]:
    hers = (Pen.district == acting.district, Pen.author_id == acting.person_id, Pen.place == Place.DESK)
    return list(session.scalars(select(Pen).where(*hers, Pen.case_id.in_(case_ids)).order_by(Pen.record_id)))


def names_of(
    session: Session, district: str, person_ids: Iterable[UUID]
) -> dict[UUID, tuple[str, str | None, str | None]]:
    """Name, organisation and its kind of each of these people."""
    rows = session.execute(
        select(Person.person_id, Person.name, Organisation.name, Organisation.kind)
        .outerjoin(
            Organisation,
            (Organisation.district == Person.district) & (Organisation.organisation_id == Person.organisation_id),
        )
        .where(Person.district == district, Person.person_id.in_(list(person_ids)))
    )
    return {person_id: (name, organisation, kind) for person_id, name, organisation, kind in rows}


def _returns(session: Session, district: str, record_ids: Sequence[UUID]) -> dict[UUID, Decision]:
    rows = session.scalars(
        select(Decision)
        .where(Decision.district == district, Decision.record_id.in_(record_ids), Decision.kind == "returned")
        .order_by(Decision.decided_at, Decision.decision_id)
    )
    return {decision.record_id: decision for decision in rows}  # the newest stays


def _grouped(rows: Iterable[Any], by: str, *order: str) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        found[getattr(row, by)].append(row)
    for listed in found.values():
        listed.sort(key=lambda row: tuple(str(getattr(row, name)) for name in order))
    return found
