"""The moves that follow from an act: each arrow is one that the table of states knows."""

from itertools import pairwise

import pytest

from fieldapp.casework.happened import Happened
from fieldapp.casework.roads import HAPPENED, ROADS, Act, caught_up, road
from fieldapp.casework.states import MOVES, CaseState

S = CaseState


@pytest.mark.parametrize("act", Act)
def test_every_road_goes_over_arrows_of_the_table(act):
    for way in ROADS[act]:
        assert all(arrow in MOVES for arrow in pairwise(way)), way


# Where each act leaves a case, by where it found it; from every other state it moves nothing.
AFTER = {
    Act.VISIT_PLANNED: {"LEAD": "ASSIGNED", "TRIAGED": "ASSIGNED", "REOPENED": "ASSIGNED"},
    Act.REPORT_BEGUN: {"TRIAGED": "VISITED", "ASSIGNED": "VISITED", "REOPENED": "VISITED"},
    Act.REPORT_HANDED_IN: dict.fromkeys(("TRIAGED", "ASSIGNED", "REOPENED", "VISITED", "RETURNED"), "SUBMITTED"),
    Act.REPORT_RETURNED: {"SUBMITTED": "RETURNED"},
    Act.ATTEMPT_APPROVED: {"SUBMITTED": "ASSIGNED"},
    Act.REPORT_APPROVED: {"SUBMITTED": "APPROVED", "VERIFIED": "APPROVED"},
    Act.LETTER_SENT: {"APPROVED": "TRANSFER"},
    Act.RECEIVED: {"TRANSFER": "ACKED", "SUPPLEMENT": "ACKED"},
    Act.MISSING_NAMED: {"TRANSFER": "SUPPLEMENT", "ACKED": "SUPPLEMENT"},
    Act.RELIEF_DECIDED: {"TRANSFER": "DECIDED", "ACKED": "DECIDED"},
    Act.RESULT_TOLD: {"DECIDED": "FEEDBACK"},
    Act.MEETING_APPROVED: dict.fromkeys(
        ("APPROVED", "TRANSFER", "SOCIAL_ONLY", "NO_ACTION", "ACKED", "SUPPLEMENT", "DECIDED", "FEEDBACK", "REOPENED"),
        "PLAN",
    ),
    Act.MEASURE_APPROVED: {"PLAN": "IN_HELP"},
    Act.FOLLOWED_UP: {"IN_HELP": "FOLLOW_UP"},
    Act.CLOSURE_APPROVED: {"FOLLOW_UP": "CLOSED"},
}


def test_of_every_act_in_every_state_only_these_move_the_case():
    assert AFTER.keys() == set(Act)
    moved = {act: {state.value: way[-1].value for state in S if (way := road(state, act))} for act in Act}
    assert moved == AFTER


def test_no_act_has_two_roads_from_one_state():
    assert all(len({way[0] for way in ways}) == len(ways) for ways in ROADS.values())


def test_every_state_has_an_event_of_its_own():
    assert HAPPENED.keys() == set(S) and len(set(HAPPENED.values())) == len(S)
    assert set(HAPPENED.values()) <= set(Happened)


def test_a_visit_that_nobody_had_planned_is_its_own_assignment():
    assert road(S.TRIAGED, Act.REPORT_HANDED_IN) == (S.ASSIGNED, S.VISITED, S.SUBMITTED)


@pytest.mark.parametrize("state", [S.LEAD, S.CLOSED, S.IN_HELP, S.SUBMITTED])
def test_a_report_that_does_not_fit_moves_nothing(state):
    assert road(state, Act.REPORT_HANDED_IN) == ()


@pytest.mark.parametrize(
    ("reports", "end"),
    [
        ([], None),
        (["draft"], None),
        (["door_submitted"], S.VISITED),
        (["in_review"], S.SUBMITTED),
        (["returned"], S.RETURNED),
        (["submitted", "approved"], S.APPROVED),
    ],
)
def test_after_triage_a_case_catches_up_with_its_reports(reports, end):
    way = caught_up(S.TRIAGED, reports)
    assert (way[-1] if way else None) == end
    assert all(arrow in MOVES for arrow in pairwise((S.TRIAGED, *way)))
