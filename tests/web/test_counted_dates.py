"""What was due and what ran late, as the page of statistics counts it: by schedule and limits, not by plans alone."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from fieldapp.actions import case_events, clock_settings, organisations, tallies
from fieldapp.casework.happened import Happened
from fieldapp.days import day_of
from fieldapp.db import reading, writing
from fieldapp.models import bodies
from fieldapp.models.cases import Case, Visit, VisitPurpose
from fieldapp.models.records import Record
from fieldapp.models.tallies import CaseTally
from tests import factories, plans_of_help
from tests.counted import report_of


@pytest.fixture(autouse=True)
def inside(app, forms):
    with app.app_context():
        yield


def figures(county, now, **more):
    return {one.code: (one.value, one.of) for one in report_of(county, now, **more).figures}


def follow_ups(county, now):
    """(made, late, due)"""
    told = figures(county, now)
    assert told["followed"][1] == told["late"][1]
    return told["followed"][0], told["late"][0], told["followed"][1]


def overdue(county, now):
    """How many cases ran late on the way to each step; those with none are left out."""
    return {one.code: len(one.late) for one in report_of(county, now).spans if one.late}


def note(county, kind, at):
    with writing() as rows:
        case_events.note(rows, rows.get_one(Case, (county.district, county.case_id)), kind, now=at)


@pytest.fixture
def helped(session, county, clock):
    """Help of the county's family begins now."""
    plans_of_help.measure(session, clock(), county, status="done", started_on=day_of(clock()).isoformat())


def test_milestones_that_nobody_planned_are_due_and_late(helped, county, clock):
    clock.advance(days=200)  # the first of them for 170 days
    assert follow_ups(county, clock()) == (0, 3, 3)


def test_only_who_was_seen_was_followed_up_and_late_is_told_by_that_day(helped, session, county, clock):
    clock.advance(days=29)
    plans_of_help.follow_up(session, clock(), county, met="no")
    assert follow_ups(county, clock()) == (0, 0, 0)  # tomorrow it is due
    clock.advance(days=2)
    assert follow_ups(county, clock()) == (0, 1, 1)
    # Seen on the 33rd day for the 30th, and on the 90th
    clock.advance(days=2)
    plans_of_help.follow_up(session, clock(), county)
    assert follow_ups(county, clock()) == (1, 1, 1)
    clock.advance(days=57)
    plans_of_help.follow_up(session, clock(), county)
    assert follow_ups(county, clock()) == (2, 1, 2)


def test_a_report_counts_as_soon_as_it_is_handed_in_and_no_more_when_it_is_given_up(helped, session, county, clock):
    clock.advance(days=30)
    told = {"fu": {"visited_at": clock().isoformat(), "met": "yes"}}
    record_id = plans_of_help.report(session, clock(), county, "F3", told, state="submitted")
    assert follow_ups(county, clock()) == (1, 0, 1)
    with writing() as rows:
        rows.get_one(Record, (county.district, record_id)).state = "void"
    clock.advance(days=1)
    assert follow_ups(county, clock()) == (0, 1, 1)


def test_a_family_with_an_orange_band_is_due_each_fourteen_days_from_the_visit_before(session, county, clock, helped):
    plans_of_help.assessment(session, clock(), county, "orange")
    clock.advance(days=12)
    plans_of_help.follow_up(session, clock(), county)  # due on the 14th day
    clock.advance(days=18)
    plans_of_help.follow_up(session, clock(), county)  # on the 30th for the 26th
    clock.advance(days=15)
    assert follow_ups(county, clock()) == (2, 2, 3)  # the 44th has passed


def test_a_planned_visit_of_a_date_of_the_schedule_is_counted_with_it(helped, session, county, clock):
    due = day_of(clock()) + timedelta(days=30)
    with writing() as rows:
        visit_id = factories.visit(rows, clock(), county.case_id, [county.caseworker_id], forms="F3")
        visit = rows.get_one(Visit, (county.district, visit_id))
        visit.purpose, visit.planned_on, visit.due_on = VisitPurpose.FOLLOW_UP, due, due
    clock.advance(days=31)
    assert follow_ups(county, clock()) == (0, 1, 1)


def test_of_a_closed_file_nothing_more_is_due(helped, session, county, clock):
    clock.advance(days=30)
    plans_of_help.follow_up(session, clock(), county)
    clock.advance(days=10)
    note(county, Happened.CLOSED, clock())
    clock.advance(days=100)
    assert follow_ups(county, clock()) == (1, 0, 1)
    note(county, Happened.REOPENED, clock())
    clock.advance(days=1)
    assert follow_ups(county, clock()) == (1, 1, 2)


def test_of_an_erased_family_nobody_says_who_was_seen(helped, session, county, clock):
    clock.advance(days=40)
    assert follow_ups(county, clock()) == (0, 1, 1)
    with writing() as rows:
        bodies.erase_case_key(rows, county.district, county.case_id)
    assert follow_ups(county, clock()) == (0, 0, 0)


def test_a_step_is_overdue_by_the_limits_and_by_the_length_that_the_county_set(county, clock):
    # Given a lead of a Monday that was taken up on the Thursday after: one working day was the limit
    came = clock().replace(hour=2) + timedelta(days=(7 - clock().weekday()) % 7)
    note(county, Happened.LEAD_RECEIVED, came)
    note(county, Happened.TRIAGED, came + timedelta(days=3))
    # Then its way to the visit ran late; and nobody was assigned within a working day
    clock.advance(days=20)
    assert overdue(county, clock()) == {"visit": 1}
    # When the county takes five working days for both
    with writing() as rows:
        for code in ("triage", "assign"):
            supervisor = county.acting(rows, "supervisor")
            clock_settings.change(rows, supervisor, code, amount="5", name_zh="", name_en="", now=clock())
    # Then the triage was in time, and only the assignment is still late
    page = overdue(county, clock())
    assert page == {"visit": 1}
    note(county, Happened.ASSIGNED, came + timedelta(days=5))
    note(county, Happened.COULD_NOT_VISIT, came + timedelta(days=6))
    assert overdue(county, clock()) == {}


def test_a_report_that_the_law_asks_for_is_overdue_while_it_is_not_made(county, clock):
    note(county, Happened.REPORT_DUE, clock())
    clock.advance(minutes=1)
    assert overdue(county, clock()) == {"report": 1}
    note(county, Happened.REPORTED, clock())
    assert overdue(county, clock()) == {}


def test_the_page_says_how_many_ran_late_and_which(county, clock, at_desk):
    note(county, Happened.REPORT_DUE, clock())
    clock.advance(minutes=1)
    page = at_desk("supervisor").get("/statistics").text
    assert "of=report&amp;row=overdue" in page
    behind = at_desk("supervisor").get("/statistics/cases?of=report&row=overdue").text
    assert "发现 → 强制报告 · 已逾期" in behind and f"/cases/{county.case_id}" in behind


def test_centres_and_stations_of_her_regions_are_counted_and_no_workroom(session, county, clock):
    with writing() as rows:
        administrator = county.acting(rows, "administrator")
        for kind in ("center", "station", "station", "workroom"):
            made = organisations.add_organisation(
                rows, administrator, kind=kind, name=f"某{kind}", region_code=county.village[:9] + "000", now=clock()
            )
        organisations.end_organisation(rows, administrator, made.organisation_id, clock())
    assert figures(county, clock())["centres"] == (3, None)
    with writing() as rows:
        one = rows.scalars(select(type(made)).where(type(made).kind == "station")).first()
        organisations.end_organisation(rows, county.acting(rows, "administrator"), one.organisation_id, clock())
    assert figures(county, clock())["centres"] == (2, None)


def row(number, name, person_id=None):
    found = {"_id": f"01900000-0000-7000-8000-0000000000b{number}", "name": name}
    return {**found, "person_id": person_id} if person_id else found


def given(number):
    """The id that the form gives to a row that somebody adds."""
    return f"01900000-0000-7000-8000-0000000000c{number}"


def test_beneficiaries_are_the_persons_named_each_once_however_many_measures_they_had(session, county, clock):
    # Given that she is named in two measures, once as the file knows her; a girl in both, by added rows with an id of
    # their own; a boy in one that was refused
    told = {"providers": ["civil"], "started_on": day_of(clock()).isoformat()}
    her = str(county.subject_id)
    first = [row(1, "刘某", her), row(2, "小月", given(2))]
    second = [row(3, "刘 某", given(3)), row(4, "小月", given(4))]
    plans_of_help.measure(session, clock(), county, status="done", beneficiaries=first, **told)
    plans_of_help.measure(session, clock(), county, "dibao", status="approved", beneficiaries=second, **told)
    plans_of_help.measure(session, clock(), county, "goods", status="refused", beneficiaries=[row(5, "小明")], **told)
    assert figures(county, clock())["beneficiaries"] == (2, None)
    assert figures(county, clock())["helped_persons"] == (1, None)  # nobody is noted as helped in the family


def test_two_of_one_name_in_one_measure_are_two_persons(session, county, clock):
    for first, kind in ((1, "dibao"), (3, "goods")):
        twins = [row(number, "女儿", given(number)) for number in (first, first + 1)]
        plans_of_help.measure(session, clock(), county, kind, status="done", beneficiaries=twins)
    assert figures(county, clock())["beneficiaries"] == (2, None)


def test_money_of_help_is_summed_for_each_year(session, county, clock):
    for on, amount in (("2025-03-01", "600"), ("2025-12-31", "0.50"), ("2026-01-01", "1200")):
        plans_of_help.measure(session, clock(), county, "dibao", status="done", amount=amount, started_on=on)
    report = report_of(county, clock(), since_days=1000)
    [years] = [one for one in report.tables if one.code == "measure_year"]
    assert {one.code: str(one.count) for one in years.rows} == {"2025": "600.50", "2026": "1200"}
    assert str(years.total) == "1800.50"


def test_help_that_brought_no_yuan_is_shown_as_none(session, county, clock, at_desk):
    on = day_of(clock()).isoformat()
    plans_of_help.measure(session, clock(), county, "dibao", status="done", amount="0", started_on=on)
    assert "其他帮扶款：按年" in at_desk("supervisor").get("/statistics").text


def test_what_is_kept_holds_no_name(session, county, clock):
    said = {"beneficiaries": [row(1, "欧阳某某")], "status": "done"}
    plans_of_help.measure(session, clock(), county, **said)
    with writing() as rows:
        tallies.keep(rows, county.district, clock())
    with reading() as rows:
        [kept] = rows.scalars(select(CaseTally)).all()
        place = ("case_tally", "sealed_told", (kept.district, kept.case_id))
        plain = bodies.open_for_case(rows, kept.district, kept.case_id, *place, kept.sealed_told)
    assert "欧阳" not in plain.decode()
