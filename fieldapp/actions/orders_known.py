"""The orders of a family, out of its reports (casework/orders.py says which are in force).

One answer for all who ask: whether a file may be closed (standing.py), what its closure says (desk_known.py), and
which dates its agenda has (agendas.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from fieldapp.actions.case_answers import Head, day_in, heads_of, labels
from fieldapp.actions.measures_known import Measure, measures_in
from fieldapp.casework.both_sides import ORDERS
from fieldapp.casework.measure_types import MEASURE_TYPES
from fieldapp.casework.orders import GONE, IN_FORCE, STANDS, Asked, Assessed, Order, in_force, orders_of
from fieldapp.casework.sentences import Said
from fieldapp.days import day_of
from fieldapp.models import scope
from fieldapp.models.accounts import Acting
from fieldapp.models.cases import Case
from fieldapp.models.records import State

READ = ("F3", "F5", "F7")
# What of an assessment says that there is one, which ones, and the day each began.
_PAPERS = {"protection_order": ("has_protection_order", "from"), "warning_letter": ("has_warning_letter", "on")}


def known_in(heads: Sequence[Head], measures: Sequence[Measure], *, undecided: bool = False) -> list[Order]:
    """Every order that these reports (READ, the oldest first) and these measures tell of, each once. A measure tells of
    one when its report is approved; `undecided`: also before somebody has decided about it, for who asks whether there
    might be one (a file is not closed over it). One that was returned as wrong tells of none.
    """
    told = [one for one in measures if one.is_approved or (undecided and one.head.record.state != State.RETURNED)]
    return orders_of(
        [_assessed(head) for head in heads if head.record.form == "F5"],
        [_of_measure(one) for one in told if one.type in ORDERS and one.status in IN_FORCE | {"ended"}],
        asked_in(heads),
    )


@dataclass(frozen=True)
class Shown:
    """An order in force as the file shows it. `asked`: what she said of it at the newest follow-up, on which day."""

    name: Said
    until: Said
    duties: list[str]
    asked: str = ""
    asked_on: date | None = None


def shown_to(session: Session, acting: Acting, case: Case, language: str, now: datetime) -> list[Shown]:
    """The orders in force, by the reports of the file that she may read."""
    heads = heads_of(session, case, READ, scope.records_of(acting))
    known = known_in(heads, measures_in(session, case, heads))
    duties, states = labels(session, "F5", "order_measure", language), labels(session, "F3", "order_state", language)
    last = max(asked_in(heads), key=lambda one: one.at, default=None)
    about = ("", None) if last is None else (states.get(last.state, last.state), last.on)
    return [
        Shown(_name(one), _until(one), [duties.get(duty, duty) for duty in one.duties], *about)
        for one in in_force(known, day_of(now))
    ]


def _name(one: Order) -> Said:
    known = MEASURE_TYPES.get(one.kind)
    return Said("她说有告诫书或保护令", "An order, as she says") if known is None else known.name


def _until(one: Order) -> Said:
    if one.ends_on is None:
        return Said("不知道到哪天", "its end is not known")
    return Said(f"到 {one.ends_on}", f"to {one.ends_on}")


def asked_in(heads: Sequence[Head]) -> list[Asked]:
    """Every answer to the question whether he keeps to it."""
    return [
        Asked(str(head.record.record_id), state, _seen_on(head), head.record.created_at)
        for head in heads
        if head.record.form == "F3" and isinstance(state := head.at("private", "order_state"), str)
        if state in GONE | STANDS
    ]


def _seen_on(head: Head) -> date:
    received_on = day_of(head.revision.received_at)
    return min(day_in(head.at("fu", "visited_at")) or received_on, received_on)


def _assessed(head: Head) -> Assessed:
    found: dict[str, list[Order]] = {}
    for kind, (asked, begins) in _PAPERS.items():
        said, rows = head.at("dv", asked), head.rows("dv", kind)
        if said == "no":
            found[kind] = []
        elif rows:
            found[kind] = [_paper(head, kind, row, begins) for row in rows]
        elif said == "yes":  # shown to nobody, and yet there is one
            found[kind] = [Order(f"{head.record.record_id}/{kind}", kind, head.record.created_at)]
    return Assessed(head.record.created_at, found)


def _paper(head: Head, kind: str, row: Mapping[str, Any], begins: str) -> Order:
    begun, end = day_in(row.get(begins)), day_in(row.get("to"))
    return Order(
        str(row.get("_id") or head.record.record_id), kind, head.record.created_at,
        begins=frozenset() if begun is None else frozenset({begun}),
        ends=frozenset() if end is None else frozenset({end}),
        ends_on=end,
        duties=_duties(row),
    )  # fmt: skip


def _duties(row: Mapping[str, Any]) -> tuple[str, ...]:
    chosen, other = row.get("measures"), row.get("measures_other")
    codes = [code for code in chosen if isinstance(code, str)] if isinstance(chosen, list) else []
    if isinstance(other, str) and other.strip():
        codes = [*(code for code in codes if code != "other"), other.strip()]
    return tuple(codes)


def _of_measure(one: Measure) -> Order:
    days = {name: day_in(one.head.at("ms", f"{name}_on")) for name in ("decided", "started", "ended")}
    ends = {days["ended"], one.ends_on, *(step.until for step in one.steps)}
    return Order(
        str(one.record_id), one.type, one.head.record.created_at,
        begins=frozenset(day for day in (days["decided"], days["started"]) if day is not None),
        ends=frozenset(day for day in ends if day is not None),
        ends_on=one.ends_on,
        is_over=one.status == "ended",
    )  # fmt: skip
