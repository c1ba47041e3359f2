"""Copies of drafts that are still written on: the newest of each, for its author's next phone alone."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import bindparam, exists, func, select

from fieldapp.actions.batch.base import Batch, head_of, named
from fieldapp.models import bodies, feed, plain
from fieldapp.models.cases import Case, CaseKey
from fieldapp.models.records import DraftCopy
from fieldapp.models.vaults import Vault
from sync.store import Item, KnownDraft

_copy = DraftCopy.__table__.c
_COPIES = select(_copy.record_id).where(
    _copy.district == bindparam("district"),
    _copy.author_id == bindparam("author_id"),
    _copy.record_id.in_(bindparam(plain.IDS, expanding=True)),
)


class Drafts:
    """The sender's draft copies of the records that a batch names."""

    def __init__(self, batch: Batch, record_ids: Iterable[UUID]) -> None:
        self._batch = batch
        author_id = batch.sender.person_id
        # Most have none: asked by plain columns, and only what is there is made an object.
        there = plain.ask(batch.session, _COPIES, record_ids, district=batch.district, author_id=author_id)
        self._copies = {
            record_id: batch.session.get_one(DraftCopy, (batch.district, record_id, author_id))
            for (record_id,) in there
        }

    def known(self, record_id: UUID) -> KnownDraft | None:
        copy = self._copies.get(record_id)
        return None if copy is None else KnownDraft(copy.number, copy.vault_id, self._is_older(copy.vault_id))

    def without_a_file(self) -> int:
        """How many copies of hers are of families that have no file: drafts of leads."""
        batch = self._batch
        batch.session.flush()  # others may have come in this very batch
        is_case = exists().where(Case.district == DraftCopy.district, Case.case_id == DraftCopy.case_id)
        of_hers = (DraftCopy.district == batch.district, DraftCopy.author_id == batch.sender.person_id)
        return batch.session.scalar(select(func.count()).select_from(DraftCopy).where(*of_hers, ~is_case)) or 0

    def _is_older(self, vault_id: UUID) -> bool:
        session, district = self._batch.session, self._batch.district
        other = session.get(Vault, (district, vault_id))
        own = session.get(Vault, (district, self._batch.sender.vault_id))
        return other is None or (own is not None and other.enrolled_at < own.enrolled_at)

    def save(self, item: Item) -> None:
        """Keep the copy in the place of the one before. Its case has a key."""
        batch, head = self._batch, head_of(item)
        record_id, case_id = named(head.record_id), named(head.case_id)
        key = (batch.district, record_id, batch.sender.person_id)
        # Sealed before the row is in the session: looking for the case key would write it half filled.
        sealed = batch.seal_for_record(case_id, head.form, "draft_copy", "sealed_body", key, item.plain)
        copy = self._copies.get(record_id) or DraftCopy(district=key[0], record_id=record_id, author_id=key[2])
        copy.case_id, copy.visit_id = case_id, named(head.visit_id)
        copy.form, copy.form_version, copy.number = head.form or "", head.form_version or 0, head.number or 0
        copy.vault_id, copy.received_at, copy.sealed_body = named(batch.sender.vault_id), batch.now, sealed
        if record_id not in self._copies:
            batch.session.add(copy)
            self._copies[record_id] = copy
        self._tell(record_id, "draft")

    def drop(self, record_id: UUID) -> None:
        """What was handed in or given up needs no copy."""
        copy = self._copies.pop(record_id, None)
        if copy is None:
            return
        self._batch.session.flush()  # it may have come in this very batch
        self._batch.session.delete(copy)
        self._batch.session.flush()
        self._tell(record_id, "del")

    def _tell(self, record_id: UUID, kind: str) -> None:
        batch = self._batch
        feed.tell(
            batch.session, batch.district, batch.sender.person_id, f"draft:{record_id}", kind,
            origin_vault=batch.sender.vault_id,
        )  # fmt: skip


def have_key(batch: Batch, case_id: UUID) -> None:
    """Make the key of a case that has none: the copy of a lead's draft comes before its file."""
    if batch.session.get(CaseKey, (batch.district, case_id)) is None:
        bodies.make_case_key(batch.session, batch.district, case_id)
