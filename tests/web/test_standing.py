"""What stands of a case when somebody wants to move it: also where a report says that nobody knows."""

import json
from datetime import date, timedelta

import pytest

from fieldapp.actions import agendas, case_events, case_moves, desk_known, desk_records, measures, orders, orders_known
from fieldapp.actions.case_moves import Said
from fieldapp.actions.standing import standing_of
from fieldapp.casework.happened import Happened
from fieldapp.casework.states import CaseState
from fieldapp.days import day_of
from fieldapp.models.cases import Case
from tests import factories, plans_of_help

LAST_DAY = date(2027, 3, 15)


@pytest.fixture
def file(forms, county, session, clock):
    """The county's file, at follow-up, with a closure handed in that gives no reason for an order."""
    case = session.get_one(Case, (county.district, county.case_id))
    case.state = CaseState.FOLLOW_UP.value
    case_events.note(session, case, Happened.REPORT_NOT_NEEDED, now=clock())
    plans_of_help.report(session, clock(), county, "F9", {"cl": {"reason": "goals_met", "feedback_done": "yes"}})
    return case


@pytest.fixture
def refused(session, county, clock):
    """Why the file may not be closed now: the codes of what stands in the way; it is left open."""

    def why():
        clock.advance(seconds=1)
        supervisor = county.acting(session, "supervisor")
        with session.begin_nested() as tried:
            asked = (county.case_id, CaseState.CLOSED, "写明", Said(), clock())
            found = {one.code for one in case_moves.move(session, supervisor, *asked)}
            tried.rollback()
        return found

    return why


def band_of(session, county, case, at):
    return standing_of(session, county.acting(session, "supervisor"), case, at).last_band


def test_a_follow_up_that_does_not_know_the_band_leaves_the_last_known_one(forms, county, session, clock):
    case = session.get_one(Case, (county.district, county.case_id))
    supervisor = county.acting(session, "supervisor")
    plans_of_help.assessment(session, clock(), county, "orange")
    plans_of_help.follow_up(session, clock(), county, band={"unknown": "does_not_know"})
    assert standing_of(session, supervisor, case, clock()).last_band == "orange"
    assert case_moves.ways(session, supervisor, case, clock())


def test_of_one_day_the_band_told_last_keeps_the_file_open(file, refused, session, county, clock):
    plans_of_help.follow_up(session, clock(), county, band="yellow")
    assert "band_settled" not in refused()
    clock.advance(hours=2)
    plans_of_help.assessment(session, clock(), county, "red")
    assert "band_settled" in refused()
    clock.advance(hours=2)
    plans_of_help.follow_up(session, clock(), county, band="blue")
    assert "band_settled" not in refused()


def test_a_report_put_right_later_does_not_raise_its_old_band_above_a_newer_one(file, session, county, clock):
    follow_up = plans_of_help.follow_up(session, clock(), county, band="yellow")
    clock.advance(hours=2)
    plans_of_help.assessment(session, clock(), county, "red")
    clock.advance(hours=2)
    # Something else of the follow-up is put right: yellow was its word of the morning
    again = {"fu": {"met": "yes"}, "end": {"band": "yellow"}}
    corrected(session, clock(), county, follow_up, again)
    assert band_of(session, county, file, clock()) == "red"
    # Where the band itself is put right, that is told now
    clock.advance(hours=2)
    corrected(session, clock(), county, follow_up, {"end": {"band": "orange"}})
    assert band_of(session, county, file, clock()) == "orange"


def corrected(session, at, county, record_id, answers):
    factories.revision(session, at, record_id, json.dumps({"answers": answers}).encode(), district=county.district)


def in_force(session, county, case, clock, draft):
    """How many orders stand, as each part of the program says it: what may close the file, what its closure is told,
    and whether its agenda has an open date for one.
    """
    acting = county.acting(session, "supervisor")
    standing = standing_of(session, acting, case, clock()).orders_active
    known = desk_known.known_of(session, acting, draft, case, clock()).orders
    entries, _ = agendas.of_file(session, acting, case, clock())
    return standing, known, [entry.due.day for entry in entries if entry.what == "order_ends"]


def test_an_order_told_by_a_measure_keeps_the_file_open_to_its_end_and_everybody_says_the_same(
    file, refused, session, county, clock
):
    supervisor = county.acting(session, "supervisor")
    draft = desk_records.begin(session, supervisor, "F9", county.case_id, clock())
    told = {"status": "in_progress", "started_on": "2026-10-15", "ended_on": LAST_DAY.isoformat()}
    record_id = plans_of_help.measure(session, clock(), county, "protection_order", **told)
    assert "orders_settled" in refused()
    assert in_force(session, county, file, clock, draft) == (1, 1, [LAST_DAY])
    # An assessment that saw the same paper tells of no second order
    plans_of_help.assessment(session, clock(), county, "blue", order_until=LAST_DAY.isoformat())
    assert in_force(session, county, file, clock, draft) == (1, 1, [LAST_DAY])
    # It runs on where a court extended it
    later = LAST_DAY + timedelta(days=90)
    today = day_of(clock())
    orders.extend(session, supervisor, county.case_id, record_id, until=later, on=today, text="", now=clock())
    clock.advance(days=(LAST_DAY - today).days + 1)
    assert "orders_settled" in refused()
    assert in_force(session, county, file, clock, draft) == (1, 1, [later])
    # And not beyond the step that ended it
    measures.move(session, supervisor, county.case_id, record_id, "ended", on=None, text="", now=clock())
    assert "orders_settled" not in refused()
    assert in_force(session, county, file, clock, draft) == (0, 0, [])


@pytest.mark.parametrize(
    ("state", "counted", "is_shown"),
    [
        ("draft", 0, False),
        ("submitted", 1, False),
        ("in_review", 1, False),
        ("returned", 0, False),
        ("approved_first", 1, False),
        ("approved", 1, True),
        ("void", 0, False),
    ],
)
def test_an_order_whose_report_nobody_decided_about_keeps_the_file_open_and_is_not_in_force(
    file, refused, session, county, clock, state, counted, is_shown
):
    supervisor = county.acting(session, "supervisor")
    draft = desk_records.begin(session, supervisor, "F9", county.case_id, clock())
    told = {"status": "in_progress", "started_on": "2026-10-15", "ended_on": LAST_DAY.isoformat()}
    plans_of_help.measure(session, clock(), county, "protection_order", state=state, **told)
    assert ("orders_settled" in refused()) is bool(counted)
    assert in_force(session, county, file, clock, draft) == (counted, counted, [LAST_DAY] if is_shown else [])
    assert bool(orders_known.shown_to(session, supervisor, file, "zh", clock())) is is_shown


def test_an_application_is_no_order_and_neither_is_one_that_was_refused(file, refused, session, county, clock):
    told = {"ended_on": LAST_DAY.isoformat()}
    for status in ("planned", "applied", "refused", "declined"):
        plans_of_help.measure(session, clock(), county, "protection_order", status=status, **told)
    assert "orders_settled" not in refused()


def test_a_warning_letter_stands_until_she_says_that_there_is_none_any_more(file, refused, session, county, clock):
    letter = {"has_warning_letter": "yes", "warning_letter": [{"_id": plans_of_help.DECISION, "on": "2026-05"}]}
    plans_of_help.report(session, clock(), county, "F5", {"dv": {"has_protection_order": "no", **letter}})
    assert "orders_settled" in refused()
    for state, stands in (("broken", True), ("kept", True), ("expired", False), ("kept", True), ("none", False)):
        clock.advance(days=1)
        visit = {"fu": {"met": "yes", "visited_at": clock().isoformat()}, "private": {"order_state": state}}
        plans_of_help.report(session, clock(), county, "F3", visit)
        assert ("orders_settled" in refused()) is stands, state


@pytest.mark.parametrize(
    ("said", "stands"),
    [
        ({"has_protection_order": "yes"}, True),  # shown to nobody, and yet there is one
        ({"has_protection_order": "no", "protection_order": [{"_id": "a"}]}, False),  # behind an answer changed since
        ({"has_protection_order": "yes", "protection_order": [{"_id": "a", "to": "2026-11"}]}, True),
        ({"has_protection_order": "yes", "protection_order": [{"_id": "a", "to": "2026-10-31"}]}, False),
        ({"has_protection_order": {"unknown": "not_asked"}}, False),
    ],
)
def test_an_assessment_tells_of_an_order_by_what_it_says(file, refused, session, county, clock, said, stands):
    plans_of_help.report(session, clock(), county, "F5", {"dv": said})
    assert ("orders_settled" in refused()) is stands
