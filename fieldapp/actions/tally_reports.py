"""What counts of a family for statistics, read off its approved reports, its newest screening, the steps of its
measures and its ledger, as plain values without a name. tallies.py keeps them; what follow-ups and limits go by is read
in tally_dates.py.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from hashlib import sha256
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from fieldapp.actions import case_events, notices, screenings, tally_dates
from fieldapp.actions.case_answers import Head
from fieldapp.actions.clock_settings import Own, own_of
from fieldapp.actions.findings import body_of
from fieldapp.casework import custody
from fieldapp.casework.clocks import Event
from fieldapp.casework.measures import came_of_needs
from fieldapp.casework.roads import could_not_visit
from fieldapp.casework.screening.results import Status
from fieldapp.casework.statistics import ACCEPTED
from fieldapp.casework.statistics_lines import SEVERAL
from fieldapp.crypto.rest import RestError
from fieldapp.errors import Problem
from fieldapp.models import bodies, funds
from fieldapp.models.cases import Case
from fieldapp.models.measures import MeasureMove
from fieldapp.models.records import Record, Revision, State

FORMS = ("F1", "F2", "F3", "F4", "F4R", "F7", "F8", "F9")
IS_READ = or_(
    Record.form.in_(FORMS) & (Record.state == State.APPROVED),
    Record.form.in_(tally_dates.READ) & Record.state.not_in((State.DRAFT, State.VOID)),
)
# What came of a need when the case was closed, after which it is no longer open (list `need_result` of F9).
_ENDED_NEEDS = ("met", "ended", "declined")
Told = dict[str, Any]
# Of a family whose key, or whose steps, ledger or screening, are damaged. Where no more than a report or a notice is,
# it stands beside what the others say.
UNREAD: Told = {"unread": True}

log = structlog.get_logger()


def read(session: Session, district: str, case_ids: Sequence[UUID]) -> dict[UUID, Told]:
    """What counts of these families; an empty one where the family was erased."""
    if not case_ids:
        return {}
    cases = session.scalars(select(Case).where(Case.district == district, Case.case_id.in_(case_ids))).all()
    rows = session.execute(
        select(Record, Revision)
        .join(Revision, (Revision.district == Record.district) & (Revision.revision_id == Record.head_revision_id))
        .where(
            Record.district == district,
            Record.case_id.in_(case_ids),
            IS_READ,
        )
        .order_by(Record.created_at, Record.record_id)
    )
    reports: dict[UUID, list[tuple[Record, Revision]]] = defaultdict(list)
    for record, head in rows:
        reports[record.case_id].append((record, head))
    steps: dict[UUID, list[MeasureMove]] = defaultdict(list)
    moves = select(MeasureMove).where(MeasureMove.district == district, MeasureMove.case_id.in_(case_ids))
    for move in session.scalars(moves.order_by(MeasureMove.number, MeasureMove.move_id)):
        steps[move.case_id].append(move)
    events, own = case_events.events_of_many(session, district, case_ids), own_of(session, district)
    return {
        case.case_id: _of_case(session, case, reports[case.case_id], steps[case.case_id], events[case.case_id], own)
        for case in cases
    }


def _of_case(
    session: Session,
    case: Case,
    reports: Iterable[tuple[Record, Revision]],
    steps: Sequence[MeasureMove],
    events: Sequence[Event],
    own: Own,
) -> Told:
    try:
        bodies.check_case_key(session, case.district, case.case_id)
        opened = [(record, revision, _answers(session, revision)) for record, revision in reports]
        approved = [(record, told) for record, _, told in opened if record.state == State.APPROVED]
        counted = [(record, told) for record, told in approved if record.form in FORMS]
        heads = [Head(record, revision, told or {}) for record, revision, told in opened]
        unread = UNREAD if any(told is None for _, _, told in opened) else {}
        dates = tally_dates.of_reports(session, case, heads, events, own)
        return {**unread, **_told(session, case, counted, steps), **dates}
    except Problem:  # the family was erased
        return {}
    except RestError as error:  # a step, a line of the ledger or a screening: the others are counted all the same
        log.error("not_counted", what=str(error), case=str(case.case_id))
        return UNREAD


def _told(
    session: Session,
    case: Case,
    opened: Sequence[tuple[Record, Mapping[str, Any] | None]],
    steps: Sequence[MeasureMove],
) -> Told:
    # Nobody was seen on a visit that could not be made: it is none here.
    told = [
        (record, answers or {})
        for record, answers in opened
        if record.form != "F2" or not could_not_visit(answers or {})
    ]
    screening = screenings.newest_results(session, case)
    lead, report, home, closure = (
        _merged(told, form, group) for form, group in (("F1", "lead"), ("F1", "mr"), ("F2", "case"), ("F9", "cl"))
    )
    channel, is_unread = _code(lead.get("channel")), any(answers is None for _, answers in opened)
    if channel is None:
        channel, is_lost = _noticed(session, case)
        is_unread = is_unread or is_lost
    known = _by_name(told, str(case.subject_id))
    measures = [
        {**_measure(session, record, answers["ms"], steps), "for": _for_whom(answers, known)}
        for record, answers in told
        if _is_measure(record, answers)
    ]
    return {
        **(UNREAD if is_unread else {}),
        "channel": channel,
        "triage": _code(lead.get("triage")),
        "found": _text(lead.get("received_at")),
        "reported": _text(report.get("reported_at")),
        "visited": _days(told, "F2", "visit", "at"),
        "fed_back": _days(told, "F4R", "relief", "feedback_at"),
        "approved": {form: _approved(told, form) for form in ("F2", "F4", "F9")},
        "type": _code(home.get("type")),
        "stage": _code(home.get("stage")),
        "closing": _code(closure.get("reason")),
        "band": None if screening is None or screening.band is None else screening.band.band,
        "categories": []
        if screening is None
        else [one.code for one in screening.categories if one.status in (Status.MET, Status.PROVISIONAL)],
        "flags": [] if screening is None else [one.code for one in screening.flags],
        "persons": _persons(told),
        "measures": measures,
        "reliefs": [_relief(record, _group(answers, "relief")) for record, answers in told if record.form == "F4R"],
        "said": [one for record, answers in told for one in _views(record, answers)],
        "actions": [_action(row) for row in _rows(home.get("legal_actions"))],
        "promises": [
            _promise(record, _group(answers, "mt"), row, measures)
            for record, answers in told
            if record.form == "F8"
            for row in _rows(_group(answers, "mt").get("decisions"))
        ],
        "needs": _needs(told, measures),
        "held_fen": _held(session, case),
    }


def _noticed(session: Session, case: Case) -> tuple[str | None, bool]:
    """The way by which the procuratorate told of a case of its own, which no intake note was written for; and whether
    that is damaged.
    """
    came, unread = notices.told_and_unread(session, case.district, [case.case_id])
    return notices.channel_of(came.get(case.case_id)), case.case_id in unread


def _answers(session: Session, head: Revision) -> Mapping[str, Any] | None:
    """What a report says; None where it does not open."""
    try:
        answers = body_of(session, head).get("answers")
    except RestError as error:
        log.error("not_counted", what=str(error), revision=str(head.revision_id))
        return None
    return answers if isinstance(answers, dict) else {}


def _merged(told: Iterable[tuple[Record, Mapping[str, Any]]], form: str, group: str) -> dict[str, Any]:
    """The newest answers of a group, over all reports of a form."""
    found: dict[str, Any] = {}
    for record, answers in told:
        if record.form == form:
            found |= {name: value for name, value in _group(answers, group).items() if value not in (None, "")}
    return found


def _days(told: Iterable[tuple[Record, Mapping[str, Any]]], form: str, group: str, name: str) -> str | None:
    days = [_on(_group(answers, group).get(name)) for record, answers in told if record.form == form]
    return min((day for day in days if day), default=None)


def _approved(told: Iterable[tuple[Record, Mapping[str, Any]]], form: str) -> str | None:
    return min((record.state_at.isoformat() for record, _ in told if record.form == form), default=None)


def _persons(told: Iterable[tuple[Record, Mapping[str, Any]]]) -> list[list[str | None]]:
    found: dict[str, list[str | None]] = {}
    for record, answers in told:
        for row in _rows(answers.get("members")) if record.form == "F2" else ():
            key = str(row.get("person_id") or row.get("_id"))
            if row.get("assisted") == "yes":
                found[key] = [_code(row.get("sex")), _code(row.get("birth_ym"))]
            elif row.get("assisted") == "no":
                found.pop(key, None)
    return list(found.values())


def _is_measure(record: Record, answers: Mapping[str, Any]) -> bool:
    return record.form == "F7" and _code(_group(answers, "ms").get("type")) is not None


def _measure(session: Session, record: Record, rows: Mapping[str, Any], steps: Iterable[MeasureMove]) -> Told:
    """A measure as it stands: what its report said, and the last step beside it."""
    status = str(rows.get("status") or "")
    for step in steps:
        if step.record_id == record.record_id:
            key = (step.district, step.move_id)
            place = (step.district, step.case_id, "measure_move", "sealed_move", key)
            status = str(json.loads(bodies.open_for_case(session, *place, step.sealed_move))["status"])
    days = (_on(rows.get(name)) for name in ("started_on", "decided_on", "applied_on"))
    return {
        "id": str(record.record_id),
        "type": rows["type"],
        "by": _given_by(rows.get("providers")),
        "status": status,
        "amount": rows.get("amount"),
        "on": next((day for day in days if day), record.state_at.isoformat()),
        "need": _code(rows.get("need_id")),
        "meeting": _code(rows.get("meeting_id")),
    }


def _by_name(told: Sequence[tuple[Record, Mapping[str, Any]]], subject_id: str) -> dict[str, str]:
    """One key for each name in the measures of a family. Each row that somebody adds brings an id of its own, for a
    child already named elsewhere too: in one family the name says who it is. Her own id, from the file, goes first.
    """
    rows = [row for _, answers in told for row in _rows(_group(answers, "ms").get("beneficiaries"))]
    named = [(_named(row), str(row["person_id"])) for row in rows if row.get("person_id")]
    known: dict[str, str] = {}
    for name, person_id in sorted(named, key=lambda one: one[1] != subject_id):
        known.setdefault(name, person_id)
    return known


def _for_whom(answers: Mapping[str, Any], known: Mapping[str, str]) -> list[str]:
    """The persons it is for, each by one key in her family, taken from the file or typed in; no name."""
    keys: list[str] = []
    for row in _rows(_group(answers, "ms").get("beneficiaries")):
        if not (row.get("person_id") or row.get("name")):
            continue
        keys.append(known.get(_named(row)) or sha256(_named(row).encode()).hexdigest()[:16])
    # Two of one name in one measure are two.
    return sorted(f"{key}/{number}" for key, often in Counter(keys).items() for number in range(often))


def _named(row: Mapping[str, Any]) -> str:
    return "".join(str(row.get("name") or row.get("person_id")).split())


def _given_by(providers: Any) -> str | None:
    """The one that gives it, or that several do: each measure is counted once."""
    codes = [code for code in providers if isinstance(code, str)] if isinstance(providers, list) else []
    return SEVERAL if len(codes) > 1 else next(iter(codes), None)


def _relief(record: Record, rows: Mapping[str, Any]) -> Told:
    return {
        "result": _code(rows.get("result")),
        "amount": rows.get("amount"),
        "on": _on(rows.get("decided_on")) or record.state_at.isoformat(),
        "organs": len(_rows(rows.get("organs"))),
        "green": rows.get("green_channel") == "yes",
    }


def _views(record: Record, answers: Mapping[str, Any]) -> Iterable[Told]:
    """What somebody said of the help, at a follow-up or when the case was closed."""
    if record.form == "F3":
        on = _on(_group(answers, "fu").get("visited_at")) or record.state_at.isoformat()
        satisfaction = _code(_group(answers, "aid").get("satisfaction"))
        yield {"on": on, "view": satisfaction, "again": _code(_group(answers, "private").get("new_violence"))}
    elif record.form == "F9":
        view = _code(_group(answers, "cl").get("subject_view"))
        yield {"on": record.state_at.isoformat(), "view": view, "again": None}


def _action(row: Mapping[str, Any]) -> Told:
    return {"kind": _code(row.get("kind")), "on": _text(row.get("on"))}


def _promise(record: Record, meeting: Mapping[str, Any], row: Mapping[str, Any], measures: Iterable[Told]) -> Told:
    """Kept where the measure it follows up, or the one that was made of it, is done."""
    own = f"{record.record_id}/{row.get('_id')}"
    named = {_code(row.get("measure_id")) or own, own}  # a measure of no meeting keeps no promise
    is_kept = any(
        one["status"] in ("done", "ended") for one in measures if one["id"] in named or one["meeting"] in named
    )
    day = _on(row.get("due")) or _on(meeting.get("at")) or record.state_at.isoformat()
    return {"on": day, "kept": is_kept}


def _needs(told: Iterable[tuple[Record, Mapping[str, Any]]], measures: Sequence[Told]) -> list[Told]:
    """What she needs: of the newest investigation, and what each follow-up added; open until a measure for it is
    granted, or the newest closure that names it says that it is met or wanted no more.
    """
    answered = {one["need"] for one in measures if one["status"] in ACCEPTED}
    closures = [_group(answers, "cl") for record, answers in told if record.form == "F9"]
    results = came_of_needs(row for closure in closures for row in _rows(closure.get("needs_answered")))
    answered |= {need_id for need_id, result in results.items() if result in _ENDED_NEEDS}
    wanted: list[Told] = []
    added: list[Told] = []
    for record, answers in told:
        if record.form == "F2":
            day = _on(_group(answers, "visit").get("at")) or record.state_at.isoformat()
            wanted = [_need(day, row, answered) for row in _rows(_group(answers, "needs").get("wanted"))]
        elif record.form == "F3":
            day = _on(_group(answers, "fu").get("visited_at")) or record.state_at.isoformat()
            added += [_need(day, row, answered) for row in _rows(_group(answers, "aid").get("new_needs"))]
    return wanted + added


def _need(day: str, row: Mapping[str, Any], answered: set[str | None]) -> Told:
    return {"on": day, "open": row.get("_id") not in answered}


def _held(session: Session, case: Case) -> int | None:
    """What the ledger says is left, in fen; None where there is none."""
    rows = funds.lines_of(session, case.district, case.case_id)
    lines = []
    for row in rows:
        key = (row.district, row.case_id, row.line_id)
        place = (row.district, row.case_id, "fund_line", "sealed_details", key)
        said = json.loads(bodies.open_for_case(session, *place, row.sealed_details))
        day, cancels = date.fromisoformat(said["on"]), str(row.cancels or "")
        lines.append(custody.Line(str(row.line_id), custody.Entry(row.entry), day, said["fen"], cancels=cancels))
    return custody.Ledger(tuple(lines)).balance_fen if lines else None


def _group(answers: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = answers.get(name)
    return found if isinstance(found, dict) else {}


def _rows(value: Any) -> list[Mapping[str, Any]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _code(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


_text = _code


def _on(value: Any) -> str | None:
    """The day of a day or moment as a form has it; None where only the year or month is known."""
    try:
        return date.fromisoformat(str(value)[:10]).isoformat()
    except ValueError:
        return None
