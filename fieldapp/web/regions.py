"""Divisions at the desk: what is valid today, and importing a file of them after a look at what it would change."""

from flask import Blueprint, render_template, request, url_for

from fieldapp.actions import regions
from fieldapp.days import day_of
from fieldapp.db import reading, writing
from fieldapp.errors import Problem
from fieldapp.models.accounts import Role
from fieldapp.models.regions import names_of
from fieldapp.web import guard, words

bp = Blueprint("regions", __name__, url_prefix="/admin/regions")
bp.origin = "desk"  # type: ignore[attr-defined]


@bp.get("")
def page() -> str:
    return _page(None, None, is_done=False)


@bp.post("")
def import_file() -> str | tuple[str, int]:
    """Look at a file, or put it in: the form's button says which. Nothing is put in while a row is wrong."""
    acting = guard.require(Role.ADMINISTRATOR)
    is_done = request.form.get("act") == "import"
    if is_done:
        guard.require_fresh(url_for("regions.page"))
    upload = request.files.get("file")
    content = upload.read() if upload else b""
    try:
        with writing() as session:
            result = regions.import_file(session, content, acting=acting, dry_run=not is_done, now=guard.now())
    except Problem as problem:
        if problem.code == "not_found":
            raise
        return _page(None, problem, is_done=False), problem.status
    return _page(result, None, is_done=is_done and not result.bad), 422 if result.bad else 200


def _page(result: regions.Imported | None, problem: Problem | None, *, is_done: bool) -> str:
    acting = guard.require(Role.ADMINISTRATOR, Role.DATA_PROTECTION)
    with reading() as session:
        named = names_of(session, acting.district, day_of(guard.now()))
    return render_template(
        "admin/regions.html",
        regions=named,
        result=result,
        is_done=is_done,
        problem=problem,
        columns=regions.COLUMNS,
        may_import=acting.district in acting.regions(Role.ADMINISTRATOR),
        words=words,
    )
