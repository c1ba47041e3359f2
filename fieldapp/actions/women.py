"""Families that women are to work with: a sexual offence, a girl who was harmed, or because it was asked for.

    need_of(...)     whether women are asked for, by what, and whom a supervisor has allowed all the same
    ask, end_asking  a person says so, or takes it back, with a reason
    allow(...)       a supervisor lets one person work with the family, with a reason
    refuse(...)      for who plans visits and keeps the team

Whoever is a man, or of whom nobody has said, is refused until a supervisor gives a reason; a call for help and a lead
that somebody takes down never are. Who plans visits without reading of violence (an administrator) meets the same
refusal in the same words: they tell of no ground, because asking alone is one (docs/decisions/0023).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.actions import case_events, screenings
from fieldapp.casework.happened import Happened
from fieldapp.casework.screening.results import Result
from fieldapp.errors import Problem
from fieldapp.models import audit, scope
from fieldapp.models.accounts import Acting, Person, Sex
from fieldapp.models.case_events import CaseEvent
from fieldapp.models.cases import Assignment, Case, Visit, Visitor
from fieldapp.models.entrusting import PartnerCounty
from fieldapp.models.records import Record

CLASS = "violence"  # who does not read that class learns of none of this by a page
FLAG = "female_worker"
_COUNTIES = select(PartnerCounty.person_id)  # each stands as the author of what it answers, and is neither
_KINDS = (Happened.WOMEN_ASKED, Happened.WOMEN_NOT_ASKED, Happened.WORKER_ALLOWED)


@dataclass(frozen=True)
class Need:
    """Why women are asked for: the flag of the newest screening (None: not raised), or since when a person asks.
    `allowed`: who may work with the family all the same.
    """

    flag: Result | None
    asked_at: datetime | None
    allowed: frozenset[UUID]

    def fits(self, person: Person) -> bool:
        """Whether she, or he, may go."""
        return person.sex == Sex.WOMAN or person.person_id in self.allowed


@dataclass(frozen=True)
class Standing:
    """What a file's page says of it. `unfit`: who is on the team or to visit, and is neither a woman nor allowed."""

    need: Need | None
    unfit: list[Person]
    may_ask: bool
    may_decide: bool  # to take it back, and to allow somebody


@dataclass(frozen=True)
class Turned:
    """Of the report of a visit: its visitors who are neither women nor allowed, and whether the report itself is what
    asks for women, so that nobody could know before.
    """

    unfit: list[Person]
    is_new: bool


def need_of(session: Session, case: Case) -> Need | None:
    """Whether women are asked for; None where they are not. By the newest screening as it is stored, whoever may read
    it: for what is decided, not for a page.
    """
    found = screenings.newest_results(session, case, approved_only=False)
    return _need(session, case, None if found is None else _flag_in(found.flags))


def _need(session: Session, case: Case, flag: Result | None) -> Need | None:
    asked_at: datetime | None = None
    allowed: set[UUID] = set()
    for event in _events(session, case):
        if event.kind == Happened.WORKER_ALLOWED and event.ref_id is not None:
            allowed.add(event.ref_id)
        elif event.kind == Happened.WOMEN_ASKED:
            asked_at = asked_at or event.at
        elif event.kind == Happened.WOMEN_NOT_ASKED:
            asked_at = None
    return Need(flag, asked_at, frozenset(allowed)) if flag or asked_at else None


def refuse(session: Session, case: Case, person_ids: Iterable[UUID], now: datetime) -> None:
    """Raises `woman_worker_needed` where women are asked for and one of these is neither a woman nor allowed."""
    screenings.run(session, case, now)  # what was handed in since the last one counts too
    need = need_of(session, case)
    if need is None:
        return
    for person_id in person_ids:
        person = session.get(Person, (case.district, person_id))
        if person is None or not need.fits(person):
            raise Problem("woman_worker_needed")


def ask(session: Session, acting: Acting, case_id: UUID, reason: str, now: datetime) -> None:
    """Ask for women, with a reason: whoever works on the file, or supervises it. Asked again, the first stands.

    Raises `not_found`, `say_why`, `text_too_long`.
    """
    case = _case(session, acting, case_id, decides=False)
    reason = case_events.said_why(reason)
    if (need := need_of(session, case)) is None or need.asked_at is None:
        _note(session, acting, case, Happened.WOMEN_ASKED, "ask_for_women", reason, now)


def end_asking(session: Session, acting: Acting, case_id: UUID, reason: str, now: datetime) -> None:
    """Take back what a person asked for, with a reason. What screening points to stays. Raises as `ask`."""
    case = _case(session, acting, case_id, decides=True)
    reason = case_events.said_why(reason)
    if (need := need_of(session, case)) is not None and need.asked_at is not None:
        _note(session, acting, case, Happened.WOMEN_NOT_ASKED, "end_asking_for_women", reason, now)


def allow(session: Session, acting: Acting, case_id: UUID, person_id: UUID, reason: str, now: datetime) -> None:
    """A supervisor lets somebody work with the family who is no woman, or of whom nobody has said, with a reason.

    Raises as `ask`.
    """
    case = _case(session, acting, case_id, decides=True)
    person = session.get(Person, (case.district, person_id))
    if person is None or not person.active:
        raise Problem("not_found")
    reason = case_events.said_why(reason)
    need = need_of(session, case)
    if need is None or not need.fits(person):
        _note(session, acting, case, Happened.WORKER_ALLOWED, "allow_worker", reason, now, person_id)


def standing_of(session: Session, acting: Acting, case: Case) -> Standing | None:
    """What the page of a file she has opened says of it; None for who does not read of violence there."""
    if CLASS not in scope.classes_read(acting, case.village_code):
        return None
    told = screenings.of(session, acting, case)  # as she sees it: a report in review counts for who decides on it
    need = _need(session, case, None if told is None else _flag_in(told.screening.flags))
    unfit = [] if need is None else [person for person in _at_work(session, case) if not need.fits(person)]
    here = (Case.district == case.district, Case.case_id == case.case_id)
    works, decides = (
        session.scalar(select(Case.case_id).where(*here, condition)) is not None
        for condition in (scope.files_worked_on(acting), scope.files_supervised(acting))
    )
    return Standing(need, unfit, works or decides, decides)


def at_review(session: Session, acting: Acting, case: Case, record: Record) -> Turned | None:
    """For the page of a report she reads: who made its visit and is neither a woman nor allowed, where women are asked
    for now, and whether this report turned that on; None where nobody is to be told of.
    """
    if CLASS not in scope.classes_read(acting, case.village_code) or record.form not in screenings.VISITED:
        return None
    told = screenings.of(session, acting, case)
    flag = None if told is None else _flag_in(told.screening.flags)
    need = _need(session, case, flag)
    if need is None:
        return None
    author = session.get_one(Person, (record.district, record.author_id))
    with_her = [] if record.visit_id is None else _visitors(session, case.district, record.visit_id)
    people = {person.person_id: person for person in (author, *with_her)}
    counties = set(session.scalars(_COUNTIES.where(PartnerCounty.district == case.district)))
    unfit = [person for person in people.values() if person.person_id not in counties and not need.fits(person)]
    return Turned(unfit, _rests_on(flag, record)) if unfit else None


def _rests_on(flag: Result | None, record: Record) -> bool:
    # Every report that says it is this one: then it was not known before the visit.
    sources = [source.revision for fact in flag.facts for source in fact.sources] if flag else []
    return bool(sources) and set(sources) == {str(record.head_revision_id)}


def _flag_in(flags: Iterable[Result]) -> Result | None:
    return next((one for one in flags if one.code == FLAG), None)


def _events(session: Session, case: Case) -> list[CaseEvent]:
    rows = select(CaseEvent).where(
        CaseEvent.district == case.district, CaseEvent.case_id == case.case_id, CaseEvent.kind.in_(_KINDS)
    )
    return list(session.scalars(rows.order_by(CaseEvent.event_id)))


def _at_work(session: Session, case: Case) -> list[Person]:
    """Who is on the team, and who is to visit; not another county that was asked to, which chooses whom it sends."""
    on_team = select(Assignment.person_id).where(
        Assignment.district == case.district, Assignment.case_id == case.case_id, Assignment.ended_at.is_(None)
    )
    to_visit = (
        select(Visitor.person_id)
        .join(Visit, (Visit.district == Visitor.district) & (Visit.visit_id == Visitor.visit_id))
        .where(Visit.district == case.district, Visit.case_id == case.case_id, Visit.state == "planned")
    )
    people = select(Person).where(
        Person.district == case.district,
        Person.person_id.in_(on_team) | Person.person_id.in_(to_visit),
        Person.person_id.not_in(_COUNTIES.where(PartnerCounty.district == case.district)),
    )
    return list(session.scalars(people.order_by(Person.name)))


def _visitors(session: Session, district: str, visit_id: UUID) -> list[Person]:
    same = (Visitor.district == Person.district) & (Visitor.person_id == Person.person_id)
    wanted = select(Person).join(Visitor, same).where(Visitor.district == district, Visitor.visit_id == visit_id)
    return list(session.scalars(wanted.order_by(Person.name)))


def _case(session: Session, acting: Acting, case_id: UUID, *, decides: bool) -> Case:
    theirs = scope.files_supervised(acting)
    condition = theirs if decides else theirs | scope.files_worked_on(acting)
    case = session.scalar(select(Case).where(Case.case_id == case_id, condition).with_for_update(of=Case))
    if case is None:
        raise Problem("not_found")
    return case


def _note(
    session: Session,
    acting: Acting,
    case: Case,
    kind: Happened,
    act: str,
    reason: str,
    now: datetime,
    person_id: UUID | None = None,
) -> None:
    case_events.note(
        session, case, kind, now=now, by=acting.person_id, ref=person_id, sensitivity=CLASS, details={"reason": reason}
    )
    named: dict[str, object] = {"case": str(case.case_id)}
    if person_id is not None:
        named["person"] = str(person_id)
    audit.write(session, district=case.district, actor_id=acting.person_id, act=act, about=named, at=now)
