"""Opening a case, putting visits on people's lists, taking people off a case."""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.actions import apart, case_events, restrictions, teams, women
from fieldapp.actions.case_steps import after_plan
from fieldapp.casework.happened import Happened
from fieldapp.casework.states import CaseState
from fieldapp.db import milliseconds
from fieldapp.errors import Problem
from fieldapp.ids import uuid7
from fieldapp.models import audit, bodies, feed, officers, scope, team, tombstones
from fieldapp.models import forms as form_versions
from fieldapp.models.accounts import Acting, Person, Role, acting_for
from fieldapp.models.cases import (
    VISIT_FORMS_MAX,
    Assignment,
    Case,
    CaseKey,
    CasePerson,
    TeamRole,
    Visit,
    Visitor,
    VisitPurpose,
)
from fieldapp.models.regions import is_village

PEOPLE_MAX = 50
NAME_MAX = 50
PROGRAMME_MAX = 100
# What can be planned, and with which forms of the library; what these call for (F5, F6) is added on the phone, and
# what this place published itself stands beside them where it is chosen.
FORMS = {
    VisitPurpose.INVESTIGATION: "F0 F2",
    VisitPurpose.FOLLOW_UP: "F3",
    VisitPurpose.VILLAGE_FOLLOW_UP: "F3V",
    VisitPurpose.SWEEP: "F10",
    VisitPurpose.OFFICER: "F3V",
    VisitPurpose.OTHER: "",
}
VISITORS_MIN = {VisitPurpose.INVESTIGATION: 2}  # else one is enough
_OF_VILLAGE = (VisitPurpose.VILLAGE_FOLLOW_UP, VisitPurpose.SWEEP, VisitPurpose.OFFICER)
_VISITORS = (Role.CASEWORKER, Role.VILLAGE)
# What a list may say of a visit: nothing that tells a neighbour why.
REASONS = ("first_visit", "planned_visit", "village_30_days", "village_90_days", "after_return", "asked_for")
# Letters that cannot be mistaken for another when read over the telephone.
_CODE_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"


@dataclass(frozen=True)
class NewPerson:
    """A family member as the person opening the case knows her. `birth_ym` is YYYY-MM, YYYY or None."""

    name: str
    sex: str | None
    birth_ym: str | None
    relation: str | None
    household: bool = True


def open_case(
    session: Session,
    acting: Acting,
    *,
    village_code: str,
    people: Sequence[NewPerson],
    contact: dict[str, str] | None,
    programme: str | None,
    now: datetime,
) -> Case:
    """Open a family's file in a village of the acting person's region. The first person is the one the file is about.

    The file's code name is random, so that it tells nothing; it is what lists, papers and notices say.
    """
    if not scope.may_open_case_in(acting, village_code) or not is_village(session, village_code):
        raise Problem("not_found")
    if not people or len(people) > PEOPLE_MAX:
        raise Problem("case_needs_person")
    for person in people:
        if not person.name.strip() or len(person.name) > NAME_MAX:
            raise Problem("name_needed", limit=NAME_MAX)
    return _make(session, acting, "ASSIGNED", village_code, people, contact, programme, now)


def open_lead(
    session: Session,
    acting: Acting,
    *,
    village_code: str,
    person: NewPerson | None,
    contact: dict[str, str] | None,
    programme: str | None,
    case_id: UUID | None = None,
    is_elsewhere: bool = False,
    others: Sequence[NewPerson] = (),
    told: Mapping[str, str] | None = None,
    now: datetime,
) -> Case:
    """Open a file for a lead that was taken down, in a village of the regions where the acting person works. Nobody may
    have given a name; `others` of the family may be known too, and `told` goes into the event. Who may not see every
    file there works on this one, or it would be gone for her; one of another village of the county (`is_elsewhere`) she
    keeps as an entrusted visitor does: what she wrote, and no more.
    """
    if not is_elsewhere and not any(
        village_code.startswith(region) for region in acting.regions(Role.CASEWORKER, Role.SUPERVISOR)
    ):
        raise Problem("not_found")
    people = [person, *others] if person else []
    case = _make(session, acting, "LEAD", village_code, people, contact, programme, now, case_id)
    case_events.note(session, case, Happened.LEAD_RECEIVED, now=now, by=acting.person_id, details=told)
    # An id that comes along was made on a phone: there it stands on her list already.
    if case_id is not None or not any(village_code.startswith(region) for region in acting.regions(Role.SUPERVISOR)):
        place = TeamRole.ENTRUSTED if is_elsewhere else TeamRole.VISITOR
        teams.put_on(session, case, acting.person_id, place, acting.person_id, now)
    return case


def open_decided(session: Session, acting: Acting, *, village_code: str, person: NewPerson, now: datetime) -> Case:
    """The file of a case whose relief was decided outside this app. Who may begin one so, and what it says of itself,
    is asked by who calls (actions/notices.py).
    """
    return _make(session, acting, CaseState.DECIDED, village_code, [person], None, None, now)


def open_household(session: Session, acting: Acting, *, village_code: str, person: NewPerson, now: datetime) -> Case:
    """The file of a household that somebody looks in at during a round (actions/campaigns.py): it rests, and is no case
    until it is reopened. Raises `not_found` outside the regions of the acting person.
    """
    if not scope.may_open_case_in(acting, village_code) or not is_village(session, village_code):
        raise Problem("not_found")
    return _make(session, acting, CaseState.NO_ACTION, village_code, [person], None, None, now)


def _make(
    session: Session,
    acting: Acting,
    state: str,
    village_code: str,
    people: Sequence[NewPerson],
    contact: dict[str, str] | None,
    programme: str | None,
    now: datetime,
    case_id: UUID | None = None,
) -> Case:
    case_id = case_id or uuid7(milliseconds(now))
    if session.get(CaseKey, (acting.district, case_id)) is None:  # the copy of a lead's draft may have needed one
        bodies.make_case_key(session, acting.district, case_id)
    # Lists are in the order of ids: the family stands in every list as it was entered, the one the file is about first.
    person_ids = sorted(uuid7(milliseconds(now)) for _ in people)
    case = Case(
        district=acting.district,
        case_id=case_id,
        code_name=_code_name(session, acting.district),
        village_code=village_code,
        state=state,
        subject_id=person_ids[0] if person_ids else None,
        programme=(programme or "")[:PROGRAMME_MAX] or None,
        opened_at=now,
        opened_by=acting.person_id,
        organisation_id=session.get_one(Person, (acting.district, acting.person_id)).organisation_id,
    )
    if contact:
        case.sealed_contact = _seal(session, case, "case_file", "sealed_contact", (acting.district, case_id), contact)
    session.add(case)
    session.flush()
    for person_id, person in zip(person_ids, people, strict=True):
        details = {
            "name": person.name.strip(),
            "sex": person.sex,
            "birth_ym": person.birth_ym,
            "relation": person.relation,
            "household": person.household,
        }
        key = (acting.district, case_id, person_id)
        sealed = _seal(session, case, "case_person", "sealed_details", key, details)
        session.add(CasePerson(district=acting.district, case_id=case_id, person_id=person_id, sealed_details=sealed))
    _audit(session, acting, "open_case", case, now)
    return case


def plan_visit(
    session: Session,
    acting: Acting,
    case_id: UUID,
    *,
    purpose: VisitPurpose,
    visitor_ids: Sequence[UUID],
    planned_on: date,
    due_on: date | None,
    reason: str,
    forms: Sequence[str] = (),
    entrusted: bool = False,
    now: datetime,
) -> Visit:
    """Put a visit on the lists of its visitors; an investigation needs two of them. `forms`: forms of this place that
    are filled in besides; a visit of purpose OTHER consists of them. `entrusted`: its visitors work in another region,
    where the family lives now or is registered, and see this visit and nothing else.

    Raises `visit_needs_form`, `visit_forms_too_many`, `visitor_not_for_form`, `visitor_not_in_region`,
    `conflict_of_interest`, `visit_needs_two`, `visit_needs_visitor`, `visit_reason_unknown`, `visit_dates_reversed`,
    `consent_withdrawn`, `visit_not_then`, `woman_worker_needed`, `officer_not_named`.
    """
    case = _case(session, acting, case_id)
    # Who is related, whether women are asked for, and where he is met: nothing slips by.
    teams.hold_in_scope(session, case, scope.may_assign(acting))
    if reason not in REASONS:
        raise Problem("visit_reason_unknown")
    visitors = list(dict.fromkeys(visitor_ids))
    if purpose not in FORMS:
        raise Problem("request_malformed")
    needed = VISITORS_MIN.get(purpose, 1)
    if len(visitors) < needed:
        raise Problem("visit_needs_two" if needed > 1 else "visit_needs_visitor")
    if entrusted:
        restrictions.refuse_sharing(session, case)
    own = _own_forms(session, forms)
    if purpose is VisitPurpose.OTHER and not own:
        raise Problem("visit_needs_form")
    named = " ".join([*FORMS[purpose].split(), *own])
    if len(named) > VISIT_FORMS_MAX:
        raise Problem("visit_forms_too_many")
    for visitor_id in visitors:
        _check_visitor(acting_for(session, acting.district, visitor_id), case, purpose, own, entrusted)
        teams.refuse_related(session, case, visitor_id)
        # No visit makes somebody an officer: which children are hers is said before (actions/officers.py).
        if purpose is VisitPurpose.OFFICER and not officers.is_officer(session, case.district, case_id, visitor_id):
            raise Problem("officer_not_named")
    women.refuse(session, case, visitors, now)
    if due_on is not None and due_on < planned_on:
        raise Problem("visit_dates_reversed")
    apart.refuse_visit(session, case, visitors, planned_on, due_on or planned_on)
    visit = Visit(
        district=case.district,
        visit_id=uuid7(milliseconds(now)),
        case_id=case_id,
        purpose=purpose,
        forms=named,
        planned_on=planned_on,
        due_on=due_on or planned_on,
        reason=reason,
        state="planned",
        created_at=now,
        created_by=acting.person_id,
    )
    session.add(visit)
    session.flush()
    for visitor_id in visitors:
        session.add(Visitor(district=case.district, visit_id=visit.visit_id, person_id=visitor_id))
        assignment = session.get(Assignment, (case.district, case_id, visitor_id))
        if assignment is None or assignment.ended_at is not None or assignment.team_role == TeamRole.ENTRUSTED:
            place = _place_of(purpose, entrusted)
            last_day = _last_day(assignment, due_on or planned_on) if entrusted else None
            teams.put_on(session, case, visitor_id, place, acting.person_id, now, last_day)
    session.flush()
    team.tell_of_visit(session, case.district, case_id, visit.visit_id)
    after_plan(session, acting, case, visit, now)
    _audit(session, acting, "plan_visit", case, now, visit=str(visit.visit_id), visitors=[str(v) for v in visitors])
    return visit


def _own_forms(session: Session, chosen: Sequence[str]) -> dict[str, frozenset[Role]]:
    """The chosen forms, with who fills them in. Raises `visit_needs_form` for one that cannot be begun."""
    known = form_versions.own(session)
    if any(form not in known for form in chosen):
        raise Problem("visit_needs_form")
    return {form: known[form] for form in chosen}


def _check_visitor(
    visitor: Acting | None,
    case: Case,
    purpose: VisitPurpose,
    own: Mapping[str, frozenset[Role]],
    entrusted: bool,
) -> None:
    """Refuse somebody who does not work in this village in the role of this visit, or fills in none of its forms. An
    entrusted visit is made by caseworkers who do not.
    """
    village = case.village_code
    grants = () if visitor is None else visitor.grants
    here = {role for role, prefix in grants if prefix and village.startswith(prefix)} & set(_VISITORS)
    elsewhere = {role for role, _ in grants} & {Role.CASEWORKER}
    if entrusted and Role.CASEWORKER in here:
        raise Problem("visitor_not_in_region")
    held = elsewhere if entrusted else here
    wanted = set(_VISITORS) if purpose is VisitPurpose.OTHER else {_role_of(purpose)}
    if not held & wanted:
        raise Problem("visitor_not_in_region")
    if any(not held & roles for roles in own.values()):
        raise Problem("visitor_not_for_form")


def _last_day(assignment: Assignment | None, due_on: date) -> date:
    """What is entrusted is over with its day, unless another visit entrusted to her is planned for later."""
    if assignment is None or assignment.ended_at is not None or assignment.ends_on is None:
        return due_on
    return max(assignment.ends_on, due_on)


def _place_of(purpose: VisitPurpose, entrusted: bool) -> TeamRole:
    if entrusted:
        return TeamRole.ENTRUSTED
    return TeamRole.VILLAGE if purpose in _OF_VILLAGE else TeamRole.VISITOR


def _role_of(purpose: VisitPurpose) -> Role:
    return Role.VILLAGE if purpose in _OF_VILLAGE else Role.CASEWORKER


def cancel_visit(session: Session, acting: Acting, visit_id: UUID, now: datetime) -> Visit:
    """Take a planned visit off the lists; what was already written during it stays."""
    visit = session.get(Visit, (acting.district, visit_id))
    if visit is None:
        raise Problem("not_found")
    case = _case(session, acting, visit.case_id)
    teams.hold_in_scope(session, case, scope.may_assign(acting))  # before the visit: who makes it may get another
    session.refresh(visit, with_for_update=True)  # of two who take it off at once the second is told
    if visit.state != "planned":
        raise Problem("visit_not_planned")
    visit.state = "cancelled"
    team.tell_of_visit(session, case.district, case.case_id, visit_id)
    team.end_entrusted(session, case.district, case.case_id, visit_id, now)
    _audit(session, acting, "cancel_visit", case, now, visit=str(visit_id))
    return visit


def end_assignment(session: Session, acting: Acting, case_id: UUID, person_id: UUID, now: datetime) -> None:
    """Take somebody off a case: the file leaves her phone at the next sync, after her unsent work was answered."""
    case = _case(session, acting, case_id)
    teams.hold_in_scope(session, case, scope.may_assign(acting))
    assignment = session.get(Assignment, (case.district, case_id, person_id), with_for_update=True)
    if assignment is None or assignment.ended_at is not None:
        raise Problem("not_found")
    assignment.ended_at = now
    case_events.note(session, case, Happened.TEAM_CHANGED, now=now, by=acting.person_id)
    named = {"case": str(case_id), "person": str(person_id)}
    tombstones.note(session, case.district, tombstones.Kind.MEMBER_ENDED, now, **named)
    feed.tell(session, case.district, person_id, f"case:{case_id}", kind="out")
    _audit(session, acting, "end_assignment", case, now, person=str(person_id))


def _case(session: Session, acting: Acting, case_id: UUID) -> Case:
    case = session.scalar(
        select(Case).where(Case.district == acting.district, Case.case_id == case_id, scope.may_assign(acting))
    )
    if case is None:
        raise Problem("not_found")
    return case


def _code_name(session: Session, district: str) -> str:
    # Lists, papers and telephone calls know a family by this alone, so no two files of a county share one.
    while True:
        name = "".join(secrets.choice(_CODE_LETTERS) for _ in range(2)) + f"-{secrets.randbelow(10_000):04d}"
        taken = select(Case.case_id).where(Case.district == district, Case.code_name == name).limit(1)
        if session.scalar(taken) is None:
            return name


def _seal(session: Session, case: Case, table: str, column: str, key: tuple[Any, ...], value: dict[str, Any]) -> bytes:
    plain = json.dumps(value, ensure_ascii=False).encode()
    return bodies.seal_for_case(session, case.district, case.case_id, table, column, key, plain)


def _audit(session: Session, acting: Acting, act: str, case: Case, now: datetime, **about: object) -> None:
    named = {"case": str(case.case_id), **about}
    audit.write(session, district=case.district, actor_id=acting.person_id, act=act, about=named, at=now)
