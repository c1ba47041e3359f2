"""Remarks of a reviewer, and what the author replies to them with her next revision."""

import json
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import select

from fieldapp.actions.batch.base import Batch
from fieldapp.models.reviews import Remark


def to_answer(batch: Batch, record_id: UUID) -> frozenset[UUID]:
    """Remarks sent with a return that ask to be fixed or explained and are still open."""
    asked = select(Remark.remark_id).where(
        Remark.district == batch.district,
        Remark.record_id == record_id,
        Remark.sent.is_(True),
        Remark.state == "open",
        Remark.kind.in_(("must_fix", "explain")),
    )
    return frozenset(batch.session.scalars(asked))


def answer(batch: Batch, record_id: UUID, form: str | None, revision_id: UUID, replies: Iterable[Any]) -> None:
    for reply in replies:
        remark = batch.session.get(Remark, (batch.district, UUID(str(reply["remark_id"]))))
        if remark is None or remark.record_id != record_id or not remark.sent or remark.state != "open":
            continue  # the reply stays readable in the revision itself
        said = json.dumps({"reply": reply["reply"], "text": reply["text"]}, ensure_ascii=False).encode()
        remark.state, remark.answered_revision_id = "answered", revision_id
        key = (batch.district, remark.remark_id)
        remark.sealed_reply = batch.seal_for_record(remark.case_id, form, "remark", "sealed_reply", key, said)
