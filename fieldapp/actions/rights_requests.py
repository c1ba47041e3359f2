"""What people ask about their own data: taken down, shown who asks, decided, done, answered. Each step is an act.

    open ─► granted ─► done            copy handed over · correction made by the team · family or reporter erased
      │        └─────────────────┐
      ├─► done                   │     consent withdrawn: decided is done
      ├─► restricted ─► done     │     the law makes us keep the file: closed to everybody until its day, then erased
      ├─► refused                │
      └─► taken back ◄───────────┘     by who asked; a restricted file is open again

The data-protection officer decides, and reads no family's file: a copy is handed over by its supervisor, a correction
is made by the team, as a new version. What families say of the help is entered and read, nothing more.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.actions import case_events, erasures, restrictions
from fieldapp.casework import rights
from fieldapp.casework.calendar import published
from fieldapp.casework.happened import Happened
from fieldapp.days import day_of
from fieldapp.db import milliseconds
from fieldapp.errors import Problem
from fieldapp.ids import uuid7
from fieldapp.models import audit, bodies, rights_pages, scope
from fieldapp.models.accounts import Acting, Role
from fieldapp.models.cases import Case, CasePerson, hold
from fieldapp.models.rights_requests import ENDED, RequestKind, RequestState, RightsRequest

TEXT_MAX = 1000
LINE_MAX = 120
RECEIVED_DAYS_MAX = 366
KEPT_DAYS_MAX = 30 * 366
_CLASS = "violence"  # whom she works with in her village need not learn that she asked
_TAKERS = (Role.CASEWORKER, Role.SUPERVISOR, Role.DATA_PROTECTION)


@dataclass(frozen=True)
class Asked:
    """What was said when a request came in. `who` and `how` are how to reach her safely; `view` is her mark for the
    help, of casework/rights.py; `about_id` the person of the family it is about, where that can be said.
    """

    kind: RequestKind
    case_id: UUID | None
    received_on: date
    who: str = ""
    how: str = ""
    text: str = ""
    view: str = ""
    asked_as: str = "herself"
    way: str = "in_person"
    stops: Collection[str] = ()
    about_id: UUID | None = None


def take(session: Session, acting: Acting, asked: Asked, now: datetime) -> RightsRequest:
    """Take down what somebody asks, or says of the help. Raises `not_found`, `rights_incomplete`, `family_erased`."""
    if not acting.has(*_TAKERS) or (
        asked.kind is RequestKind.FEEDBACK and not acting.has(Role.CASEWORKER, Role.SUPERVISOR)
    ):
        raise Problem("not_found")
    case = _family(session, acting, asked)
    _check(session, asked, case, now)
    due = rights.due_of(asked.kind, asked.received_on, published())
    request = RightsRequest(
        district=acting.district,
        request_id=uuid7(milliseconds(now)),
        case_id=asked.case_id,
        about_id=asked.about_id,
        kind=asked.kind,
        asked_as=asked.asked_as,
        way=asked.way,
        stops=" ".join(code for code in rights.STOPS if code in asked.stops),
        received_on=asked.received_on,
        due_on=None if due is None else due.day,
        state=RequestState.OPEN,
        taken_by=acting.person_id,
        taken_at=now,
    )
    said = {"who": asked.who.strip(), "how": asked.how.strip(), "text": asked.text.strip(), "view": asked.view}
    request.sealed_asked = _seal(session, request, "sealed_asked", said)
    session.add(request)
    session.flush()
    _note(session, acting, request, Happened.RIGHTS_ASKED, now)
    _audit(session, acting, "take_rights_request", request, now)
    return request


def show_identity(session: Session, acting: Acting, request_id: UUID, identity: str, now: datetime) -> None:
    """Say how it was shown who asks. By who took it down, or decides. Raises `not_found`, `rights_moved_on`."""
    request = rights_pages.one(session, acting, request_id, RightsRequest.kind != RequestKind.FEEDBACK)
    may = request.taken_by == acting.person_id or rights_pages.holds(session, request, rights_pages.to_decide(acting))
    if not may:
        raise Problem("not_found")
    _is(request, RequestState.OPEN)
    if identity not in rights.IDENTITIES:
        raise Problem("request_malformed")
    request.identity = identity
    _audit(session, acting, "show_identity", request, now, identity=identity)


def grant(session: Session, acting: Acting, request_id: UUID, text: str, now: datetime) -> RightsRequest:
    """Decide that it is done as asked. Raises `not_found`, `rights_moved_on`, `rights_identity`, and
    `rights_incomplete` where it is about no family.
    """
    request = _decided(session, acting, request_id, RequestState.GRANTED, None, text, now)
    if request.identity is None:
        raise Problem("rights_identity")
    if request.case_id is None:
        raise Problem("rights_incomplete", field="case")  # nothing is held: that is a refusal, with its reason
    if request.kind == RequestKind.WITHDRAWAL:
        request.state, request.done_by, request.done_at = RequestState.DONE, acting.person_id, now
        restrictions.stop(session, request, now)
        _audit(session, acting, "withdraw_consent", request, now, stops=request.stops)
    _audit(session, acting, "grant_rights_request", request, now)
    return request


def refuse(session: Session, acting: Acting, request_id: UUID, reason: str, text: str, now: datetime) -> None:
    """Decide against it, with a reason and the sentence she is told. Raises as `grant` does, but needs no identity."""
    request = _decided(session, acting, request_id, RequestState.REFUSED, reason, text, now)
    if reason not in rights.REFUSALS or not text.strip():
        raise Problem("rights_reason")
    request.done_at = now
    _audit(session, acting, "refuse_rights_request", request, now, reason=reason)


def restrict(
    session: Session, acting: Acting, request_id: UUID, reason: str, text: str, until: date | None, now: datetime
) -> None:
    """Keep instead of erase, because a law orders it until a day: the file is closed to everybody. Raises as `grant`
    does, `rights_reason`.
    """
    request = _decided(session, acting, request_id, RequestState.RESTRICTED, reason, text, now)
    if request.kind != RequestKind.ERASURE or request.case_id is None:
        raise Problem("not_found")
    if request.identity is None:
        raise Problem("rights_identity")
    if reason not in rights.KEPT_FOR or not text.strip():
        raise Problem("rights_reason")
    if until is None or not timedelta() < until - day_of(now) <= timedelta(days=KEPT_DAYS_MAX):
        raise Problem("rights_incomplete", field="until")
    restrictions.restrict(session, request, until, now)
    _audit(session, acting, "restrict_file", request, now, reason=reason)


def take_back(session: Session, acting: Acting, request_id: UUID, now: datetime) -> None:
    """Who asked does not want it any more. Raises `not_found`, `rights_moved_on`."""
    request = rights_pages.one(session, acting, request_id, rights_pages.to_decide(acting))
    _is(request, RequestState.OPEN, RequestState.GRANTED, RequestState.RESTRICTED)
    restrictions.end_restriction(session, request, now)
    request.state, request.done_by, request.done_at = RequestState.TAKEN_BACK, acting.person_id, now
    _audit(session, acting, "take_back_rights_request", request, now)


def erase(session: Session, acting: Acting, request_id: UUID, typed: str, now: datetime) -> dict[str, Any]:
    """Carry out an erasure, or forget who told us, as it was decided; `typed` repeats the family's code name. Returns
    what was asked, to be shown once in the answer: it is gone with the family.

    Raises `not_found`, `rights_moved_on`, `rights_code_name`, `rights_kept_by_law`, `rights_alert_open`.
    """
    request = rights_pages.one(session, acting, request_id, rights_pages.to_decide(acting))
    if request.kind not in (RequestKind.ERASURE, RequestKind.FORGET_REPORTER) or request.case_id is None:
        raise Problem("not_found")
    _is(request, RequestState.GRANTED, RequestState.RESTRICTED)
    case = session.get_one(Case, (request.district, request.case_id))
    if typed.strip().upper() != case.code_name.upper():
        raise Problem("rights_code_name")
    if request.state == RequestState.RESTRICTED and request.due_on is not None and day_of(now) <= request.due_on:
        raise Problem("rights_kept_by_law")
    said = rights_pages.said_of(session, request, "sealed_asked") or {}
    decision = rights_pages.said_of(session, request, "sealed_decision") or {}
    restrictions.end_restriction(session, request, now)
    if request.kind == RequestKind.ERASURE:
        erasures.forget_case_key(session, acting, request.case_id, now)
    else:
        erasures.forget_reporter(session, acting, request.case_id, now)
    request.state, request.done_by, request.done_at = RequestState.DONE, acting.person_id, now
    _audit(session, acting, "carry_out_rights_request", request, now)
    return {**said, "decision": decision.get("text", "")}


def name_person(session: Session, acting: Acting, request_id: UUID, about_id: UUID | None, now: datetime) -> None:
    """Say whose copy it is, where that was not known: by the supervisor, who reads the file. Raises `not_found`."""
    request = rights_pages.one(session, acting, request_id, rights_pages.to_hand_over(acting))
    if about_id is None:
        raise Problem("rights_incomplete", field="about")
    if session.get(CasePerson, (request.district, request.case_id, about_id)) is None:
        raise Problem("not_found")
    request.about_id = about_id
    _audit(session, acting, "name_rights_person", request, now)


def hand_over(session: Session, acting: Acting, request_id: UUID, now: datetime) -> None:
    """The copy was given to her. Raises `not_found`, `rights_incomplete` before it is said whose it is."""
    request = rights_pages.one(session, acting, request_id, rights_pages.to_hand_over(acting))
    if request.about_id is None:
        raise Problem("rights_incomplete", field="about")
    request.state, request.done_by, request.done_at = RequestState.DONE, acting.person_id, now
    _audit(session, acting, "hand_over_copy", request, now)


def put_right(session: Session, acting: Acting, request_id: UUID, text: str, now: datetime) -> None:
    """The team says what it put right, in a new version of the report, or why it stands. Raises `not_found`,
    `rights_reason`.
    """
    request = rights_pages.one(session, acting, request_id, rights_pages.to_put_right(acting))
    if not text.strip() or len(text) > TEXT_MAX:
        raise Problem("rights_reason")
    request.sealed_done = _seal(session, request, "sealed_done", {"text": text.strip()})
    request.state, request.done_by, request.done_at = RequestState.DONE, acting.person_id, now
    _audit(session, acting, "put_right", request, now)


def note_answered(session: Session, acting: Acting, request_id: UUID, now: datetime) -> None:
    """She was told. Raises `not_found`, `rights_moved_on` before it was decided, and where she was told already."""
    request = rights_pages.one(session, acting, request_id, rights_pages.to_decide(acting))
    if request.state not in (*ENDED, RequestState.RESTRICTED) or request.answered_at is not None:
        raise Problem("rights_moved_on")
    request.answered_by, request.answered_at = acting.person_id, now
    _audit(session, acting, "answer_rights_request", request, now)


def hear(session: Session, acting: Acting, request_id: UUID, now: datetime) -> None:
    """The supervisor read what a family says of the help. Twice is once. Raises `not_found`."""
    request = rights_pages.one(session, acting, request_id, rights_pages.to_hear(acting))
    if request.state == RequestState.DONE:
        return
    request.state, request.done_by, request.done_at = RequestState.DONE, acting.person_id, now
    _audit(session, acting, "hear_feedback", request, now)


def _family(session: Session, acting: Acting, asked: Asked) -> Case | None:
    if asked.case_id is None:
        return None
    reads = scope.files_worked_on(acting) | scope.files_supervised(acting)
    # What a family says of the help is for those who help it.
    condition = reads if asked.kind is RequestKind.FEEDBACK else rights_pages.may_ask_of(acting)
    case = session.scalar(select(Case).where(Case.case_id == asked.case_id, condition))
    if case is None:
        raise Problem("not_found")
    return case


def _check(session: Session, asked: Asked, case: Case | None, now: datetime) -> None:
    today, kind = day_of(now), asked.kind
    if not today - timedelta(days=RECEIVED_DAYS_MAX) <= asked.received_on <= today:
        raise Problem("rights_incomplete", field="received_on")
    codes = asked.asked_as in rights.ASKED_AS and asked.way in rights.WAYS and set(asked.stops) <= set(rights.STOPS)
    if not codes or (asked.view and asked.view not in rights.VIEWS):
        raise Problem("request_malformed")
    if len(asked.who) > LINE_MAX or len(asked.how) > LINE_MAX or len(asked.text) > TEXT_MAX:
        raise Problem("rights_incomplete", field="text")
    if kind is not RequestKind.FEEDBACK and not asked.who.strip():
        raise Problem("rights_incomplete", field="who")
    if kind in (RequestKind.CORRECTION, RequestKind.FEEDBACK) and not (asked.text.strip() or asked.view):
        raise Problem("rights_incomplete", field="text")
    if kind is RequestKind.WITHDRAWAL and not asked.stops:
        raise Problem("rights_incomplete", field="stops")
    if kind in (RequestKind.WITHDRAWAL, RequestKind.FORGET_REPORTER) and case is None:
        raise Problem("rights_incomplete", field="case")
    if asked.about_id is not None:
        key = None if case is None else (case.district, case.case_id, asked.about_id)
        if key is None or session.get(CasePerson, key) is None:
            raise Problem("not_found")


def _decided(
    session: Session, acting: Acting, request_id: UUID, state: RequestState, reason: str | None, text: str,
    now: datetime,
) -> RightsRequest:  # fmt: skip
    request = rights_pages.one(session, acting, request_id, rights_pages.to_decide(acting))
    _is(request, RequestState.OPEN)
    if len(text) > TEXT_MAX:
        raise Problem("rights_incomplete", field="text")
    request.state, request.reason = state, reason
    request.decided_by, request.decided_at = acting.person_id, now
    if text.strip():
        request.sealed_decision = _seal(session, request, "sealed_decision", {"text": text.strip()})
    _note(session, acting, request, Happened.RIGHTS_DECIDED, now)
    return request


def _note(session: Session, acting: Acting, request: RightsRequest, kind: Happened, now: datetime) -> None:
    """That something was asked stands in the family's file; what, on the page of requests. What a family says of the
    help asks for nothing; that somebody told us is not said by the way.
    """
    if request.case_id is None or request.kind in (RequestKind.FEEDBACK, RequestKind.FORGET_REPORTER):
        return
    case = session.get_one(Case, (request.district, request.case_id))
    hold(session, case)  # who does something else about this family at this moment notes it too
    about: dict[str, Any] = {"by": acting.person_id, "ref": request.request_id, "sensitivity": _CLASS}
    case_events.note(session, case, kind, now=now, **about)


def _is(request: RightsRequest, *states: RequestState) -> None:
    if request.state not in states:
        raise Problem("rights_moved_on")


def _seal(session: Session, request: RightsRequest, column: str, said: dict[str, Any]) -> bytes:
    plain, key = json.dumps(said, ensure_ascii=False).encode(), (request.district, request.request_id)
    place = ("rights_request", column, key)
    if request.case_id is None:
        return bodies.seal_for_district(session, request.district, *place, plain)
    seals = bodies.seal_for_reporter if request.kind == RequestKind.FORGET_REPORTER else bodies.seal_for_case
    return seals(session, request.district, request.case_id, *place, plain)


def _audit(session: Session, acting: Acting, act: str, request: RightsRequest, now: datetime, **about: object) -> None:
    named: dict[str, object] = {"request": str(request.request_id), "kind": request.kind, **about}
    if request.case_id is not None:
        named["case"] = str(request.case_id)
    audit.write(session, district=request.district, actor_id=acting.person_id, act=act, about=named, at=now)
