"""Records and their immutable revisions; draft copies; what had to be kept aside."""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, Select, String, select
from sqlalchemy.orm import Mapped, mapped_column

from fieldapp.db import Base, Moment


class State(StrEnum):
    """States of a record (DESIGN 3). Moved by the server alone; a phone only asks."""

    DRAFT = "draft"
    DOOR_SUBMITTED = "door_submitted"
    SUBMITTED = "submitted"
    IN_REVIEW = "in_review"
    RETURNED = "returned"
    APPROVED_FIRST = "approved_first"
    APPROVED = "approved"
    VOID = "void"


WAITING = (State.SUBMITTED, State.IN_REVIEW, State.APPROVED_FIRST)  # handed in, and somebody has to decide


class Record(Base):
    """One instance of a form on a case, made during a visit or at the desk."""

    __tablename__ = "record"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    record_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    visit_id: Mapped[UUID | None]  # None: made at the desk
    form: Mapped[str] = mapped_column(String(20))
    author_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(String(16))
    head_revision_id: Mapped[UUID]  # what a decision has to name
    created_at: Mapped[datetime] = mapped_column(Moment)
    submitted_at: Mapped[datetime | None] = mapped_column(Moment)  # last move to submitted
    state_at: Mapped[datetime] = mapped_column(Moment)
    __table_args__ = (
        ForeignKeyConstraint(["district", "case_id"], ["case_file.district", "case_file.case_id"]),
        ForeignKeyConstraint(["district", "visit_id"], ["visit.district", "visit.visit_id"]),
        Index("record_by_case", "district", "case_id"),
        Index("record_queue", "district", "state", "state_at", "record_id"),  # the order of the queue
    )


class Revision(Base):
    """One immutable version of a record. A later edit is a new row, never an update."""

    __tablename__ = "revision"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    revision_id: Mapped[UUID] = mapped_column(
        primary_key=True
    )  # made on the phone, so that a resend names the same revision
    record_id: Mapped[UUID]
    case_id: Mapped[UUID]  # whose key seals the answers
    parents: Mapped[str] = mapped_column(String(80))  # 0 to 2 revision ids with a space between
    form: Mapped[str] = mapped_column(String(20))
    form_version: Mapped[int]
    intent: Mapped[str] = mapped_column(String(8))  # door, submit
    author_id: Mapped[UUID]
    vault_id: Mapped[UUID | None]  # None: made at the desk
    signed_head: Mapped[str]  # the signed text, so that the signature can be checked again at any time
    signature: Mapped[bytes]
    signed_revision_id: Mapped[UUID]  # differs from revision_id only for other bytes under a known id
    device_time: Mapped[datetime] = mapped_column(Moment)  # a claim, never used for order
    received_at: Mapped[datetime] = mapped_column(Moment)
    content_hash: Mapped[bytes]  # SHA-256 of the sealed body as it came: what a decision names besides the id
    plain_hash: Mapped[bytes]
    sealed_body: Mapped[bytes]  # opened only through models/bodies.py, which binds it to this row
    __table_args__ = (
        ForeignKeyConstraint(["district", "record_id"], ["record.district", "record.record_id"]),
        Index("revision_by_record", "district", "record_id"),
    )


class Findings(Base):
    """What the server's evaluator says of a revision: never alters an answer, shown to the reviewer."""

    __tablename__ = "findings"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    revision_id: Mapped[UUID] = mapped_column(primary_key=True)
    rules_version: Mapped[str] = mapped_column(String(40), primary_key=True)
    case_id: Mapped[UUID]
    computed_at: Mapped[datetime] = mapped_column(Moment)
    count: Mapped[int]
    sealed_findings: Mapped[bytes]


class DraftCopy(Base):
    """An author's own copy of an open draft, against a lost phone. Her own newly enrolled vault gets it, and she when
    she finishes the report at the desk; no other page reads it.
    """

    __tablename__ = "draft_copy"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    record_id: Mapped[UUID] = mapped_column(primary_key=True)
    author_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    visit_id: Mapped[UUID]
    form: Mapped[str] = mapped_column(String(20))
    form_version: Mapped[int]
    number: Mapped[int]
    vault_id: Mapped[UUID]
    sealed_body: Mapped[bytes]
    received_at: Mapped[datetime] = mapped_column(Moment)


class Kept(Base):
    """Work the server could not take as it came: kept byte for byte for a person, under the district key, never thrown
    away.
    """

    __tablename__ = "kept_package"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    kept_id: Mapped[UUID] = mapped_column(primary_key=True)
    package_id: Mapped[UUID]
    vault_id: Mapped[UUID]
    person_id: Mapped[UUID]
    status: Mapped[str] = mapped_column(String(12))  # quarantined, locked
    reason: Mapped[str] = mapped_column(String(40))
    # What the head claims, where it could be opened; whether it is true was not asked.
    kind: Mapped[str | None] = mapped_column(String(12))
    case_id: Mapped[UUID | None]
    record_id: Mapped[UUID | None]
    revision_id: Mapped[UUID | None]
    sealed_package: Mapped[bytes]
    received_at: Mapped[datetime] = mapped_column(Moment)
    settled_at: Mapped[datetime | None] = mapped_column(Moment)
    settled_by: Mapped[UUID | None]
    settled_as: Mapped[str | None] = mapped_column(String(12))  # taken_in, set_aside
    sealed_reason: Mapped[bytes | None]  # the sentence of who settled it
    __table_args__ = (
        Index("kept_open", "district", "settled_at"),
        Index("kept_of_revision", "district", "revision_id"),
        Index("kept_of_record", "district", "record_id"),
        Index("kept_of_vault", "district", "vault_id", "settled_at"),
    )


def with_heads(district: str, case_id: UUID, forms: Collection[str]) -> Select[Record, Revision]:
    """The reports of one family of these forms, each with its newest version. In which states, in which order, and who
    may read them, is the asker's to say.
    """
    newest = (Revision.district == Record.district) & (Revision.revision_id == Record.head_revision_id)
    of_family = (Record.district == district, Record.case_id == case_id, Record.form.in_(forms))
    return select(Record, Revision).join(Revision, newest).where(*of_family)
