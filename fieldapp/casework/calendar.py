"""Working days, and when a time limit ends. The holidays of a year are data (holidays/<year>.json), because the State
Council names them anew each November; a year without data is counted by weekdays, and the answer says so.

How time is counted (Civil Code, articles 200 to 204): the day of the event does not count, the last day counts to its
end; hours run from moment to moment. A limit in calendar days is not moved past a holiday as article 203 would allow:
who is reminded a day early loses nothing.
"""

import calendar as months
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cache, cached_property
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from fieldapp.casework.sentences import Said
from fieldapp.days import CHINA, day_of

WORKING_DAYS_MAX = 400  # no limit of the field is longer; a larger number is a mistake
_ONE_DAY = timedelta(days=1)
_LAST_DAY = date(9000, 12, 31)  # somebody typed it: far beyond any term, and still a day whose end can be said


class Unit(StrEnum):
    HOUR = "hour"
    WORKING_DAY = "working_day"
    CALENDAR_DAY = "calendar_day"
    MONTH = "month"


@dataclass(frozen=True)
class Length:
    """How long a limit is: 0 hours means at once. Raises ValueError below zero or above WORKING_DAYS_MAX."""

    amount: int
    unit: Unit

    def __post_init__(self) -> None:
        if not 0 <= self.amount <= WORKING_DAYS_MAX:
            raise ValueError(f"no time limit is {self.amount} long")


@dataclass(frozen=True)
class MissingYear:
    """A year was counted whose holidays nobody has told us: dates in it may be a few days off, either way."""

    year: int

    @property
    def said(self) -> Said:
        return Said(
            f"还没有 {self.year} 年的放假安排，只按周一到周五算；请管理员补上当年的节假日数据，再核对日期。",
            f"The holidays of {self.year} are not known here, so Monday to Friday were counted. "
            "Ask the administrator to add that year, then check the date.",
        )


@dataclass(frozen=True)
class Due:
    """`day` is the last day one may still act (in China); from the moment `at` on it is overdue."""

    day: date
    at: datetime
    warnings: tuple[MissingYear, ...] = ()


@dataclass(frozen=True)
class Pause:
    """A clock stood still from one moment to another; without `until` it still does."""

    since: datetime
    until: datetime | None = None


class Calendar:
    """The working days of the years it is given: `off` are days off, `worked` the weekend days made up for them."""

    def __init__(self, years: Iterable[int], off: Iterable[date], worked: Iterable[date]) -> None:
        self._years, self._off, self._worked = frozenset(years), frozenset(off), frozenset(worked)
        if both := self._off & self._worked:
            raise ValueError(f"both off and worked: {sorted(map(str, both))}")

    @cached_property
    def fingerprint(self) -> str:
        """Another one where a year, a holiday or a day made up is another: what was counted by it is old then."""
        told = (sorted(map(str, days)) for days in (self._years, self._off, self._worked))
        return sha256("|".join(" ".join(one) for one in told).encode()).hexdigest()[:16]

    def is_working(self, day: date) -> bool:
        """Whether offices are open that day; by weekday alone where the year is not known."""
        return day in self._worked or (day.weekday() < 5 and day not in self._off)

    def missing(self, first: date, last: date) -> tuple[MissingYear, ...]:
        """The years between two days, both included, that this calendar knows nothing of."""
        return tuple(MissingYear(year) for year in range(first.year, last.year + 1) if year not in self._years)

    def due(self, start: datetime, length: Length, pauses: Iterable[Pause] = ()) -> Due | None:
        """When something begun at `start` is due; None while the clock stands still, since nobody can say.

        The day on which a clock goes on again is not counted, like the day on which it began. Months run on through a
        pause: only what is measured in hours and days can wait for somebody.
        """
        begun, stood = day_of(start), list(pauses)
        if length.unit is Unit.MONTH:
            return ends_with(months_later(begun, length.amount))
        if any(pause.until is None for pause in stood):
            return None
        if length.unit is Unit.HOUR:
            return _due_by_hours(start, length.amount, stood)
        needed, day = length.amount, begun
        while needed:
            day += _ONE_DAY
            counts = length.unit is Unit.CALENDAR_DAY or self.is_working(day)
            needed -= counts and not _stood_still(day, stood)
        warnings = self.missing(begun, day) if length.unit is Unit.WORKING_DAY else ()
        return ends_with(day, warnings)


def ends_with(day: date, warnings: tuple[MissingYear, ...] = ()) -> Due:
    """Due by the end of a day in China; a day beyond every calendar is the last that has one."""
    day = min(day, _LAST_DAY)
    return Due(day, datetime.combine(day + _ONE_DAY, time(), CHINA), warnings)


def months_later(day: date, count: int) -> date:
    """The same day `count` months on, or the last of that month where it is shorter (Civil Code, article 202)."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    if year > _LAST_DAY.year:
        return _LAST_DAY
    return date(year, month + 1, min(day.day, months.monthrange(year, month + 1)[1]))


def from_files(texts: Mapping[str, str]) -> Calendar:
    """A calendar from texts of holidays/<year>.json, by file name.

    Raises ValueError where a file speaks of another year than its name says, names a day of a far year (a notice may
    reach back into the December before), or says of a weekday that it is made up.
    """
    years, off, worked = set[int](), set[date](), set[date]()
    for name, text in texts.items():
        told = json.loads(text)
        year = int(told["year"])
        days_off, days_worked = ({date.fromisoformat(day) for day in told[key]} for key in ("off", "worked"))
        if name != f"{year}.json":
            raise ValueError(f"{name} speaks of {year}")
        for day in days_off | days_worked:
            if day.year != year and (day.year, day.month) != (year - 1, 12):
                raise ValueError(f"{name}: {day} is not of that year")
        if weekdays := [day for day in days_worked if day.weekday() < 5]:
            raise ValueError(f"{name}: {min(weekdays)} is a working day without being made up")
        years.add(year)
        off |= days_off
        worked |= days_worked
    return Calendar(years, off, worked)


def take_years_of(folder: Path) -> None:
    """Count by the years in this folder too, from now on and in the whole process; a year that also came with the
    program counts as it stands here. A folder that is not there adds nothing. Raises ValueError, naming the file.
    """
    texts: dict[str, str] = {}
    for file in sorted(folder.glob("*.json")):
        texts[file.name] = file.read_text("utf-8")
        try:
            from_files({file.name: texts[file.name]})
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{file}: {error!r}") from error
    from_files(_ours() | texts)  # each may be right by itself, and two not agree on a day of December
    _taken.clear()
    _taken.update(texts)
    published.cache_clear()


_taken: dict[str, str] = {}  # by file name


@cache
def published() -> Calendar:
    """The calendar of the years that came with this program, and of those that the office put beside them."""
    return from_files(_ours() | _taken)


def _ours() -> dict[str, str]:
    folder = files("fieldapp.casework").joinpath("holidays")
    return {file.name: file.read_text("utf-8") for file in folder.iterdir() if file.name.endswith(".json")}


def _due_by_hours(start: datetime, hours: int, stood: list[Pause]) -> Due:
    end = start + timedelta(hours=hours)
    for pause in sorted(stood, key=lambda one: one.since):
        if pause.until and pause.since < end:
            end += max(pause.until - max(pause.since, start), timedelta())
    return Due(day_of(end), end)


def _stood_still(day: date, stood: Iterable[Pause]) -> bool:
    return any(day_of(pause.since) < day <= day_of(pause.until) for pause in stood if pause.until)
