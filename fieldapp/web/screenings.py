"""What a supervisor says to what screening points to. Shown on the file and on each report (`_screening.html`)."""

from uuid import UUID

from flask import Blueprint, Response, request, url_for

from fieldapp.actions import screenings
from fieldapp.casework.screening.stored import Said
from fieldapp.db import writing
from fieldapp.errors import Problem
from fieldapp.models.accounts import Role
from fieldapp.web import guard, problems

bp = Blueprint("screenings", __name__, url_prefix="/cases")
bp.origin = "desk"  # type: ignore[attr-defined]
problems.lead_back(bp, lambda _: _page())


@bp.post("/<uuid:case_id>/screening")
def answer(case_id: UUID) -> Response:
    person = guard.require(Role.SUPERVISOR)
    try:
        run_id = UUID(request.form.get("run_id", ""))
    except ValueError as error:
        raise Problem("request_malformed") from error
    with writing() as session:
        screenings.answer(session, person, case_id, run_id, _answers(), guard.now())
    return guard.see_other(_page())


def _answers() -> list[Said]:
    """What was chosen; a line beside nothing chosen says nothing."""
    found = []
    for name, value in request.form.items():
        kind, _, rest = name.partition(":")
        if kind == "answer":
            code, _, about = rest.partition(":")
            found.append(Said(code, about or None, value, request.form.get(f"line:{rest}", "").strip()))
    return found


def _page() -> str:
    case_id = (request.view_args or {})["case_id"]
    try:
        report = UUID(request.form.get("report", ""))
    except ValueError:
        return url_for("cases.case_file", case_id=case_id, _anchor="screening")
    return url_for("review.report", record_id=report, _anchor="screening")
