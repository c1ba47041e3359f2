"""What a report tells that cannot wait: a danger of which the supervisor on duty hears at once, and harm that the law
asks to be reported.

Asked of answers as they came, at the door already and before anybody has looked: a blank, an unknown or an answer of
another shape tells nothing here, and never hides what stands beside it. A lead has rules of its own (actions/leads.py).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from fieldapp.casework.screening.flags import FAMILY_OFFENDERS
from fieldapp.casework.screening.people import ADULT, AT_SCHOOL, years
from fieldapp.casework.screening.risk import CRITICAL

Answers = Mapping[str, Any]
Harm = tuple[str, str]
VICTIM = "victim"
# Why nobody knows whether a child is safe tonight, where the visitor was there and asked herself (decision 0030). One
# who was not met, or not asked about yet, is no danger by that.
_UNSURE = ("does_not_know", "not_safe")
_NOT_FULL = ("limited", "none", "disputed")  # legal capacity, of CAPACITY


def told_in(form: str | None, answers: Answers) -> tuple[str, ...]:
    """The dangers that a report tells of, as codes of web/words.py; empty where it tells of none."""
    rule = _DANGERS.get(form or "")
    return () if rule is None else tuple(code for code, is_told in rule(answers) if is_told)


def calls_for_report(form: str | None, answers: Answers, day: date) -> bool:
    """Whether a mandatory report is due by what a report of a visit tells: signs of harm to a child, or a victim who is
    a minor or without full capacity. The flags `report_child` and `report_incapacity` go by the same.
    """
    return bool(harm_in(form, answers, day))


def harm_in(form: str | None, answers: Answers, day: date) -> frozenset[Harm]:
    """The harm that calls for that report, as (whom, what): the key of a person, empty where nobody is named, and the
    sign that was seen, or `VICTIM`. Two versions of one report are told apart by it.
    """
    if form == "F6":
        who = _group(answers, "child").get("person_id")
        return frozenset((who if isinstance(who, str) else "", sign) for sign in _signs(answers))
    return frozenset((who, VICTIM) for who in _such_victims(answers, day)) if form == "F2" else frozenset()


def _of_talk(answers: Answers) -> Iterable[tuple[str, bool]]:
    # Any of the eight makes it red: the door hands them in before the band is computed, and nobody in a form lowers it.
    said = _group(answers, "dv")
    bands = (said.get(name) for name in ("band_final", "band", "band_override"))
    yield "red_band", "red" in bands or any(said.get(f"c_{name}") == "yes" for name in CRITICAL)


def _of_child(answers: Answers) -> Iterable[tuple[str, bool]]:
    said = _group(answers, "child")
    yield "child_harmed", bool(_signs(answers))
    tonight = said.get("safe_tonight")
    yield "child_unsafe", tonight == "no" or said.get("risk") == "immediate"
    yield "child_safety_unknown", isinstance(tonight, Mapping) and _is_of(tonight.get("unknown"), _UNSURE)


def _of_follow_up(answers: Answers) -> Iterable[tuple[str, bool]]:
    said = _group(answers, "private")
    yield "red_band", _group(answers, "end").get("band") == "red"
    yield "new_violence", said.get("new_violence") == "yes"
    yield "order_broken", said.get("order_state") == "broken"  # one of the eight of an assessment: red


_DANGERS: dict[str, Callable[[Answers], Iterable[tuple[str, bool]]]] = {
    "F3": _of_follow_up,
    "F5": _of_talk,
    "F6": _of_child,
}
FORMS = frozenset(_DANGERS)


def _signs(answers: Answers) -> list[str]:
    signs = _group(answers, "child").get("harm_signs")
    return [sign for sign in signs if isinstance(sign, str) and sign != "none"] if isinstance(signs, list) else []


def _such_victims(answers: Answers, day: date) -> Iterator[str]:
    """The keys of the victims who are minors or without full capacity; an empty one of a child whom nobody names."""
    case, rows = _group(answers, "case"), answers.get("members")
    if case.get("type") == "molest_child":
        yield ""
    at_home = _group(answers, "dv").get("screen") == "yes" or _is_of(case.get("offender_relation"), FAMILY_OFFENDERS)
    for one in rows if isinstance(rows, list) else []:
        if not isinstance(one, Mapping) or one.get("alive") == "dead":
            continue
        is_victim = one.get("is_victim") == "yes"
        is_harmed = is_victim or (at_home and one.get("relation") == "self")
        is_such = (is_victim and _is_minor(one, day)) or (is_harmed and _is_of(one.get("capacity"), _NOT_FULL))
        if is_such:
            yield next((key for name in ("person_id", "_id") if isinstance(key := one.get(name), str) and key), "")


def _is_minor(row: Mapping[str, Any], day: date) -> bool:
    birth = row.get("birth_ym")
    ages = years(birth, day) if isinstance(birth, str) else None
    return ages[0] < ADULT if ages else _is_of(row.get("school_status"), AT_SCHOOL)


def _is_of(value: object, codes: Iterable[str]) -> bool:
    return isinstance(value, str) and value in codes


def _group(answers: Answers, name: str) -> Mapping[str, Any]:
    found = answers.get(name)
    return found if isinstance(found, Mapping) else {}
