"""Signing in and out at the desk, and one's own password."""

from flask import Blueprint, Response, current_app, g, make_response, render_template, request, url_for
from flask import session as page_session

from fieldapp.actions import accounts, passkeys, sessions
from fieldapp.actions import sign_in as sign_in_rules
from fieldapp.actions.passkeys import Place
from fieldapp.db import reading, writing
from fieldapp.errors import Problem
from fieldapp.web import guard, slips
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
    after = guard.own_path(request.form.get("next", "/"))
    on = guard.see_other(url_for("second_factor.ask", next=None if after == "/" else after))
    return guard.set_session_cookie(on, token)


@bp.post("/sign-in/passkey")
def sign_in_with_passkey() -> Response:
    """A passkey with its PIN or finger is two factors at once: nothing else is asked for."""
    after = request.form.get("next", "/")
    try:
        token = _try_passkey(request.remote_addr or "", guard.browser_name())
    except Problem as problem:
        return make_response(_sign_in_page(problem, "", after), problem.status)
    return guard.set_session_cookie(guard.see_other(guard.own_path(after)), token)


def _sign_in_page(problem: Problem | None, login: str, after: str) -> str:
    with reading() as session:
        asked = passkeys.ask_to_show(session, None, _place())
    return render_template(
        "session/sign_in.html",
        problem=problem,
        login=login,
        after=guard.own_path(after),
        passkey=asked,
        passkey_slip=slips.write("passkey sign-in", {"challenge": asked.challenge}),
    )


def _try_passkey(address: str, browser: str) -> str:
    moment = guard.now()
    challenge = slips.read("passkey sign-in", request.form.get("slip", ""))["challenge"]
    with writing() as session:
        sign_in_rules.refuse_while_address_delayed(session, passkeys.WHAT, address, moment)
        account = passkeys.show(session, None, _place(), challenge, request.form.get("answer", ""), moment)
        started = None if account is None else sessions.start(session, account, browser, moment, is_proved=True)
        if started is None:
            sign_in_rules.note_failure_of_address(session, passkeys.WHAT, address, moment)
    if started is None:
        raise Problem("passkey_refused")
    return started[0]


def _place() -> Place:
    return passkeys.place_of(current_app.extensions["config"])


def _try(login: str, password: str, address: str, browser: str) -> str:
    moment = guard.now()
    with reading() as session:
        sign_in_rules.refuse_while_delayed(session, "desk", login, address, moment)
        account = sign_in_rules.check_credential(session, login, password, moment)
    with writing() as session:
        started = None if account is None else sessions.start(session, account, browser, moment, is_proved=False)
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


@bp.get("/password")
def password_form() -> str:
    return render_template("session/password.html", problem=None)


@bp.post("/password")
def change_password() -> Response | tuple[str, int]:
    login, address = _own_login(), request.remote_addr or ""
    try:
        with reading() as session:
            # Counted with the wrong proofs: it is the same password that is guessed.
            sign_in_rules.refuse_while_delayed(session, "proof", login, address, guard.now())
        with writing() as session:
            accounts.change_own_password(
                session,
                guard.acting(),
                request.form.get("old", ""),
                request.form.get("new", ""),
                request.cookies[guard.COOKIE],
                guard.now(),
            )
    except Problem as problem:
        if problem.code == "password_wrong":
            with writing() as session:
                sign_in_rules.note_failure(session, "proof", login, address, guard.now())
        return render_template("session/password.html", problem=problem), problem.status
    return guard.see_other("/")


def _own_login() -> str:
    with reading() as session:
        return accounts.own_account(session, guard.acting()).login


@bp.post("/language")
def language() -> Response:
    wanted = request.form.get("language", "zh")
    if wanted in LANGUAGES and "acting" in g:
        with writing() as session:
            accounts.choose_language(session, g.acting, wanted, guard.now())
    return guard.see_other(guard.own_path(request.form.get("next", "/")))
