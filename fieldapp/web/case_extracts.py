"""A case for publication, without anybody's identity; and a shared extract as a file for another office's system."""

from uuid import UUID

from flask import Blueprint, Response, make_response, render_template, request, url_for

from fieldapp.actions import case_extracts
from fieldapp.db import writing
from fieldapp.errors import Problem
from fieldapp.models.accounts import Role
from fieldapp.web import guard

bp = Blueprint("case_extracts", __name__, url_prefix="/extracts")
bp.origin = "desk"  # type: ignore[attr-defined]


@bp.get("/of/<uuid:case_id>/anonymous")
def preview(case_id: UUID) -> str:
    return _page(case_id, None)


@bp.post("/of/<uuid:case_id>/anonymous")
def publish(case_id: UUID) -> Response | tuple[str, int]:
    """It is made to leave the house: a fresh proof each time. An account is long to write: its page asks for the proof,
    and keeps what was written.
    """
    if not guard.is_fresh():
        proof = Problem("fresh_proof_needed")
        return _page(case_id, proof), proof.status
    try:
        with writing() as session:
            account = request.form.get("account", "")
            case_extracts.publish(session, guard.require(Role.SUPERVISOR), case_id, account, guard.now())
    except Problem as problem:
        if problem.code in ("not_found", "reason_needed", "consent_withdrawn"):
            raise
        return _page(case_id, problem), problem.status
    return guard.see_other(url_for("letters.page", case_id=case_id, _anchor="shares-title"))


@bp.post("/<uuid:share_id>/file")
def take_along(share_id: UUID) -> Response:
    """Leaves this server: a fresh proof each time."""
    guard.require_fresh("/cases")
    with writing() as session:
        content = case_extracts.as_file(session, guard.require(Role.SUPERVISOR), share_id, guard.now())
    response = make_response(content)
    response.headers["Content-Type"] = "application/json"
    response.headers["Content-Disposition"] = f'attachment; filename="extract-{share_id}.json"'
    return response


def _page(case_id: UUID, problem: Problem | None) -> str:
    with writing() as session:  # what is known of a family is read here: a row of audit
        seen = case_extracts.preview(session, guard.require(Role.SUPERVISOR), case_id, guard.now())
    return render_template(
        "letters/anonymous.html",
        seen=seen,
        least=case_extracts.ACCOUNT_MIN,
        most=case_extracts.ACCOUNT_MAX,
        problem=problem,
        typed=request.form,
    )
