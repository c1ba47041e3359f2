"""docs/xlsform-support.md, written from the compiler's own tables:

python -m fieldapp.forms.support > docs/xlsform-support.md
"""

import sys
from collections.abc import Mapping

from fieldapp.forms import limits, notices
from fieldapp.forms.compiler import attributes, own, tables
from fieldapp.forms.compiler.tables import REFUSED, SAME, SHOWN, Support
from fieldapp.forms.functions import ARITY, SET_2

STATES = {SHOWN: "支持 · works", SAME: "无差别 · no difference", REFUSED: "不支持 · refused"}
HEAD = """# XLSForm and XForms: what works

Written from the compiler's own tables by `python -m fieldapp.forms.support`; a test holds this page to them.
本页由编译器的表格生成。

- **支持 · works**: it does what XLSForm says, by the rules of `docs/forms.md`.
- **无差别 · no difference**: it is taken, has no effect here, and publishing says so in a warning.
- **不支持 · refused**: publishing refuses the form and names sheet, row, column and reason. What stands in no table is
  refused too, by its name.
"""


def page() -> str:
    return "\n".join(
        [
            HEAD,
            _table("Types · 题型", "type", tables.TYPES),
            _table("Columns of the survey sheet · survey 表的列", "column", tables.SURVEY_COLUMNS),
            _aliases(tables.COLUMN_ALIASES),
            _own_columns(),
            _table("Columns of the choices sheet · choices 表的列", "column", tables.CHOICES_COLUMNS),
            _table("Settings · 设置", "setting", tables.SETTINGS),
            _table("Sheets · 工作表", "sheet", tables.SHEETS),
            _table("Appearances · 外观", "appearance", {**tables.APPEARANCES, "w1 … w12": tables.GRID}),
            _table("Parameters · 参数", "parameter", tables.PARAMETERS),
            _table("Functions · 函数", "function", _functions()),
            _table("XForms: elements of the body and the model", "element", attributes.ELEMENTS),
            _table("XForms: attributes of controls", "attribute", attributes.CONTROL_ATTRIBUTES),
            _table("XForms: attributes of binds", "attribute", attributes.BIND_ATTRIBUTES),
            _table("XForms: preloads", "preload", {" ".join(key): tables.YES for key in attributes.PRELOADS}),
            _warnings(),
            _limits(),
        ]
    )


def _table(title: str, noun: str, rows: Mapping[str, Support]) -> str:
    lines = [f"## {title}", "", f"| {noun} | | 原因 | reason |", "|---|---|---|---|"]
    lines += [f"| `{name}` | {STATES[row.state]} | {row.zh} | {row.en} |" for name, row in sorted(rows.items())]
    return "\n".join([*lines, ""])


def _aliases(aliases: Mapping[str, str]) -> str:
    said = ", ".join(f"`{alias}` = `{name}`" for alias, name in sorted(aliases.items()))
    comments = ", ".join(f"`{start}…`" for start in tables.COMMENT_COLUMNS)
    return (
        f"Other names of columns · 别名: {said}.\n\n"
        "Columns that begin with one of these are for people who write forms, and are left alone · 供编写者备注: "
        f"{comments}.\n"
    )


def _own_columns() -> str:
    lines = ["## Our own columns · 自有的列", "", "| column | values |", "|---|---|"]
    for name in own.COLUMNS:
        lines.append(f"| `bind::fa:{name}` | {' '.join(own.VALUES.get(name, ('docs/forms.md',)))} |")
    return "\n".join([*lines, ""])


def _functions() -> dict[str, Support]:
    second = Support(SHOWN, "第 2 函数集", "function set 2")
    known = {f"{name}()": second if name in SET_2 else tables.YES for name in ARITY}
    known["once()"] = tables.ONCE
    return known | {f"{name}()": support for name, support in tables.REFUSED_FUNCTIONS.items()}


def _warnings() -> str:
    lines = ["## Warnings · 提醒", "", "| code | | |", "|---|---|---|"]
    lines += [f"| `{code}` | {zh} | {en} |" for code, (zh, en) in sorted(notices.TEXTS.items())]
    return "\n".join([*lines, ""])


def _limits() -> str:
    named = {name: value for name, value in vars(limits).items() if name.endswith("_MAX") and isinstance(value, int)}
    lines = ["## Limits · 上限", "", "| limit | |", "|---|---|"]
    return "\n".join([*lines, *(f"| `{name}` | {value:,} |" for name, value in sorted(named.items())), ""])


if __name__ == "__main__":
    sys.stdout.write(page())
