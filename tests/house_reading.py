"""How tests/test_house.py reads the code: which files are ours, what a module imports, what a script really says.

Nothing here imports the code it reads: a rule must hold for a file that does not even run.
"""

from __future__ import annotations

import ast
import posixpath
import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_MADE = {".git", ".venv", "node_modules", "var", ".cache", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache"}


@cache
def our_files() -> tuple[str, ...]:
    """Paths from the root, with /, of all files that are or would be committed; without git, of all not made here."""
    command = ["git", "-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    except (OSError, subprocess.CalledProcessError):  # a tarball, or a machine without git
        listed = [path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*") if not _MADE & set(path.parts)]
    return tuple(sorted(path for path in listed if path and (ROOT / path).is_file()))


def read(path: str) -> str:
    """The text of one of our files; raises UnicodeDecodeError for what is no text."""
    return (ROOT / path).read_text(encoding="utf-8")


def python_files(*folders: str) -> list[str]:
    return [path for path in our_files() if path.endswith(".py") and path.startswith(tuple(f"{f}/" for f in folders))]


def scripts(*folders: str) -> list[str]:
    """Our JavaScript below these folders; what others wrote (static/vendor) is not ours."""
    ours = (path for path in our_files() if path.endswith(".js") and not path.startswith("static/vendor/"))
    return [path for path in ours if path.startswith(tuple(folders))]


# --- Python -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Import:
    """One imported module (`names` empty for a plain import), its line, and the dots of a relative one (`level`)."""

    module: str
    names: tuple[str, ...]
    level: int
    line: int


def module_name(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def python_imports(source: str) -> list[Import]:
    """Every import of a module, also those inside functions and under TYPE_CHECKING."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [Import(alias.name, (), 0, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = tuple(alias.name for alias in node.names)
            found.append(Import(node.module or "", names, node.level, node.lineno))
    return found


def attributes_of(source: str, name: str) -> list[tuple[str, int]]:
    """What is taken from a module or object called `name` by dot (`os.environ`): (attribute, line)."""
    return [
        (node.attr, node.lineno)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == name
    ]


# --- JavaScript -------------------------------------------------------------------------------------------------------

_SCRIPT_TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/)
      | (?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
      | (?P<open>`)
      | (?P<regex>(?:(?<=[(,=:\[!&|?{};\n>])\s*|(?<=return)\s+)
                  /(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\[\n])+/[a-z]*)""",
    re.DOTALL | re.VERBOSE,
)
_TEMPLATE_PART = re.compile(r"(?:\\.|\$(?!\{)|[^`\\$])*", re.DOTALL)


def without_comments(source: str, keep_strings: bool = True) -> str:
    """A script without its comments and, when asked, with the contents of its strings blanked.

    Lines keep their numbers. Code inside `${}` of a template stays. A slash begins a regular expression only where a
    value may begin.
    """
    return _strip(source, 0, keep_strings, until=None)[0]


def _strip(source: str, at: int, keep_strings: bool, until: str | None) -> tuple[str, int]:
    out: list[str] = []
    depth = 0
    while at < len(source):
        character = source[at]
        if until and character == until and depth == 0:
            return "".join(out), at
        token = _SCRIPT_TOKEN.match(source, at)
        if token and token["open"]:
            text, at = _strip_template(source, at + 1, keep_strings)
            out.append(text)
            continue
        if token:
            found = token.group()
            keep = token["comment"] is None and keep_strings
            out.append(found if keep else _blank(found, quotes=token["comment"] is None))
            at = token.end()
            continue
        depth += (character == "{") - (character == "}")
        out.append(character)
        at += 1
    return "".join(out), at


def _strip_template(source: str, at: int, keep_strings: bool) -> tuple[str, int]:
    out = ["`"]
    while at < len(source):
        part = _TEMPLATE_PART.match(source, at)
        assert part is not None  # it matches the empty string
        out.append(part.group() if keep_strings else _blank(part.group(), quotes=False))
        at = part.end()
        if source.startswith("${", at):
            code, at = _strip(source, at + 2, keep_strings, until="}")
            out.append("${" + code + "}")
            at += 1
        else:
            out.append("`")
            return "".join(out), at + 1
    return "".join(out), at


def _blank(text: str, quotes: bool) -> str:
    return ('""' if quotes else " ") + "\n" * text.count("\n")


_SCRIPT_IMPORT = re.compile(
    r"""(?:^|[;}\s])(?:import|export)\s+(?:[\w$*{}\s,]+?\s+from\s+)?["'](?P<named>[^"']+)["']
      | \bimport\s*\(\s*["'](?P<dynamic>[^"']+)["']
      | \bimport(?P<star>\{[^}]*\}|\*\s*as\s+\w+)\s*from\s*["'](?P<tight>[^"']+)["']""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class ScriptImport:
    """`target` is a path from the root for a relative import, else the bare name as written."""

    target: str
    line: int
    relative: bool


def script_imports(path: str, source: str) -> list[ScriptImport]:
    """Every import of an ES module, the dynamic ones with a fixed name included. Types in JSDoc are no imports."""
    code = without_comments(source)
    found = []
    for match in _SCRIPT_IMPORT.finditer(code):
        name = match["named"] or match["dynamic"] or match["tight"]
        line = code.count("\n", 0, match.end()) + 1
        relative = name.startswith(("./", "../"))
        target = posixpath.normpath(posixpath.join(posixpath.dirname(path), name)) if relative else name
        found.append(ScriptImport(target, line, relative))
    return found


def lines_with(pattern: str, text: str) -> list[tuple[int, str]]:
    """(line number, what matched) for every match of a pattern."""
    found = re.finditer(pattern, text, re.MULTILINE)
    return [(text.count("\n", 0, match.start()) + 1, match.group().strip()) for match in found]


def assert_none(problems: Iterable[str]) -> None:
    """Fail with one line for each sentence, so that one run shows all that is wrong."""
    found = list(problems)
    assert not found, "\n" + "\n".join(found)
