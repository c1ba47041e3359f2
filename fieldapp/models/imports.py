"""Lists of leads and open cases that were read from a table: the table as it came, and which families came of it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from fieldapp.db import Base, Moment
from fieldapp.models.accounts import Acting


class Import(Base):
    """One uploaded table. Its bytes go when they are no longer needed; that it was read, and how much of it, stays."""

    __tablename__ = "import"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    import_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))  # casework.import_rows.Kind
    made_by: Mapped[UUID]
    made_at: Mapped[datetime] = mapped_column(Moment)
    taken: Mapped[int] = mapped_column(default=0)  # families
    taken_at: Mapped[datetime | None] = mapped_column(Moment)  # the last time
    sealed_file: Mapped[bytes | None]  # names of families that have no file yet: under the district's key
    __table_args__ = (Index("import_by_person", "district", "made_by"),)


class ImportedFamily(Base):
    """A family's file that came of a list. Its mark is sealed with the family's key and erased with it."""

    __tablename__ = "imported_family"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    case_id: Mapped[UUID] = mapped_column(primary_key=True)
    import_id: Mapped[UUID]
    village_code: Mapped[str] = mapped_column(String(12))
    sealed_mark: Mapped[bytes]  # {"label","village","name","birth_ym"}: by what it is known when the list comes again
    __table_args__ = (
        ForeignKeyConstraint(["district", "import_id"], ["import.district", "import.import_id"]),
        ForeignKeyConstraint(["district", "case_id"], ["case_file.district", "case_file.case_id"]),
        Index("imported_family_by_village", "district", "village_code"),
    )


def own(session: Session, acting: Acting, import_id: UUID, *, lock: bool = False) -> Import | None:
    """The list where she uploaded it herself, locked until the end of the transaction if asked; else None, as if there
    were none.
    """
    found = session.get(Import, (acting.district, import_id), with_for_update=lock, populate_existing=lock)
    return found if found is not None and found.made_by == acting.person_id else None


def all_of(session: Session, acting: Acting, limit: int) -> Sequence[Import]:
    """Her own lists, the newest first."""
    mine = (Import.district == acting.district, Import.made_by == acting.person_id)
    return session.scalars(select(Import).where(*mine).order_by(Import.import_id.desc()).limit(limit)).all()
