"""The table of a list of families as a workbook: read, given out empty, given back with what is to be mended."""

from collections.abc import Sequence
from datetime import date, datetime
from io import BytesIO
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

from fieldapp.casework.import_rows import COLUMNS, Found, Kind, columns_of
from fieldapp.errors import Problem
from fieldapp.forms import workbook
from fieldapp.forms.refusals import FormRefused

BYTES_MAX = 4 * 1024 * 1024
ROWS_MAX = 5_000
_CELL_MAX = 1_000  # characters of a cell that are looked at


def rows_of(content: bytes) -> list[list[str]]:
    """The first sheet as text, its headings first. Raises `import_unreadable`, `import_too_large`."""
    if len(content) > BYTES_MAX:
        raise Problem("import_too_large", limit_rows=ROWS_MAX)
    try:
        workbook.check(content)
        book = load_workbook(BytesIO(content), read_only=True, data_only=True)
        rows: list[list[str]] = []
        for cells in book.worksheets[0].iter_rows(values_only=True):
            if len(rows) > ROWS_MAX:
                raise Problem("import_too_large", limit_rows=ROWS_MAX)
            rows.append([_text(cell) for cell in cells])
    except Problem:
        raise
    except FormRefused as refused:
        raise Problem("import_unreadable") from refused
    except Exception as error:  # a stranger's file met a reader that did not expect it
        raise Problem("import_unreadable") from error
    return rows


def blank_table(kind: Kind, relations: Sequence[str]) -> bytes:
    """A table to fill in: headings in Chinese, and a second sheet that says what each of them takes."""
    book = Workbook()
    table: Worksheet = book.active
    table.title = "名单"
    columns = columns_of(kind)
    table.append([column.title.zh for column in columns])
    for cell in table[1]:
        cell.font = Font(bold=True)
    for number in range(1, len(columns) + 1):
        table.column_dimensions[table.cell(1, number).column_letter].width = 16
    told = book.create_sheet("说明 How to")
    for column in columns:
        told.append([column.title.zh, column.help.zh, column.title.en, column.help.en])
    told.append(["与案主关系可写", "、".join(relations)])
    return _saved(book)


def refused_table(rows: Sequence[Sequence[str]], found: Found, language: str) -> bytes:
    """The rows that were refused, as they were typed, with what is to be mended in a column more."""
    book = Workbook()
    table: Worksheet = book.active
    said: dict[int, list[str]] = {}
    titles = {column.code: column.title for column in COLUMNS}
    for fault in found.faults:
        place = f"{titles[fault.column].to(language)}: " if fault.column else ""
        said.setdefault(fault.number, []).append(place + fault.says.to(language))
    headings = ["要改什么" if language == "zh" else "What to mend", *(rows[0] if rows else [])]
    for number, cells in [(0, headings), *((n, ["; ".join(said[n]), *rows[n - 1]]) for n in sorted(said))]:
        table.append([""] * len(cells))
        for at, cell in enumerate(cells, start=1):
            written = table.cell(table.max_row, at)
            # As text, whatever it begins with: a list may come from anybody, and a spreadsheet runs formulas.
            written.value, written.data_type = cell, "s"
            written.font = Font(bold=number == 0)
    return _saved(book)


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime | date):
        return cell.strftime("%Y-%m")
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return str(cell)[:_CELL_MAX]


def _saved(book: Workbook) -> bytes:
    written = BytesIO()
    book.save(written)
    return written.getvalue()
