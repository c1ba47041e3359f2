"""What an author decides of her own work on a phone: she gives a draft up, or takes a report back."""

import json
from uuid import UUID

from sqlalchemy import select

from fieldapp.actions.batch.base import Batch
from fieldapp.models.reviews import Decision
from sync.store import Item


def note(
    batch: Batch, item: Item, record_id: UUID, form: str | None, case_id: UUID, about: tuple[UUID, bytes], kind: str
) -> None:
    """Write down a decision; `about` is the revision it names, with its content hash."""
    body = item.body or {}
    decision_id, text = batch.new_id(), body.get("text")
    sealed = None
    if text:
        said = json.dumps({"text": text}, ensure_ascii=False).encode()
        sealed = batch.seal_for_record(case_id, form, "decision", "sealed_text", (batch.district, decision_id), said)
    batch.rows[Decision].append(
        {
            "district": batch.district,
            "decision_id": decision_id,
            "record_id": record_id,
            "case_id": case_id,
            "revision_id": about[0],
            "content_hash": about[1],
            "kind": kind,
            "reason": body.get("reason"),
            "sealed_text": sealed,
            "decided_by": batch.sender.person_id,
            "decided_at": batch.now,
        }
    )


def is_lead_given_up(batch: Batch, case_id: UUID) -> bool:
    """Whether the sender gave up the lead that would have opened this case."""
    if any((row["case_id"], row["kind"]) == (case_id, "void") for row in batch.rows[Decision]):
        return True
    given_up = select(Decision.decision_id).where(
        Decision.district == batch.district,
        Decision.case_id == case_id,
        Decision.kind == "void",
        Decision.decided_by == batch.sender.person_id,
    )
    return batch.session.scalar(given_up.limit(1)) is not None
