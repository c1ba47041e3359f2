"""The measures of a family (form F7): where each stands, what called for it, and its steps after the approval.

The report of a measure is bound to its approval and never changed; a step is a row of its own beside it. Decisions of
meetings (F8) become measures with their owner and their day.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.actions import case_events, desk_bodies, desk_known, desk_records, desk_rights, help_come, key_care
from fieldapp.actions.case_answers import Head, day_in, heads_of, moment_in
from fieldapp.actions.plans import plan_of
from fieldapp.casework import measures as rules
from fieldapp.casework.both_sides import OF_OTHER_SIDE
from fieldapp.casework.clocks import Event
from fieldapp.casework.entitled import Hint, hints
from fieldapp.casework.happened import Happened
from fieldapp.casework.measure_types import MEASURE_TYPES
from fieldapp.casework.prefill import prefill
from fieldapp.casework.sentences import Said
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
CLASS = "violence"  # of every question of F7: who may not read it learns of no measure
HELPS = frozenset({"in_progress", "done"})  # help that came
BEGUN = frozenset({"approved", *HELPS, "ended"})
_NEEDS_TEXT = frozenset({"refused", "declined"})
_INSTANT = timedelta(microseconds=1)  # the least by which one moment is after another
# What a step of a kind of help is for the clocks of the law (casework/limits.py).
_CLOCKED: dict[tuple[str, str], str] = {
    ("legal_aid", "applied"): "legal_aid_applied",
    ("legal_aid", "approved"): "legal_aid_granted",
    ("legal_aid", "refused"): "legal_aid_refused",
    ("legal_aid", "declined"): "legal_aid_refused",  # she wants it no more: nothing is left to decide
    ("legal_aid", "in_progress"): "legal_aid_assigned",
    ("legal_aid", "done"): "legal_aid_assigned",  # what is over was given, whoever skipped to say so
    ("legal_aid", "ended"): "legal_aid_assigned",
    ("protection_order", "applied"): "order_applied",
    ("protection_order", "approved"): "order_made",
    ("protection_order", "in_progress"): "order_made",
    ("protection_order", "done"): "order_made",
    ("protection_order", "ended"): "order_made",
    ("protection_order", "refused"): "order_refused",
    ("protection_order", "declined"): "order_refused",
    ("orphan_equiv_support", "applied"): "defacto_applied",
    ("orphan_equiv_support", "approved"): "defacto_granted",
    ("orphan_equiv_support", "in_progress"): "defacto_granted",
    ("orphan_equiv_support", "done"): "defacto_granted",
    ("orphan_equiv_support", "ended"): "defacto_granted",
    ("orphan_equiv_support", "refused"): "defacto_refused",
    ("orphan_equiv_support", "declined"): "defacto_refused",
}


@dataclass(frozen=True)
class Step:
    """`on`: the day it happened, where it was said; `at`: when we were told; `until`: of an order that was extended."""

    status: str
    on: date | None
    text: str
    at: datetime
    by_id: UUID | None
    until: date | None = None


@dataclass(frozen=True)
class Measure:
    """One measure as it stands. `due` is the day a meeting set; `onward` the statuses it may take next, none before
    its report is approved.
    """

    head: Head
    type: str
    name: Said
    title: str
    providers: tuple[str, ...]
    status: str
    steps: tuple[Step, ...]
    due: date | None = None
    onward: tuple[str, ...] = ()
    need_id: str = ""
    meeting: str = ""

    @property
    def record_id(self) -> UUID:
        return self.head.record.record_id

    @property
    def is_approved(self) -> bool:
        return self.head.record.state == State.APPROVED

    @property
    def ends_on(self) -> date | None:
        """Its last day, where one is known: as its report says, or as it was extended."""
        extended = [step.until for step in self.steps if step.until is not None]
        return extended[-1] if extended else day_in(self.head.at("ms", "ended_on"))

    @property
    def is_of_other_side(self) -> bool:
        """Whether its work is done with the one who did the harm: it stands on a list of its own."""
        return self.type in OF_OTHER_SIDE

    @property
    def is_open(self) -> bool:
        return self.status in ("planned", "applied", "approved", "in_progress")


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
    visits = [head for head in heads if head.record.form == "F2" and head.record.state == State.APPROVED]
    if not visits:
        return []
    given = {one.type for one in measures_in(session, case, heads) if one.is_approved and one.status in BEGUN}
    members = visits[-1].answers.get("members")
    rows = [row for row in members if isinstance(row, dict)] if isinstance(members, list) else []
    return hints(rows, visits[-1].rows("hh", "benefits"), str(visits[-1].at("concl", "hardship") or ""), given)


def measures_in(session: Session, case: Case, heads: Sequence[Head]) -> list[Measure]:
    """The measures among these reports, the newest last, with their steps and the days that meetings set."""
    moves = _moves(session, case)
    days = _days_set(heads)
    return [_measure(head, moves.get(head.record.record_id, ()), days) for head in heads if head.record.form == "F7"]


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
    `mediation_not_now`.
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
    screen = next((head.at("dv", "screen") for head in reversed(heads) if head.record.form == "F2"), None)
    band, _ = band_in(heads)
    if rules.mediation_refusal(measure_type, screen or "", band) is not None:
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
        "ms.meeting_id": _named_decision(meeting_id, row_id),
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


def clock_events(measures: Sequence[Measure]) -> list[Event]:
    """What the clocks of the law hear of these measures, each about its own."""
    return [
        Event(kind, at, str(one.record_id))
        for one in measures
        if one.is_approved
        for step, at in zip(one.steps, moments_of(one), strict=True)
        if (kind := _CLOCKED.get((one.type, step.status))) is not None
    ]


def moments_of(one: Measure) -> list[datetime]:
    """When each of its steps was taken, as clocks take it: on its day where that was told, and never before the step
    that goes before it. Of two steps of one day the second, told with the day alone, would else be heard by no clock.

    A plan has no day of its own, only the moment we were told: what was done may well lie before that. An application
    made anew is after what ended the last one, which would else end its clock too.
    """
    moments: list[datetime] = []
    floor: datetime | None = None
    for step in one.steps:
        told = None if step.on is None else moment_in(step.on.isoformat())
        at = min(told or step.at, step.at)
        if floor is not None:
            at = max(at, floor + _INSTANT if step.status == "applied" else floor)
        if step.status != "planned":
            floor = at
        moments.append(at)
    return moments


def band_in(heads: Sequence[Head]) -> tuple[str, datetime | None]:
    """The newest risk band of these reports and since when it is; ("", None) before anybody assessed."""
    told = [
        (head.revision.received_at, band)
        for head in heads
        if (band := head.at(*{"F5": ("dv", "band_final"), "F3": ("end", "band")}.get(head.record.form, ("", ""))))
        and isinstance(band, str)
    ]
    told.sort()
    if not told:
        return "", None
    since, band = told[-1]
    for at, before in reversed(told):
        if before != band:
            break
        since = at
    return band, since


def _measure(head: Head, moves: Sequence[Step], days: dict[str, date]) -> Measure:
    code = str(head.at("ms", "type") or "other")
    known = MEASURE_TYPES.get(code)
    other = str(head.at("ms", "type_other") or "")
    steps = (*_steps_told(head), *moves)
    status = steps[-1].status
    meeting = str(head.at("ms", "meeting_id") or "")
    is_approved = head.record.state == State.APPROVED
    providers = head.at("ms", "providers")
    return Measure(
        head=head,
        type=code,
        name=known.name if known else Said(other or "其他", other or "Other"),
        title=str(head.at("ms", "title") or ""),
        providers=tuple(map(str, providers)) if isinstance(providers, list) else (),
        status=status,
        steps=steps,
        due=days.get(str(head.record.record_id)) or days.get(meeting),
        onward=tuple(sorted(rules.STATUS_MOVES.get(status, ()), key=list(rules.STATUS_MOVES).index))
        if is_approved
        else (),
        need_id=str(head.at("ms", "need_id") or ""),
        meeting=meeting,
    )


def _steps_told(head: Head) -> tuple[Step, ...]:
    """The steps the report itself tells of: when it was applied for and decided, and where it stood then."""
    at, by = head.record.state_at, head.record.author_id
    status = str(head.at("ms", "status") or "planned")
    if status not in rules.STATUS_MOVES:
        status = "planned"
    dates = {name: day_in(head.at("ms", f"{name}_on")) for name in ("applied", "decided", "started", "ended")}
    found = []
    if dates["applied"] and status != "applied":
        found.append(Step("applied", dates["applied"], "", at, by))
    if dates["decided"] and status in ("in_progress", "done", "ended"):
        found.append(Step("approved", dates["decided"], "", at, by))
    own = {"applied": "applied", "approved": "decided", "refused": "decided", "ended": "ended"}.get(status, "started")
    text = str(head.at("ms", "refused_reason") or "")
    return (*found, Step(status, dates[own] if status != "planned" else None, text, at, by))


def _moves(session: Session, case: Case) -> dict[UUID, list[Step]]:
    rows = session.scalars(
        select(MeasureMove)
        .where(MeasureMove.district == case.district, MeasureMove.case_id == case.case_id)
        .order_by(MeasureMove.number, MeasureMove.move_id)
    )
    found: dict[UUID, list[Step]] = {}
    for row in rows:
        plain = bodies.open_for_case(
            session, row.district, row.case_id, "measure_move", "sealed_move", (row.district, row.move_id),
            row.sealed_move,
        )  # fmt: skip
        said: dict[str, Any] = json.loads(plain)
        until = day_in(said.get("until"))
        step = Step(said["status"], day_in(said["on"]), said["text"], row.moved_at, row.moved_by, until)
        found.setdefault(row.record_id, []).append(step)
    return found


def _days_set(heads: Sequence[Head]) -> dict[str, date]:
    """The day a meeting set, by measure where the decision follows one up, else by the decision; the newest counts."""
    days: dict[str, date] = {}
    for head in heads:
        for row in head.rows("mt", "decisions") if _counts(head) else ():
            due = day_in(row.get("due"))
            if due is not None:
                days[str(row.get("measure_id") or _named_decision(head.record.record_id, str(row.get("_id"))))] = due
    return days


def _open_decisions(heads: Sequence[Head], known: Sequence[Measure]) -> list[DecisionRow]:
    begun = {one.meeting for one in known}
    return [
        DecisionRow(head.record.record_id, row_id, text, str(row.get("owner") or ""), day_in(row.get("due")))
        for head in heads
        if _counts(head)
        for row in head.rows("mt", "decisions")
        if not row.get("measure_id") and isinstance(text := row.get("text"), str)
        if _named_decision(head.record.record_id, row_id := str(row.get("_id"))) not in begun
    ]


def _counts(head: Head) -> bool:
    return head.record.form == "F8" and head.record.state == State.APPROVED


def _needs(heads: Sequence[Head], known: Sequence[Measure]) -> list[Need]:
    visits = [head for head in heads if head.record.form == "F2" and head.record.state == State.APPROVED]
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


def _named_decision(meeting_id: UUID, row_id: str) -> str:
    return f"{meeting_id}/{row_id}"


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
