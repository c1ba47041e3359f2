"""The risk band of a family, out of its reports (casework/bands.py says which counts)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from fieldapp.actions.case_answers import Head
from fieldapp.actions.findings import body_of
from fieldapp.casework import bands
from fieldapp.casework.bands import Last, Told
from fieldapp.crypto.rest import RestError
from fieldapp.models.records import Revision

READ = bands.FORMS


def last_of(session: Session, heads: Sequence[Head]) -> Last | None:
    """The band that counts among these reports; None before anybody gave one."""
    return bands.last_of(told_in(session, heads))


def told_in(session: Session, heads: Sequence[Head]) -> list[Told]:
    """Each band that these reports give, in their order."""
    return [
        Told(band, _first_told(session, head.revision, band))
        for head in heads
        if (band := bands.band_in(head.record.form, head.answers))
    ]


def _first_told(session: Session, head: Revision, band: str) -> datetime:
    """When the report first gave this band. A later version that repeats it, since something else of it was put right,
    tells nothing new: it must not stand before what was told in between.
    """
    first, waiting, seen = head.received_at, _before(session, head), {head.revision_id}
    while waiting:
        one = waiting.pop()
        if one.revision_id in seen:
            continue
        seen.add(one.revision_id)
        if _band_of(session, one) == band:
            first = min(first, one.received_at)
            waiting += _before(session, one)
    return first


def _before(session: Session, revision: Revision) -> list[Revision]:
    """The versions that this one builds on, as far as they are here."""
    keys = [(revision.district, UUID(parent)) for parent in revision.parents.split()]
    return [one for key in keys if (one := session.get(Revision, key)) is not None]


def _band_of(session: Session, revision: Revision) -> str:
    try:
        answers = body_of(session, revision).get("answers")
    except RestError:  # damaged: it tells nothing
        return ""
    return bands.band_in(revision.form, answers) if isinstance(answers, dict) else ""
