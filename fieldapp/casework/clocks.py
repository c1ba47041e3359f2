"""From what happened in a case to its clocks: running, soon due, overdue, standing still, kept or kept too late.

Pure: events and the moment go in, clocks come out. The server's time decides, never the phone's (docs/protocol.md).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from fieldapp.casework.calendar import Calendar, Due, Length, Pause
from fieldapp.casework.happened import EACH_ITS_OWN, Happened
from fieldapp.casework.limits import LIMITS, Basis, Limit, Step, Told
from fieldapp.casework.sentences import Said
from fieldapp.days import day_of

_GREEN = (Happened.GREEN_GIVEN, Happened.GREEN_ENDED)


@dataclass(frozen=True)
class Event:
    """Something that happened, at the server's time. `about` keeps two letters or two measures of a case apart; a clock
    begun by an event about the whole case (empty) is stopped by an event about anything.
    """

    kind: str
    at: datetime
    about: str = ""


class ClockState(StrEnum):
    RUNNING = "running"
    SOON = "soon"
    OVERDUE = "overdue"
    PAUSED = "paused"
    KEPT = "kept"
    LATE = "late"  # done, after the limit had run out


@dataclass(frozen=True)
class Pace:
    """What shortens clocks: `red` while the case is red, `green` under the green channel, `own` lengths by code.
    `names`: what this place calls a limit, by code; a name changes nothing else.

    Raises ValueError where `own` would change what a law or a rule sets, and KeyError for a code that is none.
    """

    red: bool = False
    green: bool = False
    own: Mapping[str, Length] = field(default_factory=dict)
    names: Mapping[str, Said] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for code in self.own:
            if LIMITS[code].basis is not Basis.DEFAULT:
                raise ValueError(f"{code} is set by {LIMITS[code].source}")

    def length(self, limit: Limit) -> Length:
        """How long a limit is at this pace; red goes before green, and both before a setting of this place, unless that
        is shorter still: hurry never lengthens.
        """
        own = self.own.get(limit.code, limit.length)
        hurried = (limit.red if self.red else None) or (limit.green if self.green else None)
        if hurried is None or (own.unit is hurried.unit and own.amount < hurried.amount):
            return own
        return hurried

    def called(self, limit: Limit) -> Limit:
        """The limit under the name that this place gives it."""
        name = self.names.get(limit.code)
        return limit if name is None else replace(limit, name=name)


def is_green(events: Iterable[Event], now: datetime) -> bool:
    """Whether a case is on the green channel at a moment, by what happened in it."""
    said = sorted((event for event in events if event.kind in _GREEN and event.at <= now), key=lambda event: event.at)
    return bool(said) and said[-1].kind == Happened.GREEN_GIVEN


@dataclass(frozen=True)
class Clock:
    """One limit at work. `due` is None only while it stands still; `level` counts the escalation steps reached;
    `told` is everybody who ought to know by now: whoever has it to do from the warning on.
    """

    limit: Limit
    about: str
    begun_at: datetime
    due: Due | None
    ended_at: datetime | None
    state: ClockState
    level: int
    told: tuple[Told, ...]


def clocks_of(events: Iterable[Event], now: datetime, calendar: Calendar, pace: Pace | None = None) -> list[Clock]:
    """The clocks of one case: what is overdue first, then what is due first; those that stand still, then those done.

    Each event that begins a limit begins one clock. An event later than `now` has not happened. What ends a clock may
    come in the same moment as its beginning, unless that kind of event also begins it (one meeting ends the month of
    the last and begins its own).
    """
    past = sorted((event for event in events if event.at <= now), key=lambda event: event.at)
    at_pace = pace or Pace()
    clocks = [
        _clock(limit, event, past, now, calendar, at_pace)
        for limit in LIMITS.values()
        for event in past
        if event.kind in limit.begins
    ]
    return sorted(clocks, key=_urgency)


def waiting_steps(
    due: Due, steps: Iterable[Step], now: datetime, warn_days_before: int, calendar: Calendar
) -> tuple[ClockState, int, tuple[Told, ...]]:
    """Where an open date stands now: its state, how many escalation steps it has reached, who ought to know."""
    if now < due.at:
        soon = day_of(now) >= due.day - timedelta(days=warn_days_before)
        return (ClockState.SOON, 0, (Told.HOLDER,)) if soon else (ClockState.RUNNING, 0, ())
    reached = [step for step in steps if now >= _step_at(due, step, calendar)]
    return ClockState.OVERDUE, len(reached), (Told.HOLDER, *(step.told for step in reached))


def _clock(limit: Limit, begun: Event, past: list[Event], now: datetime, calendar: Calendar, pace: Pace) -> Clock:
    of_this = [event for event in past if _is_of(begun, event) and event is not begun and event.at >= begun.at]
    ended = begun if _is_done(limit, begun, past) else next((one for one in of_this if _ends(limit, begun, one)), None)
    pauses = _pauses(limit, of_this, ended.at if ended else None)
    due = calendar.due(begun.at, pace.length(limit), pauses)
    if ended:
        # What is to be done at once has no length that could be kept or missed: how long it took is shown as it was.
        late = due is not None and ended.at >= due.at and pace.length(limit).amount > 0
        state = ClockState.LATE if late else ClockState.KEPT
        return Clock(pace.called(limit), begun.about, begun.at, due, ended.at, state, 0, ())
    if due is None:
        return Clock(pace.called(limit), begun.about, begun.at, None, None, ClockState.PAUSED, 0, ())
    state, level, told = waiting_steps(due, limit.steps, now, limit.warn_days_before, calendar)
    return Clock(pace.called(limit), begun.about, begun.at, due, None, state, level, told)


def _is_of(begun: Event, event: Event) -> bool:
    if begun.about in ("", event.about):
        return True
    # What only ever happens to the case as a whole is about each letter of it.
    return not event.about and event.kind not in EACH_ITS_OWN


def _is_done(limit: Limit, begun: Event, past: list[Event]) -> bool:
    """Whether what the limit waits for had happened before it began, in this opening of the file: it ends at once."""
    before = [event for event in past if event.at < begun.at]
    opened_at = max((event.at for event in before if event.kind == Happened.REOPENED), default=None)
    return any(event.kind in limit.already and (opened_at is None or event.at > opened_at) for event in before)


def _ends(limit: Limit, begun: Event, event: Event) -> bool:
    return event.kind in limit.ends and (event.at > begun.at or event.kind not in limit.begins)


def _pauses(limit: Limit, of_this: list[Event], ended_at: datetime | None) -> list[Pause]:
    """The stretches in which the clock stood still; one still open when the clock ended, ended with it."""
    pauses: list[Pause] = []
    since: datetime | None = None
    for event in of_this:
        if ended_at and event.at >= ended_at:
            break
        if since is None and event.kind in limit.waits:
            since = event.at
        elif since is not None and event.kind in limit.goes_on:
            pauses.append(Pause(since, event.at))
            since = None
    if since is not None:
        pauses.append(Pause(since, ended_at))
    return pauses


def _step_at(due: Due, step: Step, calendar: Calendar) -> datetime:
    if not step.after.amount:
        return due.at
    # `due.at` is already the first moment too late, so a step in days is counted from the last day in time.
    reached = calendar.due(due.at - timedelta(microseconds=1), step.after)
    assert reached is not None
    return reached.at


def _urgency(clock: Clock) -> tuple[int, float, str]:
    order = {ClockState.OVERDUE: 0, ClockState.SOON: 1, ClockState.RUNNING: 1, ClockState.PAUSED: 2}.get(clock.state, 3)
    return order, clock.due.at.timestamp() if clock.due else 0.0, clock.limit.code
