"""What a plan says, for a person who has to answer for it: sections, questions, their logic, and what changed.

Everything is read from the plan, not from its source: what is shown is what phones will do, for an XLSForm, an XForm
and a version published years ago alike. Expressions are written back as XLSForm writes them.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from fieldapp.forms.plan import Expr, Node, Plan, canonical

LOGIC = ("relevant", "constraint", "required", "readonly", "calculate", "default")
MOMENTS = ("door", "later", "desk")
_ALWAYS = ["f", "true"]
# How tightly each binds; `neg` and everything that brings its own brackets bind tightest.
_BINDING = {
    "or": 1, "and": 2, "=": 3, "!=": 3, "<": 4, "<=": 4, ">": 4, ">=": 4, "+": 5, "-": 5, "*": 6, "div": 6, "mod": 6,
    "|": 8,
}  # fmt: skip
_TIGHTEST = 9


@dataclass(frozen=True)
class Question:
    """One question, calculation or hidden value. `label`: text by language; `logic`: source text by kind."""

    node: Node
    path: str
    label: dict[str, str]
    hint: dict[str, str]
    logic: dict[str, str]
    choices: str | None  # the list, or the repeat whose rows are offered
    choice_filter: str | None
    depth: int  # groups and repeats inside the section

    @property
    def is_required(self) -> bool:
        return self.node.get("required") == _ALWAYS


@dataclass
class Section:
    """A group or repeat at the top of the form; loose questions stand in one without a path."""

    path: str
    label: dict[str, str]
    is_repeat: bool
    relevant: str | None
    questions: list[Question] = field(default_factory=list)


@dataclass(frozen=True)
class ListOutline:
    """A choice list. `rows`: how many choices; `file`: the hash where it is a file of its own; `bytes` of that file."""

    name: str
    rows: int
    file: str | None
    bytes: int
    columns: list[str]


@dataclass(frozen=True)
class Change:
    """What differs in one question that is in both versions: kind of change -> (before, after)."""

    path: str
    label: dict[str, str]
    what: dict[str, tuple[str, str]]


@dataclass(frozen=True)
class Comparison:
    added: list[Question]
    removed: list[Question]
    changed: list[Change]
    lists: dict[str, tuple[list[str], list[str], list[str]]]  # name -> codes added, removed, with other words
    languages: tuple[list[str], list[str]]  # added, removed

    @property
    def is_empty(self) -> bool:
        return not (self.added or self.removed or self.changed or self.lists or any(self.languages))


class Outline:
    """A plan, read. Never fails on a plan that loads: an expression it does not know is written as a call."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.languages: list[str] = plan.languages
        self._names = Counter(node["name"] for node in plan.nodes)

    @property
    def title(self) -> dict[str, str]:
        title: dict[str, str] = self.plan.json["title"]
        return title

    @property
    def bytes(self) -> int:
        """Size of the plan as it is stored; phones get it compressed."""
        return len(self.plan.text.encode())

    @cached_property
    def paths(self) -> list[str]:
        """The path of every node, as answers are named; empty for the form."""
        paths: list[str] = []
        for node in self.plan.nodes:
            above = paths[node["parent"]] if node["n"] else ""
            paths.append("" if not node["n"] else f"{above}.{node['name']}" if above else node["name"])
        return paths

    @cached_property
    def sections(self) -> list[Section]:
        loose = Section("", {}, is_repeat=False, relevant=None)
        found = [loose]
        for number in self.plan.children[0]:
            node = self.plan.nodes[number]
            if node["kind"] in ("group", "repeat"):
                section = Section(
                    self.paths[number],
                    self.text(node, "label"),
                    node["kind"] == "repeat",
                    self.logic(node).get("relevant"),
                )
                section.questions = list(self._questions(number, 0))
                found.append(section)
            else:
                loose.questions.append(self.question(node, 0))
        return [section for section in found if section.questions]

    @cached_property
    def questions(self) -> list[Question]:
        """Everything that can hold an answer, in the order of the form."""
        return [question for section in self.sections for question in section.questions]

    @cached_property
    def asked(self) -> list[Question]:
        """Those of them that a person answers."""
        return [question for question in self.questions if question.node["kind"] == "question"]

    def count(self, key: str) -> dict[str, int]:
        """How many of the asked questions have each value of a node key (`sensitivity`, `moment`, `how`)."""
        return dict(Counter(str(question.node.get(key)) for question in self.asked))

    @cached_property
    def lists(self) -> list[ListOutline]:
        found = []
        for name, given in self.plan.json["lists"].items():
            if isinstance(given, dict):  # a file of its own
                size = next((f.get("bytes", 0) for f in self._files.values() if f.get("hash") == given["file"]), 0)
                columns = list(given.get("columns", []))
                found.append(ListOutline(name, int(given.get("rows", 0)), str(given["file"]), int(size), columns))
            elif not name.startswith("_"):  # choices written into the question itself
                columns = sorted({column for item in given for column in item.get("columns", {})})
                found.append(ListOutline(name, len(given), None, 0, columns))
        return sorted(found, key=lambda one: one.name)

    @property
    def _files(self) -> dict[str, dict[str, Any]]:
        files: dict[str, Any] = self.plan.json.get("files") or {}
        return {name: given for name, given in files.items() if isinstance(given, dict)}

    @cached_property
    def untranslated(self) -> dict[str, int]:
        """Asked questions and choices that say the same in this language as in the first: count by language."""
        first, *others = self.languages
        texts = self.plan.json["texts"]
        found = {}
        for language in others:
            same = [
                at
                for at, text in enumerate(texts[first])
                if any(not sign.isascii() for sign in plain(text)) and text == texts[language][at]
            ]
            found[language] = len(same)
        return found

    # --- one node

    def question(self, node: Node, depth: int) -> Question:
        choices = node.get("choices") or {}
        source = choices.get("list")
        if source is None and "repeat" in choices:
            source = f"${{{self.plan.nodes[choices['repeat']]['name']}}}"
        written = choices.get("filter")
        return Question(
            node=node,
            path=self.paths[node["n"]],
            label=self.text(node, "label"),
            hint=self.text(node, "hint"),
            logic=self.logic(node),
            choices=source,
            # In a list a bare name is a column: which question `${x}` means needs no more words.
            choice_filter=None if written is None else self.written(written).replace("current()/${", "${"),
            depth=depth,
        )

    def _questions(self, group: int, depth: int, above: tuple[str, ...] = ()) -> Iterator[Question]:
        for number in self.plan.children[group]:
            node = self.plan.nodes[number]
            if node["kind"] in ("group", "repeat"):
                own = self.logic(node).get("relevant")
                yield from self._questions(number, depth + 1, above if own is None else (*above, own))
            else:
                question = self.question(node, depth)
                if above:
                    question.logic["group"] = " and ".join(above)
                yield question

    def text(self, node: Node, key: str) -> dict[str, str]:
        """A text of a node by language; empty where it has none."""
        number = node.get(key)
        if number is None:
            return {}
        texts = self.plan.json["texts"]
        return {language: plain(texts[language][number], self.written) for language in self.languages}

    def logic(self, node: Node) -> dict[str, str]:
        """What decides over a node, as source text; `required` alone is left out where it is always so."""
        given = {key: node.get(key) for key in LOGIC}
        if given["required"] == _ALWAYS:
            given["required"] = None
        found = {key: self.written(value) for key, value in given.items() if value is not None}
        if node.get("count") is not None:
            found["count"] = self.written(node["count"])
        for target, value in node.get("sets") or []:
            found[f"sets {self.paths[target]}"] = "''" if value is None else self.written(value)
        return found

    # --- expressions

    def written(self, expression: Any) -> str:
        """An expression as XLSForm writes it."""
        return self._write(expression)[0]

    def _write(self, expression: Any) -> tuple[str, int]:
        if not isinstance(expression, list) or not expression or not isinstance(expression[0], str):
            return str(expression), _TIGHTEST
        kind, *rest = expression
        if kind in _BINDING and len(rest) == 2:
            return self._infix(kind, rest), _BINDING[kind]
        match kind:
            case "n":
                return str(rest[0]), _TIGHTEST
            case "s":
                return _quoted(str(rest[0])), _TIGHTEST
            case "p" | "c":
                return self._path(expression), _TIGHTEST
            case "ls":
                return f"${{last-saved#{self._name(rest[0])}}}", _TIGHTEST
            case "pos":
                return "position()", _TIGHTEST
            case "col":
                return str(rest[0]), _TIGHTEST
            case "neg":
                return f"-{self._within(rest[0], 7)}", 7
            case "l":
                return self._of_list(expression), _TIGHTEST
            case "re":
                return "/…/", _TIGHTEST  # a program by now; the pattern stands in the source
            case "f":
                return f"{rest[0]}({', '.join(self.written(part) for part in rest[1:])})", _TIGHTEST
            case _:
                return f"{kind}({', '.join(self.written(part) for part in rest)})", _TIGHTEST

    def _infix(self, kind: str, sides: Expr) -> str:
        binds = _BINDING[kind]
        return f"{self._within(sides[0], binds)} {kind} {self._within(sides[1], binds + 1)}"

    def _within(self, expression: Any, binds: int) -> str:
        text, own = self._write(expression)
        return text if own >= binds else f"({text})"

    def _path(self, expression: Expr) -> str:
        kind, number, _, *more = expression
        text = f"${{{self._name(number)}}}"
        for repeat, test in more[0] if more and more[0] else []:
            name = self._name(repeat)
            text = f"${{{name}}}[{self.written(test)}]" + (
                "" if repeat == number else f"/{self.plan.nodes[number]['name']}"
            )
        return f"current()/{text}" if kind == "c" else text

    def _of_list(self, expression: Expr) -> str:
        _, name, tests, column = expression
        text = f"instance({_quoted(str(name))})/root/item" + "".join(f"[{self.written(test)}]" for test in tests)
        return f"count({text})" if column is None else f"{text}/{column}"

    def _name(self, number: int) -> str:
        node = self.plan.nodes[number]
        return str(node["name"]) if self._names[node["name"]] == 1 else self.paths[number].replace(".", "/")


def plain(text: Any, written: Any = str) -> str:
    """A text of a plan as one line of plain text; `written` turns the expressions in it into text."""
    if isinstance(text, str):
        return text
    if not isinstance(text, list):
        return ""
    return "".join(_part(part, written) for part in text).strip()


def _part(part: Any, written: Any) -> str:
    if isinstance(part, str):
        return part
    kind, *rest = part
    if kind == "o":
        return str(written(rest[0]))
    if kind == "br":
        return " "
    if kind in ("img", "aud", "vid"):
        return f"[{rest[0]}]"
    return "".join(_part(inner, written) for inner in rest)


def _quoted(text: str) -> str:
    return f'"{text}"' if "'" in text else f"'{text}'"


# --- what changed -----------------------------------------------------------------------------------------------------

COMPARED = (
    "type", "sensitivity", "moment", "how", "check", "fact", "change", "partial", "unknown", "purpose", "appearance",
    "policy", "alone", "range", "preload", "phrases", "lunar",
)  # fmt: skip


def compare(before: Plan, after: Plan) -> Comparison:
    """What differs between two versions of a form. A question is the same question as long as its path is."""
    old, new = Outline(before), Outline(after)
    was, now = (
        {one.paths[n]: one.question(node, 0) for n, node in enumerate(one.plan.nodes) if n} for one in (old, new)
    )
    pairs = [(was[path], question) for path, question in now.items() if path in was]
    changes = [
        Change(one.path, one.label, what) for other, one in pairs if (what := _differences(old, other, new, one))
    ]
    return Comparison(
        added=[question for path, question in now.items() if path not in was],
        removed=[question for path, question in was.items() if path not in now],
        changed=changes,
        lists=_lists_changed(before, after),
        languages=(
            [code for code in new.languages if code not in old.languages],
            [code for code in old.languages if code not in new.languages],
        ),
    )


def _differences(old: Outline, was: Question, new: Outline, now: Question) -> dict[str, tuple[str, str]]:
    sides = (_sides(old, was), _sides(new, now))
    keys = [key for key in sides[0] | sides[1] if sides[0].get(key, "") != sides[1].get(key, "")]
    return {key: (sides[0].get(key, ""), sides[1].get(key, "")) for key in keys}


def _sides(outline: Outline, question: Question) -> dict[str, str]:
    node = question.node
    found = {f"label {language}": text for language, text in question.label.items()}
    found |= {f"hint {language}": text for language, text in question.hint.items()}
    for key in ("constraint_message", "required_message", "guidance"):
        found |= {f"{key} {language}": text for language, text in outline.text(node, key).items()}
    found |= question.logic
    if question.is_required:
        found["required"] = "true()"
    for key in COMPARED:
        if node.get(key) not in (None, [], ""):
            found[key] = node[key] if isinstance(node[key], str) else canonical(node[key])
    if question.choices:
        # A list written into the question has no name of its own: its number moves with every question before it.
        found["choices"] = (
            canonical(_codes(outline.plan, question.choices)) if question.choices[0] == "_" else question.choices
        )
    if question.choice_filter:
        found["choice_filter"] = question.choice_filter
    return found


def _codes(plan: Plan, name: str) -> list[str]:
    given = plan.json["lists"].get(name, [])
    return [] if isinstance(given, dict) else [str(item["value"]) for item in given]


def _lists_changed(before: Plan, after: Plan) -> dict[str, tuple[list[str], list[str], list[str]]]:
    found = {}
    was, now = _lists(before), _lists(after)
    for name in sorted(was.keys() | now.keys()):
        old, new = was.get(name, {}), now.get(name, {})
        added = [code for code in new if code not in old]
        removed = [code for code in old if code not in new]
        other = [code for code in new if code in old and new[code] != old[code]]
        if added or removed or other:
            found[name] = (added, removed, other)
    return found


def _lists(plan: Plan) -> dict[str, dict[str, str]]:
    """Named lists as code -> everything said of it; a list in a file is one entry, its hash."""
    texts = plan.json["texts"]
    found: dict[str, dict[str, str]] = {}
    for name, given in plan.json["lists"].items():
        if isinstance(given, dict):
            found[name] = {"": str(given["file"])}
        elif not name.startswith("_"):
            found[name] = {
                str(item["value"]): canonical(
                    [[texts[language][item["label"]] for language in plan.languages], item.get("columns", {})]
                )
                for item in given
            }
    return found
