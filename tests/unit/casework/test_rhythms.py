"""What a county may set about follow-ups, and what becomes of the dates that are open when it does."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldapp.casework.calendar import published
from fieldapp.casework.clocks import ClockState
from fieldapp.casework.follow_up_dates import History, Seen, Stretch, dates_of
from fieldapp.casework.rhythms import AS_MADE, BANDS, DAYS_MAX, Own, programmes_of, refused
from fieldapp.casework.schedule import Followed, Made, plan_of
from fieldapp.casework.states import CaseState
from fieldapp.days import CHINA, day_of
from fieldapp.errors import PROBLEMS

BEGAN = datetime(2026, 1, 10, 9, tzinfo=CHINA)


def on(days, hour=12):
    """So many days after help began, at noon."""
    return BEGAN.replace(hour=hour) + timedelta(days=days)


def own(since=0, milestones=None, village=None, **days):
    told = {"follow_up": milestones, "village_follow_up": village}
    return Own(on(since), days, {code: one for code, one in told.items() if one})


def open_day(today, *changes, seen=(), band="", since=0, form="F3"):
    """The date that is open, in days after help began; and whether it is overdue."""
    programmes = programmes_of(changes)
    case = Followed(
        CaseState.IN_HELP,
        BEGAN,
        help_began_at=BEGAN,
        band=band,
        band_since=on(since) if band else None,
        made=[Made(f"visit {day}", form, met=True, at=on(day)) for day in seen],
        programmes=tuple(one for one in programmes if one.form == form),
    )
    (planned,) = plan_of(case, on(today), published())
    return (planned.due.day - day_of(BEGAN)).days, planned.state is ClockState.OVERDUE


def counted(today, *changes, seen=(), **told):
    """(day due, day made) of each date, as days after help began."""
    visits = [Seen("F3", f"visit {day}", on(day)) for day in seen]
    found = dates_of(History(BEGAN, seen=visits, **told), day_of(on(today)), published(), programmes_of(changes))
    begun = day_of(BEGAN)
    return [((one.due_on - begun).days, None if one.done_on is None else (one.done_on - begun).days) for one in found]


@pytest.mark.parametrize(
    ("told", "code"),
    [
        (own(), None),
        (own(red=7, orange=14, yellow=60, blue=180), None),
        (own(red=1, orange=1, yellow=1, blue=1), None),
        (own(red=8), "rhythm_red_too_long"),
        (own(orange=15), "rhythm_too_long"),
        (own(yellow=61), "rhythm_too_long"),
        (own(blue=181), "rhythm_too_long"),
        (own(red=0), "rhythm_unreadable"),
        (own(red=5, orange=4), "rhythm_order_wrong"),
        (own(yellow=10), "rhythm_order_wrong"),  # orange comes each 14 days
        (own(yellow=45, blue=40), "rhythm_order_wrong"),
        (own(milestones=(8, 22)), None),
        (own(village=(90,)), None),
        (own(milestones=(7, 30)), "rhythm_milestones_wrong"),
        (own(milestones=(91,)), "rhythm_milestones_wrong"),
        (own(milestones=(30, 43)), "rhythm_milestones_wrong"),
        (own(village=(30, 396)), "rhythm_milestones_wrong"),
        (own(milestones=(90, 30)), "rhythm_milestones_wrong"),
        (own(milestones=tuple(range(14, 14 * 14, 14))), "rhythm_milestones_wrong"),
    ],
)
def test_a_county_comes_more_often_as_it_likes_and_never_too_rarely(told, code):
    assert refused(told) == code
    assert code is None or PROBLEMS[code].what_to_do_zh


def test_the_bounds_that_are_told_are_those_that_count():
    for code, bands in (("rhythm_red_too_long", ("red",)), ("rhythm_too_long", BANDS[1:])):
        text = PROBLEMS[code]
        for band in bands:
            assert str(DAYS_MAX[band]) in text.title_zh + text.what_to_do_zh
            assert str(DAYS_MAX[band]) in text.title_en + text.what_to_do_en


def test_nothing_that_was_set_leaves_everything_as_it_was_made():
    assert programmes_of([]) == AS_MADE
    again = programmes_of([own(5, yellow=20, milestones=(20,)), own(9)])
    assert [(one.by_band, one.milestones_days) for one in again] == [
        (one.by_band, one.milestones_days) for one in AS_MADE
    ]


@pytest.mark.parametrize(
    ("today", "changes", "due"),
    [
        (12, [], (38, False)),  # seen on the tenth day: a month later
        (12, [own(11, yellow=20)], (30, False)),  # anew, and earlier
        (12, [own(11, yellow=60)], (70, False)),  # anew, and later
        (25, [own(24, yellow=10, orange=10)], (24, True)),  # the new days alone made it due: on the day of the change
        (24, [own(24, yellow=10, orange=10)], (24, False)),
        (45, [own(44, yellow=60)], (38, True)),  # overdue stays overdue
        (45, [own(44, yellow=10, orange=10)], (38, True)),
        (12, [own(11, yellow=20), own(11.2, yellow=60)], (70, False)),
        (12, [own(5, yellow=20)], (30, False)),  # set before the visit
    ],
)
def test_a_change_counts_for_the_date_that_is_open(today, changes, due):
    # 38: help began on 10 January, so the tenth day is the 20th, and a month later the 31st day after it is 41
    begun = day_of(BEGAN)
    month = (date(2026, 2, 20) - begun).days
    expected = (month, due[1]) if due[0] == 38 else due
    assert open_day(today, *changes, seen=[10], band="yellow") == expected


def test_who_was_found_in_red_danger_is_seen_within_a_day_whatever_was_set():
    changes = [own(0, red=1)]
    assert open_day(20, *changes, band="red", since=20) == (21, False)
    assert open_day(20, *changes, band="red", since=19, seen=[20]) == (21, False)
    assert open_day(20, band="red", since=19, seen=[20]) == (27, False)


def test_milestones_that_were_set_come_instead_of_those_it_was_made_with_and_none_is_lost():
    change = own(75, milestones=(60, 180))
    assert open_day(76, change, seen=[30]) == (75, True)  # the 90th is gone, the 60th passed: due on that day
    assert open_day(76, change, seen=[30, 70]) == (180, False)
    assert open_day(76, change) == (30, True)
    assert open_day(76, own(75, village=(60, 180)), seen=[30]) == (90, False)  # the village's are its own
    assert open_day(76, own(75, village=(60, 180)), seen=[30], form="F3V") == (75, True)
    # Counted backwards, the same
    assert counted(76, change, seen=[30]) == [(30, 30), (75, None)]
    assert counted(200, change, seen=[30, 77]) == [(30, 30), (75, 77), (180, None)]
    assert counted(76, change, seen=[30, 70]) == [(30, 30)]
    assert counted(200, change) == [(30, None), (180, None)]


def test_a_visit_that_answers_for_what_is_open_answers_for_the_new_milestones_beside_it():
    assert counted(60, own(32, milestones=(34, 100)), seen=[33]) == [(30, 33)]
    assert counted(60, own(32, milestones=(34, 100)), seen=[28]) == [(30, 28)]
    assert counted(90, own(75, milestones=(60, 80, 180)), seen=[30, 77]) == [(30, 30), (75, 77)]


def test_what_was_due_before_a_change_was_due_and_what_was_made_in_time_stays_so():
    red = [(on(0), "red")]
    # Weekly until the 20th day, then each third
    told = {"bands": red, "seen": [1, 8, 15, 22]}
    assert counted(24, **told) == [(1, 1), (8, 8), (15, 15), (22, 22)]
    assert counted(24, own(20, red=3), **told) == [(1, 1), (8, 8), (15, 15), (20, 22)]
    assert counted(30, own(20, red=3), **told) == [(1, 1), (8, 8), (15, 15), (20, 22), (25, None)]
    # A change after the visit says nothing of the date that it answered
    assert counted(24, own(23, red=3), **told) == [(1, 1), (8, 8), (15, 15), (22, 22)]


def test_of_the_village_only_its_own_milestones_are_counted():
    there = {"in_village": [Stretch(on(0))], "bands": [(on(0), "blue")]}
    days = {due for due, _ in counted(60, own(0, village=(14, 28, 42)), **there)}
    assert days == {14, 28, 42}


HOURS = st.integers(0, 500 * 24)
SET = st.builds(
    lambda lengths, gaps: (
        dict(zip(BANDS, sorted(lengths), strict=True)),
        tuple(sum(gaps[: place + 1]) for place in range(len(gaps))),
    ),
    st.tuples(st.integers(1, 7), st.integers(1, 14), st.integers(1, 60), st.integers(1, 180)),
    st.lists(st.integers(14, 90), min_size=1, max_size=4),
)
VISITS = st.lists(HOURS, max_size=6)
GIVEN = st.lists(st.tuples(HOURS, st.sampled_from(BANDS)), max_size=2)
CHANGES = st.lists(st.tuples(HOURS, SET), max_size=3)


def told_of(visits, bands, changes, now):
    """(case, history, what was set) of what happened up to so many hours after help began."""
    at = sorted(BEGAN + timedelta(hours=one) for one in {*visits} if one <= now)
    known = sorted({BEGAN + timedelta(hours=one): band for one, band in bands if one <= now}.items())
    band, since = (known[-1][1], known[-1][0]) if known else ("", None)
    for told_at, told in reversed(known):
        if told != band:
            break
        since = told_at
    made = [Made(str(one), "F3", met=True, at=one) for one in at]
    case = Followed(CaseState.IN_HELP, BEGAN, help_began_at=BEGAN, band=band, band_since=since, made=made)
    set_then = sorted({BEGAN + timedelta(hours=one): told for one, told in changes if one <= now}.items())
    owns = [Own(since, days, {"follow_up": milestones}) for since, (days, milestones) in set_then]
    return case, History(BEGAN, known, [Seen("F3", str(one), one) for one in at]), owns


def open_at(case, moment, owns):
    [planned] = plan_of(replace(case, programmes=programmes_of(owns)[:1]), moment, published())
    return planned


@settings(max_examples=400, deadline=None, derandomize=True)
@given(VISITS, GIVEN, CHANGES, st.integers(0, 600 * 24))
def test_the_date_that_is_open_is_the_one_that_is_counted_whatever_a_county_set(visits, bands, changes, now):
    moment = BEGAN + timedelta(hours=now)
    case, history, owns = told_of(visits, bands, changes, now)
    planned = open_at(case, moment, owns)
    dates = dates_of(history, day_of(moment), published(), programmes_of(owns))
    # A date whose day is over stands among those that were due and not made
    if planned.due.day <= day_of(moment):
        assert planned.due.day in {one.due_on for one in dates if one.done_on is None}
    # And no visit answered two of them
    assert sum(one.done_on is not None for one in dates) <= len(history.seen)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(VISITS, GIVEN, CHANGES, HOURS, SET)
def test_a_change_makes_nobody_late_backwards_and_takes_no_date_away(visits, bands, changes, now, told):
    moment = BEGAN + timedelta(hours=now)
    case, history, owns = told_of(visits, bands, [one for one in changes if one[0] < now], now)
    before = open_at(case, moment, owns)
    missed = {one.due_on for one in dates_of(history, day_of(moment), published(), programmes_of(owns))}
    # When the county sets it anew at this moment
    owns = [*owns, Own(moment, told[0], {"follow_up": told[1]})]
    after = open_at(case, moment, owns)
    # Then what was overdue is overdue since the same day, and what was not is not
    assert after.due == before.due if before.due.at <= moment else after.due.at > moment
    # And what had come due before today was due all the same
    still = {one.due_on for one in dates_of(history, day_of(moment), published(), programmes_of(owns))}
    assert {day for day in missed if day < day_of(moment)} <= still
    # And one who is seen now has a date after it
    seen = replace(case, made=[*case.made, Made("now", "F3", met=True, at=moment)])
    assert open_at(seen, moment, owns).due.at > moment
