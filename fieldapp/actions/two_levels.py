"""An administrator of the whole county says of which forms two approvals are asked, and why; who approves sees it.

What waits is not stuck by it: a report with the first approval that no longer needs two is finished by one more, and
one that is in review needs two from the moment it is asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from fieldapp.days import day_of
from fieldapp.db import milliseconds
from fieldapp.errors import Problem
from fieldapp.ids import uuid7
from fieldapp.models import approvers, audit, organisations, regions, scope
from fieldapp.models.accounts import Acting, Organisation, Person, Role, RoleGrant
from fieldapp.models.forms import FormVersion
from fieldapp.models.two_levels import REASON_MAX, TwoLevelRule, rules_of


@dataclass(frozen=True)
class RuleLine:
    """One rule as the page shows it, running or ended. `whose`: the organisation's name, empty for everybody."""

    rule: TwoLevelRule
    whose: str
    by: str
    ended_by: str


@dataclass(frozen=True)
class Alone:
    """Where nobody could give the second approval. `is_whole`: in the whole county; else `places` are names.
    `goes_up`: somebody above the county could.
    """

    is_whole: bool
    places: list[str]
    goes_up: bool


def may_decide(acting: Acting) -> bool:
    """Whether the rule is hers to set. Not a supervisor's: it binds her."""
    return scope.may_publish_forms(acting)


def forms_of(session: Session) -> list[str]:
    """The forms of which two approvals can be asked: those with which new records begin."""
    running = session.scalars(select(FormVersion.form).where(FormVersion.withdrawn_at.is_(None)).distinct())
    return sorted(running, key=lambda form: (len(form), form))  # F10 behind F9, those of this place last


def lines_of(session: Session, district: str) -> list[RuleLine]:
    """What is decided and what was, by form."""
    named = select(Organisation.organisation_id, Organisation.name).where(Organisation.district == district)
    names: dict[UUID | None, str] = dict(session.execute(named).all())
    of_county = select(Person.person_id, Person.name).where(Person.district == district)
    people: dict[UUID | None, str] = dict(session.execute(of_county).all())
    return [
        RuleLine(rule, names.get(rule.organisation_id, ""), people.get(rule.set_by, ""), people.get(rule.ended_by, ""))
        for rule in rules_of(session, district)
    ]


def decide(
    session: Session,
    acting: Acting,
    form: str,
    organisation_id: UUID | None,
    reason: str,
    now: datetime,
    *,
    is_asked: bool,
) -> None:
    """Ask two approvals of reports of this form by people of this organisation (None: by everybody), or no longer. What
    is so already stays as it was decided.

    Raises `not_found` for who does not administer the whole county, for a form or an organisation there is none of;
    `say_why`, `text_too_long`.
    """
    if not may_decide(acting):
        raise Problem("not_found")
    rules = rules_of(session, acting.district)
    standing = [one for one in rules if not one.ended_at and (one.form, one.organisation_id) == (form, organisation_id)]
    running = {None, *(one.organisation_id for one in organisations.running(session, acting.district))}
    if not standing and (form not in forms_of(session) or organisation_id not in running):
        raise Problem("not_found")
    reason = reason.strip()
    if not reason:
        raise Problem("say_why")
    if len(reason) > REASON_MAX:
        raise Problem("text_too_long", limit=REASON_MAX)
    if is_asked == bool(standing):
        return
    for rule in standing:  # more than one, where two asked it at the same moment
        rule.ended_at, rule.ended_by, rule.ended_reason = now, acting.person_id, reason
    if is_asked:
        rule = TwoLevelRule(
            district=acting.district,
            rule_id=uuid7(milliseconds(now)),
            form=form,
            organisation_id=organisation_id,
            reason=reason,
            set_by=acting.person_id,
            set_at=now,
        )
        session.add(rule)
        standing = [rule]
    session.flush()
    act = "ask_two_approvals" if is_asked else "ask_one_approval"
    about: dict[str, object] = {"form": form, "rules": [str(one.rule_id) for one in standing]}
    if organisation_id is not None:
        about["organisation"] = str(organisation_id)
    audit.write(session, district=acting.district, actor_id=acting.person_id, act=act, about=about, at=now)


def alone(session: Session, district: str, now: datetime) -> Alone | None:
    """Where fewer than two supervisors of the county decide; None where there are two everywhere. A deputy is not
    counted: she decides nothing that the one she stands in for may not.
    """
    held = _regions_of_supervisors(session, district, now)
    known = regions.villages_of(session, [district], day_of(now))
    townships: Mapping[str, str] = regions.names_of(session, district, day_of(now))
    places = {one.code: townships.get(f"{one.code[:9]}000", one.name) for one in known} or {district: ""}
    lonely = {code for code in places if _deciding(held, code) < 2}
    if not lonely:
        return None
    above = any(len(region) < approvers.COUNTY_DIGITS for named in held.values() for region in named)
    return Alone(len(lonely) == len(places), sorted({places[code] for code in lonely}), above)


def _deciding(held: Mapping[UUID, set[str]], code: str) -> int:
    of_county = (
        any(code.startswith(region) for region in named if len(region) >= approvers.COUNTY_DIGITS)
        for named in held.values()
    )
    return sum(of_county)


def _regions_of_supervisors(session: Session, district: str, now: datetime) -> dict[UUID, set[str]]:
    rows = session.execute(
        select(RoleGrant.person_id, RoleGrant.region_code)
        .join(Person, (Person.district == RoleGrant.district) & (Person.person_id == RoleGrant.person_id))
        .where(
            RoleGrant.district == district,
            RoleGrant.role == Role.SUPERVISOR,
            RoleGrant.ended_at.is_(None),
            RoleGrant.for_person_id.is_(None),
            RoleGrant.granted_at <= now,
            or_(RoleGrant.until.is_(None), RoleGrant.until > now),
            Person.active.is_(True),
        )
    )
    found: dict[UUID, set[str]] = {}
    for person_id, region in rows:
        found.setdefault(person_id, set()).add(region)
    return found
