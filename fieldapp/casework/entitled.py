"""Allowances that the reports say somebody may be entitled to and does not receive: hints for who plans help.

Two of them, after the national rule on allowances for disabled people (国发〔2015〕52号): the living allowance for who
lives in hardship, the care allowance for levels one and two. Each place has rules of its own, so a hint asks to look,
and claims nothing. An allowance that anybody names as received is not hinted at.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fieldapp.casework.measure_types import MEASURE_TYPES
from fieldapp.casework.sentences import Said

LIVING, CARE = "disability_living_allowance", "disability_care_allowance"
BENEFIT = "disability_allowance"  # as F2 names it: which of them it is, is not said there
_HARDSHIP = frozenset({"general", "very", "extreme"})
_CARE_LEVELS = frozenset({"1", "2"})
_WHY = {
    LIVING: Said("有残疾证，生活困难", "has a disability certificate and lives in hardship"),
    CARE: Said("残疾一级或二级", "disability of level one or two"),
}


@dataclass(frozen=True)
class Hint:
    """One allowance to look at. `who` is her name in the report."""

    who: str
    allowance: Said
    why: Said


def hints(
    members: Iterable[Mapping[str, Any]], benefits: Iterable[Mapping[str, Any]], hardship: str, given: Collection[str]
) -> list[Hint]:
    """`members`, `benefits`: rows of an investigation (F2); `given`: kinds of measures that were granted."""
    received = list(benefits)
    found = []
    for member in members:
        if member.get("disability_cert") != "yes" or _receives(member, received):
            continue
        rows = member.get("disability_level")
        levels = {str(row.get("level")) for row in rows if isinstance(row, dict)} if isinstance(rows, list) else set()
        entitled = [kind for kind, met in ((LIVING, hardship in _HARDSHIP), (CARE, levels & _CARE_LEVELS)) if met]
        for kind in entitled:
            if kind not in given:
                found.append(Hint(str(member.get("name") or ""), MEASURE_TYPES[kind].name, _WHY[kind]))
    return found


def _receives(member: Mapping[str, Any], benefits: Iterable[Mapping[str, Any]]) -> bool:
    # A benefit of which nobody says whose it is may be hers; one that was asked for and did not come is not received.
    known = {None, "", *(member.get(part) for part in ("name", "person_id", "_id"))}
    return any(row.get("type") == BENEFIT and row.get("has") != "no" and row.get("holder") in known for row in benefits)
