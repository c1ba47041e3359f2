"""Signing in at the desk: one answer for every failure, a delay that grows, sessions as rows."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from fieldapp.crypto import passwords
from fieldapp.crypto.passwords import Password
from fieldapp.errors import Problem
from fieldapp.models import audit, settings
from fieldapp.models.accounts import Account, Acting, DeskSession, Role, SignInDelay, acting_for

IDLE = timedelta(minutes=15)
LONGEST = timedelta(hours=8)
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


def start_session(session: Session, account: Account, now: datetime) -> tuple[str, Acting] | None:
    """A session token (shown to the browser once, only its hash is kept) and the acting person; None where the role has
    no place at the desk."""
    acting = acting_for(session, account.district, account.person_id)
    if acting is None or not acting.has(*DESK_ROLES):
        return None
    token = secrets.token_urlsafe(32)
    session.add(
        DeskSession(
            token_hash=_hash(token),
            district=account.district,
            person_id=account.person_id,
            created_at=now,
            last_seen_at=now,
        )
    )
    audit.write(session, district=account.district, actor_id=account.person_id, act="sign_in", about={}, at=now)
    return token, acting


def session_of(session: Session, token: str, now: datetime) -> DeskSession | None:
    """The running session of a token: not ended, used within 15 minutes, younger than 8 hours."""
    row = session.get(DeskSession, _hash(token))
    if row is None or row.ended_at is not None:
        return None
    if now - row.last_seen_at > IDLE or now - row.created_at > LONGEST:
        return None
    return row


def touch(session: Session, token: str, now: datetime) -> None:
    """The session is in use: its idle time starts again."""
    row = session.get(DeskSession, _hash(token))
    if row is not None:
        row.last_seen_at = now


def must_change_password(session: Session, row: DeskSession) -> bool:
    """Whether this person was given her password by somebody else and has not chosen one yet."""
    account = session.scalar(
        select(Account).where(Account.district == row.district, Account.person_id == row.person_id)
    )
    return account is not None and account.must_change


def end_session(session: Session, token: str, now: datetime) -> None:
    """Sign out."""
    row = session.get(DeskSession, _hash(token))
    if row is not None and row.ended_at is None:
        row.ended_at = now
        audit.write(session, district=row.district, actor_id=row.person_id, act="sign_out", about={}, at=now)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _key(what: str, login: str, address: str) -> bytes:
    return hashlib.sha256(f"{what}|{login.strip().lower()}|{address}".encode()).digest()
