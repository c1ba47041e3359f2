"""Work kept aside: the list, one thing opened, and the two ways to settle it."""

from uuid import UUID

from flask import Blueprint, Response, render_template, request, url_for

from fieldapp.actions import kept
from fieldapp.db import reading, writing
from fieldapp.models.accounts import Role
from fieldapp.web import guard, problems, words

bp = Blueprint("kept", __name__, url_prefix="/kept")
bp.origin = "desk"  # type: ignore[attr-defined]
problems.lead_back(bp, problems.to_page("kept.kept_one", "kept_id"))


@bp.get("")
def kept_list() -> str:
    person = guard.require(Role.SUPERVISOR, Role.ADMINISTRATOR)
    with reading() as session:
        rows = kept.kept_rows(session, person)
    return render_template("review/kept.html", rows=rows, words=words)


@bp.get("/<uuid:kept_id>")
def kept_one(kept_id: UUID) -> str:
    with writing() as session:  # opening it writes a row of audit
        view = kept.read_kept(session, guard.require(Role.SUPERVISOR), kept_id, guard.language(), guard.now())
    return render_template("review/kept_one.html", view=view, words=words)


@bp.post("/<uuid:kept_id>/take-in")
def take_in(kept_id: UUID) -> Response:
    with writing() as session:
        taken = kept.take_in(session, guard.require(Role.SUPERVISOR), kept_id, guard.now())
    return guard.see_other(url_for("review.report", record_id=taken.record_id))


@bp.post("/<uuid:kept_id>/settle")
def settle(kept_id: UUID) -> Response:
    with writing() as session:
        kept.settle(session, guard.require(Role.SUPERVISOR), kept_id, request.form.get("reason", ""), guard.now())
    return guard.see_other(url_for("kept.kept_list"))
