"""Keeps relevance, calculated values, counted rows and triggers settled: only what hangs on a change is computed."""

from fieldapp.forms import values
from fieldapp.forms.evaluate.answers import as_answer
from fieldapp.forms.evaluate.expressions import Expressions
from fieldapp.forms.evaluate.record import Places, Ref, Row
from fieldapp.forms.limits import GROWN_ROWS_MAX, ROWS_MAX
from fieldapp.forms.plan import Node


class Computation:
    def __init__(self, expressions: Expressions):
        self.expressions, self.record, self.plan = expressions, expressions.record, expressions.plan
        self.surroundings = expressions.surroundings
        self.order: list[int] = self.plan.json["order"]
        self.counted = [n for n in self.order if self.plan.nodes[n].get("count")]

    def everything(self) -> Places:
        return self.grown(self._propagate(set(self.order)))

    def settle(self, changed: Places) -> Places:
        """What changed together with all that hangs on it, without growing."""
        return changed | self._propagate({n for number, _ in changed for n in self._feeds(number)})

    def rows_changed(self, repeat: int, row: Row) -> Places:
        """After rows of a repeat came, went or moved."""
        below = {repeat, *self.record.below(repeat)}
        changed = {(repeat, row)} | self._propagate(below | {n for node in below for n in self._feeds(node)})
        return self.settle(changed | {(n, row) for n in below})

    def acted(self, changed: Places, trigger: Ref) -> Places:
        """After a person's act on a question: its triggers, and theirs (docs/forms.md, 7.3)."""
        changed = self.settle(changed)
        queue = [(trigger[1], *pair) for pair in self.plan.nodes[trigger[0]].get("sets") or []]
        done: Places = set()
        while queue:
            above, target, expression = queue.pop(0)
            row = above.chain[len(self.record.repeats(target))]
            if (target, row) in done:
                continue
            done.add((target, row))
            node = self.plan.nodes[target]
            value = (
                None
                if expression is None
                else as_answer(node, self.expressions.evaluate(expression, self.expressions.context(target, row)))
            )
            if value == row.values.get(target) and type(value) is type(row.values.get(target)):
                continue
            row.values[target] = value
            changed |= self.settle({(target, row)})
            queue += [(row, *pair) for pair in node.get("sets") or []]
        self.targets = done
        return changed

    def grown(self, changed: Places) -> Places:
        """Appends the missing rows of counted repeats until nothing is missing (docs/forms.md, 7.2)."""
        if not self.counted or self.surroundings.new_id is None:
            return changed
        room = GROWN_ROWS_MAX - sum(len(rows) for row in _all_rows(self.record.root) for rows in row.rows.values())
        while True:
            added: list[Ref] = []
            for repeat in self.counted:
                for row in self.record.home_rows(repeat):
                    missing = min(self._missing(repeat, row), max(0, room))
                    room -= missing
                    rows = row.rows.setdefault(repeat, [])
                    rows += [Row(repeat, self.surroundings.new_id(), row, fresh=True) for _ in range(missing)]
                    added += [(repeat, row)] if missing else []
            if not added:
                return changed
            for repeat, row in added:
                changed |= self.rows_changed(repeat, row)

    def missing(self) -> list[Ref]:
        """Relevant repeats with fewer rows than asked for."""
        return [
            (repeat, row)
            for repeat in self.counted
            for row in self.record.home_rows(repeat)
            if self._missing(repeat, row) > 0
        ]

    def _missing(self, repeat: int, row: Row) -> int:
        is_there = self.record.is_relevant(repeat, row) and row.is_in
        return max(0, row.asked.get(repeat, 0) - len(row.rows.get(repeat, []))) if is_there else 0

    def _feeds(self, number: int) -> list[int]:
        found: list[int] = self.plan.json["feeds"].get(str(number), [])
        return found

    def _propagate(self, dirty: set[int]) -> Places:
        """Relevance and value of the dirty nodes and of all that depends on what changed, in topological order."""
        changed: Places = set()
        for number in self.order:
            if number not in dirty:
                continue
            moved = [row for row in self.record.home_rows(number) if self._compute_one(number, row)]
            if moved:
                changed |= {(number, row) for row in moved}
                dirty.update(self._feeds(number))
        return changed

    def _compute_one(self, number: int, row: Row) -> bool:
        node = self.plan.nodes[number]
        relevant = self._is_relevant(node, row)
        moved = row.relevant.get(number) is not relevant
        row.relevant[number] = relevant
        if node.get("count"):
            asked = self._asked(number, row)
            moved |= row.asked.get(number) != asked
            row.asked[number] = asked
        if node.get("calculate") or node.get("preload"):
            value = (
                as_answer(node, self.expressions.evaluate(node["calculate"], self.expressions.context(number, row)))
                if node.get("calculate")
                else self.surroundings.preloaded(node["preload"]) or None
            )
            moved |= value != row.values.get(number)
            row.values[number] = value
        elif node.get("default") and row.fresh and number not in row.values:
            context = self.expressions.context(number, row)
            row.values[number] = as_answer(node, self.expressions.evaluate(node["default"], context))
            moved = True
        return moved

    def _is_relevant(self, node: Node, row: Row) -> bool:
        parent = node.get("parent")
        if parent == row.node and parent:  # a repeat's own children: the repeat is judged in the row around
            above = self.record.is_relevant(parent, row.chain[-2]) and row.is_in
        else:
            above = parent is None or self.record.is_relevant(parent, row)
        return above and (not node.get("relevant") or self.expressions.truth(node["relevant"], node["n"], row))

    def _asked(self, number: int, row: Row) -> int:
        count = self.plan.nodes[number]["count"]
        asked = values.whole(self.expressions.evaluate(count, self.expressions.context(number, row)))
        return min(max(asked or 0, 0), ROWS_MAX)


def _all_rows(row: Row) -> list[Row]:
    return [row, *(deeper for rows in row.rows.values() for inner in rows for deeper in _all_rows(inner))]
