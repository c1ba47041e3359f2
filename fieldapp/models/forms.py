"""Published form versions with their files, and what staff uploaded to become one.

    upload ─► FormCandidate (refused | ready) ─► published: FormVersion, which never changes ─► withdrawn

A form holds no family: nothing here is sealed. Versions and files are copied to every shard, because every district
fills in the same forms; a candidate lies in the district of whoever uploaded it.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, String, bindparam, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from fieldapp.db import Base, Moment
from fieldapp.models import plain
from fieldapp.models.accounts import Role

FORM_MAX = 20  # of a form_id, wherever a record names its form


class FormVersion(Base):
    """A compiled plan; never changed once published, old drafts stay on theirs."""

    __tablename__ = "form_version"
    form: Mapped[str] = mapped_column(String(FORM_MAX), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    plan_hash: Mapped[str] = mapped_column(String(64))
    plan: Mapped[str]  # JSON, docs/forms.md
    source: Mapped[str]  # the XLSForm table it was compiled from; empty where `source_file` names it
    source_file: Mapped[str | None] = mapped_column(String(64))  # hash in form_file of what was uploaded
    roles: Mapped[str | None] = mapped_column(String(60))  # who fills it in, blanks between; None: as the library says
    published_at: Mapped[datetime] = mapped_column(Moment)
    published_by: Mapped[UUID | None]  # None: it came with the library
    withdrawn_at: Mapped[datetime | None] = mapped_column(Moment)
    withdrawn_by: Mapped[UUID | None]
    withdrawn_reason: Mapped[str | None] = mapped_column(String(500))


class FormFile(Base):
    """A long list, a picture, or an uploaded source, named by the SHA-256 of its bytes."""

    __tablename__ = "form_file"
    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))  # list, media, source
    size: Mapped[int]
    content: Mapped[bytes] = mapped_column(deferred=True)


class FormPiece(Base):
    """A piece of a long list as phones get it (docs/protocol.md, section 5), initials beside its rows: cut and packed
    when the list is kept, because the readings of 40,000 names take seconds.
    """

    __tablename__ = "form_piece"
    hash: Mapped[str] = mapped_column(String(64), primary_key=True)  # of the list in form_file
    piece: Mapped[str] = mapped_column(String(20), primary_key=True)
    packed: Mapped[bytes] = mapped_column(deferred=True)


class CandidateState(StrEnum):
    REFUSED = "refused"
    READY = "ready"
    PUBLISHED = "published"


class FormCandidate(Base):
    """One upload and what was understood of it. Kept whatever became of it: nobody has to send a file twice."""

    __tablename__ = "form_candidate"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    candidate_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))  # of the file that holds the form
    state: Mapped[str] = mapped_column(String(10))
    form: Mapped[str | None] = mapped_column(String(FORM_MAX))  # None where nothing could be read
    version: Mapped[int | None]
    plan_hash: Mapped[str | None] = mapped_column(String(64))
    plan: Mapped[str | None] = mapped_column(deferred=True)
    source_file: Mapped[str | None] = mapped_column(String(64))  # hash in form_file of the form itself
    told: Mapped[str] = mapped_column(deferred=True)  # JSON: {"refusals": [...], "warnings": [...]}
    uploaded_by: Mapped[UUID]
    uploaded_at: Mapped[datetime] = mapped_column(Moment)
    settled_at: Mapped[datetime | None] = mapped_column(Moment)  # when it was published
    __table_args__ = (Index("form_candidate_by_time", "district", "uploaded_at"),)


class CandidateFile(Base):
    """One uploaded file, byte for byte."""

    __tablename__ = "form_candidate_file"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    candidate_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)  # in the order they were chosen
    name: Mapped[str] = mapped_column(String(120))
    size: Mapped[int]
    content: Mapped[bytes] = mapped_column(deferred=True)
    __table_args__ = (
        ForeignKeyConstraint(["district", "candidate_id"], ["form_candidate.district", "form_candidate.candidate_id"]),
    )


_version = FormVersion.__table__.c
_GIVEN = select(_version.form, _version.roles).where(_version.roles.is_not(None))
_HASH = select(_version.plan_hash).where(
    _version.form == bindparam("form"), _version.version == bindparam("version_number")
)


def plan_hash_of(session: Session, form: str, version: int) -> str | None:
    """The hash of the plan of this version, withdrawn or not; None when it was never published."""
    found = plain.one(session, _HASH, form=form, version_number=version)
    return None if found is None else found[0]


def given_to(session: Session, roles: Iterable[Role]) -> frozenset[str]:
    """The forms that were published for any of these roles; those of the library are named in models/bundles.py."""
    wanted = set(roles)
    rows = plain.every(session, _GIVEN)
    return frozenset(form for form, named in rows if named and wanted & set(named.split()))


def own(session: Session) -> dict[str, frozenset[Role]]:
    """The forms of this place, each with the roles that fill it in: published at the desk under an id that the library
    does not have. One whose versions are all withdrawn is left out: nothing new begins with it.
    """
    rows = session.execute(
        select(FormVersion.form, FormVersion.roles, FormVersion.published_by, FormVersion.withdrawn_at).order_by(
            FormVersion.form
        )
    ).all()
    of_library = {row.form for row in rows if row.published_by is None}
    running = {row.form for row in rows if row.withdrawn_at is None} - of_library
    found: dict[str, frozenset[Role]] = dict.fromkeys(running, frozenset())
    for row in rows:
        if row.form in running:
            found[row.form] |= {Role(role) for role in (row.roles or "").split()}
    return dict(sorted(found.items()))


def newest(session: Session, form: str) -> int | None:
    """The highest version of a form that was ever published, withdrawn or not; None where there is none."""
    return session.scalar(
        select(FormVersion.version).where(FormVersion.form == form).order_by(FormVersion.version.desc()).limit(1)
    )


def running(session: Session, form: str) -> int | None:
    """The version with which new records begin: the highest that is not withdrawn; None where there is none."""
    return session.scalar(
        select(FormVersion.version)
        .where(FormVersion.form == form, FormVersion.withdrawn_at.is_(None))
        .order_by(FormVersion.version.desc())
        .limit(1)
    )
