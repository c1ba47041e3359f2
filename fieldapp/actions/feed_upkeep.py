"""What is gone is told for 400 days, longer than any lease; then its row of the feed is forgotten.

A phone that was away for longer begins afresh (`resync`): by numbers alone it would miss that something is gone.
"""

from datetime import datetime, timedelta

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.orm import Session

from fieldapp.days import is_over
from fieldapp.db import milliseconds, moment
from fieldapp.models import settings
from fieldapp.models.feed import FeedHead, FeedRow
from sync.codes import Change

TOLD_FOR = timedelta(days=400)
EVERY = timedelta(days=1)
_GONE = FeedRow.kind.in_((Change.DEL, Change.OUT))


def is_due(session: Session, now: datetime) -> bool:
    """Whether it was not looked for within a day."""
    last = settings.get(session, settings.FEED_SWEPT_AT)
    return last is None or is_over(moment(int(last)), EVERY, now)


def districts(session: Session) -> list[str]:
    """The districts that have a feed."""
    return list(session.scalars(select(FeedHead.district).distinct().order_by(FeedHead.district)))


def forget(session: Session, district: str, now: datetime) -> int:
    """Note since when things are gone, and forget the rows of those that are for 400 days; how many these were."""
    is_old = (_GONE, FeedRow.gone_at <= now - TOLD_FOR)
    concerned = select(FeedRow.person_id).where(
        FeedRow.district == district, or_(and_(_GONE, FeedRow.gone_at.is_(None)), and_(*is_old))
    )
    forgotten = 0
    for person_id in sorted(session.scalars(concerned.distinct())):
        here = (FeedHead.district == district, FeedHead.person_id == person_id)
        hers = (FeedRow.district == district, FeedRow.person_id == person_id)
        # The head before any of its rows, and one person after the other, as whoever tells her something does
        # (models/feed.py): the other way round each would wait for the other for ever.
        session.execute(select(FeedHead.seq).where(*here).with_for_update())
        session.execute(update(FeedRow).where(*hers, _GONE, FeedRow.gone_at.is_(None)).values(gone_at=now))
        gone = session.scalars(delete(FeedRow).where(*hers, *is_old).returning(FeedRow.seq)).all()
        if gone:
            raised = update(FeedHead).where(*here, FeedHead.horizon_seq < max(gone)).values(horizon_seq=max(gone))
            session.execute(raised)
        forgotten += len(gone)
    return forgotten


def note(session: Session, now: datetime) -> None:
    """It was looked for now."""
    settings.put(session, settings.FEED_SWEPT_AT, str(milliseconds(now)))
