"""Money kept for a child, or for who cannot keep it herself: what came, what it was used for, what is left.

read      the ledger with its balances, and what follow-ups told that nobody has written into it yet
write     a line; refused in words where more would have been used than had come
cancel    takes a line back by another one; both stay
take_over writes down a use that an approved follow-up tells of
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import ColumnElement, false, or_, select
from sqlalchemy.orm import Session

from fieldapp.actions import case_events, files, minors, reports
from fieldapp.actions.files import FileView
from fieldapp.actions.findings import body_of
from fieldapp.actions.plans import plan_of
from fieldapp.casework import custody
from fieldapp.casework.custody import Entry, Ledger, Line
from fieldapp.casework.happened import Happened
from fieldapp.casework.states import Refusal
from fieldapp.days import day_of
from fieldapp.db import milliseconds
from fieldapp.errors import Problem
from fieldapp.ids import uuid7
from fieldapp.models import audit, bodies, funds, scope
from fieldapp.models.accounts import Acting, Role
from fieldapp.models.cases import Case
from fieldapp.models.funds import FundLine
from fieldapp.models.records import Record, Revision, State

FOLLOW_UP = "F3"
TEXT_MAX, KEEPER_MAX = 200, 100
_CLASS = "money"
_WRITERS = (Role.SUPERVISOR, Role.CASEWORKER)
_PROOF = "receipt"  # what a desk line stands on unless somebody says otherwise


@dataclass(frozen=True)
class Told:
    """A use of which an approved follow-up tells, and which does not stand in the ledger."""

    line_id: UUID
    revision_id: UUID
    on: date
    fen: int
    purpose: str
    proof: str


@dataclass(frozen=True)
class Seen:
    """What a follow-up showed of a use: photos beside its row, and of the accounts beside the whole. Opened from
    the report `record_id`, by who may read that.
    """

    record_id: UUID
    files: Sequence[FileView]


@dataclass(frozen=True)
class Account:
    """The money of one case. `rows`: each line by day with what was left after it, in fen; `keepers` by line; `seen` by
    line too, in the ledger or told.
    """

    case: Case
    rows: Sequence[tuple[Line, int]]
    keepers: dict[str, str]
    balance_fen: int
    told: Sequence[Told]
    seen: Mapping[str, Seen]


def read(session: Session, acting: Acting, case_id: UUID, now: datetime) -> Account:
    """The ledger of a file she may open and whose money she may see. Writes the row of audit that reading it leaves.

    Raises `not_found`, `reason_needed` before the file of a minor.
    """
    case = _case(session, acting, case_id)
    minors.require_reason(session, acting, case, now)
    audit.note_read(session, acting, "read_funds", {"case": str(case_id)}, now)
    ledger, keepers = _ledger(session, case)
    known = {line.line_id for line in ledger.lines}
    uses = _told(session, case)
    told = [one for one in uses if str(one.line_id) not in known]
    return Account(case, custody.balances(ledger), keepers, ledger.balance_fen, told, _seen(session, acting, uses))


def may_see(acting: Acting, case: Case) -> bool:
    """Whether she reads and writes the ledger of a file that she may open."""
    return acting.has(*_WRITERS) and _CLASS in scope.classes_read(acting, case.village_code)


def balance_of(session: Session, acting: Acting, case: Case) -> int | None:
    """What is left, in fen; None where there is no ledger, or none for her."""
    if not may_see(acting, case) or not funds.lines_of(session, case.district, case.case_id):
        return None
    return _ledger(session, case)[0].balance_fen


def write(
    session: Session,
    acting: Acting,
    case_id: UUID,
    *,
    entry: str,
    on: str,
    yuan: str,
    purpose: str,
    keeper: str,
    now: datetime,
) -> Refusal | None:
    """Write a line, given as it was typed; the refusal in words where the rules of custody speak against it. Raises
    `not_found`, `request_malformed`, `amount_unreadable`, `day_to_come`, `keeper_needed`, `text_too_long`.
    """
    case = _case(session, acting, case_id, lock=True)
    try:
        kind, day = Entry(entry), date.fromisoformat(on)
    except ValueError as error:
        raise Problem("request_malformed") from error
    if day > day_of(now):
        raise Problem("day_to_come")
    if len(purpose) > TEXT_MAX or len(keeper) > KEEPER_MAX:
        raise Problem("text_too_long", limit=TEXT_MAX)
    if kind is Entry.RECEIVED and not keeper.strip():
        raise Problem("keeper_needed")
    try:
        fen = custody.fen_of(yuan)
    except ValueError as error:
        raise Problem("amount_unreadable") from error
    if fen == 0:
        raise Problem("amount_unreadable")
    line = Line(str(uuid7(milliseconds(now))), kind, day, fen, purpose.strip(), _PROOF)
    return _write(session, acting, case, line, keeper.strip(), None, now)


def take_over(session: Session, acting: Acting, case_id: UUID, line_id: UUID, now: datetime) -> Refusal | None:
    """Write down a use that a follow-up told of; a second press changes nothing. Raises `not_found`."""
    case = _case(session, acting, case_id, lock=True)
    for one in _told(session, case):
        if one.line_id == line_id:
            line = Line(str(line_id), Entry.USED, one.on, one.fen, one.purpose, one.proof)
            return _write(session, acting, case, line, "", one.revision_id, now)
    raise Problem("not_found")


def cancel(
    session: Session, acting: Acting, case_id: UUID, line_id: UUID, reason: str, now: datetime
) -> Refusal | None:
    """Take a line back by another one, with the reason. Raises `not_found`."""
    case = _case(session, acting, case_id, lock=True)
    ledger, _ = _ledger(session, case)
    new_id = str(uuid7(milliseconds(now)))
    try:
        after = custody.cancel(ledger, str(line_id), new_id, reason[:TEXT_MAX])
    except KeyError as error:
        raise Problem("not_found") from error
    if isinstance(after, Refusal):
        return after
    _keep(session, acting, case, after.lines[-1], "", None, now)
    return None


def _case(session: Session, acting: Acting, case_id: UUID, *, lock: bool = False) -> Case:
    asked = select(Case).where(Case.district == acting.district, Case.case_id == case_id, scope.files_of(acting))
    case = session.scalar(asked.with_for_update() if lock else asked)  # of two lines at once the second sees the first
    if case is None or not may_see(acting, case):
        raise Problem("not_found")
    return case


def _write(
    session: Session, acting: Acting, case: Case, line: Line, keeper: str, revision_id: UUID | None, now: datetime
) -> Refusal | None:
    ledger, _ = _ledger(session, case)
    after = custody.write(ledger, line)
    if isinstance(after, Refusal):
        return after
    if after is not ledger:
        _keep(session, acting, case, line, keeper, revision_id, now)
    return None


def _keep(
    session: Session, acting: Acting, case: Case, line: Line, keeper: str, revision_id: UUID | None, now: datetime
) -> None:
    line_id = UUID(line.line_id)
    details = {
        "on": line.on.isoformat(), "fen": line.fen, "purpose": line.purpose, "proof": line.proof, "keeper": keeper,
    }  # fmt: skip
    key = (case.district, case.case_id, line_id)
    plain = json.dumps(details, ensure_ascii=False).encode()
    sealed = bodies.seal_for_case(session, case.district, case.case_id, "fund_line", "sealed_details", key, plain)
    session.add(
        FundLine(
            district=case.district,
            case_id=case.case_id,
            line_id=line_id,
            entry=line.entry.value,
            cancels=UUID(line.cancels) if line.cancels else None,
            revision_id=revision_id,
            made_by=acting.person_id,
            made_at=now,
            sealed_details=sealed,
        )
    )
    session.flush()
    case_events.note(session, case, Happened.FUND_NOTED, now=now, by=acting.person_id, ref=line_id, sensitivity=_CLASS)
    about: dict[str, object] = {"case": str(case.case_id), "line": str(line_id), "entry": line.entry.value}
    audit.write(session, district=case.district, actor_id=acting.person_id, act="write_fund_line", about=about, at=now)


def _ledger(session: Session, case: Case) -> tuple[Ledger, dict[str, str]]:
    lines, keepers = [], {}
    for row in funds.lines_of(session, case.district, case.case_id):
        key = (row.district, row.case_id, row.line_id)
        opened = bodies.open_for_case(
            session, case.district, case.case_id, "fund_line", "sealed_details", key, row.sealed_details
        )
        said = json.loads(opened)
        line_id = str(row.line_id)
        cancels = str(row.cancels) if row.cancels else ""
        day = date.fromisoformat(said["on"])
        lines.append(Line(line_id, Entry(row.entry), day, said["fen"], said["purpose"], said["proof"], cancels))
        if said["keeper"]:
            keepers[line_id] = said["keeper"]
    return Ledger(tuple(lines)), keepers


def _told(session: Session, case: Case) -> list[Told]:
    """Every use that an approved follow-up tells of with day and sum, oldest first."""
    here = (Record.district == case.district, Record.case_id == case.case_id, Record.form == FOLLOW_UP)
    revisions = session.scalars(
        select(Revision)
        .join(Record, (Record.district == Revision.district) & (Record.head_revision_id == Revision.revision_id))
        .where(*here, Record.state == State.APPROVED)
        .order_by(Revision.revision_id)
    )
    found = []
    for revision in revisions:
        for number, row in _rows(body_of(session, revision)):
            use = _use(row)
            if use is not None:
                found.append(Told(_line_id(revision.record_id, row, number), revision.revision_id, **use))
    return found


def _seen(session: Session, acting: Acting, uses: Sequence[Told]) -> dict[str, Seen]:
    """By line the photos of each use that stand in a report which she may read."""
    ids = {one.revision_id for one in uses}
    rows = session.execute(
        select(Revision, Record)
        .join(Record, (Record.district == Revision.district) & (Record.record_id == Revision.record_id))
        .where(Revision.district == acting.district, Revision.revision_id.in_(ids), _opens(acting))
    )
    found: dict[str, Seen] = {}
    for revision, record in rows:
        plan, body = plan_of(session, revision.form, revision.form_version), body_of(session, revision)
        if plan is None:
            continue
        named = files.of_body(session, record, plan, body)
        for number, row in _rows(body):
            shown = [one for path, views in named.items() if _is_about(path, row) for one in views]
            if shown:
                found[str(_line_id(record.record_id, row, number))] = Seen(record.record_id, shown)
    return found


def _opens(acting: Acting) -> ColumnElement[bool]:
    """Condition on `Record`: what she opens a photo of (reports.allow_file)."""
    reviews = scope.reports_to_review(acting) if acting.has(Role.SUPERVISOR) else false()
    return or_(reviews, scope.reports_to_read(acting) if acting.has(*reports.READERS) else false())


def _is_about(path: str, row: Any) -> bool:
    """Whether a photo beside this question shows this use: beside its row, or beside the use as a whole."""
    if path.startswith("fund.fund_use["):
        return isinstance(row, dict) and path.startswith(f"fund.fund_use[{row.get('_id')}].")
    return path.startswith("fund.")


def _line_id(record_id: UUID, row: Mapping[str, Any], number: int) -> UUID:
    return uuid5(record_id, str(row.get("_id", number)))


def _rows(body: Mapping[str, Any]) -> list[tuple[int, Any]]:
    fund = body.get("answers", {}).get("fund")
    rows = fund.get("fund_use") if isinstance(fund, dict) else None
    return list(enumerate(rows)) if isinstance(rows, list) else []


def _use(row: Any) -> dict[str, Any] | None:
    """Day, sum, purpose and proof of one row; None where day or sum is not known to the fen and the day."""
    try:
        on, fen = date.fromisoformat(row["on"]), custody.fen_of(str(row["amount"]))
    except (KeyError, TypeError, ValueError):
        return None
    purpose, proof = row.get("purpose"), row.get("proof")
    if fen == 0 or not isinstance(purpose, str) or not purpose.strip():
        return None
    return {"on": on, "fen": fen, "purpose": purpose[:TEXT_MAX], "proof": proof if isinstance(proof, str) else ""}
