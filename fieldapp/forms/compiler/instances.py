"""The instances of the model: the questions as a tree of nodes, and the lists of choices."""

import re
from typing import Any

from fieldapp.forms import limits, markup
from fieldapp.forms.compiler import csvlist, texts
from fieldapp.forms.compiler.draft import Draft, FileList
from fieldapp.forms.compiler.xmltree import JR, XF, Element, local, shown
from fieldapp.forms.markup import plain_text
from fieldapp.forms.plan import Node
from fieldapp.forms.refusals import FormRefused, refusal

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*|_[A-Za-z0-9][A-Za-z0-9_]*")
LAST_SAVED = "jr://instance/last-saved"
_ROOT_ATTRIBUTES = ("id", "version")
_INNER_ATTRIBUTES = ("jr:template",)


def read(draft: Draft) -> Element:
    """Fills nodes and lists; the primary instance's root."""
    found = list(draft.model.findall(f"{XF}instance"))
    if not found or len(found[0]) != 1:
        raise FormRefused([refusal("xml", "instance")])
    primary = found[0][0]
    draft.version = primary.get("version", "")
    for attribute in sorted(primary.attrib):
        if shown(attribute) not in _ROOT_ATTRIBUTES:
            draft.warn("ignored", shown(attribute), sheet="settings")
    _add(draft, primary, None, f"/{local(primary)}")
    for instance in found[1:]:
        _list(draft, instance)
    return primary


def _add(draft: Draft, element: Element, parent: int | None, path: str) -> None:
    draft.budget.spend()
    if path in draft.paths:  # the template of a repeat and its first row are the same node
        return
    number = len(draft.nodes)
    if number > limits.NODES_MAX:
        raise FormRefused([refusal("limit", f"{limits.NODES_MAX} 个节点 / nodes", "survey")])
    name = local(element)
    cell = draft.rows.get(path)
    node: Node = {
        "n": number,
        "name": name,
        "kind": "form" if parent is None else "",
        "parent": parent,
        "row": cell.row if cell else None,
    }
    draft.nodes.append(node)
    draft.paths[path] = number
    draft.children[number] = {}
    if parent is not None:
        draft.children[parent][name] = number
        if not NAME.fullmatch(name):
            draft.refuse("name", name, number, "name")
        for attribute in sorted(element.attrib):
            if shown(attribute) not in _INNER_ATTRIBUTES:
                draft.warn("ignored", shown(attribute), number)
    rows: dict[str, int] = {}
    for child in element:
        if parent is None and local(child) == "meta":
            _meta(draft, child)
            continue
        rows[local(child)] = rows.get(local(child), 0) + (f"{JR}template" not in child.attrib)
        _add(draft, child, number, f"{path}/{local(child)}")
    for child_name in sorted(name for name, count in rows.items() if count > 1):
        draft.warn("initial_rows", child_name, draft.number_at(f"{path}/{child_name}"))
    if not len(element) and (element.text or "").strip():
        node["default"] = ["s", (element.text or "").strip()]


def _meta(draft: Draft, meta: Element) -> None:
    for child in meta:
        name = local(child)
        if name == "entity":
            draft.refuse("unsupported", ("实体，请用 bind::fa:fact", "entities; use bind::fa:fact"), sheet="entities")
        elif name == "audit":
            draft.refuse("unsupported", "audit", column="type")
        elif name not in ("instanceID", "instanceName"):
            draft.warn("ignored", f"meta/{name}", sheet="settings")


# lists


def _list(draft: Draft, instance: Element) -> None:
    name, source = instance.get("id", ""), instance.get("src", "")
    if source == LAST_SAVED:
        return
    if source:
        _from_file(draft, name, source)
    elif len(instance) != 1:
        draft.refuse("list", name or "instance", sheet="choices")
    else:
        items = list(instance[0])
        draft.budget.spend(len(items))
        if len(items) > limits.LIST_ROWS_MAX:
            draft.refuse("limit", f"{name}: {limits.LIST_ROWS_MAX} 行 / rows", sheet="choices")
        elif len(items) > limits.LIST_INLINE_MAX:
            draft.lists[name] = _long(draft, name, items)
        else:
            draft.lists[name] = [_item(draft, name, at, item) for at, item in enumerate(items, 1)]
        draft.choice_row = None


def _from_file(draft: Draft, name: str, source: str) -> None:
    file = source.rpartition("/")[2]
    if not source.startswith("jr://file-csv/") and not file.endswith(".csv"):
        detail = (f"{file}：外部列表只用 .csv", f"{file}: lists from outside are .csv only")
        draft.refuse("unsupported", detail, _named_in(draft, file, name), "type")
        return
    content = draft.attachments.get(file)
    if content is None:
        draft.refuse("attachment", file, _named_in(draft, file, name), "type")
        return
    try:
        table = csvlist.read(file, content, draft.budget)
    except csvlist.Unreadable as error:
        draft.refuse("list_file", error.args[0], sheet=file)
        return
    if table.is_guessed:
        draft.warn("list_encoding", file, sheet=file)
    draft.csv[name] = table
    draft.lists[name] = csvlist.as_list(table, draft.languages, None, None)


def _named_in(draft: Draft, file: str, name: str) -> int:
    """The first question whose row names the file, or the list by pulldata."""
    for word in (file, f"'{name}'", f'"{name}"'):
        for path, cell in draft.rows.items():
            if path in draft.paths and any(word in text for text in cell.texts.values()):
                return draft.paths[path]
    return 0


def _cells(item: Element) -> dict[str, str]:
    return {local(cell): (cell.text or "").strip() for cell in item}


def _item(draft: Draft, name: str, at: int, item: Element) -> dict[str, Any]:
    values = _cells(item)
    _stand_at(draft, name, at)
    value = values.pop("name", "")
    text_id = values.pop("itextId", None)
    label = values.pop("label", value)
    _check_code(draft, name, value, at)
    return {
        "value": value,
        "label": texts.of_id(draft, text_id, None) if text_id else texts.plain(draft, label),
        "columns": values,
    }


def _long(draft: Draft, name: str, items: list[Element]) -> FileList:
    """A list that becomes a file: its labels are plain words."""
    cells = [_cells(item) for item in items]
    extra = list(dict.fromkeys(key for cell in cells for key in cell if key not in ("name", "label", "itextId")))
    rows: list[list[str]] = []
    for at, cell in enumerate(cells, 1):
        _stand_at(draft, name, at)
        value = cell.get("name", "")
        _check_code(draft, name, value, at)
        draft.budget.spend(len(extra) + len(draft.languages))
        rows.append([value, *_words(draft, cell, value), *(cell.get(column, "") for column in extra)])
    if "value" in extra:
        draft.refuse("list", f"{name}: value", sheet="choices")
    return FileList(["value", *(f"label:{language}" for language in draft.languages), *extra], rows)


def _stand_at(draft: Draft, name: str, at: int) -> None:
    cell = draft.rows.get(f"choices:{name}-{at - 1}")
    draft.choice_row = cell.row if cell else None


def _words(draft: Draft, cell: dict[str, str], value: str) -> list[str]:
    if "itextId" not in cell:
        return [cell.get("label", value)] * len(draft.languages)
    pieces, media = texts.pieces_of(draft, cell["itextId"], None)
    if any(media.values()) or any(not isinstance(piece, str) for found in pieces.values() for piece in found):
        draft.refuse(
            "unsupported",
            (f"长选项表的标签里有图片或题目的值：{value}", f"media or ${{ }} in the label of a long list: {value}"),
            sheet="choices",
        )
        return [value] * len(draft.languages)
    return [plain_text(markup.parts(pieces[language])) for language in draft.languages]


def _check_code(draft: Draft, name: str, value: str, at: int) -> None:
    if not value or re.search(r"\s", value):
        draft.refuse("name", f"{name}: {value or at}", sheet="choices", column="name")
