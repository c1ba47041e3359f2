"""The states of a report: the moves that are allowed, and that every other is not."""

from itertools import product

import pytest

from fieldapp.casework import workflow
from fieldapp.casework.workflow import Move
from fieldapp.models.records import WAITING, State

ALLOWED = {
    ("submitted", "open_review"): "in_review",
    ("in_review", "open_review"): "in_review",
    ("in_review", "release"): "submitted",
    ("in_review", "return"): "returned",
    ("in_review", "approve"): "approved",
    ("in_review", "approve_first"): "approved_first",
    ("approved_first", "open_review"): "approved_first",
    ("approved_first", "release"): "approved_first",
    ("approved_first", "return"): "returned",
    ("approved_first", "approve"): "approved",
}


@pytest.mark.parametrize(("state", "move"), list(product(State, Move)))
def test_a_report_moves_as_the_table_says_and_no_other_way(state, move):
    assert workflow.after(state, move) == ALLOWED.get((state.value, move.value))


def test_what_waits_is_what_can_be_taken_into_review():
    assert {state for state in State if workflow.after(state, Move.OPEN_REVIEW)} == set(WAITING)
    assert {"in_review", "approved_first"} == workflow.REVIEWED
