"""What the rules suggest of our own records: families for whom nobody asked for relief, though reports point there.

A suggestion is a kept screening and nothing more: the rule, and the facts it goes by with their sources. Nothing is
written, nobody is told, no letter is made; a person opens the file and decides.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session

from fieldapp.actions import minors, screening_views
from fieldapp.actions.screening_views import FOUND, ResultLine
from fieldapp.casework.happened import Happened
from fieldapp.casework.states import CaseState
from fieldapp.models import audit, bodies, scope
from fieldapp.models.accounts import Acting, Role
from fieldapp.models.case_events import CaseEvent
from fieldapp.models.cases import Case, CaseKey
from fieldapp.models.records import Record, State
from fieldapp.models.screenings import ScreeningRun

GATE = "G1"  # the conditions of a letter
LETTER = "F4"
LOOKED_AT_MAX = 100  # the newest screenings: older files come back when something is reported of them
# Decided about by a person, and no relief asked for.
STATES = (
    CaseState.APPROVED, CaseState.SOCIAL_ONLY, CaseState.NO_ACTION, CaseState.PLAN, CaseState.IN_HELP,
    CaseState.FOLLOW_UP, CaseState.CLOSED,
)  # fmt: skip


@dataclass(frozen=True)
class Suggestion:
    """One family. `rule`: the gate that is met; `found`: the categories that the reports point to, with their facts.
    Of a minor's file both are empty until she said today why she opens it.
    """

    case: Case
    made_at: datetime
    rule: ResultLine | None
    found: list[ResultLine]


def of(session: Session, acting: Acting, language: str, now: datetime) -> list[Suggestion]:
    """What the rules suggest of the families she supervises, the newest screening first. A row of audit says which she
    was shown. Reports that nobody approved yet suggest nothing.
    """
    cases = session.scalars(_candidates(acting)).all() if acting.has(Role.SUPERVISOR) else []
    bodies.load_case_keys(session, acting.district, [case.case_id for case in cases])
    found = []
    for case in cases:
        view = screening_views.kept_view_of(session, acting, case, language)
        if view is None or view.counts_unapproved:
            continue
        gate = next((line for line in view.gates if line.result.code == GATE and line.result.status in FOUND), None)
        if gate is not None and minors.needs_reason(session, acting, case, now):
            found.append(Suggestion(case, view.made_at, None, []))
        elif gate is not None:
            lines = [line for person in view.people for line in person.found]
            found.append(Suggestion(case, view.made_at, gate, lines))
    if found:
        shown = sorted(str(one.case.case_id) for one in found)
        audit.note_read(session, acting, "read_suggestions", {"cases": shown}, now)
    return found


def _candidates(acting: Acting) -> Select[Case]:
    newest = (
        select(func.max(ScreeningRun.made_at))
        .where(ScreeningRun.district == Case.district, ScreeningRun.case_id == Case.case_id)
        .correlate(Case)
        .scalar_subquery()
    )
    letter = exists().where(
        Record.district == Case.district,
        Record.case_id == Case.case_id,
        Record.form == LETTER,
        Record.state.not_in((State.DRAFT, State.VOID)),
    )
    decided = exists().where(
        CaseEvent.district == Case.district, CaseEvent.case_id == Case.case_id, CaseEvent.kind == Happened.DECIDED
    )
    has_key = exists().where(CaseKey.district == Case.district, CaseKey.case_id == Case.case_id)
    return (
        select(Case)
        .where(scope.files_supervised(acting), Case.state.in_(STATES), newest.is_not(None), ~letter, ~decided, has_key)
        .order_by(newest.desc(), Case.case_id)
        .limit(LOOKED_AT_MAX)
    )
