"""The cases of a supervisor as lines for statistics: without a name, from approved reports, events and clear columns.

What a report says is read as it was written; which question applied was settled when it was approved. A family whose
file is kept by law alone is not counted, and of an erased one only its clear columns.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from fieldapp.actions import screenings
from fieldapp.actions.findings import body_of
from fieldapp.casework import calendar
from fieldapp.casework.happened import Happened
from fieldapp.casework.screening.results import Status
from fieldapp.casework.statistics import FollowUp, Help, Line, Period, Relief, Report, Said3, count
from fieldapp.casework.statistics import Person as Helped
from fieldapp.crypto.rest import RestError
from fieldapp.days import day_of
from fieldapp.errors import Problem
from fieldapp.models import audit, bodies, scope
from fieldapp.models.accounts import Acting, Organisation, Person, Role
from fieldapp.models.case_events import CaseEvent
from fieldapp.models.cases import Case, Visit, VisitPurpose
from fieldapp.models.records import Record, Revision, State
from fieldapp.models.regions import names_for_files

FORMS = ("F1", "F2", "F3", "F4", "F4R", "F7", "F9")
DAYS_MAX = 3660  # of one period
TOWNSHIP_DIGITS = 9
# Why an export was made; the audit keeps which.
REASONS = ("report_above", "meeting", "planning", "inspection", "research")
_ANSWERS = (Happened.TRIAGED, Happened.REFERRED, Happened.ANSWERED, Happened.DUPLICATE, Happened.INVALID)
_FOLLOW_UPS = (VisitPurpose.FOLLOW_UP, VisitPurpose.VILLAGE_FOLLOW_UP)
_IN_TIME = calendar.Length(1, calendar.Unit.WORKING_DAY)

log = structlog.get_logger()


@dataclass(frozen=True)
class Asked:
    """What the page was asked: a period, and of what; empty strings and None for everything of hers."""

    period: Period
    region: str = ""
    programme: str = ""
    organisation_id: UUID | None = None


@dataclass(frozen=True)
class Counted:
    """The report, and the code names of the cases behind it by id."""

    report: Report
    names: dict[str, str]


@dataclass(frozen=True)
class Choices:
    """What can be chosen: townships (code, name), programmes, organisations (id, name) of her cases."""

    regions: list[tuple[str, str]]
    programmes: list[str]
    organisations: list[tuple[UUID, str]]


def asked(since: str, until: str, region: str, programme: str, organisation: str, today: date) -> Asked:
    """What a form says; this year up to today where it says no days. Raises `request_malformed`."""
    try:
        period = Period(
            date.fromisoformat(since) if since else date(today.year, 1, 1),
            date.fromisoformat(until) if until else today,
        )
        organisation_id = UUID(organisation) if organisation else None
    except ValueError as error:
        raise Problem("request_malformed") from error
    if (period.until - period.since) > timedelta(days=DAYS_MAX):
        raise Problem("request_malformed")
    return Asked(period, region if region.isdigit() else "", programme[:100], organisation_id)


def read(session: Session, acting: Acting, asked: Asked, now: datetime) -> Counted:
    """The figures of her cases, with a row of audit: who counts opens what was reported."""
    counted = _counted(session, acting, asked, now)
    audit.note_read(session, acting, "read_statistics", {**_named(asked), "cases": len(counted.names)}, now)
    return counted


def export(session: Session, acting: Acting, asked: Asked, reason: str, kind: str, now: datetime) -> Counted:
    """The same to be taken along, with its reason in the audit; what has to be hidden is hidden by who writes the file
    (casework/statistics_cells.py). Raises `export_needs_reason`.
    """
    if reason not in REASONS:
        raise Problem("export_needs_reason")
    counted = _counted(session, acting, asked, now)
    about: dict[str, object] = {**_named(asked), "cases": len(counted.names), "reason": reason, "file": kind}
    audit.write(
        session, district=acting.district, actor_id=acting.person_id, act="export_statistics", about=about, at=now
    )
    return counted


def choices_of(session: Session, acting: Acting, today: date) -> Choices:
    """What she can narrow the figures down to."""
    mine = _mine(acting)
    names = names_for_files(session, acting.district, today)
    villages = session.scalars(select(Case.village_code).where(*mine).distinct())
    townships = sorted({code[:TOWNSHIP_DIGITS] for code in villages})
    programmes = session.scalars(select(Case.programme).where(*mine, Case.programme.is_not(None)).distinct())
    organisations = session.execute(
        select(Organisation.organisation_id, Organisation.name)
        .where(
            Organisation.district == acting.district,
            exists().where(
                Person.district == Organisation.district,
                Person.organisation_id == Organisation.organisation_id,
                Case.opened_by == Person.person_id,
                *mine,
            ),
        )
        .order_by(Organisation.name)
    )
    return Choices(
        [(code, _township(names, code)) for code in townships],
        sorted(name for name in programmes if name),
        [(row[0], row[1]) for row in organisations],
    )


def _township(names: dict[str, str], code: str) -> str:
    return names.get(code) or names.get(code.ljust(12, "0")) or code


def _named(asked: Asked) -> dict[str, object]:
    named: dict[str, object] = {"since": asked.period.since.isoformat(), "until": asked.period.until.isoformat()}
    if asked.region:
        named["region"] = asked.region
    if asked.organisation_id is not None:
        named["organisation"] = str(asked.organisation_id)
    return named


def _mine(acting: Acting) -> tuple[Any, ...]:
    """Conditions on `Case`: the files of the regions she supervises; those kept by law alone are in nobody's scope."""
    regions = acting.regions(Role.SUPERVISOR)
    inside = or_(*(Case.village_code.startswith(code, autoescape=True) for code in regions)) if regions else False
    return (
        Case.district == acting.district,
        scope.files_of(acting),
        inside,
    )


def _counted(session: Session, acting: Acting, asked: Asked, now: datetime) -> Counted:
    wanted = select(Case).where(*_mine(acting))
    if asked.region:
        wanted = wanted.where(Case.village_code.startswith(asked.region, autoescape=True))
    if asked.programme:
        wanted = wanted.where(Case.programme == asked.programme)
    if asked.organisation_id is not None:
        of_house = select(Person.person_id).where(
            Person.district == acting.district, Person.organisation_id == asked.organisation_id
        )
        wanted = wanted.where(Case.opened_by.in_(of_house))
    cases = list(session.scalars(wanted.order_by(Case.case_id)))
    lines = _Lines(session, acting.district, cases, names_for_files(session, acting.district, day_of(now)))
    report = count((lines.of(case) for case in cases), asked.period, day_of(now))
    return Counted(report, {str(case.case_id): case.code_name for case in cases})


class _Lines:
    """What is known of many cases, asked for at once."""

    def __init__(self, session: Session, district: str, cases: Sequence[Case], regions: dict[str, str]) -> None:
        self._session, self._regions = session, regions
        ids = [case.case_id for case in cases]
        bodies.load_case_keys(session, district, ids)
        self._events: dict[UUID, list[CaseEvent]] = defaultdict(list)
        for event in session.scalars(
            select(CaseEvent)
            .where(CaseEvent.district == district, CaseEvent.case_id.in_(ids))
            .order_by(CaseEvent.at, CaseEvent.event_id)
        ):
            self._events[event.case_id].append(event)
        self._reports: dict[UUID, list[tuple[Record, Revision]]] = defaultdict(list)
        rows = session.execute(
            select(Record, Revision)
            .join(Revision, (Revision.district == Record.district) & (Revision.revision_id == Record.head_revision_id))
            .where(
                Record.district == district,
                Record.case_id.in_(ids),
                Record.form.in_(FORMS),
                Record.state == State.APPROVED,
            )
            .order_by(Record.record_id)
        )
        for record, head in rows:
            self._reports[record.case_id].append((record, head))
        self._visits: dict[UUID, list[FollowUp]] = defaultdict(list)
        for case_id, follow_up in _follow_ups(session, district, ids):
            self._visits[case_id].append(follow_up)

    def of(self, case: Case) -> Line:
        try:
            told = [(record, self._answers(head)) for record, head in self._reports[case.case_id]]
            screening = screenings.newest_results(self._session, case)
        except Problem:  # the family was erased: its clear columns alone are left
            told, screening = [], None
        on = self._first_days(case.case_id)
        lead, home = _merged(told, "F1", "lead"), _merged(told, "F2", "case")
        reliefs = [_relief(record, answers.get("relief") or {}) for record, answers in told if record.form == "F4R"]
        decided = [one.on for one in reliefs if one.result not in ("", "pending")]
        met = (Status.MET, Status.PROVISIONAL)
        return Line(
            case_id=str(case.case_id),
            region=_township(self._regions, case.village_code[:TOWNSHIP_DIGITS]),
            received_on=day_of(case.opened_at),
            channel=_code(lead.get("channel")),
            outcome=_code(lead.get("triage")) or self._outcome(case.case_id),
            answered_in_time=self._answered_in_time(case.case_id),
            visited_on=_first(told, "F2", _visited) or on.get(Happened.VISITED),
            approved_on=on.get(Happened.APPROVED) or _first(told, "F2", lambda record, _: day_of(record.state_at)),
            letter_on=on.get(Happened.LETTER_SENT) or _first(told, "F4", lambda record, _: day_of(record.state_at)),
            decided_on=min(decided, default=on.get(Happened.DECIDED)),
            feedback_on=_first(told, "F4R", _fed_back) or on.get(Happened.FEEDBACK_GIVEN),
            closed_on=self._closed(case.case_id, told),
            case_type=_code(home.get("type")),
            stage=_code(home.get("stage")),
            band=None if screening is None or screening.band is None else screening.band.band,
            categories=frozenset()
            if screening is None
            else frozenset(one.code for one in screening.categories if one.status in met),
            flags=frozenset() if screening is None else frozenset(one.code for one in screening.flags),
            persons=_persons(told),
            measures=tuple(_help(record, answers["ms"]) for record, answers in told if _is_measure(record, answers)),
            reliefs=tuple(one for one in reliefs if one.result),
            follow_ups=tuple(self._visits[case.case_id]),
            told=tuple(_said(record, answers) for record, answers in told if record.form == "F3"),
        )

    def _answers(self, head: Revision) -> dict[str, Any]:
        try:
            answers = body_of(self._session, head).get("answers")
        except RestError as error:
            log.error("not_counted", what=str(error), revision=str(head.revision_id))
            return {}
        return answers if isinstance(answers, dict) else {}

    def _first_days(self, case_id: UUID) -> dict[str, date]:
        days: dict[str, date] = {}
        for event in self._events[case_id]:
            days.setdefault(event.kind, day_of(event.at))
        return days

    def _outcome(self, case_id: UUID) -> str | None:
        # In the words of F1, whichever way it was said.
        said = {"triaged": "visit", "referred": "refer", "answered": "answer"}
        kinds = [event.kind for event in self._events[case_id] if event.kind in _ANSWERS]
        return said.get(kinds[0], kinds[0]) if kinds else None

    def _answered_in_time(self, case_id: UUID) -> bool | None:
        events = self._events[case_id]
        came = next((event.at for event in events if event.kind == Happened.LEAD_RECEIVED), None)
        answered = next((event.at for event in events if event.kind in _ANSWERS), None)
        if came is None or answered is None:
            return None
        due = calendar.published().due(came, _IN_TIME)
        return due is not None and answered < due.at

    def _closed(self, case_id: UUID, told: list[tuple[Record, dict[str, Any]]]) -> date | None:
        last = [event for event in self._events[case_id] if event.kind in (Happened.CLOSED, Happened.REOPENED)][-1:]
        if last:
            return day_of(last[0].at) if last[0].kind == Happened.CLOSED else None
        return _first(told, "F9", lambda record, _: day_of(record.state_at))


def _follow_ups(session: Session, district: str, ids: list[UUID]) -> Iterable[tuple[UUID, FollowUp]]:
    visits = session.scalars(
        select(Visit).where(
            Visit.district == district,
            Visit.case_id.in_(ids),
            Visit.purpose.in_(_FOLLOW_UPS),
            Visit.state != "cancelled",
        )
    ).all()
    reports = session.execute(
        select(Record.visit_id, Record.submitted_at)
        .where(Record.district == district, Record.case_id.in_(ids), Record.submitted_at.is_not(None))
        .order_by(Record.submitted_at.desc())
    )
    handed_in = {row.visit_id: row.submitted_at for row in reports}  # the first of each visit stands last
    for visit in visits:
        due, done = visit.due_on or visit.planned_on, handed_in.get(visit.visit_id)
        if due is not None:
            yield visit.case_id, FollowUp(due, None if done is None else day_of(done))


def _merged(told: list[tuple[Record, dict[str, Any]]], form: str, group: str) -> dict[str, Any]:
    """The newest answers of a group, over all reports of a form."""
    found: dict[str, Any] = {}
    for record, answers in told:
        rows = answers.get(group)
        if record.form == form and isinstance(rows, dict):
            found |= {name: value for name, value in rows.items() if value not in (None, "")}
    return found


def _first(told: list[tuple[Record, dict[str, Any]]], form: str, day: Any) -> date | None:
    days = [day(record, answers) for record, answers in told if record.form == form]
    return min((one for one in days if one is not None), default=None)


def _visited(record: Record, answers: dict[str, Any]) -> date | None:
    visit = answers.get("visit")
    return _day(visit.get("at")) if isinstance(visit, dict) else None


def _fed_back(record: Record, answers: dict[str, Any]) -> date | None:
    relief = answers.get("relief")
    return _day(relief.get("feedback_at")) if isinstance(relief, dict) else None


def _persons(told: list[tuple[Record, dict[str, Any]]]) -> tuple[Helped, ...]:
    found: dict[str, Helped] = {}
    for record, answers in told:
        rows = answers.get("members") if record.form == "F2" else None
        for row in rows if isinstance(rows, list) else ():
            key = str(row.get("person_id") or row.get("_id"))
            if row.get("assisted") == "yes":
                found[key] = Helped(_code(row.get("sex")), _code(row.get("birth_ym")))
            elif row.get("assisted") == "no":
                found.pop(key, None)
    return tuple(found.values())


def _is_measure(record: Record, answers: dict[str, Any]) -> bool:
    rows = answers.get("ms")
    return record.form == "F7" and isinstance(rows, dict) and _code(rows.get("type")) is not None


def _help(record: Record, rows: dict[str, Any]) -> Help:
    days = (_day(rows.get(name)) for name in ("started_on", "decided_on", "applied_on"))
    on = next((day for day in days if day is not None), day_of(record.state_at))
    return Help(str(rows["type"]), _code(rows.get("by")), str(rows.get("status") or ""), _yuan(rows.get("amount")), on)


def _relief(record: Record, rows: dict[str, Any]) -> Relief:
    organs = rows.get("organs")
    return Relief(
        _code(rows.get("result")) or "",
        _yuan(rows.get("amount")),
        _day(rows.get("decided_on")) or day_of(record.state_at),
        len(organs) if isinstance(organs, list) else 0,
        rows.get("green_channel") == "yes",
    )


def _said(record: Record, answers: dict[str, Any]) -> Said3:
    fu, aid, private = (answers.get(name) or {} for name in ("fu", "aid", "private"))
    on = _day(fu.get("visited_at")) or day_of(record.state_at)
    return Said3(on, _code(aid.get("satisfaction")), _code(private.get("new_violence")))


def _code(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def _yuan(value: Any) -> Decimal | None:
    try:
        return Decimal(str(value)) if isinstance(value, (str, int, float)) and value != "" else None
    except InvalidOperation:
        return None
