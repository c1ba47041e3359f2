"""The figures of a period, each with numerator, denominator, the sentence of its formula, and the cases behind it.

Pure: plain lines in, figures out. A case counts once however many persons it has; relief and other money stand in
lines of their own. Nothing here is about a person who works: nobody is ranked.

    Line ─► count(lines, period) ─► Report(figures, tables) ─► statistics_cells.py (what an export hides)
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from statistics import median

from fieldapp.casework.sentences import Said

ADULT = 18
GRANTED = ("granted", "advance")
MEDIATIONS = ("mediation", "circuit_mediation")
ACCEPTED = ("approved", "in_progress", "done", "ended")  # states of a measure that somebody took on
STANDING = {  # state of a measure -> how statistics say it
    "planned": "waiting", "applied": "waiting", "approved": "granted", "in_progress": "granted", "done": "granted",
    "ended": "granted", "refused": "refused", "declined": "declined",
}  # fmt: skip
SATISFIED = ("4", "5")


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
    """One measure: its type, who gives it, its state, yuan, and the day that counts for it."""

    type: str
    by: str | None
    status: str
    amount: Decimal | None
    on: date


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
    """One planned follow-up; `done_on` None while it is not made."""

    due_on: date
    done_on: date | None


@dataclass(frozen=True)
class Said3:
    """What one follow-up report said: `satisfaction` 1 to 5, `new_violence` yes or no; None where not answered."""

    on: date
    satisfaction: str | None
    new_violence: str | None


@dataclass(frozen=True)
class Line:
    """One case, without a name. Days are None where it has not happened; `answered_in_time`: None where the lead was
    not answered, or there is no word of when it came."""

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

    @property
    def heads(self) -> int:
        """How many persons the case is about: those noted as helped, and one where nobody is noted."""
        return max(len(self.persons), 1)


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


@dataclass(frozen=True)
class Figure:
    """One figure. `unit`: cases, persons, yuan, items or rate (then `of` is the denominator). `cases` are those behind
    the numerator, for who may open them."""

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
    count: int
    cases: frozenset[str]


@dataclass(frozen=True)
class Table:
    """Cases or items by one property; every one stands in one row where `is_parts`, else in any number of rows."""

    code: str
    unit: str
    is_parts: bool
    rows: tuple[Row, ...]

    @property
    def total(self) -> int:
        return sum(row.count for row in self.rows)


@dataclass(frozen=True)
class Span:
    """Days from one step to the next, over the cases that took the second in the period."""

    code: str
    cases: int
    median_days: Decimal | None


@dataclass(frozen=True)
class Report:
    figures: tuple[Figure, ...]
    tables: tuple[Table, ...]
    spans: tuple[Span, ...]


FIGURES: dict[str, tuple[str, Said, Said]] = {  # group, title, formula
    "received": ("lead", Said("受理案件", "Cases received"), Said("期内建档的案件数", "files opened in the period")),
    "received_persons": (
        "lead",
        Said("涉及人数", "Persons in them"),
        Said(
            "这些案件里登记为帮扶对象的人数；没登记的算一人", "people noted as helped in these cases; one where none is"
        ),
    ),
    "response": (
        "lead",
        Said("响应率", "Response rate"),
        Said("1 个工作日内作出处理的线索 ÷ 收到的线索", "leads answered within one working day ÷ leads received"),
    ),
    "closure": (
        "lead",
        Said("结案率", "Closure rate"),
        Said("期内受理且已结案的案件 ÷ 期内受理的案件", "cases received in the period and closed ÷ cases received"),
    ),
    "letters": (
        "relief",
        Said("移送线索", "Leads transferred"),
        Said("期内发出移送函的案件数", "cases whose letter was sent in the period"),
    ),
    "relieved": (
        "relief",
        Said("获司法救助案件", "Cases given judicial relief"),
        Said("期内决定救助或先行救助的案件数", "cases with relief or advance relief decided in the period"),
    ),
    "relieved_persons": (
        "relief",
        Said("获司法救助人数", "Persons given judicial relief"),
        Said("这些案件里的人数", "the persons in these cases"),
    ),
    "relief_sum": (
        "relief",
        Said("司法救助金", "Sum of judicial relief"),
        Said("期内决定的救助金之和（元），不含其他款项", "yuan decided in the period, without any other money"),
    ),
    "relief_by_letter": (
        "relief",
        Said("移送线索占比", "Share from our letters"),
        Said("获救助且此前有移送函的案件 ÷ 获救助的案件", "relieved cases with a letter before ÷ relieved cases"),
    ),
    "joint": (
        "relief",
        Said("联合救助", "Joint relief"),
        Said("由两个以上机关决定救助的案件数", "cases in which two organs or more decided"),
    ),
    "green": (
        "relief",
        Said("绿色通道", "Green channel"),
        Said("走绿色通道的救助案件数", "relief cases through the green channel"),
    ),
    "other_sum": (
        "help",
        Said("其他帮扶款", "Other money of help"),
        Said("期内已批准、在办、落实的帮扶措施金额之和（元），不含司法救助金", "yuan of other granted measures"),
    ),
    "orders": (
        "help",
        Said("督促监护令", "Guardianship supervision orders"),
        Said("期内的督促监护令措施数", "measures of this type in the period"),
    ),
    "protection": (
        "help",
        Said("人身安全保护令", "Protection orders"),
        Said("期内的保护令措施数", "measures of this type in the period"),
    ),
    "suits": (
        "help",
        Said("支持起诉", "Support suits"),
        Said("期内的支持起诉措施数", "measures of this type in the period"),
    ),
    "legal_aid": (
        "help",
        Said("法律援助", "Legal aid"),
        Said("期内的法律援助措施数", "measures of this type in the period"),
    ),
    "settlement": (
        "help",
        Said("化解率", "Settlement rate"),
        Said("已落实的调解 ÷ 已受理的调解", "mediations done ÷ mediations accepted"),
    ),
    "followed": (
        "follow",
        Said("回访完成率", "Follow-ups done"),
        Said("已做的回访 ÷ 期内到期的回访", "follow-ups made ÷ follow-ups due in the period"),
    ),
    "late": (
        "follow",
        Said("逾期回访", "Follow-ups late"),
        Said("期内到期、做晚了或到今天没做的回访 ÷ 期内到期的回访", "made late, or not made yet ÷ due in the period"),
    ),
    "satisfaction": (
        "follow",
        Said("满意率", "Satisfaction"),
        Said("回答 4 或 5 的 ÷ 有回答的", "answers 4 or 5 ÷ answers given"),
    ),
    "violence_again": (
        "follow",
        Said("帮扶后再次受暴", "Violence again after help"),
        Said("回访中说又有暴力的 ÷ 回访中问到的", "follow-ups telling of new violence ÷ follow-ups that asked"),
    ),
}
TABLES: dict[str, Said] = {
    "channel": Said("按线索来源", "By channel"),
    "outcome": Said("按线索处理", "By outcome of the lead"),
    "region": Said("按乡镇街道", "By township"),
    "person": Said("按人群", "By kind of person"),
    "category": Said("按“5+2”类别（筛查提示）", "By the seven categories, as suggested"),
    "flag": Said("按提示", "By flag"),
    "band": Said("按风险等级", "By band of risk"),
    "case_type": Said("按案件类型", "By type of case"),
    "stage": Said("按案件阶段", "By stage of the case"),
    "measure_by": Said("帮扶措施：按部门", "Measures by department"),
    "measure_type": Said("帮扶措施：按种类", "Measures by type"),
    "measure_state": Said("帮扶措施：按结果", "Measures by result"),
}
SPANS: dict[str, tuple[Said, str, str]] = {  # title, from, to
    "visit": (Said("受理 → 走访", "Lead → visit"), "received_on", "visited_on"),
    "approval": (Said("走访 → 批准", "Visit → approval"), "visited_on", "approved_on"),
    "letter": (Said("批准 → 移送函", "Approval → letter"), "approved_on", "letter_on"),
    "decision": (Said("移送函 → 决定", "Letter → decision"), "letter_on", "decided_on"),
    "feedback": (Said("决定 → 反馈", "Decision → feedback"), "decided_on", "feedback_on"),
}


def count(lines: Iterable[Line], period: Period, today: date) -> Report:
    """Everything of one period. `today` says which follow-ups are late that nobody made yet."""
    counting = _Counting(list(lines), period, today)
    return Report(tuple(counting.figures()), tuple(counting.tables()), tuple(counting.spans()))


@dataclass
class _Counting:
    lines: list[Line]
    period: Period
    today: date
    received: list[Line] = field(init=False)

    def __post_init__(self) -> None:
        self.received = [line for line in self.lines if self.period.holds(line.received_on)]

    def figures(self) -> Iterable[Figure]:
        came, holds = self.received, self.period.holds
        yield self._cases("received", came)
        yield _figure("received_persons", "persons", sum(line.heads for line in came), came)
        asked = [line for line in came if line.answered_in_time is not None]
        yield _rate("response", [line for line in asked if line.answered_in_time], asked)
        yield _rate("closure", [line for line in came if line.closed_on is not None], came)
        yield self._cases("letters", [line for line in self.lines if holds(line.letter_on)])
        yield from self._relief()
        yield from self._help()
        yield from self._follow_ups()

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
        other = [(line, one) for line, one in helped if one.status in ACCEPTED and one.type != "judicial_relief"]
        yield _figure("other_sum", "yuan", _sum(one.amount for _, one in other), _once(line for line, _ in other))
        kinds = {
            "orders": "supervision_order", "protection": "protection_order", "suits": "support_suit",
            "legal_aid": "legal_aid",
        }  # fmt: skip
        for code, kind in kinds.items():
            yield _items(code, [line for line, one in helped if one.type == kind])
        taken = [(line, one) for line, one in helped if one.type in MEDIATIONS and one.status in ACCEPTED]
        settled = [line for line, one in taken if one.status in ("done", "ended")]
        yield _rate("settlement", settled, [line for line, _ in taken])

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
            "case_type": lambda line: line.case_type,
            "stage": lambda line: line.stage,
        }
        for code, value in one_of.items():
            yield _table(code, "cases", True, [(value(line) or "unknown", line) for line in came])
        banded = [(line.band, line) for line in came if line.band is not None]
        yield _table("band", "cases", True, banded)
        people = [(one.kind(line.received_on), line) for line in came for one in line.persons]
        yield _table("person", "persons", True, people)
        yield _table("category", "cases", False, [(code, line) for line in came for code in line.categories])
        yield _table("flag", "cases", False, [(code, line) for line in came for code in line.flags])
        helped = self._measures()
        yield _table("measure_by", "items", True, [(one.by or "unknown", line) for line, one in helped])
        yield _table("measure_type", "items", True, [(one.type, line) for line, one in helped])
        stands = [(STANDING.get(one.status, "waiting"), line) for line, one in helped]
        yield _table("measure_state", "items", True, stands)

    def spans(self) -> Iterable[Span]:
        for code, (_, since, until) in SPANS.items():
            days = [
                (getattr(line, until) - getattr(line, since)).days
                for line in self.lines
                if self.period.holds(getattr(line, until)) and getattr(line, since) is not None
            ]
            days = [many for many in days if many >= 0]  # decided before we heard of it: no time of ours
            yield Span(code, len(days), Decimal(str(median(days))) if days else None)

    def _measures(self) -> list[tuple[Line, Help]]:
        return [(line, one) for line in self.lines for one in line.measures if self.period.holds(one.on)]

    def _cases(self, code: str, lines: list[Line]) -> Figure:
        return _figure(code, "cases", len(lines), lines)


def _figure(code: str, unit: str, value: int | Decimal, lines: Iterable[Line]) -> Figure:
    return Figure(code, unit, Decimal(value), None, frozenset(line.case_id for line in lines))


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
