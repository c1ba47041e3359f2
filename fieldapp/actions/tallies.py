"""What counts of each family's reports: read off them once by the worker, so that a page of figures opens no report.

    of(...)      what counts of these families now: kept where it still holds, else read anew, nothing written
    each(...)    the same, one family after the other
    keep(...)    the worker: keep what is new, some families at a time

What is kept is sealed with the family's key and says of which versions it was made (`mark`): a report that was approved
or replaced, a follow-up handed in, a step of a measure, a line of the ledger, a newer screening, an event of the file,
another length of a limit or another holiday makes it old at once, and an old one is never used. So the figures are
exact at every moment; only how fast they come depends on the worker.

What follow-ups were due, and which limits ran out, is worked out at the moment of reading: kept is what that goes by.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from uuid import UUID

import structlog
from sqlalchemy import String, case, cast, func, select
from sqlalchemy.orm import Session

from fieldapp.actions import tally_reports
from fieldapp.actions.clock_settings import own_of
from fieldapp.actions.tally_reports import IS_READ, Told
from fieldapp.casework.calendar import published
from fieldapp.crypto.rest import RestError
from fieldapp.errors import Problem
from fieldapp.models import bodies
from fieldapp.models.case_events import CaseEvent
from fieldapp.models.cases import Case, CaseKey
from fieldapp.models.funds import FundLine
from fieldapp.models.measures import MeasureMove
from fieldapp.models.records import Record, State
from fieldapp.models.screenings import ScreeningRun
from fieldapp.models.tallies import CaseTally

FAMILIES_AT_ONCE = 100  # kept in one transaction of the worker: nobody waits long for the write lock
BATCHES_IN_VAIN = 3  # looked through in that transaction before it ends with nothing kept: all of them were damaged
_VERSION = 6  # of what is kept: another one makes all of it old
_DAMAGED = ""  # the mark of a family of which something did not open: it is true of nothing, so it is read anew

log = structlog.get_logger()


def of(session: Session, district: str, case_ids: Sequence[UUID]) -> dict[UUID, Told]:
    """What counts of these families; an empty one where nothing does, or where the family was erased; with the part
    "unread" where something of it is damaged.
    """
    return dict(each(session, district, case_ids))


def each(session: Session, district: str, case_ids: Sequence[UUID]) -> Iterator[tuple[UUID, Told]]:
    """The same one after the other, for who makes something smaller of each: those of a whole county, all held at
    once, are so many objects that the collector walks through them for longer than it takes to read them.
    """
    marks, kept = _marks(session, district, case_ids), _kept(session, district)
    bodies.load_case_keys(session, district, case_ids)
    old = []
    for case_id, mark in marks.items():
        held = kept.get(case_id)
        told = _opened(session, district, case_id, held[1]) if held is not None and held[0] == mark else None
        if told is None:
            old.append(case_id)
        else:
            yield case_id, told
    for at in range(0, len(old), FAMILIES_AT_ONCE):
        yield from tally_reports.read(session, district, old[at : at + FAMILIES_AT_ONCE]).items()


def keep(session: Session, district: str, now: datetime) -> int:
    """Keep what counts of the next families of whom nothing current is kept; how many.

    Nothing is kept of a family of which something did not open: what mends it changes no mark. Those tried longest ago
    come first, so that however many are damaged, they stand in nobody's way for more than some rounds.
    """
    alive = session.scalars(select(CaseKey.case_id).where(CaseKey.district == district).order_by(CaseKey.case_id)).all()
    marks = _marks(session, district, alive)
    rows = select(CaseTally.case_id, CaseTally.mark, CaseTally.made_at).where(CaseTally.district == district)
    kept = {case_id: (mark, made_at) for case_id, mark, made_at in session.execute(rows)}
    old = [case_id for case_id in alive if case_id not in kept or kept[case_id][0] != marks[case_id]]
    old.sort(key=lambda case_id: kept[case_id][1].timestamp() if case_id in kept else 0.0)
    made = damaged = 0
    for at in range(0, min(len(old), BATCHES_IN_VAIN * FAMILIES_AT_ONCE), FAMILIES_AT_ONCE):
        for case_id, told in tally_reports.read(session, district, old[at : at + FAMILIES_AT_ONCE]).items():
            try:
                sealed = b"" if "unread" in told else _sealed(session, district, case_id, told)
            except Problem:  # erased at this moment
                continue
            row = session.get(CaseTally, (district, case_id)) or CaseTally(district=district, case_id=case_id)
            row.sealed_told, row.mark, row.made_at = sealed, marks[case_id] if sealed else _DAMAGED, now
            session.add(row)
            made, damaged = made + bool(sealed), damaged + (not sealed)
        if made:
            break
    if damaged:
        log.error("families_not_counted", district=district, count=damaged)
    return made


def districts_of(session: Session) -> Sequence[str]:
    """The districts in which there are families."""
    return session.scalars(select(Case.district).distinct().order_by(Case.district)).all()


# --- of which versions ------------------------------------------------------------------------------------------------


def _marks(session: Session, district: str, case_ids: Sequence[UUID]) -> dict[UUID, str]:
    """By family what its tally depends on, as one hash, from clear columns alone. Asked of the whole district at once:
    a list of thousands of ids, or the scope they come from, asked again for each table costs more than what it leaves
    out.
    """
    head = cast(Record.head_revision_id, String)
    heads = func.aggregate_strings(case((Record.state == State.APPROVED, head + "+"), else_=head), " ")
    run, is_final = func.max(ScreeningRun.number), ScreeningRun.counts_unapproved.is_(False)
    asked = (
        select(Record.case_id, heads).where(Record.district == district, IS_READ).group_by(Record.case_id),
        select(ScreeningRun.case_id, run)
        .where(ScreeningRun.district == district, is_final)
        .group_by(ScreeningRun.case_id),
        select(MeasureMove.case_id, func.count()).where(MeasureMove.district == district).group_by(MeasureMove.case_id),
        select(FundLine.case_id, func.count()).where(FundLine.district == district).group_by(FundLine.case_id),
        select(CaseEvent.case_id, func.count()).where(CaseEvent.district == district).group_by(CaseEvent.case_id),
    )
    all_of_them = f"{_VERSION} {published().fingerprint} {sorted(_lengths(session, district).items())}"
    same = sha256(all_of_them.encode()).hexdigest()
    parts = {case_id: [same] for case_id in case_ids}
    for number, one in enumerate(asked):
        for case_id, said in session.execute(one):
            if case_id in parts:
                parts[case_id].append(f"{number}:{' '.join(sorted(str(said).split()))}")
    return {case_id: sha256("|".join(part).encode()).hexdigest() for case_id, part in parts.items()}


def _lengths(session: Session, district: str) -> dict[str, str]:
    return {code: f"{one.amount} {one.unit}" for code, one in own_of(session, district).lengths.items()}


def _kept(session: Session, district: str) -> dict[UUID, tuple[str, bytes]]:
    rows = session.execute(
        select(CaseTally.case_id, CaseTally.mark, CaseTally.sealed_told).where(CaseTally.district == district)
    )
    return {case_id: (mark, sealed) for case_id, mark, sealed in rows}


def _sealed(session: Session, district: str, case_id: UUID, told: Told) -> bytes:
    plain = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
    return bodies.seal_for_case(session, district, case_id, "case_tally", "sealed_told", (district, case_id), plain)


def _opened(session: Session, district: str, case_id: UUID, sealed: bytes) -> Told | None:
    place = ("case_tally", "sealed_told", (district, case_id))
    try:
        plain = bodies.open_for_case(session, district, case_id, *place, sealed)
    except RestError as error:
        log.error("stored_damaged", what=str(error), case=str(case_id))
        return None
    except Problem:  # the family was erased: its clear columns alone are left
        return {}
    return dict(json.loads(plain))
