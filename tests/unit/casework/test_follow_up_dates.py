"""Which follow-ups were due, and when each was made: counted by hand, and held against what the schedule says."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldapp.casework.calendar import published
from fieldapp.casework.follow_up_dates import History, PlannedVisit, Seen, Stretch, dates_of
from fieldapp.casework.rhythms import FOLLOW_UP
from fieldapp.casework.schedule import Followed, Made, plan_of
from fieldapp.casework.states import CaseState
from fieldapp.days import CHINA, day_of

BEGAN = datetime(2026, 1, 10, 9, tzinfo=CHINA)


def on(days, hour=12):
    """So many days after help began, at noon."""
    return BEGAN.replace(hour=hour) + timedelta(days=days)


def seen(*days, form="F3"):
    return [Seen(form, f"visit {day}", on(day)) for day in days]


def counted(today, **told):
    """(day due, day made) of each date, as days after help began."""
    found = dates_of(History(BEGAN, **told), day_of(on(today)), published())
    begun = day_of(BEGAN)
    return [((one.due_on - begun).days, None if one.done_on is None else (one.done_on - begun).days) for one in found]


def test_milestones_that_nobody_planned_were_due_all_the_same():
    assert counted(200) == [(30, None), (90, None), (180, None)]
    assert counted(29) == []  # the first day has not come


@pytest.mark.parametrize(
    ("visits", "made"),
    [
        ((30, 91), [(30, 30), (90, 91)]),
        ((23, 83), [(30, 23), (90, 83)]),  # seven days before is that milestone's
        ((22, 45), [(30, 45), (90, None)]),  # eight days before is not
        ((100,), [(30, None), (90, 100)]),  # one visit answers one date: nobody came for the first
        ((40, 50, 60), [(30, 40), (90, None)]),
    ],
)
def test_one_visit_answers_the_one_milestone_that_is_open(visits, made):
    assert counted(120, seen=seen(*visits)) == made


def test_after_the_last_milestone_one_comes_each_year_on_its_day():
    assert counted(365 + 2 * 365 + 3, seen=seen(366, 731)) == [
        (30, None), (90, None), (180, None), (365, 366), (730, 731), (1095, None),
    ]  # fmt: skip


def test_a_red_band_is_due_in_a_day_and_then_each_week_after_the_visit_before():
    red = [(on(0), "red")]
    assert counted(30, bands=red, seen=seen(1, 8, 16)) == [(1, 1), (8, 8), (15, 16), (23, None)]
    # Where nobody comes one date stays open, however many weeks pass
    assert counted(60, bands=red) == [(1, None)]


def test_another_band_replaces_the_day_that_had_not_come_and_leaves_the_one_that_was_missed():
    # Yellow is due after a month; on the twentieth day it is red
    assert counted(22, bands=[(on(0), "yellow"), (on(20), "red")]) == [(21, None)]
    # Missed on the 31st day, red on the 40th: both were due
    assert counted(45, bands=[(on(0), "yellow"), (on(40), "red")], seen=seen(42)) == [(31, None), (41, 42)]


def test_a_band_that_is_confirmed_begins_nothing_anew():
    assert counted(20, bands=[(on(0), "orange"), (on(10), "orange")]) == [(14, None)]


def test_before_help_was_decided_no_date_is_asked_for_but_one_that_was_planned():
    planned = [PlannedVisit("F3", "visit 3", day_of(on(3))), PlannedVisit("F3", "other", day_of(on(5)))]
    history = History(None, seen=seen(3), planned=planned)
    found = dates_of(history, day_of(on(9)), published())
    assert [(one.due_on, one.done_on) for one in found] == [
        (day_of(on(3)), day_of(on(3))),
        (day_of(on(5)), None),
    ]


def test_a_plan_for_a_date_of_the_rule_is_that_date_and_another_one_stands_beside_it():
    plans = [PlannedVisit("F3", f"visit {day}", day_of(on(day))) for day in (10, 28)]
    # The tenth day is no milestone's; the twenty-eighth is the first one's
    assert counted(40, planned=plans, seen=seen(10, 33)) == [(10, 10), (30, 33)]
    assert counted(40, planned=plans) == [(10, None), (30, None)]
    assert counted(9, planned=plans) == []


def test_a_visit_of_an_unknown_day_answers_its_own_plan_and_no_date_of_the_rule():
    told = [Seen("F3", "visit", on(31), is_dated=False), Seen("F3", "other", on(12), is_dated=False)]
    plans = [PlannedVisit("F3", "other", day_of(on(10)))]
    assert counted(40, planned=plans, seen=told) == [(10, 12), (30, None)]


def test_of_a_file_at_rest_nothing_is_due_and_what_was_missed_comes_back_with_it():
    closed, opened = on(60), on(100)
    assert counted(400, rests=[Stretch(closed)], seen=seen(30)) == [(30, 30)]
    # Seen at the eighty-fifth day for the ninetieth, and closed then
    assert counted(400, rests=[Stretch(on(86))], seen=seen(30, 85)) == [(30, 30), (90, 85)]
    # Opened again on the hundredth day: the ninetieth is due on that day
    assert counted(110, rests=[Stretch(closed, opened)], seen=seen(30)) == [(30, 30), (100, None)]
    assert counted(110, rests=[Stretch(closed, opened)], seen=seen(30, 104)) == [(30, 30), (100, 104)]


def test_the_village_looks_in_by_milestones_alone_while_somebody_does():
    there = [Stretch(on(0), on(100))]
    # Red brings caseworkers each week, and says nothing to the village
    told = {"bands": [(on(0), "red")], "seen": [*seen(1), *seen(31, form="F3V")], "in_village": there}
    assert counted(200, **told) == [(1, 1), (8, None), (30, 31), (90, None)]


HOURS = st.integers(0, 500 * 24)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    st.lists(HOURS, max_size=6),
    st.lists(st.tuples(HOURS, st.sampled_from(["red", "orange", "yellow", "blue"])), max_size=3),
    st.integers(0, 600 * 24),
)
def test_the_date_that_is_open_is_the_one_that_the_agenda_shows(visits, bands, now):
    # Given visits and assessments up to a moment
    moment = BEGAN + timedelta(hours=now)
    at = sorted(BEGAN + timedelta(hours=one) for one in {*visits} if one <= now)
    given_at = {BEGAN + timedelta(hours=one): band for one, band in bands if one <= now}
    known = sorted(given_at.items())
    band, since = (known[-1][1], known[-1][0]) if known else ("", None)
    for told_at, told in reversed(known):
        if told != band:
            break
        since = told_at
    made = [Made(str(one), "F3", met=True, at=one) for one in at]
    case = Followed(
        CaseState.IN_HELP, BEGAN, help_began_at=BEGAN, band=band, band_since=since, made=made, programmes=(FOLLOW_UP,)
    )
    # When the agenda shows a day that is over
    [planned] = plan_of(case, moment, published())
    history = History(BEGAN, known, [Seen("F3", str(one), one) for one in at])
    dates = dates_of(history, day_of(moment), published())
    # Then it stands among those that were due and not made; and none that was made is open
    if planned.due.day <= day_of(moment):
        assert planned.due.day in {one.due_on for one in dates if one.done_on is None}
    # And no visit answered two of them
    assert sum(one.done_on is not None for one in dates) <= len(at)
