"""Forms as households need them, drawn from a seed, and answers to them: what JavaRosa and we must see alike.

Every expression has the type its place wants: numbers are added, dates compared with dates. What a text plus a date is,
each engine decides for itself (docs/forms.md 6), and random_traces.py holds our two engines together there.
"""

import random
from dataclasses import dataclass, field
from io import StringIO
from typing import Any

COLUMNS = (
    "type",
    "name",
    "label::中文 (zh)",
    "relevant",
    "constraint",
    "required",
    "calculation",
    "default",
    "choice_filter",
    "bind::fa:sensitivity",
)
CHOICES = """| choices |
| | list_name | name | label::中文 (zh) | kind |
| | abc | a | 甲 | x |
| | abc | b | 乙 | x |
| | abc | c | 丙 | y |
| settings |
| | form_id | form_title | version | default_language | namespaces |
| | DRAWN | 抽样 / Drawn | 1 | 中文 (zh) | fa="urn:fieldapp:form:1" |
"""
ANSWERS: dict[str, tuple[str, ...]] = {
    "integer": ("0", "1", "3", "12", "-4", "250", ""),
    "decimal": ("0", "0.5", "2.25", "-1.75", "100", "1200.5", ""),
    "text": ("", "a", "王家", "abc abc", "7", " x ", "𠮷中文"),
    "date": ("2024-02-29", "2019-12-31", "2026-03-01", "1984-07-15", ""),
    "select_one": ("a", "b", "c", ""),
    "select_multiple": ("", "a", "b", "a b", "a b c", "c"),
}


@dataclass
class Drawn:
    """`source` as XLSForm; `questions` name to type and the groups and repeats they stand in, from outside in. Steps
    are ("set", place, kind, text) and ("add", place of the new row); a place is /data/r0[2]/q3[1].
    """

    source: str
    questions: dict[str, tuple[str, tuple[str, ...]]]
    asked: dict[str, str]  # name to its expressions, for people
    steps: list[tuple[str, ...]] = field(default_factory=list)


class _Pool:
    """What may be read at a place, by type."""

    def __init__(self, chance: random.Random):
        self.chance = chance
        self.names: dict[str, list[str]] = {kind: [] for kind in (*ANSWERS, "number")}

    def copy(self) -> "_Pool":
        other = _Pool(self.chance)
        other.names = {kind: list(names) for kind, names in self.names.items()}
        return other

    def one(self, *kinds: str) -> str | None:
        names = [name for kind in kinds for name in self.names[kind]]
        return f"${{{self.chance.choice(names)}}}" if names else None

    def number(self, depth: int = 2) -> str:
        chance = self.chance
        literal = chance.choice(["0", "1", "2", "0.5", "10", "100", "-3"])
        leaf = self.one("integer", "decimal", "number") if chance.random() < 0.75 else None
        if depth == 0 or chance.random() < 0.25:
            return leaf or literal
        a, b = self.number(depth - 1), self.number(depth - 1)
        several, text = self.one("select_multiple"), self.one("text")
        return chance.choice(
            [
                f"({a} + {b})",
                f"({a} - {b})",
                f"({a} * {b})",
                f"round({a} div 4, 2)",
                f"int({a})",
                f"round({a})",
                f"if({self.truth(depth - 1)}, {a}, {b})",
                f"coalesce({self.one('integer', 'decimal') or literal}, {literal})",
                f"count-selected({several})" if several else f"abs({a})",
                f"string-length({text})" if text else f"({a} mod 7)",
                f"number({literal})",
            ]
        )

    def truth(self, depth: int = 2) -> str:
        chance = self.chance
        one, several, date, text = (self.one(kind) for kind in ("select_one", "select_multiple", "date", "text"))
        sign = chance.choice(["=", "!=", "<", "<=", ">", ">="])
        leaves = [f"{self.number(max(depth - 1, 0))} {sign} {self.number(max(depth - 1, 0))}"]
        leaves += [f"{one} = '{chance.choice('abc')}'"] if one else []
        leaves += [f"selected({several}, '{chance.choice('abc')}')"] if several else []
        leaves += [f"{date} {sign} date('2020-01-01')"] if date else []
        leaves += [f"{text} != ''", f"contains({text}, 'b')", f"regex({text}, '[a-z ]+')"] if text else []
        if depth == 0 or chance.random() < 0.5:
            return chance.choice(leaves)
        a, b = self.truth(depth - 1), self.truth(depth - 1)
        return chance.choice([f"({a} and {b})", f"({a} or {b})", f"not({a})"])

    def text(self, depth: int = 2) -> str:
        chance = self.chance
        leaf = self.one("text", "select_one") if chance.random() < 0.8 else None
        literal = chance.choice(["'甲'", "'x'", "'a b'"])
        if depth == 0 or chance.random() < 0.25:
            return leaf or literal
        a, b = self.text(depth - 1), self.text(depth - 1)
        date, several = self.one("date"), self.one("select_multiple")
        return chance.choice(
            [
                f"concat({a}, '/', {b})",
                f"if({self.truth(depth - 1)}, {a}, {b})",
                f"substr({a}, 0, 2)",
                f"normalize-space({a})",
                f"translate({a}, 'abc', 'xyz')",
                f"substring-before({a}, ' ')",
                f"coalesce({leaf or literal}, {literal})",
                f"format-date({date}, '%Y-%m-%d')" if date else f"string({self.number(1)})",
                f"selected-at({several}, 1)" if several else f"concat({a}, {self.number(0)})",
            ]
        )


def draw(seed: int) -> Drawn:
    """The same form and steps for the same seed."""
    chance = random.Random(seed)
    rows: list[dict[str, str]] = []
    drawn = Drawn("", {}, {})
    pool = _Pool(chance)
    counter = 0

    def put(pool: _Pool, inside: tuple[str, ...], calculated: bool) -> None:
        nonlocal counter
        counter += 1
        name = f"q{counter}"
        cells = {"name": name, "label::中文 (zh)": f"题{counter}", "bind::fa:sensitivity": "household"}
        if chance.random() < 0.4:
            cells["relevant"] = pool.truth()
        if calculated:
            kind = chance.choice(["number", "text", "truth"])
            cells["type"] = "calculate"
            value = {"number": pool.number, "text": pool.text, "truth": lambda: f"if({pool.truth()}, '是', '否')"}[
                kind
            ]()
            cells["calculation"] = value
            pool.names["number" if kind == "number" else "text"].append(name)
        else:
            kind = chance.choice(list(ANSWERS))
            cells["type"] = f"{kind} abc" if kind.startswith("select") else kind
            if kind in ("integer", "decimal"):
                cells["constraint"] = chance.choice(["", ". >= 0", ". < 100 and . > -10", f". <= {pool.number(1)}"])
                cells["default"] = chance.choice(["", "", "5"])
            if kind == "text":
                cells["constraint"] = chance.choice(["", "string-length(.) < 3"])
            drawn.questions[name] = (kind, inside)
            pool.names[kind].append(name)
        drawn.asked[name] = "; ".join(
            f"{column} {cells[column]}" for column in ("relevant", "constraint", "calculation") if cells.get(column)
        )
        rows.append(cells)

    def run(pool: _Pool, inside: tuple[str, ...], count: int) -> None:
        for _ in range(count):
            put(pool, inside, chance.random() < 0.4)

    def calculate(value: str) -> None:
        nonlocal counter
        counter += 1
        drawn.asked[f"q{counter}"] = f"calculation {value}"
        cells = {"type": "calculate", "name": f"q{counter}", "calculation": value}
        rows.append({**cells, "bind::fa:sensitivity": "household"})

    run(pool, (), chance.randint(4, 7))
    repeats: list[tuple[str, _Pool, _Pool]] = []  # with what may be read in it, and around it
    for at in range(chance.randint(0, 2)):
        repeat = f"r{at}"
        group = {"type": "begin_repeat", "name": repeat, "label::中文 (zh)": "行"}
        if chance.random() < 0.3:
            group["relevant"] = pool.truth(1)
        rows.append(group)
        inner = pool.copy()
        run(inner, (repeat,), chance.randint(2, 4))
        calculate("position(..)")
        if chance.random() < 0.5:
            nested = f"n{at}"
            rows.append({"type": "begin_repeat", "name": nested, "label::中文 (zh)": "内"})
            deeper = inner.copy()
            run(deeper, (repeat, nested), chance.randint(1, 3))
            calculate("concat(position(..), '/', position(../..))")
            rows.append({"type": "end_repeat"})
            # Seen from the row they are that row's, seen from outside all there are.
            for total in _totals(chance, nested, deeper, inner):
                calculate(total)
            repeats.append((nested, deeper, inner))
        rows.append({"type": "end_repeat"})
        repeats.append((repeat, inner, pool.copy()))
    rows.append({"type": "begin_group", "name": "g", "label::中文 (zh)": "组", "relevant": pool.truth(1)})
    run(pool, ("g",), chance.randint(2, 4))
    rows.append({"type": "end_group"})
    for repeat, inner, around in repeats:
        for total in _totals(chance, repeat, inner, around):
            # From outside, a row of an inner repeat wants the row of the outer one named too.
            if not (repeat.startswith("n") and total.startswith("indexed-repeat")):
                calculate(total)
    written = StringIO()
    written.write("| survey |\n| | " + " | ".join(COLUMNS) + " |\n")
    for cells in rows:
        written.write("| | " + " | ".join(cells.get(column, "") for column in COLUMNS) + " |\n")
    drawn.source = written.getvalue() + CHOICES
    drawn.steps = _steps(chance, drawn, [repeat for repeat, _, _ in repeats])
    return drawn


def _totals(chance: random.Random, repeat: str, inner: _Pool, outer: _Pool) -> list[str]:
    found = [f"count(${{{repeat}}})"]
    own = {kind: [name for name in names if name not in outer.names[kind]] for kind, names in inner.names.items()}
    for name in own["number"][:1] + own["integer"][:1]:
        found += [f"sum(${{{name}}})", f"max(${{{name}}})", f"count(${{{repeat}}}[{name} > 0])"]
    for name in own["text"][:1] + own["select_one"][:1]:
        found += [
            f"join(',', ${{{name}}})",
            f"count-non-empty(${{{name}}})",
            f"indexed-repeat(${{{name}}}, ${{{repeat}}}, 2)",
        ]
    return found


def _steps(chance: random.Random, drawn: Drawn, repeats: list[str]) -> list[tuple[str, ...]]:
    rows: dict[str, int] = {}  # by place of the repeat, without a number

    def within(place: str, inside: tuple[str, ...]) -> str | None:
        """A row drawn for each repeat on the way; None where one has none."""
        for name in inside:
            place += f"/{name}"
            if name == "g":
                place += "[1]"
            elif count := rows.get(place):
                place += f"[{chance.randint(1, count)}]"
            else:
                return None
        return place

    steps: list[tuple[str, ...]] = []
    for _ in range(16):
        if repeats and chance.random() < 0.35:
            repeat = chance.choice(repeats)
            home = within("/data", (f"r{repeat[1:]}",) if repeat.startswith("n") else ())
            if home is None:
                continue
            place = f"{home}/{repeat}"
            rows[place] = rows.get(place, 0) + 1
            steps.append(("add", f"{place}[{rows[place]}]"))
        elif drawn.questions:
            name, (kind, inside) = chance.choice(sorted(drawn.questions.items()))
            home = within("/data", inside)
            if home is not None:
                steps.append(("set", f"{home}/{name}[1]", kind, chance.choice(ANSWERS[kind])))
    return steps


def answer_of(kind: str, text: str) -> Any:
    """A text as our engine takes it."""
    if not text:
        return None
    return {"integer": int, "select_multiple": str.split}.get(kind, str)(text)
