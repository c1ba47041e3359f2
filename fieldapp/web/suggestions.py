"""What the rules suggest of our own records, beside the leads: each with its rule and its facts. A person decides."""

from flask import Blueprint, render_template

from fieldapp.actions import suggestions
from fieldapp.casework.states import STATE_WORDS
from fieldapp.days import day_of
from fieldapp.db import writing
from fieldapp.models.accounts import Role
from fieldapp.models.regions import names_for_files
from fieldapp.web import guard

bp = Blueprint("suggestions", __name__, url_prefix="/leads/suggestions")
bp.origin = "desk"  # type: ignore[attr-defined]


@bp.get("")
def page() -> str:
    person, now = guard.require(Role.SUPERVISOR), guard.now()
    with writing() as session:  # it shows what is known of families: a row of audit
        found = suggestions.of(session, person, guard.language(), now)
        regions = names_for_files(session, person.district, day_of(now))
    return render_template("leads/suggestions.html", suggestions=found, regions=regions, state_words=STATE_WORDS)
