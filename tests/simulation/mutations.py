"""Rules taken away, one at a time, around the store or in the simulated server: never a switch of the real code.

Each is what one of the protocol's rules is there for; the simulator has to notice that it is gone.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sync.store import Item, KnownRecord, KnownRevision, Store, Stored
from tests.simulation.run import Broken


class _Around:
    """A store that hands on every question and every act; what a rule leans on is answered otherwise below."""

    def __init__(self, store: Store, item: Item) -> None:
        self._store, self._item = store, item

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


class _NoOperationTable(_Around):
    def answered(self, package_id: UUID) -> Stored | None:
        return None


class _NoContentHash(_Around):
    """Every revision under a known id passes for the one that is known."""

    def claims(self, revision_id: UUID) -> Sequence[KnownRevision]:
        head = self._item.head
        known = self._store.claims(revision_id)
        return known if head is None else [replace(one, content_hash=head.body_hash) for one in known]


class _NoParentCheck(_Around):
    """Whatever a revision builds on passes for the head."""

    def record(self, record_id: UUID) -> KnownRecord | None:
        record, head = self._store.record(record_id), self._item.head
        if record is None or head is None or not head.parents:
            return record
        return replace(record, head_revision_id=head.parents[0])


MUTATIONS: dict[str, tuple[Broken, str]] = {
    "operation_table": (Broken(wrap=_NoOperationTable, remembers_requests=False), "I2"),
    "content_hash": (Broken(wrap=_NoContentHash), "I3"),
    "parent_check": (Broken(wrap=_NoParentCheck), "I11"),
    "head_row_bump": (Broken(draws_numbers_early=True), "I5"),
    "page_transaction": (Broken(page_in_one_transaction=False), "I5"),
    "queue_counted_anew": (Broken(counts_anew=False), "I14"),
}
