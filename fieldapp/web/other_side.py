"""The other side at the desk: meetings with the one who did the harm; orders extended; where a shelter took her in."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, render_template, request, url_for
from sqlalchemy.orm import Session

from fieldapp.actions import dispatches, orders, other_side, shelters
from fieldapp.days import day_of
from fieldapp.db import writing
from fieldapp.errors import Problem
from fieldapp.models.accounts import Acting, Role
from fieldapp.models.casefiles import CaseFile
from fieldapp.models.regions import villages_of
from fieldapp.web import file_parts, guard, problems

bp = Blueprint("other_side", __name__)
bp.origin = "desk"  # type: ignore[attr-defined]
problems.lead_back(bp, problems.to_file(otherwise="other_side.page"), never=("not_found", "reason_needed"))
_TEAM = (Role.CASEWORKER, Role.SUPERVISOR)


@bp.get("/other-side")
def page() -> str:
    """The list of who does it."""
    person, now = guard.require(*other_side.WORKERS), guard.now()
    with writing() as session:  # it names somebody: reading it writes a row of audit
        meetings = other_side.hers(session, person, now)
    return render_template("other_side/page.html", meetings=meetings)


@bp.post("/cases/<uuid:case_id>/other-side/<uuid:education_id>")
def plan(case_id: UUID, education_id: UUID) -> Response:
    form, person = request.form, guard.require(Role.SUPERVISOR)
    on, worker_id = guard.day_typed("on"), guard.id_typed("worker")
    if on is None:
        raise Problem("request_malformed")
    with writing() as session:
        other_side.plan(
            session, person, case_id, education_id, worker_id=worker_id, on=on,
            region_code=form.get("region", "")[:12], who=form.get("who", ""), place=form.get("place", ""),
            what=form.get("what", ""), now=guard.now(),
        )  # fmt: skip
    return _to_file(case_id)


@bp.post("/other-side/<uuid:other_task_id>/done")
def finish(other_task_id: UUID) -> Response:
    with writing() as session:
        person = guard.require(*other_side.WORKERS)
        other_side.finish(session, person, other_task_id, request.form.get("text", ""), guard.now())
    return guard.see_other(url_for("other_side.page"))


@bp.post("/other-side/<uuid:other_task_id>/cancel")
def cancel(other_task_id: UUID) -> Response:
    with writing() as session:
        row = other_side.cancel(session, guard.require(Role.SUPERVISOR), other_task_id, guard.now())
    return _to_file(row.case_id)


@bp.post("/cases/<uuid:case_id>/orders/<uuid:order_id>/extend")
def extend(case_id: UUID, order_id: UUID) -> Response:
    form, person = request.form, guard.require(*_TEAM)
    days = {name: guard.day_typed(name) for name in ("until", "on")}
    with writing() as session:
        orders.extend(session, person, case_id, order_id, **days, text=form.get("text", ""), now=guard.now())
    return _to_file(case_id)


@bp.post("/cases/<uuid:case_id>/orders/<uuid:application_id>/urgent")
def apply_urgently(case_id: UUID, application_id: UUID) -> Response:
    with writing() as session:
        orders.apply_urgently(session, guard.require(*_TEAM), case_id, application_id, guard.now())
    return _to_file(case_id)


@bp.get("/cases/<uuid:case_id>/shelter/<uuid:shelter_id>")
def shelter(case_id: UUID, shelter_id: UUID) -> str:
    """Where she is, on a page of its own that is never printed."""
    with writing() as session:
        case, place = shelters.place_of(session, guard.require(*_TEAM), case_id, shelter_id, guard.now())
    return render_template("other_side/shelter.html", case=case, place=place, shelter_id=shelter_id, never_printed=True)


@bp.post("/cases/<uuid:case_id>/shelter/<uuid:shelter_id>")
def keep_shelter(case_id: UUID, shelter_id: UUID) -> Response:
    with writing() as session:
        place = request.form.get("place", "")
        shelters.keep_place(session, guard.require(*_TEAM), case_id, shelter_id, place, guard.now())
    return guard.see_other(url_for("other_side.shelter", case_id=case_id, shelter_id=shelter_id))


def _to_file(case_id: UUID) -> Response:
    return guard.see_other(url_for("cases.case_file", case_id=case_id) + "#plan-title")


def _part(session: Session, acting: Acting, file: CaseFile, now: datetime) -> dict[str, Any]:
    """What templates/cases/_measure_more.html shows below each measure."""
    if file.people is None or not acting.has(*_TEAM):
        return {}
    leads = dispatches.leads(acting, file.case)
    meetings: dict[UUID, list[other_side.Meeting]] = {}
    for meeting in other_side.of_case(session, acting, file.case):
        meetings.setdefault(meeting.row.record_id, []).append(meeting)
    return {
        "both_sides": {
            "meetings": meetings,
            "workers": other_side.workers(session, file.case) if leads else [],
            "may_know_shelter": shelters.may_know(session, acting, file.case),
            "may_be_extended": orders.may_be_extended,
            "places": villages_of(session, (file.case.district,), day_of(now)) if leads else [],
        }
    }


file_parts.PARTS.append(_part)
