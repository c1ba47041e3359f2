"""The one-screen brief a reviewer reads before the report: who, what happened, safety, needs, papers, opinion.

Each line names answers by path; what a form does not ask stays away. A repeat's path stands without row ids and means
every row: the answers of one row are told together (one person, one need). What is as one would hope is left out, and
what must not be overlooked is an alarm: 80 reports are read before noon.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from fieldapp.casework.report import Answer, Section

LINES: dict[str, dict[str, tuple[str, ...]]] = {
    "F2": {
        "who": (
            "members.name",
            "members.relation",
            "members.birth_ym",
            "members.alive",
            "members.health",
            "members.disability_types",
            "members.self_care",
        ),
        "happened": (
            "visit.outcome",
            "visit.could_not_reason",
            "visit.could_not_note",
            "visit.in_brief",
            "case.type",
            "case.occurred_on",
            "case.offender_relation",
            "case.offender_status",
            "case.stage",
            "concl.facts",
        ),
        "safety": (
            "visit.conflict",
            "visit.alone",
            "visit.present",
            "home.safe",
            "dv.screen",
            "risk.suicide",
            "child.screen",
            "loss.urgent_treatment",
        ),
        "needs": ("needs.wanted.need", "needs.wanted.urgent", "needs.wanted.wish", "needs.nothing", "concl.read_back"),
        "papers": ("concl.docs",),
        "opinion": ("concl.causal", "concl.hardship", "concl.opinion"),
    },
    "F3V": {
        "happened": ("fv.met", "fv.why_not", "fv.change"),
        "safety": ("fv.worried",),
        "needs": ("fv.needs_help", "fv.help", "fv.line"),
    },
    "F1": {
        "who": (
            "lead.name",
            "lead.sex",
            "lead.birth",
            "lead.contact_safe",
            "lead.contact_how",
            "lead.residence_region",
        ),
        "happened": ("lead.channel", "lead.summary", "lead.matters", "lead.occurred_on", "lead.stage"),
        "safety": (
            "lead.danger_now",
            "lead.place_now",
            "lead.child_involved",
            "lead.incapable_involved",
            "lead.harm_suspected",
            "mr.status",
        ),
        "needs": ("lead.wish",),
    },
    "F3": {
        "happened": (
            "fu.kind",
            "fu.met",
            "fu.not_met_reason",
            "life.living",
            "life.health",
            "life.psych",
            "life.school",
            "life.work",
            "life.members_change.what",
            "life.members_change.who",
        ),
        "safety": ("fu.alone", "private.new_violence", "private.order_state"),
        "needs": (
            "aid.all_received",
            "aid.measures_check.title",
            "aid.measures_check.status",
            "aid.new_needs.need",
            "aid.new_needs.urgent",
            "aid.satisfaction",
        ),
        "papers": ("fund.fund_balance",),
        "opinion": ("end.findings", "end.band", "end.stable_change"),
    },
    "F5": {
        "happened": ("dv.offender", "dv.lives_together", "dv.forms", "dv.last_at", "dv.frequency"),
        "safety": (
            "visit.alone",
            "dv.c_strangle",
            "dv.c_weapon",
            "dv.c_kill",
            "dv.c_extreme",
            "dv.c_injury",
            "dv.c_confine",
            "dv.c_order",
            "dv.c_fear",
            "dv.s_child",
        ),
        "needs": ("dv.wish",),
        "papers": ("dv.has_warning_letter", "dv.has_protection_order", "dv.evidence"),
        "opinion": ("dv.band", "dv.band_override", "dv.band_reason"),
    },
    "F6": {
        "who": ("child.name", "child.sex", "child.birth_ym"),
        "safety": ("visit.alone", "child.harm_signs", "child.harm_source", "child.safe_tonight", "child.unattended"),
        "needs": ("child.health", "child.psych", "child.attendance"),
        "opinion": ("child.defacto", "child.risk"),
    },
    "F10": {
        "happened": ("hs.outcome", "hs.colour"),
        "safety": ("hs.worry",),
        "needs": ("hs.brought", "hs.next"),
    },
    "F0": {
        "who": ("cs.by", "cs.capacity"),
        "safety": ("cs.unsafe_guardian", "cs.withhold"),
        "papers": ("cs.how", "cs.photo", "cs.audio"),
        "opinion": ("cs.basis", "cs.share_with", "cs.share_refused", "cs.withdrawn_at"),
    },
}
# Notes of a form that say which paper is still to come; shown with the papers while they apply.
NOTES: dict[str, str] = {"F2": "concl.missing_"}
_CRITICAL = ("strangle", "weapon", "kill", "extreme", "injury", "confine", "order", "fear")
# Answers that are as one would hope: the line is shorter without them.
EXPECTED: dict[str, tuple[object, ...]] = {
    "members.alive": ("alive",),
    "members.health": (["healthy"],),
    "members.self_care": ("full",),
    "needs.wanted.urgent": ("no",),
    "visit.outcome": ("done",),
    "visit.conflict": ("no",),
    "loss.urgent_treatment": ("no",),
    "cs.unsafe_guardian": ("no",),
    "lead.danger_now": ("no",),
    "fu.met": ("yes",),
    "aid.all_received": ("yes",),
    "aid.new_needs.urgent": ("no",),
    "private.new_violence": ("no",),
    **{f"dv.c_{name}": ("no",) for name in _CRITICAL},
    "child.harm_signs": (["none"],),
    "child.safe_tonight": ("yes",),
    "hs.brought": ("nothing",),
    "hs.worry": ("no",),
}
# Answers nobody may overlook.
ALARMS: dict[str, tuple[object, ...]] = {
    "visit.outcome": ("could_not",),
    "visit.conflict": ("yes",),
    "visit.alone": ("no",),
    "home.safe": ("no",),
    "dv.screen": ("yes",),
    "risk.suicide": ("yes",),
    "loss.urgent_treatment": ("yes",),
    "fv.worried": ("yes",),
    "fv.change": ("worse",),
    "cs.unsafe_guardian": ("yes",),
    "lead.danger_now": ("yes",),
    "lead.harm_suspected": ("yes",),
    "mr.status": ("due",),
    "private.new_violence": ("yes",),
    "private.order_state": ("broken",),
    **{f"dv.c_{name}": ("yes",) for name in _CRITICAL},
    "dv.band": ("red", "orange"),
    "dv.band_override": ("red", "orange"),
    "child.safe_tonight": ("no",),
    "child.risk": ("immediate", "high"),
    "hs.colour": ("red",),
    "hs.worry": ("yes",),
}
# A row of these is told without its questions: a name, a relation and a year explain themselves.
SELF_EVIDENT = frozenset({"who", "needs", "papers"})
ORDER = ("who", "happened", "safety", "needs", "unknowns", "papers", "opinion")
_ROW = re.compile(r"\[[^\]]*\]")


@dataclass(frozen=True)
class BriefItem:
    """One thing told: `label` may be empty; `path` leads to the answer; an alarm must not be overlooked.

    `folded` says the questions behind `text`, shown on demand: they may be many.
    """

    label: str
    text: str
    path: str
    alarm: bool = False
    unknown: bool = False
    folded: tuple[str, ...] = ()


@dataclass(frozen=True)
class BriefLine:
    """One line: its code (`who`, `safety`, …) and what it tells, in form order."""

    code: str
    items: list[BriefItem]


def brief_of(form: str, sections: Iterable[Section]) -> list[BriefLine]:
    """The brief of a report; a line without an answer is left out, `unknowns` counts by reason and section."""
    sections = list(sections)
    answers = [answer for section in sections for answer in section.all_answers()]
    wanted = LINES.get(form, {})
    lines = []
    for code in ORDER:
        if code == "unknowns":
            items = list(_unknowns(sections))
        else:
            items = list(_told(code, [answer for answer in answers if _is_told(answer, wanted.get(code, ()))]))
        if code == "papers" and form in NOTES:
            items += list(_notes(sections, NOTES[form]))
        if items:
            lines.append(BriefLine(code, items))
    return lines


def calling_again(lines: Iterable[BriefLine], on: date, language: str) -> list[BriefLine]:
    """The same, and first of its safety that it calls for another mandatory report since the one that was made `on`."""
    said = (
        f"A mandatory report was made on {on}; this was told since: report again"
        if language == "en"
        else f"{on} 已强制报告过；这是此后新反映的，要再报告"
    )
    items = {line.code: line.items for line in lines}
    items["safety"] = [BriefItem("", said, "", alarm=True), *items.get("safety", [])]
    return [BriefLine(code, items[code]) for code in ORDER if code in items]


def _is_told(answer: Answer, paths: tuple[str, ...]) -> bool:
    path = _bare(answer.path)
    return bool(answer.text) and path in paths and answer.value not in EXPECTED.get(path, ())


def _told(code: str, answers: list[Answer]) -> Iterator[BriefItem]:
    rows: dict[str, list[Answer]] = {}
    for answer in answers:
        # An answer outside of rows is a group of its own.
        row = answer.path[: answer.path.rindex("]") + 1] if "]" in answer.path else answer.path
        rows.setdefault(row, []).append(answer)
    for row, told in rows.items():
        alarm = any(answer.value in ALARMS.get(_bare(answer.path), ()) for answer in told)
        unknown = all(answer.unknown for answer in told)
        is_row = "]" in row
        label = "" if is_row or code in SELF_EVIDENT else told[0].label
        # In a row of needs a bare "yes" says nothing: its question goes with it.
        texts = [
            answer.label.rstrip("？?") if answer.value == "yes" and is_row else answer.text
            for answer in told
            if not (answer.unknown and is_row)
        ]
        if texts:
            yield BriefItem(label, " · ".join(texts), told[0].path, alarm, unknown)


def _unknowns(sections: list[Section]) -> Iterator[BriefItem]:
    """By reason, how many and in which sections; a visit cut short leaves dozens, and the brief is one screen."""
    by_reason: dict[str, list[tuple[str, Answer]]] = defaultdict(list)
    for section in sections:
        for answer in section.all_answers():
            if answer.unknown:
                by_reason[answer.text].append((section.title, answer))
    for reason, of_reason in by_reason.items():
        labels = tuple(dict.fromkeys(answer.label for _, answer in of_reason))
        titles = " · ".join(dict.fromkeys(title for title, _ in of_reason if title))
        yield BriefItem(f"{reason} × {len(of_reason)}", titles, of_reason[0][1].path, unknown=True, folded=labels)


def _notes(sections: list[Section], prefix: str) -> Iterator[BriefItem]:
    for section in sections:
        for inner in section.all_sections():
            missing = [(path, text) for path, text in inner.notes if path.startswith(prefix)]
            yield from (BriefItem("", text, path, unknown=True) for path, text in missing)


def _bare(path: str) -> str:
    return _ROW.sub("", path)
