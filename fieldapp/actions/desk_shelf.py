"""What somebody has at the desk: her drafts, what came back, what waits, and her own record to read."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.actions import desk_rights, lists, minors
from fieldapp.actions.findings import body_of
from fieldapp.actions.plans import plan_of
from fieldapp.actions.reviews import remarks_of
from fieldapp.errors import Problem
from fieldapp.forms.plan import Plan
from fieldapp.models import audit, bodies, casefiles, desk_drafts, scope
from fieldapp.models.accounts import Acting
from fieldapp.models.cases import Case
from fieldapp.models.desk_drafts import DeskDraft
from fieldapp.models.records import WAITING, Record, Revision, State
from fieldapp.models.reviews import Decision, Remark

OPEN = (State.DRAFT, State.RETURNED)  # its author goes on writing


def own_drafts(session: Session, acting: Acting) -> Sequence[tuple[DeskDraft, str | None]]:
    """Her open drafts with the code name of the file, the one saved last first; empty ones left out."""
    drafts = [draft for draft in desk_drafts.of_author(session, acting) if draft.number]
    ids = {draft.case_id for draft in drafts if draft.case_id is not None}
    named = session.execute(select(Case.case_id, Case.code_name).where(Case.case_id.in_(ids), scope.files_of(acting)))
    codes: dict[UUID | None, str] = dict(named.all())
    return [(draft, codes.get(draft.case_id)) for draft in drafts if draft.case_id is None or draft.case_id in codes]


def own_returned(session: Session, acting: Acting) -> Sequence[tuple[Record, str]]:
    """Her records of the desk that came back, or that she took back, with the code name of the file."""
    return _with_codes(session, acting, OPEN)


def own_waiting(session: Session, acting: Acting) -> Sequence[tuple[Record, str]]:
    """Her records of the desk that wait or are being reviewed: until somebody opens one it can be taken back."""
    return _with_codes(session, acting, WAITING)


def own_readable(session: Session, acting: Acting, case_id: UUID) -> set[UUID]:
    """Her records of the desk on this file that she may read: handed in, whatever became of them."""
    own = desk_rights.own_records(acting).where(Record.case_id == case_id, Record.state.not_in(OPEN))
    return {record.record_id for record in session.scalars(own)}


@dataclass(frozen=True)
class Read:
    """A record of hers as she handed it in."""

    record: Record
    plan: Plan
    files: dict[str, Any]
    body: dict[str, Any]
    case: Case
    people: list[dict[str, Any]]


def read_own(session: Session, acting: Acting, record_id: UUID, now: datetime) -> Read:
    """Her own record of the desk, to be read while it waits or after it was decided. Raises `not_found`."""
    record = desk_rights.own_record(session, acting, record_id)
    case = desk_rights.case_of(session, acting, record.case_id)
    head = session.get_one(Revision, (record.district, record.head_revision_id))
    plan = plan_of(session, head.form, head.form_version)
    may = desk_rights.may if record.visit_id is None else desk_rights.may_finish
    if plan is None or record.state in OPEN or not may(session, acting, record.form, case):
        raise Problem("not_found")
    minors.require_reason(session, acting, case, now)
    found = casefiles.file_of(session, acting, case.case_id)
    people = [] if found is None or found.people is None else found.people
    about: dict[str, object] = {"record": str(record_id), "revision": str(head.revision_id)}
    audit.write(
        session, district=record.district, actor_id=acting.person_id, act="read_own_record", about=about, at=now
    )
    return Read(
        record=record,
        plan=plan,
        files=lists.whole(session, plan),
        body=body_of(session, head),
        case=case,
        people=[{**person, "person_id": str(person["person_id"])} for person in people],
    )


# --- what came back with it -------------------------------------------------------------------------------------------


def remarks_sent(session: Session, record: Record | None) -> list[dict[str, Any]]:
    """The remarks that came back with a returned record; none for one that was not returned."""
    if record is None or record.state != State.RETURNED:
        return []
    return [_remark(session, record, remark) for remark in remarks_of(session, record) if remark.sent]


def _remark(session: Session, record: Record, remark: Remark) -> dict[str, Any]:
    key = (remark.district, remark.remark_id)
    place = (remark.district, remark.case_id, record.form, "remark", "sealed_text", key)
    told = json.loads(bodies.open_for_record(session, *place, remark.sealed_text))
    return {**told, "remark_id": str(remark.remark_id), "kind": remark.kind, "state": remark.state}


def returned_with(session: Session, record: Record | None) -> dict[str, Any] | None:
    """Reason and text of the return, or None."""
    if record is None or record.state != State.RETURNED:
        return None
    here = (Decision.district == record.district, Decision.record_id == record.record_id, Decision.kind == "returned")
    decision = session.scalar(select(Decision).where(*here).order_by(Decision.decision_id.desc()).limit(1))
    if decision is None:
        return None
    text = ""
    if decision.sealed_text is not None:
        key = (decision.district, decision.decision_id)
        place = (decision.district, decision.case_id, record.form, "decision", "sealed_text", key)
        text = json.loads(bodies.open_for_record(session, *place, decision.sealed_text))["text"]
    return {"reason": decision.reason, "text": text}


def _with_codes(session: Session, acting: Acting, states: Sequence[State]) -> Sequence[tuple[Record, str]]:
    rows = session.execute(
        desk_rights.own_records(acting)
        .add_columns(Case.code_name)
        .join(Case, (Case.district == Record.district) & (Case.case_id == Record.case_id))
        .where(Record.state.in_(states))
        .order_by(Record.state_at.desc())
    )
    return [(record, code) for record, code in rows]
