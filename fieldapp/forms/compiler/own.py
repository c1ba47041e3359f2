"""Our own columns: `bind::fa:*`."""

from typing import Any

from fieldapp.forms import checks, sensitivity
from fieldapp.forms.checks import UNKNOWN_CODES
from fieldapp.forms.compiler.draft import Draft
from fieldapp.forms.compiler.xmltree import FA
from fieldapp.forms.plan import Node

INHERITED = {"moment": "door", "how": "ask"}
VALUES: dict[str, tuple[str, ...]] = {
    "sensitivity": sensitivity.CLASSES,
    "moment": ("door", "later", "desk"),
    "how": ("ask", "see", "paper", "judge"),
    "change": ("fixed", "changeable"),
    "partial": ("year", "month", "day"),
    "check": ("id_number", "phone", "money", "region12"),
    "policy": checks.POLICIES,
    "lunar": ("yes",),
    "alone": ("yes",),
}
FREE = ("purpose", "purpose_en", "fact", "unknown", "phrases")
COLUMNS = (*VALUES, *FREE)
KEPT = ("fact", "change", "partial", "check", "policy", "phrases")  # as they are written
ALONE = ("violence", "child", "reporter")
SHOWN_WHY = ("image", "audio", "video", "file", *checks.GEO)


def read(draft: Draft) -> None:
    for path, number in draft.paths.items():
        bind = draft.binds.get(path)
        attributes = bind.attrib if bind is not None else {}
        own = {key.removeprefix(FA): value.strip() for key, value in attributes.items() if key.startswith(FA)}
        node = draft.nodes[number]
        _read(draft, node, own)
        if node.get("type") in checks.GEO and attributes.get("required", "false()") != "false()":
            # Nobody is made to tell where she is: a place is given by a tap, or not at all.
            draft.refuse("location_required", node["name"], number, "required")


def _read(draft: Draft, node: Node, own: dict[str, str]) -> None:
    number = node["n"]
    parent = draft.nodes[node["parent"]] if number else {}
    for key, value in own.items():
        if key in VALUES and value not in VALUES[key]:
            draft.refuse("value", f"{key} = {value}", number, f"bind::fa:{key}")
        elif key not in COLUMNS:
            draft.refuse("unsupported", f"bind::fa:{key}", number, f"bind::fa:{key}")
    node["declared"] = own.get("sensitivity") or parent.get("declared")
    for key, default in INHERITED.items():
        node[key] = own.get(key) or parent.get(key) or default
    node["unknown"] = _unknown(draft, own.get("unknown"), parent.get("unknown"), number)
    node |= {key: own[key] for key in KEPT if key in own}
    node |= {key: True for key in ("lunar", "alone") if key in own}
    if "purpose" in own or "purpose_en" in own:
        node["purpose"] = {
            "zh": own.get("purpose") or own["purpose_en"],
            "en": own.get("purpose_en") or own["purpose"],
        }
    _check(draft, node, own)
    node["sensitivity"] = node["declared"] if node["declared"] in sensitivity.CLASSES else sensitivity.CLASSES[0]


def _check(draft: Draft, node: Node, own: dict[str, str]) -> None:
    number, is_question = node["n"], node["kind"] == "question"
    if is_question and node["declared"] is None:
        draft.refuse("unclassified", node["name"], number, "bind::fa:sensitivity")
    if is_question and node["how"] == "judge" and node["moment"] != "desk":
        draft.refuse("judgement_in_the_home", node["name"], number, "bind::fa:moment")
    if is_question and node["type"] in SHOWN_WHY and "purpose" not in node:
        draft.warn("purpose_missing", node["name"], number, "bind::fa:purpose")
    wrong: list[tuple[str, Any]] = [
        ("change", "change" in own and "fact" not in own and "change without fact"),
        ("lunar", "lunar" in own and node.get("type") != "date" and "lunar: date"),
        ("phrases", "phrases" in own and (not is_question or node.get("type") != "text") and "phrases: text"),
        ("phrases", "phrases" in own and own["phrases"] not in draft.lists and f"phrases = {own['phrases']}"),
        ("alone", "alone" in own and node["declared"] not in ALONE and "alone: violence, child, reporter"),
    ]
    for key, detail in wrong:
        if detail:
            draft.refuse("value", detail, number, f"bind::fa:{key}")


def _unknown(draft: Draft, own: str | None, inherited: list[str] | None, number: int) -> list[str]:
    if own is None:
        return inherited or []
    codes = [] if own == "none" else own.split()
    for code in codes:
        if code not in UNKNOWN_CODES:
            draft.refuse("value", f"unknown = {code}", number, "bind::fa:unknown")
    return codes
