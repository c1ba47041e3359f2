"""Inspection: a supervisor draws a share of the approved visits of a period and checks each once more.

    draw     the same seed, share and period give the same visits of the same county again; the seed is kept
    read     the drawn visits of families she still supervises, with what the checks gave
    check    what one check gave

It asks whether reports are right. It counts no person, and no page of it names who made a visit.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.casework import inspection as rules
from fieldapp.days import CHINA
from fieldapp.db import milliseconds
from fieldapp.errors import Problem
from fieldapp.ids import uuid7
from fieldapp.models import audit, bodies, inspections, scope
from fieldapp.models.accounts import Acting, Role
from fieldapp.models.cases import Case, Visit, Visitor
from fieldapp.models.inspections import Inspection, InspectionVisit
from fieldapp.models.records import Record, State

VISIT_FORMS = ("F2", "F3", "F3V", "F10")
NOTE_MAX = 500
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)
_TABLE, _COLUMN = "inspection_visit", "sealed_note"


@dataclass(frozen=True)
class Drawn:
    """One drawn visit. `own`: she was one of its visitors, so another checks it."""

    row: InspectionVisit
    case: Case
    visit: Visit
    note: str
    own: bool


def draw(
    session: Session, acting: Acting, *, since: date, until: date, share_percent: int, seed: str, now: datetime
) -> Inspection:
    """Draw from the visits whose reports were approved in this period, of the families she supervises.

    Raises `not_found` for who supervises nothing, `inspection_needs_words`, `inspection_nothing`.
    """
    if not acting.has(Role.SUPERVISOR):
        raise Problem("not_found")
    seed = seed.strip()
    # Days far off have no moment in every time zone, and PostgreSQL keeps no text with a NUL in it.
    is_period = FIRST_DAY <= since <= until <= LAST_DAY
    is_seed = 0 < len(seed) <= rules.SEED_MAX and "\0" not in seed
    if not is_period or not rules.SHARE_MIN <= share_percent <= rules.SHARE_MAX or not is_seed:
        raise Problem("inspection_needs_words")
    visits = _approved(session, acting, since, until)
    if not visits:
        raise Problem("inspection_nothing")
    made = Inspection(
        district=acting.district,
        inspection_id=uuid7(milliseconds(now)),
        since=since,
        until=until,
        share_percent=share_percent,
        seed=seed,
        visits=len(visits),
        drawn_at=now,
        drawn_by=acting.person_id,
    )
    session.add(made)
    session.flush()
    for number, visit_id in enumerate(rules.draw(visits, seed, share_percent), 1):
        key = {"district": acting.district, "inspection_id": made.inspection_id, "number": number}
        session.add(InspectionVisit(**key, case_id=visits[visit_id], visit_id=visit_id))
    session.flush()
    _audit(session, acting, "draw_inspection", made.inspection_id, now)
    return made


def read(session: Session, acting: Acting, inspection_id: UUID, now: datetime) -> tuple[Inspection, list[Drawn]]:
    """A draw of hers. Writes the row of audit that reading it leaves. Raises `not_found`."""
    made = _inspection(session, acting, inspection_id)
    rows = inspections.drawn_in(session, acting, inspection_id)
    own = _visited_by(session, acting, [visit.visit_id for _, _, visit in rows])
    found = [Drawn(row, case, visit, _note(session, row), visit.visit_id in own) for row, case, visit in rows]
    about: dict[str, object] = {
        "inspection": str(inspection_id),
        "cases": sorted({str(one.case.case_id) for one in found}),
    }
    audit.note_read(session, acting, "read_inspection", about, now)
    return made, found


def check(
    session: Session, acting: Acting, inspection_id: UUID, number: int, result: str, note: str, now: datetime
) -> InspectionVisit:
    """Say what a check gave; a later word replaces an earlier one, and the audit holds both.

    Raises `not_found`, `own_record` (she made this visit), `request_malformed`, `inspection_needs_note`,
    `text_too_long`.
    """
    _inspection(session, acting, inspection_id)
    rows = inspections.drawn_in(session, acting, inspection_id)
    row = next((one for one, _, _ in rows if one.number == number), None)
    if row is None:
        raise Problem("not_found")
    if _visited_by(session, acting, [row.visit_id]):
        raise Problem("own_record")
    note = note.strip()
    if result not in rules.RESULTS:
        raise Problem("request_malformed")
    if result in rules.NEEDS_NOTE and not note:
        raise Problem("inspection_needs_note")
    if len(note) > NOTE_MAX:
        raise Problem("text_too_long", limit=NOTE_MAX)
    row.result, row.checked_at, row.checked_by = result, now, acting.person_id
    row.sealed_note = None
    if note:
        plain = json.dumps({"text": note}, ensure_ascii=False).encode()
        row.sealed_note = bodies.seal_for_case(session, row.district, row.case_id, _TABLE, _COLUMN, _key(row), plain)
    session.flush()
    _audit(session, acting, "check_inspection", inspection_id, now, number=number, case=str(row.case_id))
    return row


def _approved(session: Session, acting: Acting, since: date, until: date) -> dict[UUID, UUID]:
    """The case of each visit of which a report was approved in this period."""
    first = datetime.combine(since, time(), CHINA)
    after = datetime.combine(until + timedelta(days=1), time(), CHINA)
    same = (Case.district == Record.district) & (Case.case_id == Record.case_id)
    rows = session.execute(
        select(Record.visit_id, Record.case_id)
        .join(Case, same)
        .where(
            Record.district == acting.district,
            Record.visit_id.is_not(None),
            Record.form.in_(VISIT_FORMS),
            Record.state == State.APPROVED,
            Record.state_at >= first,
            Record.state_at < after,
            scope.files_supervised(acting),
        )
        .distinct()
    )
    return {visit_id: case_id for visit_id, case_id in rows if visit_id is not None}


def _visited_by(session: Session, acting: Acting, visit_ids: Sequence[UUID]) -> set[UUID]:
    hers = select(Visitor.visit_id).where(
        Visitor.district == acting.district, Visitor.visit_id.in_(visit_ids), Visitor.person_id == acting.person_id
    )
    wrote = select(Record.visit_id).where(
        Record.district == acting.district, Record.visit_id.in_(visit_ids), Record.author_id == acting.person_id
    )
    return {visit_id for visit_id in (*session.scalars(hers), *session.scalars(wrote)) if visit_id is not None}


def _inspection(session: Session, acting: Acting, inspection_id: UUID) -> Inspection:
    made = session.get(Inspection, (acting.district, inspection_id))
    if made is None or made.drawn_by != acting.person_id or not acting.has(Role.SUPERVISOR):
        raise Problem("not_found")
    return made


def _note(session: Session, row: InspectionVisit) -> str:
    if row.sealed_note is None:
        return ""
    try:
        plain = bodies.open_for_case(session, row.district, row.case_id, _TABLE, _COLUMN, _key(row), row.sealed_note)
    except Problem:  # the family was erased
        return ""
    return str(json.loads(plain)["text"])


def _key(row: InspectionVisit) -> tuple[str, UUID, int]:
    return row.district, row.inspection_id, row.number


def _audit(session: Session, acting: Acting, act: str, inspection_id: UUID, now: datetime, **more: object) -> None:
    about: dict[str, object] = {"inspection": str(inspection_id), **more}
    audit.write(session, district=acting.district, actor_id=acting.person_id, act=act, about=about, at=now)
