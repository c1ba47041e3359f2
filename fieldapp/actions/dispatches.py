"""Tasks for departments: a measure is sent to one, whose liaison takes it on or refuses it, and says what came of it.

    send ─► sent ─► accept ─► done      the department is told purpose, what is asked, and how she is reached
              └► refuse ◄─┘             with a reason; it comes back to the supervisor's list
              withdraw                  by us, with a reason

A department outside the case sees nothing; inside it, nothing but its own task.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import Session

from fieldapp.actions import case_events, clock_settings, desk_rights, help_come, measures, measures_known
from fieldapp.actions.case_answers import heads_of
from fieldapp.casework import measures as rules
from fieldapp.casework.calendar import published
from fieldapp.casework.clocks import Clock, Event, Pace, clocks_of
from fieldapp.casework.happened import Happened
from fieldapp.casework.measures import Answer, Task
from fieldapp.casework.states import Refusal
from fieldapp.db import milliseconds
from fieldapp.errors import Problem
from fieldapp.ids import uuid7
from fieldapp.models import approvers, audit, bodies, scope
from fieldapp.models.accounts import Acting, Organisation, Person, Role
from fieldapp.models.cases import Case
from fieldapp.models.measures import Dispatch, tasks_of
from fieldapp.models.organisations import Department, Liaison, liaisons_of

TEXT_MAX = 500
LIST_MAX = 200
_HAPPENED = {
    Answer.SENT: Happened.DISPATCHED,
    Answer.ACCEPTED: Happened.DISPATCH_ACCEPTED,
    Answer.REFUSED: Happened.DISPATCH_REFUSED,
    Answer.DONE: Happened.DISPATCH_DONE,
    Answer.WITHDRAWN: Happened.DISPATCH_WITHDRAWN,
}
_ACTS = {
    Answer.ACCEPTED: "accept_task",
    Answer.REFUSED: "refuse_task",
    Answer.DONE: "finish_task",
    Answer.WITHDRAWN: "withdraw_task",
}
_SAME = and_(Case.district == Dispatch.district, Case.case_id == Dispatch.case_id)
_REFUSALS = {"no_such_answer": "task_answered", "text_needed": "task_text_needed"}


@dataclass(frozen=True)
class TaskView:
    """One task as a page shows it. `village` and `title` are of our own pages; the department's page shows neither."""

    row: Dispatch
    code_name: str
    organisation: str
    department: str
    liaison: str
    purpose: str
    asked: str
    reach: str
    text: str
    clock: Clock | None

    @property
    def answer(self) -> Answer:
        return Answer(self.row.answer)

    @property
    def onward(self) -> frozenset[Answer]:
        return rules.ANSWERS[self.answer]


def receivers(session: Session, case: Case) -> list[tuple[Department, str, str]]:
    """The departments of the county that have a liaison for this village, with organisation and liaison by name."""
    same = (Organisation.district == Department.district) & (Organisation.organisation_id == Department.organisation_id)
    rows = session.execute(
        select(Department, Organisation.name)
        .join(Organisation, same)
        .where(Department.district == case.district, Department.ended_at.is_(None), Organisation.ended_at.is_(None))
        .order_by(Organisation.name, Department.name)
    ).all()
    found = []
    for department, organisation in rows:
        speaking = _liaison(session, case, department.department_id)
        if speaking is not None:
            found.append((department, organisation, speaking[1]))
    return found


def send(
    session: Session,
    acting: Acting,
    case_id: UUID,
    record_id: UUID,
    department_id: UUID,
    *,
    purpose: str,
    asked: str,
    reach: str,
    now: datetime,
) -> Dispatch:
    """Send an approved measure to a department, in words that hold only what its task needs.

    Raises `not_found` for a measure that is not there or not approved, `liaison_needed`, `task_text_needed` where
    purpose, what is asked or the way to reach her is empty, `mediation_not_now`.
    """
    case = _led(session, acting, case_id)
    heads = heads_of(session, case, ("F7",), scope.records_of(acting))
    known = measures_known.measures_in(session, case, heads)
    measure = next((one for one in known if one.record_id == record_id and one.is_approved), None)
    if measure is None:
        raise Problem("not_found")
    measures.refuse_mediation(session, acting, case, measure.type)
    told = {"purpose": purpose.strip(), "asked": asked.strip(), "reach": reach.strip()}
    if not all(told.values()):
        raise Problem("task_text_needed")
    speaking = _liaison(session, case, department_id)
    task = rules.send(str(uuid7(milliseconds(now))), str(department_id), "" if speaking is None else speaking[1], now)
    if speaking is None or isinstance(task, Refusal):
        raise Problem("liaison_needed")
    department = session.get_one(Department, (case.district, department_id))
    row = Dispatch(
        district=case.district,
        dispatch_id=UUID(task.task_id),
        case_id=case_id,
        record_id=record_id,
        organisation_id=department.organisation_id,
        department_id=department_id,
        liaison_id=speaking[0].liaison_id,
        answer=task.answer,
        sent_by=acting.person_id,
        sent_at=now,
    )
    row.sealed_text = _seal(session, row, "sealed_text", {name: text[:TEXT_MAX] for name, text in told.items()})
    session.add(row)
    session.flush()
    _note(session, acting, case, row, "send_task", now)
    return row


def answer(session: Session, acting: Acting, dispatch_id: UUID, given: Answer, text: str, now: datetime) -> Dispatch:
    """What the liaison says: accepted, refused or done. Said again in the same words, it changes nothing.

    Raises `not_found` for a task that is not her department's, `task_answered`, `task_text_needed`.
    """
    found = session.execute(
        select(Dispatch, Case)
        .join(Case, _SAME)
        .where(Dispatch.dispatch_id == dispatch_id, tasks_of(acting))
        .with_for_update(of=Dispatch)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None or given is Answer.WITHDRAWN:
        raise Problem("not_found")
    return _answer(session, acting, found[0], found[1], given, text, now)


def withdraw(session: Session, acting: Acting, dispatch_id: UUID, text: str, now: datetime) -> Dispatch:
    """Take a task back from its department, with a reason. Raises as `answer`, for who may send tasks of the file."""
    row = session.get(Dispatch, (acting.district, dispatch_id), with_for_update=True, populate_existing=True)
    if row is None:
        raise Problem("not_found")
    return _answer(session, acting, row, _led(session, acting, row.case_id), Answer.WITHDRAWN, text, now)


def tasks(session: Session, acting: Acting, now: datetime) -> list[TaskView]:
    """The tasks of this liaison's departments: those that wait first, the newest before the older."""
    rows = session.execute(
        select(Dispatch, Case)
        .join(Case, _SAME)
        .where(tasks_of(acting))
        .order_by(Dispatch.answer.not_in((Answer.SENT, Answer.ACCEPTED)), Dispatch.sent_at.desc())
        .limit(LIST_MAX)
    ).all()
    views = _views(session, [(row, case) for row, case in rows], now)
    for view in views:
        named: dict[str, object] = {"case": str(view.row.case_id), "dispatch": str(view.row.dispatch_id)}
        audit.note_read(session, acting, "read_task", named, now)
    return views


def of_case(session: Session, case: Case, now: datetime) -> list[TaskView]:
    """The tasks of a file for who reads its measures, oldest first."""
    rows = session.scalars(
        select(Dispatch)
        .where(Dispatch.district == case.district, Dispatch.case_id == case.case_id)
        .order_by(Dispatch.sent_at, Dispatch.dispatch_id)
    )
    return _views(session, [(row, case) for row in rows], now)


def under_way(session: Session, acting: Acting, now: datetime) -> list[TaskView]:
    """The supervisor's list: what came back refused and was not sent to anybody since, then what is on its way."""
    led = _led_cases(acting)
    rows = session.execute(
        select(Dispatch, Case)
        .join(Case, _SAME)
        .where(led, Dispatch.answer.in_((Answer.REFUSED, Answer.SENT, Answer.ACCEPTED)))
        .order_by(Dispatch.answer != Answer.REFUSED, Dispatch.sent_at.desc())
        .limit(LIST_MAX)
    ).all()
    newest = _newest_by_measure(session, [row for row, _ in rows])
    open_rows = [
        (row, case)
        for row, case in rows
        if row.answer != Answer.REFUSED or newest[row.district, row.record_id] == row.dispatch_id
    ]
    return _views(session, open_rows, now)


def _answer(
    session: Session, acting: Acting, row: Dispatch, case: Case, given: Answer, text: str, now: datetime
) -> Dispatch:
    text = text.strip()[:TEXT_MAX]
    said = _open(session, row, "sealed_answer", row.sealed_answer).get("text", "")
    task = Task(str(row.dispatch_id), str(row.department_id), str(row.liaison_id), Answer(row.answer), said)
    found = rules.answer(task, given, text, now)
    if isinstance(found, Refusal):
        raise Problem(_REFUSALS[found.code])
    if found is task:
        return row
    row.answer, row.answered_at, row.answered_by = found.answer, now, acting.person_id
    if given is Answer.ACCEPTED:
        row.accepted_at = now
    row.sealed_answer = _seal(session, row, "sealed_answer", {"text": found.text})
    session.flush()
    _note(session, acting, case, row, _ACTS[given], now)
    if given is Answer.DONE:
        help_come.note(session, case, row.record_id, now)
    return row


def _led(session: Session, acting: Acting, case_id: UUID) -> Case:
    """A file whose tasks she sends: of a supervisor of its region, who reads it. Raises `not_found`."""
    case = desk_rights.case_of(session, acting, case_id)
    if not leads(acting, case):
        raise Problem("not_found")
    return case


def leads(acting: Acting, case: Case) -> bool:
    """Whether she sends tasks of this file: a supervisor of its village, of the county or below."""
    return any(case.village_code.startswith(region) for region in _led_regions(acting))


def _led_cases(acting: Acting) -> ColumnElement[bool]:
    here = [Case.village_code.startswith(region, autoescape=True) for region in _led_regions(acting)]
    return and_(scope.files_of(acting), or_(false(), *here))


def _led_regions(acting: Acting) -> list[str]:
    return [region for region in acting.regions(Role.SUPERVISOR) if len(region) >= approvers.COUNTY_DIGITS]


def _liaison(session: Session, case: Case, department_id: UUID) -> tuple[Liaison, str] | None:
    """Who speaks for a department in this village now, and is not related to the family."""
    for row in liaisons_of(session, case.district, department_id, case.village_code):
        person = session.get_one(Person, (row.district, row.person_id))
        related = select(Case.case_id).where(
            Case.district == case.district, Case.case_id == case.case_id, approvers.related_to(row.person_id)
        )
        if session.scalar(related) is None:
            return row, person.name
    return None


def _newest_by_measure(session: Session, rows: Sequence[Dispatch]) -> dict[tuple[str, UUID], UUID]:
    newest: dict[tuple[str, UUID], UUID] = {}
    if rows:
        wanted = select(Dispatch).where(
            Dispatch.district == rows[0].district, Dispatch.record_id.in_({row.record_id for row in rows})
        )
        for row in session.scalars(wanted.order_by(Dispatch.sent_at, Dispatch.dispatch_id)):
            newest[row.district, row.record_id] = row.dispatch_id
    return newest


def _views(session: Session, rows: Sequence[tuple[Dispatch, Case]], now: datetime) -> list[TaskView]:
    views: list[TaskView] = []
    if not rows:
        return views
    own = clock_settings.own_of(session, rows[0][0].district)
    pace = Pace(own=own.lengths, names=own.names)
    for row, case in rows:
        try:
            told = _open(session, row, "sealed_text", row.sealed_text)
            said = _open(session, row, "sealed_answer", row.sealed_answer)
        except Problem:  # erased by law: nothing is left to be done
            continue
        department = session.get_one(Department, (row.district, row.department_id))
        organisation = session.get_one(Organisation, (row.district, row.organisation_id))
        liaison = session.get_one(Liaison, (row.district, row.liaison_id))
        person = session.get_one(Person, (row.district, liaison.person_id))
        views.append(
            TaskView(
                row=row,
                code_name=case.code_name,
                organisation=organisation.name,
                department=department.name,
                liaison=person.name,
                purpose=told.get("purpose", ""),
                asked=told.get("asked", ""),
                reach=told.get("reach", ""),
                text=said.get("text", ""),
                clock=_clock(row, pace, now),
            )
        )
    return views


def _clock(row: Dispatch, pace: Pace, now: datetime) -> Clock | None:
    """The clock of a task that is not settled, under the county's own name and length, and neither red nor green: how
    fast we would have it tells of the danger.
    """
    events = [Event("dispatched", row.sent_at)]
    if row.accepted_at is not None:
        events.append(Event("dispatch_accepted", row.accepted_at))
    if Answer(row.answer) in rules.SETTLED:
        return None
    wanted = "dispatch_answer" if row.accepted_at is None else "dispatch_result"
    return next(clock for clock in clocks_of(events, now, published(), pace) if clock.limit.code == wanted)


def _note(session: Session, acting: Acting, case: Case, row: Dispatch, act: str, now: datetime) -> None:
    kind = _HAPPENED[Answer(row.answer)]
    case_events.note(
        session, case, kind, now=now, by=acting.person_id, ref=row.dispatch_id, sensitivity=measures_known.CLASS
    )
    named: dict[str, object] = {"case": str(case.case_id), "dispatch": str(row.dispatch_id)}
    audit.write(session, district=case.district, actor_id=acting.person_id, act=act, about=named, at=now)


def _seal(session: Session, row: Dispatch, column: str, value: dict[str, str]) -> bytes:
    key = (row.district, row.dispatch_id)
    plain = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return bodies.seal_for_case(session, row.district, row.case_id, "dispatch", column, key, plain)


def _open(session: Session, row: Dispatch, column: str, sealed: bytes | None) -> dict[str, str]:
    if sealed is None:
        return {}
    key = (row.district, row.dispatch_id)
    return dict(json.loads(bodies.open_for_case(session, row.district, row.case_id, "dispatch", column, key, sealed)))
