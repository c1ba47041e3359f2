"""The sheets of an XLSForm before pyxform reads them: what it would drop without a word is refused or named here, and
where each question stands is kept."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fieldapp.forms.compiler import tables
from fieldapp.forms.compiler.draft import Cell
from fieldapp.forms.compiler.tables import REFUSED, SAME, Support
from fieldapp.forms.limits import CELL_CHARACTERS_MAX, SHEET_COLUMNS_MAX, SHEET_ROWS_MAX, Budget
from fieldapp.forms.notices import Notice, notice
from fieldapp.forms.refusals import FormRefused, Refusal, refusal

OPENS = ("begin_group", "begin_repeat")
CLOSES = ("end_group", "end_repeat")
NESTED_MAX = 30
NEEDED = ("form_id", "form_title", "version", "default_language")
NAMESPACE = "urn:fieldapp:form:1"
# Aliases of pyxform that mean another type of ours; the rest is left to pyxform.
_TYPE_WORDS = (
    ("select_one_from_file", r"select[_ ]one[_ ]from[_ ]file"),
    ("select_multiple_from_file", r"select[_ ]multiple[_ ]from[_ ]file"),
    ("select_one_external", r"select[_ ]one[_ ]external"),
    ("begin_loop", r"begin[_ ](?:loop|looped group)"),
)


@dataclass
class Looked:
    rows: dict[str, Cell] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)
    warnings: list[Notice] = field(default_factory=list)

    def say(self, support: Support | None, name: str, sheet: str, row: int, column: str) -> None:
        """Refuses what is unknown or not supported, names what makes no difference."""
        if support is None:
            self.refusals.append(refusal("unsupported", name, sheet, row, column))
        elif support.state == REFUSED:
            detail = (f"{name}（{support.zh}）", f"{name} ({support.en})")
            self.refusals.append(refusal("unsupported", detail, sheet, row, column))
        elif support.state == SAME:
            self.warnings.append(notice("ignored", name, sheet, row, column))


def look(form: Any, budget: Budget) -> Looked:
    """Raises FormRefused where a sheet is too large to be looked at."""
    looked = Looked()
    for sheet in ("survey", "choices", "settings", "external_choices", "entities", "osm"):
        _check_size(sheet, getattr(form, sheet) or [], budget)
    _other_sheets(looked, form)
    _settings(looked, (form.settings or [{}])[0])
    _columns(looked, "choices", form.choices or [])
    _columns(looked, "survey", form.survey or [])
    _survey(looked, form.survey or [])
    _choices(looked, form.choices or [])
    return looked


def _check_size(sheet: str, rows: Iterable[Mapping[str, Any]], budget: Budget) -> None:
    for row, cells in enumerate(rows, 2):
        budget.spend(1 + len(cells))
        if row > SHEET_ROWS_MAX or len(cells) > SHEET_COLUMNS_MAX:
            raise FormRefused([refusal("limit", f"{SHEET_ROWS_MAX} 行 / rows", sheet, row)])
        for column, text in cells.items():
            if len(str(text)) > CELL_CHARACTERS_MAX:
                detail = f"{CELL_CHARACTERS_MAX} 字 / characters"
                raise FormRefused([refusal("limit", detail, sheet, row, str(column))])


def _other_sheets(looked: Looked, form: Any) -> None:
    for sheet, support in tables.SHEETS.items():
        if support.state == REFUSED and getattr(form, sheet, None):
            looked.say(support, sheet, sheet, 1, "")
    for name in form.sheet_names or []:
        if name.lower() not in tables.SHEETS:
            looked.warnings.append(notice("ignored", f"工作表 / sheet {name}", name))


def _settings(looked: Looked, settings: Mapping[str, Any]) -> None:
    given = {tables.SETTING_ALIASES.get(key, key) for key in settings if settings[key]}
    for key in NEEDED:
        if key not in given:
            looked.refusals.append(refusal("setting", key, "settings", 2, key))
    if NAMESPACE not in (settings.get("namespaces") or ""):
        detail = f'namespaces (fa="{NAMESPACE}")'
        looked.refusals.append(refusal("setting", detail, "settings", 2, "namespaces"))
    for key in settings:
        name = str(key).partition("::")[0].strip().lower()
        known = tables.SETTINGS.get(tables.SETTING_ALIASES.get(name, name))
        if settings[key] and not _is_comment(name):
            looked.say(known, str(key), "settings", 2, str(key))


def _columns(looked: Looked, sheet: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Every column with something in it is known; told once, with its first row."""
    first: dict[str, int] = {}
    for row, cells in enumerate(rows, 2):
        for column, text in cells.items():
            if text not in (None, ""):
                first.setdefault(str(column), row)
    for column, row in first.items():
        name = _column_name(column)
        if _is_comment(name):
            continue
        if sheet == "survey":
            looked.say(tables.SURVEY_COLUMNS.get(name), column, sheet, row, column)
        elif name in tables.CHOICES_COLUMNS:  # other columns are the form's own, for choice_filter
            looked.say(tables.CHOICES_COLUMNS[name], column, sheet, row, column)


def _survey(looked: Looked, survey: Iterable[Mapping[str, Any]]) -> None:
    stack = ["/data"]
    for row, cells in enumerate(survey, 2):
        written = str(cells.get("type") or cells.get("command") or "").strip()
        kind = _kind(written)
        known = tables.TYPES.get(kind)
        if known is not None and known.state == REFUSED:
            looked.say(known, kind, "survey", row, "type")
        _parameters(looked, str(cells.get("parameters") or ""), row)
        if kind in CLOSES:
            if len(stack) > 1:
                stack.pop()
            continue
        name = str(cells.get("name") or cells.get("tag") or "").strip()
        if not name:
            continue
        path = f"{stack[-1]}/{name}"
        if path in looked.rows:
            looked.refusals.append(refusal("name", name, "survey", row, "name"))
        looked.rows[path] = Cell(row, {_column_name(key): str(text) for key, text in cells.items() if text})
        if kind in OPENS:
            stack.append(path)
            if len(stack) > NESTED_MAX:
                raise FormRefused([refusal("limit", f"{NESTED_MAX} 层分组 / levels of groups", "survey", row, "type")])


def _choices(looked: Looked, choices: Iterable[Mapping[str, Any]]) -> None:
    counts: dict[str, int] = {}
    for row, cells in enumerate(choices, 2):
        name = str(cells.get("list_name") or cells.get("list name") or "").strip()
        looked.rows[f"choices:{name}-{counts.get(name, 0)}"] = Cell(row)
        counts[name] = counts.get(name, 0) + 1


def _parameters(looked: Looked, text: str, row: int) -> None:
    for name in re.findall(r"([^\s=;,]+)\s*=", text):
        looked.say(tables.PARAMETERS.get(name.lower()), name, "survey", row, "parameters")


def _kind(written: str) -> str:
    for kind, pattern in _TYPE_WORDS:
        if re.match(pattern, written):
            return kind
    return re.sub(r"\s+", "_", written)


def _column_name(column: str) -> str:
    """The part before `::` (or a `:` in front of a language), in the writing of the table."""
    name = str(column).partition("::")[0].strip().lower().replace(" ", "_")
    if name not in tables.SURVEY_COLUMNS and ":" in name and not name.startswith("jr:"):
        name = name.partition(":")[0].strip("_")
    return tables.COLUMN_ALIASES.get(name, name)


def _is_comment(name: str) -> bool:
    return name.startswith(tables.COMMENT_COLUMNS)
