"""Sign-in by the organisation's own server, where one is configured.

It stands for the password, not for the second factor, unless the configuration takes that server's word for one. Then
it has to ask her anew each time, and say when she proved herself: a browser left open is still signed in over there,
and would make a session of the desk fresh again without a word.
"""

import base64
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.error import URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.actions import sessions
from fieldapp.config import Config, Outside
from fieldapp.crypto import outside
from fieldapp.crypto.outside import Journey as Journey  # pages carry it, and know no cryptography
from fieldapp.crypto.outside import Outsider, Refused
from fieldapp.errors import Problem
from fieldapp.models import audit, credentials, scope, settings, tombstones
from fieldapp.models.accounts import Account, Acting, Person
from fieldapp.models.credentials import OutsideIdentity, identity_hash

TIMEOUT_S = 10
ANSWER_BYTES_MAX = 256 * 1024
BACK_PATH = "/session/outside/back"
log = structlog.get_logger()


class _NoRedirect(HTTPRedirectHandler):
    """The issuer answers where it said it would: a redirect could lead the secret elsewhere."""

    def redirect_request(self, *_: Any) -> None:
        return None


@dataclass(frozen=True)
class Departure:
    """Where the browser goes, and what it brings back."""

    address: str
    journey: Journey


def depart(config: Config) -> Departure:
    """To the organisation's sign-in page. Raises `outside_unreachable`."""
    given = _given(config)
    journey = outside.new_journey()
    asked = {
        "response_type": "code",
        "client_id": given.client_id,
        "redirect_uri": config.desk_origin + BACK_PATH,
        "scope": "openid",
        "state": journey.state,
        "nonce": journey.nonce,
        "code_challenge": journey.challenge,
        "code_challenge_method": "S256",
    }
    if given.is_trusted_for_second_factor:
        asked |= {"prompt": "login", "max_age": "0"}  # OpenID Connect Core 3.1.2.1
    address = _endpoint(_discovered(given), "authorization_endpoint")
    return Departure(f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}", journey)


def arrive(config: Config, journey: Journey, code: str, departed_at: datetime, now: datetime) -> Outsider:
    """Who came back. Raises `outside_unreachable`, and `outside_refused` also where its word counts as a second factor
    and she did not prove herself there since she departed.
    """
    given = _given(config)
    found = _discovered(given)
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": config.desk_origin + BACK_PATH,
        "code_verifier": journey.verifier,
    }
    pair = f"{quote(given.client_id, safe='')}:{quote(given.secret, safe='')}"  # RFC 6749 section 2.3.1
    basic = base64.b64encode(pair.encode()).decode()
    answer = _fetch(_endpoint(found, "token_endpoint"), urlencode(form).encode(), {"Authorization": f"Basic {basic}"})
    published = _fetch(_endpoint(found, "jwks_uri"))
    try:
        who = outside.read_token(
            str(answer.get("id_token", "")),
            published,
            issuer=given.issuer,
            client_id=given.client_id,
            nonce=journey.nonce,
            now=now,
        )
    except Refused as error:
        log.warning("outside_refused", why=str(error))
        raise Problem("outside_refused") from error
    since = departed_at - outside.CLOCKS_APART
    if given.is_trusted_for_second_factor and (who.proved_at is None or who.proved_at < since):
        log.warning("outside_refused", why="she was not asked anew")
        raise Problem("outside_refused")
    return who


def account_of(session: Session, who: Outsider) -> Account:
    """Whose account this is linked to. Raises `outside_refused` for nobody's."""
    linked = session.get(OutsideIdentity, (who.issuer, who.subject))
    if linked is None:
        raise Problem("outside_refused")
    hers = select(Account).where(Account.district == linked.district, Account.person_id == linked.person_id)
    account = session.scalar(hers)
    if account is None or (account.is_demo and settings.get(session, settings.DEMO) is None):
        raise Problem("outside_refused")
    return account


def link(
    session: Session, *, issuer: str, subject: str, district: str, person_id: UUID, by: UUID, now: datetime
) -> None:
    """Let an identity of the organisation's server sign in as this person, in place of one she had there. Raises
    `identity_linked` where it is somebody else's. Only for what two people agreed on (resets.py).
    """
    known = session.get(OutsideIdentity, (issuer, subject))
    if known is not None and (known.district, known.person_id) != (district, person_id):
        raise Problem("identity_linked")
    for older in credentials.identities_of(session, district, person_id):
        if older.issuer == issuer:
            _end(session, older, now)
    session.flush()
    session.add(
        OutsideIdentity(
            issuer=issuer, subject=subject, district=district, person_id=person_id, linked_by=by, linked_at=now
        )
    )


def remove_own(session: Session, acting: Acting, identity: str, now: datetime) -> None:
    """She signs in by this identity (its `identity_hash`) no more. Raises `not_found`."""
    _remove(session, acting, acting.person_id, identity, now)


def remove(session: Session, acting: Acting, person_id: UUID, identity: str, now: datetime) -> None:
    """Somebody whom she administers signs in by this identity no more; sessions that may have begun by it end. Taking a
    way in away needs one person; giving one needs two. Raises `not_found`.
    """
    hers = select(Person.person_id).where(
        Person.district == acting.district, Person.person_id == person_id, scope.may_administer(acting)
    )
    if session.scalar(hers) is None:
        raise Problem("not_found")
    _remove(session, acting, person_id, identity, now)
    sessions.end_all(session, acting.district, person_id, now)


def _remove(session: Session, acting: Acting, person_id: UUID, identity: str, now: datetime) -> None:
    for row in credentials.identities_of(session, acting.district, person_id):
        if identity_hash(row.issuer, row.subject) == identity:
            _end(session, row, now)
            about: dict[str, object] = {"person": str(person_id), "identity": identity[:16]}
            audit.write(
                session, district=acting.district, actor_id=acting.person_id, act="remove_identity", about=about, at=now
            )
            return
    raise Problem("not_found")


def _end(session: Session, row: OutsideIdentity, now: datetime) -> None:
    named = identity_hash(row.issuer, row.subject)
    session.delete(row)
    tombstones.note(session, row.district, tombstones.Kind.IDENTITY_ENDED, now, identity=named)


def _given(config: Config) -> Outside:
    if config.outside is None:
        raise Problem("not_found")
    return config.outside


def _discovered(given: Outside) -> dict[str, Any]:
    found = _fetch(f"{given.issuer.rstrip('/')}/.well-known/openid-configuration")
    if found.get("issuer") != given.issuer:  # OpenID Connect Discovery 4.3
        log.warning("outside_refused", why="discovery names another issuer")
        raise Problem("outside_refused")
    return found


def _endpoint(found: dict[str, Any], name: str) -> str:
    address = str(found.get(name, ""))
    parts = urlsplit(address)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname == "localhost"):
        raise Problem("outside_refused")
    return address


def _fetch(address: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> dict[str, Any]:
    asked = Request(address, data=body, headers={"Accept": "application/json", **(headers or {})})
    try:
        with build_opener(_NoRedirect).open(asked, timeout=TIMEOUT_S) as answer:
            said = json.loads(answer.read(ANSWER_BYTES_MAX))
    except (URLError, TimeoutError, OSError, ValueError) as error:
        log.warning("outside_unreachable", kind=type(error).__name__)
        raise Problem("outside_unreachable") from error
    if not isinstance(said, dict):
        raise Problem("outside_unreachable")
    return said
