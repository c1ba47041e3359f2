"""Who is on duty, where nobody is, who hears first: by shifts and the moment alone."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from fieldapp.casework.duty import ABOVE_AFTER, ALL_AFTER, DEPUTY_AFTER, Turn, gaps, hears, on_duty

NOON = datetime(2026, 11, 21, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)
ANNA, BETA, CARA, DORA = (UUID(int=number) for number in range(1, 5))
SHIFT = Turn(NOON, NOON + 8 * HOUR, ANNA, BETA)
COUNTY = {ANNA, BETA, CARA}


def heard(person_id, after, turns=(SHIFT,), is_above=False, below=COUNTY):
    return hears(person_id, NOON, NOON + after, turns, is_above=is_above, below=below)


def test_a_turn_begins_with_its_first_moment_and_is_over_at_its_end():
    assert [on_duty([SHIFT], at) for at in (NOON, NOON + 8 * HOUR)] == [([ANNA], [BETA]), ([], [])]


def test_who_is_on_duty_and_somebodys_deputy_is_named_once():
    assert on_duty([SHIFT, Turn(NOON, NOON + HOUR, BETA)], NOON) == ([ANNA, BETA], [])


def test_gaps_are_what_no_turn_covers_whatever_their_order_or_overlap():
    late = Turn(NOON + 10 * HOUR, NOON + 12 * HOUR, CARA)
    within = Turn(NOON + HOUR, NOON + 2 * HOUR, CARA)
    assert gaps([late, within, SHIFT], NOON - HOUR, NOON + 13 * HOUR) == [
        (NOON - HOUR, NOON),
        (NOON + 8 * HOUR, NOON + 10 * HOUR),
        (NOON + 12 * HOUR, NOON + 13 * HOUR),
    ]
    assert gaps([SHIFT], NOON, NOON + 8 * HOUR) == []
    assert gaps([], NOON, NOON + HOUR) == [(NOON, NOON + HOUR)]


def test_a_danger_is_told_to_who_is_on_duty_then_steps_up():
    moment = timedelta(microseconds=1)
    assert (heard(ANNA, timedelta(0)), heard(BETA, timedelta(0)), heard(CARA, timedelta(0))) == (True, False, False)
    assert (heard(BETA, DEPUTY_AFTER - moment), heard(BETA, DEPUTY_AFTER)) == (False, True)
    assert (heard(CARA, ALL_AFTER - moment), heard(CARA, ALL_AFTER)) == (False, True)
    above = [heard(DORA, after, is_above=True) for after in (ALL_AFTER, ABOVE_AFTER - moment, ABOVE_AFTER)]
    assert above == [False, False, True]


def test_where_nobody_is_on_duty_all_of_the_county_hear_at_once():
    assert all(heard(one, timedelta(0), turns=()) for one in COUNTY)
    assert not heard(DORA, timedelta(0), turns=(), is_above=True)


def test_where_the_county_has_no_supervisor_the_office_above_hears_at_once():
    assert heard(DORA, timedelta(0), turns=(), is_above=True, below=set())


def test_somebody_on_duty_who_is_no_supervisor_holds_nobody_back():
    caller = Turn(NOON, NOON + 8 * HOUR, UUID(int=9))
    assert heard(CARA, timedelta(0), turns=(caller,))


def test_a_danger_of_the_shift_before_is_heard_by_who_takes_over_at_once():
    night = Turn(NOON - 8 * HOUR, NOON + HOUR, CARA)
    day = Turn(NOON + HOUR, NOON + 8 * HOUR, BETA)
    assert not heard(BETA, timedelta(minutes=5), turns=(night, day))
    assert heard(BETA, HOUR, turns=(night, day))
