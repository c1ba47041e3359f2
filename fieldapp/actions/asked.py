"""A request of a phone, as it was read: what its push, the contact and the reply are about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from fieldapp.crypto.rest import CursorMark
from fieldapp.models import feed, settings
from fieldapp.models.accounts import Acting
from sync import pull
from sync.codes import Refused
from sync.store import Item


@dataclass(frozen=True)
class Asked:
    """A request, read: whose it is, what it brings, from where it wants to go on."""

    district: str
    vault_id: UUID
    acting: Acting
    vault_state: str
    enrolled_at: datetime
    head: dict[str, Any]
    body_hash: bytes
    items: Sequence[Item]
    seen: pull.Cursor | None  # what the vault proved to know; None while locked, and where it has to begin afresh
    pull_refused: Refused | None
    needs_contact: bool

    @property
    def pulls(self) -> bool:
        return self.head["pull"] is not None and self.pull_refused is None


def mark_of(session: Session, vault_id: UUID) -> CursorMark:
    """What proves that this server wrote a cursor for this vault."""
    return CursorMark.for_vault(session.info["ring"], vault_id)


def epoch_of(session: Session) -> str:
    return settings.get(session, settings.EPOCH) or ""


def newest_seq(session: Session, acting: Acting) -> int:
    """The last number given on this person's feed, 0 before the first."""
    head = feed.head_of(session, acting.district, acting.person_id)
    return 0 if head is None else head.seq


def newest_and_horizon(session: Session, acting: Acting) -> tuple[int, dict[str, int]]:
    """(the last number given on this person's feed, below which number what is gone was forgotten, by district)"""
    head = feed.head_of(session, acting.district, acting.person_id)
    return (0, {acting.district: 0}) if head is None else (head.seq, {acting.district: head.horizon_seq})
