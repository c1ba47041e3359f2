"""What screening reads: the answers of the reports of one case, each with where it comes from.

A later report's answer stands in the place of an earlier one; a blank, or an answer `{"unknown": code}`, leaves the
earlier one standing. Papers once seen stay seen.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

KINDS = {"ask": "told", "see": "seen", "paper": "document", "judge": "judged"}  # `fa:how` of a question -> how we know
IN_FORCE = ("approved", "in_progress", "done")  # `ms.status` of a measure that has begun
STEP = "step"
_PAPERS = ("concl.docs", "dv.evidence")


@dataclass(frozen=True)
class Source:
    """`kind` is told, seen, document or judged; `on` the day of the report (YYYY-MM-DD), `revision` its id.

    `by`: who was talked with on that visit (`visit.informants`), of what was told; empty where nobody said.
    Of kind `step` it is what was done with a measure after its report: `on` is that day, `status` where it came to.
    """

    kind: str
    form: str
    revision: str | None
    on: str
    by: tuple[str, ...] = ()
    status: str = ""

    def is_apart_from(self, other: "Source") -> bool:
        """Whether the two confirm each other: known in another way, or told by other people."""
        if STEP in (self.kind, other.kind):
            return False  # our own work on a measure proves nothing of the family
        if self.kind != other.kind:
            return True
        return self.kind == "told" and bool(self.by and other.by) and set(self.by).isdisjoint(other.by)


@dataclass(frozen=True)
class Fact:
    """One answer. `about` is a person's key (person_id, else the `_id` of the row), None for the whole case; `path`
    stands without row ids (`members.health`). `sources` are all those that say this same value, oldest first."""

    path: str
    about: str | None
    value: Any
    sensitivity: str
    sources: tuple[Source, ...]


@dataclass(frozen=True)
class Stood:
    """Where a measure stands by a step after its report, and the day of that step (YYYY-MM-DD)."""

    status: str
    on: str


@dataclass(frozen=True)
class Filing:
    """One report as screening needs it: the nodes of its form's plan, its answers, its day and revision. `stood`: of a
    measure that has gone on since.
    """

    form: str
    nodes: Sequence[Mapping[str, Any]]
    answers: Mapping[str, Any]
    on: str
    revision: str | None = None
    stood: Stood | None = None

    @property
    def order(self) -> tuple[str, str, str, str]:
        """Of two of the same day the later revision counts; ids of ours rise with time."""
        return self.on, self.revision or "", self.form, json.dumps(self.answers, sort_keys=True, ensure_ascii=False)


@dataclass(frozen=True)
class Measure:
    """One F7 as a fact. `status` is where it stands now; `beneficiaries` are the keys of people, empty where nobody is
    named; `stood`: the step that brought it there, None where its report says so.
    """

    type: str
    status: str | None
    beneficiaries: tuple[str, ...]
    fact: Fact
    stood: Stood | None = None

    @property
    def in_force(self) -> bool:
        return self.status in IN_FORCE


@dataclass(frozen=True)
class Made:
    """The mandatory report that was made last: its day (YYYY-MM-DD). `since`: the revisions of the reports that called
    for another one after it; None where nothing did.
    """

    on: str
    since: frozenset[str] | None = None


@dataclass
class Family:
    """Everything said of one case, as `gather` puts it together."""

    facts: dict[tuple[str | None, str], Fact] = field(default_factory=dict)
    papers: dict[str, Fact] = field(default_factory=dict)  # code of the paper -> where it was first seen
    measures: list[Measure] = field(default_factory=list)
    people: list[str] = field(default_factory=list)  # keys of the members, in the order they were first named
    forms: set[str] = field(default_factory=set)
    made: Made | None = None  # what the file says of the mandatory report

    def fact(self, path: str, about: str | None = None) -> Fact | None:
        return self.facts.get((about, path))

    def value(self, path: str, about: str | None = None) -> Any:
        """None where nobody said."""
        found = self.facts.get((about, path))
        return None if found is None else found.value

    def of(self, path: str, about: str | None = None) -> tuple[Fact, ...]:
        """The fact as a tuple of none or one, to be put among those a result names."""
        found = self.facts.get((about, path))
        return () if found is None else (found,)


def gather(filings: Iterable[Filing]) -> Family:
    """The reports of one case put together. The order in which they are given does not matter."""
    family = Family()
    for filing in sorted(filings, key=lambda one: one.order):
        family.forms.add(filing.form)
        said = list(_said(filing))
        if filing.form == "F7":
            _add_measure(family, filing, said)
            continue
        for fact in said:
            _add(family, fact)
    return family


def _add(family: Family, fact: Fact) -> None:
    if fact.path in _PAPERS:
        for code in fact.value:
            family.papers.setdefault(code, replace(fact, value=code))
    if fact.about and fact.path.startswith("members.") and fact.about not in family.people:
        family.people.append(fact.about)
    older = family.fact(fact.path, fact.about)
    if older is not None and older.value == fact.value:
        fact = replace(fact, sources=older.sources + fact.sources)
    family.facts[fact.about, fact.path] = fact


def _add_measure(family: Family, filing: Filing, said: list[Fact]) -> None:
    by_path = {fact.path: fact for fact in said}
    if "ms.type" not in by_path:
        return
    rows = (filing.answers.get("ms") or {}).get("beneficiaries") or []
    status, stood, fact = by_path.get("ms.status"), filing.stood, by_path["ms.type"]
    if stood is not None:
        step = Source(STEP, filing.form, filing.revision, stood.on, status=stood.status)
        fact = replace(fact, sources=(*fact.sources, step))
    said_there = None if status is None else status.value
    family.measures.append(
        Measure(
            fact.value,
            said_there if stood is None else stood.status,
            tuple(key for row in rows if (key := _key(row))),
            fact,
            stood,
        )
    )


def _said(filing: Filing) -> Iterator[Fact]:
    children: dict[int | None, list[Mapping[str, Any]]] = {}
    for node in filing.nodes:
        children.setdefault(node.get("parent"), []).append(node)
    yield from _walk(filing, children, 0, filing.answers, "", None)


def _walk(
    filing: Filing,
    children: Mapping[int | None, list[Mapping[str, Any]]],
    parent: int,
    answers: Mapping[str, Any],
    above: str,
    about: str | None,
) -> Iterator[Fact]:
    for node in children.get(parent, []):
        value = answers.get(node["name"])
        path = f"{above}{node['name']}"
        if node["kind"] == "group" and isinstance(value, dict):
            yield from _walk(filing, children, node["n"], value, f"{path}.", _person(value) or about)
        elif node["kind"] == "repeat" and isinstance(value, list):
            if any(child["name"] == "person_id" for child in children.get(node["n"], [])):
                for row in value:
                    yield from _walk(filing, children, node["n"], row, f"{path}.", _key(row))
            elif value:  # rows about nobody are one fact together
                yield _fact(filing, node, path, about, value)
        elif node["kind"] not in ("group", "repeat") and value not in (None, "", []) and not is_unknown(value):
            yield _fact(filing, node, path, about, value)


def _fact(filing: Filing, node: Mapping[str, Any], path: str, about: str | None, value: Any) -> Fact:
    kind = KINDS[node["how"]]
    informants = (filing.answers.get("visit") or {}).get("informants")
    by = tuple(sorted(informants)) if kind == "told" and isinstance(informants, list) else ()
    source = Source(kind, filing.form, filing.revision, filing.on, by)
    return Fact(path, about, value, node["sensitivity"], (source,))


def is_unknown(value: Any) -> bool:
    return isinstance(value, dict) and set(value) == {"unknown"}


def _person(row: Mapping[str, Any]) -> str | None:
    return row.get("person_id") or None


def _key(row: Mapping[str, Any]) -> str | None:
    return _person(row) or row.get("_id")
