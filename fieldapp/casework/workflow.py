"""The states of a record and who may move it: a pure table, so that every move not written here is refused.

Rules: DESIGN section 7 and the review rules of the field (withdraw until review is open; author is never approver;
nothing is approved over an unanswered must-fix). Where a county asks two approvals, a report with the first keeps its
state while the second supervisor reads it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

REVIEW_HOLD = timedelta(minutes=30)


class Move(StrEnum):
    OPEN_REVIEW = "open_review"
    RETURN = "return"
    APPROVE_FIRST = "approve_first"
    APPROVE = "approve"
    RELEASE = "release"


MOVES: dict[tuple[str, Move], str] = {
    ("submitted", Move.OPEN_REVIEW): "in_review",
    ("in_review", Move.OPEN_REVIEW): "in_review",  # only once the other reviewer's hold has run out, or it is one's own
    ("in_review", Move.RETURN): "returned",
    ("in_review", Move.APPROVE): "approved",
    ("in_review", Move.APPROVE_FIRST): "approved_first",
    ("in_review", Move.RELEASE): "submitted",
    ("approved_first", Move.OPEN_REVIEW): "approved_first",
    ("approved_first", Move.RETURN): "returned",
    ("approved_first", Move.APPROVE): "approved",
    ("approved_first", Move.RELEASE): "approved_first",
}
REVIEWED = frozenset(state for state, move in MOVES if move is Move.APPROVE)  # in which somebody may hold it

RETURN_REASONS = ("incomplete", "unclear", "contradiction", "paper_missing", "wrong_household", "two_versions", "other")
REMARK_KINDS = ("must_fix", "explain", "note")
REMARK_WAYS = ("paper", "safe_call", "new_visit")
# Asking again what was told of violence or by a child does second harm: there a remark may ask to explain, not to fix.
NEVER_MUST_FIX = frozenset({"violence", "child"})


def after(state: str, move: Move) -> str | None:
    """The state a move leads to, or None where it is not allowed."""
    return MOVES.get((state, move))


@dataclass(frozen=True)
class RemarkState:
    """What the rules need to know of a remark."""

    kind: str
    state: str


def blocks_approval(remarks: Iterable[RemarkState]) -> bool:
    """Whether a must-fix is still open: neither changed, explained nor spared, nor resolved by the reviewer."""
    return any(remark.kind == "must_fix" and remark.state == "open" for remark in remarks)


def may_hold(opened_by: object, hold_until: datetime, acting: object, now: datetime) -> bool:
    """Whether `acting` may take a review that somebody opened: her own, or one whose hold has run out."""
    return opened_by == acting or hold_until <= now
