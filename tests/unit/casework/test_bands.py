"""Which band of a family counts: the one told last, and of one moment the more severe one."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from fieldapp.casework.bands import BANDS, Told, band_in, last_of

MORNING = datetime(2026, 11, 2, 1, tzinfo=UTC)


def told(*bands):
    """Bands told an hour after one another."""
    return [Told(band, MORNING + timedelta(hours=at)) for at, band in enumerate(bands)]


@pytest.mark.parametrize("bands", list(permutations(BANDS, 2)))
def test_of_one_day_the_band_told_last_counts_whatever_its_name(bands):
    assert last_of(told(*bands)).band == bands[1]
    assert last_of(reversed(told(*bands))).band == bands[1]


@pytest.mark.parametrize("bands", list(permutations(BANDS, 2)))
def test_of_two_told_at_one_moment_the_more_severe_one_counts(bands):
    last = last_of(Told(band, MORNING) for band in bands)
    assert BANDS.index(last.band) == max(map(BANDS.index, bands))


def test_a_band_stands_since_no_other_one_was_told():
    last = last_of(told("red", "orange", "red", "red"))
    assert (last.at - MORNING, last.since - MORNING) == (timedelta(hours=3), timedelta(hours=2))
    assert last_of([]) is None


@pytest.mark.parametrize(
    ("form", "answers", "band"),
    [
        ("F5", {"dv": {"band": "yellow", "band_final": "orange"}}, "orange"),
        ("F5", {"dv": {"band": "yellow"}}, "yellow"),
        ("F3", {"end": {"band": "red"}}, "red"),
        ("F3", {"end": {"band": {"unknown": "does_not_know"}}}, ""),
        ("F3", {"end": {"band": "green"}}, ""),
        ("F3", {"end": None}, ""),
        ("F2", {"dv": {"band": "red"}}, ""),
    ],
)
def test_only_what_a_report_says_is_a_band(form, answers, band):
    assert band_in(form, answers) == band
