"""XLSForm to plan: pyxform makes the XForm, xform.py the plan; what either refuses is told with sheet and row."""

import re
from collections.abc import Mapping
from io import BytesIO
from typing import Any, Literal

from pyxform.errors import PyXFormError
from pyxform.xls2json_backends import get_xlsform
from pyxform.xls2xform import convert

from fieldapp.forms.plan import Plan
from fieldapp.forms.refusals import FormRefused, Refusal, refusal
from fieldapp.forms.xform import Rows, compile_xform

SOURCE_MAX = 5_000_000
OPENS = ("begin_group", "begin_repeat")
CLOSES = ("end_group", "end_repeat")
# Columns that pyxform takes and we would lose; sheet and row are known only here.
REFUSED_COLUMNS = (
    "trigger",
    "repeat_count",
    "parameters",
    "save_to",
    "image",
    "audio",
    "video",
    "big-image",
    "media::image",
    "media::audio",
    "media::video",
)


def compile_xlsform(
    source: str | bytes, kind: Literal["md", "xlsx", "csv"], attachments: Mapping[str, bytes] | None = None
) -> Plan:
    """The plan of an XLSForm; `attachments` are the files it names (lists as CSV, pictures). Raises FormRefused with
    every reason found, each with sheet and row where known."""
    if len(source) > SOURCE_MAX:
        raise FormRefused([refusal("limit", "XLSForm")])
    sheets: Any = None
    try:
        sheets = get_xlsform(_given(source), f".{kind}")
        refusals, rows = _look(sheets)
        if refusals:
            raise FormRefused(refusals)
        xml = convert(_given(source), file_type=f".{kind}", validate=False).xform
    except PyXFormError as error:
        raise FormRefused([_from_pyxform(str(error), sheets)]) from error
    return compile_xform(xml, attachments, rows=rows)


def _given(source: str | bytes) -> Any:
    return BytesIO(source) if isinstance(source, bytes) else source


def _look(sheets: Any) -> tuple[list[Refusal], Rows]:
    """What must be refused before pyxform, and where each node stands."""
    found: list[Refusal] = []
    settings = (sheets.settings or [{}])[0]
    for key in ("form_id", "form_title", "version", "default_language"):
        if not settings.get(key):
            found.append(refusal("setting", key, "settings", 2, key))
    if "urn:fieldapp:form:1" not in (settings.get("namespaces") or ""):
        found.append(refusal("setting", 'namespaces (fa="urn:fieldapp:form:1")', "settings", 2, "namespaces"))
    rows: Rows = {}
    stack = ["/data"]
    seen: set[str] = set()
    for row, cells in enumerate(sheets.survey or [], 2):
        kind = re.sub(r"\s+", "_", str(cells.get("type") or "").strip())
        found += [
            refusal("unsupported", column, "survey", row, column) for column in REFUSED_COLUMNS if cells.get(column)
        ]
        found += [
            refusal("unsupported", column, "survey", row, column)
            for column in cells
            if str(column).startswith(("media::", "image::", "audio::"))
        ]
        if kind in CLOSES and len(stack) > 1:
            stack.pop()
        elif cells.get("name"):
            path = f"{stack[-1]}/{cells['name']}"
            if path in seen:
                found.append(refusal("name", str(cells["name"]), "survey", row, "name"))
            seen.add(path)
            rows[path] = row
            if kind in OPENS:
                stack.append(path)
    return found, rows


def _from_pyxform(message: str, sheets: Any) -> Refusal:
    found = re.search(r"\[row ?: ?(\d+)\]|row '?(\d+)'?", message)
    sheet = re.search(r"'(survey|choices|settings)'", message)
    number = next((int(group) for group in found.groups() if group), None) if found else None
    if number is None and sheets is not None:
        # pyxform often names only the word that is wrong: the row is the first that holds it.
        words = set(re.findall(r"'([^']+)'", message))
        number = next((row for row, cells in enumerate(sheets.survey or [], 2) if words & set(cells.values())), None)
    return refusal("xlsform", message, sheet[1] if sheet else "survey" if number else None, number)
