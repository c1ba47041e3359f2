"""What each published case adds to the figures of its county, counted by hand from cases.json: row -> number.

Nothing here is computed, and nothing is asked of the app but the words of its rows. Of a rate the first number stands
under its name and the second under the name with `÷`; of the days from step to step the cases are counted, since no
source tells a day of ours. A row that is not named here changes by nothing. ALL_SIX is counted once more, row by row
over all six: that both counts agree is held in test_cases_to_their_end.py.

`assisted_count`, `measures` and the like are the fields of cases.json. What no source tells and the clerks of this
county say themselves (case_steps_told.py) is marked "ours".
"""

from collections.abc import Mapping

LEADS, RELIEF, HELP, AGAIN = "线索和案件", "司法救助", "帮扶", "回访"
DAYS = "各环节用时"
CHANNEL, OUTCOME, PLACE, HOUSE = "按线索来源", "按线索处理", "按乡镇街道", "按受理单位（中心、站点）"
PEOPLE, RELIEVED = "按人群", "获司法救助者按人群"
CATEGORY, FLAG, BAND = "按“5+2”类别（筛查提示）", "按提示", "按风险等级"
KIND, STAGE = "按案件类型", "按案件阶段"
BY, TYPE, RESULT, YEAR = "帮扶措施：按部门", "帮扶措施：按种类", "帮扶措施：按结果", "其他帮扶款：按年"

# Of every case: one file, some step in it, visited and approved.
EVERY = {
    f"{LEADS} · 受理案件": 1,
    f"{LEADS} · 解决率 ÷": 1,
    f"{LEADS} · 结案率 ÷": 1,
    f"{LEADS} · 办理案件": 1,
    f"{DAYS} · 受理 → 走访": 1,
    f"{DAYS} · 走访 → 批准": 1,
    f"{RELIEF} · 司法救助金": 0,  # relief.amount_yuan is null in all of them
    f"{HELP} · 追回款": 0,  # no amount_yuan stands with legal aid or with land
    f"{HELP} · 督促监护令": 0,
    f"{HELP} · 人身安全保护令": 0,
    f"{HELP} · 支持起诉": 0,  # told of as the procuratorate's own, no measure of the file
    f"{HELP} · 代管救助金余额": 0,  # custody is told of, a sum is not
}
# A lead that somebody brought: answered the same day by sending a visit. No source tells a village of this county, so
# that it stands under the county.
BROUGHT = {
    f"{LEADS} · 响应率": 1,
    f"{LEADS} · 响应率 ÷": 1,
    f"{OUTCOME} · 走访": 1,
    f"{PLACE} · 示例县": 1,
}
# Closed with a reason that settles it, "goals_met" (ours).
SETTLED = {f"{LEADS} · 解决率": 1, f"{LEADS} · 结案率": 1}
# follow_ups has one, planned for the day it was made and seen (ours). Help begins that day and the file ends it: the
# thirtieth day after, the first of the schedule, never comes.
FOLLOWED = {
    f"{AGAIN} · 回访完成率": 1,
    f"{AGAIN} · 回访完成率 ÷": 1,
    f"{AGAIN} · 逾期回访": 0,
    f"{AGAIN} · 逾期回访 ÷": 1,
}
# relief.granted is true: decided and told back.
GRANTED = {f"{RELIEF} · 获司法救助案件": 1, f"{RELIEF} · 移送线索占比 ÷": 1, f"{DAYS} · 决定 → 反馈": 1}
# expected_forms has transfer_letter: ours was noted as sent before the decision; one only approved counts nowhere.
BY_LETTER = {
    f"{RELIEF} · 移送线索": 1,
    f"{RELIEF} · 移送线索占比": 1,
    f"{DAYS} · 批准 → 移送函": 1,
    f"{DAYS} · 移送函 → 决定": 1,
}

COUNTS: Mapping[str, Mapping[str, int]] = {
    "S001-1": {
        **EVERY, **BROUGHT, **SETTLED, **GRANTED, **BY_LETTER,
        f"{LEADS} · 涉及人数": 1,  # assisted_count
        f"{CHANNEL} · 没填": 1,  # lead.channel is null
        f"{HOUSE} · 示例县妇女联合会": 1,  # lead.finder_org: wf
        f"{PEOPLE} · 妇女": 1,  # p1, 1983-07
        f"{RELIEF} · 获司法救助人数": 1,
        f"{RELIEVED} · 妇女": 1,
        f"{KIND} · 故意伤害": 1,  # original_case.case_type
        f"{STAGE} · 提起公诉": 1,  # timeline 2022-12-16
        f"{CATEGORY} · A2 受侵害": 1, f"{CATEGORY} · A4 重病或残疾": 1, f"{CATEGORY} · B2 因家暴离婚": 1,
        # expected_priority, one by one
        f"{FLAG} · 做家暴风险评估（F5）": 1,
        # but for report_incapacity: noted as made by others (timeline 2022-08-10), so that nothing asks for it any more
        f"{FLAG} · 核实监护": 1,
        f"{FLAG} · 救助金由谁代管": 1,
        f"{FLAG} · 上门服务": 1,
        f"{FLAG} · 隐私从严": 1,
        f"{FLAG} · 需要心理帮助": 1,
        f"{BAND} · 红": 1,  # beaten by her husband, cannot protect herself
        f"{DAYS} · 发现 → 强制报告": 1,  # timeline 2022-08-10, noted as made by others
        # measures 1-11, one kind each; 10 and 11 are "planned"
        f"{TYPE} · 心理疏导或治疗": 1, f"{TYPE} · 残疾证": 1, f"{TYPE} · 残疾人生活补贴": 1,
        f"{TYPE} · 残疾人护理补贴": 1, f"{TYPE} · 助残补贴": 1, f"{TYPE} · 监护人补贴": 1,
        f"{TYPE} · 医保个人缴费减免": 1, f"{TYPE} · 医保报销": 1, f"{TYPE} · 法律援助": 1, f"{TYPE} · 低保": 1,
        f"{TYPE} · 征拆与土地权益": 1,
        # providers: 1 wf, 2-6 dpf, 7-9 nobody, 10 and 11 the village
        f"{BY} · 妇联": 1, f"{BY} · 残联": 5, f"{BY} · 没填": 3, f"{BY} · 村居": 2,
        f"{RESULT} · 已批准或已办": 9, f"{RESULT} · 等待中": 2,
        f"{HELP} · 服务事项": 9,
        f"{HELP} · 帮扶人数": 1,
        f"{HELP} · 受益人数": 1,  # beneficiary_ids: p1 in all of them
        f"{HELP} · 其他帮扶款": 1720,  # 1320 + 100 + 100 + 200 a month, each noted once
        f"{YEAR} · 2023": 1720,  # noted in January (ours); no source tells a day
        # Red from the visit on: due the next day, and seen the same day (ours); then due a week later, and nobody tells
        # that she was seen again until the file ends, 101 days after (ours).
        f"{AGAIN} · 回访完成率": 1, f"{AGAIN} · 回访完成率 ÷": 2, f"{AGAIN} · 逾期回访": 1, f"{AGAIN} · 逾期回访 ÷": 2,
        f"{HELP} · 法律援助": 1,  # measure 9
        f"{HELP} · 议定未落实": 2, f"{HELP} · 议定未落实 ÷": 8,  # 1-6, 10, 11 have a provider; 10 and 11 are planned
        f"{HELP} · 未满足需求": 0, f"{HELP} · 未满足需求 ÷": 1,  # psych (ours), met at the end
    },
    "S001-3": {
        **EVERY, **BROUGHT, **SETTLED, **FOLLOWED, **GRANTED,
        f"{LEADS} · 涉及人数": 5,
        f"{CHANNEL} · 刑检办案发现": 1,  # lead.channel: proc_case
        f"{HOUSE} · 示例县人民检察院": 1,  # lead.finder_org: proc
        # p1 1972-11, p2 1937-01, p3 2000-12 are women, p4 2004-12 is a girl in July 2022, p5 2008-10 a boy
        f"{PEOPLE} · 妇女": 3, f"{PEOPLE} · 女童": 1, f"{PEOPLE} · 男童": 1,
        f"{RELIEF} · 获司法救助人数": 5,
        f"{RELIEVED} · 妇女": 4, f"{RELIEVED} · 男童": 1,  # at the end of the period, December 2023, p4 is grown up
        f"{RELIEF} · 绿色通道": 1,  # green_channel
        f"{KIND} · 交通肇事": 1,
        f"{STAGE} · 生效": 1,  # timeline 2022-04-26: sentenced
        f"{CATEGORY} · A3 失去主要收入者": 1,
        f"{FLAG} · 家中有未成年人": 1, f"{FLAG} · 核实事实无人抚养": 1, f"{FLAG} · 救助金由谁代管": 1,
        f"{FLAG} · 上门服务": 1, f"{FLAG} · 需要心理帮助": 1, f"{FLAG} · 照护负担重": 1,
        # measure 1 names three kinds of help, 2-5 one each
        f"{TYPE} · 心理疏导或治疗": 1, f"{TYPE} · 重点帮扶名单": 1, f"{TYPE} · 走访慰问": 1, f"{TYPE} · 春蕾计划": 1,
        f"{TYPE} · 学杂、书本、食宿费减免": 1, f"{TYPE} · 低保": 1, f"{TYPE} · 公益岗位": 1,
        f"{BY} · 妇联": 3, f"{BY} · 没填": 1, f"{BY} · 教育": 1, f"{BY} · 民政": 1, f"{BY} · 村居": 1,
        f"{RESULT} · 已批准或已办": 7,
        f"{HELP} · 服务事项": 7,
        f"{HELP} · 帮扶人数": 5,
        f"{HELP} · 受益人数": 5,  # beneficiary_ids: p1 to p5, all of them in measure 4
        f"{HELP} · 其他帮扶款": 2600,  # 2100 + 500 a month
        f"{YEAR} · 2022": 2600,
        f"{HELP} · 议定未落实": 0, f"{HELP} · 议定未落实 ÷": 6,  # all but measure 2, which has no provider
        f"{HELP} · 未满足需求": 0, f"{HELP} · 未满足需求 ÷": 1,  # money (ours)
    },
    "S001-5": {
        **EVERY, **BROUGHT, **SETTLED, **FOLLOWED, **GRANTED, **BY_LETTER,
        f"{LEADS} · 涉及人数": 1,
        f"{CHANNEL} · 入户走访": 1,  # lead.channel: home_visit
        f"{HOUSE} · 示例县妇女联合会": 1,
        f"{PEOPLE} · 妇女": 1,  # p1, 1983-07; of the eight she alone is assisted
        f"{RELIEF} · 获司法救助人数": 1,
        f"{RELIEVED} · 妇女": 1,
        f"{RELIEF} · 联合救助": 1,  # joint_relief.is_joint
        f"{KIND} · 交通肇事": 1,
        f"{STAGE} · 生效": 1,  # timeline 2020-05-11
        f"{CATEGORY} · A1 农村监测户": 1,  # unknown_then_met: by measure 4
        f"{CATEGORY} · A3 失去主要收入者": 1,
        f"{FLAG} · 家中有未成年人": 1, f"{FLAG} · 核实事实无人抚养": 1, f"{FLAG} · 照护负担重": 1,
        f"{TYPE} · 妇联公益项目": 1, f"{TYPE} · 临时救助": 1, f"{TYPE} · 助学项目": 1, f"{TYPE} · 纳入防返贫监测": 1,
        f"{TYPE} · 走访慰问": 1, f"{TYPE} · 结对帮扶": 1,  # measure 5 names two
        f"{BY} · 妇联": 1, f"{BY} · 民政": 1, f"{BY} · 检察院": 1, f"{BY} · 乡村振兴/农业农村": 1, f"{BY} · 村居": 2,
        f"{RESULT} · 已批准或已办": 6,
        f"{HELP} · 服务事项": 6,
        f"{HELP} · 帮扶人数": 1,
        f"{HELP} · 受益人数": 5,  # beneficiary_ids: p1, and the four children p3 to p6 of measure 3
        f"{HELP} · 其他帮扶款": 10000,  # measure 1
        f"{YEAR} · 2022": 10000,
        f"{HELP} · 议定未落实": 0, f"{HELP} · 议定未落实 ÷": 6,
        f"{HELP} · 未满足需求": 0, f"{HELP} · 未满足需求 ÷": 1,  # money (ours)
    },
    "S001-7": {
        # It began by the procuratorate's notice: no lead of ours, no letter, nothing to answer within a day.
        **EVERY, **SETTLED, **FOLLOWED, **GRANTED,
        f"{LEADS} · 涉及人数": 3,
        f"{CHANNEL} · 刑检办案发现": 1,  # lead.channel: proc_case, said with the notice
        f"{OUTCOME} · 没填": 1,
        f"{PLACE} · 柳河镇": 1,  # a notice names a village (ours)
        f"{HOUSE} · 示例县人民检察院": 1,
        f"{PEOPLE} · 妇女": 1, f"{PEOPLE} · 女童": 1, f"{PEOPLE} · 男童": 1,  # 1978-08, 2012-05, 2019-08
        f"{RELIEF} · 获司法救助人数": 3,
        f"{RELIEVED} · 妇女": 1, f"{RELIEVED} · 女童": 1, f"{RELIEVED} · 男童": 1,
        f"{RELIEF} · 联合救助": 1,  # joint_relief.is_joint
        f"{KIND} · 交通肇事": 1,
        f"{STAGE} · 生效": 1,  # timeline 2020-09-17
        f"{CATEGORY} · A1 农村监测户": 1,  # unknown_then_met: by measure 2
        f"{CATEGORY} · A3 失去主要收入者": 1, f"{CATEGORY} · A4 重病或残疾": 1,
        f"{FLAG} · 家中有未成年人": 1, f"{FLAG} · 核实事实无人抚养": 1, f"{FLAG} · 救助金由谁代管": 1,
        f"{FLAG} · 核实监护": 1, f"{FLAG} · 上门服务": 1, f"{FLAG} · 住在机构": 1,
        # measures 2 and 4 name two kinds each, the other five one
        f"{TYPE} · 重点帮扶名单": 1, f"{TYPE} · 纳入防返贫监测": 1, f"{TYPE} · 走访慰问": 1,
        f"{TYPE} · 入园入学转学": 1, f"{TYPE} · 学前资助": 1, f"{TYPE} · 学杂、书本、食宿费减免": 1,
        f"{TYPE} · 孤儿或事实无人抚养保障": 1, f"{TYPE} · 低保": 1, f"{TYPE} · 接送上学": 1,
        # 1 wf; 2 (both) rural, town and village; 3 and 4 (both) edu; 5 and 6 civil; 7 civil and a welfare home
        f"{BY} · 妇联": 1, f"{BY} · 教育": 3, f"{BY} · 民政": 2, f"{BY} · 几个部门一起": 3,
        f"{RESULT} · 已批准或已办": 9,
        f"{HELP} · 服务事项": 9,
        f"{HELP} · 帮扶人数": 3,
        f"{HELP} · 受益人数": 3,  # beneficiary_ids: p1, p2, p3
        f"{HELP} · 其他帮扶款": 0,  # no amount_yuan
        f"{HELP} · 议定未落实": 0, f"{HELP} · 议定未落实 ÷": 9,
        f"{HELP} · 未满足需求": 0, f"{HELP} · 未满足需求 ÷": 2,  # schooling at the visit and at the follow-up (ours)
    },
    "S002-liu": {
        **EVERY, **BROUGHT, **FOLLOWED,
        f"{LEADS} · 涉及人数": 1,
        f"{LEADS} · 来电": 1,  # lead.channel: hotline_center
        f"{CHANNEL} · 中心维权热线": 1,
        f"{LEADS} · 结案率": 1,  # closed, but legal aid goes on: nothing is settled
        f"{HOUSE} · 示例县妇女联合会": 1,
        f"{PEOPLE} · 妇女": 1,  # sixty
        f"{KIND} · 赡养/抚养/扶养费": 1,
        f"{STAGE} · 没填": 1,
        f"{CATEGORY} · A4 重病或残疾": 1, f"{CATEGORY} · A5 老来没人养": 1,  # both provisional
        f"{FLAG} · 人户分离": 1, f"{FLAG} · 上门服务": 1,
        f"{TYPE} · 送医住院": 1, f"{TYPE} · 法律援助": 1,
        f"{BY} · 村居": 1, f"{BY} · 几个部门一起": 1,  # 1 village; 2 wf, law firm, justice and village
        f"{RESULT} · 已批准或已办": 2,
        f"{HELP} · 服务事项": 2,
        f"{HELP} · 帮扶人数": 1,
        f"{HELP} · 受益人数": 1,  # beneficiary_ids: p1
        f"{HELP} · 其他帮扶款": 0,
        f"{HELP} · 法律援助": 1,  # measure 2
        f"{HELP} · 议定未落实": 1, f"{HELP} · 议定未落实 ÷": 2,  # legal aid is in_progress
        f"{HELP} · 未满足需求": 1, f"{HELP} · 未满足需求 ÷": 1,  # a home for the old: her wish, handed on at the end
    },
    "S003-lili": {
        **EVERY, **BROUGHT, **GRANTED, **BY_LETTER,
        f"{LEADS} · 涉及人数": 1,
        f"{CHANNEL} · 没填": 1,  # lead.channel is null
        f"{HOUSE} · 示例县妇女联合会": 1,
        f"{PEOPLE} · 年龄或性别没填": 1,  # sex is null
        f"{RELIEF} · 获司法救助人数": 1,
        f"{RELIEVED} · 年龄或性别没填": 1,
        f"{KIND} · 故意伤害": 1,
        f"{STAGE} · 没填": 1,
        f"{CATEGORY} · A2 受侵害": 1, f"{CATEGORY} · A4 重病或残疾": 1,  # both provisional
        f"{TYPE} · 国家司法救助金": 1, f"{TYPE} · 综合帮扶（未细分）": 1,
        f"{BY} · 检察院": 1, f"{BY} · 几个部门一起": 1,  # 1 proc; 2 proc and wf
        f"{RESULT} · 已批准或已办": 2,
        f"{HELP} · 服务事项": 2,
        f"{HELP} · 帮扶人数": 1,
        f"{HELP} · 受益人数": 1,  # beneficiary_ids: p1
        f"{HELP} · 其他帮扶款": 0,
        f"{HELP} · 未满足需求": 0, f"{HELP} · 未满足需求 ÷": 1,  # money (ours): measure 1 answers it
    },
}  # fmt: skip
# What the days add that pass until S001-1 is at its end: follow_ups of Lili is empty and her file stays open, so that
# 30, 90 and 180 days after her relief was decided nobody has seen her. All others are closed by then.
LAST = "S001-1"
PASSED: Mapping[str, Mapping[str, int]] = {
    "S003-lili": {f"{AGAIN} · 回访完成率 ÷": 3, f"{AGAIN} · 逾期回访": 3, f"{AGAIN} · 逾期回访 ÷": 3},
}

ALL_SIX: Mapping[str, int] = {
    f"{LEADS} · 受理案件": 6,
    f"{LEADS} · 涉及人数": 12,  # 1 + 5 + 1 + 3 + 1 + 1
    f"{LEADS} · 来电": 1,  # Liu
    f"{LEADS} · 响应率": 5, f"{LEADS} · 响应率 ÷": 5,  # all but the one that a notice told of
    f"{LEADS} · 解决率": 4, f"{LEADS} · 解决率 ÷": 6,  # the four of seed 001
    f"{LEADS} · 结案率": 5, f"{LEADS} · 结案率 ÷": 6,  # nobody tells that Lili was seen again
    f"{LEADS} · 办理案件": 6,
    f"{RELIEF} · 移送线索": 3,  # S001-1, S001-5, Lili
    f"{RELIEF} · 获司法救助案件": 5,  # all but Liu
    f"{RELIEF} · 获司法救助人数": 11,  # 1 + 5 + 1 + 3 + 1
    f"{RELIEF} · 司法救助金": 0,
    f"{RELIEF} · 移送线索占比": 3, f"{RELIEF} · 移送线索占比 ÷": 5,
    f"{RELIEF} · 联合救助": 2,  # S001-5, S001-7
    f"{RELIEF} · 绿色通道": 1,  # S001-3
    f"{HELP} · 服务事项": 35,  # 37 kinds of help, of which two are planned
    f"{HELP} · 帮扶人数": 12,
    f"{HELP} · 受益人数": 16,  # 1 + 5 + 5 + 3 + 1 + 1
    f"{HELP} · 其他帮扶款": 14320,  # 1320 + 100 + 100 + 200 + 2100 + 500 + 10000
    f"{HELP} · 追回款": 0,
    f"{HELP} · 督促监护令": 0, f"{HELP} · 人身安全保护令": 0, f"{HELP} · 支持起诉": 0,
    f"{HELP} · 法律援助": 2,  # S001-1, Liu
    # Of 37 kinds four have no provider, and Lili's two no meeting; two are planned, Liu's legal aid goes on.
    f"{HELP} · 议定未落实": 3, f"{HELP} · 议定未落实 ÷": 31,
    f"{HELP} · 未满足需求": 1, f"{HELP} · 未满足需求 ÷": 7,  # one each, S001-7 two; Liu's is open
    f"{HELP} · 代管救助金余额": 0,
    # Four once, S001-1 of two, Lili of none: the second of S001-1 and Lili's three were due and nobody came.
    f"{AGAIN} · 回访完成率": 5, f"{AGAIN} · 回访完成率 ÷": 9, f"{AGAIN} · 逾期回访": 4, f"{AGAIN} · 逾期回访 ÷": 9,
    f"{YEAR} · 2022": 12600, f"{YEAR} · 2023": 1720,
    f"{DAYS} · 受理 → 走访": 6, f"{DAYS} · 走访 → 批准": 6, f"{DAYS} · 批准 → 移送函": 3, f"{DAYS} · 移送函 → 决定": 3,
    f"{DAYS} · 决定 → 反馈": 5, f"{DAYS} · 发现 → 强制报告": 1,
    f"{CHANNEL} · 中心维权热线": 1, f"{CHANNEL} · 入户走访": 1, f"{CHANNEL} · 刑检办案发现": 2, f"{CHANNEL} · 没填": 2,
    f"{OUTCOME} · 走访": 5, f"{OUTCOME} · 没填": 1,
    f"{PLACE} · 示例县": 5, f"{PLACE} · 柳河镇": 1,
    f"{HOUSE} · 示例县妇女联合会": 4, f"{HOUSE} · 示例县人民检察院": 2,
    # twelve assisted people; p4 of S001-3 is a girl when the file begins and a woman at the end of the period
    f"{PEOPLE} · 妇女": 7, f"{PEOPLE} · 女童": 2, f"{PEOPLE} · 男童": 2, f"{PEOPLE} · 年龄或性别没填": 1,
    f"{RELIEVED} · 妇女": 7, f"{RELIEVED} · 女童": 1, f"{RELIEVED} · 男童": 2, f"{RELIEVED} · 年龄或性别没填": 1,
    f"{CATEGORY} · A1 农村监测户": 2, f"{CATEGORY} · A2 受侵害": 2, f"{CATEGORY} · A3 失去主要收入者": 3,
    f"{CATEGORY} · A4 重病或残疾": 4, f"{CATEGORY} · A5 老来没人养": 1, f"{CATEGORY} · B2 因家暴离婚": 1,
    f"{FLAG} · 做家暴风险评估（F5）": 1, f"{FLAG} · 核实监护": 2,
    f"{FLAG} · 救助金由谁代管": 3, f"{FLAG} · 上门服务": 4, f"{FLAG} · 隐私从严": 1, f"{FLAG} · 需要心理帮助": 2,
    f"{FLAG} · 家中有未成年人": 3, f"{FLAG} · 核实事实无人抚养": 3, f"{FLAG} · 照护负担重": 2, f"{FLAG} · 住在机构": 1,
    f"{FLAG} · 人户分离": 1,
    f"{BAND} · 红": 1,
    f"{KIND} · 故意伤害": 2, f"{KIND} · 交通肇事": 3, f"{KIND} · 赡养/抚养/扶养费": 1,
    f"{STAGE} · 提起公诉": 1, f"{STAGE} · 生效": 3, f"{STAGE} · 没填": 2,
    f"{TYPE} · 心理疏导或治疗": 2, f"{TYPE} · 残疾证": 1, f"{TYPE} · 残疾人生活补贴": 1, f"{TYPE} · 残疾人护理补贴": 1,
    f"{TYPE} · 助残补贴": 1, f"{TYPE} · 监护人补贴": 1, f"{TYPE} · 医保个人缴费减免": 1, f"{TYPE} · 医保报销": 1,
    f"{TYPE} · 法律援助": 2, f"{TYPE} · 低保": 3, f"{TYPE} · 征拆与土地权益": 1, f"{TYPE} · 重点帮扶名单": 2,
    f"{TYPE} · 走访慰问": 3, f"{TYPE} · 春蕾计划": 1, f"{TYPE} · 学杂、书本、食宿费减免": 2, f"{TYPE} · 公益岗位": 1,
    f"{TYPE} · 妇联公益项目": 1, f"{TYPE} · 临时救助": 1, f"{TYPE} · 助学项目": 1, f"{TYPE} · 纳入防返贫监测": 2,
    f"{TYPE} · 结对帮扶": 1, f"{TYPE} · 入园入学转学": 1, f"{TYPE} · 学前资助": 1,
    f"{TYPE} · 孤儿或事实无人抚养保障": 1, f"{TYPE} · 接送上学": 1, f"{TYPE} · 送医住院": 1,
    f"{TYPE} · 国家司法救助金": 1, f"{TYPE} · 综合帮扶（未细分）": 1,
    f"{BY} · 妇联": 6, f"{BY} · 残联": 5, f"{BY} · 村居": 6, f"{BY} · 教育": 4, f"{BY} · 民政": 4, f"{BY} · 检察院": 2,
    f"{BY} · 乡村振兴/农业农村": 1, f"{BY} · 几个部门一起": 5, f"{BY} · 没填": 4,
    f"{RESULT} · 已批准或已办": 35, f"{RESULT} · 等待中": 2,
}  # fmt: skip
