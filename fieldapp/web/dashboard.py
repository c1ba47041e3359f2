"""The desk's first page: what waits, what is dangerous, whether the backups run."""

from datetime import datetime
from uuid import UUID

from flask import Blueprint, Response, render_template, request, url_for

from fieldapp.actions import alerts, duty, form_views, protections
from fieldapp.days import day_of
from fieldapp.db import milliseconds, moment, reading, writing
from fieldapp.errors import Problem
from fieldapp.models import audit_pages, health, queue
from fieldapp.models.accounts import Role
from fieldapp.models.records import WAITING, State
from fieldapp.models.regions import names_for_files
from fieldapp.web import guard, words

bp = Blueprint("dashboard", __name__)
bp.origin = "desk"  # type: ignore[attr-defined]

VIEWS: dict[str, tuple[str, ...]] = {
    "waiting": WAITING,
    "returned": (State.RETURNED,),
    "door": (State.DOOR_SUBMITTED,),
    "approved": (State.APPROVED,),
    "void": (State.VOID,),
}


@bp.get("/")
def queue_page() -> Response | str:
    person = guard.acting()
    if not person.has(Role.SUPERVISOR):
        sees_people = person.has(Role.ADMINISTRATOR, Role.DATA_PROTECTION)
        first = "admin.people" if sees_people else "audit.page" if audit_pages.may_read(person) else "cases.case_list"
        if person.has(Role.LIAISON) and first == "cases.case_list":
            first = "tasks.page"
        return guard.see_other(url_for(first))
    view = request.args.get("view", "waiting")
    filters = queue.Filters(
        states=VIEWS.get(view, VIEWS["waiting"]),
        form=request.args.get("form", "")[:20],
        village=request.args.get("village", "")[:12],
        author=_uuid(request.args.get("author", "")),
    )
    with reading() as session:
        rows, more = queue.page_of(session, person, filters, _after(request.args.get("after", "")))
        counts = queue.counts_by_state(session, person, [state for states in VIEWS.values() for state in states])
        context = {
            "view": view,
            "views": {name: _said(counts, states) for name, states in VIEWS.items()},
            "filters": filters,
            "rows": rows,
            "next": _cursor(rows[-1].record.state_at, rows[-1].record.record_id) if more else None,
            "choices": queue.filter_choices(session, person, filters.states),
            "alerts": alerts.open_alerts(session, person),
            "on_duty": duty.now_on(session, person.district, guard.now()),
            "duty_gaps": duty.gaps_ahead(session, person.district, guard.now()) if duty.may_plan(person) else [],
            "protected": protections.open_ones(session, person) if person.has(Role.SUPERVISOR) else [],
            "kept": queue.open_kept(session, person),
            "backup": health.backup_of(session, guard.now()),
            "regions": names_for_files(session, person.district, day_of(guard.now())),
            "own_titles": form_views.titles_of_own(session, guard.language()),
            "now": guard.now(),
            "words": words,
        }
    return render_template("review/queue.html", **context)


# Links say `dashboard.queue`: the page is the queue, the function may not shadow the module of that name.
bp.add_url_rule("/queue", endpoint="queue", view_func=queue_page)


@bp.post("/alerts/<uuid:urgent_id>/acknowledge")
def acknowledge(urgent_id: UUID) -> Response:
    with writing() as session:
        alerts.acknowledge(session, guard.require(Role.SUPERVISOR), urgent_id, guard.now())
    return guard.see_other(url_for("dashboard.queue"))


def _said(counts: dict[str, int], states: tuple[str, ...]) -> str:
    """How many there are, and where not all were counted, that there are more."""
    counted = sum(min(counts.get(state, 0), queue.counted_max(state)) for state in states)
    return f"{counted}+" if any(counts.get(state, 0) > queue.counted_max(state) for state in states) else str(counted)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def _cursor(at: datetime, record_id: UUID) -> str:
    return f"{milliseconds(at)}.{record_id}"


def _after(text: str) -> tuple[datetime, UUID] | None:
    if not text:
        return None
    at, _, record_id = text.partition(".")
    found = _uuid(record_id)
    if not (at.isascii() and at.isdecimal()) or len(at) > 15 or found is None:
        raise Problem("request_malformed")
    try:
        return moment(int(at)), found
    except (ValueError, OverflowError) as error:
        raise Problem("request_malformed") from error
