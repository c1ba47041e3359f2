"""Letters and papers made of a case, their numbers, scans of what was signed, templates, and what was shared.

What a paper says lies under the family's key. Of a number that was given there is always a letter: none is left out and
none is given twice, also where two are made at once.
"""

from contextlib import suppress
from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, String, UniqueConstraint, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from fieldapp.db import Base, Moment


class Letter(Base):
    """One paper as it was made: never changed, never deleted. A later one of the same report supersedes it."""

    __tablename__ = "letter"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    letter_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(String(12))  # a casework.letters.kinds.Kind
    sensitivity: Mapped[str] = mapped_column(String(12))  # the class of the fact that there is one
    year: Mapped[int | None]  # of the register, where its kind has one
    number: Mapped[int | None]
    record_id: Mapped[UUID | None]  # what it was made from: this report, in this revision with these bytes
    revision_id: Mapped[UUID | None]
    content_hash: Mapped[bytes | None]
    template_id: Mapped[UUID | None]  # None: the one that comes with the program
    made_by: Mapped[UUID]
    made_at: Mapped[datetime] = mapped_column(Moment)
    sealed_docx: Mapped[bytes]
    signed_by: Mapped[UUID | None]  # who noted it, not whose name stands on the paper
    signed_at: Mapped[datetime | None] = mapped_column(Moment)
    sent_by: Mapped[UUID | None]
    sent_at: Mapped[datetime | None] = mapped_column(Moment)
    received_by: Mapped[UUID | None]
    received_at: Mapped[datetime | None] = mapped_column(Moment)
    sealed_receipt: Mapped[bytes | None]  # {"no": what the receiver calls it}
    superseded_at: Mapped[datetime | None] = mapped_column(Moment)
    __table_args__ = (
        ForeignKeyConstraint(["district", "case_id"], ["case_file.district", "case_file.case_id"]),
        UniqueConstraint("district", "kind", "year", "number", name="letter_of_number"),
        Index("letter_by_case", "district", "case_id"),
    )


class LetterNumber(Base):
    """The newest number of a register of a year: its row is locked while the next one is given."""

    __tablename__ = "letter_number"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    newest: Mapped[int]


class LetterScan(Base):
    """A picture or PDF of the paper as it was signed or came back."""

    __tablename__ = "letter_scan"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    letter_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    type: Mapped[str] = mapped_column(String(40))
    sealed_scan: Mapped[bytes]
    added_by: Mapped[UUID]
    added_at: Mapped[datetime] = mapped_column(Moment)
    __table_args__ = (ForeignKeyConstraint(["district", "letter_id"], ["letter.district", "letter.letter_id"]),)


class LetterTemplate(Base):
    """A template of the county's own. It is about no family. Published until another is, or until it is ended."""

    __tablename__ = "letter_template"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    template_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    name: Mapped[str] = mapped_column(String(100))
    content: Mapped[bytes]
    uploaded_by: Mapped[UUID]
    uploaded_at: Mapped[datetime] = mapped_column(Moment)
    published_by: Mapped[UUID | None]
    published_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    __table_args__ = (Index("letter_template_by_kind", "district", "kind"),)


class ExtractShare(Base):
    """What was given to another office about a family: the share log. `copies`: how often it was printed."""

    __tablename__ = "extract_share"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    share_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    sensitivity: Mapped[str] = mapped_column(String(12))  # the highest class of what was given
    basis: Mapped[str] = mapped_column(String(12))
    sealed_details: Mapped[bytes]  # {"receiver", "kind", "purpose", "basis_text", "fields": [{"label", "text"}]}
    made_by: Mapped[UUID]
    made_at: Mapped[datetime] = mapped_column(Moment)
    copies: Mapped[int] = mapped_column(default=0)
    __table_args__ = (
        ForeignKeyConstraint(["district", "case_id"], ["case_file.district", "case_file.case_id"]),
        Index("extract_share_by_case", "district", "case_id"),
    )


def next_number(session: Session, district: str, kind: str, year: int) -> int:
    """The next number of a register, without a gap: it is given back with the transaction where that fails."""
    key = (district, kind, year)
    if session.get(LetterNumber, key) is None:
        with suppress(IntegrityError), session.begin_nested():  # another began the year at this moment
            session.add(LetterNumber(district=district, kind=kind, year=year, newest=0))
    row = session.get_one(LetterNumber, key, with_for_update=True, populate_existing=True)
    row.newest += 1
    session.flush()
    return row.newest


def template_in_use(session: Session, district: str, kind: str) -> LetterTemplate | None:
    """The county's own template of this paper; None where the one of the program is used."""
    return session.scalar(
        select(LetterTemplate)
        .where(
            LetterTemplate.district == district,
            LetterTemplate.kind == kind,
            LetterTemplate.published_at.is_not(None),
            LetterTemplate.ended_at.is_(None),
        )
        .order_by(LetterTemplate.published_at.desc(), LetterTemplate.template_id.desc())
        .limit(1)
    )
