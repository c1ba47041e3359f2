"""A letter as a page of a browser prints it: its paragraphs and tables in their order, read from the DOCX itself."""

import io
from dataclasses import dataclass, field
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.table import Table


@dataclass(frozen=True)
class Block:
    """A paragraph (`kind` title, heading, right or text) or a table (`kind` table, or pen: room for signatures)."""

    kind: str
    text: str = ""
    rows: list[list[str]] = field(default_factory=list)


def blocks_of(docx: bytes) -> list[Block]:
    """What stands in a letter, without its empty paragraphs."""
    document = Document(io.BytesIO(docx))
    found = [_table(part) if isinstance(part, Table) else _paragraph(part) for part in document.iter_inner_content()]
    return [block for block in found if block.text or block.rows]


def _paragraph(part: Any) -> Block:
    text = part.text.strip()
    is_bold = bool(part.runs) and all(run.bold for run in part.runs if run.text.strip())
    if part.alignment == WD_ALIGN_PARAGRAPH.RIGHT:
        return Block("right", text)
    if is_bold:
        return Block("title" if part.alignment == WD_ALIGN_PARAGRAPH.CENTER else "heading", text)
    return Block("text", text)


def _table(part: Table) -> Block:
    rows = [[cell.text.strip() for cell in row.cells] for row in part.rows]
    # A row of one table that ends with a date to fill in is room for a pen.
    is_pen = len(rows) == 1 and any(text.endswith("日") and "年" in text for text in rows[0])
    return Block("pen" if is_pen else "table", rows=rows)
