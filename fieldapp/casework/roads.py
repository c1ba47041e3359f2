"""Which moves of a case an act brings with it: where a report, a letter or a plan is the step itself, nobody says it
twice.

Pure. An act that does not fit the state of a case moves nothing: no report is refused because of a state.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from fieldapp.casework.happened import Happened
from fieldapp.casework.states import CaseState

S = CaseState


class Act(StrEnum):
    """What was done about a case, and moves it."""

    VISIT_PLANNED = "visit_planned"
    REPORT_BEGUN = "report_begun"  # the door set is handed in
    REPORT_HANDED_IN = "report_handed_in"
    REPORT_RETURNED = "report_returned"
    REPORT_APPROVED = "report_approved"
    ATTEMPT_APPROVED = "attempt_approved"  # the report of a visit that could not be made: nobody has seen her yet
    LETTER_SENT = "letter_sent"  # noted as sent: a letter that is only approved has not left the house
    RECEIVED = "received"
    MISSING_NAMED = "missing_named"
    RELIEF_DECIDED = "relief_decided"
    RESULT_TOLD = "result_told"
    MEETING_APPROVED = "meeting_approved"
    MEASURE_APPROVED = "measure_approved"
    FOLLOWED_UP = "followed_up"
    CLOSURE_APPROVED = "closure_approved"


_AFTER_APPROVAL = (S.APPROVED, S.TRANSFER, S.SOCIAL_ONLY, S.NO_ACTION, S.ACKED, S.SUPPLEMENT, S.DECIDED, S.FEEDBACK)
# From where, and over which states: each arrow stands in states.MOVES (a test holds them together). A visit that nobody
# had planned is its own assignment; only what a lead is worth stays a person's word.
ROADS: dict[Act, tuple[tuple[CaseState, ...], ...]] = {
    Act.VISIT_PLANNED: ((S.LEAD, S.TRIAGED, S.ASSIGNED), (S.TRIAGED, S.ASSIGNED), (S.REOPENED, S.ASSIGNED)),
    Act.REPORT_BEGUN: (
        (S.TRIAGED, S.ASSIGNED, S.VISITED),
        (S.ASSIGNED, S.VISITED),
        (S.REOPENED, S.ASSIGNED, S.VISITED),
    ),
    Act.REPORT_HANDED_IN: (
        (S.TRIAGED, S.ASSIGNED, S.VISITED, S.SUBMITTED),
        (S.ASSIGNED, S.VISITED, S.SUBMITTED),
        (S.REOPENED, S.ASSIGNED, S.VISITED, S.SUBMITTED),
        (S.VISITED, S.SUBMITTED),
        (S.RETURNED, S.SUBMITTED),
    ),
    Act.REPORT_RETURNED: ((S.SUBMITTED, S.RETURNED),),
    Act.REPORT_APPROVED: ((S.SUBMITTED, S.VERIFIED, S.APPROVED), (S.VERIFIED, S.APPROVED)),
    Act.ATTEMPT_APPROVED: ((S.SUBMITTED, S.ASSIGNED),),
    Act.LETTER_SENT: ((S.APPROVED, S.TRANSFER),),
    Act.RECEIVED: ((S.TRANSFER, S.ACKED), (S.SUPPLEMENT, S.ACKED)),
    Act.MISSING_NAMED: ((S.TRANSFER, S.SUPPLEMENT), (S.ACKED, S.SUPPLEMENT)),
    Act.RELIEF_DECIDED: ((S.TRANSFER, S.ACKED, S.DECIDED), (S.ACKED, S.DECIDED)),
    Act.RESULT_TOLD: ((S.DECIDED, S.FEEDBACK),),
    Act.MEETING_APPROVED: (*((start, S.PLAN) for start in _AFTER_APPROVAL), (S.REOPENED, S.PLAN)),
    Act.MEASURE_APPROVED: ((S.PLAN, S.IN_HELP),),
    Act.FOLLOWED_UP: ((S.IN_HELP, S.FOLLOW_UP),),
    Act.CLOSURE_APPROVED: ((S.FOLLOW_UP, S.CLOSED),),
}
# What is noted when a case comes into a state.
HAPPENED: dict[CaseState, Happened] = {
    S.LEAD: Happened.LEAD_RECEIVED,
    S.TRIAGED: Happened.TRIAGED,
    S.REFERRED: Happened.REFERRED,
    S.ANSWERED: Happened.ANSWERED,
    S.DUPLICATE: Happened.DUPLICATE,
    S.INVALID: Happened.INVALID,
    S.ASSIGNED: Happened.ASSIGNED,
    S.VISITED: Happened.VISITED,
    S.SUBMITTED: Happened.SUBMITTED,
    S.RETURNED: Happened.RETURNED,
    S.VERIFIED: Happened.VERIFIED,
    S.APPROVED: Happened.APPROVED,
    S.TRANSFER: Happened.LETTER_SENT,
    S.SOCIAL_ONLY: Happened.SOCIAL_ONLY,
    S.NO_ACTION: Happened.NO_ACTION,
    S.ACKED: Happened.ACKED,
    S.SUPPLEMENT: Happened.SUPPLEMENT_ASKED,
    S.DECIDED: Happened.DECIDED,
    S.FEEDBACK: Happened.FEEDBACK_GIVEN,
    S.PLAN: Happened.PLAN_BEGUN,
    S.IN_HELP: Happened.HELP_BEGUN,
    S.FOLLOW_UP: Happened.FOLLOWED_UP,
    S.CLOSED: Happened.CLOSED,
    S.REOPENED: Happened.REOPENED,
}


def could_not_visit(answers: Mapping[str, Any]) -> bool:
    """Whether an investigation says that the visit could not be made."""
    visit = answers.get("visit")
    return isinstance(visit, Mapping) and visit.get("outcome") == "could_not"


def road(state: CaseState, act: Act) -> tuple[CaseState, ...]:
    """The states a case in `state` goes through by this act, without the first; empty: it stays where it is."""
    return next((way[1:] for way in ROADS[act] if way[0] == state), ())


def caught_up(state: CaseState, report_states: Iterable[str]) -> tuple[CaseState, ...]:
    """The way of a case whose investigation was handed in before anybody had triaged it: `report_states` are those of
    its investigation reports, without approved ones of visits that could not be made. Empty where there is nothing to
    catch up with.
    """
    known = set(report_states)
    way: list[CaseState] = []
    if known & {"submitted", "in_review", "returned", "approved_first", "approved"}:
        way += road(state, Act.REPORT_HANDED_IN)
    elif "door_submitted" in known:
        way += road(state, Act.REPORT_BEGUN)
    if way and "approved" in known:
        way += road(way[-1], Act.REPORT_APPROVED)
    elif way and "returned" in known:
        way += road(way[-1], Act.REPORT_RETURNED)
    return tuple(way)
