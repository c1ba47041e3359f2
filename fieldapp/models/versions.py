"""Versions of a record that came beside its head: both were kept, and a person decides (docs/protocol.md section 10).

A version stands beside when the head does not build on it, no later one beside does, and nobody has set it aside.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.models.records import Record, Revision
from fieldapp.models.reviews import Decision

CHOSEN, SET_ASIDE = "chosen", "set_aside"  # kinds of a decision


@dataclass(frozen=True)
class Apart:
    """The versions beside the head of one record, oldest first, and for each the newest revision that it has in common
    with the head: None where there is none, or more than one.
    """

    beside: tuple[UUID, ...]
    bases: Mapping[UUID, UUID | None]


def apart(session: Session, district: str, heads: Mapping[UUID, UUID]) -> dict[UUID, Apart]:
    """Of these records (id -> id of the head) those that have versions beside their head."""
    if not heads:
        return {}
    rows = session.execute(
        select(Revision.record_id, Revision.revision_id, Revision.parents)
        .where(Revision.district == district, Revision.record_id.in_(list(heads)))
        .order_by(Revision.received_at, Revision.revision_id)
    )
    parents: dict[UUID, dict[UUID, list[UUID]]] = defaultdict(dict)
    for record_id, revision_id, named in rows:
        parents[record_id][revision_id] = [UUID(parent) for parent in named.split()]
    found = {record_id: _apart(parents[record_id], head) for record_id, head in heads.items()}
    standing = {record_id: one for record_id, one in found.items() if one.beside}
    if not standing:
        return {}
    aside = _set_aside(session, district, standing)
    left = {
        record_id: Apart(tuple(one for one in told.beside if one not in aside), told.bases)
        for record_id, told in standing.items()
    }
    return {record_id: told for record_id, told in left.items() if told.beside}


def apart_of(session: Session, record: Record) -> Apart:
    """The same of one record; nothing beside where there is none."""
    found = apart(session, record.district, {record.record_id: record.head_revision_id})
    return found.get(record.record_id, Apart((), {}))


def ancestry(session: Session, record: Record, revision_id: UUID) -> set[UUID]:
    """A revision of this record and all that it builds on."""
    rows = session.execute(
        select(Revision.revision_id, Revision.parents).where(
            Revision.district == record.district, Revision.record_id == record.record_id
        )
    )
    return _behind({known: [UUID(parent) for parent in named.split()] for known, named in rows}, revision_id)


def _apart(parents: Mapping[UUID, Sequence[UUID]], head: UUID) -> Apart:
    behind = {revision_id: _behind(parents, revision_id) for revision_id in parents}
    of_head = behind.get(head, set())
    loose = [revision_id for revision_id in parents if revision_id not in of_head]
    # What a later one beside builds on is in it already.
    newest = [one for one in loose if not any(one in behind[other] for other in loose if other != one)]
    return Apart(tuple(newest), {one: _base(behind, of_head & behind[one]) for one in newest})


def _behind(parents: Mapping[UUID, Sequence[UUID]], revision_id: UUID) -> set[UUID]:
    seen: set[UUID] = set()
    waiting = [revision_id]
    while waiting:
        one = waiting.pop()
        if one in parents and one not in seen:
            seen.add(one)
            waiting += parents[one]
    return seen


def _base(behind: Mapping[UUID, set[UUID]], common: set[UUID]) -> UUID | None:
    newest = [one for one in common if not any(one in behind[other] for other in common if other != one)]
    # Of two that both versions build on neither is what they began with: then all that differs is asked.
    return newest[0] if len(newest) == 1 else None


def _set_aside(session: Session, district: str, record_ids: Iterable[UUID]) -> set[UUID]:
    return set(
        session.scalars(
            select(Decision.revision_id).where(
                Decision.district == district, Decision.record_id.in_(list(record_ids)), Decision.kind == SET_ASIDE
            )
        )
    )
