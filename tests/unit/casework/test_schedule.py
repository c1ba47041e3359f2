"""Follow-ups: the dates each band and programme asks for, joint and failed visits, orders, and nobody forgotten."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldapp.casework.calendar import published
from fieldapp.casework.clocks import ClockState
from fieldapp.casework.limits import Told
from fieldapp.casework.rhythms import FOLLOW_UP, VILLAGE_FOLLOW_UP, Programme
from fieldapp.casework.schedule import (
    Followed,
    Made,
    Order,
    count_of,
    order_too_long,
    plan_of,
    visits_of,
)
from fieldapp.casework.states import LIVING, RESTING, CaseState
from fieldapp.days import CHINA


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


BEGAN = at("2026-03-02T10:00")
HELPED = Followed(CaseState.IN_HELP, BEGAN, help_began_at=BEGAN)


def seen(text, form="F3", met=True, **more):
    return Made(text, form, met, at(text), **more)


def only(case, now="2026-03-02T12:00"):
    (planned,) = plan_of(case, at(now), published())
    return planned


@pytest.mark.parametrize(
    ("band", "first", "then"),
    [
        ("red", "2026-03-06", "2026-03-12"),  # within 24 hours, then each week
        ("orange", "2026-03-19", "2026-03-19"),
        ("yellow", "2026-04-05", "2026-04-05"),
        ("blue", "2026-06-05", "2026-06-05"),
    ],
)
def test_a_band_sets_the_first_visit_and_those_that_follow(band, first, then):
    case = replace(HELPED, band=band, band_since=at("2026-03-05T15:00"))
    assert only(case).due.day.isoformat() == first
    if band == "red":
        assert only(case).due.at == at("2026-03-06T15:00")
    visited = replace(case, made=[seen("2026-03-05T18:00")])
    assert only(visited, "2026-03-05T19:00").due.day.isoformat() == then


def test_a_new_band_asks_for_its_own_first_visit_whatever_was_before():
    case = replace(HELPED, band="red", band_since=at("2026-03-20T09:00"), made=[seen("2026-03-19T10:00")])
    assert only(case, "2026-03-20T10:00").due.at == at("2026-03-21T09:00")


def test_without_a_band_she_is_visited_after_30_90_180_and_365_days_and_then_each_year():
    visits, dates = [], []
    for _ in range(6):
        planned = only(replace(HELPED, made=visits), "2036-01-01T00:00")
        dates.append((planned.due.day - BEGAN.date()).days)
        visits = [*visits, seen(f"{planned.due.day}T10:00")]
    assert dates == [30, 90, 180, 365, 730, 1095]


def test_a_visit_some_days_early_answers_for_its_milestone_and_a_much_earlier_one_does_not():
    assert only(replace(HELPED, made=[seen("2026-03-26T10:00")]), "2026-03-27T00:00").due.day == date(2026, 5, 31)
    assert only(replace(HELPED, made=[seen("2026-03-10T10:00")]), "2026-03-27T00:00").due.day == date(2026, 4, 1)


def test_an_unscheduled_visit_counts_and_one_at_which_she_was_not_seen_does_not():
    red = replace(HELPED, band="red", band_since=BEGAN)
    for made, day in (
        (seen("2026-03-03T09:00", kind="unscheduled"), "2026-03-10"),
        (seen("2026-03-03T09:00", met=False), "2026-03-03"),
        (seen("2026-03-03T09:00", form="F3V"), "2026-03-03"),  # the village saw her; nobody asked about her safety
    ):
        assert only(replace(red, made=[made]), "2026-03-04T00:00").due.day.isoformat() == day
    assert (
        only(replace(red, made=[seen("2026-03-03T09:00", met=False)]), "2026-03-04T00:00").state is ClockState.OVERDUE
    )


def test_a_joint_visit_is_one_visit_with_a_part_for_each_organisation():
    parts = [
        Made("v1", "F3", False, at("2026-03-26T10:00"), "wf", "joint"),
        Made("v1", "F3", True, at("2026-03-26T10:20"), "proc", "joint"),
    ]
    (visit,) = visits_of(parts)
    assert visit.organisations == ("proc", "wf") and visit.met and count_of([visit]) == 1
    assert only(replace(HELPED, made=parts), "2026-03-27T00:00").due.day == date(2026, 5, 31)


def test_four_visits_without_dates_are_counted_and_move_no_date():
    stated = Made("v1", "F3", True, None, "wf", times=4)
    assert count_of(visits_of([stated, seen("2026-03-10T10:00")])) == 5
    assert only(replace(HELPED, made=[stated])).due.day == date(2026, 4, 1)


def test_a_day_agreed_with_her_may_be_earlier_than_the_rule_and_never_later():
    for agreed, day in (("2026-03-20", "2026-03-20"), ("2026-09-01", "2026-04-01")):
        case = replace(HELPED, agreed_on={"follow_up": date.fromisoformat(agreed)})
        assert only(case).due.day.isoformat() == day
    kept = replace(HELPED, agreed_on={"follow_up": date(2026, 3, 20)}, made=[seen("2026-03-20T10:00")])
    assert only(kept, "2026-03-21T00:00").due.day == date(2026, 4, 1)


def test_the_dates_of_the_village_do_not_tell_the_band():
    village = replace(HELPED, programmes=(VILLAGE_FOLLOW_UP,))
    dates = {only(replace(village, band=band, band_since=BEGAN)) for band in ("", "red", "orange", "yellow", "blue")}
    assert len(dates) == 1 and dates.pop().form == "F3V"


def test_caseworker_and_village_each_have_their_date():
    both = replace(HELPED, programmes=(FOLLOW_UP, VILLAGE_FOLLOW_UP), made=[seen("2026-04-01T10:00", form="F3V")])
    assert {
        planned.what: planned.due.day.isoformat() for planned in plan_of(both, at("2026-04-02T00:00"), published())
    } == {
        "follow_up": "2026-04-01",
        "village_follow_up": "2026-05-31",
    }


def test_what_is_overdue_is_told_higher_and_higher_and_sooner_where_it_is_red():
    usual = [
        only(HELPED, now) for now in ("2026-03-20T00:00", "2026-03-30T00:00", "2026-04-02T00:00", "2026-04-09T00:00")
    ]
    assert [one.state.value for one in usual] == ["running", "soon", "overdue", "overdue"]
    assert [one.level for one in usual] == [0, 0, 1, 2]
    red = replace(HELPED, band="red", band_since=BEGAN)
    assert only(red, "2026-03-03T10:00").told == (Told.HOLDER, Told.DUTY)
    assert only(red, "2026-03-04T10:00").told == (Told.HOLDER, Told.DUTY, Told.ABOVE)


def test_an_order_is_told_of_thirty_days_before_it_ends_and_until_somebody_settles_it():
    order = Order("o1", "protection_order", date(2026, 9, 2))
    states = {}
    for now in ("2026-08-02T12:00", "2026-08-03T12:00", "2026-09-02T23:59", "2026-09-03T00:00", "2027-09-03T00:00"):
        plan = plan_of(replace(HELPED, orders=[order]), at(now), published())
        states[now[:10]] = next(one.state.value for one in plan if one.about == "o1")
    assert list(states.values()) == ["running", "soon", "soon", "overdue", "overdue"]
    settled = replace(HELPED, orders=[replace(order, settled=True)])
    assert [one.what for one in plan_of(settled, at("2026-09-03T00:00"), published())] == ["follow_up"]


def test_a_protection_order_lasts_six_months_at_most():
    assert order_too_long(date(2025, 8, 31), date(2026, 2, 28)) is None
    assert order_too_long(date(2025, 8, 31), date(2026, 3, 1)).zh
    assert order_too_long(date(2026, 3, 1), date(2026, 2, 1)).en


def test_a_file_that_nothing_happens_to_comes_back_into_sight():
    lead = Followed(CaseState.LEAD, BEGAN)
    planned = only(lead, "2026-04-02T00:00")
    assert (planned.what, planned.due.day.isoformat(), planned.state.value) == ("in_sight", "2026-04-01", "overdue")


@pytest.mark.parametrize("milestones", [(), (0, 30), (90, 30), (30, 30)])
def test_a_programme_without_rising_milestones_is_refused(milestones):
    with pytest.raises(ValueError):
        Programme("own", "F3", milestones_days=milestones)


DAYS = st.integers(0, 900)
REPORTS = st.lists(st.tuples(DAYS, st.sampled_from(["F3", "F3V"]), st.booleans()), max_size=5)


@settings(max_examples=120)
@given(
    state=st.sampled_from(sorted(CaseState)),
    band=st.sampled_from(["", "red", "orange", "yellow", "blue", "unheard_of"]),
    banded=st.none() | DAYS,
    begun=st.none() | DAYS,
    reports=REPORTS,
    programmes=st.sampled_from([(), (FOLLOW_UP,), (VILLAGE_FOLLOW_UP,), (FOLLOW_UP, VILLAGE_FOLLOW_UP)]),
    now=st.integers(0, 1200),
)
def test_a_living_case_always_has_a_next_date_or_an_overdue_one(state, band, banded, begun, reports, programmes, now):
    def moment(day):
        return None if day is None else BEGAN + timedelta(days=day)

    case = Followed(
        CaseState(state),
        BEGAN,
        moment(begun),
        band,
        moment(banded),
        [Made(f"{n}", form, met, moment(day)) for n, (day, form, met) in enumerate(reports)],
        programmes=programmes,
    )
    plan = plan_of(case, moment(now), published())
    assert bool(plan) is (case.state in LIVING) is (case.state not in RESTING)
    for planned in plan:
        assert (planned.due.at <= moment(now)) is (planned.state is ClockState.OVERDUE)
        assert bool(planned.told) is (planned.state in (ClockState.OVERDUE, ClockState.SOON))
        assert planned.why.zh and planned.why.en
        # Never farther off than the longest step from now or from what a clock of the future was set by.
        assert planned.due.day <= (moment(max(now, begun or 0, banded or 0)) + timedelta(days=735)).date()


@settings(max_examples=60)
@given(st.sampled_from(["", "red", "orange", "yellow", "blue"]), st.lists(st.integers(1, 60), min_size=1, max_size=6))
def test_after_every_visit_the_next_date_lies_after_it(band, gaps):
    made, day = [], BEGAN
    for gap in gaps:
        day += timedelta(days=gap)
        made.append(Made(f"{day}", "F3", True, day))
        planned = only(
            replace(HELPED, band=band, band_since=BEGAN, made=made), (day + timedelta(minutes=1)).isoformat()[:19]
        )
        assert planned.due.at > day and planned.state is not ClockState.OVERDUE
