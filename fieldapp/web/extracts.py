"""Giving another office a masked extract: what may go there, to whom and why, and printing what was given."""

from uuid import UUID

from flask import Blueprint, Response, render_template, request, url_for

from fieldapp.actions import extracts
from fieldapp.casework.letters.extracts import BASES
from fieldapp.db import writing
from fieldapp.errors import Problem
from fieldapp.models.accounts import Role
from fieldapp.models.organisations import KINDS
from fieldapp.web import guard, words

bp = Blueprint("extracts", __name__, url_prefix="/extracts")
bp.origin = "desk"  # type: ignore[attr-defined]


@bp.get("/of/<uuid:case_id>")
def choose(case_id: UUID) -> str:
    return _page(case_id, request.args.get("receiver") or "civil", None)


@bp.post("/of/<uuid:case_id>")
def share(case_id: UUID) -> Response | tuple[str, int]:
    """Leaves this server: a fresh proof each time."""
    form = request.form
    receiver = form.get("receiver", "")
    guard.require_fresh(url_for("extracts.choose", case_id=case_id, receiver=receiver))
    try:
        with writing() as session:
            extracts.share(
                session, guard.require(Role.SUPERVISOR), case_id, receiver=receiver,
                receiver_name=form.get("receiver_name", ""), basis=form.get("basis", ""),
                basis_text=form.get("basis_text", ""), purpose=form.get("purpose", ""), chosen=form.getlist("fields"),
                now=guard.now(),
            )  # fmt: skip
    except Problem as problem:
        if problem.code in ("not_found", "reason_needed"):
            raise
        return _page(case_id, receiver if receiver in KINDS else "civil", problem), problem.status
    return guard.see_other(url_for("letters.page", case_id=case_id))


@bp.post("/<uuid:share_id>/copies")
def copy(share_id: UUID) -> str:
    """The extract to print. Each time it is shown for printing is a copy that is counted."""
    with writing() as session:
        case, view = extracts.print_copy(session, guard.require(Role.SUPERVISOR), share_id, guard.now())
    back = url_for("letters.page", case_id=case.case_id)
    return render_template("letters/extract.html", view=view, back=back, bases=BASES, words=words)


def _page(case_id: UUID, receiver: str, problem: Problem | None) -> str:
    person, moment = guard.require(Role.SUPERVISOR), guard.now()
    with writing() as session:  # what is known of a family is read here: a row of audit
        case, fields = extracts.offered(session, person, case_id, receiver, moment)
        extracts.note_offered(session, person, case, receiver, moment)
    return render_template(
        "letters/extract_new.html", case=case, fields=fields, receiver=receiver, receivers=KINDS, bases=BASES,
        words=words, problem=problem, typed=request.form,
    )  # fmt: skip
