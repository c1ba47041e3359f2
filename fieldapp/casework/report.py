"""A report as a person reads it: sections of questions with their answers in words, in the language of the reader."""

from collections.abc import Iterable, Iterator, Mapping
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
_AND = {"zh": "、", "en": ", "}
_THEN = {"zh": "；", "en": "; "}


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
    about: str | None  # person_id of the row or group it stands in, where that is a person
    value: Any
    choices: list[dict[str, Any]] | None = None
    is_region: bool = False


@dataclass(frozen=True)
class Section:
    """A group, a repeat or one of its rows: what stands directly in it, and what is nested below.

    A repeat whose rows together are one fact of the family carries `fact`, its node and its rows as answered.
    """

    path: str
    title: str
    answers: list[Answer] = field(default_factory=list)
    sections: list["Section"] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)  # (path, text) of notes that apply
    fact: str | None = None
    about: str | None = None
    node: int = 0
    rows: list[dict[str, Any]] = field(default_factory=list)

    def all_answers(self) -> Iterator[Answer]:
        """Every answer of this section and those below, in form order."""
        yield from self.answers
        for section in self.sections:
            yield from section.all_answers()

    def all_sections(self) -> Iterator["Section"]:
        """This section and all below, in form order."""
        yield self
        for section in self.sections:
            yield from section.all_sections()


def sections_of(instance: Instance, language: str, regions: Mapping[str, str] | None = None) -> list[Section]:
    """The whole report as top-level sections, without irrelevant questions; what has no section comes first.

    `regions` names the codes of places; a code it does not know stays a code.
    """
    top = _Reader(instance, language, regions or {}).section("", "", None)
    loose = [Section("", "", top.answers)] if top.answers else []
    return loose + top.sections


def facts_in(sections: Iterable[Section], case_id: str) -> dict[tuple[str, str], Answer | Section]:
    """What of a report may become known of the family: by (about whom, fact), where it stands; `about` is a person_id,
    or the case id for what is the whole family's.
    """
    told: dict[tuple[str, str], Answer | Section] = {}
    for section in (inner for outer in sections for inner in outer.all_sections()):
        items: list[Answer | Section] = [section, *section.answers]
        for item in items:
            if item.fact is not None:
                told[item.about or case_id, item.fact] = item
    return told


def names_in(sections: Iterable[Section]) -> dict[str, str]:
    """The names that a report gives to the people it is about, by person_id."""
    answers = (answer for section in sections for answer in section.all_answers())
    return {answer.about: answer.text for answer in answers if answer.about and _is_name(answer)}


def value_of(item: Answer | Section) -> Any:
    """What a report says of a fact, to be compared with another's; None where it says nothing. Rows entered twice have
    ids of their own, and may say the same.
    """
    if isinstance(item, Section):
        return [{name: value for name, value in row.items() if name != "_id"} for row in item.rows] or None
    return None if item.unknown or not item.text else item.value


def words_of(instance: Instance, item: Answer | Section, language: str) -> str:
    """The same in words."""
    return item.text if isinstance(item, Answer) else rows_in_words(instance, item, item.rows, language)


def rows_in_words(instance: Instance, section: Section, rows: list[dict[str, Any]], language: str) -> str:
    """Rows of a repeat that are not part of this report (an earlier visit's), in one line."""
    plan = instance.plan
    words = []
    for row in rows:
        told = []
        for number in plan.children[section.node]:
            node, value = plan.nodes[number], row.get(plan.nodes[number]["name"])
            source = node.get("choices") or {}
            # A choice among people of the roster holds ids of rows, which say nothing outside their report.
            if value is None or node["kind"] != "question" or "repeat" in source:
                continue
            told.append(text_of(value, _listed(instance, source.get("list"), language), language))
        words.append(_AND[language].join(filter(None, told)))
    return _THEN[language].join(filter(None, words))


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
        return _AND[language].join(str(labels.get(item, item)) for item in value)
    return str(labels.get(value, value))


class _Reader:
    """Walks an instance once, in form order."""

    def __init__(self, instance: Instance, language: str, regions: Mapping[str, str]) -> None:
        self._instance, self._language, self._regions = instance, language, regions

    def section(self, path: str, title: str, about: str | None) -> Section:
        section = Section(path, title)
        for child in self._instance.children(path):
            if not child["relevant"]:
                continue
            kind = child["kind"]
            view = self._instance.view(child["path"])
            if kind == "repeat":
                section.sections.append(self._repeat(child["path"], view, about))
            elif kind == "group":
                below = self.section(child["path"], view["label_text"], self._person_of(child["path"]) or about)
                if below.answers or below.sections or below.notes:
                    section.sections.append(below)
            elif kind == "note":
                section.notes.append((child["path"], view["label_text"]))
            else:
                section.answers.append(self._answer(view, about))
        return section

    def _repeat(self, path: str, view: Mapping[str, Any], about: str | None) -> Section:
        node, rows = view["node"], []
        for number, row_id in enumerate(self._instance.rows(path), start=1):
            row = f"{path}[{row_id}]"
            title = f"{view['label_text']} {number}"
            rows.append(self.section(row, title, self._person_of(row) or about))
        return Section(
            path,
            view["label_text"],
            sections=[_with_name(row) for row in rows],
            fact=node.get("fact"),
            about=about,
            node=node["n"],
            rows=_rows_at(self._instance.answers(), path) if node.get("fact") else [],
        )

    def _person_of(self, place: str) -> str | None:
        try:
            person = self._instance.get(f"{place}.person_id")
        except PathUnknown:
            return None
        return str(person) if person else None

    def _answer(self, view: Mapping[str, Any], about: str | None) -> Answer:
        node, value = view["node"], view["value"]
        text = text_of(value, view.get("choices"), self._language)
        is_region = node.get("check") == "region12"
        if view["unknown"]:
            text = text_of({"unknown": view["unknown"]}, None, self._language)
        elif is_region:
            text = self._regions.get(text, text)
        elif node.get("type") == "dateTime":
            text = text[:16].replace("T", " ")  # the seconds and the zone are the machine's
        return Answer(
            path=view["path"],
            label=view["label_text"],
            text=text,
            unknown=bool(view["unknown"]),
            sensitivity=node["sensitivity"],
            moment=node["moment"],
            how=node["how"],
            fact=node.get("fact"),
            about=about,
            value=value,
            choices=view.get("choices"),
            is_region=is_region,
        )


def _with_name(row: Section) -> Section:
    name = next((answer.text for answer in row.answers if _is_name(answer)), "")
    if not name:
        return row
    return Section(row.path, f"{row.title} · {name}", row.answers, row.sections, row.notes, about=row.about)


def _is_name(answer: Answer) -> bool:
    return bool(answer.text) and answer.path.endswith("].name")


def _rows_at(answers: Mapping[str, Any], path: str) -> list[dict[str, Any]]:
    found: Any = answers
    for step in path.split("."):
        name, _, row_id = step.partition("[")
        found = (found or {}).get(name)
        if row_id:
            found = next((row for row in found or [] if row["_id"] == row_id[:-1]), None)
    return list(found or [])


def _listed(instance: Instance, name: str | None, language: str) -> list[dict[str, Any]]:
    texts = instance.plan.json["texts"][language]
    items = instance.plan.json["lists"].get(name or "", [])
    return [{"value": item["value"], "label_text": plain(texts[item["label"]])} for item in items]


def plain(text: Any) -> str:
    """A text of a plan without what stands in for answers of this report."""
    return text if isinstance(text, str) else "".join(part for part in text if isinstance(part, str))
