"""What a server should say and hold, in a hundred lines and without a database: what the real one is compared with."""

from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

LOCKED = ("in_review", "approved_first", "approved", "void")
AFTER_DOOR = {"submitted": "submitted", "returned": "returned"}


@dataclass
class Model:
    """Records with their state and head, every revision, and what was kept aside. Ids are text."""

    records: dict[str, tuple[str, str]] = field(default_factory=dict)  # record -> state, head
    revisions: set[str] = field(default_factory=set)
    given_up: set[str] = field(default_factory=set)  # drafts that never became a record
    kept: dict[str, tuple[str | None, str | None, str]] = field(default_factory=dict)  # op -> record, revision, status
    urgents: set[str] = field(default_factory=set)
    answered: dict[str, str] = field(default_factory=dict)  # op -> status
    requests: dict[str, list[str]] = field(default_factory=dict)
    asks_two: bool = False  # approvals
    first: dict[str, str] = field(default_factory=dict)  # record -> who gave the first of two

    def copy(self) -> "Model":
        return deepcopy(self)

    def take(self, request: str, items: list[Any]) -> list[str]:
        """The statuses of a request; the same for the same request."""
        if request not in self.requests:
            self.requests[request] = [self._one(str(item.op), item.head) for item in items]
        return self.requests[request]

    def review(self, record: str, fate: str, who: str) -> str:
        """A supervisor takes it from the queue, and decides: the state it has then; "" where it is not hers to take."""
        state, revision = self.records[record]
        is_first = state == "approved_first"
        if is_first and self.asks_two and self.first[record] == who:
            return ""
        after = {"return": "returned", "approve": "approved", "hold": "in_review", "release": "submitted"}[fate]
        if is_first and fate in ("hold", "release"):
            after = "approved_first"
        if not is_first and fate == "approve" and self.asks_two:
            after, self.first[record] = "approved_first", who
        self.records[record] = (after, revision)
        return after

    def _one(self, op: str, head: Any) -> str:
        if op in self.answered:
            return "dup" if self.answered[op] == "ok" else self.answered[op]
        status = getattr(self, f"_{head['kind']}")(op, head)
        if status != "wait":
            self.answered[op] = status
        if status in ("locked", "quarantined"):
            self.kept[op] = (head["record_id"], head["revision_id"], status)
        return str(status)

    def _revision(self, op: str, head: Any) -> str:
        record, revision, parents = head["record_id"], head["revision_id"], head["parents"]
        if record in self.given_up:
            return "locked"
        if not set(parents) <= self.revisions:
            is_kept = any(one == record and status == "quarantined" for one, _, status in self.kept.values())
            kept_parent = any(revision in parents for _, revision, _ in self.kept.values())
            return "quarantined" if is_kept or kept_parent else "wait"
        state, known_head = self.records.get(record, ("", ""))
        if state and known_head not in parents:
            self.revisions.add(revision)
            return "conflict"
        if state in LOCKED:
            return "locked"
        after = "submitted" if head["intent"] == "submit" else AFTER_DOOR.get(state, "door_submitted")
        self.revisions.add(revision)
        self.records[record] = (after, revision)
        return "ok"

    def _void(self, op: str, head: Any) -> str:
        record = head["record_id"]
        if record not in self.records:
            self.given_up.add(record)
            return "ok"
        state, revision = self.records[record]
        if state not in ("draft", "door_submitted", "void"):
            return "locked"
        self.records[record] = ("void", revision)
        return "ok"

    def _withdraw(self, op: str, head: Any) -> str:
        record = head["record_id"]
        if record not in self.records:
            is_kept = any(one == record and status == "quarantined" for one, _, status in self.kept.values())
            return "quarantined" if is_kept else "wait"
        state, revision = self.records[record]
        if state != "submitted":
            return "locked"
        self.records[record] = ("draft", revision)
        return "ok"

    def _urgent(self, op: str, head: Any) -> str:
        self.urgents.add(op)
        return "ok"
