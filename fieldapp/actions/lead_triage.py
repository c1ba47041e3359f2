"""Leads that wait for a triage supervisor: which, since when, by when, and which other files look like the same matter.

The hints are for her eyes alone: whoever takes a lead down learns nothing of who is known already.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from fieldapp.actions import case_clocks, case_events, duty
from fieldapp.actions.duty import OnDuty
from fieldapp.casework.clocks import Clock
from fieldapp.casework.states import CaseState
from fieldapp.errors import Problem
from fieldapp.models import audit, bodies, scope
from fieldapp.models.accounts import Acting, Role
from fieldapp.models.cases import Case, CasePerson

SHOWN_MAX = 100
COMPARED_MAX = 2_000  # the newest files of her regions; older ones are found by their village
_NUMBER = re.compile(r"[0-9]{7,}")
_SPACES = re.compile(r"[\s-]+")


@dataclass(frozen=True)
class Hint:
    """Another file that may be the same matter, and by what: "name_birth", "name_village", "phone"."""

    case_id: UUID
    code_name: str
    why: tuple[str, ...]


@dataclass(frozen=True)
class Waiting:
    """A lead nobody has triaged. `clocks` are its open ones, `hints` the files that look alike."""

    case: Case
    clocks: list[Clock]
    hints: list[Hint]
    on_duty: OnDuty  # when it was taken down; it is taken down at any hour


@dataclass(frozen=True)
class _Marks:
    """What a file can be told by. Kept for one request, never shown."""

    case: Case
    people: frozenset[tuple[str, str]]  # (name, birth: YYYY-MM, YYYY or "")
    numbers: frozenset[str]


def waiting(session: Session, acting: Acting, now: datetime) -> list[Waiting]:
    """The leads of her regions that wait for triage, the most urgent first. A row of audit says that she compared them.

    Empty for who is no supervisor.
    """
    regions = acting.regions(Role.SUPERVISOR)
    if not regions:
        return []
    hers = or_(*(Case.village_code.startswith(region) for region in regions))
    here = (Case.district == acting.district, scope.files_of(acting), hers)
    leads = session.scalars(
        select(Case).where(*here, Case.state == CaseState.LEAD).order_by(Case.opened_at, Case.case_id).limit(SHOWN_MAX)
    ).all()
    if not leads:
        return []
    others = session.scalars(
        select(Case).where(*here).order_by(Case.opened_at.desc(), Case.case_id).limit(COMPARED_MAX)
    ).all()
    marks = _marks_of(session, acting.district, {case.case_id: case for case in (*others, *leads)})
    named = {"leads": len(leads), "files": len(marks)}
    audit.note_read(session, acting, "compare_lead", {**named, "cases": [str(lead.case_id) for lead in leads]}, now)
    roster = duty.on_at(session, acting.district, {lead.opened_at for lead in leads})
    events = case_events.events_of_many(session, acting.district, [lead.case_id for lead in leads])
    alike = _Alike(marks.values())
    found = [
        Waiting(
            lead,
            case_clocks.running(session, acting, lead, now, events[lead.case_id]),
            _hints(marks[lead.case_id], alike.of(marks[lead.case_id])),
            roster[lead.opened_at],
        )
        for lead in leads
    ]
    return sorted(found, key=lambda one: _urgency(one.clocks, one.case))


def _urgency(clocks: list[Clock], case: Case) -> tuple[bool, datetime, datetime]:
    ends = [clock.due.at for clock in clocks if clock.due is not None]
    return case.green_since is None, min(ends, default=case.opened_at), case.opened_at


class _Alike:
    """Files by what they can be told by: a hundred leads beside two thousand files are not compared one by one."""

    def __init__(self, files: Iterable[_Marks]) -> None:
        self._by: dict[str, list[_Marks]] = defaultdict(list)
        for one in files:
            for mark in _names(one) | one.numbers:
                self._by[mark].append(one)

    def of(self, lead: _Marks) -> list[_Marks]:
        """Every file that shares a name or a number with this one, once."""
        found = {one.case.case_id: one for mark in _names(lead) | lead.numbers for one in self._by[mark]}
        return list(found.values())


def _hints(lead: _Marks, others: Iterable[_Marks]) -> list[Hint]:
    found = []
    for other in others:
        if other.case.case_id == lead.case.case_id:
            continue
        why = []
        if any(birth for _, birth in lead.people & other.people):
            why.append("name_birth")
        elif _names(lead) & _names(other) and lead.case.village_code == other.case.village_code:
            why.append("name_village")
        if lead.numbers & other.numbers:
            why.append("phone")
        if why:
            found.append(Hint(other.case.case_id, other.case.code_name, tuple(why)))
    return sorted(found, key=lambda hint: (-len(hint.why), hint.code_name))


def _names(marks: _Marks) -> set[str]:
    return {name for name, _ in marks.people}


def _marks_of(session: Session, district: str, cases: dict[UUID, Case]) -> dict[UUID, _Marks]:
    bodies.load_case_keys(session, district, cases)
    people: dict[UUID, set[tuple[str, str]]] = {case_id: set() for case_id in cases}
    numbers: dict[UUID, set[str]] = {case_id: set() for case_id in cases}
    rows = session.scalars(
        select(CasePerson).where(CasePerson.district == district, CasePerson.case_id.in_(cases))
    ).all()
    for row in rows:
        key = (row.district, row.case_id, row.person_id)
        told = _opened(session, cases[row.case_id], "case_person", "sealed_details", key, row.sealed_details)
        name = _SPACES.sub("", str(told.get("name") or ""))
        if name:
            people[row.case_id].add((name, str(told.get("birth_ym") or "")))
    for case_id, case in cases.items():
        if case.sealed_contact is not None:
            of_case = (case.district, case_id)
            told = _opened(session, case, "case_file", "sealed_contact", of_case, case.sealed_contact)
            numbers[case_id] |= set(_NUMBER.findall(_SPACES.sub("", str(told.get("how") or ""))))
    return {
        case_id: _Marks(case, frozenset(people[case_id]), frozenset(numbers[case_id]))
        for case_id, case in cases.items()
    }


def _opened(
    session: Session, case: Case, table: str, column: str, key: tuple[Any, ...], sealed: bytes
) -> dict[str, Any]:
    # A family that was erased is like no other; its lead still waits for a word.
    try:
        return dict(json.loads(bodies.open_for_case(session, case.district, case.case_id, table, column, key, sealed)))
    except (bodies.Unreadable, Problem):
        return {}
