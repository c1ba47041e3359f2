"""The page of leads: what waits for a triage supervisor, by when, and what it may repeat."""

from flask import Blueprint, render_template

from fieldapp.actions import lead_triage
from fieldapp.casework.calendar import published
from fieldapp.days import day_of
from fieldapp.db import writing
from fieldapp.models.accounts import Role
from fieldapp.models.regions import names_for_files
from fieldapp.web import guard

bp = Blueprint("leads", __name__, url_prefix="/leads")
bp.origin = "desk"  # type: ignore[attr-defined]


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
