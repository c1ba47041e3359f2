"""The team of a case at the desk: who joins it, who is related to the family; and the reason for opening the file of
a minor. What lets somebody else see a family asks for a fresh proof.
"""

from datetime import date
from uuid import UUID

from flask import Blueprint, Response, render_template, request, url_for

from fieldapp.actions import minors, teams
from fieldapp.db import reading, writing
from fieldapp.errors import Problem
from fieldapp.models.accounts import Role
from fieldapp.models.cases import TeamRole
from fieldapp.web import guard, problems, words

bp = Blueprint("teams", __name__, url_prefix="/cases")
bp.origin = "desk"  # type: ignore[attr-defined]
problems.lead_back(bp, problems.to_file())


@bp.post("/<uuid:case_id>/team")
def add_member(case_id: UUID) -> Response:
    guard.require_fresh(url_for("cases.case_file", case_id=case_id))
    form = request.form
    try:
        with writing() as session:
            teams.add_member(
                session,
                guard.require(Role.SUPERVISOR, Role.ADMINISTRATOR),
                case_id,
                UUID(form.get("person", "")),
                team_role=TeamRole(form.get("team_role", "")),
                ends_on=date.fromisoformat(form["ends_on"]) if form.get("ends_on") else None,
                is_related=form.get("related") == "yes",
                now=guard.now(),
            )
    except ValueError as error:
        raise Problem("request_malformed") from error
    return _to_file(case_id)


@bp.post("/<uuid:case_id>/related")
def say_related(case_id: UUID) -> Response:
    """She says it of herself: the file is closed to her from now on."""
    acting = guard.acting()
    with writing() as session:
        teams.note_related(session, acting, case_id, acting.person_id, guard.now())
    return guard.see_other(url_for("cases.case_list"))


@bp.post("/<uuid:case_id>/related/<uuid:person_id>/lift")
def lift_related(case_id: UUID, person_id: UUID) -> Response:
    guard.require_fresh(url_for("cases.case_file", case_id=case_id))
    with writing() as session:
        teams.lift_related(session, guard.require(Role.SUPERVISOR, Role.ADMINISTRATOR), case_id, person_id, guard.now())
    return _to_file(case_id)


@bp.get("/<uuid:case_id>/reason")
def reason_form(case_id: UUID) -> str:
    return _reason_page(case_id, None)


@bp.post("/<uuid:case_id>/reason")
def give_reason(case_id: UUID) -> Response | tuple[str, int]:
    """Why the file of a minor is opened: kept, and the way to the page is free for today."""
    try:
        with writing() as session:
            minors.give_reason(
                session,
                guard.acting(),
                case_id,
                request.form.get("reason", ""),
                request.form.get("line", ""),
                guard.now(),
            )
    except Problem as problem:
        if problem.code == "not_found":
            raise
        return _reason_page(case_id, problem), problem.status
    return guard.see_other(guard.own_path(request.args.get("next", "")))


def _reason_page(case_id: UUID, problem: Problem | None) -> str:
    with reading() as session:
        code_name = minors.code_name_of(session, guard.acting(), case_id)
    return render_template(
        "cases/reason.html", code_name=code_name, reasons=words.OPENING_REASONS, problem=problem, typed=request.form
    )


def _to_file(case_id: UUID) -> Response:
    return guard.see_other(url_for("cases.case_file", case_id=case_id))
