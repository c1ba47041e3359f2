"""Of each published case: what its fields become where they become something of their own, and what has no place, with
the reason. tests/browser/read_back.py holds both against what is kept at the end."""

from tests.browser.read_back import Reading
from tests.browser.soak_answers import S001_1, S001_3, S001_5, S001_7, S002_LIU, S003_LILI

OTHER_WORDS = "The same is said by the fields beside it, which have their place."
OTHER_FORM = "Lead, letter, receipt, meeting and measure are forms of their own."
IN_THE_FINDINGS = "In words only: it stands in the findings, concl.facts."
NOT_THE_FAMILY = "Not of the family: case.offender_relation and comp.items[].payer."
AT_THE_FOLLOW_UP = "Seen at the follow-up, and kept in its findings."
WITHOUT_A_NAME = "A kind and a day make a payment or a wrong; names of others are not asked."
HER_TWO_FIELDS = "members[].main_earner_before says it."
# Of every case.
EVERYWHERE = {
    **dict.fromkeys(("id", "seed", "kind", "title_text", "keywords_text", "notes"), "Of the source, not the family."),
    "region.*": "The demo county stands in for the real one.",
    "persons.*.id": "A person has an id of our own.",
    "persons.*.note": "A note of those who collected the cases.",
    "persons.*.is_alias": "Said of the newspaper's name for her.",
    "persons.*.household_member_before": "Asked as a number: hh.members_before.",
    "original_case.case_type_text": OTHER_WORDS,
    "original_case.occurred_text": OTHER_WORDS,
    "original_case.dv": "dv.screen is a question put to her alone; the source does not say it was.",
    "original_case.place_text": "Not asked: nothing is decided by it.",
    "original_case.offender_name": "Of the offender the form asks kinship and where he is now, not the name.",
    "compensation.awarded_text": OTHER_WORDS,
    "existing_benefits.*.text": OTHER_WORDS,
    **dict.fromkeys(
        (
            *("lead.*", "joint_relief.*", "relief.*", "coordination.*", "measures.*", "green_channel*"),
            "institutional_outputs_text",
        ),
        OTHER_FORM,
    ),
    "investigation.*": "That the report is approved says it.",
    "expected_categories.*.quote": "Why a status is expected.",
    "expected_categories.*.why": "Why a status is expected.",
    "expected_priority": "Of screening, which is not of these forms.",
    "expected_forms": "Which forms follow, not what they say.",
}

READINGS = {
    reading.answers.case: reading
    for reading in (
        Reading(
            S001_1,
            places={
                "persons.p4.death_text": ("members[p4].death_date", {"2017年吴甲红父亲去世": "2017"}),
                "original_case.offender_relation": ("F5:dv.offender", None),
                "original_case.offender_relation_text": ("case.offender_relation", {"丈夫汪某亮": "husband"}),
                "original_case.occurred_text": (
                    "F5:dv.history",
                    {"2017年吴甲红父亲去世后，汪某亮经常对吴甲红实施打骂、冻饿等暴力虐待行为": "2017"},
                ),
            },
            differs={
                "expected_missing": (
                    ["care.minors_count", "care.elders_count", "hh.members_now"],
                    "The list has her alone in the household, and the numbers are counted from the list.",
                )
            },
            elsewhere={
                "persons.p1.disability_text": OTHER_WORDS,
                "persons.p1.disability_level": "Of the certificate that a measure brought.",
                "persons.p1.injury_text": IN_THE_FINDINGS,
                "harm.injuries_text": IN_THE_FINDINGS,
            },
            everywhere=EVERYWHERE,
        ),
        Reading(
            S001_3,
            places={
                "persons.p3.education_text": ("members[p3].work", {"在校学生": "student"}),
                "persons.p6.death_text": (
                    "members[p6].death_cause",
                    {"致叶某勇受伤，后经抢救无效死亡": "offence"},
                ),
                "persons.p7.death_text": (
                    "members[p7].death_cause",
                    {"时年15岁的叶某盛因无法走出其父意外死亡的阴影，自缢身亡": "suicide"},
                ),
                "household.main_earner_before_text": (
                    "members[p6].main_earner_before",
                    {"主要依靠叶某勇打工收入维持生活": "yes"},
                ),
            },
            differs={"expected_missing": (["hh.monitor_type"], "“Registered poor household (former)” says what was.")},
            elsewhere={
                "persons.p1.work_now_text": AT_THE_FOLLOW_UP,
                "persons.p1.income_text": OTHER_WORDS,
                "persons.p2.age_text": OTHER_WORDS,
                "persons.p5.education_text": "At school, but at which is not said.",
                "persons.p6.work_before_text": HER_TWO_FIELDS,
                "persons.p7.age_text": "The age at a death of which no day is told makes no year of birth.",
                "persons.p8.*": NOT_THE_FAMILY,
                "harm.injuries_text": "members[].injury_level and death_cause say it.",
                "compensation.executed_text": IN_THE_FINDINGS,
                "compensation.insurance_text": IN_THE_FINDINGS,
            },
            everywhere=EVERYWHERE,
        ),
        Reading(
            S001_5,
            places={
                "relief.priority_basis_text": (
                    "members[p2].main_earner_before",
                    {"家庭主要劳动力受到违法犯罪侵害导致丧失劳动能力，承担养育未成年子女、赡养老人义务": "yes"},
                ),
            },
            differs={
                "household.elders_in_care": (
                    0,
                    "Both are “over sixty” in words: the form counts by the year of birth, and nobody said one.",
                ),
            },
            elsewhere={
                "persons.*.age_text": "An age in words is no year of birth; expected_missing says so of the child.",
                "persons.p1.work_now_text": "“Cannot leave for work” is no work; it stands in her words.",
                "persons.p2.injury_text": IN_THE_FINDINGS,
                "persons.p9.*": NOT_THE_FAMILY,
                "persons.p10.*": NOT_THE_FAMILY,
                "harm.injuries_text": IN_THE_FINDINGS,
                "compensation.executed_text": OTHER_WORDS,
                "compensation.insurance_text": OTHER_WORDS,
                "household.main_earner_before_text": HER_TWO_FIELDS,
            },
            everywhere=EVERYWHERE,
        ),
        Reading(
            S001_7,
            places={
                "persons.p1.disability_level": ("members[p1].disability_level[0].level", {1: "1"}),
                "persons.p4.death_text": ("members[p4].death_cause", {"造成王某明死亡的道路交通事故": "offence"}),
                "household.main_earner_before_text": (
                    "members[p4].main_earner_before",
                    {"案发前王某明系该家庭的唯一劳动力": "yes"},
                ),
            },
            elsewhere={
                "persons.p1.disability_text": OTHER_WORDS,
                "persons.p4.work_before_text": HER_TWO_FIELDS,
                "persons.p5.*": NOT_THE_FAMILY,
                "harm.injuries_text": "members[].injury_level and death_cause say it.",
                "household.income_text": "concl.hardship says it.",
                "follow_ups.0.action_text": OTHER_FORM,
            },
            everywhere=EVERYWHERE,
        ),
        Reading(
            S002_LIU,
            places={
                "persons.p1.age_text": ("members[p1].birth_ym", {"60岁的刘女士": "1962"}),  # told in 2022
                "persons.p1.illness_text": (
                    "members[p1].health",
                    {"因中风偏瘫，患有心脏病、糖尿病等疾病而行动不便": ["severe"]},
                ),
                "persons.p2.income_text": (
                    "care.obligors[0].supports",
                    {"儿子收入微薄，不愿承担刘女士入住养老院的费用": "no"},
                ),
                "housing_text": ("hh.members_now", {"她表示自己目前独居": 1}),
            },
            differs={"expected_missing": (["care.obligors"], "Her son is one; whether there are others nobody knows.")},
            elsewhere={
                "original_case.current_stage_text": IN_THE_FINDINGS,
                "original_case.timeline.*": "A day of which nobody says the year is no date.",
                "household.split_residence_text": IN_THE_FINDINGS,
            },
            everywhere=EVERYWHERE,
        ),
        Reading(
            S003_LILI,
            places={"persons.p1.injury_text": ("members[p1].disability_types", {"遭受故意傷害致殘": ["unassessed"]})},
            differs={"expected_missing": (["m.disability_types@p1"], "“Kind not assessed” names no kind.")},
            elsewhere={"harm.injuries_text": OTHER_WORDS},
            everywhere=EVERYWHERE,
        ),
    )
}
