"""The states of a case and who may move it: a table, so that every move not written here is refused and can say why.

A case may begin inside the procuratorate, where six of eight published ones began, and its relief may be decided
before the federation hears of it: then it begins at DECIDED. Protection and the mandatory report are no states: they
run beside the case (protection.py), and nothing here can hold them up.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum

from fieldapp.casework.move_guards import GUARDS, Guard, Standing
from fieldapp.casework.sentences import Said


class CaseState(StrEnum):
    LEAD = "LEAD"
    TRIAGED = "TRIAGED"
    REFERRED = "REFERRED"
    ANSWERED = "ANSWERED"
    DUPLICATE = "DUPLICATE"
    INVALID = "INVALID"
    ASSIGNED = "ASSIGNED"
    VISITED = "VISITED"
    SUBMITTED = "SUBMITTED"
    RETURNED = "RETURNED"
    VERIFIED = "VERIFIED"
    APPROVED = "APPROVED"
    TRANSFER = "TRANSFER"
    SOCIAL_ONLY = "SOCIAL_ONLY"
    NO_ACTION = "NO_ACTION"
    ACKED = "ACKED"
    SUPPLEMENT = "SUPPLEMENT"
    DECIDED = "DECIDED"
    FEEDBACK = "FEEDBACK"
    PLAN = "PLAN"
    IN_HELP = "IN_HELP"
    FOLLOW_UP = "FOLLOW_UP"
    CLOSED = "CLOSED"
    REOPENED = "REOPENED"


S = CaseState
# Where a file rests until somebody reopens it. Every other state is a living case, of which a next date must be known.
RESTING = frozenset({S.REFERRED, S.ANSWERED, S.DUPLICATE, S.INVALID, S.NO_ACTION, S.CLOSED})
LIVING = frozenset(CaseState) - RESTING

# The roles of fieldapp/web/words.py. A visitor may belong to the procuratorate: its own cases have no other.
VILLAGE, CASEWORKER, SUPERVISOR = "village", "caseworker", "supervisor"
PROCURATORATE, LIAISON = "procuratorate", "liaison"
ANYBODY = frozenset({VILLAGE, CASEWORKER, SUPERVISOR, PROCURATORATE, LIAISON})
VISITORS = frozenset({CASEWORKER, PROCURATORATE})
_SUPERVISOR, _PROCURATORATE = frozenset({SUPERVISOR}), frozenset({PROCURATORATE})
_HELPERS = frozenset({LIAISON, CASEWORKER, SUPERVISOR})


@dataclass(frozen=True)
class Move:
    """One arrow: who may go it, and the guards (codes of move_guards.py) that must hold. `start` None: a new case."""

    start: CaseState | None
    end: CaseState
    roles: frozenset[str]
    guards: tuple[str, ...] = ()


@dataclass(frozen=True)
class Refusal:
    """Why a move is not made, and what to do instead; stable code for the page."""

    code: str
    why: Said
    do: Said


def _moves() -> Iterator[Move]:
    yield Move(None, S.LEAD, ANYBODY, ("channel_known", "danger_asked"))
    yield Move(None, S.DECIDED, _PROCURATORATE, ("decision_recorded",))
    yield Move(S.LEAD, S.TRIAGED, _SUPERVISOR, ("reason_given",))
    for end in (S.REFERRED, S.ANSWERED, S.INVALID):
        yield Move(S.LEAD, end, _SUPERVISOR, ("reason_given",))
    yield Move(S.LEAD, S.DUPLICATE, _SUPERVISOR, ("reason_given", "other_file_named"))
    yield Move(S.TRIAGED, S.ASSIGNED, _SUPERVISOR, ("two_visitors", "no_conflict", "visitor_sex"))
    yield Move(S.ASSIGNED, S.VISITED, VISITORS, ("report_begun", "consent_or_basis", "two_signatures"))
    yield Move(S.VISITED, S.SUBMITTED, VISITORS, ("required_answered",))
    yield Move(S.SUBMITTED, S.RETURNED, _SUPERVISOR, ("remark_or_reason",))
    yield Move(S.RETURNED, S.SUBMITTED, VISITORS, ("required_answered", "must_fix_answered"))
    yield Move(S.SUBMITTED, S.ASSIGNED, _SUPERVISOR, ("reason_given",))  # the visit could not be made: once more
    yield Move(S.SUBMITTED, S.VERIFIED, _SUPERVISOR, ("must_fix_answered",))
    yield Move(S.VERIFIED, S.APPROVED, _SUPERVISOR, ("not_own_visit", "screening_stored", "decided_by_person"))
    yield Move(S.APPROVED, S.TRANSFER, _SUPERVISOR, ("letter_sent",))
    yield Move(S.APPROVED, S.SOCIAL_ONLY, _SUPERVISOR, ("reason_given",))
    yield Move(S.APPROVED, S.NO_ACTION, _SUPERVISOR, ("reason_given",))
    yield Move(S.APPROVED, S.DECIDED, _PROCURATORATE, ("decision_recorded",))  # its own case: no letter to itself
    for start in (S.TRANSFER, S.SUPPLEMENT):
        yield Move(start, S.ACKED, _PROCURATORATE, ("receipt_number",))
    for start in (S.TRANSFER, S.ACKED):
        yield Move(start, S.SUPPLEMENT, _PROCURATORATE, ("missing_named",))
    yield Move(S.ACKED, S.DECIDED, _PROCURATORATE, ("decision_recorded",))
    yield Move(S.DECIDED, S.FEEDBACK, _PROCURATORATE, ("feedback_given",))
    after_approval = (S.APPROVED, S.TRANSFER, S.SOCIAL_ONLY, S.NO_ACTION, S.ACKED, S.SUPPLEMENT, S.DECIDED, S.FEEDBACK)
    for start in after_approval:
        yield Move(start, S.PLAN, _SUPERVISOR, ("meeting_decided",))
    yield Move(S.PLAN, S.IN_HELP, _HELPERS, ("measure_exists",))
    yield Move(S.IN_HELP, S.FOLLOW_UP, VISITORS, ("followed_up",))
    yield Move(S.FOLLOW_UP, S.IN_HELP, VISITORS)
    for start in (S.IN_HELP, S.FOLLOW_UP):
        yield Move(start, S.PLAN, _SUPERVISOR | VISITORS, ("new_need",))
    yield Move(
        S.FOLLOW_UP,
        S.CLOSED,
        _SUPERVISOR,
        (
            "reason_given",
            "feedback_given",
            "band_settled",
            "report_closed",
            "protection_over",
            "needs_answered",
            "tasks_settled",
            "orders_settled",
        ),
    )
    for start in frozenset(CaseState) - {S.REOPENED}:
        yield Move(start, S.REOPENED, _SUPERVISOR, ("reason_given",))
    # A reopened file goes on where its work is: to be looked at anew, to be visited, or straight to help.
    yield Move(S.REOPENED, S.TRIAGED, _SUPERVISOR, ("reason_given",))
    yield Move(S.REOPENED, S.ASSIGNED, _SUPERVISOR, ("two_visitors", "no_conflict", "visitor_sex"))
    yield Move(S.REOPENED, S.PLAN, _SUPERVISOR, ("meeting_decided",))


MOVES: dict[tuple[CaseState | None, CaseState], Move] = {(move.start, move.end): move for move in _moves()}


def ways_from(start: CaseState | None) -> tuple[CaseState, ...]:
    """Where a case in this state can go at all, in the order of the states."""
    return tuple(end for end in CaseState if (start, end) in MOVES)


def refusals(
    start: CaseState | None, end: CaseState, roles: Collection[str], standing: Standing
) -> tuple[Refusal, ...]:
    """Everything that stands against a move, so that nobody mends one thing to meet the next; empty: it may be made."""
    move = MOVES.get((start, end))
    if move is None:
        return (_no_such_way(start, end),)
    if not move.roles.intersection(roles):
        return (_not_for_you(move),)
    return tuple(_refusal(GUARDS[code]) for code in move.guards if not GUARDS[code].holds(standing))


def _refusal(guard: Guard) -> Refusal:
    return Refusal(guard.code, guard.why, guard.do)


def _no_such_way(start: CaseState | None, end: CaseState) -> Refusal:
    ways = ways_from(start)
    beginning = STATE_WORDS[start] if start else Said("新案卷", "a new file")
    return Refusal(
        "no_such_move",
        Said(
            f"不能从“{beginning.zh}”直接到“{STATE_WORDS[end].zh}”。",
            f"A case does not go from “{beginning.en}” to “{STATE_WORDS[end].en}”.",
        ),
        Said(
            "现在可以到：" + "、".join(STATE_WORDS[way].zh for way in ways) + "。",
            "From here it can go to: " + ", ".join(STATE_WORDS[way].en for way in ways) + ".",
        ),
    )


def _not_for_you(move: Move) -> Refusal:
    allowed = [role for role in ROLE_WORDS if role in move.roles]
    return Refusal(
        "not_this_role",
        Said(
            "这一步要由" + "或".join(ROLE_WORDS[role].zh for role in allowed) + "来做。",
            "This step is taken by " + " or ".join(ROLE_WORDS[role].en for role in allowed) + ".",
        ),
        Said("请告诉他们，案卷在等这一步。", "Tell them that the file waits for it."),
    )


ROLE_WORDS: dict[str, Said] = {
    VILLAGE: Said("村居干部", "a village cadre"),
    CASEWORKER: Said("走访人员", "a caseworker"),
    SUPERVISOR: Said("主管", "a supervisor"),
    PROCURATORATE: Said("检察院", "the procuratorate"),
    LIAISON: Said("部门联络员", "a department liaison"),
}
STATE_WORDS: dict[CaseState, Said] = {
    S.LEAD: Said("新线索", "new lead"),
    S.TRIAGED: Said("已分流", "triaged"),
    S.REFERRED: Said("已转出", "referred"),
    S.ANSWERED: Said("已答复", "answered"),
    S.DUPLICATE: Said("重复", "duplicate"),
    S.INVALID: Said("不成立", "not valid"),
    S.ASSIGNED: Said("已指派", "assigned"),
    S.VISITED: Said("已走访", "visited"),
    S.SUBMITTED: Said("待审核", "handed in"),
    S.RETURNED: Said("退回补正", "returned"),
    S.VERIFIED: Said("已核实", "verified"),
    S.APPROVED: Said("已批准", "approved"),
    S.TRANSFER: Said("已移送", "letter sent"),
    S.SOCIAL_ONLY: Said("只做社会救助", "social help only"),
    S.NO_ACTION: Said("不采取行动", "no action"),
    S.ACKED: Said("已签收", "acknowledged"),
    S.SUPPLEMENT: Said("待补材料", "papers missing"),
    S.DECIDED: Said("已作决定", "decided"),
    S.FEEDBACK: Said("已反馈", "result told back"),
    S.PLAN: Said("制定帮扶", "plan"),
    S.IN_HELP: Said("帮扶中", "being helped"),
    S.FOLLOW_UP: Said("回访中", "followed up"),
    S.CLOSED: Said("已结案", "closed"),
    S.REOPENED: Said("重新打开", "reopened"),
}
