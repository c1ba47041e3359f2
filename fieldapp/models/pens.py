"""Where a record is being written: on its author's phone, or at the desk. One place holds the pen."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import String, bindparam, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from fieldapp.db import Base, Moment, milliseconds
from fieldapp.models import plain

_MINUTE_MS = 60_000


class Place(StrEnum):
    PHONE = "phone"
    DESK = "desk"


class Pen(Base):
    """Who writes on a record of a visit, once it was ever taken to the desk; without a row her phone does."""

    __tablename__ = "pen"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    record_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    author_id: Mapped[UUID]
    place: Mapped[str] = mapped_column(String(5))  # phone, desk
    vault_id: Mapped[UUID | None]  # the phone that took it back; None at the desk, or given back from there
    number: Mapped[int]  # rises with every move: who takes the pen names the move she knows of
    moved_at: Mapped[datetime] = mapped_column(Moment)


_pen = Pen.__table__.c
_AT_DESK = select(_pen.record_id, _pen.number).where(
    _pen.district == bindparam("district"),
    _pen.place == Place.DESK,
    _pen.record_id.in_(bindparam(plain.IDS, expanding=True)),
)


def numbers_at_desk(session: Session, district: str, record_ids: Iterable[UUID]) -> dict[UUID, int]:
    """Of these records those of which the desk holds the pen, with the number of the move that took it there."""
    return dict(plain.ask(session, _AT_DESK, record_ids, district=district))


def pen_of(session: Session, district: str, record_id: UUID) -> Pen | None:
    """The pen of a record; None where it never left the phone."""
    return session.get(Pen, (district, record_id))


def hold(session: Session, district: str, record_id: UUID) -> Pen | None:
    """The same, locked until the end of the transaction. Who also locks the record does so before, as a push does."""
    return session.scalar(
        select(Pen)
        .where(Pen.district == district, Pen.record_id == record_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def move(
    session: Session,
    *,
    district: str,
    record_id: UUID,
    case_id: UUID,
    author_id: UUID,
    place: Place,
    vault_id: UUID | None,
    now: datetime,
) -> Pen:
    """Put the pen into another place. The row of audit is written by the act that calls this.

    Its number is the minute of the move or more: a database that was brought back forgot moves that phones know of, and
    must give none of their numbers to another.
    """
    pen = hold(session, district, record_id)
    if pen is None:
        pen = Pen(district=district, record_id=record_id, case_id=case_id, author_id=author_id, number=0)
        session.add(pen)
    pen.place, pen.vault_id, pen.moved_at = place, vault_id, now
    pen.number = max(pen.number + 1, milliseconds(now) // _MINUTE_MS)
    session.flush()
    return pen
