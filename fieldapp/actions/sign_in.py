"""Checking what somebody signs in with: one answer for every failure, a delay that grows. Sessions: sessions.py."""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from fieldapp.crypto import passwords
from fieldapp.crypto.passwords import Password
from fieldapp.errors import Problem
from fieldapp.models import settings
from fieldapp.models.accounts import Account, Role
from fieldapp.models.credentials import SignInDelay

FREE_TRIES = 3
FREE_TRIES_OF_ADDRESS = 30  # an office full of phones may stand behind one address
DELAY_CAP = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(days=1)
# Everybody but the village. A caseworker takes leads and writes letters here; she sees the families she works with, as
# on her phone.
DESK_ROLES = tuple(role for role in Role if role is not Role.VILLAGE)


def check_credential(session: Session, login: str, password: str, now: datetime) -> Account | None:
    """The account of a right login and password, else None; the same work either way, so that time tells nothing."""
    account = session.get(Account, login.strip().lower())
    right = passwords.matches(None if account is None else account.password_hash, Password(password))
    if account is None or not right:
        return None
    if account.is_demo and settings.get(session, settings.DEMO) is None:
        return None  # demo accounts have published passwords: no real database takes them
    return account


def refuse_while_delayed(session: Session, what: str, login: str, address: str, now: datetime) -> None:
    """Raise `slow_down` while this account × address has to wait."""
    row = session.get(SignInDelay, _key(what, login, address))
    if row is not None and row.wait_until > now:
        raise Problem("slow_down", retry_after_s=int((row.wait_until - now).total_seconds()) + 1)


def note_failure(
    session: Session, what: str, login: str, address: str, now: datetime, free_tries: int = FREE_TRIES
) -> None:
    """Count a failure: the first three are free, then 2, 4, 8 … seconds up to 15 minutes."""
    key = _key(what, login, address)
    row = session.get(SignInDelay, key)
    if row is None:
        row = SignInDelay(key_hash=key, failures=0, wait_until=now)
        session.add(row)
    row.failures += 1
    late = min(max(0, row.failures - free_tries), 10)  # 2 ** 10 seconds are beyond the cap
    row.wait_until = now + min(DELAY_CAP, timedelta(seconds=2**late if late else 0))


def refuse_while_address_delayed(session: Session, what: str, address: str, now: datetime) -> None:
    """Raise `slow_down` while this address has to wait, whoever it asks for: many names are guessed there."""
    refuse_while_delayed(session, f"{what} of an address", "", address, now)


def note_failure_of_address(session: Session, what: str, address: str, now: datetime) -> None:
    """Count a failure for the address alone. No success clears it: whoever guesses may have an account of her own."""
    note_failure(session, f"{what} of an address", "", address, now, FREE_TRIES_OF_ADDRESS)


def forget_old_delays(session: Session, now: datetime) -> int:
    """Remove what was counted, and was waited for, more than a day ago; how many rows."""
    old = delete(SignInDelay).where(SignInDelay.wait_until < now - FORGOTTEN_AFTER).returning(SignInDelay.key_hash)
    return len(session.execute(old).all())


def clear_failures(session: Session, what: str, login: str, address: str) -> None:
    """Forget the failures of this account × address after a success."""
    row = session.get(SignInDelay, _key(what, login, address))
    if row is not None:
        session.delete(row)


def _key(what: str, login: str, address: str) -> bytes:
    return hashlib.sha256(f"{what}|{login.strip().lower()}|{address}".encode()).digest()
