"""Two results of their own kind: the band of a violence assessment, and children whom in fact nobody brings up."""

from dataclasses import dataclass
from datetime import date

from fieldapp.casework.screening.facts import Fact, Family
from fieldapp.casework.screening.people import Person, parents_of
from fieldapp.casework.screening.results import Result, yes_or_no
from fieldapp.casework.screening.terms import Ask, Term, Words, all_of, any_of, not_known

BANDS = ("blue", "yellow", "orange", "red")  # lowest first
CRITICAL = ("strangle", "weapon", "kill", "extreme", "injury", "confine", "order", "fear")
SERIOUS = (
    "more",
    "leave",
    "stalk",
    "control",
    "sexual",
    "pregnant",
    "child",
    "alcohol",
    "mental",
    "record",
    "police",
    "vulnerable",
)
UNKNOWN_MAX = 3  # as many critical ones not known make the band orange at least
SERIOUS_MIN = 3
YEAR_DAYS = 366
_SEVERE_LEVELS = ("1", "2")
_MIND_LEVELS = ("3", "4")
_DEFACTO: Words = ("事实无人抚养", "De-facto unsupported")
_PARENTS: dict[str, Words] = {"father": ("父亲", "father"), "mother": ("母亲", "mother")}


@dataclass(frozen=True)
class Band:
    """A band of response, no probability. `incomplete`: three or more critical questions are open (then `missing`)."""

    band: str
    incomplete: bool
    facts: tuple[Fact, ...]
    missing: tuple[Ask, ...]
    sensitivity: str = "violence"


def band_of(family: Family, day: date) -> Band | None:
    """From the answers of F5, raised where the worker set it higher; None where there is no F5."""
    if "F5" not in family.forms:
        return None
    critical = _said_yes(family, "c", CRITICAL)
    serious = _said_yes(family, "s", SERIOUS)
    open_now = tuple(Ask("F5", f"dv.c_{name}") for name in CRITICAL if family.value(f"dv.c_{name}") is None)
    recent = _within_a_year(family, day)
    forms = family.value("dv.forms")
    facts = critical or serious
    if critical:
        band = "red"
    elif (
        len(serious) >= SERIOUS_MIN or (recent and family.value("dv.s_leave") == "yes") or len(open_now) >= UNKNOWN_MAX
    ):
        band = "orange"
    elif serious or (recent and (forms is None or "physical" in forms)):
        band = "yellow"
    else:
        band = "blue"
    override = family.value("dv.band_override")
    if override in BANDS and BANDS.index(override) > BANDS.index(band):
        band, facts = override, family.of("dv.band_override") + facts
    return Band(band, len(open_now) >= UNKNOWN_MAX, facts + family.of("dv.last_at") + family.of("dv.forms"), open_now)


def _said_yes(family: Family, kind: str, names: tuple[str, ...]) -> tuple[Fact, ...]:
    paths = [f"dv.{kind}_{name}" for name in names]
    return tuple(fact for path in paths for fact in family.of(path) if fact.value == "yes")


def _within_a_year(family: Family, day: date) -> bool:
    """Not known counts as lately: the band errs on the side of her safety, as in the form."""
    last = str(family.value("dv.last_at") or "")
    try:
        # A year or month alone counts by its last day: it may have been then.
        parts = [int(part) for part in last.split("-")]
        year, month, dom = [*parts, *(12, 28)[len(parts) - 1 :]]
        return (day - date(year, month, dom)).days <= YEAR_DAYS
    except (ValueError, IndexError):
        return True


def unsupported_children(family: Family, people: list[Person]) -> list[Result]:
    """For each minor whether he is de-facto unsupported (民发〔2019〕62号); civil affairs decide."""
    return [
        yes_or_no("defacto", _unsupported(family, child, people), "violence", "child", _DEFACTO, child.key)
        for child in people
        if child.is_minor and not child.is_dead
    ]


def _unsupported(family: Family, child: Person, people: list[Person]) -> Term:
    if family.of("child.parents.father.alive", child.key) or family.of("child.parents.mother.alive", child.key):
        gone = {parent: _gone_by_f6(family, child, parent) for parent in _PARENTS}
        unable = {parent: _unable_by_f6(family, child, parent) for parent in _PARENTS}
    else:
        parents = parents_of(child, people)
        if len(parents) != 2:
            return not_known(("父母的情况", "how the parents are"), Ask("F6", "child.parents", child.key))
        gone = {one.key: _gone(one) for one in parents}
        unable = {one.key: _unable(family, one) for one in parents}
    first, second = gone
    if gone[first].value and gone[second].value:
        facts = gone[first].facts + gone[second].facts
        return Term(
            False, (("父母都已去世或失踪：按孤儿报民政", "both parents gone: an orphan, to civil affairs"),), facts
        )
    return any_of(
        all_of(unable[first], unable[second]),
        all_of(gone[first], unable[second]),
        all_of(unable[first], gone[second]),
    )


def _gone_by_f6(family: Family, child: Person, parent: str) -> Term:
    path = f"child.parents.{parent}.alive"
    who, en = _PARENTS[parent]
    value = family.value(path, child.key)
    if value is None:
        return not_known((f"{who}现在怎样", f"how the {en} is"), Ask("F6", path, child.key))
    if value in ("dead", "missing"):
        return Term(True, ((f"{who}去世或失踪", f"the {en} is dead or missing"),), family.of(path, child.key))
    return Term(False, ((f"{who}在", f"the {en} lives"),), family.of(path, child.key))


def _unable_by_f6(family: Family, child: Person, parent: str) -> Term:
    path = f"child.parents.{parent}.grounds"
    who, en = _PARENTS[parent]
    if family.value(f"child.parents.{parent}.alive", child.key) == "dead":
        return Term(
            False, ((f"{who}已去世", f"the {en} is dead"),), family.of(f"child.parents.{parent}.alive", child.key)
        )
    value = family.value(path, child.key)
    if value is None:
        return not_known((f"{who}有没有能力抚养", f"whether the {en} can bring up a child"), Ask("F6", path, child.key))
    if "none" in value:
        return Term(False, ((f"{who}能抚养", f"the {en} can bring up a child"),), family.of(path, child.key))
    return Term(True, ((f"{who}没有能力抚养", f"the {en} cannot bring up a child"),), family.of(path, child.key))


def _gone(parent: Person) -> Term:
    who, en = parent.words
    value = parent.value("alive")
    if value is None:
        return not_known((f"{who}现在怎样", f"how the {en} is"), Ask("F2", "members.alive", parent.key))
    gone = value in ("dead", "missing")
    return Term(
        gone,
        ((f"{who}去世或失踪", f"the {en} is dead or missing") if gone else (f"{who}在", f"the {en} lives"),),
        parent.of("alive"),
    )


def _unable(family: Family, parent: Person) -> Term:
    """By the list of the family alone: a stated severe illness or disability; else F6 has to be asked."""
    who, en = parent.words
    if parent.is_dead:
        return Term(False, ((f"{who}已去世", f"the {en} is dead"),), parent.of("alive"))
    levels = family.fact("members.disability_level", parent.key)
    rows = levels.value if levels else []
    severe = any(row.get("level") in _SEVERE_LEVELS or _of_the_mind(row) for row in rows)
    health = parent.value("health")
    if severe or (isinstance(health, list) and "severe" in health):
        facts = (*((levels,) if levels and severe else ()), *parent.of("health"))
        return Term(True, ((f"{who}重残或重病", f"the {en} is severely disabled or ill"),), facts)
    return not_known(
        (f"{who}有没有能力抚养", f"whether the {en} can bring up a child"), Ask("F6", "child.parents", None)
    )


def _of_the_mind(row: dict[str, object]) -> bool:
    return row.get("type") in ("intellectual", "mental") and row.get("level") in _MIND_LEVELS
