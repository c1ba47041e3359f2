"""The calendar: dates from what was reported, who sees them, who is told, and planning from there."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from fieldapp import jobs
from fieldapp.actions import agendas, erasures, help_come
from fieldapp.casework.clocks import ClockState
from fieldapp.casework.limits import Told
from fieldapp.db import milliseconds, reading, writing
from fieldapp.models import agendas as kept
from fieldapp.models import bodies, scope, work
from fieldapp.models.accounts import Role, acting_for
from fieldapp.models.agendas import Agenda
from fieldapp.models.case_events import CaseEvent
from fieldapp.models.cases import Assignment, Case, ConflictOfInterest, TeamRole, Visit, Visitor
from fieldapp.models.feed import FeedRow
from tests import factories, plans_of_help


@pytest.fixture(autouse=True)
def inside(app):
    with app.app_context():
        yield


@pytest.fixture
def dates(app, county, clock):
    """The dates of the county's one file as somebody sees them: (what, day) in their order."""

    def of(who="supervisor", days=400):
        jobs.keep_agendas(clock())
        with reading() as session:
            acting = county.acting(session, who)
            return agendas.calendar(session, acting, clock(), clock().date() + timedelta(days=days))

    return of


def said(entries):
    return [(entry.what, entry.due.day.isoformat()) for entry in entries]


def test_a_file_at_which_nothing_was_decided_is_looked_at_after_thirty_days(dates, clock):
    (entry,) = dates()
    assert entry.what == "in_sight"
    assert entry.due.day == clock().date() + timedelta(days=30)


def test_help_that_began_gives_the_first_milestone_and_a_visit_answers_for_it(dates, session, county, clock):
    plans_of_help.measure(session, clock(), county, status="in_progress")
    began = clock().date()
    assert said(dates())[0] == ("follow_up", (began + timedelta(days=30)).isoformat())
    clock.advance(days=29)
    plans_of_help.follow_up(session, clock(), county)
    assert said(dates())[0] == ("follow_up", (began + timedelta(days=90)).isoformat())


def test_who_was_not_met_was_not_visited(dates, session, county, clock):
    plans_of_help.measure(session, clock(), county, status="in_progress")
    clock.advance(days=29)
    before = said(dates())
    plans_of_help.follow_up(session, clock(), county, met="no")
    assert said(dates()) == before


def test_the_band_sets_the_rhythm_and_who_is_told(dates, session, county, clock):
    plans_of_help.measure(session, clock(), county, status="in_progress")
    plans_of_help.assessment(session, clock(), county, "red")
    clock.advance(hours=25)
    (entry, *_rest) = dates()
    assert entry.what == "follow_up" and entry.state is ClockState.OVERDUE
    assert entry.told == (Told.HOLDER, Told.DUTY)
    clock.advance(hours=24)
    assert dates()[0].told == (Told.HOLDER, Told.DUTY, Told.ABOVE)


def test_the_look_in_of_the_village_never_follows_the_band(dates, session, county, clock):
    row = Assignment(
        district=county.district,
        case_id=county.case_id,
        person_id=county.cadre_id,
        started_at=clock(),
        team_role=TeamRole.VILLAGE,
    )
    session.add(row)
    session.commit()
    plans_of_help.measure(session, clock(), county, status="in_progress")
    village = [one for one in said(dates()) if one[0] == "village_follow_up"]
    plans_of_help.assessment(session, clock(), county, "red")
    assert [one for one in said(dates()) if one[0] == "village_follow_up"] == village != []


def test_an_order_is_named_thirty_days_before_it_runs_out(dates, session, county, clock):
    ends = clock().date() + timedelta(days=40)
    plans_of_help.assessment(session, clock(), county, "yellow", order_until=ends.isoformat())
    order = next(entry for entry in dates() if entry.what == "order_ends")
    assert (order.due.day, order.state) == (ends, ClockState.RUNNING)
    clock.advance(days=10)
    order = next(entry for entry in dates() if entry.what == "order_ends")
    assert (order.state, order.told) == (ClockState.SOON, (Told.HOLDER,))


def test_a_file_at_rest_has_no_date(dates, session, county):
    session.get_one(Case, (county.district, county.case_id)).state = "CLOSED"
    session.commit()
    assert dates() == []


def test_an_agenda_is_made_again_when_something_happened_and_not_else(app, session, county, clock):
    clock.advance(minutes=5)
    assert jobs.keep_agendas(clock()) == 1
    clock.advance(minutes=5)
    assert jobs.keep_agendas(clock()) == 0
    plans_of_help.measure(session, clock(), county, status="in_progress")
    clock.advance(minutes=5)
    assert jobs.keep_agendas(clock()) > 0
    clock.advance(minutes=5)
    assert jobs.keep_agendas(clock()) == 0


def test_an_erased_family_holds_up_nobody_and_is_in_no_number(app, session, county, clock):
    clock.advance(days=31)
    jobs.keep_agendas(clock())
    with writing() as rows:
        assert kept.overdue_for(rows, county.acting(rows, "supervisor")) == 1
        bodies.erase_case_key(rows, county.district, county.case_id)
    clock.advance(days=1)
    assert jobs.keep_agendas(clock()) == 0
    with reading() as rows:
        acting = county.acting(rows, "supervisor")
        assert kept.overdue_for(rows, acting) == 0
        assert agendas.calendar(rows, acting, clock(), clock().date()) == []


def test_what_is_overdue_is_a_number_for_who_is_to_be_told(app, session, county, clock):
    above = factories.person(session, clock(), Role.SUPERVISOR, county.district[:4], name="林远")
    session.commit()
    plans_of_help.measure(session, clock(), county, status="in_progress")
    plans_of_help.assessment(session, clock(), county, "red")

    def numbers():
        jobs.keep_agendas(clock())
        with reading() as rows:
            of_above = acting_for(rows, county.district, above, clock())
            return work.waiting_for(rows, county.acting(rows, "supervisor")), work.waiting_for(rows, of_above)

    assert numbers() == (0, 0)
    clock.advance(hours=25)
    assert numbers() == (1, 0)
    clock.advance(hours=24)
    assert numbers() == (1, 1)


def test_who_looks_in_for_the_village_learns_by_no_number_that_a_date_of_danger_passed(app, session, county, clock):
    # Given somebody who supervises one village, and looks in on a family of another as its cadre
    both = factories.person(session, clock(), Role.SUPERVISOR, county.other_village, name="林远")
    factories.grant(session, clock(), both, Role.VILLAGE, county.village)
    factories.assign(session, clock(), county.case_id, both)
    session.commit()
    plans_of_help.measure(session, clock(), county, status="in_progress")
    plans_of_help.assessment(session, clock(), county, "red")
    jobs.keep_agendas(clock())
    clock.advance(hours=25)
    jobs.keep_agendas(clock())
    with reading() as rows:
        acting = acting_for(rows, county.district, both, clock())
        assert rows.scalar(select(Case.case_id).where(scope.files_of(acting))) == county.case_id
        assert kept.overdue_for(rows, acting) == 0
        assert kept.overdue_for(rows, county.acting(rows, "supervisor")) == 1


def test_each_sees_the_dates_of_her_own_files_and_a_cadre_none(dates, session, county, clock):
    factories.assign(session, clock(), county.case_id, county.cadre_id)
    other = factories.case(session, clock(), village=county.other_village)
    session.commit()
    assert {entry.case.case_id for entry in dates("supervisor")} == {county.case_id, other}
    assert {entry.case.case_id for entry in dates("caseworker")} == {county.case_id}
    assert dates("cadre") == dates("administrator") == []


def test_the_band_stands_sealed_in_the_agenda(dates, session, county, clock, look):
    plans_of_help.assessment(session, clock(), county, "orange")
    dates()
    assert b"orange" not in look(Agenda)[0].sealed_grounds


def test_a_visit_is_planned_from_its_date_in_one_step(at_desk, session, county, clock):
    plans_of_help.measure(session, clock(), county, status="in_progress")
    clock.advance(days=20)
    jobs.keep_agendas(clock())
    desk = at_desk("supervisor")
    assert desk.get("/calendar").status_code == 200
    due = (clock().date() + timedelta(days=10)).isoformat()
    address = f"/calendar/{county.case_id}/plan?purpose=follow_up&on={due}"
    assert address.replace("&", "&amp;") in desk.page
    desk.get(address)
    assert desk.page.count(" checked") == 2 and f'value="{due}"' in desk.page
    sent = {"purpose": "follow_up", "planned_on": due, "reason": "planned_visit", "visitors": str(county.caseworker_id)}
    assert desk.post(f"/cases/{county.case_id}/visits", **sent).status_code == 303
    desk.get("/calendar")
    assert address.replace("&", "&amp;") not in desk.page and "李雨" in desk.page


def test_the_month_shows_each_date_on_its_day(at_desk, session, county, clock):
    jobs.keep_agendas(clock())
    desk = at_desk("caseworker")
    due = clock().date() + timedelta(days=30)
    desk.get(f"/calendar?view=month&month={due:%Y-%m}")
    with reading() as rows:
        code_name = rows.get_one(Case, (county.district, county.case_id)).code_name
    cell = desk.page.split(f"{due:%m-%d}</span>", 1)[1].split("</td>", 1)[0]
    assert code_name in cell


def test_whoever_carried_the_case_is_told_once_that_help_came_and_nothing_of_it(at_desk, session, county, clock, look):
    plans_of_help.measure(session, clock(), county, status="done", amount="8866.50", started_on="2026-01-02")
    for _ in range(2):
        clock.advance(minutes=1)
        jobs.keep_agendas(clock())
    assert [event.kind for event in look(CaseEvent)].count("help_arrived") == 1
    desk = at_desk("caseworker")
    page = desk.get("/calendar").text
    code_name = look(Case)[0].code_name
    assert f"您走访的 {code_name} 家，帮扶已到位。" in page
    assert "8866.5" not in page and "临时救助" not in page


def test_who_was_taken_off_is_told_too_and_who_is_related_never(app, session, county, clock):
    plans_of_help.measure(session, clock(), county, status="done")
    jobs.keep_agendas(clock())
    assignment = session.get_one(Assignment, (county.district, county.case_id, county.caseworker_id))
    assignment.ended_at = clock()
    session.commit()
    assert len(_told(county, clock)) == 1
    session.add(
        ConflictOfInterest(
            district=county.district,
            case_id=county.case_id,
            person_id=county.caseworker_id,
            said_by=county.supervisor_id,
            said_at=clock(),
        )
    )
    session.commit()
    assert _told(county, clock) == []


def test_of_a_file_that_is_kept_for_the_law_nobody_is_told_anything(app, session, county, clock):
    plans_of_help.measure(session, clock(), county, status="done")
    jobs.keep_agendas(clock())
    assert len(_told(county, clock)) == 1
    factories.kept_for_the_law(session, clock(), county)
    session.commit()
    assert _told(county, clock) == []


def test_her_phone_is_told_of_help_that_came_also_who_only_visited_and_of_an_erased_family_nobody(
    app, session, county, clock
):
    visit = session.get_one(Visit, (county.district, county.visit_id))
    session.add(Visitor(district=county.district, visit_id=visit.visit_id, person_id=county.cadre_id))
    session.commit()

    def phone_of(who):
        with reading() as rows:
            acting = county.acting(rows, who)
            ref = (county.district, acting.person_id, "me")
            row = rows.get(FeedRow, ref)
            return help_come.for_phone(rows, acting, clock()), 0 if row is None else row.version

    # Given a visit that was only planned, the help of a measure comes
    plans_of_help.measure(session, clock(), county, status="done", amount="8866")
    assert phone_of("caseworker") == ({}, 0)
    clock.advance(minutes=1)
    jobs.keep_agendas(clock())
    code_name = session.get_one(Case, (county.district, county.case_id)).code_name
    told = {"case_id": str(county.case_id), "code_name": code_name, "at": milliseconds(clock())}
    assert phone_of("caseworker") == ({"help": [told]}, 1)
    assert phone_of("cadre") == ({}, 0), "she was to go there, and has not been"
    # Who made a visit carried the case too
    visit.state = "done"
    session.commit()
    assert phone_of("cadre")[0] == {"help": [told]}
    assert phone_of("supervisor") == ({}, 0)
    # What was erased is taken off the phones of all of them
    with writing() as changes:
        erasures.leave_phones(changes, county.district, county.case_id, clock())
        erasures.clear_family(changes, county.district, county.case_id, clock())
    assert (phone_of("caseworker"), phone_of("cadre")) == (({}, 2), ({}, 1))


def test_the_clocks_of_a_file_run_on_what_was_noted(at_desk, session, county, clock):
    plans_of_help.measure(session, clock(), county, kind="legal_aid", status="applied", applied_on="2026-03-02")
    desk = at_desk("supervisor")
    desk.get(f"/cases/{county.case_id}")
    assert "法律援助：决定" in desk.page and "法律援助法第四十三条" in desk.page


def _told(county, clock):
    with reading() as session:
        return help_come.told(session, county.acting(session, "caseworker"), clock())


def test_nothing_of_another_county_stands_in_the_calendar(app, session, county, clock, dates):
    other = factories.county(session, clock(), factories.OTHER_DISTRICT)
    session.commit()
    assert other.case_id not in {entry.case.case_id for entry in dates()}
    assert session.scalars(select(Agenda.district).distinct()).all() != []
