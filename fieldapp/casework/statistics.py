"""The figures of a period, each with numerator, denominator, the sentence of its formula, and the cases behind it.

Pure: plain lines in (statistics_lines.py), figures out (their words: statistics_figures.py). A case counts once however
many persons it has; relief, other help and money got back stand in lines of their own. Nothing here is about a person
who works: nobody is ranked.

    Line ─► count(lines, period) ─► Report(figures, tables, spans) ─► statistics_cells.py (what an export hides)
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import chain
from statistics import median

from fieldapp.casework.statistics_figures import SPANS
from fieldapp.casework.statistics_lines import Beside, Help, Line, Period, Relief
from fieldapp.days import day_of

GRANTED = ("granted", "advance")
MEDIATIONS = ("mediation", "circuit_mediation")
# What brings back money that somebody owes her; no purse of the state pays it, so it is no relief (row 83).
RECOVERING = frozenset({"support_suit", "legal_aid", "land_property_protection", *MEDIATIONS})
ACCEPTED = ("approved", "in_progress", "done", "ended")  # states of a measure that somebody took on
STANDING = {  # state of a measure -> how statistics say it
    "planned": "waiting", "applied": "waiting", "approved": "granted", "in_progress": "granted", "done": "granted",
    "ended": "granted", "refused": "refused", "declined": "declined",
}  # fmt: skip
SATISFIED = ("4", "5")
CALLS = frozenset({"hotline_12338", "hotline_12309", "hotline_center", "hotline_12345", "hotline_110"})
VISITS = frozenset({"walk_in", "petition_visit", "prosecutor_reception"})
RESOLVED = ("goals_met", "hardship_ended")  # reasons of a closure after which what she came for is settled
OUTREACH = ("lecture", "activity", "open_day", "job_season", "speakers", "article")


@dataclass(frozen=True)
class Figure:
    """One figure. `unit`: a code of statistics_words.UNITS; of a rate `of` is the denominator.
    `cases` are those behind the numerator, for who may open them.
    """

    code: str
    unit: str
    value: Decimal
    of: int | None
    cases: frozenset[str]

    @property
    def percent(self) -> Decimal | None:
        """The rate in percent with one decimal; None where there is nothing to divide by."""
        if self.of in (None, 0):
            return None
        return (self.value * 100 / Decimal(self.of or 1)).quantize(Decimal("0.1"))


@dataclass(frozen=True)
class Row:
    code: str
    count: int | Decimal  # with a fraction of yuan alone
    cases: frozenset[str]


@dataclass(frozen=True)
class Table:
    """Cases or items by one property; every one stands in one row where `is_parts`, else in any number of rows."""

    code: str
    unit: str
    is_parts: bool
    rows: tuple[Row, ...]

    @property
    def total(self) -> int | Decimal:
        return sum(row.count for row in self.rows)


@dataclass(frozen=True)
class Span:
    """Days from one step to the next, over the cases that took the second in the period; `behind` names them. `late`:
    cases of which a time limit on this way ran out in the period, kept too late or not yet.
    """

    code: str
    cases: int
    median_days: Decimal | None
    behind: frozenset[str] = frozenset()
    late: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Report:
    figures: tuple[Figure, ...]
    tables: tuple[Table, ...]
    spans: tuple[Span, ...]


def count(lines: Iterable[Line], period: Period, today: date, beside: Beside | None = None) -> Report:
    """Everything of one period. `today` says which follow-ups are late that nobody made yet. What is counted without a
    case is left out where `beside` is None: a programme has none.
    """
    counting = _Counting(list(lines), period, today, beside)
    return Report(tuple(counting.figures()), tuple(counting.tables()), tuple(counting.spans()))


@dataclass
class _Counting:
    lines: list[Line]
    period: Period
    today: date
    beside: Beside | None
    received: list[Line] = field(init=False)

    def __post_init__(self) -> None:
        self.received = [line for line in self.lines if self.period.holds(line.received_on)]

    def figures(self) -> Iterable[Figure]:
        yield from self._leads()
        yield self._cases("letters", [line for line in self.lines if self.period.holds(line.letter_on)])
        yield from self._relief()
        yield from self._help()
        yield from self._open()
        yield from self._follow_ups()
        yield from self._beside()

    def _leads(self) -> Iterable[Figure]:
        came = self.received
        yield self._cases("received", came)
        yield _figure("received_persons", "persons", sum(line.heads for line in came), came)
        yield self._cases("calls", [line for line in came if line.channel in CALLS])
        yield self._cases("visits_in", [line for line in came if line.channel in VISITS])
        yield self._cases("answers", [line for line in came if line.outcome == "answer"])
        asked = [line for line in came if line.answered_in_time is not None]
        yield _rate("response", [line for line in asked if line.answered_in_time], asked)
        closed = [line for line in came if line.closed_on is not None]
        yield _rate("resolution", [line for line in closed if line.closing in RESOLVED], came)
        yield _rate("closure", closed, came)
        yield self._cases("handled", [line for line in self.lines if any(map(self.period.holds, _steps(line)))])

    def _relief(self) -> Iterable[Figure]:
        granted = [(line, one) for line in self.lines for one in line.reliefs if self._counts(one)]
        relieved = _once(line for line, _ in granted)
        yield self._cases("relieved", relieved)
        yield _figure("relieved_persons", "persons", sum(line.heads for line in relieved), relieved)
        yield _figure("relief_sum", "yuan", _sum(one.amount for _, one in granted), relieved)
        by_letter = _once(line for line, one in granted if line.letter_on is not None and line.letter_on <= one.on)
        yield _rate("relief_by_letter", by_letter, relieved)
        yield self._cases("joint", _once(line for line, one in granted if one.organs > 1))
        yield self._cases("green", _once(line for line, one in granted if one.green_channel))

    def _counts(self, one: Relief) -> bool:
        return one.result in GRANTED and self.period.holds(one.on)

    def _help(self) -> Iterable[Figure]:
        helped = self._measures()
        given = [(line, one) for line, one in helped if one.status in ACCEPTED]
        yield _items("services", [line for line, _ in given])
        granted = [line for line in self.lines if any(map(self._counts, line.reliefs))]
        who = _once(chain((line for line, _ in given), granted))
        yield _figure("helped_persons", "persons", sum(line.heads for line in who), who)
        yield _figure("beneficiaries", "persons", _beneficiaries(given), _once(line for line, _ in given))
        money = _money(given)
        yield _yuan("other_sum", [(line, one) for line, one in money if one.type not in RECOVERING])
        yield _yuan("recovered_sum", [(line, one) for line, one in money if one.type in RECOVERING])
        kinds = {
            "orders": "supervision_order", "protection": "protection_order", "suits": "support_suit",
            "legal_aid": "legal_aid",
        }  # fmt: skip
        for code, kind in kinds.items():
            yield _items(code, [line for line, one in helped if one.type == kind])
        yield _items("guardian_revoked", [line for line, one in self._actions() if one == "guardian_revoked"])
        taken = [(line, one) for line, one in given if one.type in MEDIATIONS]
        settled = [line for line, one in taken if one.status in ("done", "ended")]
        yield _rate("settlement", settled, [line for line, _ in taken])

    def _open(self) -> Iterable[Figure]:
        promised = [(line, one) for line in self.lines for one in line.promises if self.period.holds(one.due_on)]
        broken = [line for line, one in promised if not one.is_kept]
        yield _rate("promised", broken, [line for line, _ in promised])
        named = [(line, one) for line in self.lines for one in line.needs if self.period.holds(one.on)]
        yield _rate("needs_open", [line for line, one in named if one.is_open], [line for line, _ in named])
        kept = [line for line in self.lines if line.held is not None]
        yield _figure("custody", "yuan", _sum(line.held for line in kept), kept)

    def _beside(self) -> Iterable[Figure]:
        if self.beside is None:
            return
        out = [one for one in self.beside.outreach if self.period.holds(one.on)]
        yield _figure("outreach_times", "times", sum(one.times for one in out), ())
        yield _figure("outreach_people", "attendances", sum(one.people for one in out), ())
        asked = [one for one in self.beside.interviews if self.period.holds(one.on)]
        yield _figure("interviews", "items", sum(one.times for one in asked), ())
        there = [one for one in self.beside.places if one.ended_on is None or one.ended_on > self.period.until]
        yield _figure("centres", "places", len(there), ())

    def _follow_ups(self) -> Iterable[Figure]:
        due = [(line, one) for line in self.lines for one in line.follow_ups if self.period.holds(one.due_on)]
        lines = [line for line, _ in due]
        yield _rate("followed", [line for line, one in due if one.done_on is not None], lines)
        yield _rate("late", [line for line, one in due if (one.done_on or self.today) > one.due_on], lines)
        told = [(line, one) for line in self.lines for one in line.told if self.period.holds(one.on)]
        said = [(line, one) for line, one in told if one.satisfaction is not None]
        satisfied = [line for line, one in said if one.satisfaction in SATISFIED]
        yield _rate("satisfaction", satisfied, [line for line, _ in said])
        asked = [(line, one) for line, one in told if one.new_violence in ("yes", "no")]
        again = [line for line, one in asked if one.new_violence == "yes"]
        yield _rate("violence_again", again, [line for line, _ in asked])

    def tables(self) -> Iterable[Table]:
        came = self.received
        one_of: dict[str, Callable[[Line], str | None]] = {
            "channel": lambda line: line.channel,
            "outcome": lambda line: line.outcome,
            "region": lambda line: line.region,
            "organisation": lambda line: line.organisation,
            "case_type": lambda line: line.case_type,
            "stage": lambda line: line.stage,
        }
        for code, value in one_of.items():
            yield _table(code, "cases", True, [(value(line) or "unknown", line) for line in came])
        banded = [(line.band, line) for line in came if line.band is not None]
        yield _table("band", "cases", True, banded)
        people = [(one.kind(line.received_on), line) for line in came for one in line.persons]
        yield _table("person", "persons", True, people)
        relieved = [line for line in self.lines if any(map(self._counts, line.reliefs))]
        people = [(one.kind(self.period.until), line) for line in relieved for one in line.persons]
        yield _table("relieved_person", "persons", True, people)
        yield _table("category", "cases", False, [(code, line) for line in came for code in line.categories])
        yield _table("flag", "cases", False, [(code, line) for line in came for code in line.flags])
        helped = self._measures()
        yield _table("measure_by", "items", True, [(one.by or "unknown", line) for line, one in helped])
        yield _table("measure_type", "items", True, [(one.type, line) for line, one in helped])
        stands = [(STANDING.get(one.status, "waiting"), line) for line, one in helped]
        yield _table("measure_state", "items", True, stands)
        given = _money([(line, one) for line, one in helped if one.status in ACCEPTED])
        yield _by_year("measure_year", [(line, one) for line, one in given if one.type not in RECOVERING])
        yield _table("legal_action", "items", True, [(kind, line) for line, kind in self._actions()])
        if self.beside is not None:
            times: dict[str, int] = {}
            for one in self.beside.outreach:
                if self.period.holds(one.on):
                    times[one.kind] = times.get(one.kind, 0) + one.times
            rows = tuple(Row(kind, many, frozenset()) for kind, many in sorted(times.items()))
            yield Table("outreach", "times", True, rows)

    def spans(self) -> Iterable[Span]:
        late: dict[str, set[str]] = {}
        for line in self.lines:
            for one in line.late:
                if self.period.holds(one.due_on):
                    late.setdefault(one.step, set()).add(line.case_id)
        for code, (_, since, until) in SPANS.items():
            took = [
                (line, _days(getattr(line, since), getattr(line, until)))
                for line in self.lines
                if self.period.holds(_day(getattr(line, until))) and getattr(line, since) is not None
            ]
            took = [(line, many) for line, many in took if many >= 0]  # decided before we heard of it: no time of ours
            behind = frozenset(line.case_id for line, _ in took)
            days = Decimal(str(median(many for _, many in took))) if took else None
            yield Span(code, len(took), days, behind, frozenset(late.get(code, ())))

    def _actions(self) -> list[tuple[Line, str]]:
        return [(line, one.kind) for line in self.lines for one in line.actions if self.period.holds(one.on)]

    def _measures(self) -> list[tuple[Line, Help]]:
        return [(line, one) for line in self.lines for one in line.measures if self.period.holds(one.on)]

    def _cases(self, code: str, lines: list[Line]) -> Figure:
        return _figure(code, "cases", len(lines), lines)


def _figure(code: str, unit: str, value: int | Decimal, lines: Iterable[Line]) -> Figure:
    return Figure(code, unit, Decimal(value), None, frozenset(line.case_id for line in lines))


def _steps(line: Line) -> Iterable[date]:
    days = (line.received_on, line.visited_on, line.approved_on, line.letter_on, line.decided_on, line.closed_on)
    yield from (day for day in days if day is not None)
    yield from (one.on for one in line.measures)
    yield from (one.on for one in line.told)


def _day(at: date | datetime | None) -> date | None:
    return day_of(at) if isinstance(at, datetime) else at


def _days(since: date | datetime, until: date | datetime) -> Decimal:
    """Whole days between days; between moments with one decimal, since a report is a matter of hours."""
    if isinstance(since, datetime) and isinstance(until, datetime):
        return Decimal(round((until - since).total_seconds() / 8640)) / 10
    first, last = _day(since), _day(until)
    assert first is not None and last is not None  # both are days, or moments
    return Decimal((last - first).days)


def _beneficiaries(given: Iterable[tuple[Line, Help]]) -> int:
    """Each person once in her case; where no measure of a case names anybody, the one it is about."""
    named: dict[str, set[str]] = {}
    for line, one in given:
        named.setdefault(line.case_id, set()).update(one.beneficiaries)
    return sum(max(len(people), 1) for people in named.values())


def _money(given: Iterable[tuple[Line, Help]]) -> list[tuple[Line, Help]]:
    """What these measures brought; judicial relief is counted by its decision."""
    return [(line, one) for line, one in given if one.amount is not None and one.type != "judicial_relief"]


def _by_year(code: str, money: Iterable[tuple[Line, Help]]) -> Table:
    years: dict[str, list[tuple[Line, Help]]] = {}
    for line, one in money:
        years.setdefault(f"{one.on.year:04}", []).append((line, one))
    rows = tuple(
        Row(year, _sum(one.amount for _, one in found), frozenset(line.case_id for line, _ in found))
        for year, found in sorted(years.items())
    )
    return Table(code, "yuan", True, rows)


def _yuan(code: str, money: list[tuple[Line, Help]]) -> Figure:
    return _figure(code, "yuan", _sum(one.amount for _, one in money), _once(line for line, _ in money))


def _items(code: str, lines: list[Line]) -> Figure:
    return _figure(code, "items", len(lines), lines)


def _rate(code: str, some: list[Line], of: list[Line]) -> Figure:
    return Figure(code, "rate", Decimal(len(some)), len(of), frozenset(line.case_id for line in some))


def _table(code: str, unit: str, is_parts: bool, found: Iterable[tuple[str, Line]]) -> Table:
    """Rows in the order of their codes: a list in the order of its numbers would rank."""
    by_code: dict[str, list[Line]] = {}
    for value, line in found:
        by_code.setdefault(value, []).append(line)
    rows = [
        Row(value, len(lines), frozenset(line.case_id for line in lines)) for value, lines in sorted(by_code.items())
    ]
    return Table(code, unit, is_parts, tuple(rows))


def _once(lines: Iterable[Line]) -> list[Line]:
    return list({line.case_id: line for line in lines}.values())


def _sum(amounts: Iterable[Decimal | None]) -> Decimal:
    return sum((amount for amount in amounts if amount is not None), Decimal(0))
