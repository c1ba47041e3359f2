"""The second factor at the desk: asked for after the password, set up on the first day, asked again before acts upon
others.

Until it is shown, a session opens these pages alone (guard.BEGUN_ENDPOINTS).
"""

from typing import Any

import segno
from flask import Blueprint, Response, current_app, make_response, render_template, request, url_for
from markupsafe import Markup

from fieldapp.actions import accounts, passkeys, second_factor, sessions, sign_in
from fieldapp.actions.passkeys import Place
from fieldapp.db import reading, writing
from fieldapp.errors import Problem
from fieldapp.models import credentials
from fieldapp.web import guard, slips

bp = Blueprint("second_factor", __name__, url_prefix="/session")
bp.origin = "desk"  # type: ignore[attr-defined]

CODE_CHARS_MAX = 40  # a recovery code with all the blanks one likes


@bp.get("/second-factor")
def ask() -> Response | str:
    if guard.is_proved():
        return guard.see_other(guard.own_path(request.args.get("next", "/")))
    with reading() as session:
        has_one = credentials.has_second_factor(session, guard.acting())
    if not has_one:
        return guard.see_other(url_for("second_factor.set_up_form", next=request.args.get("next")))
    return _ask_page(None, request.args.get("next", "/"))


@bp.post("/second-factor")
def show() -> Response | tuple[str, int]:
    after = request.form.get("next", "/")
    try:
        if not _take_code():
            raise Problem("second_factor_refused")
    except Problem as problem:
        return _ask_page(problem, after), problem.status
    return proved(after)


@bp.post("/second-factor/passkey")
def show_passkey() -> Response | tuple[str, int]:
    after = request.form.get("next", "/")
    try:
        _check_passkey()
    except Problem as problem:
        return _ask_page(problem, after), problem.status
    return proved(after)


@bp.get("/proof")
def proof_form() -> str:
    """That it is still she: asked before acts that change what others may do."""
    return _proof_page(None, request.args.get("next", "/"))


@bp.post("/proof")
def proof() -> Response | tuple[str, int]:
    after = request.form.get("next", "/")
    try:
        # Both are asked for, and one sentence says that one of them was wrong.
        if not (_password_is_right() and _take_code()):
            raise Problem("proof_refused")
    except Problem as problem:
        return _proof_page(problem, after), problem.status
    return proved(after)


@bp.post("/proof/passkey")
def prove_with_passkey() -> Response | tuple[str, int]:
    after = request.form.get("next", "/")
    try:
        _check_passkey()
    except Problem as problem:
        return _proof_page(problem, after), problem.status
    return proved(after)


@bp.get("/set-up")
def set_up_form() -> Response | str:
    """The first day: nothing else opens before she has a second factor. Later: a new app in place of the old one."""
    if (closed := _closed_for_set_up()) is not None:
        return closed
    return _set_up_page(None, request.args.get("next", "/"))


@bp.post("/set-up")
def set_up_app() -> Response | str | tuple[str, int]:
    if (closed := _closed_for_set_up()) is not None:
        return closed
    after, acting, text = guard.own_path(request.form.get("next", "/")), guard.acting(), None
    try:
        said = slips.read("app", request.form.get("slip", ""))
        if said["for"] != str(acting.person_id):
            raise Problem("form_token")
        text = said["secret"]
        with writing() as session:
            app = second_factor.new_app(session, acting, text)
            second_factor.set_up_app(session, acting, app.secret, _typed_code(), guard.now())
    except Problem as problem:
        return _set_up_page(problem, after, text), problem.status
    return shown_once(after)


@bp.post("/set-up/passkey")
def set_up_passkey() -> Response | str | tuple[str, int]:
    if (closed := _closed_for_set_up()) is not None:
        return closed
    after, form = guard.own_path(request.form.get("next", "/")), request.form
    try:
        challenge = _challenge("make", form.get("slip", ""))
        with writing() as session:
            is_first = not credentials.has_second_factor(session, guard.acting())
            passkeys.make(
                session, guard.acting(), _place(), challenge, form.get("answer", ""), form.get("name", ""), guard.now()
            )
    except Problem as problem:
        return _set_up_page(problem, after), problem.status
    return shown_once(after) if is_first else guard.see_other(after)


def proved(after: str) -> Response:
    """She has shown all that we ask for: on to where she wanted to go."""
    old = request.cookies[guard.COOKIE]
    with writing() as session:
        token = sessions.prove(session, guard.acting(), old, guard.now())
    answer = guard.see_other(guard.own_path(after))
    return answer if token == old else guard.set_session_cookie(answer, token)


def shown_once(after: str) -> Response:
    """New recovery codes, in the answer to a POST: no address leads to them again."""
    old, moment = request.cookies[guard.COOKIE], guard.now()
    with writing() as session:
        codes = second_factor.make_recovery_codes(session, guard.acting(), moment)
        token = sessions.prove(session, guard.acting(), old, moment)
    page = make_response(render_template("session/recovery_codes.html", codes=codes, after=guard.own_path(after)))
    return page if token == old else guard.set_session_cookie(page, token)


def _closed_for_set_up() -> Response | None:
    """Whoever has a second factor shows it first; only then may she set up another."""
    with reading() as session:
        has_one = credentials.has_second_factor(session, guard.acting())
    if not has_one:
        return None
    if not guard.is_proved():
        return guard.see_other(url_for("second_factor.ask"))
    guard.require_fresh(url_for("second_factor.set_up_form"))
    return None


def _place() -> Place:
    return passkeys.place_of(current_app.extensions["config"])


def _challenge(act: str, slip: str) -> str:
    """The challenge that a page of this session was made with. Raises `form_token`."""
    said = slips.read("passkey", slip)
    if (said["act"], said["for"]) != (act, str(guard.acting().person_id)):
        raise Problem("form_token")
    return str(said["challenge"])


def _check_passkey() -> None:
    """Raises `passkey_refused`, `slow_down`."""
    challenge, moment, address = (
        _challenge("show", request.form.get("slip", "")),
        guard.now(),
        request.remote_addr or "",
    )
    with writing() as session:
        sign_in.refuse_while_address_delayed(session, passkeys.WHAT, address, moment)
        answer = request.form.get("answer", "")
        account = passkeys.show(session, guard.acting(), _place(), challenge, answer, moment)
        if account is None:
            sign_in.note_failure_of_address(session, passkeys.WHAT, address, moment)
    if account is None:
        raise Problem("passkey_refused")


def _asked_passkey() -> dict[str, Any]:
    """For a page that takes one of her passkeys; nothing where she has none."""
    with reading() as session:
        if not credentials.passkeys_of(session, guard.acting()):
            return {"passkey": None}
        asked = passkeys.ask_to_show(session, guard.acting(), _place())
    return {"passkey": asked, "passkey_slip": _slip("show", asked)}


def _slip(act: str, asked: passkeys.Asked) -> str:
    return slips.write("passkey", {"act": act, "for": str(guard.acting().person_id), "challenge": asked.challenge})


def _typed_code() -> str:
    return request.form.get("code", "")[:CODE_CHARS_MAX]


def _take_code() -> bool:
    with writing() as session:
        return second_factor.take(session, guard.acting(), _typed_code(), request.remote_addr or "", guard.now())


def _password_is_right() -> bool:
    moment, address = guard.now(), request.remote_addr or ""
    with reading() as session:
        login = accounts.own_account(session, guard.acting()).login
        sign_in.refuse_while_delayed(session, "proof", login, address, moment)
        right = sign_in.check_credential(session, login, request.form.get("password", "")[:128], moment) is not None
    with writing() as session:
        if right:
            sign_in.clear_failures(session, "proof", login, address)
        else:
            sign_in.note_failure(session, "proof", login, address, moment)
    return right


def _demo_code() -> str | None:
    with reading() as session:
        return second_factor.demo_code(session, guard.acting(), guard.now())


def _ask_page(problem: Problem | None, after: str) -> str:
    return render_template(
        "session/second_factor.html",
        problem=problem,
        after=guard.own_path(after),
        demo_code=_demo_code(),
        **_asked_passkey(),
    )


def _proof_page(problem: Problem | None, after: str) -> str:
    return render_template(
        "session/proof.html",
        problem=problem,
        after=guard.own_path(after),
        demo_code=_demo_code(),
        by_outside=_proves_outside(),
        **_asked_passkey(),
    )


def _proves_outside() -> bool:
    """Whether she may prove herself at the organisation's own sign-in: its word counts here, and it knows her."""
    given, acting = current_app.extensions["config"].outside, guard.acting()
    if given is None or not given.is_trusted_for_second_factor:
        return False
    with reading() as session:
        linked = credentials.identities_of(session, acting.district, acting.person_id)
    return any(identity.issuer == given.issuer for identity in linked)


def _set_up_page(problem: Problem | None, after: str, text: str | None = None) -> str:
    """With `text` the secret of a moment ago again: it is in her app already."""
    with reading() as session:
        app = second_factor.new_app(session, guard.acting(), text)
        is_first = not credentials.has_second_factor(session, guard.acting())
        asked = passkeys.ask_to_make(session, guard.acting(), _place())
    picture = segno.make(app.address, error="m").svg_inline(scale=5, border=2, svgclass="qr", lineclass=None)
    return render_template(
        "session/set_up.html",
        problem=problem,
        after=guard.own_path(after),
        is_first=is_first,
        picture=Markup(picture),
        groups=[app.text[start : start + 4] for start in range(0, len(app.text), 4)],
        slip=slips.write("app", {"for": str(guard.acting().person_id), "secret": app.text}),
        passkey=asked,
        passkey_slip=_slip("make", asked),
    )
