"""The people of one case as the rules ask about them: age, sex, who lives, who is a parent of whom."""

from dataclasses import dataclass
from datetime import date

from fieldapp.casework.screening.facts import Fact, Family
from fieldapp.casework.screening.terms import Ask, Term, Words, as_number, not_known

ADULT, ELDER, OWN_CATEGORY = 18, 60, 14
AT_SCHOOL = ("preschool", "kindergarten", "primary", "junior", "senior", "vocational", "special")
RELATIONS: dict[str, Words] = {
    "self": ("她本人", "she herself"),
    "spouse": ("配偶", "spouse"),
    "ex_spouse": ("前配偶", "former spouse"),
    "son": ("儿子", "son"),
    "daughter": ("女儿", "daughter"),
    "stepchild": ("继子女", "stepchild"),
    "father": ("父亲", "father"),
    "mother": ("母亲", "mother"),
    "father_in_law": ("公公（岳父）", "father-in-law"),
    "mother_in_law": ("婆婆（岳母）", "mother-in-law"),
    "brother": ("兄弟", "brother"),
    "sister": ("姐妹", "sister"),
    "grandparent": ("祖辈", "grandparent"),
    "grandchild": ("孙辈", "grandchild"),
}
_CHILDREN = ("son", "daughter")


@dataclass(frozen=True)
class Person:
    """One member of the list. `day` is the day the screening is made for."""

    family: Family
    key: str
    day: date

    def value(self, name: str) -> object:
        return self.family.value(f"members.{name}", self.key)

    def of(self, *names: str) -> tuple[Fact, ...]:
        return tuple(fact for name in names for fact in self.family.of(f"members.{name}", self.key))

    @property
    def is_self(self) -> bool:
        return self.value("relation") == "self"

    @property
    def is_dead(self) -> bool:
        return self.value("alive") == "dead"

    @property
    def words(self) -> Words:
        """Who this is to her, in words; never a name, as these sentences travel further than the list."""
        relation, sex = self.value("relation"), self.value("sex")
        if relation == "spouse" and sex in ("male", "female"):
            return ("丈夫", "husband") if sex == "male" else ("妻子", "wife")
        return RELATIONS.get(str(relation), ("家里一位成员", "a member of the family"))

    @property
    def ages(self) -> tuple[int, int] | None:
        """(least, most) full years that the birth as given allows; None where it is not given."""
        return years(self.value("birth_ym"), self.day)

    @property
    def is_minor(self) -> bool:
        """Under 18, or not shown to be 18: a birth that leaves it open, or none known and still at school."""
        ages = self.ages
        return ages[0] < ADULT if ages else self.value("school_status") in AT_SCHOOL

    @property
    def is_elder(self) -> bool:
        ages = self.ages
        return ages is not None and ages[1] >= ELDER and not self.is_dead

    @property
    def together(self) -> bool:
        return self.value("together") == "yes" and not self.is_dead

    def at_least(self, years_min: int) -> Term:
        """By the eldest the birth allows, as the form counts; `is_sure` says whether the birth leaves it open."""
        ages = self.ages
        if ages is None:
            return not_known(("年龄", "her age"), Ask("F2", "members.birth_ym", self.key))
        reached = ages[1] >= years_min
        says = (
            (f"年满 {years_min} 岁", f"{years_min} or older")
            if reached
            else (f"不满 {years_min} 岁", f"under {years_min}")
        )
        return Term(reached, (says,), self.of("birth_ym"))

    def is_sure(self, years_min: int) -> bool:
        return self.ages is not None and (self.ages[0] >= years_min or self.ages[1] < years_min)


def people_of(family: Family, day: date) -> list[Person]:
    return [Person(family, key, day) for key in family.people]


def years(birth: object, day: date) -> tuple[int, int] | None:
    """(least, most) full years on this day of one born in a year, month or day (`1962`, `1962-03`, `1962-03-09`)."""
    parts = [as_number(part) for part in str(birth or "").split("-")]
    if not parts[0] or None in parts:
        return None
    year = parts[0]
    month = parts[1] if len(parts) > 1 else None
    dom = parts[2] if len(parts) > 2 else None
    youngest = (month or 12, dom or 31)  # compared as month and day, so that 31 need not exist in this month
    eldest = (month or 1, dom or 1)
    today = (day.month, day.day)
    return day.year - year - (today < youngest), day.year - year - (today < eldest)


def parents_of(child: Person, people: list[Person]) -> list[Person]:
    """Her and her spouse for a son or daughter of hers; nobody where the list does not tell."""
    if child.value("relation") not in _CHILDREN:
        return []
    return [person for person in people if person.value("relation") in ("self", "spouse")]
