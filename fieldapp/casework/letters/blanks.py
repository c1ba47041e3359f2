"""A form of the library as a sheet of paper: its questions with lines and boxes, and nothing of anybody."""

from dataclasses import dataclass, field
from typing import Any

from fieldapp.casework.report import plain
from fieldapp.forms.plan import Plan

ROWS = 4  # empty rows where a list is asked for; more go on another sheet
LINES = {"text": 1, "multiline": 3}
CHOICES_MAX = 40  # a longer list is written by hand


@dataclass(frozen=True)
class Question:
    """`choices`: boxes to tick, `many` of them or one; else `lines` to write on, or room for a signature."""

    label: str
    hint: str
    choices: list[str]
    many: bool
    lines: int
    is_signature: bool


@dataclass
class Section:
    """`rows`: how often its questions stand one below the other; 1 but for a list."""

    title: str
    depth: int
    rows: int = 1
    questions: list[Question] = field(default_factory=list)


def sheet_of(plan: Plan, language: str) -> tuple[str, list[Section]]:
    """The title of a form and its sections in order, in a language of the plan ("zh" where it has not this one). What
    the app computes or fills in is left out: nobody writes that.
    """
    told = language if language in plan.json["texts"] else "zh"
    sections: list[Section] = []
    _walk(plan, told, 0, 0, Section("", 0), sections)
    title = plan.json["title"]
    return str(title.get(told) or title.get("zh") or ""), [one for one in sections if one.questions or one.title]


def _walk(plan: Plan, language: str, number: int, depth: int, into: Section, sections: list[Section]) -> None:
    sections.append(into)
    for child in plan.children[number]:
        node = plan.nodes[child]
        if node["kind"] in ("group", "repeat"):
            rows = ROWS if node["kind"] == "repeat" else 1
            _walk(
                plan, language, child, depth + 1, Section(_text(plan, node, "label", language), depth, rows), sections
            )
            # What stands behind an inner group belongs to the outer one again.
            into = Section("", into.depth, into.rows)
            sections.append(into)
        elif _is_asked(node):
            into.questions.append(_question(plan, node, language))


def _is_asked(node: dict[str, Any]) -> bool:
    return node["kind"] == "question" and node.get("label") is not None and node.get("readonly") != ["f", "true"]


def _question(plan: Plan, node: dict[str, Any], language: str) -> Question:
    source = node.get("choices") or {}
    items = plan.json["lists"].get(source.get("list") or "", [])
    texts = plan.json["texts"][language]
    labels = [plain(texts[item["label"]]) for item in items] if isinstance(items, list) else []
    is_long = "multiline" in (node.get("appearance") or ())
    return Question(
        _text(plan, node, "label", language),
        _text(plan, node, "hint", language),
        labels if len(labels) <= CHOICES_MAX else [],
        node["type"] == "select_multiple",
        LINES["multiline" if is_long else "text"],
        node["type"] == "signature",
    )


def _text(plan: Plan, node: dict[str, Any], name: str, language: str) -> str:
    number = node.get(name)
    return "" if number is None else plain(plan.json["texts"][language][number])
