"""What came of each household of a round, as the newest sweep report handed in since it began says.

Read for whoever supervises the round; the act that shows it writes the row of audit (campaigns.py). Once a household's
name is gone (actions/erasures.py) its codes are left, so that the counts of an old round stay what they were.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from fieldapp.actions.findings import body_of
from fieldapp.casework import campaigns as rules
from fieldapp.crypto.rest import RestError
from fieldapp.days import day_of
from fieldapp.errors import Problem
from fieldapp.models import bodies, campaigns, scope
from fieldapp.models.accounts import Acting, Person
from fieldapp.models.campaigns import Campaign, CampaignHousehold
from fieldapp.models.cases import Case, Visit
from fieldapp.models.records import Record, Revision, State
from fieldapp.models.regions import names_for_files

FORM = "F10"
SHORT = re.compile(r"[a-z0-9_]{1,20}")  # as long as the columns


@dataclass(frozen=True)
class Entry:
    """One household as the office sees it: its file, who looks in, where, and what the newest report says."""

    case: Case
    cadre: str
    village: str
    household: rules.Household
    visit: Visit


def of(session: Session, acting: Acting, campaign: Campaign, now: datetime) -> list[Entry]:
    """The households of a round whose files she supervises: what needs somebody first, then what nobody visited."""
    listed = {one.case_id: one for one in campaigns.households(session, campaign)}
    files = session.scalars(
        select(Case).where(Case.district == acting.district, Case.case_id.in_(listed), scope.files_supervised(acting))
    ).all()
    bodies.load_case_keys(session, acting.district, [case.case_id for case in files])
    told = _told(session, campaign, [case.case_id for case in files])
    visits = session.scalars(
        select(Visit).where(
            Visit.district == acting.district, Visit.visit_id.in_([one.visit_id for one in listed.values()])
        )
    )
    by_visit = {visit.visit_id: visit for visit in visits}
    names = _names(session, acting.district, {one.person_id for one in listed.values()})
    regions = names_for_files(session, acting.district, day_of(now))
    entries = []
    for case in files:
        one = listed[case.case_id]
        village = regions.get(case.village_code, case.village_code)
        said = told.get(case.case_id) or _kept_of(one)
        household = _seen(case.case_id, said, village)
        entries.append(Entry(case, names.get(one.person_id, ""), village, household, by_visit[one.visit_id]))
    return sorted(entries, key=_order)


def keep_codes(session: Session, district: str, case_id: UUID) -> bool:
    """Keep the codes of what came of a household that no case was made of, before its name goes; whether somebody said
    that it needs a look. Nothing for a family that is a case: of that no more is kept than its clear row.
    """
    if session.scalar(select(Case.case_id).where(*_listed_only(district, case_id))) is None:
        return False
    rows = sorted(campaigns.of_case(session, district, case_id), key=lambda row: row[0].added_at)
    for one, campaign in rows:
        said = _told(session, campaign, [case_id]).get(case_id)
        if said is not None:
            one.outcome, one.colour, one.worry = (_short(said.get(name)) for name in ("outcome", "colour", "worry"))
    if rows and _is_worried(session, district, case_id):
        rows[-1][0].worry = "yes"  # somebody did, if not in a report that the round counts
    session.flush()
    return any(_seen(case_id, _kept_of(one)).needs_a_look for one, _ in rows)


def _is_worried(session: Session, district: str, case_id: UUID) -> bool:
    """Whether any look at this family, of whatever round and also where only the door was handed in, says that it needs
    one more. What does not open may say so.
    """
    heads = session.scalars(
        select(Revision)
        .join(Record, (Record.district == Revision.district) & (Record.head_revision_id == Revision.revision_id))
        .where(
            Record.district == district,
            Record.case_id == case_id,
            Record.form == FORM,
            Record.state.not_in((State.DRAFT, State.VOID)),
        )
        .order_by(Revision.revision_id)
    )
    for head in heads:
        try:
            said = (body_of(session, head).get("answers") or {}).get("hs")
        except (Problem, RestError):
            return True
        if isinstance(said, dict) and _seen(case_id, said).needs_a_look:
            return True
    return False


def _seen(case_id: UUID, said: Mapping[str, Any], village: str = "") -> rules.Household:
    return rules.Household(
        str(case_id), village, _code(said.get("outcome")), _code(said.get("colour")), _code(said.get("worry"))
    )


def _listed_only(district: str, case_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return Case.district == district, Case.case_id == case_id, campaigns.only_listed()


def _kept_of(one: CampaignHousehold) -> Mapping[str, Any]:
    return {"outcome": one.outcome, "colour": one.colour, "worry": one.worry}


def _order(entry: Entry) -> tuple[bool, bool, str, str]:
    """What needs somebody first, then what nobody visited, then by village."""
    household = entry.household
    return (not household.needs_a_look, household.outcome is not None, entry.village, entry.case.code_name)


def _told(session: Session, campaign: Campaign, case_ids: Sequence[UUID]) -> dict[UUID, Mapping[str, Any]]:
    """By family what the newest sweep report of this round says; an older round's says nothing of this one."""
    rows = session.execute(
        select(Record, Revision)
        .join(Revision, (Revision.district == Record.district) & (Revision.revision_id == Record.head_revision_id))
        .where(
            Record.district == campaign.district,
            Record.case_id.in_(case_ids),
            Record.form == FORM,
            Record.state.not_in((State.DRAFT, State.VOID)),
            Record.submitted_at.is_not(None),
        )
        .order_by(Record.submitted_at, Record.record_id)
    )
    found: dict[UUID, Mapping[str, Any]] = {}
    for record, head in rows:
        if record.submitted_at is None or day_of(record.submitted_at) < campaign.since:
            continue
        try:
            said = (body_of(session, head).get("answers") or {}).get("hs")
        except (Problem, RestError):
            continue
        if isinstance(said, dict):
            found[record.case_id] = said
    return found


def _names(session: Session, district: str, ids: set[UUID]) -> dict[UUID, str]:
    rows = session.execute(
        select(Person.person_id, Person.name).where(Person.district == district, Person.person_id.in_(ids))
    )
    return {row.person_id: row.name for row in rows}


def _code(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _short(value: Any) -> str | None:
    """A code as our own forms have them. What else a phone may have sent is no count, and stays under no clear name."""
    return value if isinstance(value, str) and SHORT.fullmatch(value) else None
