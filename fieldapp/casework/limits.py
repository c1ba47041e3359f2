"""Every time limit of a case, as data: from what to what, how long, on what ground, who is reminded, who is told next.

What the law or a rule sets (LAW, RULE) nobody shortens or lengthens here. Our own values (DEFAULT) are
settings: hand clocks.py other lengths by code. Not here, because the texts were not read in full: how soon a claim for
the living allowance must be begun.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from fieldapp.casework.calendar import Length, Unit
from fieldapp.casework.sentences import Said


class Basis(StrEnum):
    LAW = "law"
    RULE = "rule"
    DEFAULT = "default"


class Told(StrEnum):
    """Who hears of a clock. Who that is, the page finds: the rule knows no names."""

    HOLDER = "holder"  # whoever has it to do
    SUPERVISOR = "supervisor"
    DUTY = "duty"  # the supervisor on duty, at any hour
    ABOVE = "above"  # the supervisor of the office above


@dataclass(frozen=True)
class Step:
    """An escalation: this long after the limit ran out, these are told. 0 hours: as it runs out."""

    after: Length
    told: Told


def hours(amount: int) -> Length:
    return Length(amount, Unit.HOUR)


def working_days(amount: int) -> Length:
    return Length(amount, Unit.WORKING_DAY)


def days(amount: int) -> Length:
    return Length(amount, Unit.CALENDAR_DAY)


_USUAL = (Step(hours(0), Told.SUPERVISOR), Step(working_days(3), Told.ABOVE))
_URGENT = (Step(hours(0), Told.DUTY), Step(hours(2), Told.ABOVE))


@dataclass(frozen=True)
class Limit:
    """`begins` and `ends` are kinds of events; the first of `ends` after the beginning stops the clock.

    `red` is the length while the case is red, `green` under the green channel (only where a limit is our own).
    `waits` and `goes_on` are the events between which the clock stands still. What is of `already` and happened before
    the beginning leaves nothing to wait for, unless the file was opened again in between.
    """

    code: str
    name: Said
    source: str
    basis: Basis
    begins: frozenset[str]
    ends: frozenset[str]
    length: Length
    red: Length | None = None
    green: Length | None = None
    warn_days_before: int = 1
    steps: tuple[Step, ...] = _USUAL
    waits: frozenset[str] = field(default_factory=frozenset)
    goes_on: frozenset[str] = field(default_factory=frozenset)
    already: frozenset[str] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        if self.green and self.basis is not Basis.DEFAULT:
            raise ValueError(f"{self.code}: what the law sets is not ours to shorten")


def _on(*kinds: str) -> frozenset[str]:
    return frozenset(kinds)


_NOT_WRITTEN_DOWN = "own value, a setting"
_OPINION_2014 = "国家司法救助意见（2014）"
_POVERTY_2019 = "2019 年最高检与扶贫部门意见，类推"
_DEFACTO_2019 = "民发〔2019〕62号"
_TRIAL_2016 = "人民检察院国家司法救助工作细则（试行，2016）"

_ALL = (
    Limit(
        "petition_reply",
        Said("信访书面告知", "Written answer to a petition"),
        "信访工作条例第二十三条",
        Basis.LAW,
        _on("petition_received"),
        _on("petition_answered"),
        days(15),
        warn_days_before=3,
    ),
    Limit(
        "protect",
        Said("先保护", "Protection first"),
        "未成年人保护法第十一条、反家庭暴力法第十四条",
        Basis.LAW,
        _on("danger_told"),
        _on("protect_begun"),
        hours(0),
        steps=_URGENT,
    ),
    Limit(
        "mandatory_report",
        Said("强制报告", "Mandatory report"),
        "未成年人保护法第十一条、反家庭暴力法第十四条",
        Basis.LAW,
        _on("report_due"),
        _on("reported", "report_not_needed"),
        hours(0),
        steps=_URGENT,
    ),
    Limit(
        "triage",
        Said("线索分流", "Triage of a lead"),
        _NOT_WRITTEN_DOWN,
        Basis.DEFAULT,
        _on("lead_received"),
        _on("triaged", "referred", "answered", "duplicate", "invalid"),
        working_days(1),
        red=hours(1),
    ),
    Limit(
        "assign",
        Said("指派走访人", "Visitors assigned"),
        _NOT_WRITTEN_DOWN,
        Basis.DEFAULT,
        _on("triaged"),
        _on("assigned"),
        working_days(1),
    ),
    Limit(
        "visit",
        Said("入户走访", "Visit to the home"),
        _NOT_WRITTEN_DOWN,
        Basis.DEFAULT,
        _on("assigned", "visit_again"),
        _on("visited", "could_not_visit"),
        working_days(5),
        red=hours(24),
        green=working_days(2),
    ),
    Limit(
        "hand_in",
        Said("交走访报告", "Report of the visit handed in"),
        _NOT_WRITTEN_DOWN,
        Basis.DEFAULT,
        _on("visited"),
        _on("submitted"),
        days(2),
        green=days(1),
    ),
    Limit(
        "check",
        Said("审核报告", "Check of the report"),
        _NOT_WRITTEN_DOWN,
        Basis.DEFAULT,
        _on("submitted"),
        _on("returned", "verified", "visit_again"),
        working_days(3),
        green=working_days(1),
    ),
    Limit(
        "letter",
        Said("移送或作出决定", "Letter sent, or another decision"),
        _POVERTY_2019,
        Basis.DEFAULT,
        _on("approved"),
        _on("letter_sent", "social_only", "no_action"),
        working_days(5),
        green=working_days(2),
        already=_on("letter_sent"),
    ),
    Limit(
        "receipt",
        Said("签收移送函、一次告知补正", "Letter acknowledged, or what is missing named"),
        _TRIAL_2016,
        Basis.RULE,
        _on("letter_sent"),
        _on("acked", "supplement_asked", "letter_received"),
        working_days(5),
    ),
    Limit(
        "supplement",
        Said("补齐材料", "Missing papers supplied"),
        _TRIAL_2016,
        Basis.RULE,
        _on("supplement_asked"),
        _on("supplied", "acked"),
        days(30),
        warn_days_before=7,
    ),
    Limit(
        "relief_opinion",
        Said("司法救助审查意见", "Opinion on judicial relief"),
        _OPINION_2014,
        Basis.RULE,
        _on("acked"),
        _on("decided"),
        working_days(10),
        warn_days_before=3,
        waits=_on("supplement_asked"),
        goes_on=_on("supplied"),
    ),
    Limit(
        "relief_notice",
        Said("到账后通知领取", "Told that the relief can be drawn"),
        _OPINION_2014,
        Basis.RULE,
        _on("funds_arrived"),
        _on("relief_told", "relief_paid"),
        working_days(2),
    ),
    Limit(
        "feedback",
        Said("结果反馈妇联", "Result told to the federation"),
        _POVERTY_2019,
        Basis.DEFAULT,
        _on("decided"),
        _on("feedback_given"),
        working_days(5),
        green=working_days(2),
    ),
    Limit(
        "joint_consultation",
        Said("每月会商", "Monthly joint consultation"),
        "2022 年最高检、全国妇联通知",
        Basis.RULE,
        _on("plan_begun", "consultation_held"),
        _on("consultation_held", "closed"),
        Length(1, Unit.MONTH),
        warn_days_before=7,
    ),
    Limit(
        "legal_aid_decision",
        Said("法律援助：决定", "Legal aid: decision"),
        "法律援助法第四十三条",
        Basis.LAW,
        _on("legal_aid_applied"),
        _on("legal_aid_granted", "legal_aid_refused", "legal_aid_assigned"),
        days(7),
    ),
    Limit(
        "legal_aid_lawyer",
        Said("法律援助：指派律师", "Legal aid: lawyer assigned"),
        "法律援助法第四十三条",
        Basis.LAW,
        _on("legal_aid_granted"),
        _on("legal_aid_assigned", "legal_aid_refused"),
        days(3),
    ),
    Limit(
        "defacto_first",
        Said("事实无人抚养：第一步", "De-facto unsupported child: first step"),
        _DEFACTO_2019,
        Basis.RULE,
        _on("defacto_applied"),
        _on("defacto_first_done", "defacto_granted", "defacto_refused"),
        working_days(5),
    ),
    Limit(
        "defacto_second",
        Said("事实无人抚养：第二步", "De-facto unsupported child: second step"),
        _DEFACTO_2019,
        Basis.RULE,
        _on("defacto_first_done"),
        _on("defacto_second_done", "defacto_granted", "defacto_refused"),
        working_days(15),
        warn_days_before=3,
    ),
    Limit(
        "defacto_third",
        Said("事实无人抚养：第三步", "De-facto unsupported child: third step"),
        _DEFACTO_2019,
        Basis.RULE,
        _on("defacto_second_done"),
        _on("defacto_granted", "defacto_refused"),
        working_days(15),
        warn_days_before=3,
    ),
    Limit(
        "protection_order",
        Said("人身安全保护令", "Personal protection order"),
        "反家庭暴力法第二十八条",
        Basis.LAW,
        _on("order_applied"),
        _on("order_made", "order_refused"),
        hours(72),
        steps=_URGENT,
    ),
    Limit(
        "protection_order_urgent",
        Said("人身安全保护令（紧急）", "Personal protection order, urgent"),
        "反家庭暴力法第二十八条",
        Basis.LAW,
        _on("urgent_order_applied"),
        _on("order_made", "order_refused"),
        hours(24),
        steps=_URGENT,
    ),
    Limit(
        "dispatch_answer",
        Said("部门答复是否承办", "Department says whether it takes it on"),
        _NOT_WRITTEN_DOWN,
        Basis.DEFAULT,
        _on("dispatched"),
        _on("dispatch_accepted", "dispatch_refused", "dispatch_withdrawn"),
        working_days(3),
        red=hours(24),
        green=working_days(1),
    ),
    Limit(
        "dispatch_result",
        Said("部门反馈办理结果", "Department tells the result"),
        _NOT_WRITTEN_DOWN,
        Basis.DEFAULT,
        _on("dispatch_accepted"),
        _on("dispatch_done", "dispatch_refused", "dispatch_withdrawn"),
        days(30),
        green=days(15),
        warn_days_before=7,
    ),
)
LIMITS: dict[str, Limit] = {limit.code: limit for limit in _ALL}
