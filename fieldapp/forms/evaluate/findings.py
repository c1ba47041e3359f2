"""What does not fit in submitted answers. Nothing is altered: a finding is shown to the reviewer."""

from dataclasses import dataclass, replace
from typing import Any

from fieldapp.forms import checks, dates
from fieldapp.forms.evaluate import surroundings as told
from fieldapp.forms.evaluate.instance import Instance
from fieldapp.forms.messages import MESSAGES
from fieldapp.forms.plan import Plan


@dataclass(frozen=True)
class Finding:
    path: str
    code: str
    message_zh: str
    message_en: str


def findings(plan: Plan, answers: dict[str, Any], recorded: dict[str, Any]) -> list[Finding]:
    """What does not fit, in form order, counted repeats first; `recorded` as the revision holds it."""
    claims = _readable(recorded)
    around = told.of_plan(plan, claims["now"], claims["zone"], "zh", None, None, claims)
    instance = Instance(plan, answers, around)
    sent = Instance(plan, answers, replace(around), compute=False)
    found = [
        Finding(instance.path(number, row), "repeat_count", *MESSAGES["repeat_count"])
        for number, row in instance.computation.missing()
    ]
    for number, row in instance.places(0, instance.root):
        node, path = plan.nodes[number], instance.path(number, row)
        given = sent.get(path)
        if not row.relevant[number]:
            if node["kind"] != "calculate" and not node.get("calculate") and not checks.is_blank(given):
                found.append(Finding(path, "irrelevant", *MESSAGES["irrelevant"]))
            continue
        if (given or None) != (instance.get(path) or None):
            found.append(Finding(path, "calculation", *MESSAGES["calculation"]))
        code = instance.problem_finder.code(number, row)
        if code:
            messages = [instance.problem_finder.message(number, row, code, language) for language in ("zh", "en")]
            found.append(Finding(path, code, *messages))
    return found


def _readable(recorded: dict[str, Any]) -> dict[str, Any]:
    """What a phone recorded is a claim: a moment, zone or draw that cannot be read must not stop the findings."""
    zone, random, me = recorded.get("zone"), recorded.get("random"), recorded.get("me")
    off, last_saved = recorded.get("off"), recorded.get("last_saved")
    now = _moment(recorded.get("now"))
    found: dict[str, Any] = {
        "now": now or 0,
        "started": now or 0,
        "zone": zone if isinstance(zone, str) and dates.is_zone(zone) else "Asia/Shanghai",
        "random": [pair for pair in random if _is_pair(pair)] if isinstance(random, list) else [],
    }
    for key in ("started", "ended"):
        moment = _moment(recorded.get(key))
        if moment is not None:
            found[key] = moment
    if isinstance(me, dict):
        found["me"] = {key: value for key, value in me.items() if isinstance(value, str)}
    if isinstance(off, list):
        found["off"] = [policy for policy in off if isinstance(policy, str)]
    if isinstance(last_saved, dict):
        found["last_saved"] = last_saved
    return found


def _moment(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _is_pair(pair: Any) -> bool:
    return isinstance(pair, list) and len(pair) == 2 and all(isinstance(text, str) for text in pair)
