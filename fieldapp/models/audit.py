"""Append-only: a row beside every change and every read of a sensitive file, chained and signed by the worker."""

import json
from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, String, bindparam, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Mapped, Session, mapped_column

from fieldapp.db import Base, Moment, milliseconds
from fieldapp.ids import uuid7
from fieldapp.models import plain
from fieldapp.models.accounts import Acting


class AuditRow(Base):
    __tablename__ = "audit"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    audit_id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)
    actor_id: Mapped[UUID | None]  # None: the system
    vault_id: Mapped[UUID | None]
    act: Mapped[str] = mapped_column(String(40))
    about: Mapped[str]  # JSON: ids and versions only, never an answer or a name
    chain_seq: Mapped[int | None]  # given by the worker, without gaps
    chain_hash: Mapped[bytes | None]  # SHA-256(previous ‖ this row)
    __table_args__ = (Index("audit_chain", "district", "chain_seq"),)


class AuditHead(Base):
    """The end of a district's chain. It goes out with every reply, so that phones are witnesses of it."""

    __tablename__ = "audit_head"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    seq: Mapped[int] = mapped_column(default=0)
    hash: Mapped[bytes]
    signature: Mapped[bytes]  # by the identity key
    signed_at: Mapped[datetime] = mapped_column(Moment)


_head = AuditHead.__table__.c
_END = select(_head.seq, _head.hash).where(_head.district == bindparam("district"))


def end_of(session: Session, district: str) -> tuple[int, bytes] | None:
    """(number, hash) of the end of a district's chain; None before its first row."""
    found = plain.one(session, _END, district=district)
    return None if found is None else (found[0], found[1])


def write(
    session: Session,
    *,
    district: str,
    actor_id: UUID | None,
    act: str,
    about: dict[str, object],
    at: datetime,
    vault_id: UUID | None = None,
) -> None:
    """One row beside the change it tells of, in the same transaction. `about` holds ids and versions, never an answer
    or a name.
    """
    session.add(
        AuditRow(
            district=district,
            audit_id=uuid7(milliseconds(at)),
            at=at,
            actor_id=actor_id,
            vault_id=vault_id,
            act=act,
            about=json.dumps(about, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str),
        )
    )


def was_refused(error: DBAPIError) -> bool:
    """Whether it was a row of the audit that the database did not take."""
    return (error.statement or "").startswith(f"INSERT INTO {AuditRow.__tablename__} ")


def note_read(session: Session, acting: Acting, act: str, about: dict[str, object], at: datetime) -> None:
    """The row beside a read of a sensitive file."""
    write(session, district=acting.district, actor_id=acting.person_id, act=act, about=about, at=at)
