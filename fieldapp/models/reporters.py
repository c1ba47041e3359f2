"""Who told us: moving it under the key kept for that alone, and forgetting it.

What was stored before that key was lies under the family's. The worker moves all of it once (jobs.py); whoever forgets
a reporter moves the rest of that family first, or it would stay readable.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from fieldapp.crypto.rest import Damaged
from fieldapp.models import bodies
from fieldapp.models.bodies import REPORTER_FORMS, RowKey
from fieldapp.models.cases import CaseKey
from fieldapp.models.desk_drafts import DeskDraft
from fieldapp.models.records import DraftCopy, Findings, Record, Revision
from fieldapp.models.reviews import Decision, Remark


def families(session: Session) -> Sequence[tuple[str, UUID]]:
    """(district, case) of every family of which somebody told us, or is being written that somebody did."""
    named = (
        select(table.district, table.case_id).where(table.form.in_(REPORTER_FORMS), table.case_id.is_not(None))
        for table in (Record, DraftCopy, DeskDraft)
    )
    found = session.execute(union(*named).order_by("district", "case_id"))
    return [(district, case_id) for district, case_id in found if case_id is not None]


def move(session: Session, district: str, case_id: UUID) -> int:
    """Put what still lies under the family's key under the reporter's; how many values. An erased family: none."""
    if session.get(CaseKey, (district, case_id)) is None:
        return 0
    moved = 0
    for row, table, column, key in _values(session, district, case_id):
        sealed = getattr(row, column)
        if sealed is None or not bodies.is_for_case(session, district, case_id, sealed):
            continue
        place = (session, district, case_id, table, column, key)
        try:
            plain = bodies.open_for_case(*place, sealed)
        except Damaged:
            continue  # it opens nowhere any more
        setattr(row, column, bodies.seal_for_reporter(*place, plain))
        moved += 1
    session.flush()
    return moved


def erase(session: Session, district: str, case_id: UUID, at: datetime) -> None:
    """Nothing of who told us of this family opens again; the family's file stays as it is."""
    move(session, district, case_id)
    bodies.erase_reporter_key(session, district, case_id, at)


def _values(session: Session, district: str, case_id: UUID) -> Iterator[tuple[Any, str, str, RowKey]]:
    """(row, table, column, whole key) of every sealed value of a record of these forms."""

    def of(table: Any, *where: Any) -> list[Any]:
        here = (table.district == district, table.case_id == case_id, *where)
        return list(session.scalars(select(table).where(*here)))

    records = [record.record_id for record in of(Record, Record.form.in_(REPORTER_FORMS))]
    for revision in of(Revision, Revision.form.in_(REPORTER_FORMS)):
        yield revision, "revision", "sealed_body", (district, revision.revision_id)
        for found in of(Findings, Findings.revision_id == revision.revision_id):
            yield found, "findings", "sealed_findings", (district, found.revision_id, found.rules_version)
    for remark in of(Remark, Remark.record_id.in_(records)):
        yield remark, "remark", "sealed_text", (district, remark.remark_id)
        yield remark, "remark", "sealed_reply", (district, remark.remark_id)
    for decision in of(Decision, Decision.record_id.in_(records)):
        yield decision, "decision", "sealed_text", (district, decision.decision_id)
    for copy in of(DraftCopy, DraftCopy.form.in_(REPORTER_FORMS)):
        yield copy, "draft_copy", "sealed_body", (district, copy.record_id, copy.author_id)
    for draft in of(DeskDraft, DeskDraft.form.in_(REPORTER_FORMS)):
        yield draft, "desk_draft", "sealed_body", (district, draft.draft_id)
