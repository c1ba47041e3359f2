"""What a person may see, as query conditions. Every query about families starts here; out of scope is "not found".

    role × region × assignment: a grant says where (a region code prefix), an assignment says which families.

    visitors (caseworker, village cadre)   the families assigned to her, inside the regions of her grant
    entrusted visitor (another region)     of the family she visits the one visit, its subject, and what she writes
    supervisor of a county or below        every family of her regions
    supervisor above the county            what has no lawful approver below her, and what she decided
    procuratorate                          of her regions: cases it began, whole; those on whose team she is, whole;
                                           those transferred to it, with the approved reports
    administrator                          no family's content; people of her regions, and clear columns to plan visits
    data-protection officer                no family's content; people and clear columns of her regions; what people
                                           ask about their own data
    liaison, auditor                       no family

Whoever is related to a family sees nothing of it, whatever her role. A file that is kept for the law alone is open to
nobody: the data-protection officer sees that there is one. docs/rights.md has the whole table.
The conditions name the tables `case_file`, `record` and `person` of the query they stand in, and carry the district.
"""

from uuid import UUID

from sqlalchemy import ColumnElement, Exists, and_, exists, false, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, aliased

from fieldapp.models import approvers
from fieldapp.models.accounts import Acting, Organisation, Person, Role, RoleGrant
from fieldapp.models.bodies import REPORTER_FORMS
from fieldapp.models.cases import Assignment, Case, ConflictOfInterest, TeamRole, Urgent
from fieldapp.models.records import WAITING, Kept, Record, State
from fieldapp.models.reviews import Decision
from fieldapp.models.rights_requests import is_restricted

_VISITORS = (Role.CASEWORKER, Role.VILLAGE)
_OF_FAMILIES = frozenset({"household", "money", "health", "child", "violence"})
_PROCURATORATES = ("proc", "procuratorate")  # kinds of organisation, as casework/desk_forms.py names them too
LETTER = "F4"  # approved, it transfers the case to the procuratorate
# Which classes of answers a role reads where a family is in its scope, besides what its people wrote themselves. What
# carries answers of others is cut by this table, and the phone says above each section what it says (`me.readers`).
READS: dict[Role, frozenset[str]] = {
    Role.CASEWORKER: _OF_FAMILIES,
    Role.SUPERVISOR: _OF_FAMILIES | {"reporter"},
    Role.VILLAGE: frozenset(),
    Role.PROCURATORATE: _OF_FAMILIES,
    Role.LIAISON: frozenset(),
    Role.DATA_PROTECTION: frozenset(),
    Role.AUDITOR: frozenset(),
    Role.ADMINISTRATOR: frozenset(),
}


def cases_of(acting: Acting) -> ColumnElement[bool]:
    """Condition on `Case`: the families of which this person may see something: a file, or one entrusted visit."""
    entrusted = and_(_assigned_to(acting, entrusted=True), true() if acting.has(Role.CASEWORKER) else false())
    return or_(files_of(acting), and_(_is_open_to(acting), entrusted))


def files_of(acting: Acting) -> ColumnElement[bool]:
    """Condition on `Case`: the families whose file this person may open."""
    assigned = and_(_assigned_to(acting), _within(Case.village_code, acting.regions(*_VISITORS)))
    supervised = _within(Case.village_code, _county_regions(acting))
    return and_(
        _is_open_to(acting), or_(assigned, supervised, _went_up_to(acting), _of_procuratorate(acting, whole=False))
    )


def classes_read(acting: Acting, village_code: str) -> frozenset[str]:
    """The classes of answers this person reads of a family of this village that is in her scope."""
    roles = [role for role in READS if any(village_code.startswith(region) for region in acting.regions(role))]
    return frozenset[str]().union(*(READS[role] for role in roles))


def files_read(acting: Acting, of_class: str) -> ColumnElement[bool]:
    """Condition on `Case`: the families whose file she may open and of whom she reads this class of answers: what is
    counted from such answers is counted of these alone.
    """
    roles = [role for role, read in READS.items() if of_class in read]
    return and_(files_of(acting), _within(Case.village_code, acting.regions(*roles)))


def readers() -> dict[str, list[str]]:
    """For each class of answers the roles that read it, beside its author."""
    classes = sorted(READS[Role.SUPERVISOR])
    return {name: [role.value for role, read in READS.items() if name in read] for name in classes}


def records_of(acting: Acting) -> ColumnElement[bool]:
    """Condition on `Record`: the reports this person may read. A village cadre reads her own and no other's, and so
    does who makes an entrusted visit.
    """
    of_team = and_(_assigned_to(acting), _within(Case.village_code, acting.regions(Role.CASEWORKER)))
    entrusted = and_(_assigned_to(acting, entrusted=True), true() if acting.has(Role.CASEWORKER) else false())
    of_village = and_(_assigned_to(acting), _within(Case.village_code, acting.regions(Role.VILLAGE)))
    of_region = _within(Case.village_code, _county_regions(acting))
    whole = or_(of_team, of_region, _of_procuratorate(acting, whole=True))
    # What can never be hers is left out: an EXISTS beside an OR, even beside one that is never true, PostgreSQL may
    # answer for all families of a county at once, which a page of a few reports does not need.
    own: ColumnElement[bool] = false()
    if acting.has(*_VISITORS):
        own = and_(Record.author_id == acting.person_id, _case_of_record(or_(of_village, entrusted)))
    transferred: ColumnElement[bool] = false()
    if acting.has(Role.PROCURATORATE):
        transferred = and_(Record.state == State.APPROVED, _case_of_record(_of_procuratorate(acting, whole=False)))
    return and_(
        Record.district == acting.district,
        _case_of_record(_is_open_to(acting)),
        or_(_case_of_record(whole), own, _is_above(acting), transferred),
    )


def reports_to_review(acting: Acting) -> ColumnElement[bool]:
    """Condition on `Record`: the reports she may read whole as a supervisor, who told us included: of the regions she
    supervises or stands in for, and what came up to her. What she reads as a caseworker elsewhere is not among them.
    """
    of_region = _case_of_record(_within(Case.village_code, _county_regions(acting)))
    return and_(records_of(acting), or_(of_region, _is_above(acting)))


def reports_to_read(acting: Acting) -> ColumnElement[bool]:
    """Condition on `Record`: the reports whose page she opens and decides nothing about: the procuratorate's. Of cases
    that it began or works on all, of those transferred to it the approved ones; never who told us.
    """
    of_case = _case_of_record(_of_procuratorate(acting, whole=True))
    transferred = and_(Record.state == State.APPROVED, _case_of_record(_of_procuratorate(acting, whole=False)))
    return and_(records_of(acting), or_(of_case, transferred), Record.form.not_in(REPORTER_FORMS))


def may_review(acting: Acting) -> ColumnElement[bool]:
    """Condition on `Record`: the reports this person may decide on: supervisor of the family's region, not the author,
    not related; above the county what nobody below may decide on. A deputy only in the place of somebody who could.

    That she did not issue the author's vault within seven days is checked by the action, which says so.
    """
    of_region = (
        and_(_case_of_record(_within(Case.village_code, (code,))), _is_lent(acting, code))
        for code in _county_regions(acting)
    )
    return and_(
        Record.district == acting.district,
        Record.author_id != acting.person_id,
        _case_of_record(_is_open_to(acting)),
        or_(*of_region, _goes_up_to(acting)),
    )


def _is_lent(acting: Acting, code: str) -> ColumnElement[bool]:
    # Condition on `Record`: true where the grant is her own; a deputy's counts only where its owner could decide too.
    whose = [person for role, region, person in acting.stands_in if (role, region) == (Role.SUPERVISOR, code)]
    if not whose or acting.at is None:
        return true()
    return or_(*(approvers.may_lend(person, acting.at) for person in whose))


def may_assign(acting: Acting) -> ColumnElement[bool]:
    """Condition on `Case`: the families to whose file she may assign visitors and dates.

    For an administrator that is all: only clear columns (code name, village, visits) may be shown under it.
    """
    regions = (*_county_regions(acting), *acting.regions(Role.ADMINISTRATOR))
    return and_(_is_open_to(acting), _within(Case.village_code, regions))


def columns_of(acting: Acting) -> ColumnElement[bool]:
    """Condition on `Case`: the families of which she may see that there is a file: code name, village, dates."""
    return and_(_is_no_relative(acting), _within(Case.village_code, acting.regions(Role.DATA_PROTECTION)))


def files_worked_on(acting: Acting) -> ColumnElement[bool]:
    """Condition on `Case`: the families on whose team she is, as a caseworker of their region."""
    return and_(_is_open_to(acting), _assigned_to(acting), _within(Case.village_code, acting.regions(Role.CASEWORKER)))


def files_supervised(acting: Acting) -> ColumnElement[bool]:
    """Condition on `Case`: the families of a region she supervises, of the county or below."""
    return and_(_is_open_to(acting), _within(Case.village_code, _county_regions(acting)))


def supervises_county(acting: Acting) -> bool:
    """Whether she supervises the whole county, and so what belongs to no family in it."""
    return acting.district in _county_regions(acting)


def may_open_case_in(acting: Acting, village_code: str) -> bool:
    """Whether she may open a new file in this village. There is no row yet that a condition could be put on."""
    regions = (*_county_regions(acting), *acting.regions(Role.ADMINISTRATOR))
    return any(village_code.startswith(region) for region in regions)


def may_administer(acting: Acting) -> ColumnElement[bool]:
    """Condition on `Person`: the people whose roles, passwords and phones she manages. Where she administers a part of
    the county, nobody who holds a role beyond it: an office may have its seat in her township and work for the county.
    """
    regions = acting.regions(Role.ADMINISTRATOR)
    beyond = exists().where(
        RoleGrant.district == Person.district,
        RoleGrant.person_id == Person.person_id,
        RoleGrant.ended_at.is_(None),
        RoleGrant.for_person_id.is_(None),
        ~_within(RoleGrant.region_code, regions),
    )
    return and_(_people_of(acting, regions), true() if acting.district in regions else ~beyond)


def may_see_people(acting: Acting) -> ColumnElement[bool]:
    """Condition on `Person`: the people whose roles and phones she may look at."""
    return or_(may_administer(acting), _people_of(acting, acting.regions(Role.DATA_PROTECTION)))


def may_carry_for(acting: Acting) -> ColumnElement[bool]:
    """Condition on `Person`: the people of whose phones she may hand in a file at the desk: herself, and those of the
    regions she supervises or administers. Nothing of what is inside is shown to her.
    """
    own = and_(Person.district == acting.district, Person.person_id == acting.person_id)
    return or_(own, may_administer(acting), _people_of(acting, _county_regions(acting)))


def _people_of(acting: Acting, regions: tuple[str, ...]) -> ColumnElement[bool]:
    # Somebody belongs to a region by any running grant of her own there, or by the organisation she works for.
    if not regions:
        return false()
    by_grant = exists().where(
        RoleGrant.district == Person.district,
        RoleGrant.person_id == Person.person_id,
        RoleGrant.ended_at.is_(None),
        RoleGrant.for_person_id.is_(None),
        or_(_within(RoleGrant.region_code, regions), true() if acting.district in regions else false()),
    )
    by_organisation = exists().where(
        Organisation.district == Person.district,
        Organisation.organisation_id == Person.organisation_id,
        _within(Organisation.region_code, regions),
    )
    return and_(Person.district == acting.district, or_(by_grant, by_organisation))


def may_publish_forms(acting: Acting) -> bool:
    """Whether she may upload, publish and withdraw forms: an administrator of the whole district. A form reaches every
    phone, so an administrator of one township has no say in it.
    """
    return acting.district in acting.regions(Role.ADMINISTRATOR)


def alerts_of(acting: Acting) -> ColumnElement[bool]:
    """Condition on `Urgent`: dangers reported in this district. A supervisor sees all: help comes before borders. One
    of a family she is related to only where no other supervisor is left to see it, and then without what it says.
    """
    if not acting.has(Role.SUPERVISOR):
        return false()
    return and_(Urgent.district == acting.district, or_(~alerts_of_relatives(acting), ~_another_sees(acting)))


def alerts_of_relatives(acting: Acting) -> ColumnElement[bool]:
    """Condition on `Urgent`: of a family she is related to. She may learn that help was called, and no more."""
    return _is_of_relatives(acting.person_id)


def _another_sees(acting: Acting) -> ColumnElement[bool]:
    # A deputy is not counted: she is there from a day to a day, and an alert waits for nobody.
    grant, holder = aliased(RoleGrant), aliased(Person)
    return (
        exists()
        .where(
            grant.district == Urgent.district,
            grant.role == Role.SUPERVISOR,
            grant.ended_at.is_(None),
            grant.for_person_id.is_(None),
            grant.person_id != acting.person_id,
            holder.district == grant.district,
            holder.person_id == grant.person_id,
            holder.active.is_(True),
            ~_is_of_relatives(grant.person_id).correlate(Urgent, grant),
        )
        .correlate(Urgent)
    )


def _is_of_relatives(person_id: UUID | InstrumentedAttribute[UUID]) -> Exists:
    return exists().where(
        ConflictOfInterest.district == Urgent.district,
        ConflictOfInterest.case_id == Urgent.case_id,
        ConflictOfInterest.person_id == person_id,
        ConflictOfInterest.lifted_at.is_(None),
    )


def kept_of(acting: Acting) -> ColumnElement[bool]:
    """Condition on `Kept`: work that waits for a person, as far as clear columns tell. An administrator sees all of it,
    so that nothing is forgotten; she opens none.
    """
    if acting.has(Role.ADMINISTRATOR):
        return Kept.district == acting.district
    return kept_to_open(acting)


def kept_to_open(acting: Acting) -> ColumnElement[bool]:
    """Condition on `Kept`: what she may open and decide on. The supervisor of the family's region, where the family is
    known; else a supervisor of the whole district. Never her own work.
    """
    regions = _county_regions(acting)
    is_of_case = and_(Case.district == Kept.district, Case.case_id == Kept.case_id)
    # A value and no EXISTS: beside an OR, PostgreSQL would look through all families for it.
    is_hers = and_(_is_open_to(acting), _within(Case.village_code, regions))
    in_region = select(is_hers).where(is_of_case).correlate(Kept).scalar_subquery()
    of_nobody = true() if acting.district in regions else false()
    return and_(
        Kept.district == acting.district, Kept.person_id != acting.person_id, func.coalesce(in_region, of_nobody)
    )


def _assigned_to(acting: Acting, *, entrusted: bool = False) -> ColumnElement[bool]:
    is_entrusted = Assignment.team_role == TeamRole.ENTRUSTED
    return exists().where(
        Assignment.district == Case.district,
        Assignment.case_id == Case.case_id,
        Assignment.person_id == acting.person_id,
        Assignment.ended_at.is_(None),
        is_entrusted if entrusted else ~is_entrusted,
    )


def _is_open_to(acting: Acting) -> ColumnElement[bool]:
    # What is kept for the law alone is open to nobody.
    return and_(_is_no_relative(acting), ~is_restricted(Case.district, Case.case_id))


def _is_no_relative(acting: Acting) -> ColumnElement[bool]:
    # In her county, and not of people she is related to.
    return and_(Case.district == acting.district, ~approvers.related_to(acting.person_id))


def _county_regions(acting: Acting) -> tuple[str, ...]:
    # Where she supervises day by day. Above the county only what goes up to her is hers.
    return tuple(code for code in acting.regions(Role.SUPERVISOR) if len(code) >= approvers.COUNTY_DIGITS)


def _goes_up_to(acting: Acting) -> ColumnElement[bool]:
    """Condition on `Record`: waits, and nobody below her may lawfully decide on it."""
    above = [code for code in acting.regions(Role.SUPERVISOR) if 0 < len(code) < approvers.COUNTY_DIGITS]
    if acting.at is None or not above:
        return false()
    waits = Record.state.in_(WAITING)
    levels = (
        and_(
            _case_of_record(_within(Case.village_code, (code,))),
            ~approvers.has_lawful_one(acting.at, len(code) + 1),
            _is_lent(acting, code),
        )
        for code in above
    )
    return and_(waits, Record.author_id != acting.person_id, or_(*levels))


def _is_above(acting: Acting) -> ColumnElement[bool]:
    """Condition on `Record`: came up to her, now or for a decision that she made."""
    is_above = any(0 < len(code) < approvers.COUNTY_DIGITS for code in acting.regions(Role.SUPERVISOR))
    if not is_above or acting.at is None:
        return false()
    decided = exists().where(
        Decision.district == Record.district,
        Decision.record_id == Record.record_id,
        Decision.decided_by == acting.person_id,
    )
    return or_(_goes_up_to(acting), decided.correlate(Record))


def _went_up_to(acting: Acting) -> ColumnElement[bool]:
    """Condition on `Case`: of one of its reports that came up to her."""
    if acting.at is None or not any(len(code) < approvers.COUNTY_DIGITS for code in acting.regions(Role.SUPERVISOR)):
        return false()
    return and_(
        Case.district == acting.district,
        Case.case_id.in_(select(Record.case_id).where(Record.district == acting.district, _is_above(acting))),
    )


def _of_procuratorate(acting: Acting, *, whole: bool) -> ColumnElement[bool]:
    """Condition on `Case`: of the procuratorate. `whole`: those on whose team she is and those it began; else also what
    an approved letter transferred to it.
    """
    regions = acting.regions(Role.PROCURATORATE)
    if not regions:
        return false()
    letter = aliased(Record)
    transferred = exists().where(
        letter.district == Case.district,
        letter.case_id == Case.case_id,
        letter.form == LETTER,
        letter.state == State.APPROVED,
    )
    theirs = or_(_assigned_to(acting), _begun_by_her_house(acting))
    return and_(_within(Case.village_code, regions), theirs if whole else or_(theirs, transferred.correlate(Case)))


def _begun_by_her_house(acting: Acting) -> ColumnElement[bool]:
    # A house of another kind is none of theirs, whoever was entered as belonging to it.
    opener, herself, house = aliased(Person), aliased(Person), aliased(Organisation)
    return (
        exists()
        .where(
            opener.district == Case.district,
            opener.person_id == Case.opened_by,
            herself.district == acting.district,
            herself.person_id == acting.person_id,
            opener.organisation_id == herself.organisation_id,
            house.district == herself.district,
            house.organisation_id == herself.organisation_id,
            house.kind.in_(_PROCURATORATES),
        )
        .correlate(Case)
    )


def _case_of_record(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    # Correlated with the record alone: a query that joins the family itself would leave this one without a table.
    return exists().where(Case.district == Record.district, Case.case_id == Record.case_id, condition).correlate(Record)


def _within(code: InstrumentedAttribute[str], regions: tuple[str, ...]) -> ColumnElement[bool]:
    # An empty prefix would be every region: a grant must say where, so it gives none.
    return or_(false(), *(code.startswith(region, autoescape=True) for region in regions if region))
