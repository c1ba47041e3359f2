"""The time limits of a case: each as the law and the rules have it, begun, stopped, paused and escalated by events."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldapp.casework.calendar import Length, Unit, published
from fieldapp.casework.clocks import ClockState, Event, Pace, clocks_of
from fieldapp.casework.limits import LIMITS, Basis, Limit, Told
from fieldapp.days import CHINA


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


def clock(code, events, now, pace=None):
    happened = [Event(kind, at(moment), *about) for kind, moment, *about in events]
    found = [one for one in clocks_of(happened, at(now), published(), pace) if one.limit.code == code]
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize(
    ("code", "amount", "unit", "basis"),
    [
        ("petition_reply", 15, Unit.CALENDAR_DAY, Basis.LAW),
        ("triage", 1, Unit.WORKING_DAY, Basis.DEFAULT),
        ("assign", 1, Unit.WORKING_DAY, Basis.DEFAULT),
        ("visit", 5, Unit.WORKING_DAY, Basis.DEFAULT),
        ("hand_in", 2, Unit.CALENDAR_DAY, Basis.DEFAULT),
        ("check", 3, Unit.WORKING_DAY, Basis.DEFAULT),
        ("letter", 5, Unit.WORKING_DAY, Basis.DEFAULT),
        ("receipt", 5, Unit.WORKING_DAY, Basis.RULE),
        ("supplement", 30, Unit.CALENDAR_DAY, Basis.RULE),
        ("relief_opinion", 10, Unit.WORKING_DAY, Basis.RULE),
        ("relief_notice", 2, Unit.WORKING_DAY, Basis.RULE),
        ("feedback", 5, Unit.WORKING_DAY, Basis.DEFAULT),
        ("joint_consultation", 1, Unit.MONTH, Basis.RULE),
        ("legal_aid_decision", 7, Unit.CALENDAR_DAY, Basis.LAW),
        ("legal_aid_lawyer", 3, Unit.CALENDAR_DAY, Basis.LAW),
        ("defacto_first", 5, Unit.WORKING_DAY, Basis.RULE),
        ("defacto_second", 15, Unit.WORKING_DAY, Basis.RULE),
        ("defacto_third", 15, Unit.WORKING_DAY, Basis.RULE),
        ("protection_order", 72, Unit.HOUR, Basis.LAW),
        ("protection_order_urgent", 24, Unit.HOUR, Basis.LAW),
    ],
)
def test_a_limit_is_as_long_as_its_source_says(code, amount, unit, basis):
    limit = LIMITS[code]
    assert (limit.length, limit.basis) == (Length(amount, unit), basis)


def test_every_limit_has_both_languages_a_source_and_somebody_who_is_told():
    for code, limit in LIMITS.items():
        assert code == limit.code and limit.name.zh and limit.name.en and limit.source
        assert limit.begins and limit.ends and limit.steps
        assert bool(limit.waits) == bool(limit.goes_on)
        afters = [step.after.amount for step in limit.steps]
        assert afters[0] == 0 and all(afters[1:])


def test_a_petition_is_answered_within_fifteen_days_whatever_the_festival():
    one = clock("petition_reply", [("petition_received", "2026-02-10T09:00")], "2026-02-11T09:00")
    assert one.due.day.isoformat() == "2026-02-25" and one.state is ClockState.RUNNING


def test_a_lead_is_triaged_in_a_working_day_and_a_red_one_in_an_hour():
    lead = [("lead_received", "2026-11-20T16:00")]  # a Friday
    assert clock("triage", lead, "2026-11-20T17:30").due.day.isoformat() == "2026-11-23"
    red = clock("triage", lead, "2026-11-20T17:30", Pace(red=True, green=True))
    assert red.due.at == at("2026-11-20T17:00") and red.state is ClockState.OVERDUE


def test_the_green_channel_shortens_our_own_clocks_and_never_a_clock_of_the_law():
    for limit in LIMITS.values():
        quick = Pace(green=True).length(limit)
        assert quick == limit.length if limit.basis is not Basis.DEFAULT else quick.amount <= limit.length.amount
    visited = [("assigned", "2026-11-16T09:00")]
    assert clock("visit", visited, "2026-11-16T10:00", Pace(green=True)).due.day.isoformat() == "2026-11-18"
    with pytest.raises(ValueError):
        Limit(
            **{**vars(LIMITS["petition_reply"]), "green": Length(1, Unit.CALENDAR_DAY)},
        )


def test_a_place_may_set_our_own_lengths_and_no_other():
    own = Pace(own={"visit": Length(3, Unit.WORKING_DAY)})
    assert (
        clock("visit", [("assigned", "2026-11-16T09:00")], "2026-11-16T10:00", own).due.day.isoformat() == "2026-11-19"
    )
    with pytest.raises(ValueError):
        Pace(own={"legal_aid_decision": Length(30, Unit.CALENDAR_DAY)})
    with pytest.raises(KeyError):
        Pace(own={"lunch": Length(1, Unit.HOUR)})


def test_a_clock_warns_is_overdue_and_escalates_step_by_step():
    assigned = [("assigned", "2026-11-09T09:00")]  # a Monday; due by the end of the next
    seen = [
        clock("visit", assigned, now)
        for now in ("2026-11-12T09:00", "2026-11-15T09:00", "2026-11-16T23:59", "2026-11-17T00:00", "2026-11-20T00:00")
    ]
    assert [one.state.value for one in seen] == ["running", "soon", "soon", "overdue", "overdue"]
    assert [one.level for one in seen] == [0, 0, 0, 1, 2]
    assert seen[0].told == () and seen[1].told == (Told.HOLDER,)
    assert seen[4].told == (Told.HOLDER, Told.SUPERVISOR, Told.ABOVE)


def test_what_is_due_at_once_is_overdue_at_once_and_the_supervisor_on_duty_knows():
    one = clock("protect", [("danger_told", "2026-11-21T23:10")], "2026-11-21T23:10")
    assert one.state is ClockState.OVERDUE and one.told == (Told.HOLDER, Told.DUTY)
    later = clock("protect", [("danger_told", "2026-11-21T23:10")], "2026-11-22T01:10")
    assert later.told[-1] is Told.ABOVE
    done = [("danger_told", "2026-11-21T23:10"), ("protect_begun", "2026-11-21T23:14")]
    assert clock("protect", done, "2026-11-22T01:10").state is ClockState.KEPT


def test_a_clock_ends_kept_or_late_and_tells_nobody_any_more():
    kept = clock("visit", [("assigned", "2026-11-09T09:00"), ("visited", "2026-11-16T20:00")], "2026-12-01T09:00")
    late = clock("visit", [("assigned", "2026-11-09T09:00"), ("visited", "2026-11-17T08:00")], "2026-12-01T09:00")
    assert (kept.state, late.state) == (ClockState.KEPT, ClockState.LATE) and kept.told == late.told == ()


def test_missing_papers_stop_the_clock_of_the_opinion_until_they_are_supplied():
    acked = [("acked", "2026-03-02T09:00", "L1"), ("supplement_asked", "2026-03-04T09:00", "L1")]
    still = clock("relief_opinion", acked, "2026-03-20T09:00")
    assert still.state is ClockState.PAUSED and still.due is None
    on = clock("relief_opinion", [*acked, ("supplied", "2026-03-18T09:00", "L1")], "2026-03-20T09:00")
    assert on.due.day.isoformat() == "2026-03-30"  # two working days had gone by; eight more after the eighteenth
    assert clock("supplement", acked, "2026-03-20T09:00").due.day.isoformat() == "2026-04-03"


def test_two_letters_of_a_case_have_a_clock_each():
    sent = [Event("letter_sent", at("2026-03-02T09:00"), "L1"), Event("letter_sent", at("2026-03-09T09:00"), "L2")]
    acked = Event("acked", at("2026-03-10T09:00"), "L2")
    receipts = {
        one.about: one.state
        for one in clocks_of([*sent, acked], at("2026-03-11T09:00"), published())
        if one.limit.code == "receipt"
    }
    assert receipts == {"L1": ClockState.OVERDUE, "L2": ClockState.KEPT}


def test_a_letter_answers_for_the_approval_that_was_about_the_whole_case():
    events = [("approved", "2026-03-02T09:00"), ("letter_sent", "2026-03-03T09:00", "L1")]
    assert clock("letter", events, "2026-03-20T09:00").state is ClockState.KEPT


def test_each_consultation_ends_the_month_of_the_last_and_begins_its_own():
    held = [Event("plan_begun", at("2026-01-31T09:00"))]
    held += [Event("consultation_held", at(day)) for day in ("2026-02-27T09:00", "2026-03-20T09:00")]
    months = [
        one for one in clocks_of(held, at("2026-04-21T00:00"), published()) if one.limit.code == "joint_consultation"
    ]
    assert sorted(one.state.value for one in months) == ["kept", "kept", "overdue"]
    assert months[0].due.day.isoformat() == "2026-04-20"


def test_what_is_overdue_stands_first_then_what_is_due_first():
    events = [
        Event("lead_received", at("2026-11-20T09:00"), "lead"),
        Event("assigned", at("2026-11-02T09:00"), "visit"),
        Event("petition_received", at("2026-11-20T09:00"), "petition"),
    ]
    order = [one.limit.code for one in clocks_of(events, at("2026-11-20T10:00"), published())]
    assert order == ["visit", "triage", "petition_reply"]


def test_what_has_not_happened_yet_begins_and_ends_nothing():
    ahead = [Event("assigned", at("2026-11-02T09:00")), Event("visited", at("2026-11-05T09:00"))]
    (one,) = clocks_of(ahead, at("2026-11-03T09:00"), published())
    assert one.ended_at is None


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from(sorted(LIMITS)), st.integers(0, 400), st.booleans()), max_size=8))
def test_every_beginning_has_its_clock_and_only_an_ending_stops_it(happened):
    start = at("2026-01-05T09:00")
    events = []
    for n, (code, hour, ended) in enumerate(happened):
        begun = start + timedelta(hours=hour)
        events.append(Event(min(LIMITS[code].begins), begun, f"{n}"))
        if ended:
            events.append(Event(min(LIMITS[code].ends), begun + timedelta(hours=1), f"{n}"))
    clocks = clocks_of(events, start + timedelta(hours=900), published())
    begins = sum(event.kind in limit.begins for event in events for limit in LIMITS.values())
    assert len(clocks) == begins
    for one in clocks:
        stopped = any(
            event.about == one.about and event.kind in one.limit.ends and event.at > one.begun_at for event in events
        ) or any(event.kind in one.limit.already and event.at < one.begun_at for event in events)
        assert (one.ended_at is not None) is stopped
        assert (one.state is ClockState.PAUSED) or one.due
