"""A workbook looked through before anything that reads tables opens it: a .xlsx is a zip of XML.

Guards against zip bombs, entities, and sheets that claim cells far away (a reader would fill in all between).
"""

import re
import zipfile
import zlib
from io import BytesIO

from fieldapp.forms.limits import SHEET_COLUMNS_MAX, SHEET_ROWS_MAX, WORKBOOK_BYTES_MAX, WORKBOOK_PARTS_MAX
from fieldapp.forms.refusals import FormRefused, Refusal, refusal

_PIECE = 65_536
_PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_DECLARES = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_CELL = re.compile(rb"""(?:\br|ref)\s*=\s*["'](?:[A-Z]{1,3}[0-9]{1,8}:)?([A-Z]{1,3})?([0-9]{1,8})["']""")
_READ = re.compile(r"xl/(?:worksheets/.*|sharedStrings|workbook|styles)\.xml|.*\.rels|\[Content_Types\]\.xml")


def check(content: bytes) -> None:
    """Raises FormRefused."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            found = _check(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError) as error:
        if isinstance(error, FormRefused):
            raise
        raise FormRefused([refusal("workbook", type(error).__name__)]) from error
    if found is not None:
        raise FormRefused([found])


def refuse_packing(part: zipfile.ZipInfo) -> None:
    """Raises NotImplementedError, as zipfile does for what it cannot unpack at all. Of bzip2 and LZMA a small piece is
    a whole block before the first byte of it can be counted; what people pack with uses neither.
    """
    if part.compress_type not in _PACKED:
        raise NotImplementedError("packed in a way that cannot be counted")


def _check(archive: zipfile.ZipFile) -> Refusal | None:
    parts = archive.infolist()
    if len(parts) > WORKBOOK_PARTS_MAX:
        return refusal("limit", f"{WORKBOOK_PARTS_MAX} 个部件 / parts")
    left = WORKBOOK_BYTES_MAX
    for part in parts:
        if part.filename.lower().endswith("vbaproject.bin"):
            return refusal("unsupported", ("宏", "macros"))
        refuse_packing(part)
        content = b""
        keep = bool(_READ.fullmatch(part.filename))
        with archive.open(part) as opened:
            # What a part claims to hold is not believed: it is counted while it is unpacked.
            while piece := opened.read(min(_PIECE, left + 1)):
                left -= len(piece)
                if left < 0:
                    return refusal("limit", f"{WORKBOOK_BYTES_MAX} bytes")
                content += piece if keep else b""
        if keep:
            found = _check_part(part.filename, content)
            if found is not None:
                return found
    return None


def _check_part(name: str, content: bytes) -> Refusal | None:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<"):
        return refusal("workbook", "UTF-16")
    if _DECLARES.search(content):
        return refusal("doctype", "")
    if name.startswith("xl/worksheets/"):
        for column, row in _CELL.findall(content):
            if int(row) > SHEET_ROWS_MAX or _column(column) > SHEET_COLUMNS_MAX:
                sheet = name.rpartition("/")[2]
                return refusal("limit", f"{sheet}: {SHEET_ROWS_MAX} 行 / rows, {SHEET_COLUMNS_MAX} 列 / columns")
    return None


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
