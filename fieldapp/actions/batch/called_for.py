"""Things to do: forms that a report calls for, noted once for each family, and done when the form is handed in."""

import re
from collections.abc import Set as AbstractSet
from typing import Any
from uuid import UUID

from sqlalchemy import select

from fieldapp.actions import todos
from fieldapp.actions.batch.base import Batch, among
from fieldapp.forms.plan import Plan
from fieldapp.models.cases import Todo
from sync.store import Head

CALLED_FOR = frozenset({"F5", "F6"})  # what other forms note as things to do
_FORM_CODE = re.compile(r"[A-Z][A-Z0-9]{0,9}")


def kinds_in(body: Any) -> list[str]:
    """Codes of the forms that a report calls for."""
    called_for = (body.get("answers") or {}).get("todo")
    kinds = called_for.split() if isinstance(called_for, str) else []
    # A column in clear takes codes alone; whatever else was written there stays in the answers.
    return [kind for kind in kinds if _FORM_CODE.fullmatch(kind)]


def class_of(plan: Plan | None) -> str:
    """The class of what a form calls for; of one that is not known here the closest."""
    nodes = [] if plan is None else plan.nodes
    return next((n["sensitivity"] for n in nodes if n["name"] == "todo" and n["parent"] == 0), "violence")


class CalledFor:
    """What waits to be written about the cases of a batch, and what of it was handed in."""

    def __init__(self, batch: Batch, cases: AbstractSet[UUID]) -> None:
        self._batch, self._cases = batch, cases
        self._waiting: set[tuple[UUID, str]] | None = None
        self._handed_in: set[tuple[UUID, str]] = set()

    def note(self, head: Head, case_id: UUID, revision_id: UUID, body: Any) -> None:
        kinds = kinds_in(body)
        if not kinds:
            return
        waiting = self._all_waiting()
        for kind in kinds:
            if (case_id, kind) in waiting:
                continue
            waiting.add((case_id, kind))
            self._batch.rows[Todo].append(
                {
                    "district": self._batch.district,
                    "todo_id": self._batch.new_id(),
                    "case_id": case_id,
                    "kind": kind,
                    "sensitivity": class_of(self._batch.plan(head.form or "", head.form_version or 0)),
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
