"""Passkeys: set up, shown as second factor, as proof, and alone as a whole sign-in.

Every challenge is answered once. A passkey whose counter did not go on may have a copy: it is stopped, and she sets up
another one; whoever holds the copy gets nothing either.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fieldapp.actions import accounts
from fieldapp.config import Config
from fieldapp.crypto import passkeys
from fieldapp.crypto.passkeys import CHALLENGE_BYTES, Refused
from fieldapp.crypto.passkeys import Place as Place  # pages name it, and know no cryptography
from fieldapp.errors import Problem
from fieldapp.models import audit, settings, tombstones
from fieldapp.models.accounts import Account, Acting
from fieldapp.models.credentials import Passkey, UsedChallenge, app_of, passkeys_of

WHAT = "passkey"  # which delays these failures count towards
NAME_CHARS_MAX = 40
PASSKEYS_MAX = 10
CHALLENGE_LIFE = timedelta(minutes=15)


@dataclass(frozen=True)
class Asked:
    """What a page asks the browser for. `challenge` as hex, for the page's slip."""

    challenge: str
    options: dict[str, Any]


def place_of(config: Config) -> Place:
    """Where passkeys of this desk are good for: its host name, whatever its port."""
    return Place(config.passkey_domain, config.desk_origin)


def ask_to_make(session: Session, acting: Acting, place: Place) -> Asked:
    """A new passkey for the acting person."""
    challenge = secrets.token_bytes(CHALLENGE_BYTES)
    login = accounts.own_account(session, acting).login
    known = [row.credential_id for row in passkeys_of(session, acting)]
    holder = _holder(acting.district, acting.person_id)
    return Asked(challenge.hex(), passkeys.creation(place, challenge, holder, login, acting.name, known))


def ask_to_show(session: Session, acting: Acting | None, place: Place) -> Asked:
    """One of hers; with None whichever the browser holds for this desk."""
    challenge = secrets.token_bytes(CHALLENGE_BYTES)
    known = [] if acting is None else [row.credential_id for row in passkeys_of(session, acting)]
    return Asked(challenge.hex(), passkeys.request(place, challenge, known))


def make(session: Session, acting: Acting, place: Place, challenge: str, answer: str, name: str, now: datetime) -> None:
    """Keep the passkey that was made. Raises `passkey_refused`, `passkeys_too_many`."""
    if len(passkeys_of(session, acting)) >= PASSKEYS_MAX:
        raise Problem("passkeys_too_many", limit=PASSKEYS_MAX)
    try:
        made = passkeys.created(place, bytes.fromhex(challenge), answer)
    except Refused as error:
        raise Problem("passkey_refused") from error
    if not _is_new(session, challenge, now) or session.get(Passkey, (acting.district, made.credential_id)) is not None:
        raise Problem("passkey_refused")
    session.add(
        Passkey(
            district=acting.district,
            credential_id=made.credential_id,
            person_id=acting.person_id,
            public_key=made.public_key,
            sign_count=made.sign_count,
            name=name.strip()[:NAME_CHARS_MAX],
            made_at=now,
        )
    )
    _audit(session, acting.district, acting.person_id, "make_passkey", made.credential_id, now)


def show(
    session: Session, acting: Acting | None, place: Place, challenge: str, answer: str, now: datetime
) -> Account | None:
    """The account whose passkey answered, that of `acting` where there is one; None for an answer that does not hold.

    Commit either way: a passkey that may have a copy is stopped here.
    """
    try:
        said = passkeys.presented(answer)
        row = _row(session, acting, said)
        if row is None:
            return None
        count = passkeys.count_of(place, bytes.fromhex(challenge), answer, row.public_key)
    except Refused:
        return None
    if not _is_new(session, challenge, now):
        return None
    if (count or row.sign_count) and count <= row.sign_count:
        row.stopped_at = now
        _note_ended(session, row, now)
        _audit(session, row.district, row.person_id, "stop_passkey", row.credential_id, now)
        return None
    row.sign_count, row.used_at = count, now
    account = session.scalar(
        select(Account).where(Account.district == row.district, Account.person_id == row.person_id)
    )
    if account is not None and account.is_demo and settings.get(session, settings.DEMO) is None:
        return None
    return account


def remove(session: Session, acting: Acting, credential_id: bytes, now: datetime) -> None:
    """Forget one of her passkeys. Raises `last_second_factor` where it is all she has."""
    row = session.get(Passkey, (acting.district, credential_id))
    if row is None or row.person_id != acting.person_id:
        raise Problem("not_found")
    others = [other for other in passkeys_of(session, acting) if other.credential_id != credential_id]
    if not others and app_of(session, acting) is None:
        raise Problem("last_second_factor")
    session.delete(row)
    _note_ended(session, row, now)
    _audit(session, acting.district, acting.person_id, "remove_passkey", credential_id, now)


def forget_old_challenges(session: Session, now: datetime) -> int:
    """Remove answered challenges that are too old to be answered again; how many."""
    old = delete(UsedChallenge).where(UsedChallenge.until < now).returning(UsedChallenge.challenge_hash)
    return len(session.execute(old).all())


def _row(session: Session, acting: Acting | None, said: passkeys.Presented) -> Passkey | None:
    """The passkey of an answer. The holder that it names leads to the district; the signature then proves it."""
    district, person_id = (acting.district, acting.person_id) if acting is not None else _read_holder(said.holder)
    row = session.get(Passkey, (district, said.credential_id))
    if row is None or row.person_id != person_id or row.stopped_at is not None:
        return None
    return row


def _is_new(session: Session, challenge: str, now: datetime) -> bool:
    """Whether nobody answered this challenge before; it is used up by this."""
    used = UsedChallenge(challenge_hash=hashlib.sha256(bytes.fromhex(challenge)).digest(), until=now + CHALLENGE_LIFE)
    try:
        with session.begin_nested():
            session.add(used)
    except IntegrityError:
        return False
    return True


def _note_ended(session: Session, row: Passkey, now: datetime) -> None:
    named = {"person": str(row.person_id), "passkeys": [row.credential_id.hex()]}
    tombstones.note(session, row.district, tombstones.Kind.PASSKEYS_ENDED, now, **named)


def _holder(district: str, person_id: UUID) -> bytes:
    return person_id.bytes + district.encode()


def _read_holder(holder: bytes | None) -> tuple[str, UUID]:
    if holder is None or not 16 < len(holder) <= 28:
        return "", UUID(int=0)
    return holder[16:].decode("ascii", "replace"), UUID(bytes=holder[:16])


def _audit(session: Session, district: str, person_id: UUID, act: str, credential_id: bytes, now: datetime) -> None:
    about: dict[str, object] = {"passkey": hashlib.sha256(credential_id).hexdigest()[:16]}
    audit.write(session, district=district, actor_id=person_id, act=act, about=about, at=now)
