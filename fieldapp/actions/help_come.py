"""That help came: one sentence, to each person who carried the case.

    note(...)     write it down once for each measure, and have the phones of those people told
    told(...)     whose help has come within a month, for one person
    tell(...)     have these people's phones told afresh: help came, or a family was erased

Neither what came nor how much is told, nor who gave it: only of which family, by its code name, and when.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from fieldapp.actions import case_events
from fieldapp.casework.happened import Happened
from fieldapp.db import milliseconds
from fieldapp.models import feed
from fieldapp.models.accounts import Acting
from fieldapp.models.case_events import CaseEvent
from fieldapp.models.cases import Assignment, Case, CaseKey, ConflictOfInterest, Visit, Visitor
from fieldapp.models.rights_requests import is_restricted

TOLD_FOR = timedelta(days=30)
TOLD_MAX = 20


@dataclass(frozen=True)
class HelpCome:
    """The help of one measure came."""

    case_id: UUID
    code_name: str
    at: datetime


def note(session: Session, case: Case, record_id: UUID, now: datetime) -> None:
    """Note once for each measure that its help came, and have everybody told who carried the case."""
    noted = select(CaseEvent.event_id).where(
        CaseEvent.district == case.district,
        CaseEvent.case_id == case.case_id,
        CaseEvent.kind == Happened.HELP_ARRIVED,
        CaseEvent.ref_id == record_id,
    )
    if session.scalar(noted.limit(1)) is None:
        case_events.note(session, case, Happened.HELP_ARRIVED, now=now, ref=record_id)
        tell(session, case.district, case.case_id)


def tell(session: Session, district: str, case_id: UUID) -> None:
    """Put `me` on the feed of everybody who carried the case: it is rendered anew, with or without this family."""
    placed = select(Assignment.person_id).where(Assignment.district == district, Assignment.case_id == case_id)
    visited = (
        select(Visitor.person_id)
        .join(Visit, (Visit.district == Visitor.district) & (Visit.visit_id == Visitor.visit_id))
        .where(Visit.district == district, Visit.case_id == case_id, Visit.state == "done")
    )
    for person_id in session.scalars(placed.union(visited)).all():
        feed.tell(session, district, person_id, "me")


def told(session: Session, acting: Acting, now: datetime) -> list[HelpCome]:
    """Families this person carried and whose help has come within a month, newest first, at most TOLD_MAX. It is told
    also to who carries the case no more; never to somebody related to the family, and nothing of one that is erased
    or kept for the law alone.
    """
    related = select(ConflictOfInterest.case_id).where(
        ConflictOfInterest.district == acting.district,
        ConflictOfInterest.person_id == acting.person_id,
        ConflictOfInterest.lifted_at.is_(None),
    )
    rows = session.execute(
        select(Case.case_id, Case.code_name, CaseEvent.at)
        .join(CaseEvent, (CaseEvent.district == Case.district) & (CaseEvent.case_id == Case.case_id))
        .join(CaseKey, (CaseKey.district == Case.district) & (CaseKey.case_id == Case.case_id))  # not erased
        .where(
            Case.district == acting.district,
            CaseEvent.kind == Happened.HELP_ARRIVED,
            CaseEvent.at > now - TOLD_FOR,
            _carried(acting),
            Case.case_id.not_in(related),
            ~is_restricted(Case.district, Case.case_id),
        )
        .order_by(CaseEvent.at.desc(), Case.code_name)
        .limit(TOLD_MAX)
    )
    return [HelpCome(*row) for row in rows]


def for_phone(session: Session, acting: Acting, now: datetime) -> dict[str, object]:
    """The part `help` of `me` (docs/protocol.md section 5); empty where there is nothing to tell."""
    found = told(session, acting, now)
    rows = [{"case_id": str(one.case_id), "code_name": one.code_name, "at": milliseconds(one.at)} for one in found]
    return {"help": rows} if rows else {}


def _carried(acting: Acting) -> ColumnElement[bool]:
    """Before the help came she was on the team, or made a visit."""
    placed = exists().where(
        Assignment.district == Case.district,
        Assignment.case_id == Case.case_id,
        Assignment.person_id == acting.person_id,
        Assignment.started_at <= CaseEvent.at,
    )
    visited = exists().where(
        Visit.district == Case.district,
        Visit.case_id == Case.case_id,
        Visit.state == "done",
        Visit.created_at <= CaseEvent.at,
        Visitor.district == Visit.district,
        Visitor.visit_id == Visit.visit_id,
        Visitor.person_id == acting.person_id,
    )
    return or_(placed, visited)
