"""Noting what happened in a case, and telling it again to who may read it.

note(...)               one event, in the transaction of the act that it belongs to (which writes the row of audit)
of(...)                 the events of a file, cut to the classes she reads, newest first
events_for_clocks(...)  the same rows as casework/clocks.py takes them: all of them, for a computed date only
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from fieldapp.casework import clocks
from fieldapp.casework.happened import EACH_ITS_OWN, OF_A_LETTER, Happened
from fieldapp.db import milliseconds
from fieldapp.errors import Problem
from fieldapp.forms.sensitivity import CLASSES
from fieldapp.ids import uuid7
from fieldapp.models import bodies, scope
from fieldapp.models.accounts import Acting, Person
from fieldapp.models.agendas import Agenda
from fieldapp.models.case_events import PLAIN, CaseEvent
from fieldapp.models.cases import Case
from fieldapp.models.letters import Letter

# No case began before; a year typed with a figure too few would have no place in a calendar, and hold up its reader.
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
REASON_MAX = 750
_TABLE, _COLUMN = "case_event", "sealed_details"
# Who told us lies under a key of its own: an event may say that it happened, and nothing of what was said.
_APART = "reporter"


@dataclass(frozen=True)
class Told:
    """One event as a page tells it. `by` is the name of who did it, None where it followed from something else."""

    event_id: UUID
    kind: Happened
    at: datetime
    by: str | None
    by_id: UUID | None
    ref_id: UUID | None
    sensitivity: str
    details: dict[str, Any]


def note(
    session: Session,
    case: Case,
    kind: Happened,
    *,
    now: datetime,
    by: UUID | None = None,
    ref: UUID | None = None,
    sensitivity: str = PLAIN,
    details: Mapping[str, Any] | None = None,
    at: datetime | None = None,
) -> CaseEvent:
    """Write one event down. `by` is the person_id of who did it; `details` (JSON) are sealed under the family's key;
    `at` is when it happened, where that was told and lies before `now`: a later moment is nobody's to claim.

    Raises ValueError for a class that does not exist, and for details of who told us, which no event holds;
    Problem("family_erased") for details of a family that has no key.
    """
    if sensitivity != PLAIN and sensitivity not in CLASSES:
        raise ValueError(f"{sensitivity} is no class of answers")
    if sensitivity == _APART and details:
        raise ValueError("an event says nothing of who told us")
    event_id = _next_id(session, case, now)
    key = (case.district, case.case_id, event_id)
    sealed = None
    if details:
        plain = json.dumps(dict(details), ensure_ascii=False).encode()
        sealed = bodies.seal_for_case(session, case.district, case.case_id, _TABLE, _COLUMN, key, plain)
    event = CaseEvent(
        district=case.district,
        case_id=case.case_id,
        event_id=event_id,
        kind=Happened(kind).value,
        sensitivity=sensitivity,
        at=max(min(at or now, now), EARLIEST),
        by_id=by,
        ref_id=ref,
        sealed_details=sealed,
    )
    session.add(event)
    if event.at < now:
        # An agenda is made again when something happened since: of what lies before it, it has to be told.
        here = (Agenda.district == case.district, Agenda.case_id == case.case_id, Agenda.made_at > event.at)
        session.execute(update(Agenda).where(*here).values(made_at=event.at))
    session.flush()
    return event


def said_why(text: str) -> str:
    """The reason that an act asks for, as it is noted with its event. Raises `say_why`, `text_too_long`."""
    text = text.strip()
    if not text:
        raise Problem("say_why")
    if len(text) > REASON_MAX:
        raise Problem("text_too_long", limit=REASON_MAX)
    return text


def of(session: Session, acting: Acting, case: Case) -> list[Told]:
    """The events of a file that she may open, newest first; of another file, of an entrusted one too: none. One of a
    class that she does not read is not there at all.
    """
    mine = select(Case.case_id).where(
        Case.district == case.district, Case.case_id == case.case_id, scope.files_of(acting)
    )
    if session.scalar(mine) is None:
        return []
    may_read = {PLAIN, *scope.classes_read(acting, case.village_code)}
    same = (Person.district == CaseEvent.district) & (Person.person_id == CaseEvent.by_id)
    rows = session.execute(
        select(CaseEvent, Person.name)
        .outerjoin(Person, same)
        .where(
            CaseEvent.district == case.district,
            CaseEvent.case_id == case.case_id,
            CaseEvent.sensitivity.in_(may_read),
        )
        .order_by(CaseEvent.event_id.desc())
    )
    return [
        Told(
            event.event_id,
            Happened(event.kind),
            event.at,
            name,
            event.by_id,
            event.ref_id,
            event.sensitivity,
            details_of(session, event),
        )
        for event, name in rows
    ]


def details_of(session: Session, event: CaseEvent) -> dict[str, Any]:
    """What was said of an event; empty where nothing was. The caller has asked who may read it."""
    if event.sealed_details is None:
        return {}
    key = (event.district, event.case_id, event.event_id)
    plain = bodies.open_for_case(session, event.district, event.case_id, _TABLE, _COLUMN, key, event.sealed_details)
    return dict(json.loads(plain))


def events_for_clocks(session: Session, case: Case) -> list[clocks.Event]:
    """All events of a case, oldest first. Whoever shows the clocks of them cuts what stands for a class."""
    return events_of_many(session, case.district, [case.case_id])[case.case_id]


def events_of_many(session: Session, district: str, case_ids: Collection[UUID]) -> dict[UUID, list[clocks.Event]]:
    """The same of many cases, asked for at once; an empty list where nothing happened."""
    letter = (Letter.district == CaseEvent.district) & (Letter.letter_id == CaseEvent.ref_id)
    rows = session.execute(
        select(CaseEvent, Letter.letter_id)
        .outerjoin(Letter, letter & CaseEvent.kind.in_(OF_A_LETTER))
        .where(CaseEvent.district == district, CaseEvent.case_id.in_(case_ids))
        .order_by(CaseEvent.event_id)
    )
    found: dict[UUID, list[clocks.Event]] = {case_id: [] for case_id in case_ids}
    for row, letter_id in rows:
        found[row.case_id].append(clocks.Event(row.kind, row.at, _about(row, letter_id)))
    return found


def since(session: Session, case: Case, kind: Happened, after: Happened) -> frozenset[UUID | None]:
    """What the events of one kind name that were noted after the last of another; None for one that names nothing."""
    here = (CaseEvent.district == case.district, CaseEvent.case_id == case.case_id)
    told = select(CaseEvent.kind, CaseEvent.ref_id).where(*here, CaseEvent.kind.in_((kind.value, after.value)))
    found: set[UUID | None] = set()
    for noted, ref in session.execute(told.order_by(CaseEvent.event_id)):
        found = set() if noted == after.value else {*found, ref}
    return frozenset(found)


def _next_id(session: Session, case: Case, now: datetime) -> UUID:
    # In the order in which they were noted: several in one millisecond are no matter of luck, nor is a clock set back.
    newest = session.scalar(
        select(CaseEvent.event_id)
        .where(CaseEvent.district == case.district, CaseEvent.case_id == case.case_id)
        .order_by(CaseEvent.event_id.desc())
        .limit(1)
    )
    fresh = uuid7(milliseconds(now))
    return fresh if newest is None or fresh > newest else UUID(int=newest.int + 1)


def _about(row: CaseEvent, letter_id: UUID | None) -> str:
    is_own = letter_id is not None or row.kind in EACH_ITS_OWN
    return str(row.ref_id) if row.ref_id is not None and is_own else ""
