"""What somebody signs in with, and where she is signed in: her own page."""

from flask import Blueprint, Response, render_template, request, url_for

from fieldapp.actions import oidc, passkeys, second_factor, sessions
from fieldapp.db import reading, writing
from fieldapp.errors import Problem
from fieldapp.models import credentials
from fieldapp.web import guard

bp = Blueprint("security", __name__, url_prefix="/session/own")
bp.origin = "desk"  # type: ignore[attr-defined]


@bp.get("")
def page() -> str:
    return _page(None)


@bp.post("/recovery-codes")
def recovery_codes() -> str:
    """Shown once, in the answer to the POST itself: no address leads to them again."""
    guard.require_fresh(url_for("security.page"))
    with writing() as session:
        codes = second_factor.make_recovery_codes(session, guard.acting(), guard.now())
    return render_template("session/recovery_codes.html", codes=codes, after=url_for("security.page"))


@bp.post("/app/remove")
def remove_app() -> Response | tuple[str, int]:
    guard.require_fresh(url_for("security.page"))
    try:
        with writing() as session:
            second_factor.remove_app(session, guard.acting(), guard.now())
    except Problem as problem:
        return _page(problem), problem.status
    return guard.see_other(url_for("security.page"))


@bp.post("/passkeys/<credential_id>/remove")
def remove_passkey(credential_id: str) -> Response | tuple[str, int]:
    guard.require_fresh(url_for("security.page"))
    try:
        with writing() as session:
            passkeys.remove(session, guard.acting(), _bytes(credential_id), guard.now())
    except Problem as problem:
        return _page(problem), problem.status
    return guard.see_other(url_for("security.page"))


@bp.post("/identities/<identity>/remove")
def remove_identity(identity: str) -> Response:
    """An identity of the organisation's own sign-in opens her account no more."""
    guard.require_fresh(url_for("security.page"))
    with writing() as session:
        oidc.remove_own(session, guard.acting(), identity, guard.now())
        sessions.end_others(session, guard.acting(), request.cookies[guard.COOKIE], guard.now())
    return guard.see_other(url_for("security.page"))


@bp.post("/sessions/<session_id>/end")
def end_session(session_id: str) -> Response:
    with writing() as session:
        sessions.end_one(session, guard.acting(), _bytes(session_id), guard.now())
    return guard.see_other(url_for("security.page"))


@bp.post("/sessions/end-others")
def end_others() -> Response:
    with writing() as session:
        sessions.end_others(session, guard.acting(), request.cookies[guard.COOKIE], guard.now())
    return guard.see_other(url_for("security.page"))


def _bytes(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise Problem("not_found") from error


def _page(problem: Problem | None) -> str:
    acting, token = guard.acting(), request.cookies[guard.COOKIE]
    with reading() as session:
        running = sessions.list_own(session, acting, guard.now())
        return render_template(
            "session/own.html",
            problem=problem,
            app=credentials.app_of(session, acting),
            passkeys=credentials.passkeys_of(session, acting),
            identities=credentials.identities_of(session, acting.district, acting.person_id),
            codes_left=credentials.recovery_codes_left(session, acting),
            running=[(row, sessions.is_of(row, token)) for row in running],
        )
