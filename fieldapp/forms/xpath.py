"""A precedence parser for XPath 1.0 as XForms writes it. It gives a tree of tuples; meaning is given in resolve.py.

("num", text) ("str", text) ("bin", operator, left, right) ("neg", value) ("call", name, [arguments], position)
("path", start, [(axis, name, [predicates]), ...], position)   start: "/" absolute, "." relative, or a tree (a call
before the first /)
"""

import re
from typing import Any

from fieldapp.forms.limits import EXPRESSION_CHARACTERS_MAX, EXPRESSION_DEPTH_MAX

Tree = tuple[Any, ...]
TREE_DEPTH_MAX = 130  # a + b + c … leans as deep as it is long, and the engines must go all the way down

_NAME = r"[^\W\d][\w.\-·]*"
_TOKEN = re.compile(
    rf"\s*(?:(?P<num>[0-9]+(?:\.[0-9]*)?|\.[0-9]+)|(?P<str>\"[^\"]*\"|'[^']*')|(?P<axis>{_NAME})\s*::"
    rf"|(?P<name>{_NAME}(?::{_NAME})?)|(?P<op>\.\.|//|::|!=|<=|>=|[()\[\].@,/|+\-=<>*]))"
)
_NAMED_OPERATORS = {"and", "or", "div", "mod"}
_BINDING = {
    "or": 1,
    "and": 2,
    "=": 3,
    "!=": 3,
    "<": 4,
    "<=": 4,
    ">": 4,
    ">=": 4,
    "+": 5,
    "-": 5,
    "*": 6,
    "div": 6,
    "mod": 6,
    "|": 8,
}


class XPathError(ValueError):
    """`position` counts characters from 1."""

    def __init__(self, position: int, zh: str, en: str):
        self.position, self.zh, self.en = position, zh, en
        super().__init__(f"{position}: {en}")


def parse(text: str) -> Tree:
    """The tree of one expression. Raises XPathError with the exact place."""
    if len(text) > EXPRESSION_CHARACTERS_MAX:
        raise XPathError(EXPRESSION_CHARACTERS_MAX, "过长", "the expression is too long")
    tree = _Parser(_tokens(text)).whole()
    _check_depth(tree, len(text))
    return tree


def _check_depth(tree: Tree, end: int) -> None:
    waiting: list[tuple[Any, int]] = [(tree, 1)]
    while waiting:
        part, depth = waiting.pop()
        if depth > 2 * TREE_DEPTH_MAX:  # a list of arguments or steps is a level between two
            raise XPathError(end, "嵌套过深或相连的运算过多", "nested too deeply, or too many operators in a row")
        waiting += [(inner, depth + 1) for inner in part if isinstance(inner, (tuple, list))]


def _tokens(text: str) -> list[tuple[str, str, int]]:
    tokens: list[tuple[str, str, int]] = []
    at = 0
    end = len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if not match:
            blank = re.match(r"\s*", text[at:])
            place = at + (blank.end() if blank else 0)
            raise XPathError(place + 1, f"字符 {text[place]!r} 不认识", f"unexpected character {text[place]!r}")
        kind = str(match.lastgroup)
        value, position = match.group(kind), match.start(kind) + 1
        # XPath 1.0, 3.7: after an operand a name or * is an operator, elsewhere it is a name. This one line reads
        # /div/div[div div div].
        after_operand = bool(tokens) and (
            tokens[-1][0] in ("num", "str", "name", "any")
            or (tokens[-1][1] in (")", "]", ".", "..") and tokens[-1][0] == "op")
        )
        if kind == "name" and after_operand:
            if value not in _NAMED_OPERATORS:
                raise XPathError(position, f"此处不应有 {value}", f"unexpected {value}")
            kind = "op"
        elif value == "*" and not after_operand:
            kind = "any"
        if tokens and tokens[-1][0] == "num" and kind == "op" and value in _NAMED_OPERATORS and position == at + 1:
            raise XPathError(at + 1, "数字后需要空格", "a blank is needed after the number")
        tokens.append((kind, value, position))
        at = match.end()
    tokens.append(("end", "", end + 1))
    return tokens


class _Parser:
    def __init__(self, tokens: list[tuple[str, str, int]]):
        self.tokens, self.at, self.depth = tokens, 0, 0

    def whole(self) -> Tree:
        tree = self.binary(0)
        if self.tokens[self.at][0] != "end":
            self.fail()
        return tree

    def binary(self, least: int) -> Tree:
        self.depth += 1
        if self.depth > EXPRESSION_DEPTH_MAX:
            raise XPathError(self.tokens[self.at][2], "嵌套过深", "nested too deeply")
        left = self.unary()
        while self.tokens[self.at][0] == "op" and _BINDING.get(self.tokens[self.at][1], 0) > least:
            operator = self.take()
            left = ("bin", operator, left, self.binary(_BINDING[operator]))
        self.depth -= 1
        return left

    def unary(self) -> Tree:
        if self.is_op("-"):
            self.take()
            self.depth += 1
            if self.depth > EXPRESSION_DEPTH_MAX:
                raise XPathError(self.tokens[self.at][2], "嵌套过深", "nested too deeply")
            value = self.binary(7)  # binds tighter than * and looser than |
            self.depth -= 1
            return ("neg", value)
        return self.path()

    def path(self) -> Tree:
        kind, _, position = self.tokens[self.at]
        if kind == "num":
            return ("num", self.take())
        if kind == "str":
            return ("str", self.take()[1:-1])
        start: Any = "."
        if self.is_op("("):
            self.take()
            start = self.binary(0)
            self.expect(")")
            if not self.is_op("/") and not self.is_op("["):
                return tuple(start)
        elif kind == "name" and self.tokens[self.at + 1][:2] == ("op", "("):
            start = self.call()
            if not self.is_op("/") and not self.is_op("["):
                return tuple(start)
        elif self.is_op("/"):
            start = "/"
        elif not (kind in ("name", "axis", "any") or self.is_op(".") or self.is_op("..") or self.is_op("@")):
            self.fail()
        steps: list[Any] = []
        if start == ".":
            steps.append(self.step())
        elif self.is_op("["):
            steps.append(("self", "node()", self.predicates()))
        while self.is_op("/"):
            self.take()
            steps.append(self.step())
        if self.is_op("//"):
            raise XPathError(self.tokens[self.at][2], "不支持 //", "// is not supported")
        return ("path", start, steps, position)

    def step(self) -> tuple[str, str, list[Tree]]:
        kind, value, position = self.tokens[self.at]
        if self.is_op(".."):
            self.take()
            return ("parent", "node()", self.predicates())
        if self.is_op("."):
            self.take()
            return ("self", "node()", self.predicates())
        if self.is_op("@") or kind in ("axis", "any"):
            raise XPathError(position, "不支持此类路径", f"this kind of path is not supported: {value}")
        if kind != "name":
            self.fail()
        return ("child", self.take(), self.predicates())

    def predicates(self) -> list[Tree]:
        found = []
        while self.is_op("["):
            self.take()
            found.append(self.binary(0))
            self.expect("]")
        return found

    def call(self) -> Tree:
        position = self.tokens[self.at][2]
        name = self.take()
        self.take()
        arguments: list[Tree] = []
        if not self.is_op(")"):
            arguments.append(self.binary(0))
            while self.is_op(","):
                self.take()
                arguments.append(self.binary(0))
        self.expect(")")
        return ("call", name, arguments, position)

    def is_op(self, value: str) -> bool:
        return self.tokens[self.at][:2] == ("op", value)

    def take(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1][1]

    def expect(self, value: str) -> None:
        if not self.is_op(value):
            self.fail(value)
        self.take()

    def fail(self, wanted: str = "") -> None:
        kind, value, position = self.tokens[self.at]
        zh, en = ("提前结束", "it ends too early") if kind == "end" else (f"此处不应有 {value}", f"unexpected {value}")
        raise XPathError(
            position, zh + (f"，应为 {wanted}" if wanted else ""), en + (f", wanted {wanted}" if wanted else "")
        )
