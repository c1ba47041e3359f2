"""Reading the audit, as the auditor of a county. Looking for somebody and taking rows along stand in the audit too.

A search goes through the rows of many days, so it writes nothing itself: whoever calls `read` or `export` in a reading
transaction calls `note_search` or `note_export` in a writing one before anything of it is shown.
"""

import csv
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from uuid import UUID

from sqlalchemy.orm import Session

from fieldapp.actions import chains
from fieldapp.days import CHINA
from fieldapp.errors import Problem
from fieldapp.models import audit, audit_pages, health
from fieldapp.models.accounts import Acting
from fieldapp.models.audit_pages import Filters, Page, Row

REASONS = ("yearly", "complaint", "incident", "authority", "other")  # why somebody takes rows along
EXPORT_ROWS_MAX = 20_000
SEARCH_DAYS_MAX = 92  # for one person, family or phone: each row of these days is looked into
ENDING = 8  # characters of an id that leave this server: enough to tell two apart, of no use elsewhere
COLUMNS = ("time", "number", "act", "by", "by_id", "person", "person_id", "case", "phone", "about", "hash")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class State:
    """How the chain stands: its end, and how far it was checked."""

    chain: health.Chain
    check: chains.Check | None
    denied: chains.Break | None

    @property
    def broken(self) -> chains.Break | None:
        return self.denied or (self.check.found if self.check else None)


@dataclass(frozen=True)
class Table:
    """Rows to take along, as CSV, and how many they are."""

    text: str
    rows: int


def read(session: Session, acting: Acting, filters: Filters, after: UUID | None) -> Page:
    """A page of the audit. Raises `not_found`, `audit_too_wide`."""
    _refuse(acting, filters)
    return audit_pages.page_of(session, acting, filters, after)


def note_search(session: Session, acting: Acting, filters: Filters, now: datetime) -> None:
    """Write down that she looks for one person, family or phone: for each page of what is found, since whoever asks
    may begin at any. Raises `not_found`, `audit_too_wide`.
    """
    _refuse(acting, filters)
    audit.note_read(session, acting, "search_audit", _asked(session, acting, filters), now)


def state_of(session: Session, acting: Acting) -> State:
    """How the chain of her county stands. Raises `not_found`."""
    _refuse_others(acting)
    district = acting.district
    return State(
        health.audit_of(session, district), chains.check_of(session, district), chains.denied(session, district)
    )


def export(session: Session, acting: Acting, filters: Filters, reason: str) -> Table:
    """The rows as CSV, oldest last, up to EXPORT_ROWS_MAX of them: people by the first character of their name, ids by
    their end, nothing else that is about somebody. Raises `not_found`, `request_malformed`, `audit_too_wide`,
    `audit_too_long`.
    """
    _refuse(acting, filters)
    if reason not in REASONS:
        raise Problem("request_malformed")
    page = audit_pages.page_of(session, acting, filters, None, EXPORT_ROWS_MAX)
    if page.after is not None:
        raise Problem("audit_too_long", limit=EXPORT_ROWS_MAX)
    written = StringIO()
    table = csv.writer(written, lineterminator="\r\n")
    table.writerow(COLUMNS)
    table.writerows([_plain(cell) for cell in _cells(row)] for row in page.rows)
    return Table(written.getvalue(), len(page.rows))


def note_export(session: Session, acting: Acting, filters: Filters, reason: str, rows: int, now: datetime) -> None:
    """Write down that she takes these rows along, and why. Raises `not_found`, `audit_too_wide`."""
    _refuse(acting, filters)
    about = {**_asked(session, acting, filters), "reason": reason, "rows": rows}
    audit.note_read(session, acting, "export_audit", about, now)


def _refuse(acting: Acting, filters: Filters) -> None:
    _refuse_others(acting)
    if filters.looks_for_one and (filters.last - filters.first).days >= SEARCH_DAYS_MAX:
        raise Problem("audit_too_wide", limit=SEARCH_DAYS_MAX)


def _refuse_others(acting: Acting) -> None:
    if not audit_pages.may_read(acting):
        raise Problem("not_found")


def _asked(session: Session, acting: Acting, filters: Filters) -> dict[str, object]:
    # Ids, never what was typed: that may be a name.
    people = audit_pages.people_called(session, acting.district, filters.name) if filters.name else []
    cases = audit_pages.ids_of_case(session, acting, filters.code)[:1] if filters.code else []
    asked = {
        "first": filters.first.isoformat(),
        "last": filters.last.isoformat(),
        "act": filters.act,
        "people": [str(one) for one in people],
        "case": str(cases[0]) if cases else None,
        "phone": audit_pages.ending_of(filters.vault)[-ENDING:],
    }
    return {name: value for name, value in asked.items() if value}


def _cells(found: Row) -> tuple[str, ...]:
    row = found.row
    return (
        row.at.astimezone(CHINA).isoformat(timespec="seconds"),
        "" if row.chain_seq is None else str(row.chain_seq),
        row.act,
        _masked(found.actor),
        _ending(row.actor_id),
        _masked(found.upon),
        _ending(found.upon_id),
        found.code_name or "",
        _ending(row.vault_id),
        _told(found),
        "" if row.chain_hash is None else row.chain_hash.hex()[: 2 * ENDING],
    )


def _masked(name: str | None) -> str:
    return "" if not name else f"{name[0]}**"


def _ending(one: UUID | None) -> str:
    return "" if one is None else str(one)[-ENDING:]


def _told(found: Row) -> str:
    words = (f"{name}={audit_pages.shortened(value, ENDING)}" for name, value in found.about.items())
    return "; ".join(words)


def _plain(cell: str) -> str:
    # A table program would take what begins like this for a formula.
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
