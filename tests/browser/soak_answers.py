"""Answers of the published cases to the household investigation; tests/browser/answers.py says how a table is read.

Every name, year, kinship, benefit and sum is in fieldapp/demo/cases.json. Whom the visitors met, and that they asked
alone, belongs to the visit and is invented, as is the sentence read back, made of the case's facts.
"""

from dataclasses import replace

from tests.browser import answers
from tests.browser.answers import NOT_SEEN, SIGNATURES, UNKNOWN, VISIT, CaseAnswers, Table
from tests.browser.live import OfTheFamily
from tests.browser.soak_sheets import CHILDREN, FOLLOW_UPS, TALK

NOT_ASKED = {"unknown": "not_asked"}
UNKNOWN_CHILDREN = {"unknown": "later"}
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


def course(*steps: tuple[str, str]) -> Table:
    """What was done in the case: day in digits, and the words of the source."""
    told: dict[str, str] = {}
    for number, (day, event) in enumerate(steps):
        told |= {f"case.timeline[{number}].on": day, f"case.timeline[{number}].event": event}
    return told


def assisted(*codes: str) -> Table:
    """Of each member in turn: is she or he to be assisted?"""
    return {f"members[{number}].assisted": code for number, code in enumerate(codes)}


# As in the main job, and all that its source tells besides. Her father, whose death began it, stands in the file too.
# “所在村”: it is a village; the list has her alone, her husband and her sister live elsewhere.
S001_1 = replace(
    answers.S001_1,
    door={**answers.S001_1.door, "members[3].birth_ym": UNKNOWN},
    later={
        **answers.S001_1.later,
        "hh.area": "rural",
        "members[0].income_month": "0",
        **row(1, is_victim="no"),
        **row(2, is_victim="no"),
        **died(3, "other", death_date="2017"),
        "members[3].death_cause": UNKNOWN,
        "case.organ": "丰台区人民法院",
        **course(
            ("20150827", "2015年8月27日，吴甲红与汪某亮登记结婚"),
            ("20211203", "2021年12月3日，北京市丰台区人民法院作出民事判决，宣告吴甲红为限制民事行为能力人"),
            (
                "20220428",
                "2022年4月28日，经吴乙红申请，丰台区人民检察院就指定监护人和吴甲红离婚纠纷，向丰台区人民法院提出支持起诉意见",
            ),
            ("20220809", "2022年8月9日，丰台区人民检察院对汪某亮虐待吴甲红的行为进行刑事立案监督"),
            ("20220810", "2022年8月10日，丰台区公安局以汪某亮涉嫌虐待罪立案侦查"),
            ("20221216", "2022年12月16日以汪某亮犯故意伤害罪向丰台区人民法院提起公诉"),
        ),
        "loss.victims[0].person": OfTheFamily(0),
        "loss.victims[0].future_treatment": "精神疾病及身体损伤均需长期治疗",
        "fin.has_income": "yes",
        "fin.income[0].source": "support",
        "fin.income[0].amount": UNKNOWN,
    },
    desk={**answers.S001_1.desk, "members[3].assisted": "no"},
    talk=TALK["S001-1"],
    follow_up=FOLLOW_UPS["S001-1"],
)

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
        "case.organ": "井冈山市人民法院",
        "case.sentence": "有期徒刑一年二个月",
        **course(
            ("20211222", "2021年12月22日，井冈山市公安局对刘某汶以涉嫌交通肇事罪立案侦查"),
            ("20220113", "2022年1月13日移送井冈山市人民检察院审查起诉"),
            ("20220121", "2022年1月21日，井冈山市人民检察院对刘某汶提起公诉"),
            ("20220426", "2022年4月26日，井冈山市人民法院以交通肇事罪判处被告人刘某汶有期徒刑一年二个月"),
        ),
        "comp.items[0].payer": "刘某汶",
        "comp.items[0].kind": "judgment",
        "comp.items[0].as_told": "68万余元",
        "comp.items[1].payer": "刘某汶",
        "comp.items[1].kind": "advance",
        "comp.items[1].used_for": "叶某勇医院抢救期间部分治疗费用",
        "fin.has_income": "yes",
        "fin.income[0].source": "farm",
        "fin.income[0].amount": UNKNOWN,
        "home.type": NOT_SEEN,
        "care.obligors_complete": UNKNOWN,
        "concl.docs": ["case_document", "death_cert"],
    },
    desk={
        **assisted("yes", "yes", "yes", "yes", "yes", "no", "no"),
        "concl.facts": "丈夫叶某勇遭车祸死亡，家庭失去主要经济来源；对方仅垫付部分治疗费用，"
        "肇事车辆未购买保险，后续费用无力赔偿。",
        **JUDGEMENT,
    },
    children=CHILDREN["S001-3"],
    follow_up=FOLLOW_UPS["S001-3"],
    day="2022-07-01",  # when two of the children were no adults yet
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
        **course(
            ("20191016", "2019年10月16日，常宁市公安局以涉嫌交通肇事罪将周某刑事拘留"),
            ("20191028", "常宁市人民法院于2019年10月28日作出民事判决"),
            ("20200511", "2020年5月11日，常宁市人民法院以交通肇事罪判处周某有期徒刑十个月"),
        ),
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
    children=CHILDREN["S001-5"],
    follow_up=FOLLOW_UPS["S001-5"],
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
        **living(0, marital="widowed", disability_types=["intellectual", "speech"], disability_cert="yes"),
        "members[0].disability_level[0].type": "intellectual",
        "members[0].disability_level[0].level": "1",
        **living(1),
        **living(2, school_status="kindergarten"),
        **died(3, "offence", main_earner_before="yes", is_victim="yes", injury_level="dead"),
        **TRAFFIC,
        "case.occurred_on": "20191207",
        "case.liability": "full",
        "case.stage": "final",
        "case.organ": "镇宁县人民法院",
        "case.sentence": "有期徒刑十个月，缓刑一年",
        **course(
            ("20200306", "2020年3月6日，镇宁县公安局以韦某坤涉嫌交通肇事罪立案侦查"),
            ("20200831", "2020年8月31日向镇宁县人民法院提起公诉"),
            ("20200917", "2020年9月17日，镇宁县人民法院以交通肇事罪判处韦某坤有期徒刑十个月，缓刑一年"),
            ("202203", "2022年3月共同与乡村振兴局等部门召开司法救助与社会救助衔接联席会"),
        ),
        "home.type": "institution",
        "concl.docs": ["case_document", "death_cert"],
    },
    desk={
        **assisted("yes", "yes", "yes", "no"),
        "concl.facts": "丈夫王某明系家庭唯一劳动力，遭车祸死亡；她有智力和言语残疾，两个孩子未成年。",
        **JUDGEMENT,
    },
    consent_basis="legal_duty",
    children=CHILDREN["S001-7"],
    follow_up=FOLLOW_UPS["S001-7"],
)

# She called a hotline herself: no offence, no papers, all by her own account. Sixty when she told it, in 2022.
S002_LIU = CaseAnswers(
    case="S002-liu",
    person="刘女士",
    door={
        **DOOR,
        "visit.in_brief": "中风偏瘫，独居，儿子不愿承担养老院的费用",
        **row(0, birth_ym="1962"),
        **row(1, birth_ym=UNKNOWN),
        "child.screen": "no",
        "needs.wanted[0].need": "elder_care",
        "needs.wanted[0].urgent": UNKNOWN,
        "concl.read_back": "我想住养老院，希望有人劝劝我儿子。",
    },
    later={
        **VISIT,
        "visit.informants": ["self"],
        "hh.area": "urban",
        "hh.residence_region": {"unknown": "later"},
        "hh.members_now": "1",
        **living(0, health=["severe"]),
        **row(1, alive="alive", together="no", labour=NOT_SEEN, self_care=NOT_SEEN, is_victim="no"),
        "case.type": "maintenance",
        "home.type": NOT_SEEN,
        "care.obligors_complete": UNKNOWN,
        "care.obligors[0].relation": "son",
        "care.obligors[0].able": UNKNOWN,
        "care.obligors[0].supports": "no",
    },
    desk={
        **assisted("yes", "no"),
        "concl.facts": "据她电话讲述：60岁，中风偏瘫，患有心脏病、糖尿病，行动不便；人户分离；儿子收入微薄。"
        "法律援助已经受理。",
        "concl.causal": UNKNOWN,
        "concl.hardship": UNKNOWN,
        "concl.opinion": "social_only",
    },
    follow_up=FOLLOW_UPS["S002-liu"],
)

# Of this person a newspaper tells next to nothing, not even the sex.
S003_LILI = CaseAnswers(
    case="S003-lili",
    person="李李",
    door={
        **DOOR,
        "visit.in_brief": "遭受故意伤害致残",
        **row(0, sex=UNKNOWN, birth_ym=UNKNOWN),
        "child.screen": UNKNOWN_CHILDREN,
        "needs.wanted[0].need": "money",
        "needs.wanted[0].urgent": UNKNOWN,
        "concl.read_back": "我受了伤，落下残疾，希望得到救助。",
    },
    later={
        **VISIT,
        "hh.area": "rural",
        "hh.residence_region": {"unknown": "later"},
        "hh.members_now": UNKNOWN,
        **row(
            0,
            alive="alive",
            together=UNKNOWN,
            labour=NOT_SEEN,
            self_care=NOT_SEEN,
            disability_types=["unassessed"],
            is_victim="yes",
        ),
        "case.type": "injury",
        "home.type": NOT_SEEN,
    },
    desk={
        **assisted("yes"),
        "concl.facts": "遭受故意伤害致残。",
        "case.subject_fault": UNKNOWN,
        "concl.causal": "direct",
        "concl.hardship": UNKNOWN,
        "concl.opinion": "transfer",
    },
)
