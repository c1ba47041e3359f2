"""The acts on one filled-in form, and all that can be asked of it."""

from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from typing import Any

from fieldapp.forms import checks, dates, values
from fieldapp.forms.evaluate import surroundings as told
from fieldapp.forms.evaluate.choices import Choices
from fieldapp.forms.evaluate.compute import Computation
from fieldapp.forms.evaluate.expressions import Expressions
from fieldapp.forms.evaluate.problems import Problems
from fieldapp.forms.evaluate.record import PathUnknown, Places, Record, Ref, Row
from fieldapp.forms.evaluate.surroundings import Surroundings
from fieldapp.forms.evaluate.view import Views
from fieldapp.forms.limits import ROWS_MAX
from fieldapp.forms.plan import Plan


def open_instance(
    plan: Plan,
    answers: dict[str, Any] | None = None,
    *,
    now_ms: int,
    zone: str = "Asia/Shanghai",
    language: str = "zh",
    random: Callable[[], float] | None = None,
    recorded: dict[str, Any] | None = None,
    new_id: Callable[[], str] | None = None,
    me: dict[str, str] | None = None,
    off: Iterable[str] | None = None,
    last_saved: dict[str, Any] | None = None,
) -> "Instance":
    """An instance at one moment. Without answers a new record: defaults apply. Without `random` only recorded draws
    are known, others are blank; without `new_id` counted repeats do not grow."""
    around = told.of_plan(plan, now_ms, zone, language, random, new_id, recorded or {}, me, off, last_saved)
    return Instance(plan, answers, around)


class Instance:
    def __init__(self, plan: Plan, answers: dict[str, Any] | None, around: Surroundings, compute: bool = True):
        self.plan, self.surroundings = plan, around
        self.record = Record(plan, fresh=answers is None)
        self.root = self.record.root
        self.expressions = Expressions(self.record, around)
        self.choices = Choices(self.expressions)
        self.problem_finder = Problems(self.choices)
        self.views = Views(self.problem_finder)
        self.computation = Computation(self.expressions)
        self.changed: list[str] = []
        answers = deepcopy(answers or {})
        self.same: dict[str, Any] = answers.get("_same") or {}
        self.removed_rows: list[dict[str, Any]] = answers.get("_removed") or []
        self.record.load(0, answers, self.root)
        if compute:
            self.computation.everything()

    @property
    def language(self) -> str:
        return self.surroundings.language

    @language.setter
    def language(self, language: str) -> None:
        self.surroundings.language = language

    @property
    def zone(self) -> str:
        return self.surroundings.zone

    # reading and writing

    def get(self, path: str) -> Any:
        """The answer, None when unanswered. Raises PathUnknown."""
        number, row = self.record.data(path)
        return deepcopy(row.values.get(number))

    def set(self, path: str, value: Any) -> list[str]:
        """Paths that may look different now, the set one first."""
        number, row = self.record.data(path)
        self.same.pop(path, None)
        before = row.values.get(number)
        row.values[number] = None if checks.is_blank(value) else deepcopy(value)
        changed: Places = {(number, row)}
        if _differ(before, row.values[number]):
            changed = self.computation.acted(changed, (number, row))
            for target, place in self.computation.targets:
                self.same.pop(self.record.path(target, place), None)
        else:
            changed = self.computation.settle(changed)
        return self._told(self.computation.grown(changed), number, row)

    def set_same(self, path: str, value: Any, origin: dict[str, Any]) -> list[str]:
        """Sets a value taken over from an approved revision, with where it came from."""
        changed = self.set(path, value)
        self.same[path] = deepcopy(origin)
        return changed

    def same_of(self, path: str) -> Any:
        return deepcopy(self.same.get(path))

    def rows(self, path: str) -> list[str]:
        number, row = self.record.repeat(path)
        return [inner.id for inner in row.rows.get(number, [])]

    def add_repeat(self, path: str, row_id: str) -> str:
        """The path of the new last row. Raises PathUnknown; ValueError where the repeat is full, counted, or has that
        id."""
        number, row = self._free_repeat(path)
        rows = row.rows.setdefault(number, [])
        if len(rows) >= ROWS_MAX or any(inner.id == row_id for inner in rows):
            raise ValueError("the repeat is full, or has a row of that id")
        rows.append(Row(number, row_id, row, fresh=True))
        self._rows_changed(number, row)
        return f"{path}[{row_id}]"

    def remove_repeat(self, path: str) -> list[str]:
        """Takes a row away; it is kept to be restored, and in `answers()` under `_removed`."""
        number, row, at = self._free_row(path)
        inner = row.rows[number].pop(at)
        self.removed_rows.append({"path": path, "index": at, "row": self.record.dump(number, inner, everything=True)})
        return self._rows_changed(number, row)

    def restore_repeat(self, path: str) -> list[str]:
        kept = next((removed for removed in self.removed_rows if removed["path"] == path), None)
        if kept is None:
            raise PathUnknown(path)
        number, row = self._free_repeat(path.rpartition("[")[0])
        self.removed_rows.remove(kept)
        inner = Row(number, kept["row"]["_id"], row, fresh=False)
        self.record.load(number, kept["row"], inner)
        row.rows.setdefault(number, []).insert(kept["index"], inner)
        return self._rows_changed(number, row)

    def move_repeat(self, path: str, index: int) -> list[str]:
        number, row, at = self._free_row(path)
        row.rows[number].insert(index, row.rows[number].pop(at))
        return self._rows_changed(number, row)

    def removed(self) -> list[dict[str, Any]]:
        return deepcopy(self.removed_rows)

    def last_changed(self) -> list[str]:
        """The paths that the last change may have made look different; for `add_repeat`, which gives a path."""
        return list(self.changed)

    def tick(self, now_ms: int) -> list[str]:
        """Another moment: everything is computed again."""
        self.surroundings.now_ms = now_ms
        return self._told(self.computation.settle(self.computation.everything()), None, self.root)

    # looking

    def view(self, path: str) -> dict[str, Any]:
        """All that a screen shows of one question, group or row; keys as in docs/forms.md, sections 4 and 7."""
        return {**self.views.view(path), "same": self.same_of(path)}

    def children(self, path: str, moment: str | None = None) -> list[dict[str, Any]]:
        return self.views.children(path, moment)

    def tree(self, moment: str | None = None, path: str = "") -> list[dict[str, Any]]:
        return self.views.tree(moment, path)

    def sections(self, moment: str | None = None) -> list[dict[str, Any]]:
        return self.views.sections(moment)

    def problems(self, moments: list[str] | None = None) -> list[dict[str, Any]]:
        return self.problem_finder.all(moments)

    def answers(self) -> dict[str, Any]:
        """Everything kept: what is irrelevant too, removed rows under `_removed`, origins under `_same`."""
        found = self.record.dump(0, self.root, everything=True)
        return {
            **found,
            **({"_same": deepcopy(self.same)} if self.same else {}),
            **({"_removed": self.removed()} if self.removed_rows else {}),
        }

    def submission(self, now_ms: int | None = None) -> dict[str, Any]:
        """Without what is irrelevant, removed or blank; with a moment, that moment is the form's `end`."""
        ends = {n for n, node in enumerate(self.plan.nodes) if node.get("preload") == "end"}
        if now_ms is not None and ends:
            self.surroundings.ended = min(max(int(now_ms), 0), dates.NOW_MAX_MS)
            self.computation.everything()
        found = self.record.dump(0, self.root, everything=False)
        same = {path: origin for path, origin in self.same.items() if self._is_sent(path)}
        return {**found, "_same": deepcopy(same)} if same else found

    def name(self) -> str:
        expression = self.plan.json.get("instance_name")
        found = self.expressions.evaluate(expression, self.expressions.context(0, self.root)) if expression else ""
        return values.text(found)

    def recorded(self) -> dict[str, Any]:
        return deepcopy(self.surroundings.recorded())

    def places(self, group: int, row: Row) -> Iterator[Ref]:
        """Every data node with its row, below a group or repeat, in form order."""
        return self.record.places(group, row)

    def path(self, number: int, row: Row) -> str:
        return self.record.path(number, row)

    def _home_rows(self, number: int) -> list[Row]:
        return self.record.home_rows(number)

    # inside

    def _free_repeat(self, path: str) -> Ref:
        """A repeat whose rows a person may add and take away."""
        number, row = self.record.repeat(path)
        if self.plan.nodes[number].get("count"):
            raise ValueError("the rows of this repeat are counted by the form")
        return number, row

    def _free_row(self, path: str) -> tuple[int, Row, int]:
        number, row, at = self.record.row(path)
        if self.plan.nodes[number].get("count"):
            raise ValueError("the rows of this repeat are counted by the form")
        return number, row, at

    def _rows_changed(self, repeat: int, row: Row) -> list[str]:
        return self._told(self.computation.grown(self.computation.rows_changed(repeat, row)), repeat, row)

    def _told(self, changed: Places, first: int | None, row: Row) -> list[str]:
        """The paths of all that may look different, the first one first, then in form order."""
        shows = self.plan.json["shows"]
        touched = {number for number, _ in changed}
        paths = [self.path(first, row)] if first is not None else []
        for number in range(1, len(self.plan.nodes)):
            # A question of a repeat may read itself in the other rows, which `shows` does not say.
            itself = number in touched and self.plan.homes[number] > 0
            looks = itself or any(number in shows.get(str(n), ()) for n in touched)
            if looks or number in touched:
                rows = self.record.home_rows(number)
                paths += [self.path(number, r) for r in rows if looks or (number, r) in changed]
        self.changed = list(dict.fromkeys(paths))
        return self.last_changed()

    def _is_sent(self, path: str) -> bool:
        try:
            number, row = self.record.data(path)
        except PathUnknown:
            return False
        return row.values.get(number) is not None and row.relevant[number]


def _differ(before: object, after: object) -> bool:
    """Whether a stored answer is another than before; 1, 1.0 and true are three."""
    return before != after or type(before) is not type(after)
