"""Meetings with the one who did the harm: on a list of their own, and never near hers.

    plan(...)     a supervisor puts one on somebody's list, for an approved measure of that side
    hers(...)     the list of who does it: whom, where, what; nothing of the family, not even its code name
    finish(...)   what came of it
    cancel(...)   taken off again

Refused by name: while her risk is red or orange; for who visits her or is on her team; on a day on which she is
visited in the same place.
"""

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.actions import bands_known, desk_rights, dispatches, measures, measures_known, teams
from fieldapp.actions.case_answers import heads_of
from fieldapp.casework import both_sides as rules
from fieldapp.days import day_of
from fieldapp.db import milliseconds
from fieldapp.errors import Problem
from fieldapp.ids import uuid7
from fieldapp.models import approvers, audit, bodies, scope
from fieldapp.models.accounts import Acting, Person, Role, acting_for, people_with_role
from fieldapp.models.both_sides import OtherSideTask
from fieldapp.models.cases import Assignment, Case, Visit, Visitor, hold
from fieldapp.models.regions import places_of
from fieldapp.models.rights_requests import is_restricted

TEXT_MAX = 300
SHOWN_DAYS = 30  # what is done stays on the list so long
WORKERS = (Role.CASEWORKER, Role.LIAISON)


@dataclass(frozen=True)
class Meeting:
    """One meeting as a page shows it. `worker` is her name; `result` is empty before it is done. `held_back`: why it
    stands on nobody's list, though it is planned.
    """

    row: OtherSideTask
    worker: str
    who: str
    place: str
    what: str
    result: str
    held_back: Problem | None = None

    @property
    def is_planned(self) -> bool:
        return self.row.state == "planned"


def plan(
    session: Session,
    acting: Acting,
    case_id: UUID,
    record_id: UUID,
    *,
    worker_id: UUID,
    on: date,
    region_code: str,
    who: str,
    place: str,
    what: str,
    now: datetime,
) -> OtherSideTask:
    """Put a meeting on somebody's list. `region_code`: the village or township where it is.

    Raises `not_found` (file, measure, worker, a place that the county does not have), `task_text_needed`,
    `visit_dates_reversed`, `other_side_not_now`, `other_side_visits_her`, `other_side_same_place`,
    `conflict_of_interest`.
    """
    case = _led(session, acting, case_id)
    hold(session, case)  # a visit of hers that is being planned just now is seen here, or that one sees this
    found = measures_known.measures_in(session, case, heads_of(session, case, ("F7",), scope.records_of(acting)))
    measure = next((one for one in found if one.record_id == record_id and one.is_approved), None)
    if measure is None or measure.type not in rules.OF_OTHER_SIDE or not measure.is_open:
        raise Problem("not_found")
    worker = acting_for(session, case.district, worker_id)
    places = {code for code, _ in places_of(session, [case.district], day_of(now))}
    if worker is None or not worker.has(*WORKERS) or region_code not in places:
        raise Problem("not_found")
    told = {"who": who.strip()[:TEXT_MAX], "place": place.strip()[:TEXT_MAX], "what": what.strip()[:TEXT_MAX]}
    if not all(told.values()):
        raise Problem("task_text_needed")
    if on < day_of(now):
        raise Problem("visit_dates_reversed")
    teams.refuse_related(session, case, worker_id)
    _refuse_near(session, case, worker_id, on, region_code)
    task_id = uuid7(milliseconds(now))
    row = OtherSideTask(
        district=case.district, task_id=task_id, case_id=case_id, record_id=record_id, worker_id=worker_id, on_day=on,
        region_code=region_code, state="planned", made_by=acting.person_id, made_at=now,
        sealed_task=_seal(session, case, task_id, "sealed_task", told),
    )  # fmt: skip
    session.add(row)
    session.flush()
    _audit(session, acting, "plan_other_side", row, now)
    return row


def hers(session: Session, acting: Acting, now: datetime) -> list[Meeting]:
    """The meetings of this person: what is planned by day, then what she did lately. Nothing of a family that is kept
    for the law alone, or that she is related to, and no planned one while her risk is red or orange.
    """
    same = (Case.district == OtherSideTask.district) & (Case.case_id == OtherSideTask.case_id)
    rows = session.scalars(
        select(OtherSideTask)
        .join(Case, same)
        .where(
            OtherSideTask.district == acting.district,
            OtherSideTask.worker_id == acting.person_id,
            OtherSideTask.state.in_(("planned", "done")),
            OtherSideTask.on_day >= day_of(now) - timedelta(days=365),
            ~approvers.related_to(acting.person_id),
            ~is_restricted(Case.district, Case.case_id),
        )
        .order_by(OtherSideTask.state == "done", OtherSideTask.on_day, OtherSideTask.task_id)
    )
    since = day_of(now) - timedelta(days=SHOWN_DAYS)
    shown = _views(session, [row for row in rows if row.state == "planned" or row.on_day >= since])
    found = [one for one in shown if one.held_back is None]
    if found:
        seen: dict[str, object] = {"tasks": [str(one.row.task_id) for one in found]}
        audit.note_read(session, acting, "read_other_side", seen, now)
    return found


def of_case(session: Session, acting: Acting, case: Case) -> list[Meeting]:
    """The meetings of a file for who plans them, by day; none for anybody else: her visitors need not know."""
    if not measures.reads(acting, case) or not dispatches.leads(acting, case):
        return []
    here = (OtherSideTask.district == case.district, OtherSideTask.case_id == case.case_id)
    rows = session.scalars(select(OtherSideTask).where(*here).order_by(OtherSideTask.on_day, OtherSideTask.task_id))
    return _views(session, list(rows))


def workers(session: Session, case: Case) -> list[Person]:
    """Who could be asked: caseworkers and liaisons of the county who are not on her team, by name."""
    here = (Assignment.district == case.district, Assignment.case_id == case.case_id, Assignment.ended_at.is_(None))
    team = set(session.scalars(select(Assignment.person_id).where(*here)))
    found = [person for role in WORKERS for person, _ in people_with_role(session, case.district, role)]
    named = {person.person_id: person for person in found if person.person_id not in team}
    return sorted(named.values(), key=lambda person: person.name)


def finish(session: Session, acting: Acting, task_id: UUID, text: str, now: datetime) -> OtherSideTask:
    """What came of it, by who did it. Raises `not_found`, `task_text_needed`, `task_answered`."""
    row = session.get(OtherSideTask, (acting.district, task_id), with_for_update=True, populate_existing=True)
    if row is None or row.worker_id != acting.person_id:
        raise Problem("not_found")
    case = session.get_one(Case, (row.district, row.case_id))
    teams.refuse_related(session, case, acting.person_id)
    here = (Case.district == row.district, Case.case_id == row.case_id)
    if session.scalar(select(Case.case_id).where(*here, is_restricted(Case.district, Case.case_id))) is not None:
        raise Problem("not_found")  # as on her list, from which it is gone
    if row.state != "planned":
        raise Problem("task_answered")
    if not text.strip():
        raise Problem("task_text_needed")
    row.sealed_result = _seal(session, case, task_id, "sealed_result", {"text": text.strip()[:TEXT_MAX]})
    return _end(session, acting, row, "done", "finish_other_side", now)


def cancel(session: Session, acting: Acting, task_id: UUID, now: datetime) -> OtherSideTask:
    """Take a planned one off the list. Raises `not_found`, `task_answered`."""
    row = session.get(OtherSideTask, (acting.district, task_id), with_for_update=True, populate_existing=True)
    if row is None:
        raise Problem("not_found")
    _led(session, acting, row.case_id)
    if row.state != "planned":
        raise Problem("task_answered")
    return _end(session, acting, row, "cancelled", "cancel_other_side", now)


# --- the parts --------------------------------------------------------------------------------------------------------


def _led(session: Session, acting: Acting, case_id: UUID) -> Case:
    case = desk_rights.case_of(session, acting, case_id)
    if not measures.reads(acting, case) or not dispatches.leads(acting, case):
        raise Problem("not_found")
    return case


def _refuse_near(session: Session, case: Case, worker_id: UUID, on: date, region_code: str) -> None:
    if (refusal := _refusal(session, case)) is not None:
        raise refusal
    member = session.get(Assignment, (case.district, case.case_id, worker_id))
    if member is not None and member.ended_at is None:
        raise Problem("other_side_visits_her")
    of_case = (Visit.district == case.district, Visit.case_id == case.case_id, Visit.state != "cancelled")
    seeing = select(Visitor.visit_id).where(Visitor.district == case.district, Visitor.person_id == worker_id)
    own = set(session.scalars(select(Visit.visit_id).where(*of_case, Visit.visit_id.in_(seeing))))
    for visit in session.scalars(select(Visit).where(*of_case, Visit.planned_on.is_not(None))):
        assert visit.planned_on is not None
        last = visit.due_on or visit.planned_on
        if visit.visit_id in own and rules.is_within_a_day(on, visit.planned_on, last):
            raise Problem("other_side_visits_her")
        is_then = visit.state == "planned" and visit.planned_on <= on <= last
        if is_then and rules.is_same_place(region_code, case.village_code):
            raise Problem("other_side_same_place")


def _refusal(session: Session, case: Case) -> Problem | None:
    """Why nobody meets him now."""
    last = bands_known.last_of(session, heads_of(session, case, bands_known.READ))
    return Problem("other_side_not_now") if last is not None and last.band in rules.NOT_WHILE else None


def _end(session: Session, acting: Acting, row: OtherSideTask, state: str, act: str, now: datetime) -> OtherSideTask:
    row.state, row.ended_at, row.ended_by = state, now, acting.person_id
    session.flush()
    _audit(session, acting, act, row, now)
    return row


def _views(session: Session, rows: list[OtherSideTask]) -> list[Meeting]:
    names = measures.people_named(session, rows[0].district, [row.worker_id for row in rows]) if rows else {}
    found = []
    for row in rows:
        try:
            told = _open(session, row, "sealed_task", row.sealed_task)
            said = {} if row.sealed_result is None else _open(session, row, "sealed_result", row.sealed_result)
        except Problem:  # erased by law: nothing is left to be done
            continue
        result = said.get("text", "")
        case = session.get_one(Case, (row.district, row.case_id))
        held_back = _refusal(session, case) if row.state == "planned" else None
        worker = names.get(row.worker_id, "—")
        found.append(Meeting(row, worker, told["who"], told["place"], told["what"], result, held_back))
    return found


def _seal(session: Session, case: Case, task_id: UUID, column: str, value: dict[str, str]) -> bytes:
    place = ("other_side_task", column, (case.district, task_id))
    return bodies.seal_for_case(
        session, case.district, case.case_id, *place, json.dumps(value, ensure_ascii=False).encode()
    )


def _open(session: Session, row: OtherSideTask, column: str, sealed: bytes) -> dict[str, str]:
    place = ("other_side_task", column, (row.district, row.task_id))
    return dict(json.loads(bodies.open_for_case(session, row.district, row.case_id, *place, sealed)))


def _audit(session: Session, acting: Acting, act: str, row: OtherSideTask, now: datetime) -> None:
    about: dict[str, object] = {"case": str(row.case_id), "task": str(row.task_id)}
    audit.write(session, district=row.district, actor_id=acting.person_id, act=act, about=about, at=now)
