"""When a family is looked in on next: by risk band or by time, by caseworkers (F3) or the village (F3V), and when its
orders run out. At any time a living case has a next date or an overdue one, so that nobody is forgotten.

The lengths are our own values, which a county may set (rhythms.py): red within 24 hours and then each week, orange each
14 days, yellow each month, blue each quarter; without a band 30, 90, 180 and 365 days after help began, then each year.
The village list never follows the band: its dates would tell everybody how dangerous a home is (DESIGN 4, cut roles).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from fieldapp.casework.calendar import Calendar, Due, ends_with, months_later
from fieldapp.casework.clocks import ClockState, waiting_steps
from fieldapp.casework.limits import Step, Told, days, hours
from fieldapp.casework.rhythms import FOLLOW_UP, MILESTONE_EARLY_DAYS, Programme, due_through
from fieldapp.casework.sentences import Said
from fieldapp.casework.states import RESTING, CaseState
from fieldapp.days import day_of

ORDER_WARNING_DAYS = 30  # before an order runs out
KEY_CARE_WARNING_DAYS = 7  # before a review of the key-care list
PROTECTION_ORDER_MONTHS_MAX = 6  # Law against Domestic Violence, article 30
IN_SIGHT = days(30)  # a file not yet at help is looked at after so many days without anything happening
_STEPS = (Step(hours(0), Told.SUPERVISOR), Step(days(7), Told.ABOVE))
_STEPS_BY_BAND: dict[str, tuple[Step, ...]] = {
    "red": (Step(hours(0), Told.DUTY), Step(hours(24), Told.ABOVE)),
    "orange": (Step(hours(0), Told.SUPERVISOR), Step(days(2), Told.ABOVE)),
}


@dataclass(frozen=True)
class Made:
    """One report of a follow-up. Reports with one `visit_id` are one visit of several organisations. `at` is None where
    only their number was stated (`times`); such visits count, but move no date.
    """

    visit_id: str
    form: str
    met: bool
    at: datetime | None
    organisation: str = ""
    kind: str = "scheduled"  # fu_kind of F3; an unscheduled visit counts as any other
    times: int = 1


@dataclass(frozen=True)
class Visit:
    """A visit as it was, whoever wrote of it: seen by one is seen."""

    visit_id: str
    form: str
    at: datetime | None
    met: bool
    organisations: tuple[str, ...]
    times: int


@dataclass(frozen=True)
class Order:
    """A warning letter or protection order in force. `settled`: renewed, lifted, or looked at after it ran out."""

    order_id: str
    kind: str
    ends_on: date
    settled: bool = False


@dataclass(frozen=True)
class Followed:
    """What the plan of one case needs. `help_began_at`: None before anything was decided; `moved_at`: when something
    last happened; `agreed_on`: a day agreed with her, by programme, which may be earlier than the rule's, never later.
    """

    state: CaseState
    moved_at: datetime
    help_began_at: datetime | None = None
    band: str = ""
    band_since: datetime | None = None
    made: Sequence[Made] = ()
    orders: Sequence[Order] = ()
    agreed_on: Mapping[str, date] = field(default_factory=dict)
    programmes: tuple[Programme, ...] = (FOLLOW_UP,)
    key_care_review: date | None = None  # of a family on the key-care list


@dataclass(frozen=True)
class Planned:
    """One date of the plan. `what`: code of a programme, "in_sight", "order_ends" or "key_care_review"; `about`: the
    order, else empty.
    """

    what: str
    form: str
    due: Due
    state: ClockState
    level: int
    told: tuple[Told, ...]
    why: Said
    about: str = ""


def plan_of(case: Followed, now: datetime, calendar: Calendar) -> list[Planned]:
    """The open dates of a case, what is due first before the rest; empty exactly where the case is at rest."""
    if case.state in RESTING:
        return []
    visits = visits_of(case.made)
    open_dates = [_order_ends(order, now, calendar) for order in case.orders if not order.settled]
    if case.key_care_review is not None:
        open_dates.append(_key_care_review(case.key_care_review, now, calendar))
    if case.help_began_at is None or not case.programmes:
        open_dates.append(_in_sight(case, now, calendar))
    else:
        open_dates += [_next_visit(case, programme, visits, now, calendar) for programme in case.programmes]
    return sorted(open_dates, key=lambda planned: (planned.due.at, planned.what, planned.about))


def visits_of(made: Iterable[Made]) -> list[Visit]:
    """The visits behind these reports, the undated first, then by time. Two forms of one visit are counted apart."""
    groups: dict[tuple[str, str], list[Made]] = {}
    for report in made:
        groups.setdefault((report.visit_id, report.form), []).append(report)
    visits = [_visit(reports) for reports in groups.values()]
    return sorted(visits, key=lambda visit: (visit.at is not None, visit.at.timestamp() if visit.at else 0.0))


def count_of(visits: Iterable[Visit]) -> int:
    """How many visits there were, with those of which only the number is stated."""
    return sum(visit.times for visit in visits)


def order_too_long(begins_on: date, ends_on: date) -> Said | None:
    """Why a protection order cannot run so long; None where it can (six months at most)."""
    if begins_on <= ends_on <= months_later(begins_on, PROTECTION_ORDER_MONTHS_MAX):
        return None
    return Said(
        "保护令有效期不超过六个月，也不能早于开始那天。请核对两个日期。",
        "A protection order is in force for six months at most, and never before it begins. Check both dates.",
    )


def _visit(reports: list[Made]) -> Visit:
    moments = [report.at for report in reports if report.at]
    return Visit(
        reports[0].visit_id,
        reports[0].form,
        max(moments, default=None),
        any(report.met for report in reports),
        tuple(sorted({report.organisation for report in reports if report.organisation})),
        max(report.times for report in reports),
    )


def _next_visit(
    case: Followed, programme: Programme, visits: list[Visit], now: datetime, calendar: Calendar
) -> Planned:
    """Only a visit at which she was seen, with the form of the programme, answers for a date."""
    assert case.help_began_at is not None
    seen = [visit.at for visit in visits if visit.at and visit.met and visit.form == programme.form and visit.at <= now]
    last = max(seen, default=None)
    band = case.band if case.band in programme.by_band else ""
    due, why = _open_date(case, programme, band, last, now, calendar)
    agreed_on = case.agreed_on.get(programme.code)
    if agreed_on and agreed_on < due.day and (last is None or agreed_on > day_of(last)):
        due, why = ends_with(agreed_on), Said("和她约好的日子", "The day agreed with her")
    state, level, told = waiting_steps(due, _STEPS_BY_BAND.get(band, _STEPS), now, 3, calendar)
    return Planned(programme.code, programme.form, due, state, level, told, why)


def _open_date(
    case: Followed, programme: Programme, band: str, last: datetime | None, now: datetime, calendar: Calendar
) -> tuple[Due, Said]:
    assert case.help_began_at is not None
    if not band:
        return open_milestone(programme, case.help_began_at, last, now)
    given_at = case.band_since or case.help_began_at
    return due_by_band(programme, band, given_at, None if last is None or last < given_at else last, now, calendar)


def due_by_band(
    programme: Programme, band: str, given_at: datetime, last: datetime | None, until: datetime, calendar: Calendar
) -> tuple[Due, Said]:
    """The date that is open after a visit (None: since the band was given), as the rhythm stood until a moment; and why
    it is one.
    """
    if last is None:
        why = Said("风险等级定了以后第一次回访", "The first visit after the band was given")
    else:
        why = Said("按风险等级定期回访", "A regular visit, as the band asks")

    def under(version: Programme) -> tuple[Due, Said]:
        rhythm = version.by_band[band]
        due = calendar.due(last or given_at, rhythm.then if last else rhythm.first)
        assert due is not None
        return due, why

    return due_through(programme, last or given_at, until, under)


def open_milestone(programme: Programme, began: datetime, last: datetime | None, until: datetime) -> tuple[Due, Said]:
    """The milestone that is open after a visit, as the rhythm stood until a moment; and why it is one."""
    return due_through(programme, last or began, until, lambda version: _by_milestone(version, began, last))


def _by_milestone(programme: Programme, began: datetime, last: datetime | None) -> tuple[Due, Said]:
    """The first milestone that no visit has answered for: after the last one, the same day each year."""
    begun, milestones = day_of(began), programme.milestones_days
    answered = day_of(last) + timedelta(days=MILESTONE_EARLY_DAYS) if last else begun
    for passed in milestones:
        day = begun + timedelta(days=passed)
        if answered < day:
            return ends_with(day), Said(f"满 {passed} 天的回访", f"The visit after {passed} days")
    years = 1
    while (day := begun + timedelta(days=milestones[-1]) + timedelta(days=365 * years)) <= answered:
        years += 1
    return ends_with(day), Said("每年一次的回访", "The yearly visit")


def _in_sight(case: Followed, now: datetime, calendar: Calendar) -> Planned:
    due = calendar.due(case.moved_at, IN_SIGHT)
    assert due is not None
    state, level, told = waiting_steps(due, _STEPS, now, 3, calendar)
    why = Said("案卷 30 天没有动静，要看一眼", "Nothing has happened for 30 days: look at the file")
    return Planned("in_sight", "", due, state, level, told, why)


def _order_ends(order: Order, now: datetime, calendar: Calendar) -> Planned:
    due = ends_with(order.ends_on)
    state, level, told = waiting_steps(due, _STEPS_BY_BAND["orange"], now, ORDER_WARNING_DAYS, calendar)
    why = Said("告诫书或保护令到期，问她要不要延长", "An order runs out: ask her whether it shall be extended")
    return Planned("order_ends", "", due, state, level, told, why, order.order_id)


def _key_care_review(on: date, now: datetime, calendar: Calendar) -> Planned:
    due = ends_with(on)
    state, level, told = waiting_steps(due, _STEPS, now, KEY_CARE_WARNING_DAYS, calendar)
    why = Said("重点名单到了复核日", "The key-care list is to be looked at again")
    return Planned("key_care_review", "", due, state, level, told, why)
