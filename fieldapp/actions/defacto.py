"""The way to support as a de-facto unsupported child (民发〔2019〕62号) between the application and the decision: the
first step and the second, each with its day and who said so. The clocks of the rule run on these days
(casework/limits.py).

The measure (F7) stays "applied" meanwhile; what is decided is a step of the measure (measures.move).
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.actions import case_events, measures, measures_known
from fieldapp.actions.case_answers import day_in, heads_of
from fieldapp.actions.measures_known import Measure
from fieldapp.casework.happened import Happened
from fieldapp.casework.sentences import Said
from fieldapp.days import CHINA, day_of
from fieldapp.errors import Problem
from fieldapp.models import audit, scope
from fieldapp.models.accounts import Acting
from fieldapp.models.case_events import CaseEvent
from fieldapp.models.cases import Case
from fieldapp.models.records import Record

TYPE = "orphan_equiv_support"
STEPS = (Happened.DEFACTO_FIRST_DONE, Happened.DEFACTO_SECOND_DONE)
_NAMES = {
    Happened.DEFACTO_FIRST_DONE: Said("第一步已办", "first step done"),
    Happened.DEFACTO_SECOND_DONE: Said("第二步已办", "second step done"),
}


@dataclass(frozen=True)
class Noted:
    """A step that was done on a day, as this source says (a letter of civil affairs, a call with the town). `at`: the
    moment that counts for the clocks.
    """

    step: Happened
    on: date
    source: str
    at: datetime


def next_of(one: Measure, noted: Sequence[Noted]) -> Happened | None:
    """The step that can be noted of a measure now; None where it is no such application, or both are done."""
    if one.type != TYPE or not one.is_approved or one.status != "applied":
        return None
    done = {row.step for row in _since_applied(one, noted)}
    return next((step for step in STEPS if step not in done), None)


def noted_in(session: Session, acting: Acting, case: Case) -> dict[UUID, list[Noted]]:
    """The steps of a file by the report of their measure, in their order; none for who may not learn of measures."""
    return _noted(session, case) if measures.reads(acting, case) else {}


def note(
    session: Session, acting: Acting, case_id: UUID, record_id: UUID, step: str, *, on: date | None, source: str,
    now: datetime,
) -> CaseEvent:  # fmt: skip
    """Say that a step was done on a day.

    Raises `not_found`, `measure_no_such_step` where it is not this step's turn, `defacto_step_wrong` without a day or a
    source and for a day before the step that goes before it, `day_to_come`, `text_too_long`.
    """
    case = measures.case_to_work_on(session, acting, case_id)
    # Of two who say it at once the second finds it said.
    session.get(Record, (case.district, record_id), with_for_update=True)
    known = measures_known.measures_in(session, case, heads_of(session, case, ("F7",), scope.records_of(acting)))
    one = next((one for one in known if one.record_id == record_id), None)
    if one is None or not measures.reads(acting, case):
        raise Problem("not_found")
    noted = _since_applied(one, _noted(session, case).get(record_id, ()))
    turn = next_of(one, noted)
    if turn is None or turn != step:
        raise Problem("measure_no_such_step")
    if on is not None and on > day_of(now):
        raise Problem("day_to_come")
    if len(source) > case_events.REASON_MAX:
        raise Problem("text_too_long", limit=case_events.REASON_MAX)
    begun_at = noted[-1].at if noted else _applied_at(one)
    assert begun_at is not None  # it is an application, or there would be no next step
    before = noted[-1].on if noted else day_of(begun_at)
    if on is None or on < before or not source.strip():
        raise Problem("defacto_step_wrong")
    event = case_events.note(
        session,
        case,
        turn,
        now=now,
        by=acting.person_id,
        ref=record_id,
        sensitivity=measures_known.CLASS,
        details={"on": on.isoformat(), "reason": source.strip()},
        # Done on the very day of what goes before it, it was done after that, or no clock would hear of it.
        at=max(datetime.combine(on, time(), CHINA), begun_at),
    )
    about: dict[str, object] = {"case": str(case_id), "record": str(record_id), "event": str(event.event_id)}
    audit.write(session, district=case.district, actor_id=acting.person_id, act="note_defacto", about=about, at=now)
    return event


def progress_of(session: Session, acting: Acting, case: Case, language: str) -> dict[str | None, str]:
    """How far each child's recognition has come, as half a sentence by the child's key in the reports; under None what
    names no child. Empty where no step was noted, or for who may not learn of it.
    """
    noted = noted_in(session, acting, case)
    if not noted:
        return {}
    found: dict[str | None, str] = {}
    heads = heads_of(session, case, ("F7",), scope.records_of(acting))
    for one in measures_known.measures_in(session, case, heads):
        steps = _since_applied(one, noted.get(one.record_id, ()))
        if steps:
            children = [str(row.get("person_id") or row.get("_id")) for row in one.head.rows("ms", "beneficiaries")]
            keys: list[str | None] = [*children] or [None]
            found |= dict.fromkeys(keys, _sentence(steps, language))
    return found


def _since_applied(one: Measure, noted: Sequence[Noted]) -> list[Noted]:
    """Of an application that was refused and made again, the steps of the newest alone."""
    applied_at = _applied_at(one)
    return [] if applied_at is None else [row for row in noted if row.at >= applied_at]


def _sentence(steps: Sequence[Noted], language: str) -> str:
    is_english = language == "en"
    parts = [
        f"{_NAMES[one.step].en} on {one.on} (source: {one.source})"
        if is_english
        else f"{_NAMES[one.step].zh}（{one.on}，{one.source}）"
        for one in steps
    ]
    return f"; recognition: {', '.join(parts)}" if is_english else f"；认定办理：{'，'.join(parts)}"


def _noted(session: Session, case: Case) -> dict[UUID, list[Noted]]:
    rows = session.scalars(
        select(CaseEvent)
        .where(CaseEvent.district == case.district, CaseEvent.case_id == case.case_id, CaseEvent.kind.in_(STEPS))
        .order_by(CaseEvent.event_id)
    )
    found: dict[UUID, list[Noted]] = defaultdict(list)
    for row in rows:
        said = case_events.details_of(session, row)
        if row.ref_id is not None:
            on = day_in(said.get("on")) or day_of(row.at)
            found[row.ref_id].append(Noted(Happened(row.kind), on, str(said.get("reason") or ""), row.at))
    return found


def _applied_at(one: Measure) -> datetime | None:
    """When the newest application was made, as its clock takes it; None before there is one."""
    made = [at for step, at in zip(one.steps, measures_known.moments_of(one), strict=True) if step.status == "applied"]
    return made[-1] if made else None
