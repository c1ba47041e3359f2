"""Things to do: forms that a report calls for, noted once for each family, and done when the form is handed in."""

import re
from collections.abc import Set as AbstractSet
from typing import Any
from uuid import UUID

from sqlalchemy import select

from fieldapp.actions import todos
from fieldapp.actions.batch.base import Batch, among
from fieldapp.models.cases import Todo
from sync.store import Head

CALLED_FOR = frozenset({"F5", "F6"})  # what other forms note as things to do
_FORM_CODE = re.compile(r"[A-Z][A-Z0-9]{0,9}")


class CalledFor:
    """What waits to be written about the cases of a batch, and what of it was handed in."""

    def __init__(self, batch: Batch, cases: AbstractSet[UUID]) -> None:
        self._batch, self._cases = batch, cases
        self._waiting: set[tuple[UUID, str]] | None = None
        self._handed_in: set[tuple[UUID, str]] = set()

    def note(self, head: Head, case_id: UUID, revision_id: UUID, body: Any) -> None:
        called_for = body.get("answers", {}).get("todo")
        if not isinstance(called_for, str) or not called_for.strip():
            return
        waiting = self._all_waiting()
        for kind in called_for.split():
            if (case_id, kind) in waiting or not _FORM_CODE.fullmatch(kind):
                continue  # a column in clear takes codes alone; whatever else was written there stays in the answers
            waiting.add((case_id, kind))
            self._batch.rows[Todo].append(
                {
                    "district": self._batch.district,
                    "todo_id": self._batch.new_id(),
                    "case_id": case_id,
                    "kind": kind,
                    "sensitivity": self._class_of(head),
                    "revision_id": revision_id,
                    "created_at": self._batch.now,
                }
            )

    def handed_in(self, case_id: UUID, form: str | None) -> None:
        if form in CALLED_FOR:
            self._handed_in.add((case_id, form))

    def settle(self) -> None:
        """Note as done what was handed in; the rows of the batch are written."""
        for case_id, form in sorted(self._handed_in & self._all_waiting() if self._handed_in else ()):
            todos.settle(self._batch.session, self._batch.district, case_id, form, self._batch.now)

    def _all_waiting(self) -> set[tuple[UUID, str]]:
        if self._waiting is None:
            rows = self._batch.session.execute(
                select(Todo.case_id, Todo.kind).where(
                    Todo.district == self._batch.district, among(Todo.case_id, self._cases), Todo.done_at.is_(None)
                )
            )
            self._waiting = {(case_id, kind) for case_id, kind in rows}
        return self._waiting

    def _class_of(self, head: Head) -> str:
        plan = self._batch.plan(head.form or "", head.form_version or 0)
        nodes = [] if plan is None else plan.nodes
        return next((n["sensitivity"] for n in nodes if n["name"] == "todo" and n["parent"] == 0), "violence")
