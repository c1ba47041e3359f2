"""Codes of an authenticator app (RFC 6238: HMAC-SHA-1, six digits, thirty seconds, what every app knows) and the
one-use codes for the day the app is gone.
"""

import base64
import hmac
import secrets
from datetime import datetime
from typing import NewType
from urllib.parse import quote, urlencode

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from fieldapp.crypto.keys import crockford, read_code
from fieldapp.crypto.rest import Ring

TotpSecret = NewType("TotpSecret", bytes)

SECRET_BYTES = 20  # RFC 4226 section 4: 160 bits
DIGITS = 6
STEP_S = 30
STEPS_APART = 1  # a clock that is half a minute wrong, and the time it takes to type
RECOVERY_CODES = 10


def new_secret() -> TotpSecret:
    return TotpSecret(secrets.token_bytes(SECRET_BYTES))


def text_of(secret: TotpSecret) -> str:
    """The secret as it is typed into an app: Base32 without padding."""
    return base64.b32encode(secret).decode().rstrip("=")


def secret_of(text: str) -> TotpSecret:
    """The secret again. Raises ValueError for what `text_of` did not write."""
    return TotpSecret(base64.b32decode(text + "=" * (-len(text) % 8)))


def step_of(at: datetime) -> int:
    """The number of the thirty seconds that `at` lies in, since 1970."""
    return int(at.timestamp()) // STEP_S


def code_at(secret: TotpSecret, step: int) -> str:
    """The six digits of a step."""
    return _app(secret).generate(step * STEP_S).decode()


def step_shown(secret: TotpSecret, typed: str, at: datetime, later_than: int = -1) -> int | None:
    """The step, at most one away from `at` and later than the one used last, whose code was typed; None where there is
    none. Blanks are forgiven.
    """
    digits = "".join(typed.split())
    if len(digits) != DIGITS or not digits.isascii() or not digits.isdigit():
        return None
    now = step_of(at)
    near = [step for step in range(now - STEPS_APART, now + STEPS_APART + 1) if step > later_than]
    return next((step for step in near if hmac.compare_digest(code_at(secret, step), digits)), None)


def address_for_apps(secret: TotpSecret, login: str, issuer: str) -> str:
    """What the QR code says to an authenticator app (the Key URI format that they share)."""
    label = quote(f"{issuer}:{login}")
    wanted = urlencode(
        {"secret": text_of(secret), "issuer": issuer, "digits": DIGITS, "period": STEP_S}, quote_via=quote
    )
    return f"otpauth://totp/{label}?{wanted}"


def new_recovery_code() -> str:
    """Twelve Crockford characters, 60 random bits."""
    return crockford(int.from_bytes(secrets.token_bytes(8), "big") >> 4)


def recovery_hashes(ring: Ring, person: bytes, typed: str) -> list[bytes]:
    """The keyed hashes under which a typed recovery code may lie, the newest root key's first; empty for what is none.

    Keyed, because 60 bits alone could be searched by whoever holds a stolen database.
    """
    code = read_code(typed)
    if code is None:
        return []
    keys = map(bytes.fromhex, ring.secrets_for("recovery"))
    return [hmac.digest(key, person + code.encode(), "sha256") for key in keys]


def _app(secret: TotpSecret) -> TOTP:
    # The library refuses keys under 128 bits; SHA-1 is right here (RFC 6238 section 1.2) and all that many apps know.
    return TOTP(secret, DIGITS, SHA1(), STEP_S)
