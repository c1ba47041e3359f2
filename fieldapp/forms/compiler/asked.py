"""What is said and offered with each question: labels, hints, choices."""

from typing import Any

from fieldapp.forms.compiler import csvlist, texts
from fieldapp.forms.compiler.body import SELECTS
from fieldapp.forms.compiler.draft import Draft, FileList
from fieldapp.forms.compiler.xmltree import XF, Element, local
from fieldapp.forms.limits import LIST_INLINE_MAX
from fieldapp.forms.markup import plain_text
from fieldapp.forms.plan import Node
from fieldapp.forms.resolve import itemset


def read(draft: Draft, controls: dict[str, Element]) -> None:
    for group in draft.body.iter(f"{XF}group"):
        repeat = group.find(f"{XF}repeat")
        path = group.get("ref") or (repeat.get("nodeset") if repeat is not None else "") or ""
        if path in draft.paths:
            _labels(draft, draft.nodes[draft.paths[path]], group)
        elif group.get("ref"):
            draft.refuse("path", path)
        elif group.find(f"{XF}label") is not None:
            draft.warn("ignored", "<group><label>")
    for path, control in controls.items():
        node = draft.nodes[draft.paths[path]]
        _labels(draft, node, control)
        if local(control) in SELECTS:
            _choices(draft, node, control)


def _labels(draft: Draft, node: Node, element: Element) -> None:
    node["appearance"] = (element.get("appearance") or "").split()
    for key in ("label", "hint"):
        found = element.find(f"{XF}{key}")
        if found is None:
            continue
        reference = found.get("ref")
        node[key] = (
            texts.message(draft, reference, node["n"]) if reference else texts.of_element(draft, found, node["n"])
        )
        guidance = texts.itext_id(reference)
        if key == "hint" and guidance and texts.has_form(draft, guidance, "guidance"):
            node["guidance"] = texts.of_id(draft, guidance, node["n"], "guidance")


def _choices(draft: Draft, node: Node, control: Element) -> None:
    source = control.find(f"{XF}itemset")
    if source is None:
        node["choices"] = {"list": _written_out(draft, node, control)}
        return
    found = draft.resolved(source.get("nodeset", ""), node["n"], "choice_filter", itemset)
    if found is None:
        return
    name, test, seed = found
    value, label = (source.find(f"{XF}{key}") for key in ("value", "label"))
    code = (value.get("ref") if value is not None else None) or "name"
    words = (label.get("ref") if label is not None else None) or "label"
    if isinstance(name, str):
        listed = _list(draft, node, name, code, words)
        node["choices"] = {"list": listed}
        if listed != name:
            test = _by_its_name(test)
    elif words not in draft.children[name]:
        draft.refuse("path", words, node["n"], "type")
        return
    else:
        node["choices"] = {"repeat": name, "label": draft.children[name][words]}
    if test is not None:
        node["choices"]["filter"] = test
    if seed is not None:
        node["choices"]["random"] = seed


def _list(draft: Draft, node: Node, name: str, code: str, words: str) -> str:
    """The list itself, or for a CSV read by other columns another list of the same rows."""
    table = draft.csv.get(name)
    if table is None:
        usual = code == "name" and (words == "label" or words.replace(" ", "") == "jr:itext(itextId)")
        if not usual:
            draft.refuse("list", f"{name}: {code}, {words}", node["n"], "parameters")
        return name
    wanted = [column for column in (code, words) if column not in ("name", "label")]
    if any(column not in table.header for column in wanted) or (
        code == "name" and not {"name", "value"} & set(table.header)
    ):
        draft.refuse("list", f"{table.name}: {code}, {words}", node["n"], "type")
        return name
    if not wanted:
        return name
    other = f"{name}({code},{words})"
    if other not in draft.lists:
        draft.lists[other] = csvlist.as_list(
            table, draft.languages, None if code == "name" else code, None if words == "label" else words
        )
    return other


def _by_its_name(test: Any) -> Any:
    """In a list whose code is another column, `name` is a column like any other."""
    if not isinstance(test, list) or not test or test[0] == "s":
        return test
    return ["col", "name"] if test == ["col", "value"] else [_by_its_name(part) for part in test]


def _written_out(draft: Draft, node: Node, control: Element) -> str:
    """Choices that stand in the control itself."""
    name = f"_{node['n']}"
    items: list[dict[str, Any]] = []
    for item in control.findall(f"{XF}item"):
        value, label = item.findtext(f"{XF}value") or "", item.find(f"{XF}label")
        draft.budget.spend()
        if not value.strip() or len(value.split()) > 1:
            draft.refuse("name", value or name, node["n"], "type")
        text = 0
        if label is None:
            text = texts.plain(draft, value)
        elif label.get("ref"):
            text = texts.message(draft, label.get("ref"), None) or 0
        else:
            text = texts.plain(draft, label.text or value)
        items.append({"value": value, "label": text, "columns": {}})
    draft.lists[name] = items
    if len(items) > LIST_INLINE_MAX:
        draft.lists[name] = _as_file(draft, items)
    return name


def _as_file(draft: Draft, items: list[dict[str, Any]]) -> FileList:
    rows = [
        [item["value"], *(plain_text(draft.texts[language][item["label"]]) for language in draft.languages)]
        for item in items
    ]
    return FileList(["value", *(f"label:{language}" for language in draft.languages)], rows)
