"""A list of choices as the engine reads it: from the plan itself, or from a file of its own.

Rules: docs/forms.md, 7.6.
"""

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any

Text = Any  # a text as in docs/forms.md, section 3: a string or a list of parts


class ChoiceList:
    """Choices by their place. `missing`: its file is not here. `sliced`: only part of its rows is here."""

    def __init__(self, cells: Mapping[str, list[str]], labels: Mapping[str, list[Text]], missing: bool, sliced: bool):
        self._cells, self._labels, self.missing, self.sliced = cells, labels, missing, sliced
        self.values: list[str] = cells.get("value", [])

    @property
    def decides(self) -> bool:
        """Whether a code that is not in it is no choice."""
        return not (self.missing or self.sliced)

    @cached_property
    def places(self) -> dict[str, int]:
        """First place of each code."""
        found: dict[str, int] = {}
        for at, value in enumerate(self.values):
            found.setdefault(value, at)
        return found

    @cached_property
    def _indexes(self) -> dict[str, dict[str, list[int]]]:
        return {}

    def by(self, column: str) -> dict[str, list[int]]:
        """The places of each text of a column, made at first use."""
        if column not in self._indexes:
            found: dict[str, list[int]] = {}
            for at in range(len(self.values)):
                found.setdefault(self.cell(at, column), []).append(at)
            self._indexes[column] = found
        return self._indexes[column]

    def cell(self, at: int, column: str) -> str:
        cells = self._cells.get(column)
        return cells[at] if cells is not None else ""

    def label(self, at: int, language: str) -> Text:
        labels = self._labels.get(language)
        if labels is None:
            labels = next(iter(self._labels.values()), [])
        return labels[at]


def inline(items: list[dict[str, Any]], texts: Mapping[str, list[Text]]) -> ChoiceList:
    """A list that stands in the plan."""
    columns = dict.fromkeys(column for item in items for column in item["columns"])
    cells = {"value": [str(item["value"]) for item in items]}
    cells |= {column: [str(item["columns"].get(column, "")) for item in items] for column in columns}
    labels = {language: [texts[language][item["label"]] for item in items] for language in texts}
    return ChoiceList(cells, labels, missing=False, sliced=False)


def from_file(entry: Mapping[str, Any], languages: list[str], given: Any) -> ChoiceList:
    """A list whose rows are a file: its bytes, or what they parse to, or None where it is not here."""
    if given is None:
        return ChoiceList({}, {language: [] for language in languages}, missing=True, sliced=False)
    parsed = json.loads(given) if isinstance(given, bytes) else given
    columns: list[str] = parsed["columns"]
    rows: list[list[str]] = parsed["rows"]
    cells = {column: [row[at] for row in rows] for at, column in enumerate(columns)}
    labels = {language: cells.get(f"label:{language}", cells["value"]) for language in languages}
    return ChoiceList(cells, labels, missing=False, sliced=len(rows) < entry["rows"])
