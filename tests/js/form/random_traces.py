"""Random forms of function sets 1 and 2, and random answers to them, for the comparison of the two engines.

Everything comes of one seed: `form(seed)` is a form, `trace(form, seed)` what a person does with it. `smallest` cuts a
failing case down to the rows and steps it needs.
"""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from fieldapp.forms.evaluate import Instance, PathUnknown, open_instance
from fieldapp.forms.plan import Plan, load_plan
from fieldapp.forms.publish import compile_xlsform
from fieldapp.forms.refusals import FormRefused

NOW = 1772321400250
RANDOM = [0.125, 0.5, 0.9375, 0.0625]
ME = {"username": "张三", "deviceid": "phone-1"}
COLUMNS = [
    *("type", "name", "label::中文 (zh)", "label::English (en)", "guidance_hint::中文 (zh)", "relevant", "constraint"),
    *("required", "readonly", "calculation", "default", "choice_filter", "repeat_count", "trigger", "parameters"),
    *("bind::fa:sensitivity", "bind::fa:unknown", "bind::fa:partial", "bind::fa:check", "bind::fa:moment"),
]
TOWNS = 310  # more than stand in a plan: this list is a file
COUNTIES = ("x", "y", "z", "")
CHOICES = "\n".join(
    [
        "| choices |",
        "| | list_name | name | label::中文 (zh) | label::English (en) | group |",
        "| | abc | a | 甲 | A | x |",
        "| | abc | b | 乙 | B | x |",
        "| | abc | c | 丙 | C | y |",
        "| | abc | d | 丁 | D | 7 |",
    ]
)
LONG = "\n".join(f"| | town | t{at} | 镇{at} | Town {at} | {COUNTIES[at % 4]} |" for at in range(TOWNS))
SETTINGS = """| settings |
| | form_id | form_title | version | default_language | instance_name | namespaces |
| | R1 | 随机 / Random | 1 | 中文 (zh) | {name} | fa="urn:fieldapp:form:1" |"""
TYPES = [
    *("text", "integer", "decimal", "date", "dateTime", "time", "select_one abc", "select_multiple abc"),
    *("calculate", "calculate", "calculate", "rank abc", "range", "geopoint", "geoshape", "barcode", "image"),
]
PRELOADS = ("start", "end", "today", "username", "deviceid")
SENSITIVITY = {"household": 6, "health": 1, "violence": 1}
NUMBERS = ["0", "1", "2.5", "-3", "10", "0.001", "7", "9007199254740993"]
TEXTS = ["''", "'a'", "'b'", "'c'", "'2024-02-29'", "'7'", "'𠮷中'", "'a b'", "'09:30'", "'1.50'", "'x'"]
SETS = ["sum", "count", "max", "min", "count-non-empty", "join", "concat"]

Row = dict[str, str]


@dataclass
class Form:
    """The rows of a survey, and what they compile to."""

    rows: list[Row]
    long: bool = False
    lists: str = "whole"  # what of the long list is there: whole, a slice, missing

    @property
    def source(self) -> str:
        cells = [" | ".join(row.get(column, "") for column in COLUMNS) for row in self.rows]
        survey = ["| survey |", "| | " + " | ".join(COLUMNS) + " |", *(f"| | {line} |" for line in cells)]
        return "\n".join([*survey, CHOICES, *([LONG] if self.long else []), SETTINGS.format(name="")])

    def stored(self) -> Plan:
        """As it is loaded again, with what there is of its files."""
        compiled = _compiled(self.source)
        files = {name: json.loads(content) for name, content in compiled.files.items()}
        for file in files.values():
            if self.lists == "slice":
                file["rows"] = file["rows"][: len(file["rows"]) // 2]
        return load_plan(compiled.json, {} if self.lists == "missing" else files)


@lru_cache(maxsize=100)
def _compiled(source: str) -> Plan:
    return compile_xlsform(source, "md")


@dataclass
class _Maker:
    """Draws one form. `set_2` is left out to see what set 1 alone does."""

    chance: random.Random
    set_2: bool
    rows: list[Row] = field(default_factory=list)
    number: int = 0
    long: bool = False
    last: list[str] = field(default_factory=list)  # questions a `last-saved` may name

    def maybe(self, share: float) -> bool:
        return self.chance.random() < share

    def one(self, values: Any) -> Any:
        return self.chance.choice(list(values))

    def name(self, letter: str) -> str:
        self.number += 1
        return f"{letter}{self.number}"

    def expression(self, names: list[str], depth: int = 3) -> str:
        """Of questions that come before, so that no circle arises."""
        leaves = [*NUMBERS, *TEXTS, "today()", "true()", *(f"${{{name}}}" for name in names)]
        if names and self.maybe(0.5):
            leaves = [f"${{{name}}}" for name in names]
        if self.set_2 and self.last and self.maybe(0.05):
            return f"${{last-saved#{self.one(self.last)}}}"
        if depth == 0 or self.maybe(0.25):
            return str(self.one(leaves))
        a, b, c = (self.expression(names, depth - 1) for _ in range(3))
        operator = self.one(["+", "-", "*", "div", "mod", "=", "!=", "<", "<=", ">", ">=", "and", "or"])
        calls = [
            *(f"({a} {operator} {b})",) * 8,
            *(f"if({a}, {b}, {c})", f"coalesce({a}, {b})", f"concat({a}, {b})", f"round({a}, 2)", f"sum({a}, {b})"),
            *(f"selected({a}, 'b')", f"substr({a}, 1, 3)", f"fa:age({a}, {b})", f"date({a})", f"not({a})", f"-({a})"),
            *(f"int({a})", f"min({a}, {b})", f"string-length({a})", f"format-date({a}, '%Y-%n-%e %a')", f"pow({a}, 2)"),
            *(f"translate({a}, 'ab1', 'ba')", f"normalize-space({a})", f"decimal-date-time({a})"),
            *(f"regex({a}, '[0-9]+[ab]?')", f"substring-before({a}, '-')", f"selected-at({a}, {b})", f"abs({a})"),
            *(
                f"count-selected({a})",
                f"contains({a}, {b})",
                f"number({a})",
                f"string({a})",
                f"checklist(1, 2, {a}, {b})",
            ),
        ]
        if self.set_2:
            calls += [
                *(f"sqrt({a})", f"sin({a})", f"log({a})", f"exp({a})", f"atan2({a}, {b})", f"time({a})"),
                *(f"date-time({a})", f"decimal-time({a})", f"digest({a}, 'SHA-256', 'hex')", f"distance({a})"),
                *(f"weighted-checklist(1, 3, {a}, 2, {b}, 1)", f"area({a})"),
            ]
        return str(self.one(calls))

    def question(self, visible: list[str], siblings: list[str]) -> None:
        """`visible` are the questions it may read, `siblings` those of the same row that a trigger may be."""
        kinds = [
            kind for kind in TYPES if self.set_2 or kind.split()[0] not in ("rank", "range", "geopoint", "geoshape")
        ]
        if self.set_2 and self.long:
            kinds += ["select_one town", "select_multiple town"]
        kind = str(self.one(kinds))
        name = self.name("q")
        row: Row = {
            "type": kind,
            "name": name,
            "label::中文 (zh)": f"题{self.number}",
            "label::English (en)": f"Q{self.number}",
        }
        row["bind::fa:sensitivity"] = self.chance.choices(list(SENSITIVITY), list(SENSITIVITY.values()))[0]
        if visible and kind != "calculate" and self.maybe(0.5):
            row["label::中文 (zh)"] += f" ${{{self.one(visible)}}}"
        if self.maybe(0.4):
            row["relevant"] = self.expression(visible, 2)
        if kind == "calculate":
            # once() asks for the calculation's own last value, so that it makes sense only as the whole of one.
            row["calculation"] = (
                self.one(["once(random())", "random()"]) if self.maybe(0.05) else self.expression(visible)
            )
            if self.maybe(0.2):
                row["constraint"] = ". != '0'"
        else:
            self._asked(row, kind, visible, siblings)
        self.rows.append(row)
        visible.append(name)
        if kind != "calculate" and "calculation" not in row:
            siblings.append(name)

    def _asked(self, row: Row, kind: str, visible: list[str], siblings: list[str]) -> None:
        row["constraint"] = self.one(["", "", ". != ''", ". > 1", "string-length(.) < 3"])
        row["required"] = self.one(["", "yes", self.expression(visible, 1)])
        if kind.startswith("geo"):
            row["required"] = ""  # a place may not be: such a form is refused
        row["bind::fa:unknown"] = self.one(["", "refused later"])
        row["bind::fa:moment"] = self.one(["", "", "later", "desk"])
        if self.maybe(0.1):
            row["readonly"] = self.expression(visible, 1)
        if kind == "date":
            row["bind::fa:partial"] = self.one(["", "year", "month"])
        if kind in ("integer", "decimal", "text"):
            row["default"] = self.one(["", "", "7", "1 + 1.50", "once(random())", self.expression(visible, 1)])
        if kind == "text":
            row["bind::fa:check"] = self.one(["", "", "money", "phone", "id_number", "region12"])
        if kind.startswith("select"):
            row["choice_filter"] = self.one(["", "group = 'x'", f"group = {self.expression(visible, 0)}"])
        if kind == "range":
            row["parameters"] = self.one(
                ["start=0 end=10 step=2", "start=-1.5 end=1.5 step=0.5", "start=1 end=5 step=1"]
            )
        if not self.set_2:
            return
        if kind.startswith(("select", "rank")) and self.maybe(0.3):
            seed = self.one(["", "", ", seed=5", *(f", seed=${{{name}}}" for name in visible[-1:])])
            row["parameters"] = f"randomize=true{seed}"
        if self.maybe(0.1):
            row["guidance_hint::中文 (zh)"] = "说明"
        if siblings and kind in ("text", "integer", "decimal", "select_one abc", "date") and self.maybe(0.35):
            row["trigger"] = f"${{{self.one(siblings)}}}"
            row["calculation"] = self.one(["", self.expression(visible, 2)])
            row.pop("default", None)

    def repeat(self, names: list[str], depth: int) -> tuple[str, list[str]]:
        """Its name and the questions of its rows."""
        name = self.name("r")
        row: Row = {"type": "begin_repeat", "name": name, "label::中文 (zh)": "行", "label::English (en)": "Rows"}
        row["relevant"] = self.one(["", "", self.expression(names, 1)])
        if self.set_2 and self.maybe(0.4):
            asked = self.expression(names, 1)
            row["repeat_count"] = self.one(["2", f"if({asked} > 3, 3, {asked})"])  # few: rows nest
        self.rows.append(row)
        visible, siblings = list(names), []
        for _ in range(self.chance.randint(1, 3)):
            self.question(visible, siblings)
        self.calculation(f"concat(position(..), '/', count(../../{name}), sum(../{visible[-1]}))", visible)
        if depth < 3 and self.maybe(0.35):
            inner, below = self.repeat(visible, depth + 1)
            asked = self.one(below)
            self.calculation(f"join(',', ../{inner}/{asked}, count(../{inner}), position(..))", visible)
            self.calculation(f"sum(../{inner}[position() > 1]/{asked})", visible)
        self.rows.append({"type": "end_repeat"})
        return name, visible[len(names) :]

    def calculation(self, text: str, visible: list[str] | None = None) -> None:
        name = self.name("q")
        self.rows.append({"type": "calculate", "name": name, "calculation": text})
        if visible is not None:
            visible.append(name)

    def whole(self) -> Form:
        self.long = self.set_2 and self.maybe(0.15)
        names: list[str] = []
        siblings: list[str] = []
        if self.set_2:
            for preload in PRELOADS:
                if self.maybe(0.2):
                    self.rows.append({"type": preload, "name": preload})
                    names.append(preload)
        for _ in range(self.chance.randint(2, 5)):
            self.question(names, siblings)
            self.last = [name for name in names if name.startswith("q")]
        if self.maybe(0.4):
            self._group(names)
        for _ in range(self.chance.choice([0, 1, 1, 2])):
            repeat, below = self.repeat(names, 1)
            self._totals(repeat, [name for name in below if name.startswith("q")])
            if self.maybe(0.3):
                self._of_rows(repeat, below)
        return Form(self.rows, self.long, self.one(["whole", "whole", "slice", "missing"]))

    def _group(self, names: list[str]) -> None:
        row: Row = {"type": "begin_group", "name": self.name("g"), "relevant": self.expression(names, 1)}
        self.rows.append({**row, "label::中文 (zh)": "组", "label::English (en)": "Group"})
        inside, siblings = list(names), []
        for _ in range(self.chance.randint(1, 2)):
            self.question(inside, siblings)
        self.rows.append({"type": "end_group"})
        names += inside[len(names) :]

    def _totals(self, repeat: str, below: list[str]) -> None:
        name = self.one(below)
        test = self.one(["", f"[{name} != '']", "[position() > 1]", "[2]", f"[{name} = current()/../{name}]"[:0]])
        total = self.one(SETS)
        separator = "'+', " if total == "join" else ""
        self.calculation(f"{total}({separator}/data/{repeat}{test}/{name})")
        self.calculation(f"concat(count(/data/{repeat}{test}), indexed-repeat(${{{name}}}, ${{{repeat}}}, 2))")
        if self.set_2:
            self.calculation(
                f"join(' ', randomize(/data/{repeat}/{name}, {self.one(['5', '-7', 'count(/data/' + repeat + ')'])}))"
            )

    def _of_rows(self, repeat: str, below: list[str]) -> None:
        """A question whose choices are the rows of a repeat."""
        texts = [
            row["name"] for row in self.rows if row.get("name") in below and row["type"] in ("text", "select_one abc")
        ]
        if texts:
            name = self.name("q")
            label = {"label::中文 (zh)": "谁", "label::English (en)": "Who"}
            self.rows.append(
                {"type": f"select_one ${{{texts[0]}}}", "name": name, **label, "bind::fa:sensitivity": "violence"}
            )
            self.calculation(f"jr:choice-name(${{{name}}}, '${{{name}}}')")


def form(seed: int, set_2: bool = True) -> Form:
    """The form of a seed; of one that the compiler refuses, the next that it takes."""
    while True:
        made = _Maker(random.Random(seed), set_2).whole()
        try:
            made.stored()
        except FormRefused:
            seed += 1_000_003
        else:
            return made


ANSWERS: dict[str, list[Any]] = {
    "text": [
        *(
            "",
            "a",
            "7",
            "1200.50",
            "19900001234",
            "990101000000",
            "000000199003070011",
            "𠮷中文",
            "2024-02-29",
            5,
            "a b",
        ),
        *("1.2 3.4;5 6", "09:30", {"unknown": "refused"}),
    ],
    "integer": [0, 1, 2, -3, 10, 9007199254740991, None, {"unknown": "later"}, "x", True],
    "decimal": ["0", "2.50", "-0.001", "100", "1.5", None, {"unknown": "refused"}, "1e3", "0.30"],
    "date": ["2024-02-29", "2020", "2020-05", "2026-03-01", None, "2023-02-29", {"unknown": "later"}],
    "dateTime": ["2026-02-28T09:30:00+08:00", "2026-02-28T23:59:59.999Z", None, "2026-02-28"],
    "time": ["09:30", "23:59", "24:00", None],
    "select_one": ["a", "b", "c", "t3", "t4", "gone", None, {"unknown": "not_safe"}],
    "select_multiple": [["a"], ["b", "a"], ["c", "a", "b"], ["t9", "t2"], [], None, {"unknown": "refused"}],
    "rank": [["d", "c", "b", "a"], ["a"], ["b", "a", "d", "c"], ["a", "b", "c", "gone"], ["a", "a"], None],
    "geopoint": ["30.25 120.15", "30.25 120.15 7.5 3", "91 0", "0 0;1 1", None],
    "geoshape": ["0 0;0 1;1 1;0 0", "0 0;0 1;1 1", "30 120 0 0; 30.5 120; 30 120.5; 30 120", None],
    "barcode": ["6901234567892", "", None],
    "image": [{"file": "0190"}, None, {}, {"unknown": "refused"}],
}


@dataclass
class Trace:
    """What is done with a form from its opening on; `options` as the phone takes them."""

    options: dict[str, Any]
    steps: list[list[Any]]


def opened(plan: Plan, options: dict[str, Any]) -> Instance:
    """The server's engine with the phone's options. Chance is one number for the whole trace: what is drawn when a
    screen looks must not hang on who looks first."""
    made = iter(f"grown-{at}" for at in range(1, 10_000))
    return open_instance(
        plan,
        options.get("answers"),
        now_ms=NOW,
        language=options["language"],
        random=lambda: float(options["chance"]),
        recorded=options.get("recorded"),
        new_id=(lambda: next(made)) if options["grows"] else None,
        me=options.get("me"),
        off=options.get("off"),
        last_saved=options.get("lastSaved"),
    )


def act_on(instance: Instance, step: list[Any]) -> list[str]:
    """The paths the server tells after one step."""
    act, *given = step
    if act == "set":
        return instance.set(given[0], given[1])
    if act == "same":
        return instance.set_same(given[0], given[1], {"revision_id": "r", "on": "2026-01-05"})
    if act == "add":
        return [instance.add_repeat(given[0], given[1]), *instance.last_changed()]
    if act == "remove":
        return instance.remove_repeat(given[0])
    if act == "restore":
        return instance.restore_repeat(given[0])
    if act == "move":
        return instance.move_repeat(given[0], given[1])
    if act == "tick":
        return instance.tick(given[0])
    if act == "submit":
        instance.submission(given[0])
        return []
    instance.language = given[0]
    return []


def trace(plan: Plan, seed: int) -> tuple[Trace, Instance, list[list[str]]]:
    """Steps that can be done, the instance after them, and the paths it told of each."""
    chance = random.Random(seed)
    options: dict[str, Any] = {"language": chance.choice(["zh", "zh", "en"]), "grows": chance.random() < 0.8}
    options["chance"] = chance.choice(RANDOM)
    if chance.random() < 0.5:
        options["me"] = ME
    if chance.random() < 0.3:
        options["off"] = chance.choice([["photo"], ["location"], ["photo", "location", "audio"]])
    if chance.random() < 0.5:
        options["lastSaved"] = _last_saved(plan, chance)
    steps: list[list[Any]] = []
    told: list[list[str]] = []
    instance = opened(plan, options)
    for at in range(chance.randint(1, 14)):
        step = _step(instance, chance, at)
        if step:
            told.append(act_on(instance, step))
            steps.append(step)
    return Trace(options, steps), instance, told


def _last_saved(plan: Plan, chance: random.Random) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for number in plan.json.get("last_saved") or []:
        node = plan.nodes[number]
        names = []
        while number:
            names.insert(0, plan.nodes[number]["name"])
            number = plan.nodes[number]["parent"]
        inside = found
        for name in names[:-1]:
            inside = inside.setdefault(name, {})
        inside[names[-1]] = chance.choice(ANSWERS.get(node.get("type") or "text", ANSWERS["text"]))
    return found


def _step(instance: Instance, chance: random.Random, at: int) -> list[Any] | None:
    plan, record = instance.plan, instance.record
    questions = [(n, row) for n, row in instance.places(0, instance.root) if plan.nodes[n]["kind"] == "question"]
    repeats = [
        (n, row)
        for n, node in enumerate(plan.nodes)
        if node["kind"] == "repeat" and not node.get("count")
        for row in record.home_rows(n)
    ]
    rows = [f"{record.path(n, row)}[{inner.id}]" for n, row in repeats for inner in row.rows.get(n, [])]
    acts = (
        ["set"] * 6
        + ["same", "tick", "submit", "language"]
        + ["add"] * 4 * bool(repeats)
        + ["remove", "move"] * bool(rows)
    )
    act = chance.choice([*acts, *["restore"] * bool(instance.removed())])
    if act in ("set", "same"):
        if not questions:
            return None
        n, row = chance.choice(questions)
        return [act, record.path(n, row), chance.choice(_answers(instance, n, row))]
    if act == "add":
        return ["add", record.path(*chance.choice(repeats)), f"id-{at}"]
    if act == "restore":
        path = instance.removed()[-1]["path"]
        try:
            instance.rows(path.rpartition("[")[0])
        except PathUnknown:
            return None
        return ["restore", path]
    if act == "tick":
        return ["tick", NOW + 86_400_000 * chance.randint(1, 400)]
    if act == "submit":
        return ["submit", NOW + chance.randint(0, 10**9)]
    if act == "language":
        return ["language", chance.choice(["zh", "en"])]
    return [act, chance.choice(rows), *([chance.randint(0, 2)] if act == "move" else [])]


def _answers(instance: Instance, n: int, row: Any) -> list[Any]:
    kind = instance.plan.nodes[n].get("type") or "text"
    offered = [choice["value"] for choice in instance.view(instance.record.path(n, row))["choices"] or []][:5]
    fitting = [[code] for code in offered] if kind in ("select_multiple", "rank") else offered
    return [*ANSWERS.get(kind, [{"file": "0190"}, None]), *fitting]


def replayed(plan: Plan, options: dict[str, Any], steps: list[list[Any]]) -> tuple[Instance, list[list[str]]]:
    instance = opened(plan, options)
    return instance, [act_on(instance, step) for step in steps]


TRIES_MAX = 600  # to make a failing case small; what is left then is shown as it is
Fails = Callable[[Plan, Trace], str | None]


def smallest(made: Form, failing: Trace, fails: Fails) -> tuple[Form, Trace]:
    """The same failure with fewer steps and rows: what can be left out one by one is left out."""

    tries = iter(range(TRIES_MAX))

    def still(rows: list[Row], steps: list[list[Any]]) -> bool:
        if next(tries, None) is None:
            return False
        try:
            return fails(replace(made, rows=rows).stored(), Trace(failing.options, steps)) is not None
        except (FormRefused, PathUnknown, ValueError, IndexError):
            return False

    rows, steps = list(made.rows), list(failing.steps)
    shrinking = True
    while shrinking:
        shrinking = False
        for at in reversed(range(len(steps))):
            if still(rows, [*steps[:at], *steps[at + 1 :]]):
                steps.pop(at)
                shrinking = True
        for fewer in _with_less(rows):
            if still(fewer, steps):
                rows, shrinking = fewer, True
                break
    return replace(made, rows=rows), Trace(failing.options, steps)


def _with_less(rows: list[Row]) -> list[list[Row]]:
    """Without one row (a group or repeat goes as a whole), or without one of its cells."""
    found = []
    for at, row in enumerate(rows):
        if row["type"].startswith("end_"):
            continue
        end, depth = at, int(row["type"].startswith("begin_"))
        while depth:
            end += 1
            depth += rows[end]["type"].startswith("begin_") - rows[end]["type"].startswith("end_")
        found.append([*rows[:at], *rows[end + 1 :]])
    kept = ("type", "name", "label::中文 (zh)", "bind::fa:sensitivity")
    for at, row in enumerate(rows):
        for cell in row:
            if row[cell] and cell not in kept:
                found.append([*rows[:at], {key: row[key] for key in row if key != cell}, *rows[at + 1 :]])
    return found
