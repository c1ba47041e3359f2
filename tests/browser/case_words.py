"""Where the fields of the published cases stand in the forms, and what the words of the source become there.

A place is a path of the household investigation, or of another form named before it (`F5:dv.offender`); in a row of
the family the person stands by the id of the source.
"""

from collections.abc import Mapping
from typing import Any

YES_NO = {True: "yes", False: "no"}
# A question, and what the words of the source become there (None: they stay). Words that are not listed have no place.
Place = tuple[str, Mapping[Any, Any] | None]
# Of one person: field of the source -> question of the row.
OF_A_PERSON: dict[str, Place] = {
    "name": ("name", None),
    "sex": ("sex", None),
    "birth_ym": ("birth_ym", None),
    "relation_to_principal": ("relation", None),
    "alive": ("alive", None),
    "assisted": ("assisted", YES_NO),
    "household_member_now": ("together", YES_NO),
    "role_in_case": (
        "is_victim",
        {
            "victim": "yes",
            **dict.fromkeys(
                ("close_relative", "household_member", "offender", "carer_and_reporter", "other_relative"), "no"
            ),
            **dict.fromkeys(("applicant", "support_obligor"), "no"),
        },
    ),
    "injury_level": ("injury_level", None),
    "disability_types": ("disability_types", None),
    "disability_text": ("injury_grade", {"一级伤残": 1}),
    "illness_text": ("diagnosis[0].what", {"于2019年11月被诊断为精神分裂症": "精神分裂症"}),
    "capacity_text": ("capacity", {"限制民事行为能力人": "limited"}),
    "self_care_text": ("self_care", {"瘫痪在床": "none", "需专人照看": "partial"}),
    "work_before_text": (
        "work_before",
        {"罗某艳在外务工": "migrant", "从事装修工作": "other", "以务农为生": "farming"},
    ),
    "work_now_text": ("work", {"以务农为生": "farming", "无工作能力和收入来源": "none"}),
    "income_text": ("income_month", {"无工作能力和收入来源": "0"}),
    "education_text": (
        "school_status",
        {
            "小女儿3岁尚未入学": "preschool",
            "其他三名子女均为小学在读": "primary",
            "在读高中的叶某如": "senior",
            "使王某乙得以按时入园接受教育": "kindergarten",
        },
    ),
}
# Of the family and its case: field -> path of the answer; rows by number, as they stand in the report.
OF_THE_CASE: dict[str, Place] = {
    "household.members_before": ("hh.members_before", None),
    "household.members_now": ("hh.members_now", None),
    "household.minors_in_care": ("care.minors_count", None),
    "household.elders_in_care": ("care.elders_count", None),
    "household.income_text": (
        "fin.income[0].source",
        {
            "全家靠低保金生活": "benefit",
            "日常花销、房租等均由其姐吴乙红负担": "support",
            "古某香以务农为生，经济收入少": "farm",
        },
    ),
    "household.hukou_text": ("hh.hukou_type", {"居民户口，不享受所在村的村民待遇，也没有低保": "unified"}),
    "household.rural_text": ("hh.area", {"农村地区建档立卡贫困户": "rural", "黄某定系当地农村居民": "rural"}),
    "household.former_poor_text": (
        "hh.monitor_type",
        {"原系农村地区建档立卡贫困户": "former_poor", "家庭原系建档立卡贫困户、低保户": "former_poor"},
    ),
    "housing_text": (
        "home.type",
        {"现在外租房居住": "rented", "黄某定、王某甲、王某乙已被送至该县某福利院生活": "institution"},
    ),
    "existing_benefits.0.type": ("hh.benefits[0].type", None),
    "existing_benefits.0.has": ("hh.benefits[0].has", YES_NO),
    "existing_benefits.1.type": ("hh.benefits[1].type", None),
    "existing_benefits.1.has": ("hh.benefits[1].has", YES_NO),
    "original_case.case_type": ("case.type", None),
    "original_case.dv": ("dv.screen", {True: "yes"}),
    "original_case.occurred_on": ("case.occurred_on", None),
    "original_case.offender_relation": ("case.offender_relation", None),
    "original_case.charge_text": ("case.charge", None),
    "original_case.sentence_text": ("case.sentence", None),
    "original_case.court_text": ("case.organ", None),
    "original_case.liability_text": (
        "case.liability",
        {
            "周某、蒋某分别承担此次交通事故的主要责任、次要责任，刘某三无责任": "main",
            "刘某汶负此次交通事故的主要责任": "main",
            "韦某坤在此次事故中负全部责任": "full",
        },
    ),
    "harm.future_treatment_text": ("loss.victims[0].future_treatment", None),
    "compensation.used_for_text": (
        "comp.items[0].used_for",
        {"支付的赔偿款已全部用于刘某三的前期治疗": "刘某三的前期治疗"},
    ),
    "compensation.advance_paid_text": (
        "comp.items[1].used_for",
        {"仅垫付叶某勇医院抢救期间部分治疗费用": "叶某勇医院抢救期间部分治疗费用"},
    ),
    "hardship_text": (
        "concl.hardship",
        {
            "罗某艳家庭生活十分困难": "very",
            "日常花销、房租等均由其姐吴乙红负担，生活困难": "very",
            "家庭失去主要经济来源": "very",
            "因王某明的死亡致家庭失去经济来源": "very",
        },
    ),
    "follow_ups.0.date": ("F3:fu.visited_about", None),
    "follow_ups.0.by": (
        "F3:fu.orgs",
        {
            ("丰台区人民检察院",): ["proc"],
            ("井冈山市人民检察院", "市妇联"): ["wf", "proc"],
            ("衡阳市人民检察院", "常宁市人民检察院", "衡阳市妇联", "常宁市妇联"): ["wf", "proc"],
            ("县妇联", "镇宁县人民检察院"): ["wf", "proc"],
            ("妇联工作人员",): ["wf"],
        },
    ),
    "follow_ups.0.count": ("F3:fu.visits_stated", None),
    "follow_ups.0.how_text": (
        "F3:fu.kind",
        {
            "2023年1月，丰台区人民检察院开展救助回访": "scheduled",
            "司法救助案件办结后，井冈山市人民检察院与市妇联开展回访": "joint",
            "衡阳市、常宁市两级检察院和妇联共同开展回访": "joint",
            "与检察机关共同就黄某定等人的生活状况及司法救助金使用情况进行回访": "joint",
            "接到咨询当天，妇联工作人员立刻电话回访": "phone",
        },
    ),
    "follow_ups.0.findings_text": ("F3:end.findings", None),
    "follow_ups.0.action_text": (
        "F3:end.actions[0].what",
        {"安排妇联工作人员、巾帼志愿者等定期入户开展后续帮扶": "安排妇联工作人员、巾帼志愿者等定期入户开展后续帮扶"},
    ),
}
# What the source says nobody knows, where its name is not the path of a question.
NOBODY_KNOWS = {
    "loss.medical_total": "loss.victims[0].medical_total",
    "comp.items(insurer exact amount)": "comp.items[0].awarded",
    "hh.benefits(amount)": "hh.benefits[0].amount",
    "comp.items(paid)": "comp.items[0].paid",
    "loss.medical_self_paid": "loss.victims[0].medical_self_paid",
    "m.disability_level@p1(limb)": "m.disability_level@p1",
    "dv.police_calls": "F5:dv.police_calls",
    "dv.warning_letter": "F5:dv.has_warning_letter",
    "dv.protection_order": "F5:dv.has_protection_order",
    "fu.visited_at": "F3:fu.visited_at",
    "fu.visited_at(day)": "F3:fu.visited_at",
}
OTHER_FORMS = ("relief.", "ms.", "lead.")
# Of the 5+2 categories; what a later measure changes is not of these forms.
STATUS = {
    code: code.removesuffix("_then_met") for code in ("met", "provisional", "unknown", "not_met", "unknown_then_met")
}
# Who was to pay and who paid: two lists of the source, one row for each payer in the report.
AWARDED, EXECUTED = "compensation.awarded_items", "compensation.executed_items"
PAYMENT: dict[tuple[str, str], Place] = {
    (AWARDED, "payer"): ("payer", None),
    (AWARDED, "amount_text"): ("as_told", None),
    (EXECUTED, "payer"): ("payer", None),
    (EXECUTED, "amount_text"): ("enforcement", {"履行到位": "full", "履行3万元": "partial", "未履行": "none"}),
    (EXECUTED, "amount_yuan"): ("paid", {30000: "30000", 0: "0"}),
}
