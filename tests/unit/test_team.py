"""Who is told of a change: a cut role must not even notice that there was one."""

import pytest

from fieldapp.actions import cases, expiries
from fieldapp.models import feed, team
from fieldapp.models.accounts import RoleGrant, acting_for
from fieldapp.models.records import Record
from fieldapp.models.reviews import Review
from tests import factories


@pytest.fixture
def told(session):
    """Who has something on her feed in this transaction."""
    return lambda: {person_id for _, person_id, _ in session.info.get("told", {})}


def test_a_report_is_told_to_its_author_and_to_the_caseworkers_of_the_case_alone(session, county, clock, told):
    factories.assign(session, clock(), county.case_id, county.cadre_id)
    record_id, _ = factories.record(session, clock(), county)
    team.tell_of_record(session, session.get_one(Record, (county.district, record_id)))
    assert county.caseworker_id in told() and county.cadre_id not in told()


def test_her_own_report_is_told_to_a_village_cadre(session, county, clock, told):
    record_id, _ = factories.record(session, clock(), county, author_id=county.cadre_id, form="F3V")
    team.tell_of_record(session, session.get_one(Record, (county.district, record_id)))
    assert county.cadre_id in told()


def test_a_caseworker_whose_grant_has_ended_is_told_nothing_of_others_reports(session, county, clock, told):
    record_id, _ = factories.record(session, clock(), county, author_id=county.cadre_id)
    for grant in session.query(RoleGrant).filter_by(person_id=county.caseworker_id):
        grant.ended_at = clock()
    session.flush()
    team.tell_of_record(session, session.get_one(Record, (county.district, record_id)))
    assert county.caseworker_id not in told()


def test_a_hold_that_ends_is_not_noticed_by_a_village_cadre(session, county, clock, told):
    factories.assign(session, clock(), county.case_id, county.cadre_id)
    record_id, revision_id = factories.record(session, clock(), county, state="in_review")
    review = Review(
        district=county.district, review_id=factories.new_id(), record_id=record_id, revision_id=revision_id,
        content_hash=bytes(32), opened_by=county.supervisor_id, opened_at=clock(), hold_until=clock(),
    )  # fmt: skip
    session.add(review)
    session.flush()
    expiries.end_hold(session, county.district, review.review_id, clock())
    assert session.get_one(Record, (county.district, record_id)).state == "submitted"
    assert county.caseworker_id in told() and county.cadre_id not in told()


def test_a_visit_is_told_to_its_visitors_alone(session, county, clock, told):
    factories.assign(session, clock(), county.case_id, county.cadre_id)
    visit_id = factories.visit(session, clock(), county.case_id, [county.cadre_id])
    cases.cancel_visit(session, acting_for(session, county.district, county.supervisor_id), visit_id, clock())
    assert told() == {county.cadre_id}
    assert feed.number(session).keys() == {(county.district, county.cadre_id)}


def test_a_person_taken_off_a_case_is_told_and_nobody_else(session, county, clock, told):
    factories.assign(session, clock(), county.case_id, county.cadre_id)
    supervisor = acting_for(session, county.district, county.supervisor_id)
    cases.end_assignment(session, supervisor, county.case_id, county.cadre_id, clock())
    assert told() == {county.cadre_id}
