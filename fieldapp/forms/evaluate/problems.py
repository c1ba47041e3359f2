"""What is wrong with an answer, by code and in words."""

from typing import Any

from fieldapp.forms import checks
from fieldapp.forms.evaluate.choices import Choices
from fieldapp.forms.evaluate.record import Row
from fieldapp.forms.messages import MESSAGES

OWN_MESSAGE = ("constraint", "not_in_range", "rank_incomplete", "geo")


class Problems:
    def __init__(self, choices: Choices):
        self.choices, self.expressions = choices, choices.expressions
        self.record, self.plan = choices.record, choices.plan
        self.surroundings = choices.expressions.surroundings

    def is_off(self, number: int) -> bool:
        """Whether policy has switched the question off."""
        policy = checks.policy_of(self.plan.nodes[number])
        return policy is not None and policy in self.surroundings.off

    def is_required(self, number: int, row: Row) -> bool:
        required = self.plan.nodes[number].get("required")
        return not self.is_off(number) and self.expressions.truth(required, number, row)

    def code(self, number: int, row: Row) -> str | None:
        """The first thing that is wrong with a relevant answer, in the order of docs/forms.md, 7.1."""
        node = self.plan.nodes[number]
        value: Any = row.values.get(number)
        if checks.is_blank(value):
            return "required" if self.is_required(number, row) else None
        if checks.is_unknown(value):
            return None if value["unknown"] in (node.get("unknown") or []) else "unknown_not_allowed"
        wrong = checks.shape_error(node, value) if node["kind"] != "calculate" else None
        if not wrong and node.get("choices"):
            codes = value if isinstance(value, list) else [value]
            wrong = self.choices.error_code(number, row, codes, self.surroundings.language)
        if not wrong:
            wrong = checks.check_error(node, value, self.surroundings.today())
        if wrong:
            return wrong
        constraint = node.get("constraint")
        return "constraint" if constraint and not self.expressions.truth(constraint, number, row) else None

    def message(self, number: int, row: Row, code: str, language: str) -> str:
        own_key = "required_message" if code == "required" else "constraint_message"
        speaks = code == "required" or code in OWN_MESSAGE or code.startswith("check_")
        own = self.plan.nodes[number].get(own_key) if speaks else None
        if own is not None:
            return self.expressions.plain(own, number, row, language)
        return MESSAGES[code][0 if language == "zh" else 1]

    def all(self, moments: list[str] | None) -> list[dict[str, Any]]:
        """Everything to be put right, in form order, of relevant questions (and calculations with a constraint)."""
        found = []
        language = self.surroundings.language
        for number, row in self.record.places(0, self.record.root):
            node = self.plan.nodes[number]
            if not row.relevant[number] or (moments is not None and node["moment"] not in moments):
                continue
            code = self.code(number, row)
            if code:
                found.append(
                    {
                        "path": self.record.path(number, row),
                        "code": code,
                        "message": self.message(number, row, code, language),
                        "label": self.expressions.plain(node.get("label"), number, row, language),
                        "moment": node["moment"],
                    }
                )
        return found
