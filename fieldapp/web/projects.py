"""The catalogue of projects at the desk: what can be chosen on leads, cases and measures, and what it was."""

from uuid import UUID

from flask import Blueprint, Response, render_template, request, url_for

from fieldapp.actions import projects as acts
from fieldapp.days import day_of
from fieldapp.db import reading, writing
from fieldapp.errors import Problem
from fieldapp.models import projects
from fieldapp.models.accounts import Role
from fieldapp.models.regions import names_of
from fieldapp.web import guard, words

bp = Blueprint("projects", __name__, url_prefix="/projects")
bp.origin = "desk"  # type: ignore[attr-defined]

_FIELDS = ("name", "owner", "region", "since", "until", "note")
_READERS = (Role.SUPERVISOR, Role.CASEWORKER, Role.ADMINISTRATOR)


@bp.get("")
def page() -> str:
    return _page(None)


@bp.post("")
def add() -> Response | tuple[str, int]:
    try:
        with writing() as session:
            acts.add(session, guard.require(*_READERS), _told(), guard.now())
    except Problem as problem:
        return _refused(problem)
    return guard.see_other(url_for("projects.page"))


@bp.post("/<uuid:project_id>")
def change(project_id: UUID) -> Response | tuple[str, int]:
    try:
        with writing() as session:
            acts.change(session, guard.require(*_READERS), project_id, _told(), guard.now())
    except Problem as problem:
        return _refused(problem)
    return guard.see_other(url_for("projects.page"))


def _told() -> dict[str, str]:
    return {name: request.form.get(name, "") for name in _FIELDS}


def _refused(problem: Problem) -> tuple[str, int]:
    if problem.code == "not_found":
        raise problem
    return _page(problem), problem.status


def _page(problem: Problem | None) -> str:
    person, today = guard.require(*_READERS), day_of(guard.now())
    with reading() as session:
        rows = projects.list_of(session, person.district)
        regions = names_of(session, person.district, today)
    return render_template(
        "admin/projects.html",
        running=[one for one in rows if one.ends_on is None or one.ends_on >= today],
        over=[one for one in rows if one.ends_on is not None and one.ends_on < today],
        regions=regions,
        may_keep=acts.may_keep(person),
        problem=problem,
        words=words,
        today=today.isoformat(),
        typed=request.form,
    )
