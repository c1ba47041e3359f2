"""Who is acting at the desk. Every route is closed unless it stands on the short open list.

A desk POST needs the form token and an Origin of its own: two ports of one machine are one site and share cookies.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from flask import Flask, Response, abort, current_app, g, make_response, redirect, request, url_for
from flask_wtf.csrf import CSRFError, CSRFProtect
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException

from fieldapp.actions import accounts, sessions, sign_in
from fieldapp.days import day_typed as day_of_text
from fieldapp.db import milliseconds, reading, writing
from fieldapp.errors import Problem
from fieldapp.models import audit_pages, credentials, scope
from fieldapp.models.accounts import Acting, Person, Role, acting_for
from fieldapp.models.bodies import REPORTER_FORMS
from fieldapp.web import times
from fieldapp.web.language import preferred_language

COOKIE = "fieldapp_desk"
OPEN_ENDPOINTS = frozenset(
    {"session.sign_in_form", "session.sign_in", "session.sign_in_with_passkey", "outside.start", "outside.back"}
)
PASSWORD_ENDPOINTS = frozenset({"session.password_form", "session.change_password", "session.sign_out"})
# What a session opens whose password alone was right: showing the second factor, or setting up the first one.
BEGUN_ENDPOINTS = frozenset(
    {"second_factor.ask", "second_factor.show", "second_factor.set_up_form", "second_factor.set_up_app"}
    | {"second_factor.show_passkey", "second_factor.set_up_passkey", "session.sign_out", "session.language"}
)
PROOF_ENDPOINTS = frozenset({"second_factor.proof_form", "second_factor.proof", "second_factor.prove_with_passkey"})
RESET_ENDPOINTS = frozenset(
    {"admin.new_person_form", "admin.new_person", "admin.person", "admin.device_code", "resets.carry_out"}
)
TOUCH_EVERY_S = 30
# In this order: each later one is also named by those before it.
_BROWSERS = (("Edg", "Edge"), ("Firefox", "Firefox"), ("Chrom", "Chromium"), ("Safari", "Safari"))
_SYSTEMS = (
    ("OpenHarmony", "HarmonyOS"), ("Android", "Android"), ("iPhone", "iOS"), ("iPad", "iOS"), ("Windows", "Windows"),
    ("Mac OS", "macOS"), ("Linux", "Linux"),
)  # fmt: skip

_csrf = CSRFProtect()


def init_guard(app: Flask) -> None:
    """Close the desk's routes, and check the token and the origin of every POST."""
    # Our own check of Origin below stands in for the Referer, which no page of ours sends.
    app.config.setdefault("WTF_CSRF_SSL_STRICT", False)
    app.config.setdefault("WTF_CSRF_TIME_LIMIT", None)
    app.config.setdefault("WTF_CSRF_CHECK_DEFAULT", False)
    _csrf.init_app(app)
    # In this order: the token stands in the form, and nobody's form is read before it is known whose it is. At one
    # address it may be 48 MB.
    for check in (_check_origin, _know_who, _check_token, _check_text):
        app.before_request(check)
    app.after_request(_show_refusal_apart)
    app.context_processor(_for_templates)
    times.init_times(app)


def acting() -> Acting:
    """The person acting in this request."""
    found: Acting = g.acting
    return found


def is_proved() -> bool:
    """Whether this session has shown a second factor, not the password alone."""
    return bool(g.get("is_proved"))


def now() -> datetime:
    """The server's clock, as tests inject it."""
    moment: datetime = current_app.extensions["clock"]()
    return moment


def language() -> str:
    """`zh` or `en`, as this answer speaks."""
    return "en" if preferred_language() == "en" else "zh"


def is_fresh() -> bool:
    """Whether she proved herself within the last five minutes: for a page that keeps what was typed while she does;
    every other act calls `require_fresh`.
    """
    return bool(g.get("is_fresh"))


def require(*roles: Role) -> Acting:
    """The acting person, who must hold one of these roles; else the page does not exist for her."""
    person = acting()
    if not person.has(*roles):
        raise Problem("not_found")
    return person


def require_fresh(back: str | None = None) -> Acting:
    """The acting person, who proved herself within the last five minutes; else she is led to do so and comes `back`.

    For acts that change what others may do, and for what leaves this server. Call it before anything is read from the
    form: it is to be sent again afterwards. `back` is a page of this desk; without it the page of this address, where a
    GET leads to one. A script (htmx, fetch) is answered with the Problem `fresh_proof_needed`.
    """
    if g.is_fresh:
        return acting()
    page = own_path(back or _page_of_this_address())
    if is_htmx() or request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate":
        raise Problem("fresh_proof_needed", proof=url_for("second_factor.proof_form", next=page))
    abort(see_other(url_for("second_factor.proof_form", next=page)))


def is_htmx() -> bool:
    """Whether htmx asked for a fragment; such answers carry `Vary: HX-Request`."""
    return request.headers.get("HX-Request") == "true"


def see_other(address: str) -> Response:
    """Answer a form that was carried out: 303, so that reloading the next page repeats nothing."""
    return make_response(redirect(address, code=303))


def id_typed(field: str) -> UUID:
    """The id in a field of the form. Raises `request_malformed`."""
    try:
        return UUID(request.form.get(field, ""))
    except ValueError as error:
        raise Problem("request_malformed") from error


def day_typed(field: str) -> date | None:
    """The day in a field of the form, as 2026-11-23; None where it is empty. Raises `request_malformed` for what is no
    day: nobody meant another.
    """
    typed = request.form.get(field, "").strip()
    day = day_of_text(typed)
    if typed and day is None:
        raise Problem("request_malformed")
    return day


def answered(act: Callable[[Session], str], refused: Callable[[Problem], str]) -> Response | tuple[str, int]:
    """Carry out an act in one transaction, and go on to the address it gives. What it refuses is said by the page that
    `refused` makes; what is not there stays not found.
    """
    try:
        with writing() as session:
            address = act(session)
    except Problem as problem:
        if problem.code == "not_found":
            raise
        return refused(problem), problem.status
    return see_other(address)


def set_session_cookie(response: Response, token: str | None) -> Response:
    """Give the browser its session, or take it away (None)."""
    if token is None:
        response.delete_cookie(COOKIE, path="/")
    else:
        response.set_cookie(COOKIE, token, path="/", httponly=True, samesite="Lax", secure=request.is_secure)
    return response


def _page_of_this_address() -> str:
    if request.method == "GET":
        return request.full_path.rstrip("?")
    try:
        current_app.create_url_adapter(request).match(request.path, method="GET")  # type: ignore[union-attr]
    except HTTPException:
        return "/"
    return request.path


def browser_name() -> str:
    """What her list of sessions calls this browser: "Firefox, Windows". Families only: no version, nothing that marks
    one browser among many.
    """
    said = request.user_agent.string
    named = [next((name for mark, name in marks if mark in said), "") for marks in (_BROWSERS, _SYSTEMS)]
    return ", ".join(filter(None, named))


def _is_desk() -> bool:
    blueprint = current_app.blueprints.get(request.blueprint or "")
    return getattr(blueprint, "origin", "desk") == "desk"


def _changes_something() -> bool:
    return request.method not in ("GET", "HEAD", "OPTIONS") and _is_desk() and request.endpoint is not None


def _check_origin() -> None:
    if not _changes_something():
        return
    origin = request.headers.get("Origin")
    own = origin is not None and urlsplit(origin).netloc == request.host
    # With a no-referrer policy a browser writes "null" for a form of the same page; Sec-Fetch-Site then tells.
    hidden = origin in (None, "null") and request.headers.get("Sec-Fetch-Site") == "same-origin"
    if not own and not hidden:
        raise Problem("other_origin")


def _check_token() -> None:
    if not _changes_something():
        return
    try:
        _csrf.protect()
    except CSRFError as error:
        raise Problem("form_token") from error


def _check_text() -> None:
    """A NUL, which no keyboard types and PostgreSQL keeps in no text, is refused in one place."""
    if _is_desk() and request.endpoint is not None:
        typed = (request.args, request.form) if _changes_something() else (request.args,)
        if any("\0" in text for given in typed for texts in given.listvalues() for text in texts):
            raise Problem("request_malformed")


def _know_who() -> Response | None:
    if not _is_desk() or request.endpoint is None:
        return None
    if request.endpoint in OPEN_ENDPOINTS | PASSWORD_ENDPOINTS | BEGUN_ENDPOINTS | PROOF_ENDPOINTS | RESET_ENDPOINTS:
        g.htmx_local = True  # pages that take a password or show a code load nothing from elsewhere
    if request.endpoint in OPEN_ENDPOINTS:
        return None
    token = request.cookies.get(COOKIE, "")
    moment = now()
    with reading() as session:
        row = sessions.running(session, token, moment) if token else None
        person = None if row is None else session.get(Person, (row.district, row.person_id))
        found = None if row is None else acting_for(session, row.district, row.person_id, moment)
        must_change = row is not None and sessions.must_change_password(session, row)
        if found is not None:
            g.password_given = accounts.password_given(session, found, moment)
            g.notices = credentials.notices_of(session, found.district, found.person_id, moment)
    if row is None or person is None or found is None or not found.has(*sign_in.DESK_ROLES):
        return _lead_to("session.sign_in_form", "sign_in_needed")
    g.acting, g.language = found, person.language
    g.is_proved, g.is_fresh = row.proved_at is not None, sessions.is_fresh(row, moment)
    if milliseconds(moment) - milliseconds(row.last_seen_at) > TOUCH_EVERY_S * 1000:
        with writing() as session:
            sessions.touch(session, token, moment)
    if not is_proved():
        return None if request.endpoint in BEGUN_ENDPOINTS else _lead_to("second_factor.ask", "second_factor_needed")
    if must_change and request.endpoint not in PASSWORD_ENDPOINTS | BEGUN_ENDPOINTS:
        return see_other(url_for("session.password_form"))
    return None


def _lead_to(endpoint: str, code: str) -> Response:
    """To the page that is needed first, and back afterwards; what was sent with a form is refused by this code."""
    if request.method != "GET" or is_htmx():
        raise Problem(code)
    asked = request.full_path.rstrip("?")
    return see_other(url_for(endpoint, next=None if asked == "/" else asked))


def own_path(text: str) -> str:
    """An address of this desk to go on to, or "/": what a link brings along never leads elsewhere."""
    plain = text.isprintable() and text.startswith("/") and not text.startswith("//") and "\\" not in text
    return text if plain and len(text) <= 500 else "/"


def _show_refusal_apart(response: Response) -> Response:
    # htmx would put a refusal where the answer was to stand, and the row would be gone.
    if response.status_code >= 400 and _is_desk() and is_htmx():
        response.headers["HX-Retarget"], response.headers["HX-Reswap"] = "#told", "innerHTML"
    return response


def _for_templates() -> dict[str, Any]:
    config = current_app.extensions["config"]
    return {
        "acting": g.get("acting"),
        "is_proved": is_proved(),
        "reporter_forms": REPORTER_FORMS,
        "may_publish": g.get("acting") is not None and scope.may_publish_forms(g.acting),
        "may_audit": g.get("acting") is not None and audit_pages.may_read(g.acting),
        "password_given": g.get("password_given"),
        "notices": g.get("notices", []),
        "language": language(),
        "is_demo": config.demo,
        "has_outside": config.outside is not None,
        "roles": Role,
    }
