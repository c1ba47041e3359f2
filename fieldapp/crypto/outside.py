"""Sign-in by the organisation's own server (OpenID Connect Core 1.0, authorization code with PKCE S256): its ID token.

Only signatures by a key the issuer publishes count; the algorithm is ours to choose, never the token's alone.
"""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

ALGORITHMS = ["RS256", "PS256", "ES256"]
CLOCKS_APART = timedelta(minutes=2)


class Refused(Exception):
    """The ID token does not hold; the message says why, for the log."""


@dataclass(frozen=True)
class Journey:
    """What one sign-in leaves with the browser and wants back: state, nonce, and the verifier of PKCE."""

    state: str
    nonce: str
    verifier: str

    @property
    def challenge(self) -> str:
        """RFC 7636 section 4.2."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


@dataclass(frozen=True)
class Outsider:
    """Who the issuer says she is. `was_proved_twice`: it asked for more than a password (RFC 8176 `mfa`). `proved_at`:
    when she last proved herself there (`auth_time`), None where it does not say.
    """

    issuer: str
    subject: str
    was_proved_twice: bool
    proved_at: datetime | None = None


def new_journey() -> Journey:
    return Journey(*(secrets.token_urlsafe(32) for _ in range(3)))


def read_token(
    token: str, published: dict[str, Any], *, issuer: str, client_id: str, nonce: str, now: datetime
) -> Outsider:
    """Who an ID token is of (OpenID Connect Core 3.1.3.7). Raises Refused."""
    try:
        claims = jwt.decode(token, KeySet.import_key_set(published), algorithms=ALGORITHMS).claims  # type: ignore[arg-type]
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise Refused(f"signature: {type(error).__name__}") from error
    audience = claims.get("aud")
    listed = audience if isinstance(audience, list) else [audience]
    at, apart = now.timestamp(), CLOCKS_APART.total_seconds()
    if claims.get("iss") != issuer:
        raise Refused("issuer")
    if client_id not in listed or (len(listed) > 1 and claims.get("azp") != client_id):
        raise Refused("audience")
    if not secrets.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise Refused("nonce")
    if not _is_number(claims.get("exp")) or claims["exp"] + apart <= at:
        raise Refused("expired")
    if not _is_number(claims.get("iat")) or claims["iat"] - apart > at:
        raise Refused("of the future")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= 255:
        raise Refused("subject")
    methods = claims.get("amr")
    return Outsider(issuer, subject, isinstance(methods, list) and "mfa" in methods, _moment(claims.get("auth_time")))


def _moment(value: Any) -> datetime | None:
    if not _is_number(value):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
