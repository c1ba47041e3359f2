"""How often a family is looked in on: by risk band, and by time where there is none; as it was made, and as a county
set it from a day on.

What a county sets counts for the dates to come. A date that had passed when the rhythm became another stays as late as
it is; one that would have passed by the new rhythm alone is due on the day of the change; every other is reckoned anew.
So a change neither makes anybody late backwards nor takes a date away without another in its place.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise

from fieldapp.casework.calendar import Due, Length, Unit, ends_with
from fieldapp.casework.limits import days, hours
from fieldapp.casework.sentences import Said
from fieldapp.days import day_of

MILESTONE_EARLY_DAYS = 7  # a visit so many days before a milestone is that milestone's
BANDS = ("red", "orange", "yellow", "blue")  # the most dangerous first
# Of red and orange as they were made, which is also what the assessment on the phone (F5) says to whoever fills it in.
DAYS_MAX: Mapping[str, int] = {"red": 7, "orange": 14, "yellow": 60, "blue": 180}
MILESTONES_MAX, FIRST_DAYS_MAX, GAP_DAYS_MAX = 12, 90, 365
GAP_DAYS_MIN = 2 * MILESTONE_EARLY_DAYS  # nearer to each other, one visit would answer for two
_FIRST_OF_RED = hours(24)
_MONTH_DAYS = 30


@dataclass(frozen=True)
class Rhythm:
    """`first`: from the day the band was given; `then`: from each visit."""

    first: Length
    then: Length


BY_BAND: dict[str, Rhythm] = {
    "red": Rhythm(_FIRST_OF_RED, days(7)),
    "orange": Rhythm(days(14), days(14)),
    "yellow": Rhythm(Length(1, Unit.MONTH), Length(1, Unit.MONTH)),
    "blue": Rhythm(Length(3, Unit.MONTH), Length(3, Unit.MONTH)),
}
MILESTONES_DAYS = (30, 90, 180, 365)


@dataclass(frozen=True)
class Programme:
    """Who looks in, with which form, how often; `since` a moment, until which it was as `before`. Raises ValueError
    without milestones, or where they do not rise.
    """

    code: str
    form: str
    by_band: Mapping[str, Rhythm] = field(default_factory=dict)
    milestones_days: tuple[int, ...] = MILESTONES_DAYS
    since: datetime | None = None
    before: "Programme | None" = None

    def __post_init__(self) -> None:
        if not self.milestones_days or list(self.milestones_days) != sorted({*self.milestones_days} - {0}):
            raise ValueError(f"{self.code}: milestones rise, and there is one")

    @property
    def versions(self) -> list["Programme"]:
        """As it was one after the other, the first with no `since`."""
        return [*(self.before.versions if self.before else ()), self]

    def between(self, since: datetime, until: datetime) -> tuple["Programme", list["Programme"]]:
        """As it was at a moment, and what became of it after that until another."""
        versions = self.versions
        known = [one for one in versions if one.since is None or one.since <= since]
        return known[-1], [one for one in versions[len(known) :] if one.since is not None and one.since <= until]


FOLLOW_UP = Programme("follow_up", "F3", BY_BAND)
VILLAGE_FOLLOW_UP = Programme("village_follow_up", "F3V")
AS_MADE: tuple[Programme, ...] = (FOLLOW_UP, VILLAGE_FOLLOW_UP)


@dataclass(frozen=True)
class Own:
    """What a county set from a moment on: days by band, milestones by programme; what is missing is as it was made."""

    since: datetime
    days: Mapping[str, int] = field(default_factory=dict)
    milestones: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


def programmes_of(set_one_by_one: Iterable[Own]) -> tuple[Programme, ...]:
    """The programmes of a county that set these, the oldest first."""
    programmes = AS_MADE
    for own in set_one_by_one:
        programmes = tuple(_set(made, now, own) for made, now in zip(AS_MADE, programmes, strict=True))
    return programmes


def due_through(
    programme: Programme, since: datetime, until: datetime, under: Callable[[Programme], tuple[Due, Said]]
) -> tuple[Due, Said]:
    """When what is open since a moment is due, as the rhythm stood until another. `under`: when it is due by one of the
    programme's versions alone.
    """
    first, later = programme.between(since, until)
    due, why = under(first)
    for version in later:
        assert version.since is not None
        if due.at <= version.since:
            break  # it was late already
        due, why = under(version)
        if due.at <= version.since:
            due = ends_with(day_of(version.since))
    return due, why


def refused(own: Own) -> str | None:
    """The code of the Problem for which a county cannot set this; None where it can."""
    if any(amount < 1 for amount in own.days.values()):
        return "rhythm_unreadable"
    if own.days.get("red", 0) > DAYS_MAX["red"]:
        return "rhythm_red_too_long"
    if any(amount > DAYS_MAX[band] for band, amount in own.days.items()):
        return "rhythm_too_long"
    lengths = [own.days.get(band, _about_days(BY_BAND[band].then)) for band in BANDS]
    if lengths != sorted(lengths):
        return "rhythm_order_wrong"
    if any(not _are_milestones(told) for told in own.milestones.values()):
        return "rhythm_milestones_wrong"
    return None


def _are_milestones(told: Sequence[int]) -> bool:
    gaps = [later - earlier for earlier, later in pairwise(told)]
    return (
        1 <= len(told) <= MILESTONES_MAX
        and MILESTONE_EARLY_DAYS < told[0] <= FIRST_DAYS_MAX
        and all(GAP_DAYS_MIN <= gap <= GAP_DAYS_MAX for gap in gaps)
    )


def _set(made: Programme, before: Programme, own: Own) -> Programme:
    by_band = {band: _rhythm(band, own.days.get(band), rhythm) for band, rhythm in made.by_band.items()}
    milestones = own.milestones.get(made.code, made.milestones_days)
    return replace(made, by_band=by_band, milestones_days=milestones, since=own.since, before=before)


def _rhythm(band: str, amount: int | None, made: Rhythm) -> Rhythm:
    if amount is None:
        return made
    # Who was found in red danger is seen within a day, whatever a county sets for the weeks after.
    return Rhythm(_FIRST_OF_RED if band == "red" else days(amount), days(amount))


def _about_days(length: Length) -> int:
    return length.amount * (_MONTH_DAYS if length.unit is Unit.MONTH else 1)
