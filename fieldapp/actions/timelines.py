"""Everything that happened around a file, in one line each, newest first: cut as its parts are cut."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.actions import case_events
from fieldapp.models.accounts import Acting, Person
from fieldapp.models.casefiles import CaseFile
from fieldapp.models.reviews import Decision


@dataclass(frozen=True)
class Line:
    """`source` says which words `kind` has: "event" (a Happened), "visit" (planned), "decision" (a kind of decision).
    `about` is the form or the purpose; `details` what was said.
    """

    at: datetime
    source: str
    kind: str
    about: str
    by: str | None
    record_id: UUID | None = None
    details: dict[str, Any] = field(default_factory=dict)


def lines_of(session: Session, acting: Acting, file: CaseFile) -> list[Line]:
    """The timeline of a file as she sees it: `file` is already cut for her."""
    events = [
        Line(one.at, "event", one.kind.value, "", one.by, None, one.details)
        for one in case_events.of(session, acting, file.case)
    ]
    visits = [Line(visit.created_at, "visit", "planned", visit.purpose, None) for visit, _ in file.visits]
    forms = {record.record_id: record.form for record, _ in file.records}
    handed_in = [
        Line(record.submitted_at, "visit", "handed_in", record.form, author, record.record_id)
        for record, author in file.records
        if record.submitted_at is not None
    ]
    found = session.execute(
        select(Decision, Person.name)
        .join(Person, (Person.district == Decision.district) & (Person.person_id == Decision.decided_by))
        .where(
            Decision.district == file.case.district,
            Decision.case_id == file.case.case_id,
            Decision.record_id.in_(forms),
        )
        .order_by(Decision.decision_id)
    )
    decided = [
        Line(one.decided_at, "decision", one.kind, forms[one.record_id], name, one.record_id) for one, name in found
    ]
    # Sorting keeps the order of what happened in the same moment: a decision before the moves that followed from it.
    oldest_first = sorted([*visits, *handed_in, *decided, *reversed(events)], key=lambda line: line.at)
    newest_first = oldest_first[::-1]
    # One approval may screen twice, before and after what follows from it: the same words of one moment stand once.
    return [line for newer, line in zip([None, *newest_first], newest_first, strict=False) if line != newer]
