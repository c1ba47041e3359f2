"""What was answered to each package: stored with it, and said again when the same bytes come again."""

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from fieldapp.actions.batch.base import Batch
from fieldapp.models import feed, plain
from fieldapp.models.vaults import Operation
from sync.codes import Reason, Status
from sync.store import Item, Outcome, Stored

_operation = Operation.__table__.c
_ANSWERS = select(_operation.package_id, _operation.package_hash, _operation.result).where(
    _operation.district == bindparam("district"),
    _operation.vault_id == bindparam("vault_id"),
    _operation.package_id.in_(bindparam("ids", expanding=True)),
)


class Answers:
    """The answers of one vault; the desk has none, and is never asked twice."""

    def __init__(self, batch: Batch, package_ids: Sequence[UUID]) -> None:
        self._batch = batch
        vault_id = batch.sender.vault_id
        self._stored = {} if vault_id is None else stored(batch.session, batch.district, vault_id, package_ids)

    def of(self, package_id: UUID) -> Stored | None:
        return self._stored.get(package_id)

    def remember(self, item: Item, outcome: Outcome) -> None:
        batch = self._batch
        self._stored[item.package_id] = Stored(item.package_hash, outcome)
        batch.rows[Operation].append(
            {
                "district": batch.district,
                "vault_id": batch.sender.vault_id,
                "package_id": item.package_id,
                "package_hash": item.package_hash,
                "result": _outcome_text(outcome),
                "answered_at": batch.now,
            }
        )
        if outcome.status in (Status.OK, Status.CONFLICT):
            # What was taken lies below the safe mark only once a backup holds it: the number has to move.
            feed.touch(batch.session, batch.district, batch.sender.person_id)
            kind = item.head.kind if item.head else "package"
            batch.audit(f"push_{kind}", item, status=outcome.status.value, state=outcome.record_state)


def stored(session: Session, district: str, vault_id: UUID, package_ids: Sequence[UUID]) -> dict[UUID, Stored]:
    """The answers this vault got for these packages."""
    rows = plain.ask(session, _ANSWERS, package_ids, district=district, vault_id=vault_id)
    return {package_id: Stored(digest, _outcome(json.loads(result))) for package_id, digest, result in rows}


@lru_cache(maxsize=256)
def _outcome_text(outcome: Outcome) -> str:
    said = {
        "status": outcome.status.value,
        "reason": None if outcome.reason is None else outcome.reason.value,
        "record_state": outcome.record_state,
        "kept_as": None if outcome.kept_as is None else str(outcome.kept_as),
    }
    return json.dumps(said, separators=(",", ":"))


def _outcome(said: dict[str, Any]) -> Outcome:
    return Outcome(
        Status(said["status"]),
        Reason(said["reason"]) if said["reason"] else None,
        said["record_state"],
        UUID(said["kept_as"]) if said["kept_as"] else None,
    )
