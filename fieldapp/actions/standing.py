"""What stands of a case when somebody wants to move it: the facts of casework/move_guards.py, out of what is stored.

Nothing is assumed. What no report, decision or person has said stays None, and a guard does not take it as said.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fieldapp.actions import bands_known, case_events, measures_known, orders_known, sent_letters, women
from fieldapp.actions.case_answers import Head, heads_of
from fieldapp.actions.findings import body_of
from fieldapp.casework import beside, orders
from fieldapp.casework.bands import Last
from fieldapp.casework.measures import Answer
from fieldapp.casework.move_guards import Standing
from fieldapp.casework.roads import could_not_visit
from fieldapp.days import day_of
from fieldapp.models.accounts import Acting, Person
from fieldapp.models.cases import Case, ConflictOfInterest, Visit, Visitor, VisitPurpose
from fieldapp.models.measures import Dispatch
from fieldapp.models.records import Findings, Record, Revision, State
from fieldapp.models.reviews import Remark

_LIVING = (State.DOOR_SUBMITTED, State.SUBMITTED, State.IN_REVIEW, State.RETURNED, State.APPROVED_FIRST, State.APPROVED)
# Why a file is closed over somebody whom no follow-up can meet (list `cl_reason` of F9).
_NOT_SEEN_AGAIN = frozenset(
    {"moved", "transferred_region", "declined", "died", "not_eligible", "cannot_find", "merged"}
)
_HANDED_IN = (State.SUBMITTED, State.IN_REVIEW, State.RETURNED, State.APPROVED_FIRST, State.APPROVED)
_RESULTS = frozenset({"granted", "advance", "refused", "not_accepted", "pending"})


def standing_of(
    session: Session,
    acting: Acting,
    case: Case,
    now: datetime,
    *,
    reason: str = "",
    other_file: str = "",
    sex_reason: str = "",
) -> Standing:
    """The standing of one case for this person; `reason`, `other_file` and `sex_reason` are what she says herself."""
    records = _records(session, case)
    visit = _last_investigation(session, case)
    visitors = _visitors(session, visit)
    events = case_events.events_for_clocks(session, case)
    report = _newest(records, "F2", _LIVING)
    told = _Answers(session, records)
    known = Standing(
        reason=reason,
        other_file=other_file,
        visitors=len(visitors),
        conflict=_conflict(session, case, visitors),
        visitor_sex_fits=_fits(session, case, visitors),
        sex_reason=sex_reason,
        report_begun=report is not None,
        consent_or_basis=_newest(records, "F0", _LIVING) is not None,
        signatures=_signatures(told.of("F2", _LIVING)),
        required_answered=_newest(records, "F2", _HANDED_IN) is not None,
        must_fix_open=_must_fix_open(session, report),
        remark=_has_remark(session, report),
        own_visit=None if report is None else acting.person_id in {*visitors, report.author_id},
        screening_version=_screening(session, report),
        decided_by_person=True,  # whoever asks is one: nothing here runs by itself
        letter=bool(sent_letters.of_opening(session, case, events)),
        had_letter=sent_letters.ever(session, case, events),
        meeting_decided=_newest(records, "F8", (State.APPROVED,)) is not None,
        measures=sum(one.form == "F7" and one.state in _LIVING for one in records),
        followed_up=_is_followed_up(records, told, sent_letters.opened_at(events)),
        new_needs=_rows(told.of("F3", _HANDED_IN), "aid", "new_needs"),
    )
    known = _of_receipt(known, told.of("F4R", _HANDED_IN))
    known = _of_closure(known, told.of("F9", _HANDED_IN), _needs_known(records, told))
    heads = heads_of(session, case, orders_known.READ)
    known = _of_band(known, bands_known.last_of(session, heads), day_of(now))
    alongside = beside.of_events(events)
    return replace(
        known,
        report_open=alongside.report_open,
        protection_open=alongside.protected_since is not None,
        orders_active=_orders_active(session, case, heads, day_of(now)),
        tasks_open=_tasks_open(session, case),
    )


def closing_reason(session: Session, record: Record) -> str:
    """The reason that a closure gives: its code is a reason. Empty where it names none."""
    said = _group(_answers(session, record), "cl").get("reason")
    return said if isinstance(said, str) else ""


def _fits(session: Session, case: Case, visitors: set[UUID]) -> bool:
    """Whether, where women are asked for, every visitor is one or was allowed."""
    need = women.need_of(session, case)
    if need is None:
        return True
    people = (session.get_one(Person, (case.district, person_id)) for person_id in visitors)
    return bool(visitors) and all(need.fits(person) for person in people)


class _Answers:
    """The answers of the newest report of a form, opened once."""

    def __init__(self, session: Session, records: list[Record]) -> None:
        self._session, self._records = session, records
        self._opened: dict[UUID, dict[str, Any]] = {}

    def newest(self, form: str, states: tuple[State, ...]) -> Record | None:
        return _newest(self._records, form, states)

    def of(self, form: str, states: tuple[State, ...]) -> dict[str, Any]:
        record = self.newest(form, states)
        return {} if record is None else self.opened(record)

    def opened(self, record: Record) -> dict[str, Any]:
        if record.record_id not in self._opened:
            self._opened[record.record_id] = _answers(self._session, record)
        return self._opened[record.record_id]


def _records(session: Session, case: Case) -> list[Record]:
    here = (Record.district == case.district, Record.case_id == case.case_id)
    return list(
        session.scalars(select(Record).where(*here).order_by(Record.created_at.desc(), Record.record_id.desc()))
    )


def _newest(records: list[Record], form: str, states: tuple[State, ...]) -> Record | None:
    return next((one for one in records if one.form == form and one.state in states), None)


def _answers(session: Session, record: Record) -> dict[str, Any]:
    head = session.get_one(Revision, (record.district, record.head_revision_id))
    answers = body_of(session, head).get("answers")
    return dict(answers) if isinstance(answers, Mapping) else {}


def _group(answers: Mapping[str, Any], *names: str) -> dict[str, Any]:
    found: Any = answers
    for name in names:
        found = found.get(name) if isinstance(found, Mapping) else None
    return dict(found) if isinstance(found, Mapping) else {}


def _rows(answers: Mapping[str, Any], group: str, repeat: str) -> int:
    rows = _group(answers, group).get(repeat)
    return len(rows) if isinstance(rows, list) else 0


def _signatures(answers: Mapping[str, Any]) -> int:
    signed = _group(answers, "concl", "sign_visitors")
    return sum(bool(signed.get(name)) and "unknown" not in signed[name] for name in ("first", "second"))


def _is_followed_up(records: list[Record], told: "_Answers", opened_at: datetime | None) -> bool:
    """Whether somebody has seen her at a follow-up since the file was opened last, or a closure says why not."""

    def says_so(record: Record) -> bool:
        if record.form == "F3":
            return _group(told.opened(record), "fu").get("met") == "yes"
        return record.form == "F9" and _group(told.opened(record), "cl").get("reason") in _NOT_SEEN_AGAIN

    of_opening = (one for one in records if opened_at is None or one.created_at > opened_at)
    return any(one.state in _HANDED_IN and says_so(one) for one in of_opening)


def _last_investigation(session: Session, case: Case) -> Visit | None:
    return session.scalar(
        select(Visit)
        .where(
            Visit.district == case.district,
            Visit.case_id == case.case_id,
            Visit.purpose == VisitPurpose.INVESTIGATION,
            Visit.state != "cancelled",
        )
        .order_by(Visit.created_at.desc(), Visit.visit_id.desc())
        .limit(1)
    )


def _visitors(session: Session, visit: Visit | None) -> set[UUID]:
    if visit is None:
        return set()
    here = (Visitor.district == visit.district, Visitor.visit_id == visit.visit_id)
    return set(session.scalars(select(Visitor.person_id).where(*here)))


def _conflict(session: Session, case: Case, visitors: set[UUID]) -> bool | None:
    """Whether a visitor is related to this family, as far as anybody has said so; None while nobody is to go."""
    if not visitors:
        return None
    related = select(ConflictOfInterest.person_id).where(
        ConflictOfInterest.district == case.district,
        ConflictOfInterest.case_id == case.case_id,
        ConflictOfInterest.person_id.in_(visitors),
        ConflictOfInterest.lifted_at.is_(None),
    )
    return session.scalar(related.limit(1)) is not None


def _must_fix_open(session: Session, report: Record | None) -> bool:
    return _count(session, report, Remark.kind == "must_fix", Remark.state == "open") > 0


def _has_remark(session: Session, report: Record | None) -> bool:
    return _count(session, report, Remark.state == "open") > 0


def _count(session: Session, report: Record | None, *conditions: Any) -> int:
    if report is None:
        return 0
    here = (Remark.district == report.district, Remark.record_id == report.record_id)
    return session.scalar(select(func.count()).select_from(Remark).where(*here, *conditions)) or 0


def _screening(session: Session, report: Record | None) -> str:
    if report is None:
        return ""
    here = (Findings.district == report.district, Findings.revision_id == report.head_revision_id)
    return session.scalar(select(Findings.rules_version).where(*here).limit(1)) or ""


def _of_receipt(known: Standing, answers: Mapping[str, Any]) -> Standing:
    relief = _group(answers, "relief")
    result, rows = relief.get("result"), relief.get("missing")
    missing = [row.get("paper") for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []
    return replace(
        known,
        receipt_number=_text(relief.get("receipt_no")),
        missing=tuple(_text(paper) for paper in missing if _text(paper)),
        decision=result if result in _RESULTS else "",
        feedback_given=isinstance(relief.get("feedback_at"), str),
    )


def _of_closure(known: Standing, answers: Mapping[str, Any], needs_known: int) -> Standing:
    """What a closure says. A need of the file that it does not name at all is as open as one without a result."""
    closure = _group(answers, "cl")
    if not closure:
        return known
    rows = closure.get("needs_answered")
    named = [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []
    answered = sum(bool(_text(row.get("result"))) for row in named)
    return replace(
        known,
        merged=closure.get("reason") == "merged",
        band_reason=_text(closure.get("band_reason")),
        orders_reason=_text(closure.get("orders_reason")),
        needs_open=max(len(named), needs_known) - answered,
        feedback_given=known.feedback_given or closure.get("feedback_done") == "yes",
    )


def _needs_known(records: list[Record], told: "_Answers") -> int:
    """The needs that the file knows: of the newest approved visit, and those that follow-ups found since."""
    approved = (told.opened(one) for one in records if one.form == "F2" and one.state == State.APPROVED)
    visit = _group(next((one for one in approved if not could_not_visit(one)), {}), "needs").get("wanted")
    follow_ups = [told.opened(one) for one in records if one.form == "F3" and one.state in _HANDED_IN]
    rows = visit if isinstance(visit, list) else []
    return len(rows) + sum(_rows(answers, "aid", "new_needs") for answers in follow_ups)


def _tasks_open(session: Session, case: Case) -> int:
    open_ones = select(func.count()).where(
        Dispatch.district == case.district,
        Dispatch.case_id == case.case_id,
        Dispatch.answer.in_((Answer.SENT, Answer.ACCEPTED)),
    )
    return session.scalar(open_ones) or 0


def _of_band(known: Standing, last: Last | None, today: date) -> Standing:
    """The band that was told last, and how long ago."""
    if last is None:
        return known
    return replace(known, last_band=last.band, days_since_band=(today - day_of(last.at)).days)


def _orders_active(session: Session, case: Case, heads: list[Head], today: date) -> int:
    known = orders_known.known_in(heads, measures_known.measures_in(session, case, heads), undecided=True)
    return len(orders.in_force(known, today))


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
