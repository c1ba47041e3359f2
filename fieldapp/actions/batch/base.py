"""One batch of one person, in the one transaction of it: what is new is collected, and written at its end.

An insert for every row by itself costs more than opening and checking the row.
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from fieldapp.actions.plans import plan_of
from fieldapp.db import Base, milliseconds, moment
from fieldapp.forms.plan import Plan
from fieldapp.ids import uuid7
from fieldapp.models import bodies, plain
from fieldapp.models.accounts import Acting
from fieldapp.models.audit import AuditRow
from fieldapp.models.cases import Todo, Urgent, Visit, Visitor
from fieldapp.models.records import Kept, Record, Revision
from fieldapp.models.reviews import Decision
from fieldapp.models.vaults import Operation
from sync.store import Head, Item, Sender

NO_VAULT = UUID(int=0)  # what is told at the desk comes from none
# A phone's clock may stand anywhere; a claim that no calendar has is stored as the nearest one that has it.
_FIRST_MS, _LAST_MS = milliseconds(moment(0)), 253_402_300_799_000
_PARENTS_FIRST: tuple[type[Base], ...] = (
    Visit, Visitor, Record, Revision, Todo, Urgent, Decision, Kept, Operation, AuditRow,
)  # fmt: skip


class Batch:
    """The session, who acts and when, and the rows that are new. `acting` decides; `sender` is whose work it is."""

    def __init__(self, session: Session, acting: Acting, sender: Sender, now: datetime) -> None:
        self.session, self.acting, self.sender, self.now = session, acting, sender, now
        self.district = sender.district
        self.rows: dict[type[Base], list[dict[str, Any]]] = defaultdict(list)
        self._plans: dict[tuple[str, int], Plan | None] = {}

    def plan(self, form: str, version: int) -> Plan | None:
        if (form, version) not in self._plans:
            self._plans[form, version] = plan_of(self.session, form, version)
        return self._plans[form, version]

    def new_id(self) -> UUID:
        return uuid7(milliseconds(self.now))

    def seal_for_record(
        self, case_id: UUID, form: str | None, table: str, column: str, row_key: bodies.RowKey, plain: bytes
    ) -> bytes:
        return bodies.seal_for_record(self.session, self.district, case_id, form, table, column, row_key, plain)

    def seal_for_district(self, table: str, column: str, row_id: UUID, plain: bytes) -> bytes:
        return bodies.seal_for_district(self.session, self.district, table, column, (self.district, row_id), plain)

    def audit(self, act: str, item: Item, **about: object) -> None:
        head = item.head
        said: dict[str, object] = {"package": str(item.package_id)}
        if head is not None and head.record_id is not None:
            said["record"] = str(head.record_id)
        if head is not None and head.revision_id is not None:
            said["revision"] = str(head.revision_id)
        self.rows[AuditRow].append(
            {
                "district": self.district,
                "audit_id": self.new_id(),
                "at": self.now,
                "actor_id": self.sender.person_id,
                "vault_id": self.sender.vault_id,
                "act": act,
                "about": _about_text({**said, **about}),
            }
        )

    def flush(self) -> None:
        """Write what was collected, parents before children."""
        self.session.flush()
        for table in _PARENTS_FIRST:
            self.flush_table(table)

    def flush_table(self, table: type[Base]) -> None:
        plain.add(self.session, table, self.rows.pop(table, []))


def head_of(item: Item) -> Head:
    assert item.head is not None  # the rules write nothing of a package without a head, but keep it
    return item.head


def named(value: UUID | None) -> UUID:
    assert value is not None  # the rules checked that the kind has it
    return value


def claimed_time(device_time: int) -> datetime:
    return moment(min(max(device_time, _FIRST_MS), _LAST_MS))


def among(column: Any, values: Iterable[Any]) -> Any:
    return column.in_(list(values if isinstance(values, set) else set(values)))


# Made once: json.dumps makes an encoder at every call that asks for anything special.
_about_text = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
