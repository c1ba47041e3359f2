"""The page of leads: what waits for a triage supervisor, by when, and what it may repeat."""

from flask import Blueprint, Response, render_template, request, url_for

from fieldapp.actions import cases, lead_triage
from fieldapp.casework.calendar import published
from fieldapp.days import day_of
from fieldapp.db import reading, writing
from fieldapp.errors import Problem
from fieldapp.models.accounts import Role
from fieldapp.models.regions import names_for_files, villages_of
from fieldapp.web import case_words, guard, words

bp = Blueprint("leads", __name__, url_prefix="/leads")
bp.origin = "desk"  # type: ignore[attr-defined]


@bp.get("/notice")
def notice_form() -> str:
    return _notice_page(None)


@bp.post("/notice")
def notice() -> Response | tuple[str, int]:
    """The procuratorate tells of a case of its own, whose relief is decided."""
    form = request.form
    person = cases.NewPerson(form.get("name", ""), form.get("sex") or None, form.get("birth") or None, "self")
    try:
        with writing() as session:
            case = cases.open_notice(
                session,
                guard.require(Role.PROCURATORATE),
                village_code=form.get("village", "")[:12],
                person=person,
                result=form.get("result", ""),
                organ=form.get("organ", ""),
                said=form.get("said", ""),
                now=guard.now(),
            )
    except Problem as problem:
        if problem.code == "not_found":
            raise
        return _notice_page(problem), problem.status
    return guard.see_other(url_for("cases.case_file", case_id=case.case_id))


def _notice_page(problem: Problem | None) -> str:
    person = guard.require(Role.PROCURATORATE)
    with reading() as session:
        villages = villages_of(session, person.regions(Role.PROCURATORATE), day_of(guard.now()))
    return render_template(
        "leads/notice.html",
        villages=villages,
        results=cases.RESULTS,
        case_words=case_words,
        words=words,
        problem=problem,
        typed=request.form,
    )


@bp.get("")
def page() -> str:
    person, now = guard.require(Role.SUPERVISOR), guard.now()
    with writing() as session:  # comparing with other files writes a row of audit
        waiting = lead_triage.waiting(session, person, now)
        regions = names_for_files(session, person.district, day_of(now))
    today = day_of(now)
    return render_template(
        "leads/page.html", waiting=waiting, regions=regions, missing_years=published().missing(today, today)
    )
