"""The audit chain: committed rows get a number without gaps and the hash of all before them; the end is signed.

    hash(n) = SHA-256(hash(n-1) ‖ row n)      row = JSON array of its columns, hash(0) = 32 zero bytes

Signed text of a head: ["fieldapp/1/audit", district, seq, hash as hex]. The head goes out with every reply to a phone:
whoever rewrites the past no longer matches what the phones were told.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.crypto import signatures
from fieldapp.db import milliseconds
from fieldapp.models import server_keys
from fieldapp.models.audit import AuditHead, AuditRow

START = bytes(32)
ROWS_MAX = 1000  # one transaction; the next call takes the rest


@dataclass(frozen=True)
class Break:
    """Where a chain does not hold, and how."""

    seq: int
    what: str


def extend(session: Session, district: str, now: datetime) -> int:
    """Chain the rows of a district that have no number yet, in the order they were written; returns how many."""
    rows = session.scalars(
        select(AuditRow)
        .where(AuditRow.district == district, AuditRow.chain_seq.is_(None))
        .order_by(AuditRow.at, AuditRow.audit_id)
        .limit(ROWS_MAX)
    ).all()
    if not rows:
        return 0
    head = session.get(AuditHead, district)
    seq, link = (0, START) if head is None else (head.seq, head.hash)
    for row in rows:
        seq, link = seq + 1, _linked(link, row)
        row.chain_seq, row.chain_hash = seq, link
    signature = server_keys.sign(session, _head_text(district, seq, link))
    session.merge(AuditHead(district=district, seq=seq, hash=link, signature=signature, signed_at=now))
    return len(rows)


def districts_waiting(session: Session) -> list[str]:
    """Districts with rows that wait for their number."""
    return list(session.scalars(select(AuditRow.district).where(AuditRow.chain_seq.is_(None)).distinct()))


def verify(session: Session, district: str) -> Break | None:
    """Walk a whole chain and check the signature of its end; None where it holds."""
    link, seq = START, 0
    rows = session.scalars(
        select(AuditRow)
        .where(AuditRow.district == district, AuditRow.chain_seq.is_not(None))
        .order_by(AuditRow.chain_seq)
        .execution_options(yield_per=1000)
    )
    for row in rows:
        seq += 1
        if row.chain_seq != seq:
            return Break(seq, "a row is missing")
        link = _linked(link, row)
        if row.chain_hash != link:
            return Break(seq, "a row was changed")
    head = session.get(AuditHead, district)
    if head is None:
        return Break(0, "the signed end is missing") if seq else None
    if (head.seq, head.hash) != (seq, link):
        return Break(seq, "the end does not match the last row")
    identity = server_keys.key_list(session).identity
    if not signatures.verify(identity, head.signature, _head_text(district, seq, link)):
        return Break(seq, "the signature of the end is wrong")
    return None


def _linked(link: bytes, row: AuditRow) -> bytes:
    columns = [
        row.district,
        str(row.audit_id),
        milliseconds(row.at),
        None if row.actor_id is None else str(row.actor_id),
        None if row.vault_id is None else str(row.vault_id),
        row.act,
        row.about,
    ]
    return sha256(link + json.dumps(columns, ensure_ascii=False, separators=(",", ":")).encode()).digest()


def _head_text(district: str, seq: int, link: bytes) -> bytes:
    return signatures.signed_text(["fieldapp/1/audit", district, seq, link.hex()])
