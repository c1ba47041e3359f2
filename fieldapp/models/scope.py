"""What a person may see, as query conditions. Every query about families starts here; out of scope is "not found".

    role × region × assignment: a grant says where (a region code prefix), an assignment says which families.

    visitors (caseworker, village cadre)   the families assigned to her, inside the regions of her grant
    supervisor                             every family of her regions
    administrator                          no family's content; people of her regions, and clear columns to plan visits

The conditions name the tables `case_file`, `record` and `person` of the query they stand in, and carry the district.
"""

from sqlalchemy import ColumnElement, and_, exists, false, or_, true
from sqlalchemy.orm import InstrumentedAttribute

from fieldapp.models.accounts import Acting, Organisation, Person, Role, RoleGrant
from fieldapp.models.cases import Assignment, Case, Urgent
from fieldapp.models.records import Kept, Record

_VISITORS = (Role.CASEWORKER, Role.VILLAGE)
_OF_FAMILIES = frozenset({"household", "money", "health", "child", "violence"})
# Which classes of answers a role reads where a family is in its scope, besides what its people wrote themselves. What
# carries answers of others is cut by this table, and the phone says above each section what it says (`me.readers`).
READS: dict[Role, frozenset[str]] = {
    Role.CASEWORKER: _OF_FAMILIES,
    Role.SUPERVISOR: _OF_FAMILIES | {"reporter"},
    Role.VILLAGE: frozenset(),
    Role.PROCURATORATE: frozenset(),
    Role.LIAISON: frozenset(),
    Role.DATA_PROTECTION: frozenset(),
    Role.AUDITOR: frozenset(),
    Role.ADMINISTRATOR: frozenset(),
}


def cases_of(acting: Acting) -> ColumnElement[bool]:
    """Condition on `Case`: the families whose file this person may open."""
    assigned = and_(_assigned_to(acting), _within(Case.village_code, acting.regions(*_VISITORS)))
    return and_(
        Case.district == acting.district, or_(assigned, _within(Case.village_code, acting.regions(Role.SUPERVISOR)))
    )


def classes_read(acting: Acting, village_code: str) -> frozenset[str]:
    """The classes of answers this person reads of a family of this village that is in her scope."""
    roles = [role for role in READS if any(village_code.startswith(region) for region in acting.regions(role))]
    return frozenset[str]().union(*(READS[role] for role in roles))


def readers() -> dict[str, list[str]]:
    """For each class of answers the roles that read it, beside its author."""
    classes = sorted(READS[Role.SUPERVISOR])
    return {name: [role.value for role, read in READS.items() if name in read] for name in classes}


def records_of(acting: Acting) -> ColumnElement[bool]:
    """Condition on `Record`: the reports this person may read. A village cadre reads her own and no other's."""
    of_team = _case_of_record(and_(_assigned_to(acting), _within(Case.village_code, acting.regions(Role.CASEWORKER))))
    own = and_(
        Record.author_id == acting.person_id,
        _case_of_record(and_(_assigned_to(acting), _within(Case.village_code, acting.regions(Role.VILLAGE)))),
    )
    of_region = _case_of_record(_within(Case.village_code, acting.regions(Role.SUPERVISOR)))
    return and_(Record.district == acting.district, or_(of_team, own, of_region))


def may_review(acting: Acting) -> ColumnElement[bool]:
    """Condition on `Record`: the reports this person may decide on: supervisor of the family's region, not the author.

    That she did not issue the author's vault within seven days is checked by the action: it has the clock.
    """
    return and_(
        Record.district == acting.district,
        Record.author_id != acting.person_id,
        _case_of_record(_within(Case.village_code, acting.regions(Role.SUPERVISOR))),
    )


def may_assign(acting: Acting) -> ColumnElement[bool]:
    """Condition on `Case`: the families to whose file she may assign visitors and dates.

    For an administrator that is all: only clear columns (code name, village, visits) may be shown under it.
    """
    regions = acting.regions(Role.SUPERVISOR, Role.ADMINISTRATOR)
    return and_(Case.district == acting.district, _within(Case.village_code, regions))


def may_open_case_in(acting: Acting, village_code: str) -> bool:
    """Whether she may open a new file in this village. There is no row yet that a condition could be put on."""
    return any(village_code.startswith(region) for region in acting.regions(Role.SUPERVISOR, Role.ADMINISTRATOR))


def may_administer(acting: Acting) -> ColumnElement[bool]:
    """Condition on `Person`: the people whose roles, passwords and phones she manages.

    Somebody belongs to a region by any running grant there, or by the organisation she works for.
    """
    regions = acting.regions(Role.ADMINISTRATOR)
    if not regions:
        return false()
    by_grant = exists().where(
        RoleGrant.district == Person.district,
        RoleGrant.person_id == Person.person_id,
        RoleGrant.ended_at.is_(None),
        _within(RoleGrant.region_code, regions),
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
    """Condition on `Urgent`: dangers reported in this district. A supervisor sees all: help comes before borders."""
    return Urgent.district == acting.district if acting.has(Role.SUPERVISOR) else false()


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
    regions = acting.regions(Role.SUPERVISOR)
    is_of_case = and_(Case.district == Kept.district, Case.case_id == Kept.case_id)
    in_region = exists().where(is_of_case, _within(Case.village_code, regions))
    of_nobody = and_(~exists().where(is_of_case), true() if acting.district in regions else false())
    return and_(Kept.district == acting.district, Kept.person_id != acting.person_id, or_(in_region, of_nobody))


def _assigned_to(acting: Acting) -> ColumnElement[bool]:
    return exists().where(
        Assignment.district == Case.district,
        Assignment.case_id == Case.case_id,
        Assignment.person_id == acting.person_id,
        Assignment.ended_at.is_(None),
    )


def _case_of_record(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    # Correlated with the record alone: a query that joins the family itself would leave this one without a table.
    return exists().where(Case.district == Record.district, Case.case_id == Record.case_id, condition).correlate(Record)


def _within(code: InstrumentedAttribute[str], regions: tuple[str, ...]) -> ColumnElement[bool]:
    # An empty prefix would be every region: a grant must say where, so it gives none.
    return or_(false(), *(code.startswith(region, autoescape=True) for region in regions if region))
