"""The risk band of a family: of all that assessments (F5) and follow-ups (F3) gave, the one told last counts.

Told last by the moment the house heard of it, never by the day alone: a yellow of the morning does not stand before
the red of two hours later. Of two told at the very same moment the more severe one counts.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

BANDS = ("blue", "yellow", "orange", "red")  # the more severe the later
# Where a form says it; of an assessment what a person made of it before what was computed.
_PLACES = {"F5": ("dv", ("band_final", "band")), "F3": ("end", ("band",))}
FORMS = tuple(_PLACES)


@dataclass(frozen=True)
class Told:
    """A band, and when it was first told by the report that gives it."""

    band: str
    at: datetime


@dataclass(frozen=True)
class Last:
    """The band that counts. `at`: when it was told last; `since`: since when no other one was told."""

    band: str
    at: datetime
    since: datetime


def band_in(form: str, answers: Mapping[str, Any]) -> str:
    """The band that a report gives; empty where it gives none, or says why it is not known."""
    section, names = _PLACES.get(form, ("", ()))
    said = answers.get(section)
    values = [said.get(name) for name in names] if isinstance(said, Mapping) else []
    return next((value for value in values if isinstance(value, str) and value in BANDS), "")


def last_of(told: Iterable[Told]) -> Last | None:
    """None before anybody gave one."""
    newest_first = sorted(told, key=lambda one: (one.at, BANDS.index(one.band)), reverse=True)
    if not newest_first:
        return None
    last, since = newest_first[0], newest_first[0].at
    for one in newest_first:
        if one.band != last.band:
            break
        since = one.at
    return Last(last.band, last.at, since)
