"""What does not fit in submitted answers. Nothing is altered: a finding is shown to the reviewer."""

from dataclasses import dataclass, replace
from typing import Any

from fieldapp.forms import checks
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
    # What a phone recorded is a claim: a moment, zone or draw that cannot be read must not stop the findings.
    claims = {"now": 0, "zone": "Asia/Shanghai", **told.readable(recorded)}
    claims.setdefault("started", claims["now"])
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
