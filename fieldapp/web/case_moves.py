"""Moving a case, protecting a family, telling of a day: the forms of a file's page."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from flask import Blueprint, Response, render_template, request, url_for
from sqlalchemy.exc import DBAPIError

from fieldapp.actions import case_moves, protections, told_days
from fieldapp.casework.happened import Happened
from fieldapp.casework.protection import Report
from fieldapp.casework.states import CaseState, Refusal
from fieldapp.db import writing
from fieldapp.errors import Problem
from fieldapp.models import audit
from fieldapp.web import guard

bp = Blueprint("case_moves", __name__, url_prefix="/cases")
bp.origin = "desk"  # type: ignore[attr-defined]


@bp.post("/<uuid:case_id>/move")
def move(case_id: UUID) -> Response | tuple[str, int]:
    form = request.form
    with writing() as session:
        acting = guard.acting()
        case = case_moves.held(session, acting, case_id)  # whether there is such a file comes before what was typed
        end = _end(form.get("end", ""))
        code = form.get("other", "")[:20]
        other = case_moves.other_by_code(session, acting, code) if code else None
        said = case_moves.Said(other, form.get("sex_reason", ""), form.get("to", ""))
        refused = case_moves.move(session, acting, case.case_id, end, form.get("reason", ""), said, guard.now())
    return _answer(case_id, refused)


@bp.post("/<uuid:case_id>/protect")
def protect(case_id: UUID) -> Response:
    """One press from the file's page, and nothing before it: neither a proof of who she is, nor a reason for opening
    a minor's file, nor a row of audit that the database does not take.
    """
    acting, now = guard.acting(), guard.now()
    try:
        with writing() as session:
            protections.begin(session, acting, case_id, now)
    except DBAPIError as error:
        if not audit.was_refused(error):
            raise
        with writing() as session:
            protections.begin(session, acting, case_id, now, is_audited=False)
    return guard.see_other(url_for("cases.case_file", case_id=case_id) + "#beside")


@bp.post("/<uuid:case_id>/protect/end")
def end_protection(case_id: UUID) -> Response | tuple[str, int]:
    with writing() as session:
        refused = protections.end(session, guard.acting(), case_id, request.form.get("reason", ""), guard.now())
    return _answer(case_id, () if refused is None else (refused,))


@bp.post("/<uuid:case_id>/report")
def report(case_id: UUID) -> Response | tuple[str, int]:
    form = request.form
    with writing() as session:
        acting = guard.acting()
        case_moves.held(session, acting, case_id)
        try:
            how = Report(form.get("how", ""))
        except ValueError as error:
            raise Problem("request_malformed") from error
        refused = protections.report(session, acting, case_id, how, form.get("reason", ""), guard.now())
    return _answer(case_id, () if refused is None else (refused,))


@bp.post("/<uuid:case_id>/days")
def tell_day(case_id: UUID) -> Response:
    """What happened outside this app, and on which day."""
    form = request.form
    with writing() as session:
        acting = guard.acting()
        case_moves.held(session, acting, case_id)
        try:
            kind, on = Happened(form.get("kind", "")), date.fromisoformat(form.get("on", ""))
        except ValueError as error:
            raise Problem("request_malformed") from error
        told_days.tell(session, acting, case_id, kind, on, form.get("text", ""), guard.now())
    return guard.see_other(url_for("cases.case_file", case_id=case_id) + "#timeline-title")


def _end(text: str) -> CaseState:
    try:
        return CaseState(text)
    except ValueError as error:
        raise Problem("request_malformed") from error


def _answer(case_id: UUID, refused: Sequence[Refusal]) -> Response | tuple[str, int]:
    if not refused:
        return guard.see_other(url_for("cases.case_file", case_id=case_id))
    said = case_moves.said_in(refused, guard.language())
    return render_template("cases/refused.html", case_id=case_id, refusals=said), 422
