"""Judicial relief: the situations S1–S7 and X1–X6 of the 2016 trial rules (arts. 7 and 8) as questions to the reviewer,
and the two gates of a letter. `met` says only that the answers point to it: nothing here refuses anybody, and the app
computes no amount.
"""

from collections.abc import Iterable

from fieldapp.casework.screening.facts import Fact, Family
from fieldapp.casework.screening.people import Person
from fieldapp.casework.screening.results import Result, Status, yes_or_no
from fieldapp.casework.screening.terms import Ask, Term, Words, all_of, answered, any_of, not_known
from fieldapp.casework.screening.wrongs import hardship, nature_of

SITUATIONS: dict[str, Words] = {
    "S1": ("是否受重伤或严重残疾？", "A serious injury or severe disability?"),
    "S2": ("是否受伤急需救治而无力承担？", "Urgent treatment that cannot be paid?"),
    "S3": (
        "是否因被害人死亡或丧失劳动能力，失去生活来源？",
        "Killed or lost to work, and the applicant lived on that income?",
    ),
    "S4": ("是否财产受重大损失？", "A grave loss of property?"),
    "S5": ("是否因举报、作证、鉴定遭打击报复？", "Retaliation against an informant, witness or appraiser?"),
    "S6": (
        "是否因交通事故等民事侵权人身受害，经诉讼得不到赔偿？",
        "Personal injury by a civil wrong, no compensation by suit?",
    ),
    "S7": ("是否有其他应当救助的情形？", "Another situation that calls for relief?"),
}
EXCLUSIONS: dict[str, Words] = {
    "X1": ("对案件发生有没有重大过错？", "Grave fault of her own?"),
    "X2": ("有没有无正当理由、拒绝配合查明事实？", "Refuses without reason to help establish the facts?"),
    "X3": ("有没有虚假陈述或伪造证据？", "False statements or forged evidence?"),
    "X4": ("有没有放弃或拒绝赔偿？", "Compensation waived or refused?"),
    "X5": ("生活困难是不是与案件无关？", "Is the hardship not caused by the case?"),
    "X6": ("是否已得到合理赔偿或救助？", "Already reasonably compensated or helped?"),
}
STAGES = ("arrest_review", "prosecution_review", "appeal", "criminal_appeal", "civil_support")
PETITIONS = ("petition_letter", "petition_visit", "petition_online")
_NEEDS_NO_REDRESS = ("S1", "S3", "S4")  # also: unsolved, time-barred, offender dead or without means
_NOT_ASKED = Term(None, (("表里不问这一项，请直接判断", "not asked in any form: please judge"),))
_NOT_ANSWERED: Words = ("这一项（表里没有填）", "this (not answered in the form)")
_GATES: dict[str, Words] = {"G1": ("移送依据", "Ground for a letter"), "G2": ("检察环节", "Before a procuratorate")}


def questions_of(family: Family, people: list[Person]) -> list[Result]:
    """S1–S7, then X1–X6; the title of each is the question."""
    found = []
    for code, words in SITUATIONS.items():
        term = _situation(code, family, people)
        if code in _NEEDS_NO_REDRESS:
            term = all_of(term, _no_redress(family))
        found.append(yes_or_no(code, all_of(term, hardship(family)), "violence", "question", words))
    found += [
        yes_or_no(code, _exclusion(code, family), "violence", "question", words) for code, words in EXCLUSIONS.items()
    ]
    return found


def gates_of(family: Family, results: Iterable[Result]) -> list[Result]:
    """G1: whether a letter has its ground; G2: whether the matter is before a procuratorate (else social help)."""
    causal = answered(
        family,
        "concl.causal",
        ("direct", "partial"),
        ("困难由案件造成", "hardship caused by the case"),
        ("困难与案件无关", "hardship not caused by the case"),
        ("困难是不是案件造成的", "whether the case caused it"),
    )
    letter = all_of(hardship(family), causal, _some_ground(results))
    gates = {"G1": letter, "G2": _procuratorial(family)}
    return [yes_or_no(code, term, "violence", "gate", _GATES[code]) for code, term in gates.items()]


def _some_ground(results: Iterable[Result]) -> Term:
    used = [one for one in results if one.code[0] in "ABS" and one.code[1:].isdigit()]
    met = [one for one in used if one.status in (Status.MET, Status.PROVISIONAL)]
    if met:
        codes = "、".join(sorted({one.code for one in met}))
        return Term(True, ((f"有 {codes}", f"{codes} found"),), tuple(fact for one in met for fact in one.facts))
    asks = tuple(ask for one in used if one.status is Status.UNKNOWN for ask in one.missing)
    if any(one.status is Status.UNKNOWN for one in used):
        return not_known(("属于哪一种情形", "which situation it is"), *asks)
    return Term(False, (("没有符合的情形", "no situation fits"),))


def _procuratorial(family: Family) -> Term:
    if family.value("lead.channel") in PETITIONS:
        return Term(True, (("属于信访", "a petition"),), family.of("lead.channel"))
    return answered(
        family,
        "case.stage",
        STAGES,
        ("案件在检察环节", "before the procuratorate"),
        ("不在检察环节：走社会救助，也可说明理由移送", "not there: social help, or a letter with reason"),
        ("案件到哪一步", "the stage of the case"),
    )


def _situation(code: str, family: Family, people: list[Person]) -> Term:
    if code == "S1":
        return _serious(family, people)
    if code == "S2":
        return answered(
            family,
            "loss.urgent_treatment",
            ("yes",),
            ("急需救治而治不起", "urgent and not affordable"),
            ("没有急需救治", "nothing urgent"),
            ("是否急需救治", "whether treatment is urgent"),
        )
    if code == "S3":
        return _lived_on(people)
    if code == "S4":
        return _property(family)
    if code == "S6":
        return _civil_injury(family)
    return _NOT_ASKED


def _serious(family: Family, people: list[Person]) -> Term:
    victims = [one for one in people if one.value("is_victim") == "yes"]
    hurt = [
        one for one in victims if one.value("injury_level") in ("serious_1", "serious_2") or _severely_disabled(one)
    ]
    if hurt:
        facts = tuple(fact for one in hurt for fact in one.of("is_victim", "injury_level", "disability_level"))
        return Term(True, (("受害人重伤或严重残疾", "the victim is seriously injured or severely disabled"),), facts)
    open_now = [one for one in victims if one.value("injury_level") in (None, "unassessed", "other")]
    open_now += [one for one in victims if one.value("disability_types") and one.value("disability_level") is None]
    if open_now or not victims:
        asks = [Ask("F2", "members.injury_level", one.key) for one in open_now] or [Ask("F2", "members.is_victim")]
        return not_known(("受害人的伤残情况", "how badly the victim is hurt"), *asks)
    facts = tuple(fact for one in victims for fact in one.of("injury_level"))
    return Term(False, (("不是重伤，也没有严重残疾", "neither serious injury nor severe disability"),), facts)


def _severely_disabled(person: Person) -> bool:
    rows = person.value("disability_level")
    return isinstance(rows, list) and any(row.get("level") in ("1", "2") for row in rows)


def _lived_on(people: list[Person]) -> Term:
    victims = [one for one in people if one.value("is_victim") == "yes"]
    lost = [one for one in victims if one.is_dead or one.value("labour") == "lost"]
    earners = [one for one in lost if one.value("main_earner_before") == "yes"]
    if earners:
        facts = tuple(fact for one in earners for fact in one.of("alive", "labour", "main_earner_before"))
        return Term(True, (("被害人原是主要收入者", "the victim was the main earner"),), facts)
    if not victims:
        return not_known(("谁是被害人", "who the victim is"), Ask("F2", "members.is_victim"))
    open_now = [one for one in victims if one.value("main_earner_before") is None or one.value("labour") is None]
    if any(one.value("main_earner_before") != "no" for one in open_now):
        asks = [Ask("F2", "members.main_earner_before", one.key) for one in open_now]
        return not_known(("家里原来靠谁", "on whom the family lived"), *asks)
    return Term(
        False, (("没有失去主要收入者", "no main earner lost"),), tuple(f for one in victims for f in one.of("labour"))
    )


def _property(family: Family) -> Term:
    losses = family.fact("loss.victims")
    lost = losses is not None and any(row.get("property") not in (None, "", 0, "0") for row in losses.value)
    facts = (losses,) if losses is not None and lost else ()
    topic: Words = ("财产损失重不重（有损失，请判断）", "how grave the loss of property is")
    return not_known(topic if lost else ("财产损失", "the loss of property"), Ask("F2", "loss.victims"), facts=facts)


def _civil_injury(family: Family) -> Term:
    case_type = family.value("case.type")
    if nature_of(case_type) is None:
        return not_known(("案件类型", "the type of case"), Ask("F2", "case.type"))
    if case_type not in ("tort_traffic", "tort_injury"):
        return Term(False, (("不是人身损害民事侵权", "no civil wrong with injury"),), family.of("case.type"))
    return all_of(
        Term(True, (("人身损害民事侵权", "a civil wrong with injury"),), family.of("case.type")), _unpaid(family)
    )


def _unpaid(family: Family) -> Term:
    items = family.fact("comp.items")
    if items is None:
        return not_known(("赔偿给了没有", "whether compensation was paid"), Ask("F2", "comp.items"))
    states = [row.get("enforcement") for row in items.value]
    if any(state in ("none", "partial", "ended") for state in states):
        return Term(True, (("赔偿没有到位", "compensation not paid in full"),), (items,))
    if all(state == "full" for state in states):
        return Term(False, (("赔偿已经到位", "compensation paid"),), (items,))
    return not_known(("赔偿给到什么程度", "how much was paid"), Ask("F2", "comp.items"), facts=(items,))


def _no_redress(family: Family) -> Term:
    stage: tuple[Fact, ...] = (
        family.of("case.stage") if family.value("case.stage") in ("unsolved", "time_barred") else ()
    )
    status = family.value("case.offender_status")
    away: tuple[Fact, ...] = family.of("case.offender_status") if status in ("dead", "unidentified") else ()
    if stage or away:
        return Term(
            True,
            (("未侦破、过时效，或加害人死亡、不明", "unsolved, time-barred, or offender dead or unknown"),),
            stage + away,
        )
    return _unpaid(family)


def _exclusion(code: str, family: Family) -> Term:
    if code == "X1":
        return _plain(
            family, "case.subject_fault", ("她本人有重大过错", "grave fault"), ("没有重大过错", "no grave fault")
        )
    if code == "X4":
        return any_of(
            _plain(family, "comp.waived", ("放弃过赔偿", "waived"), ("没有放弃赔偿", "not waived")),
            _plain(family, "comp.refused", ("拒绝过赔偿", "refused"), ("没有拒绝赔偿", "not refused")),
        )
    if code == "X5":
        return answered(
            family,
            "concl.causal",
            ("none",),
            ("走访人认为与案件无关", "not caused by it, in the visitor's view"),
            ("走访人认为由案件造成", "caused by it, in the visitor's view"),
            ("困难是不是案件造成的", "whether the case caused it"),
        )
    if code == "X6":
        paid = _unpaid(family)
        full = Term(None if paid.value is None else not paid.value, paid.says, paid.facts, paid.asks)
        return any_of(
            full,
            _plain(
                family, "comp.has_other_relief", ("得到过救助", "other relief"), ("没有别的救助", "no other relief")
            ),
        )
    return _NOT_ASKED


def _plain(family: Family, path: str, yes: Words, no: Words) -> Term:
    return answered(family, path, ("yes",), yes, no, _NOT_ANSWERED)
