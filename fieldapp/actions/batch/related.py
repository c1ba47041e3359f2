"""Somebody says in a report that she is related to the family, or to the one who did harm."""

from typing import Any
from uuid import UUID

from fieldapp.actions import teams
from fieldapp.actions.batch.base import Batch
from fieldapp.models import feed


def said_in(body: Any) -> bool:
    """Whether the author of a report says yes in it, before the names or in its own question."""
    visit = (body.get("answers") or {}).get("visit")
    in_form = isinstance(visit, dict) and visit.get("conflict") == "yes"
    return in_form or (body.get("recorded") or {}).get("related") is True  # a form may not ask; the phone always does


class Related:
    """The question stands before the names of a family; a yes is noted when the reports of the batch are written.

    It is asked for both visitors, and nobody is asked which of them it is: the author is kept away, until whoever keeps
    the team takes it back.
    """

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._said: set[UUID] = set()

    def note(self, case_id: UUID, body: Any) -> None:
        if said_in(body):
            self._said.add(case_id)

    def settle(self) -> None:
        """Note it of the author, whoever takes her report in; the rows of the batch are written."""
        batch, author_id = self._batch, self._batch.sender.person_id
        for case_id in sorted(self._said):
            if teams.say_related(batch.session, batch.district, case_id, author_id, batch.now):
                # Also from the phone of who saw the family by her village, and not by the team.
                feed.tell(batch.session, batch.district, author_id, f"case:{case_id}", kind="out")
