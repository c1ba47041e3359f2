"""The server's share of a PIN way: set, handed out after a proof, removed (docs/protocol.md section 8).

    read     who is calling, whether the request is one, whether its time is right; writes nothing
    change   `set` and `remove`, in one transaction
    try_it   `get`: count the try; the caller commits before anything is compared
    compare  look at the proof; only reads
    release  the count goes back, and a row says who opened her phone; then the share is sealed

A vault that is not active has no share, and is answered like one that never had any. Replies are never stored.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from fieldapp.actions.callers import caller
from fieldapp.crypto import shares as crypto
from fieldapp.crypto import signatures
from fieldapp.crypto.rest import Ring
from fieldapp.crypto.shares import Proof, Share
from fieldapp.db import milliseconds
from fieldapp.errors import Problem
from fieldapp.ids import uuid7
from fieldapp.models import audit, bundles, tombstones
from fieldapp.models.accounts import Acting, acting_for
from fieldapp.models.tombstones import Kind
from fieldapp.models.vaults import AnsweredRequest, PinShare, Vault, VaultState
from sync import shares, wire
from sync.shares import TRIES_MAX


@dataclass(frozen=True)
class Asked:
    """A request of a vault that proved itself by its transport key, and by its author key where the act needs it."""

    district: str
    vault_id: UUID
    person_id: UUID
    said: shares.Asked
    body_hash: bytes


@dataclass(frozen=True)
class Try:
    """A counted try: which share, and how many were made of it."""

    share_id: UUID
    tries: int

    @property
    def left(self) -> int:
        return max(0, TRIES_MAX - self.tries)


def read(session: Session, vault: str, signature: str, body: bytes, now: datetime) -> Asked:
    """Read a request. Raises `unknown_vault`, `request_malformed`, `clock`, and `share_gone` for a wrong signature."""
    row = caller(session, shares.METHOD_PATH, vault, signature, body)
    try:
        said = shares.read(body)
    except wire.Malformed as error:
        raise Problem("request_malformed") from error
    if said.to and not signatures.is_point(said.to):
        raise Problem("request_malformed")
    if abs(said.t - milliseconds(now)) > wire.CLOCK_TOLERANCE_MS:
        raise Problem("clock", t=milliseconds(now))
    if said.act != "get" and not signatures.verify(row.author_key, said.signature, said.signed_text(row.vault_id)):
        raise Problem("share_gone")
    return Asked(row.district, row.vault_id, row.person_id, said, hashlib.sha256(body).digest())


def change(session: Session, asked: Asked, now: datetime) -> dict[str, object]:
    """Carry out `set` or `remove`; the reply. Raises `share_gone`, `request_reused`."""
    _active(session, asked, is_alone=True)
    _use_up(session, asked, now)
    delete(session, asked.district, asked.vault_id, now)
    if asked.said.act == "remove":
        _audit(session, asked, "remove_pin", now)
        return dict(shares.reply(None, TRIES_MAX))
    share, share_id = crypto.new_share(), uuid7(milliseconds(now))
    root_key_id, wrapped = crypto.wrap(session.info["ring"], share, asked.district, asked.vault_id, share_id)
    session.add(
        PinShare(
            district=asked.district,
            vault_id=asked.vault_id,
            share_id=share_id,
            wrapped_share=wrapped,
            root_key_id=root_key_id,
            proof_hash=crypto.hash_of_proof(share, Proof(asked.said.proof)),
            tries=0,
            made_at=now,
        )
    )
    _audit(session, asked, "set_pin", now)
    return _sealed(share, asked, TRIES_MAX)


def try_it(session: Session, asked: Asked, now: datetime) -> Try:
    """Count a try and say so in the tombstone log. To be committed before `compare`: however many ask at once, no more
    than TRIES_MAX are ever compared. Raises `share_gone`, `share_locked`, `request_reused`.
    """
    _active(session, asked)
    here = (PinShare.district == asked.district, PinShare.vault_id == asked.vault_id)
    counted = (
        update(PinShare)
        .where(*here, PinShare.tries < TRIES_MAX)
        .values(tries=PinShare.tries + 1)
        .returning(PinShare.share_id, PinShare.tries)
    )
    row = session.execute(counted).one_or_none()
    if row is None:
        is_there = session.scalar(select(PinShare.share_id).where(*here)) is not None
        raise Problem("share_locked" if is_there else "share_gone")
    _use_up(session, asked, now)
    tombstones.note(
        session, asked.district, Kind.PIN_TRIES, now,
        share=str(row.share_id), vault=str(asked.vault_id), tries=row.tries,
    )  # fmt: skip
    if row.tries == TRIES_MAX:
        _audit(session, asked, "last_pin_try", now)
    return Try(row.share_id, row.tries)


def compare(session: Session, asked: Asked, counted: Try) -> Share:
    """The share, where the proof fits. Raises `wrong_pin` with the tries that are left, `share_gone`."""
    row = session.get(PinShare, (asked.district, asked.vault_id))
    if row is None or row.share_id != counted.share_id:
        raise Problem("share_gone")
    share = crypto.unwrap(
        session.info["ring"], row.root_key_id, row.wrapped_share, row.district, row.vault_id, row.share_id
    )
    if not crypto.proves(share, Proof(asked.said.proof), row.proof_hash):
        raise Problem("wrong_pin", tries_left=counted.left)
    return share


def release(session: Session, asked: Asked, counted: Try, share: Share, now: datetime) -> dict[str, object]:
    """Hand the share out: unless it was taken away meanwhile, the count goes back. Raises `share_gone`.

    The count in the tombstone log stays: after a restore she has fewer tries until the next right one, not more.
    """
    _active(session, asked)
    back = (
        update(PinShare)
        .where(
            PinShare.district == asked.district,
            PinShare.vault_id == asked.vault_id,
            PinShare.share_id == counted.share_id,
        )
        .values(tries=0)
        .returning(PinShare.share_id)
    )
    if session.scalar(back) is None:
        raise Problem("share_gone")
    _audit(session, asked, "open_by_pin", now)
    return _sealed(share, asked, TRIES_MAX)


def delete(session: Session, district: str, vault_id: UUID, now: datetime) -> None:
    """Take a vault's share away for good, where it has one: its PIN opens nothing any more."""
    row = session.get(PinShare, (district, vault_id), with_for_update=True, populate_existing=True)
    if row is not None:
        tombstones.note(session, district, Kind.SHARE_DELETED, now, share=str(row.share_id), vault=str(vault_id))
        session.delete(row)
        session.flush()


def rewrap(session: Session) -> int:
    """Wrap every share under the newest root key; how many were not."""
    ring: Ring = session.info["ring"]
    rows = session.scalars(select(PinShare).where(PinShare.root_key_id != ring.newest).with_for_update()).all()
    for row in rows:
        place = (row.district, row.vault_id, row.share_id)
        share = crypto.unwrap(ring, row.root_key_id, row.wrapped_share, *place)
        row.root_key_id, row.wrapped_share = crypto.wrap(ring, share, *place)
    return len(rows)


def _active(session: Session, asked: Asked, *, is_alone: bool = False) -> Acting:
    # Locked, so that a revocation on its way is either seen here or waits until this is over.
    here = (Vault.district == asked.district, Vault.vault_id == asked.vault_id)
    locked = select(Vault.state, Vault.wipe_order).where(*here).with_for_update(read=not is_alone)
    vault = session.execute(locked).one()
    acting = acting_for(session, asked.district, asked.person_id)
    if vault.state != VaultState.ACTIVE or vault.wipe_order is not None or acting is None:
        raise Problem("share_gone")
    if asked.said.act != "remove" and "pin" not in bundles.policy_of(session, acting)["ways"]:
        raise Problem("share_gone")  # administrators took this way away, for her role or place
    return acting


def _use_up(session: Session, asked: Asked, now: datetime) -> None:
    """A request id serves once: what was recorded on the line is not answered again."""
    key = (asked.district, asked.vault_id, asked.said.request)
    if session.get(AnsweredRequest, key) is not None:
        raise Problem("request_reused")
    session.add(
        AnsweredRequest(
            district=asked.district,
            vault_id=asked.vault_id,
            request_id=asked.said.request,
            body_hash=asked.body_hash,
            results="[]",
            answered_at=now,
        )
    )
    session.flush()


def _sealed(share: Share, asked: Asked, tries_left: int) -> dict[str, object]:
    sealed = crypto.seal(share, asked.said.to, asked.vault_id, asked.said.request)
    return dict(shares.reply(sealed, tries_left))


def _audit(session: Session, asked: Asked, act: str, now: datetime) -> None:
    audit.write(
        session, district=asked.district, actor_id=asked.person_id, vault_id=asked.vault_id, act=act,
        about={"vault": str(asked.vault_id)}, at=now,
    )  # fmt: skip
