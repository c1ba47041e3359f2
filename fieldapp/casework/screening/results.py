"""What screening gives back: for each rule a result with its facts, its sentence, and what is still missing."""

from dataclasses import dataclass
from enum import StrEnum

from fieldapp.casework.screening.facts import STEP, Fact, Source, Stood
from fieldapp.casework.screening.terms import Ask, Term, Words

RULES_VERSION = "2026-11-23-4"  # raised with every change of a rule; stored with each result


class Status(StrEnum):
    MET = "met"
    PROVISIONAL = "provisional"
    UNKNOWN = "unknown"
    NOT_MET = "not_met"
    NOT_APPLICABLE = "not_applicable"


STATUS_WORDS: dict[Status, Words] = {
    Status.MET: ("符合", "met"),
    Status.PROVISIONAL: ("初步符合，待核", "provisional"),
    Status.UNKNOWN: ("还不能判断", "unknown"),
    Status.NOT_MET: ("目前不符合", "not met"),
    Status.NOT_APPLICABLE: ("不适用", "does not apply"),
}
SOURCE_WORDS: dict[str, Words] = {
    "told": ("听说", "told"),
    "seen": ("看到", "seen"),
    "document": ("材料", "by paper"),
    "judged": ("走访人判断", "judged by the visitor"),
}
# Where a measure stands (list `ms_status` of F7).
STEP_WORDS: dict[str, Words] = {
    "planned": ("计划中", "Planned"),
    "applied": ("已申请", "Applied for"),
    "approved": ("已批准", "Approved"),
    "in_progress": ("正在办", "In progress"),
    "done": ("已落实", "Done"),
    "refused": ("没批准", "Refused"),
    "ended": ("已结束", "Ended"),
    "declined": ("本人不要", "Declined by her"),
}
# A question of S and X is answered by a person: the answers only point somewhere.
_POINTS: dict[Status, Words] = {
    Status.MET: ("所填情况指向“是”", "The answers point to yes"),
    Status.NOT_MET: ("所填情况指向“否”", "The answers point to no"),
    Status.UNKNOWN: ("从所填情况看不出", "The answers do not tell"),
}
_FLAG: Words = ("提示", "Flag")


@dataclass(frozen=True)
class Result:
    """One rule for one person (`about` None: for the whole case).

    `sensitivity` is the highest class of every question the rule may read, answered or not: who may not see that
    class must not see that there is a result. `missing` are the questions that would decide, or make sure, what is
    not settled. A person decides; nothing here refuses anybody.
    """

    code: str
    about: str | None
    status: Status
    facts: tuple[Fact, ...]
    says: tuple[Words, ...]
    missing: tuple[Ask, ...]
    sensitivity: str
    kind: str = "category"  # category, question, gate, flag or child
    title: Words | None = None  # of a question, gate, flag or child; a category is named by its code
    version: str = RULES_VERSION

    def sentence(self, language: str) -> str:
        """`A3 符合：丈夫 2021-12 因犯罪侵害去世；……。`; in English where the language is `en`."""
        at = 1 if language == "en" else 0
        colon, comma, stop = (": ", "; ", ".") if at else ("：", "；", "。")
        title = self.title[at] if self.title else ""
        if self.kind == "question":
            head = f"{self.code}{colon}{title}{' ' if at else ''}{_POINTS[self.status][at]}"
        elif self.kind == "flag":
            head = f"{_FLAG[at]}{colon}{title}"
        else:
            head = f"{title or self.code} {STATUS_WORDS[self.status][at]}"
        told = comma.join(words[at] for words in self.says)
        return f"{head}{colon}{told}{stop}" if told else f"{head}{stop}"


def source_words(source: Source, language: str) -> str:
    """Where a fact comes from: `材料，F2，2026-11-20`; of a step of a measure `办理进展“正在办”，F7，2026-11-22`."""
    if source.kind == STEP:
        status = _status_words(source.status)[language == "en"]
        words = f"step “{status}”" if language == "en" else f"办理进展“{status}”"
    else:
        words = SOURCE_WORDS[source.kind][language == "en"]
    return f"{words}, {source.form}, {source.on}" if language == "en" else f"{words}，{source.form}，{source.on}"


def stood_words(stood: Stood | None) -> Words:
    """The step behind half a sentence: `（2026-11-22“正在办”）`; empty where the report itself says it."""
    if stood is None:
        return "", ""
    zh, en = _status_words(stood.status)
    return f"（{stood.on}“{zh}”）", f" (“{en}” on {stood.on})"


def _status_words(status: str) -> Words:
    return STEP_WORDS.get(status, (status, status))


def yes_or_no(code: str, term: Term, sensitivity: str, kind: str, title: Words, about: str | None = None) -> Result:
    """A rule without evidence of its own: a question to the reviewer, a gate, a child."""
    status = {True: Status.MET, False: Status.NOT_MET, None: Status.UNKNOWN}[term.value]
    return Result(code, about, status, term.facts, term.says, term.asks, sensitivity, kind, title)
