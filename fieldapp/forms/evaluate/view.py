"""What a screen shows of a record: questions, groups, rows, sections. Keys as in docs/forms.md, sections 4 and 7."""

from copy import deepcopy
from typing import Any

from fieldapp.forms import checks
from fieldapp.forms.evaluate.problems import Problems
from fieldapp.forms.evaluate.record import Ref, Row
from fieldapp.forms.plan import DATA_KINDS, Node

Shown = dict[str, Any]


class Views:
    def __init__(self, problems: Problems):
        self.problems, self.choices = problems, problems.choices
        self.expressions, self.record, self.plan = problems.expressions, problems.record, problems.plan
        self.surroundings = problems.surroundings

    def view(self, path: str) -> Shown:
        number, row, inner = self.record.find(path)
        node, language = self.plan.nodes[number], self.surroundings.language
        data = node["kind"] in DATA_KINDS
        value: Any = row.values.get(number) if data else None
        relevant = self._is_relevant(number, row, inner)
        code = self.problems.code(number, row) if data and relevant else None
        place = inner or row
        shown: Shown = {
            "path": path,
            "node": node,
            "relevant": relevant,
            "required": data and self.problems.is_required(number, row),
            "readonly": bool(node.get("calculate"))
            or bool(node.get("preload"))
            or self.expressions.truth(node.get("readonly"), number, row),
            "value": None if checks.is_unknown(value) else deepcopy(value),
            "unknown": value["unknown"] if checks.is_unknown(value) else None,
            "error": {"code": code, "message": self.problems.message(number, row, code, language)} if code else None,
            "counted": bool(node.get("count")),
            "off": self.problems.is_off(number),
        }
        for key in ("label", "hint", "guidance"):
            shown[key] = self.expressions.rendered(node.get(key), number, place, language)
        for key in ("label", "hint"):
            shown[f"{key}_text"] = self.expressions.plain(node.get(key), number, place, language)
        return shown | self._choices(node, row)

    def _choices(self, node: Node, row: Row) -> Shown:
        if not node.get("choices"):
            return {"choices": None, "missing": False, "sliced": False}
        items = self.choices.list_of(node["n"])
        return {
            "choices": self.choices.view(node["n"], row, self.surroundings.language),
            "missing": items is not None and items.missing,
            "sliced": items is not None and items.sliced,
        }

    def children(self, path: str, moment: str | None = None) -> list[Shown]:
        number, row, inner = self.record.find(path)
        node = self.plan.nodes[number]
        if node["kind"] == "repeat" and inner is None:
            return [
                {
                    "path": f"{path}[{r.id}]",
                    "node": node,
                    "kind": "row",
                    "relevant": self._is_relevant(number, row, r),
                }
                for r in row.rows.get(number, [])
            ]
        place = inner or row
        return [
            {
                "path": self.record.path(n, place),
                "node": self.plan.nodes[n],
                "kind": self.plan.nodes[n]["kind"],
                "relevant": self.record.is_relevant(n, place),
            }
            for n in self.plan.children[number]
            if self._shown(n, place, moment)
        ]

    def tree(self, moment: str | None = None, path: str = "") -> list[Shown]:
        return [
            {
                **child,
                "children": self.tree(moment, child["path"]) if child["kind"] in ("group", "repeat", "row") else [],
            }
            for child in self.children(path, moment)
        ]

    def sections(self, moment: str | None = None) -> list[Shown]:
        """Top-level groups and repeats that hold a relevant question of the moment; loose questions in a section
        with path ''."""
        found: list[Shown] = []
        loose: list[Ref] = []
        root = self.record.root
        for number in self.plan.children[0]:
            if self.plan.nodes[number]["kind"] not in ("group", "repeat"):
                loose.append((number, root))
            elif self.record.is_relevant(number, root) and self._shown(number, root, moment):
                found.append(self._section(number, list(self.record.places(number, root)), moment))
        section = self._section(0, loose, moment)
        return [section, *found] if section["questions"] else found

    def _is_relevant(self, number: int, row: Row, inner: Row | None) -> bool:
        """Of a node in its row, or of one row of a repeat."""
        return self.record.is_relevant(number, row) and (inner is None or inner.is_in)

    def _shown(self, number: int, row: Row, moment: str | None) -> bool:
        node = self.plan.nodes[number]
        if node["kind"] in ("calculate", "hidden"):
            return False
        if moment is None:
            return True
        if not self.record.is_relevant(number, row) or self.problems.is_off(number):
            return False
        if node["kind"] == "repeat":
            return any(
                self.plan.nodes[n]["kind"] in ("question", "note")
                and self.plan.nodes[n]["moment"] == moment
                and not self.problems.is_off(n)
                for n in self.record.below(number)
            )
        if node["kind"] == "group":
            return any(self._shown(n, row, moment) for n in self.plan.children[number])
        return bool(node["moment"] == moment)

    def _section(self, number: int, places: list[Ref], moment: str | None) -> Shown:
        node, root, language = self.plan.nodes[number], self.record.root, self.surroundings.language
        of_moment = [(n, r) for n, r in places if r.relevant[n] and moment in (None, self.plan.nodes[n]["moment"])]
        asked = [
            (n, r) for n, r in of_moment if self.plan.nodes[n]["kind"] == "question" and not self.problems.is_off(n)
        ]
        return {
            "path": self.record.path(number, root) if number else "",
            "node": node,
            "label": self.expressions.rendered(node.get("label"), number, root, language),
            "label_text": self.expressions.plain(node.get("label"), number, root, language),
            "questions": [self.record.path(n, r) for n, r in asked],
            "answered": sum(not checks.is_blank(r.values.get(n)) for n, r in asked),
            "problems": sum(self.problems.code(n, r) is not None for n, r in of_moment),
        }
