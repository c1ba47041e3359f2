"""The page of meetings that come again: which are due, which are overdue, who belongs to them."""

from datetime import date
from uuid import UUID

from flask import Blueprint, Response, render_template, request, url_for
from sqlalchemy.orm import Session

from fieldapp.actions import meetings
from fieldapp.days import day_of
from fieldapp.db import reading
from fieldapp.errors import Problem
from fieldapp.models.accounts import Role
from fieldapp.models.regions import names_of
from fieldapp.web import guard, words

bp = Blueprint("meetings", __name__, url_prefix="/meetings")
bp.origin = "desk"  # type: ignore[attr-defined]


@bp.get("")
def page() -> str:
    return _page(None)


@bp.post("")
def set_up() -> Response | tuple[str, int]:
    form, acting = request.form, guard.require(Role.SUPERVISOR)
    told = {name: form.get(name, "") for name in ("kind", "name", "members")}
    try:
        every, first_on = int(form.get("every_months", "")), date.fromisoformat(form.get("first_on", ""))
    except ValueError as error:
        raise Problem("request_malformed") from error

    def act(session: Session) -> str:
        meetings.set_up(session, acting, **told, every_months=every, first_on=first_on, now=guard.now())
        return url_for("meetings.page")

    return guard.answered(act, _page)


@bp.post("/<uuid:meeting_id>/held")
def held(meeting_id: UUID) -> Response | tuple[str, int]:
    acting, now = guard.require(Role.SUPERVISOR), guard.now()

    def act(session: Session) -> str:
        try:
            on = date.fromisoformat(request.form.get("on") or day_of(now).isoformat())
        except ValueError as error:
            raise Problem("request_malformed") from error
        meetings.note_held(session, acting, meeting_id, on, now)
        return url_for("meetings.page")

    return guard.answered(act, _page)


@bp.post("/<uuid:meeting_id>/drop")
def drop(meeting_id: UUID) -> Response | tuple[str, int]:
    acting = guard.require(Role.SUPERVISOR)

    def act(session: Session) -> str:
        meetings.end(session, acting, meeting_id, guard.now())
        return url_for("meetings.page")

    return guard.answered(act, _page)


def _page(problem: Problem | None) -> str:
    acting, now = guard.require(Role.SUPERVISOR), guard.now()
    with reading() as session:
        found = meetings.standing(session, acting, now)
        kinds = meetings.kinds(session, guard.language())
        regions = names_of(session, acting.district, day_of(now))
    return render_template(
        "meetings/page.html",
        found=found,
        kinds=kinds,
        regions=regions,
        words=words,
        periods=meetings.EVERY_MONTHS,
        problem=problem,
        typed=request.form,
        today=day_of(now).isoformat(),
    )
