"""Answers of three more published cases; tests/browser/answers.py says how such a table is read.

Every name, year, kinship, benefit and sum is in fieldapp/demo/cases.json. Whom the visitors met, and that they asked
alone, belongs to the visit and is invented, as is the sentence read back, made of the case's facts.
"""

from tests.browser.answers import NOT_SEEN, SIGNATURES, UNKNOWN, VISIT, CaseAnswers, Table

NOT_ASKED = {"unknown": "not_asked"}
# No source says what was answered to these; what is unknown is said to be unknown.
PRIVATE: Table = {"home.safe": NOT_ASKED, "dv.screen": NOT_ASKED, "risk.suicide": NOT_ASKED}
DOOR: Table = {
    "visit.conflict": "no",
    "visit.alone": "yes",
    "visit.present": ["nobody"],
    "loss.urgent_treatment": UNKNOWN,
    "child.screen": "yes",
    **PRIVATE,
    **SIGNATURES,
}
RURAL: Table = {"hh.area": "rural", "hh.residence_region": {"unknown": "later"}}
TRAFFIC: Table = {"case.type": "traffic", "case.charge": "交通肇事罪", "case.offender_relation": "other_road_user"}
JUDGEMENT: Table = {
    "case.subject_fault": UNKNOWN,
    "concl.causal": "direct",
    "concl.hardship": "very",
    "concl.opinion": "transfer",
}


def row(number: int, **answers: object) -> Table:
    """Answers of one member, by the names of the questions."""
    return {f"members[{number}].{name}": value for name, value in answers.items()}  # type: ignore[misc]


def living(number: int, **answers: object) -> Table:
    """A member of the household of whom nobody says how able she or he is."""
    seen = {"labour": NOT_SEEN, "self_care": NOT_SEEN, "is_victim": "no"}
    return row(number, **{"alive": "alive", "together": "yes", **seen, **answers})


def died(number: int, cause: str, **answers: object) -> Table:
    """A member who died; such a row is kept, never taken off the list."""
    seen = {"labour": NOT_SEEN, "self_care": NOT_SEEN, "is_victim": "no"}
    return row(number, **{"alive": "dead", "death_cause": cause, "together": "no", **seen, **answers})


def assisted(*codes: str) -> Table:
    """Of each member in turn: is she or he to be assisted?"""
    return {f"members[{number}].assisted": code for number, code in enumerate(codes)}


# Five people remain of seven. The two who died stand in the case file outside the household, and follow the living.
S001_3 = CaseAnswers(
    case="S001-3",
    person="古某香",
    door={
        **DOOR,
        "visit.in_brief": "丈夫遭车祸去世，一个孩子随后自缢身亡",
        **row(5, birth_ym=UNKNOWN),
        **row(6, sex=UNKNOWN, birth_ym=UNKNOWN, relation=UNKNOWN),
        "needs.wanted[0].need": "money",
        "needs.wanted[0].urgent": UNKNOWN,
        "concl.read_back": "丈夫不在了，家里没有主要收入，孩子还在上学。",
    },
    later={
        **VISIT,
        **RURAL,
        "hh.members_before": "7",
        "hh.members_now": "5",
        "hh.monitor_type": "former_poor",
        **living(0, marital="widowed", work_before="farming"),
        **living(1),
        **living(2, work="student"),
        **living(3, school_status="senior"),
        **living(4),
        **died(5, "offence", main_earner_before="yes", is_victim="yes", injury_level="dead"),
        **died(6, "suicide"),
        **TRAFFIC,
        "case.occurred_on": "20211215",
        "case.liability": "main",
        "case.stage": "final",
        "case.sentence": "有期徒刑一年二个月",
        "comp.items[0].payer": "刘某汶",
        "comp.items[0].kind": "judgment",
        "comp.items[0].as_told": "68万余元",
        "fin.has_income": "yes",
        "fin.income[0].source": "farm",
        "fin.income[0].amount": UNKNOWN,
        "home.type": NOT_SEEN,
        "care.obligors_complete": UNKNOWN,
    },
    desk={
        **assisted("yes", "yes", "yes", "yes", "yes", "no", "no"),
        "concl.facts": "丈夫叶某勇遭车祸死亡，家庭失去主要经济来源；对方仅垫付部分治疗费用。",
        **JUDGEMENT,
    },
)

# A family of eight: couple, four children, his parents. All are in the case file, three without sex or kinship.
S001_5 = CaseAnswers(
    case="S001-5",
    person="罗某艳",
    door={
        **DOOR,
        "visit.in_brief": "丈夫遭车祸瘫痪在床，全家靠低保金生活",
        **row(1, birth_ym=UNKNOWN),
        **row(2, birth_ym=UNKNOWN),
        **row(3, sex=UNKNOWN, birth_ym=UNKNOWN, relation=UNKNOWN),
        **row(4, sex=UNKNOWN, birth_ym=UNKNOWN, relation=UNKNOWN),
        **row(5, sex=UNKNOWN, birth_ym=UNKNOWN, relation=UNKNOWN),
        **row(6, birth_ym=UNKNOWN),
        **row(7, birth_ym=UNKNOWN),
        "needs.wanted[0].need": "money",
        "needs.wanted[0].urgent": UNKNOWN,
        "concl.read_back": "丈夫要终身护理，四个孩子要养，我没法外出务工。",
    },
    later={
        **VISIT,
        **RURAL,
        "hh.members_before": "8",
        "hh.members_now": "8",
        "hh.has_benefits": "yes",
        "hh.benefits[0].type": "dibao",
        "hh.benefits[0].has": "yes",
        **living(0, marital="married", work_before="migrant"),
        **living(
            1,
            marital="married",
            labour="lost",
            labour_cause="offence",
            self_care="none",
            work_before="other",
            work_before_other="从事装修工作",
            main_earner_before="yes",
            is_victim="yes",
            injury_level="serious_1",
            injury_grade="1",
        ),
        **living(2, school_status="preschool"),
        **living(3, school_status="primary"),
        **living(4, school_status="primary"),
        **living(5, school_status="primary"),
        **living(6, work="farming"),
        **living(7, work="farming"),
        **TRAFFIC,
        "case.occurred_on": "20190131",
        "case.liability": "main",
        "case.stage": "final",
        "case.organ": "常宁市人民法院",
        "case.sentence": "有期徒刑十个月",
        "case.timeline[0].on": "20191016",
        "case.timeline[0].event": "2019年10月16日，常宁市公安局以涉嫌交通肇事罪将周某刑事拘留",
        "case.timeline[1].on": "20191028",
        "case.timeline[1].event": "常宁市人民法院于2019年10月28日作出民事判决",
        "case.timeline[2].on": "20200511",
        "case.timeline[2].event": "2020年5月11日，常宁市人民法院以交通肇事罪判处周某有期徒刑十个月",
        "comp.items[0].payer": "保险公司",
        "comp.items[0].as_told": "21万余元",
        "comp.items[0].enforcement": "full",
        "comp.items[0].used_for": "刘某三的前期治疗",
        "comp.items[1].payer": "周某",
        "comp.items[1].paid": "0",
        "comp.items[1].as_told": "56万余元",
        "comp.items[1].enforcement": "none",
        "comp.items[2].payer": "蒋某",
        "comp.items[2].paid": "30000",
        "comp.items[2].as_told": "12万余元",
        "comp.items[2].enforcement": "partial",
        "fin.has_income": "yes",
        "fin.income[0].source": "benefit",
        "fin.income[0].amount": UNKNOWN,
        "home.type": NOT_SEEN,
        "concl.docs": ["case_document", "injury_appraisal"],
    },
    desk={
        **assisted("yes", "no", "no", "no", "no", "no", "no", "no"),
        "concl.facts": "丈夫刘某三重伤一级，需终身护理；赔偿款已全部用于前期治疗，全家靠低保金生活。",
        **JUDGEMENT,
    },
)

# She cannot speak for herself: no consent of hers is claimed, and why she did not sign is written down.
S001_7 = CaseAnswers(
    case="S001-7",
    person="黄某定",
    door={
        **DOOR,
        "visit.in_brief": "丈夫遭车祸去世，她和两个孩子住进福利院",
        **row(3, birth_ym=UNKNOWN),
        "needs.wanted[0].need": "schooling",
        "needs.wanted[0].urgent": UNKNOWN,
        "concl.read_back": "小的孩子要上幼儿园。",
        "concl.sign_how": "reason",
        "concl.sign_refused": "无法与人正常交流",
    },
    later={
        **VISIT,
        **RURAL,
        "visit.informants": ["carer"],
        "visit.language": "carer",
        "hh.members_now": "3",
        "hh.monitor_type": "former_poor",
        "hh.has_benefits": "yes",
        "hh.benefits[0].type": "dibao",
        "hh.benefits[0].has": "yes",
        **living(0, marital="widowed", disability_types=["intellectual", "speech"]),
        **living(1),
        **living(2, school_status="kindergarten"),
        **died(3, "offence", main_earner_before="yes", is_victim="yes", injury_level="dead"),
        **TRAFFIC,
        "case.occurred_on": "20191207",
        "case.liability": "full",
        "case.stage": "final",
        "case.sentence": "有期徒刑十个月，缓刑一年",
        "home.type": "institution",
    },
    desk={
        **assisted("yes", "yes", "yes", "no"),
        "concl.facts": "丈夫王某明系家庭唯一劳动力，遭车祸死亡；她有智力和言语残疾，两个孩子未成年。",
        **JUDGEMENT,
    },
    consent_basis="legal_duty",
)
