"""Signing in and out at the desk, and one's own password."""

from flask import Blueprint, Response, g, make_response, render_template, request, url_for
from flask import session as page_session

from fieldapp.actions import accounts, sessions
from fieldapp.actions import sign_in as sign_in_rules
from fieldapp.db import reading, writing
from fieldapp.errors import Problem
from fieldapp.web import guard
from fieldapp.web.language import LANGUAGES

bp = Blueprint("session", __name__)
bp.origin = "desk"  # type: ignore[attr-defined]


@bp.get("/sign-in")
def sign_in_form() -> str:
    return _sign_in_page(None, "", request.args.get("next", "/"))


@bp.post("/sign-in")
def sign_in() -> Response:
    login, password = request.form.get("login", ""), request.form.get("password", "")
    try:
        token = _try(login[:64], password[:128], request.remote_addr or "", guard.browser_name())
    except Problem as problem:
        page = make_response(_sign_in_page(problem, login, request.form.get("next", "/")), problem.status)
        if "retry_after_s" in problem.details:
            page.headers["Retry-After"] = str(problem.details["retry_after_s"])
        return page
    return guard.set_session_cookie(guard.see_other(guard.own_path(request.form.get("next", "/"))), token)


def _sign_in_page(problem: Problem | None, login: str, after: str) -> str:
    return render_template("session/sign_in.html", problem=problem, login=login, after=guard.own_path(after))


def _try(login: str, password: str, address: str, browser: str) -> str:
    moment = guard.now()
    with reading() as session:
        sign_in_rules.refuse_while_delayed(session, "desk", login, address, moment)
        account = sign_in_rules.check_credential(session, login, password, moment)
    with writing() as session:
        started = None if account is None else sessions.start(session, account, browser, moment, is_proved=True)
        if started is None:
            sign_in_rules.note_failure(session, "desk", login, address, moment)
        else:
            sign_in_rules.clear_failures(session, "desk", login, address)
    if started is None:
        raise Problem("sign_in_refused")
    return started[0]


@bp.post("/sign-out")
def sign_out() -> Response:
    with writing() as session:
        sessions.end(session, request.cookies.get(guard.COOKIE, ""), guard.now())
    page_session.clear()  # the form token of whoever comes next is another
    response = guard.see_other(url_for("session.sign_in_form"))
    # Names storage and cache, never cookies: two ports of one machine share those.
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return guard.set_session_cookie(response, None)


@bp.get("/session/proof")
def proof_form() -> str:
    """That it is still she: asked before acts that change what others may do."""
    return _proof_page(None, request.args.get("next", "/"))


@bp.post("/session/proof")
def proof() -> Response | tuple[str, int]:
    after, moment = guard.own_path(request.form.get("next", "/")), guard.now()
    try:
        with reading() as session:
            account = accounts.own_account(session, guard.acting())
            sign_in_rules.refuse_while_delayed(session, "proof", account.login, request.remote_addr or "", moment)
            right = sign_in_rules.check_credential(
                session, account.login, request.form.get("password", "")[:128], moment
            )
        with writing() as session:
            if right is None:
                sign_in_rules.note_failure(session, "proof", account.login, request.remote_addr or "", moment)
            else:
                sign_in_rules.clear_failures(session, "proof", account.login, request.remote_addr or "")
                sessions.prove(session, guard.acting(), request.cookies[guard.COOKIE], moment)
        if right is None:
            raise Problem("password_wrong")
    except Problem as problem:
        return _proof_page(problem, after), problem.status
    return guard.see_other(after)


def _proof_page(problem: Problem | None, after: str) -> str:
    return render_template("session/proof.html", problem=problem, after=guard.own_path(after))


@bp.get("/password")
def password_form() -> str:
    return render_template("session/password.html", problem=None)


@bp.post("/password")
def change_password() -> Response | tuple[str, int]:
    try:
        with writing() as session:
            accounts.change_own_password(
                session,
                guard.acting(),
                request.form.get("old", ""),
                request.form.get("new", ""),
                guard.now(),
            )
    except Problem as problem:
        return render_template("session/password.html", problem=problem), problem.status
    return guard.set_session_cookie(guard.see_other(url_for("session.sign_in_form")), None)


@bp.post("/language")
def language() -> Response:
    wanted = request.form.get("language", "zh")
    if wanted in LANGUAGES and "acting" in g:
        with writing() as session:
            accounts.choose_language(session, g.acting, wanted, guard.now())
    return guard.see_other(guard.own_path(request.form.get("next", "/")))
