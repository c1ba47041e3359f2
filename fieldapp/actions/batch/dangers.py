"""Dangers that a batch tells of: each stands before the supervisors as an alert at once."""

import json
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from fieldapp.actions import leads
from fieldapp.actions.batch.base import NO_VAULT, Batch, head_of
from fieldapp.actions.findings import body_of
from fieldapp.casework import dangers
from fieldapp.crypto.rest import RestError
from fieldapp.errors import Problem
from fieldapp.models import bodies
from fieldapp.models.cases import Urgent, alert_of_record
from fieldapp.models.records import Revision
from fieldapp.models.vaults import VaultState
from sync.push import LEAD, UNSIGNED_URGENTS_PER_HOUR
from sync.store import Head, Item, Signature

URGENT_WINDOW = timedelta(hours=1)


class Dangers:
    """Alerts of one vault. `cases`: those in scope, which alone an alert may name."""

    def __init__(self, batch: Batch, cases: AbstractSet[UUID]) -> None:
        self._batch, self._cases = batch, cases
        self._unsigned: int | None = None
        self._tells: dict[UUID, bool] = {}  # by revision of this batch that can tell of one

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

    def told_in(self, item: Item) -> bool:
        """A danger that a lead or a report tells of stands before the supervisors like one tapped on a phone: once for
        each record, and again where one was seen already and this version tells of one where what it builds on told of
        none. Whether this version does that.
        """
        batch, head = self._batch, self.said_by_her(item)
        if head is None or head.form not in (LEAD, *dangers.FORMS) or head.record_id is None or item.body is None:
            return False
        said = _danger_in(head.form, item.body.get("answers") or {})
        if head.revision_id is not None:
            self._tells[head.revision_id] = said is not None
        if said is None:
            return False
        is_anew = bool(head.parents) and all(self._told(parent, head) is False for parent in head.parents)
        urgent_id = alert_of_record(head.form, head.record_id)
        said["revision"] = str(head.revision_id)
        row = batch.session.get(Urgent, (batch.district, urgent_id))
        if row is None:
            self._tell(urgent_id, head, said)
            return is_anew
        before = self._said_in(row)
        is_anew = is_anew and self.is_believed() and before.get("revision") != said["revision"]
        if is_anew:
            if row.acknowledged_at is None:  # what nobody has seen yet is no less than it was
                said["dangers"] = [*dict.fromkeys([*before.get("dangers", ()), *said["dangers"]])]
            else:
                row.acknowledged_at = row.acknowledged_by = None
                row.received_at = batch.now
            row.sealed_body = self._seal(urgent_id, _plain(head, said))
        return is_anew

    def said_by_her(self, item: Item) -> Head | None:
        """The head of a revision that its sender has signed; None for anything else."""
        head = item.head
        if head is None or head.kind != "revision":
            return None
        is_hers = item.signature is Signature.GOOD and head.author == self._batch.sender.person_id
        return head if is_hers else None

    def is_believed(self) -> bool:
        """Whether what this vault signs proves anything: it was not stopped."""
        return self._batch.sender.vault_state == VaultState.ACTIVE

    def _told(self, parent: UUID, head: Head) -> bool | None:
        """Whether an earlier version of the same record told of a danger; None where it is not known."""
        batch = self._batch
        if parent in self._tells:
            return self._tells[parent]
        revision = batch.session.get(Revision, (batch.district, parent))
        if revision is None or revision.record_id != head.record_id:
            return None
        try:
            return _danger_in(revision.form, body_of(batch.session, revision).get("answers") or {}) is not None
        except (Problem, RestError, ValueError):  # erased or damaged: what nobody knows was no calm one
            return None

    def _said_in(self, row: Urgent) -> dict[str, Any]:
        """What an alert told last: the version (taken in from what was kept aside, it is no news), and its dangers."""
        batch, key = self._batch, (row.district, row.urgent_id)
        try:
            said = bodies.open_for_district(batch.session, row.district, "urgent", "sealed_body", key, row.sealed_body)
            return dict(json.loads(said))
        except (RestError, ValueError):
            return {}

    def _tell(self, urgent_id: UUID, head: Head, danger: dict[str, Any]) -> None:
        # What a stopped phone signs proves nothing any more; only so many of its calls count, and its work lies aside.
        is_signed = self.is_believed()
        if not is_signed:
            if self.unsigned() >= UNSIGNED_URGENTS_PER_HOUR:
                return
            self._unsigned = self.unsigned() + 1
        self._add(urgent_id, head.case_id, _plain(head, danger), signed=is_signed)
        self._batch.flush_table(Urgent)  # another revision of it may come in the same batch

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


def _danger_in(form: str, answers: Mapping[str, Any]) -> dict[str, Any] | None:
    """The alert (docs/protocol.md section 3, `urgent`) that these answers call for; None where there is no danger."""
    if form == LEAD:
        return leads.danger_of(answers)
    told = dangers.told_in(form, answers)
    return {"dangers": [*told], "who": "", "called": []} if told else None


def _plain(head: Head, danger: dict[str, Any]) -> bytes:
    return json.dumps({**danger, "at": head.device_time}, ensure_ascii=False).encode()
