"""The server's own key pairs, their private halves wrapped by the root ring: made once, listed, used."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.crypto import keys, signatures
from fieldapp.crypto.keys import ListedKey
from fieldapp.crypto.packages import b64u
from fieldapp.crypto.rest import Ring
from fieldapp.crypto.signatures import PrivateKey, PublicPoint
from fieldapp.db import milliseconds
from fieldapp.models import settings, tombstones
from fieldapp.models.tombstones import Kind
from fieldapp.models.vaults import ServerKey
from sync.codes import SUITE

IDENTITY, HPKE = "identity", "hpke"
# A phone opens offline for as long as its lease, and hands in work when it is found again in a drawer.
KEPT_AFTER = timedelta(days=180)
EVERYWHERE = ""  # the district of what belongs to the whole server
KEYS_VERSION = "keys_version"  # rises with every change of the list, so that a phone never goes back to an older one


@dataclass(frozen=True)
class SignedKeyList:
    """The keys that open envelopes, signed by the identity key."""

    identity: PublicPoint
    version: int
    keys: tuple[ListedKey, ...]
    signature: bytes

    def to_json(self) -> dict[str, Any]:
        """The four fields of the reply to an enrolment (docs/protocol.md section 6)."""
        return {
            "identity_key": b64u(self.identity),
            "server_keys": [key.to_json() for key in self.keys],
            "keys_version": self.version,
            "keys_signature": b64u(self.signature),
        }


def make_server_keys(session: Session, now: datetime) -> str:
    """Make the identity key and the first HPKE key where they are missing; returns the fingerprint of the identity."""
    if _rows(session, IDENTITY) == []:
        _make(session, IDENTITY, now)
    if _rows(session, HPKE) == []:
        _make(session, HPKE, now)
        _raise_version(session)
    return fingerprint(session)


def rotate(session: Session, now: datetime, suite: int = SUITE) -> str:
    """A new HPKE key; returns its id. Phones that know of it seal to no older one of its suite; those that do not know
    yet may be offline for weeks, so the private halves stay until they are destroyed.
    """
    for older in _rows(session, HPKE):
        if older.suite == suite and older.valid_until is None:
            older.valid_until = now
    key_id = _make(session, HPKE, now, suite)
    _raise_version(session)
    # A database that is brought back would count its versions anew, and phones take no list that is not newer.
    tombstones.note(session, EVERYWHERE, Kind.KEYS_LISTED, now, version=list_version(session))
    return key_id


def newest_since(session: Session) -> datetime:
    """Since when the newest HPKE key is in use, by the clock of that day; one that was ended is none, whatever its time
    says. Raises LookupError before the keys are made.
    """
    running = [row.valid_from for row in _rows(session, HPKE) if row.valid_until is None]
    if not running:
        raise LookupError("the server has no keys yet: python -m fieldapp.cli keys init")
    return running[-1]


def destroy(session: Session, key_id: str, now: datetime) -> None:
    """Delete a key that was ended: what is still sealed to it never opens again, phones that come with it seal anew.

    Raises ValueError for a key that is in use, or was ended less than KEPT_AFTER ago; LookupError where there is none.
    """
    row = session.get(ServerKey, key_id)
    if row is None or row.purpose != HPKE:
        raise LookupError(f"there is no key {key_id}")
    if row.valid_until is None or now - row.valid_until < KEPT_AFTER:
        raise ValueError(f"phones that were offline may still seal to {key_id}: it is kept {KEPT_AFTER.days} days")
    session.delete(row)
    _raise_version(session)
    tombstones.note(session, EVERYWHERE, Kind.KEY_DESTROYED, now, key=key_id)
    tombstones.note(session, EVERYWHERE, Kind.KEYS_LISTED, now, version=list_version(session))


def bring_version_above(session: Session, version: int) -> None:
    """After a restore: the next list is newer than any that a phone may hold."""
    settings.put(session, KEYS_VERSION, str(max(list_version(session), version) + 1))


def rewrap(session: Session) -> int:
    """Wrap every private half under the newest root key; how many were not."""
    ring: Ring = session.info["ring"]
    rows = session.scalars(select(ServerKey).where(ServerKey.root_key_id != ring.newest)).all()
    for row in rows:
        private = ring.unwrap(row.root_key_id, row.wrapped_private, _context(row.purpose, row.key_id))
        row.root_key_id, row.wrapped_private = ring.wrap(private, _context(row.purpose, row.key_id))
    return len(rows)


def fingerprint(session: Session) -> str:
    """12 Crockford characters, the second half of every device code. Raises LookupError before the keys are made."""
    return keys.fingerprint_of(_identity(session).public)


def key_list(session: Session) -> SignedKeyList:
    """All HPKE keys, oldest first, with the signature. Raises LookupError before the keys are made."""
    identity = _identity(session)
    listed = tuple(
        ListedKey(
            row.key_id,
            row.suite,
            PublicPoint(row.public),
            milliseconds(row.valid_from),
            None if row.valid_until is None else milliseconds(row.valid_until),
        )
        for row in _rows(session, HPKE)
    )
    version = list_version(session)
    signature = keys.sign_key_list(_private(session, identity), version, listed)
    return SignedKeyList(PublicPoint(identity.public), version, listed, signature)


def list_version(session: Session) -> int:
    """The version of the list of keys, 0 before there is one."""
    return int(settings.get(session, KEYS_VERSION) or "0")


def envelope_keys(session: Session, suite: int = SUITE) -> dict[str, PrivateKey]:
    """Private halves of the HPKE keys of a suite by key id, also of those past their time: phones are long offline."""
    return {row.key_id: _private(session, row) for row in _rows(session, HPKE) if row.suite == suite}


def sign(session: Session, text: bytes) -> bytes:
    """The server's own signature, by its identity key: the audit chain, revisions made at the desk."""
    return signatures.sign(_private(session, _identity(session)), text)


def _raise_version(session: Session) -> None:
    settings.put(session, KEYS_VERSION, str(list_version(session) + 1))


def _identity(session: Session) -> ServerKey:
    rows = _rows(session, IDENTITY)
    if not rows:
        raise LookupError("the server has no keys yet: python -m fieldapp.cli keys init")
    return rows[-1]


def _rows(session: Session, purpose: str) -> list[ServerKey]:
    ordered = select(ServerKey).where(ServerKey.purpose == purpose).order_by(ServerKey.valid_from, ServerKey.key_id)
    return list(session.scalars(ordered))


def _make(session: Session, purpose: str, now: datetime, suite: int = SUITE) -> str:
    ring: Ring = session.info["ring"]
    private = signatures.new_private_key()
    point = signatures.public_point(private)
    key_id = keys.key_id_of(point)
    root_key_id, wrapped = ring.wrap(signatures.private_bytes(private), _context(purpose, key_id))
    session.add(
        ServerKey(
            key_id=key_id,
            purpose=purpose,
            suite=suite,
            public=point,
            wrapped_private=wrapped,
            root_key_id=root_key_id,
            valid_from=now,
        )
    )
    session.flush()
    return key_id


def _private(session: Session, row: ServerKey) -> PrivateKey:
    ring: Ring = session.info["ring"]
    return signatures.load_private(ring.unwrap(row.root_key_id, row.wrapped_private, _context(row.purpose, row.key_id)))


def _context(purpose: str, key_id: str) -> str:
    return f"server_key|{purpose}|{key_id}"
