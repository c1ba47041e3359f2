"""Which follow-ups a family was to have, and on which day each was made: the schedule (schedule.py) told backwards, for
statistics.

    the rule      red, orange, yellow and blue: the first date from the day the band was given, each next one from the
                  visit before it, so that of a family nobody sees one date stays open; without a band the milestones
                  after help began, each of them a date, whoever came or not
    who is seen   answers one date, the one that is open at that hour; a visit at which she was not met answers none
    a change      of the rhythm by the county counts as the schedule has it (rhythms.py)
    the plan      a visit planned where no date of the rule is open is a date of its own; else it stands for that date.
                  Of its own date the report alone tells, where nobody knows the day of the visit any more

A date that a new band replaced before its day, or that comes while the file is at rest, was never due; one that was
missed comes back on the day a file is opened again.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from fieldapp.casework.calendar import Calendar
from fieldapp.casework.rhythms import AS_MADE, MILESTONE_EARLY_DAYS, VILLAGE_FOLLOW_UP, Programme
from fieldapp.casework.schedule import due_by_band, open_milestone
from fieldapp.casework.statistics_lines import FollowUp
from fieldapp.days import CHINA, day_of

_EARLY = timedelta(days=MILESTONE_EARLY_DAYS)
_LONG_AGO, _FAR = datetime(1900, 1, 1, tzinfo=UTC), datetime(9000, 12, 31, tzinfo=UTC)
_YEAR = 365


@dataclass(frozen=True)
class Seen:
    """A visit at which she was seen, as the schedule takes it. `is_dated`: else `at` is the moment of its report, which
    moves no date of the rule.
    """

    form: str
    visit_id: str
    at: datetime
    is_dated: bool = True


@dataclass(frozen=True)
class Stretch:
    """From a moment to another; without `until` it goes on."""

    since: datetime
    until: datetime | None = None

    @property
    def end(self) -> datetime:
        return self.until or _FAR

    def holds(self, day: date) -> bool:
        """Whether it goes on at any hour of a day."""
        return self.since < _ends(day) and _begins(day) < self.end


@dataclass(frozen=True)
class PlannedVisit:
    form: str
    visit_id: str
    on: date


@dataclass(frozen=True)
class History:
    """What a family's dates follow from. `help_began_at` None: nothing was decided yet; `bands`: each assessment, the
    first before the rest; `in_village`: when somebody of the village looked in; `rests`: when the file rested.
    """

    help_began_at: datetime | None = None
    bands: Sequence[tuple[datetime, str]] = ()
    seen: Sequence[Seen] = ()
    in_village: Sequence[Stretch] = ()
    rests: Sequence[Stretch] = ()
    planned: Sequence[PlannedVisit] = ()


@dataclass(frozen=True)
class _Date:
    """A date of the rule. Between `opens` and `closes` a visit, planned or made, is about it."""

    due_on: date
    done_on: date | None
    opens: datetime
    closes: datetime


def dates_of(
    history: History, today: date, calendar: Calendar, programmes: Iterable[Programme] = AS_MADE
) -> list[FollowUp]:
    """The follow-ups whose day has come, and those made before it, the earliest first."""
    found: list[FollowUp] = []
    for programme in programmes:
        seen = sorted((one for one in history.seen if one.form == programme.form), key=lambda one: one.at)
        dates = list(_by_rule(history, programme, [one.at for one in seen if one.is_dated], today, calendar))
        if not dates and not history.planned:
            continue
        kept = [moved for one in dates if (moved := _outside_rest(one, history.rests)) is not None]
        found += [FollowUp(one.due_on, one.done_on) for one in kept]
        made = {one.visit_id: day_of(one.at) for one in reversed(seen)}
        found += [
            FollowUp(one.on, made.get(one.visit_id))
            for one in history.planned
            if one.form == programme.form and not _stands_for(one, dates, history.rests, made)
        ]
    return sorted(
        (one for one in found if one.done_on is not None or one.due_on <= today),
        key=lambda one: (one.due_on, one.done_on or date.max),
    )


def _by_rule(
    history: History, programme: Programme, seen: Sequence[datetime], today: date, calendar: Calendar
) -> Iterator[_Date]:
    began = history.help_began_at
    if began is None:
        return
    is_village = programme.code == VILLAGE_FOLLOW_UP.code
    if is_village and not history.in_village:
        return
    for since, until, band in _bands(history.bands, programme, began):
        if band:
            yield from _with_band(programme, band, since, until, began, seen, calendar)
            continue
        for one in _milestones(programme, since, until, began, seen, today):
            if not is_village or any(there.holds(one.due_on) for there in history.in_village):
                yield one


def _bands(
    bands: Sequence[tuple[datetime, str]], programme: Programme, began: datetime
) -> Iterator[tuple[datetime, datetime, str]]:
    """The stretches of one rhythm each (empty: that of the milestones), from the moment its band was given to the next
    other one.
    """
    since, band = began, ""
    for at, told in bands:
        given = told if told in programme.by_band else ""
        if given == band:
            continue
        if at > since:
            yield since, at, band
        since, band = at, given
    yield since, _FAR, band


def _with_band(
    programme: Programme,
    band: str,
    since: datetime,
    until: datetime,
    began: datetime,
    seen: Sequence[datetime],
    calendar: Calendar,
) -> Iterator[_Date]:
    if until <= began:
        return
    last: datetime | None = None
    for at in (one for one in seen if since <= one < until):
        if at >= began:
            due, _ = due_by_band(programme, band, since, last, at, calendar)
            yield _Date(due.day, day_of(at), last or since, at)
        last = at
    due, _ = due_by_band(programme, band, since, last, until, calendar)
    if due.at <= until:
        yield _Date(due.day, None, last or since, until)


def _milestones(
    programme: Programme, since: datetime, until: datetime, began: datetime, seen: Sequence[datetime], today: date
) -> Iterator[_Date]:
    days = _milestone_days(programme, began, seen, today + _EARLY)
    for day, following in pairwise(days):
        if not since < _ends(day) <= until:
            continue
        first, last = max(_begins(day) - _EARLY, began), _begins(following) - _EARLY
        made = next((at for at in seen if first <= at < min(last, until)), None)
        yield _Date(day, None if made is None else day_of(made), first, last)


def _milestone_days(programme: Programme, began: datetime, seen: Sequence[datetime], until: date) -> list[date]:
    """The milestones up to a day, and at least one that follows: of each version of the programme those that came while
    it was in force, and the day of a change on which one came due by the new rhythm alone.
    """
    versions = programme.versions
    ends = [*(one.since or _LONG_AGO for one in versions[1:]), _FAR]
    found: list[date] = []
    for version, over in zip(versions, ends, strict=True):
        since, days = version.since or _LONG_AGO, _days_of(version.milestones_days, day_of(began), until)
        if since > began:
            days = _after_a_change(programme, since, days, found, began, seen)
        found += [day for day in days if since < _ends(day) <= over]
    return found


def _after_a_change(
    programme: Programme,
    since: datetime,
    days: list[date],
    before: list[date],
    began: datetime,
    seen: Sequence[datetime],
) -> list[date]:
    """Those of the new rhythm that no earlier visit answers for, nor the one that answers for what is open now; before
    them the day of the change, where what came due by the new rhythm alone is due on it.
    """
    last = max((at for at in seen if at <= since), default=None)
    due, _ = open_milestone(programme, began, last, since)
    is_due_now = due.at > since and due.day == day_of(since)
    open_days = [day for day in before if last is None or last < _begins(day) - _EARLY]
    met = [*open_days[-1:], *([day_of(last)] if last else ()), *([due.day] if is_due_now else ())]
    answered = max(met, default=day_of(began) - _EARLY) + _EARLY
    return [*([due.day] if is_due_now else ()), *(day for day in days if day > answered)]


def _days_of(milestones: Iterable[int], begun: date, until: date) -> list[date]:
    """The milestones up to a day, after the last of them the same day each year, and the one that follows."""
    days: list[date] = []
    for passed in milestones:
        days.append(begun + timedelta(days=passed))
        if days[-1] > until:
            return days
    while days[-1] <= until:
        days.append(days[-1] + timedelta(days=_YEAR))
    return days


def _outside_rest(one: _Date, rests: Iterable[Stretch]) -> _Date | None:
    """The date as it was due; None where the file rested on its day and did not come back to it."""
    for rest in rests:
        if not rest.since <= _ends(one.due_on) <= rest.end:
            continue
        if one.done_on is not None and one.done_on <= day_of(rest.since):
            return one
        if rest.until is None or not one.opens <= rest.until < one.closes:
            return None
        return replace(one, due_on=max(one.due_on, day_of(rest.until)))
    return one


def _stands_for(one: PlannedVisit, dates: Iterable[_Date], rests: Iterable[Stretch], made: Mapping[str, date]) -> bool:
    """Whether a planned visit is counted with a date of the rule, or not at all because the file came to rest."""
    day = _begins(one.on)
    if any(day_of(rule.opens) <= one.on and day < rule.closes for rule in dates):
        return True
    return one.visit_id not in made and any(rest.since <= _ends(one.on) <= rest.end for rest in rests)


def _begins(day: date) -> datetime:
    return datetime.combine(day, time(), CHINA)


def _ends(day: date) -> datetime:
    return _begins(day) + timedelta(days=1)
