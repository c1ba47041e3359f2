"""The plan of help on a file's page: needs, measures and their steps, decisions of meetings, dates and clocks."""

from datetime import datetime
from itertools import chain
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from sqlalchemy.orm import Session

from fieldapp.actions import agendas, case_answers, defacto, dispatches, measures, orders_known
from fieldapp.casework.clocks import ClockState
from fieldapp.casework.sentences import Said
from fieldapp.db import writing
from fieldapp.models.accounts import Acting, Role
from fieldapp.models.casefiles import CaseFile
from fieldapp.web import agenda_words, file_parts, guard, problems

bp = Blueprint("measures", __name__, url_prefix="/cases")
bp.origin = "desk"  # type: ignore[attr-defined]
problems.lead_back(bp, problems.to_file())

_ROLES = (Role.CASEWORKER, Role.SUPERVISOR)
_ORDERS = Said("有效的告诫书、保护令", "Orders in force")
_OPEN = (ClockState.OVERDUE, ClockState.SOON, ClockState.RUNNING, ClockState.PAUSED)


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
            on=guard.day_typed("on"),
            text=form.get("text", "")[: measures.TEXT_MAX],
            now=guard.now(),
        )
    return guard.see_other(url_for("cases.case_file", case_id=case_id) + "#plan-title")


@bp.post("/<uuid:case_id>/measures/<uuid:measure_id>/defacto")
def note_defacto(case_id: UUID, measure_id: UUID) -> Response:
    """A step on the way to support as a de-facto unsupported child."""
    form = request.form
    with writing() as session:
        defacto.note(
            session,
            guard.require(*_ROLES),
            case_id,
            measure_id,
            form.get("step", "")[:40],
            on=guard.day_typed("on"),
            source=form.get("source", ""),
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
    noted = defacto.noted_in(session, acting, file.case)
    sent = chain.from_iterable(tasks.values())
    return {
        "plan": {
            **plan.__dict__,
            "entries": entries,
            "clocks": [clock for clock in clocks if clock.state in _OPEN],
            "clocks_done": [clock for clock in clocks if clock.state not in _OPEN],
            "orders": orders_known.shown_to(session, acting, file.case, language, now),
            "orders_title": _ORDERS,
            "tasks": tasks,
            # A clock of a task says whose it is: by the name that this county gives its department.
            "whose": {str(task.row.dispatch_id): f"{task.organisation} {task.department}" for task in sent},
            "defacto": {one.record_id: defacto.next_of(one, noted.get(one.record_id, ())) for one in plan.measures},
            "receivers": dispatches.receivers(session, file.case) if leads else [],
            "leads": leads,
            "works": acting.has(*_ROLES),
            "statuses": case_answers.labels(session, "F7", "ms_status", language),
            "org": case_answers.labels(session, "F7", "org", language),
            "need": case_answers.labels(session, "F2", "need", language),
            "results": case_answers.labels(session, "F9", "need_result", language),
            "names": measures.people_named(session, file.case.district, people),
            "words": agenda_words,
        }
    }


file_parts.PARTS.append(_part)
