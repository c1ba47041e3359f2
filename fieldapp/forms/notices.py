"""What the compiler says of a form that it takes: nothing is ignored in silence."""

from fieldapp.forms.refusals import place_of


class Notice(str):
    """`code: detail (row 5, label)`, and apart from that code, both languages and the place."""

    __slots__ = ("code", "column", "en", "row", "sheet", "zh")

    code: str
    zh: str
    en: str
    sheet: str | None
    row: int | None
    column: str | None


TEXTS: dict[str, tuple[str, str]] = {
    "class_raised": (
        "敏感级别自动提高：{detail}。",
        "The sensitivity was raised by what it is made from: {detail}.",
    ),
    "translation_missing": (
        "缺少译文，将显示另一种语言：{detail}。",
        "A translation is missing, the other language is shown: {detail}.",
    ),
    "bare_number_as_truth": (
        "数字直接当作真假判断：{detail}。0 和空都算“假”，请写成比较式。",
        "A number stands where yes or no is wanted: {detail}. 0 and blank are both no; write a comparison.",
    ),
    "appearance_ignored": (
        "外观 {detail} 在这里没有区别，已忽略。",
        "The appearance {detail} makes no difference here and is ignored.",
    ),
    "appearance_unknown": (
        "不认识的外观 {detail}，已忽略，请核对拼写。",
        "The appearance {detail} is not known and is ignored; check its spelling.",
    ),
    "ignored": ("{detail} 在这里不起作用，已忽略。", "{detail} has no effect here and is ignored."),
    "purpose_missing": (
        "{detail} 没有写明用途，请填写 bind::fa:purpose。",
        "{detail} does not say why it is asked; fill bind::fa:purpose.",
    ),
    "initial_rows": (
        "重复组 {detail} 预置了多行，只保留样板。",
        "The repeat {detail} has rows from the start; only its pattern is kept.",
    ),
    "list_encoding": (
        "{detail} 不是 UTF-8，按 GB 18030 读取，请核对文字。",
        "{detail} is no UTF-8 and was read as GB 18030; check its words.",
    ),
    "attachment_unused": (
        "附件 {detail} 没有被表单用到。",
        "The attachment {detail} is not used by the form.",
    ),
}


def notice(
    code: str, detail: str, sheet: str | None = None, row: int | None = None, column: str | None = None
) -> Notice:
    place = place_of(row, column)
    found = Notice(f"{code}: {detail}{f' ({place})' if place else ''}")
    zh, en = TEXTS[code]
    found.code, found.zh, found.en = code, zh.format(detail=detail), en.format(detail=detail)
    found.sheet, found.row, found.column = sheet, row, column
    return found
