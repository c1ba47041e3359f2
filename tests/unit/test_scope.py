"""Who may see what: role × region × assignment, always inside one's own district."""

import pytest
from sqlalchemy import select

from fieldapp.db import writing
from fieldapp.models import scope
from fieldapp.models.accounts import Role, RoleGrant, acting_for
from fieldapp.models.cases import Assignment, Case
from fieldapp.models.records import Record
from tests import factories


def cases(session, acting):
    return set(session.scalars(select(Case.case_id).where(scope.cases_of(acting))))


def records(session, acting, condition=scope.records_of):
    return set(session.scalars(select(Record.record_id).where(condition(acting))))


@pytest.fixture
def elsewhere(session, county, clock):
    """A second family, in another township, nobody's."""
    case_id = factories.case(session, clock(), village=county.other_village)
    visit_id = factories.visit(session, clock(), case_id, [county.caseworker_id])
    return case_id, factories.record(session, clock(), county, case_id=case_id, visit_id=visit_id)[0]


def test_a_caseworker_sees_the_families_assigned_to_her(session, county, elsewhere):
    assert cases(session, county.acting(session, "caseworker")) == {county.case_id}


def test_an_ended_assignment_takes_the_family_away(session, county, clock):
    session.get_one(Assignment, (county.district, county.case_id, county.caseworker_id)).ended_at = clock()
    session.flush()
    assert cases(session, county.acting(session, "caseworker")) == set()
    assert cases(session, county.acting(session, "second_caseworker")) == {county.case_id}


def test_an_assignment_without_a_running_role_shows_nothing(session, county, clock):
    for grant in session.scalars(select(RoleGrant).where(RoleGrant.person_id == county.caseworker_id)):
        grant.ended_at = clock()
    session.flush()
    assert cases(session, county.acting(session, "caseworker")) == set()


def test_an_assignment_outside_ones_region_shows_nothing(session, county, elsewhere, clock):
    factories.assign(session, clock(), elsewhere[0], county.cadre_id)
    assert cases(session, county.acting(session, "cadre")) == set()


def test_a_supervisor_sees_her_region_and_no_other(session, county, elsewhere, clock):
    assert cases(session, county.acting(session, "supervisor")) == {county.case_id, elsewhere[0]}
    of_township = factories.person(session, clock(), Role.SUPERVISOR, factories.TOWNSHIP)
    acting = acting_for(session, county.district, of_township)
    assert cases(session, acting) == {county.case_id}


def test_an_administrator_plans_visits_but_reads_no_file(session, county, clock):
    factories.record(session, clock(), county)
    acting = county.acting(session, "administrator")
    assert cases(session, acting) == set() and records(session, acting) == set()
    assert set(session.scalars(select(Case.case_id).where(scope.may_assign(acting)))) == {county.case_id}
    assert scope.may_open_case_in(acting, county.village)
    assert not scope.may_open_case_in(county.acting(session, "caseworker"), county.village)


def test_a_village_cadre_reads_her_own_reports_alone(session, county, clock):
    factories.assign(session, clock(), county.case_id, county.cadre_id)
    own, _ = factories.record(session, clock(), county, author_id=county.cadre_id, form="F3V")
    investigation, _ = factories.record(session, clock(), county)
    assert records(session, county.acting(session, "cadre")) == {own}
    assert records(session, county.acting(session, "second_caseworker")) == {own, investigation}


def test_nobody_reviews_her_own_report_and_only_supervisors_review(session, county, elsewhere, clock):
    theirs, _ = factories.record(session, clock(), county)
    own, _ = factories.record(session, clock(), county, author_id=county.supervisor_id)
    supervisor = county.acting(session, "supervisor")
    assert records(session, supervisor, scope.may_review) == {theirs, elsewhere[1]}
    assert own in records(session, supervisor)
    assert records(session, county.acting(session, "caseworker"), scope.may_review) == set()


def test_another_county_is_out_of_sight_for_every_role(app, session, county, clock):
    with writing() as other_session:
        other = factories.county(other_session, clock(), factories.OTHER_DISTRICT)
        factories.record(other_session, clock(), other)
    for who in ("caseworker", "cadre", "supervisor", "administrator"):
        acting = county.acting(session, who)
        assert other.case_id not in cases(session, acting)
        assert records(session, acting) == set() == records(session, acting, scope.may_review)
        assert other.case_id not in set(session.scalars(select(Case.case_id).where(scope.may_assign(acting))))


def test_a_grant_wider_than_the_county_still_ends_at_its_border(app, session, county, clock):
    # Given a supervisor of the whole prefecture, and a family with a report in the next county
    with writing() as other_session:
        other = factories.county(other_session, clock(), factories.OTHER_DISTRICT)
        factories.record(other_session, clock(), other)
    own, _ = factories.record(session, clock(), county, author_id=county.supervisor_id)
    person = factories.person(session, clock(), Role.SUPERVISOR, "9901")
    acting = acting_for(session, county.district, person, clock())
    # Then she sees what came up in her own county: one transaction and one key belong to one district
    assert cases(session, acting) == {county.case_id}
    assert records(session, acting) == {own} == records(session, acting, scope.may_review)
    assert set(session.scalars(select(Case.case_id).where(scope.may_assign(acting)))) == set()


def test_a_region_of_wildcards_is_not_a_region(session, county, clock):
    for region in ("%", "_90101", ""):
        person = factories.person(session, clock(), Role.SUPERVISOR, region)
        assert cases(session, acting_for(session, county.district, person)) == set()


def test_an_administrator_of_a_township_manages_its_people_alone(session, county, clock):
    from fieldapp.models.accounts import Person

    person = factories.person(session, clock(), Role.ADMINISTRATOR, factories.TOWNSHIP)
    acting = acting_for(session, county.district, person)
    managed = set(session.scalars(select(Person.person_id).where(scope.may_administer(acting))))
    assert managed == {person, county.cadre_id}
    everyone = set(
        session.scalars(select(Person.person_id).where(scope.may_administer(county.acting(session, "administrator"))))
    )
    assert everyone >= {county.caseworker_id, county.supervisor_id, county.cadre_id, person}
    nobody = select(Person.person_id).where(scope.may_administer(county.acting(session, "supervisor")))
    assert set(session.scalars(nobody)) == set()


def test_an_office_in_a_township_puts_nobody_of_the_county_under_its_administrator(session, county, clock):
    from fieldapp.models.accounts import Organisation, Person

    session.get_one(Organisation, (county.district, county.organisation_id)).region_code = factories.TOWNSHIP
    person = factories.person(session, clock(), Role.ADMINISTRATOR, factories.TOWNSHIP)
    idle = factories.person(
        session, clock(), Role.VILLAGE, county.village, organisation_id=county.organisation_id, name="无岗"
    )
    session.scalars(select(RoleGrant).where(RoleGrant.person_id == idle)).one().ended_at = clock()
    session.flush()
    acting = acting_for(session, county.district, person)
    hers = {person, county.cadre_id, idle}
    for condition in (scope.may_administer, scope.may_see_people):
        assert set(session.scalars(select(Person.person_id).where(condition(acting)))) == hers
