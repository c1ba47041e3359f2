"""A screening as it is kept (JSON) and as one reader may see it.

What was answered is not kept a second time: a fact names its question, the person and the reports that say it, and the
sentence says the rest. `values` of facts read back are None.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from fieldapp.casework.screening import Screening
from fieldapp.casework.screening.facts import Fact, Source
from fieldapp.casework.screening.results import Result, Status
from fieldapp.casework.screening.risk import Band
from fieldapp.casework.screening.terms import Ask, Words
from fieldapp.forms.sensitivity import CLASSES

# Lowest first, as a result takes the highest of what its rule may read: who reads a class without all those below it
# sees no result of it, whether or not the lower ones had a part in this one.
RANKS = tuple(name for name in CLASSES if name != "reporter")  # which no form that is screened has
_PARTS = ("categories", "questions", "gates", "flags", "children")


def to_json(screening: Screening) -> dict[str, Any]:
    """Everything `from_json` reads, as JSON."""
    band = screening.band
    return {
        "version": screening.version,
        "people": [[key, list(words)] for key, words in screening.people],
        "band": None
        if band is None
        else {
            "band": band.band,
            "incomplete": band.incomplete,
            "facts": [_fact(one) for one in band.facts],
            "missing": [_ask(one) for one in band.missing],
            "class": band.sensitivity,
        },
        **{part: [_result(one) for one in getattr(screening, part)] for part in _PARTS},
    }


def from_json(told: dict[str, Any]) -> Screening:
    """A kept screening, under the version of the rules that made it."""
    version, band = str(told["version"]), told["band"]
    parts = {part: tuple(_read_result(one, version) for one in told[part]) for part in _PARTS}
    return Screening(
        **parts,
        band=None
        if band is None
        else Band(
            band["band"],
            band["incomplete"],
            tuple(_read_fact(one) for one in band["facts"]),
            tuple(Ask(*one) for one in band["missing"]),
            band["class"],
        ),
        people=tuple((key, _words(words)) for key, words in told["people"]),
        version=version,
    )


def cut(screening: Screening, classes: Collection[str]) -> Screening | None:
    """What a reader of these classes of answers may see; None where that is nothing at all: then there is no trace."""
    # Whether there is anything for her depends on what she reads and never on what was found.
    readable = {name for at, name in enumerate(RANKS) if set(RANKS[: at + 1]) <= set(classes)}
    if not readable:
        return None
    parts = {part: tuple(one for one in getattr(screening, part) if one.sensitivity in readable) for part in _PARTS}
    band = screening.band if screening.band is not None and screening.band.sensitivity in readable else None
    about = {one.about for one in parts["categories"]}
    people = tuple(person for person in screening.people if person[0] in about)
    return Screening(**parts, band=band, people=people, version=screening.version)


@dataclass(frozen=True)
class Said:
    """The newest word of a person on one result: a question answered, a category agreed with or not. `answer` is yes,
    no, not_known, agree or disagree."""

    code: str
    about: str | None
    answer: str
    line: str


QUESTION_ANSWERS = ("yes", "no", "not_known")
CATEGORY_ANSWERS = ("agree", "disagree")


def answers_to(kind: str) -> tuple[str, ...]:
    """What a person can say to a result of this kind; nothing to a flag, a gate or a child."""
    return {"question": QUESTION_ANSWERS, "category": CATEGORY_ANSWERS}.get(kind, ())


def _result(one: Result) -> dict[str, Any]:
    return {
        "code": one.code,
        "about": one.about,
        "status": one.status.value,
        "kind": one.kind,
        "class": one.sensitivity,
        "title": None if one.title is None else list(one.title),
        "says": [list(words) for words in one.says],
        "facts": [_fact(fact) for fact in one.facts],
        "missing": [_ask(ask) for ask in one.missing],
    }


def _read_result(told: dict[str, Any], version: str) -> Result:
    return Result(
        told["code"],
        told["about"],
        Status(told["status"]),
        tuple(_read_fact(one) for one in told["facts"]),
        tuple(_words(one) for one in told["says"]),
        tuple(Ask(*one) for one in told["missing"]),
        told["class"],
        told["kind"],
        None if told["title"] is None else _words(told["title"]),
        version,
    )


def _fact(fact: Fact) -> dict[str, Any]:
    sources = [_source(one) for one in fact.sources]
    return {"path": fact.path, "about": fact.about, "class": fact.sensitivity, "sources": sources}


def _source(one: Source) -> list[Any]:
    told = [one.kind, one.form, one.revision, one.on, list(one.by)]
    return [*told, one.status] if one.status else told  # kept before there were steps: without


def _read_fact(told: dict[str, Any]) -> Fact:
    sources = tuple(
        Source(kind, form, revision, on, tuple(by), *step) for kind, form, revision, on, by, *step in told["sources"]
    )
    return Fact(told["path"], told["about"], None, told["class"], sources)


def _ask(ask: Ask) -> list[str | None]:
    return [ask.form, ask.path, ask.about]


def _words(told: list[str]) -> Words:
    return told[0], told[1]
