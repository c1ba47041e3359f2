"""The day on which what a report says was seen."""

from typing import Any

from sqlalchemy.orm import Session

from fieldapp.days import day_of
from fieldapp.models.cases import Visit
from fieldapp.models.records import Record, Revision


def seen_on(session: Session, record: Record, head: Revision, answers: dict[str, Any]) -> str:
    """The day (YYYY-MM-DD, in China) on which a report's facts were seen: of the visit as it was made, else as it was
    planned, else of the receipt. What lies after the receipt is a phone's clock, or a plan that was not kept to.
    """
    received_on = day_of(head.received_at).isoformat()
    told = answers.get("visit")
    made_on = told.get("at") if isinstance(told, dict) else None
    if isinstance(made_on, str) and made_on[:10] <= received_on:
        return made_on[:10]
    visit = None if record.visit_id is None else session.get(Visit, (record.district, record.visit_id))
    planned_on = visit.planned_on if visit is not None else None
    return received_on if planned_on is None else min(planned_on.isoformat(), received_on)
