"""Flags: what must not be overlooked, raised by a stated fact only. One that is not raised is no all-clear."""

from fieldapp.casework.screening.breadwinner import count_of
from fieldapp.casework.screening.facts import Fact, Family
from fieldapp.casework.screening.people import Person, parents_of
from fieldapp.casework.screening.results import Result, Status
from fieldapp.casework.screening.terms import Words
from fieldapp.casework.screening.wrongs import violence

FAMILY_OFFENDERS = (
    "husband",
    "ex_husband",
    "wife",
    "cohabitant",
    "boyfriend",
    "ex_boyfriend",
    "father",
    "mother",
    "stepparent",
    "child",
    "in_law",
    "other_family",
)
SEXUAL_CASES = ("rape", "molest", "molest_child")
GONE = ("dead", "missing", "lost_contact", "in_custody", "rehab")
REPORTED = ("done_by_us", "done_by_other")
_OF_REPORT = frozenset({"report_child", "report_incapacity"})
_GUARDIANS = ("father", "mother", "stepparent", "guardian", "grandparent")

FLAGS: dict[str, tuple[Words, str]] = {  # what it asks for, and its class
    "dv_form": (("做家暴风险评估（F5）", "make the violence risk assessment (F5)"), "violence"),
    "report_child": (("侵害未成年人：要强制报告", "harm to a child: mandatory report"), "violence"),
    "report_incapacity": (
        ("行为能力不全者疑受侵害：要强制报告", "harm to one without full capacity: mandatory report"),
        "violence",
    ),
    "guardian_check": (("核实监护", "look into the guardianship"), "violence"),
    "fund_custody_check": (("救助金由谁代管", "who keeps the relief"), "child"),
    "minors_present": (("家中有未成年人", "minors in the family"), "child"),
    "child_victim": (("受害人是未成年人", "the victim is a minor"), "violence"),
    "defacto_check": (("核实事实无人抚养", "look into de-facto unsupported children"), "violence"),
    "split_residence": (("人户分离", "hukou and residence apart"), "household"),
    "home_service": (("上门服务", "serve at home"), "health"),
    "female_worker": (("由女性人员办理", "a woman worker"), "violence"),
    "privacy_high": (("隐私从严", "strict privacy"), "violence"),
    "urgent_medical": (("急需救治：可先行救助", "urgent treatment: advance relief"), "health"),
    "psych_need": (("需要心理帮助", "psychological help"), "violence"),
    "job_at_risk": (("工作可能保不住", "the job is at risk"), "health"),
    "veteran_family": (("退役军人家庭", "a veteran's family"), "household"),
    "care_burden": (("照护负担重", "a heavy burden of care"), "child"),
    "in_institution": (("住在机构", "lives in an institution"), "violence"),
    "guardian_offender": (("监护人是加害人", "the guardian is the offender"), "violence"),
    "supervision_candidate": (("可考虑督促监护令", "consider a guardianship supervision order"), "violence"),
}


def flags_of(family: Family, people: list[Person]) -> list[Result]:
    """The raised ones, in the order of `FLAGS`. None of them takes anything away from anybody."""
    reasons = _Reasons(family, people)
    found = []
    for code, (words, sensitivity) in FLAGS.items():
        facts = getattr(reasons, code)()
        if facts:
            unique = tuple({(fact.about, fact.path): fact for fact in facts}.values())
            says = _told_since(family) if code in _OF_REPORT else ()
            found.append(Result(code, None, Status.MET, unique, says, (), sensitivity, "flag", words))
    return found


class _Reasons:
    """For each flag the facts that raise it; none: it is not raised."""

    def __init__(self, family: Family, people: list[Person]) -> None:
        self.family = family
        self.people = people
        self.living = [one for one in people if not one.is_dead]
        self.minors = [one for one in self.living if one.is_minor]
        self.assisted = [one for one in self.living if one.value("assisted") == "yes"]

    def is_one(self, path: str, *codes: str, about: str | None = None) -> tuple[Fact, ...]:
        value = self.family.value(path, about)
        chosen = value if isinstance(value, list) else [value]
        return self.family.of(path, about) if any(code in chosen for code in codes) else ()

    def any_person(self, people: list[Person], name: str, *codes: str) -> tuple[Fact, ...]:
        return tuple(fact for one in people for fact in self.is_one(f"members.{name}", *codes, about=one.key))

    def in_any_f6(self, name: str, *codes: str) -> tuple[Fact, ...]:
        """Of every child who has an F6, in the list or not."""
        keys = sorted({about for about, path in self.family.facts if about and path == f"child.{name}"})
        return tuple(fact for key in keys for fact in self.is_one(f"child.{name}", *codes, about=key))

    def at_home(self) -> tuple[Fact, ...]:
        said = violence(self.family)
        told = said.facts if said.value else ()
        return (
            told
            + self.is_one("case.offender_relation", *FAMILY_OFFENDERS)
            + self.is_one("dv.offender", *FAMILY_OFFENDERS)
        )

    def sexual(self) -> tuple[Fact, ...]:
        return (
            self.is_one("case.type", *SEXUAL_CASES)
            + self.is_one("dv.forms", "sexual")
            + self.is_one("dv.s_sexual", "yes")
            + self.in_any_f6("harm_signs", "genital_injury", "under14_sexual_or_pregnant", "over14_sexual")
        )

    def harm_signs(self) -> tuple[Fact, ...]:
        signs = [fact for (_, path), fact in sorted(self.family.facts.items(), key=str) if path == "child.harm_signs"]
        return tuple(fact for fact in signs if any(code != "none" for code in fact.value))

    def dv_form(self) -> tuple[Fact, ...]:
        dispute = self.is_one("case.type", "divorce", "custody", "property")
        open_dispute = dispute if self.family.value("case.offender_relation") is None else ()
        mediation = tuple(
            one.fact
            for one in self.family.measures
            if one.type in ("mediation", "circuit_mediation")
            and one.status not in ("done", "ended", "refused", "declined")
        )
        return self.at_home() + open_dispute + mediation

    def report_child(self) -> tuple[Fact, ...]:
        made, signs = self.family.made, self.harm_signs()
        # Signs seen on a later day are of another harm than the one that was reported, whoever called for a report.
        seen_since = () if made is None else tuple(fact for fact in signs if fact.sources[-1].on > made.on)
        return seen_since + self.unreported(signs + self.child_victim())

    def report_incapacity(self) -> tuple[Fact, ...]:
        found: list[Fact] = []
        for one in self.living:
            limited = self.is_one("members.capacity", "limited", "none", "disputed", about=one.key)
            harmed = self.is_one("members.is_victim", "yes", about=one.key)
            if one.is_self:
                harmed += self.at_home()
            if limited and harmed:
                found += limited + harmed
        suspected = self.is_one("lead.incapable_involved", "yes"), self.is_one("lead.harm_suspected", "yes")
        return self.unreported(tuple(found) + (suspected[0] + suspected[1] if all(suspected) else ()))

    def unreported(self, facts: tuple[Fact, ...]) -> tuple[Fact, ...]:
        """Those that no report was made of: once the file says that one was, what is told by those that called anew."""
        made = self.family.made
        if made is None:
            return () if self.family.value("mr.status") in REPORTED else facts
        since = made.since or frozenset()
        return tuple(fact for fact in facts if any(source.revision in since for source in fact.sources))

    def guardian_check(self) -> tuple[Fact, ...]:
        found = list(self.in_any_f6("guardian_status", "missing", "improper", "insufficient"))
        found += self.any_person(self.living, "capacity", "disputed")
        limited = self.any_person(self.living, "capacity", "limited", "none")
        if limited or self.minors:
            disputed = self._disputed_guardian()
            found += limited + disputed if disputed else ()
        for child in self.minors:
            parents = parents_of(child, self.people)
            states = [self.unable(parent) for parent in parents]
            if states and all(states):
                found += [fact for state in states for fact in state]
        return tuple(found)

    def _disputed_guardian(self) -> tuple[Fact, ...]:
        actions = self.family.fact("case.legal_actions")
        if actions is None:
            return ()
        return (
            (actions,)
            if any(row.get("kind") in ("guardian_appointed", "guardian_revoked") for row in actions.value)
            else ()
        )

    def unable(self, person: Person) -> tuple[Fact, ...]:
        """Why a parent cannot bring up a child: gone, severely ill, or disabled."""
        key = person.key
        return (
            self.is_one("members.alive", *GONE, about=key)
            + self.is_one("members.capacity", "limited", "none", about=key)
            + self.is_one("members.health", "severe", "mental", about=key)
            + self.severe_disability(person)
            + self.is_one("members.injury_level", "serious_1", "serious_2", about=key)
        )

    def severe_disability(self, person: Person) -> tuple[Fact, ...]:
        """Level 1 or 2; intellectual or mental also 3 or 4, and where no level is known."""
        levels = self.family.fact("members.disability_level", person.key)
        rows = levels.value if levels else []
        by_level = any(
            row.get("level") in ("1", "2")
            or (row.get("type") in ("intellectual", "mental") and row.get("level") in ("3", "4"))
            for row in rows
        )
        mind = self.is_one("members.disability_types", "intellectual", "mental", about=person.key)
        return ((levels,) if levels and by_level else ()) + mind

    def fund_custody_check(self) -> tuple[Fact, ...]:
        found: list[Fact] = []
        for one in self.assisted:
            reason = one.of("birth_ym", "school_status") if one.is_minor else ()
            reason += self.is_one("members.capacity", "limited", "none", about=one.key)
            if reason:
                found += [*one.of("assisted"), *reason]
        return tuple(found)

    def minors_present(self) -> tuple[Fact, ...]:
        listed = tuple(fact for one in self.minors for fact in one.of("birth_ym", "school_status"))
        return listed + self.is_one("child.screen", "yes")

    def child_victim(self) -> tuple[Fact, ...]:
        return self.any_person(self.minors, "is_victim", "yes") + self.is_one("case.type", "molest_child")

    def defacto_check(self) -> tuple[Fact, ...]:
        found = [
            fact for child in self.minors for parent in parents_of(child, self.people) for fact in self.unable(parent)
        ]
        for parent in ("father", "mother"):
            found += self.in_any_f6(f"parents.{parent}.alive", *GONE)
            found += self.in_any_f6(
                f"parents.{parent}.grounds", "severe_disabled", "severe_ill", "custody_6m", "lost_6m", "revoked"
            )
        return tuple(found)

    def split_residence(self) -> tuple[Fact, ...]:
        return self.is_one("hh.split", "yes")

    def home_service(self) -> tuple[Fact, ...]:
        found: list[Fact] = []
        for one in self.assisted:
            levels = self.family.fact("members.disability_level", one.key)
            severe = levels is not None and any(row.get("level") in ("1", "2") for row in levels.value)
            found += one.of("birth_ym") if one.is_elder else ()
            found += [levels] if levels is not None and severe else []
            found += self.is_one("members.self_care", "none", about=one.key)
        return tuple(found)

    def female_worker(self) -> tuple[Fact, ...]:
        girls = [one for one in self.minors if one.value("sex") == "female"]
        asked = self.is_one("dv.asks_woman", "yes") + self.in_any_f6("asks_woman", "yes")
        return self.sexual() + self.any_person(girls, "is_victim", "yes") + asked

    def privacy_high(self) -> tuple[Fact, ...]:
        return self.at_home() + self.sexual() + self.child_victim()

    def urgent_medical(self) -> tuple[Fact, ...]:
        return self.is_one("loss.urgent_treatment", "yes")

    def psych_need(self) -> tuple[Fact, ...]:
        losses = self.family.fact("loss.victims")
        told = (losses,) if losses and any(_text(row.get("psych")) for row in losses.value) else ()
        return (
            told
            + self.any_person(self.living, "injury_level", "psychological")
            + self.any_person(self.people, "death_cause", "suicide")
            + self.is_one("risk.suicide", "yes")
            + self.sexual()
            + self.child_victim()
        )

    def job_at_risk(self) -> tuple[Fact, ...]:
        return self.is_one("needs.job_risk", "yes")

    def veteran_family(self) -> tuple[Fact, ...]:
        return self.any_person(self.people, "veteran", "yes")

    def care_burden(self) -> tuple[Fact, ...]:
        her = next((one for one in self.living if one.is_self), None)
        if her is None:
            return ()
        elders = [one for one in self.living if one.is_elder]
        known = {one.key for one in (*self.minors, *elders)}
        others = [one for one in self.living if one.key not in known and one.value("self_care") in ("none", "partial")]
        counts = [
            count_of(self.family, "care.minors_count", self.minors, her),
            count_of(self.family, "care.elders_count", elders, her),
            count_of(self.family, "care.dependants_count", others, her),
        ]
        if sum(many or 0 for many, _ in counts) < 3:
            return ()
        return tuple(fact for _, facts in counts for fact in facts)

    def in_institution(self) -> tuple[Fact, ...]:
        placed = tuple(one.fact for one in self.family.measures if one.type == "institution_placement" and one.in_force)
        return self.is_one("home.type", "institution") + placed

    def guardian_offender(self) -> tuple[Fact, ...]:
        return (
            self.in_any_f6("harm_source", *_GUARDIANS)
            + self.in_any_f6("guardian_consent", "not_sought_unsafe")
            + self.is_one("cs.unsafe_guardian", "yes")
        )

    def supervision_candidate(self) -> tuple[Fact, ...]:
        return self.guardian_offender() + self.in_any_f6("guardian_status", "improper")


def _told_since(family: Family) -> tuple[Words, ...]:
    """Why a report is asked for although one was made."""
    if family.made is None:
        return ()
    on = family.made.on
    return ((f"{on} 已报告过，这是此后新反映的", f"a report was made on {on}; this was told since"),)


def _text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())
