"""How long is kept what came from another county and lies under the district's key, which no family's erasure reaches.

    forget_family(...)   a family of ours is erased: refused files that are about it are emptied
    over, forget_request, refused_over, empty_refused
                         the worker: what was never opened, or was refused, goes after its days (casework/rights.py)

What we sent, and what we opened a file for, lies under the family's own key and is gone with it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.casework import entrusting as rules
from fieldapp.casework.rights import REFUSED_DAYS, UNOPENED_DAYS
from fieldapp.crypto import entrusted as crypto
from fieldapp.crypto.entrusted import Kind
from fieldapp.crypto.rest import RestError
from fieldapp.crypto.signatures import PublicPoint
from fieldapp.days import day_of
from fieldapp.models import audit, bodies, server_keys
from fieldapp.models.entrusting import EntrustedIn, EntrustedKept, EntrustedOut, PartnerCounty

AT_ONCE = 50  # of each, in one round of the worker
_PLACE = ("entrusted_kept", "sealed_file")

log = structlog.get_logger()


def forget_family(session: Session, district: str, case_id: UUID, at: datetime) -> None:
    """Empty every refused file that is about this family: it answers, or asks for, a visit of its file. One from a
    county that had to do with it and that does not open goes too: nobody can say whom it names.
    """
    numbers = _numbers(session, district, case_id)
    if not numbers:
        return
    known = session.scalars(select(PartnerCounty).where(PartnerCounty.district == district))
    counties = {crypto.name_of(row.identity_key): row for row in known}
    waiting = select(EntrustedKept).where(EntrustedKept.district == district, EntrustedKept.settled_at.is_(None))
    for row in session.scalars(waiting.order_by(EntrustedKept.kept_id).with_for_update()):
        if _is_about(session, row, numbers, counties):
            row.sealed_file, row.settled_at = None, at
    session.flush()


def over(session: Session, now: datetime) -> Sequence[tuple[str, UUID]]:
    """(district, request) of visits asked of us that nobody opened a file for, and whose days are over."""
    here = (EntrustedIn.case_id.is_(None), EntrustedIn.expires_on < day_of(now) - timedelta(days=UNOPENED_DAYS))
    wanted = select(EntrustedIn.district, EntrustedIn.request_id).where(*here)
    rows = session.execute(wanted.order_by(EntrustedIn.district, EntrustedIn.request_id).limit(AT_ONCE))
    return [(district, request_id) for district, request_id in rows]


def forget_request(session: Session, district: str, request_id: UUID, now: datetime) -> None:
    """Delete one of them; nothing where somebody opened it meanwhile."""
    row = session.get(EntrustedIn, (district, request_id), with_for_update=True, populate_existing=True)
    if row is None or row.case_id is not None:
        return
    session.delete(row)
    session.flush()
    about: dict[str, object] = {"request": str(request_id), "county": row.partner_id}
    audit.write(session, district=district, actor_id=None, act="forget_entrusted", about=about, at=now)


def refused_over(session: Session, now: datetime) -> Sequence[tuple[str, UUID]]:
    """(district, kept) of files that were refused, and waited their days for somebody."""
    here = (EntrustedKept.settled_at.is_(None), EntrustedKept.received_at < now - timedelta(days=REFUSED_DAYS))
    wanted = select(EntrustedKept.district, EntrustedKept.kept_id).where(*here)
    rows = session.execute(wanted.order_by(EntrustedKept.district, EntrustedKept.kept_id).limit(AT_ONCE))
    return [(district, kept_id) for district, kept_id in rows]


def empty_refused(session: Session, district: str, kept_id: UUID, now: datetime) -> None:
    """Empty one of them; its row says that it came. Nothing where somebody settled it meanwhile."""
    row = session.get(EntrustedKept, (district, kept_id), with_for_update=True, populate_existing=True)
    if row is None or row.settled_at is not None:
        return
    row.sealed_file, row.settled_at = None, now
    about: dict[str, object] = {"kept": str(kept_id)}
    audit.write(session, district=district, actor_id=None, act="forget_entrusted", about=about, at=now)


def _numbers(session: Session, district: str, case_id: UUID) -> dict[UUID, str]:
    """The requests of a family, sent or received, each with the county it went to or came from."""
    found: dict[UUID, str] = {}
    for table in (EntrustedOut, EntrustedIn):
        rows = session.execute(
            select(table.request_id, table.partner_id).where(table.district == district, table.case_id == case_id)
        )
        found.update((request_id, partner_id) for request_id, partner_id in rows)
    return found


def _is_about(
    session: Session, row: EntrustedKept, numbers: dict[UUID, str], counties: dict[bytes, PartnerCounty]
) -> bool:
    key = (row.district, row.kept_id)
    try:
        assert row.sealed_file is not None  # it waits
        file = bodies.open_for_district(session, row.district, *_PLACE, key, row.sealed_file)
        head = crypto.read_head(file)
    except (RestError, crypto.Unreadable) as error:
        log.error("stored_damaged", what=str(error), kept=str(row.kept_id))
        return True
    partner = counties.get(head.sender)
    if partner is None:
        return False
    had_to_do = partner.partner_id in numbers.values()
    private = server_keys.envelope_keys(session, head.suite).get(head.key_id)
    if private is None:
        return had_to_do
    try:
        content, _, _ = crypto.open_file(file, private, PublicPoint(partner.identity_key))
        said = rules.read_answer(content) if head.kind is Kind.ANSWER else rules.read_request(content)
    except (crypto.Unreadable, rules.Unreadable):
        return had_to_do
    return said["request_id"] in numbers
