"""Statistics as a file to take along: CSV or XLSX, small counts hidden, and on top who took it, when and why."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO, StringIO

from openpyxl import Workbook

from fieldapp.casework.sentences import Said
from fieldapp.casework.statistics import Figure
from fieldapp.casework.statistics_cells import Masked, shown_rows, shown_spans
from fieldapp.casework.statistics_figures import CAMPAIGN_FIGURES, CAMPAIGN_TABLES, FIGURES, SPANS, TABLES
from fieldapp.casework.statistics_words import UNITS, row_words

KINDS = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
_FIGURES, _TABLES = FIGURES | CAMPAIGN_FIGURES, TABLES | CAMPAIGN_TABLES
HIDDEN = Said("<5，不显示", "hidden: under 5")
_HEADS = (
    Said("项目", "Item"), Said("数值", "Value"), Said("分母", "Of"), Said("百分比", "Percent"), Said("算法", "Formula"),
)  # fmt: skip
LATE = Said("逾期（件）", "overdue, cases")
_NOTE = Said(
    "小于 5 的数不显示；能由别的数推出它的数也不显示。仅限所写用途，不得推断个人。",
    "Counts under 5 are hidden, and so is what they would follow from. For the purpose named only; to infer nobody.",
)
_MARK = (Said("取走人", "Taken by"), Said("时间", "At"), Said("用途", "Purpose"), Said("范围", "Scope"))
_SHEETS = (Said("说明", "About"), Said("统计", "Statistics"))


@dataclass(frozen=True)
class Mark:
    """What stands on top of every file: who took it, when (as said), why, and of which period and places."""

    who: str
    at: str
    why: str
    scope: str


def file_of(kind: str, mask: Masked, mark: Mark, language: str) -> bytes:
    """The file; `kind` is one of KINDS."""
    return _csv(mask, mark, language) if kind == "csv" else _xlsx(mask, mark, language)


def _csv(mask: Masked, mark: Mark, language: str) -> bytes:
    text = StringIO()
    writer = csv.writer(text)
    writer.writerows([[_plain(cell) for cell in row] for row in (*_about(mark, language), [], *_rows(mask, language))])
    return text.getvalue().encode("utf-8-sig")  # with its mark, or the office program reads it in another code


def _xlsx(mask: Masked, mark: Mark, language: str) -> bytes:
    book = Workbook()
    about, figures = book.active, book.create_sheet(_SHEETS[1].to(language))
    about.title = _SHEETS[0].to(language)
    for sheet, rows in ((about, _about(mark, language)), (figures, _rows(mask, language))):
        for row in rows:
            sheet.append([_plain(cell) for cell in row])
        sheet.column_dimensions["A"].width = 40
        # On every printed page, whoever copies it.
        sheet.oddFooter.center.text = f"{mark.who} · {mark.at} · {mark.why}".replace("&", "&&")
    kept = BytesIO()
    book.save(kept)
    return kept.getvalue()


def _about(mark: Mark, language: str) -> Iterator[list[str]]:
    for head, value in zip(_MARK, (mark.who, mark.at, mark.why, mark.scope), strict=True):
        yield [head.to(language), value]
    yield [_NOTE.to(language)]


def _rows(mask: Masked, language: str) -> Iterator[list[str]]:
    hidden = HIDDEN.to(language)
    yield [head.to(language) for head in _HEADS]
    for figure in mask.report.figures:
        _, title, formula = _FIGURES[figure.code]
        shown = [hidden, "", ""] if figure.code in mask.figures else _shown(figure)
        yield [title.to(language), *shown, formula.to(language)]
    for table in mask.report.tables:
        yield []
        yield [_TABLES[table.code].to(language), UNITS[table.unit].to(language)]
        for row, is_hidden in shown_rows(table, mask):
            yield [row_words(table.code, row.code, language), hidden if is_hidden else str(row.count)]
        if table.is_parts:
            total = hidden if table.code in mask.totals else str(table.total)
            yield [Said("合计", "Total").to(language), total]
    if not mask.report.spans:
        return
    yield []
    heads = (Said("用时（天，中位数）", "Days, median"), UNITS["cases"], LATE)
    yield [heads[0].to(language), "", *(head.to(language) for head in heads[1:])]
    for span in shown_spans(mask):
        late = hidden if span.code in mask.late else str(len(span.late))
        median = "" if span.median_days is None else str(span.median_days)
        days = [hidden, ""] if span.code in mask.spans else [median, str(span.cases)]
        yield [SPANS[span.code][0].to(language), *days, late]


def _shown(figure: Figure) -> list[str]:
    value = str(figure.value)
    if figure.of is None:
        return [value, "", ""]
    return [value, str(figure.of), "" if figure.percent is None else str(figure.percent)]


def _plain(cell: str) -> str:
    """A cell that no office program takes for a formula."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
