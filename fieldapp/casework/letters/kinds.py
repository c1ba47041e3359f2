"""Which papers there are, from which form each is made, and who may not learn that it exists."""

from dataclasses import dataclass
from enum import StrEnum

from fieldapp.casework.sentences import Said


class Kind(StrEnum):
    TRANSFER = "transfer"
    RECEIPT = "receipt"
    VISIT = "visit"
    MINUTES = "minutes"
    CLOSURE = "closure"
    ENTRUSTED = "entrusted"


@dataclass(frozen=True)
class Paper:
    """One kind of paper. `forms`: the forms it is made from; empty: from what is typed for it. `sensitivity`: the class
    of the fact that there is one. `register`: what its number begins with; empty where it has none. `approved`: only
    from a report that was approved.
    """

    title: Said
    forms: frozenset[str]
    sensitivity: str
    register: str = ""
    approved: bool = True


PAPERS: dict[Kind, Paper] = {
    Kind.TRANSFER: Paper(
        Said("国家司法救助线索移送函", "Lead transfer letter"), frozenset({"F4"}), "violence", register="线移"
    ),
    Kind.RECEIPT: Paper(Said("移送函回执", "Receipt of a letter"), frozenset({"F4R"}), "violence"),
    Kind.VISIT: Paper(Said("走访记录", "Record of a visit"), frozenset({"F2", "F3"}), "health", approved=False),
    Kind.MINUTES: Paper(Said("会议纪要", "Minutes of a meeting"), frozenset({"F8"}), "violence"),
    Kind.CLOSURE: Paper(Said("结案说明", "Closing note"), frozenset({"F9"}), "violence"),
    Kind.ENTRUSTED: Paper(
        Said("委托走访函", "Letter entrusting a visit"), frozenset(), "household", register="委访"
    ),
}  # fmt: skip
# Where a wet-ink signature is waited for, the report may still be on its way to a decision.
HANDED_IN = frozenset({"submitted", "in_review", "approved_first", "approved"})


def kinds_from(form: str) -> list[Kind]:
    """The papers that can be made from a report of this form."""
    return [kind for kind, paper in PAPERS.items() if form in paper.forms]


def may_be_made(kind: Kind, form: str, state: str) -> bool:
    """Whether a report of this form in this state carries this paper."""
    paper = PAPERS[kind]
    return form in paper.forms and (state == "approved" if paper.approved else state in HANDED_IN)


def number_text(kind: Kind, year: int, number: int) -> str:
    """The register number as it stands on the paper; empty for a paper without one."""
    register = PAPERS[kind].register
    return f"{register}〔{year}〕{number}号" if register else ""
