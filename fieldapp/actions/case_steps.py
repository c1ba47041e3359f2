"""The moves of a case that follow from what is done anyhow (casework/roads.py), one line in the act that does it.

    after_plan(...)       a visit was planned
    after_hand_in(...)    reports were handed in, by phone or at the desk
    after_decision(...)   a report was approved or returned
    after_sending(...)    a transfer letter left the house; after_receipt(...): whoever it went to has it
    step(...)             into one state, with its event

Nothing here refuses: where an act does not fit the state of a case, the case stays. Only the end of a case asks the
guards that a person would meet (an open danger keeps a file open, whatever was approved). Phones hear of the act.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from fieldapp.actions import case_events, key_care, sent_letters, standing, told_at_once
from fieldapp.actions.case_answers import heads_of, moment_in
from fieldapp.actions.findings import body_of
from fieldapp.actions.told_at_once import HandedIn
from fieldapp.casework import roads, states
from fieldapp.casework.happened import Happened
from fieldapp.casework.roads import Act
from fieldapp.casework.states import CaseState
from fieldapp.days import day_of
from fieldapp.models import meetings, plain
from fieldapp.models.accounts import Acting, Role
from fieldapp.models.case_events import PLAIN, CaseEvent
from fieldapp.models.cases import Case, Visit, VisitPurpose
from fieldapp.models.letters import Letter
from fieldapp.models.records import Record, Revision, State, with_heads

LEAD, INVESTIGATION, FOLLOW_UP, RECEIPT, MEASURE, MEETING, CLOSURE = (
    "F1",
    "F2",
    "F3",
    "F4R",
    "F7",
    "F8",
    "F9",
)
_UNDECIDED = (State.DOOR_SUBMITTED, State.SUBMITTED, State.IN_REVIEW, State.RETURNED, State.APPROVED_FIRST)
_RESULTS = frozenset({"granted", "advance", "refused", "not_accepted"})
# Channels of F1 that are petitions (Regulation on petitions, article 23).
PETITIONS = frozenset({"petition_letter", "petition_visit", "petition_online"})
_BEFORE_APPROVAL = frozenset(
    {
        CaseState.LEAD,
        CaseState.TRIAGED,
        CaseState.ASSIGNED,
        CaseState.VISITED,
        CaseState.SUBMITTED,
        CaseState.RETURNED,
        CaseState.VERIFIED,
        CaseState.REOPENED,
    }
)
HELPED = frozenset({CaseState.PLAN, CaseState.IN_HELP, CaseState.FOLLOW_UP})
NO_CONSULTATION = frozenset({"reception", "briefing"})  # kinds of F8 at which nobody confers about a family
_BY_FORM = {
    MEASURE: Act.MEASURE_APPROVED,
    MEETING: Act.MEETING_APPROVED,
}

_case = Case.__table__.c
_STATES = (
    select(_case.case_id, _case.state)
    .where(_case.district == bindparam("district"), _case.case_id.in_(bindparam(plain.IDS, expanding=True)))
    .order_by(_case.case_id)
    .with_for_update(key_share=True)
)


def after_plan(session: Session, acting: Acting, case: Case, visit: Visit, now: datetime) -> None:
    """An investigation stands on somebody's list. A lead is taken up by it where who plans may triage."""
    if visit.purpose != VisitPurpose.INVESTIGATION:
        return
    if case.state == CaseState.LEAD and Role.SUPERVISOR not in roles_for(acting, case):
        return
    _follow(session, case, Act.VISIT_PLANNED, now, acting.person_id, visit.visit_id)
    # A file that was opened for a visit stands at "assigned" from its beginning: its clocks run from the first plan.
    events = case_events.events_for_clocks(session, case)
    if case.state == CaseState.ASSIGNED and not any(event.kind == Happened.ASSIGNED for event in events):
        case_events.note(session, case, Happened.ASSIGNED, now=now, by=acting.person_id, ref=visit.visit_id)


def after_hand_in(session: Session, district: str, author_id: UUID, reports: Iterable[HandedIn], now: datetime) -> None:
    """What came in of the visits of several cases: locked in the order of their ids, as every batch does. What lies
    aside or beside moves nothing; what it tells that cannot wait is told all the same.
    """
    moves = (LEAD, INVESTIGATION, FOLLOW_UP)
    told = [one for one in reports if one.form in moves or told_at_once.cannot_wait(one, now)]
    known = dict(plain.ask(session, _STATES, {one.case_id for one in told}, district=district))
    # Most reports move nothing: the files of those families are locked, and not read.
    moving = {
        one.case_id
        for one in told
        if one.case_id in known
        and (_may_move(one, CaseState(known[one.case_id])) or told_at_once.cannot_wait(one, now))
    }
    if not moving:
        return
    rows = session.scalars(select(Case).where(Case.district == district, Case.case_id.in_(moving)))
    cases = {case.case_id: case for case in rows}
    for one in told:
        case = cases.get(one.case_id)
        if case is None:
            continue
        told_at_once.note(session, case, one, author_id, now)
        if one.state is None:
            continue
        if one.form == LEAD:
            _tell_petition(session, case, one, author_id, now)
        ref = one.visit_id or one.record_id
        if _is_tried(one):
            _tell_tried(session, case, ref, author_id, now)
        act = _act_of(one)
        if act is not None:
            _follow(session, case, act, now, author_id, ref, roads.could_not_visit(one.answers))


def after_decision(session: Session, acting: Acting, record: Record, head: Revision, now: datetime) -> None:
    """A report came into the state it has now, approved or returned, by her decision on this version."""
    case = session.get(
        Case, (record.district, record.case_id), with_for_update={"key_share": True}, populate_existing=True
    )
    if case is None:
        return
    here, before = (session, case), case.state
    ref = record.visit_id or record.record_id
    if record.state == State.RETURNED:
        if record.form == INVESTIGATION:
            _follow(*here, Act.REPORT_RETURNED, now, acting.person_id, ref)
    elif record.form == INVESTIGATION:
        acts: tuple[Act, ...]
        if roads.could_not_visit(body_of(session, head).get("answers") or {}):
            acts = () if _is_told_of_elsewhere(session, record) else (Act.ATTEMPT_APPROVED,)
        else:  # she was seen, also where an attempt before it had sent the case back
            is_back = case.state in (CaseState.ASSIGNED, CaseState.VISITED)
            acts = (Act.REPORT_HANDED_IN, Act.REPORT_APPROVED) if is_back else (Act.REPORT_APPROVED,)
        for act in acts:
            _follow(*here, act, now, acting.person_id, ref)
    elif record.form == RECEIPT:
        _answered(session, case, record.record_id, body_of(session, head).get("answers") or {}, now, acting.person_id)
    elif record.form == CLOSURE:
        _close(session, acting, case, record, now)
    elif record.form in _BY_FORM:
        _follow(*here, _BY_FORM[record.form], now, acting.person_id, record.record_id)
        if record.form == MEETING:
            _of_meeting(session, acting, case, record, body_of(session, head).get("answers") or {}, before, now)
        if record.form == MEASURE:
            _list_for_care(session, acting, case, record, head, now)
    if case.state != before:
        _catch_up_letters(session, case, now, acting.person_id)


def after_sending(session: Session, case: Case, letter: Letter, now: datetime, by: UUID, at: datetime | None) -> None:
    """A transfer letter left the house: the first of its case, or one more to another organ; `at` where that was before
    now. A receipt that was approved before anybody noted the sending is heard now. One that left before the file was
    opened again moves nothing: this opening waits for its own.
    """
    letters = _letters_of_opening(session, case)
    way = roads.road(CaseState(case.state), Act.LETTER_SENT) if letter in letters else ()
    # That a case was transferred stands in its state; that there is one more letter only who reads its class learns.
    told = PLAIN if way else letter.sensitivity
    noted: dict[str, Any] = {"now": now, "by": by, "ref": letter.letter_id, "sensitivity": told, "at": at}
    case_events.note(session, case, Happened.LETTER_SENT, **noted)
    if way:
        case.state = way[-1].value
    if case.state not in _BEFORE_APPROVAL:  # there the approval of the report hears them
        _hear_receipts(session, case, letter, now, by)


def after_receipt(session: Session, case: Case, letter: Letter, now: datetime, by: UUID, at: datetime | None) -> None:
    """Whoever a transfer letter went to has it. The first receipt moves the case; of another letter, and of one of an
    earlier opening, it is noted.
    """
    moves = case.state == CaseState.TRANSFER and letter in _letters_of_opening(session, case)
    kind = Happened.ACKED if moves else Happened.LETTER_RECEIVED
    told = PLAIN if moves else letter.sensitivity
    if moves:
        case.state = CaseState.ACKED.value
    case_events.note(session, case, kind, now=now, by=by, ref=letter.letter_id, sensitivity=told, at=at)


def _is_told_of_elsewhere(session: Session, record: Record) -> bool:
    """Whether another investigation of the case is handed in: a visit that was made after all, perhaps."""
    others = select(Record.record_id).where(
        Record.district == record.district,
        Record.case_id == record.case_id,
        Record.form == INVESTIGATION,
        Record.record_id != record.record_id,
        Record.state.in_(_UNDECIDED),
    )
    return session.scalar(others.limit(1)) is not None


def step(
    session: Session,
    case: Case,
    end: CaseState,
    now: datetime,
    by: UUID | None,
    *,
    ref: UUID | None = None,
    details: Mapping[str, Any] | None = None,
    kind: Happened | None = None,
) -> None:
    """Bring a case into a state and note it. Whoever calls has asked the rules, and lets the phones hear."""
    if (CaseState(case.state), end) == (CaseState.SUBMITTED, CaseState.ASSIGNED):
        kind = Happened.VISIT_AGAIN  # by the report or by a person: it ends the check, and is no first assignment
    case.state = end.value
    case_events.note(session, case, kind or roads.HAPPENED[end], now=now, by=by, ref=ref, details=details)


def catch_up(session: Session, case: Case, now: datetime, by: UUID) -> None:
    """After a move by a person: the way that the case's reports have already gone where it was the triage, and its
    letters.
    """
    if case.state == CaseState.TRIAGED:
        found = [
            head.record.state
            for head in heads_of(session, case, (INVESTIGATION,))
            if head.record.state != State.APPROVED or not roads.could_not_visit(head.answers)
        ]
        for end in roads.caught_up(CaseState.TRIAGED, found):
            step(session, case, end, now, None)
    _catch_up_letters(session, case, now, by)


def roles_for(acting: Acting, case: Case) -> frozenset[str]:
    """The roles somebody holds where this family lives."""
    return frozenset(role.value for role, region in acting.grants if region and case.village_code.startswith(region))


def _follow(
    session: Session, case: Case, act: Act, now: datetime, by: UUID | None, ref: UUID | None, failed: bool = False
) -> None:
    for end in roads.road(CaseState(case.state), act):
        kind = Happened.COULD_NOT_VISIT if failed and end is CaseState.VISITED else None
        step(session, case, end, now, by, ref=ref, kind=kind)


def _catch_up_letters(session: Session, case: Case, now: datetime, by: UUID) -> None:
    """A letter may leave at any time ("materials follow"), and its receipt come before anybody heard of it: the state
    in which letters count finds both. The letter's own event says when, so that the case comes into its state without
    another one.
    """
    if case.state in _BEFORE_APPROVAL:
        return
    letters = sent_letters.unanswered(session, case)
    if case.state in (CaseState.APPROVED, CaseState.TRANSFER) and (ours := _letters_of_opening(session, case)):
        case.state = CaseState.TRANSFER.value
        known = next((one for one in ours if one.received_at is not None), None)
        if known is not None:
            step(session, case, CaseState.ACKED, now, by, ref=known.letter_id)
        letters = [*ours, *(one for one in letters if one not in ours)]
    for letter in letters:
        _hear_receipts(session, case, letter, now, by)


def _hear_receipts(session: Session, case: Case, letter: Letter, now: datetime, by: UUID) -> None:
    rows = session.execute(
        with_heads(case.district, case.case_id, {RECEIPT})
        .where(Record.state == State.APPROVED)
        .order_by(Record.record_id)
    )
    for record, head in rows:
        answers = body_of(session, head).get("answers") or {}
        known = sent_letters.answered_by(session, case, answers)
        if known is not None and known.letter_id == letter.letter_id:
            _answered(session, case, record.record_id, answers, now, by)


def _letters_of_opening(session: Session, case: Case) -> list[Letter]:
    return sent_letters.of_opening(session, case, case_events.events_for_clocks(session, case))


def _answered(
    session: Session, case: Case, record_id: UUID, answers: Mapping[str, Any], now: datetime, by: UUID
) -> None:
    """An approved receipt: what it says happened there, in its order, and that the letter it names has arrived. Where
    letters left in this opening, only a receipt of one of them moves the case; of what is noted as sent later it is
    heard then.
    """
    letter = sent_letters.answered_by(session, case, answers)
    letters = _letters_of_opening(session, case)
    names_one = letter is not None or (bool(letters) and sent_letters.named_by(answers) is not None)
    moves = letter in letters or not names_one  # of files from before there were letters, their state alone tells
    was = case.state
    for act in _of_receipt(answers) if moves else ():
        ref = letter.letter_id if letter is not None and act is Act.RECEIVED else record_id
        _follow(session, case, act, now, by, ref)
    if letter is None or letter.received_at is not None:
        return
    told = answers.get("relief")
    number = told.get("receipt_no") if isinstance(told, Mapping) else None
    sent_letters.keep_receipt(session, letter, number if isinstance(number, str) else "", by, now)
    if not moves or was not in (CaseState.TRANSFER, CaseState.SUPPLEMENT):  # another letter's receipt moved it
        noted: dict[str, Any] = {"now": now, "by": by, "ref": letter.letter_id, "sensitivity": letter.sensitivity}
        case_events.note(session, case, Happened.LETTER_RECEIVED, **noted)


def _tell_petition(session: Session, case: Case, lead: HandedIn, author_id: UUID, now: datetime) -> None:
    """A petition is answered in writing within the days of the law, counted from when it was received; noted once."""
    told = lead.answers.get("lead")
    channel = told.get("channel") if isinstance(told, Mapping) else None
    if not isinstance(told, Mapping) or not isinstance(channel, str) or channel not in PETITIONS:
        return
    known = {event.kind for event in case_events.events_for_clocks(session, case)}
    days = ((Happened.PETITION_RECEIVED, "received_at"), (Happened.PETITION_ANSWERED, "reply_at"))
    for kind, name in days:
        at = moment_in(told.get(name))
        if kind in known or (at is None and kind is Happened.PETITION_ANSWERED):
            continue
        # Without a reference: an answer is noted about the file, by whoever sent it.
        case_events.note(session, case, kind, now=now, by=author_id, sensitivity="violence", at=at)


def _of_meeting(
    session: Session,
    acting: Acting,
    case: Case,
    record: Record,
    answers: Mapping[str, Any],
    before: str,
    now: datetime,
) -> None:
    """A meeting about a family that is helped already: the month until the next one runs from here; the meeting that
    began the plan has begun that month by itself. Of a kind that comes again, it is the one of its period.
    """
    told = answers.get("mt")
    told = told if isinstance(told, Mapping) else {}
    said, at = told.get("kind"), moment_in(told.get("at"))
    kind = said if isinstance(said, str) else ""
    if kind:
        meetings.held_by_report(session, case.district, case.village_code, kind, day_of(min(at or now, now)))
    if case.state == before and case.state in HELPED and kind not in NO_CONSULTATION:
        noted: dict[str, Any] = {"by": acting.person_id, "ref": record.record_id, "at": at}
        case_events.note(session, case, Happened.CONSULTATION_HELD, now=now, **noted)


def _may_move(one: HandedIn, state: CaseState) -> bool:
    if one.state is None:
        return False
    act = _act_of(one)
    return one.form == LEAD or _is_tried(one) or (act is not None and bool(roads.road(state, act)))


def _act_of(one: HandedIn) -> Act | None:
    if one.form == FOLLOW_UP:  # only who was seen was followed up (casework/schedule.py)
        return Act.FOLLOWED_UP if one.state == State.SUBMITTED and _met(one) == "yes" else None
    if one.form != INVESTIGATION:
        return None
    if one.state == State.DOOR_SUBMITTED:
        return Act.REPORT_BEGUN
    return Act.REPORT_HANDED_IN if one.state == State.SUBMITTED else None


def _is_tried(one: HandedIn) -> bool:
    return one.form == FOLLOW_UP and one.state == State.SUBMITTED and _met(one) == "no"


def _met(one: HandedIn) -> Any:
    visit = one.answers.get("fu")
    return visit.get("met") if isinstance(visit, Mapping) else None


def _tell_tried(session: Session, case: Case, ref: UUID, author_id: UUID, now: datetime) -> None:
    """Somebody went and did not see her: said once of each visit, and the day that was due stays due."""
    here = (CaseEvent.district == case.district, CaseEvent.case_id == case.case_id)
    same = select(CaseEvent.event_id).where(*here, CaseEvent.kind == Happened.FOLLOW_UP_TRIED, CaseEvent.ref_id == ref)
    if session.scalar(same.limit(1)) is None:
        case_events.note(session, case, Happened.FOLLOW_UP_TRIED, now=now, by=author_id, ref=ref)


def _list_for_care(session: Session, acting: Acting, case: Case, record: Record, head: Revision, now: datetime) -> None:
    """A measure may be granted when its report is approved: the key-care list hears of it."""
    told = (body_of(session, head).get("answers") or {}).get("ms")
    if isinstance(told, Mapping):
        status = str(told.get("status"))
        key_care.of_measure(session, case, record.record_id, told, status, acting.person_id, now, before=None)


def _of_receipt(answers: Mapping[str, Any]) -> list[Act]:
    """What a receipt of the procuratorate says, in the order in which it happens there."""
    told = answers.get("relief")
    told = told if isinstance(told, Mapping) else {}
    acts = [Act.RECEIVED]
    if told.get("result") in _RESULTS:
        acts.append(Act.RELIEF_DECIDED)
        if isinstance(told.get("feedback_at"), str):
            acts.append(Act.RESULT_TOLD)
    elif told.get("has_missing") == "yes":
        acts.append(Act.MISSING_NAMED)
    return acts


def _close(session: Session, acting: Acting, case: Case, record: Record, now: datetime) -> None:
    way = roads.road(CaseState(case.state), Act.CLOSURE_APPROVED)
    if not way:
        return
    known = standing.standing_of(session, acting, case, now, reason=standing.closing_reason(session, record))
    if not states.refusals(CaseState(case.state), way[-1], roles_for(acting, case), known):
        step(session, case, way[-1], now, acting.person_id, ref=record.record_id)
