"""What the follow-ups and the limits of a family go by, as its tally keeps it (tallies.py), and read again: bands,
visits at which she was seen, when help began, when the file rested, and the limits on the way from step to step.

    of_reports(...)     plain values to keep
    history_of(...)     the same for casework/follow_up_dates.py
    late_of(...)        the limits that ran out, as they stand at a moment
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy.orm import Session

from fieldapp.actions import agendas, bands_known, measures_known
from fieldapp.actions.case_answers import Head
from fieldapp.actions.clock_settings import Own
from fieldapp.casework.calendar import published
from fieldapp.casework.clocks import ClockState, Event, Pace, clocks_of, is_green
from fieldapp.casework.follow_up_dates import History, PlannedVisit, Seen, Stretch
from fieldapp.casework.happened import Happened
from fieldapp.casework.roads import HAPPENED
from fieldapp.casework.states import RESTING
from fieldapp.casework.statistics_figures import STEP_OF_LIMIT
from fieldapp.casework.statistics_lines import Late
from fieldapp.db import milliseconds, moment
from fieldapp.models.cases import Case

READ = ("F3", "F3V", "F5")  # as soon as they are handed in, as the agenda reads them
_VISITS = ("F3", "F3V")
_RESTS = frozenset(HAPPENED[state] for state in RESTING)
_LIVES = frozenset({Happened.REOPENED, Happened.PLAN_BEGUN})  # what ends a rest
_AFTER_ALL = datetime(9000, 12, 31, tzinfo=UTC)  # so late that every limit still open has run out
_BEFORE_ALL = datetime(1900, 1, 1, tzinfo=UTC)


@dataclass
class Clear:
    """What clear columns tell of one family's follow-ups: visits planned, and who of its village looked in when."""

    planned: list[PlannedVisit] = field(default_factory=list)
    in_village: list[Stretch] = field(default_factory=list)


def of_reports(
    session: Session, case: Case, heads: Sequence[Head], events: Sequence[Event], own: Own
) -> dict[str, Any]:
    """`heads`: its reports of READ that were handed in, and its measures. Raises RestError where a step of a measure
    does not open.
    """
    bands = sorted(bands_known.told_in(session, heads), key=lambda one: one.at)
    made = [(agendas.made_in(head), head.revision.received_at) for head in heads if head.record.form in _VISITS]
    begun = agendas.help_began(measures_known.measures_in(session, case, heads), events)
    is_red = bool(bands) and bands[-1].band == "red"
    pace = Pace(red=is_red, green=is_green(events, _AFTER_ALL), own=own.lengths)
    return {
        "begun": None if begun is None else milliseconds(begun),
        "bands": [[milliseconds(one.at), one.band] for one in bands],
        "seen": [
            [one.form, one.visit_id, milliseconds(one.at or received), one.at is not None]
            for one, received in made
            if one.met
        ],
        "rests": _rests(events),
        "limits": list(_limits(events, pace)),
    }


def history_of(told: Mapping[str, Any], clear: Clear, opened_at: datetime, *, rests: bool) -> History:
    """`rests`: whether the file does now. Before it was opened nothing was due: what was open then came due with it."""
    rested = [Stretch(moment(since), None if until is None else moment(until)) for since, until in told["rests"]]
    if rests and not any(one.until is None for one in rested):
        rested.append(Stretch(opened_at))  # brought in as it was: nobody told since when
    return History(
        None if told["begun"] is None else moment(told["begun"]),
        [(moment(at), band) for at, band in told["bands"]],
        [Seen(form, visit_id, moment(at), is_dated) for form, visit_id, at, is_dated in told["seen"]],
        clear.in_village,
        [Stretch(_BEFORE_ALL, opened_at), *rested],
        clear.planned,
    )


def late_of(told: Mapping[str, Any], now: datetime, *, rests: bool) -> Iterable[Late]:
    """Those kept too late, and of a file that does not rest those that are open and have run out."""
    for step, due_on, open_until in told["limits"]:
        if open_until is None or (not rests and moment(open_until) <= now):
            yield Late(step, date.fromisoformat(due_on))


def _rests(events: Iterable[Event]) -> list[list[int | None]]:
    found: list[list[int | None]] = []
    for event in events:
        is_resting = bool(found) and found[-1][1] is None
        if event.kind in _RESTS and not is_resting:
            found.append([milliseconds(event.at), None])
        elif event.kind in _LIVES and is_resting:
            found[-1][1] = milliseconds(event.at)
    return found


def _limits(events: Sequence[Event], pace: Pace) -> Iterable[list[Any]]:
    """[step, last day, None] of each that was kept too late; of one that is open the moment it runs out instead."""
    for clock in clocks_of(events, _AFTER_ALL, published(), pace):
        step = STEP_OF_LIMIT.get(clock.limit.code)
        if step is None or clock.due is None:
            continue
        if clock.state is ClockState.LATE:
            yield [step, clock.due.day.isoformat(), None]
        elif clock.ended_at is None:
            yield [step, clock.due.day.isoformat(), milliseconds(clock.due.at)]
