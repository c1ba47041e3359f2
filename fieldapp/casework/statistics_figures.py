"""What the figures of statistics are called and how each is counted, in both languages. The formula stands beside its
figure on every page and in every file.
"""

from fieldapp.casework.sentences import Said

FIGURES: dict[str, tuple[str, Said, Said]] = {  # group, title, formula
    "received": ("lead", Said("受理案件", "Cases received"), Said("期内建档的案件数", "files opened in the period")),
    "received_persons": (
        "lead",
        Said("涉及人数", "Persons in them"),
        Said(
            "这些案件里登记为帮扶对象的人数；没登记的算一人", "people noted as helped in these cases; one where none is"
        ),
    ),
    "calls": (
        "lead",
        Said("来电", "Calls received"),
        Said("期内受理、来源是热线或 110 的案件数", "cases received by a hotline or by 110"),
    ),
    "visits_in": (
        "lead",
        Said("来访", "Visits received"),
        Said("期内受理、来源是窗口、来访或接访的案件数", "cases received at a window, in person or at a reception"),
    ),
    "answers": (
        "lead",
        Said("解答处理", "Answered without a visit"),
        Said("期内受理、直接答复的线索数", "leads received and answered without a visit"),
    ),
    "response": (
        "lead",
        Said("响应率", "Response rate"),
        Said("1 个工作日内作出处理的线索 ÷ 收到的线索", "leads answered within one working day ÷ leads received"),
    ),
    "resolution": (
        "lead",
        Said("解决率", "Resolution rate"),
        Said(
            "因目标达到或困难解除而结案的案件 ÷ 期内受理的案件",
            "closed because the goals are met or the hardship ended ÷ cases received",
        ),
    ),
    "closure": (
        "lead",
        Said("结案率", "Closure rate"),
        Said("期内受理且已结案的案件 ÷ 期内受理的案件", "cases received in the period and closed ÷ cases received"),
    ),
    "handled": (
        "lead",
        Said("办理案件", "Cases handled"),
        Said("期内受理、走访、批准、移送、决定、帮扶或结案的案件数", "cases in which any step was taken in the period"),
    ),
    "services": (
        "help",
        Said("服务事项", "Services given"),
        Said("期内已批准、在办、落实的帮扶措施数", "measures granted, begun or done in the period"),
    ),
    "helped_persons": (
        "help",
        Said("帮扶人数", "Persons helped"),
        Said(
            "期内有司法救助或帮扶措施的案件里的人数", "persons in cases with relief or a granted measure in the period"
        ),
    ),
    "beneficiaries": (
        "help",
        Said("受益人数", "Beneficiaries"),
        Said(
            "期内已批准、在办、落实的帮扶措施写明给谁的人数，一案中同一人只算一次；一个人都没写明的案件算一人",
            "persons whom granted measures of the period are for, each once in a case; one where a case names nobody",
        ),
    ),
    "letters": (
        "relief",
        Said("移送线索", "Leads transferred"),
        Said("期内发出移送函的案件数", "cases whose letter was sent in the period"),
    ),
    "relieved": (
        "relief",
        Said("获司法救助案件", "Cases given judicial relief"),
        Said("期内决定救助或先行救助的案件数", "cases with relief or advance relief decided in the period"),
    ),
    "relieved_persons": (
        "relief",
        Said("获司法救助人数", "Persons given judicial relief"),
        Said("这些案件里的人数", "the persons in these cases"),
    ),
    "relief_sum": (
        "relief",
        Said("司法救助金", "Sum of judicial relief"),
        Said("期内决定的救助金之和（元），不含其他款项", "yuan decided in the period, without any other money"),
    ),
    "relief_by_letter": (
        "relief",
        Said("移送线索占比", "Share from our letters"),
        Said("获救助且此前有移送函的案件 ÷ 获救助的案件", "relieved cases with a letter before ÷ relieved cases"),
    ),
    "joint": (
        "relief",
        Said("联合救助", "Joint relief"),
        Said("由两个以上机关决定救助的案件数", "cases in which two organs or more decided"),
    ),
    "green": (
        "relief",
        Said("绿色通道", "Green channel"),
        Said("走绿色通道的救助案件数", "relief cases through the green channel"),
    ),
    "other_sum": (
        "help",
        Said("其他帮扶款", "Other money of help"),
        Said(
            "期内已批准、在办、落实的帮扶措施金额之和（元），不含司法救助金和追回款", "yuan of other granted measures"
        ),
    ),
    "recovered_sum": (
        "help",
        Said("追回款", "Money recovered"),
        Said(
            "期内支持起诉、法律援助、调解、土地权益措施要回的钱之和（元），单列，不算救助金",
            "yuan got back from who owed it by suits, legal aid, mediation and land claims; not relief",
        ),
    ),
    "orders": (
        "help",
        Said("督促监护令", "Guardianship supervision orders"),
        Said("期内的督促监护令措施数", "measures of this type in the period"),
    ),
    "protection": (
        "help",
        Said("人身安全保护令", "Protection orders"),
        Said("期内的保护令措施数", "measures of this type in the period"),
    ),
    "suits": (
        "help",
        Said("支持起诉", "Support suits"),
        Said("期内的支持起诉措施数", "measures of this type in the period"),
    ),
    "legal_aid": (
        "help",
        Said("法律援助", "Legal aid"),
        Said("期内的法律援助措施数", "measures of this type in the period"),
    ),
    "guardian_revoked": (
        "help",
        Said("撤销监护人资格", "Guardianships revoked"),
        Said("期内登记的撤销监护人资格法律行动数", "legal actions of this kind in the period"),
    ),
    "settlement": (
        "help",
        Said("化解率", "Settlement rate"),
        Said("已落实的调解 ÷ 已受理的调解", "mediations done ÷ mediations accepted"),
    ),
    "promised": (
        "help",
        Said("议定未落实", "Promised, not done"),
        Said(
            "会议议定、期内到期而没有落实的事项 ÷ 期内到期的议定事项",
            "decisions of meetings due in the period and not done ÷ those due",
        ),
    ),
    "needs_open": (
        "help",
        Said("未满足需求", "Needs still open"),
        Said(
            "期内提出、还没有获批措施、结案时也没写落实或不再需要的需求 ÷ 期内提出的需求",
            "needs named in the period without a granted measure, and not met or given up at a closure ÷ needs named",
        ),
    ),
    "custody": (
        "help",
        Said("代管救助金余额", "Relief kept for somebody"),
        Said("今天账上代管的救助金余额之和（元）", "yuan that stand in the ledgers today"),
    ),
    "followed": (
        "follow",
        Said("回访完成率", "Follow-ups done"),
        Said(
            "见到本人的回访 ÷ 期内到期的回访（按本县为各风险等级、帮扶后各时点定的天数，以及另外计划的）",
            "those at which she was seen ÷ follow-ups due in the period (by the days this county set for each band, or "
            "after help began, and those planned besides)",
        ),
    ),
    "late": (
        "follow",
        Said("逾期回访", "Follow-ups late"),
        Said(
            "期内到期、过了那天才见到本人或到今天没见到的回访 ÷ 期内到期的回访",
            "those at which she was seen after the day, or not until today ÷ due in the period",
        ),
    ),
    "satisfaction": (
        "follow",
        Said("满意率", "Satisfaction"),
        Said("回访和结案时回答 4 或 5 的 ÷ 有回答的", "answers 4 or 5 ÷ answers given"),
    ),
    "violence_again": (
        "follow",
        Said("帮扶后再次受暴", "Violence again after help"),
        Said("回访中说又有暴力的 ÷ 回访中问到的", "follow-ups telling of new violence ÷ follow-ups that asked"),
    ),
    "outreach_times": (
        "out",
        Said("普法宣传场次", "Outreach events"),
        Said("期内登记的讲座、活动等场次之和", "lectures, activities and the like noted in the period"),
    ),
    "outreach_people": (
        "out",
        Said("受众人次", "People reached"),
        Said("这些场次登记的人次之和，同一人可重复", "the people noted at them; somebody may be counted twice"),
    ),
    "interviews": (
        "out",
        Said("“一站式”询问取证", "Interviews for evidence"),
        Said("期内登记的次数之和，不记内容", "how many were noted in the period; nothing of their content"),
    ),
    "centres": (
        "out",
        Said("中心和站点", "Centres and stations"),
        Said(
            "期末还在运行的维权服务中心和站点数", "service centres and stations that are there at the end of the period"
        ),
    ),
}
TABLES: dict[str, Said] = {
    "channel": Said("按线索来源", "By channel"),
    "outcome": Said("按线索处理", "By outcome of the lead"),
    "region": Said("按乡镇街道", "By township"),
    "organisation": Said("按受理单位（中心、站点）", "By the organisation that received it"),
    "person": Said("按人群", "By kind of person"),
    "relieved_person": Said("获司法救助者按人群", "Persons given relief, by kind"),
    "category": Said("按“5+2”类别（筛查提示）", "By the seven categories, as suggested"),
    "flag": Said("按提示", "By flag"),
    "band": Said("按风险等级", "By band of risk"),
    "case_type": Said("按案件类型", "By type of case"),
    "stage": Said("按案件阶段", "By stage of the case"),
    "measure_by": Said("帮扶措施：按部门", "Measures by department"),
    "measure_type": Said("帮扶措施：按种类", "Measures by type"),
    "measure_state": Said("帮扶措施：按结果", "Measures by result"),
    "measure_year": Said("其他帮扶款：按年", "Other money of help by year"),
    "legal_action": Said("法律行动：按种类", "Legal actions by kind"),
    "outreach": Said("普法宣传：按种类", "Outreach by kind"),
}
SPANS: dict[str, tuple[Said, str, str]] = {  # title, from, to
    "visit": (Said("受理 → 走访", "Lead → visit"), "received_on", "visited_on"),
    "approval": (Said("走访 → 批准", "Visit → approval"), "visited_on", "approved_on"),
    "letter": (Said("批准 → 移送函", "Approval → letter"), "approved_on", "letter_on"),
    "decision": (Said("移送函 → 决定", "Letter → decision"), "letter_on", "decided_on"),
    "feedback": (Said("决定 → 反馈", "Decision → feedback"), "decided_on", "feedback_on"),
    "report": (Said("发现 → 强制报告", "Found → mandatory report"), "found_at", "reported_at"),
}
# The time limits (limits.py) on the way to each step.
LIMITS_OF_STEP: dict[str, tuple[str, ...]] = {
    "visit": ("triage", "assign", "visit"),
    "approval": ("hand_in", "check"),
    "letter": ("letter",),
    "decision": ("receipt", "supplement", "relief_opinion"),
    "feedback": ("feedback",),
    "report": ("mandatory_report",),
}
STEP_OF_LIMIT = {code: step for step, codes in LIMITS_OF_STEP.items() for code in codes}
# Of one round through the households of a list (casework/campaigns.py).
CAMPAIGN_FIGURES: dict[str, tuple[str, Said, Said]] = {
    "sweep_visited": (
        "sweep",
        Said("走访率", "Households visited"),
        Said("已有走访结果的户 ÷ 名单上的户", "households with an outcome ÷ households on the list"),
    ),
}
CAMPAIGN_TABLES: dict[str, Said] = {
    "sweep_outcome": Said("按走访结果", "By outcome"),
    "sweep_colour": Said("按颜色", "By colour"),
    "sweep_worry": Said("替这家担心吗", "Worried about them"),
    "sweep_village": Said("按村居", "By village"),
}
