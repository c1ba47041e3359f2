"""What keeps her visits away from the meetings with him, asked where a visit is planned or somebody joins a team.

The refusal is the same for everybody and says nothing of why: who plans visits may not know that there is a meeting.
"""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.casework import both_sides as rules
from fieldapp.errors import Problem
from fieldapp.models.both_sides import OtherSideTask
from fieldapp.models.cases import Case


def refuse_visit(session: Session, case: Case, visitors: Iterable[UUID], first: date, last: date) -> None:
    """Raises `visit_not_then` where one of them is to meet him, or somebody meets him on that day in that place."""
    seeing = set(visitors)
    for task in _tasks(session, case, ("planned", "done")):
        is_near = rules.is_within_a_day(task.on_day, first, last)
        if task.worker_id in seeing and (is_near or task.state == "planned"):
            raise Problem("visit_not_then")
        is_there = first <= task.on_day <= last and rules.is_same_place(task.region_code, case.village_code)
        if is_there and task.state == "planned":
            raise Problem("visit_not_then")


def refuse_member(session: Session, case: Case, person_id: UUID) -> None:
    """Raises `visit_not_then` for somebody who is to meet him: on her team she would learn where she is."""
    if any(task.worker_id == person_id for task in _tasks(session, case, ("planned",))):
        raise Problem("visit_not_then")


def _tasks(session: Session, case: Case, states: tuple[str, ...]) -> list[OtherSideTask]:
    here = (OtherSideTask.district == case.district, OtherSideTask.case_id == case.case_id)
    return list(session.scalars(select(OtherSideTask).where(*here, OtherSideTask.state.in_(states))))
