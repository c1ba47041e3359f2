"""The yearly audit of who opened the files of minors, and why (未成年人网络保护条例 36, 37). Counts and code names: the
auditor reads no family's answer, nor the line somebody wrote beside a reason.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import and_, exists, select
from sqlalchemy.orm import Session

from fieldapp.actions.minors import REASONS
from fieldapp.errors import Problem
from fieldapp.models import approvers, audit, audit_pages
from fieldapp.models.accounts import Acting, Person
from fieldapp.models.cases import Assignment, Case, OpeningReason

YEAR_FIRST = 2020


@dataclass(frozen=True)
class Opening:
    """One person, one file, one day. `on_team`: she was put on that family's team, at whatever time."""

    on: date
    code_name: str
    person: str
    reason: str
    on_team: bool


@dataclass(frozen=True)
class Year:
    """A year of a county. `by_month`: for each month, how often for each reason; `apart`: openings that an auditor
    looks at one by one: for "another reason", or by somebody who was never on the team.
    """

    year: int
    openings: int
    files: int
    people: int
    by_month: list[tuple[int, dict[str, int]]]
    by_reason: dict[str, int]
    apart: Sequence[Opening]


def year_of(session: Session, acting: Acting, year: int, now: datetime) -> Year:
    """The year as the county's auditor sees it, without families she is related to. Raises `not_found`."""
    if not audit_pages.may_read(acting) or not YEAR_FIRST <= year <= now.year + 1:
        raise Problem("not_found")
    openings = _openings(session, acting, year)
    months = Counter((one.on.month, one.reason) for one, _, _ in openings)
    reasons = Counter(one.reason for one, _, _ in openings)
    audit.note_read(session, acting, "read_minors_year", {"year": year}, now)
    return Year(
        year=year,
        openings=len(openings),
        files=len({case_id for _, case_id, _ in openings}),
        people=len({person_id for _, _, person_id in openings}),
        by_month=[(month, {reason: months[month, reason] for reason in REASONS}) for month in range(1, 13)],
        by_reason={reason: reasons[reason] for reason in REASONS},
        apart=[one for one, _, _ in openings if one.reason == "other" or not one.on_team],
    )


def _openings(session: Session, acting: Acting, year: int) -> list[tuple[Opening, UUID, UUID]]:
    member = exists().where(
        Assignment.district == OpeningReason.district,
        Assignment.case_id == OpeningReason.case_id,
        Assignment.person_id == OpeningReason.person_id,
    )
    rows = session.execute(
        select(OpeningReason, Case.code_name, Person.name, member)
        .join(Case, and_(Case.district == OpeningReason.district, Case.case_id == OpeningReason.case_id))
        .join(Person, and_(Person.district == OpeningReason.district, Person.person_id == OpeningReason.person_id))
        .where(
            OpeningReason.district == acting.district,
            OpeningReason.given_on.between(date(year, 1, 1), date(year, 12, 31)),
            ~approvers.related_to(acting.person_id),
        )
        .order_by(OpeningReason.given_on, Case.code_name, Person.name)
    )
    return [
        (Opening(row.given_on, code_name, name, row.reason, on_team), row.case_id, row.person_id)
        for row, code_name, name, on_team in rows
    ]
