"""Packages kept aside that say who told us, from before there was a key for that: they lie under the district's.

No column says of which form a package is: its own head does. The worker looks at all of them once (jobs.py); whoever
forgets a reporter moves the rest of that family first, or it would stay readable.
"""

import json
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.crypto.rest import RestError
from fieldapp.models import bodies
from fieldapp.models.bodies import REPORTER_FORMS
from fieldapp.models.cases import Case, CaseKey, ReporterKey
from fieldapp.models.records import Kept
from sync import wire

AT_ONCE = 100
_FORM_AT = 8  # in what an author signs (docs/protocol.md section 3)


def waiting(session: Session) -> Sequence[tuple[str, UUID]]:
    """(district, package) of everything that is kept aside and names a family."""
    rows = session.execute(
        select(Kept.district, Kept.kept_id).where(Kept.case_id.is_not(None)).order_by(Kept.district, Kept.kept_id)
    )
    return [(district, kept_id) for district, kept_id in rows]


def move(session: Session, packages: Sequence[tuple[str, UUID]]) -> int:
    """Put those of these that say who told us under the reporter's key; how many. What was to be forgotten before it
    was moved is emptied: its row stays.
    """
    moved = 0
    for key in packages:
        kept = session.get(Kept, key)
        moved += kept is not None and _move(session, kept)
    session.flush()
    return moved


def move_of(session: Session, district: str, case_id: UUID) -> int:
    """The same for all that is kept aside of one family."""
    here = select(Kept.kept_id).where(Kept.district == district, Kept.case_id == case_id)
    return move(session, [(district, kept_id) for kept_id in session.scalars(here).all()])


def _move(session: Session, kept: Kept) -> bool:
    assert kept.case_id is not None  # asked for by it
    place = ("kept_package", "sealed_package", (kept.district, kept.kept_id))
    try:
        frame = bodies.open_for_district(session, kept.district, *place, kept.sealed_package)
    except RestError:
        return False  # it lies apart already, or opens nowhere any more
    if _form(frame) not in REPORTER_FORMS:
        return False
    if _is_forgotten(session, kept, kept.case_id):
        kept.sealed_package = b""
    else:
        kept.sealed_package = bodies.seal_for_reporter(session, kept.district, kept.case_id, *place, frame)
    return True


def _form(frame: bytes) -> object:
    try:
        signed = json.loads(wire.read_frame(frame)[0]["head"])
        return signed[_FORM_AT]
    except (wire.Malformed, KeyError, IndexError, TypeError, ValueError):
        return None  # a package whose head nobody could read


def _is_forgotten(session: Session, kept: Kept, case_id: UUID) -> bool:
    """Whether its family was erased, or who told us of it was forgotten, after it came."""
    here = (kept.district, case_id)
    reporter = session.get(ReporterKey, here)
    if reporter is not None and reporter.erased_at is not None and kept.received_at <= reporter.erased_at:
        return True
    # A family that never had a file here has no key either.
    return session.get(Case, here) is not None and session.get(CaseKey, here) is None
