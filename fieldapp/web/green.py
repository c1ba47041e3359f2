"""The green channel of a family: the forms of a file's page (`cases/_green.html`)."""

from uuid import UUID

from flask import Blueprint, Response, request, url_for

from fieldapp.actions import green
from fieldapp.db import writing
from fieldapp.models.accounts import Role
from fieldapp.web import guard, problems

bp = Blueprint("green", __name__, url_prefix="/cases")
bp.origin = "desk"  # type: ignore[attr-defined]
problems.lead_back(bp, problems.to_file("green"))


@bp.post("/<uuid:case_id>/green")
def give(case_id: UUID) -> Response:
    acting, handler_id = guard.require(Role.SUPERVISOR), guard.id_typed("handler")
    with writing() as session:
        green.give(session, acting, case_id, handler_id, request.form.get("reason", ""), guard.now())
    return _to_file(case_id)


@bp.post("/<uuid:case_id>/green/end")
def end(case_id: UUID) -> Response:
    with writing() as session:
        green.end(session, guard.require(Role.SUPERVISOR), case_id, request.form.get("reason", ""), guard.now())
    return _to_file(case_id)


def _to_file(case_id: UUID) -> Response:
    return guard.see_other(url_for("cases.case_file", case_id=case_id, _anchor="green"))
