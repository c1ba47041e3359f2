"""The one-screen brief a reviewer reads before the report: who, what happened, safety, unknowns, papers, the opinion.

Each line of the brief is a list of answers by path; what a form does not ask stays away. A repeat's path stands without
row ids and means every row.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from fieldapp.casework.report import Answer, Section

LINES: dict[str, dict[str, tuple[str, ...]]] = {
    "F2": {
        "who": ("members.name", "members.relation", "members.birth_ym", "members.alive", "members.health"),
        "happened": ("case.type", "case.occurred_on", "case.offender_relation", "case.stage", "concl.facts"),
        "safety": ("visit.alone", "home.safe", "dv.screen", "risk.suicide", "loss.urgent_treatment"),
        "needs": ("needs.items.need", "needs.items.urgent", "needs.read_back"),
        "papers": ("concl.docs",),
        "opinion": ("concl.causal", "concl.hardship", "concl.opinion"),
    },
    "F3V": {
        "who": ("seen", "fu.seen", "fu.met"),
        "safety": ("worried", "fu.worried"),
        "needs": ("needs", "fu.needs", "fu.anything_needed"),
    },
    "F0": {"who": ("cs.by", "cs.capacity"), "opinion": ("cs.basis", "cs.how")},
}
ORDER = ("who", "happened", "safety", "needs", "unknowns", "papers", "opinion")
_ROW = re.compile(r"\[[^\]]*\]")


@dataclass(frozen=True)
class BriefLine:
    """One line: its code (`who`, `safety`, …) and the answers it shows, in form order."""

    code: str
    answers: list[Answer]


def brief_of(form: str, sections: Iterable[Section]) -> list[BriefLine]:
    """The brief of a report; a line without an answer is left out, `unknowns` lists every answer that is an unknown."""
    answers = [answer for section in sections for answer in section.all_answers()]
    wanted = LINES.get(form, {})
    lines = []
    for code in ORDER:
        if code == "unknowns":
            found = [answer for answer in answers if answer.unknown]
        else:
            paths = wanted.get(code, ())
            found = [answer for answer in answers if answer.text and _ROW.sub("", answer.path) in paths]
        if found:
            lines.append(BriefLine(code, found))
    return lines
