"""The calendar at the desk: what is overdue, due this week, due within a month; and planning a visit from there."""

import calendar as months
import re
from datetime import date, timedelta
from uuid import UUID

from flask import Blueprint, render_template, request
from sqlalchemy import select

from fieldapp.actions import agendas, cases, dispatches, help_come
from fieldapp.days import day_of
from fieldapp.db import reading, writing
from fieldapp.errors import Problem
from fieldapp.models import agendas as kept
from fieldapp.models import scope
from fieldapp.models.accounts import Role, people_with_role
from fieldapp.models.audit import note_read
from fieldapp.models.cases import Assignment, Case, VisitPurpose
from fieldapp.models.regions import names_for_files, with_successor
from fieldapp.web import agenda_words, guard, words

bp = Blueprint("agenda", __name__, url_prefix="/calendar")
bp.origin = "desk"  # type: ignore[attr-defined]

AHEAD_DAYS = 30
_VIEWS = ("list", "month")
_ROLES = (Role.SUPERVISOR, Role.CASEWORKER)
_LOOKED_IN = {
    VisitPurpose.FOLLOW_UP: Role.CASEWORKER,
    VisitPurpose.VILLAGE_FOLLOW_UP: Role.VILLAGE,
}


@bp.get("")
def page() -> str:
    person, now = guard.require(*_ROLES), guard.now()
    today = day_of(now)
    view = request.args.get("view", "list")
    month = _month(request.args.get("month", ""), today)
    last_of_month = month.replace(day=months.monthrange(month.year, month.month)[1])
    until = today + timedelta(days=AHEAD_DAYS) if view != "month" else max(last_of_month, today)
    with writing() as session:  # a look at the dates of families writes a row of audit
        entries = agendas.calendar(session, person, now, until)
        if entries:
            seen = sorted({str(entry.case.case_id) for entry in entries})
            note_read(session, person, "read_calendar", {"cases": seen}, now)
        context = {
            "told_of_help": help_come.told(session, person, now),
            "above": kept.overdue_above(session, person),
            "regions": names_for_files(session, person.district, today),
        }
    sunday = today + timedelta(days=6 - today.weekday())
    open_dates = [entry for entry in entries if not entry.is_overdue]
    return render_template(
        "agenda/calendar.html",
        view=view if view in _VIEWS else "list",
        overdue=[entry for entry in entries if entry.is_overdue],
        this_week=[entry for entry in open_dates if entry.due.day <= sunday],
        ahead=[entry for entry in open_dates if entry.due.day > sunday],
        month=month,
        weeks=months.Calendar().monthdatescalendar(month.year, month.month),
        by_day=_by_day(entries),
        before=(month - timedelta(days=1)).strftime("%Y-%m"),
        after=(last_of_month + timedelta(days=1)).strftime("%Y-%m"),
        today=today,
        leads={entry.case.case_id for entry in entries if dispatches.leads(person, entry.case)},
        words=words,
        told=agenda_words,
        **context,
    )


@bp.get("/<uuid:case_id>/plan")
def plan_form(case_id: UUID) -> str:
    """One visit, filled in from the date it answers for: kind, day, who visits this family anyway."""
    person, today = guard.require(Role.SUPERVISOR), day_of(guard.now())
    try:
        purpose = VisitPurpose(request.args.get("purpose", VisitPurpose.FOLLOW_UP.value))
        due = date.fromisoformat(request.args.get("on", today.isoformat()))
        role = _LOOKED_IN[purpose]
    except (ValueError, KeyError) as error:
        raise Problem("request_malformed") from error
    with reading() as session:
        case = session.scalar(select(Case).where(Case.case_id == case_id, scope.may_assign(person)))
        if case is None or not dispatches.leads(person, case):
            raise Problem("not_found")
        codes = with_successor(session, case.village_code)
        here = [
            one
            for one, region in people_with_role(session, person.district, role)
            if any(code.startswith(region) for code in codes)
        ]
        team = session.scalars(
            select(Assignment.person_id).where(
                Assignment.district == case.district,
                Assignment.case_id == case_id,
                Assignment.ended_at.is_(None),
            )
        )
        chosen = set(team)
    return render_template(
        "agenda/plan.html",
        case=case,
        purpose=purpose.value,
        people=list({one.person_id: one for one in here}.values()),
        chosen=chosen,
        on=max(due, today).isoformat(),
        reasons=cases.REASONS,
        reason="planned_visit",
        words=words,
    )


def _month(text: str, today: date) -> date:
    """The first day of the month asked for; of this one where none is."""
    if not re.fullmatch(r"20[0-9]{2}-(0[1-9]|1[0-2])", text):
        return today.replace(day=1)
    return date(int(text[:4]), int(text[5:]), 1)


def _by_day(entries: list[agendas.Entry]) -> dict[date, list[agendas.Entry]]:
    found: dict[date, list[agendas.Entry]] = {}
    for entry in entries:
        found.setdefault(entry.due.day, []).append(entry)
    return found
