"""The key-care list at the desk: who is on it, what is past its review; putting a family on it and taking it off."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, render_template, request, url_for

from fieldapp.actions import key_care
from fieldapp.casework.key_care import LEVELS
from fieldapp.days import day_of, day_typed
from fieldapp.db import writing
from fieldapp.models.accounts import Role
from fieldapp.models.regions import names_for_files
from fieldapp.web import guard, problems

bp = Blueprint("key_care", __name__, url_prefix="/key-care")
bp.origin = "desk"  # type: ignore[attr-defined]
problems.lead_back(bp, lambda named: _back() if "case_id" in named else None)


@bp.get("")
def page() -> str:
    person, now = guard.require(Role.SUPERVISOR, Role.CASEWORKER), guard.now()
    with writing() as session:  # reading the list writes a row of audit
        listed = key_care.page_of(session, person, now)
        regions = names_for_files(session, person.district, day_of(now))
    return render_template(
        "cases/key_care.html",
        past=[one for one in listed if one.is_past],
        ahead=[one for one in listed if not one.is_past],
        levels=LEVELS,
        regions=regions,
    )


@bp.post("/<uuid:case_id>")
def put_on(case_id: UUID) -> Response:
    with writing() as session:
        key_care.put_on(session, guard.acting(), case_id, reason=request.form.get("reason", ""), **_told())
    return guard.see_other(_back())


@bp.post("/<uuid:case_id>/review")
def review(case_id: UUID) -> Response:
    with writing() as session:
        key_care.review(session, guard.acting(), case_id, text=request.form.get("text", ""), **_told())
    return guard.see_other(_back())


@bp.post("/<uuid:case_id>/end")
def take_off(case_id: UUID) -> Response:
    with writing() as session:
        key_care.take_off(session, guard.acting(), case_id, request.form.get("reason", ""), guard.now())
    return guard.see_other(_back())


def _back() -> str:
    if request.form.get("back") == "list":
        return url_for("key_care.page")
    return url_for("cases.case_file", case_id=(request.view_args or {})["case_id"], _anchor="key-care-title")


def _told() -> dict[str, Any]:
    """What both forms of the list say: how closely she is looked after, and when somebody looks again."""
    return {
        "level": request.form.get("level", ""),
        "review_on": day_typed(request.form.get("review_on", "")),
        "now": guard.now(),
    }
