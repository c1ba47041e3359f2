"""A county's own template: what it may hold, and filling one in.

A template is a stranger's file that we run over a family's data. So it is read with limits, holds no macro, link,
object or field that fetches, and of the template language only names of placeholders.py, `if`, and `for` over a list.
What is refused is named, so that whoever made it in a word processor can put it right.
"""

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from docx.opc.exceptions import PackageNotFoundError
from docxtpl import DocxTemplate
from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment
from lxml import etree

from fieldapp.casework.letters.kinds import Kind
from fieldapp.casework.letters.placeholders import REQUIRED, Placeholder, invented, placeholders
from fieldapp.casework.sentences import Said

UPLOAD_BYTES_MAX = 1024 * 1024
UNPACKED_BYTES_MAX = 8 * 1024 * 1024
PART_BYTES_MAX = 2 * 1024 * 1024  # of one XML part
PARTS_MAX = 200
NAMED_MAX = 20  # refusals of one kind that are listed
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_FORBIDDEN_PARTS = re.compile(r"vbaproject|vbadata|activex|embeddings/|customui|\.bin$|attachedtoolbars|afchunk", re.I)
_FORBIDDEN_RELATIONS = re.compile(
    r"/(attachedTemplate|oleObject|aFChunk|control|package|vbaProject|frame|subDocument)$"
)
_FETCHING_FIELD = re.compile(r"\b(INCLUDETEXT|INCLUDEPICTURE|DDE|DDEAUTO|LINK|HYPERLINK|IMPORT|DATABASE|MACROBUTTON)\b")
_TAG = re.compile(r"\{\{|\{%|\{#")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]")
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def refusals(kind: Kind, content: bytes) -> list[Said]:
    """Why this file cannot be the template of this paper, by name; empty where it can. Never raises for any bytes."""
    if len(content) > UPLOAD_BYTES_MAX:
        return [_TOO_LARGE]
    try:
        parts = _unpacked(content)
    except (zipfile.BadZipFile, ValueError, RuntimeError, NotImplementedError, EOFError, OSError):
        return [_NO_DOCX]
    if parts is None:
        return [_BOMB]
    found = list(_of_the_file(parts))
    if found:
        return found
    try:
        used = set[str]()
        found = [said for source in _sources(content) for said in _of_the_text(kind, source, used)]
    except (TemplateSyntaxError, TemplateError) as error:
        return [Said(f"花括号没有写对：{error.message}", f"The curly brackets are not written right: {error.message}")]
    except (PackageNotFoundError, KeyError, ValueError, AttributeError, etree.XMLSyntaxError):
        return [_NO_DOCX]
    known = placeholders(kind)
    found += [
        Said(
            f"缺少必须有的内容：{known[name].label.zh}（{name}）",
            f"What is needed is not there: {known[name].label.en} ({name})",
        )
        for name in REQUIRED[kind]
        if name not in used
    ]
    return found[:NAMED_MAX] or _tried(kind, content)


def filled(content: bytes, context: Mapping[str, Any]) -> bytes:
    """The DOCX with these values. The template was checked when it was taken in, and runs in a sandbox all the same.
    Raises TemplateError or ValueError for one that was not.
    """
    template = DocxTemplate(io.BytesIO(content))
    template.render(_clean(context), _environment())
    properties = template.docx.core_properties
    # Whoever made the template is not who wrote this letter.
    for name in ("author", "last_modified_by", "comments", "title"):
        setattr(properties, name, "")
    kept = io.BytesIO()
    template.save(kept)
    return kept.getvalue()


def _tried(kind: Kind, content: bytes) -> list[Said]:
    try:
        filled(content, invented(kind))
    except (TemplateError, ValueError, KeyError, AttributeError, TypeError, etree.XMLSyntaxError) as error:
        name = type(error).__name__
        return [Said(f"用示例内容试填时出错（{name}）", f"It could not be filled in with invented data ({name})")]
    return []


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    made = ImmutableSandboxedEnvironment(autoescape=True, undefined=StrictUndefined)
    made.globals.clear()
    made.filters.clear()
    made.tests.clear()
    return made


def _clean(value: Any) -> Any:
    """Text without characters that no XML can hold."""
    if isinstance(value, Mapping):
        return {name: _clean(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_clean(inner) for inner in value]
    return _CONTROL.sub("", str(value).replace("\r\n", "\n"))


# --- the file ---------------------------------------------------------------------------------------------------------


def _unpacked(content: bytes) -> dict[str, bytes] | None:
    """The parts by name; None for more than we unpack."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        infos = packed.infolist()
        if len(infos) > PARTS_MAX or sum(info.file_size for info in infos) > UNPACKED_BYTES_MAX:
            return None
        parts: dict[str, bytes] = {}
        for info in infos:
            with packed.open(info) as part:  # the directory may lie about the size
                limit = PART_BYTES_MAX if _is_xml(info.filename) else UNPACKED_BYTES_MAX
                read = part.read(limit + 1)
            if len(read) > limit:
                return None
            if info.filename in parts:
                raise ValueError("two parts of one name")
            parts[info.filename] = read
    return parts


def _is_xml(name: str) -> bool:
    return name.lower().endswith((".xml", ".rels"))


def _of_the_file(parts: Mapping[str, bytes]) -> Iterator[Said]:
    if "word/document.xml" not in parts or "[Content_Types].xml" not in parts:
        yield _NO_DOCX
        return
    for name in parts:
        if _FORBIDDEN_PARTS.search(name):
            yield Said(
                f"文件里有宏或嵌入对象，请删去：{name}", f"It holds a macro or an embedded object; take it out: {name}"
            )
    for name, content in parts.items():
        if not _is_xml(name):
            continue
        tree = _parsed(content)
        if tree is None:
            yield Said(f"这一部分读不了：{name}", f"This part cannot be read: {name}")
        elif name == "[Content_Types].xml":
            if _MAIN not in {one.get("ContentType") for one in tree.iter() if isinstance(one.tag, str)}:
                yield _NO_DOCX
        elif name.endswith(".rels"):
            yield from _of_the_links(tree)
        elif name.startswith("docProps/"):
            if _TAG.search("".join(tree.itertext())):
                yield Said("文档属性里不能写花括号。", "Document properties may hold no curly brackets.")
        else:
            yield from _of_the_fields(tree)


def _parsed(content: bytes) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        tree = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    return None if tree.getroottree().docinfo.doctype else tree


def _of_the_links(tree: Any) -> Iterator[Said]:
    for one in tree.iter():
        if not isinstance(one.tag, str):
            continue
        target = (one.get("Target") or "")[:80]
        if (one.get("TargetMode") or "").lower() == "external":
            yield Said(f"有指向外面的链接，请删去：{target}", f"It links to somewhere else; take it out: {target}")
        elif _FORBIDDEN_RELATIONS.search(one.get("Type") or ""):
            yield Said(
                f"有宏、附加模板或嵌入对象，请删去：{target}",
                f"Macro, attached template or object; take it out: {target}",
            )


def _of_the_fields(tree: Any) -> Iterator[Said]:
    told = "".join(
        (one.text or "") + (one.get(f"{_W}instr") or "") + " "
        for one in tree.iter(f"{_W}instrText", f"{_W}fldSimple")
    )  # fmt: skip
    # A word processor may cut a field's name in two.
    if found := _FETCHING_FIELD.search(told.upper()) or _FETCHING_FIELD.search(told.upper().replace(" ", "")):
        yield Said(
            f"有会取外面内容的域，请删去：{found[0]}", f"A field fetches from elsewhere; take it out: {found[0]}"
        )


# --- the text ---------------------------------------------------------------------------------------------------------


def _sources(content: bytes) -> Iterator[str]:
    """Each part that is filled in, as the template language reads it."""
    template = DocxTemplate(io.BytesIO(content))
    template.init_docx()
    yield template.patch_xml(template.get_xml())
    for uri in (template.HEADER_URI, template.FOOTER_URI):
        for _, part in template.get_headers_footers(uri):
            yield template.patch_xml(template.get_part_xml(part))
    for part in template.docx.part.package.parts:
        if part.content_type.endswith("footnotes+xml"):
            blob = part.blob
            yield template.patch_xml(blob.decode("utf-8") if isinstance(blob, bytes) else blob)


def _of_the_text(kind: Kind, source: str, used: set[str]) -> Iterator[Said]:
    numbered = re.sub(r"<w:p([ >])", r"\n<w:p\1", source)  # a line for each paragraph, so that it can be named
    yield from _Reader(placeholders(kind), used).read(_environment().parse(numbered))


class _Reader:
    """Walks what a template does. What is not allowed by name is refused."""

    def __init__(self, known: Mapping[str, Placeholder], used: set[str]) -> None:
        self._known, self._used = known, used

    def read(self, tree: nodes.Template) -> Iterator[Said]:
        for node in tree.body:
            yield from self._node(node, {})

    def _node(self, node: nodes.Node, rows: Mapping[str, Placeholder]) -> Iterator[Said]:
        if isinstance(node, nodes.TemplateData):
            return
        if isinstance(node, nodes.Output):
            for shown in node.nodes:
                yield from self._shown(shown, rows)
        elif isinstance(node, nodes.If):
            yield from self._asked(node.test, rows)
            for inner in (*node.body, *node.elif_, *node.else_):
                yield from self._node(inner, rows)
        elif isinstance(node, nodes.For):
            yield from self._repeated(node, rows)
        else:
            yield _not_allowed(node)

    def _repeated(self, node: nodes.For, rows: Mapping[str, Placeholder]) -> Iterator[Said]:
        over, row = node.iter, node.target
        if not isinstance(over, nodes.Name) or not isinstance(row, nodes.Name):
            yield _not_allowed(node)
            return
        one = self._known.get(over.name)
        if rows or node.test is not None or node.recursive:
            yield _not_allowed(node)  # a list in a list would multiply what a small file makes
        elif one is None or not one.is_list:
            yield _unknown(over.name)
        else:
            self._used.add(one.name)
            for inner in (*node.body, *node.else_):
                yield from self._node(inner, {row.name: one})

    def _shown(self, node: nodes.Node, rows: Mapping[str, Placeholder]) -> Iterator[Said]:
        if isinstance(node, nodes.TemplateData):
            return
        if isinstance(node, nodes.Name):
            one = self._known.get(node.name)
            if node.name in rows or one is None or one.is_list:
                yield _unknown(node.name)
            else:
                self._used.add(node.name)
        elif isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name):
            yield from self._column(node, rows)
        else:
            yield _not_allowed(node)

    def _column(self, node: nodes.Getattr, rows: Mapping[str, Placeholder]) -> Iterator[Said]:
        assert isinstance(node.node, nodes.Name)
        row = rows.get(node.node.name)
        if row is None or node.attr not in {column.name for column in row.columns}:
            yield _unknown(f"{node.node.name}.{node.attr}")

    def _asked(self, node: nodes.Node, rows: Mapping[str, Placeholder]) -> Iterator[Said]:
        if isinstance(node, nodes.Name) and node.name in self._known and node.name not in rows:
            return
        if isinstance(node, nodes.Not):
            yield from self._asked(node.node, rows)
        elif isinstance(node, nodes.And | nodes.Or):
            yield from self._asked(node.left, rows)
            yield from self._asked(node.right, rows)
        else:
            yield from self._shown(node, rows)


def _unknown(name: str) -> Said:
    return Said(f"不认识的占位符：{name[:60]}", f"Unknown placeholder: {name[:60]}")


def _not_allowed(node: nodes.Node) -> Said:
    what = type(node).__name__
    return Said(
        f"第 {node.lineno - 1} 段：模板里只能用占位符、if 和 for（这里是 {what}）",
        f"Paragraph {node.lineno - 1}: a template uses placeholders, if and for only (here: {what})",
    )


_TOO_LARGE = Said("文件超过 1 MB，请换小的图片。", "The file is over 1 MB; use smaller pictures.")
_BOMB = Said("文件解压后太大。", "The file unpacks to more than we take.")
_NO_DOCX = Said(
    "这不是 .docx 文件（.doc、.docm、.dotx 都不行），请另存为 .docx。",
    "This is no .docx file (nor are .doc, .docm or .dotx): save it as .docx.",
)
