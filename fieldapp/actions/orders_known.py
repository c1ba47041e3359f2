"""The orders of a family, out of its reports (casework/orders.py says which are in force).

One answer for all who ask: whether a file may be closed (standing.py), what its closure says (desk_known.py), and
which dates its agenda has (agendas.py).
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from fieldapp.actions.case_answers import Head, day_in
from fieldapp.actions.measures_known import Measure
from fieldapp.casework.both_sides import ORDERS
from fieldapp.casework.orders import GONE, IN_FORCE, STANDS, Asked, Assessed, Order, orders_of
from fieldapp.days import day_of

READ = ("F3", "F5", "F7")
# What of an assessment says that there is one, which ones, and the day each began.
_PAPERS = {"protection_order": ("has_protection_order", "from"), "warning_letter": ("has_warning_letter", "on")}


def known_in(heads: Sequence[Head], measures: Sequence[Measure]) -> list[Order]:
    """Every order that these reports (READ, the oldest first) and these measures tell of, each once."""
    return orders_of(
        [_assessed(head) for head in heads if head.record.form == "F5"],
        [_of_measure(one) for one in measures if one.type in ORDERS and one.status in IN_FORCE | {"ended"}],
        asked_in(heads),
    )


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
    )  # fmt: skip


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
