"""What the compiler says when it will not publish a form. Codes are stable; a text says what is wrong and what to
do, in both languages.

FormRefused (ValueError)      one or more Refusals, each with its place in the sheet
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Refusal:
    """One reason, with its place. `sheet` and `column` are names as in the XLSForm, `row` counts from 1 (the
    header); None where unknown."""

    sheet: str | None
    row: int | None
    column: str | None
    code: str
    zh: str
    en: str
    position: int | None = None  # of an expression's mistake: its character, from 1

    def __str__(self) -> str:
        return f"{self.sheet or '?'} row {self.row or '?'} {self.column or ''}: {self.code}: {self.en}"


class FormRefused(ValueError):
    def __init__(self, refusals: list[Refusal]):
        self.refusals = refusals
        super().__init__("\n".join(str(refusal) for refusal in refusals))


DETAIL_MAX = 300  # characters of a form that are repeated in a sentence
TEXTS: dict[str, tuple[str, str]] = {
    "xlsform": ("表格有误：{detail}", "The sheet has a mistake: {detail}"),
    "workbook": (
        "不是能读取的 .xlsx 文件：{detail}。请重新另存一次。",
        "This is no .xlsx that can be read: {detail}. Save it once more.",
    ),
    "xml": ("XML 无法读取：{detail}", "The XML cannot be read: {detail}"),
    "doctype": ("XML 不得含 DTD 或实体声明，请删去。", "The XML may hold no DTD and no entities; remove them."),
    "setting": ("设置 {detail} 缺失或不正确，请更正。", "The setting {detail} is missing or wrong; correct it."),
    "unclassified": (
        "问题 {detail} 没有敏感级别，请填写 bind::fa:sensitivity。",
        "Question {detail} has no sensitivity; fill bind::fa:sensitivity.",
    ),
    "value": (
        "{detail} 不是允许的值，请改用文档中的值。",
        "{detail} is not an allowed value; use one named in docs/forms.md.",
    ),
    "judgement_in_the_home": (
        "判断类问题 {detail} 只能放在办公环节（moment = desk）。",
        "The judgement {detail} may only be asked at the desk; set moment to desk.",
    ),
    "location_required": (
        "位置 {detail} 不能设为必填：没有人必须说出自己在哪里。请删去 required。",
        "The place {detail} may not be required: nobody has to tell where she is. Remove required.",
    ),
    "expression": ("表达式有误：{detail}", "The expression cannot be read: {detail}"),
    "function": (
        "不支持的函数：{detail}，请换一种写法。",
        "The function {detail} is not supported; write it another way.",
    ),
    "arguments": ("函数 {detail} 的参数不对，请核对。", "The arguments of {detail} are wrong; check them."),
    "path": ("路径 {detail} 找不到对应的问题。", "The path {detail} leads to no question; check the name."),
    "list": ("找不到选项表或列：{detail}。", "There is no such list or column: {detail}."),
    "list_file": ("选项文件 {detail}，请更正。", "The file of choices {detail}; correct it."),
    "attachment": (
        "缺少附件 {detail}，请与表单一起上传。",
        "The file {detail} is missing; upload it together with the form.",
    ),
    "media": (
        "附件 {detail} 不是支持的图片、录音或视频，请另存为常用格式。",
        "The file {detail} is no picture, sound or video that is supported; save it in a usual format.",
    ),
    "regex": ("正则表达式不受支持：{detail}", "The regular expression is not supported: {detail}"),
    "cycle": (
        "计算或显示条件循环引用：{detail}。请断开其中一处。",
        "These wait for each other in a circle: {detail}. Break one link.",
    ),
    "unsupported": (
        "不支持：{detail}。请删去或换一种写法。",
        "Not supported: {detail}. Remove it or write it another way.",
    ),
    "last_saved_class": (
        "上次的答案只能取 household 级别的问题：{detail}。",
        "Only questions of class household can be taken from the last record: {detail}.",
    ),
    "name": (
        "名称 {detail} 不合规则，或在同一组中重复。",
        "The name {detail} breaks the rules or stands twice among its siblings.",
    ),
    "limit": ("超出上限：{detail}。", "Over the limit: {detail}."),
}


def refusal(
    code: str,
    detail: str | tuple[str, str],
    sheet: str | None = None,
    row: int | None = None,
    column: str | None = None,
    position: int | None = None,
) -> Refusal:
    """`detail` is one text for both languages, or a pair (zh, en)."""
    zh, en = TEXTS[code]
    detail_zh, detail_en = (detail, detail) if isinstance(detail, str) else detail
    zh, en = zh.replace("{detail}", _short(detail_zh)), en.replace("{detail}", _short(detail_en))
    if position is not None:
        zh, en = f"{zh}（第 {position} 个字符）", f"{en} (character {position})"
    return Refusal(sheet, row, column, code, zh, en, position)


def place_of(row: int | None, column: str | None) -> str:
    return ", ".join(part for part in (f"row {row}" if row else "", column or "") if part)


def _short(detail: str) -> str:
    return detail if len(detail) <= DETAIL_MAX else detail[:DETAIL_MAX] + "…"
