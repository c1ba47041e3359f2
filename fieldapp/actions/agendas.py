"""What is to be done for each family by when: the dates of follow-ups, orders that run out, and the clocks of the file.

    make(...)       gather what the rules need of one family, and keep it (the worker, after each change)
    waiting(...)    families whose agenda is older than what happened since
    of_file(...)    the dates of one file, as they are now
    calendar(...)   the dates of all files she may open, until a day

The rules (casework/schedule.py, clocks.py) are asked at the moment of reading: what is kept is what they go by.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, or_, select, type_coerce
from sqlalchemy.orm import Session

from fieldapp.actions import bands_known, case_events, help_come, measures, measures_known, orders_known, rhythms
from fieldapp.actions.case_answers import Head, day_in, heads_of, moment_in
from fieldapp.actions.clock_settings import Own, own_of
from fieldapp.actions.measures_known import BEGUN, HELPS, Measure
from fieldapp.casework.calendar import Due, published
from fieldapp.casework.clocks import Clock, ClockState, Event, Pace, clocks_of, is_green
from fieldapp.casework.happened import Happened
from fieldapp.casework.limits import Told
from fieldapp.casework.rhythms import FOLLOW_UP, VILLAGE_FOLLOW_UP, Programme
from fieldapp.casework.schedule import Followed, Made, Order, Planned, plan_of
from fieldapp.casework.sentences import Said
from fieldapp.casework.states import RESTING, CaseState
from fieldapp.db import milliseconds, moment
from fieldapp.errors import Problem
from fieldapp.models import bodies, key_care, scope
from fieldapp.models.accounts import Acting, Person
from fieldapp.models.agendas import Agenda
from fieldapp.models.case_events import CaseEvent
from fieldapp.models.cases import Assignment, Case, CaseKey, TeamRole, Visit, Visitor, VisitPurpose
from fieldapp.models.measures import MeasureMove
from fieldapp.models.records import Record

CASES_MAX = 500  # of one page of the calendar; what is due first stands on it
AT_ONCE = 500  # families of one round of the worker: whatever waits behind them waits some seconds
AGAIN_AFTER = timedelta(minutes=10)  # what is overdue is looked at again: who is told changes with time alone
_OVERLAP_MS = 60_000  # a change may be committed after an agenda was made that began later
_STALE = moment(0)  # of an agenda whose kept date rests on lengths that the county changed since
_PURPOSES = {"F3": VisitPurpose.FOLLOW_UP, "F3V": VisitPurpose.VILLAGE_FOLLOW_UP}
_READ = ("F3", "F3V", "F5", "F7", "F8")
_LEVELS = {Told.SUPERVISOR: 1, Told.DUTY: 1, Told.ABOVE: 2}
NAMES = {
    FOLLOW_UP.code: Said("回访", "Follow-up"),
    VILLAGE_FOLLOW_UP.code: Said("村里看望", "Look-in from the village"),
    "in_sight": Said("看一看这份案卷", "Look at this file"),
    "order_ends": Said("文书到期", "An order runs out"),
    "key_care_review": Said("复核重点名单", "Review of the key-care list"),
}


@dataclass(frozen=True)
class Grounds:
    """What the rules go by for one family."""

    followed: Followed
    events: tuple[Event, ...] = ()

    def pace(self, own: Own, now: datetime) -> Pace:
        """How fast our own limits run for this family, under the settings of its county."""
        green = is_green(self.events, now)
        return Pace(red=self.followed.band == "red", green=green, own=own.lengths, names=own.names)


@dataclass(frozen=True)
class Entry:
    """One date of one file. `form` is what is filled in then, empty where nothing is; `visit` is a visit planned
    already that answers for it, with the names of its visitors.
    """

    case: Case
    what: str
    name: Said
    why: Said
    due: Due
    state: ClockState
    level: int
    told: tuple[Told, ...]
    form: str = ""
    visit: Visit | None = None
    visitors: tuple[str, ...] = ()

    @property
    def is_overdue(self) -> bool:
        return self.state is ClockState.OVERDUE

    @property
    def purpose(self) -> str:
        """The purpose of a visit that answers for it; empty where none does."""
        found = _PURPOSES.get(self.form)
        return "" if found is None else found.value


def make(session: Session, district: str, case_id: UUID, now: datetime) -> Agenda:
    """Gather and keep. Notes besides that the help of a measure has come, where its own report says so. The kept row is
    held before the lengths of the county are read: whoever changes them waits, and then marks it as out of date.
    """
    held = session.get(Agenda, (district, case_id), with_for_update=True)
    case = session.get_one(Case, (district, case_id))
    heads = heads_of(session, case, _READ)
    known = measures_known.measures_in(session, case, heads)
    for one in known:
        if one.is_approved and HELPS.intersection(step.status for step in one.steps):
            help_come.note(session, case, one.record_id, now)
    grounds = _gather(session, case, heads, known)
    agenda = held or Agenda(district=district, case_id=case_id)
    entries = _entries(case, grounds, now, own_of(session, district))
    agenda.made_at = now
    agenda.next_due_at = min((entry.due.at for entry in entries), default=None)
    agenda.level = max((level_of(entry.told) for entry in entries), default=0)
    key = (district, case_id)
    agenda.sealed_grounds = bodies.seal_for_case(
        session, district, case_id, "agenda", "sealed_grounds", key, json.dumps(_plain(grounds)).encode()
    )
    session.add(agenda)
    session.flush()
    return agenda


def waiting(session: Session, now: datetime) -> list[tuple[str, UUID]]:
    """Families without an agenda, with one that is older than what happened since, and those whose date is over; at
    most AT_ONCE.
    """
    made = type_coerce(Agenda.made_at, BigInteger) - _OVERLAP_MS
    changed = or_(
        _since(Record, Record.state_at, made),
        _since(CaseEvent, CaseEvent.at, made, CaseEvent.kind != Happened.HELP_ARRIVED),
        _since(MeasureMove, MeasureMove.moved_at, made),
        _since(Assignment, Assignment.started_at, made),
        _since(Assignment, Assignment.ended_at, made),
    )
    same = (Agenda.district == Case.district) & (Agenda.case_id == Case.case_id)
    rows = session.execute(
        select(Case.district, Case.case_id)
        .join(CaseKey, (CaseKey.district == Case.district) & (CaseKey.case_id == Case.case_id))  # not erased
        .outerjoin(Agenda, same)
        .where(
            or_(
                Agenda.case_id.is_(None),
                Agenda.made_at == _STALE,
                (Agenda.made_at < now) & changed,
                (Agenda.next_due_at <= now) & (Agenda.made_at <= now - AGAIN_AFTER),
            )
        )
        .order_by(Agenda.made_at.is_not(None), Agenda.made_at, Case.case_id)
        .limit(AT_ONCE)
    )
    return [(district, case_id) for district, case_id in rows]


def of_file(session: Session, acting: Acting, case: Case, now: datetime) -> tuple[list[Entry], list[Clock]]:
    """The dates of a file she has opened, what is due first before the rest, and all its clocks, those that were kept
    too; nothing for who does not read every class they are computed from.
    """
    if not measures.reads(acting, case):
        return [], []
    heads = heads_of(session, case, _READ)
    grounds = _gather(session, case, heads, measures_known.measures_in(session, case, heads))
    own = own_of(session, case.district)
    entries = _with_visits(session, [entry for entry in _entries(case, grounds, now, own) if not _is_clock(entry)])
    return entries, clocks_of(grounds.events, now, published(), grounds.pace(own, now))


def calendar(session: Session, acting: Acting, now: datetime, until: date) -> list[Entry]:
    """The open dates up to a day of the files she may open and whose every class she reads: of a supervisor's region,
    of a caseworker's own cases; families on the green channel
    before all others, then the earliest first. A family that was erased meanwhile has none.
    """
    same = (Agenda.district == Case.district) & (Agenda.case_id == Case.case_id)
    horizon = datetime.combine(until + timedelta(days=1), datetime.min.time(), now.tzinfo)
    rows = session.execute(
        select(Case, Agenda)
        .join(Agenda, same)
        .where(scope.files_of(acting), Agenda.next_due_at.is_not(None))
        .where(or_(Agenda.next_due_at <= horizon, Agenda.made_at == _STALE))
        .order_by(Case.green_since.is_(None), Agenda.next_due_at, Case.case_id)
        .limit(CASES_MAX)
    ).all()
    found: list[Entry] = []
    own, programmes = own_of(session, acting.district), rhythms.of(session, acting.district)
    for case, agenda in rows:
        if not measures.reads(acting, case):
            continue
        try:
            grounds = grounds_of(session, agenda, programmes)
        except Problem:
            continue
        found += [entry for entry in _entries(case, grounds, now, own) if entry.due.day <= until]
    return _with_visits(session, sorted(found, key=_first_green))


def _first_green(entry: Entry) -> tuple[bool, datetime, str, str]:
    return entry.case.green_since is None, entry.due.at, entry.case.code_name, entry.what


def grounds_of(session: Session, agenda: Agenda, programmes: Mapping[str, Programme] | None = None) -> Grounds:
    """What is kept for one family, with the programmes of its county. Raises Problem("family_erased")."""
    key = (agenda.district, agenda.case_id)
    plain = bodies.open_for_case(
        session, agenda.district, agenda.case_id, "agenda", "sealed_grounds", key, agenda.sealed_grounds
    )
    return _read(json.loads(plain), programmes or rhythms.of(session, agenda.district))


def level_of(told: Sequence[Told]) -> int:
    """How far a date has escalated: 1 the supervisor is to know, 2 the office above too."""
    return max((_LEVELS.get(one, 0) for one in told), default=0)


def _entries(case: Case, grounds: Grounds, now: datetime, own: Own) -> list[Entry]:
    planned = plan_of(grounds.followed, now, published())
    entries = [_planned(case, one) for one in planned]
    for clock in clocks_of(grounds.events, now, published(), grounds.pace(own, now)):
        if clock.ended_at is None and clock.due is not None and grounds.followed.state not in RESTING:
            name, why = clock.limit.name, Said("时限到期", "A time limit ends")
            what = f"clock:{clock.limit.code}"
            entries.append(Entry(case, what, name, why, clock.due, clock.state, clock.level, clock.told))
    return sorted(entries, key=lambda entry: (entry.due.at, entry.what))


def _planned(case: Case, one: Planned) -> Entry:
    return Entry(case, one.what, NAMES[one.what], one.why, one.due, one.state, one.level, one.told, one.form)


def _is_clock(entry: Entry) -> bool:
    return entry.what.startswith("clock:")


def _with_visits(session: Session, entries: list[Entry]) -> list[Entry]:
    """Beside each date the visit that is planned for it, so that nobody plans it twice."""
    ids = {entry.case.case_id for entry in entries if entry.purpose}
    if not ids:
        return entries
    district = entries[0].case.district
    visits = session.scalars(
        select(Visit)
        .where(Visit.district == district, Visit.case_id.in_(ids), Visit.state == "planned")
        .order_by(Visit.planned_on.desc())
    ).all()
    first = {(visit.case_id, visit.purpose): visit for visit in visits}
    names: dict[UUID, list[str]] = {}
    same = (Person.district == Visitor.district) & (Person.person_id == Visitor.person_id)
    wanted = (Visitor.district == district, Visitor.visit_id.in_([visit.visit_id for visit in first.values()]))
    for visit_id, name in session.execute(
        select(Visitor.visit_id, Person.name).join(Person, same).where(*wanted).order_by(Person.name)
    ):
        names.setdefault(visit_id, []).append(name)
    return [
        entry
        if (visit := first.get((entry.case.case_id, entry.purpose))) is None
        else replace(entry, visit=visit, visitors=tuple(names.get(visit.visit_id, ())))
        for entry in entries
    ]


def _gather(session: Session, case: Case, heads: Sequence[Head], known: Sequence[Measure]) -> Grounds:
    last = bands_known.last_of(session, heads)
    events = [*case_events.events_for_clocks(session, case), *measures_known.clock_events(known)]
    in_village = select(Assignment.person_id).where(
        Assignment.district == case.district,
        Assignment.case_id == case.case_id,
        Assignment.team_role == TeamRole.VILLAGE,
        Assignment.ended_at.is_(None),
    )
    looks_in = session.scalar(in_village.limit(1)) is not None
    programmes = rhythms.of(session, case.district)
    listed = key_care.running_of(session, case.district, case.case_id)
    moved = [case.opened_at, *(head.record.state_at for head in heads), *(event.at for event in events)]
    followed = Followed(
        state=CaseState(case.state),
        moved_at=max(moved),
        help_began_at=help_began(known, events),
        band="" if last is None else last.band,
        band_since=None if last is None else last.since,
        made=[made_in(head) for head in heads if head.record.form in _PURPOSES],
        orders=_orders(heads, known),
        programmes=(programmes[FOLLOW_UP.code], *([programmes[VILLAGE_FOLLOW_UP.code]] if looks_in else ())),
        key_care_review=None if listed is None else listed.review_on,
    )
    return Grounds(followed, tuple(sorted(events, key=lambda event: event.at)))


def help_began(known: Sequence[Measure], events: Sequence[Event]) -> datetime | None:
    """When the first help was decided, from measures and from what was noted; None before."""
    begun = [event.at for event in events if event.kind in (Happened.DECIDED, Happened.HELP_BEGUN)]
    for one in known:
        if one.is_approved:
            begun += [
                min(moment_in(step.on.isoformat()) or step.at, step.at) if step.on else step.at
                for step in one.steps
                if step.status in BEGUN
            ]
    return min(begun, default=None)


def made_in(head: Head) -> Made:
    """What a report of a follow-up (F3, F3V) says of the visit."""
    record, received = head.record, head.revision.received_at
    village = record.form == "F3V"
    said = moment_in(head.at("fv", "at") if village else head.at("fu", "visited_at"))
    times = None if village else head.at("fu", "visits_stated")
    is_undated = said is None and isinstance(times, int)
    orgs = None if village else head.at("fu", "orgs")
    return Made(
        visit_id=str(record.visit_id or record.record_id),
        form=record.form,
        met=head.at("fv" if village else "fu", "met") == "yes",
        # The phone's clock is a claim: a visit is never later than its report.
        at=None if is_undated else min(said or received, received),
        organisation=" ".join(map(str, orgs)) if isinstance(orgs, list) else "",
        kind=str(head.at("fu", "kind") or "scheduled"),
        times=times if isinstance(times, int) and times > 0 else 1,
    )


def _orders(heads: Sequence[Head], known: Sequence[Measure]) -> list[Order]:
    """Orders with a known end. One that ended is settled as soon as she was asked about it after its end, or it was
    ended before.
    """
    last_asked = max((one.on for one in orders_known.asked_in(heads)), default=date.min)
    return [
        Order(one.order_id, one.kind, one.ends_on, settled=one.is_over or last_asked > one.ends_on)
        for one in orders_known.known_in(heads, known)
        if one.ends_on is not None
    ]


def _since(table: Any, column: Any, made: Any, *more: Any) -> Any:
    return (
        select(table.case_id)
        .where(
            table.district == Agenda.district,
            table.case_id == Agenda.case_id,
            type_coerce(column, BigInteger) >= made,
            *more,
        )
        .correlate(Agenda)
        .exists()
    )


def _plain(grounds: Grounds) -> dict[str, Any]:
    one = grounds.followed
    return {
        "state": one.state.value,
        "moved_at": milliseconds(one.moved_at),
        "help_began_at": _ms(one.help_began_at),
        "band": one.band,
        "band_since": _ms(one.band_since),
        "made": [{**asdict(made), "at": _ms(made.at)} for made in one.made],
        "orders": [{**asdict(order), "ends_on": order.ends_on.isoformat()} for order in one.orders],
        "programmes": [programme.code for programme in one.programmes],
        "key_care_review": None if one.key_care_review is None else one.key_care_review.isoformat(),
        "events": [[event.kind, milliseconds(event.at), event.about] for event in grounds.events],
    }


def _read(told: dict[str, Any], programmes: Mapping[str, Programme]) -> Grounds:
    followed = Followed(
        state=CaseState(told["state"]),
        moved_at=moment(told["moved_at"]),
        help_began_at=_at(told["help_began_at"]),
        band=told["band"],
        band_since=_at(told["band_since"]),
        made=[Made(**{**made, "at": _at(made["at"])}) for made in told["made"]],
        orders=[Order(**{**order, "ends_on": date.fromisoformat(order["ends_on"])}) for order in told["orders"]],
        programmes=tuple(programmes[code] for code in told["programmes"]),
        key_care_review=day_in(told.get("key_care_review")),  # kept before there was a list: none
    )
    return Grounds(followed, tuple(Event(kind, moment(at), about) for kind, at, about in told["events"]))


def _ms(at: datetime | None) -> int | None:
    return None if at is None else milliseconds(at)


def _at(value: int | None) -> datetime | None:
    return None if value is None else moment(value)
