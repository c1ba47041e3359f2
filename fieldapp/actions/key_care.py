"""The key-care list: who is looked after more closely, why, and when somebody looks again.

    page_of(...)     the list as she may read it, what is past its review first
    of_file(...)     a family's place on it
    put_on, review, take_off
    of_measure(...)  a granted measure of this kind puts its family on the list, an ended one takes it off

Who is listed, and why, may follow from anything in a file: it is of the highest class, as measures are.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from fieldapp.actions import case_events, desk_rights, minors
from fieldapp.actions.case_answers import day_in
from fieldapp.casework import key_care as rules
from fieldapp.casework.happened import Happened
from fieldapp.days import day_of
from fieldapp.db import milliseconds
from fieldapp.errors import Problem
from fieldapp.ids import uuid7
from fieldapp.models import audit, bodies, key_care, scope
from fieldapp.models.accounts import Acting, Role
from fieldapp.models.cases import Case, hold
from fieldapp.models.key_care import KeyCare

CLASS = "violence"
MEASURE = "key_care_list"  # the kind of measure (F7)
TEXT_MAX = 300
PAGE_MAX = 500  # what is past its review stands first, so it is never beyond the end
_READERS = (Role.SUPERVISOR, Role.CASEWORKER)


@dataclass(frozen=True)
class Listed:
    """A family on the list. `reviews`: what was said at each review, the newest last. On the list of all families
    `level`, `reason` and `reviews` of a minor's file are empty until she said today why she opens it.
    """

    case: Case
    entry: KeyCare
    level: str
    reason: str
    reviews: tuple[str, ...]
    is_past: bool  # the day of its review is over
    may_write: bool


def page_of(session: Session, acting: Acting, now: datetime) -> list[Listed]:
    """The families on the list whose files she may open and whose every class she reads; what is past its review first.
    Writes the row of audit that reading it leaves.
    """
    rows = [row for row in key_care.listed_for(session, acting, PAGE_MAX) if _reads(acting, row[1])]
    bodies.load_case_keys(session, acting.district, [case.case_id for _, case in rows])
    found = []
    for entry, case in rows:
        one = _listed(session, acting, entry, case, now)
        is_closed = minors.needs_reason(session, acting, case, now)
        found.append(replace(one, level="", reason="", reviews=()) if is_closed else one)
    if found:
        cases = sorted(str(one.case.case_id) for one in found)
        audit.note_read(session, acting, "read_key_care", {"cases": cases}, now)
    return found


def of_file(session: Session, acting: Acting, case: Case, now: datetime) -> Listed | None:
    """The place on the list of a file she has opened; None where there is none for her."""
    if not _reads(acting, case):
        return None
    entry = key_care.running_of(session, case.district, case.case_id)
    return None if entry is None else _listed(session, acting, entry, case, now)


def may_write(acting: Acting, case: Case) -> bool:
    """Whether she puts this family on the list and takes it off: a caseworker or supervisor of its village."""
    regions = acting.regions(*_READERS)
    return _reads(acting, case) and any(region and case.village_code.startswith(region) for region in regions)


def put_on(
    session: Session, acting: Acting, case_id: UUID, *, level: str, reason: str, review_on: date | None, now: datetime
) -> KeyCare:
    """Put a family on the list.

    Raises `not_found`, `key_care_listed` (it is on it), `key_care_needs_words` (level or reason), `key_care_day_over`.
    """
    case = _case(session, acting, case_id)
    on = _checked(level, reason, review_on, now)
    hold(session, case)  # on no list yet there is no row of one that could be locked
    if key_care.running_of(session, case.district, case_id, lock=True) is not None:
        raise Problem("key_care_listed")
    said: dict[str, Any] = {"level": level, "reason": reason.strip()[:TEXT_MAX], "reviews": [], "ended": None}
    return _list(session, case, said, on, None, acting.person_id, now)


def review(
    session: Session, acting: Acting, case_id: UUID, *, level: str, text: str, review_on: date | None, now: datetime
) -> KeyCare:
    """Somebody looked again, and says when she will next. Raises as `put_on`, `not_found` where it is on no list."""
    case = _case(session, acting, case_id)
    entry = _running(session, case)
    on = _checked(level, text, review_on, now)
    said = _said(session, case, entry)
    said["level"] = level
    said["reviews"].append(
        {"on": day_of(now).isoformat(), "by": str(acting.person_id), "text": text.strip()[:TEXT_MAX]}
    )
    entry.review_on = on
    entry.sealed_said = _sealed(session, case, entry, said)
    _note(session, case, entry, Happened.KEY_CARE_REVIEWED, acting.person_id, now)
    return entry


def take_off(session: Session, acting: Acting, case_id: UUID, reason: str, now: datetime) -> KeyCare:
    """Take a family off the list, with the reason. Raises `not_found`, `key_care_needs_words`."""
    case = _case(session, acting, case_id)
    entry = _running(session, case)
    if not reason.strip():
        raise Problem("key_care_needs_words")
    _end(session, case, entry, reason.strip()[:TEXT_MAX], acting.person_id, now)
    return entry


def of_measure(
    session: Session,
    case: Case,
    measure_id: UUID,
    told: Mapping[str, Any],
    status: str,
    by: UUID | None,
    now: datetime,
    *,
    before: str | None,
) -> None:
    """What a measure (answers of group `ms` of F7) that stood at `before` (None: its report is approved now) and stands
    at `status` does to the list: granted it puts its family on it, ended or refused it takes off what it put there. A
    family that is listed already stays as it is. Whom a person took off stays off: only a grant that comes after it, of
    another measure or of this one anew, is a new ground; a further step of what was granted before is none.
    """
    if told.get("type") != MEASURE:
        return
    hold(session, case)
    entry = key_care.running_of(session, case.district, case.case_id, lock=True)
    if status in rules.GRANTED and entry is None:
        if before in rules.GRANTED and _taken_off_by_a_person(session, case):
            return
        review_on = day_in(told.get("review_on")) or rules.next_review(day_of(now))
        reason = str(told.get("title") or "").strip()[:TEXT_MAX]
        said: dict[str, Any] = {"level": rules.FROM_MEASURE, "reason": reason, "reviews": [], "ended": None}
        _list(session, case, said, review_on, measure_id, by, now)
    elif status in rules.OVER and entry is not None and entry.measure_id == measure_id:
        _end(session, case, entry, None, by, now)


def _list(
    session: Session, case: Case, said: dict[str, Any], review_on: date, measure_id: UUID | None, by: UUID | None,
    now: datetime,
) -> KeyCare:  # fmt: skip
    entry = KeyCare(
        district=case.district,
        case_id=case.case_id,
        entry_id=uuid7(milliseconds(now)),
        measure_id=measure_id,
        review_on=review_on,
        listed_at=now,
        listed_by=by,
    )
    entry.sealed_said = _sealed(session, case, entry, said)
    session.add(entry)
    _note(session, case, entry, Happened.KEY_CARE_LISTED, by, now)
    return entry


def _end(session: Session, case: Case, entry: KeyCare, reason: str | None, by: UUID | None, now: datetime) -> None:
    entry.sealed_said = _sealed(session, case, entry, _said(session, case, entry) | {"ended": reason})
    entry.ended_at, entry.ended_by = now, by
    _note(session, case, entry, Happened.KEY_CARE_ENDED, by, now)


def _taken_off_by_a_person(session: Session, case: Case) -> bool:
    """Whether what ended last was ended by a person, who said why; a measure that ends says nothing."""
    last = key_care.ended_last(session, case.district, case.case_id)
    return last is not None and _said(session, case, last)["ended"] is not None


def _note(session: Session, case: Case, entry: KeyCare, kind: Happened, by: UUID | None, now: datetime) -> None:
    case_events.note(session, case, kind, now=now, by=by, ref=entry.entry_id, sensitivity=CLASS)
    about: dict[str, object] = {"case": str(case.case_id), "entry": str(entry.entry_id), "what": kind.value}
    audit.write(session, district=case.district, actor_id=by, act="keep_key_care", about=about, at=now)


def _checked(level: str, text: str, review_on: date | None, now: datetime) -> date:
    if level not in rules.LEVELS or not text.strip():
        raise Problem("key_care_needs_words")
    if review_on is None or review_on <= day_of(now):
        raise Problem("key_care_day_over")
    return review_on


def _running(session: Session, case: Case) -> KeyCare:
    entry = key_care.running_of(session, case.district, case.case_id, lock=True)
    if entry is None:
        raise Problem("not_found")
    return entry


def _case(session: Session, acting: Acting, case_id: UUID) -> Case:
    case = desk_rights.case_of(session, acting, case_id)
    if not may_write(acting, case):
        raise Problem("not_found")
    return case


def _reads(acting: Acting, case: Case) -> bool:
    return acting.has(*_READERS) and CLASS in scope.classes_read(acting, case.village_code)


def _listed(session: Session, acting: Acting, entry: KeyCare, case: Case, now: datetime) -> Listed:
    said = _said(session, case, entry)
    reviews = tuple(f"{one['on']} {one['text']}" for one in said["reviews"])
    is_past = entry.review_on < day_of(now)
    return Listed(case, entry, said["level"], said["reason"], reviews, is_past, may_write(acting, case))


def _said(session: Session, case: Case, entry: KeyCare) -> dict[str, Any]:
    plain = bodies.open_for_case(
        session, case.district, case.case_id, "key_care", "sealed_said", _key(entry), entry.sealed_said
    )
    return dict(json.loads(plain))


def _sealed(session: Session, case: Case, entry: KeyCare, said: dict[str, Any]) -> bytes:
    plain = json.dumps(said, ensure_ascii=False).encode()
    return bodies.seal_for_case(session, case.district, case.case_id, "key_care", "sealed_said", _key(entry), plain)


def _key(entry: KeyCare) -> tuple[str, UUID, UUID]:
    return entry.district, entry.case_id, entry.entry_id
