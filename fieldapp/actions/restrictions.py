"""What a family's request closes without erasing: a file kept for the law alone (个人信息保护法 47), and what its
consent carries no more (15). Both must stay closed after a restore: the tombstone log knows them.
"""

import json
from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from fieldapp.actions import erasures
from fieldapp.casework.rights import STOPS
from fieldapp.days import day_of
from fieldapp.db import moment
from fieldapp.errors import Problem
from fieldapp.models import bodies, feed, rights_requests, team, tombstones
from fieldapp.models.cases import Case, CaseKey, Visit, hold
from fieldapp.models.rights_requests import RequestKind, RequestState, RightsRequest
from fieldapp.models.tombstones import Kind, Line


def restrict(session: Session, request: RightsRequest, until: date, now: datetime) -> None:
    """Close the family's file to everybody until this day; it leaves every phone. `request` names a family."""
    case_id = _family(request)
    _hold(session, request)  # a visit that is being planned is taken off too, and none is planned any more
    erasures.leave_phones(session, request.district, case_id, now)
    request.state, request.due_on = RequestState.RESTRICTED, until
    named = {"case": str(case_id), "request": str(request.request_id), "by": str(request.decided_by)}
    tombstones.note(session, request.district, Kind.CASE_RESTRICTED, now, **named, until=until.isoformat())


def end_restriction(session: Session, request: RightsRequest, now: datetime) -> None:
    """The file is open again, to those who are put on its team anew. Nothing where it was not closed."""
    if request.state == RequestState.RESTRICTED:
        named = {"case": str(_family(request)), "request": str(request.request_id)}
        tombstones.note(session, request.district, Kind.RESTRICTION_ENDED, now, **named)


def stop(session: Session, request: RightsRequest, now: datetime) -> None:
    """End what consent carried: planned visits are taken off where they are among it, and the team is told."""
    case_id, stops = _family(request), request.stops.split()
    _hold(session, request)
    if "visits" in stops:
        planned = select(Visit).where(
            Visit.district == request.district, Visit.case_id == case_id, Visit.state == "planned"
        )
        for visit in session.scalars(planned).all():
            visit.state = "cancelled"
            team.tell_of_visit(session, request.district, case_id, visit.visit_id)
            team.end_entrusted(session, request.district, case_id, visit.visit_id, now)
    for person_id in team.readers_of(session, request.district, [case_id]).get(case_id, set()):
        feed.tell(session, request.district, person_id, f"case:{case_id}")
    named = {"case": str(case_id), "request": str(request.request_id), "by": str(request.decided_by)}
    tombstones.note(session, request.district, Kind.CONSENT_WITHDRAWN, now, **named, stops=stops)


def refuse_sharing(session: Session, case: Case) -> None:
    """Raises `consent_withdrawn` where the family took back that others may be told of it. What a law orders to be told
    does not ask here.
    """
    if "share" in rights_requests.stopped(session, case.district, case.case_id):
        raise Problem("consent_withdrawn")


def bring_back(session: Session, line: Line) -> None:
    """After a restore: close again, or open again, what was closed or opened after the backup. A request that came in
    after it is entered anew, without what was asked.
    """
    about, at = line.about, moment(line.at_ms)
    district, case_id, request_id = line.district, UUID(about["case"]), UUID(about["request"])
    if line.kind == Kind.RESTRICTION_ENDED:
        here = (RightsRequest.district == district, RightsRequest.request_id == request_id)
        closed = RightsRequest.state == RequestState.RESTRICTED
        session.execute(update(RightsRequest).where(*here, closed).values(state=RequestState.TAKEN_BACK))
        return
    if session.get(Case, (district, case_id)) is None or session.get(CaseKey, (district, case_id)) is None:
        return
    request = session.get(RightsRequest, (district, request_id))
    is_restriction = line.kind == Kind.CASE_RESTRICTED
    if request is None:
        kind = RequestKind.ERASURE if is_restriction else RequestKind.WITHDRAWAL
        request = _without_words(session, district, case_id, request_id, kind, UUID(about["by"]), at)
    request.decided_by, request.decided_at = UUID(about["by"]), at
    if is_restriction:
        request.state, request.due_on = RequestState.RESTRICTED, date.fromisoformat(about["until"])
    else:
        request.state, request.stops, request.done_at = RequestState.DONE, " ".join(_known(about["stops"])), at


def _without_words(
    session: Session, district: str, case_id: UUID, request_id: UUID, kind: RequestKind, by: UUID, at: datetime
) -> RightsRequest:
    key = (district, request_id)
    nothing = json.dumps({"who": "", "how": "", "text": "", "view": ""}).encode()
    request = RightsRequest(
        district=district, request_id=request_id, case_id=case_id, kind=kind, asked_as="herself", way="not_at_all",
        sealed_asked=bodies.seal_for_case(session, district, case_id, "rights_request", "sealed_asked", key, nothing),
        received_on=day_of(at), state=RequestState.OPEN, taken_by=by, taken_at=at, stops="",
    )  # fmt: skip
    session.add(request)
    return request


def _known(stops: Iterable[str]) -> list[str]:
    return [code for code in STOPS if code in set(stops)]


def _hold(session: Session, request: RightsRequest) -> None:
    hold(session, session.get_one(Case, (request.district, _family(request))))


def _family(request: RightsRequest) -> UUID:
    assert request.case_id is not None  # what names no family closes nothing; refused before
    return request.case_id
