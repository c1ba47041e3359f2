"""Which reports need two approvals: everybody who keeps the county's limits reads it, an administrator decides."""

from collections.abc import Mapping

from flask import Blueprint, Response, render_template, request, url_for

from fieldapp.actions import clock_settings, form_views, two_levels
from fieldapp.db import reading, writing
from fieldapp.errors import Problem
from fieldapp.models import organisations
from fieldapp.models.accounts import Role
from fieldapp.models.two_levels import REASON_MAX
from fieldapp.web import guard, words

bp = Blueprint("two_levels", __name__, url_prefix="/limits/approvals")
bp.origin = "desk"  # type: ignore[attr-defined]


@bp.get("")
def page() -> str:
    return _page(None)


@bp.post("")
def decide() -> Response | tuple[str, int]:
    """Ask two approvals of a form, or one again."""
    acting, form = guard.require(Role.ADMINISTRATOR), request.form
    if not two_levels.may_decide(acting):
        raise Problem("not_found")
    guard.require_fresh(url_for("two_levels.page"))
    whose = guard.id_typed("organisation") if form.get("organisation") else None
    named, reason, is_asked = form.get("form", "")[:20], form.get("reason", ""), form.get("ask") == "1"
    try:
        with writing() as session:
            two_levels.decide(session, acting, named, whose, reason, guard.now(), is_asked=is_asked)
    except Problem as problem:
        if problem.code == "not_found":
            raise
        return _page(problem, form if is_asked else None), problem.status
    return guard.see_other(url_for("two_levels.page"))


def _page(problem: Problem | None, typed: Mapping[str, str] | None = None) -> str:
    acting = guard.require(*clock_settings.KEEPERS)
    with reading() as session:
        context = {
            "lines": two_levels.lines_of(session, acting.district),
            "alone": two_levels.alone(session, acting.district, guard.now()),
            "forms": two_levels.forms_of(session),
            "organisations": organisations.running(session, acting.district),
            "own_titles": form_views.titles_of_own(session, guard.language()),
        }
    return render_template(
        "admin/two_levels.html",
        **context,
        may_decide=two_levels.may_decide(acting),
        reason_max=REASON_MAX,
        problem=problem,
        typed=typed or {},
        words=words,
    )
