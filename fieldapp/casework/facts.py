"""Which facts an approved report leaves behind: the last approved value of every question that carries `fa:fact`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID


@dataclass(frozen=True)
class KnownFact:
    """`about` is a person_id, or None for the whole case; `value` is the answer as docs/forms.md section 2 has it."""

    about: UUID | None
    fact: str
    value: Any
    sensitivity: str


def facts_of(nodes: Sequence[Mapping[str, Any]], answers: Mapping[str, Any]) -> list[KnownFact]:
    """The facts of one submission, in form order.

    An unanswered question leaves the older fact standing; an `unknown` is no fact either. In a row or group with
    a `person_id` the fact belongs to that person.
    """
    children: dict[int | None, list[Mapping[str, Any]]] = {}
    for node in nodes:
        children.setdefault(node.get("parent"), []).append(node)
    return list(_walk(children, 0, answers, None))


def person_of(row: Mapping[str, Any]) -> UUID | None:
    """The person a row or group is about; None where it is about nobody, or its id is no id."""
    try:
        return UUID(row["person_id"])
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _walk(
    children: Mapping[int | None, list[Mapping[str, Any]]], parent: int, answers: Mapping[str, Any], about: UUID | None
) -> Iterator[KnownFact]:
    for node in children.get(parent, []):
        value = answers.get(node["name"])
        if node["kind"] == "group" and isinstance(value, dict):
            yield from _walk(children, node["n"], value, person_of(value) or about)
        elif node["kind"] == "repeat" and node.get("fact") and value:
            yield KnownFact(about, node["fact"], value, node["sensitivity"])  # the whole list is one fact
        elif node["kind"] == "repeat" and isinstance(value, list):
            for row in value:
                yield from _walk(children, node["n"], row, person_of(row) or about)
        elif node.get("fact") and value is not None and not _is_unknown(value):
            yield KnownFact(about, node["fact"], value, node["sensitivity"])


def _is_unknown(value: Any) -> bool:
    return isinstance(value, dict) and set(value) == {"unknown"}
