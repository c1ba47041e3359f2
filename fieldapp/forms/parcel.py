"""What staff chose to upload: the one file that is the form, and the lists and media beside it, each within bounds.

A zip is unpacked here and nowhere else: what it claims is counted before a byte is inflated, and what it holds while it
is. Nothing is guessed: what is not known is refused by name. What a workbook, a table or an XForm may hold is
said by those who read them (workbook.py, publish.py, xform.py).
"""

import re
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Literal

from fieldapp.forms import workbook
from fieldapp.forms.plan import Plan
from fieldapp.forms.publish import compile_xlsform
from fieldapp.forms.refusals import FormRefused, Refusal
from fieldapp.forms.xform import compile_xform

FILES_MAX = 100
UPLOAD_BYTES_MAX = 16 * 1024 * 1024  # of what is sent
UNPACKED_BYTES_MAX = 32 * 1024 * 1024  # of a zip, all files together
NAME_MAX = 120
_PIECE = 65_536

FormKind = Literal["xlsx", "md", "xml", "csv"]
FORM_KINDS: tuple[FormKind, ...] = ("xlsx", "md", "xml", "csv")
ATTACHMENTS = ("csv", "png", "jpg", "jpeg", "webp", "gif", "svg", "mp3", "m4a", "ogg", "wav", "mp4", "webm")
# Kept apart, because each has a better answer than "unknown".
_MACROS = ("xlsm", "xltm", "xlsb")
_ENCODING = re.compile(r"^(<\?xml\b[^>]*?)\s+encoding\s*=\s*(?:\"[^\"]*\"|'[^']*')")  # it is UTF-8 from here on
_OLD_WORKBOOKS = ("xls", "xlt", "ods", "et")

_TEXTS: dict[str, tuple[str, str]] = {
    "parcel_no_form": (
        "没有找到表单文件。请选择一个 .xlsx、.csv、.md 或 XForm .xml 文件。",
        "No form was found. Choose one .xlsx, .csv, .md or XForm .xml file.",
    ),
    "parcel_two_forms": (
        "有多个表单文件：{detail}。一次只能上传一个表单，请分开上传。",
        "There are several forms: {detail}. Upload one form at a time.",
    ),
    "parcel_kind": (
        "不支持这种文件：{detail}。请删去，或另存为 .xlsx、.csv、.md、.xml 或常用图片、音频、视频。",
        "This kind of file is not taken: {detail}. Leave it out, or save it as .xlsx, .csv, .md, .xml or a usual "
        "picture, sound or video.",
    ),
    "parcel_old_workbook": (
        "{detail} 是旧格式的表格。请在表格软件中另存为 .xlsx。",
        "{detail} is a workbook of another format. Save it as .xlsx in your spreadsheet program.",
    ),
    "parcel_macros": (
        "{detail} 含有宏。请另存为不含宏的 .xlsx。",
        "{detail} holds macros. Save it as .xlsx without macros.",
    ),
    "parcel_locked": (
        "{detail} 加了密码，或是旧格式的表格。请在表格软件中去掉密码，另存为 .xlsx。",
        "{detail} is locked with a password, or of an old format. Take the password off and save it as .xlsx.",
    ),
    "parcel_too_large": (
        "{detail} 解开后太大。请减少内容。",
        "{detail} is too large when unpacked. Reduce it.",
    ),
    "parcel_too_many": (
        "文件太多：最多 {detail} 个。",
        "Too many files: at most {detail}.",
    ),
    "parcel_zip": (
        "压缩包无法解开：{detail}。请重新打包，不要加密码。",
        "The archive cannot be unpacked: {detail}. Pack it again, without a password.",
    ),
    "parcel_twice": (
        "有两个文件同名：{detail}。请改名后再上传。",
        "Two files have the same name: {detail}. Rename one.",
    ),
    "parcel_text": (
        "{detail} 的文字编码无法识别。请另存为 UTF-8。",
        "The text of {detail} cannot be read. Save it as UTF-8.",
    ),
    "parcel_empty": ("{detail} 是空的。", "{detail} is empty."),
}


@dataclass(frozen=True)
class Parcel:
    """A form and what belongs to it. Texts are UTF-8, whatever they came in."""

    name: str
    kind: FormKind
    source: bytes
    attachments: dict[str, bytes]


def read(files: Sequence[tuple[str, bytes]]) -> Parcel:
    """Sort out what was uploaded, as (name, bytes). Raises FormRefused with every reason found."""
    refusals: list[Refusal] = []
    unpacked = _unpacked(files, refusals)
    forms, attachments = _sorted(unpacked, refusals)
    if len(forms) > 1:
        refusals.append(_refusal("parcel_two_forms", "、".join(name for name, _, _ in forms)))
    elif not forms and not refusals:
        refusals.append(_refusal("parcel_no_form"))
    if refusals:
        raise FormRefused(refusals)
    name, kind, source = forms[0]
    return Parcel(name, kind, source, attachments)


def compiled(parcel: Parcel) -> Plan:
    """The plan of a parcel. Raises FormRefused with every reason found."""
    if parcel.kind == "xml":
        return compile_xform(parcel.source.decode("utf-8"), parcel.attachments)
    source = parcel.source if parcel.kind == "xlsx" else parcel.source.decode("utf-8")
    return compile_xlsform(source, parcel.kind, parcel.attachments)


def plain_name(name: str) -> str:
    """The last part of a path, as a person may be shown it."""
    last = re.split(r"[/\\]", name)[-1]
    return "".join(sign for sign in last if sign.isprintable()).strip()[-NAME_MAX:]


# --- zip --------------------------------------------------------------------------------------------------------------


def _unpacked(files: Sequence[tuple[str, bytes]], refusals: list[Refusal]) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for name, content in files:
        name = plain_name(name)
        found += _of_zip(name, content, refusals) if _ending(name) == "zip" else [(name, content)]
    if len(found) > FILES_MAX:
        refusals.append(_refusal("parcel_too_many", str(FILES_MAX)))
        return []
    names = [name.lower() for name, _ in found]
    for name in sorted({name for name in names if names.count(name) > 1}):
        refusals.append(_refusal("parcel_twice", name, name))
    return found


def _of_zip(archive: str, content: bytes, refusals: list[Refusal]) -> list[tuple[str, bytes]]:
    """The files of an archive, folders dropped; nothing where anything about it is wrong."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as opened:
            members = [info for info in opened.infolist() if not _is_litter(info)]
            if len(members) > FILES_MAX:
                refusals.append(_refusal("parcel_too_many", str(FILES_MAX), archive))
                return []
            found: list[tuple[str, bytes]] = []
            left = UNPACKED_BYTES_MAX
            if sum(info.file_size for info in members) <= left:
                for info in members:
                    content = _read(opened, info, left)
                    left -= len(content)
                    if left < 0:
                        break
                    found.append((plain_name(_zip_name(info)), content))
                else:
                    return found
            refusals.append(_refusal("parcel_too_large", archive, archive))
            return []
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError) as error:
        # RuntimeError: locked with a password; NotImplementedError: a way of packing that nobody uses.
        refusals.append(_refusal("parcel_zip", type(error).__name__, archive))
        return []


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo, left: int) -> bytes:
    """At most one byte more than `left`. What a file claims to hold is not believed: it is counted while it is read."""
    workbook.refuse_packing(info)
    content = bytearray()
    with archive.open(info) as opened:
        while piece := opened.read(min(_PIECE, left + 1 - len(content))):
            content += piece
    return bytes(content)


def _is_litter(info: zipfile.ZipInfo) -> bool:
    """Folders, and what systems leave beside the files of a person."""
    name = info.filename.replace("\\", "/")
    last = name.rstrip("/").split("/")[-1]
    return name.endswith("/") or name.startswith("__MACOSX/") or last.startswith(".") or last == "Thumbs.db"


def _zip_name(info: zipfile.ZipInfo) -> str:
    if info.flag_bits & 0x800:
        return info.filename
    try:  # archives made on a Chinese Windows name their files in GBK, and do not say so
        return info.filename.encode("cp437").decode("gb18030")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return info.filename


# --- what is what -----------------------------------------------------------------------------------------------------


def _sorted(
    files: Sequence[tuple[str, bytes]], refusals: list[Refusal]
) -> tuple[list[tuple[str, FormKind, bytes]], dict[str, bytes]]:
    forms: list[tuple[str, FormKind, bytes]] = []
    attachments: dict[str, bytes] = {}
    for name, content in files:
        ending = _ending(name)
        if code := _wrong(name, ending, content):
            refusals.append(_refusal(code, name, name))
            continue
        if ending in ("md", "csv", "xml"):
            text = _text(content)
            if text is None:
                refusals.append(_refusal("parcel_text", name, name))
                continue
            content = (_ENCODING.sub(r"\1", text, count=1) if ending == "xml" else text).encode("utf-8")
            is_form = ending != "csv" or _is_form_table(text)
        else:
            is_form = ending == "xlsx"
        if is_form:
            forms.append((name, next(kind for kind in FORM_KINDS if kind == ending), content))
        else:
            attachments[name] = content
    return forms, attachments


def _wrong(name: str, ending: str, content: bytes) -> str | None:
    if not content:
        return "parcel_empty"
    if ending in _MACROS:
        return "parcel_macros"
    if ending in _OLD_WORKBOOKS:
        return "parcel_old_workbook"
    if ending not in FORM_KINDS + ATTACHMENTS:
        return "parcel_kind"
    # A locked workbook, or an old one under a new name; whatever else is wrong with one, forms/workbook.py says.
    return "parcel_locked" if ending == "xlsx" and content.startswith(b"\xd0\xcf\x11\xe0") else None


def _is_form_table(text: str) -> bool:
    """pyxform's one-file table names its sheets in the first column; a list begins with the names of its columns."""
    first = {line.split(",")[0].strip().strip('"').lower() for line in text.splitlines()[:2000]}
    return "survey" in first


def _text(content: bytes) -> str | None:
    """UTF-8, UTF-16 with its mark, or what a Chinese Excel saves a .csv as."""
    encodings = ("utf-16",) if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if "\0" in text else text
    return None


def _ending(name: str) -> str:
    return name.rpartition(".")[2].lower() if "." in name else ""


def _refusal(code: str, detail: str = "", file: str | None = None) -> Refusal:
    """The place of such a refusal is a whole file."""
    zh, en = _TEXTS[code]
    return Refusal(file, None, None, code, zh.format(detail=detail), en.format(detail=detail))
