"""A visit is over when everything that was begun in it is decided: approved, or given up.

Whoever made it in trust leaves the case with it, so that what she still writes must not be overlooked: a draft of which
the server has only its author's copy holds the visit open like a report that waits.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.models import team
from fieldapp.models.cases import Visit
from fieldapp.models.records import DraftCopy, Record, State

_SETTLED = frozenset({State.APPROVED, State.VOID})


def settle(session: Session, district: str, case_id: UUID, visit_id: UUID | None, now: datetime) -> None:
    """End this visit if nothing of it is open any more and something was approved; asked after each such change."""
    visit = None if visit_id is None else session.get(Visit, (district, visit_id))
    if visit is None or not _is_over(session, visit):
        return
    visit.state = "done"
    team.tell_of_visit(session, district, case_id, visit.visit_id)
    team.end_entrusted(session, district, case_id, visit.visit_id, now)


def _is_over(session: Session, visit: Visit) -> bool:
    records = session.execute(
        select(Record.record_id, Record.state).where(
            Record.district == visit.district,
            Record.case_id == visit.case_id,  # by its index
            Record.visit_id == visit.visit_id,
        )
    ).all()
    states = {state for _, state in records}
    if State.APPROVED not in states or not states <= _SETTLED:
        return False
    copies = select(DraftCopy.record_id).where(
        DraftCopy.district == visit.district,
        DraftCopy.visit_id == visit.visit_id,
        DraftCopy.record_id.not_in([record_id for record_id, _ in records]),
    )
    return session.scalar(copies.limit(1)) is None
