"""One filled-in form: answers, relevance, calculations, problems. The twin of static/js/form/evaluate.js; contract:
docs/forms.md, sections 4 and 5.

Everything is a function of (plan, answers, recorded): the clock is read by the caller, random values are drawn once
per place and recorded.
"""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from fieldapp.forms import checks, dates, decimals, functions, values
from fieldapp.forms.dates import DateText
from fieldapp.forms.messages import MESSAGES
from fieldapp.forms.plan import DATA_KINDS, ROWS_MAX, Expr, Node, Plan
from fieldapp.forms.values import NodeSet, Value

DATED = ("date", "dateTime")


class PathUnknown(KeyError):
    """The path leads to no question or row of this record."""


class Row:
    """One row of a repeat, or the form itself (`node` 0). `values` holds answers by node, `rows` the rows of the
    repeats inside."""

    __slots__ = ("chain", "fresh", "id", "node", "relevant", "rows", "values")

    def __init__(self, node: int, row_id: str, parent: "Row | None", fresh: bool):
        self.id, self.node, self.fresh = row_id, node, fresh
        self.chain: list[Row] = [*(parent.chain if parent else []), self]
        self.values: dict[int, Any] = {}
        self.relevant: dict[int, bool] = {}
        self.rows: dict[int, list[Row]] = {}


Places = set[tuple[int, Row]]  # named out here, because inside of Instance `set` is a method
Numbers = set[int]


@dataclass(frozen=True)
class Context:
    """Where an expression is evaluated: `row` gives `p` paths their rows, `asker` the `c` paths; position and list
    item inside a filter."""

    row: Row
    asker: Row
    node: int
    language: str
    position: int = 0
    item: dict[str, Any] | None = None


@dataclass(frozen=True)
class Finding:
    path: str
    code: str
    message_zh: str
    message_en: str


def open_instance(
    plan: Plan,
    answers: dict[str, Any] | None = None,
    *,
    now_ms: int,
    zone: str = "Asia/Shanghai",
    language: str = "zh",
    random: Callable[[], float] | None = None,
    recorded: dict[str, Any] | None = None,
) -> "Instance":
    """An instance at one moment. Without answers a new record: defaults apply. Without `random` only recorded draws
    are known, others are blank."""
    return Instance(plan, answers, now_ms, zone, language, random, recorded or {})


def findings(plan: Plan, answers: dict[str, Any], recorded: dict[str, Any]) -> list[Finding]:
    """What does not fit in submitted answers, in form order; `recorded` as the revision holds it. Alters nothing."""
    recorded = _readable(recorded)
    instance = open_instance(
        plan, answers, now_ms=recorded["now"], zone=recorded.get("zone") or "Asia/Shanghai", recorded=recorded
    )
    sent = Instance(plan, answers, recorded["now"], instance.zone, "zh", None, recorded, compute=False)
    found = []
    for number, row in instance.places(0, instance.root):
        node, path = plan.nodes[number], instance.path(number, row)
        given = sent.get(path)
        if not row.relevant[number]:
            if node["kind"] != "calculate" and not node.get("calculate") and not checks.is_blank(given):
                found.append(Finding(path, "irrelevant", *MESSAGES["irrelevant"]))
            continue
        if (given or None) != (instance.get(path) or None):
            found.append(Finding(path, "calculation", *MESSAGES["calculation"]))
        code = instance.error_code(number, row)
        if code:
            found.append(
                Finding(path, code, *(instance.message(number, row, code, language) for language in ("zh", "en")))
            )
    return found


def _readable(recorded: dict[str, Any]) -> dict[str, Any]:
    """What a phone recorded is a claim: a moment, zone or draw that cannot be read must not stop the findings."""
    now, zone, random = recorded.get("now"), recorded.get("zone"), recorded.get("random")
    return {
        "now": now if isinstance(now, int) and not isinstance(now, bool) else 0,
        "zone": zone if isinstance(zone, str) and dates.is_zone(zone) else "Asia/Shanghai",
        "random": [pair for pair in random if _is_pair(pair)] if isinstance(random, list) else [],
    }


def _is_pair(pair: Any) -> bool:
    return isinstance(pair, list) and len(pair) == 2 and all(isinstance(text, str) for text in pair)


class Instance:
    def __init__(
        self,
        plan: Plan,
        answers: dict[str, Any] | None,
        now_ms: int,
        zone: str,
        language: str,
        random: Callable[[], float] | None,
        recorded: dict[str, Any],
        compute: bool = True,
    ):
        self.plan, self.zone, self.language, self.random = plan, zone, language, random
        self.now_ms = now_ms
        self.started = recorded.get("started", now_ms)
        self.drawn: dict[str, str] = dict(recorded.get("random", []))
        self.segments = _segments(plan)
        self.changed: list[str] = []
        self.root = Row(0, "", None, answers is None)
        answers = deepcopy(answers or {})
        self.same: dict[str, Any] = answers.get("_same") or {}
        self.removed_rows: list[dict[str, Any]] = answers.get("_removed") or []
        self._load(0, answers, self.root)
        if compute:
            self._compute(set(plan.json["order"]))

    # reading and writing

    def get(self, path: str) -> Any:
        """The answer, None when unanswered. Raises PathUnknown."""
        number, row = self._data(path)
        return deepcopy(row.values.get(number))

    def set(self, path: str, value: Any) -> list[str]:
        """Paths that may look different now, the set one first."""
        number, row = self._data(path)
        self.same.pop(path, None)
        row.values[number] = None if checks.is_blank(value) else deepcopy(value)
        return self._settle({(number, row)}, number, row)

    def set_same(self, path: str, value: Any, origin: dict[str, Any]) -> list[str]:
        """Sets a value taken over from an approved revision, with where it came from."""
        changed = self.set(path, value)
        self.same[path] = deepcopy(origin)
        return changed

    def same_of(self, path: str) -> Any:
        return deepcopy(self.same.get(path))

    def rows(self, path: str) -> list[str]:
        number, row = self._repeat(path)
        return [inner.id for inner in row.rows.get(number, [])]

    def add_repeat(self, path: str, row_id: str) -> str:
        """The path of the new last row. Raises PathUnknown; ValueError where the repeat is full or has that id."""
        number, row = self._repeat(path)
        rows = row.rows.setdefault(number, [])
        if len(rows) >= ROWS_MAX or any(inner.id == row_id for inner in rows):
            raise ValueError("the repeat is full, or has a row of that id")
        rows.append(Row(number, row_id, row, fresh=True))
        self._rows_changed(number, row)
        return f"{path}[{row_id}]"

    def remove_repeat(self, path: str) -> list[str]:
        """Takes a row away; it is kept to be restored, and in `answers()` under `_removed`."""
        number, row, at = self._row(path)
        inner = row.rows[number].pop(at)
        self.removed_rows.append({"path": path, "index": at, "row": self._dump(number, inner, everything=True)})
        return self._rows_changed(number, row)

    def restore_repeat(self, path: str) -> list[str]:
        kept = next((removed for removed in self.removed_rows if removed["path"] == path), None)
        if kept is None:
            raise PathUnknown(path)
        number, row = self._repeat(path.rpartition("[")[0])
        self.removed_rows.remove(kept)
        inner = Row(number, kept["row"]["_id"], row, fresh=False)
        self._load(number, kept["row"], inner)
        row.rows.setdefault(number, []).insert(kept["index"], inner)
        return self._rows_changed(number, row)

    def move_repeat(self, path: str, index: int) -> list[str]:
        number, row, at = self._row(path)
        row.rows[number].insert(index, row.rows[number].pop(at))
        return self._rows_changed(number, row)

    def removed(self) -> list[dict[str, Any]]:
        return deepcopy(self.removed_rows)

    def last_changed(self) -> list[str]:
        """The paths that the last change may have made look different; for `add_repeat`, which gives a path."""
        return list(self.changed)

    def tick(self, now_ms: int) -> list[str]:
        """Another moment: everything is computed again."""
        self.now_ms = now_ms
        return self._settle(self._compute(set(self.plan.json["order"])), None, self.root)

    # looking

    def view(self, path: str) -> dict[str, Any]:
        """All that a screen shows of one question, group or row; keys as in docs/forms.md, section 4."""
        number, row, inner = self._find(path)
        node = self.plan.nodes[number]
        data = node["kind"] in DATA_KINDS
        value: Any = row.values.get(number) if data else None
        code = self.error_code(number, row) if data and self._is_relevant(number, row) else None
        place = inner or row
        return {
            "path": path,
            "node": node,
            "relevant": self._is_relevant(number, row),
            "required": data and self._truth(node.get("required"), number, row),
            "readonly": bool(node.get("calculate")) or self._truth(node.get("readonly"), number, row),
            "value": None if checks.is_unknown(value) else deepcopy(value),
            "unknown": value["unknown"] if checks.is_unknown(value) else None,
            "same": self.same_of(path),
            "error": {"code": code, "message": self.message(number, row, code, self.language)} if code else None,
            "label": self._rendered(node.get("label"), number, place),
            "label_text": self._plain(node.get("label"), number, place, self.language),
            "hint": self._rendered(node.get("hint"), number, place),
            "hint_text": self._plain(node.get("hint"), number, place, self.language),
            "choices": self._choices(number, row, self.language) if node.get("choices") else None,
        }

    def children(self, path: str, moment: str | None = None) -> list[dict[str, Any]]:
        number, row, inner = self._find(path)
        node = self.plan.nodes[number]
        if node["kind"] == "repeat" and inner is None:
            return [
                {"path": f"{path}[{r.id}]", "node": node, "kind": "row", "relevant": self._is_relevant(number, row)}
                for r in row.rows.get(number, [])
            ]
        place = inner or row
        return [
            {
                "path": self.path(n, place),
                "node": self.plan.nodes[n],
                "kind": self.plan.nodes[n]["kind"],
                "relevant": self._is_relevant(n, place),
            }
            for n in self.plan.children[number]
            if self._shown(n, place, moment)
        ]

    def tree(self, moment: str | None = None, path: str = "") -> list[dict[str, Any]]:
        return [
            {
                **child,
                "children": self.tree(moment, child["path"]) if child["kind"] in ("group", "repeat", "row") else [],
            }
            for child in self.children(path, moment)
        ]

    def sections(self, moment: str | None = None) -> list[dict[str, Any]]:
        """Top-level groups and repeats that hold a relevant question of the moment; loose questions in a section
        with path ''."""
        found: list[dict[str, Any]] = []
        loose: list[tuple[int, Row]] = []
        for number in self.plan.children[0]:
            kind = self.plan.nodes[number]["kind"]
            if kind in ("group", "repeat"):
                if self._is_relevant(number, self.root) and self._shown(number, self.root, moment):
                    found.append(self._section(number, list(self.places(number, self.root)), moment))
            else:
                loose.append((number, self.root))
        section = self._section(0, loose, moment)
        return [section, *found] if section["questions"] else found

    def problems(self, moments: list[str] | None = None) -> list[dict[str, Any]]:
        """Everything to be put right, in form order, of relevant questions (and calculations with a constraint)."""
        found = []
        for number, row in self.places(0, self.root):
            node = self.plan.nodes[number]
            code = (
                self.error_code(number, row)
                if row.relevant[number] and (moments is None or node["moment"] in moments)
                else None
            )
            if code:
                message, label = (
                    self.message(number, row, code, self.language),
                    self._plain(node.get("label"), number, row, self.language),
                )
                found.append(
                    {
                        "path": self.path(number, row),
                        "code": code,
                        "message": message,
                        "label": label,
                        "moment": node["moment"],
                    }
                )
        return found

    def answers(self) -> dict[str, Any]:
        """Everything kept: what is irrelevant too, removed rows under `_removed`, origins under `_same`."""
        found = self._dump(0, self.root, everything=True)
        return {
            **found,
            **({"_same": deepcopy(self.same)} if self.same else {}),
            **({"_removed": self.removed()} if self.removed_rows else {}),
        }

    def submission(self) -> dict[str, Any]:
        """Without what is irrelevant, removed or blank."""
        found = self._dump(0, self.root, everything=False)
        same = {path: origin for path, origin in self.same.items() if self._is_sent(path)}
        return {**found, "_same": deepcopy(same)} if same else found

    def name(self) -> str:
        expression = self.plan.json.get("instance_name")
        return values.text(self._evaluate(expression, self._context(0, self.root))) if expression else ""

    def recorded(self) -> dict[str, Any]:
        random = [[place, text] for place, text in self.drawn.items()]
        return {
            "started": self.started,
            "language": self.language,
            "zone": self.zone,
            "now": self.now_ms,
            "random": random,
        }

    def places(self, group: int, row: Row) -> Iterator[tuple[int, Row]]:
        """Every data node with its row, below a group or repeat, in form order."""
        if self.plan.nodes[group]["kind"] == "repeat" and row.node != group:
            for inner in row.rows.get(group, []):
                yield from self.places(group, inner)
            return
        for number in self.plan.children[group]:
            if self.plan.nodes[number]["kind"] in DATA_KINDS:
                yield number, row
            elif self.plan.nodes[number]["kind"] in ("group", "repeat"):
                yield from self.places(number, row)

    def path(self, number: int, row: Row) -> str:
        """The path of a node in a row; of a repeat, the repeat itself."""
        return f"{self._row_path(row)}{'.' if row.node else ''}{self.segments[number]}" if number else ""

    def error_code(self, number: int, row: Row) -> str | None:
        """What is wrong with a relevant answer, the first of: needed, reason not allowed, shape, choice, check,
        constraint."""
        node = self.plan.nodes[number]
        value: Any = row.values.get(number)
        if checks.is_blank(value):
            return "required" if self._truth(node.get("required"), number, row) else None
        if checks.is_unknown(value):
            return None if value["unknown"] in (node.get("unknown") or []) else "unknown_not_allowed"
        wrong = checks.shape_error(node, value) if node["kind"] != "calculate" else None
        if wrong:
            return wrong
        if node.get("choices") and not self._is_offered(number, row, value):
            return "not_a_choice"
        wrong = checks.check_error(node, value, self.today())
        if wrong:
            return wrong
        return "constraint" if node.get("constraint") and not self._truth(node["constraint"], number, row) else None

    def message(self, number: int, row: Row, code: str, language: str) -> str:
        key = {"required": "required_message"}.get(
            code, "constraint_message" if code == "constraint" or code.startswith("check_") else ""
        )
        own = self.plan.nodes[number].get(key) if key else None
        if own is not None:
            return self._plain(own, number, row, language)
        return MESSAGES[code][0 if language == "zh" else 1]

    def today(self) -> str:
        return dates.now_text(self.now_ms, self.zone)[:10]

    # inside: model

    def _load(self, group: int, answers: dict[str, Any], row: Row) -> None:
        for number in self.plan.children[group]:
            node = self.plan.nodes[number]
            value = answers.get(node["name"])
            if value is None:
                continue
            if node["kind"] == "group":
                self._load(number, value, row)
            elif node["kind"] == "repeat":
                row.rows[number] = [Row(number, inner["_id"], row, fresh=False) for inner in value]
                for given, inner in zip(value, row.rows[number], strict=True):
                    self._load(number, given, inner)
            elif node["kind"] in DATA_KINDS:
                row.values[number] = None if checks.is_blank(value) else value

    def _dump(self, group: int, row: Row, everything: bool) -> dict[str, Any]:
        found: dict[str, Any] = {"_id": row.id} if group == row.node and row.id else {}
        for number in self.plan.children[group]:
            node = self.plan.nodes[number]
            if not everything and not self._is_relevant(number, row):
                continue
            value: Any = None
            if node["kind"] == "group":
                value = self._dump(number, row, everything) or None
            elif node["kind"] == "repeat":
                value = [self._dump(number, inner, everything) for inner in row.rows.get(number, [])] or None
            elif node["kind"] in DATA_KINDS:
                value = deepcopy(row.values.get(number))
            if value is not None:
                found[node["name"]] = value
        return found

    def _is_sent(self, path: str) -> bool:
        try:
            number, row = self._data(path)
        except PathUnknown:
            return False
        return row.values.get(number) is not None and row.relevant[number]

    def _row_path(self, row: Row) -> str:
        steps = [f"{self.segments[inner.node]}[{inner.id}]" for inner in row.chain[1:]]
        return ".".join(steps)

    def _find(self, path: str) -> tuple[int, Row, Row | None]:
        """Node, the row it lives in, and for a path of a row that row."""
        number, row = 0, self.root
        inner: Row | None = self.root
        for step in path.split(".") if path else []:
            if self.plan.nodes[number]["kind"] == "repeat" and inner is None:
                raise PathUnknown(path)
            row = inner or row
            name, _, row_id = step.partition("[")
            found = next((n for n in self.plan.children[number] if self.plan.nodes[n]["name"] == name), None)
            if found is None:
                raise PathUnknown(path)
            number, inner = found, None
            if row_id:
                inner = next((r for r in row.rows.get(number, []) if r.id == row_id[:-1]), None)
                if inner is None:
                    raise PathUnknown(path)
        return number, row, inner

    def _data(self, path: str) -> tuple[int, Row]:
        number, row, _ = self._find(path)
        if self.plan.nodes[number]["kind"] not in DATA_KINDS:
            raise PathUnknown(path)
        return number, row

    def _repeat(self, path: str) -> tuple[int, Row]:
        number, row, inner = self._find(path)
        if self.plan.nodes[number]["kind"] != "repeat" or inner is not None:
            raise PathUnknown(path)
        return number, row

    def _row(self, path: str) -> tuple[int, Row, int]:
        number, row, inner = self._find(path)
        if self.plan.nodes[number]["kind"] != "repeat" or inner is None:
            raise PathUnknown(path)
        return number, row, row.rows[number].index(inner)

    def _home_rows(self, number: int) -> list[Row]:
        """All rows in which a node lives, in form order."""
        rows = [self.root]
        for repeat in self._repeats(number):
            rows = [inner for row in rows for inner in row.rows.get(repeat, [])]
        return rows

    def _repeats(self, number: int) -> list[int]:
        found: list[int] = []
        home = self.plan.homes[number]
        while home:
            found.insert(0, home)
            home = self.plan.homes[home]
        return found

    # inside: computing

    def _rows_changed(self, repeat: int, row: Row) -> list[str]:
        below = {repeat, *self._below(repeat)}
        changed = {(repeat, row)} | self._compute(
            below | {n for node in below for n in self.plan.json["feeds"].get(str(node), [])}
        )
        return self._settle(changed | {(n, row) for n in below}, repeat, row)

    def _below(self, group: int) -> list[int]:
        return [n for child in self.plan.children[group] for n in (child, *self._below(child))]

    def _settle(self, changed: Places, first: int | None, row: Row) -> list[str]:
        """Computes what hangs on the changed nodes; the paths of all that may look different, the first one first."""
        feeds, shows = self.plan.json["feeds"], self.plan.json["shows"]
        changed = changed | self._compute({n for number, _ in changed for n in feeds.get(str(number), [])})
        touched = {number for number, _ in changed}
        paths = [self.path(first, row)] if first is not None else []
        for number in range(1, len(self.plan.nodes)):
            looks = any(number in shows.get(str(n), ()) for n in touched)
            if looks or number in touched:
                paths += [self.path(number, r) for r in self._home_rows(number) if looks or (number, r) in changed]
        self.changed = list(dict.fromkeys(paths))
        return self.last_changed()

    def _compute(self, dirty: Numbers) -> Places:
        """Relevance and value of the dirty nodes and of all that depends on what changed, in topological order."""
        changed: Places = set()
        feeds = self.plan.json["feeds"]
        for number in self.plan.json["order"]:
            if number not in dirty:
                continue
            moved = [row for row in self._home_rows(number) if self._compute_one(number, row)]
            if moved:
                changed |= {(number, row) for row in moved}
                dirty.update(feeds.get(str(number), []))
        return changed

    def _compute_one(self, number: int, row: Row) -> bool:
        node = self.plan.nodes[number]
        parent = node.get("parent")
        above = parent is None or self._is_relevant(parent, self._outer(row, parent))
        relevant = above and (not node.get("relevant") or self._truth(node["relevant"], number, row))
        moved = row.relevant.get(number) is not relevant
        row.relevant[number] = relevant
        if node.get("calculate"):
            value = self._answer(node, self._evaluate(node["calculate"], self._context(number, row)))
            moved |= value != row.values.get(number)
            row.values[number] = value
        elif node.get("default") and row.fresh and number not in row.values:
            row.values[number] = self._answer(node, self._evaluate(node["default"], self._context(number, row)))
            moved = True
        return moved

    def _outer(self, row: Row, parent: int) -> Row:
        """The row in which the parent of a node lives: the same, or for a repeat's own children the row around."""
        return row.chain[-2] if parent == row.node and parent else row

    def _is_relevant(self, number: int, row: Row) -> bool:
        return row.relevant.get(number, True)

    def _answer(self, node: Node, value: Value) -> Any:
        """A calculated value as an answer of the node's type; None where blank."""
        text = values.text(value)
        if text == "":
            return None
        if node.get("type") in ("integer", "decimal") or node.get("check") == "money":
            number = values.number(value)
            if number is None:
                return text
            whole = int(number) if number == number.to_integral_value() and abs(number) <= checks.INTEGER_MAX else None
            return whole if node.get("type") == "integer" and whole is not None else decimals.to_text(number)
        return functions.words(text) if node.get("type") == "select_multiple" else text

    def _read(self, ref: tuple[int, Row]) -> Value:
        number, row = ref
        node, value = self.plan.nodes[number], row.values.get(number)
        if value is None or isinstance(value, dict):
            return ""
        if isinstance(value, list):
            return " ".join(self._in_list_order(node, value))
        if isinstance(value, int):
            return decimals.settle(Decimal(value)) or Decimal(0)
        kind = node.get("type")
        if kind == "decimal" or node.get("check") == "money":
            found = decimals.from_text(value)
            return value if found is None else found
        return DateText(value) if kind in DATED and dates.precision(value) else str(value)

    def _in_list_order(self, node: Node, codes: list[str]) -> list[str]:
        name = (node.get("choices") or {}).get("list")
        places = {item["value"]: at for at, item in enumerate(self.plan.json["lists"].get(name, []))}
        return sorted(codes, key=lambda code: places.get(code, len(places)))

    # inside: expressions

    def _context(self, number: int, row: Row, language: str | None = None) -> Context:
        return Context(row, row, number, language or self.plan.languages[0])

    def _truth(self, expression: Expr | None, number: int, row: Row) -> bool:
        return bool(expression) and values.truth(self._evaluate(expression or [], self._context(number, row)))

    def _evaluate(self, expression: Expr, context: Context) -> Value:
        kind = expression[0]
        if kind == "s":
            return str(expression[1])
        if kind == "n":
            return functions.blank(decimals.from_text(expression[1]))
        if kind in ("p", "c"):
            return self._node_set(expression, context)
        if kind == "f":
            return self._call(expression, context)
        if kind == "and":
            return values.truth(self._evaluate(expression[1], context)) and values.truth(
                self._evaluate(expression[2], context)
            )
        if kind == "or":
            return values.truth(self._evaluate(expression[1], context)) or values.truth(
                self._evaluate(expression[2], context)
            )
        if kind in ("=", "!="):
            return values.equal(kind, self._evaluate(expression[1], context), self._evaluate(expression[2], context))
        if kind in ("<", "<=", ">", ">="):
            return values.ordered(kind, self._evaluate(expression[1], context), self._evaluate(expression[2], context))
        if kind in _ARITHMETIC:
            a, b = (
                values.number(self._evaluate(expression[1], context)),
                values.number(self._evaluate(expression[2], context)),
            )
            return "" if a is None or b is None else functions.blank(_ARITHMETIC[kind](a, b))
        if kind == "neg":
            number = values.number(self._evaluate(expression[1], context))
            return "" if number is None else decimals.negate(number)
        if kind == "pos":
            return Decimal(context.position)
        if kind == "col":
            return self._column(context.item or {}, expression[1], context.language)
        if kind == "l":
            return self._list(expression, context)
        left, right = self._evaluate(expression[1], context), self._evaluate(expression[2], context)  # |
        both = [*(left.refs if isinstance(left, NodeSet) else []), *(right.refs if isinstance(right, NodeSet) else [])]
        return NodeSet(list(dict.fromkeys(both)), self._read)

    def _node_set(self, expression: Expr, context: Context) -> NodeSet:
        number, depth = expression[1], expression[2]
        filters = expression[3] if len(expression) > 3 else []
        node = self.plan.nodes[number]
        repeats = [*self._repeats(number), *([number] if node["kind"] == "repeat" else [])]
        base = context.row if expression[0] == "p" else context.asker
        rows = [base.chain[depth]]
        for repeat in repeats[depth:]:
            rows = [inner for row in rows for inner in row.rows.get(repeat, []) if self._is_relevant(repeat, row)]
            for test in (test for filtered, test in filters if filtered == repeat):
                rows = [
                    row
                    for at, row in enumerate(rows, 1)
                    if values.truth(
                        self._by_position(test, Context(row, context.asker, repeat, context.language, at), at)
                    )
                ]
        if node["kind"] == "repeat":
            rows = [row for row in rows if self._is_relevant(number, row.chain[-2])]
            return NodeSet([(number, row) for row in rows], self._read)
        return NodeSet([(number, row) for row in rows if self._is_relevant(number, row)], self._read)

    def _by_position(self, test: Expr, context: Context, at: int) -> Value:
        """XPath 1.0, 2.4: a number in [ ] asks for that place."""
        value = self._evaluate(test, context)
        return value == at if isinstance(value, Decimal) else value

    def _list(self, expression: Expr, context: Context) -> Value:
        _, name, tests, column = expression
        items = self._items(name, tests, context)
        return NodeSet(items, lambda item: self._column(item, column or "value", context.language))

    def _items(self, name: str, tests: list[Expr], context: Context) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.plan.json["lists"].get(name, [])
        for test in tests:
            items = [
                item
                for at, item in enumerate(items, 1)
                if values.truth(
                    self._by_position(
                        test, Context(context.row, context.asker, context.node, context.language, at, item), at
                    )
                )
            ]
        return items

    def _column(self, item: dict[str, Any], column: str, language: str) -> str:
        if column == "value":
            return str(item["value"])
        if column == "label":
            return _words(self._text(item["label"], language))
        return str(item["columns"].get(column, ""))

    def _call(self, expression: Expr, context: Context) -> Value:
        name, arguments = expression[1], expression[2:]
        if name == "if":
            return self._evaluate(
                arguments[1] if values.truth(self._evaluate(arguments[0], context)) else arguments[2], context
            )
        if name == "once":
            kept = context.row.values.get(context.node)
            return (
                self._read((context.node, context.row)) if kept is not None else self._evaluate(arguments[0], context)
            )
        if name in ("today", "now"):
            now = dates.now_text(self.now_ms, self.zone)
            return DateText(now[:10]) if name == "today" else now
        if name in ("random", "uuid"):
            return self._draw(name, arguments[0][1], context)
        if name == "position":
            found = self._evaluate(arguments[0], context)
            ref = found.refs[0] if isinstance(found, NodeSet) and found.refs else None
            return Decimal(ref[1].chain[-2].rows[ref[0]].index(ref[1]) + 1) if ref and len(ref[1].chain) > 1 else ""
        if name == "indexed-repeat":
            return self._indexed(arguments, context)
        if name == "jr:choice-name":
            return self._choice_name(arguments, context)
        if name == "fa:is-unknown":
            found = self._evaluate(arguments[0], context)
            return isinstance(found, NodeSet) and any(checks.is_unknown(row.values.get(n)) for n, row in found.refs)
        if name == "regex":
            return functions.call(name, [self._evaluate(arguments[0], context), arguments[1][1]], "", "")
        return functions.call(
            name, [self._evaluate(argument, context) for argument in arguments], self.today(), context.language
        )

    def _draw(self, name: str, call: str, context: Context) -> Value:
        place = f"{self.path(context.node, context.row)}#{call}"
        if place not in self.drawn:
            if self.random is None:
                return ""
            self.drawn[place] = _uuid(self.random) if name == "uuid" else f"0.{int(self.random() * 10**9):09d}"
        text = self.drawn[place]
        return text if name == "uuid" else functions.blank(decimals.from_text(text))

    def _indexed(self, arguments: list[Expr], context: Context) -> Value:
        target = arguments[0][1]
        row: Row | None = None
        for at in range(1, len(arguments), 2):
            repeat, index = arguments[at][1], values.whole(self._evaluate(arguments[at + 1], context))
            outer = row or (context.row if arguments[at][0] == "p" else context.asker).chain[arguments[at][2]]
            rows = outer.rows.get(repeat, []) if self._is_relevant(repeat, outer) else []
            if index is None or not 1 <= index <= len(rows):
                return ""
            row = rows[index - 1]
        assert row is not None
        return self._read((target, row)) if self._is_relevant(target, row) else ""

    def _choice_name(self, arguments: list[Expr], context: Context) -> Value:
        value, target = self._evaluate(arguments[0], context), arguments[1]
        found = self._node_set([*target[:3]], context)
        row = found.refs[0][1] if found.refs else context.row
        choices = (
            self._choices(target[1], row, context.language, names_only=True)
            if self.plan.nodes[target[1]].get("choices")
            else []
        )
        return next((choice["label_text"] for choice in choices if choice["value"] == values.text(value)), "")

    def _is_offered(self, number: int, row: Row, value: Any) -> bool:
        offered = {choice["value"] for choice in self._choices(number, row, self.language)}
        return all(code in offered for code in (value if isinstance(value, list) else [value]))

    def _choices(self, number: int, row: Row, language: str, names_only: bool = False) -> list[dict[str, Any]]:
        """What a select offers now; with `names_only` whatever it may ever offer, since a name is asked for a code
        already chosen."""
        source = self.plan.nodes[number]["choices"]
        tests = [source["filter"]] if source.get("filter") and not names_only else []
        context = self._context(number, row, language)
        if "list" in source:
            items = self._items(source["list"], tests, context)
            labels = [self._text(item["label"], language) for item in items]
            return [
                {"value": item["value"], "label": _parts(label), "label_text": _words(label)}
                for item, label in zip(items, labels, strict=True)
            ]
        return self._row_choices(source, tests, context)

    def _row_choices(self, source: dict[str, Any], tests: list[Expr], context: Context) -> list[dict[str, Any]]:
        repeat, label = source["repeat"], source["label"]
        person = next(
            (
                n
                for n in self._below(repeat)
                if self.plan.nodes[n]["name"] == "person_id" and self.plan.homes[n] == repeat
            ),
            None,
        )
        depth = sum(a.node == b for a, b in zip(context.row.chain[1:], self._repeats(repeat), strict=False))
        found = []
        for _, row in self._node_set(["p", repeat, depth, [[repeat, test] for test in tests]], context).refs:
            name = values.text(self._read((label, row))) if self._is_relevant(label, row) else ""
            if name:
                value = (row.values.get(person) if person is not None else None) or row.id
                found.append({"value": value, "label": [name], "label_text": name})
        return found

    # inside: texts and screens

    def _text(self, number: int, language: str) -> Any:
        texts = self.plan.json["texts"]
        return texts.get(language, texts[self.plan.languages[0]])[number]

    def _rendered(self, text: int | None, number: int, row: Row) -> list[Any]:
        return (
            []
            if text is None
            else self._filled(_parts(self._text(text, self.language)), self._context(number, row, self.language))
        )

    def _filled(self, parts: list[Any], context: Context) -> list[Any]:
        filled: list[Any] = []
        for part in parts:
            if isinstance(part, str) or part[0] == "br":
                filled.append(part)
            elif part[0] == "o":
                filled.append(values.text(self._evaluate(part[1], context)))
            else:
                filled.append([part[0], *self._filled(part[1:], context)])
        return filled

    def _plain(self, text: int | None, number: int, row: Row, language: str) -> str:
        return (
            ""
            if text is None
            else _words(self._filled(_parts(self._text(text, language)), self._context(number, row, language)))
        )

    def _shown(self, number: int, row: Row, moment: str | None) -> bool:
        node = self.plan.nodes[number]
        if node["kind"] in ("calculate", "hidden"):
            return False
        if moment is None:
            return True
        if not self._is_relevant(number, row):
            return False
        if node["kind"] == "repeat":
            return any(
                self.plan.nodes[n]["kind"] in ("question", "note") and self.plan.nodes[n]["moment"] == moment
                for n in self._below(number)
            )
        if node["kind"] == "group":
            return any(self._shown(n, row, moment) for n in self.plan.children[number])
        return bool(node["moment"] == moment)

    def _section(self, number: int, places: list[tuple[int, Row]], moment: str | None) -> dict[str, Any]:
        node = self.plan.nodes[number]
        of_moment = [(n, r) for n, r in places if r.relevant[n] and moment in (None, self.plan.nodes[n]["moment"])]
        asked = [(n, r) for n, r in of_moment if self.plan.nodes[n]["kind"] == "question"]
        return {
            "path": self.path(number, self.root) if number else "",
            "node": node,
            "label": self._rendered(node.get("label"), number, self.root),
            "label_text": self._plain(node.get("label"), number, self.root, self.language),
            "questions": [self.path(n, r) for n, r in asked],
            "answered": sum(not checks.is_blank(r.values.get(n)) for n, r in asked),
            "problems": sum(self.error_code(n, r) is not None for n, r in of_moment),
        }


_ARITHMETIC: dict[str, Callable[[Decimal, Decimal], Decimal | None]] = {
    "+": decimals.add,
    "-": decimals.subtract,
    "*": decimals.multiply,
    "div": decimals.divide,
    "mod": decimals.remainder,
}


def _segments(plan: Plan) -> list[str]:
    """The part of each node's path below its row: `visit.at`."""
    segments = [""]
    for node in plan.nodes[1:]:
        inside = plan.nodes[node["parent"]]["kind"] == "group"
        segments.append(f"{segments[node['parent']]}.{node['name']}" if inside else node["name"])
    return segments


def _parts(text: Any) -> list[Any]:
    return [text] if isinstance(text, str) else list(text)


def _words(text: Any) -> str:
    """A text without its markup."""
    if isinstance(text, str):
        return text
    return "".join(
        part if isinstance(part, str) else "\n" if part[0] == "br" else "" if part[0] == "o" else _words(part[1:])
        for part in text
    )


def _uuid(random: Callable[[], float]) -> str:
    """A version 4 UUID from 16 draws."""
    octets = [int(random() * 256) for _ in range(16)]
    octets[6], octets[8] = octets[6] & 0x0F | 0x40, octets[8] & 0x3F | 0x80
    digits = bytes(octets).hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
