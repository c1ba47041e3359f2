"""How often the families of a county are looked in on, at the desk: what is so now, set anew with a reason, and each
change of it.
"""

from collections.abc import Mapping

from flask import Blueprint, Response, render_template, request, url_for

from fieldapp.actions import clock_settings, rhythms
from fieldapp.casework.rhythms import AS_MADE, BANDS
from fieldapp.db import reading, writing
from fieldapp.errors import Problem
from fieldapp.models.rhythms import REASON_CHARS
from fieldapp.web import guard, words

bp = Blueprint("rhythms", __name__, url_prefix="/limits/follow-ups")
bp.origin = "desk"  # type: ignore[attr-defined]
_CODES = (*BANDS, *(one.code for one in AS_MADE))


@bp.get("")
def page() -> str:
    return _page(None)


@bp.post("")
def change() -> Response | tuple[str, int]:
    acting, form = guard.require(*clock_settings.KEEPERS), request.form
    base = form.get("base", "")
    if not (base.isascii() and base.isdigit() and len(base) <= 9):
        raise Problem("request_malformed")
    said = {code: form.get(code, "") for code in _CODES}
    reason = form.get("reason", "")
    try:
        with writing() as session:
            rhythms.change(session, acting, int(base), said, reason, guard.now())
    except Problem as problem:
        if problem.code == "not_found":
            raise
        # What was typed stays there, but for what somebody else changed meanwhile.
        return _page(problem, None if problem.code == "rhythm_changed" else {**said, "reason": reason}), problem.status
    return guard.see_other(url_for("rhythms.page"))


def _page(problem: Problem | None, typed: Mapping[str, str] | None = None) -> str:
    acting = guard.require(*clock_settings.KEEPERS)
    with reading() as session:
        lines, versions = rhythms.lines_of(session, acting.district), rhythms.history_of(session, acting.district)
    return render_template(
        "admin/rhythms.html",
        lines=lines,
        bands=BANDS,
        versions=versions,
        typed=typed,
        may_change=clock_settings.may_change(acting),
        reason_max=REASON_CHARS,
        problem=problem,
        words=words,
    )
