"""The other side of a family's file: what is done with the one who did the harm, and where she is safe from him."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from fieldapp.db import Base, Moment


class OtherSideTask(Base):
    """A meeting with the one who did the harm, on a list of its own: never a visit, never on a phone. Whoever does it
    is told what is sealed here, and nothing of her.
    """

    __tablename__ = "other_side_task"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    task_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    record_id: Mapped[UUID]  # of the measure (F7)
    worker_id: Mapped[UUID]
    on_day: Mapped[date]
    region_code: Mapped[str] = mapped_column(String(12))  # where: village or township, never an address of hers
    state: Mapped[str] = mapped_column(String(12))  # planned, done, cancelled
    sealed_task: Mapped[bytes]  # {"who", "place", "what"}
    sealed_result: Mapped[bytes | None]  # {"text"}
    made_by: Mapped[UUID]
    made_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_by: Mapped[UUID | None]
    __table_args__ = (
        ForeignKeyConstraint(["district", "case_id"], ["case_file.district", "case_file.case_id"]),
        ForeignKeyConstraint(["district", "record_id"], ["record.district", "record.record_id"]),
        Index("other_side_by_case", "district", "case_id"),
        Index("other_side_by_worker", "district", "worker_id"),
    )


class ShelterStay(Base):
    """Where she is, while a measure of the kind `shelter` gives her a place: apart from the measure, whose report more
    people read. No letter, extract, export, phone or figure knows this table.
    """

    __tablename__ = "shelter_stay"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    record_id: Mapped[UUID] = mapped_column(primary_key=True)  # of the measure (F7)
    case_id: Mapped[UUID]
    sealed_place: Mapped[bytes]  # {"place"}
    kept_by: Mapped[UUID]
    kept_at: Mapped[datetime] = mapped_column(Moment)
    __table_args__ = (
        ForeignKeyConstraint(["district", "case_id"], ["case_file.district", "case_file.case_id"]),
        ForeignKeyConstraint(["district", "record_id"], ["record.district", "record.record_id"]),
    )
