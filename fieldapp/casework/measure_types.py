"""The 67 kinds of help of form F7: code, Chinese, English, its usual way, who usually gives it, and the clocks that the
law puts on it. Any organisation may give any help, so a provider who is not listed is never refused. Whether a
department takes it on has our own clock, and so has the result where the law sets none (limits.py).
"""

from dataclasses import dataclass

from fieldapp.casework.sentences import Said

# code | Chinese | English | way | usual providers | limits of the law
_TABLE = """
# 检察院
judicial_relief | 国家司法救助金 | National judicial relief | cash | proc | relief_opinion relief_notice
support_suit | 支持起诉 | Support suit | service | proc |
supervision_order | 督促监护令 | Guardianship supervision order | legal_order | proc |
student_aid_project | 助学项目 | Student aid project | cash | proc |
fund_custody | 救助金代管 | Custody of relief | service | proc welfare_home civil village |
# 法院
protection_order | 人身安全保护令 | Personal protection order | legal_order | court | protection_order protection_order_urgent
circuit_mediation | 巡回/诉前调解 | Circuit or pre-suit mediation | service | court |
guardian_change | 变更或撤销监护 | Change or revocation of guardianship | legal_order | court |
# 公安
warning_letter | 家暴告诫书 | Police warning letter | legal_order | police |
offender_education | 对施暴人教育矫治 | Education of the offender | service | police justice |
# 妇联
wf_hardship_relief | 妇联困难救助金 | Hardship relief of the federation | cash | wf |
wf_charity_project | 妇联公益项目 | Charity project of the federation | cash | wf |
chunlei | 春蕾计划 | Spring Bud programme | cash | wf |
two_cancers_relief | 两癌救助金 | Two-cancers relief | cash | wf |
women_health_project | 女性安康工程 | Women's health project | service | wf |
psych | 心理疏导或治疗 | Psychological support or therapy | service | wf psych hospital social_work |
key_care_list | 重点帮扶名单 | Key-care list | status | wf |
visit_care | 走访慰问 | Visits and small gifts | service | wf village town |
home_visit_guidance | 家访指导 | Guidance at home | service | wf |
family_education_guidance | 家庭教育指导 | Family education guidance | service | wf |
shelter | 临时庇护 | Temporary shelter | service | wf civil |
mediation | 调解 | Mediation | service | wf justice village town |
# 司法行政
legal_aid | 法律援助 | Legal aid | service | justice law_firm | legal_aid_decision legal_aid_lawyer
# 民政
dibao | 低保 | Minimum living allowance (dibao) | cash | civil |
tekun | 特困供养 | Support for persons in special hardship | cash | civil |
temporary_relief | 临时救助 | Temporary relief | cash | civil |
orphan_equiv_support | 孤儿或事实无人抚养保障 | Support as an orphan or de-facto unsupported child | cash | civil welfare_home | defacto_first defacto_second defacto_third
elder_care | 养老帮扶 | Care in old age | service | civil welfare_home |
institution_placement | 机构安置 | Place in an institution | service | civil welfare_home |
# 残联
disability_cert | 残疾证 | Disability certificate | status | dpf |
disability_living_allowance | 残疾人生活补贴 | Disability living allowance | cash | dpf |
disability_care_allowance | 残疾人护理补贴 | Disability care allowance | cash | dpf |
disability_assist_allowance | 助残补贴 | Disability assistance allowance | cash | dpf |
guardian_allowance | 监护人补贴 | Guardian's allowance | cash | dpf |
disability_allowance | 其他残疾补助 | Other disability allowance | cash | dpf |
disability_pension_insurance | 重度残疾人养老保险 | Pension insurance for the severely disabled | cash | dpf |
disability_temporary_relief | 残疾人临时救助 | Temporary relief for the disabled | cash | dpf |
home_adaptation | 居家无障碍改造 | Adaptation of the home | goods | dpf |
# 医保、卫健、医院
medins_premium_waiver | 医保个人缴费减免 | Medical insurance premium waived | waiver | medins |
medical_reimbursement | 医保报销 | Medical costs reimbursed | cash | medins |
medical_assistance | 医疗救助 | Medical assistance | cash | medins |
serious_illness_subsidy | 大病补助 | Serious illness subsidy | cash | medins |
medical_fee_waiver | 医疗费减免 | Medical fees waived | waiver | hospital health |
medical_admission | 送医住院 | Taken to hospital | service | hospital health |
free_checkup | 免费体检 | Free check-up | service | health hospital |
family_planning_special | 计生特殊家庭扶助 | Support for family-planning special families | cash | health |
# 教育、学校
tuition_waiver | 学杂、书本、食宿费减免 | School fees waived (tuition or books or board) | waiver | edu school |
national_grant | 国家助学金 | National grant | cash | edu school |
student_loan | 生源地助学贷款 | Student loan | cash | edu school |
preschool_subsidy | 学前资助 | Preschool subsidy | cash | edu school |
school_placement | 入园入学转学 | School place or change of school | service | edu school |
school_escort | 接送上学 | Escort to school | service | school village welfare_home |
exam_guidance | 升学指导 | Guidance for exams | service | edu school |
# 人社、单位、镇街、村居
job_adjust | 调岗保岗 | Other post at work or post kept | job | employer union hr |
job_placement | 推荐就业 | Job placement | job | hr town |
public_post | 公益岗位 | Public welfare post | job | hr town village |
flexible_job | 灵活就业 | Flexible work | job | hr |
training | 技能培训 | Skills training | service | hr wf |
paired_help | 结对帮扶 | Paired help | service | village town |
neighbour_help | 邻里互助 | Neighbours' help | service | village |
daily_care | 陪护照料 | Daily care | service | village town |
goods | 物资 | Goods | goods | town village wf |
residence_permit | 居住证 | Residence permit | status | police |
land_property_protection | 征拆与土地权益 | Land and demolition rights | service | village town rural |
# 乡村振兴
monitored_household | 纳入防返贫监测 | On the list of monitored households | status | rural town |
# 退役军人
veteran_disability_pension | 伤残抚恤 | Disability pension for veterans | cash | veteran |
# 未细分
comprehensive_help | 综合帮扶（未细分） | Comprehensive help (not itemised) | service |  |
"""  # noqa: E501 - one kind of help is one line, so that a change is a diff that can be read


@dataclass(frozen=True)
class MeasureType:
    """One kind of help. `way` and `providers` are what is usual (codes of F7); `by_law` and `limits`: limits.py."""

    code: str
    name: Said
    way: str
    providers: frozenset[str]
    by_law: tuple[str, ...]

    @property
    def limits(self) -> tuple[str, ...]:
        """Every clock of such a measure, in the order in which they run."""
        return ("dispatch_answer", *(self.by_law or ("dispatch_result",)))


def _read(line: str) -> MeasureType:
    code, zh, en, way, providers, limits = (cell.strip() for cell in line.split("|"))
    return MeasureType(code, Said(zh, en), way, frozenset(providers.split()), tuple(limits.split()))


MEASURE_TYPES: dict[str, MeasureType] = {
    one.code: one for one in (_read(line) for line in _TABLE.strip().splitlines() if not line.startswith("#"))
}


def usual_for(provider: str) -> list[MeasureType]:
    """The kinds of help this kind of organisation usually gives, in the order of the form; empty for none."""
    return [one for one in MEASURE_TYPES.values() if provider in one.providers]
