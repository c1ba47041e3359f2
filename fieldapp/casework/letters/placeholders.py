"""The names a template of each paper may use, what they mean, and invented data to look at a template with.

One line is one name: `name | Chinese | English | example`. A line that begins with `*` is a list; its columns follow,
each with `list.column`. What stands here and what contexts.py fills in is the same (a test compares them).
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from fieldapp.casework.letters.kinds import Kind
from fieldapp.casework.sentences import Said

_EVERY = """
number | 文号 | Register number | 线移〔2026〕7号
made_on | 制作日期 | Made on | 2026年11月22日
code_name | 案卷代号 | Code name of the file | K7-0421
"""
_TABLES: dict[Kind, str] = {
    Kind.TRANSFER: """
from_name | 移送单位 | From | 示范县妇女联合会
to_name | 接收单位 | To | 示范县人民检察院
level_reason | 为什么不移送同级 | Why not to the same level |
subjects | 被移送人 | Whom it is about | 马兰
* minors | 一并提出的未成年子女 | Children put forward with her |
minors.name | 姓名 | Name | 马小舟
minors.born | 出生年月 | Born | 2015-04
minors_left_out | 没有一并提出的原因 | Why a child is left out |
contact_safe | 怎样联系才安全 | How to reach her safely | 只能某些时间
safe_how | 安全的方式、时间、找谁 | Safe way, time, through whom | 工作日上午打她本人电话
contact | 我方联系人 | Our contact | 陈岚
contact_phone | 联系人电话 | Phone of our contact | 19900000001
case_type | 原案类型 | Type of case | 交通肇事
case_stage | 办案阶段 | Stage | 审查起诉
case_organ | 办案机关 | Authority of the case | 示范县公安局
case_doc_no | 文书文号 | Number of its document | 示公诉字〔2026〕12号
awarded | 应得赔偿 | Compensation awarded | 680000
paid | 已得赔偿 | Compensation paid | 20000
gap | 未到位赔偿 | Compensation still owed | 660000
gap_told | 赔偿情况原话 | As told | 68万余元，大部分没有履行
harm | 一、人身财产受损情况 | 1. Harm | 丈夫在事故中去世，本人左腿骨折。
hardship | 二、生活困难情况 | 2. Hardship | 一起生活4人，近一年收入9000元。
causal | 三、因果关系 | 3. Causal link | 失去主要收入来源由本案直接造成。
situation | 四、具体救助情形 | 4. Relief situation | 失去主要劳动力
* exclusions | 不予救助情形核对 | Grounds against relief |
exclusions.question | 核对事项 | Ground | 本人对案件发生有重大过错吗？
exclusions.answer | 答 | Answer | 否
exclusions_note | 核对说明 | What stands behind each yes |
flags | 优先提示 | Flags | 家有未成年人
* papers | 附件 | Enclosed papers |
papers.no | 序号 | No. | 1
papers.name | 材料 | Paper | 户口簿
papers.state | 附上或后补 | Enclosed or follows | 附上
papers.form | 原件或复印件 | Original or copy | 复印件
papers.pages | 页数 | Pages | 3
papers.by | 后补期限 | Follows by |
follows | 材料后补说明 | What follows |
basis | 提供依据 | Ground for sharing | 本人或监护人同意
basis_text | 依据的规定或紧急情况 | Rule or emergency |
""",
    Kind.RECEIPT: """
letter_no | 移送函文号 | Number of the letter | 线移〔2026〕7号
from_name | 移送单位 | Sent by | 示范县妇女联合会
ack_at | 签收时间 | Received on | 2026-11-24 09:30
receipt_no | 回执编号 | Receipt number | 示检控申〔2026〕3号
handler | 承办人 | Handled by | 何平
* missing | 需要补充的材料 | What is missing |
missing.what | 材料 | Paper | 收入证明
missing.due | 期限 | By when | 2026-12-10
result | 结果 | Result | 决定救助
reason | 理由 | Reason |
organs | 决定机关 | Deciding organs | 示范县人民检察院
amount | 金额 | Amount | 50000
decided_on | 决定日期 | Decided on | 2026-12-12
paid_on | 发放日期 | Paid on |
green_channel | 绿色通道 | Green channel | 是
custodian | 代管 | Custodian |
feedback_at | 反馈时间 | Told back on |
""",
    Kind.VISIT: """
title | 标题 | Title | 入户走访记录
place | 地点 | Place | 柳树村
visited_at | 走访时间 | When | 2026-11-20 10:00
visitors | 走访人 | Visitors | 李雨、王禾
* lines | 记录内容 | What was recorded |
lines.part | 部分 | Part | 家庭
lines.question | 事项 | Question | 现在一起生活几个人
lines.answer | 内容 | Answer | 4
""",
    Kind.MINUTES: """
meeting | 会议类别 | Kind of meeting | 个案研判会
held_at | 时间 | When | 2026-11-18 14:30
place | 地点 | Where | 县妇联会议室
chair | 主持人 | Chair | 陈岚
recorder | 记录人 | Recorder | 李雨
* participants | 参加人员 | Who took part |
participants.org | 单位 | Organisation | 民政
participants.name | 姓名 | Name | 周木
participants.role | 职务 | Role | 科长
cases | 研究的个案（代号） | Cases, by code name | K7-0421
reported | 通报情况 | Reported | 家庭收入仍低于低保线。
disputed | 分歧 | Differences |
* decisions | 议定事项 | Decisions |
decisions.no | 序号 | No. | 1
decisions.text | 事项 | What | 协助申请临时救助
decisions.owner | 牵头单位 | In charge | 民政
decisions.due | 期限 | By when | 2026-12-05
shared | 会上提供的信息及依据 | What was shared, on what ground | 姓名、困难情况，提供给民政，本人同意
secrecy_read | 宣读保密要求 | Rules of secrecy read | 是
documents | 出台文件 | Rules issued |
next_at | 下次会议 | Next meeting |
""",
    Kind.CLOSURE: """
reason | 结案原因 | Why it is closed | 目标达到
closed_on | 结案日期 | Closed on | 2026-11-20
moved_to | 转到哪里、谁接手 | Where to, who takes over |
* needs | 需求办理情况 | What came of each need |
needs.need | 需求 | Need | 就医
needs.result | 结果 | Result | 落实了
needs.why | 说明 | Why |
feedback_done | 已反馈移送单位 | Result told back | 是
subject_informed | 已告诉本人 | She was told | 是
subject_view | 本人评价 | Her own view | 满意
lasting | 长效措施 | Lasting help | 纳入低保
retention_until | 案卷保存到 | Kept until | 2036-11-20
""",
    Kind.ENTRUSTED: """
from_name | 委托单位 | From | 示范县妇女联合会
to_name | 受托单位 | To | 邻县妇女联合会
subject | 走访对象 | Whom to visit | 马兰
residence | 现住地 | Where she lives | 邻县东街社区
contact_safe | 怎样联系才安全 | How to reach her safely | 只能通过别人
safe_how | 安全的方式、时间、找谁 | Safe way, time, through whom | 先联系社区妇联主席
asked | 请了解的内容 | What is asked | 近况和还需要什么帮助
form | 附空白表 | Blank form enclosed | 回访（F3）
due | 请于何日前办理 | By when | 2026-12-15
contact | 我方联系人 | Our contact | 陈岚
contact_phone | 联系人电话 | Phone of our contact | 19900000001
""",
}
# Without these a letter would be refused by who receives it: a county's own template has to use them.
REQUIRED: dict[Kind, tuple[str, ...]] = {
    Kind.TRANSFER: (
        "number", "from_name", "to_name", "subjects", "harm", "hardship", "causal", "situation", "contact_safe",
        "safe_how", "papers", "basis",
    ),
    Kind.ENTRUSTED: ("number", "to_name", "subject", "contact_safe", "safe_how", "asked"),
    Kind.RECEIPT: ("letter_no", "ack_at", "result"),
    Kind.VISIT: ("visited_at", "visitors", "lines"),
    Kind.MINUTES: ("held_at", "participants", "decisions"),
    Kind.CLOSURE: ("reason", "closed_on", "needs"),
}  # fmt: skip


@dataclass(frozen=True)
class Placeholder:
    """A name a template may use; `columns` where it is a list, each used on a row of it."""

    name: str
    label: Said
    example: str
    columns: tuple["Placeholder", ...] = ()
    is_list: bool = False


@cache
def placeholders(kind: Kind) -> dict[str, Placeholder]:
    """Every name a template of this paper may use, in the order of the paper."""
    found: dict[str, Placeholder] = {}
    for line in (_EVERY + _TABLES[kind]).strip().splitlines():
        if not line.strip():
            continue
        name, zh, en, example = (part.strip() for part in line.split("|"))
        whole, _, column = name.removeprefix("* ").partition(".")
        one = Placeholder(column or whole, Said(zh, en), example, is_list=name.startswith("*"))
        if column:
            above = found[whole]
            one = Placeholder(above.name, above.label, "", (*above.columns, one), is_list=True)
        found[whole] = one
    return found


def invented(kind: Kind) -> dict[str, Any]:
    """Values for every name of this paper, about nobody: for looking at a template."""
    return {
        name: [{column.name: column.example for column in one.columns}] if one.is_list else one.example
        for name, one in placeholders(kind).items()
    }
