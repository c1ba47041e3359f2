"""Files at which nobody works any more, and the way to open one again: with a reason, as on its own page."""

from flask import Blueprint, render_template, request

from fieldapp.casework.roads import HAPPENED
from fieldapp.casework.states import RESTING, STATE_WORDS, CaseState
from fieldapp.days import day_of
from fieldapp.db import reading
from fieldapp.models import resting
from fieldapp.models.accounts import Role
from fieldapp.models.regions import names_for_files
from fieldapp.web import guard

bp = Blueprint("resting", __name__, url_prefix="/cases/at-rest")
bp.origin = "desk"  # type: ignore[attr-defined]


@bp.get("")
def page() -> str:
    person = guard.require(Role.SUPERVISOR)
    every = [state for state in CaseState if state in RESTING]
    chosen = request.args.get("state", "")
    states = [state for state in every if state.value == chosen] or every
    kinds = [HAPPENED[state].value for state in states]
    with reading() as session:
        files, more = resting.page_of(session, person, states, kinds, request.args.get("after", "")[:20])
        regions = names_for_files(session, person.district, day_of(guard.now()))
    return render_template(
        "cases/at_rest.html",
        files=files,
        more=more,
        state=chosen if len(states) == 1 else "",
        states=every,
        state_words=STATE_WORDS,
        regions=regions,
    )
