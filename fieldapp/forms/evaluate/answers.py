"""Between answers and values: what an expression reads of an answer, and what a computed value is as an answer."""

from decimal import Decimal
from typing import Any

from fieldapp.forms import checks, dates, decimals, functions, values
from fieldapp.forms.dates import DateText
from fieldapp.forms.plan import Node, Plan
from fieldapp.forms.values import Value

DATED = ("date", "dateTime")
SPLIT = ("select_multiple", "rank")


def as_value(plan: Plan, node: Node, answer: Any) -> Value:
    """A blank and an unknown are the empty text."""
    if answer is None or isinstance(answer, (dict, bool)):
        return ""
    if isinstance(answer, list):
        return " ".join(answer if node.get("type") == "rank" else _in_list_order(plan, node, answer))
    if isinstance(answer, int):
        return decimals.settle(Decimal(answer)) or Decimal(0)
    kind = node.get("type")
    if kind == "decimal" or node.get("check") == "money":
        found = decimals.from_text(answer)
        return answer if found is None else found
    return DateText(answer) if kind in DATED and dates.precision(answer) else str(answer)


def as_answer(node: Node, value: Value) -> Any:
    """A computed value as an answer of the node's type; None where blank."""
    text = values.text(value)
    if text == "":
        return None
    if node.get("type") in ("integer", "decimal") or node.get("check") == "money":
        number = values.number(value)
        if number is None:
            return text
        whole = int(number) if number == number.to_integral_value() and abs(number) <= checks.INTEGER_MAX else None
        return whole if node.get("type") == "integer" and whole is not None else decimals.to_text(number)
    return functions.words(text) if node.get("type") in SPLIT else text


def _in_list_order(plan: Plan, node: Node, codes: list[str]) -> list[str]:
    found = plan.lists.get((node.get("choices") or {}).get("list", ""))
    if found is None:
        return codes
    end = len(found.values)
    return sorted(codes, key=lambda code: found.places.get(code, end))
