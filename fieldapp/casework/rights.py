"""What people may ask of us about their data, how long an answer may take, and how long is kept what nobody needs.

The law says "in time" (个人信息保护法 50) and names no number; the days here are our own. Consent is withdrawn as
easily as it was given (15), so that is quicker. Where a law makes us keep a record, its use is restricted (47).
"""

from dataclasses import dataclass
from datetime import date, datetime, time

from fieldapp.casework.calendar import Calendar, Due, ends_with
from fieldapp.casework.clocks import ClockState, waiting_steps
from fieldapp.casework.limits import Step, Told, hours, working_days
from fieldapp.days import CHINA, day_of

# 个人信息保护法 45, 46, 15, 47; the last: who told us of a family asks that nobody reads it again.
ANSWER_WORKING_DAYS = {"copy": 15, "correction": 15, "withdrawal": 3, "erasure": 15, "forget_reporter": 15}
WARN_DAYS_BEFORE = 3
STEPS = (Step(hours(0), Told.SUPERVISOR), Step(working_days(3), Told.ABOVE))
# Who asks, and what shows that she may.
ASKED_AS = ("herself", "guardian", "agent", "heir")
IDENTITIES = ("paper", "known", "called_back", "authority")
WAYS = ("in_person", "safe_call", "through_worker", "neutral_letter", "not_at_all")
# What consent carried, and ends with it. Protection and the mandatory report rest on law and go on.
STOPS = ("photo", "audio", "share", "visits")
# Why something is refused, or restricted instead. Who did the harm asks for nothing in a child's name
# (未成年人保护法 72), and nothing is erased while somebody is in danger (反家庭暴力法 14, 15).
REFUSALS = ("not_shown_who", "not_entitled", "did_the_harm", "nothing_held", "harms_another", "asked_before", "other")
KEPT_FOR = ("mandatory_report", "protection_order", "criminal_case", "relief_file", "complaint", "other_law")
VIEWS = ("5", "4", "3", "2", "1", "refused")

# Our own values, docs/operations.md. A lead that came to nothing, by the state in which it rests; what was asked and
# answered by telephone may be asked about again.
REJECTED_DAYS = {"INVALID": 180, "DUPLICATE": 180, "ANSWERED": 3 * 365}
# A household of a round that nobody made a case of; where somebody said of it that it needs a look, longer.
LISTED_DAYS, LISTED_WORRY_DAYS = 180, 3 * 365
# A visit that another county asked for and nobody opened, after its last day; a file from there that was refused.
UNOPENED_DAYS, REFUSED_DAYS = 30, 90
DRAFT_COPY_DAYS = 90


@dataclass(frozen=True)
class Clock:
    """How an open request stands: its last day, and who ought to know by now."""

    due: Due
    state: ClockState
    told: tuple[Told, ...]


def due_of(kind: str, received_on: date, calendar: Calendar) -> Due | None:
    """The last day for an answer to what came in on this day; None for what a family only says of us."""
    if kind not in ANSWER_WORKING_DAYS:
        return None
    return calendar.due(datetime.combine(received_on, time(), CHINA), working_days(ANSWER_WORKING_DAYS[kind]))


def clock_of(due_on: date, now: datetime, calendar: Calendar) -> Clock:
    """The clock of a request that still waits."""
    today = day_of(now)
    due = ends_with(due_on, calendar.missing(today, due_on) if due_on > today else ())
    state, _, told = waiting_steps(due, STEPS, now, WARN_DAYS_BEFORE, calendar)
    return Clock(due, state, told)
