"""The time limits of a county at the desk: each with its ground, our own to be changed."""

from flask import Blueprint, Response, render_template, request, url_for

from fieldapp.actions import clock_settings
from fieldapp.db import reading, writing
from fieldapp.errors import Problem
from fieldapp.web import guard

bp = Blueprint("clock_settings", __name__, url_prefix="/limits")
bp.origin = "desk"  # type: ignore[attr-defined]


@bp.get("")
def page() -> str:
    return _page(None)


@bp.post("")
def change() -> Response | tuple[str, int]:
    acting, form = guard.require(*clock_settings.KEEPERS), request.form
    code = form.get("code", "")
    said = {name: form.get(name, "") for name in ("amount", "name_zh", "name_en")}
    try:
        with writing() as session:
            clock_settings.change(session, acting, code, **said, now=guard.now())
    except Problem as problem:
        if problem.code == "not_found":
            raise
        return _page(problem), problem.status
    return guard.see_other(url_for("clock_settings.page", _anchor=code))


def _page(problem: Problem | None) -> str:
    acting = guard.require(*clock_settings.KEEPERS)
    with reading() as session:
        lines = clock_settings.lines_of(session, acting.district)
    return render_template(
        "admin/limits.html", lines=lines, may_change=clock_settings.may_change(acting), problem=problem
    )
