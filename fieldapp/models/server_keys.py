"""The server's own key pairs, their private halves wrapped by the root ring: made once, listed, used."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.crypto import keys, signatures
from fieldapp.crypto.keys import ListedKey
from fieldapp.crypto.packages import b64u
from fieldapp.crypto.rest import Ring
from fieldapp.crypto.signatures import PrivateKey, PublicPoint
from fieldapp.db import milliseconds
from fieldapp.models import settings
from fieldapp.models.vaults import ServerKey
from sync.codes import SUITE

IDENTITY, HPKE = "identity", "hpke"
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
        rotate(session, now)
    return fingerprint(session)


def rotate(session: Session, now: datetime) -> str:
    """A new HPKE key; returns its id. Older ones stay valid until they are ended: phones seal for weeks offline."""
    key_id = _make(session, HPKE, now)
    _raise_version(session)
    return key_id


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


def envelope_keys(session: Session) -> dict[str, PrivateKey]:
    """Private halves of all HPKE keys by key id, also of those past their time: a phone may have been offline long."""
    return {row.key_id: _private(session, row) for row in _rows(session, HPKE)}


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


def _make(session: Session, purpose: str, now: datetime) -> str:
    ring: Ring = session.info["ring"]
    private = signatures.new_private_key()
    point = signatures.public_point(private)
    key_id = keys.key_id_of(point)
    root_key_id, wrapped = ring.wrap(signatures.private_bytes(private), _context(purpose, key_id))
    session.add(
        ServerKey(
            key_id=key_id,
            purpose=purpose,
            suite=SUITE,
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
