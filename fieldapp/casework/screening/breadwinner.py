"""A3: the main earner died or cannot work any more, by a crime or a civil wrong, and she cares for minors or elders."""

from fieldapp.casework.screening.facts import Fact, Family
from fieldapp.casework.screening.people import Person
from fieldapp.casework.screening.terms import (
    Ask,
    Term,
    Words,
    all_of,
    answered,
    any_of,
    as_number,
    not_known,
    papers,
)

_CAUSES: dict[str, Words] = {"offence": ("犯罪侵害", "a crime"), "tort": ("民事侵权", "a civil wrong")}


def breadwinner_lost(family: Family, person: Person, people: list[Person]) -> tuple[Term, Term]:
    others = [one for one in people if one.key != person.key]
    lost = {one.key: _lost(family, one) for one in others}
    terms = list(lost.values())
    if not _list_is_told(family, people):
        terms.append(
            not_known(("家里人名单全不全", "whether the list of the family is complete"), Ask("F2", "hh.members_now"))
        )
    nobody = Term(False, (("没有主要劳动力受害身亡或丧失劳动能力", "no breadwinner lost"),))
    gone = any_of(*terms) if terms else nobody
    if gone.value is False:
        gone = Term(False, nobody.says, gone.facts)
    dead = any(one.is_dead for one in others if lost[one.key].value)
    injury = ("injury_appraisal", "medical_record")
    proof = all_of(
        papers(family, ("法律文书", "a case document"), "case_document"),
        papers(family, ("死亡或伤情证明", "proof of death or injury"), *(("death_cert",) if dead else ()), *injury),
    )
    return all_of(gone, _cares(family, person, people)), proof


def _lost(family: Family, other: Person) -> Term:
    who, en = other.words
    earner = answered(
        family,
        "members.main_earner_before",
        ("yes",),
        (f"{who}原是家里主要收入者", f"{en}, main earner before"),
        (f"{who}原不是主要收入者", f"{en} was not the main earner"),
        (f"{who}原来是不是主要收入者", f"whether the {en} was the main earner"),
        about=other.key,
    )
    return all_of(_struck(family, other), earner)


def _struck(family: Family, other: Person) -> Term:
    """Whether this person died or lost all ability to work by a crime or a civil wrong."""
    who, en = other.words
    how = [("alive", "dead", "death_cause"), ("labour", "lost", "labour_cause")]
    for name, state, cause in how:
        if (name == "labour" and other.is_dead) or other.value(name) != state:
            continue
        found = other.value(cause)
        if found in _CAUSES:
            return Term(True, (_struck_words(other, name, _CAUSES[str(found)]),), other.of(name, cause, "death_date"))
    victim = other.value("is_victim")
    if victim == "no":
        return Term(False, ((f"{who}不是受害人", f"the {en} is not the victim"),), other.of("is_victim"))
    open_now = [
        Ask("F2", f"members.{cause if other.value(name) == state else name}", other.key)
        for name, state, cause in how
        if not (name == "labour" and other.is_dead)
        and (other.value(name) is None or (other.value(name) == state and other.value(cause) is None))
    ]
    if open_now:
        topic = (f"{who}是否因案死亡或丧失劳动能力", f"whether the {en} died or cannot work because of the case")
        return not_known(topic, *open_now, facts=other.of("alive", "labour"))
    return Term(
        False,
        ((f"{who}没有因案死亡或丧失劳动能力", f"the {en} was not lost by the case"),),
        other.of("alive", "labour"),
    )


def _struck_words(other: Person, name: str, cause: Words) -> Words:
    who, en = other.words
    if name == "labour":
        return f"{who}因{cause[0]}丧失劳动能力", f"{en} cannot work any more, by {cause[1]}"
    on = other.value("death_date")
    return f"{who}{f' {on} ' if on else ''}因{cause[0]}去世", f"{en} died{f' {on}' if on else ''}, by {cause[1]}"


def _list_is_told(family: Family, people: list[Person]) -> bool:
    """A list of her alone, or one shorter than the household, tells of nobody who is missing in it."""
    now = as_number(family.value("hh.members_now"))
    if now is None:
        return len(people) > 1
    return sum(one.together for one in people) >= now


def _cares(family: Family, person: Person, people: list[Person]) -> Term:
    if not person.is_self:
        if person.is_elder:
            return Term(
                False, (("她自己是受赡养的老人", "she is herself one of those cared for"),), person.of("birth_ym")
            )
        return not_known(("她抚养或赡养谁", "whom she cares for"), Ask("F2", "members.relation", person.key))
    minors, minor_facts = count_of(family, "care.minors_count", [one for one in people if one.is_minor], person)
    elders, elder_facts = count_of(family, "care.elders_count", [one for one in people if one.is_elder], person)
    facts = minor_facts + elder_facts
    if minors or elders:
        zh = "、".join([f"抚养 {minors} 名未成年人"] * bool(minors) + [f"赡养 {elders} 名老人"] * bool(elders))
        en = " and ".join([f"{minors} minor(s)"] * bool(minors) + [f"{elders} elder(s)"] * bool(elders))
        return Term(True, ((f"她{zh}", f"she cares for {en}"),), facts)
    ageless = [one for one in people if one.together and not one.is_self and one.ages is None and not one.is_minor]
    if ageless:
        # The form counts whom it knows: nought is no answer while somebody's age is not known.
        asks = tuple(Ask("F2", "members.birth_ym", one.key) for one in ageless)
        return not_known(("同住的人的年龄", "the age of those who live with her"), *asks)
    if minors is None or elders is None:
        asks = tuple(
            Ask("F2", f"care.{name}_count") for name, many in (("minors", minors), ("elders", elders)) if many is None
        )
        return not_known(("她抚养几个孩子、赡养几个老人", "how many minors and elders she cares for"), *asks)
    if not _list_is_told(family, people):
        # Nor while somebody may be missing in its list: it counts nought then too.
        return not_known(
            ("家里人名单全不全", "whether the list of the family is complete"), Ask("F2", "hh.members_now")
        )
    return Term(False, (("没有要她抚养、赡养的人", "nobody in her care"),), facts)


def count_of(family: Family, path: str, listed: list[Person], her: Person) -> tuple[int | None, tuple[Fact, ...]]:
    """How many of the list live with her, or as counted where that is more; None where neither tells."""
    told = as_number(family.value(path))
    here = [one for one in listed if one.together and one.key != her.key]
    if told is None and not here:
        return None, ()
    if told is None or len(here) > told:
        return len(here), tuple(fact for one in here for fact in one.of("birth_ym", "school_status", "together"))
    return told, family.of(path)
