"""Working days and time limits: the official days off, days made up, unknown years, clocks that stand still."""

import json
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldapp import create_app
from fieldapp.casework.calendar import (
    Calendar,
    Length,
    Pause,
    Unit,
    ends_with,
    from_files,
    months_later,
    published,
    take_years_of,
)
from fieldapp.config import ConfigError
from fieldapp.days import CHINA

PLAIN = Calendar({2026}, (), ())


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


def due_day(start, amount, unit=Unit.WORKING_DAY, pauses=(), calendar=None):
    return (calendar or published()).due(at(start), Length(amount, unit), pauses).day.isoformat()


def test_the_calendar_counts_as_many_working_days_as_the_state_council_left():
    # A count that can be held against any printed calendar of these years.
    for year, working in ((2025, 248), (2026, 248)):
        days = [date(year, 1, 1) + timedelta(days=n) for n in range(365)]
        assert sum(published().is_working(day) for day in days) == working


@pytest.mark.parametrize(
    ("day", "working"),
    [
        ("2025-01-26", True),  # a Sunday made up before the Spring Festival
        ("2025-02-04", False),
        ("2025-10-08", False),
        ("2026-01-02", False),  # a Friday
        ("2026-01-04", True),
        ("2026-02-23", False),
        ("2026-02-28", True),
        ("2026-06-19", False),
        ("2026-10-10", True),
        ("2026-11-20", True),
        ("2026-11-21", False),
    ],
)
def test_a_day_is_worked_or_off_as_the_notice_says(day, working):
    assert published().is_working(date.fromisoformat(day)) is working


def test_working_days_jump_over_a_festival_and_count_a_day_made_up():
    assert due_day("2026-02-13T17:00", 1) == "2026-02-14"  # the Saturday before the festival is worked
    assert due_day("2026-02-13T17:00", 2) == "2026-02-24"
    assert due_day("2026-02-26T09:00", 3) == "2026-03-02"  # Friday, the Saturday made up, Monday


def test_the_day_of_the_event_does_not_count_and_is_the_day_in_china():
    just_after_midnight = datetime.fromisoformat("2026-03-02T16:30+00:00")  # already Tuesday in China
    due = published().due(just_after_midnight, Length(1, Unit.WORKING_DAY))
    assert due.day == date(2026, 3, 4) and due.at == at("2026-03-05T00:00")


def test_calendar_days_run_through_a_festival_and_hours_from_moment_to_moment():
    assert due_day("2026-02-10T09:00", 15, Unit.CALENDAR_DAY) == "2026-02-25"  # a petition: received + 15 days
    urgent = published().due(at("2026-02-15T22:30"), Length(24, Unit.HOUR))
    assert urgent.at == at("2026-02-16T22:30")


def test_months_end_on_the_last_day_of_a_shorter_month():
    assert months_later(date(2025, 8, 31), 6) == date(2026, 2, 28)
    assert months_later(date(2025, 12, 31), 1) == date(2026, 1, 31)
    assert due_day("2026-11-22T09:00", 1, Unit.MONTH) == "2026-12-22"


def test_a_year_without_data_is_counted_by_weekdays_and_says_so():
    due = published().due(at("2026-12-30T09:00"), Length(3, Unit.WORKING_DAY))
    assert due.day == date(2027, 1, 4)
    assert [warning.year for warning in due.warnings] == [2027]
    assert "2027" in due.warnings[0].said.to("zh") and "2027" in due.warnings[0].said.to("en")
    assert published().due(at("2026-12-01T09:00"), Length(3, Unit.WORKING_DAY)).warnings == ()


def test_a_clock_that_stands_still_is_not_due_and_goes_on_where_it_stopped():
    asked = Pause(at("2026-03-04T10:00"))
    assert published().due(at("2026-03-02T10:00"), Length(5, Unit.WORKING_DAY), [asked]) is None
    answered = [Pause(asked.since, at("2026-03-10T10:00"))]
    # Tuesday and Wednesday had gone by; three more working days after the tenth
    assert due_day("2026-03-02T10:00", 5, pauses=answered) == "2026-03-13"
    lunch = Pause(at("2026-03-02T12:00"), at("2026-03-02T15:00"))
    hours = PLAIN.due(at("2026-03-02T10:00"), Length(24, Unit.HOUR), [lunch])
    assert hours.at == at("2026-03-03T13:00")


@settings(max_examples=60)
@given(
    start=st.integers(0, 500 * 24),
    amount=st.integers(0, 60),
    stopped=st.integers(0, 40),
    standing=st.integers(0, 30),
)
def test_a_pause_never_shortens_a_clock_and_at_least_as_many_days_are_left(start, amount, stopped, standing):
    begun = at("2025-01-01T00:00") + timedelta(hours=start)
    for unit in (Unit.WORKING_DAY, Unit.CALENDAR_DAY):
        plain = published().due(begun, Length(amount, unit))
        pause = Pause(begun + timedelta(days=stopped), begun + timedelta(days=stopped + standing))
        paused = published().due(begun, Length(amount, unit), [pause])
        assert paused.day >= plain.day
        if pause.since >= plain.at:
            assert paused == plain
        elif unit is Unit.CALENDAR_DAY and amount > stopped:
            assert paused.day == plain.day + timedelta(days=standing)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("2026.json", {"year": 2025, "off": [], "worked": []}),
        ("2026.json", {"year": 2026, "off": ["2025-06-01"], "worked": []}),
        ("2026.json", {"year": 2026, "off": [], "worked": ["2026-11-20"]}),
        ("2026.json", {"year": 2026, "off": ["2026-11-21"], "worked": ["2026-11-21"]}),
    ],
)
def test_a_holiday_file_that_contradicts_itself_is_refused(name, told):
    with pytest.raises(ValueError):
        from_files({name: json.dumps(told)})


def test_a_notice_may_reach_back_into_the_december_before():
    calendar = from_files({"2028.json": json.dumps({"year": 2028, "off": ["2027-12-31"], "worked": []})})
    assert not calendar.is_working(date(2027, 12, 31))


@pytest.fixture
def years_beside(tmp_path):
    """A folder of years; what was taken from it is forgotten afterwards."""
    yield tmp_path
    take_years_of(tmp_path / "nothing here")


def test_a_year_the_office_puts_beside_is_counted_and_warns_no_more(years_beside):
    assert published().missing(date(2031, 1, 1), date(2031, 1, 9)) != ()
    (years_beside / "2031.json").write_text(json.dumps({"year": 2031, "off": ["2031-01-01"], "worked": ["2031-01-04"]}))
    take_years_of(years_beside)
    assert published().missing(date(2031, 1, 1), date(2031, 1, 9)) == ()
    assert not published().is_working(date(2031, 1, 1)) and published().is_working(date(2031, 1, 4))
    assert not published().is_working(date(2026, 6, 19))  # and what came with the program still counts


def test_a_year_that_was_changed_counts_as_the_office_has_it(years_beside):
    (years_beside / "2026.json").write_text(json.dumps({"year": 2026, "off": [], "worked": []}))
    take_years_of(years_beside)
    assert published().is_working(date(2026, 6, 19))


def test_two_years_that_do_not_agree_on_a_day_are_refused_and_what_counted_goes_on(years_beside):
    (years_beside / "2027.json").write_text(json.dumps({"year": 2027, "off": ["2026-12-27"], "worked": []}))
    (years_beside / "2026.json").write_text(json.dumps({"year": 2026, "off": [], "worked": ["2026-12-27"]}))
    with pytest.raises(ValueError, match="2026-12-27"):
        take_years_of(years_beside)
    assert not published().is_working(date(2026, 6, 19))


@pytest.mark.parametrize("text", ["", "[]", '{"year": 2031}', '{"year": 2030, "off": [], "worked": []}'])
def test_a_server_with_an_unreadable_year_does_not_start_and_names_the_file(config, text):
    config.holidays_dir.mkdir(parents=True)
    (config.holidays_dir / "2031.json").write_text(text)
    with pytest.raises(ConfigError, match=r"2031\.json"):
        create_app(config)


def test_no_limit_is_negative():
    with pytest.raises(ValueError):
        Length(-1, Unit.HOUR)


def test_a_day_beyond_every_calendar_still_has_an_end():
    assert ends_with(date.max).at > ends_with(date(2026, 1, 1)).at
    assert months_later(date.max, 6) == ends_with(date.max).day
