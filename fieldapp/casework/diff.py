"""What changed between two versions of the same answers, by path; rows are matched by `_id`, never by position."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Change:
    """`old` or `new` is None where there was, or is, no answer. The path is written as in docs/forms.md section 2."""

    path: str
    old: Any
    new: Any


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """Every answer that differs, in the order of `new`, then what only `old` had."""
    return list(_group("", old, new))


def _group(prefix: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for name in [*new, *(name for name in old if name not in new)]:
        if name.startswith("_"):
            continue
        path = f"{prefix}.{name}" if prefix else name
        yield from _value(path, old.get(name), new.get(name))


def _value(path: str, old: Any, new: Any) -> Iterator[Change]:
    if _is_group(old) or _is_group(new):
        yield from _group(path, old if _is_group(old) else {}, new if _is_group(new) else {})
    elif _is_rows(old) or _is_rows(new):
        yield from _rows(path, old if _is_rows(old) else [], new if _is_rows(new) else [])
    elif old != new and not (_blank(old) and _blank(new)):
        yield Change(path, old, new)


def _rows(path: str, old: list[dict[str, Any]], new: list[dict[str, Any]]) -> Iterator[Change]:
    before = {row["_id"]: row for row in old}
    for row in new:
        yield from _group(f"{path}[{row['_id']}]", before.pop(row["_id"], {}), row)
    for row_id, row in before.items():
        yield from _group(f"{path}[{row_id}]", row, {})


def _is_rows(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) and "_id" in row for row in value)


def _is_group(value: Any) -> bool:
    # An unknown, a signature and a file are single answers although they are objects.
    return isinstance(value, dict) and not {"unknown", "strokes", "file", "text_hash"} & set(value)


def _blank(value: Any) -> bool:
    return value is None or value == "" or value == []
