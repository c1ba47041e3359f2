"""Every case of openrosa-xpath-evaluator's own test suite that our subset can ask, asked of both our engines."""

from typing import Any

import pytest

from fieldapp.forms.evaluate import open_instance
from fieldapp.forms.plan import Plan
from fieldapp.forms.refusals import FormRefused
from fieldapp.forms.xform import compile_xform
from tests.judges import listed
from tests.judges.xpath import cases
from tests.judges.xpath.cases import Case, Question

pytestmark = [pytest.mark.soak, pytest.mark.browser]
CALL = "async ([questions, now, zone]) => (await import('/tests/judges/run.js')).readAll(questions, now, zone)"
BATCH = 200


def test_both_engines_answer_as_the_package_does_where_no_listed_rule_of_ours_says_otherwise(
    browser: Any, js_page: Any
) -> None:
    asked: list[tuple[Case, Question, Plan]] = []
    refused = 0  # as the package refuses them
    for case in cases.record(browser):
        try:
            question = cases.question(case)
            asked.append((case, question, compile_xform(question.xml)))
        except cases.NoForm:
            continue
        except FormRefused:  # outside our subset; never anything but a named refusal
            refused += case.answer["kind"] == "throws"
    server = [_read(question, plan) for _, question, plan in asked]
    assert server == _on_the_phone(js_page, asked)
    listed.check(
        "expressions",
        len(asked) + refused,
        [
            listed.Difference(case.key, case.expression, str(case.answer.get("value", "an error")), ours)
            for (case, _, _), ours in zip(asked, server, strict=True)
            if not _same(case.answer, ours)
        ],
    )


def _read(question: Question, plan: Plan) -> str:
    instance = open_instance(
        plan, question.answers, now_ms=cases.NOW_MS, zone=cases.ZONE, language="en", random=lambda: 0.5
    )
    if question.is_calculation:
        return str(instance.get(question.path) or "")
    return str(instance.view(question.path)["label_text"])


def _on_the_phone(page: Any, asked: list[tuple[Case, Question, Plan]]) -> list[str]:
    sent = [
        {"plan": plan.json, "answers": q.answers, "path": q.path, "isCalculation": q.is_calculation}
        for _, q, plan in asked
    ]
    found: list[str] = []
    for start in range(0, len(sent), BATCH):
        found += page.evaluate(CALL, [sent[start : start + BATCH], cases.NOW_MS, cases.ZONE])
    return found


def _same(answer: dict[str, Any], ours: str) -> bool:
    """Numbers as far as a double tells them apart; our blank is the package's NaN."""
    if answer["kind"] == "throws":
        return False
    if answer["kind"] == "nodes":
        return f"{len(answer['value'])}:{'|'.join(answer['value'])}" == ours
    value = str(answer["value"])
    if answer["kind"] != "number" or value == "NaN" or ours == "":
        return value == ours or (value == "NaN" and ours == "")
    there, here = float(value), float(ours)
    return abs(there - here) <= 1e-12 * max(abs(there), abs(here))
