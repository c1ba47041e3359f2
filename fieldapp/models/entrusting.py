"""Visits that one county's server asks of another's, by a sealed file; whose keys we believe; what was refused."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from fieldapp.db import Base, Moment


class PartnerCounty(Base):
    """Another county's server, as its card says it. Believed once somebody has heard its fingerprint read out."""

    __tablename__ = "partner_county"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    partner_id: Mapped[str] = mapped_column(String(12), primary_key=True)  # the fingerprint of its identity key
    name: Mapped[str] = mapped_column(String(50))
    identity_key: Mapped[bytes]  # raw point
    key_list: Mapped[str] = mapped_column(Text)  # JSON: its public keys with version and signature, as they came
    person_id: Mapped[UUID]  # who stands as the author of what this county answers; signs in nowhere
    added_by: Mapped[UUID]
    added_at: Mapped[datetime] = mapped_column(Moment)
    confirmed_by: Mapped[UUID | None]
    confirmed_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    __table_args__ = (ForeignKeyConstraint(["district", "person_id"], ["person.district", "person.person_id"]),)


class EntrustedOut(Base):
    """A visit that another county was asked to make. Its answer comes back into the case as reports of that visit."""

    __tablename__ = "entrusted_out"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    request_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    visit_id: Mapped[UUID]
    partner_id: Mapped[str] = mapped_column(String(12))
    form: Mapped[str] = mapped_column(String(20))
    form_version: Mapped[int]
    expires_on: Mapped[date]
    sealed_request: Mapped[bytes]  # the content of the file, as it was signed
    made_by: Mapped[UUID]
    made_at: Mapped[datetime] = mapped_column(Moment)
    answer_hash: Mapped[bytes | None]  # SHA-256 of the answer's content: the same again is a repeat
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    sealed_answer: Mapped[bytes | None]  # {"office", "visitors"}
    __table_args__ = (
        ForeignKeyConstraint(["district", "case_id"], ["case_file.district", "case_file.case_id"]),
        ForeignKeyConstraint(["district", "visit_id"], ["visit.district", "visit.visit_id"]),
        ForeignKeyConstraint(["district", "partner_id"], ["partner_county.district", "partner_county.partner_id"]),
        Index("entrusted_out_by_case", "district", "case_id"),
    )


class EntrustedIn(Base):
    """A visit that another county asks of us. Sealed for the district until a file is opened for it, then for the
    family of that file.
    """

    __tablename__ = "entrusted_in"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    request_id: Mapped[UUID] = mapped_column(primary_key=True)
    partner_id: Mapped[str] = mapped_column(String(12))
    content_hash: Mapped[bytes]
    expires_on: Mapped[date]
    sealed_request: Mapped[bytes]
    received_by: Mapped[UUID]
    received_at: Mapped[datetime] = mapped_column(Moment)
    case_id: Mapped[UUID | None]
    visit_id: Mapped[UUID | None]
    opened_by: Mapped[UUID | None]
    opened_at: Mapped[datetime | None] = mapped_column(Moment)
    answered_by: Mapped[UUID | None]
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    __table_args__ = (
        ForeignKeyConstraint(["district", "case_id"], ["case_file.district", "case_file.case_id"]),
        ForeignKeyConstraint(["district", "partner_id"], ["partner_county.district", "partner_county.partner_id"]),
    )


class EntrustedKept(Base):
    """A file that was refused, kept as it came until a supervisor sets it aside: then its bytes are gone."""

    __tablename__ = "entrusted_kept"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    kept_id: Mapped[UUID] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(String(40))  # the code of the refusal
    sealed_file: Mapped[bytes | None]
    received_by: Mapped[UUID]
    received_at: Mapped[datetime] = mapped_column(Moment)
    settled_by: Mapped[UUID | None]
    settled_at: Mapped[datetime | None] = mapped_column(Moment)
