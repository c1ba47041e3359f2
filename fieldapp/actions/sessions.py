"""Sessions of the desk, as rows: begun, in use, proved afresh, ended. A token is shown to its browser alone.

A session is *begun* by a right password, and opens nothing but the pages of the second factor. It is *proved* when she
has shown all that we ask for; acts that change what others may do want that proof to be young (`FRESH`).
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from fieldapp.actions.sign_in import DESK_ROLES
from fieldapp.models import audit
from fieldapp.models.accounts import Account, Acting, acting_for
from fieldapp.models.credentials import DeskSession

IDLE = timedelta(minutes=15)
LONGEST = timedelta(hours=8)
LONGEST_UNPROVED = timedelta(minutes=30)  # long enough to install an app on the first day
FRESH = timedelta(minutes=5)
BROWSER_CHARS_MAX = 60


def start(
    session: Session, account: Account, browser: str, now: datetime, *, is_proved: bool
) -> tuple[str, Acting] | None:
    """A session token (shown to the browser once, only its hash is kept) and the acting person; None where the role has
    no place at the desk.
    """
    acting = acting_for(session, account.district, account.person_id)
    if acting is None or not acting.has(*DESK_ROLES):
        return None
    token = _add(session, acting, browser, now, now if is_proved else None)
    if is_proved:
        _audit(session, acting, "sign_in", now)
    return token, acting


def running(session: Session, token: str, now: datetime) -> DeskSession | None:
    """The running session of a token: not ended, used within 15 minutes, younger than 8 hours."""
    row = session.get(DeskSession, _hash(token))
    return row if row is not None and _runs(row, now) else None


def touch(session: Session, token: str, now: datetime) -> None:
    """The session is in use: its idle time starts again."""
    row = session.get(DeskSession, _hash(token))
    if row is not None:
        row.last_seen_at = now


def prove(session: Session, acting: Acting, token: str, now: datetime) -> str:
    """She has shown all that we ask for: the token that stands for her from now on.

    A begun session gets a new token, so that nobody who knew the old one comes along; a proved one keeps its own.
    """
    row = session.get_one(DeskSession, _hash(token))
    if row.proved_at is not None:
        row.proved_at = now
        _audit(session, acting, "prove_again", now)
        return token
    row.ended_at = now
    _audit(session, acting, "sign_in", now)
    return _add(session, acting, row.browser, now, now)


def is_fresh(row: DeskSession, now: datetime) -> bool:
    """Whether she proved herself within the last minutes."""
    return row.proved_at is not None and now - row.proved_at <= FRESH


def must_change_password(session: Session, row: DeskSession) -> bool:
    """Whether this person was given her password by somebody else and has not chosen one yet."""
    account = session.scalar(
        select(Account).where(Account.district == row.district, Account.person_id == row.person_id)
    )
    return account is not None and account.must_change


def list_own(session: Session, acting: Acting, now: datetime) -> list[DeskSession]:
    """Her running sessions, the one used last first."""
    own = select(DeskSession).where(
        DeskSession.district == acting.district,
        DeskSession.person_id == acting.person_id,
        DeskSession.ended_at.is_(None),
    )
    rows = session.scalars(own.order_by(DeskSession.last_seen_at.desc(), DeskSession.token_hash))
    return [row for row in rows if _runs(row, now)]


def end(session: Session, token: str, now: datetime) -> None:
    """Sign out."""
    row = session.get(DeskSession, _hash(token))
    if row is not None and row.ended_at is None:
        row.ended_at = now
        audit.write(session, district=row.district, actor_id=row.person_id, act="sign_out", about={}, at=now)


def end_one(session: Session, acting: Acting, token_hash: bytes, now: datetime) -> None:
    """End one of her own sessions; one that is not hers, or has ended, changes nothing."""
    row = session.get(DeskSession, token_hash)
    if row is None or (row.district, row.person_id) != (acting.district, acting.person_id) or row.ended_at is not None:
        return
    row.ended_at = now
    _audit(session, acting, "end_session", now)


def end_others(session: Session, acting: Acting, token: str, now: datetime) -> None:
    """End all of her own sessions but this one."""
    end_all(session, acting.district, acting.person_id, now, except_token=token)
    _audit(session, acting, "end_other_sessions", now)


def end_all(session: Session, district: str, person_id: UUID, now: datetime, except_token: str | None = None) -> None:
    """End every session of a person, but for the one of `except_token`."""
    kept = b"" if except_token is None else _hash(except_token)
    session.execute(
        update(DeskSession)
        .where(
            DeskSession.district == district,
            DeskSession.person_id == person_id,
            DeskSession.ended_at.is_(None),
            DeskSession.token_hash != kept,
        )
        .values(ended_at=now)
    )


def is_of(row: DeskSession, token: str) -> bool:
    """Whether this is the session of that token."""
    return row.token_hash == _hash(token)


def _add(session: Session, acting: Acting, browser: str, now: datetime, proved_at: datetime | None) -> str:
    token = secrets.token_urlsafe(32)
    session.add(
        DeskSession(
            token_hash=_hash(token),
            district=acting.district,
            person_id=acting.person_id,
            created_at=now,
            last_seen_at=now,
            proved_at=proved_at,
            browser=browser[:BROWSER_CHARS_MAX],
        )
    )
    return token


def _runs(row: DeskSession, now: datetime) -> bool:
    longest = LONGEST if row.proved_at is not None else LONGEST_UNPROVED
    return row.ended_at is None and now - row.last_seen_at <= IDLE and now - row.created_at <= longest


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _audit(session: Session, acting: Acting, act: str, now: datetime) -> None:
    audit.write(session, district=acting.district, actor_id=acting.person_id, act=act, about={}, at=now)
