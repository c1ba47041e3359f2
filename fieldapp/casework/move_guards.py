"""What must hold before a case moves: each guard with the sentence why it stands in the way, and what to do.

What nobody has said (None) never counts as said: a guard holds on a known fact only.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from fieldapp.casework.sentences import Said

VISITORS_MIN = 2
BAND_QUIET_DAYS = 90  # F9: neither red nor orange within these days


@dataclass(frozen=True)
class Standing:
    """What is known of a case when somebody wants to move it. None: nobody has said."""

    reason: str = ""
    channel: str = ""  # a code; "unknown" is one
    danger_asked: bool | None = None
    other_file: str = ""
    visitors: int = 0
    conflict: bool | None = None
    visitor_sex_fits: bool | None = None
    sex_reason: str = ""  # a supervisor's, where no visitor of the wished sex can be found
    report_begun: bool = False
    consent_or_basis: bool = False
    signatures: int = 0
    required_answered: bool = False
    must_fix_open: bool = False
    remark: bool = False
    own_visit: bool | None = None  # whether who acts was one of the visitors
    screening_version: str = ""
    decided_by_person: bool = False
    letter: bool = False  # one was sent since the file was opened last
    receipt_number: str = ""
    missing: tuple[str, ...] = ()
    decision: str = ""
    had_letter: bool = True
    feedback_given: bool = False
    meeting_decided: bool = False
    measures: int = 0
    followed_up: bool = False  # she was seen since the file was opened last, or a closure says why she cannot be
    new_needs: int = 0
    last_band: str = ""
    days_since_band: int | None = None
    band_reason: str = ""
    merged: bool = False
    report_open: bool | None = None
    protection_open: bool | None = None
    needs_open: int | None = None
    tasks_open: int | None = None  # sent to departments, neither done nor refused nor taken back
    orders_active: int | None = None
    orders_reason: str = ""


class Guard(NamedTuple):
    code: str
    holds: Callable[[Standing], bool]
    why: Said
    do: Said


def _band_settled(case: Standing) -> bool:
    """F9: red or orange within 90 days keeps a case open; after that a supervisor's reason is needed."""
    if case.merged or case.last_band not in ("red", "orange"):
        return True
    return case.days_since_band is not None and case.days_since_band >= BAND_QUIET_DAYS and bool(case.band_reason)


_ALL = (
    Guard(
        "reason_given",
        lambda case: bool(case.reason.strip()),
        Said("还没有写理由。", "No reason is given."),
        Said("请写明理由，以后的人看得懂。", "Write the reason, so that who comes later understands."),
    ),
    Guard(
        "channel_known",
        lambda case: bool(case.channel),
        Said("还没有选线索来源。", "Where the lead came from is not chosen."),
        Said("请选来源；不清楚就选“不知道”。", "Choose the source; if it is not clear, choose “not known”."),
    ),
    Guard(
        "danger_asked",
        lambda case: case.danger_asked is True,
        Said("还没有问现在有没有危险。", "Nobody has asked whether there is danger now."),
        Said("请先问这一句；有危险先打 110。", "Ask this first; if there is danger, call 110."),
    ),
    Guard(
        "other_file_named",
        lambda case: bool(case.other_file),
        Said("没有写和哪份案卷重复。", "The file it repeats is not named."),
        Said("请选另一份案卷，两份会连在一起。", "Choose the other file; the two stay linked."),
    ),
    Guard(
        "two_visitors",
        lambda case: case.visitors >= VISITORS_MIN,
        Said("走访人不到两位。", "Fewer than two visitors are named."),
        Said("请再指派一位，可以是别的单位的人。", "Name another; she may be of another organisation."),
    ),
    Guard(
        "no_conflict",
        lambda case: case.conflict is False,
        Said(
            "走访人和这家人或加害人有关系，或还没有问过。",
            "A visitor is related to the family or who did the harm, or was not asked.",
        ),
        Said("请先问清楚；有关系就换人。", "Ask first; if she is related, name somebody else."),
    ),
    Guard(
        "visitor_sex",
        lambda case: case.visitor_sex_fits is True or bool(case.sex_reason.strip()),
        Said(
            "这家人由女同志办理，走访人里有男同志或没登记性别的人。",
            "Women work with this family; a visitor is a man, or nobody has said.",
        ),
        Said(
            "请换一位女同志；实在没有，由主管写明原因。",
            "Name a woman; if there is none, the supervisor gives the reason.",
        ),
    ),
    Guard(
        "report_begun",
        lambda case: case.report_begun,
        Said("还没有走访记录。", "There is no report of the visit."),
        Said(
            "请先填入户调查表；没走成的，填“没能走访”。",
            "Fill in the investigation; if it failed, say “could not visit”.",
        ),
    ),
    Guard(
        "consent_or_basis",
        lambda case: case.consent_or_basis,
        Said("没有同意记录，也没有写别的依据。", "There is neither consent nor another ground."),
        Said("请补同意；不能取得的，写明法定职责或紧急情况。", "Record consent, or the legal duty or emergency."),
    ),
    Guard(
        "two_signatures",
        lambda case: case.signatures >= VISITORS_MIN,
        Said("走访人签名不到两个。", "Fewer than two visitors have signed."),
        Said("请另一位走访人也签名。", "Let the other visitor sign as well."),
    ),
    Guard(
        "required_answered",
        lambda case: case.required_answered,
        Said("还有必填的没有填。", "Something that is needed has not been answered."),
        Said("请补填；不知道的，选“不知道”和原因。", "Answer it; where it is not known, say so and why."),
    ),
    Guard(
        "must_fix_answered",
        lambda case: not case.must_fix_open,
        Said("有必须改的意见还没有处理。", "A must-fix remark is still open."),
        Said("请逐条修改或说明。", "Change or explain each one."),
    ),
    Guard(
        "remark_or_reason",
        lambda case: case.remark or bool(case.reason.strip()),
        Said("退回要说明哪里要补。", "A return says what is to be put right."),
        Said("请选退回原因，或对一个答案写意见。", "Choose a reason, or put a remark on an answer."),
    ),
    Guard(
        "not_own_visit",
        lambda case: case.own_visit is False,
        Said("自己走访的不能自己批准。", "Nobody approves her own visit."),
        Said("请让另一位主管批准。", "Let another supervisor approve."),
    ),
    Guard(
        "screening_stored",
        lambda case: bool(case.screening_version),
        Said("这一版报告还没有筛查结果。", "This version of the report has no screening yet."),
        Said("请打开审核，筛查会当场算出来。", "Open the review; the screening is computed at once."),
    ),
    Guard(
        "decided_by_person",
        lambda case: case.decided_by_person,
        Said("筛查只是建议，还没有人作决定。", "Screening only suggests; nobody has decided."),
        Said("请看过理由，再由您决定。", "Read the reasons, then decide yourself."),
    ),
    Guard(
        "letter_sent",
        lambda case: case.letter,
        Said("还没有记下移送函已发出。", "Nobody has noted that the transfer letter was sent."),
        Said(
            "请在“函件”页制作、签名，发出后记一笔；材料不全的，注明“材料后补”。",
            "On the page of the letters make and sign it, and note when it was sent; mark it “materials follow” if some"
            " are missing.",
        ),
    ),
    Guard(
        "receipt_number",
        lambda case: bool(case.receipt_number.strip()),
        Said("没有回执编号。", "There is no receipt number."),
        Said("请填回执编号。", "Enter the receipt number."),
    ),
    Guard(
        "missing_named",
        lambda case: bool(case.missing),
        Said("没有写缺哪些材料。", "What is missing is not named."),
        Said("请一次写全要补的材料。", "Name everything that is missing, at once."),
    ),
    Guard(
        "decision_recorded",
        lambda case: bool(case.decision),
        Said("还没有记救助决定。", "The decision on relief is not recorded."),
        Said(
            "请记下结果、机关和日期；还没定的，记“审查中”。", "Record result, organs and date; “pending” if it is open."
        ),
    ),
    Guard(
        "feedback_given",
        lambda case: case.feedback_given or not case.had_letter,
        Said("结果还没有反馈给移送单位。", "The result was not told to who sent the lead."),
        Said("请先反馈，并记下日期。", "Tell them first, and record the day."),
    ),
    Guard(
        "meeting_decided",
        lambda case: case.meeting_decided,
        Said("还没有会商记录。", "No meeting is recorded."),
        Said("请记会商，写明谁牵头、什么时候办好。", "Record the meeting: who is in charge, by when."),
    ),
    Guard(
        "measure_exists",
        lambda case: case.measures > 0,
        Said("还没有一项帮扶措施。", "There is no measure yet."),
        Said("请从会商决定里建一项措施。", "Make a measure of a decision of the meeting."),
    ),
    Guard(
        "followed_up",
        lambda case: case.followed_up,
        Said("还没有见到本人的回访记录。", "There is no follow-up at which she was seen."),
        Said(
            "请填回访表交上来，案卷会自己转过去；人去世、搬走、找不到的，先填结案报告写明原因。",
            "Hand in the follow-up; the case then moves by itself. Where she died, moved or cannot be found, hand in"
            " the closure that says so first.",
        ),
    ),
    Guard(
        "new_need",
        lambda case: case.new_needs > 0,
        Said("没有新的需求。", "There is no new need."),
        Said("请先记下新需求，再调整计划。", "Record the new need, then change the plan."),
    ),
    Guard(
        "band_settled",
        _band_settled,
        Said("最近评过红色或橙色，还不能结案。", "The last band was red or orange; it cannot be closed yet."),
        Said(
            "请回访、重新评估；满 90 天仍要结的，由主管写明理由。",
            "Follow up and assess again; after 90 days the supervisor may give a reason.",
        ),
    ),
    Guard(
        "report_closed",
        lambda case: case.report_open is False,
        Said("强制报告还没有办完，或还没有核对。", "A mandatory report is open, or was not checked."),
        Said("请先报告并记下回执。", "Report first, and record the receipt."),
    ),
    Guard(
        "protection_over",
        lambda case: case.protection_open is False,
        Said("先保护还没有结束，或还没有核对。", "Protection is not over, or was not checked."),
        Said("请确认安全，由主管写明后结束保护。", "Make sure it is safe; the supervisor ends it with a reason."),
    ),
    Guard(
        "needs_answered",
        lambda case: case.needs_open == 0,
        Said("还有需求没有结果。", "A need has no answer yet."),
        Said("请对每项需求写明结果或原因。", "Write the result or the reason for each need."),
    ),
    Guard(
        "tasks_settled",
        lambda case: case.tasks_open == 0,
        Said("还有部门没有办完或答复。", "A department has neither done its task nor refused it."),
        Said("请等部门答复；不用办了的，写明原因收回。", "Wait for its answer, or take the task back with a reason."),
    ),
    Guard(
        "orders_settled",
        lambda case: case.orders_active == 0 or (case.orders_active is not None and bool(case.orders_reason.strip())),
        Said("告诫书或保护令还有效。", "A warning letter or protection order is in force."),
        Said("请等到期再结，或由主管写明理由。", "Wait until it ends, or let the supervisor give the reason."),
    ),
)
GUARDS: dict[str, Guard] = {guard.code: guard for guard in _ALL}
