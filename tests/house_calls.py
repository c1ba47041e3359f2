"""Which function of the server calls which, read from the source: what a function reaches, and whether it writes.

It knows names, not types: `module.function(...)` and `function(...)` of ours are followed, and methods of the same
class. What is handed over as a value is not seen: a test that needs it names it.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from functools import cache

from tests import house_reading as house

_WRITES = {"add", "add_all", "delete", "merge"}  # of a session
_STATEMENTS = {"insert", "update", "delete"}  # of SQLAlchemy, imported by name


@dataclass
class Function:
    """One function. `name` is "module.function" or "module.Class.method", `calls` what of ours it calls, `texts` every
    text constant in it."""

    name: str
    path: str
    is_public: bool
    calls: set[str] = field(default_factory=set)
    writes: bool = False
    texts: set[str] = field(default_factory=set)


@cache
def functions() -> dict[str, Function]:
    """Every function of fieldapp/ and sync/ by name."""
    found: dict[str, Function] = {}
    for path in house.python_files("fieldapp", "sync"):
        if "/migrations/" not in path:
            _read(path, found)
    return found


@cache
def reached(name: str) -> frozenset[str]:
    """What a function of ours calls, and what that calls, itself included."""
    known, seen, waiting = functions(), set(), [name]
    while waiting:
        one = waiting.pop()
        if one not in seen and one in known:
            seen.add(one)
            waiting += known[one].calls
    return frozenset(seen)


def writes(name: str) -> bool:
    """Whether a function, or something that it calls, changes a row."""
    return any(functions()[one].writes for one in reached(name))


def _read(path: str, found: dict[str, Function]) -> None:
    tree, module = ast.parse(house.read(path)), house.module_name(path)
    names = _imported(tree)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            names[node.name] = f"{module}.{node.name}"
        if isinstance(node, ast.ClassDef):
            names[node.name] = f"{module}.{node.name}"
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            _add(found, f"{module}.{node.name}", path, node, names, None)
        if isinstance(node, ast.ClassDef):
            for method in node.body:
                if isinstance(method, ast.FunctionDef):
                    _add(found, f"{module}.{node.name}.{method.name}", path, method, names, f"{module}.{node.name}")


def _imported(tree: ast.Module) -> dict[str, str]:
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {alias.asname or alias.name: alias.name for alias in node.names}
    return names


def _add(
    found: dict[str, Function], name: str, path: str, node: ast.FunctionDef, names: dict[str, str], owner: str | None
) -> None:
    made = found[name] = Function(name, path, not node.name.startswith("_"))
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            made.texts.add(part.value)
        if isinstance(part, ast.Assign | ast.AugAssign):
            targets = part.targets if isinstance(part, ast.Assign) else [part.target]
            made.writes |= any(_is_column(target) for target in targets)
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load) and part.id in names:
            target = names[part.id]
            made.calls |= {target, f"{target}.__init__"}
            made.writes |= target in {f"sqlalchemy.{statement}" for statement in _STATEMENTS}
        if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name):
            if part.value.id in names:
                made.calls.add(f"{names[part.value.id]}.{part.attr}")
            elif part.value.id == "self" and owner:
                made.calls.add(f"{owner}.{part.attr}")
            made.writes |= part.value.id in ("session", "other") and part.attr in _WRITES


def _is_column(target: ast.expr) -> bool:
    if isinstance(target, ast.Tuple):
        return any(_is_column(one) for one in target.elts)
    return isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id != "self"
