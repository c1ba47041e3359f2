"""A report as a person reads it: sections of questions with their answers in words, in the language of the reader."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from fieldapp.forms.evaluate import Instance, PathUnknown

UNKNOWN = {
    "refused": {"zh": "不愿回答", "en": "refused to say"},
    "does_not_know": {"zh": "本人不清楚", "en": "does not know"},
    "not_present": {"zh": "知情人不在场", "en": "who knows was not there"},
    "not_safe": {"zh": "当时不便询问", "en": "not safe to ask"},
    "no_paper": {"zh": "没有材料", "en": "no paper"},
    "not_asked": {"zh": "未问", "en": "not asked"},
    "later": {"zh": "稍后补", "en": "later"},
}
_SIGNED = {"zh": "已签名", "en": "signed"}
_FILE = {"zh": "有文件", "en": "file"}


@dataclass(frozen=True)
class Answer:
    """One question of the report. `text` is empty where there is no answer; `unknown`: the blank has a reason."""

    path: str
    label: str
    text: str
    unknown: bool
    sensitivity: str
    moment: str
    how: str
    fact: str | None
    about: str | None  # person_id of the row it stands in, where that row is a person
    value: Any
    choices: list[dict[str, Any]] | None = None


@dataclass(frozen=True)
class Section:
    """A group or a row of a repeat, with what stands directly in it and what is nested below."""

    path: str
    title: str
    answers: list[Answer] = field(default_factory=list)
    sections: list["Section"] = field(default_factory=list)

    def all_answers(self) -> Iterator[Answer]:
        """Every answer of this section and those below, in form order."""
        yield from self.answers
        for section in self.sections:
            yield from section.all_answers()


def sections_of(instance: Instance, language: str) -> list[Section]:
    """The whole report as top-level sections, without irrelevant questions; what has no section comes first."""
    top = _section(instance, language, "", "", None)
    loose = [Section("", "", top.answers)] if top.answers else []
    return loose + top.sections


def _section(instance: Instance, language: str, path: str, title: str, about: str | None) -> Section:
    section = Section(path, title)
    for child in instance.children(path):
        if not child["relevant"]:
            continue
        view = instance.view(child["path"])
        if child["kind"] == "repeat":
            for number, row_id in enumerate(instance.rows(child["path"]), start=1):
                name = f"{view['label_text']} {number}"
                row = f"{child['path']}[{row_id}]"
                section.sections.append(_section(instance, language, row, name, _person_of(instance, row) or about))
        elif child["kind"] in ("group", "row"):
            below = _section(instance, language, child["path"], view["label_text"], about)
            if below.answers or below.sections:
                section.sections.append(below)
        elif child["kind"] not in ("note", "hidden"):
            section.answers.append(_answer(view, language, about))
    return section


def _person_of(instance: Instance, row: str) -> str | None:
    try:
        person = instance.get(f"{row}.person_id")
    except PathUnknown:
        return None
    return str(person) if person else None


def _answer(view: Mapping[str, Any], language: str, about: str | None) -> Answer:
    node, value = view["node"], view["value"]
    unknown = isinstance(value, dict) and set(value) == {"unknown"}
    return Answer(
        path=view["path"],
        label=view["label_text"],
        text=text_of(value, view.get("choices"), language),
        unknown=unknown,
        sensitivity=node["sensitivity"],
        moment=node["moment"],
        how=node["how"],
        fact=node.get("fact"),
        about=about,
        value=value,
        choices=view.get("choices"),
    )


def text_of(value: Any, choices: list[dict[str, Any]] | None, language: str) -> str:
    """An answer in words: a choice by its label, an unknown by its reason, a signature by being there."""
    if value is None:
        return ""
    if isinstance(value, dict):
        if "unknown" in value:
            return UNKNOWN.get(value["unknown"], {}).get(language, str(value["unknown"]))
        return _SIGNED[language] if "strokes" in value else _FILE[language]
    labels = {choice["value"]: choice["label_text"] for choice in choices or []}
    if isinstance(value, list):
        return ("、" if language == "zh" else ", ").join(str(labels.get(item, item)) for item in value)
    return str(labels.get(value, value))
