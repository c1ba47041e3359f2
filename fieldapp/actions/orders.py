"""Orders that protect her: a court extends one before it runs out, and an urgent application has a day, not three.

An order is a measure (F7); its report stays as it was approved. An extension is a step beside it, with its own last
day; after an order ran out, a new one is a new measure. The alert 30 days ahead is casework/schedule.py's.
"""

import json
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.actions import case_events, measures, measures_known, screenings
from fieldapp.actions.case_answers import heads_of
from fieldapp.actions.measures_known import Measure
from fieldapp.casework import both_sides as rules
from fieldapp.casework.happened import Happened
from fieldapp.casework.schedule import order_too_long
from fieldapp.days import day_of
from fieldapp.db import milliseconds
from fieldapp.errors import Problem
from fieldapp.ids import uuid7
from fieldapp.models import audit, bodies, scope
from fieldapp.models.accounts import Acting
from fieldapp.models.case_events import CaseEvent
from fieldapp.models.cases import Case
from fieldapp.models.measures import MeasureMove
from fieldapp.models.records import Record

PROTECTION = "protection_order"


def may_be_extended(one: Measure) -> bool:
    """Whether this measure is an order in force with a last day."""
    return (
        one.type in rules.ORDERS
        and one.is_approved
        and one.status in measures_known.BEGUN - {"ended"}
        and one.ends_on is not None
    )


def extend(
    session: Session, acting: Acting, case_id: UUID, record_id: UUID, *, until: date | None, on: date | None,
    text: str, now: datetime,
) -> MeasureMove:  # fmt: skip
    """Say that an order runs until a later day, decided `on` a day before its end that is not to come; a protection
    order six months more at most. Raises `not_found`, `order_dates_wrong`.
    """
    case, one = _order(session, acting, case_id, record_id)
    if not may_be_extended(one):
        raise Problem("not_found")
    end = one.ends_on
    assert end is not None  # asked before
    is_wrong = until is None or on is None or on > min(end, day_of(now)) or until <= end
    if is_wrong or (one.type == PROTECTION and order_too_long(end, until or end) is not None):
        raise Problem("order_dates_wrong")
    assert until is not None and on is not None
    row = MeasureMove(
        district=case.district, move_id=uuid7(milliseconds(now)), case_id=case_id, record_id=record_id,
        number=len(one.steps) + 1, moved_at=now, moved_by=acting.person_id,
    )  # fmt: skip
    said = {
        "status": one.status, "on": on.isoformat(), "until": until.isoformat(),
        "text": text.strip()[: measures.TEXT_MAX],
    }  # fmt: skip
    row.sealed_move = bodies.seal_for_case(
        session, case.district, case_id, "measure_move", "sealed_move", (row.district, row.move_id),
        json.dumps(said, ensure_ascii=False).encode(),
    )  # fmt: skip
    session.add(row)
    session.flush()
    _note(session, acting, case, Happened.MEASURE_MOVED, record_id, "extend_order", now)
    screenings.run(session, case, now)  # a step like any other
    return row


def apply_urgently(session: Session, acting: Acting, case_id: UUID, record_id: UUID, now: datetime) -> None:
    """The application for a protection order is an urgent one: the court has 24 hours. Said again of the same
    application, the first stands: its hours run from then. Raises `not_found` for what is no application that waits.
    """
    case, one = _order(session, acting, case_id, record_id)
    if one.type != PROTECTION or not one.is_approved or one.status != "applied":
        raise Problem("not_found")
    applied = [step.at for step in one.steps if step.status == "applied"]
    said = select(CaseEvent.event_id).where(
        CaseEvent.district == case.district,
        CaseEvent.case_id == case_id,
        CaseEvent.kind == Happened.URGENT_ORDER_APPLIED,
        CaseEvent.ref_id == record_id,
        *(CaseEvent.at >= at for at in applied[-1:]),  # applied for anew, it may be urgent anew
    )
    if session.scalar(said.limit(1)) is not None:
        return
    _note(session, acting, case, Happened.URGENT_ORDER_APPLIED, record_id, "apply_urgently", now)


def _order(session: Session, acting: Acting, case_id: UUID, record_id: UUID) -> tuple[Case, Measure]:
    case = measures.case_to_work_on(session, acting, case_id)
    # Of two who say it at once the second builds on the first.
    session.get(Record, (case.district, record_id), with_for_update=True)
    found = measures_known.measures_in(session, case, heads_of(session, case, ("F7",), scope.records_of(acting)))
    one = next((one for one in found if one.record_id == record_id), None)
    if one is None or not measures.reads(acting, case):
        raise Problem("not_found")
    return case, one


def _note(
    session: Session, acting: Acting, case: Case, kind: Happened, record_id: UUID, act: str, now: datetime
) -> None:
    case_events.note(session, case, kind, now=now, by=acting.person_id, ref=record_id, sensitivity=measures_known.CLASS)
    about: dict[str, object] = {"case": str(case.case_id), "record": str(record_id)}
    audit.write(session, district=case.district, actor_id=acting.person_id, act=act, about=about, at=now)
