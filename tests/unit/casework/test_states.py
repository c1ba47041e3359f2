"""The states of a case, against the table of the field: what is not written there is refused with a sentence."""

import inspect
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from fieldapp.casework import protection
from fieldapp.casework.move_guards import GUARDS, Standing
from fieldapp.casework.protection import Beside, Report
from fieldapp.casework.states import (
    ANYBODY,
    LIVING,
    MOVES,
    RESTING,
    STATE_WORDS,
    CaseState,
    Refusal,
    refusals,
    ways_from,
)

NOW = datetime(2026, 11, 22, tzinfo=UTC)
NOTHING = Standing()
ALL_HOLDS = Standing(
    reason="写明",
    channel="hotline_12338",
    danger_asked=True,
    other_file="K7-0421",
    visitors=2,
    conflict=False,
    visitor_sex_fits=True,
    report_begun=True,
    consent_or_basis=True,
    signatures=2,
    required_answered=True,
    remark=True,
    own_visit=False,
    screening_version="1",
    decided_by_person=True,
    letter=True,
    receipt_number="7",
    missing=("id",),
    decision="granted",
    feedback_given=True,
    meeting_decided=True,
    measures=1,
    followed_up=True,
    new_needs=1,
    report_open=False,
    protection_open=False,
    needs_open=0,
    tasks_open=0,
    orders_active=0,
)
# What takes one guard away from a case in which everything holds.
SPOILT = {
    "reason_given": {"reason": " "},
    "channel_known": {"channel": ""},
    "danger_asked": {"danger_asked": None},
    "other_file_named": {"other_file": ""},
    "two_visitors": {"visitors": 1},
    "no_conflict": {"conflict": None},
    "visitor_sex": {"visitor_sex_fits": None},
    "report_begun": {"report_begun": False},
    "consent_or_basis": {"consent_or_basis": False},
    "two_signatures": {"signatures": 1},
    "required_answered": {"required_answered": False},
    "must_fix_answered": {"must_fix_open": True},
    "remark_or_reason": {"remark": False, "reason": ""},
    "not_own_visit": {"own_visit": None},
    "screening_stored": {"screening_version": ""},
    "decided_by_person": {"decided_by_person": False},
    "letter_sent": {"letter": False},
    "receipt_number": {"receipt_number": " "},
    "missing_named": {"missing": ()},
    "decision_recorded": {"decision": ""},
    "feedback_given": {"feedback_given": False},
    "meeting_decided": {"meeting_decided": False},
    "measure_exists": {"measures": 0},
    "followed_up": {"followed_up": False},
    "new_need": {"new_needs": 0},
    "band_settled": {"last_band": "orange", "days_since_band": 89, "band_reason": "写明"},
    "report_closed": {"report_open": None},
    "protection_over": {"protection_open": True},
    "needs_answered": {"needs_open": None},
    "tasks_settled": {"tasks_open": None},
    "orders_settled": {"orders_active": 1},
}
# The table of the field, written a second time by hand: one line for each state, in the words of the table.
TABLE = {
    None: "LEAD DECIDED",
    "LEAD": "TRIAGED REFERRED ANSWERED DUPLICATE INVALID",
    "TRIAGED": "ASSIGNED",
    "ASSIGNED": "VISITED",
    "VISITED": "SUBMITTED",
    "SUBMITTED": "ASSIGNED RETURNED VERIFIED",
    "RETURNED": "SUBMITTED",
    "VERIFIED": "APPROVED",
    "APPROVED": "TRANSFER SOCIAL_ONLY NO_ACTION DECIDED PLAN",
    "TRANSFER": "ACKED SUPPLEMENT PLAN",
    "SUPPLEMENT": "ACKED PLAN",
    "ACKED": "SUPPLEMENT DECIDED PLAN",
    "SOCIAL_ONLY": "PLAN",
    "NO_ACTION": "PLAN",
    "DECIDED": "FEEDBACK PLAN",
    "FEEDBACK": "PLAN",
    "PLAN": "IN_HELP",
    "IN_HELP": "FOLLOW_UP PLAN",
    "FOLLOW_UP": "IN_HELP PLAN CLOSED",
    "REOPENED": "TRIAGED ASSIGNED PLAN",
}


def allowed():
    pairs = {(start, end) for start, ends in TABLE.items() for end in ends.split()}
    return pairs | {(state.value, "REOPENED") for state in CaseState if state is not CaseState.REOPENED}


def test_a_move_is_made_exactly_where_the_table_has_it():
    for start, end in product([None, *CaseState], CaseState):
        refused = refusals(start, end, ANYBODY, ALL_HOLDS)
        if (start, end) in allowed():
            assert refused == (), (start, end)
            continue
        (one,) = refused
        assert one.code == "no_such_move" and STATE_WORDS[end].zh in one.why.zh and STATE_WORDS[end].en in one.why.en
        assert all(STATE_WORDS[way].en in one.do.en for way in ways_from(start)) and ways_from(start)


def test_each_guard_of_a_move_alone_refuses_it_and_says_what_to_do():
    for move, code in ((one, code) for one in MOVES.values() for code in one.guards):
        (refused,) = refusals(move.start, move.end, move.roles, replace(ALL_HOLDS, **SPOILT[code]))
        assert refused == Refusal(code, GUARDS[code].why, GUARDS[code].do)


def test_everything_that_stands_against_a_move_is_said_at_once():
    said = [one.code for one in refusals(CaseState.TRIAGED, CaseState.ASSIGNED, {"supervisor"}, NOTHING)]
    assert said == ["two_visitors", "no_conflict", "visitor_sex"]


def test_a_move_is_for_the_roles_of_the_table_alone():
    for move, role in product(MOVES.values(), ANYBODY | {"auditor", "data_protection", "administrator"}):
        refused = refusals(move.start, move.end, {role}, ALL_HOLDS)
        assert [one.code for one in refused] == ([] if role in move.roles else ["not_this_role"])
        assert role in ANYBODY or refused
        assert role != "village" or refused or move.end is CaseState.LEAD


# Who goes each arrow, in the words of the table of the field (its column "actor").
ACTORS = {
    "anybody": "village caseworker supervisor procuratorate liaison",
    "visitor": "caseworker procuratorate",
    "helper": "liaison caseworker supervisor",
    "planner": "supervisor caseworker procuratorate",
    "supervisor": "supervisor",
    "procuratorate": "procuratorate",
}
BY_END = {
    "LEAD": "anybody", "VISITED": "visitor", "SUBMITTED": "visitor", "ACKED": "procuratorate",
    "SUPPLEMENT": "procuratorate", "DECIDED": "procuratorate", "FEEDBACK": "procuratorate", "FOLLOW_UP": "visitor",
    "IN_HELP": "helper",
}  # fmt: skip
BY_ARROW = {
    ("FOLLOW_UP", "IN_HELP"): "visitor", ("IN_HELP", "PLAN"): "planner", ("FOLLOW_UP", "PLAN"): "planner",
}  # fmt: skip


def actors(start, end):
    return set(ACTORS[BY_ARROW.get((start, end)) or BY_END.get(end, "supervisor")].split())


def test_of_every_state_every_end_and_every_role_only_what_the_table_has_is_made():
    roles = sorted(ANYBODY | {"auditor", "data_protection", "administrator"})
    made = {
        (start, end.value, role)
        for start, end, role in product([None, *CaseState], CaseState, roles)
        if refusals(start, end, {role}, ALL_HOLDS) == ()
    }
    assert made == {(start, end, role) for start, end in allowed() for role in actors(start, end)}


def test_every_guard_has_a_reason_and_a_way_out_in_both_languages_and_a_move_that_asks_it():
    assert set(GUARDS) == set(SPOILT) == {code for move in MOVES.values() for code in move.guards}
    assert all(text for guard in GUARDS.values() for text in (*guard.why, *guard.do))


def test_a_case_may_begin_with_a_decision_of_the_procuratorate_and_go_to_help():
    assert refusals(None, CaseState.DECIDED, {"procuratorate"}, Standing(decision="granted")) == ()
    assert refusals(CaseState.DECIDED, CaseState.PLAN, {"supervisor"}, Standing(meeting_decided=True)) == ()
    assert refusals(None, CaseState.DECIDED, {"supervisor"}, Standing(decision="granted"))[0].code == "not_this_role"


def test_a_man_is_assigned_where_a_woman_is_needed_only_with_a_reason_of_the_supervisor():
    man = replace(ALL_HOLDS, visitor_sex_fits=False)
    assert [one.code for one in refusals(CaseState.TRIAGED, CaseState.ASSIGNED, {"supervisor"}, man)] == ["visitor_sex"]
    with_reason = replace(man, sex_reason="全县只有一位女干警，外出")
    assert refusals(CaseState.TRIAGED, CaseState.ASSIGNED, {"supervisor"}, with_reason) == ()


@pytest.mark.parametrize(
    ("known", "closes"),
    [
        ({"last_band": "yellow"}, True),
        ({"last_band": "red", "days_since_band": 10, "band_reason": "写明"}, False),
        ({"last_band": "red", "days_since_band": None, "band_reason": "写明"}, False),
        ({"last_band": "red", "days_since_band": 90}, False),
        ({"last_band": "red", "days_since_band": 90, "band_reason": "写明"}, True),
        ({"last_band": "red", "days_since_band": 1, "merged": True}, True),
        ({"orders_active": 1, "orders_reason": "写明"}, True),
        ({"orders_active": None, "orders_reason": "写明"}, False),
        ({"feedback_given": False, "had_letter": False}, True),
    ],
)
def test_a_case_closes_as_the_closure_form_has_it(known, closes):
    refused = refusals(CaseState.FOLLOW_UP, CaseState.CLOSED, {"supervisor"}, replace(ALL_HOLDS, **known))
    assert (refused == ()) is closes


def test_protection_begins_in_every_state_whatever_else_is_missing():
    # What holds the case itself up holds nothing up here: there is no state, role or standing to hand over at all.
    asked = set(inspect.signature(protection.protect).parameters) | set(
        inspect.signature(protection.call_for_report).parameters
    )
    assert asked == {"beside", "at"}
    for report, since in product([None, *Report], [None, NOW]):
        beside = Beside(protected_since=since, report=report)
        assert protection.protect(beside, NOW) == Beside(protected_since=NOW, report=report)
        assert protection.call_for_report(beside).report_open


def test_protection_begun_twice_keeps_its_first_moment():
    later = NOW + timedelta(hours=1)
    assert protection.protect(protection.protect(Beside(), NOW), later).protected_since == NOW


def test_a_report_that_is_due_is_waved_away_by_a_supervisor_with_a_reason_alone():
    due = protection.call_for_report(Beside())
    for roles, reason in ((["caseworker"], "写明"), (["village", "procuratorate"], "写明"), (["supervisor"], "  ")):
        assert isinstance(protection.report_not_needed(due, roles, reason), Refusal)
        assert isinstance(protection.end_protection(protection.protect(due, NOW), roles, reason), Refusal)
    assert protection.report_not_needed(due, ["supervisor"], "学校当天已报") == Beside(report=Report.NOT_NEEDED)
    assert not protection.end_protection(protection.protect(due, NOW), ["supervisor"], "已搬离").protected_since


def test_a_report_that_was_made_stays_made_until_other_harm_calls_for_another():
    made = protection.reported(Beside(), Report.DONE_BY_OTHER)
    assert made == protection.report_not_needed(made, ["supervisor"], "写明")
    assert protection.call_for_report(made).report_open
    with pytest.raises(ValueError):
        protection.reported(made, Report.NOT_NEEDED)


class CaseLife(RuleBasedStateMachine):
    """Any order of moves, wanted by anybody: the case is where the table says, and protection is always to be had."""

    def __init__(self):
        super().__init__()
        self.state, self.beside, self.lived = None, Beside(), []

    @rule(end=st.sampled_from(CaseState), role=st.sampled_from(sorted(ANYBODY)))
    def want(self, end, role):
        refused = refusals(self.state, end, {role}, ALL_HOLDS)
        if (self.state, end) not in allowed():
            assert refused
        if not refused:
            self.state = end

    @precondition(lambda self: self.state is not None)
    @rule(way=st.integers(0, 9))
    def go_on(self, way):
        ways = ways_from(self.state)
        self.state = ways[way % len(ways)]

    @rule()
    def danger(self):
        self.beside = protection.protect(self.beside, NOW)
        assert self.beside.protected_since == NOW

    @invariant()
    def a_case_has_a_way_on(self):
        assert ways_from(self.state)


TestCaseLife = CaseLife.TestCase
TestCaseLife.settings = settings(max_examples=25, stateful_step_count=25)


def test_every_state_can_be_reached_and_every_living_case_can_come_to_rest():
    reached, waiting = set(), [None]
    while waiting:
        start = waiting.pop()
        new = [end for end in ways_from(start) if end not in reached and end is not CaseState.REOPENED]
        reached.update(new)
        waiting += new
    assert reached == frozenset(CaseState) - {CaseState.REOPENED}
    for living in LIVING:
        seen, waiting = {living}, [living]
        while waiting:
            for end in ways_from(waiting.pop()):
                if end not in seen:
                    seen.add(end)
                    waiting.append(end)
        assert seen & RESTING
