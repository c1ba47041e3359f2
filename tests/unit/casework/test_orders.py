"""Which orders are in force: papers an assessment saw, measures with their steps, what she said at a follow-up."""

from datetime import UTC, date, datetime, timedelta

import pytest

from fieldapp.casework.orders import Asked, Assessed, Order, in_force, orders_of

TODAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)


def ago(days):
    return NOW - timedelta(days=days)


def order(name="paper", kind="protection_order", told=20, begins=(), ends=None, **said):
    return Order(name, kind, ago(told), frozenset(begins), frozenset({ends} - {None}), ends, **said)


def asked(state, days_ago=5):
    return Asked("visit", state, ago(days_ago).date(), ago(days_ago))


def standing(assessed=(), measures=(), told=()):
    found = orders_of([Assessed(ago(20), {kind: rows}) for kind, rows in assessed], list(measures), list(told))
    return [one.order_id for one in in_force(found, TODAY)]


@pytest.mark.parametrize(("ends", "stands"), [(TODAY, True), (TODAY - timedelta(days=1), False), (None, True)])
def test_an_order_stands_to_the_end_of_its_last_day_and_without_a_known_end_for_good(ends, stands):
    assert bool(standing([("protection_order", [order(ends=ends)])])) is stands
    assert bool(standing(measures=[order("measure", ends=ends)])) is stands


def test_of_assessments_the_newest_that_says_something_of_a_kind_counts():
    letter = order("letter", "warning_letter")
    first = Assessed(ago(30), {"protection_order": [order()], "warning_letter": [letter]})
    says_no = Assessed(ago(20), {"protection_order": []})
    says_nothing = Assessed(ago(10), {})
    found = orders_of([first, says_no, says_nothing], [], [])
    assert [one.order_id for one in in_force(found, TODAY)] == ["letter"]


def test_an_order_told_in_two_reports_is_one_and_stands_as_its_steps_say():
    ends, later = date(2026, 11, 1), date(2027, 4, 1)
    paper = ("protection_order", [order(ends=ends)])
    extended = Order("measure", "protection_order", ago(10), ends=frozenset({ends, later}), ends_on=later)
    assert standing([paper], [extended]) == ["measure"]
    lifted = Order("measure", "protection_order", ago(10), ends=frozenset({ends}), ends_on=ends, is_over=True)
    future = ("protection_order", [order(ends=ends)])
    assert standing([future], [lifted]) == []
    # Made on one day, it is one too, though a report does not know its end; of another kind it is another
    begun = date(2026, 10, 1)
    same = ("protection_order", [order(begins=[begun])])
    assert standing([same], [order("measure", begins=[begun], is_over=True)]) == []
    assert standing([same], [order("letter", "warning_letter", begins=[begun])]) == ["paper", "letter"]


@pytest.mark.parametrize(
    ("state", "ends", "stands"),
    [
        ("none", None, False),
        ("expired", None, False),
        ("kept", None, True),
        ("broken", None, True),
        ("none", date(2027, 3, 15), True),  # a paper with its day outweighs what was said
    ],
)
def test_where_nobody_knows_the_end_her_word_counts(state, ends, stands):
    found = [("warning_letter", [order("letter", "warning_letter", ends=ends)])]
    assert bool(standing(found, told=[asked(state)])) is stands


def test_what_was_told_after_she_was_asked_is_not_ended_by_her_word():
    assert standing([("warning_letter", [order(kind="warning_letter", told=20)])], told=[asked("none", 30)]) == [
        "paper"
    ]


def test_an_order_that_only_she_tells_of_counts_until_a_report_says_more():
    over = order(ends=TODAY - timedelta(days=10))
    assert standing(told=[asked("kept")]) == ["visit"]
    assert standing([("protection_order", [over])], told=[asked("broken")]) == ["visit"]
    assert standing(told=[asked("kept", 9), asked("expired", 3)]) == []
    # What an assessment said since goes before it
    assert standing([("protection_order", []), ("warning_letter", [])], told=[asked("kept", 30)]) == []
