"""Kinds of help as form F7 has them, tasks sent to departments, and when nobody mediates."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from fieldapp.casework.calendar import published
from fieldapp.casework.clocks import ClockState, clocks_of
from fieldapp.casework.limits import LIMITS, Basis
from fieldapp.casework.measure_types import MEASURE_TYPES, usual_for
from fieldapp.casework.measures import (
    SETTLED,
    STATUS_MOVES,
    Answer,
    Task,
    all_settled,
    answer,
    may_become,
    mediation_refusal,
    send,
)
from fieldapp.casework.states import Refusal
from tests.house_reading import ROOT

# Both tables a second time, by hand.
STATUS_WAYS = {
    "planned": "applied approved in_progress refused declined",
    "applied": "approved refused declined",
    "approved": "in_progress done ended declined",
    "in_progress": "done ended declined",
    "done": "ended",
    "refused": "planned applied",
    "declined": "planned",
    "ended": "",
}
ANSWER_WAYS = {"sent": "accepted refused withdrawn", "accepted": "done refused withdrawn"}
AT = datetime(2026, 11, 16, 1, tzinfo=UTC)


F7 = (ROOT / "fieldapp" / "forms" / "library" / "F7.md").read_text("utf-8")


def choices_of_f7(name):
    """The labels in both languages by code, from the table of the form itself."""
    rows = ([cell.strip() for cell in row.split("|")] for row in F7.splitlines() if row.startswith(f"| | {name} |"))
    return {row[3]: (row[4], row[5]) for row in rows}


def test_there_are_67_kinds_of_help_and_they_are_those_of_the_form():
    of_form = choices_of_f7("measure_type")
    assert len(MEASURE_TYPES) == 67 and set(MEASURE_TYPES) == set(of_form) - {"other"}
    for code, one in MEASURE_TYPES.items():
        assert (code, *one.name) == (one.code, *of_form[code])


def test_the_ways_and_providers_of_a_kind_are_codes_of_the_form():
    ways, organisations = set(choices_of_f7("way")), set(choices_of_f7("org"))
    for one in MEASURE_TYPES.values():
        assert one.way in ways and one.providers <= organisations
        assert one.providers or one.code == "comprehensive_help"
    assert {one.code for one in usual_for("court")} == {"protection_order", "circuit_mediation", "guardian_change"}


def test_a_kind_has_the_clocks_of_the_law_and_otherwise_ours():
    assert MEASURE_TYPES["legal_aid"].limits == ("dispatch_answer", "legal_aid_decision", "legal_aid_lawyer")
    assert MEASURE_TYPES["goods"].limits == ("dispatch_answer", "dispatch_result")
    for one in MEASURE_TYPES.values():
        assert all(LIMITS[code].basis is not Basis.DEFAULT for code in one.by_law)
        assert set(one.limits) <= set(LIMITS)


def test_the_statuses_of_a_measure_are_those_of_the_form_and_move_as_written():
    assert set(STATUS_MOVES) == set(choices_of_f7("ms_status"))
    for status, wanted in product(STATUS_MOVES, STATUS_MOVES):
        assert may_become(status, wanted) is (wanted == status or wanted in STATUS_WAYS[status].split())


def sent():
    task = send("t1", "civil", "l1", AT)
    assert isinstance(task, Task)
    return task


def test_a_task_without_a_liaison_is_not_sent():
    refused = send("t1", "civil", "", AT)
    assert isinstance(refused, Refusal) and refused.code == "liaison_needed" and refused.do.zh and refused.do.en


def at_answer(wanted):
    ways = {
        Answer.SENT: (),
        Answer.ACCEPTED: (Answer.ACCEPTED,),
        Answer.REFUSED: (Answer.REFUSED,),
        Answer.DONE: (Answer.ACCEPTED, Answer.DONE),
        Answer.WITHDRAWN: (Answer.WITHDRAWN,),
    }
    task = sent()
    for step in ways[wanted]:
        task = answer(task, step, "写明", AT + timedelta(hours=1))
    return task


@pytest.mark.parametrize("begun", Answer)
def test_a_task_is_answered_exactly_as_the_table_has_it(begun):
    for given in Answer:
        task = at_answer(begun)
        after = answer(task, given, "另写", AT + timedelta(days=1))
        if given in ANSWER_WAYS.get(begun, "").split():
            assert after.answer is given and after.text == "另写" and len(after.events) == len(task.events) + 1
        else:
            assert isinstance(after, Refusal) and after.why.zh and after.why.en


def test_a_refusal_a_result_and_a_withdrawal_say_something():
    for begun, given in (
        (Answer.SENT, Answer.REFUSED),
        (Answer.ACCEPTED, Answer.DONE),
        (Answer.SENT, Answer.WITHDRAWN),
    ):
        refused = answer(at_answer(begun), given, " ", AT)
        assert isinstance(refused, Refusal) and refused.code == "text_needed"


def test_the_same_answer_again_changes_nothing():
    done = at_answer(Answer.DONE)
    assert answer(done, Answer.DONE, "写明", AT + timedelta(days=9)) is done


def test_a_lead_is_done_only_when_every_task_is_done_or_refused_with_a_reason():
    assert all_settled([at_answer(Answer.DONE), at_answer(Answer.REFUSED)]) and all_settled([])
    for open_answer in set(Answer) - SETTLED:
        assert not all_settled([at_answer(Answer.DONE), at_answer(open_answer)])


def test_the_clocks_of_a_task_run_on_its_own_events():
    def states(task, days):
        found = clocks_of(task.events, AT + timedelta(days=days), published())
        return {one.limit.code: one.state for one in found}

    assert states(sent(), 4) == {"dispatch_answer": ClockState.OVERDUE}
    accepted = {"dispatch_answer": ClockState.KEPT, "dispatch_result": ClockState.OVERDUE}
    assert states(at_answer(Answer.ACCEPTED), 40) == accepted
    assert set(states(at_answer(Answer.DONE), 40).values()) == {ClockState.KEPT}


@pytest.mark.parametrize("kind", ["mediation", "circuit_mediation"])
def test_nobody_mediates_before_the_screen_or_while_it_is_dangerous(kind):
    for screen, band, refused in (
        ("", "", True),
        ("unknown", "blue", True),
        ("no", "", False),
        ("yes", "yellow", False),
        ("yes", "orange", True),
        ("no", "red", True),
    ):
        assert (mediation_refusal(kind, screen, band) is not None) is refused
    assert mediation_refusal("legal_aid", "", "red") is None
