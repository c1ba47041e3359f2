"""Standing teams and the directory of experts at the desk; and asking an expert, from a file's page."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, render_template, request, url_for
from sqlalchemy.orm import Session

from fieldapp.actions import crews
from fieldapp.days import day_of
from fieldapp.db import reading, writing
from fieldapp.errors import Problem
from fieldapp.models import crews as models
from fieldapp.models.accounts import Acting, Role
from fieldapp.web import guard, problems, words

bp = Blueprint("crews", __name__)
bp.origin = "desk"  # type: ignore[attr-defined]
problems.lead_back(bp, problems.to_file("experts"))


@bp.get("/crews")
def page() -> str:
    return _page(None)


@bp.post("/crews")
def add_crew() -> Response | tuple[str, int]:
    kind, name = request.form.get("kind", ""), request.form.get("name", "")
    return _carry_out(lambda session, acting: crews.add_crew(session, acting, kind=kind, name=name, now=guard.now()))


@bp.post("/crews/<uuid:crew_id>/end")
def end_crew(crew_id: UUID) -> Response | tuple[str, int]:
    return _carry_out(lambda session, acting: crews.end_crew(session, acting, crew_id, guard.now()))


@bp.post("/crews/<uuid:crew_id>/members")
def add_member(crew_id: UUID) -> Response | tuple[str, int]:
    name = request.form.get("name", "")
    return _carry_out(lambda session, acting: crews.add_member(session, acting, crew_id, name, guard.now()))


@bp.post("/crews/members/<uuid:member_id>/end")
def end_member(member_id: UUID) -> Response | tuple[str, int]:
    return _carry_out(lambda session, acting: crews.end_member(session, acting, member_id, guard.now()))


@bp.post("/crews/experts")
def add_expert() -> Response | tuple[str, int]:
    form = request.form
    told = {name: form.get(name, "") for name in ("name", "kind", "organisation")}
    until = _day(form.get("contract_until", ""))
    return _carry_out(
        lambda session, acting: crews.add_expert(session, acting, **told, contract_until=until, now=guard.now())
    )


@bp.post("/crews/experts/<uuid:expert_id>/renew")
def renew_expert(expert_id: UUID) -> Response | tuple[str, int]:
    until = _day(request.form.get("contract_until", ""))
    return _carry_out(lambda session, acting: crews.renew_expert(session, acting, expert_id, until, guard.now()))


@bp.post("/crews/experts/<uuid:expert_id>/end")
def end_expert(expert_id: UUID) -> Response | tuple[str, int]:
    return _carry_out(lambda session, acting: crews.end_expert(session, acting, expert_id, guard.now()))


@bp.post("/cases/<uuid:case_id>/experts")
def name_expert(case_id: UUID) -> Response:
    acting = guard.require(Role.CASEWORKER, Role.SUPERVISOR)
    record_id, expert_id = guard.id_typed("record"), guard.id_typed("expert")
    with writing() as session:
        crews.name_expert(session, acting, case_id, record_id, expert_id, guard.now())
    return guard.see_other(url_for("cases.case_file", case_id=case_id, _anchor="experts"))


def _carry_out(act: Callable[[Session, Acting], Any]) -> Response | tuple[str, int]:
    acting = guard.require(*crews.KEEPERS)

    def done(session: Session) -> str:
        act(session, acting)
        return url_for("crews.page")

    return guard.answered(done, _page)


def _page(problem: Problem | None) -> str:
    acting, today = guard.require(*crews.KEEPERS), day_of(guard.now())
    with reading() as session:
        teams = models.crews_of(session, acting.district)
        experts = models.experts_of(session, acting.district)
    return render_template(
        "admin/crews.html",
        teams=teams,
        experts=experts,
        today=today,
        may_keep=crews.may_keep(acting),
        words=words,
        typed=request.form,
        problem=problem,
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise Problem("request_malformed") from error
