"""Dangers reported from phones: shown to the duty supervisors until somebody has acknowledged them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.actions import protections
from fieldapp.crypto.rest import RestError
from fieldapp.errors import Problem
from fieldapp.models import audit, bodies, queue, scope
from fieldapp.models.accounts import Acting, Person
from fieldapp.models.cases import Case, Urgent
from sync import messages, wire

_SHOWN_MAX = 20
_LATEST_MS = 4_102_444_800_000  # the year 2100; a clock beyond it tells nothing


@dataclass(frozen=True)
class Alert:
    """An open alert with its opened body (docs/protocol.md section 3, `urgent`). `readable` is False where what the
    phone sent cannot be read: then the sender has to be called. `withheld`: she is related to the family and there is
    no other supervisor, so she learns that help was called, and no more.
    """

    urgent: Urgent
    reporter: str
    code_name: str | None
    body: dict[str, Any]
    readable: bool
    withheld: bool = False


def open_alerts(session: Session, acting: Acting) -> list[Alert]:
    """Alerts nobody has acknowledged, newest first."""
    of_relatives = select(Urgent.urgent_id).where(
        Urgent.district == acting.district, Urgent.acknowledged_at.is_(None), scope.alerts_of_relatives(acting)
    )
    withheld = set(session.scalars(of_relatives))
    return [
        _withheld(session, urgent) if urgent.urgent_id in withheld else _alert(session, urgent)
        for urgent in queue.open_alerts(session, acting)
    ]


def acknowledge(session: Session, acting: Acting, urgent_id: UUID, now: datetime) -> None:
    """Say that somebody has seen it and acts: the family it names is protected from now on. A second acknowledgement
    changes nothing.
    """
    urgent = session.scalar(select(Urgent).where(Urgent.urgent_id == urgent_id, scope.alerts_of(acting)))
    if urgent is None:
        raise Problem("not_found")
    if urgent.acknowledged_at is None:
        urgent.acknowledged_at, urgent.acknowledged_by = now, acting.person_id
        protections.seen_by(session, acting, urgent, now)
        audit.write(
            session,
            district=urgent.district,
            actor_id=acting.person_id,
            act="acknowledge_alert",
            about={"urgent": str(urgent_id)},
            at=now,
        )


def _withheld(session: Session, urgent: Urgent) -> Alert:
    person = session.get(Person, (urgent.district, urgent.person_id))
    return Alert(urgent, person.name if person else "", None, _shaped({}), readable=True, withheld=True)


def _alert(session: Session, urgent: Urgent) -> Alert:
    body = _body_of(session, urgent)
    person = session.get(Person, (urgent.district, urgent.person_id))
    case = None if urgent.case_id is None else session.get(Case, (urgent.district, urgent.case_id))
    reporter, code_name = person.name if person else "", case.code_name if case else None
    return Alert(urgent, reporter, code_name, _shaped(body or {}), body is not None)


def _body_of(session: Session, urgent: Urgent) -> dict[str, Any] | None:
    # It may come unsigned from a locked phone. Whatever it holds, the page that warns of a danger has to open.
    key = (urgent.district, urgent.urgent_id)
    try:
        return messages.read_danger(
            bodies.open_for_district(session, urgent.district, "urgent", "sealed_body", key, urgent.sealed_body)
        )
    except (wire.Malformed, RestError):
        return None


def _shaped(body: dict[str, Any]) -> dict[str, Any]:
    called = [call for call in _listed(body.get("called")) if isinstance(call, dict)]
    return {
        "dangers": [danger for danger in _listed(body.get("dangers")) if isinstance(danger, str)],
        "who": str(body.get("who") or ""),
        "place": str(body.get("place") or ""),
        "called": [
            {
                "number": str(call.get("number") or ""),
                "label": str(call.get("label") or ""),
                "at": call["at"] if type(call.get("at")) is int and 0 <= call["at"] < _LATEST_MS else None,
            }
            for call in called
        ],
    }


def _listed(value: Any) -> list[Any]:
    return value[:_SHOWN_MAX] if isinstance(value, list) else []
