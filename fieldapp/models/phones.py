"""The phones of the people an administrator manages, as the desk lists them: one query for a page, however many."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from fieldapp.db import milliseconds, moment
from fieldapp.models import scope
from fieldapp.models.accounts import Acting, Person
from fieldapp.models.records import Kept
from fieldapp.models.vaults import Vault, VaultState

PAGE_ROWS = 50
QUIET_AFTER = timedelta(days=14)  # without a contact
SKEW_MS = 300_000  # beyond it a pull is refused
FILTERS = ("active", "suspended", "revoked", "wipe", "quiet", "unsent", "clock")


@dataclass(frozen=True)
class Phone:
    """One phone with its owner, and how much of its work waits aside."""

    vault: Vault
    owner: str
    kept: int


@dataclass(frozen=True)
class Page:
    """Some phones, the newest contact first; `after` names where the next page begins, None on the last."""

    phones: Sequence[Phone]
    after: str | None


def page_of(session: Session, acting: Acting, only: str, name: str, after: str, now: datetime) -> Page:
    """A page of phones. `only` is one of FILTERS or "", `name` the beginning of an owner's name or "", `after` as the
    last page gave it (anything else begins anew).
    """
    asked = _phones(acting).where(*_filter(only, now))
    if name:
        asked = asked.where(Person.name.startswith(name, autoescape=True))
    if (place := _read_place(after)) is not None:
        asked = asked.where(_beyond(*place))
    rows = session.execute(asked.limit(PAGE_ROWS + 1)).all()
    shown = [_phone(row) for row in rows[:PAGE_ROWS]]
    return Page(shown, _place(shown[-1].vault) if len(rows) > PAGE_ROWS else None)


def one(session: Session, acting: Acting, vault_id: UUID) -> Phone | None:
    """One of these phones, or None."""
    row = session.execute(_phones(acting).where(Vault.vault_id == vault_id)).one_or_none()
    return None if row is None else _phone(row)


def _phones(acting: Acting) -> Select[Vault, str, int]:
    is_owner = and_(Person.district == Vault.district, Person.person_id == Vault.person_id)
    waiting = (
        select(func.count())
        .select_from(Kept)
        .where(Kept.district == Vault.district, Kept.vault_id == Vault.vault_id, Kept.settled_at.is_(None))
        .correlate(Vault)
        .scalar_subquery()
    )
    return (
        select(Vault, Person.name, waiting)
        .join(Person, is_owner)
        .where(Vault.district == acting.district, scope.may_see_people(acting))
        .order_by(Vault.last_contact_at.desc(), Vault.vault_id.desc())
    )


def _phone(row: Row[Vault, str, int]) -> Phone:
    vault, owner, kept = row
    return Phone(vault, owner, kept)


def _filter(only: str, now: datetime) -> list[ColumnElement[bool]]:
    match only:
        case "active" | "suspended" | "revoked":
            return [Vault.state == VaultState(only)]
        case "wipe":
            return [Vault.wipe_order.is_not(None)]
        case "quiet":
            return [Vault.state != VaultState.REVOKED, Vault.last_contact_at < now - QUIET_AFTER]
        case "unsent":
            return [Vault.unsent > 0]
        case "clock":
            return [or_(Vault.clock_skew_ms > SKEW_MS, Vault.clock_skew_ms < -SKEW_MS)]
        case _:
            return []


def _place(vault: Vault) -> str:
    return f"{milliseconds(vault.last_contact_at or vault.enrolled_at)}-{vault.vault_id}"


def _read_place(text: str) -> tuple[datetime, UUID] | None:
    at, _, vault_id = text.partition("-")
    try:
        return moment(int(at)), UUID(vault_id)
    except (ValueError, OverflowError):
        return None


def _beyond(at: datetime, vault_id: UUID) -> ColumnElement[bool]:
    return or_(Vault.last_contact_at < at, and_(Vault.last_contact_at == at, Vault.vault_id < vault_id))
