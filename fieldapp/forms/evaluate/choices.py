"""What a select offers, in which order, and by which names."""

from typing import Any

from fieldapp.forms import values
from fieldapp.forms.evaluate.expressions import Context, Expressions
from fieldapp.forms.evaluate.record import Row
from fieldapp.forms.lists import ChoiceList
from fieldapp.forms.markup import parts_of, plain_text
from fieldapp.forms.plan import Expr
from fieldapp.forms.shuffle import shuffled

Choice = dict[str, Any]


class Choices:
    def __init__(self, expressions: Expressions):
        self.expressions, self.record, self.plan = expressions, expressions.record, expressions.plan
        expressions.choice_name = self.name

    def list_of(self, number: int) -> ChoiceList | None:
        return self.plan.lists.get(self.plan.nodes[number]["choices"].get("list", ""))

    def offered(self, number: int, row: Row, language: str) -> list[str]:
        """The codes that can be chosen now, in the order of the list."""
        source = self.plan.nodes[number]["choices"]
        tests = [source["filter"]] if source.get("filter") else []
        context = self.expressions.context(number, row, language)
        items = self.list_of(number)
        if items is None:
            return [choice["value"] for choice in self._rows(source, tests, context)]
        if not tests:
            return items.values
        return [items.values[at] for at in self.expressions.items(source["list"], tests, context)]

    def error_code(self, number: int, row: Row, codes: list[str], language: str) -> str | None:
        """`not_a_choice`, `rank_incomplete` or None; nothing is wrong where only part of the list is here."""
        items = self.list_of(number)
        if items is not None and not items.decides:
            return None
        is_rank = self.plan.nodes[number].get("type") == "rank"
        if items is not None and not is_rank and not self.plan.nodes[number]["choices"].get("filter"):
            return None if all(code in items.places for code in codes) else "not_a_choice"
        offered = set(self.offered(number, row, language))
        if not offered.issuperset(codes):
            return "not_a_choice"
        return "rank_incomplete" if is_rank and len(codes) < len(offered) else None

    def view(self, number: int, row: Row, language: str) -> list[Choice]:
        """What is shown, shuffled where the form says so."""
        source = self.plan.nodes[number]["choices"]
        tests = [source["filter"]] if source.get("filter") else []
        found = self._all(number, row, tests, language)
        if source.get("random"):
            seed = values.whole(self.expressions.evaluate(source["random"], self.expressions.context(number, row)))
            found = found if seed is None else shuffled(found, seed)
        return found

    def name(self, number: int, row: Row, code: str, language: str) -> str:
        """The label of whatever a select may ever offer, since a name is asked for a code already chosen."""
        if not self.plan.nodes[number].get("choices"):
            return ""
        items = self.list_of(number)
        if items is not None:
            at = items.places.get(code)
            return "" if at is None else plain_text(items.label(at, language))
        return next((c["label_text"] for c in self._all(number, row, [], language) if c["value"] == code), "")

    def _all(self, number: int, row: Row, tests: list[Expr], language: str) -> list[Choice]:
        source = self.plan.nodes[number]["choices"]
        context = self.expressions.context(number, row, language)
        items = self.list_of(number)
        if items is None:
            return self._rows(source, tests, context)
        found = []
        for at in self.expressions.items(source["list"], tests, context):
            label = items.label(at, language)
            found.append({"value": items.values[at], "label": parts_of(label), "label_text": plain_text(label)})
        return found

    def _rows(self, source: dict[str, Any], tests: list[Expr], context: Context) -> list[Choice]:
        repeat, label = source.get("repeat", 0), source.get("label", 0)
        if not repeat:
            return []
        person = next(
            (
                n
                for n in self.record.below(repeat)
                if self.plan.nodes[n]["name"] == "person_id" and self.plan.homes[n] == repeat
            ),
            None,
        )
        shared = zip(context.row.chain[1:], self.record.repeats(repeat), strict=False)
        depth = sum(a.node == b for a, b in shared)
        found = []
        rows = self.expressions.node_set(["p", repeat, depth, [[repeat, test] for test in tests]], context)
        for _, row in rows.refs:
            name = values.text(self.expressions.read((label, row))) if self.record.is_relevant(label, row) else ""
            if name:
                value = (row.values.get(person) if person is not None else None) or row.id
                found.append({"value": value, "label": [name], "label_text": name})
        return found
