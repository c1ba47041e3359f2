"""The measures of a family (form F7) as they stand: what each report says, and its steps after the approval.

measures_in(...)    every measure among these reports, with its steps
moves_of(...)       the steps alone, by the record of their measure
clock_events(...)   what the clocks of the law hear of them
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.actions.case_answers import Head, day_in, moment_in
from fieldapp.casework import measures as rules
from fieldapp.casework.both_sides import OF_OTHER_SIDE
from fieldapp.casework.clocks import Event
from fieldapp.casework.measure_types import MEASURE_TYPES
from fieldapp.casework.sentences import Said
from fieldapp.models import bodies
from fieldapp.models.cases import Case
from fieldapp.models.measures import MeasureMove
from fieldapp.models.records import State

CLASS = "violence"  # of every question of F7: who may not read it learns of no measure
HELPS = frozenset({"in_progress", "done"})  # help that came
BEGUN = frozenset({"approved", *HELPS, "ended"})
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


def measures_in(session: Session, case: Case, heads: Sequence[Head]) -> list[Measure]:
    """The measures among these reports, the newest last, with their steps and the days that meetings set."""
    moves = moves_of(session, case)
    days = _days_set(heads)
    return [
        _measure(head, [step_of(session, row) for row in moves.get(head.record.record_id, ())], days)
        for head in heads
        if head.record.form == "F7"
    ]


def moves_of(session: Session, case: Case) -> dict[UUID, list[MeasureMove]]:
    """The steps after the approval, by the record of their measure, in the order in which they were taken."""
    rows = session.scalars(
        select(MeasureMove)
        .where(MeasureMove.district == case.district, MeasureMove.case_id == case.case_id)
        .order_by(MeasureMove.number, MeasureMove.move_id)
    )
    found: dict[UUID, list[MeasureMove]] = {}
    for row in rows:
        found.setdefault(row.record_id, []).append(row)
    return found


def step_of(session: Session, row: MeasureMove) -> Step:
    """What a step says. Raises RestError where its stored bytes do not open."""
    plain = bodies.open_for_case(
        session, row.district, row.case_id, "measure_move", "sealed_move", (row.district, row.move_id), row.sealed_move
    )
    said: dict[str, Any] = json.loads(plain)
    return Step(said["status"], day_in(said["on"]), said["text"], row.moved_at, row.moved_by, day_in(said.get("until")))


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


def _days_set(heads: Sequence[Head]) -> dict[str, date]:
    """The day a meeting set, by measure where the decision follows one up, else by the decision; the newest counts."""
    days: dict[str, date] = {}
    for head in heads:
        for row in head.rows("mt", "decisions") if is_decided(head) else ():
            due = day_in(row.get("due"))
            if due is not None:
                days[str(row.get("measure_id") or named_decision(head.record.record_id, str(row.get("_id"))))] = due
    return days


def is_decided(head: Head) -> bool:
    return head.record.form == "F8" and head.record.state == State.APPROVED


def named_decision(meeting_id: UUID, row_id: str) -> str:
    return f"{meeting_id}/{row_id}"
