"""What is gone is told for 400 days, longer than any lease; then its row of the feed is forgotten.

A phone that was away for longer begins afresh (`resync`): by numbers alone it would miss that something is gone.
"""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
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
    session.execute(
        update(FeedRow).where(FeedRow.district == district, _GONE, FeedRow.gone_at.is_(None)).values(gone_at=now)
    )
    is_old = (FeedRow.district == district, _GONE, FeedRow.gone_at <= now - TOLD_FOR)
    found = session.execute(
        select(FeedRow.person_id, func.max(FeedRow.seq), func.count()).where(*is_old).group_by(FeedRow.person_id)
    ).all()
    for person_id, newest, _ in sorted(found):
        # The head first: it is held until the end, and what is told meanwhile waits.
        here = (FeedHead.district == district, FeedHead.person_id == person_id)
        session.execute(update(FeedHead).where(*here, FeedHead.horizon_seq < newest).values(horizon_seq=newest))
        hers = (FeedRow.person_id == person_id, FeedRow.seq <= newest)
        session.execute(delete(FeedRow).where(*is_old, *hers))
    return sum(count for _, _, count in found)


def note(session: Session, now: datetime) -> None:
    """It was looked for now."""
    settings.put(session, settings.FEED_SWEPT_AT, str(milliseconds(now)))
