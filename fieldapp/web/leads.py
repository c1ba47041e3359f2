"""The page of leads: what waits for a triage supervisor, by when, and what it may repeat."""

from flask import Blueprint, Response, render_template, request, url_for

from fieldapp.actions import cases, lead_search, lead_triage, notices
from fieldapp.actions.notices import Came
from fieldapp.casework.calendar import published
from fieldapp.casework.states import STATE_WORDS
from fieldapp.casework.statistics_words import codes_of, row_words
from fieldapp.days import day_of
from fieldapp.db import reading, writing
from fieldapp.errors import Problem
from fieldapp.models.accounts import Role
from fieldapp.models.cases import Case
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
    said = {name: form.get(name, "") for name in ("teller", "number")}
    try:
        came = Came(form.get("channel") or notices.UNKNOWN, **said, on=guard.day_typed("on"))
        with writing() as session:
            case = notices.open_notice(
                session,
                guard.require(Role.PROCURATORATE),
                village_code=form.get("village", "")[:12],
                person=person,
                result=form.get("result", ""),
                organ=form.get("organ", ""),
                said=form.get("said", ""),
                came=came,
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
        results=notices.RESULTS,
        channels=[*notices.OWN, *(code for code in codes_of("channel") if code not in notices.OWN)],
        called=row_words,
        case_words=case_words,
        words=words,
        today=day_of(guard.now()),
        problem=problem,
        typed=request.form,
    )


@bp.get("")
def page() -> str:
    return _page("", None)


@bp.post("/find")
def find() -> str:
    """By the number that the source gave it. A form, so that the number stands in no address."""
    number = request.form.get("number", "")
    found = lead_search.by_number(acting=guard.require(Role.SUPERVISOR), number=number, now=guard.now())
    return _page(number, found)


def _page(number: str, found: list[Case] | None) -> str:
    """The leads that wait; `found` are files that were looked for by this number, None where nobody looked."""
    person, now = guard.require(Role.SUPERVISOR), guard.now()
    with writing() as session:  # comparing with other files writes a row of audit
        waiting = lead_triage.waiting(session, person, now)
        regions = names_for_files(session, person.district, day_of(now))
    today = day_of(now)
    return render_template(
        "leads/page.html",
        waiting=waiting,
        regions=regions,
        missing_years=published().missing(today, today),
        number=number,
        found=found,
        state_words=STATE_WORDS,
        shortest=lead_search.NUMBER_MIN,
    )
