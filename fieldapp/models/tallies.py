"""What counts of a family's reports, kept beside its file: statistics of a county open one value for each family."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from fieldapp.db import Base, Moment


class CaseTally(Base):
    """What approved reports, screening, steps of help and the ledger of one family come to, as they were when `mark`
    was true of them; an empty mark, and nothing sealed, where something of it did not open. Erased with the family's
    key.
    """

    __tablename__ = "case_tally"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    case_id: Mapped[UUID] = mapped_column(primary_key=True)
    mark: Mapped[str] = mapped_column(String(64))  # of which versions it was made: actions/tallies.py
    made_at: Mapped[datetime] = mapped_column(Moment)  # or tried in vain
    sealed_told: Mapped[bytes]  # what stands in it: actions/tallies.py
    __table_args__ = (ForeignKeyConstraint(["district", "case_id"], ["case_file.district", "case_file.case_id"]),)
