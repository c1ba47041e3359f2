"""Dangers that a batch tells of: each stands before the supervisors as an alert at once."""

import hashlib
import json
from collections.abc import Set as AbstractSet
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from fieldapp.actions import leads
from fieldapp.actions.batch.base import NO_VAULT, Batch, head_of
from fieldapp.models.cases import Urgent
from sync.push import LEAD
from sync.store import Item, Signature

URGENT_WINDOW = timedelta(hours=1)


class Dangers:
    """Alerts of one vault. `cases`: those in scope, which alone an alert may name."""

    def __init__(self, batch: Batch, cases: AbstractSet[UUID]) -> None:
        self._batch, self._cases = batch, cases
        self._unsigned: int | None = None

    def unsigned(self) -> int:
        batch = self._batch
        if self._unsigned is None:
            counted = select(func.count()).where(
                Urgent.district == batch.district,
                Urgent.vault_id == batch.sender.vault_id,
                Urgent.signed.is_(False),
                Urgent.received_at > batch.now - URGENT_WINDOW,
            )
            self._unsigned = batch.session.scalar(counted) or 0
        return self._unsigned

    def has_unsigned(self, package_id: UUID) -> bool:
        row = self._batch.session.get(Urgent, (self._batch.district, package_id))
        return row is not None and row.vault_id == self._batch.sender.vault_id and not row.signed

    def raise_one(self, item: Item, *, signed: bool) -> None:
        self._add(item.package_id, head_of(item).case_id, item.plain, signed=signed)
        if not signed:
            self._unsigned = self.unsigned() + 1
        self._batch.flush_table(Urgent)  # a confirmation may come in the same batch

    def confirm(self, item: Item, package_id: UUID) -> None:
        row = self._batch.session.get_one(Urgent, (self._batch.district, package_id))
        row.signed = True
        row.sealed_body = self._seal(package_id, item.plain)

    def of_lead(self, item: Item) -> None:
        """A danger told of in a lead stands before the supervisors like one tapped on a phone: once for each lead."""
        batch, head = self._batch, item.head
        if head is None or (head.form, head.kind) != (LEAD, "revision") or head.record_id is None:
            return
        if item.signature is not Signature.GOOD or head.author != batch.sender.person_id or item.body is None:
            return
        danger = leads.danger_of(item.body.get("answers") or {})
        urgent_id = UUID(bytes=hashlib.sha256(b"danger of lead" + head.record_id.bytes).digest()[:16])
        if danger is None or batch.session.get(Urgent, (batch.district, urgent_id)) is not None:
            return
        plain = json.dumps({**danger, "at": head.device_time}, ensure_ascii=False).encode()
        self._add(urgent_id, head.case_id, plain, signed=True)
        batch.flush_table(Urgent)  # another revision of it may come in the same batch

    def _add(self, urgent_id: UUID, case_id: UUID | None, plain: bytes, *, signed: bool) -> None:
        batch = self._batch
        row: dict[str, Any] = {
            "district": batch.district,
            "urgent_id": urgent_id,
            "person_id": batch.sender.person_id,
            "vault_id": batch.sender.vault_id or NO_VAULT,
            "case_id": case_id if case_id in self._cases else None,
            "signed": signed,
            "sealed_body": self._seal(urgent_id, plain),
            "received_at": batch.now,
        }
        batch.rows[Urgent].append(row)

    def _seal(self, urgent_id: UUID, plain: bytes) -> bytes:
        return self._batch.seal_for_district("urgent", "sealed_body", urgent_id, plain)
