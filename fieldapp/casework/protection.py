"""Protection and the mandatory report, beside the state of a case and never held up by it.

There is deliberately nothing to check before protection begins: no state, no role, no required field, no consent, no
second visitor, no link (Law on the Protection of Minors, article 11; Law against Domestic Violence, article 14).
That is why `protect` takes no standing and has no refusal to give.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from fieldapp.casework.sentences import Said
from fieldapp.casework.states import SUPERVISOR, Refusal


class Report(StrEnum):
    """Where a mandatory report stands (MR_STATUS of the forms). NOT_NEEDED is what a supervisor says, with a reason."""

    NOT_NEEDED = "not_needed"
    DUE = "due"
    DONE_BY_US = "done_by_us"
    DONE_BY_OTHER = "done_by_other"


DONE = frozenset({Report.DONE_BY_US, Report.DONE_BY_OTHER})


@dataclass(frozen=True)
class Beside:
    """What runs beside a case. `report` None: nothing has called for one. `reported_at`: when the file says last that
    one was made, also where another is due since.
    """

    protected_since: datetime | None = None
    report: Report | None = None
    reported_at: datetime | None = None

    @property
    def report_open(self) -> bool:
        return self.report is Report.DUE


def protect(beside: Beside, at: datetime) -> Beside:
    """Begin protection, or go on with it: asked again, the first moment stays. It is never refused."""
    return beside if beside.protected_since else replace(beside, protected_since=at)


def call_for_report(beside: Beside) -> Beside:
    """Harm is suspected: a report is due, also where one was waved away before, or made of another harm."""
    return replace(beside, report=Report.DUE)


def reported(beside: Beside, how: Report) -> Beside:
    """Somebody has reported. Anybody may say so at any time. Raises ValueError where `how` is no report made."""
    if how not in DONE:
        raise ValueError(f"{how} is no report made")
    return replace(beside, report=how)


def end_protection(beside: Beside, roles: Collection[str], reason: str) -> Beside | Refusal:
    """The danger is over: a supervisor says so, with a reason."""
    return _said_by_supervisor(roles, reason) or replace(beside, protected_since=None)


def report_not_needed(beside: Beside, roles: Collection[str], reason: str) -> Beside | Refusal:
    """A supervisor alone may say that a report is not needed, with a reason. One that was made stays made."""
    if beside.report in DONE:
        return beside
    return _said_by_supervisor(roles, reason) or replace(beside, report=Report.NOT_NEEDED)


def _said_by_supervisor(roles: Collection[str], reason: str) -> Refusal | None:
    if SUPERVISOR not in roles:
        return Refusal(
            "supervisor_says_so",
            Said("这件事只有主管能定。", "Only a supervisor may say this."),
            Said("请告诉值班主管；在那以前一直挂着。", "Tell the supervisor on duty; until then it stays open."),
        )
    if not reason.strip():
        return Refusal(
            "reason_given",
            Said("还没有写理由。", "No reason is given."),
            Said("请写明为什么可以这样。", "Write why this is so."),
        )
    return None
