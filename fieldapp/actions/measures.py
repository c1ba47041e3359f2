"""The measures of a family (form F7): where each stands, what called for it, and its steps after the approval.

The report of a measure is bound to its approval and never changed; a step is a row of its own beside it. Decisions of
meetings (F8) become measures with their owner and their day.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.actions import (
    bands_known,
    case_events,
    desk_bodies,
    desk_known,
    desk_records,
    desk_rights,
    help_come,
    key_care,
    screenings,
)
from fieldapp.actions.case_answers import Head, day_in, heads_of, visits_made
from fieldapp.actions.measures_known import BEGUN, CLASS, HELPS, Measure, is_decided, measures_in, named_decision
from fieldapp.actions.plans import plan_of
from fieldapp.casework import measures as rules
from fieldapp.casework.entitled import Hint, hints
from fieldapp.casework.happened import Happened
from fieldapp.casework.prefill import prefill
from fieldapp.days import day_of
from fieldapp.db import milliseconds
from fieldapp.errors import Problem
from fieldapp.forms import evaluate
from fieldapp.forms.plan import Plan
from fieldapp.ids import uuid7
from fieldapp.models import audit, bodies, scope
from fieldapp.models.accounts import Acting, Person, Role
from fieldapp.models.cases import Case
from fieldapp.models.desk_drafts import DeskDraft
from fieldapp.models.measures import MeasureMove
from fieldapp.models.records import Record, State

TEXT_MAX = 500
_NEEDS_TEXT = frozenset({"refused", "declined"})


@dataclass(frozen=True)
class Need:
    """What she needs, in her words' order; `answered_by` are measures that were opened for it; `result` is what the
    closure says came of it (list `need_result` of F9), empty where none does.
    """

    need_id: str
    need: str
    answered_by: list[Measure]
    result: str = ""


@dataclass(frozen=True)
class DecisionRow:
    """What a meeting decided and no measure was made of yet."""

    meeting_id: UUID
    row_id: str
    text: str
    owner: str
    due: date | None


@dataclass(frozen=True)
class MeasurePlan:
    """Needs → measures → what is decided and not begun."""

    needs: list[Need] = field(default_factory=list)
    measures: list[Measure] = field(default_factory=list)
    decisions: list[DecisionRow] = field(default_factory=list)


def reads(acting: Acting, case: Case) -> bool:
    """Whether she may learn of the measures of this file at all."""
    return CLASS in scope.classes_read(acting, case.village_code)


def plan_for(session: Session, acting: Acting, case: Case) -> MeasurePlan:
    """The plan of a file as she may read it: empty for who reads none of it."""
    if not reads(acting, case):
        return MeasurePlan()
    heads = heads_of(session, case, ("F2", "F3", "F7", "F8", "F9"), scope.records_of(acting))
    known = measures_in(session, case, heads)
    return MeasurePlan(_needs(heads, known), known, _open_decisions(heads, known))


def entitled_for(session: Session, acting: Acting, case: Case) -> list[Hint]:
    """Allowances that the newest approved investigation says somebody may be entitled to and does not receive; none for
    who may not learn of the measures of this file.
    """
    if not reads(acting, case):
        return []
    heads = heads_of(session, case, ("F2", "F7"), scope.records_of(acting))
    visits = _visits(heads)
    if not visits:
        return []
    given = {one.type for one in measures_in(session, case, heads) if one.is_approved and one.status in BEGUN}
    members = visits[-1].answers.get("members")
    rows = [row for row in members if isinstance(row, dict)] if isinstance(members, list) else []
    return hints(rows, visits[-1].rows("hh", "benefits"), str(visits[-1].at("concl", "hardship") or ""), given)


def move(
    session: Session,
    acting: Acting,
    case_id: UUID,
    record_id: UUID,
    status: str,
    *,
    on: date | None,
    text: str,
    now: datetime,
) -> MeasureMove:
    """Say where an approved measure stands now.

    Raises `not_found`, `measure_no_such_step`, `measure_needs_text` (refused or declined without a reason),
    `day_to_come` (what has not happened is no step yet), `mediation_not_now`.
    """
    case = case_to_work_on(session, acting, case_id)
    # Of two who say it at once the second builds on the first.
    session.get(Record, (case.district, record_id), with_for_update=True)
    heads = heads_of(session, case, ("F7", "F8"), scope.records_of(acting))
    found = next((one for one in measures_in(session, case, heads) if one.record_id == record_id), None)
    if found is None:
        raise Problem("not_found")
    if status not in found.onward:
        raise Problem("measure_no_such_step")
    if status in _NEEDS_TEXT and not text.strip():
        raise Problem("measure_needs_text")
    if on is not None and on > day_of(now):
        raise Problem("day_to_come")
    if status in BEGUN | {"applied"}:
        refuse_mediation(session, acting, case, found.type)
    row = MeasureMove(
        district=case.district,
        move_id=uuid7(milliseconds(now)),
        case_id=case_id,
        record_id=record_id,
        number=len(found.steps) + 1,
        moved_at=now,
        moved_by=acting.person_id,
    )
    said = {"status": status, "on": None if on is None else on.isoformat(), "text": text.strip()[:TEXT_MAX]}
    row.sealed_move = bodies.seal_for_case(
        session, case.district, case_id, "measure_move", "sealed_move", (row.district, row.move_id), _json(said)
    )
    session.add(row)
    session.flush()
    case_events.note(
        session, case, Happened.MEASURE_MOVED, now=now, by=acting.person_id, ref=record_id, sensitivity=CLASS
    )
    if status in HELPS:
        help_come.note(session, case, record_id, now)
    # Where it stands is a fact that rules read: what they say of the family may be another thing now.
    screenings.run(session, case, now)
    told = found.head.section("ms")
    key_care.of_measure(session, case, record_id, told, status, acting.person_id, now, before=found.status)
    named: dict[str, object] = {"case": str(case_id), "record": str(record_id), "move": str(row.move_id)}
    audit.write(session, district=case.district, actor_id=acting.person_id, act="move_measure", about=named, at=now)
    return row


def refuse_mediation(session: Session, acting: Acting, case: Case, measure_type: str) -> None:
    """No mediation before the violence screen is done, or while the risk is red or orange. Raises
    `mediation_not_now`.
    """
    heads = heads_of(session, case, ("F2", "F3", "F5"))
    visits = visits_made(heads)
    screen = visits[-1].at("dv", "screen") if visits else None
    last = bands_known.last_of(session, heads)
    if rules.mediation_refusal(measure_type, screen or "", "" if last is None else last.band) is not None:
        raise Problem("mediation_not_now")


def begin_from_decision(
    session: Session, acting: Acting, case_id: UUID, meeting_id: UUID, row_id: str, now: datetime
) -> DeskDraft:
    """A draft of a measure made of what a meeting decided: title, who gives it, and the way back to its day.

    Raises `not_found` for a decision that is not there, or of which a measure was made.
    """
    case = desk_rights.case_of(session, acting, case_id)
    found = [one for one in plan_for(session, acting, case).decisions if one.meeting_id == meeting_id]
    row = next((one for one in found if one.row_id == row_id), None)
    if row is None:
        raise Problem("not_found")
    values = {
        "ms.meeting_id": named_decision(meeting_id, row_id),
        "ms.title": row.text,
        "ms.providers": [row.owner] if row.owner else None,
    }
    return begin_filled_in(session, acting, case, values, now)


def begin_for_need(session: Session, acting: Acting, case_id: UUID, need_id: str, now: datetime) -> DeskDraft:
    """A draft of a measure that answers a need of hers. Raises `not_found` for a need that the file does not know."""
    case = desk_rights.case_of(session, acting, case_id)
    if all(need.need_id != need_id for need in plan_for(session, acting, case).needs):
        raise Problem("not_found")
    return begin_filled_in(session, acting, case, {"ms.need_id": need_id}, now)


def begin_filled_in(
    session: Session, acting: Acting, case: Case, values: Mapping[str, Any], now: datetime
) -> DeskDraft:
    """A draft of a measure in which these answers (by path) stand already, beside what the file knows. Raises
    `not_found` for who writes no measures on it.
    """
    draft = desk_records.begin(session, acting, "F7", case.case_id, now)
    plan = plan_of(session, draft.form, draft.form_version)
    assert plan is not None  # begin has refused a form without a version
    known = desk_known.known_of(session, acting, draft, case, now)
    draft.number, draft.saved_at = 1, now
    desk_bodies.keep(session, draft, filled_in(plan, {**prefill("F7", known), **values}, now))
    return draft


def case_to_work_on(session: Session, acting: Acting, case_id: UUID) -> Case:
    """A file she reads, where she is a caseworker or a supervisor of its village. Raises `not_found`."""
    case = desk_rights.case_of(session, acting, case_id)
    here = [role for role, region in acting.grants if region and case.village_code.startswith(region)]
    if not {Role.CASEWORKER, Role.SUPERVISOR}.intersection(here):
        raise Problem("not_found")
    return case


def _open_decisions(heads: Sequence[Head], known: Sequence[Measure]) -> list[DecisionRow]:
    begun = {one.meeting for one in known}
    return [
        DecisionRow(head.record.record_id, row_id, text, str(row.get("owner") or ""), day_in(row.get("due")))
        for head in heads
        if is_decided(head)
        for row in head.rows("mt", "decisions")
        if not row.get("measure_id") and isinstance(text := row.get("text"), str)
        if named_decision(head.record.record_id, row_id := str(row.get("_id"))) not in begun
    ]


def _visits(heads: Sequence[Head]) -> list[Head]:
    """The approved investigations, the oldest first, of visits that were made."""
    return [head for head in visits_made(heads) if head.record.state == State.APPROVED]


def _needs(heads: Sequence[Head], known: Sequence[Measure]) -> list[Need]:
    visits = _visits(heads)
    rows = visits[-1].rows("needs", "wanted") if visits else []
    for head in heads:
        if head.record.form == "F3":
            rows += head.rows("aid", "new_needs")
    closures = [head for head in heads if head.record.form == "F9" and head.record.state == State.APPROVED]
    results = rules.came_of_needs(row for head in closures for row in head.rows("cl", "needs_answered"))
    return [
        Need(need_id, need, [one for one in known if one.need_id == need_id], results.get(need_id, ""))
        for row in rows
        if isinstance(need := row.get("need"), str) and (need_id := str(row.get("_id") or ""))
    ]


def filled_in(plan: Plan, values: dict[str, Any], now: datetime) -> dict[str, Any]:
    """The body of a draft in which these answers stand, by path; a list of mappings gives rows."""
    form = evaluate.open_instance(plan, None, now_ms=milliseconds(now))
    for path, value in values.items():
        if value in (None, "", []):
            continue
        if isinstance(value, list) and isinstance(value[0], dict):
            for row in value:
                at = form.add_repeat(path, str(uuid7(milliseconds(now))))
                for name, part in row.items():
                    form.set(f"{at}.{name}", part)
        else:
            form.set(path, value)
    return {"answers": form.answers(), "recorded": form.recorded(), "position": None}


def people_named(session: Session, district: str, ids: Sequence[UUID | None]) -> dict[UUID, str]:
    """The names of colleagues by id, for pages that say who did what."""
    rows = session.execute(
        select(Person.person_id, Person.name).where(
            Person.district == district, Person.person_id.in_({one for one in ids if one is not None})
        )
    )
    return {row.person_id: row.name for row in rows}


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
