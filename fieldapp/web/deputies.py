"""Deputies: who stands in for a supervisor, from when until when."""

from datetime import date
from uuid import UUID

from flask import Blueprint, Response, render_template, request, url_for

from fieldapp.actions import deputies
from fieldapp.days import day_of
from fieldapp.db import reading, writing
from fieldapp.errors import Problem
from fieldapp.models.accounts import Role
from fieldapp.models.regions import names_of
from fieldapp.web import guard, words

bp = Blueprint("deputies", __name__, url_prefix="/deputies")
bp.origin = "desk"  # type: ignore[attr-defined]


@bp.get("")
def page() -> str:
    return _page(None)


@bp.post("")
def name_deputy() -> Response | tuple[str, int]:
    guard.require_fresh(url_for("deputies.page"))
    form = request.form
    try:
        with writing() as session:
            deputies.name_deputy(
                session,
                guard.require(Role.SUPERVISOR, Role.ADMINISTRATOR),
                UUID(form.get("principal", "")),
                UUID(form.get("deputy", "")),
                date.fromisoformat(form.get("first_day", "")),
                date.fromisoformat(form.get("last_day", "")),
                guard.now(),
            )
    except ValueError as error:
        raise Problem("request_malformed") from error
    except Problem as problem:
        if problem.code == "not_found":
            raise
        return _page(problem), problem.status
    return guard.see_other(url_for("deputies.page"))


@bp.post("/<uuid:grant_id>/end")
def end_deputy(grant_id: UUID) -> Response:
    guard.require_fresh(url_for("deputies.page"))
    with writing() as session:
        deputies.end_deputy(session, guard.require(Role.SUPERVISOR, Role.ADMINISTRATOR), grant_id, guard.now())
    return guard.see_other(url_for("deputies.page"))


def _page(problem: Problem | None) -> str:
    acting, moment = guard.require(Role.SUPERVISOR, Role.ADMINISTRATOR), guard.now()
    with reading() as session:
        context = {
            "rows": deputies.list_of(session, acting, moment),
            "principals": deputies.principals_of(session, acting),
            "people": deputies.may_stand_in(session, acting),
            "stuck": deputies.without_approver(session, acting, moment),
            "regions": names_of(session, acting.district, day_of(moment)),
        }
    return render_template(
        "admin/deputies.html", **context, problem=problem, words=words, typed=request.form, today=day_of(moment)
    )
