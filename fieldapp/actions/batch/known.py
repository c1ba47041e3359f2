"""What is known of everything that a batch names, asked once for the whole batch before the rules run."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, Select, bindparam, select
from sqlalchemy.orm import Session

from fieldapp.actions.batch.base import Batch, among
from fieldapp.models import bodies, pens, plain, scope, team
from fieldapp.models.accounts import Acting
from fieldapp.models.cases import Case, Visit
from fieldapp.models.feed import FeedRow
from fieldapp.models.records import Record, Revision
from fieldapp.models.reviews import Decision
from sync import pull
from sync.store import Item, KnownRecord, KnownRevision

# The questions of every batch, put together once: they ask plain columns, for making rows into objects and statements
# out of parts took as long as asking.
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_DISTRICT: BindParameter[str] = bindparam("district")
_of = {table: table.__table__.c for table in (Decision, Record, Revision, Visit)}
_VISITS = select(_of[Visit].visit_id, _of[Visit].case_id).where(
    _of[Visit].district == _DISTRICT, _of[Visit].visit_id.in_(_IDS)
)
# Locked until the end (PostgreSQL): a review that opens meanwhile sees the new head, or we see the review.
_RECORDS = (
    select(*(_of[Record][field.name] for field in fields(KnownRecord) if field.name != "desk_pen"))
    .where(_of[Record].district == _DISTRICT, _of[Record].record_id.in_(_IDS))
    .order_by(_of[Record].record_id)
    .with_for_update()
)
_REVISION = select(*(_of[Revision][field.name] for field in fields(KnownRevision)))
_REVISIONS = _REVISION.where(_of[Revision].district == _DISTRICT, _of[Revision].revision_id.in_(_IDS))
_REVISIONS_OF = _REVISION.where(_of[Revision].district == _DISTRICT, _of[Revision].record_id.in_(_IDS))
_GIVEN_UP = select(_of[Decision].record_id).where(
    _of[Decision].district == _DISTRICT, _of[Decision].kind == "void", _of[Decision].record_id.in_(_IDS)
)


@lru_cache(maxsize=64)
def _cases_in_scope(acting: Acting) -> Select[UUID]:
    # Putting the question together takes longer than asking it, and she asks it with every batch.
    return select(Case.case_id).where(Case.case_id.in_(_IDS), scope.cases_of(acting))


class Known:
    """Cases in scope, visits, records and revisions that a batch names; the store notes here what it adds to them.

    `seen` names the refs of which the vault that pushes has already got the newest row (`cursor`: what it proved).
    """

    def __init__(self, batch: Batch, items: Sequence[Item], cursor: pull.Cursor | None) -> None:
        session, district = batch.session, batch.district
        heads = [item.head for item in items if item.head is not None and item.head.district == district]
        case_ids = {head.case_id for head in heads if head.case_id}
        visit_ids = {head.visit_id for head in heads if head.visit_id}
        revision_ids = {head.revision_id for head in heads if head.revision_id}
        revision_ids |= {parent for head in heads for parent in head.parents}
        self.record_ids = {head.record_id for head in heads if head.record_id}
        self.cases = set(session.scalars(_cases_in_scope(batch.acting), {"ids": list(case_ids)}))
        bodies.load_case_keys(session, district, self.cases)
        visits: Any = plain.ask(session, _VISITS, visit_ids, district=district)
        self.visits: dict[UUID, UUID] = dict(visits)
        rows = plain.ask(session, _RECORDS, self.record_ids, district=district)
        self.records = {row[0]: KnownRecord(*row) for row in rows}
        for record_id, number in pens.numbers_at_desk(session, district, self.records).items():
            self.records[record_id] = replace(self.records[record_id], desk_pen=number)
        self.claims = _claims(session, district, self.record_ids & set(self.records), revision_ids)
        unknown = self.record_ids - self.records.keys()
        self.given_up: set[UUID] = {row[0] for row in plain.ask(session, _GIVEN_UP, unknown, district=district)}
        self.readers = team.readers_of(session, district, self.cases)
        self.seen = _refs_seen(batch, cursor, [f"case:{case_id}" for case_id in self.cases])

    def claim(self, revision: KnownRevision) -> None:
        """Note a revision that was stored just now."""
        for name in {revision.revision_id, revision.signed_revision_id}:
            self.claims[name] = [*self.claims.get(name, ()), revision]

    def content_hash(self, revision_id: UUID) -> bytes:
        return next(known.content_hash for known in self.claims[revision_id] if known.revision_id == revision_id)


def _claims(
    session: Session, district: str, record_ids: set[UUID], revision_ids: set[UUID]
) -> dict[UUID, list[KnownRevision]]:
    # Two look-ups by key instead of one that would read the whole table for the claimed ids.
    found = {
        row[0]: KnownRevision(*row)
        for question, ids in ((_REVISIONS_OF, record_ids), (_REVISIONS, revision_ids))
        for row in plain.ask(session, question, ids, district=district)
    }
    claims: dict[UUID, list[KnownRevision]] = defaultdict(list)
    for known in found.values():
        for name in {known.revision_id, known.signed_revision_id}:
            claims[name].append(known)
    return dict(claims)


def _refs_seen(batch: Batch, cursor: pull.Cursor | None, refs: Iterable[str]) -> set[str]:
    if cursor is None:
        return set()
    rows = batch.session.execute(
        select(FeedRow.ref, FeedRow.seq).where(
            FeedRow.district == batch.district,
            FeedRow.person_id == batch.sender.person_id,
            among(FeedRow.ref, refs),
        )
    )
    return {ref for ref, seq in rows if pull.saw(cursor, batch.district, seq)}
