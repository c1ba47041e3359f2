"""After a restore: what the database has forgotten, the phones still know; a new epoch makes them say so."""

import secrets
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.models import audit, settings
from fieldapp.models.regions import Region

EPOCH_BYTES = 8


def new_epoch(session: Session, now: datetime) -> str:
    """Begin a new epoch of the feed; the county's audit chain says so. Returns it."""
    before, epoch = settings.get(session, settings.EPOCH), secrets.token_hex(EPOCH_BYTES)
    settings.put(session, settings.EPOCH, epoch)
    for district in session.scalars(select(Region.code).where(Region.level == "county").distinct()):
        audit.write(
            session, district=district, actor_id=None, act="new_epoch", about={"epoch": before, "by": "operator"},
            at=now,
        )  # fmt: skip
    return epoch
