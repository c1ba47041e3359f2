"""A form that was called for is written: the thing to do is done."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fieldapp.actions.findings import body_of
from fieldapp.models.cases import Todo
from fieldapp.models.records import Record, Revision, State

# One for each child: done when there are as many sheets as the roster has minors.
PER_CHILD = "F6"
_WRITTEN = (State.SUBMITTED, State.IN_REVIEW, State.APPROVED_FIRST, State.APPROVED)


def settle(session: Session, district: str, case_id: UUID, form: str, now: datetime) -> None:
    """Note what is done now that a report of this form was handed in; its rows are written already."""
    waiting = session.scalars(
        select(Todo).where(
            Todo.district == district, Todo.case_id == case_id, Todo.kind == form, Todo.done_at.is_(None)
        )
    )
    for todo in waiting:
        if form != PER_CHILD or _sheets(session, district, case_id) >= _minors(session, district, todo.revision_id):
            todo.done_at = now


def _sheets(session: Session, district: str, case_id: UUID) -> int:
    here = (Record.district == district, Record.case_id == case_id, Record.form == PER_CHILD)
    return session.scalar(select(func.count()).select_from(Record).where(*here, Record.state.in_(_WRITTEN))) or 0


def _minors(session: Session, district: str, revision_id: UUID) -> int:
    """How many the report that called for it names; one where it names none."""
    revision = session.get(Revision, (district, revision_id))
    rows = None if revision is None else body_of(session, revision).get("answers", {}).get("members")
    return max(1, sum(str(row.get("is_minor_here")) == "1" for row in rows or [] if isinstance(row, dict)))
