"""Days are days in China, wherever the server stands and whatever its clock is set to."""

import re
from datetime import UTC, date, datetime

import pytest

from fieldapp.days import day_of
from tests.house_reading import python_files, read

# A cell of a spreadsheet is a day already; an operator at a console types no moment.
NO_MOMENT = {"fieldapp/days.py", "fieldapp/actions/regions.py", "fieldapp/cli.py"}


@pytest.mark.parametrize(("hour", "day"), [(15, 22), (16, 23), (23, 23)])
def test_before_eight_in_the_morning_it_is_not_yesterday(hour, day):
    assert day_of(datetime(2026, 11, 22, hour, 59, tzinfo=UTC)) == date(2026, 11, day)


def test_no_day_is_taken_from_a_moment_in_any_other_way():
    found = [path for path in python_files("fieldapp") if re.search(r"\.date\(\)|date\.today\(\)", read(path))]
    assert set(found) == NO_MOMENT
