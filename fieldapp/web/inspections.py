"""Inspection at the desk: drawing a share of approved visits, and what checking each of them gave."""

from datetime import date, timedelta
from uuid import UUID

from flask import Blueprint, Response, render_template, request, url_for

from fieldapp.actions import inspections as acts
from fieldapp.casework.inspection import RESULTS
from fieldapp.days import day_of
from fieldapp.db import reading, writing
from fieldapp.errors import Problem
from fieldapp.models import inspections
from fieldapp.models.accounts import Role
from fieldapp.models.regions import names_for_files
from fieldapp.web import guard, words

bp = Blueprint("inspections", __name__, url_prefix="/inspections")
bp.origin = "desk"  # type: ignore[attr-defined]

PERIOD_DAYS = 90  # what the form offers


@bp.get("")
def page() -> str:
    return _page(None)


@bp.post("")
def draw() -> Response | tuple[str, int]:
    form = request.form
    try:
        since, until = date.fromisoformat(form.get("since", "")), date.fromisoformat(form.get("until", ""))
        share = int(form.get("share", ""))
    except ValueError:
        problem = Problem("inspection_needs_words")
        return _page(problem), problem.status
    try:
        with writing() as session:
            made = acts.draw(
                session,
                guard.require(Role.SUPERVISOR),
                since=since,
                until=until,
                share_percent=share,
                seed=form.get("seed", ""),
                now=guard.now(),
            )
    except Problem as problem:
        if problem.code == "not_found":
            raise
        return _page(problem), problem.status
    return guard.see_other(url_for("inspections.one", inspection_id=made.inspection_id))


@bp.get("/<uuid:inspection_id>")
def one(inspection_id: UUID) -> str:
    return _one(inspection_id, None)


@bp.post("/<uuid:inspection_id>/<int:number>")
def check(inspection_id: UUID, number: int) -> Response | tuple[str, int]:
    person, form = guard.require(Role.SUPERVISOR), request.form
    try:
        with writing() as session:
            result, note = form.get("result", ""), form.get("note", "")
            acts.check(session, person, inspection_id, number, result, note, guard.now())
    except Problem as problem:
        if problem.code == "not_found":
            raise
        return _one(inspection_id, problem), problem.status
    return guard.see_other(url_for("inspections.one", inspection_id=inspection_id, _anchor=f"visit-{number}"))


def _page(problem: Problem | None) -> str:
    person, today = guard.require(Role.SUPERVISOR), day_of(guard.now())
    with reading() as session:
        made = inspections.list_of(session, person)
    return render_template(
        "review/inspections.html",
        made=made,
        since=(today - timedelta(days=PERIOD_DAYS)).isoformat(),
        today=today.isoformat(),
        problem=problem,
        typed=request.form,
    )


def _one(inspection_id: UUID, problem: Problem | None) -> str:
    person, now = guard.require(Role.SUPERVISOR), guard.now()
    with writing() as session:  # a look at these families writes a row of audit
        made, drawn = acts.read(session, person, inspection_id, now)
        regions = names_for_files(session, person.district, day_of(now))
    return render_template(
        "review/inspection.html", made=made, drawn=drawn, results=RESULTS, regions=regions, words=words, problem=problem
    )
