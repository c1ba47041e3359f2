"""A lead found again by the number that its source gave it: of a petition, a ticket of a hotline, a receipt, a notice.

Numbers lie sealed in the intake notes (F1) and in no index, so all notes of her regions are opened and compared, some
at a time and outside of a transaction that writes: nobody waits for it. So are the notices of the procuratorate, for
whose cases nobody wrote an intake note (notices.py).
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, literal, or_, select, tuple_
from sqlalchemy.orm import Session

from fieldapp.actions import notices
from fieldapp.actions.findings import body_of
from fieldapp.casework.happened import Happened
from fieldapp.crypto.rest import RestError
from fieldapp.db import reading, writing
from fieldapp.errors import Problem
from fieldapp.models import audit, bodies, scope
from fieldapp.models.accounts import Acting, Role
from fieldapp.models.case_events import CaseEvent
from fieldapp.models.cases import Case
from fieldapp.models.records import Record, Revision, State

NUMBER_MIN = 4  # letters and digits: fewer would find whatever there is
NOTES_AT_ONCE = 500  # in memory
_PLACES = (("lead", "channel_ref"), ("mr", "ref_no"))


def by_number(*, acting: Acting, number: str, now: datetime) -> list[Case]:
    """The files whose intake note or notice names this number, the newest of each first; written with other blanks,
    dashes or capitals it is the same. Empty for who is no supervisor, for a number too short, and where nothing is
    found. A row of audit says that she looked, and at how many.
    """
    wanted, regions = _plain(number), acting.regions(Role.SUPERVISOR)
    if not regions or len(wanted) < NUMBER_MIN:
        return []
    hers = (
        Case.district == acting.district,
        scope.files_of(acting),
        or_(*(Case.village_code.startswith(region) for region in regions)),
    )
    with reading() as session:
        noted, notes = _in_notes(session, _notes(acting, hers), wanted)
        noticed, told = _in_notices(session, acting.district, hers, wanted)
    found = noted | noticed
    named: dict[str, object] = {"compared": notes + told, "cases": [str(case_id) for case_id in found]}
    with writing() as session:
        audit.note_read(session, acting, "find_lead", named, now)
    return list(found.values())


def _notes(acting: Acting, hers: Sequence[ColumnElement[bool]]) -> Select[Case, Record, Revision]:
    """The intake notes she may read, the newest first."""
    return (
        select(Case, Record, Revision)
        .join(Record, (Record.district == Case.district) & (Record.case_id == Case.case_id))
        .join(Revision, (Revision.district == Record.district) & (Revision.revision_id == Record.head_revision_id))
        .where(
            *hers,
            scope.records_of(acting),
            Record.form == "F1",
            Record.state.not_in((State.DRAFT, State.VOID)),
        )
        .order_by(Record.created_at.desc(), Record.record_id.desc())
    )


def _in_notes(session: Session, notes: Select[Case, Record, Revision], wanted: str) -> tuple[dict[UUID, Case], int]:
    """The files whose note names this number, and how many notes were compared: every one."""
    found: dict[UUID, Case] = {}
    compared, page = 0, notes.limit(NOTES_AT_ONCE)
    while rows := session.execute(page).all():
        bodies.load_case_keys(session, rows[0][0].district, {case.case_id for case, _, _ in rows})
        found |= {case.case_id: case for case, _, head in rows if wanted in _numbers(session, head)}
        compared += len(rows)
        last: Record = rows[-1][1]
        page = notes.where(
            tuple_(Record.created_at, Record.record_id)
            < tuple_(literal(last.created_at, Record.created_at.type), literal(last.record_id, Record.record_id.type))
        ).limit(NOTES_AT_ONCE)
        session.expunge_all()
    return found, compared


def _in_notices(
    session: Session, district: str, hers: Sequence[ColumnElement[bool]], wanted: str
) -> tuple[dict[UUID, Case], int]:
    """The cases of which the procuratorate told us under this number, and how many it told us of."""
    same = (CaseEvent.district == Case.district) & (CaseEvent.case_id == Case.case_id)
    asked = select(Case).join(CaseEvent, same).where(*hers, CaseEvent.kind == Happened.REVERSE_NOTICE)
    cases = session.scalars(asked.order_by(Case.opened_at.desc(), Case.case_id.desc())).all()
    found: dict[UUID, Case] = {}
    for at in range(0, len(cases), NOTES_AT_ONCE):
        some = cases[at : at + NOTES_AT_ONCE]
        came = notices.told_of(session, district, [case.case_id for case in some])
        found |= {
            case.case_id: case for case in some if case.case_id in came and _plain(came[case.case_id].number) == wanted
        }
    return found, len(cases)


def _numbers(session: Session, head: Revision) -> set[str]:
    """The numbers of a note; none of a family that was erased, or whose stored bytes do not open."""
    try:
        answers = body_of(session, head).get("answers") or {}
    except (RestError, Problem):
        return set()
    said = (answers.get(group, {}).get(name) for group, name in _PLACES if isinstance(answers.get(group), dict))
    return {_plain(text) for text in said if isinstance(text, str)}


def _plain(number: str) -> str:
    return "".join(filter(str.isalnum, number)).upper()
