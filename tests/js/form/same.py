"""What of an instance is compared between phone and server, and how a difference is said; `run.js` is the phone."""

import json
from typing import Any

from fieldapp.forms.evaluate import Instance

VIEW_KEYS = ("path", "relevant", "required", "readonly", "value", "unknown", "error", "label_text", "guidance")
SWITCHES = ("counted", "off", "missing", "sliced")
# As one text each way: of a million values the browser's driver checks every one, which took longer than the engines.
_CALL = """async ([name, args]) => {
  const found = await (await import("/tests/js/form/run.js"))[name](...JSON.parse(args));
  return JSON.stringify(found, (_, value) => value === undefined ? null : value);
}"""


def on_the_phone(js_page: Any, name: str, *args: Any) -> Any:
    """What a function of `run.js` gives for these arguments; nothing and undefined are both None."""
    return json.loads(js_page.evaluate(_CALL, [name, json.dumps(args)]))


def seen(instance: Instance, told: list[list[str]]) -> dict[str, Any]:
    """All that can be seen of an instance after its steps, with the keys of the phone."""
    sections, recorded = instance.sections("door"), instance.recorded()
    return {
        "changes": told,
        "seen": [child["path"] for child in instance.tree()],
        "shown": [child["path"] for child in instance.children("", "door")],
        "answers": instance.answers(),
        "submission": instance.submission(),
        "problems": instance.problems(),
        "sections": [{key: s[key] for key in ("path", "questions", "answered", "problems")} for s in sections],
        "count": len(list(instance.places(0, instance.root))),
        "name": instance.name(),
        "recorded": {key: value for key, value in recorded.items() if key != "random"},
        "drawn": recorded["random"],
        "views": _views(instance, instance.tree()),
    }


def _views(instance: Instance, tree: list[dict[str, Any]]) -> list[Any]:
    found: list[Any] = []
    for child in tree:
        view = instance.view(child["path"])
        choices = view["choices"] and [[choice["value"], choice["label_text"]] for choice in view["choices"]]
        switches = [view[key] for key in SWITCHES]
        found.append([*(view[key] for key in VIEW_KEYS), child["relevant"], view["same"], switches, choices])
        found += _views(instance, child["children"])
    return found


def difference(expected: dict[str, Any], reply: dict[str, Any]) -> str | None:
    """The first thing that is not the same, or None.

    What the phone kept of its looks must be what it would find anew, after each step.
    The phone may tell fewer changed paths than the server, for it looks at rows, not at questions only; but every
    path that looks different must be told. It may have drawn more, for its screen was looked at after each step.
    """
    if "thrown" in reply:
        return str(reply["thrown"])
    if reply["stale"]:
        return f"kept by the phone, but different by now: {reply['stale'][:2]}"
    if reply["untold"]:
        return f"looks different, but is not told: {reply['untold'][:2]}"
    for told, known, needed in zip(reply["changes"], expected["changes"], reply["needed"], strict=True):
        if not set(told) <= {*known, *needed}:
            return f"told by the phone for nothing: {sorted(set(told) - {*known, *needed})}"
    for key in expected.keys() - {"changes", "drawn"}:
        if expected[key] != reply[key]:
            return f"{key}: {_where(expected[key], reply[key])}"
    undrawn = [pair for pair in expected["drawn"] if pair not in reply["drawn"]]
    return f"drawn by the server alone: {undrawn}" if undrawn else None


def _where(server: Any, phone: Any) -> str:
    """The innermost place where two JSON values differ."""
    if isinstance(server, dict) and isinstance(phone, dict):
        for key in [*server, *(key for key in phone if key not in server)]:
            if key not in server or key not in phone or server[key] != phone[key]:
                return f"{key}.{_where(server.get(key), phone.get(key))}"
    if isinstance(server, list) and isinstance(phone, list) and len(server) == len(phone):
        for at, (mine, theirs) in enumerate(zip(server, phone, strict=True)):
            if mine != theirs:
                return f"[{at}]{_where(mine, theirs)}" if isinstance(mine, (dict, list)) else f"{server} != {phone}"
    return f"server {server!r}, phone {phone!r}"
