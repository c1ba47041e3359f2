"""The duty roster at the desk: a week as a table, one form to put somebody on it. Works without scripts."""

from datetime import date, datetime, timedelta
from uuid import UUID

from flask import Blueprint, Response, render_template, request, url_for

from fieldapp.actions import duty
from fieldapp.casework.duty import ALL_AFTER, DEPUTY_AFTER
from fieldapp.days import CHINA, day_of
from fieldapp.db import reading, writing
from fieldapp.errors import Problem
from fieldapp.models import organisations
from fieldapp.web import guard

bp = Blueprint("duty", __name__, url_prefix="/duty")
bp.origin = "desk"  # type: ignore[attr-defined]
SHOWN_MAX = timedelta(days=10 * 366)


@bp.get("")
def page() -> str:
    return _page(None)


@bp.post("")
def plan() -> Response | tuple[str, int]:
    acting, form = guard.require(*duty.PLANNERS), request.form
    try:
        with writing() as session:
            made = duty.plan(
                session,
                acting,
                person_id=UUID(form.get("person", "")),
                deputy_id=UUID(form["deputy"]) if form.get("deputy") else None,
                organisation_id=UUID(form["organisation"]) if form.get("organisation") else None,
                starts_at=_moment(form.get("starts_at", "")),
                ends_at=_moment(form.get("ends_at", "")),
                days=int(form.get("days") or 1),
                now=guard.now(),
            )
            first = day_of(made[0].starts_at)
    except ValueError as error:
        raise Problem("request_malformed") from error
    except Problem as problem:
        if problem.code == "not_found":
            raise
        return _page(problem), problem.status
    return _to_week(first)


@bp.post("/repeat")
def repeat() -> Response:
    acting = guard.require(*duty.PLANNERS)
    try:
        monday = _monday(date.fromisoformat(request.form.get("week", "")))
    except (ValueError, OverflowError) as error:
        raise Problem("request_malformed") from error
    with writing() as session:
        duty.repeat(session, acting, monday, guard.now())
    return _to_week(monday + timedelta(days=7))


@bp.post("/<uuid:shift_id>/strike")
def strike(shift_id: UUID) -> Response:
    with writing() as session:
        duty.strike(session, guard.require(*duty.PLANNERS), shift_id, guard.now())
    return _to_week(_asked_week())


def _page(problem: Problem | None) -> str:
    acting, now = guard.require(*duty.PLANNERS), guard.now()
    monday = _asked_week()
    with reading() as session:
        context = {
            "days": duty.week_of(session, acting.district, monday, now),
            "on_duty": duty.now_on(session, acting.district, now),
            "gaps": duty.gaps_ahead(session, acting.district, now),
            "people": duty.people_for(session, acting.district),
            "houses": organisations.running(session, acting.district),
        }
    return render_template(
        "admin/duty.html",
        **context,
        may_plan=duty.may_plan(acting),
        monday=monday,
        before=monday - timedelta(days=7),
        after=monday + timedelta(days=7),
        deputy_min=int(DEPUTY_AFTER.total_seconds() // 60),
        all_min=int(ALL_AFTER.total_seconds() // 60),
        now=now,
        typed=request.form,
        problem=problem,
    )


def _to_week(on: date) -> Response:
    return guard.see_other(url_for("duty.page", week=_monday(on).isoformat()))


def _asked_week() -> date:
    """The week that the address or the form names; this one where none is named, one that is no day, or one so far off
    that the calendar ends beside it.
    """
    today = day_of(guard.now())
    try:
        asked = date.fromisoformat(request.values.get("week", ""))
    except ValueError:
        asked = today
    return _monday(asked if abs(asked - today) <= SHOWN_MAX else today)


def _monday(on: date) -> date:
    return on - timedelta(days=on.weekday())


def _moment(text: str) -> datetime:
    """What a browser's own field for day and hour gives, in the county's time. Raises ValueError."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is not None:
        raise ValueError(text)
    return at.replace(tzinfo=CHINA)
