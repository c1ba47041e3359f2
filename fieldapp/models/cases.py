"""Case files: the family, who visits it, what is known of it, what is to be done."""

import hashlib
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, Session, mapped_column

from fieldapp.db import Base, Moment

VISIT_FORMS_MAX = 60  # characters: the forms of a visit, blanks between


class VisitPurpose(StrEnum):
    INVESTIGATION = "investigation"
    FOLLOW_UP = "follow_up"
    VILLAGE_FOLLOW_UP = "village_follow_up"
    SWEEP = "sweep"  # a look at every household of a list
    OFFICER = "officer"  # of a child-safety officer, to the children entrusted to her
    OTHER = "other"  # only forms of this place, published at the desk
    INTAKE = "intake"  # no visit: a lead was taken on the telephone or at a window


class TeamRole(StrEnum):
    VISITOR = "visitor"
    LEAD = "lead"  # keeps the case together
    MEMBER = "member"  # reads, plans with the others, makes no visit
    VILLAGE = "village"  # looks in; sees neutral things only
    OFFICER = "officer"  # looks after single children of it, and sees them alone (models/officers.py)
    ENTRUSTED = "entrusted"  # of another region: makes the one visit, and sees only that


class Case(Base):
    """One family's file. Its district never changes: a transfer opens a linked one. Names are in CasePerson, sealed."""

    __tablename__ = "case_file"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    case_id: Mapped[UUID] = mapped_column(primary_key=True)
    code_name: Mapped[str] = mapped_column(String(20))  # what lists, papers and notifications say instead of a name
    village_code: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(
        String(20), default="ASSIGNED"
    )  # reference: docs, domain (b); later computed from records
    subject_id: Mapped[UUID | None]  # person_id of the woman or child the file is about
    programme: Mapped[str | None] = mapped_column(String(100))
    sealed_contact: Mapped[bytes | None]  # {"safe": code, "how": text}
    opened_at: Mapped[datetime] = mapped_column(Moment)
    opened_by: Mapped[UUID | None]
    organisation_id: Mapped[UUID | None]  # whose people took it in: a federation, a centre, a station
    green_since: Mapped[datetime | None] = mapped_column(Moment)  # on the green channel: served first
    green_handler_id: Mapped[UUID | None]  # by this person
    __table_args__ = (
        Index("case_by_village", "district", "village_code"),
        Index("case_green", "district", "green_since"),
    )


class CaseKey(Base):
    """One key per family, wrapped by the district key. Deleting the row erases the family once backups age out."""

    __tablename__ = "case_key"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    case_id: Mapped[UUID] = mapped_column(primary_key=True)
    wrapped_key: Mapped[bytes]
    district_key_id: Mapped[str] = mapped_column(String(32))


class ReporterKey(Base):
    """Seals who told us of one family, apart from everything else of it: wrapped by the root ring itself, so that
    neither the district's key nor the family's opens it. Without `wrapped_key` it was erased: what it sealed is gone.
    """

    __tablename__ = "reporter_key"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    case_id: Mapped[UUID] = mapped_column(primary_key=True)
    wrapped_key: Mapped[bytes | None]
    root_key_id: Mapped[str | None] = mapped_column(String(32))
    erased_at: Mapped[datetime | None] = mapped_column(Moment)


class DistrictKey(Base):
    """Wraps the case keys of a district, itself wrapped by the root ring."""

    __tablename__ = "district_key"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    key_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    wrapped_key: Mapped[bytes]
    root_key_id: Mapped[str] = mapped_column(String(32))
    created_at: Mapped[datetime] = mapped_column(Moment)


class CasePerson(Base):
    """A member of the family or household, the same `person_id` across forms and visits."""

    __tablename__ = "case_person"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    case_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    sealed_details: Mapped[bytes]  # {"name","sex","birth_ym","relation","household": bool, ...}
    __table_args__ = (ForeignKeyConstraint(["district", "case_id"], ["case_file.district", "case_file.case_id"]),)


class Assignment(Base):
    """Who works on a case, as what, until when: an ended row takes the case off her phone at the next sync."""

    __tablename__ = "assignment"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    case_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    started_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    team_role: Mapped[str] = mapped_column(String(20), default="visitor", server_default="visitor")  # a TeamRole
    ends_on: Mapped[date | None]  # the last day, where it is known; the worker ends the row after it
    named_by: Mapped[UUID | None]
    __table_args__ = (
        ForeignKeyConstraint(["district", "case_id"], ["case_file.district", "case_file.case_id"]),
        Index("assignment_by_person", "district", "person_id"),
    )


class ConflictOfInterest(Base):
    """Somebody is related to this family, or to the one who did the harm: until it is lifted she neither sees the file
    nor decides on it, whatever her role.
    """

    __tablename__ = "conflict_of_interest"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    case_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    said_by: Mapped[UUID]
    said_at: Mapped[datetime] = mapped_column(Moment)
    lifted_by: Mapped[UUID | None]
    lifted_at: Mapped[datetime | None] = mapped_column(Moment)
    __table_args__ = (ForeignKeyConstraint(["district", "case_id"], ["case_file.district", "case_file.case_id"]),)


class OpeningReason(Base):
    """Why somebody opened the file of a minor at the desk: asked once for each person, file and day."""

    __tablename__ = "opening_reason"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    case_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    given_on: Mapped[date] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(String(20))
    sealed_line: Mapped[bytes]  # {"line": …}: what she wrote may name somebody
    given_at: Mapped[datetime] = mapped_column(Moment)
    __table_args__ = (ForeignKeyConstraint(["district", "case_id"], ["case_file.district", "case_file.case_id"]),)


class Visit(Base):
    """A planned or made visit; groups the records (consent, investigation, …) made during it, also of two visitors."""

    __tablename__ = "visit"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    visit_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    purpose: Mapped[str] = mapped_column(String(20))
    forms: Mapped[str] = mapped_column(String(VISIT_FORMS_MAX))  # codes with a space between: "F0 F2"
    planned_on: Mapped[date | None]
    due_on: Mapped[date | None]
    reason: Mapped[str] = mapped_column(String(40))  # a neutral code: what a village list may say
    state: Mapped[str] = mapped_column(String(12), default="planned")
    created_at: Mapped[datetime] = mapped_column(Moment)
    created_by: Mapped[UUID | None]
    __table_args__ = (
        ForeignKeyConstraint(["district", "case_id"], ["case_file.district", "case_file.case_id"]),
        Index("visit_by_case", "district", "case_id"),
    )


class Visitor(Base):
    __tablename__ = "visitor"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    visit_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    __table_args__ = (ForeignKeyConstraint(["district", "visit_id"], ["visit.district", "visit.visit_id"]),)


class Fact(Base):
    """The last approved value of a fact about a person or the whole case, and which revision said so."""

    __tablename__ = "fact"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    case_id: Mapped[UUID] = mapped_column(primary_key=True)
    about_id: Mapped[UUID] = mapped_column(primary_key=True)  # person_id, or the case_id
    fact: Mapped[str] = mapped_column(String(60), primary_key=True)
    sensitivity: Mapped[str] = mapped_column(String(12))
    sealed_value: Mapped[bytes]  # {"value": …, "on": "YYYY-MM-DD"}
    revision_id: Mapped[UUID]
    decided_at: Mapped[datetime] = mapped_column(Moment)


class Todo(Base):
    """Something a form calls for and nobody has done yet (F5, F6): recorded so that it cannot be forgotten."""

    __tablename__ = "todo"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    todo_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(String(20))
    sensitivity: Mapped[str] = mapped_column(String(12))
    revision_id: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(Moment)
    done_at: Mapped[datetime | None] = mapped_column(Moment)
    __table_args__ = (Index("todo_by_case", "district", "case_id"),)


class Urgent(Base):
    """A danger recorded from a phone: who was called when. Accepted unsigned from a locked phone, confirmed at the next
    unlock.
    """

    __tablename__ = "urgent"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    urgent_id: Mapped[UUID] = mapped_column(primary_key=True)  # the package id
    person_id: Mapped[UUID]  # owner of the vault, not proved while unsigned
    vault_id: Mapped[UUID]
    case_id: Mapped[UUID | None]
    signed: Mapped[bool]
    sealed_body: Mapped[bytes]  # under the district key: there may be no case yet
    received_at: Mapped[datetime] = mapped_column(Moment)
    acknowledged_at: Mapped[datetime | None] = mapped_column(Moment)
    acknowledged_by: Mapped[UUID | None]
    __table_args__ = (Index("urgent_open", "district", "acknowledged_at"),)


def alert_of_record(form: str, record_id: UUID) -> UUID:
    """The id of the alert that a lead or a report raises by what it tells: one for each record, of all its versions."""
    what = b"danger of lead" if form == "F1" else b"danger of report"
    return UUID(bytes=hashlib.sha256(what + record_id.bytes).digest()[:16])


def hold(session: Session, case: Case) -> None:
    """Lock a family's row until the end (PostgreSQL), and read it anew: of two acts that must not pass each other the
    second sees what the first did. Taken after the rows of records, before those of visits and of the feed.
    """
    session.refresh(case, with_for_update={"key_share": True})
