"""A lead taken on a phone opens a family's file: the case id was made there, offline (docs/protocol.md, "Leads")."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fieldapp.actions.cases import NAME_MAX, NewPerson, open_lead
from fieldapp.models.accounts import Role, acting_for
from fieldapp.models.cases import Assignment, Case
from fieldapp.models.regions import Region

DAY = timedelta(days=1)
_REGION = re.compile(r"[0-9]{12}")


def open_file(
    session: Session, district: str, author_id: UUID, case_id: UUID | None, answers: Mapping[str, Any], now: datetime
) -> Case | None:
    """Open the file of a lead in state LEAD, in the village it names where the author works there; she works on it from
    now on. None where she takes leads nowhere (any more). At the desk there is no id yet.

    A lead from another village of the county, taken on a phone, is filed there, for the supervisors of that village to
    triage; she keeps what she wrote, as somebody entrusted does. All others (another county, no village, and at the
    desk, where her own forms on the file would be closed to her) are filed in her own region; the village she was told
    stands in the lead.
    """
    author = acting_for(session, district, author_id)
    regions = () if author is None else author.regions(Role.CASEWORKER, Role.SUPERVISOR)
    if author is None or not regions:
        return None
    lead = answers.get("lead")
    lead = lead if isinstance(lead, Mapping) else {}
    told = _text(lead, "residence_region")
    is_place = _REGION.fullmatch(told) is not None
    is_hers = is_place and any(told.startswith(region) for region in regions)
    is_beside = case_id is not None and author.has(Role.CASEWORKER) and is_place and told.startswith(district)
    is_elsewhere = (
        not is_hers and is_beside and session.scalar(select(Region.code).where(Region.code == told)) is not None
    )
    return open_lead(
        session,
        author,
        village_code=told if is_hers or is_elsewhere else regions[0],
        is_elsewhere=is_elsewhere,
        person=_person(lead),
        contact=_contact(lead),
        programme=_text(lead, "programme") or None,
        case_id=case_id,
        now=now,
    )


def danger_of(answers: Mapping[str, Any]) -> dict[str, Any] | None:
    """The alert (docs/protocol.md section 3, `urgent`) that a lead calls for by itself, None where there is no danger.

    Not knowing counts as danger, as the form says to whoever takes the lead.
    """
    lead = answers.get("lead")
    told = lead.get("danger_now") if isinstance(lead, Mapping) else None
    is_danger = told == "yes" or (isinstance(told, Mapping) and "unknown" in told)
    return {"dangers": ["danger_now"], "who": _text(lead or {}, "name")[:NAME_MAX], "called": []} if is_danger else None


def opened_today(session: Session, district: str, author_id: UUID, now: datetime) -> int:
    """How many files this person opened within the last day. Asked by way of her assignments: they are few."""
    opened = (
        select(func.count())
        .select_from(Assignment)
        .join(Case, (Case.district == Assignment.district) & (Case.case_id == Assignment.case_id))
        .where(
            Assignment.district == district,
            Assignment.person_id == author_id,
            Case.opened_by == author_id,
            Case.opened_at > now - DAY,
        )
    )
    return session.scalar(opened) or 0


def is_known(session: Session, district: str, case_id: UUID) -> bool:
    """Whether there is such a file in the district, whoever may see it."""
    return session.scalar(select(Case.case_id).where(Case.district == district, Case.case_id == case_id)) is not None


def _person(lead: Mapping[str, Any]) -> NewPerson | None:
    name = _text(lead, "name").strip()[:NAME_MAX]
    if not name:
        return None
    sex, birth = _text(lead, "sex") or None, _text(lead, "birth")[:7] or None
    return NewPerson(name=name, sex=sex, birth_ym=birth, relation="self")


def _contact(lead: Mapping[str, Any]) -> dict[str, str] | None:
    safe = lead.get("contact_safe")
    if safe is None:
        return None  # nothing said is nothing known: a phone then warns
    # Whoever does not know what is safe makes no contact (the form says so too).
    code = safe if isinstance(safe, str) else "no_contact"
    return {"safe": code, "how": " ".join(filter(None, (_text(lead, "contact_how"), _text(lead, "contact_phone"))))}


def _text(lead: Mapping[str, Any], name: str) -> str:
    value = lead.get(name)
    return value if isinstance(value, str) else ""
