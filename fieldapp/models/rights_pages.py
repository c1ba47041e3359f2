"""Whose requests about their own data somebody sees, and what the pages of them ask. Conditions, as in scope.py."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select, true
from sqlalchemy.orm import Session

from fieldapp.errors import Problem
from fieldapp.models import bodies, scope
from fieldapp.models.accounts import Acting, Role
from fieldapp.models.cases import Assignment, Case, CaseKey, CasePerson, Urgent, Visit
from fieldapp.models.files import File
from fieldapp.models.records import DraftCopy, Record, State
from fieldapp.models.rights_requests import ENDED, RequestKind, RequestState, RightsRequest

PAGE = 50


def requests_of(acting: Acting) -> ColumnElement[bool]:
    """Condition on `RightsRequest`: what people ask, as far as she has to do with it.

    The data-protection officer all but what families say of the help; a supervisor of the family's region all but who
    told us; a caseworker on the team what is hers to put right; everybody what she took down herself.
    """
    kind, of_nobody = RightsRequest.kind, RightsRequest.case_id.is_(None)
    supervisor = or_(
        and_(kind != RequestKind.FORGET_REPORTER, _of_case(scope.files_supervised(acting))),
        and_(kind == RequestKind.FEEDBACK, of_nobody, _if(scope.supervises_county(acting))),
    )
    team = and_(
        kind.in_((RequestKind.CORRECTION, RequestKind.WITHDRAWAL)),
        RightsRequest.state.in_((RequestState.GRANTED, RequestState.DONE)),
        _of_case(scope.files_worked_on(acting)),
    )
    own = and_(
        RightsRequest.taken_by == acting.person_id,
        or_(of_nobody, _of_case(may_ask_of(acting))),
        _if(acting.has(Role.CASEWORKER, Role.SUPERVISOR, Role.DATA_PROTECTION)),
    )
    return and_(RightsRequest.district == acting.district, or_(to_decide(acting), supervisor, team, own))


def to_decide(acting: Acting) -> ColumnElement[bool]:
    """Condition on `RightsRequest`: what she decides on as data-protection officer, never of her own relatives."""
    of_county = and_(RightsRequest.case_id.is_(None), _if(acting.district in acting.regions(Role.DATA_PROTECTION)))
    hers = or_(_of_case(scope.columns_of(acting)), of_county)
    return and_(RightsRequest.district == acting.district, RightsRequest.kind != RequestKind.FEEDBACK, hers)


def to_hand_over(acting: Acting) -> ColumnElement[bool]:
    """Condition on `RightsRequest`: granted copies of a family whose file she supervises: she reads it already."""
    granted = and_(RightsRequest.kind == RequestKind.COPY, RightsRequest.state == RequestState.GRANTED)
    return and_(RightsRequest.district == acting.district, granted, _of_case(scope.files_supervised(acting)))


def to_put_right(acting: Acting) -> ColumnElement[bool]:
    """Condition on `RightsRequest`: granted corrections of a family whose file she works on or supervises."""
    granted = and_(RightsRequest.kind == RequestKind.CORRECTION, RightsRequest.state == RequestState.GRANTED)
    hers = or_(scope.files_worked_on(acting), scope.files_supervised(acting))
    return and_(RightsRequest.district == acting.district, granted, _of_case(hers))


def to_hear(acting: Acting) -> ColumnElement[bool]:
    """Condition on `RightsRequest`: what families say of the help, where she supervises. Not what she wrote herself."""
    of_county = and_(RightsRequest.case_id.is_(None), _if(scope.supervises_county(acting)))
    hers = or_(_of_case(scope.files_supervised(acting)), of_county)
    said = and_(RightsRequest.kind == RequestKind.FEEDBACK, RightsRequest.taken_by != acting.person_id)
    return and_(RightsRequest.district == acting.district, said, hers)


def may_ask_of(acting: Acting) -> ColumnElement[bool]:
    """Condition on `Case`: the families for which she may take a request down: who reads the file as its caseworker or
    supervisor, and the data-protection officer, who sees that there is one.
    """
    return or_(scope.files_worked_on(acting), scope.files_supervised(acting), scope.columns_of(acting))


def case_called(session: Session, acting: Acting, code_name: str) -> Case | None:
    """The family of this code name, where she may take a request down for it; None as for one that does not exist."""
    called = (Case.district == acting.district, func.upper(Case.code_name) == code_name.strip().upper())
    return session.scalar(select(Case).where(*called, may_ask_of(acting)))


def seen(session: Session, acting: Acting, request_id: UUID) -> tuple[RightsRequest, str | None]:
    """A request and the code name of its family. Raises `not_found`."""
    same = and_(Case.district == RightsRequest.district, Case.case_id == RightsRequest.case_id)
    wanted = select(RightsRequest, Case.code_name).outerjoin(Case, same)
    found = session.execute(wanted.where(RightsRequest.request_id == request_id, requests_of(acting))).first()
    if found is None:
        raise Problem("not_found")
    return found[0], found[1]


def one(session: Session, acting: Acting, request_id: UUID, condition: ColumnElement[bool]) -> RightsRequest:
    """The request under this condition, locked to the end of the transaction. Raises `not_found`."""
    found = session.scalar(
        select(RightsRequest)
        .where(RightsRequest.request_id == request_id, requests_of(acting), condition)
        .with_for_update(of=RightsRequest)
    )
    if found is None:
        raise Problem("not_found")
    return found


def holds(session: Session, request: RightsRequest, condition: ColumnElement[bool]) -> bool:
    """Whether this condition on `RightsRequest` is true of this one."""
    here = RightsRequest.request_id == request.request_id
    return session.scalar(select(RightsRequest.request_id).where(here, condition)) is not None


def page_of(
    session: Session, acting: Acting, *, ended: bool, feedback: bool = False, before: UUID | None = None
) -> tuple[Sequence[tuple[RightsRequest, str | None]], bool]:
    """Requests with the code name of the family, and whether there are more. Those that wait by their last day, what is
    ended newest first.
    """
    wanted = (
        select(RightsRequest, Case.code_name)
        .outerjoin(Case, and_(Case.district == RightsRequest.district, Case.case_id == RightsRequest.case_id))
        .where(requests_of(acting))
        .where(RightsRequest.state.in_(ENDED) if ended else RightsRequest.state.not_in(ENDED))
    )
    is_feedback = RightsRequest.kind == RequestKind.FEEDBACK
    wanted = wanted.where(is_feedback if feedback else ~is_feedback)
    if before is not None:
        wanted = wanted.where(RightsRequest.request_id < before)
    newest = (RightsRequest.request_id.desc(),)
    wanted = wanted.order_by(*newest) if ended or feedback else wanted.order_by(RightsRequest.due_on, *newest)
    rows = session.execute(wanted.limit(PAGE + 1)).all() if ended else session.execute(wanted).all()
    found = [(request, code_name) for request, code_name in rows]
    return (found[:PAGE], len(found) > PAGE) if ended else (found, False)


def of_case(session: Session, acting: Acting, case_id: UUID) -> Sequence[RightsRequest]:
    """What was asked for this family and is hers to do: a correction to make, a copy to hand over."""
    hers = (RightsRequest.district == acting.district, RightsRequest.case_id == case_id)
    wanted = select(RightsRequest).where(*hers, or_(to_put_right(acting), to_hand_over(acting)))
    return session.scalars(wanted.order_by(RightsRequest.request_id)).all()


def may_take_down(session: Session, acting: Acting, case: Case) -> bool:
    """Whether she takes requests down for this family, as who works on its file."""
    reads = or_(scope.files_worked_on(acting), scope.files_supervised(acting))
    here = (Case.district == case.district, Case.case_id == case.case_id)
    return session.scalar(select(Case.case_id).where(*here, reads)) is not None


def said_of(session: Session, request: RightsRequest, column: str) -> dict[str, Any] | None:
    """What lies in a sealed column of it; None where there is nothing, or what it said was erased since."""
    sealed: bytes | None = getattr(request, column)
    if sealed is None:
        return None
    key = (request.district, request.request_id)
    place = ("rights_request", column, key)
    if request.case_id is None:
        plain = bodies.open_for_district(session, request.district, *place, sealed)
    else:
        opens = bodies.open_for_reporter if request.kind == RequestKind.FORGET_REPORTER else bodies.open_for_case
        try:
            plain = opens(session, request.district, request.case_id, *place, sealed)
        except Problem:
            return None
        except bodies.Unreadable:
            if is_erased(session, request.district, request.case_id):
                return None  # who told us went with the family, and its key leaves no mark
            raise
    return dict(json.loads(plain))


def is_erased(session: Session, district: str, case_id: UUID) -> bool:
    """Whether this family's key is gone."""
    return session.get(CaseKey, (district, case_id)) is None


def holdings_of(session: Session, district: str, case_id: UUID) -> dict[str, int]:
    """How much there is of a family: what an erasure takes away, said before it is done."""

    def count(table: Any, *where: ColumnElement[bool]) -> int:
        here = (table.district == district, table.case_id == case_id, *where)
        return session.scalar(select(func.count()).select_from(table).where(*here)) or 0

    return {
        "people": count(CasePerson),
        "reports": count(Record),
        "waiting": count(Record, Record.state.not_in((State.APPROVED, State.VOID))),
        "files": count(File),
        "visits": count(Visit, Visit.state == "planned"),
        "copies": count(DraftCopy),
        "members": count(Assignment, Assignment.ended_at.is_(None)),
        "alerts": count(Urgent, Urgent.acknowledged_at.is_(None)),
    }


def _of_case(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    same = and_(Case.district == RightsRequest.district, Case.case_id == RightsRequest.case_id)
    return exists().where(same, condition).correlate(RightsRequest)


def _if(is_so: bool) -> ColumnElement[bool]:
    return true() if is_so else false()
