"""The cases of a county as lines for statistics: without a name, from what counts of their reports (tallies.py), their
events and clear columns.

What a report says is read as it was written; which question applied was settled when it was approved.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from fieldapp.actions import rhythms, tallies, tally_dates
from fieldapp.actions.tally_dates import Clear
from fieldapp.casework import calendar
from fieldapp.casework.follow_up_dates import PlannedVisit, Stretch, dates_of
from fieldapp.casework.happened import Happened
from fieldapp.casework.letters.kinds import Kind
from fieldapp.casework.states import RESTING
from fieldapp.casework.statistics_lines import FollowUp, Help, LegalAction, Line, Need, Promise, Relief, Said3
from fieldapp.casework.statistics_lines import Person as Helped
from fieldapp.days import CHINA, day_of
from fieldapp.models.accounts import Organisation
from fieldapp.models.campaigns import CampaignHousehold
from fieldapp.models.case_events import CaseEvent
from fieldapp.models.cases import Assignment, Case, TeamRole, Visit, VisitPurpose
from fieldapp.models.letters import Letter
from fieldapp.models.regions import names_for_files

TOWNSHIP_DIGITS = 9
_ANSWERS = (Happened.TRIAGED, Happened.REFERRED, Happened.ANSWERED, Happened.DUPLICATE, Happened.INVALID)
# In the words of F1, whichever way it was said.
_OUTCOMES = {Happened.TRIAGED: "visit", Happened.REFERRED: "refer", Happened.ANSWERED: "answer"}
_FIRST = (
    Happened.LEAD_RECEIVED, Happened.VISITED, Happened.APPROVED, Happened.LETTER_SENT, Happened.DECIDED,
    Happened.FEEDBACK_GIVEN, Happened.REPORTED, Happened.CLOSED, Happened.REOPENED, *_ANSWERS,
)  # fmt: skip
_FORM_OF = {VisitPurpose.FOLLOW_UP: "F3", VisitPurpose.VILLAGE_FOLLOW_UP: "F3V"}
_IN_TIME = calendar.Length(1, calendar.Unit.WORKING_DAY)
_COLUMNS = (
    Case.case_id, Case.code_name, Case.village_code, Case.state, Case.opened_at, Case.organisation_id,
)  # fmt: skip
Moments = Mapping[str, tuple[datetime, datetime]]  # first and last time of each kind of event


class _File(NamedTuple):
    """The clear columns of a file that count: plain values, since a county has thousands of files."""

    case_id: UUID
    code_name: str
    village_code: str
    state: str
    opened_at: datetime
    organisation_id: UUID | None


def of(
    session: Session, district: str, wanted: ColumnElement[bool], now: datetime
) -> tuple[list[tuple[Line, str]], int]:
    """Each case that fits this condition on `Case`, as a line with its code name; and of how many of them something is
    not in its line, because it is damaged.
    """
    asked = select(*_COLUMNS).where(Case.district == district, wanted).order_by(Case.case_id)
    cases: dict[UUID, _File] = {row[0]: _File(*row) for row in session.execute(asked)}
    clear = _Clear(session, district, names_for_files(session, district, day_of(now)))
    lines, unread = [], 0
    for case_id, told in tallies.each(session, district, list(cases)):
        lines.append((_line(cases[case_id], told, clear, now), cases[case_id].code_name))
        unread += "unread" in told
    return lines, unread


def township(names: Mapping[str, str], code: str) -> str:
    return names.get(code) or names.get(code.ljust(12, "0")) or code


class _Clear:
    """What the clear columns of the cases of a district say, asked for at once."""

    def __init__(self, session: Session, district: str, regions: dict[str, str]) -> None:
        self.regions = regions
        self.answer_by = cache(_answer_by)
        self.events: dict[UUID, dict[str, tuple[datetime, datetime]]] = defaultdict(dict)
        events = (
            select(CaseEvent.case_id, CaseEvent.kind, func.min(CaseEvent.at), func.max(CaseEvent.at))
            .where(CaseEvent.district == district, CaseEvent.kind.in_(_FIRST))
            .group_by(CaseEvent.case_id, CaseEvent.kind)
        )
        for case_id, kind, first, last in session.execute(events):
            self.events[case_id][kind] = (first, last)
        self.programmes = tuple(rhythms.of(session, district).values())
        self.follow_ups: dict[UUID, Clear] = defaultdict(Clear)
        for case_id, visit in _planned(session, district):
            self.follow_ups[case_id].planned.append(visit)
        for case_id, stretch in _in_village(session, district):
            self.follow_ups[case_id].in_village.append(stretch)
        houses = select(Organisation.organisation_id, Organisation.name).where(Organisation.district == district)
        self.houses: dict[UUID, str] = {row[0]: row[1] for row in session.execute(houses)}
        # What left the house before the file told of it.
        sent = (
            select(Letter.case_id, func.min(Letter.sent_at))
            .where(Letter.district == district, Letter.kind == Kind.TRANSFER, Letter.sent_at.is_not(None))
            .group_by(Letter.case_id)
        )
        self.letters: dict[UUID, date] = {
            case_id: day_of(at) for case_id, at in session.execute(sent) if at is not None
        }
        listed = select(CampaignHousehold.case_id).where(
            CampaignHousehold.district == district, CampaignHousehold.opened_here.is_(True)
        )
        self.listed = set(session.scalars(listed))


def _answer_by(came_on: date) -> datetime:
    """When a lead that came on a day has to be answered; a report counts this once for all leads of the day."""
    due = calendar.published().due(datetime.combine(came_on, time(), CHINA), _IN_TIME)
    assert due is not None  # nothing makes this clock stand still
    return due.at


def _planned(session: Session, district: str) -> Iterable[tuple[UUID, PlannedVisit]]:
    rows = session.execute(
        select(Visit.case_id, Visit.visit_id, Visit.purpose, Visit.due_on, Visit.planned_on).where(
            Visit.district == district, Visit.purpose.in_(_FORM_OF), Visit.state != "cancelled"
        )
    )
    for case_id, visit_id, purpose, due_on, planned_on in rows:
        due = due_on or planned_on
        if due is not None:
            yield case_id, PlannedVisit(_FORM_OF[VisitPurpose(purpose)], str(visit_id), due)


def _in_village(session: Session, district: str) -> Iterable[tuple[UUID, Stretch]]:
    rows = session.execute(
        select(Assignment.case_id, Assignment.started_at, Assignment.ended_at).where(
            Assignment.district == district, Assignment.team_role == TeamRole.VILLAGE
        )
    )
    for case_id, since, until in rows:
        yield case_id, Stretch(since, until)


def _follow_ups(case: _File, told: Mapping[str, Any], clear: _Clear, now: datetime) -> tuple[FollowUp, ...]:
    """None of a family that was erased, or of which something does not open: nobody can say who was seen."""
    if "seen" not in told:
        return ()
    seen = clear.follow_ups.get(case.case_id) or Clear()
    if told["begun"] is None and not seen.planned:
        return ()
    history = tally_dates.history_of(told, seen, case.opened_at, rests=case.state in RESTING)
    return tuple(dates_of(history, day_of(now), calendar.published(), clear.programmes))


def _line(case: _File, told: Mapping[str, Any], clear: _Clear, now: datetime) -> Line:
    moments: Moments = clear.events[case.case_id]
    first = {kind: day_of(at) for kind, (at, _) in moments.items()}
    reliefs = tuple(_relief(one) for one in told.get("reliefs", ()))
    decided = [one.on for one in reliefs if one.result not in ("", "pending")]
    approved = told.get("approved", {})
    opened = day_of(case.opened_at)
    came = moments.get(Happened.LEAD_RECEIVED)
    reported = moments.get(Happened.REPORTED)
    return Line(
        case_id=str(case.case_id),
        region=township(clear.regions, case.village_code[:TOWNSHIP_DIGITS]),
        # A household of a round became a case on the day somebody made one of it.
        received_on=first.get(Happened.REOPENED, opened) if case.case_id in clear.listed else opened,
        channel=told.get("channel"),
        outcome=told.get("triage") or _outcome(moments),
        answered_in_time=_answered_in_time(moments, clear),
        visited_on=_day(told.get("visited")) or first.get(Happened.VISITED),
        approved_on=first.get(Happened.APPROVED) or _day(approved.get("F2")),
        letter_on=first.get(Happened.LETTER_SENT) or clear.letters.get(case.case_id),
        decided_on=min(decided, default=first.get(Happened.DECIDED)),
        feedback_on=_day(told.get("fed_back")) or first.get(Happened.FEEDBACK_GIVEN),
        closed_on=_closed(moments, _day(approved.get("F9"))),
        case_type=told.get("type"),
        stage=told.get("stage"),
        band=told.get("band"),
        categories=frozenset(told.get("categories", ())),
        flags=frozenset(told.get("flags", ())),
        persons=tuple(Helped(*one) for one in told.get("persons", ())),
        measures=tuple(_help(one) for one in told.get("measures", ())),
        reliefs=tuple(one for one in reliefs if one.result),
        follow_ups=_follow_ups(case, told, clear, now),
        told=tuple(
            Said3(on, one["view"], one["again"]) for one in told.get("said", ()) if (on := _day(one["on"])) is not None
        ),
        organisation=None if case.organisation_id is None else clear.houses.get(case.organisation_id),
        closing=told.get("closing"),
        found_at=_moment(told.get("found")) or (None if came is None else came[0].astimezone(CHINA)),
        reported_at=_moment(told.get("reported")) or (None if reported is None else reported[0].astimezone(CHINA)),
        actions=tuple(
            LegalAction(one["kind"], on)
            for one in told.get("actions", ())
            if one["kind"] and (on := _day(one["on"])) is not None
        ),
        promises=tuple(
            Promise(on, one["kept"]) for one in told.get("promises", ()) if (on := _day(one["on"])) is not None
        ),
        needs=tuple(Need(on, one["open"]) for one in told.get("needs", ()) if (on := _day(one["on"])) is not None),
        held=None if told.get("held_fen") is None else Decimal(told["held_fen"]) / 100,
        late=tuple(tally_dates.late_of(told, now, rests=case.state in RESTING)) if "limits" in told else (),
    )


def _outcome(moments: Moments) -> str | None:
    answers: Sequence[tuple[datetime, str]] = sorted((moments[kind][0], kind) for kind in _ANSWERS if kind in moments)
    return _OUTCOMES.get(Happened(answers[0][1]), answers[0][1]) if answers else None


def _answered_in_time(moments: Moments, clear: _Clear) -> bool | None:
    came = moments.get(Happened.LEAD_RECEIVED)
    if came is None:
        return None
    answered = min((moments[kind][0] for kind in _ANSWERS if kind in moments), default=None)
    return answered is not None and answered < clear.answer_by(day_of(came[0]))


def _closed(moments: Moments, approved: date | None) -> date | None:
    """The day it was closed for good; None where it was opened again."""
    closed, reopened = moments.get(Happened.CLOSED), moments.get(Happened.REOPENED)
    if reopened is not None and (closed is None or reopened[1] >= closed[1]):
        return None
    return day_of(closed[1]) if closed is not None else approved


def _help(told: Mapping[str, Any]) -> Help:
    on = _day(told["on"])
    assert on is not None  # the day of its approval, where its report names none
    return Help(str(told["type"]), told["by"], told["status"], _yuan(told["amount"]), on, frozenset(told["for"]))


def _relief(told: Mapping[str, Any]) -> Relief:
    on = _day(told["on"])
    assert on is not None
    return Relief(told["result"] or "", _yuan(told["amount"]), on, told["organs"], told["green"])


def _moment(value: Any) -> datetime | None:
    """A moment as a form has it, in China; None for a day alone."""
    try:
        at = datetime.fromisoformat(str(value)) if value and len(str(value)) > len("2026-01-01") else None
    except ValueError:
        return None
    if at is None:
        return None
    if not 1900 <= at.year <= 9000:
        return None  # beyond that no other zone could say it
    return at.replace(tzinfo=CHINA) if at.tzinfo is None else at.astimezone(CHINA)


def _day(value: Any) -> date | None:
    """A day as a form has it; the day in China of a moment with a zone."""
    if value is None:
        return None
    at = _moment(value)
    if at is not None:
        return day_of(at)
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def _yuan(value: Any) -> Decimal | None:
    try:
        return Decimal(str(value)) if isinstance(value, (str, int, float)) and value != "" else None
    except InvalidOperation:
        return None
