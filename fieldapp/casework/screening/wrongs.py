"""What was done to her: A2 (a victim), B1 (a civil wrong at work), B2 (divorce because of violence). Each rule gives
its fact and its evidence."""

from fieldapp.casework.screening.facts import Family
from fieldapp.casework.screening.people import Person
from fieldapp.casework.screening.terms import (
    Ask,
    Term,
    Words,
    all_of,
    answered,
    any_of,
    not_known,
    papers,
)

ADMINISTRATIVE = ("public_security", "dv_admin")
CIVIL = (
    "tort_traffic",
    "tort_injury",
    "work_discrim",
    "work_harass",
    "labour",
    "divorce",
    "maintenance",
    "custody",
    "property",
)
VICTIM_CASES = ("dv_admin", "public_security", "abuse", "trafficking", "rape", "molest")
VIOLENCE_PAPERS = (
    "police_record",
    "warning_letter",
    "protection_order",
    "injury_appraisal",
    "medical_record",
    "photo_injury",
    "audio",
    "statement",
)


def victim(family: Family, person: Person, people: list[Person]) -> tuple[Term, Term]:
    victim = answered(
        family,
        "members.is_victim",
        ("yes",),
        ("是案件的受害人", "a victim of the case"),
        ("不是案件的受害人", "not the victim of the case"),
        ("她是不是受害人", "whether she is a victim"),
        about=person.key,
    )
    kinds = [_criminal(family)]
    if person.is_self:
        kinds.append(violence(family))  # it was put to her alone, and tells of no other woman of the house
    proof = papers(family, ("法律文书或出警记录", "a case document or police record"), "case_document", "police_record")
    if proof.value is False and person.is_self and "F5" in family.forms and family.value("dv.evidence"):
        proof = Term(True, (("有家暴评估和证据", "a risk assessment and evidence"),), family.of("dv.evidence"))
    return all_of(victim, any_of(*kinds)), proof


def nature_of(case_type: object) -> str | None:
    """criminal, civil, administrative or none, by the type of the case; None where that does not tell."""
    if case_type in (None, "other"):
        return None
    if case_type == "none":
        return "none"
    if case_type in ADMINISTRATIVE:
        return "administrative"
    return "civil" if case_type in CIVIL else "criminal"


def _criminal(family: Family) -> Term:
    case_type = family.value("case.type")
    nature = nature_of(case_type)
    if nature is None:
        return not_known(("案件类型", "the type of case"), Ask("F2", "case.type"), facts=family.of("case.type"))
    if nature == "criminal" or case_type in VICTIM_CASES:
        return Term(
            True, (("属于犯罪或治安、家暴案件", "a crime, or a police or violence case"),), family.of("case.type")
        )
    return Term(False, (("不是犯罪、治安或家暴案件", "no crime, police or violence case"),), family.of("case.type"))


def violence(family: Family) -> Term:
    """Whether she tells of violence at home, by the screening question, F5 or a follow-up."""
    forms = family.of("dv.forms")
    again = family.value("private.new_violence")
    if forms:
        return Term(True, (("有家庭暴力（F5）", "violence at home (F5)"),), forms)
    if again == "yes":
        return Term(
            True, (("回访时说又有暴力", "violence again, told at a follow-up"),), family.of("private.new_violence")
        )
    return answered(
        family,
        "dv.screen",
        ("yes",),
        ("有家庭暴力", "violence at home"),
        ("说没有家庭暴力", "no violence at home, she says"),
        ("有没有家庭暴力", "whether there is violence at home"),
    )


def wrong_at_work(family: Family, person: Person, people: list[Person]) -> tuple[Term, Term]:
    case_type = family.value("case.type")
    if nature_of(case_type) is None:
        kind = not_known(("案件类型", "the type of case"), Ask("F2", "case.type"), facts=family.of("case.type"))
    else:
        at_work = case_type in ("work_discrim", "work_harass")
        says = ("职场性别歧视或性骚扰", "discrimination or harassment at work")
        kind = Term(
            at_work, (says if at_work else ("不是职场民事侵权", "no civil wrong at work"),), family.of("case.type")
        )
    blocked = answered(
        family,
        "case.remedy_blocked",
        ("yes",),
        ("法律途径难以解决", "no way by law"),
        ("法律途径可以解决", "the law offers a way"),
        ("法律途径走不走得通", "whether the law offers a way"),
    )
    return all_of(kind, hardship(family), blocked), papers(family, ("法律文书", "a case document"), "case_document")


def divorce_for_violence(family: Family, person: Person, people: list[Person]) -> tuple[Term, Term]:
    fact = all_of(_divorce(family, person, people), _violence_to(family, person), hardship(family))
    proof = all_of(
        papers(family, ("离婚诉讼文书", "a document of the suit"), "case_document"),
        papers(family, ("家暴证据", "evidence of the violence"), *VIOLENCE_PAPERS),
    )
    return fact, proof


def _violence_to(family: Family, person: Person) -> Term:
    if person.is_self:
        return violence(family)
    return not_known(("她有没有受家庭暴力（没有单独问过她）", "whether she suffers violence (she was not asked alone)"))


def _divorce(family: Family, person: Person, people: list[Person]) -> Term:
    if person.value("marital") in ("single", "widowed"):
        return Term(False, (("未婚或丧偶", "not married, or widowed"),), person.of("marital"))
    topic: Words = ("有没有离婚诉讼", "whether there is a divorce suit")
    if not person.is_self:
        return not_known(topic)
    spouses = [one for one in people if one.value("relation") == "spouse"]
    if spouses and all(one.is_dead for one in spouses):
        return Term(
            False, (("配偶已去世", "her spouse has died"),), tuple(f for one in spouses for f in one.of("alive"))
        )
    suit = family.value("case.divorce_suit")
    if suit is None:
        return not_known(topic, Ask("F2", "case.divorce_suit"))
    said = suit in ("filed", "decided")
    words = ("已提起离婚诉讼", "a divorce suit is filed") if said else ("没有离婚诉讼", "no divorce suit")
    return Term(said, (words,), family.of("case.divorce_suit"))


def hardship(family: Family) -> Term:
    """As the visitor judged it; never computed."""
    return answered(
        family,
        "concl.hardship",
        ("general", "very", "extreme"),
        ("生活困难", "in hardship"),
        ("生活没有困难", "not in hardship"),
        ("困难程度", "how hard life is"),
    )
