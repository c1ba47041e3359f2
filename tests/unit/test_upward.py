"""Who decides when the supervisor may not: a deputy, a colleague, or one level up."""

from datetime import timedelta
from itertools import product

import pytest
from sqlalchemy import select

from fieldapp.actions import deputies, reviews, teams
from fieldapp.actions import reports as reports_desk
from fieldapp.errors import Problem
from fieldapp.models import queue, scope
from fieldapp.models.accounts import Person, Role, acting_for
from fieldapp.models.audit import AuditRow
from fieldapp.models.cases import Case
from fieldapp.models.records import Record, State
from fieldapp.models.regions import Region
from tests import factories, reports

WHY = ("author", "issuer", "related", "vacant")
LEVELS = {"prefecture": "9901", "province": "99"}


@pytest.fixture
def waiting(session, county, clock, forms):
    """Makes a report that waits, which the county's only supervisor may not decide on for one of the reasons."""

    def make(why):
        author = county.supervisor_id if why == "author" else county.caseworker_id
        issuer = county.supervisor_id if why == "issuer" else county.administrator_id
        told = reports.body(reports.investigation(county.subject_id), clock())
        vault_id = factories.vault(session, clock(), county, author, issuer)
        record_id, _ = factories.record(session, clock(), county, author_id=author, vault_id=vault_id, answers=told)
        if why == "related":
            teams.note_related(
                session, at_desk(session, county, clock, "supervisor"), county.case_id, county.supervisor_id, clock()
            )
        if why == "vacant":
            session.get_one(Person, (county.district, county.supervisor_id)).active = False
        session.flush()
        return record_id

    return make


def at_desk(session, county, clock, who):
    person_id = who if not isinstance(who, str) else getattr(county, f"{who}_id")
    return acting_for(session, county.district, person_id, clock())


def may_decide(session, acting, record_id):
    """Whether she really can: not the condition alone, but the act."""
    shown = session.scalar(select(Record.record_id).where(Record.record_id == record_id, scope.may_review(acting)))
    if shown is None:
        return False
    assert session.scalar(select(Record.record_id).where(Record.record_id == record_id, scope.records_of(acting)))
    head = reviews.head_of(session, session.get_one(Record, (acting.district, record_id)))
    try:
        reviews._refuse_issuer(session, acting, head, acting.at)
    except Problem:
        return False
    return True


@pytest.mark.parametrize(
    ("why", "second", "above"), list(product(WHY, (False, True), ((), ("prefecture",), ("province",), tuple(LEVELS))))
)
def test_a_report_goes_to_the_nearest_who_may_decide(session, county, clock, waiting, why, second, above):
    # Given the reason why her supervisor may not, perhaps a colleague, and perhaps somebody above
    record_id = waiting(why)
    people = {"supervisor": county.supervisor_id}
    if second:
        people["second"] = factories.person(session, clock(), Role.SUPERVISOR, county.district)
    for level in above:
        people[level] = factories.person(session, clock(), Role.SUPERVISOR, LEVELS[level])
    # When everybody looks
    actings = {who: at_desk(session, county, clock, person_id) for who, person_id in people.items()}
    deciding = {who for who, acting in actings.items() if acting and may_decide(session, acting, record_id)}
    # Then exactly the nearest may decide, and nobody else reads it above
    nearest = next((who for who in ("second", "prefecture", "province") if who in people), None)
    assert deciding == ({nearest} if nearest else set())
    for who in set(above) - deciding:
        assert session.scalar(select(Record.record_id).where(scope.records_of(actings[who]))) is None
    # And where nobody may, it is counted among what waits for an administrator
    acting = at_desk(session, county, clock, "administrator")
    assert deputies.without_approver(session, acting, clock()) == (0 if nearest else 1)


@pytest.mark.parametrize("why", WHY)
def test_above_it_is_said_why_a_report_came_up(session, county, clock, waiting, why):
    record_id = waiting(why)
    above = factories.person(session, clock(), Role.SUPERVISOR, "9901")
    rows, _ = queue.page_of(session, at_desk(session, county, clock, above), queue.Filters())
    assert [row.record.record_id for row in rows] == [record_id]
    assert rows[0].came_up == ["nobody" if why == "vacant" else why]


def test_above_the_county_nothing_is_seen_of_what_is_decided_below(session, county, clock):
    factories.record(session, clock(), county)
    acting = at_desk(session, county, clock, factories.person(session, clock(), Role.SUPERVISOR, "9901"))
    assert session.scalars(select(Case.case_id).where(scope.cases_of(acting))).all() == []
    assert session.scalars(select(Record.record_id).where(scope.records_of(acting))).all() == []


def test_after_seven_days_the_supervisor_decides_again(session, county, clock, waiting):
    record_id = waiting("issuer")
    above = factories.person(session, clock(), Role.SUPERVISOR, "9901")
    assert may_decide(session, at_desk(session, county, clock, above), record_id)
    clock.advance(days=7)
    assert may_decide(session, at_desk(session, county, clock, "supervisor"), record_id)
    assert not may_decide(session, at_desk(session, county, clock, above), record_id)


def deputy_of(session, county, clock, principal_id):
    """A caseworker who stands in for this supervisor in the coming week."""
    deputy = factories.person(session, clock(), Role.CASEWORKER, county.district)
    day, herself = clock().date(), at_desk(session, county, clock, principal_id)
    deputies.name_deputy(session, herself, principal_id, deputy, day, day + timedelta(days=7), clock())
    return deputy


@pytest.mark.parametrize("why", WHY[:3])
def test_nobody_names_who_decides_in_her_place_where_she_may_not_and_it_goes_up(session, county, clock, waiting, why):
    # Given a report that her supervisor may not decide on, and the deputy she named
    record_id = waiting(why)
    deputy = deputy_of(session, county, clock, county.supervisor_id)
    acting = at_desk(session, county, clock, deputy)
    # Then the deputy may not either, is offered nothing, and it waits for somebody
    assert not may_decide(session, acting, record_id)
    assert not reports_desk.read_report(session, acting, record_id, "zh", clock()).may_open
    with pytest.raises(Problem) as refused:
        reviews.open_review(session, acting, record_id, clock())
    assert refused.value.code == "not_found"
    administrator = at_desk(session, county, clock, "administrator")
    assert deputies.without_approver(session, administrator, clock()) == 1
    # And above it has come up, for the same reason
    above = at_desk(session, county, clock, factories.person(session, clock(), Role.SUPERVISOR, "9901"))
    assert may_decide(session, above, record_id)
    rows, _ = queue.page_of(session, above, queue.Filters())
    assert [row.came_up for row in rows] == [[why]]
    assert deputies.without_approver(session, administrator, clock()) == 0


def test_of_two_whom_she_stands_in_for_a_deputy_decides_for_the_one_who_could(session, county, clock, waiting):
    # Given a report by one supervisor, and a deputy of hers and of her colleague
    record_id = waiting("author")
    colleague = factories.person(session, clock(), Role.SUPERVISOR, county.district)
    deputy = deputy_of(session, county, clock, county.supervisor_id)
    day, herself = clock().date(), at_desk(session, county, clock, colleague)
    deputies.name_deputy(session, herself, colleague, deputy, day, day, clock())
    # When the deputy decides
    acting = at_desk(session, county, clock, deputy)
    reviews.open_review(session, acting, record_id, clock())
    head = reviews.head_of(session, session.get_one(Record, (county.district, record_id)))
    decision = reviews.return_record(
        session, acting, record_id, head.revision_id, head.content_hash, reason="unclear", text="", now=clock()
    )
    # Then it is said to be in the colleague's place
    assert decision.acting_for == colleague


def test_a_deputy_decides_in_the_place_of_the_supervisor_and_says_so(session, county, clock, waiting):
    # Given a deputy for the coming week, and a report nothing stands in the way of
    told = reports.body(reports.investigation(county.subject_id), clock())
    record_id, _ = factories.record(session, clock(), county, answers=told)
    deputy = deputy_of(session, county, clock, county.supervisor_id)
    # When the deputy decides
    acting = at_desk(session, county, clock, deputy)
    reviews.open_review(session, acting, record_id, clock())
    record = session.get_one(Record, (county.district, record_id))
    head = reviews.head_of(session, record)
    decision = reviews.return_record(
        session, acting, record_id, head.revision_id, head.content_hash, reason="unclear", text="", now=clock()
    )
    # Then the decision and the audit say for whom, and after the week she holds nothing
    assert (decision.decided_by, decision.acting_for) == (deputy, county.supervisor_id)
    about = session.scalars(select(AuditRow.about).where(AuditRow.act == "returned")).one()
    assert str(county.supervisor_id) in about
    clock.advance(days=9)
    assert not at_desk(session, county, clock, deputy).has(Role.SUPERVISOR)


def test_a_deputy_reviews_nothing_outside_the_region_she_stands_in_for(session, county, clock):
    # Given a caseworker on the team of a family of one township, deputy of the supervisor of another
    principal = factories.person(session, clock(), Role.SUPERVISOR, county.other_village[:9])
    deputy, day = county.caseworker_id, clock().date()
    herself = at_desk(session, county, clock, principal)
    deputies.name_deputy(session, herself, principal, deputy, day, day, clock())
    told = reports.body(reports.investigation(county.subject_id), clock())
    elsewhere, _ = factories.record(
        session, clock(), county, author_id=county.second_caseworker_id, form="F1R", answers=told
    )
    # When she asks for the report and the queue
    acting = at_desk(session, county, clock, "caseworker")
    assert session.scalar(select(Record.record_id).where(scope.records_of(acting))) == elsewhere
    with pytest.raises(Problem) as refused:
        reports_desk.read_report(session, acting, elsewhere, "zh", clock())
    # Then nothing of it is there; what lies in the region she stands in for is
    assert refused.value.code == "not_found"
    assert queue.page_of(session, acting, queue.Filters()) == ([], False)
    assert queue.counts_by_state(session, acting, tuple(State)) == {}
    assert queue.filter_choices(session, acting, tuple(State)) == queue.FilterChoices([], [], [])
    there = factories.case(session, clock(), village=county.other_village)
    here, _ = factories.record(session, clock(), county, author_id=county.second_caseworker_id, case_id=there)
    assert [row.record.record_id for row in queue.page_of(session, acting, queue.Filters())[0]] == [here]


def test_a_deputy_holds_nothing_before_her_first_day_on_her_phone_or_after_the_end_was_brought_forward(
    session, county, clock
):
    deputy = county.caseworker_id
    day = clock().date()
    acting = at_desk(session, county, clock, "supervisor")
    (grant,) = deputies.name_deputy(
        session, acting, county.supervisor_id, deputy, day + timedelta(days=2), day + timedelta(days=3), clock()
    )
    assert not at_desk(session, county, clock, deputy).has(Role.SUPERVISOR)
    clock.advance(days=2)
    assert at_desk(session, county, clock, deputy).has(Role.SUPERVISOR)
    assert not acting_for(session, county.district, deputy).has(Role.SUPERVISOR)
    deputies.end_deputy(session, acting, grant.grant_id, clock())
    assert not at_desk(session, county, clock, deputy).has(Role.SUPERVISOR)


def test_a_deputy_names_no_deputy_of_her_own(session, county, clock):
    day = clock().date()
    acting = at_desk(session, county, clock, "supervisor")
    deputies.name_deputy(session, acting, county.supervisor_id, county.caseworker_id, day, day, clock())
    with pytest.raises(Problem) as refused:
        deputies.name_deputy(
            session, at_desk(session, county, clock, "caseworker"), county.supervisor_id,
            county.second_caseworker_id, day, day, clock(),
        )  # fmt: skip
    assert refused.value.code == "not_found"


@pytest.mark.parametrize(
    ("deputy", "first", "last", "code"),
    [
        ("supervisor", 0, 1, "deputy_not_suitable"),
        ("cadre", 0, 1, "deputy_not_suitable"),
        ("caseworker", 1, 0, "deputy_dates_wrong"),
        ("caseworker", -3, -1, "deputy_dates_wrong"),
        ("caseworker", 0, 93, "deputy_dates_wrong"),
    ],
)
def test_a_deputy_that_cannot_be_named_is_refused_with_the_reason(session, county, clock, deputy, first, last, code):
    day = clock().date()
    with pytest.raises(Problem) as refused:
        deputies.name_deputy(
            session, at_desk(session, county, clock, "supervisor"), county.supervisor_id,
            getattr(county, f"{deputy}_id"), day + timedelta(days=first), day + timedelta(days=last), clock(),
        )  # fmt: skip
    assert refused.value.code == code


def test_a_supervisor_of_the_village_that_took_another_over_decides_for_its_families(session, county, clock, waiting):
    # Given a family whose village was merged into one of the other township, which has a supervisor
    record_id = waiting("author")
    village = session.scalar(select(Region).where(Region.code == county.village))
    village.valid_to, village.successor_code = clock().date(), county.other_village
    session.flush()
    successor = factories.person(session, clock(), Role.SUPERVISOR, county.other_village[:9])
    # Then she may decide, and nothing goes up
    assert may_decide(session, at_desk(session, county, clock, successor), record_id)
    above = factories.person(session, clock(), Role.SUPERVISOR, "9901")
    assert not may_decide(session, at_desk(session, county, clock, above), record_id)
