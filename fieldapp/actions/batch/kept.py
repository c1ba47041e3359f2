"""Work that cannot be taken as it came: kept whole for a person (actions/kept.py says what becomes of it)."""

import hashlib
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select

from fieldapp.actions.batch.base import Batch, named
from fieldapp.models import bodies
from fieldapp.models.records import Kept
from sync import wire
from sync.codes import Reason, Status
from sync.store import Item, Signature


class KeptWork:
    """What of the sender is kept aside. Of her own alone: what somebody else sends under an id must not decide about
    hers.
    """

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._ids: set[UUID] = set()
        self._of_vault: int | None = None  # as many waited when this push began; counted only where it is asked
        self._cases: set[UUID] = set()
        self._records: set[UUID] = set()
        self._revisions: set[UUID] = set()

    def is_case(self, case_id: UUID) -> bool:
        return case_id in self._cases or self._is_any(Kept.settled_at.is_(None), Kept.case_id == case_id)

    def is_record(self, record_id: UUID) -> bool:
        return record_id in self._records or self._is_any(
            Kept.settled_at.is_(None), Kept.status == Status.QUARANTINED, Kept.record_id == record_id
        )

    def is_revision(self, revision_id: UUID) -> bool:
        return revision_id in self._revisions or self._is_any(
            Kept.revision_id == revision_id, Kept.settled_at.is_(None)
        )

    def is_settled(self, revision_id: UUID) -> bool:
        if self.is_revision(revision_id):
            return False
        return self._is_any(Kept.revision_id == revision_id, Kept.settled_at.is_not(None))

    def _is_any(self, *how: ColumnElement[bool]) -> bool:
        hers = (Kept.district == self._batch.district, Kept.person_id == self._batch.sender.person_id)
        return self._batch.session.scalar(select(Kept.kept_id).where(*hers, *how).limit(1)) is not None

    def has_room(self, item: Item, most: int) -> bool:
        """Whether fewer than `most` packages of this vault wait, or this one was kept already."""
        return self._waiting() < most or self._holds(self._id_of(item))

    def _waiting(self) -> int:
        if self._of_vault is None:
            of_vault = (Kept.district == self._batch.district, Kept.vault_id == self._batch.sender.vault_id)
            waiting = select(func.count()).select_from(Kept).where(*of_vault, Kept.settled_at.is_(None))
            self._of_vault = self._batch.session.scalar(waiting) or 0
        return self._of_vault + len(self._ids)

    def _id_of(self, item: Item) -> UUID:
        # The id is of the bytes: the same package kept twice is one row, also for a vault whose answers are not stored.
        digest = hashlib.sha256(named(self._batch.sender.vault_id).bytes + item.package).digest()
        return UUID(bytes=digest[:16])

    def _holds(self, kept_id: UUID) -> bool:
        batch = self._batch
        return kept_id in self._ids or batch.session.get(Kept, (batch.district, kept_id)) is not None

    def keep(self, item: Item, status: Status, reason: Reason) -> bool:
        """Whether it was kept now; the same bytes again change nothing."""
        batch, head = self._batch, item.head
        kept_id = self._id_of(item)
        if self._holds(kept_id):
            return False
        self._ids.add(kept_id)
        record_id = None if head is None else head.record_id
        if head is not None and head.kind == "draft" and item.signature is Signature.GOOD:
            self._drop_older_drafts(record_id)
        if record_id is not None and status is Status.QUARANTINED:
            self._records.add(record_id)
            if head is not None and head.case_id is not None:
                self._cases.add(head.case_id)
        if head is not None and head.revision_id is not None:
            self._revisions.add(head.revision_id)
        batch.rows[Kept].append(
            {
                "district": batch.district,
                "kept_id": kept_id,
                "package_id": item.package_id,
                "vault_id": batch.sender.vault_id,
                "person_id": batch.sender.person_id,
                "status": status.value,
                "reason": reason.value,
                "kind": None if head is None else head.kind,
                "case_id": None if head is None else head.case_id,
                "record_id": record_id,
                "revision_id": None if head is None else head.revision_id,
                "sealed_package": self._sealed(item, kept_id),
                "received_at": batch.now,
            }
        )
        batch.audit("kept", item, reason=reason.value, status=status.value)
        return True

    def _sealed(self, item: Item, kept_id: UUID) -> bytes:
        # Whether the family it names is hers, or exists, is not known; who told us lies apart all the same.
        batch, head, place = self._batch, item.head, ("kept_package", "sealed_package")
        if head is None or head.case_id is None or head.form not in bodies.REPORTER_FORMS:
            return batch.seal_for_district(*place, kept_id, _whole(item))
        key = (batch.district, kept_id)
        return bodies.seal_for_reporter(batch.session, batch.district, head.case_id, *place, key, _whole(item))

    def _drop_older_drafts(self, record_id: UUID | None) -> None:
        # A copy comes every few minutes, and the newest holds all of the others: one for each draft is kept aside too.
        def is_older(row: dict[str, Any]) -> bool:
            return bool(row["kind"] == "draft" and row["record_id"] == record_id)

        batch = self._batch
        batch.rows[Kept] = [row for row in batch.rows[Kept] if not is_older(row)]
        batch.session.execute(
            delete(Kept).where(
                Kept.district == batch.district,
                Kept.vault_id == batch.sender.vault_id,
                Kept.kind == "draft",
                Kept.record_id == record_id,
                Kept.settled_at.is_(None),
            )
        )


def _whole(item: Item) -> bytes:
    """Everything a person needs to open it later, also when the server key is gone: a frame of its own."""
    envelope = item.envelope
    head = {
        "package": len(item.package),
        "envelope": None
        if envelope is None
        else {"key_id": envelope[0], "suite": envelope[1], "len": len(envelope[2])},
        "head": item.signed_text or None,
        "body": len(item.plain),
    }
    return wire.write_frame(head, [item.package, b"" if envelope is None else envelope[2], item.plain])
