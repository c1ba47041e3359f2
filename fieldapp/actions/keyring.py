"""What an operator does with keys: wrap all of them under a new root key, and destroy one that was ended."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fieldapp.actions import shares
from fieldapp.models import bodies, server_keys
from fieldapp.models.records import Kept


def rewrap(session: Session) -> int:
    """Wrap everything that hangs under the root ring under its newest key; how many things were not. What they seal, a
    whole database, stays as it is.
    """
    return bodies.rewrap(session) + server_keys.rewrap(session) + shares.rewrap(session)


def destroy(session: Session, key_id: str, now: datetime) -> None:
    """Delete an ended server key for good; a phone that still comes with it is told to seal anew.

    Raises LookupError where there is none; ValueError for one that is in use, that was ended lately, or while anything
    kept aside waits: it is opened by the key it came under.
    """
    waiting = session.scalar(select(func.count()).select_from(Kept).where(Kept.settled_at.is_(None)))
    if waiting:
        raise ValueError(f"{waiting} kept item(s) wait at the desk and may be sealed to {key_id}: settle them first")
    server_keys.destroy(session, key_id, now)
