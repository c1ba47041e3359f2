"""The money that is kept for somebody: its ledger, a new line, taking one back, uses that follow-ups told of."""

from uuid import UUID

from flask import Blueprint, Response, render_template, request, url_for

from fieldapp.actions import funds
from fieldapp.casework import custody
from fieldapp.casework.custody import Entry
from fieldapp.casework.states import Refusal
from fieldapp.days import day_of
from fieldapp.db import writing
from fieldapp.errors import Problem
from fieldapp.web import guard, words

bp = Blueprint("funds", __name__, url_prefix="/cases/<uuid:case_id>/funds")
bp.origin = "desk"  # type: ignore[attr-defined]


@bp.get("")
def page(case_id: UUID) -> str:
    return _page(case_id, None, None)


@bp.post("")
def write(case_id: UUID) -> Response | tuple[str, int]:
    said = {name: request.form.get(name, "").strip() for name in ("entry", "on", "yuan", "purpose", "keeper")}
    try:
        with writing() as session:
            refusal = funds.write(session, guard.acting(), case_id, **said, now=guard.now())
    except Problem as problem:
        if problem.code in ("not_found", "reason_needed"):
            raise
        return _page(case_id, None, problem), problem.status
    return _after(case_id, refusal)


@bp.post("/told/<uuid:line_id>")
def take_over(case_id: UUID, line_id: UUID) -> Response | tuple[str, int]:
    with writing() as session:
        refusal = funds.take_over(session, guard.acting(), case_id, line_id, guard.now())
    return _after(case_id, refusal)


@bp.post("/<uuid:line_id>/cancel")
def cancel(case_id: UUID, line_id: UUID) -> Response | tuple[str, int]:
    with writing() as session:
        refusal = funds.cancel(session, guard.acting(), case_id, line_id, request.form.get("reason", ""), guard.now())
    return _after(case_id, refusal)


def _after(case_id: UUID, refusal: Refusal | None) -> Response | tuple[str, int]:
    if refusal is not None:
        return _page(case_id, refusal, None), 409
    return guard.see_other(url_for("funds.page", case_id=case_id))


def _page(case_id: UUID, refusal: Refusal | None, problem: Problem | None) -> str:
    with writing() as session:  # reading it writes a row of audit
        account = funds.read(session, guard.acting(), case_id, guard.now())
    cancelled = {line.cancels for line, _ in account.rows if line.cancels}
    return render_template(
        "cases/funds.html",
        account=account,
        cancelled=cancelled,
        yuan_of=custody.yuan_of,
        entries=list(Entry),
        refusal=refusal,
        problem=problem,
        words=words,
        today=day_of(guard.now()).isoformat(),
        typed=request.form,
    )
