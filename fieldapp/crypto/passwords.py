"""Passwords of desk and enrolment: Argon2id, 19 MiB, two passes, one lane (OWASP 2025; 23 ms where we measured).

The small setting is chosen on purpose: a county signs in at eight in the morning, on one small machine. Tests replace
HASHER by a cheaper one (tests/conftest.py); nothing in production does.
"""

from typing import NewType

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerifyMismatchError

Password = NewType("Password", str)

PASSWORD_CHARS_MIN = 10
PASSWORD_CHARS_MAX = 128  # hashing takes what it is given: a megabyte must not reach it

HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, hash_len=32, salt_len=16, type=Type.ID)

# Of a password nobody has: an unknown login costs the same time as a wrong password (STYLE 15).
_nobody: dict[PasswordHasher, str] = {}


def hashed(password: Password) -> str:
    """The text to store. Raises ValueError outside PASSWORD_CHARS_MIN..MAX."""
    if not PASSWORD_CHARS_MIN <= len(password) <= PASSWORD_CHARS_MAX:
        raise ValueError(f"a password has {PASSWORD_CHARS_MIN} to {PASSWORD_CHARS_MAX} characters")
    return HASHER.hash(password)


def matches(stored: str | None, password: Password) -> bool:
    """Whether this is the password. `stored` None (no such login) takes as long and is False."""
    if len(password) > PASSWORD_CHARS_MAX:
        return False
    try:
        return HASHER.verify(stored or _hash_of_nobody(), password) and stored is not None
    except (VerifyMismatchError, InvalidHashError):
        return False


def is_outdated(stored: str) -> bool:
    """Whether a stored hash was made with other parameters, to be made anew at the next sign-in."""
    return HASHER.check_needs_rehash(stored)


def _hash_of_nobody() -> str:
    if HASHER not in _nobody:
        _nobody[HASHER] = HASHER.hash("nobody has this password")
    return _nobody[HASHER]
