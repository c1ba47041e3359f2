"""Organisations, departments and liaisons at the desk."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, render_template, request, url_for
from sqlalchemy.orm import Session

from fieldapp.actions import organisations as acts
from fieldapp.days import day_of
from fieldapp.db import reading, writing
from fieldapp.errors import Problem
from fieldapp.models import organisations, people
from fieldapp.models.accounts import Acting, Role
from fieldapp.models.regions import names_of
from fieldapp.web import guard, words

bp = Blueprint("organisations", __name__, url_prefix="/admin/organisations")
bp.origin = "desk"  # type: ignore[attr-defined]


@bp.get("")
def page() -> str:
    return _page(None)


@bp.post("")
def add_organisation() -> Response | tuple[str, int]:
    form = request.form
    return _carry_out(
        lambda session, acting: acts.add_organisation(
            session,
            acting,
            kind=form.get("kind", ""),
            name=form.get("name", ""),
            region_code=form.get("region", ""),
            now=guard.now(),
        )
    )


@bp.post("/<uuid:organisation_id>/end")
def end_organisation(organisation_id: UUID) -> Response | tuple[str, int]:
    return _carry_out(lambda session, acting: acts.end_organisation(session, acting, organisation_id, guard.now()))


@bp.post("/<uuid:organisation_id>/departments")
def add_department(organisation_id: UUID) -> Response | tuple[str, int]:
    name = request.form.get("name", "")
    return _carry_out(lambda session, acting: acts.add_department(session, acting, organisation_id, name, guard.now()))


@bp.post("/departments/<uuid:department_id>/end")
def end_department(department_id: UUID) -> Response | tuple[str, int]:
    return _carry_out(lambda session, acting: acts.end_department(session, acting, department_id, guard.now()))


@bp.post("/departments/<uuid:department_id>/liaisons")
def name_liaison(department_id: UUID) -> Response | tuple[str, int]:
    person_id, region = _uuid(request.form.get("person", "")), request.form.get("region", "")
    if person_id is None:
        raise Problem("request_malformed")
    return _carry_out(
        lambda session, acting: acts.name_liaison(session, acting, department_id, person_id, region, guard.now())
    )


@bp.post("/liaisons/<uuid:liaison_id>/end")
def end_liaison(liaison_id: UUID) -> Response | tuple[str, int]:
    return _carry_out(lambda session, acting: acts.end_liaison(session, acting, liaison_id, guard.now()))


@bp.post("/people/<uuid:person_id>")
def belong_to(person_id: UUID) -> Response | tuple[str, int]:
    """Which organisation and department somebody belongs to; the form stands on her own page."""
    guard.require_fresh(url_for("admin.person", person_id=person_id))
    organisation_id = _uuid(request.form.get("organisation", ""))
    department_id = _uuid(request.form.get("department", ""))
    with writing() as session:
        acting = guard.require(Role.ADMINISTRATOR)
        acts.belong_to(session, acting, person_id, organisation_id, department_id, guard.now())
    return guard.see_other(url_for("admin.person", person_id=person_id))


def _carry_out(act: Callable[[Session, Acting], Any]) -> Response | tuple[str, int]:
    guard.require_fresh(url_for("organisations.page"))
    acting = guard.require(Role.ADMINISTRATOR)

    def done(session: Session) -> str:
        act(session, acting)
        return url_for("organisations.page")

    return guard.answered(done, _page)


def _page(problem: Problem | None) -> str:
    acting = guard.require(Role.ADMINISTRATOR, Role.DATA_PROTECTION)
    with reading() as session:
        rows = organisations.list_of(session, acting)
        families = organisations.families_taken_in(session, acting)
        regions = names_of(session, acting.district, day_of(guard.now()))
        liaisons = [
            row for row in people.list_of(session, acting) if any(grant.role == Role.LIAISON for grant in row.grants)
        ]
    return render_template(
        "admin/organisations.html",
        rows=rows,
        regions=regions,
        liaisons=liaisons,
        kinds=organisations.KINDS + organisations.PLACES,
        families=families,
        may_change=acting.has(Role.ADMINISTRATOR),
        problem=problem,
        words=words,
        typed=request.form,
    )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise Problem("request_malformed") from error
