"""Reports of help in a test county: measures, meetings, follow-ups, assessments. Invented, and no more than is read."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from fieldapp.actions import organisations
from fieldapp.models.accounts import Person, Role
from tests import factories
from tests.factories import County

NEED = "01900000-0000-7000-8000-0000000000e1"
DECISION = "01900000-0000-7000-8000-0000000000d1"


def report(
    session: Session,
    at: datetime,
    county: County,
    form: str,
    answers: dict[str, Any],
    *,
    state: str = "approved",
    commits: bool = True,
) -> UUID:
    """A report of this form in the file of the county; its record id. `commits`: not inside a transaction of others."""
    body = json.dumps({"answers": answers, "recorded": {}}, ensure_ascii=False).encode()
    record_id, _ = factories.record(session, at, county, form=form, answers=body, state=state)
    if commits:
        session.commit()
    return record_id


def measure(
    session: Session,
    at: datetime,
    county: County,
    kind: str = "temporary_relief",
    *,
    state: str = "approved",
    commits: bool = True,
    **told: Any,
) -> UUID:
    """A measure (F7); `told` are answers of its group."""
    said = {"type": kind, "title": "临时救助一次", "providers": ["civil"], "status": "planned", **told}
    return report(session, at, county, "F7", {"ms": said}, state=state, commits=commits)


def meeting(session: Session, at: datetime, county: County, due: str = "2026-12-20", *, commits: bool = True) -> UUID:
    """A meeting (F8) that decided one thing, DECISION."""
    row = {"_id": DECISION, "text": "民政办理临时救助", "owner": "civil", "due": due}
    return report(session, at, county, "F8", {"mt": {"kind": "joint_meeting", "decisions": [row]}}, commits=commits)


def need(session: Session, at: datetime, county: County, *, commits: bool = True) -> str:
    """A need of hers, told at an approved visit (F2); its id, NEED."""
    report(session, at, county, "F2", {"needs": {"wanted": [{"_id": NEED, "need": "money"}]}}, commits=commits)
    return NEED


def follow_up(session: Session, at: datetime, county: County, band: str | None = None, met: str = "yes") -> UUID:
    """A follow-up (F3) made at this moment."""
    told = {"fu": {"kind": "scheduled", "visited_at": at.isoformat(), "met": met}, "end": {"band": band}}
    return report(session, at, county, "F3", told)


def assessment(session: Session, at: datetime, county: County, band: str, order_until: str | None = None) -> UUID:
    """An assessment (F5) that gave this band, with a protection order where its end is given."""
    orders = [{"_id": DECISION, "no": "（2026）1号", "to": order_until}] if order_until else []
    return report(session, at, county, "F5", {"dv": {"band_final": band, "protection_order": orders}})


def liaison(
    session: Session, at: datetime, county: County, login: str = "liaison", *, commits: bool = True
) -> tuple[UUID, UUID]:
    """Somebody who speaks for a new department of the county's house; (person id, department id)."""
    administrator = county.acting(session, "administrator")
    department = organisations.add_department(session, administrator, county.organisation_id, f"救助股 {login}", at)
    session.flush()
    person_id = factories.person(session, at, Role.LIAISON, county.district, name="何禾", login=login)
    person = session.get_one(Person, (county.district, person_id))
    person.organisation_id, person.department_id = county.organisation_id, department.department_id
    session.flush()
    organisations.name_liaison(session, administrator, department.department_id, person_id, county.district, at)
    if commits:
        session.commit()
    return person_id, department.department_id
