"""What ends by itself: a reviewer's hold, the copy of a draft that nobody handed in."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.actions import visit_ends
from fieldapp.casework.rights import DRAFT_COPY_DAYS
from fieldapp.models import audit, feed, team
from fieldapp.models.records import DraftCopy, Record, State
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


def copies_over(session: Session, now: datetime) -> list[tuple[str, UUID, UUID]]:
    """(district, record, author) of copies of drafts of which the author's phone sent no newer one for their days."""
    over = DraftCopy.received_at < now - timedelta(days=DRAFT_COPY_DAYS)
    rows = session.execute(select(DraftCopy.district, DraftCopy.record_id, DraftCopy.author_id).where(over))
    return [(district, record_id, author_id) for district, record_id, author_id in rows]


def drop_copy(session: Session, district: str, record_id: UUID, author_id: UUID, now: datetime) -> None:
    """Delete one of them; the draft itself lies on her phone. A visit that waited for it alone is over. Nothing where a
    newer one came meanwhile.
    """
    copy = session.get(DraftCopy, (district, record_id, author_id), with_for_update=True)
    if copy is None or copy.received_at >= now - timedelta(days=DRAFT_COPY_DAYS):
        return
    case_id, visit_id = copy.case_id, copy.visit_id
    session.delete(copy)
    session.flush()
    feed.tell(session, district, author_id, f"draft:{record_id}", "del")
    visit_ends.settle(session, district, case_id, visit_id, now)  # it held the visit open
    about: dict[str, object] = {"record": str(record_id), "person": str(author_id)}
    audit.write(session, district=district, actor_id=None, act="drop_draft_copy", about=about, at=now)
