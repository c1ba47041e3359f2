"""What statistics count: a case without a name as one line, and what happened beside all cases.

Pure values; who fills them in asks who may read what (actions/statistics_lines.py).
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

ADULT = 18
SEVERAL = "several"  # who gives a measure, where they are more than one


@dataclass(frozen=True)
class Person:
    """Somebody helped in a case: `sex` as answered, `birth` as far as known (`1988`, `1988-03`)."""

    sex: str | None
    birth: str | None

    def kind(self, on: date) -> str:
        """woman, girl, boy, man, or unknown, on a day; of a birth known in part the later day counts."""
        if self.sex not in ("female", "male") or not self.birth:
            return "unknown"
        parts = [int(part) for part in self.birth.split("-") if part.isdigit()]
        if not parts:
            return "unknown"
        year, month, day = (*parts, *(12, 31)[len(parts) - 1 :])[:3]
        is_grown = on.year - year - ((on.month, on.day) < (month, day)) >= ADULT
        return ({"female": "woman", "male": "man"} if is_grown else {"female": "girl", "male": "boy"})[self.sex]


@dataclass(frozen=True)
class Help:
    """One measure: its type, who gives it (a code of list org of F7, or SEVERAL), its state, yuan, the day that counts
    for it, and the persons it is for (keys within their case; empty where nobody was named).
    """

    type: str
    by: str | None
    status: str
    amount: Decimal | None
    on: date
    beneficiaries: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Relief:
    """One decision on judicial relief. `organs`: how many decided together."""

    result: str
    amount: Decimal | None
    on: date
    organs: int
    green_channel: bool


@dataclass(frozen=True)
class FollowUp:
    """One follow-up that was due, by the schedule or a plan; `done_on`: when she was seen, None while she was not."""

    due_on: date
    done_on: date | None


@dataclass(frozen=True)
class Said3:
    """What one follow-up or closure said: `satisfaction` 1 to 5, `new_violence` yes or no; None where not answered."""

    on: date
    satisfaction: str | None
    new_violence: str | None


@dataclass(frozen=True)
class LegalAction:
    """One step of the law taken for a case: a code of list legal_action of F2, and its day."""

    kind: str
    on: date


@dataclass(frozen=True)
class Late:
    """A time limit on the way to a step (a code of SPANS) kept too late or not yet; `due_on` its last day."""

    step: str
    due_on: date


@dataclass(frozen=True)
class Promise:
    """What a meeting decided to do for a case; `due_on` the day it set, or that of the meeting where it set none."""

    due_on: date
    is_kept: bool


@dataclass(frozen=True)
class Need:
    """Something she needs, named on a day; `is_open` while no measure opened for it was granted, and no closure says
    that it is met or wanted no more.
    """

    on: date
    is_open: bool


@dataclass(frozen=True)
class Line:
    """One case, without a name. Days are None where it has not happened; `answered_in_time`: None where nobody brought
    it as a lead; `held` the yuan kept for somebody in it now, None where none ever was.
    """

    case_id: str
    region: str
    received_on: date
    channel: str | None = None
    outcome: str | None = None
    answered_in_time: bool | None = None
    visited_on: date | None = None
    approved_on: date | None = None
    letter_on: date | None = None
    decided_on: date | None = None
    feedback_on: date | None = None
    closed_on: date | None = None
    case_type: str | None = None
    stage: str | None = None
    band: str | None = None
    categories: frozenset[str] = frozenset()
    flags: frozenset[str] = frozenset()
    persons: tuple[Person, ...] = ()
    measures: tuple[Help, ...] = ()
    reliefs: tuple[Relief, ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()
    told: tuple[Said3, ...] = ()
    organisation: str | None = None
    closing: str | None = None
    found_at: datetime | None = None
    reported_at: datetime | None = None
    actions: tuple[LegalAction, ...] = ()
    promises: tuple[Promise, ...] = ()
    needs: tuple[Need, ...] = ()
    held: Decimal | None = None
    late: tuple[Late, ...] = ()

    @property
    def heads(self) -> int:
        """How many persons the case is about: those noted as helped, and one where nobody is noted."""
        return max(len(self.persons), 1)


@dataclass(frozen=True)
class Outreach:
    """Work for everybody: a code of OUTREACH, how often, and how many people came or read it."""

    kind: str
    on: date
    times: int
    people: int


@dataclass(frozen=True)
class Interview:
    """How many interviews for evidence took place in a centre on a day; nothing of what was said."""

    on: date
    times: int


@dataclass(frozen=True)
class Place:
    """A centre or a station where several work together; `ended_on` None while it is there."""

    ended_on: date | None = None


@dataclass(frozen=True)
class Beside:
    """What is counted without a case."""

    outreach: tuple[Outreach, ...] = ()
    interviews: tuple[Interview, ...] = ()
    places: tuple[Place, ...] = ()


@dataclass(frozen=True)
class Period:
    """From the first to the last day, both counted. Raises ValueError where it ends before it begins."""

    since: date
    until: date

    def __post_init__(self) -> None:
        if self.until < self.since:
            raise ValueError("a period ends after it begins")

    def holds(self, day: date | None) -> bool:
        return day is not None and self.since <= day <= self.until
