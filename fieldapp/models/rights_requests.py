"""What people ask about their own data, and what families say of the help. What pages ask of it: rights_pages.py."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, ForeignKeyConstraint, Index, String, exists, select
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, aliased, mapped_column

from fieldapp.db import Base, Moment


class RequestKind(StrEnum):
    """What is asked. A word is never used again for anything else."""

    COPY = "copy"
    CORRECTION = "correction"
    WITHDRAWAL = "withdrawal"
    ERASURE = "erasure"
    FORGET_REPORTER = "forget_reporter"  # who told us of a family asks that nobody reads it again
    FEEDBACK = "feedback"  # nothing is asked: what a family says of the help


class RequestState(StrEnum):
    OPEN = "open"
    GRANTED = "granted"  # decided, and still to be done
    RESTRICTED = "restricted"  # to be kept by law, and used for nothing else until then
    REFUSED = "refused"
    TAKEN_BACK = "taken_back"  # by who asked
    DONE = "done"


ENDED = frozenset({RequestState.REFUSED, RequestState.TAKEN_BACK, RequestState.DONE})


class RightsRequest(Base):
    """One request, from the day it came in to the day it was answered. The row stays for good and says nothing of
    anybody: who asked and why lies under the family's key, and goes with it; of who told us under the key of that.
    """

    __tablename__ = "rights_request"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    request_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID | None]  # None: nothing was found of her, or it is about the service as a whole
    about_id: Mapped[UUID | None]  # the person of the family it is about; None: to be said by who reads the file
    kind: Mapped[str] = mapped_column(String(20))
    asked_as: Mapped[str] = mapped_column(String(12))
    identity: Mapped[str | None] = mapped_column(String(12))  # how it was shown who asks; None: not yet
    way: Mapped[str] = mapped_column(String(16))  # how she can be answered without harm
    stops: Mapped[str] = mapped_column(String(40), default="")  # of a withdrawal: what ends, blanks between
    sealed_asked: Mapped[bytes]  # {"who", "how", "text", "view"}
    received_on: Mapped[date]
    due_on: Mapped[date | None]  # of a restriction: until when it has to be kept
    state: Mapped[str] = mapped_column(String(12))
    taken_by: Mapped[UUID]
    taken_at: Mapped[datetime] = mapped_column(Moment)
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    reason: Mapped[str | None] = mapped_column(String(20))  # why it was refused, or has to be kept
    sealed_decision: Mapped[bytes | None]  # {"text"}: the sentence she is told
    done_by: Mapped[UUID | None]
    done_at: Mapped[datetime | None] = mapped_column(Moment)
    sealed_done: Mapped[bytes | None]  # {"text"}: what was put right, or why not
    answered_by: Mapped[UUID | None]
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    __table_args__ = (
        ForeignKeyConstraint(["district", "case_id"], ["case_file.district", "case_file.case_id"]),
        Index("rights_request_by_case", "district", "case_id"),
        Index("rights_request_open", "district", "state"),
    )


def is_restricted(
    district: InstrumentedAttribute[str], case_id: InstrumentedAttribute[UUID] | InstrumentedAttribute[UUID | None]
) -> ColumnElement[bool]:
    """Condition: the law makes us keep this family's file, and nobody uses it for anything else."""
    kept = aliased(RightsRequest)  # of its own: a query may ask for requests besides
    return exists().where(kept.district == district, kept.case_id == case_id, kept.state == RequestState.RESTRICTED)


def stopped(session: Session, district: str, case_id: UUID) -> frozenset[str]:
    """What the family's consent carries no more: codes of casework/rights.py, STOPS."""
    withdrawn = select(RightsRequest.stops).where(
        RightsRequest.district == district,
        RightsRequest.case_id == case_id,
        RightsRequest.kind == RequestKind.WITHDRAWAL,
        RightsRequest.state == RequestState.DONE,
    )
    return frozenset(code for stops in session.scalars(withdrawn) for code in stops.split())
