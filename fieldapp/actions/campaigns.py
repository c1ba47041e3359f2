"""Rounds through the households of a list: begin one, put households on it, see what came of each, end it.

Each household is a visit of form F10 on the list of whoever looks in, and so on her phone, offline too. A household
that has no file yet gets one that rests: it is counted as no case until somebody reopens it. Nobody on the list is
left out of what came of it: she was seen, or she stands there as not visited.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.actions import campaign_entries, cases
from fieldapp.actions.campaign_entries import Entry
from fieldapp.actions.cases import NewPerson
from fieldapp.actions.statistics import REASONS
from fieldapp.casework import campaigns as rules
from fieldapp.casework import import_rows
from fieldapp.casework.import_rows import Fault, Household, Kind
from fieldapp.casework.import_tables import rows_of
from fieldapp.casework.sentences import Said
from fieldapp.casework.statistics import Report
from fieldapp.crypto.rest import RestError
from fieldapp.days import day_of
from fieldapp.db import milliseconds
from fieldapp.errors import Problem
from fieldapp.ids import uuid7
from fieldapp.models import audit, bodies, campaigns, scope
from fieldapp.models import forms as form_versions
from fieldapp.models.accounts import Acting, Person, Role, RoleGrant
from fieldapp.models.campaigns import NAME_MAX, Campaign, CampaignHousehold
from fieldapp.models.cases import Case, CasePerson, Visit, VisitPurpose
from fieldapp.models.regions import Region, places_of, villages_of

REASON = "planned_visit"  # a list of a phone says no more
DAYS_MAX = 366
HOUSEHOLDS_AT_ONCE = 100  # in one transaction: nobody waits long for the write lock


@dataclass(frozen=True)
class Round:
    """A round with its households, those that were not visited first, and the counts of it."""

    campaign: Campaign
    entries: Sequence[Entry]
    report: Report


@dataclass(frozen=True)
class Taken:
    """What came of reading a list: how many households were put on, how many stood there already, every fault.
    `following`: so many of its households were gone through and others come after them; None where none does.
    """

    added: int
    already: int
    faults: Sequence[Fault]
    missing: Sequence[Said]
    following: int | None = None

    def and_then(self, later: "Taken") -> "Taken":
        """The two as one."""
        faults = sorted([*self.faults, *later.faults], key=lambda one: one.number)
        counts = self.added + later.added, self.already + later.already
        return Taken(*counts, faults, self.missing, later.following)


def begin(
    session: Session,
    acting: Acting,
    *,
    name: str,
    kind: str,
    region_code: str,
    since: date,
    until: date,
    form: str,
    now: datetime,
) -> Campaign:
    """Begin a round in a region of hers. `form`: a form of this place that is filled in besides, or empty. Raises
    `not_found` outside her regions, `campaign_incomplete` without name or kind, `campaign_dates_wrong`,
    `visit_needs_form`.
    """
    if region_code not in {code for code, _ in places_of(session, campaigns.regions_of(acting), day_of(now))}:
        raise Problem("not_found")
    if not name.strip() or len(name.strip()) > NAME_MAX or kind not in rules.KINDS:
        raise Problem("campaign_incomplete", limit=NAME_MAX)
    if until < since or until < day_of(now) or (until - since).days > DAYS_MAX:
        raise Problem("campaign_dates_wrong")
    if form and form not in form_versions.own(session):
        raise Problem("visit_needs_form")
    made = Campaign(
        district=acting.district,
        campaign_id=uuid7(milliseconds(now)),
        name=name.strip(),
        kind=kind,
        region_code=region_code,
        since=since,
        until=until,
        forms=form,
        made_by=acting.person_id,
        made_at=now,
    )
    session.add(made)
    session.flush()
    _audit(session, acting, "begin_campaign", made, now)
    return made


def add(
    session: Session,
    acting: Acting,
    campaign_id: UUID,
    *,
    village_code: str,
    name: str,
    person_id: UUID | None,
    now: datetime,
) -> CampaignHousehold:
    """Put one household on the list: whose file is known by village and name, else a new one that rests. `person_id`:
    who looks in; None for the cadre of the village. Raises `not_found`, `campaign_over`, `campaign_full`,
    `name_needed`, `campaign_needs_cadre`, `campaign_household_twice`, `campaign_household_unclear` (several
    files of that name), and as `cases.plan_visit` does.
    """
    campaign = _running(session, acting, campaign_id)
    if village_code not in {one.code for one in villages(session, campaign, day_of(now))}:
        raise Problem("not_found")
    if not name.strip() or len(name) > cases.NAME_MAX:
        raise Problem("name_needed", limit=cases.NAME_MAX)
    known = _known(session, acting, [village_code])
    return _put_on(session, acting, campaign, NewPerson(name, None, None, "self"), village_code, person_id, known, now)


def add_list(
    session: Session,
    acting: Acting,
    campaign_id: UUID,
    content: bytes,
    relations: Mapping[str, str],
    person_id: UUID | None,
    now: datetime,
    *,
    after: int = 0,
) -> Taken:
    """Put the next households of a table on the list (the table of open cases, casework/import_rows.py), those that
    come `after` so many; of each the person in its first row. What is wrong is said by row, the rest is put on; the
    same list again changes nothing. The row that finds the round full says so, and is the last that is read. Raises
    `not_found`, `campaign_over`, `import_unreadable`, `import_too_large`.
    """
    campaign = _running(session, acting, campaign_id)
    villages: dict[str, list[str]] = {}
    for village in villages_of(session, [campaign.region_code], day_of(now)):
        villages.setdefault(village.code, []).append(village.code)
        villages.setdefault(village.name, []).append(village.code)
    found = import_rows.read(rows_of(content), Kind.CASES, villages, relations)
    batch = found.households[after : after + HOUSEHOLDS_AT_ONCE]
    known = _known(session, acting, sorted({one.village_code for one in batch}))
    _hold(session, acting, {case.case_id for one in batch for case in _cases_alike(known, one)})
    faults, added, already = [] if after else list(found.faults), 0, 0
    done = after + len(batch)
    following = done if done < len(found.households) else None
    twice = import_rows.named_before(found.households)
    for household in batch:
        if household.label in twice:
            faults.append(import_rows.twice(household, twice[household.label]))
            continue
        first = household.people[0]
        person = NewPerson(first.name, first.sex, first.birth_ym, "self")
        try:
            with session.begin_nested():
                _put_on(session, acting, campaign, person, household.village_code, person_id, known, now)
            added += 1
        except Problem as problem:
            if problem.code == "campaign_household_twice":
                already += 1
                continue
            faults.append(Fault(household.rows[0], None, problem.code, _said(problem)))
            if problem.code == "campaign_full":
                following = None
                break
    return Taken(added, already, sorted(faults, key=lambda one: one.number), found.missing, following)


def read(session: Session, acting: Acting, campaign_id: UUID, now: datetime) -> Round:
    """A round with what came of each household, as the newest report handed in says. Writes the row of audit of reading
    it. Raises `not_found`. A household that is out of her scope (somebody of hers is in it) is not shown to her.
    """
    campaign = _seen(session, acting, campaign_id)
    entries = campaign_entries.of(session, acting, campaign, now)
    _audit(session, acting, "read_campaign", campaign, now, households=len(entries))
    return Round(campaign, entries, rules.counted([one.household for one in entries]))


def export(session: Session, acting: Acting, campaign_id: UUID, reason: str, kind: str, now: datetime) -> Round:
    """The same counts to be taken along; small ones are hidden by who writes the file. Raises `not_found`,
    `export_needs_reason`.
    """
    if reason not in REASONS:
        raise Problem("export_needs_reason")
    campaign = _seen(session, acting, campaign_id)
    entries = campaign_entries.of(session, acting, campaign, now)
    told: dict[str, object] = {"households": len(entries), "reason": reason, "file": kind}
    _audit(session, acting, "export_campaign", campaign, now, **told)
    return Round(campaign, entries, rules.counted([one.household for one in entries]))


def end(session: Session, acting: Acting, campaign_id: UUID, now: datetime) -> None:
    """End a round before its day: what nobody visited goes off the lists of the phones. Raises `not_found`,
    `campaign_over`.
    """
    campaign = _running(session, acting, campaign_id)
    campaign.ended_at = now
    listed = campaigns.households(session, campaign)
    _hold(session, acting, [one.case_id for one in listed])
    for household in listed:
        visit = session.get_one(Visit, (campaign.district, household.visit_id))
        if visit.state == "planned":
            cases.cancel_visit(session, acting, visit.visit_id, now)
    _audit(session, acting, "end_campaign", campaign, now)


def cadres(session: Session, acting: Acting, region_code: str) -> list[Person]:
    """The village cadres who work in this region or in a part of it, by name."""
    holds = select(RoleGrant.person_id).where(
        RoleGrant.district == acting.district,
        RoleGrant.role == Role.VILLAGE,
        RoleGrant.ended_at.is_(None),
        RoleGrant.region_code.startswith(region_code, autoescape=True),
    )
    people = select(Person).where(
        Person.district == acting.district, Person.active.is_(True), Person.person_id.in_(holds)
    )
    return list(session.scalars(people.order_by(Person.name, Person.person_id)))


def villages(session: Session, campaign: Campaign, on: date) -> list[Region]:
    return villages_of(session, [campaign.region_code], on)


# --- putting on -------------------------------------------------------------------------------------------------------


def _put_on(
    session: Session,
    acting: Acting,
    campaign: Campaign,
    person: NewPerson,
    village_code: str,
    person_id: UUID | None,
    known: Mapping[tuple[str, str], Sequence[tuple[str | None, Case]]],
    now: datetime,
) -> CampaignHousehold:
    if not village_code.startswith(campaign.region_code):
        raise Problem("not_found")
    cadre_id = person_id or _cadre_of(session, acting, village_code)
    if cadre_id is None:
        raise Problem("campaign_needs_cadre")
    alike = _alike(known.get((village_code, person.name.strip()), ()), person.birth_ym)
    if any(campaigns.is_on(session, campaign, one.case_id) for one in alike):
        raise Problem("campaign_household_twice")
    if campaigns.count(session, campaign) >= rules.HOUSEHOLDS_MAX:
        raise Problem("campaign_full", limit=rules.HOUSEHOLDS_MAX)
    if len(alike) > 1:
        raise Problem("campaign_household_unclear")
    case = alike[0] if alike else None
    opened_here = case is None
    if case is None:
        case = cases.open_household(session, acting, village_code=village_code, person=person, now=now)
    forms = [campaign.forms] if campaign.forms else []
    visit = cases.plan_visit(
        session, acting, case.case_id, purpose=VisitPurpose.SWEEP, visitor_ids=[cadre_id],
        planned_on=campaign.since, due_on=campaign.until, reason=REASON, forms=forms, now=now,
    )  # fmt: skip
    made = CampaignHousehold(
        district=campaign.district,
        campaign_id=campaign.campaign_id,
        case_id=case.case_id,
        visit_id=visit.visit_id,
        person_id=cadre_id,
        opened_here=opened_here,
        added_at=now,
    )
    session.add(made)
    session.flush()
    _audit(session, acting, "add_to_campaign", campaign, now, case=str(case.case_id))
    return made


def _cases_alike(
    known: Mapping[tuple[str, str], Sequence[tuple[str | None, Case]]], household: Household
) -> list[Case]:
    first = household.people[0]
    return _alike(known.get((household.village_code, first.name.strip()), ()), first.birth_ym)


def _hold(session: Session, acting: Acting, case_ids: Collection[UUID]) -> None:
    """Lock files of which visits are planned or taken off now, in the order of their ids, as every batch does."""
    here = (Case.district == acting.district, Case.case_id.in_(case_ids))
    session.execute(select(Case.case_id).where(*here).order_by(Case.case_id).with_for_update(key_share=True)).all()


def _alike(known: Sequence[tuple[str | None, Case]], birth_ym: str | None) -> list[Case]:
    """The files of this name there; where a birth is said on both sides it is the same."""
    return [case for birth, case in known if birth is None or birth_ym is None or birth == birth_ym]


def _known(
    session: Session, acting: Acting, village_codes: Sequence[str]
) -> dict[tuple[str, str], list[tuple[str | None, Case]]]:
    """The files she may open in these villages, by village and name of whom each is about, with the birth."""
    rows = session.execute(
        select(Case, CasePerson)
        .join(
            CasePerson,
            (CasePerson.district == Case.district)
            & (CasePerson.case_id == Case.case_id)
            & (CasePerson.person_id == Case.subject_id),
        )
        .where(Case.district == acting.district, Case.village_code.in_(village_codes), scope.files_of(acting))
        .order_by(Case.case_id)
    ).all()
    bodies.load_case_keys(session, acting.district, [case.case_id for case, _ in rows])
    found: dict[tuple[str, str], list[tuple[str | None, Case]]] = {}
    for case, person in rows:
        place = ("case_person", "sealed_details", (person.district, person.case_id, person.person_id))
        try:
            sealed = person.sealed_details
            told = json.loads(bodies.open_for_case(session, case.district, case.case_id, *place, sealed))
        except (Problem, RestError):
            continue
        found.setdefault((case.village_code, told["name"]), []).append((told["birth_ym"], case))
    return found


def _cadre_of(session: Session, acting: Acting, village_code: str) -> UUID | None:
    """Who works in this village; of several the one whose region is smallest, then the first by name."""
    rows = session.execute(
        select(RoleGrant.region_code, Person.name, Person.person_id)
        .join(Person, (Person.district == RoleGrant.district) & (Person.person_id == RoleGrant.person_id))
        .where(
            RoleGrant.district == acting.district,
            RoleGrant.role == Role.VILLAGE,
            RoleGrant.ended_at.is_(None),
            Person.active.is_(True),
        )
    )
    here = [row for row in rows if village_code.startswith(row.region_code)]
    return min(here, key=lambda row: (-len(row.region_code), row.name, row.person_id)).person_id if here else None


def _said(problem: Problem) -> Said:
    return Said(
        f"{problem.title('zh')}。{problem.what_to_do('zh')}", f"{problem.title('en')}. {problem.what_to_do('en')}"
    )


def _seen(session: Session, acting: Acting, campaign_id: UUID, *, lock: bool = False) -> Campaign:
    found = campaigns.one(session, acting, campaign_id, lock=lock)
    if found is None:
        raise Problem("not_found")
    return found


def _running(session: Session, acting: Acting, campaign_id: UUID) -> Campaign:
    campaign = _seen(session, acting, campaign_id, lock=True)  # two windows put nobody on twice
    if campaign.ended_at is not None:
        raise Problem("campaign_over")
    return campaign


def _audit(session: Session, acting: Acting, act: str, campaign: Campaign, now: datetime, **about: object) -> None:
    named = {"campaign": str(campaign.campaign_id), **about}
    audit.write(session, district=campaign.district, actor_id=acting.person_id, act=act, about=named, at=now)
