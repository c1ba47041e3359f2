"""What a report tells that cannot wait: its danger, and harm that the law asks to be reported.

Noted in the file of its family whatever becomes of the report itself: handed in, kept aside for a person, or a version
beside the one that counts. When another mandatory report is due after one was made: decision 0030.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.actions import case_events
from fieldapp.actions.case_answers import moment_in
from fieldapp.actions.findings import body_of
from fieldapp.casework import beside, dangers
from fieldapp.casework.clocks import Event
from fieldapp.casework.dangers import Harm
from fieldapp.casework.happened import Happened
from fieldapp.crypto.rest import RestError
from fieldapp.days import day_of
from fieldapp.errors import Problem
from fieldapp.models.case_events import CaseEvent
from fieldapp.models.cases import Case
from fieldapp.models.records import Record, Revision

LEAD, INVESTIGATION = "F1", "F2"
_HARM_FORMS = (INVESTIGATION, "F6")
CLASS = "violence"  # who does not read it learns of neither


@dataclass(frozen=True)
class HandedIn:
    """A report as a push or the desk took it: its new state, None where it lies aside or beside, and its answers.

    `tells_anew`: it tells of a danger where the version before it told of none. `told_at`: when it came, where that was
    before now: it was kept aside, and a person takes it in.
    """

    case_id: UUID
    visit_id: UUID | None
    record_id: UUID
    form: str
    state: str | None
    answers: Mapping[str, Any]
    tells_anew: bool = False
    told_at: datetime | None = None


def cannot_wait(one: HandedIn, now: datetime) -> bool:
    """Whether it tells of a danger, or of harm that has to be reported, whatever it moves."""
    return bool(_danger_in(one) or _harm_in(one, now))


def note(session: Session, case: Case, one: HandedIn, author_id: UUID, now: datetime) -> None:
    """Note once for each report that it tells of danger, and again where the danger was over and is back; and that a
    mandatory report is due, or was made as a lead says. No answer of a phone takes either back.
    """
    noted: dict[str, Any] = {"now": now, "by": author_id, "ref": one.record_id, "sensitivity": CLASS}
    if _danger_in(one) and (one.tells_anew or not _is_noted(session, case, Happened.DANGER_TOLD, one.record_id)):
        case_events.note(session, case, Happened.DANGER_TOLD, **noted)
    harm = _harm_in(one, now)
    if not harm:
        return
    events = case_events.events_for_clocks(session, case)
    known = beside.of_events(events)
    # Once one was made, each report that calls for another is noted, also while that is due already: so the flag names
    # all of them, and "made" answers what was told until then.
    is_first = known.reported_at is None
    is_called = known.report_open and (is_first or one.record_id in _callers(session, case))
    is_due = not is_called and _calls_for_another(session, case, one, harm, events)
    if is_due:
        case_events.note(session, case, Happened.REPORT_DUE, **noted)
    # What a lead says was made is the first report: one that is due since is answered by a person alone.
    if _is_made(one) and (is_first if known.report_open else is_due):
        case_events.note(session, case, Happened.REPORTED, **noted)


def report_before(session: Session, case: Case, record_id: UUID) -> datetime | None:
    """When the mandatory report was made since which this one calls for another, as long as that is due."""
    known = beside.of_events(case_events.events_for_clocks(session, case))
    if not known.report_open or known.reported_at is None:
        return None
    return known.reported_at if record_id in _callers(session, case) else None


def _callers(session: Session, case: Case) -> frozenset[UUID | None]:
    """The reports that called for another one since one was made; None for a person who said that one is due."""
    return case_events.since(session, case, Happened.REPORT_DUE, Happened.REPORTED)


def _danger_in(one: HandedIn) -> bool:
    """A lead that tells of danger, or does not know, tells of one."""
    if one.form == LEAD:
        danger = _group(one.answers, "lead").get("danger_now")
        return danger == "yes" or isinstance(danger, Mapping)
    return bool(dangers.told_in(one.form, one.answers))


def _harm_in(one: HandedIn, now: datetime) -> frozenset[Harm]:
    return _named(one.form, one.answers, one.record_id, now)


def _named(form: str, answers: Mapping[str, Any], record_id: UUID, at: datetime) -> frozenset[Harm]:
    """Whom it tells to be harmed, and how. Whom nobody names is another one in each report."""
    if form == LEAD:
        is_told = _group(answers, "lead").get("harm_suspected") == "yes"
        return frozenset({(str(record_id), "suspected")}) if is_told else frozenset()
    return frozenset((who or str(record_id), what) for who, what in dangers.harm_in(form, answers, day_of(at)))


def _is_made(one: HandedIn) -> bool:
    return one.form == LEAD and str(_group(one.answers, "mr").get("status")).startswith("done")


def _calls_for_another(
    session: Session, case: Case, one: HandedIn, harm: frozenset[Harm], events: Sequence[Event]
) -> bool:
    """Whether a report is due by what this one tells: always the first time. Once one was made, or waved away, by other
    harm than what was told until then, also while another is due by somebody else's word.
    """
    answered = [event for event in events if event.kind in (Happened.REPORTED, Happened.REPORT_NOT_NEEDED)]
    if not answered:
        return True
    is_waved_away, until = answered[-1].kind == Happened.REPORT_NOT_NEEDED, answered[-1].at
    lay_aside = one.told_at is not None and one.told_at <= until
    if lay_aside and _is_noted(session, case, Happened.REPORT_DUE, one.record_id):
        return False  # it has called already, when it came
    versions = _versions(session, case, until)
    of_this = [revision for revision in versions if revision.record_id == one.record_id]
    if of_this:
        return bool(harm - _told_in(session, of_this))  # put right: only what it names anew
    if is_waved_away:
        return True
    # A lead names nobody: whom it meant nobody can tell from whom a visit finds.
    known = {who for who, _ in _told_in(session, [row for row in versions if row.form != LEAD])}
    named = {who for who, _ in harm}
    if one.form == INVESTIGATION and not known and len(named) == 1:
        return False  # the first to say whom the report was made of
    return _is_of_later_visit(session, case, one, until) or not named <= known


def _versions(session: Session, case: Case, until: datetime) -> Sequence[Revision]:
    """Every version that could tell of harm and had come by then, also one beside another."""
    here = (Revision.district == case.district, Revision.case_id == case.case_id, Revision.received_at <= until)
    return session.scalars(select(Revision).where(*here, Revision.form.in_((LEAD, *_HARM_FORMS)))).all()


def _told_in(session: Session, versions: Iterable[Revision]) -> frozenset[Harm]:
    """The harm that these versions tell of."""
    found: set[Harm] = set()
    for revision in versions:
        try:
            answers = body_of(session, revision).get("answers")
        except (Problem, RestError, ValueError):  # what nobody can read any more was reported by nobody
            continue
        if isinstance(answers, Mapping):
            found |= _named(revision.form, answers, revision.record_id, revision.received_at)
    return frozenset(found)


def _is_of_later_visit(session: Session, case: Case, one: HandedIn, until: datetime) -> bool:
    """Whether it was seen after that moment, as far as anybody knows: by the time the report gives, or because nothing
    of its visit had come by then.
    """
    at = moment_in(_group(one.answers, "visit").get("at"))
    if at is not None and at <= until:
        return False
    if one.visit_id is None:
        return True
    same = (Record.district == Revision.district) & (Record.record_id == Revision.record_id)
    of_visit = (Record.district == case.district, Record.visit_id == one.visit_id, Revision.received_at <= until)
    return session.scalar(select(Revision.revision_id).join(Record, same).where(*of_visit).limit(1)) is None


def _is_noted(session: Session, case: Case, kind: Happened, record_id: UUID) -> bool:
    of_record = select(CaseEvent.event_id).where(
        CaseEvent.district == case.district,
        CaseEvent.case_id == case.case_id,
        CaseEvent.kind == kind.value,
        CaseEvent.ref_id == record_id,
    )
    return session.scalar(of_record.limit(1)) is not None


def _group(answers: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = answers.get(name)
    return found if isinstance(found, Mapping) else {}
