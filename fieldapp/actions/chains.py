"""The audit chain: committed rows get a number without gaps and the hash of all before them; the end is signed.

    hash(n) = SHA-256(hash(n-1) ‖ row n)      row = JSON array of its columns, hash(0) = 32 zero bytes

Signed text of a head: ["fieldapp/1/audit", district, seq, hash as hex]. The head goes out with every reply to a phone,
and in the cursor, which the phone gives back: whoever rewrites the past, keys in hand, is contradicted by every phone.

    extend     the worker numbers what was committed     check_on      and walks along it, once a day from the start
    verify     the operator walks the whole of it        hear_witness  what a phone gives back is compared
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.crypto import signatures
from fieldapp.db import milliseconds, moment
from fieldapp.models import audit, server_keys, settings
from fieldapp.models.accounts import Person, Setting
from fieldapp.models.audit import AuditHead, AuditRow

START = bytes(32)
ROWS_MAX = 1000  # one transaction; the next call takes the rest
CHECK_ROWS_MAX = 5000
WALK_EVERY = timedelta(days=1)
WITNESS_CHARACTERS = 16
_CHECK, _DENIED = "audit_check:", "audit_denied:"  # settings, the district behind


@dataclass(frozen=True)
class Place:
    """A row of a chain, and the hash of all up to it."""

    seq: int
    link: bytes


BEGINNING = Place(0, START)


@dataclass(frozen=True)
class Break:
    """Where a chain does not hold, and how."""

    seq: int
    what: str


@dataclass(frozen=True)
class Check:
    """The worker's walk along a chain: up to where it came, when it began, and what it found (None: nothing)."""

    place: Place
    begun_at: datetime
    at: datetime
    found: Break | None


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


def districts(session: Session) -> list[str]:
    """Where there has to be a chain: of whom there are people, rows or an end."""
    columns = (AuditHead.district, AuditRow.district, Person.district)
    return sorted({district for column in columns for district in session.scalars(select(column).distinct())})


def districts_chained(session: Session) -> list[str]:
    """Districts whose chain has an end."""
    return list(session.scalars(select(AuditHead.district).order_by(AuditHead.district)))


def verify(session: Session, district: str) -> Break | None:
    """Walk a whole chain, check the signature of its end and what phones were told; None where it holds."""
    if session.scalar(select(AuditRow.audit_id).where(AuditRow.district == district).limit(1)) is None:
        return Break(0, "there is no row at all")
    place, found = _walk(session, district, BEGINNING, None)
    return found or _end_holds(session, district, place) or denied(session, district)


def check_on(session: Session, district: str, now: datetime) -> Check | None:
    """Check the next rows of a district, up to CHECK_ROWS_MAX of them: what to keep, None where nothing is due. The
    walk begins anew a day after it began, so that a row changed later is noticed as well; at a break it stands still
    until then, for behind it nothing can be said.
    """
    known, head = check_of(session, district), session.get(AuditHead, district)
    if known is None or now - known.begun_at >= WALK_EVERY:
        known = Check(BEGINNING, now, now, None)
    elif known.found is not None or head is None or known.place.seq >= head.seq:
        return None
    if head is None:
        return None
    place, found = _walk(session, district, known.place, CHECK_ROWS_MAX)
    if found is None and place.seq >= head.seq:
        found = _end_holds(session, district, place)
    return Check(place, known.begun_at, now, found)


def keep_check(session: Session, district: str, check: Check) -> None:
    """Remember how far the walk came."""
    found = None if check.found is None else [check.found.seq, check.found.what]
    place = [check.place.seq, check.place.link.hex()]
    kept = [*place, milliseconds(check.begun_at), milliseconds(check.at), found]
    settings.put(session, f"{_CHECK}{district}", json.dumps(kept))


def check_of(session: Session, district: str) -> Check | None:
    """How far the worker's own walk has come, None before the first."""
    text = settings.get(session, f"{_CHECK}{district}")
    if text is None:
        return None
    seq, link, begun, at, found = json.loads(text)
    return Check(Place(seq, bytes.fromhex(link)), moment(begun), moment(at), None if found is None else Break(*found))


def witnessed(session: Session, district: str) -> tuple[int, str] | None:
    """What a phone takes along of this chain, to be given back with its next pull: the number of the end, and the
    beginning of its hash.
    """
    end = audit.end_of(session, district)
    return None if end is None else (end[0], end[1].hex()[:WITNESS_CHARACTERS])


def hear_witness(session: Session, district: str, told: tuple[int, str], vault_id: UUID, now: datetime) -> None:
    """Compare what a phone was told of this chain with what the chain says now. Where it says something else, somebody
    rewrote the past, or brought an older database back without saying so: that is kept, and written down once.
    """
    seq, said = told
    link = session.scalar(select(AuditRow.chain_hash).where(AuditRow.district == district, AuditRow.chain_seq == seq))
    if (link is not None and link.hex()[:WITNESS_CHARACTERS] == said) or denied(session, district) is not None:
        return
    settings.put(session, f"{_DENIED}{district}", json.dumps([seq, milliseconds(now)]))
    about: dict[str, object] = {"seq": seq, "vault": str(vault_id)}
    audit.write(session, district=district, actor_id=None, vault_id=vault_id, act="chain_denied", about=about, at=now)


def denied(session: Session, district: str) -> Break | None:
    """Where a phone was told something else than the chain says now; None where none was."""
    text = settings.get(session, f"{_DENIED}{district}")
    return None if text is None else Break(json.loads(text)[0], "a phone was told another end")


def forget_denial(session: Session, district: str) -> None:
    """A restore explains why phones know more: what they say from the new epoch on counts."""
    row = session.get(Setting, f"{_DENIED}{district}")
    if row is not None:
        session.delete(row)
        session.flush()


def _walk(session: Session, district: str, start: Place, rows_max: int | None) -> tuple[Place, Break | None]:
    """Walk on from a place; how far it held, and where it does not."""
    link, seq = start.link, start.seq
    rows = session.scalars(
        select(AuditRow)
        .where(AuditRow.district == district, AuditRow.chain_seq > start.seq)
        .order_by(AuditRow.chain_seq)
        .limit(rows_max)
        .execution_options(yield_per=1000)
    )
    for row in rows:
        seq += 1
        if row.chain_seq != seq:
            what = "a row is missing" if row.chain_seq is None or row.chain_seq > seq else "a number was given twice"
            return Place(seq - 1, link), Break(seq, what)
        following = _linked(link, row)
        if row.chain_hash != following:
            return Place(seq - 1, link), Break(seq, "a row was changed")
        link = following
    return Place(seq, link), None


def _end_holds(session: Session, district: str, place: Place) -> Break | None:
    head = session.get(AuditHead, district)
    if head is None:
        return Break(0, "the signed end is missing") if place.seq else None
    if (head.seq, head.hash) != (place.seq, place.link):
        return Break(place.seq, "the end does not match the last row")
    identity = server_keys.key_list(session).identity
    if not signatures.verify(identity, head.signature, _head_text(district, head.seq, head.hash)):
        return Break(place.seq, "the signature of the end is wrong")
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
