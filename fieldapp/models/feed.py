"""The feed: what each person's phones have to be told. Written in the transaction of the change that causes it."""

from contextlib import suppress
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Index, String, Table, bindparam, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from fieldapp.db import Base, Moment
from fieldapp.models import plain


class FeedHead(Base):
    """The last number given to this person, bumped last in the transaction: a number is visible only when all before it
    are.
    """

    __tablename__ = "feed_head"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(default=0)
    safe_seq: Mapped[int] = mapped_column(default=0)  # at or below: in a verified backup on another device
    # Below it rows of what is gone were forgotten: a cursor that has not come as far begins afresh.
    horizon_seq: Mapped[int] = mapped_column(default=0)


class FeedRow(Base):
    """The newest change of one ref for one person."""

    __tablename__ = "feed"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(80), primary_key=True)
    seq: Mapped[int]
    kind: Mapped[str] = mapped_column(String(6))  # put, del, out, draft
    version: Mapped[int] = mapped_column(default=1)
    origin_vault: Mapped[UUID | None]
    gone_at: Mapped[datetime | None] = mapped_column(Moment)  # first seen to be `del` or `out` (actions/feed_upkeep.py)
    __table_args__ = (Index("feed_order", "district", "person_id", "seq", unique=True),)


def tell(
    session: Session, district: str, person_id: UUID, ref: str, kind: str = "put", origin_vault: UUID | None = None
) -> None:
    """Put a change of `ref` on a person's feed. It gets its number at the very end of the transaction.

    `origin_vault` is given only where the vault that pushed had already seen the row this one replaces
    (docs/protocol.md, Feed).
    """
    told: dict[tuple[str, UUID, str], tuple[str, UUID | None]] = session.info.setdefault("told", {})
    known = told.get((district, person_id, ref))
    if known is not None and known[1] != origin_vault:
        origin_vault = None  # two causes in one transaction: nobody's own change any more
    told[district, person_id, ref] = (kind, origin_vault)
    _number_at_the_end(session)


def touch(session: Session, district: str, person_id: UUID) -> None:
    """Move a person's number on without telling anything: what was taken from her now lies above every safe mark that
    was given before.
    """
    session.info.setdefault("touched", set()).add((district, person_id))
    _number_at_the_end(session)


def number(session: Session) -> dict[tuple[str, UUID], int]:
    """Number everything told so far: heads locked in order of person, bumped as the last statements. Returns the new
    heads.

    A number taken earlier could become visible before a smaller one (measured: a quarter of all rows lost); a head row
    held only here cannot.
    """
    told: dict[tuple[str, UUID, str], tuple[str, UUID | None]] = session.info.pop("told", {})
    touched: set[tuple[str, UUID]] = session.info.pop("touched", set())
    session.flush()
    heads: dict[tuple[str, UUID], int] = {}
    for district, person_id in sorted({(district, person_id) for district, person_id, _ in told} | touched):
        refs = sorted(ref for d, p, ref in told if (d, p) == (district, person_id))
        last = _bump(session, district, person_id, max(len(refs), 1))
        versions: dict[str, int] = dict(plain.ask(session, _VERSIONS, refs, in_district=district, of_person=person_id))
        new: list[dict[str, object]] = []
        known: list[dict[str, object]] = []
        for seq, ref in enumerate(refs, start=last - len(refs) + 1):
            kind, origin_vault = told[district, person_id, ref]
            version = versions.get(ref, 0) + 1
            row = {"seq": seq, "kind": kind, "version": version, "origin_vault": origin_vault, "gone_at": None}
            if ref in versions:
                known.append({**row, "in_district": district, "of_person": person_id, "at": ref})
            else:
                new.append({**row, "district": district, "person_id": person_id, "ref": ref})
        plain.add(session, FeedRow, new)
        plain.write(session, _UPDATE, known)
        heads[district, person_id] = last
    return heads


# Many rows by one statement: a batch of reports moves the ref of every family it is about.
_FEED: Table = FeedRow.__table__  # type: ignore[assignment]
_HERS = (_FEED.c.district == bindparam("in_district"), _FEED.c.person_id == bindparam("of_person"))
_VERSIONS = select(_FEED.c.ref, _FEED.c.version).where(*_HERS, _FEED.c.ref.in_(bindparam(plain.IDS, expanding=True)))
_UPDATE = update(_FEED).where(*_HERS, _FEED.c.ref == bindparam("at"))


def _number_at_the_end(session: Session) -> None:
    hooks = session.info.setdefault("before_commit", [])
    if number not in hooks:
        hooks.append(number)


class Head(NamedTuple):
    """The numbers of a person's feed, as they are now."""

    seq: int
    safe_seq: int
    horizon_seq: int


def head_of(session: Session, district: str, person_id: UUID) -> Head | None:
    """None before she was told anything."""
    found = plain.one(session, _NUMBERS, in_district=district, of_person=person_id)
    return None if found is None else Head(*found)


_HEAD: Table = FeedHead.__table__  # type: ignore[assignment]
_NUMBERS = select(_HEAD.c.seq, _HEAD.c.safe_seq, _HEAD.c.horizon_seq).where(
    _HEAD.c.district == bindparam("in_district"), _HEAD.c.person_id == bindparam("of_person")
)
_BUMP = (
    update(_HEAD)
    .where(_HEAD.c.district == bindparam("in_district"), _HEAD.c.person_id == bindparam("of_person"))
    .values(seq=_HEAD.c.seq + bindparam("count"))
    .returning(_HEAD.c.seq)
)


def _bump(session: Session, district: str, person_id: UUID, count: int) -> int:
    how = {"in_district": district, "of_person": person_id, "count": count}
    head = plain.one(session, _BUMP, **how)
    if head is None:
        # The first she is ever told. Of two at one moment (PostgreSQL) one makes the head, and the other waits for it.
        with suppress(IntegrityError), session.begin_nested():
            session.add(FeedHead(district=district, person_id=person_id, seq=0, safe_seq=0))
        head = plain.one(session, _BUMP, **how)
    assert head is not None
    return int(head[0])
