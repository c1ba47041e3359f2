"""Regular expressions in linear time: parsed here at publish into a small program, run on phone and server by the
same few lines.

A program is a list: ["c", [low, high, ...], negated] one code point in (or not in) the ranges; ["s", x, y] go on at
both; ["j", x] go on at x; ["m"] match.
It runs on sets of places (Thompson), so no input can make it slow; that is why nested repetition needs no refusal,
only a bound on the program.
"""

from typing import Any

PROGRAM_MAX = 2000
Program = list[list[Any]]
_CLASSES = {"d": [48, 57], "w": [48, 57, 65, 90, 95, 95, 97, 122], "s": [9, 10, 12, 13, 32, 32]}
_ESCAPES = {"n": 10, "t": 9, "r": 13}


class RegexError(ValueError):
    """Outside of the subset of docs/forms.md, section 6."""


def compile_regex(pattern: str) -> Program:
    """The program that matches the whole text. Raises RegexError."""
    parser = _Parser(pattern)
    program = [*parser.alternatives(), ["m"]]
    if parser.at < len(parser.pattern):
        raise RegexError(f"unexpected {parser.pattern[parser.at]}")
    if len(program) > PROGRAM_MAX:
        raise RegexError("too large")
    return program


def matches(program: Program, text: str) -> bool:
    """Whether the whole text matches."""
    places = _follow(program, [0])
    for character in text:
        code = ord(character)
        places = _follow(
            program, [place + 1 for place in places if program[place][0] == "c" and _in(program[place], code)]
        )
        if not places:
            return False
    return any(program[place][0] == "m" for place in places)


def _in(instruction: list[Any], code: int) -> bool:
    ranges = instruction[1]
    found = any(ranges[i] <= code <= ranges[i + 1] for i in range(0, len(ranges), 2))
    return found is not bool(instruction[2])


def _follow(program: Program, places: list[int]) -> list[int]:
    found: list[int] = []
    seen = set()
    while places:
        place = places.pop()
        if place in seen:
            continue
        seen.add(place)
        instruction = program[place]
        if instruction[0] == "j":
            places.append(instruction[1])
        elif instruction[0] == "s":
            places += instruction[1:]
        else:
            found.append(place)
    return found


class _Parser:
    """Fragments are programs with targets relative to their own start, so that they can be copied for {m,n}."""

    def __init__(self, pattern: str):
        # Anchors say what is true anyway: the whole text must match.
        body = pattern[1:] if pattern.startswith("^") else pattern
        cut = body.endswith("$") and (len(body) - len(body[:-1].rstrip("\\"))) % 2 == 1
        self.pattern, self.at, self.depth = body[:-1] if cut else body, 0, 0

    def alternatives(self) -> Program:
        self.depth += 1
        if self.depth > 20:
            raise RegexError("nested too deeply")
        left = self.sequence()
        while self.peek() == "|":
            self.at += 1
            right = self.sequence()
            left = [
                ["s", 1, len(left) + 2],
                *_moved(left, 1),
                ["j", len(left) + 2 + len(right)],
                *_moved(right, len(left) + 2),
            ]
            self.check(left)
        self.depth -= 1
        return left

    def sequence(self) -> Program:
        program: Program = []
        while self.peek() not in ("", "|", ")"):
            program += _moved(self.repeated(), len(program))
            self.check(program)
        return program

    def check(self, program: Program) -> None:
        """Early, so that a long pattern costs no more than a short one that is too large."""
        if len(program) > PROGRAM_MAX:
            raise RegexError("too large")

    def repeated(self) -> Program:
        atom = self.atom()
        sign = self.peek()
        if sign not in ("*", "+", "?", "{"):
            return atom
        least, most = self.counts()
        if self.peek() in ("*", "+", "?", "{"):
            raise RegexError("repetition of a repetition")
        program: Program = []
        for _ in range(least):
            program += _moved(atom, len(program))
        if most is None:
            at = len(program)
            program += [["s", at + 1, at + len(atom) + 2], *_moved(atom, at + 1), ["j", at]]
        for _ in range((most or 0) - least):
            at = len(program)
            program += [["s", at + 1, at + len(atom) + 1], *_moved(atom, at + 1)]
        if len(program) > PROGRAM_MAX:
            raise RegexError("too large")
        return program

    def counts(self) -> tuple[int, int | None]:
        sign = self.take()
        if sign != "{":
            return {"*": (0, None), "+": (1, None), "?": (0, 1)}[sign]
        end = self.pattern.find("}", self.at)
        parts = self.pattern[self.at : end].split(",") if end > 0 else []
        if (
            not parts
            or len(parts) > 2
            or not parts[0].isdecimal()
            or (len(parts) == 2 and parts[1] and not parts[1].isdecimal())
        ):
            raise RegexError("a bad {…}")
        self.at = end + 1
        least = int(parts[0])
        most = least if len(parts) == 1 else int(parts[1]) if parts[1] else None
        if least > 100 or (most is not None and (most > 100 or most < least)):
            raise RegexError("{…} over 100 or upside down")
        return least, most

    def atom(self) -> Program:
        sign = self.take()
        if sign == "(":
            if self.peek() == "?":
                self.at += 1
                if self.take() != ":":
                    raise RegexError("(? is not supported")
            inner = self.alternatives()
            if self.take() != ")":
                raise RegexError("a ) is missing")
            return inner
        if sign == "[":
            return self.bracket()
        if sign == ".":
            return [["c", [10, 10, 13, 13], True]]
        if sign == "\\":
            ranges, negated = self.escape()
            return [["c", ranges, negated]]
        if sign in "*+?{}^$)]":
            raise RegexError(f"unexpected {sign}")
        return [["c", [ord(sign), ord(sign)], False]]

    def escape(self) -> tuple[list[int], bool]:
        sign = self.take()
        if sign.lower() in _CLASSES:
            return _CLASSES[sign.lower()], sign.isupper()
        if sign in _ESCAPES:
            return [_ESCAPES[sign]] * 2, False
        if not sign or (sign.isascii() and sign.isalnum()):
            raise RegexError(f"\\{sign} is not supported")
        return [ord(sign)] * 2, False

    def bracket(self) -> Program:
        negated = self.peek() == "^"
        self.at += negated
        ranges: list[int] = []
        while self.peek() != "]":
            low = self.member(ranges)
            if low is None:
                continue
            high = low
            if self.peek() == "-" and self.pattern[self.at + 1 : self.at + 2] not in ("]", ""):
                self.at += 1
                end = self.member([])
                if end is None or end < low:
                    raise RegexError("a bad range")
                high = end
            ranges += [low, high]
        self.at += 1
        return [["c", ranges, negated]]

    def member(self, ranges: list[int]) -> int | None:
        sign = self.take()
        if sign != "\\":
            if not sign:
                raise RegexError("a ] is missing")
            return ord(sign)
        found, negated = self.escape()
        if negated:
            raise RegexError("a negated class inside [ ]")
        if len(found) == 2 and found[0] == found[1]:
            return found[0]
        ranges += found
        return None

    def peek(self) -> str:
        return self.pattern[self.at : self.at + 1]

    def take(self) -> str:
        self.at += 1
        return self.pattern[self.at - 1 : self.at]


def _moved(program: Program, by: int) -> Program:
    return [[i[0], *(t + by for t in i[1:])] if i[0] in ("s", "j") else i for i in program]
