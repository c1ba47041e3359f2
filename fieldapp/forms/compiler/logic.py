"""Expressions of binds and repeats, defaults and triggers."""

from fieldapp.forms import limits
from fieldapp.forms.compiler import texts
from fieldapp.forms.compiler.draft import Draft
from fieldapp.forms.compiler.xmltree import JR, XF, Element, local, shown
from fieldapp.forms.plan import Expr

COLUMNS = {
    "relevant": "relevant",
    "constraint": "constraint",
    "required": "required",
    "readonly": "readonly",
    "calculate": "calculation",
}
FIRST, NEW_ROW, CHANGED = "odk-instance-first-load", "odk-new-repeat", "xforms-value-changed"
EVENTS = (FIRST, NEW_ROW, CHANGED, "xforms-ready")


def read(draft: Draft, controls: dict[str, Element]) -> Expr | None:
    """Fills the nodes; gives the expression of the record's name."""
    for path, bind in draft.binds.items():
        if path in draft.paths:
            _bind(draft, bind, draft.paths[path])
    parents = {child: control for control in controls.values() for child in control if local(child) == "setvalue"}
    for element in [*draft.model.findall(f"{XF}setvalue"), *draft.body.iter(f"{XF}setvalue")]:
        _setvalue(draft, element, parents.get(element))
    for repeat in draft.body.iter(f"{XF}repeat"):
        _count(draft, repeat)
    name = draft.binds.get(f"/{draft.nodes[0]['name']}/meta/instanceName")
    if name is None:
        return None
    found: Expr | None = draft.resolved(name.get("calculate", "''"), 0, "instance_name")
    return found


def _bind(draft: Draft, bind: Element, number: int) -> None:
    node = draft.nodes[number]
    for key, column in COLUMNS.items():
        given = bind.get(key)
        if not given or (given in ("false()", "true()") and node["kind"] == "note" and key == "readonly"):
            continue
        node[key] = draft.resolved(given, number, column)
    if node.get("preload") and node.get("calculate"):
        draft.refuse("unsupported", "preload, calculation", number, "calculation")
    node["constraint_message"] = texts.message(draft, bind.get(f"{JR}constraintMsg"), number)
    node["required_message"] = texts.message(draft, bind.get(f"{JR}requiredMsg"), number)


def _count(draft: Draft, repeat: Element) -> None:
    number, count = draft.number_at(repeat.get("nodeset")), repeat.get(f"{JR}count")
    if count and number:
        draft.nodes[number]["count"] = draft.resolved(count, number, "repeat_count")
    elif repeat.get(f"{JR}noAddRemove") in ("true()", "true"):
        draft.refuse(
            "unsupported",
            ("jr:noAddRemove 须与 jr:count 同用", "jr:noAddRemove without jr:count"),
            number,
            "repeat_count",
        )


def _setvalue(draft: Draft, element: Element, control: Element | None) -> None:
    """A default of a question, or what is set when another was answered."""
    events = (element.get("event") or "").split()
    target = draft.paths.get(element.get("ref") or "")
    number = target or 0
    unknown = [shown(key) for key in element.attrib if shown(key) not in ("event", "ref", "value")]
    for word in [*unknown, *(event for event in events if event not in EVENTS)]:
        draft.refuse("unsupported", f"setvalue {word}", number, "trigger")
    if not target or not events:
        draft.refuse("path", element.get("ref") or "setvalue", column="trigger")
        return
    value = element.get("value")
    if value is None and (element.text or "").strip():
        literal: Expr = ["s", (element.text or "").strip()]
    else:
        literal = []
    if set(events) - {CHANGED} and "default" not in draft.nodes[number]:
        draft.nodes[number]["default"] = literal or draft.resolved(value or "''", number, "default")
    if CHANGED in events:
        expression = literal or (draft.resolved(value, number, "calculation") if value else None)
        _trigger(draft, number, expression, control)


def _trigger(draft: Draft, target: int, expression: Expr | None, control: Element | None) -> None:
    source = draft.paths.get(control.get("ref") or "") if control is not None else None
    if source is None:
        draft.refuse("unsupported", ("触发的题目须由人填写", "a trigger that is no question"), target, "trigger")
        return
    above, own = _repeats(draft, source), _repeats(draft, target)
    if above[: len(own)] != own:
        draft.refuse(
            "unsupported",
            ("触发的题目与被设置的题目不在同一行", "a trigger that stands in another row than what it sets"),
            target,
            "trigger",
        )
    elif draft.nodes[target].get("calculate") or draft.nodes[target].get("preload"):
        draft.refuse("unsupported", "trigger, calculation", target, "trigger")
    elif draft.nodes[target]["kind"] not in ("question", "hidden"):
        draft.refuse("path", draft.nodes[target]["name"], target, "trigger")
    else:
        sets = draft.nodes[source].setdefault("sets", [])
        sets.append([target, expression])
        if len(sets) > limits.TRIGGERS_MAX:
            draft.refuse("limit", f"trigger: {limits.TRIGGERS_MAX}", source, "trigger")


def _repeats(draft: Draft, number: int) -> list[int]:
    found: list[int] = []
    at: int | None = number
    while at is not None:
        if draft.nodes[at]["kind"] == "repeat":
            found.insert(0, at)
        at = draft.nodes[at]["parent"]
    return found
