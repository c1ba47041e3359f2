"""The published cases (fieldapp/demo/cases.json) as reports that screening reads.

People, case type and counts are taken from the file as they stand. What only stands in its sentences is in STATED,
each with the words that say it; test_screening_cases.py holds that these words are in the file. What the file does not
say is left blank.
"""

import json
from datetime import date
from pathlib import Path
from typing import Any

from fieldapp import demo
from fieldapp.casework.screening.facts import Filing
from fieldapp.forms.library import plans

CASES = {
    case["id"]: case for case in json.loads((Path(demo.__file__).parent / "cases.json").read_text("utf-8"))["cases"]
}
DAYS = {  # when screening is made: before the outcome that the case tells
    "S001-1": date(2022, 12, 20),
    "S001-3": date(2022, 7, 1),
    "S001-5": date(2021, 1, 4),
    "S001-7": date(2021, 9, 1),
    "S002-liu": date(2022, 11, 25),
    "S003-lili": date(2022, 11, 25),
}
Stated = tuple[str, str | None, Any, str]  # path, person, value, the words that say it
STATED: dict[str, list[Stated]] = {
    "S001-1": [
        ("members.health", "p1", ["mental"], "被诊断为精神分裂症"),
        ("members.diagnosis", "p1", [{"what": "精神分裂症", "on": "2019-11"}], "于2019年11月被诊断为精神分裂症"),
        ("members.disability_level", "p1", [{"type": "mental", "level": "3"}], "精神三级残疾证"),
        ("members.capacity", "p1", "limited", "限制民事行为能力人"),
        ("members.self_care", "p1", "none", "需专人照看"),
        ("dv.screen", None, "yes", "遭受丈夫汪某亮的家庭暴力"),
        ("case.divorce_suit", None, "filed", "吴甲红离婚纠纷，向丰台区人民法院提出支持起诉意见"),
        ("case.legal_actions", None, [{"kind": "guardian_appointed"}], "就指定监护人和吴甲红离婚纠纷"),
        ("loss.victims", None, [{"person": "p1", "psych": "精神疾病"}], "精神疾病及身体损伤均需长期治疗"),
        ("concl.hardship", None, "general", "生活困难"),
        ("concl.docs", None, ["case_document", "police_record"], "丰台区公安局以汪某亮涉嫌虐待罪立案侦查"),
    ],
    "S001-3": [
        ("hh.area", None, "rural", "农村地区建档立卡贫困户"),
        ("hh.monitor_type", None, "former_poor", "原系农村地区建档立卡贫困户"),
        ("members.school_status", "p4", "senior", "在读高中的叶某如"),
        ("members.main_earner_before", "p6", "yes", "主要依靠叶某勇打工收入维持生活"),
        ("members.death_cause", "p6", "offence", "交通肇事罪"),
        ("members.death_date", "p6", "2021-12", "2021年12月15日，刘某汶酒后驾驶无牌电动三轮车"),
        ("members.death_cause", "p7", "suicide", "自缢身亡"),
        ("concl.hardship", None, "very", "家庭失去主要经济来源"),
        ("concl.causal", None, "direct", "家庭失去主要经济来源"),
        ("concl.docs", None, ["case_document", "death_cert"], "以交通肇事罪判处被告人刘某汶有期徒刑一年二个月"),
    ],
    "S001-5": [
        ("members.labour", "p2", "lost", "丧失劳动能力"),
        ("members.labour_cause", "p2", "offence", "违法犯罪侵害导致丧失劳动能力"),
        ("members.self_care", "p2", "none", "瘫痪在床"),
        ("members.main_earner_before", "p2", "yes", "家庭主要劳动力受到违法犯罪侵害"),
        ("members.school_status", "p3", "preschool", "小女儿3岁尚未入学"),
        ("members.school_status", "p4", "primary", "其他三名子女均为小学在读"),
        ("members.school_status", "p5", "primary", "其他三名子女均为小学在读"),
        ("members.school_status", "p6", "primary", "其他三名子女均为小学在读"),
        ("concl.hardship", None, "very", "生活十分困难"),
        ("concl.docs", None, ["case_document", "injury_appraisal"], "重伤一级"),
    ],
    "S001-7": [
        ("hh.area", None, "rural", "当地农村居民"),
        ("hh.monitor_type", None, "former_poor", "家庭原系建档立卡贫困户"),
        ("members.disability_level", "p1", [{"type": "intellectual", "level": "1"}], "智力障碍及言语残疾（一级）"),
        ("members.disability_cert", "p1", "yes", "智力障碍及言语残疾（一级）"),
        ("members.school_status", "p3", "kindergarten", "按时入园接受教育"),
        ("members.main_earner_before", "p4", "yes", "王某明系该家庭的唯一劳动力"),
        ("members.death_cause", "p4", "offence", "交通肇事罪"),
        ("home.type", None, "institution", "已被送至该县某福利院生活"),
        ("concl.hardship", None, "very", "家庭失去经济来源"),
        ("concl.docs", None, ["case_document", "death_cert"], "造成王某明死亡的道路交通事故"),
    ],
    "S002-liu": [
        ("members.birth_ym", "p1", "1962", "60岁的刘女士"),  # sixty in 2022
        ("members.health", "p1", ["severe"], "中风偏瘫，患有心脏病、糖尿病等疾病"),
        ("hh.split", None, "yes", "人户分离"),
        ("care.obligors", None, [{"relation": "son", "supports": "no"}], "不愿承担刘女士入住养老院的费用"),
    ],
    "S003-lili": [("members.disability_types", "p1", ["unassessed"], "遭受故意傷害致殘")],
}
_STATUS = {"stated_done": "done", "in_progress": "in_progress", "planned": "planned"}
_YES = {True: "yes", False: "no", None: None}


def visit(case_id: str) -> dict[str, Any]:
    """The answers of the household investigation (F2)."""
    case = CASES[case_id]
    home, original = case["household"], case["original_case"]
    answers: dict[str, Any] = {
        "members": [_member(person) for person in case["persons"] if person["relation_to_principal"] or _ours(person)],
        "hh": {"members_before": home["members_before"], "members_now": home["members_now"]},
        "care": {"minors_count": home["minors_in_care"], "elders_count": home["elders_in_care"]},
        "case": {"type": original["case_type"], "offender_relation": original["offender_relation"]},
    }
    for path, person, value, _ in STATED[case_id]:
        group, name = path.split(".")
        place = (
            next(row for row in answers[group] if row["person_id"] == person)
            if person
            else answers.setdefault(group, {})
        )
        place[name] = value
    answers["members"] = [row for row in answers["members"] if row["relation"] != "none"]
    return answers


def _ours(person: dict[str, Any]) -> bool:
    return person["role_in_case"] not in ("offender", "liable_party")


def _member(person: dict[str, Any]) -> dict[str, Any]:
    return {
        "person_id": person["id"],
        "sex": person["sex"],
        "birth_ym": person["birth_ym"],
        "relation": person["relation_to_principal"],
        "alive": person["alive"],
        "together": _YES[person["household_member_now"]],
        "is_victim": "yes" if person["role_in_case"] == "victim" else "no",
        "assisted": _YES[person["assisted"]],
        "disability_types": person["disability_types"],
        "injury_level": person["injury_level"],
    }


def filing(form: str, answers: dict[str, Any], on: str = "2020-01-01", revision: str | None = None) -> Filing:
    return Filing(form, plans()[form].nodes, answers, on, revision)


def measures(case_id: str) -> list[Filing]:
    """One F7 for each kind of help that the case tells of."""
    return [
        filing(
            "F7", {"ms": {"type": kind, "status": _STATUS[measure["status"]]}}, "2022-01-01", f"m{measure['no']}{kind}"
        )
        for measure in CASES[case_id]["measures"]
        for kind in measure["types"]
    ]
