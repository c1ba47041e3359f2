"""The templates that come with the program: a few lines of text each, built into a DOCX when one is needed.

Kept as text so that a change of a letter is a diff that can be read. A line is a paragraph; what it begins with says
how it is set:

    #   title          >  to the right          ==  heading           ?name:  only where the value is not empty
    |list| heading=column | heading=column      a table with a row for each row of the list
    __ label | label   places to sign with a pen, with the date; [] a box to tick
"""

import io
import re
from functools import cache
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from fieldapp.casework.letters.kinds import Kind

_NAME = re.compile(r"{{ (\w+) }}")
_LIST = re.compile(r"^\|(\w+)\|", re.MULTILINE)
_TEXTS: dict[Kind, str] = {
    Kind.TRANSFER: """
# 国家司法救助线索移送函
> {{ number }}
{{ to_name }}：
{{ from_name }}在工作中发现下列人员可能符合国家司法救助条件，现将线索移送你单位审查。
?follows:{{ follows }}
== 被移送人
姓名：{{ subjects }}
|minors| 一并提出的未成年子女=name | 出生年月=born
?minors_left_out:未一并提出子女的原因：{{ minors_left_out }}
?level_reason:未移送同级单位的原因：{{ level_reason }}
== 原案和赔偿
案件类型：{{ case_type }}　办案阶段：{{ case_stage }}
办案机关：{{ case_organ }}　文号：{{ case_doc_no }}
?awarded:应得赔偿 {{ awarded }} 元，已得 {{ paid }} 元，未到位 {{ gap }} 元。
?gap_told:赔偿情况原话：{{ gap_told }}
== 一、人身财产受损情况
{{ harm }}
== 二、生活困难情况
{{ hardship }}
== 三、因果关系
{{ causal }}
== 四、具体救助情形
{{ situation }}
== 不予救助情形核对（供审查，不是拒绝的理由）
|exclusions| 核对事项=question | 答=answer
?exclusions_note:说明：{{ exclusions_note }}
?flags:优先提示：{{ flags }}
== 联系本人只能照下面的办法
{{ contact_safe }}　{{ safe_how }}
不要向其家人、村（居）或加害人透露本函。
== 附件
|papers| 序号=no | 材料=name | 附上或后补=state | 原件或复印件=form | 页数=pages | 后补期限=by
== 提供依据
{{ basis }}　{{ basis_text }}
我方联系人：{{ contact }}　电话：{{ contact_phone }}
请在签收后 5 个工作日内一次告知需要补充的材料，并将结果反馈我单位。
__ 签发人（签名） | 移送单位（盖章）
> {{ made_on }}
""",
    Kind.RECEIPT: """
# 移送函回执
{{ from_name }}：
你单位移送的 {{ letter_no }} 已于 {{ ack_at }} 签收。
?receipt_no:回执编号：{{ receipt_no }}
?handler:承办人：{{ handler }}
|missing| 需要补充的材料=what | 期限=due
== 审查结果
{{ result }}
?reason:理由：{{ reason }}
?organs:决定机关：{{ organs }}
?amount:金额：{{ amount }} 元
?decided_on:决定日期：{{ decided_on }}
?paid_on:发放日期：{{ paid_on }}
?green_channel:绿色通道：{{ green_channel }}
?custodian:代管：{{ custodian }}
?feedback_at:反馈时间：{{ feedback_at }}
__ 承办人（签名） | 接收单位（盖章）
> {{ made_on }}
""",
    Kind.VISIT: """
# {{ title }}
案卷代号：{{ code_name }}
时间：{{ visited_at }}　地点：{{ place }}
走访人：{{ visitors }}
|lines| 部分=part | 事项=question | 内容=answer
以上记录已向我宣读（或由我阅读），与我说的一致。
__ 受访人（签名或捺印） | 走访人（签名） | 走访人（签名）
受访人不签名的，注明原因：________________________________
> {{ made_on }}
""",
    Kind.MINUTES: """
# {{ meeting }}纪要
时间：{{ held_at }}　地点：{{ place }}
主持人：{{ chair }}　记录人：{{ recorder }}
|participants| 单位=org | 姓名=name | 职务=role
?cases:研究的个案（代号）：{{ cases }}
?reported:通报情况：{{ reported }}
?disputed:分歧：{{ disputed }}
== 议定事项
|decisions| 序号=no | 事项=text | 牵头单位=owner | 期限=due
?shared:会上提供的个人信息及依据：{{ shared }}
已宣读保密要求：{{ secrecy_read }}。参会人员对会议内容保密。
?documents:出台文件：{{ documents }}
?next_at:下次会议：{{ next_at }}
__ 主持人（签名） | 记录人（签名）
__ 参会人（签名） | 参会人（签名） | 参会人（签名）
> {{ made_on }}
""",
    Kind.CLOSURE: """
# 结案说明
案卷代号：{{ code_name }}
结案原因：{{ reason }}　结案日期：{{ closed_on }}
?moved_to:转到哪里、谁接手：{{ moved_to }}
== 需求办理情况
|needs| 需求=need | 结果=result | 说明=why
结果已反馈移送单位：{{ feedback_done }}
已告诉本人：{{ subject_informed }}
?subject_view:本人评价：{{ subject_view }}
?lasting:长效措施：{{ lasting }}
案卷保存到：{{ retention_until }}
__ 承办人（签名） | 批准人（签名）
> {{ made_on }}
""",
    Kind.ENTRUSTED: """
# 委托走访函
> {{ number }}
{{ to_name }}：
{{ subject }}现住你地，请协助走访，并将填好的空白表寄回。
?residence:现住地：{{ residence }}
== 请了解的内容
{{ asked }}
?form:附空白表：{{ form }}
?due:请于 {{ due }} 前办理。
== 联系本人只能照下面的办法
{{ contact_safe }}　{{ safe_how }}
不要向其家人、村（居）说明来意，不要留下本函。
我方联系人：{{ contact }}　电话：{{ contact_phone }}
__ 委托单位（盖章）
> {{ made_on }}
== 受托单位回复
[] 已走访，空白表随函寄回　　[] 未见到本人，原因：____________________
__ 走访人（签名） | 走访人（签名） | 受托单位（盖章）
""",
}


@cache
def template_of(kind: Kind) -> bytes:
    """The template of this paper that comes with the program, as a DOCX."""
    document = Document()
    _set_page(document)
    for line in _TEXTS[kind].strip().splitlines():
        _add(document, line)
    kept = io.BytesIO()
    document.save(kept)
    return kept.getvalue()


def names_in(kind: Kind) -> set[str]:
    """The names that the program's own template of this paper prints."""
    text = _TEXTS[kind]
    return {*_NAME.findall(text), *_LIST.findall(text)}


def _set_page(document: Any) -> None:
    page = document.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    page.left_margin = page.right_margin = Cm(2.6)
    page.top_margin, page.bottom_margin = Cm(2.8), Cm(2.4)
    style = document.styles["Normal"]
    style.font.name, style.font.size = "FangSong", Pt(12)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), "仿宋")
    style.paragraph_format.space_before = style.paragraph_format.space_after = Pt(3)
    style.paragraph_format.line_spacing = 1.3


def _add(document: Any, line: str) -> None:
    if line.startswith("?"):
        name, _, text = line[1:].partition(":")
        document.add_paragraph(f"{{%p if {name} %}}")
        _add(document, text)
        document.add_paragraph("{%p endif %}")
    elif line.startswith("|"):
        _table(document, line)
    elif line.startswith("__ "):
        _signatures(document, line[3:].split(" | "))
    elif line.startswith("# "):
        _bold(document, line[2:], 18).alignment = WD_ALIGN_PARAGRAPH.CENTER
    elif line.startswith("== "):
        _bold(document, line[3:], 13).paragraph_format.keep_with_next = True
    elif line.startswith("> "):
        document.add_paragraph(line[2:]).alignment = WD_ALIGN_PARAGRAPH.RIGHT
    else:
        document.add_paragraph(line.replace("[]", "□"))


def _bold(document: Any, text: str, size_pt: int) -> Any:
    paragraph = document.add_paragraph()
    run = paragraph.add_run(text)
    run.bold, run.font.size = True, Pt(size_pt)
    return paragraph


def _table(document: Any, line: str) -> None:
    _, name, columns = line.split("|", 2)
    cells = [column.strip().split("=") for column in columns.split(" | ")]
    document.add_paragraph(f"{{%p if {name} %}}")
    table = document.add_table(rows=4, cols=len(cells))
    table.style = "Table Grid"
    for at, (heading, column) in enumerate(cells):
        table.cell(0, at).text = heading
        table.cell(2, at).text = f"{{{{ row.{column} }}}}"
    table.cell(1, 0).text = f"{{%tr for row in {name} %}}"
    table.cell(3, 0).text = "{%tr endfor %}"
    document.add_paragraph("{%p endif %}")


def _signatures(document: Any, labels: list[str]) -> None:
    # Room for a pen: a row of its own, as high as a seal is.
    table = document.add_table(rows=1, cols=len(labels))
    table.rows[0].height = Cm(2.2)
    for at, label in enumerate(labels):
        table.cell(0, at).text = f"{label}：\n\n　　　　年　　月　　日"
