"""Files at which nobody works any more: what a list of them shows, without opening one."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from fieldapp.models import scope
from fieldapp.models.accounts import Acting
from fieldapp.models.case_events import CaseEvent
from fieldapp.models.cases import Case, CaseKey

PAGE = 50


def page_of(
    session: Session, acting: Acting, states: Sequence[str], kinds: Sequence[str], after: str
) -> tuple[list[tuple[Case, datetime | None]], bool]:
    """A page of the files she supervises that are in one of these states, by code name, each with when an event of one
    of these kinds last brought it there; and whether there is more. What was erased by law is on no list.
    """
    same = (CaseEvent.district == Case.district, CaseEvent.case_id == Case.case_id)
    newest: ColumnElement[datetime | None] = func.max(CaseEvent.at)
    since = select(newest).where(*same, CaseEvent.kind.in_(kinds)).correlate(Case).scalar_subquery()
    rows = session.execute(
        select(Case, since)
        .join(CaseKey, (CaseKey.district == Case.district) & (CaseKey.case_id == Case.case_id))
        .where(scope.files_supervised(acting), Case.state.in_(states), Case.code_name > after)
        .order_by(Case.code_name)
        .limit(PAGE + 1)
    )
    found = [(case, at) for case, at in rows]
    return found[:PAGE], len(found) > PAGE
