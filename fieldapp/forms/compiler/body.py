"""What the body says of the nodes: their kinds and types, appearances, ranges; and that nothing in it is unknown."""

import re
from typing import Any

from fieldapp.forms import decimals
from fieldapp.forms.compiler import attributes, tables
from fieldapp.forms.compiler.draft import Draft
from fieldapp.forms.compiler.tables import REFUSED, SAME, Support
from fieldapp.forms.compiler.xmltree import JR, XF, Element, local, shown
from fieldapp.forms.plan import Node

TYPES = {
    "string": "text",
    "int": "integer",
    "integer": "integer",
    "decimal": "decimal",
    "date": "date",
    "dateTime": "dateTime",
    "time": "time",
    "binary": "file",
    "barcode": "barcode",
    "geopoint": "geopoint",
    "geotrace": "geotrace",
    "geoshape": "geoshape",
    "odk:rank": "rank",
    "select": "text",
    "select1": "text",
}
UPLOADS = {"image/*": "image", "audio/*": "audio", "video/*": "video", "application/*": "file", "*/*": "file"}
CONTROLS = ("input", "select1", "select", "upload", "trigger", "range", "rank")
SELECTS = {"select1": "select_one", "select": "select_multiple", "rank": "rank"}


def controls_of(draft: Draft) -> dict[str, Element]:
    """The control of each path, and every element and attribute of the body looked at once."""
    ids = {bind.get("id"): path for path, bind in draft.binds.items() if bind.get("id")}
    found: dict[str, Element] = {}
    for element in draft.body.iter():
        draft.budget.spend()
        path = element.get("ref") or element.get("nodeset") or ids.get(element.get("bind")) or ""
        number = draft.number_at(path)
        kind = local(element)
        _look_at(draft, element, number)
        if kind in CONTROLS:
            if path in found:
                draft.refuse("unsupported", (f"同一题出现两次：{path}", f"two controls for {path}"), number, "name")
            elif path not in draft.paths:
                draft.refuse("path", path or kind)
            found[path] = element
    return {path: element for path, element in found.items() if path in draft.paths}


def _look_at(draft: Draft, element: Element, number: int) -> None:
    name = shown(element.tag)
    known = attributes.ELEMENTS.get(name)
    if known is None or known.state == REFUSED:
        _say(draft, known, f"<{name}>", number, "type")
        return
    if name in ("label", "hint", "value", "output", "item", "itemset", "setvalue"):
        return  # read, and judged, where they are used
    for attribute in sorted(element.attrib):
        support = attributes.CONTROL_ATTRIBUTES.get(shown(attribute))
        if name == "h:body" and attribute == "class":
            support = tables.SETTINGS["style"]
        _say(draft, support, shown(attribute), number, "parameters")
    appearance = element.get("appearance") or ""
    if "search(" in appearance.replace(" ", ""):
        _say(draft, tables.APPEARANCES["search()"], "search(…)", number, "appearance")
        return
    for word in appearance.split():
        found = tables.appearance(word)
        if found is None:
            draft.warn("appearance_unknown", word, number, "appearance")
        elif found.state == SAME:
            draft.warn("appearance_ignored", word, number, "appearance")
        elif found.state == REFUSED:
            _say(draft, found, word, number, "appearance")


def _say(draft: Draft, support: Support | None, name: str, number: int, column: str) -> None:
    name = attributes.PARAMETER_OF.get(name, name)
    if support is None:
        draft.refuse("unsupported", name, number, column)
    elif support.state == REFUSED:
        draft.refuse("unsupported", (f"{name}（{support.zh}）", f"{name} ({support.en})"), number, column)
    elif support.state == SAME:
        draft.warn("ignored", name, number, column)


def read_kinds(draft: Draft, controls: dict[str, Element]) -> None:
    """Kind and type of every node, and how many repeats stand around it."""
    repeats = {repeat.get("nodeset"): repeat for repeat in draft.body.iter(f"{XF}repeat")}
    groups = {group.get("ref") for group in draft.body.iter(f"{XF}group")}
    for repeat_path in repeats:
        if repeat_path not in draft.paths:
            draft.refuse("path", repeat_path or "repeat")
    for path, number in draft.paths.items():
        node = draft.nodes[number]
        if number and path in repeats:
            node["kind"] = "repeat"
        elif number and (draft.children[number] or path in groups):
            node["kind"] = "group"
        elif number:
            _kind_of_question(draft, node, path, controls.get(path))
        above = draft.levels[node["parent"]] if number else 0
        draft.levels.append(above + (node["kind"] == "repeat"))


def _kind_of_question(draft: Draft, node: Node, path: str, control: Element | None) -> None:
    bind = draft.binds.get(path)
    given = ((bind.get("type") if bind is not None else None) or "string").removeprefix("xsd:")
    node["type"] = TYPES.get(given)
    if node["type"] is None:
        draft.refuse("unsupported", f"type {given}", node["n"], "type")
    preload = bind.get(f"{JR}preload") if bind is not None else None
    if preload and bind is not None:
        _preload(draft, node, preload, bind.get(f"{JR}preloadParams") or "")
    if control is None:
        computed = (bind is not None and bind.get("calculate")) or node.get("preload")
        node["kind"] = "calculate" if computed else "hidden"
        return
    node["kind"] = "question"
    kind = local(control)
    if node.get("preload"):
        draft.refuse(
            "unsupported", (f"{preload} 不能由人填写", f"{preload} on a question that is asked"), node["n"], "type"
        )
    if kind == "upload":
        _upload(draft, node, control)
    elif kind == "trigger":
        node["type"] = "acknowledge"
    elif kind in SELECTS:
        node["type"] = SELECTS[kind]
    elif kind == "range":
        _range(draft, node, control)
    elif _is_note(node, bind):
        node["kind"] = "note"


def _is_note(node: Node, bind: Element | None) -> bool:
    return (
        bind is not None
        and bind.get("readonly") == "true()"
        and not bind.get("calculate")
        and not node.get("default")
        and node["type"] == "text"
    )


def _upload(draft: Draft, node: Node, control: Element) -> None:
    node["type"] = UPLOADS.get(control.get("mediatype", ""))
    if node["type"] is None:
        draft.refuse("unsupported", f"upload {control.get('mediatype')}", node["n"], "type")
    if "signature" in (control.get("appearance") or "").split():
        node["type"] = "signature"


def _preload(draft: Draft, node: Node, preload: str, parameter: str) -> None:
    found = attributes.PRELOADS.get((preload, parameter))
    if found is None:
        support = tables.TYPES.get(parameter.removeprefix("uri:"))
        _say(draft, support, f"preload {parameter or preload}", node["n"], "type")
    else:
        node["preload"], node["type"] = found


def _range(draft: Draft, node: Node, control: Element) -> None:
    limits: dict[str, Any] = {key: decimals.from_text(control.get(key) or "") for key in ("start", "end", "step")}
    if any(limits[key] is None for key in limits) or limits["step"] == 0 or limits["start"] >= limits["end"]:
        draft.refuse("value", ("range 的 start、end、step", "start, end, step of range"), node["n"], "parameters")
        return
    if node["type"] not in ("integer", "decimal"):
        draft.refuse("unsupported", f"range {node['type']}", node["n"], "type")
    limits["step"] = abs(limits["step"])
    node["range"] = {key: decimals.to_text(value) for key, value in limits.items()}


def check_binds(draft: Draft) -> None:
    """Every bind leads to a node, and every attribute of it is known."""
    root = f"/{draft.nodes[0]['name']}"
    for path, bind in draft.binds.items():
        if path not in draft.paths and not path.startswith((f"{root}/meta/", f"{root}/orx:meta/")):
            draft.refuse("path", path)
        for attribute in sorted(bind.attrib):
            name = shown(attribute)
            if not name.startswith("fa:"):
                column = "save_to" if name == "entities:saveto" else "parameters"
                _say(draft, attributes.BIND_ATTRIBUTES.get(name), name, draft.number_at(path), column)


def check_model(draft: Draft) -> None:
    for element in draft.model:
        name = shown(element.tag)
        if name not in ("itext", "instance", "bind", "setvalue"):
            number = draft.number_at(element.get("ref"))
            _say(draft, attributes.ELEMENTS.get(name), f"<{name}>", number, "type")
    for attribute in sorted(draft.model.attrib):
        name = shown(attribute)
        if name not in ("odk:xforms-version", "id"):
            support = tables.SHEETS["entities"] if name.startswith("entities:") else None
            _say(draft, support, name, 0, "settings")


def is_setvalue_ref(text: str | None) -> bool:
    return bool(re.fullmatch(r"/[^\s]+", text or ""))
