"""Phones: enrolled vaults, the codes that enrol them, the server's own keys, and what was already answered."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, Index, String, bindparam, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from fieldapp.db import Base, Moment
from fieldapp.models import plain


class VaultState(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"
    REVOKED = "revoked"


class VaultHome(Base):
    """The directory vault -> district: a request names only its vault. Copied to every shard."""

    __tablename__ = "vault_home"
    vault_id: Mapped[UUID] = mapped_column(primary_key=True)
    district: Mapped[str] = mapped_column(String(12))


class Vault(Base):
    """One person on one phone."""

    __tablename__ = "vault"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    vault_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID]
    transport_key: Mapped[bytes]  # raw P-256 point, 65 bytes
    author_key: Mapped[bytes]
    state: Mapped[str] = mapped_column(String(12), default=VaultState.ACTIVE)
    enrolled_at: Mapped[datetime] = mapped_column(Moment)
    issued_by: Mapped[UUID]  # may not approve this vault's records for seven days
    last_contact_at: Mapped[datetime | None] = mapped_column(Moment)
    app_version: Mapped[str | None] = mapped_column(String(40))
    clock_skew_ms: Mapped[int | None]
    view_version: Mapped[int] = mapped_column(default=0)  # the person's view_version this vault last pulled under
    changed_at: Mapped[datetime | None] = mapped_column(Moment)  # of the state, by a person
    changed_by: Mapped[UUID | None]
    # What the phone last said of itself (docs/protocol.md, `device`); null where it has not said it.
    reported_at: Mapped[datetime | None] = mapped_column(Moment)
    model: Mapped[str | None] = mapped_column(String(60))
    unsent: Mapped[int | None]
    oldest_unsent_at: Mapped[datetime | None] = mapped_column(Moment)
    free_bytes: Mapped[int | None] = mapped_column(BigInteger)
    is_persisted: Mapped[bool | None]
    is_locked: Mapped[bool | None]
    ways: Mapped[str | None] = mapped_column(String(40))  # "secret pin": blanks between
    keys_version: Mapped[int | None]
    # A wipe is an order until the phone says that it is done, and what it could not hand in before.
    wipe_order: Mapped[UUID | None]
    wipe_ordered_at: Mapped[datetime | None] = mapped_column(Moment)
    wipe_ordered_by: Mapped[UUID | None]
    wiped_at: Mapped[datetime | None] = mapped_column(Moment)
    wiped_unsent: Mapped[int | None]
    __table_args__ = (
        Index("vault_by_person", "district", "person_id"),
        Index("vault_by_contact", "district", "last_contact_at", "vault_id"),
    )


class DeviceCode(Base):
    """A one-use code that lets one person enrol one phone. Only its hash is kept."""

    __tablename__ = "device_code"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    code_hash: Mapped[bytes] = mapped_column(primary_key=True)
    person_id: Mapped[UUID]
    issued_by: Mapped[UUID]
    issued_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    used_by_vault: Mapped[UUID | None]


class PinShare(Base):
    """The server's half of a PIN way (DESIGN 5, way 2): without it a PIN and a phone open nothing."""

    __tablename__ = "pin_share"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    vault_id: Mapped[UUID] = mapped_column(primary_key=True)
    share_id: Mapped[UUID]  # another one each time a PIN is set: what the tombstone log names
    wrapped_share: Mapped[bytes]  # by the root ring, bound to district, vault and share id
    root_key_id: Mapped[str] = mapped_column(String(32))
    proof_hash: Mapped[bytes]  # keyed by the share itself
    tries: Mapped[int] = mapped_column(default=0)  # wrong ones, counted before they are compared
    made_at: Mapped[datetime] = mapped_column(Moment)


class ServerKey(Base):
    """A key pair that opens envelopes (HPKE), or the identity key that signs their list. The private half is wrapped by
    the root ring.
    """

    __tablename__ = "server_key"
    key_id: Mapped[str] = mapped_column(String(16), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(10))  # hpke, identity
    suite: Mapped[int]
    public: Mapped[bytes]
    wrapped_private: Mapped[bytes]
    root_key_id: Mapped[str] = mapped_column(String(32))
    valid_from: Mapped[datetime] = mapped_column(Moment)
    valid_until: Mapped[datetime | None] = mapped_column(Moment)


class Operation(Base):
    """The answer a package got: sending it again gets the same answer and changes nothing."""

    __tablename__ = "operation"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    vault_id: Mapped[UUID] = mapped_column(primary_key=True)
    package_id: Mapped[UUID] = mapped_column(primary_key=True)
    package_hash: Mapped[bytes]  # the same id with other bytes is not a repeat
    result: Mapped[str]  # JSON, as in docs/protocol.md section 4
    answered_at: Mapped[datetime] = mapped_column(Moment)


class AnsweredRequest(Base):
    """A request id with the digest of its bytes: a browser repeats POSTs by itself, an attacker repeats them too."""

    __tablename__ = "answered_request"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    vault_id: Mapped[UUID] = mapped_column(primary_key=True)
    request_id: Mapped[bytes] = mapped_column(primary_key=True)
    body_hash: Mapped[bytes]
    results: Mapped[str]  # JSON list
    answered_at: Mapped[datetime] = mapped_column(Moment)


@dataclass(frozen=True)
class Orders:
    """What stands in the row of a vault that its phone has to hear of."""

    state: str
    wipe_order: UUID | None
    wipe_ordered_at: datetime | None
    wiped_at: datetime | None


# Asked with every exchange: by plain columns.
_vault, _answer, _home = Vault.__table__.c, AnsweredRequest.__table__.c, VaultHome.__table__.c
_ORDERS = select(_vault.state, _vault.wipe_order, _vault.wipe_ordered_at, _vault.wiped_at).where(
    _vault.district == bindparam("district"), _vault.vault_id == bindparam("vault_id")
)
_ANSWER = select(_answer.body_hash, _answer.results).where(
    _answer.district == bindparam("district"),
    _answer.vault_id == bindparam("vault_id"),
    _answer.request_id == bindparam("request_id"),
)
_DISTRICT = select(_home.district).where(_home.vault_id == bindparam("vault_id"))


def orders_for(session: Session, district: str, vault_id: UUID) -> Orders:
    """The state of a vault that is known here, and whether it is to be wiped."""
    found = plain.one(session, _ORDERS, district=district, vault_id=vault_id)
    assert found is not None
    return Orders(*found)


def answer_to(session: Session, district: str, vault_id: UUID, request_id: bytes) -> tuple[bytes, str] | None:
    """(digest of the bytes, results as JSON) of a request that was answered before, else None."""
    found = plain.one(session, _ANSWER, district=district, vault_id=vault_id, request_id=request_id)
    return None if found is None else (found[0], found[1])


def district_of(session: Session, vault_id: UUID) -> str | None:
    """Where a vault is at home; None where there is no such vault."""
    found = plain.one(session, _DISTRICT, vault_id=vault_id)
    return None if found is None else found[0]
