"""Protection orders and warning letters: which of those that a file tells of are in force.

Three kinds of reports tell of them. An assessment (F5) names the papers that were shown; a measure (F7) is an order
with its steps, its extensions and its end; a follow-up (F3) asks her whether he keeps to it. A protection order has a
last day, a warning letter names none: where nobody knows the end, it stands until she says that there is none any more.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

IN_FORCE = frozenset({"approved", "in_progress", "done"})  # where an order stands as a measure (list `ms_status`)
STANDS = frozenset({"kept", "broken"})  # list `order_state`: there is one, whatever he makes of it
GONE = frozenset({"none", "expired"})


@dataclass(frozen=True)
class Order:
    """One order. `told_at`: when we first heard of it; `begins` and `ends`: the days that any report gives for its
    beginning and its end; `ends_on`: its last day as it is now, None where nobody knows; `is_over`: ended before that;
    `duties`: what it lays on him, as the paper has it (list `order_measure`, or in words).
    """

    order_id: str
    kind: str
    told_at: datetime
    begins: frozenset[date] = frozenset()
    ends: frozenset[date] = frozenset()
    ends_on: date | None = None
    is_over: bool = False
    duties: tuple[str, ...] = ()

    def is_in_force(self, day: date) -> bool:
        return not self.is_over and (self.ends_on is None or self.ends_on >= day)

    def is_same_as(self, other: "Order") -> bool:
        """Whether two reports tell of one order: of one kind, and made or ending on one day."""
        return self.kind == other.kind and bool(self.begins & other.begins or self.ends & other.ends)


@dataclass(frozen=True)
class Assessed:
    """What an assessment says: by kind the orders it names, none where it says there is none. A kind that it says
    nothing of is left out.
    """

    at: datetime
    orders: Mapping[str, Sequence[Order]]


@dataclass(frozen=True)
class Asked:
    """What she said at a follow-up (list `order_state`), on which day, and when we heard of it."""

    report_id: str
    state: str
    on: date
    at: datetime


def orders_of(assessed: Sequence[Assessed], measures: Sequence[Order], asked: Sequence[Asked]) -> list[Order]:
    """Every order the reports tell of, each once. Of assessments, given the oldest first, the newest that says
    something of a kind counts for it; of follow-ups the one told last.
    """
    named: dict[str, Sequence[Order]] = {}
    for one in assessed:
        named.update(one.orders)
    papers = [order for orders in named.values() for order in orders]
    # Where a measure was made of it, its steps say how it stands.
    known = [paper for paper in papers if not any(paper.is_same_as(order) for order in measures)]
    known += [_with_duties(order, papers) for order in measures]
    last = max(asked, key=lambda one: one.at, default=None)
    if last is None:
        return known
    if last.state in GONE:
        return [_settled(order, last) for order in known]
    told_since = [one.at for one in assessed if one.orders] + [order.told_at for order in measures]
    is_new = all(at < last.at for at in told_since) and not any(order.is_in_force(last.on) for order in known)
    return [*known, Order(last.report_id, "", last.at)] if last.state in STANDS and is_new else known


def in_force(orders: Iterable[Order], day: date) -> list[Order]:
    """Those that stand on this day."""
    return [order for order in orders if order.is_in_force(day)]


def _with_duties(order: Order, papers: Iterable[Order]) -> Order:
    duties = [duty for paper in papers if paper.is_same_as(order) for duty in paper.duties]
    return replace(order, duties=tuple(dict.fromkeys(duties)))


def _settled(order: Order, asked: Asked) -> Order:
    """A paper with its day outweighs what was said; where nobody knows a day, her word counts."""
    if order.ends_on is not None or order.told_at >= asked.at:
        return order
    return replace(order, ends_on=asked.on, is_over=True)
