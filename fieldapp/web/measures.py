"""The plan of help on a file's page: needs, measures and their steps, decisions of meetings, dates and clocks."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as WerkzeugResponse

from fieldapp.actions import agendas, case_answers, dispatches, measures
from fieldapp.actions.case_answers import day_in
from fieldapp.casework.clocks import ClockState
from fieldapp.db import writing
from fieldapp.errors import Problem
from fieldapp.models.accounts import Acting, Role
from fieldapp.models.casefiles import CaseFile
from fieldapp.web import agenda_words, file_parts, guard, problems

bp = Blueprint("measures", __name__, url_prefix="/cases")
bp.origin = "desk"  # type: ignore[attr-defined]

_ROLES = (Role.CASEWORKER, Role.SUPERVISOR)
_OPEN = (ClockState.OVERDUE, ClockState.SOON, ClockState.RUNNING, ClockState.PAUSED)


@bp.errorhandler(Problem)
def refuse(problem: Problem) -> WerkzeugResponse:
    """A refused act leads back to the file as it is now."""
    case_id = (request.view_args or {}).get("case_id")
    if case_id is not None and problem.code != "not_found":
        problem.details.setdefault("back", url_for("cases.case_file", case_id=case_id))
    return problems.answer(problem)


@bp.post("/<uuid:case_id>/measures/<uuid:measure_id>/move")
def move(case_id: UUID, measure_id: UUID) -> Response:
    form = request.form
    with writing() as session:
        measures.move(
            session,
            guard.require(*_ROLES),
            case_id,
            measure_id,
            form.get("status", "")[:20],
            on=day_in(form.get("on", "")[:10] or None),
            text=form.get("text", "")[: measures.TEXT_MAX],
            now=guard.now(),
        )
    return guard.see_other(url_for("cases.case_file", case_id=case_id) + "#plan-title")


@bp.post("/<uuid:case_id>/decisions/<uuid:meeting_id>/<uuid:row_id>")
def make(case_id: UUID, meeting_id: UUID, row_id: UUID) -> Response:
    """A draft of a measure, made of what a meeting decided."""
    with writing() as session:
        draft = measures.begin_from_decision(
            session, guard.require(*_ROLES), case_id, meeting_id, str(row_id), guard.now()
        )
    return guard.see_other(url_for("desk_records.page", draft_id=draft.draft_id))


@bp.post("/<uuid:case_id>/needs/<uuid:need_id>")
def answer_need(case_id: UUID, need_id: UUID) -> Response:
    """A draft of a measure for something she needs."""
    with writing() as session:
        draft = measures.begin_for_need(session, guard.require(*_ROLES), case_id, str(need_id), guard.now())
    return guard.see_other(url_for("desk_records.page", draft_id=draft.draft_id))


def _part(session: Session, acting: Acting, file: CaseFile, now: datetime) -> dict[str, Any]:
    """What templates/cases/_plan.html shows; nothing for who may not learn of the measures of this file."""
    if file.people is None or not measures.reads(acting, file.case) or not acting.has(*_ROLES, Role.PROCURATORATE):
        return {}
    plan = measures.plan_for(session, acting, file.case)
    entries, clocks = agendas.of_file(session, acting, file.case, now)
    tasks: dict[UUID, list[dispatches.TaskView]] = {}
    for task in dispatches.of_case(session, file.case, now):
        tasks.setdefault(task.row.record_id, []).append(task)
    language = guard.language()
    leads = dispatches.leads(acting, file.case)
    people = [step.by_id for one in plan.measures for step in one.steps]
    return {
        "plan": {
            **plan.__dict__,
            "entries": entries,
            "clocks": [clock for clock in clocks if clock.state in _OPEN],
            "clocks_done": [clock for clock in clocks if clock.state not in _OPEN],
            "tasks": tasks,
            "receivers": dispatches.receivers(session, file.case) if leads else [],
            "leads": leads,
            "works": acting.has(*_ROLES),
            "statuses": case_answers.labels(session, "F7", "ms_status", language),
            "org": case_answers.labels(session, "F7", "org", language),
            "need": case_answers.labels(session, "F2", "need", language),
            "names": measures.people_named(session, file.case.district, people),
            "words": agenda_words,
        }
    }


file_parts.PARTS.append(_part)
