"""What is kept no longer: households of old rounds, and what another county sent that no family's key reaches."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from fieldapp import jobs
from fieldapp.actions import campaigns, entrusted, entrusted_files, erasures, key_care
from fieldapp.actions.cases import plan_visit
from fieldapp.crypto.rest import RestError
from fieldapp.days import day_of
from fieldapp.db import writing
from fieldapp.errors import Problem
from fieldapp.models import bodies
from fieldapp.models.accounts import Role
from fieldapp.models.audit import AuditRow
from fieldapp.models.campaigns import CampaignHousehold
from fieldapp.models.cases import Case, CaseKey, VisitPurpose
from fieldapp.models.entrusting import EntrustedIn, EntrustedKept
from fieldapp.models.records import Record, Revision
from tests import factories, reports, two_counties
from tests.systems.test_counts import begun
from tests.web.test_entrusted_files import ask, both, code_of, kept, open_there, ours, report_there, theirs  # noqa: F401


@pytest.fixture
def household(app, forms, county, clock):
    """`household("周小满", {...})`: put on a round that begins today, with what its report says; its case."""

    def put_on(name, said):
        with writing() as session:
            supervisor = county.acting(session, "supervisor")
            listed = campaigns.add(
                session, supervisor, put_on.round, village_code=county.village, name=name, person_id=None, now=clock()
            )
            case_id = listed.case_id
        with writing() as session:
            told = reports.body({"hs": said}, clock())
            factories.record(
                session, clock(), county, case_id=case_id, form="F10", state="approved", answers=told,
                author_id=county.cadre_id, visit_id=listed.visit_id,
            )  # fmt: skip
        return case_id

    with app.app_context():
        with writing() as session:
            put_on.round = begun(session, county.acting(session, "supervisor"), county, clock())
        yield put_on


def test_the_name_of_a_household_that_became_no_case_goes_after_its_days_and_the_round_counts_as_before(
    household, county, clock
):
    well = household("周小满", {"outcome": "seen", "colour": "green", "worry": "no"})
    worried = household("吴秋", {"outcome": "seen", "colour": "red", "worry": "yes"})
    taken_up = household("郑禾", {"outcome": "seen", "colour": "green", "worry": "no"})

    def counted():
        with writing() as session:
            found = campaigns.read(session, county.acting(session, "supervisor"), household.round, clock())
        return [(table.code, [(row.code, row.count) for row in table.rows]) for table in found.report.tables]

    def has_key():
        with writing() as session:
            return {one for one in (well, worried, taken_up) if session.get(CaseKey, (county.district, one))}

    with writing() as session:
        session.get_one(Case, (county.district, taken_up)).state = "ASSIGNED"
    before = counted()
    # A round of twenty days, and half a year after its last day
    clock.advance(days=20 + 180)
    assert jobs.keep_no_longer(clock()) == 0 and has_key() == {well, worried, taken_up}
    clock.advance(days=1)
    jobs.keep_no_longer(clock())
    assert has_key() == {worried, taken_up}, "of whom somebody worried is kept longer, and a case is none of these"
    assert counted() == before
    # The next round of the worker does not ask again for what it has to leave
    assert jobs.keep_no_longer(clock()) == 0
    clock.advance(days=3 * 365)
    jobs.keep_no_longer(clock())
    assert has_key() == {taken_up} and counted() == before
    with writing() as session:
        acts = session.scalars(select(AuditRow.act).where(AuditRow.act == "erase_rejected_lead")).all()
    assert len(acts) == 2


@pytest.mark.parametrize("done", ["report", "visit", "care"])
def test_a_household_to_which_more_came_than_a_round_is_left_to_a_person(household, county, clock, done):
    case_id = household("周小满", {"outcome": "seen", "colour": "green", "worry": "no"})
    with writing() as session:
        supervisor = county.acting(session, "supervisor")
        if done == "report":
            factories.record(session, clock(), county, case_id=case_id, form="F2", state="approved")
        elif done == "visit":
            plan_visit(
                session, supervisor, case_id, purpose=VisitPurpose.INVESTIGATION,
                visitor_ids=[county.caseworker_id, county.second_caseworker_id],
                planned_on=day_of(clock()), due_on=None, reason="planned_visit", now=clock(),
            )  # fmt: skip
        else:
            review_on = day_of(clock()) + timedelta(days=30)
            key_care.put_on(session, supervisor, case_id, level="care", reason="独居", review_on=review_on, now=clock())
    clock.advance(days=4 * 365)
    jobs.keep_no_longer(clock())
    with writing() as session:
        assert session.get_one(Case, (county.district, case_id)).state == "NO_ACTION"
        assert session.get(CaseKey, (county.district, case_id)) is not None


@pytest.mark.parametrize("what", ["door", "unreadable"])
def test_a_worry_that_the_round_does_not_count_keeps_a_name_as_long_as_one_that_it_counts(
    household, county, clock, what
):
    case_id = household("周小满", {"outcome": "seen", "colour": "green", "worry": "yes"})
    with writing() as session:
        record = session.scalars(select(Record).where(Record.case_id == case_id)).one()
        if what == "door":
            record.state, record.submitted_at = "door_submitted", None
        else:
            head = session.get_one(Revision, (county.district, record.head_revision_id))
            head.sealed_body = head.sealed_body[:-1] + bytes([head.sealed_body[-1] ^ 1])
    clock.advance(days=20 + 181)
    jobs.keep_no_longer(clock())
    with writing() as session:
        assert session.get(CaseKey, (county.district, case_id)) is not None
    assert jobs.keep_no_longer(clock()) == 0
    clock.advance(days=3 * 365)
    jobs.keep_no_longer(clock())
    with writing() as session:
        assert session.get(CaseKey, (county.district, case_id)) is None


def test_what_is_no_code_of_ours_is_not_kept_in_clear_once_a_name_is_gone(household, county, clock):
    case_id = household("周小满", {"outcome": "她叫周小满，不在家", "colour": "g" * 21, "worry": "no"})
    clock.advance(days=20 + 181)
    jobs.keep_no_longer(clock())
    with writing() as session:
        assert session.get(CaseKey, (county.district, case_id)) is None
        [one] = session.scalars(select(CampaignHousehold).where(CampaignHousehold.case_id == case_id))
        assert (one.outcome, one.colour, one.worry) == (None, None, "no")


def test_one_that_cannot_be_ended_holds_up_none_of_the_others(app, clock):
    ended = []

    def end(_session, district, number, _now):
        if number == 1:
            raise RestError("damaged")
        ended.append((district, number))

    with app.app_context():
        jobs._each([("990101", 1), ("990101", 2)], end, clock())
    assert ended == [("990101", 2)]


def test_a_request_that_nobody_opened_and_a_refused_file_go_after_their_days(both, clock):  # noqa: F811
    _, there = both
    asked, file = ask(both[0])
    there.hand_in(file)
    opened, other = ask(both[0])
    there.hand_in(other)
    open_there(there, opened.request_id)

    def sweep():
        with there.app.app_context():
            return jobs.keep_no_longer(clock())

    def waiting():
        return there.look(lambda session: set(session.scalars(select(EntrustedIn.request_id))))

    # Its last day is in a month; a month after that it is still there
    clock.advance(days=29 + 30)
    assert sweep() == 0 and waiting() == {asked.request_id, opened.request_id}
    clock.advance(days=1)
    assert sweep() == 1 and waiting() == {opened.request_id}
    # What comes again is refused by name, and kept for as long as somebody may still settle it
    assert code_of(lambda: there.hand_in(file)) == "entrusted_over"
    clock.advance(days=90)
    assert sweep() == 0 and kept_bytes(there) == 1
    clock.advance(days=1)
    assert sweep() == 1 and kept_bytes(there) == 0 and kept(there) == ["entrusted_over"]
    assert there.act(lambda session, acting, now: entrusted_files.kept(session, acting)) == []
    acts = there.look(lambda session: session.scalars(select(AuditRow.act)).all())
    assert acts.count("forget_entrusted") == 2


def kept_bytes(there):
    """How many refused files still have their bytes."""
    return there.look(
        lambda session: sum(row.sealed_file is not None for row in session.scalars(select(EntrustedKept)))
    )


def erase(there, case_id):
    district = there.county.district
    about = {"name": "孔清", "login": "officer", "district": district}
    officer = there.look(
        lambda session: factories.person(session, there.clock(), Role.DATA_PROTECTION, district, **about)
    )
    there.act(erasures.forget_case_key, case_id, who=officer)


def test_a_familys_erasure_empties_the_refused_files_about_it_on_both_sides_and_no_others(both, clock):  # noqa: F811
    here, there = both
    # Given an answer that came twice with other words, and a file of the same county about somebody else
    asked, file = ask(here)
    there.hand_in(file)
    row = open_there(there, asked.request_id)
    record_id = report_there(there, row)
    here.hand_in(there.act(entrusted.answer, asked.request_id)[1])
    body = b'{"answers":{"fu":{"met":"no"}},"recorded":{"language":"zh"},"replies":[],"visitors":[]}'
    there.look(
        lambda session: factories.revision(session, clock(), record_id, body, district=row.district)
    )  # fmt: skip
    changed = there.act(entrusted.answer, asked.request_id)[1]
    assert code_of(lambda: here.hand_in(changed)) == "entrusted_changed"
    stranger = two_counties.sealed_answer(there, two_counties.answer(factories.new_id()))
    assert code_of(lambda: here.hand_in(stranger)) == "entrusted_unasked"
    torn = changed[:-1] + bytes([changed[-1] ^ 1])
    assert code_of(lambda: here.hand_in(torn)) == "entrusted_unreadable"
    # And there the request again, with a torn end
    assert code_of(lambda: there.hand_in(file[:-1] + bytes([file[-1] ^ 1]))) == "entrusted_unreadable"
    # When the family is erased here
    erase(here, here.county.case_id)
    left = here.look(
        lambda session: [
            one.reason for one in session.scalars(select(EntrustedKept)) if one.sealed_file is not None
        ]
    )  # fmt: skip
    assert left == ["entrusted_unasked"], "what does not open may name her; what opens and does not, stays"
    # And its file there
    erase(there, row.case_id)
    assert kept_bytes(there) == 0

    def said(session):
        sealed = session.get_one(EntrustedIn, (row.district, row.request_id))
        key = (row.district, row.request_id)
        place = ("entrusted_in", "sealed_request", key)
        with pytest.raises(Problem) as refused:
            bodies.open_for_case(session, row.district, row.case_id, *place, sealed.sealed_request)
        with pytest.raises(bodies.Unreadable):
            bodies.open_for_district(session, row.district, *place, sealed.sealed_request)
        return refused.value.code

    assert there.look(said) == "family_erased"
