"""What ends by itself: a reviewer's hold."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.models import audit, team
from fieldapp.models.records import Record, State
from fieldapp.models.reviews import Review


def holds_over(session: Session, now: datetime) -> list[tuple[str, UUID]]:
    """(district, review id) of open reviews whose hold has run out."""
    rows = session.execute(
        select(Review.district, Review.review_id).where(Review.closed_at.is_(None), Review.hold_until <= now)
    )
    return [(district, review_id) for district, review_id in rows]


def end_hold(session: Session, district: str, review_id: UUID, now: datetime) -> None:
    """Close a review that ran out and put its report back into the queue; nothing where it was decided meanwhile."""
    review = session.get(Review, (district, review_id))
    if review is None:
        return
    # The record is locked first, as a decision locks it; only then is the review what it will stay.
    record = session.get_one(Record, (district, review.record_id), with_for_update=True, populate_existing=True)
    session.refresh(review)
    if review.closed_at is not None or review.hold_until > now:
        return
    review.closed_at = now
    if record.state == State.IN_REVIEW:
        record.state, record.state_at = State.SUBMITTED, now
        team.tell_of_record(session, record)
    about: dict[str, object] = {"record": str(record.record_id), "review": str(review_id)}
    audit.write(session, district=district, actor_id=None, act="end_hold", about=about, at=now)
