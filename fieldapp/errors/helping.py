"""Help: measures, what departments are asked, meetings, orders, projects, experts, kept money, time limits."""

from fieldapp.errors.text import ProblemText

PROBLEMS: dict[str, ProblemText] = {
    "amount_unreadable": ProblemText(
        422,
        "金额没有看懂",
        "The amount could not be read",
        "请写大于零的元数，最多两位小数，例如 1200 或 1200.50。",
        "Write yuan above zero, with two decimals at most: 1200 or 1200.50.",
    ),
    "clock_not_ours": ProblemText(
        422,
        "这个期限是法律或上级规定的，天数不能改",
        "This limit is set by a law or a rule; its length cannot be changed",
        "可以改它的叫法；天数请按规定执行。",
        "Its name can be changed. Keep to its length.",
    ),
    "clock_wrong": ProblemText(
        422,
        "期限没有看懂",
        "This limit could not be read",
        "天数填 1 到 365 的整数（小时填 1 到 720），叫法最多 40 个字。",
        "Give a whole number from 1 to 365 (of hours 1 to 720), and a name of at most 40 characters.",
    ),
    "defacto_step_wrong": ProblemText(
        422,
        "这一步的日期或来源不对",
        "The day or the source of this step is not right",
        "请写办好的那一天和谁说的（来函文号，或问了谁）；不能早于申请，也不能早于上一步。",
        "Give the day on which it was done and who says so (a letter's number, or whom you asked); not before the "
        "application, nor before the step that goes before it.",
    ),
    "expert_not_available": ProblemText(
        422,
        "这位专家的合同已经到期，或者已不在名录里",
        "This expert's contract has run out, or the directory holds her no more",
        "请选合同还有效的专家；续了合同的，先在名录里改到期日。",
        "Choose one whose contract runs; where it was renewed, write the new last day in the directory first.",
    ),
    "keeper_needed": ProblemText(
        422,
        "没有写谁代管",
        "Who keeps the money is not said",
        "请写代管的单位或人。",
        "Write which office or person keeps it.",
    ),
    "liaison_needed": ProblemText(
        422,
        "这个部门在这里没有联络员",
        "This department has no liaison here",
        "请管理员先登记联络员，或换一个部门。",
        "Ask the administrator to name one, or choose another department.",
    ),
    "liaison_not_suitable": ProblemText(
        422,
        "此人不能担任这个部门的联络员",
        "This person cannot speak for this department",
        "联络员须有“部门联络员”角色，并且属于这个部门。",
        "A liaison has the role of a department liaison and belongs to this department.",
    ),
    "measure_needs_text": ProblemText(
        422,
        "没有写原因",
        "The reason is missing",
        "没落实或本人不要的，请写一句原因，再想别的办法。",
        "Refused or declined: say why in one sentence, then look for another way.",
    ),
    "measure_no_such_step": ProblemText(
        409,
        "这项措施现在不能这样改",
        "This measure cannot take this step now",
        "报告批准以后才能改进展；也可能刚有人改过。请看最新的状态再改。",
        "Only an approved measure moves on, or somebody moved it just now. Look where it stands, then choose.",
    ),
    "mediation_not_now": ProblemText(
        409,
        "没有做家暴筛查，或风险是红、橙的，不能调解",
        "No mediation before the violence screen is done, or while the risk is red or orange",
        "请先筛查、先保护。",
        "Screen and protect first.",
    ),
    "meeting_needs_words": ProblemText(
        422,
        "请写会议名称和参加单位",
        "The name of the meeting and its offices are needed",
        "名称最多 100 个字，单位最多 500 个字，不写人名。",
        "At most 100 characters for the name, 500 for the offices; no names of people.",
    ),
    "order_dates_wrong": ProblemText(
        422,
        "延长的日期不对",
        "The dates of the extension are not right",
        "决定的日子要在今天或以前、不晚于原来到期，新的到期要在原来以后；保护令一次最多延长六个月。已经到期的，请另外新建一项措施。",
        "The decision is not to come and lies before the old last day, the new one after it; a protection order is "
        "extended by six months at most. After it ran out, begin a new measure.",
    ),
    "project_dates_wrong": ProblemText(
        422,
        "起止日期不对",
        "The days are not right",
        "请写开始日期；结束日期不能早于开始。",
        "Give the first day; the last one cannot be before it.",
    ),
    "project_known": ProblemText(
        409,
        "目录里已经有这个名称",
        "There is a project of this name already",
        "请改用别的名称（可加年份），或者修改原来的项目。",
        "Choose another name (with the year, perhaps), or change that project.",
    ),
    "project_needs_words": ProblemText(
        422,
        "请写项目名称和主办单位",
        "Name and owner are needed",
        "每项最多 100 个字。",
        "At most 100 characters each.",
    ),
    "rhythm_changed": ProblemText(
        409,
        "回访间隔刚刚被别人改过，您的没有保存",
        "The rhythm of follow-ups was changed by somebody else just now; yours was not kept",
        "请看过现在的天数，再改一次。",
        "Look at the days as they are now, then change them again.",
    ),
    "rhythm_milestones_wrong": ProblemText(
        422,
        "帮扶后的回访时点不对",
        "These days after help began cannot be so",
        "请从早到晚写天数，例如 30、90、180、365：最多 12 个，第一个在第 8 到 90 天之间，前后相隔 14 到 365 天。"
        "隔得再近，一次回访就会算作两次；隔得再远，这家人会太久没人看望。",
        "Give days that rise, such as 30, 90, 180, 365: 12 at most, the first from the 8th to the 90th day, each 14 to "
        "365 days after the one before. Nearer, one visit would count for two; farther, nobody would come for long.",
    ),
    "rhythm_order_wrong": ProblemText(
        422,
        "等级更危险的，回访不能更少",
        "A more dangerous band cannot be visited less often",
        "红色最勤，橙色、黄色、蓝色依次不能更勤。请核对四个天数（一个月按 30 天、三个月按 90 天比）。",
        "Red comes most often, then orange, yellow, blue. Check them (a month counts as 30 days here, three as 90).",
    ),
    "rhythm_red_too_long": ProblemText(
        422,
        "红色等级最长 7 天要见一次",
        "A family in the red band is seen every 7 days at the longest",
        "红色说明她随时可能再受伤害：定级后 24 小时内第一次，以后每周一次，这是底线，手机上的评估表也这样写。"
        "县里可以更勤，不能更疏。",
        "Red says that she may be hurt again at any hour: first within 24 hours, then each week. That is the floor, "
        "and what the assessment on the phone tells those who visit. A county may come more often, never less.",
    ),
    "rhythm_too_long": ProblemText(
        422,
        "间隔太长",
        "That is too long between two visits",
        "橙色最长 14 天（手机上的评估表这样写），黄色最长 60 天，蓝色最长 180 天。再长，情况变坏就来不及知道。",
        "Orange takes 14 days at most (the assessment on the phone says so), yellow 60, blue 180. With more, nobody "
        "would hear in time that it got worse.",
    ),
    "rhythm_unreadable": ProblemText(
        422,
        "天数没有看懂",
        "These days could not be read",
        "请填大于零的整数；帮扶后的时点从早到晚写，中间用逗号或空格隔开。空着就是原来的天数。",
        "Give whole numbers above zero; the days after help began from the first on, with commas or spaces between. An "
        "empty field is what it was made.",
    ),
    "task_answered": ProblemText(
        409,
        "这项任务已经有了答复，不能再这样改",
        "This task has been answered; it cannot become that",
        "要再办，请另派一项任务。",
        "If it is to be done again, send another task.",
    ),
    "task_text_needed": ProblemText(
        422,
        "还有一句话没有写",
        "A sentence is missing",
        "派任务要写清为什么、请办什么、怎样联系；不承办、办结、撤回要写一句说明。",
        "A task says why, what is asked and how she is reached; a refusal, a result or a withdrawal says one sentence.",
    ),
}
