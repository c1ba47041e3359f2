"""Protection and the mandatory report beside a case (casework/protection.py): begun by anybody who sees the file.

Nothing stands before `begin`: no role, state, reason, second visitor, minor's file, lock or refused row of audit.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from fieldapp.actions import case_events, screenings
from fieldapp.actions.case_events import REASON_MAX
from fieldapp.actions.case_moves import held
from fieldapp.actions.case_steps import roles_for
from fieldapp.casework import beside
from fieldapp.casework.happened import Happened
from fieldapp.casework.protection import Beside, Report, end_protection, report_not_needed, reported
from fieldapp.casework.states import Refusal
from fieldapp.errors import Problem
from fieldapp.models import audit, scope
from fieldapp.models.accounts import Acting
from fieldapp.models.case_events import CaseEvent
from fieldapp.models.cases import Case, Urgent

CLASS = "violence"  # who does not read that class learns of neither


@dataclass(frozen=True)
class Open:
    """A file of which protection or a mandatory report is open."""

    case: Case
    beside: Beside
    since: datetime


def begin(session: Session, acting: Acting, case_id: UUID, now: datetime, *, is_audited: bool = True) -> None:
    """Protection begins, or goes on since when it began. Raises `not_found` for who does not even see that there is
    such a file. Without its row of audit only where the database takes none.
    """
    seen = scope.cases_of(acting) | scope.may_assign(acting) | scope.columns_of(acting)
    case = session.scalar(select(Case).where(Case.district == acting.district, Case.case_id == case_id, seen))
    if case is None:
        raise Problem("not_found")
    _begin(session, case, now, acting.person_id)
    if is_audited:
        _audit(session, acting, "begin_protection", case, now)


def seen_by(session: Session, acting: Acting, alert: Urgent, now: datetime) -> None:
    """Somebody has seen an alert and acts: where it names a file, the family is protected from now on."""
    case = None if alert.case_id is None else session.get(Case, (alert.district, alert.case_id))
    if case is None:
        return
    told: dict[str, Any] = {"by": alert.person_id, "ref": alert.urgent_id, "sensitivity": CLASS}
    case_events.note(session, case, Happened.DANGER_TOLD, now=alert.received_at, **told)
    _begin(session, case, now, acting.person_id)


def end(session: Session, acting: Acting, case_id: UUID, reason: str, now: datetime) -> Refusal | None:
    """The danger is over; None where that was noted. Raises `not_found`, `text_too_long`."""
    case, alongside = _of_file(session, acting, case_id, reason)
    after = end_protection(alongside, roles_for(acting, case), reason)
    if isinstance(after, Refusal):
        return after
    if alongside.protected_since is not None:
        _note(session, case, Happened.PROTECT_ENDED, acting, now, reason)
        _audit(session, acting, "end_protection", case, now)
    return None


def report(session: Session, acting: Acting, case_id: UUID, how: Report, reason: str, now: datetime) -> Refusal | None:
    """Say that the mandatory report was made, by us or by another, or that none is needed; None where that was noted.
    `DUE`: harm is suspected, and a report is due from now on. Raises `not_found`, `text_too_long`.
    """
    case, alongside = _of_file(session, acting, case_id, reason)
    if how is Report.DUE:
        if not alongside.report_open:
            _note(session, case, Happened.REPORT_DUE, acting, now, reason)
    elif how is Report.NOT_NEEDED:
        after = report_not_needed(alongside, roles_for(acting, case), reason)
        if isinstance(after, Refusal):
            return after
        if after != alongside:
            _note(session, case, Happened.REPORT_NOT_NEEDED, acting, now, reason)
    else:
        reported(alongside, how)
        _note(session, case, Happened.REPORTED, acting, now, reason, how=how.value)
        screenings.run(session, case, now)  # a flag that asked for it is answered by it
    _audit(session, acting, "say_of_report", case, now, how=how.value)
    return None


def beside_of(session: Session, acting: Acting, case: Case) -> Beside | None:
    """What runs beside a case; None for who does not read of violence in this village."""
    if CLASS not in scope.classes_read(acting, case.village_code):
        return None
    return beside.of_events(case_events.events_for_clocks(session, case))


def open_ones(session: Session, acting: Acting) -> list[Open]:
    """The files she may open of which protection or a report is open, the one open longest first."""
    begun = set(session.scalars(_not_ended(acting.district)))
    if not begun:
        return []
    cases = session.scalars(
        select(Case).where(Case.district == acting.district, Case.case_id.in_(begun), scope.files_of(acting))
    )
    found = []
    for case in cases.all():
        alongside = beside_of(session, acting, case)
        if alongside is None or (alongside.protected_since is None and not alongside.report_open):
            continue
        since = alongside.protected_since or _report_due_since(session, case)
        found.append(Open(case, alongside, since))
    return sorted(found, key=lambda one: (one.since, one.case.code_name))


def _not_ended(district: str) -> Select[UUID]:
    """Families of which something was begun that nothing noted later ends. All that was ever begun grows with the
    years, and of each family every event is read.
    """
    begun, later = aliased(CaseEvent), aliased(CaseEvent)
    ends = or_(
        and_(begun.kind == Happened.PROTECT_BEGUN, later.kind == Happened.PROTECT_ENDED),
        and_(begun.kind == Happened.REPORT_DUE, later.kind.in_((Happened.REPORTED, Happened.REPORT_NOT_NEEDED))),
    )
    ended = exists().where(
        later.district == begun.district, later.case_id == begun.case_id, later.event_id > begun.event_id, ends
    )
    kinds = (Happened.PROTECT_BEGUN, Happened.REPORT_DUE)
    return select(begun.case_id).where(begun.district == district, begun.kind.in_(kinds), ~ended)


def _begin(session: Session, case: Case, now: datetime, by: UUID) -> None:
    events = case_events.events_for_clocks(session, case)
    # Of a family that is protected already each further danger has its own time, which ends when somebody acts on it.
    acted = [event.at for event in events if event.kind == Happened.PROTECT_BEGUN]
    is_told_since = any(
        event.kind == Happened.DANGER_TOLD and event.at > max(acted, default=event.at) for event in events
    )
    if beside.of_events(events).protected_since is None or is_told_since:
        case_events.note(session, case, Happened.PROTECT_BEGUN, now=now, by=by, sensitivity=CLASS)


def _of_file(session: Session, acting: Acting, case_id: UUID, reason: str) -> tuple[Case, Beside]:
    if len(reason) > REASON_MAX:
        raise Problem("text_too_long", limit=REASON_MAX)
    case = held(session, acting, case_id)
    return case, beside.of_events(case_events.events_for_clocks(session, case))


def _report_due_since(session: Session, case: Case) -> datetime:
    """Since when a report is due: whoever called for it after the first makes it no younger."""
    since: datetime | None = None
    for event in case_events.events_for_clocks(session, case):
        if event.kind == Happened.REPORT_DUE:
            since = since or event.at
        elif event.kind in (Happened.REPORTED, Happened.REPORT_NOT_NEEDED):
            since = None
    assert since is not None  # asked of a file of which one is due
    return since


def _note(
    session: Session, case: Case, kind: Happened, acting: Acting, now: datetime, reason: str, **more: str
) -> None:
    details = {"reason": reason.strip(), **more}
    told = {name: text for name, text in details.items() if text}
    case_events.note(session, case, kind, now=now, by=acting.person_id, sensitivity=CLASS, details=told)


def _audit(session: Session, acting: Acting, act: str, case: Case, now: datetime, **about: object) -> None:
    named = {"case": str(case.case_id), **about}
    audit.write(session, district=case.district, actor_id=acting.person_id, act=act, about=named, at=now)
