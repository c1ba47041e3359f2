"""Tasks for departments: the liaison's page, the supervisor's list, and what either says of a task."""

from uuid import UUID

from flask import Blueprint, Response, render_template, request, url_for

from fieldapp.actions import dispatches
from fieldapp.casework.measures import Answer
from fieldapp.db import writing
from fieldapp.errors import Problem
from fieldapp.models.accounts import Role
from fieldapp.web import agenda_words, guard, problems

bp = Blueprint("tasks", __name__)
bp.origin = "desk"  # type: ignore[attr-defined]
problems.lead_back(bp, problems.to_file(otherwise="tasks.page"))

_GIVEN = (Answer.ACCEPTED, Answer.REFUSED, Answer.DONE)


@bp.get("/tasks")
def page() -> str:
    person, now = guard.require(Role.LIAISON, Role.SUPERVISOR), guard.now()
    with writing() as session:  # reading a task of a family writes a row of audit
        hers = dispatches.tasks(session, person, now)
        sent = dispatches.under_way(session, person, now) if person.has(Role.SUPERVISOR) else []
    return render_template("agenda/tasks.html", hers=hers, sent=sent, told=agenda_words)


@bp.post("/cases/<uuid:case_id>/measures/<uuid:measure_id>/task")
def send(case_id: UUID, measure_id: UUID) -> Response:
    form, person = request.form, guard.require(Role.SUPERVISOR)
    try:
        department_id = UUID(form["department"]) if form.get("department") else UUID(int=0)
    except ValueError as error:
        raise Problem("request_malformed") from error
    with writing() as session:
        dispatches.send(
            session,
            person,
            case_id,
            measure_id,
            department_id,
            purpose=form.get("purpose", ""),
            asked=form.get("asked", ""),
            reach=form.get("reach", ""),
            now=guard.now(),
        )
    return guard.see_other(url_for("cases.case_file", case_id=case_id) + "#plan-title")


@bp.post("/tasks/<uuid:dispatch_id>/answer")
def answer(dispatch_id: UUID) -> Response:
    person = guard.require(Role.LIAISON)
    given = request.form.get("answer", Answer.ACCEPTED.value)
    if given not in _GIVEN:
        raise Problem("request_malformed")
    with writing() as session:
        dispatches.answer(session, person, dispatch_id, Answer(given), request.form.get("text", ""), guard.now())
    return guard.see_other(url_for("tasks.page"))


@bp.post("/tasks/<uuid:dispatch_id>/withdraw")
def withdraw(dispatch_id: UUID) -> Response:
    with writing() as session:
        person = guard.require(Role.SUPERVISOR)
        row = dispatches.withdraw(session, person, dispatch_id, request.form.get("text", ""), guard.now())
    return guard.see_other(url_for("cases.case_file", case_id=row.case_id) + "#plan-title")
