"""A report's answers as the values of a paper. Every path that can reach paper is named here; nothing else does.

Never on paper: who told us (F1R is no source of any), what a child said, answers of the classes `violence` and `child`
and what the visitors judged in the record of a visit, account and identity numbers (rules of the field (f) 4, 6, 8,
11). A transfer letter says of the harm what its own four parts say.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from fieldapp.casework.letters.kinds import Kind
from fieldapp.casework.letters.placeholders import placeholders
from fieldapp.casework.report import Answer, Section
from fieldapp.casework.sentences import Said

_ROW = re.compile(r"^(?P<list>[^\[]+)\[(?P<row>[^\]]+)\]\.(?P<name>[^\[]+)$")
# Accounts, cards and identity numbers: twelve digits and more in one run, however they are set apart.
_LONG_NUMBER = re.compile(r"(?<!\d)\d(?:[ \-]?\d){11,}[\dXx]?")
_NOT_PRINTED = "（号码不印出）"
_ON_PAPER = frozenset({"household", "health", "money"})  # what a record of a visit holds
_JUDGED = {"hardship": "生活困难情况", "causal": "因果关系", "situation": "具体救助情形"}


@dataclass(frozen=True)
class Missing:
    """A part a transfer letter cannot be without: the code of its Problem, and the question where it is entered."""

    code: str
    path: str
    name: Said


class Told:
    """The answers of a report by path, and its rows."""

    def __init__(self, sections: Iterable[Section]) -> None:
        self.sections = list(sections)
        self._answers = {answer.path: answer for section in self.sections for answer in section.all_answers()}

    def text(self, path: str, *, whole: bool = False) -> str:
        """The answer in words, without long numbers unless it is `whole`; "" where there is none. A blank with a reason
        says the reason in brackets.
        """
        return _words(self._answers.get(path), whole=whole)

    def codes(self, path: str) -> list[str]:
        """The codes chosen; empty where nothing is."""
        value = getattr(self._answers.get(path), "value", None)
        if isinstance(value, str):
            return value.split()
        return [str(one) for one in value] if isinstance(value, list) else []

    def number(self, path: str) -> Decimal | None:
        try:
            return Decimal(str(getattr(self._answers.get(path), "value", None)))
        except InvalidOperation:
            return None

    def rows(self, path: str) -> list[dict[str, str]]:
        """The rows of a repeat in their order, each by the names of its questions."""
        rows: dict[str, dict[str, str]] = {}
        for answer in self._answers.values():
            found = _ROW.match(answer.path)
            if found and found["list"] == path:
                rows.setdefault(found["row"], {})[found["name"]] = _words(answer)
        return list(rows.values())

    def under(self, path: str) -> list[Answer]:
        """The answers directly in a group."""
        depth = path.count(".") + 1
        return [one for at, one in self._answers.items() if at.startswith(f"{path}.") and at.count(".") == depth]


def context_of(kind: Kind, told: Told, about: Mapping[str, str]) -> dict[str, Any]:
    """The values of every name of this paper. `about`: what the file knows besides the report: number, made_on,
    code_name, and by kind letter_no, from_name, title, place, visited_at, visitors.
    """
    known = {"number": "", "made_on": "", "code_name": "", **about}
    return {**{name: known[name] for name in ("number", "made_on", "code_name")}, **_RULES[kind](told, known)}


def entrusted(about: Mapping[str, str]) -> dict[str, Any]:
    """The values of a letter that entrusts a visit: what was typed for it, and what the file knows."""
    return {name: without_long_numbers(about.get(name, "")) for name in placeholders(Kind.ENTRUSTED)}


def missing_of(told: Told) -> list[Missing]:
    """What a transfer letter lacks by name: of its four contents, of the safe way to reach her, of the reason to go to
    another level. A part that may follow is not missing where its day stands.
    """
    follows = set(told.codes("four.follows"))
    found = [] if told.text("four.harm") else [Missing("letter_lacks_harm", "four.harm", _PARTS["harm"])]
    for part in _JUDGED:
        is_later = part in follows and told.text(f"four.{part}_by")
        if not told.text(f"four.{part}") and not is_later:
            found.append(Missing(f"letter_lacks_{part}", f"four.{part}", _PARTS[part]))
    is_reached = told.text("tl.safe_how") or "no_contact" in told.codes("tl.contact_safe")
    if not told.text("tl.contact_safe") or not is_reached:
        found.append(Missing("letter_lacks_safe_contact", "tl.contact_safe", _PARTS["safe_contact"]))
    levels = (told.codes("tl.from_level"), told.codes("tl.to_level"))
    if all(levels) and levels[0] != levels[1] and not told.text("tl.level_reason").strip():
        found.append(Missing("letter_lacks_level_reason", "tl.level_reason", _PARTS["level_reason"]))
    return found


def without_long_numbers(text: str) -> str:
    """The text without numbers of twelve digits and more: accounts, cards, identity numbers."""
    return _LONG_NUMBER.sub(_NOT_PRINTED, text)


_PARTS = {
    "harm": Said("第一项 人身财产受损情况", "Part 1, harm to person or property"),
    "hardship": Said("第二项 生活困难情况", "Part 2, hardship"),
    "causal": Said("第三项 因果关系", "Part 3, the causal link"),
    "situation": Said("第四项 具体救助情形", "Part 4, the relief situation"),
    "safe_contact": Said("怎样联系她才安全", "How she can be reached safely"),
    "level_reason": Said("为什么不移送同级单位", "Why it does not go to the same level"),
}  # fmt: skip


def _transfer(told: Told, about: Mapping[str, str]) -> dict[str, Any]:
    awarded, paid = told.number("orig.awarded"), told.number("orig.paid")
    same = ("from_name", "to_name", "level_reason", "minors_left_out", "contact_safe", "safe_how", "contact",
            "contact_phone")  # fmt: skip
    return {
        **{name: told.text(f"tl.{name}") for name in same},
        "subjects": "、".join(row.get("name", "") for row in told.rows("tl.subject")),
        "minors": [{"name": row.get("name", ""), "born": row.get("birth_ym", "")} for row in told.rows("tl.minors")],
        "case_type": _or_other(told, "orig.type"),
        "case_stage": _or_other(told, "orig.stage"),
        "case_organ": told.text("orig.organ"),
        "case_doc_no": told.text("orig.doc_no", whole=True),  # of a document of the case, however long
        "awarded": told.text("orig.awarded", whole=True),
        "paid": told.text("orig.paid", whole=True),
        "gap": "" if awarded is None or paid is None else format((awarded - paid).normalize(), "f"),
        "gap_told": told.text("orig.gap_told"),
        "harm": told.text("four.harm"),
        **{part: _judged(told, part) for part in _JUDGED},
        "exclusions": [
            {"question": one.label, "answer": _words(one)} for one in told.under("four.exclusions") if one.text
        ],
        "exclusions_note": told.text("four.exclusions_note"),
        "flags": told.text("tl.flags_shown"),
        "papers": [_paper(number, row) for number, row in enumerate(told.rows("enc.papers"), start=1)],
        "follows": _follows(told),
        "basis": told.text("sent.basis"),
        "basis_text": told.text("sent.basis_text"),
    }


def _judged(told: Told, part: str) -> str:
    said = told.text(f"four.{part}")
    other = told.text("four.situation_s7") if part == "situation" else ""
    if said:
        return f"{said}（{other}）" if other else said
    by = told.text(f"four.{part}_by")
    return f"后补，{by}前" if by else ""


def _follows(told: Told) -> str:
    if "follows" not in told.codes("tl.variant"):
        return ""
    parts = [
        f"{name}（{told.text(f'four.{part}_by')}前）"
        for part, name in _JUDGED.items()
        if part in told.codes("four.follows")
    ]
    parts += [f"{row['name']}（{row['by']}前）" for row in _papers(told) if row["by"]]
    return "先行移送，材料后补：" + "；".join(parts) if parts else ""


def _papers(told: Told) -> list[dict[str, str]]:
    return [_paper(number, row) for number, row in enumerate(told.rows("enc.papers"), start=1)]


def _paper(number: int, row: Mapping[str, str]) -> dict[str, str]:
    name = row.get("paper_other") or row.get("paper", "")
    title = row.get("title", "")
    return {
        "no": str(number),
        "name": f"{name}（{title}）" if title else name,
        "state": row.get("state", ""),
        "form": row.get("form", ""),
        "pages": row.get("pages", ""),
        "by": row.get("follows_by", ""),
    }


def _receipt(told: Told, about: Mapping[str, str]) -> dict[str, Any]:
    same = (
        "ack_at",
        "handler",
        "result",
        "reason",
        "decided_on",
        "paid_on",
        "green_channel",
        "custodian",
        "feedback_at",
    )
    return {
        "letter_no": about.get("letter_no", ""),
        "from_name": about.get("from_name", ""),
        **{name: told.text(f"relief.{name}") for name in same},
        "receipt_no": told.text("relief.receipt_no", whole=True),
        "amount": told.text("relief.amount", whole=True),
        "missing": [
            {"what": "：".join(filter(None, (row.get("paper_other") or row.get("paper", ""), row.get("what", "")))),
             "due": row.get("due", "")}
            for row in told.rows("relief.missing")
        ],
        "organs": "、".join(row.get("name", "") for row in told.rows("relief.organs")),
    }  # fmt: skip


def _visit(told: Told, about: Mapping[str, str]) -> dict[str, Any]:
    lines = [
        {"part": section.title, "question": one.label, "answer": _words(one)}
        for top in told.sections
        for section in top.all_sections()
        for one in section.answers
        if one.sensitivity in _ON_PAPER and one.how != "judge" and one.text and not _is_drawn(one)
    ]
    return {**{name: about.get(name, "") for name in ("title", "place", "visited_at", "visitors")}, "lines": lines}


def _is_drawn(answer: Answer) -> bool:
    """A signature or a file: nothing to read. A blank with a reason is an object too, and stands."""
    return isinstance(answer.value, dict) and not answer.unknown


def _minutes(told: Told, about: Mapping[str, str]) -> dict[str, Any]:
    shared = [
        f"{row.get('fields', '')}，提供给{row.get('receiver_other') or row.get('receiver', '')}，{row.get('basis', '')}"
        for row in told.rows("mt.info_shared")
    ]
    return {
        "meeting": _or_other(told, "mt.kind"),
        "held_at": told.text("mt.at_about") or told.text("mt.at"),
        **{name: told.text(f"mt.{name}") for name in ("place", "chair", "recorder")},
        **{name: told.text(f"mt.{name}") for name in ("reported", "disputed", "documents")},
        "participants": [
            {"org": row.get("unit") or row.get("org_other") or row.get("org", ""), "name": row.get("name", ""),
             "role": row.get("role", "")}
            for row in told.rows("mt.participants")
        ],
        "cases": "、".join(row.get("code_name", "") for row in told.rows("mt.cases")),
        "decisions": [
            {"no": str(number), "text": row.get("text", ""), "owner": row.get("owner_other") or row.get("owner", ""),
             "due": row.get("due", "")}
            for number, row in enumerate(told.rows("mt.decisions"), start=1)
        ],
        "shared": "；".join(shared),
        "secrecy_read": told.text("mt.secrecy_read"),
        "next_at": told.text("mt.next_at"),
    }  # fmt: skip


def _closure(told: Told, about: Mapping[str, str]) -> dict[str, Any]:
    same = ("moved_to", "feedback_done", "subject_informed", "subject_view", "lasting", "retention_until")
    return {
        "reason": _or_other(told, "cl.reason"),
        "closed_on": told.text("cl.date"),
        **{name: told.text(f"cl.{name}") for name in same},
        "needs": [
            {"need": row.get("need_other") or row.get("need", ""), "result": row.get("result", ""),
             "why": row.get("why", "")}
            for row in told.rows("cl.needs_answered")
        ],
    }  # fmt: skip


_RULES: dict[Kind, Callable[[Told, Mapping[str, str]], dict[str, Any]]] = {
    Kind.TRANSFER: _transfer,
    Kind.RECEIPT: _receipt,
    Kind.VISIT: _visit,
    Kind.MINUTES: _minutes,
    Kind.CLOSURE: _closure,
}


def _or_other(told: Told, path: str) -> str:
    return told.text(f"{path}_other") or told.text(path)


def _words(answer: Answer | None, *, whole: bool = False) -> str:
    if answer is None or not answer.text:
        return ""
    if answer.unknown:
        return f"（{answer.text}）"
    return answer.text if whole else without_long_numbers(answer.text)


def joined(names: Sequence[str]) -> str:
    """Names as a paper lists them."""
    return "、".join(filter(None, names))
