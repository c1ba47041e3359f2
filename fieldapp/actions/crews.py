"""Standing teams and experts: kept by who supervises or administers the county, asked for by who works on a file.

An expert whose contract has run out stays in the directory and cannot be asked any more.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from fieldapp.actions import case_events
from fieldapp.casework.happened import Happened
from fieldapp.days import day_of
from fieldapp.db import milliseconds
from fieldapp.errors import Problem
from fieldapp.ids import uuid7
from fieldapp.models import audit, scope
from fieldapp.models import crews as models
from fieldapp.models.accounts import Acting, Role
from fieldapp.models.casefiles import CaseFile
from fieldapp.models.cases import Case
from fieldapp.models.crews import CREWS, EXPERTISE, NAME_MAX, Crew, CrewMember, Expert
from fieldapp.models.records import Record, State

KEEPERS = (Role.SUPERVISOR, Role.ADMINISTRATOR)
HELPED = ("F7", "F8")  # an expert helps with a measure, or at a meeting
ORGANISATION_MAX = 100
_GONE = (State.VOID, State.DRAFT)


@dataclass(frozen=True)
class OfFile:
    """What a file's page shows: (name, what she knows, its report's form, when) of who was asked, newest first; the
    reports she can be asked for; who can be asked today.
    """

    asked: list[tuple[str, str, str, datetime]]
    reports: list[Record]
    experts: list[Expert]


def add_crew(session: Session, acting: Acting, *, kind: str, name: str, now: datetime) -> Crew:
    """Make a standing team. Raises `not_found` for who keeps none, `request_malformed` (kind), `name_needed`."""
    _require(acting)
    if kind not in CREWS:
        raise Problem("request_malformed")
    crew = Crew(district=acting.district, crew_id=uuid7(milliseconds(now)), kind=kind, name=_name(name), made_at=now)
    session.add(crew)
    session.flush()
    _audit(session, acting, "add_crew", now, crew=str(crew.crew_id), kind=kind)
    return crew


def end_crew(session: Session, acting: Acting, crew_id: UUID, now: datetime) -> None:
    """End a standing team and all places on it."""
    crew = _crew(session, acting, crew_id)
    crew.ended_at = now
    here = (CrewMember.district == crew.district, CrewMember.crew_id == crew_id, CrewMember.left_at.is_(None))
    session.execute(update(CrewMember).where(*here).values(left_at=now))
    _audit(session, acting, "end_crew", now, crew=str(crew_id))


def add_member(session: Session, acting: Acting, crew_id: UUID, name: str, now: datetime) -> CrewMember:
    """Put somebody on a standing team, by name."""
    crew = _crew(session, acting, crew_id)
    member = CrewMember(
        district=crew.district,
        member_id=uuid7(milliseconds(now)),
        crew_id=crew_id,
        name=_name(name),
        joined_at=now,
    )
    session.add(member)
    session.flush()
    _audit(session, acting, "add_crew_member", now, crew=str(crew_id), member=str(member.member_id))
    return member


def end_member(session: Session, acting: Acting, member_id: UUID, now: datetime) -> None:
    """Take somebody off a standing team."""
    _require(acting)
    member = session.get(CrewMember, (acting.district, member_id), with_for_update=True)
    if member is None or member.left_at is not None:
        raise Problem("not_found")
    member.left_at = now
    _audit(session, acting, "end_crew_member", now, crew=str(member.crew_id), member=str(member_id))


def add_expert(
    session: Session,
    acting: Acting,
    *,
    name: str,
    kind: str,
    organisation: str,
    contract_until: date | None,
    now: datetime,
) -> Expert:
    """Put an expert into the directory. Raises as `add_crew`."""
    _require(acting)
    if kind not in EXPERTISE or len(organisation.strip()) > ORGANISATION_MAX:
        raise Problem("request_malformed")
    expert = Expert(
        district=acting.district,
        expert_id=uuid7(milliseconds(now)),
        name=_name(name),
        kind=kind,
        organisation=organisation.strip(),
        contract_until=contract_until,
    )
    session.add(expert)
    session.flush()
    _audit(session, acting, "add_expert", now, expert=str(expert.expert_id), kind=kind)
    return expert


def renew_expert(session: Session, acting: Acting, expert_id: UUID, until: date | None, now: datetime) -> None:
    """Write down another last day of her contract; None: without an end."""
    expert = _expert(session, acting, expert_id)
    expert.contract_until = until
    _audit(session, acting, "renew_expert", now, expert=str(expert_id), until=None if until is None else str(until))


def end_expert(session: Session, acting: Acting, expert_id: UUID, now: datetime) -> None:
    """Take an expert out of the directory; what she helped with keeps her name."""
    expert = _expert(session, acting, expert_id)
    expert.ended_at = now
    _audit(session, acting, "end_expert", now, expert=str(expert_id))


def name_expert(
    session: Session, acting: Acting, case_id: UUID, record_id: UUID, expert_id: UUID, now: datetime
) -> None:
    """Ask an expert to help with a measure or at a meeting of a case one works on or supervises. Her name stands sealed
    among the events.

    Raises `not_found`, `expert_not_available`.
    """
    works = scope.files_worked_on(acting) | scope.files_supervised(acting)
    case = session.scalar(select(Case).where(Case.case_id == case_id, works))
    if case is None or not any(record.record_id == record_id for record in _reports(session, acting, case)):
        raise Problem("not_found")
    expert = session.get(Expert, (case.district, expert_id))
    if expert is None or not expert.is_available(day_of(now)):
        raise Problem("expert_not_available")
    details = {"expert": expert.name, "kind": expert.kind, "organisation": expert.organisation}
    case_events.note(
        session,
        case,
        Happened.EXPERT_NAMED,
        now=now,
        by=acting.person_id,
        ref=record_id,
        sensitivity="violence",  # which help a family needs can follow from it
        details=details,
    )
    named: dict[str, object] = {"case": str(case_id), "record": str(record_id), "expert": str(expert_id)}
    audit.write(session, district=case.district, actor_id=acting.person_id, act="name_expert", about=named, at=now)


def selectable(session: Session, district: str, on: date) -> list[Expert]:
    """Whose help can be asked for on a day."""
    return [expert for expert in models.experts_of(session, district) if expert.is_available(on)]


def of_file(session: Session, acting: Acting, file: CaseFile, now: datetime) -> OfFile | None:
    """What the page of a file she has opened shows; None for who neither works on it nor supervises it."""
    works = scope.files_worked_on(acting) | scope.files_supervised(acting)
    here = (Case.district == file.case.district, Case.case_id == file.case.case_id)
    if session.scalar(select(Case.case_id).where(*here, works)) is None:
        return None
    forms = {record.record_id: record.form for record, _ in file.records}
    asked = [
        (str(one.details.get("expert", "")), str(one.details.get("kind", "")), forms.get(one.ref_id, ""), one.at)
        for one in case_events.of(session, acting, file.case)
        if one.kind is Happened.EXPERT_NAMED and one.ref_id is not None
    ]
    reports = [record for record, _ in file.records if record.form in HELPED and record.state not in _GONE]
    return OfFile(asked, reports, selectable(session, file.case.district, day_of(now)) if reports else [])


def may_keep(acting: Acting) -> bool:
    """Whether the teams and experts of the whole county are hers to keep."""
    return acting.district in acting.regions(*KEEPERS)


def _reports(session: Session, acting: Acting, case: Case) -> list[Record]:
    rows = select(Record).where(
        Record.district == case.district,
        Record.case_id == case.case_id,
        Record.form.in_(HELPED),
        Record.state.not_in(_GONE),
        scope.records_of(acting),
    )
    return list(session.scalars(rows))


def _require(acting: Acting) -> None:
    if not may_keep(acting):
        raise Problem("not_found")


def _crew(session: Session, acting: Acting, crew_id: UUID) -> Crew:
    _require(acting)
    crew = session.get(Crew, (acting.district, crew_id), with_for_update=True)
    if crew is None or crew.ended_at is not None:
        raise Problem("not_found")
    return crew


def _expert(session: Session, acting: Acting, expert_id: UUID) -> Expert:
    _require(acting)
    expert = session.get(Expert, (acting.district, expert_id), with_for_update=True)
    if expert is None or expert.ended_at is not None:
        raise Problem("not_found")
    return expert


def _name(text: str) -> str:
    text = text.strip()
    if not text or len(text) > NAME_MAX:
        raise Problem("name_needed", limit=NAME_MAX)
    return text


def _audit(session: Session, acting: Acting, act: str, now: datetime, **about: object) -> None:
    audit.write(session, district=acting.district, actor_id=acting.person_id, act=act, about=dict(about), at=now)
