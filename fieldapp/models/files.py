"""Photos, papers, sounds, files: how far each is here, and which revisions name it. The bytes lie in fieldapp/blobs."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from fieldapp.db import Base, Moment


class FileState(StrEnum):
    """How far a file is: as `State` of sync/uploads.py says it, which models do not know (a test holds them equal)."""

    PARTIAL = "partial"
    COMPLETE = "complete"
    GONE = "gone"


class File(Base):
    """One sealed file, on its way or whole, of the person whose vault announced it.

    It belongs to a family from the moment a stored revision of hers names it: then its key is sealed under that
    family's, and what erases the family erases the file.
    """

    __tablename__ = "file"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    file_id: Mapped[UUID] = mapped_column(primary_key=True)  # made on the phone, when it was taken
    vault_id: Mapped[UUID]
    person_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(String(8))  # photo, paper, audio, file, thumb: which bound it has
    hash: Mapped[bytes]  # SHA-256 of the sealed bytes: under which they lie, and what a revision names
    length: Mapped[int]  # of the sealed bytes
    offset: Mapped[int] = mapped_column(default=0)  # on the disk here
    state: Mapped[str] = mapped_column(String(8))  # FileState
    case_id: Mapped[UUID | None]  # None: no stored revision names it yet
    record_id: Mapped[UUID | None]  # until then what the phone claims
    named_by: Mapped[UUID | None]  # the first revision that did
    # Of the envelope that holds its key, until it is whole; then only the key of this one file is kept.
    envelope_id: Mapped[bytes]
    suite: Mapped[int]
    key_id: Mapped[str] = mapped_column(String(16))
    envelope: Mapped[bytes | None]
    sealed_key: Mapped[bytes | None]  # under the family's key, before that under the district's
    made_at: Mapped[datetime] = mapped_column(Moment)
    touched_at: Mapped[datetime] = mapped_column(Moment)  # its last piece
    complete_at: Mapped[datetime | None] = mapped_column(Moment)
    seq: Mapped[int | None] = mapped_column(BigInteger)  # of her feed, when it was whole: safe from that mark on
    __table_args__ = (
        Index("file_of_vault", "district", "vault_id", "state"),
        Index("file_of_case", "district", "case_id"),
        Index("file_by_age", "district", "state", "touched_at"),
    )

    def belong_to(self, name: "FileName") -> None:
        """It is the family's from now on whose revision names it."""
        self.case_id, self.record_id, self.named_by = name.case_id, name.record_id, name.revision_id


class FileName(Base):
    """That a stored revision names a file, whether it is here or not: the report comes first, its photos follow."""

    __tablename__ = "file_name"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    file_id: Mapped[UUID] = mapped_column(primary_key=True)
    revision_id: Mapped[UUID] = mapped_column(primary_key=True)
    record_id: Mapped[UUID]
    case_id: Mapped[UUID]
    author_id: Mapped[UUID]
    form: Mapped[str] = mapped_column(String(20))  # who told us lies under another key than the rest of a family
    hash: Mapped[bytes]
    __table_args__ = (Index("file_name_of_record", "district", "record_id"),)
