"""Screening: what the reports of a case point to, with the facts, in sentences that a person can check.

Pure: plain answers in, results out. `screen` is given the newest approved revision of each report of the case, and is
run again on every new revision, measure or follow-up. It suggests; a person decides, and nobody is refused by it.

    facts       answers put together, each with its source       terms    true, false, unknown, with sentences
    people      age, sex, who is whose parent                    results  what comes out
    categories  the seven; A2, B1, B2 in wrongs, A3 in breadwinner
    relief      S, X and the gates                               flags    what must not be overlooked
    risk        the band of F5, de-facto unsupported children
    stored      all of it as JSON and back, and what one reader may see of it
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from fieldapp.casework.screening.categories import categories_of
from fieldapp.casework.screening.facts import Filing, Made, gather
from fieldapp.casework.screening.flags import flags_of
from fieldapp.casework.screening.people import people_of
from fieldapp.casework.screening.relief import gates_of, questions_of
from fieldapp.casework.screening.results import RULES_VERSION, Result
from fieldapp.casework.screening.risk import Band, band_of, unsupported_children
from fieldapp.casework.screening.terms import Words


@dataclass(frozen=True)
class Screening:
    """`categories`: seven for each member of the list, in its order. `questions`: S1–S7, X1–X6, for the reviewer.
    `gates`: G1, G2. `flags`: the raised ones. `children`: de-facto unsupported, one for each minor. `band`: None
    where there is no F5. `people`: the list, each key with who that is to her."""

    categories: tuple[Result, ...]
    questions: tuple[Result, ...]
    gates: tuple[Result, ...]
    flags: tuple[Result, ...]
    children: tuple[Result, ...]
    band: Band | None
    people: tuple[tuple[str, Words], ...]
    version: str = RULES_VERSION


def screen(filings: Iterable[Filing], day: date, made: Made | None = None) -> Screening:
    """The screening of one case as of this day; the same reports give the same results in whatever order they come.
    `made`: the mandatory report, where the file says that one was made.
    """
    family = gather(filings)
    family.made = made
    people = people_of(family, day)
    categories = [result for person in people for result in categories_of(family, person, people)]
    questions = questions_of(family, people)
    return Screening(
        tuple(categories),
        tuple(questions),
        tuple(gates_of(family, [*categories, *questions])),
        tuple(flags_of(family, people)),
        tuple(unsupported_children(family, people)),
        band_of(family, day),
        tuple((person.key, person.words) for person in people),
    )
