"""What is still here of all that was taken from a vault: asked by a phone after a restore, and once a week.

    read      who is calling, whether its time and its author's signature are right
    missing   which of the things that she holds are not here any more; only reads

It says of nobody's work but hers whether it is here, and nothing of what stands in it. A vault that was stopped is
answered too: what it handed in lies aside for a person, and must not be lost by a restore either.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from fieldapp.actions.asked import epoch_of
from fieldapp.actions.callers import caller
from fieldapp.crypto import signatures
from fieldapp.db import milliseconds
from fieldapp.errors import Problem
from fieldapp.models.records import Kept, Revision
from fieldapp.models.vaults import Operation
from sync import digests, wire

_AT_ONCE = 500


@dataclass(frozen=True)
class Asked:
    """A request of a vault that proved itself by both its keys."""

    district: str
    vault_id: UUID
    person_id: UUID
    said: digests.Asked


def read(session: Session, vault: str, signature: str, body: bytes, now: datetime) -> Asked:
    """Read a request. Raises `unknown_vault` (for a wrong author's signature alike), `request_malformed`,
    `frame_too_large`, `clock`.
    """
    row = caller(session, digests.METHOD_PATH, vault, signature, body)
    try:
        said = digests.read(body)
    except wire.Malformed as error:
        raise Problem("frame_too_large" if error.too_large else "request_malformed") from error
    if abs(said.t - milliseconds(now)) > wire.CLOCK_TOLERANCE_MS:
        raise Problem("clock", t=milliseconds(now))
    if not signatures.verify(row.author_key, said.signature, said.signed_text(row.vault_id)):
        raise Problem("unknown_vault")
    return Asked(row.district, row.vault_id, row.person_id, said)


def missing(session: Session, asked: Asked) -> dict[str, str]:
    """The reply: the ids of which nothing is here."""
    said, district = asked.said, asked.district
    by_her = (Revision.district == district, Revision.author_id == asked.person_id)
    revisions = _without(session, said.revisions, Revision.revision_id, *by_her)
    # Whatever became of what was kept aside: a person decides, or has decided, and the bytes are here.
    of_hers = (Kept.district == district, Kept.person_id == asked.person_id)
    revisions = _without(session, revisions, Kept.revision_id, *of_hers)
    of_vault = (Operation.district == district, Operation.vault_id == asked.vault_id)
    packages = _without(session, said.packages, Operation.package_id, *of_vault)
    return digests.reply(epoch_of(session), revisions, packages)


def _without(session: Session, ids: Sequence[UUID], column: Any, *where: ColumnElement[bool]) -> tuple[UUID, ...]:
    here: set[UUID] = set()
    for at in range(0, len(ids), _AT_ONCE):
        here.update(session.scalars(select(column).where(*where, column.in_(ids[at : at + _AT_ONCE]))))
    return tuple(one for one in ids if one not in here)
