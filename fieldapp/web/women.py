"""Families that women are to work with: the forms of a file's page (`cases/_women.html`)."""

from uuid import UUID

from flask import Blueprint, Response, request, url_for

from fieldapp.actions import women
from fieldapp.db import writing
from fieldapp.models.accounts import Role
from fieldapp.web import guard, problems

bp = Blueprint("women", __name__, url_prefix="/cases")
bp.origin = "desk"  # type: ignore[attr-defined]
problems.lead_back(bp, problems.to_file("women"))


@bp.post("/<uuid:case_id>/women")
def ask(case_id: UUID) -> Response:
    acting = guard.require(Role.CASEWORKER, Role.SUPERVISOR)
    with writing() as session:
        women.ask(session, acting, case_id, request.form.get("reason", ""), guard.now())
    return _to_file(case_id)


@bp.post("/<uuid:case_id>/women/end")
def end_asking(case_id: UUID) -> Response:
    with writing() as session:
        women.end_asking(session, guard.require(Role.SUPERVISOR), case_id, request.form.get("reason", ""), guard.now())
    return _to_file(case_id)


@bp.post("/<uuid:case_id>/women/allow")
def allow(case_id: UUID) -> Response:
    acting, person_id = guard.require(Role.SUPERVISOR), guard.id_typed("person")
    with writing() as session:
        women.allow(session, acting, case_id, person_id, request.form.get("reason", ""), guard.now())
    return _to_file(case_id)


def _to_file(case_id: UUID) -> Response:
    return guard.see_other(url_for("cases.case_file", case_id=case_id, _anchor="women"))
