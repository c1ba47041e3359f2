"""What the engine says of an answer where the form says nothing; the twin of static/js/form/messages.js."""

MESSAGES: dict[str, tuple[str, str]] = {
    "required": ("此题必答，请填写或选择原因。", "This is needed: answer it, or choose why it is not known."),
    "constraint": ("填写内容不符合要求，请核对。", "This answer does not fit; check it."),
    "type": ("无法识别，请按提示的格式填写。", "This cannot be read; write it in the form shown."),
    "too_long": ("文字过长，请缩短。", "The text is too long; shorten it."),
    "not_a_choice": ("所选项已不在选项中，请重新选择。", "The choice made is not offered any more; choose again."),
    "unknown_not_allowed": ("此题不能选这个原因，请填写。", "This reason cannot stand here; give an answer."),
    "not_in_range": ("超出可选范围，请重新选择。", "This is outside of the range offered; choose again."),
    "rank_incomplete": ("请把所有选项都排上顺序。", "Put every choice in order."),
    "geo": ("位置数据有误，请重新定位。", "The location cannot be read; take it again."),
    "repeat_count": (
        "行数少于应填的行数，请补充。",
        "There are fewer rows than asked for; add them.",
    ),
    "check_id_number": (
        "身份证号有误，请逐位核对证件。",
        "The identity number is not valid; compare it with the card.",
    ),
    "check_phone": ("电话号码有误，请核对位数。", "The phone number is not valid; count its digits."),
    "check_money": ("金额应为不小于 0 的数，最多两位小数。", "An amount is 0 or more, with at most two places."),
    "check_region12": (
        "区划代码应为 12 位数字，请从列表选择或核对。",
        "A region code has 12 digits; choose it from the list or check it.",
    ),
    "check_partial": ("日期不够具体，请补充月或日。", "The date is too coarse; add the month or the day."),
    "irrelevant": ("此题不适用，但有答案。", "The question does not apply, but holds an answer."),
    "calculation": ("自动计算的结果与服务器不一致。", "The calculated value differs from the server's."),
}
