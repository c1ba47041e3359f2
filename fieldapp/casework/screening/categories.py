"""The "5+2" kinds of women in hardship, A1–A5, B1 and B2, for each woman of the list (001; the 2022 programme).

Fact and evidence are apart: a fact without its paper is provisional, an unknown fact is unknown, and only a fact that
is said to be otherwise is not met. While her sex or age is not known nothing rises above provisional.
"""

from fieldapp.casework.screening.breadwinner import breadwinner_lost
from fieldapp.casework.screening.facts import Family, Measure
from fieldapp.casework.screening.people import ADULT, ELDER, OWN_CATEGORY, Person
from fieldapp.casework.screening.results import Result, Status, stood_words
from fieldapp.casework.screening.terms import (
    Ask,
    Term,
    Words,
    all_of,
    answered,
    any_of,
    confirmed,
    not_known,
    papers,
)
from fieldapp.casework.screening.wrongs import divorce_for_violence, victim, wrong_at_work

CODES = ("A1", "A2", "A3", "A4", "A5", "B1", "B2")
SENSITIVITY = {
    "A1": "violence",  # a measure may put them on the list
    "A2": "violence",
    "A3": "violence",
    "A4": "violence",  # an injury is of that class
    "A5": "child",  # whether she is grown up may follow from school
    "B1": "violence",
    "B2": "violence",
}
MONITORED = ("unstable", "marginal", "sudden")


def categories_of(family: Family, person: Person, people: list[Person]) -> list[Result]:
    """All seven for one person of the list."""
    rules = {
        "A1": _rural_monitored,
        "A2": victim,
        "A3": breadwinner_lost,
        "A4": _ill_or_disabled,
        "A5": _elderly_unsupported,
        "B1": wrong_at_work,
        "B2": divorce_for_violence,
    }
    found = []
    for code, rule in rules.items():
        barred = _barred(person, OWN_CATEGORY if code == "A2" else ADULT)
        if barred:
            found.append(_result(code, person, Status.NOT_APPLICABLE, barred, ()))
        else:
            fact, proof = rule(family, person, people)
            found.append(_weighed(code, person, fact, proof, _open(code, person, people)))
    return found


def _barred(person: Person, years_min: int) -> Term | None:
    """Why the seven say nothing of this person; None where they may."""
    if person.value("sex") == "male":
        return Term(True, (("不是妇女", "not a woman"),), person.of("sex"))
    if person.is_dead:
        return Term(True, (("已去世", "has died"),), person.of("alive"))
    ages = person.ages
    grown = ages[1] >= years_min if ages else not person.is_minor
    if grown:
        return None
    words = (f"不满 {years_min} 岁，按儿童需求（F6）看", f"under {years_min}: see the needs of the child (F6)")
    return Term(True, (words,), person.of("birth_ym", "school_status"))


def _weighed(code: str, person: Person, fact: Term, proof: Term, still_open: Term) -> Result:
    if fact.value is not True:
        return _result(code, person, Status.UNKNOWN if fact.value is None else Status.NOT_MET, fact, fact.asks)
    if proof.value is False and confirmed(fact):
        proof = Term(True, (("有两个来源互相印证", "confirmed by two sources"),), fact.facts)
    told = Term(
        None,
        fact.says + proof.says + still_open.says,
        fact.facts + proof.facts + person.of("sex", "birth_ym"),
    )
    if proof.value is True and not still_open.says:
        return _result(code, person, Status.MET, told, ())
    to_prove = () if proof.value is True else proof.asks or (Ask("F2", "concl.docs"),)
    return _result(code, person, Status.PROVISIONAL, told, to_prove + still_open.asks)


def _open(code: str, person: Person, people: list[Person]) -> Term:
    """What keeps a result below met whatever the papers: her sex, her age, and whose the list of A5 is."""
    says: list[Words] = []
    asks: list[Ask] = []
    if person.value("sex") != "female":
        says.append(("性别还没填", "sex not given"))
        asks.append(Ask("F2", "members.sex", person.key))
    if not person.is_sure({"A2": OWN_CATEGORY, "A5": ELDER}.get(code, ADULT)):
        says.append(("出生时间还要核准", "the date of birth is to be made sure"))
        asks.append(Ask("F2", "members.birth_ym", person.key))
    if code == "A5" and sum(one.is_elder for one in people) > 1:
        # The list of those who owe support is one for the whole house.
        says.append(("家里不止一位老人，要分清是谁的赡养人", "several elders: whose list it is, is to be asked"))
    return Term(None, tuple(says), (), tuple(asks))


def _result(code: str, person: Person, status: Status, term: Term, asks: tuple[Ask, ...]) -> Result:
    facts = tuple({(fact.about, fact.path): fact for fact in term.facts}.values())
    return Result(code, person.key, status, facts, tuple(dict.fromkeys(term.says)), asks, SENSITIVITY[code])


# A1 农村监测户


def _rural_monitored(family: Family, person: Person, people: list[Person]) -> tuple[Term, Term]:
    """By what she and her house say, or by the measure that put them on the list, as it stands now."""
    own = [one for one in family.measures if one.type == "monitored_household"]
    listed = _of_list(
        [one for one in own if one.in_force], True, "已纳入防返贫监测", "put on the list of monitored households"
    )
    over = _of_list(
        [one for one in own if one.stood is not None and not one.in_force],
        False,
        "纳入防返贫监测这项没有在办",
        "no measure keeps them on the list of monitored households",
    )
    fact = any_of(listed or over or Term(False, ()), all_of(_rural(family), _monitored(family)))
    if listed is not None:
        return fact, Term(True, (("有纳入监测的帮扶记录", "the measure is on record"),), listed.facts)
    if over is not None:  # also where it decides nothing: whoever read it there before sees what became of it
        fact = Term(fact.value, fact.says + over.says, fact.facts + over.facts, fact.asks)
    return fact, papers(family, ("监测名单", "the list"), "monitor_list")


def _of_list(measures: list[Measure], value: bool, zh: str, en: str) -> Term | None:
    """These measures as one term that names the step by which each stands where it does; None where there is none."""
    steps = [stood_words(one.stood) for one in measures]
    says = tuple((f"{zh}{step[0]}", f"{en}{step[1]}") for step in steps)
    return Term(value, says, tuple(one.fact for one in measures)) if measures else None


def _rural(family: Family) -> Term:
    area = answered(
        family,
        "hh.area",
        ("rural",),
        ("住在农村", "lives in the country"),
        ("住在城镇", "lives in town"),
        ("城乡", "area"),
    )
    hukou = answered(
        family,
        "hh.hukou_type",
        ("agricultural",),
        ("农业户口", "agricultural hukou"),
        ("不是农业户口", "no agricultural hukou"),
        ("户口类别", "type of hukou"),
    )
    return any_of(area, hukou)


def _monitored(family: Family) -> Term:
    topic: Words = ("现在是不是防返贫监测户", "whether the household is monitored now")
    ask = Ask("F2", "hh.monitor_type")
    value = family.value("hh.monitor_type")
    if value in MONITORED:
        return Term(True, (("是防返贫监测户", "a monitored household"),), family.of("hh.monitor_type"))
    if value == "none":
        return Term(False, (("不是防返贫监测户", "no monitored household"),), family.of("hh.monitor_type"))
    if value == "former_poor":
        topic = (
            "现在是不是监测户（只知道原是建档立卡户）",
            "whether it is monitored now (only that it was a poor one)",
        )
    return not_known(topic, ask, facts=family.of("hh.monitor_type"))


# A4 重病或残疾


def _ill_or_disabled(family: Family, person: Person, people: list[Person]) -> tuple[Term, Term]:
    health = person.value("health")
    kinds = person.value("disability_types")
    said: list[Words] = []
    if isinstance(health, list) and ("severe" in health or "mental" in health):
        said.append(("患重病或精神疾病", "severely or mentally ill"))
    if kinds:
        said.append(("有残疾", "disabled"))
    facts = person.of("health", "disability_types")
    if said:
        fact = Term(True, tuple(said), facts)
    elif not isinstance(health, list) or "injured" in health or _hurt(person):
        asks = (Ask("F2", "members.health", person.key), Ask("F2", "members.disability_types", person.key))
        fact = not_known(("有没有重病或残疾", "whether she is severely ill or disabled"), *asks, facts=facts)
    else:
        fact = Term(False, (("没有重病和残疾", "neither severely ill nor disabled"),), facts)
    return fact, _medical_proof(family, person)


def _hurt(person: Person) -> bool:
    return person.value("injury_level") not in (None, "none", "dead")


def _medical_proof(family: Family, person: Person) -> Term:
    rows = family.fact("members.diagnosis", person.key)
    dated = rows is not None and any(row.get("on") and not isinstance(row["on"], dict) for row in rows.value)
    if person.value("disability_cert") == "yes":
        return Term(True, (("有残疾证", "a disability certificate"),), person.of("disability_cert"))
    if dated:
        return Term(True, (("有注明时间的诊断", "a dated diagnosis"),), person.of("diagnosis"))
    asks = (Ask("F2", "members.disability_cert", person.key), Ask("F2", "members.diagnosis", person.key))
    return Term(False, (("缺残疾证或诊断", "certificate or diagnosis still to come"),), (), asks)


# A5 老来没人养


def _elderly_unsupported(family: Family, person: Person, people: list[Person]) -> tuple[Term, Term]:
    complete = answered(
        family,
        "care.obligors_complete",
        ("yes",),
        ("赡养义务人已列全", "all who owe support are listed"),
        ("赡养义务人没列全", "not all who owe support are listed"),
        ("赡养义务人是否列全", "whether all who owe support are listed"),
    )
    proof = papers(family, ("困难证明", "proof of hardship"), "hardship_cert")
    lacking = [term for term in (complete, proof) if term.value is not True]
    told = Term(False, tuple(w for t in lacking for w in t.says), (), tuple(a for t in lacking for a in t.asks))
    return all_of(person.at_least(ELDER), _unsupported(family)), told if lacking else all_of(complete, proof)


def _unsupported(family: Family) -> Term:
    rows = family.fact("care.obligors")
    if rows is None:
        if family.value("care.obligors_complete") == "yes":
            return Term(True, (("没有赡养义务人", "nobody owes her support"),), family.of("care.obligors_complete"))
        return not_known(("谁应当赡养她", "who owes her support"), Ask("F2", "care.obligors"))
    states = [_fails(row) for row in rows.value]
    if False in states:
        return Term(False, (("有人赡养", "somebody supports her"),), (rows,))
    if None in states:
        return not_known(
            ("赡养人有没有能力、给不给赡养", "whether they can and do support her"),
            Ask("F2", "care.obligors"),
            facts=(rows,),
        )
    words = (
        f"列出的 {len(states)} 名赡养人都无力或不赡养",
        f"none of the {len(states)} listed can or does support her",
    )
    return Term(True, (words,), (rows,))


def _fails(row: dict[str, object]) -> bool | None:
    """Whether one who owes support cannot or does not give it."""
    able, supports = row.get("able"), row.get("supports")
    if able == "no" or supports == "no":
        return True
    return False if able == "yes" and supports == "yes" else None
