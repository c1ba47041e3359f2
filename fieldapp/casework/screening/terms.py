"""True, false and unknown, each with the facts it stands on and a sentence for it.

Nothing here turns an unknown into a false. A combination keeps only what decides it, so that its sentences stay short
enough to be checked.
"""

from dataclasses import dataclass
from typing import Any

from fieldapp.casework.screening.facts import Fact, Family

Words = tuple[str, str]  # Chinese, English


@dataclass(frozen=True)
class Ask:
    """The question that would decide something unknown: its form, its path, and the person it is about."""

    form: str
    path: str
    about: str | None = None


@dataclass(frozen=True)
class Term:
    """`value` None is unknown; then `asks` are the questions that would decide it."""

    value: bool | None
    says: tuple[Words, ...]
    facts: tuple[Fact, ...] = ()
    asks: tuple[Ask, ...] = ()


def all_of(*terms: Term) -> Term:
    """False where one is false; else unknown where one is; else true."""
    false = [term for term in terms if term.value is False]
    if false:
        return false[0]  # one reason is enough, and the first is the plainest
    unknown = [term for term in terms if term.value is None]
    return _joined(None if unknown else True, terms, unknown or list(terms))


def any_of(*terms: Term) -> Term:
    """True where one is true; else unknown where one is; else false."""
    true = [term for term in terms if term.value is True]
    if true:
        return _joined(True, true, true)
    unknown = [term for term in terms if term.value is None]
    return _joined(None, unknown, unknown) if unknown else _joined(False, terms, list(terms))


def answered(
    family: Family,
    path: str,
    codes: tuple[str, ...],
    yes: Words,
    no: Words,
    topic: Words,
    *,
    about: str | None = None,
    form: str = "F2",
) -> Term:
    """Whether the answer is (or, of several choices, holds) one of these codes; unknown where nobody said."""
    value = family.value(path, about)
    if value is None:
        return not_known(topic, Ask(form, path, about))
    chosen = value if isinstance(value, list) else [value]
    found = any(code in chosen for code in codes)
    return Term(found, (yes if found else no,), family.of(path, about))


def not_known(topic: Words, *asks: Ask, facts: tuple[Fact, ...] = ()) -> Term:
    return Term(None, ((f"还没弄清{topic[0]}", f"not known: {topic[1]}"),), facts, asks)


def papers(family: Family, names: Words, *codes: str) -> Term:
    """Whether one of these papers was seen: true or false, as a paper that nobody noted is to be brought."""
    seen = tuple(family.papers[code] for code in codes if code in family.papers)
    if seen:
        return Term(True, ((f"有{names[0]}", f"{names[1]} seen"),), seen)
    return Term(False, ((f"缺{names[0]}", f"{names[1]} still to come"),))


def confirmed(term: Term) -> bool:
    """Whether two sources apart from each other say every fact of it."""
    return bool(term.facts) and all(
        any(one.is_apart_from(other) for one in fact.sources for other in fact.sources) for fact in term.facts
    )


def as_number(value: Any) -> int | None:
    """A count as answered (number or digits); None where it is none."""
    try:
        return int(value)
    except (TypeError, ValueError):
        return None


def _joined(value: bool | None, used: tuple[Term, ...] | list[Term], said: list[Term]) -> Term:
    return Term(
        value,
        tuple(dict.fromkeys(words for term in said for words in term.says)),
        _unique(tuple(fact for term in used for fact in term.facts)),
        tuple(dict.fromkeys(ask for term in said for ask in term.asks)),
    )


def _unique(facts: tuple[Fact, ...]) -> tuple[Fact, ...]:
    return tuple({(fact.about, fact.path): fact for fact in facts}.values())
