"""Outreach and interviews for evidence: a small form each, numbers only, and the sums of every year."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from flask import Blueprint, Response, render_template, request, url_for

from fieldapp.actions import outreach
from fieldapp.casework.statistics import OUTREACH
from fieldapp.casework.statistics_words import row_words
from fieldapp.days import day_of
from fieldapp.db import reading, writing
from fieldapp.errors import Problem
from fieldapp.models.accounts import Role
from fieldapp.models.regions import places_of
from fieldapp.web import guard

bp = Blueprint("outreach", __name__, url_prefix="/outreach")
bp.origin = "desk"  # type: ignore[attr-defined]
ROWS_MAX = 200


@bp.get("")
def page() -> str:
    return _page(None)


@bp.post("")
def note() -> Response | tuple[str, int]:
    form = request.form
    try:
        with writing() as session:
            outreach.note(
                session,
                guard.require(*outreach.WRITERS),
                kind=form.get("kind", ""),
                on=date.fromisoformat(form.get("on", "")),
                region_code=form.get("region", ""),
                organisation_id=_organisation(form),
                times=int(form.get("times", "")),
                people=int(form.get("people", "")),
                now=guard.now(),
            )
    except ValueError as error:
        raise Problem("request_malformed") from error
    except Problem as problem:
        return _refused(problem)
    return guard.see_other(url_for("outreach.page"))


@bp.post("/interviews")
def note_interviews() -> Response | tuple[str, int]:
    person, form = guard.require(*outreach.WRITERS), request.form
    try:
        organisation_id = _organisation(form)
        if organisation_id is None:
            raise Problem("request_malformed")
        with writing() as session:
            outreach.note_interviews(
                session,
                person,
                on=date.fromisoformat(form.get("on", "")),
                region_code=form.get("region", ""),
                organisation_id=organisation_id,
                times=int(form.get("times", "")),
                now=guard.now(),
            )
    except ValueError as error:
        raise Problem("request_malformed") from error
    except Problem as problem:
        return _refused(problem)
    return guard.see_other(url_for("outreach.page"))


@bp.post("/<uuid:note_id>/take-back")
def take_back(note_id: UUID) -> Response:
    with writing() as session:
        outreach.take_back(session, guard.require(*outreach.WRITERS), note_id, guard.now())
    return guard.see_other(url_for("outreach.page"))


def _organisation(form: Mapping[str, str]) -> UUID | None:
    return UUID(form["organisation"]) if form.get("organisation") else None


def _refused(problem: Problem) -> tuple[str, int]:
    if problem.code in ("not_found", "request_malformed"):
        raise problem
    return _page(problem), problem.status


def _page(problem: Problem | None) -> str:
    person, moment = guard.require(*outreach.WRITERS), guard.now()
    with reading() as session:
        noted = outreach.read(session, person)
        organisations = outreach.organisations_of(session, person)
        places = places_of(session, person.regions(*outreach.WRITERS), day_of(moment))
        houses = {one.organisation_id: one.name for one in organisations}
    return render_template(
        "campaigns/outreach.html",
        noted=noted,
        kinds=OUTREACH,
        row_words=row_words,
        organisations=organisations,
        houses=houses,
        places=places,
        place_names=dict(places),
        may_take_back=lambda row: row.noted_by == person.person_id or person.has(Role.SUPERVISOR),
        rows_max=ROWS_MAX,
        today=day_of(moment),
        problem=problem,
        typed=request.form,
    )
