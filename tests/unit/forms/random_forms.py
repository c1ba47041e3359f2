"""Random forms and random traces of answers, for the comparison of the two engines.

Everything is drawn, nothing is chosen by hand.
"""

from typing import Any

from hypothesis import strategies as st

from fieldapp.forms.evaluate import Instance, open_instance
from fieldapp.forms.plan import Plan
from fieldapp.forms.publish import compile_xlsform

TYPES = ["text", "integer", "decimal", "date", "select_one abc", "select_multiple abc"]
NUMBERS = ["0", "1", "2.5", "-3", "10", "0.001"]
TEXTS = ["''", "'a'", "'b'", "'c'", "'2024-02-29'", "'7'", "'𠮷中'"]
TAIL = """| choices |
| | list_name | name | label::中文 (zh) | label::English (en) | group |
| | abc | a | 甲 | A | x |
| | abc | b | 乙 | B | x |
| | abc | c | 丙 | C | y |
| settings |
| | form_id | form_title | version | default_language | namespaces |
| | R1 | 随机 / Random | 1 | 中文 (zh) | fa="urn:fieldapp:form:1" |"""
NOW = 1772321400250
COLUMNS = (
    "type | name | label::中文 (zh) | label::English (en) | relevant | constraint | required "
    "| calculation | default | choice_filter "
    "| bind::fa:sensitivity | bind::fa:unknown | bind::fa:partial | bind::fa:check"
)


@st.composite
def expressions(draw: st.DrawFn, names: list[str], depth: int = 3) -> str:
    """An expression over questions that come before, so that no circle arises."""
    leaves = [*NUMBERS, *TEXTS, *(f"${{{name}}}" for name in names), "today()", "true()"]
    if depth == 0 or draw(st.integers(0, 3)) == 0:
        return draw(st.sampled_from(leaves))
    inner = expressions(names, depth - 1)
    a, b = draw(inner), draw(inner)
    operator = draw(st.sampled_from(["+", "-", "*", "div", "mod", "=", "!=", "<", "<=", ">", ">=", "and", "or"]))
    shape = draw(st.integers(0, 11))
    calls = [
        f"({a} {operator} {b})",
        f"({a} {operator} {b})",
        f"({a} {operator} {b})",
        f"if({a}, {b}, {draw(inner)})",
        f"coalesce({a}, {b})",
        f"concat({a}, {b})",
        f"round({a}, 2)",
        f"sum({a}, {b})",
        f"selected({a}, 'b')",
        f"substr({a}, 1, 3)",
        f"fa:age({a}, {b})",
        f"date({a})",
    ]
    return calls[shape]


@st.composite
def forms(draw: st.DrawFn) -> Plan:
    """A form of questions, groups and nested repeats; calculations over all rows stand at the end."""
    rows: list[str] = []
    names: list[str] = []  # usable in expressions here
    inside: list[tuple[str, list[str]]] = []

    def question(number: int, visible: list[str]) -> None:
        kind = draw(st.sampled_from([*TYPES, "calculate", "calculate"]))
        name = f"q{number}"
        cells = dict.fromkeys(
            ["relevant", "constraint", "required", "calculation", "default", "filter", "unknown", "partial", "check"],
            "",
        )
        if draw(st.booleans()):
            cells["relevant"] = draw(expressions(visible, 2))
        if kind == "calculate":
            cells["calculation"] = draw(expressions(visible))
        else:
            cells["constraint"] = draw(st.sampled_from(["", ". != ''", ". > 1", "string-length(.) < 3"]))
            cells["required"] = draw(st.sampled_from(["", "yes", draw(expressions(visible, 1))]))
            cells["unknown"] = draw(st.sampled_from(["", "refused later"]))
        if kind == "date":
            cells["partial"] = draw(st.sampled_from(["", "year", "month"]))
        if kind in ("integer", "decimal", "text"):
            cells["default"] = draw(st.sampled_from(["", "", "7", "1 + 1.50", "once(random())"]))
        if kind == "text":
            cells["check"] = draw(st.sampled_from(["", "money", "phone", "id_number", "region12"]))
        if kind.startswith("select"):
            cells["filter"] = draw(st.sampled_from(["", "group = 'x'", f"group = {draw(expressions(visible, 0))}"]))
        label = f"题{number} ${{{visible[-1]}}}" if visible and kind != "calculate" else f"题{number}"
        body = " | ".join(
            [
                cells["relevant"],
                cells["constraint"],
                cells["required"],
                cells["calculation"],
                cells["default"],
                cells["filter"],
            ]
        )
        rows.append(
            f"{kind} | {name} | {label} | Q{number} | {body} | household "
            f"| {cells['unknown']} | {cells['partial']} | {cells['check']}"
        )
        visible.append(name)

    number = 0
    for _ in range(draw(st.integers(2, 5))):
        number += 1
        question(number, names)
    for _ in range(draw(st.integers(0, 2))):
        number += 1
        repeat = f"r{number}"
        relevant = draw(st.sampled_from(["", draw(expressions(names, 1))]))
        rows.append(f"begin_repeat | {repeat} | 行 | Rows | {relevant}")
        visible = list(names)
        for _ in range(draw(st.integers(1, 4))):
            number += 1
            question(number, visible)
        number += 1
        rows.append(
            f"calculate | q{number} | | | | | | concat(position(..), '/', count(../../{repeat}), sum(../{visible[-1]}))"
        )
        if draw(st.booleans()):
            number += 1
            nested = f"n{number}"
            rows.append(f"begin_repeat | {nested} | 内 | Inner |")
            deeper = list(visible)
            for _ in range(draw(st.integers(1, 2))):
                number += 1
                question(number, deeper)
            rows.append("end_repeat")
            number += 1
            rows.append(
                f"calculate | q{number} | | | | | "
                f"| join(',', ../{nested}/{deeper[-1]}, count(../{nested}), position(..))"
            )
        rows.append("end_repeat")
        inside.append((repeat, visible[len(names) :]))
    for repeat, below in inside:
        name = below[draw(st.integers(0, len(below) - 1))]
        number += 1
        total = draw(st.sampled_from(["sum", "count", "concat", "max", "count-non-empty"]))
        test = draw(st.sampled_from(["", f"[{name} != '']", "[position() > 1]", "[2]"]))
        rows.append(f"calculate | q{number} | | | | | | {total}(/data/{repeat}{test}/{name})")
        number += 1
        rows.append(
            f"calculate | q{number} | | | | | "
            f"| concat(count(/data/{repeat}{test}), indexed-repeat(${{{name}}}, ${{{repeat}}}, 2))"
        )
    source = "\n".join(["| survey |", f"| | {COLUMNS} |", *(f"| | {row} |" for row in rows), TAIL])
    return compile_xlsform(source, "md")


ANSWERS: dict[str, list[Any]] = {
    "text": [
        "",
        "a",
        "7",
        "1200.50",
        "19900001234",
        "990101000000",
        "000000199003070011",
        "𠮷中文",
        "2024-02-29",
        {"unknown": "refused"},
        5,
    ],
    "integer": [0, 1, -3, 10, None, {"unknown": "later"}, "x"],
    "decimal": ["0", "2.50", "-0.001", "100", None, {"unknown": "refused"}, "1e3"],
    "date": ["2024-02-29", "2020", "2020-05", "2026-03-01", None, "2023-02-29"],
    "select_one": ["a", "b", "c", "gone", None, {"unknown": "not_safe"}],
    "select_multiple": [["a"], ["b", "a"], ["c", "a", "b"], [], None],
}


@st.composite
def traces(draw: st.DrawFn) -> tuple[Plan, list[list[Any]]]:
    """A form and steps that can be done on it, one after the other."""
    plan = draw(forms())
    model = replay(plan, [])[0]
    steps: list[list[Any]] = []
    ids = 0
    for _ in range(draw(st.integers(1, 14))):
        questions = [
            (model.path(n, row), plan.nodes[n]["type"])
            for n, row in model.places(0, model.root)
            if plan.nodes[n]["kind"] == "question"
        ]
        repeats = [
            (n, row) for n, node in enumerate(plan.nodes) if node["kind"] == "repeat" for row in model._home_rows(n)
        ]
        rows = [f"{model.path(n, row)}[{inner.id}]" for n, row in repeats for inner in row.rows.get(n, [])]
        act = draw(
            st.sampled_from(
                [
                    "set",
                    "set",
                    "set",
                    *(["add", "add"] if repeats else []),
                    *(["remove", "move"] if rows else []),
                    "restore",
                ]
            )
        )
        if act == "set":
            path, kind = draw(st.sampled_from(questions)) if questions else ("", "")
            if not questions:
                continue
            step: list[Any] = ["set", path, draw(st.sampled_from(ANSWERS[kind]))]
        elif act == "add":
            n, row = draw(st.sampled_from(repeats))
            ids += 1
            step = ["add", model.path(n, row), f"id-{ids}"]
        elif act == "restore":
            if not model.removed():
                continue
            step = ["restore", model.removed()[-1]["path"]]
            if not _exists(model, step[1]):
                continue
        elif act == "move":
            step = ["move", draw(st.sampled_from(rows)), draw(st.integers(0, 2))]
        else:
            step = ["remove", draw(st.sampled_from(rows))]
        act_on(model, step)
        steps.append(step)
    return plan, steps


def _exists(model: Instance, path: str) -> bool:
    """Whether the repeat of a removed row is still there."""
    try:
        model.rows(path.rpartition("[")[0])
    except KeyError:
        return False
    return True


def act_on(instance: Instance, step: list[Any]) -> list[str]:
    act, *args = step
    if act == "set":
        return instance.set(args[0], args[1])
    if act == "add":
        return [instance.add_repeat(args[0], args[1]), *instance.last_changed()]
    if act == "remove":
        return instance.remove_repeat(args[0])
    if act == "restore":
        return instance.restore_repeat(args[0])
    return instance.move_repeat(args[0], args[1])


RANDOM = [0.125, 0.5, 0.9375, 0.25]


def replay(plan: Plan, steps: list[list[Any]]) -> tuple[Instance, list[list[str]]]:
    drawn = iter(RANDOM * 1000)
    instance = open_instance(plan, now_ms=NOW, random=lambda: next(drawn))
    return instance, [act_on(instance, step) for step in steps]
