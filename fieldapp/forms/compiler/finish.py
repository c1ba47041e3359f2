"""The plan itself: order, classes, list files, the number of the function set, the hash."""

import hashlib
import re
from typing import Any

from fieldapp.forms import functions, graph, plan, sensitivity
from fieldapp.forms.checks import GEO
from fieldapp.forms.compiler.draft import Draft, FileList
from fieldapp.forms.compiler.instances import NAME
from fieldapp.forms.compiler.logic import COLUMNS
from fieldapp.forms.compiler.xmltree import XH, Element
from fieldapp.forms.markup import MEDIA
from fieldapp.forms.notices import notice
from fieldapp.forms.plan import Expr, Node, Plan
from fieldapp.forms.reading import lists_read
from fieldapp.forms.refusals import FormRefused, refusal

KEYS_2 = ("count", "sets", "range", "policy", "phrases", "lunar", "alone", "preload")
TYPES_2 = ("rank", "barcode", "video", *GEO)
EXPRESSIONS = (*COLUMNS, "default", "count")


def finished(draft: Draft, primary: Element, head: Element, instance_name: Expr | None) -> Plan:
    """Raises FormRefused with every reason found so far."""
    form_id, version = primary.get("id", ""), primary.get("version", "")
    if not NAME.fullmatch(form_id):
        draft.refusals.append(refusal("setting", "form_id", "settings", 2, "form_id"))
    if not re.fullmatch(r"[1-9][0-9]{0,8}", version):
        draft.refusals.append(refusal("setting", "version", "settings", 2, "version"))
    ordered = _order(draft)
    _check_lists(draft)
    if draft.refusals:
        raise FormRefused(draft.refusals)
    _raise_classes(draft)
    _check_last_saved(draft)
    if draft.refusals:
        raise FormRefused(draft.refusals)
    title = head.findtext(f"{XH}title") or form_id
    zh, _, en = title.partition(" / ")
    lists, files = _lists(draft, instance_name)
    if draft.refusals:
        raise FormRefused(draft.refusals)
    data: dict[str, Any] = {
        "format": plan.FORMAT,
        "form_id": form_id,
        "version": int(version),
        "title": {"zh": zh, "en": en or zh},
        "languages": draft.languages,
        "nodes": [_tidy(node) for node in draft.nodes],
        "texts": draft.texts,
        "lists": lists,
        "files": {**files, **draft.media},
        "order": ordered,
        "feeds": {str(n): found for n, found in graph.feeds(draft.nodes).items()},
        "shows": {str(n): found for n, found in graph.shows(draft.nodes, draft.outputs).items()},
        "instance_name": instance_name,
    }
    if draft.last_saved:
        data["last_saved"] = sorted(draft.last_saved)
    data["functions"] = 2 if needs_set_2(data) else 1
    data["hash"] = plan.hash_of(data)
    used = {entry["hash"] for entry in data["files"].values()}
    _warn_of_unused(draft)
    return Plan(data, tuple(draft.warnings), {key: draft.files[key] for key in sorted(used)})


def needs_set_2(data: dict[str, Any]) -> bool:
    """Whether an engine of function set 1 would not do all that this plan says."""
    if data["files"] or data.get("last_saved") or _speaks_set_2(data["instance_name"]):
        return True
    if any(
        isinstance(part, list) and part[0] in MEDIA for texts in data["texts"].values() for t in texts for part in t
    ):
        return True
    for node in data["nodes"]:
        if any(key in node for key in KEYS_2) or node.get("type") in TYPES_2:
            return True
        choices = node.get("choices") or {}
        if "random" in choices or _speaks_set_2(choices.get("filter")):
            return True
        if any(_speaks_set_2(node.get(key)) for key in EXPRESSIONS):
            return True
    return any(_speaks_set_2(text) for texts in data["texts"].values() for text in texts)


def _speaks_set_2(part: Any) -> bool:
    if not isinstance(part, list) or not part or part[0] in ("s", "n", "re"):
        return False
    if part[0] == "ls" or (part[0] == "f" and part[1] in functions.SET_2):
        return True
    return any(_speaks_set_2(inner) for inner in part)


def _order(draft: Draft) -> list[int]:
    try:
        return graph.order(draft.nodes, draft.budget)
    except graph.Circle as circle:
        first = circle.nodes[0]
        names = " → ".join(draft.nodes[n]["name"] for n in [*circle.nodes[:20], first])
        draft.refuse("cycle", names, first, "calculation" if draft.nodes[first].get("calculate") else "relevant")
        return []


def _check_lists(draft: Draft) -> None:
    for node in draft.nodes:
        for name in set().union(*(lists_read(node.get(key)) for key in EXPRESSIONS)):
            if name not in draft.lists:
                draft.refuse("list", name, node["n"])


def _raise_classes(draft: Draft) -> None:
    for warning in sensitivity.raise_classes(draft.nodes, draft.outputs):
        number, detail = warning
        draft.warnings.append(notice("class_raised", detail, "survey", draft.row_of(number), "bind::fa:sensitivity"))


def _check_last_saved(draft: Draft) -> None:
    for number in sorted(draft.last_saved):
        node = draft.nodes[number]
        if node["sensitivity"] != sensitivity.CLASSES[0]:
            draft.refuse("last_saved_class", node["name"], number, "default")


def _lists(draft: Draft, instance_name: Expr | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """The lists of the plan, and what it says of those that are files; the files themselves go to the draft."""
    indexes = _compared(draft, instance_name)
    filters = _compared_in_choices(draft)
    used = _used(draft, instance_name)
    lists: dict[str, Any] = {}
    files: dict[str, Any] = {}
    for name, found in draft.lists.items():
        if not isinstance(found, FileList):
            lists[name] = found
            continue
        if name not in used:
            continue  # a CSV that is only read under other columns
        content = plan.canonical({"columns": found.columns, "rows": found.rows}).encode()
        key = hashlib.sha256(content).hexdigest()
        draft.files[key] = content
        entry: dict[str, Any] = {"file": key, "rows": len(found.rows), "columns": found.columns}
        for word, columns in (("indexes", indexes), ("filters", filters)):
            if columns.get(name):
                entry[word] = sorted(columns[name])
        lists[name] = entry
        files[name] = {"hash": key, "kind": "list", "bytes": len(content)}
        if name in draft.media:
            draft.refuse("name", name)
    return lists, files


def _used(draft: Draft, instance_name: Expr | None) -> set[str]:
    found: set[str] = lists_read(instance_name)
    for node in draft.nodes:
        choices = node.get("choices") or {}
        found |= {choices.get("list", ""), node.get("phrases", "")} | lists_read(choices.get("filter"))
        found = found.union(*(lists_read(node.get(key)) for key in EXPRESSIONS))
        found = found.union(*(lists_read(expression) for _, expression in node.get("sets") or []))
    return found.union(*(lists_read(output) for outputs in draft.outputs.values() for output in outputs))


def _compared(draft: Draft, instance_name: Expr | None) -> dict[str, set[str]]:
    found = _compared_in_choices(draft)
    expressions: list[Any] = [instance_name]
    for node in draft.nodes:
        expressions += [node.get(key) for key in EXPRESSIONS]
        expressions += [(node.get("choices") or {}).get("filter"), (node.get("choices") or {}).get("random")]
        expressions += [expression for _, expression in node.get("sets") or []]
    expressions += [output for outputs in draft.outputs.values() for output in outputs]
    while expressions:
        part = expressions.pop()
        if not isinstance(part, list) or not part:
            continue
        if part[0] == "l":
            for test in part[2]:
                found.setdefault(part[1], set()).update(_columns_of(test))
        expressions += part
    return found


def _compared_in_choices(draft: Draft) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for node in draft.nodes:
        choices = node.get("choices") or {}
        if "list" in choices and "filter" in choices:
            found.setdefault(choices["list"], set()).update(_columns_of(choices["filter"]))
    return found


def _columns_of(test: Expr) -> set[str]:
    """Columns that a test compares by `=`, alone or joined by `and`."""
    if test[0] == "and":
        return _columns_of(test[1]) | _columns_of(test[2])
    if test[0] != "=":
        return set()
    return {side[1] for side in test[1:3] if side[0] == "col" and side[1] != "label"}


def _warn_of_unused(draft: Draft) -> None:
    read = {table.name for table in draft.csv.values()} | set(draft.media)
    for name in sorted(set(draft.attachments) - read):
        draft.warn("attachment_unused", name, sheet=name)


def _tidy(node: Node) -> Node:
    empty: tuple[Any, ...] = (None, [], "")
    return {key: value for key, value in node.items() if key not in ("declared",) and value not in empty}
