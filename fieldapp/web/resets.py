"""Acts upon somebody's sign-in that two people do together: asked for on her page, confirmed and carried out here."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from flask import Blueprint, Response, current_app, render_template, request, url_for
from sqlalchemy.orm import Session

from fieldapp.actions import resets
from fieldapp.db import reading, writing
from fieldapp.errors import Problem
from fieldapp.models.accounts import Acting, Role
from fieldapp.models.credentials import TwoPersonKind
from fieldapp.web import device_codes, guard, words

SUBJECT_CHARS_MAX = 200

bp = Blueprint("resets", __name__, url_prefix="/admin")
bp.origin = "desk"  # type: ignore[attr-defined]


@bp.get("/requests")
def page() -> str:
    return _page(None)


@bp.post("/people/<uuid:person_id>/ask")
def ask(person_id: UUID) -> Response:
    guard.require_fresh(url_for("admin.person", person_id=person_id))
    try:
        kind = TwoPersonKind(request.form.get("kind", ""))
    except ValueError as error:
        raise Problem("request_malformed") from error
    about = _identity() if kind is TwoPersonKind.IDENTITY else None
    with writing() as session:
        resets.ask(session, guard.require(Role.ADMINISTRATOR), kind, person_id, guard.now(), about)
    return guard.see_other(url_for("resets.page"))


@bp.post("/requests/<uuid:request_id>/confirm")
def confirm(request_id: UUID) -> Response | tuple[str, int]:
    guard.require_fresh(url_for("resets.page"))
    return _act(resets.confirm, request_id)


@bp.post("/requests/<uuid:request_id>/refuse")
def refuse(request_id: UUID) -> Response | tuple[str, int]:
    return _act(resets.refuse, request_id)


@bp.post("/requests/<uuid:request_id>/carry-out")
def carry_out(request_id: UUID) -> Response | str | tuple[str, int]:
    """What it brings is shown once, in the answer to the POST itself."""
    guard.require_fresh(url_for("resets.page"))
    acting = guard.require(Role.ADMINISTRATOR)
    try:
        with writing() as session:
            shown = resets.carry_out(session, acting, request_id, guard.now())
            subject_id = resets.subject_of(session, acting.district, request_id)
    except Problem as problem:
        if problem.code == "not_found":
            raise
        return _page(problem), problem.status
    if shown.code is not None:
        return device_codes.page(subject_id, shown.code)
    if shown.password is not None:
        return render_template("admin/new_password.html", person_id=subject_id, password=shown.password)
    return guard.see_other(url_for("admin.person", person_id=subject_id))


def _act(act: Callable[[Session, Acting, UUID, datetime], object], request_id: UUID) -> Response | tuple[str, int]:
    acting = guard.require(*resets.CONFIRMING_ROLES)

    def done(session: Session) -> str:
        act(session, acting, request_id, guard.now())
        return url_for("resets.page")

    return guard.answered(done, _page)


def _identity() -> dict[str, str]:
    """Which identity of the organisation's own sign-in, as that server names it."""
    given, subject = current_app.extensions["config"].outside, request.form.get("subject", "").strip()
    if given is None or not 0 < len(subject) <= SUBJECT_CHARS_MAX:
        raise Problem("request_malformed")
    return {"issuer": given.issuer, "subject": subject}


def _page(problem: Problem | None) -> str:
    acting = guard.require(*resets.CONFIRMING_ROLES)
    with reading() as session:
        rows = resets.list_open(session, acting, guard.now())
    return render_template("admin/requests.html", rows=rows, words=words, problem=problem)
