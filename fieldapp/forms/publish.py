"""XLSForm to plan: pyxform makes the XForm, xform.py the plan; what either refuses is told with sheet and row."""

import re
from collections.abc import Mapping
from io import BytesIO
from typing import Any, Literal

from pyxform.errors import PyXFormError
from pyxform.xls2json_backends import get_xlsform
from pyxform.xls2xform import convert

from fieldapp.forms import sheets, workbook
from fieldapp.forms.limits import SOURCE_BYTES_MAX, Budget
from fieldapp.forms.plan import Plan
from fieldapp.forms.refusals import FormRefused, Refusal, refusal
from fieldapp.forms.xform import compile_xform


def compile_xlsform(
    source: str | bytes,
    kind: Literal["md", "xlsx", "csv"],
    attachments: Mapping[str, bytes] | None = None,
    *,
    budget: Budget | None = None,
) -> Plan:
    """The plan of an XLSForm; `attachments` are the files it names (lists as CSV, pictures). Raises FormRefused with
    every reason found, each with sheet and row where known."""
    if len(source) > SOURCE_BYTES_MAX:
        raise FormRefused([refusal("limit", f"XLSForm: {SOURCE_BYTES_MAX} bytes")])
    budget = budget or Budget()
    source = _checked(source, kind)
    form: Any = None
    try:
        form = get_xlsform(_given(source), f".{kind}")
        looked = sheets.look(form, budget)
        if looked.refusals:
            raise FormRefused(looked.refusals)
        xml = convert(_given(source), file_type=f".{kind}", validate=False).xform
    except PyXFormError as error:
        raise FormRefused([_from_pyxform(str(error), form)]) from error
    except FormRefused:
        raise
    except Exception as error:
        # pyxform trips over some tables with whatever Python raises; to the author that is a mistake in the sheet.
        raise FormRefused([refusal("xlsform", f"pyxform: {type(error).__name__}: {error}")]) from error
    plan = compile_xform(xml, attachments, rows=looked.rows, budget=budget)
    return Plan(plan.json, tuple(dict.fromkeys([*looked.warnings, *plan.warnings])), plan.files)


def _checked(source: str | bytes, kind: str) -> str | bytes:
    """Bytes of a workbook that may be opened, or the text of a table."""
    if kind == "xlsx":
        if isinstance(source, str):
            raise FormRefused([refusal("workbook", "text")])
        workbook.check(source)
        return source
    try:
        text = source.decode("utf-8-sig") if isinstance(source, bytes) else source
        text.encode()
    except UnicodeError as error:
        raise FormRefused([refusal("xlsform", ("文字不是 UTF-8", "the text is no UTF-8"))]) from error
    return text


def _given(source: str | bytes) -> Any:
    return BytesIO(source) if isinstance(source, bytes) else source


def _from_pyxform(message: str, form: Any) -> Refusal:
    found = re.search(r"\[row ?: ?(\d+)\]|row '?(\d+)'?", message)
    sheet = re.search(r"'(survey|choices|settings)'", message)
    number = next((int(group) for group in found.groups() if group), None) if found else None
    if number is None and form is not None:
        # pyxform often names only the word that is wrong: the row is the first that holds it.
        words = set(re.findall(r"'([^']+)'", message))
        number = next((row for row, cells in enumerate(form.survey or [], 2) if words & set(cells.values())), None)
    return refusal("xlsform", message, sheet[1] if sheet else "survey" if number else None, number)
