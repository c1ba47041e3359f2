"""Naming a child-safety officer in a file: who, for which children, until when. She sees them by it: a fresh proof."""

from datetime import date
from uuid import UUID

from flask import Blueprint, Response, request, url_for

from fieldapp.actions import officers
from fieldapp.db import writing
from fieldapp.errors import Problem
from fieldapp.models.accounts import Role
from fieldapp.web import guard, problems

bp = Blueprint("officers", __name__, url_prefix="/cases/<uuid:case_id>/officers")
bp.origin = "desk"  # type: ignore[attr-defined]
problems.lead_back(bp, problems.to_file())


@bp.post("")
def name(case_id: UUID) -> Response:
    file = url_for("cases.case_file", case_id=case_id)
    guard.require_fresh(file)
    form = request.form
    try:
        with writing() as session:
            officers.name(
                session,
                guard.require(Role.SUPERVISOR),
                case_id,
                UUID(form.get("person", "")),
                children=[UUID(child) for child in form.getlist("children")],
                ends_on=date.fromisoformat(form.get("ends_on", "")),
                is_related=form.get("related") == "yes",
                now=guard.now(),
            )
    except ValueError as error:
        raise Problem("request_malformed") from error
    return guard.see_other(file)
