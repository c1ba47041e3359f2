"""The figures of a county, counted both ways: off its reports, and off what the worker kept of them."""

from datetime import datetime, timedelta
from typing import Any

from fieldapp.actions import statistics, tallies
from fieldapp.casework.statistics_lines import Period
from fieldapp.days import day_of
from fieldapp.db import reading, writing
from tests.factories import County


def report_of(county: County, now: datetime, *, since_days: int = 400) -> Any:
    """The report of a supervisor of the county, counted off the reports and again off what the worker kept."""
    asked = statistics.Asked(Period(day_of(now) - timedelta(days=since_days), day_of(now)))

    def read() -> Any:
        with reading() as rows:
            return statistics.read(rows, county.acting(rows, "supervisor"), asked, now).report

    fresh = read()
    with writing() as rows:
        while tallies.keep(rows, county.district, now):
            rows.flush()
    assert read() == fresh
    return fresh
