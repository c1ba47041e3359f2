"""Who is on duty, where nobody is, and who hears of a danger first. Pure: shifts and a moment in, people out.

A roster decides who hears first and nothing else: without one everybody hears at once, and nothing waits for it.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

# How a danger that nobody has acknowledged steps up (own values, docs/decisions/0023): minutes count here, and whoever
# holds the duty telephone has it in her hand.
DEPUTY_AFTER = timedelta(minutes=10)
ALL_AFTER = timedelta(minutes=20)
ABOVE_AFTER = timedelta(hours=2)
WARN_AHEAD = timedelta(days=7)


@dataclass(frozen=True)
class Turn:
    """One person's time on duty, until just before `ends_at`; her deputy stands ready the same time."""

    starts_at: datetime
    ends_at: datetime
    person_id: UUID
    deputy_id: UUID | None = None

    def runs(self, at: datetime) -> bool:
        """Whether it is her turn at this moment."""
        return self.starts_at <= at < self.ends_at


def on_duty(turns: Iterable[Turn], at: datetime) -> tuple[list[UUID], list[UUID]]:
    """Who is on duty at a moment, and who are their deputies; each once, who began first before the rest."""
    running = sorted((turn for turn in turns if turn.runs(at)), key=lambda turn: (turn.starts_at, str(turn.person_id)))
    first = list(dict.fromkeys(turn.person_id for turn in running))
    deputies = dict.fromkeys(turn.deputy_id for turn in running if turn.deputy_id is not None)
    return first, [one for one in deputies if one not in first]


def gaps(turns: Iterable[Turn], since: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
    """The stretches between two moments in which nobody is on duty, in order."""
    found = []
    covered = since
    for turn in sorted(turns, key=lambda turn: turn.starts_at):
        if turn.starts_at >= until:
            break
        if turn.starts_at > covered:
            found.append((covered, turn.starts_at))
        covered = max(covered, turn.ends_at)
    if covered < until:
        found.append((covered, until))
    return found


def hears(
    person_id: UUID, told_at: datetime, now: datetime, turns: Sequence[Turn], *, is_above: bool, below: Collection[UUID]
) -> bool:
    """Whether a danger told at `told_at`, and seen by nobody since, is hers to hear of by now.

    `below`: the supervisors of the county itself who may be shown it. Who is on duty now hears at once, so does who was
    when it came; where none of these is on duty, all of the county do; where it has none, the office above.
    """
    age = now - told_at
    known = set(below) | {person_id}
    first, deputies = (
        {one for at in (told_at, now) for one in on_duty(turns, at)[place] if one in known} for place in (0, 1)
    )
    if person_id in first or (age >= DEPUTY_AFTER and person_id in deputies):
        return True
    if is_above:
        return age >= ABOVE_AFTER or not below
    return age >= ALL_AFTER or not first
