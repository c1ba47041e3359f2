"""The file of a minor is opened at the desk only for a reason, asked once for each person, file and day."""

import json
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.days import day_of
from fieldapp.errors import Problem
from fieldapp.models import audit, bodies, casefiles, scope
from fieldapp.models.accounts import Acting
from fieldapp.models.cases import Case, OpeningReason

REASONS = ("review", "plan", "urgent", "inspection", "other")
LINE_MAX = 200


def needs_reason(session: Session, acting: Acting, case: Case, now: datetime) -> bool:
    """Whether she has to say first why she opens this file today. `case` is one she may open."""
    today = day_of(now)
    if session.get(OpeningReason, (case.district, case.case_id, acting.person_id, today)) is not None:
        return False
    return casefiles.is_of_minor(session, acting, case, today)


def require_reason(session: Session, acting: Acting, case: Case | None, now: datetime) -> None:
    """Every way to a family's content goes through here. Raises `reason_needed`, with the case as detail, by which the
    desk leads to the question (web/problems.py). Nothing for what belongs to no file yet.
    """
    if case is not None and needs_reason(session, acting, case, now):
        raise Problem("reason_needed", case=str(case.case_id))


def give_reason(session: Session, acting: Acting, case_id: UUID, reason: str, line: str, now: datetime) -> None:
    """Keep why she opens this file today. Raises `not_found`, `reason_needed` (with "other" a line is needed)."""
    case = _case(session, acting, case_id)
    line = line.strip()
    if reason not in REASONS or len(line) > LINE_MAX or (reason == "other" and not line):
        raise Problem("reason_needed")
    today = day_of(now)
    key = (case.district, case_id, acting.person_id, today)
    if session.get(OpeningReason, key) is not None:
        return  # sent twice: the first word stands
    said = json.dumps({"line": line}, ensure_ascii=False).encode()
    bound = (*key[:3], today.isoformat())
    sealed = bodies.seal_for_case(session, case.district, case_id, "opening_reason", "sealed_line", bound, said)
    session.add(
        OpeningReason(
            district=key[0], case_id=case_id, person_id=key[2], given_on=today, reason=reason, sealed_line=sealed,
            given_at=now,
        )
    )  # fmt: skip
    audit.note_read(session, acting, "open_minor_file", {"case": str(case_id), "reason": reason}, now)


def code_name_of(session: Session, acting: Acting, case_id: UUID) -> str:
    """The code name of a file she may open. Raises `not_found`."""
    return _case(session, acting, case_id).code_name


def _case(session: Session, acting: Acting, case_id: UUID) -> Case:
    case = session.scalar(select(Case).where(Case.case_id == case_id, scope.cases_of(acting)))
    if case is None:
        raise Problem("not_found")
    return case
