"""A list of choices from a CSV attachment, within bounds."""

import csv
import re
from dataclasses import dataclass
from io import StringIO

from fieldapp.forms.compiler.draft import FileList
from fieldapp.forms.limits import ATTACHMENT_BYTES_MAX, LIST_CELL_MAX, LIST_COLUMNS_MAX, LIST_ROWS_MAX, Budget

_COLUMN = re.compile(r"[^\W\d][\w.\-]*")


class Unreadable(ValueError):
    """Its one argument says in two languages (zh, en) what is wrong."""


@dataclass(frozen=True)
class Table:
    name: str
    header: list[str]
    rows: list[list[str]]
    is_guessed: bool  # it was no UTF-8


def read(name: str, content: bytes, budget: Budget) -> Table:
    """The cells of a CSV. Raises Unreadable."""
    if len(content) > ATTACHMENT_BYTES_MAX:
        raise Unreadable((f"{name} 过大", f"{name} is too large"))
    text, is_guessed = _decoded(name, content)
    budget.spend(len(text) // 100)
    if len(text) and "\0" in text:
        raise Unreadable((f"{name} 不是文字表格", f"{name} is no table of text"))
    rows: list[list[str]] = []
    try:
        for cells in csv.reader(StringIO(text), strict=True):
            if any(cell.strip() for cell in cells):
                rows.append([cell.strip() for cell in cells])
            if len(rows) > LIST_ROWS_MAX + 1 or len(cells) > LIST_COLUMNS_MAX:
                raise Unreadable((f"{name} 行或列过多", f"{name} has too many rows or columns"))
    except csv.Error as error:
        raise Unreadable((f"{name} 无法读取：{error}", f"{name} cannot be read: {error}")) from error
    if len(rows) < 1:
        raise Unreadable((f"{name} 是空的", f"{name} is empty"))
    header, *body = rows
    _check_header(name, header)
    if any(len(cell) > LIST_CELL_MAX for row in body for cell in row):
        raise Unreadable((f"{name} 有过长的单元格", f"{name} holds a cell that is too long"))
    width = len(header)
    return Table(name, header, [[*row[:width], *[""] * (width - len(row))] for row in body], is_guessed)


def as_list(table: Table, languages: list[str], code: str | None, label: str | None) -> FileList:
    """The list for the columns that hold code and label; by default `name` and `label`."""
    header = table.header
    code = code or next((column for column in ("name", "value") if column in header), None)
    label = label or "label"
    named = [_label_column(header, label, language) for language in languages]
    taken = {"value", *named} | ({"name"} if code == "name" else set())
    extra = [column for column in header if column not in taken and not column.startswith("label::")]
    if label != "label" and label in header:
        extra = [column for column in header if column not in ("value", "name" if code == "name" else "")]
    places = [header.index(column) for column in extra]
    at = None if code is None else header.index(code)
    labels = [None if column is None else header.index(column) for column in named]
    rows = []
    for number, row in enumerate(table.rows, 1):
        value = str(number) if at is None else row[at]
        rows.append([value, *(value if place is None else row[place] for place in labels), *(row[i] for i in places)])
    return FileList(["value", *(f"label:{language}" for language in languages), *extra], rows)


def _label_column(header: list[str], label: str, language: str) -> str | None:
    """`label::中文 (zh)` before `label`; None where there is neither, then the code is its own name."""
    own = (
        column for column in header if column.startswith(f"{label}::") and column.endswith((f"({language})", language))
    )
    return next(own, label if label in header else None)


def _check_header(name: str, header: list[str]) -> None:
    for column in header:
        if not _COLUMN.fullmatch(column.partition("::")[0]):
            raise Unreadable((f"{name} 的列名不合规则：{column!r}", f"{name}: this is no name of a column: {column!r}"))
    if len(set(header)) < len(header):
        raise Unreadable((f"{name} 有重复的列名", f"{name} has two columns of one name"))


def _decoded(name: str, content: bytes) -> tuple[str, bool]:
    for encoding in ("utf-8-sig", "gb18030"):  # what a Chinese Excel saves as CSV is GBK
        try:
            return content.decode(encoding), encoding != "utf-8-sig"
        except UnicodeDecodeError:
            continue
    raise Unreadable((f"{name} 的文字编码无法识别", f"{name}: its encoding is not known"))
