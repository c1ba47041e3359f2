"""The transfer letters of a case that left the house: which there are, which of them a receipt answers, that one came.

A letter says itself whether it was sent (`Letter.sent_at`); its approval sends nothing.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from fieldapp.casework.clocks import Event
from fieldapp.casework.happened import Happened
from fieldapp.casework.letters.kinds import Kind
from fieldapp.models import bodies
from fieldapp.models.cases import Case
from fieldapp.models.letters import Letter

RECEIPT_MAX = 100


def ever(session: Session, case: Case, events: Iterable[Event]) -> bool:
    """Whether a transfer letter of this case ever left the house; `events` are those of the case. Of old files only an
    event may say it, which their approval noted.
    """
    return any(event.kind == Happened.LETTER_SENT for event in events) or bool(_sent(session, case))


def of_opening(session: Session, case: Case, events: Iterable[Event]) -> list[Letter]:
    """Those that left the house since the file was opened last, oldest first; `events` are those of the case."""
    since = opened_at(events)
    return [one for one, sent_at in _sent(session, case) if since is None or sent_at > since]


def unanswered(session: Session, case: Case) -> list[Letter]:
    """Those that left the house, of any opening, and of which no receipt was noted, oldest first."""
    return [one for one, _ in _sent(session, case) if one.received_at is None]


def opened_at(events: Iterable[Event]) -> datetime | None:
    """When the file of these events was opened again last; None where it never was."""
    return max((event.at for event in events if event.kind == Happened.REOPENED), default=None)


def named_by(answers: Mapping[str, Any]) -> UUID | None:
    """The report of the letter to which a receipt (F4R) says it answers; None where it names none."""
    told = answers.get("relief")
    try:
        return UUID(str(told.get("letter_id") if isinstance(told, Mapping) else None))
    except ValueError:
        return None


def answered_by(session: Session, case: Case, answers: Mapping[str, Any]) -> Letter | None:
    """The letter to which a receipt answers; None where it names none, or none that left the house."""
    record_id = named_by(answers)
    if record_id is None:
        return None
    return session.scalar(
        select(Letter)
        .where(*_transfers(case), Letter.record_id == record_id)
        .order_by(Letter.letter_id.desc())
        .limit(1)
    )


def keep_receipt(session: Session, letter: Letter, number: str, by: UUID, at: datetime) -> None:
    """The receiver has it, and calls it this."""
    letter.received_at, letter.received_by = at, by
    said = json.dumps({"no": number.strip()[:RECEIPT_MAX]}, ensure_ascii=False).encode()
    place = ("letter", "sealed_receipt", (letter.district, letter.letter_id))
    letter.sealed_receipt = bodies.seal_for_case(session, letter.district, letter.case_id, *place, said)


def _sent(session: Session, case: Case) -> list[tuple[Letter, datetime]]:
    rows = session.scalars(select(Letter).where(*_transfers(case)).order_by(Letter.letter_id))
    return [(one, one.sent_at) for one in rows if one.sent_at is not None]


def _transfers(case: Case) -> tuple[ColumnElement[bool], ...]:
    here = (Letter.district == case.district, Letter.case_id == case.case_id)
    return (*here, Letter.kind == Kind.TRANSFER, Letter.sent_at.is_not(None))
