"""What the roles without families of their own see: procuratorate, liaison, data protection, auditor."""

import pytest
from sqlalchemy import select

from fieldapp.models import casefiles, scope
from fieldapp.models.accounts import Organisation, Person, Role, acting_for
from fieldapp.models.cases import Case
from fieldapp.models.records import Record
from tests import factories


@pytest.fixture
def prosecutor(session, county, clock):
    """Somebody of the procuratorate's desk, in a house of its own."""
    house = factories.new_id()
    session.add(
        Organisation(
            district=county.district,
            organisation_id=house,
            kind="proc",
            name="示范县检察院",
            region_code=county.district,
        )
    )
    session.flush()
    person_id = factories.person(session, clock(), Role.PROCURATORATE, county.district, organisation_id=house)
    session.commit()
    return person_id


def seen(session, county, person_id, clock):
    acting = acting_for(session, county.district, person_id, clock())
    cases = set(session.scalars(select(Case.case_id).where(scope.files_of(acting))))
    records = set(session.scalars(select(Record.record_id).where(scope.records_of(acting))))
    return cases, records


def test_the_procuratorate_sees_no_family_before_there_is_a_reason(session, county, clock, prosecutor):
    factories.record(session, clock(), county, state="approved")
    assert seen(session, county, prosecutor, clock) == (set(), set())


def test_an_approved_letter_shows_the_procuratorate_the_approved_reports_and_no_other(
    session, county, clock, prosecutor
):
    approved, _ = factories.record(session, clock(), county, state="approved")
    factories.record(session, clock(), county, state="returned")
    letter, _ = factories.record(session, clock(), county, form="F4", state="submitted")
    assert seen(session, county, prosecutor, clock) == (set(), set())
    session.get_one(Record, (county.district, letter)).state = "approved"
    session.flush()
    assert seen(session, county, prosecutor, clock) == ({county.case_id}, {approved, letter})


def test_on_the_team_or_where_its_house_began_the_procuratorate_sees_all(session, county, clock, prosecutor):
    waiting, _ = factories.record(session, clock(), county)
    factories.assign(session, clock(), county.case_id, prosecutor)
    assert seen(session, county, prosecutor, clock) == ({county.case_id}, {waiting})
    house = session.get_one(Person, (county.district, prosecutor)).organisation_id
    colleague = factories.person(session, clock(), Role.CASEWORKER, county.district, organisation_id=house)
    begun = factories.case(session, clock(), village=county.other_village, opened_by=colleague)
    assert seen(session, county, prosecutor, clock)[0] == {county.case_id, begun}


def test_a_house_that_is_no_procuratorate_shows_nothing_that_it_began(session, county, clock):
    federation = county.organisation_id
    entered = factories.person(session, clock(), Role.PROCURATORATE, county.district, organisation_id=federation)
    session.flush()
    assert seen(session, county, entered, clock) == (set(), set())  # the county's family was opened by this house


def test_the_procuratorate_is_never_told_who_reported(session, county, clock, prosecutor):
    factories.record(session, clock(), county, form="F1R", state="approved")
    factories.assign(session, clock(), county.case_id, prosecutor)
    acting = acting_for(session, county.district, prosecutor, clock())
    assert casefiles.file_of(session, acting, county.case_id).records == []


@pytest.mark.parametrize("role", [Role.LIAISON, Role.DATA_PROTECTION, Role.AUDITOR])
def test_liaison_data_protection_and_auditor_read_no_family_even_on_its_team(session, county, clock, role):
    factories.record(session, clock(), county, form="F4", state="approved")
    person_id = factories.person(session, clock(), role, county.district)
    factories.assign(session, clock(), county.case_id, person_id)
    assert seen(session, county, person_id, clock) == (set(), set())
    acting = acting_for(session, county.district, person_id, clock())
    file = casefiles.file_of(session, acting, county.case_id)
    if role is Role.DATA_PROTECTION:
        assert (file.people, file.contact, file.records, file.todos) == (None, None, [], []) and not file.may_plan
    else:
        assert file is None
