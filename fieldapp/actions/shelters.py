"""Where she is while a shelter takes her in: kept apart from the measure, for two roles alone.

The caseworkers on her team and the supervisors of her region may know it, each time with a row of audit. Nothing else
of the program reads the table: no letter, extract, export, figure or phone, and no other role that reads violence.
"""

import json
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from fieldapp.actions import minors
from fieldapp.actions.case_answers import Head, heads_of
from fieldapp.errors import Problem
from fieldapp.models import audit, bodies, scope
from fieldapp.models.accounts import Acting
from fieldapp.models.both_sides import ShelterStay
from fieldapp.models.cases import Case, hold

TYPE = "shelter"
PLACE_MAX = 200


def may_know(session: Session, acting: Acting, case: Case) -> bool:
    """Whether she is one of the two: on the team as a caseworker, or supervising the region."""
    here = (Case.district == case.district, Case.case_id == case.case_id)
    known = or_(scope.files_worked_on(acting), scope.files_supervised(acting))
    return session.scalar(select(Case.case_id).where(*here, known)) is not None


def keep_place(
    session: Session, acting: Acting, case_id: UUID, record_id: UUID, place: str, now: datetime
) -> ShelterStay:
    """Write down where she is, or where she is now. Raises `not_found`, `task_text_needed`, `reason_needed`."""
    case, _ = _measure(session, acting, case_id, record_id, now)
    if not place.strip():
        raise Problem("task_text_needed")
    hold(session, case)  # the first place has no row yet that could be locked
    row = session.get(ShelterStay, (case.district, record_id), with_for_update=True, populate_existing=True)
    if row is None:
        row = ShelterStay(district=case.district, record_id=record_id, case_id=case_id)
        session.add(row)
    said = json.dumps({"place": place.strip()[:PLACE_MAX]}, ensure_ascii=False).encode()
    key = (case.district, record_id)
    row.sealed_place = bodies.seal_for_case(session, *key[:1], case_id, "shelter_stay", "sealed_place", key, said)
    row.kept_by, row.kept_at = acting.person_id, now
    session.flush()
    _audit(session, acting, "keep_shelter", case, record_id, now)
    return row


def place_of(session: Session, acting: Acting, case_id: UUID, record_id: UUID, now: datetime) -> tuple[Case, str]:
    """The file, and where she is; empty where nobody wrote it down. Raises `not_found`, `reason_needed`."""
    case, _ = _measure(session, acting, case_id, record_id, now)
    row = session.get(ShelterStay, (case.district, record_id))
    _audit(session, acting, "read_shelter", case, record_id, now)
    if row is None:
        return case, ""
    key = (case.district, record_id)
    sealed = bodies.open_for_case(
        session, case.district, case_id, "shelter_stay", "sealed_place", key, row.sealed_place
    )
    return case, str(json.loads(sealed)["place"])


def _measure(session: Session, acting: Acting, case_id: UUID, record_id: UUID, now: datetime) -> tuple[Case, Head]:
    case = session.get(Case, (acting.district, case_id))
    if case is None or not may_know(session, acting, case):
        raise Problem("not_found")
    minors.require_reason(session, acting, case, now)
    heads = heads_of(session, case, ("F7",), scope.records_of(acting))
    head = next((one for one in heads if one.record.record_id == record_id), None)
    if head is None or head.at("ms", "type") != TYPE:
        raise Problem("not_found")
    return case, head


def _audit(session: Session, acting: Acting, act: str, case: Case, record_id: UUID, now: datetime) -> None:
    about: dict[str, object] = {"case": str(case.case_id), "record": str(record_id)}
    audit.write(session, district=case.district, actor_id=acting.person_id, act=act, about=about, at=now)
