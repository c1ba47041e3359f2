"""To the organisation's own sign-in page and back, where one is configured.

What a journey needs lies in a signed cookie of its own: it has to come along when another site sends the browser back,
which the desk's form cookie never does.
"""

from dataclasses import asdict
from datetime import datetime, timedelta

from flask import Blueprint, Response, current_app, request, url_for
from sqlalchemy.orm import Session

from fieldapp.actions import oidc, sessions, sign_in
from fieldapp.config import Config
from fieldapp.db import moment, reading, writing
from fieldapp.errors import Problem
from fieldapp.models.accounts import Account, acting_for
from fieldapp.web import guard, slips

bp = Blueprint("outside", __name__, url_prefix="/session/outside")
bp.origin = "desk"  # type: ignore[attr-defined]

COOKIE = "fieldapp_outside"
JOURNEY_LIFE = timedelta(minutes=10)
CODE_CHARS_MAX = 2_000
WHAT = "outside"  # which delays these failures count towards


@bp.get("/start")
def start() -> Response:
    departure = oidc.depart(_config())
    slip = slips.write("outside", {**asdict(departure.journey), "next": guard.own_path(request.args.get("next", "/"))})
    response = guard.see_other(departure.address)
    response.set_cookie(
        COOKIE, slip, path=bp.url_prefix, httponly=True, samesite="Lax", secure=request.is_secure,
        max_age=int(JOURNEY_LIFE.total_seconds()),
    )  # fmt: skip
    return response


@bp.get("/back")
def back() -> Response:
    try:
        said = slips.read("outside", request.cookies.get(COOKIE, ""), JOURNEY_LIFE)
    except Problem as problem:
        raise Problem("outside_refused") from problem
    journey = oidc.Journey(said["state"], said["nonce"], said["verifier"])
    if request.args.get("state") != journey.state:
        raise Problem("outside_refused")
    token = _signed_in(journey, request.args.get("code", "")[:CODE_CHARS_MAX], moment(said["at"]))
    after = said["next"]
    response = guard.see_other(url_for("second_factor.ask", next=None if after == "/" else after))
    response.delete_cookie(COOKIE, path=bp.url_prefix)
    return guard.set_session_cookie(response, token)


def _signed_in(journey: oidc.Journey, code: str, departed_at: datetime) -> str:
    now, address, given = guard.now(), request.remote_addr or "", _config().outside
    with reading() as session:
        sign_in.refuse_while_address_delayed(session, WHAT, address, now)
    try:
        who = oidc.arrive(_config(), journey, code, departed_at, now)
        with writing() as session:
            account = oidc.account_of(session, who)
            proved = who.was_proved_twice and given is not None and given.is_trusted_for_second_factor
            token = _session_of(session, account, now, is_proved=proved)
    except Problem:
        with writing() as session:
            sign_in.note_failure_of_address(session, WHAT, address, now)
        raise
    return token


def _session_of(session: Session, account: Account, now: datetime, *, is_proved: bool) -> str:
    """The token of her session: the one of this browser where she proved herself once more, else a new one."""
    old = request.cookies.get(guard.COOKIE, "")
    row = sessions.running(session, old, now) if old else None
    is_hers = row is not None and (row.district, row.person_id) == (account.district, account.person_id)
    if is_hers and is_proved and row is not None and row.proved_at is not None:
        acting = acting_for(session, row.district, row.person_id)
        if acting is not None:
            return sessions.prove(session, acting, old, now)
    started = sessions.start(session, account, guard.browser_name(), now, is_proved=is_proved)
    if started is None:
        raise Problem("outside_refused")
    return started[0]


def _config() -> Config:
    config: Config = current_app.extensions["config"]
    return config
