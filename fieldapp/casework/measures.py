"""What becomes of a measure: its own status (form F7), its way to a department and back, and when it must not begin.

A department says whether it takes a task on, then what came of it; a refusal carries its reason, so that nothing ends
silently (a lead is done only when every task is done or refused with a reason).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from fieldapp.casework.clocks import Event
from fieldapp.casework.sentences import Said
from fieldapp.casework.states import Refusal

# From where to where the status of F7 may go. `ended` is the end: help that begins again is a new measure.
STATUS_MOVES: dict[str, frozenset[str]] = {
    "planned": frozenset({"applied", "approved", "in_progress", "refused", "declined"}),
    "applied": frozenset({"approved", "refused", "declined"}),
    "approved": frozenset({"in_progress", "done", "ended", "declined"}),
    "in_progress": frozenset({"done", "ended", "declined"}),
    "done": frozenset({"ended"}),
    "refused": frozenset({"planned", "applied"}),
    "declined": frozenset({"planned"}),
    "ended": frozenset(),
}
MEDIATION = frozenset({"mediation", "circuit_mediation"})


class Answer(StrEnum):
    """Where a task stands that was sent to a department."""

    SENT = "sent"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    DONE = "done"
    WITHDRAWN = "withdrawn"  # by us, with a reason


ANSWERS: dict[Answer, frozenset[Answer]] = {
    Answer.SENT: frozenset({Answer.ACCEPTED, Answer.REFUSED, Answer.WITHDRAWN}),
    Answer.ACCEPTED: frozenset({Answer.DONE, Answer.REFUSED, Answer.WITHDRAWN}),
    Answer.REFUSED: frozenset(),  # sent to somebody else it is another task
    Answer.DONE: frozenset(),
    Answer.WITHDRAWN: frozenset(),
}
SETTLED = frozenset(answer for answer, onward in ANSWERS.items() if not onward)
_EVENTS = {
    Answer.SENT: "dispatched",
    Answer.ACCEPTED: "dispatch_accepted",
    Answer.REFUSED: "dispatch_refused",
    Answer.DONE: "dispatch_done",
    Answer.WITHDRAWN: "dispatch_withdrawn",
}
_NEEDS_TEXT = {
    Answer.REFUSED: Said("没有写为什么不承办。", "Why it is not taken on is not said."),
    Answer.DONE: Said("没有写办理结果。", "What came of it is not said."),
    Answer.WITHDRAWN: Said("没有写为什么撤回。", "Why it is withdrawn is not said."),
}
ANSWER_WORDS = {
    Answer.SENT: Said("已派出", "sent"),
    Answer.ACCEPTED: Said("已接收", "accepted"),
    Answer.REFUSED: Said("不承办", "refused"),
    Answer.DONE: Said("已办结", "done"),
    Answer.WITHDRAWN: Said("已撤回", "withdrawn"),
}


@dataclass(frozen=True)
class Task:
    """A measure on its way to one department, which names one liaison. `events` are what the clocks run on."""

    task_id: str
    department: str
    liaison: str
    answer: Answer
    text: str = ""
    events: tuple[Event, ...] = ()


def send(task_id: str, department: str, liaison: str, at: datetime) -> Task | Refusal:
    """Send a task to a department; refused without a liaison, since nobody would see it."""
    if not liaison:
        return Refusal(
            "liaison_needed",
            Said("没有写部门联络员。", "No liaison of the department is named."),
            Said("请从联络员名单里选一位。", "Choose one from the list of liaisons."),
        )
    return Task(task_id, department, liaison, Answer.SENT, "", (_event(Answer.SENT, at, task_id),))


def answer(task: Task, given: Answer, text: str, at: datetime) -> Task | Refusal:
    """The department's answer, or our withdrawal. Given again in the same words, it changes nothing."""
    if given is task.answer and text == task.text:
        return task
    if given not in ANSWERS[task.answer]:
        return Refusal(
            "no_such_answer",
            Said(
                f"这项任务{ANSWER_WORDS[task.answer].zh}，不能再改成{ANSWER_WORDS[given].zh}。",
                f"This task is {ANSWER_WORDS[task.answer].en}; it cannot become {ANSWER_WORDS[given].en}.",
            ),
            Said("要再办，请另派一项任务。", "If it is to be done again, send another task."),
        )
    if given in _NEEDS_TEXT and not text.strip():
        return Refusal("text_needed", _NEEDS_TEXT[given], Said("请写一句，能看懂就行。", "Write one plain sentence."))
    return replace(task, answer=given, text=text, events=(*task.events, _event(given, at, task.task_id)))


def all_settled(tasks: Iterable[Task]) -> bool:
    """Whether every task is done, refused with a reason or withdrawn; also where there is none."""
    return all(task.answer in SETTLED for task in tasks)


def may_become(status: str, wanted: str) -> bool:
    """Whether a measure may go from one status to the other, or stay. Raises KeyError for what is no status."""
    return wanted == status or wanted in STATUS_MOVES[status]


def came_of_needs(rows: Iterable[Mapping[str, object]]) -> dict[str, str]:
    """What came of each need by its id (list `need_result` of F9), as closures answer it row by row, the oldest closure
    first: of a file that was opened and closed again the newest answer counts.
    """
    return {str(row["need_id"]): str(row["result"]) for row in rows if row.get("need_id") and row.get("result")}


def mediation_refusal(measure_type: str, dv_screen: str, last_band: str) -> Refusal | None:
    """Why no mediation now: the violence screen is empty, unknown counts as empty, or the band is red or orange."""
    if measure_type not in MEDIATION:
        return None
    if dv_screen in ("yes", "no") and last_band not in ("red", "orange"):
        return None
    return Refusal(
        "no_mediation_now",
        Said(
            "没有做家暴筛查，或风险是红、橙的，不能调解。",
            "No mediation before the violence screen is done, or while the risk is red or orange.",
        ),
        Said("请先筛查、先保护。", "Screen and protect first."),
    )


def _event(given: Answer, at: datetime, task_id: str) -> Event:
    return Event(_EVENTS[given], at, task_id)
