"""The pen of a record, taken back by its author's phone: named in the body of a draft copy or of a revision."""

from dataclasses import replace
from uuid import UUID

from fieldapp.actions.batch.base import Batch, head_of, named
from fieldapp.models import feed, pens
from sync.store import Item, KnownRecord


class PenMoves:
    """What of a batch takes pens back; `records` are those that the batch knows."""

    def __init__(self, batch: Batch, records: dict[UUID, KnownRecord]) -> None:
        self._batch, self._records = batch, records

    def is_at_desk(self, record_id: UUID) -> bool:
        """Whether the sender holds the pen of this record at the desk."""
        pen = pens.pen_of(self._batch.session, self._batch.district, record_id)
        return pen is not None and pen.place == pens.Place.DESK and pen.author_id == self._batch.sender.person_id

    def note(self, item: Item) -> None:
        """Take the pen back where the item says so, and names the move that took it to the desk. One that names an
        older move was written before its author sat down at the desk again: it changes nothing.
        """
        seen = (item.body or {}).get("pen")
        if seen is None:
            return
        batch, head = self._batch, head_of(item)
        record_id, case_id = named(head.record_id), named(head.case_id)
        if pens.numbers_at_desk(batch.session, batch.district, [record_id]).get(record_id) != seen:
            return
        pens.move(
            batch.session,
            district=batch.district,
            record_id=record_id,
            case_id=case_id,
            author_id=batch.sender.person_id,
            place=pens.Place.PHONE,
            vault_id=batch.sender.vault_id,
            now=batch.now,
        )
        if record_id in self._records:
            self._records[record_id] = replace(self._records[record_id], desk_pen=None)
        batch.audit("take_pen_to_phone", item)
        # Also to the phone that took it: what it was told before says that the desk writes.
        feed.tell(batch.session, batch.district, batch.sender.person_id, f"case:{case_id}")
