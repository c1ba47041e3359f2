"""Rights of people, and what the law has erased."""

from fieldapp.errors.text import ProblemText

PROBLEMS: dict[str, ProblemText] = {
    "reporter_erased": ProblemText(
        410,
        "反映人的资料已依法删除",
        "Who told us was erased by law",
        "内容不能恢复；这户人家的其他资料不受影响。",
        "It cannot be brought back. Nothing else of this family's file is changed.",
    ),
    "rights_alert_open": ProblemText(
        409,
        "这家人还有没人处理的紧急情况",
        "A danger reported of this family waits for somebody",
        "请主管先在首页接收并处理，再来删除。",
        "A supervisor acknowledges it on the first page and sees to it; then erase.",
    ),
    "rights_code_name": ProblemText(
        422,
        "输入的代号和这份档案的不一样",
        "The code name typed is not that of this file",
        "请对照页面上方的代号再输一遍，确认没有选错档案。",
        "Compare with the code name at the head of the page and type it once more, so that it is the right file.",
    ),
    "rights_identity": ProblemText(
        422,
        "还没有写明怎样核对的身份",
        "It is not said yet how it was shown who asks",
        "请先核对身份并记下方式，再作决定。",
        "Check who asks and note how, then decide.",
    ),
    "rights_incomplete": ProblemText(
        422,
        "这项申请还缺内容",
        "Something is missing in this request",
        "请把没填的补上：申请人、收到日期（一年以内），更正要写明改什么，撤回同意要选停止什么、写明代号；文字不超过页面所示长度。",
        "Fill in what is missing: who asks, the day it came in (within a year), of a correction what is "
        "wrong, of withdrawn consent what is to stop and the code name. Mind the length said on the page.",
    ),
    "rights_kept_by_law": ProblemText(
        409,
        "依法必须保存的期限还没到",
        "The law orders this file to be kept until a later day",
        "到期以后再删除；在那之前谁也打不开这份档案。",
        "Erase it after that day; until then the file is open to nobody.",
    ),
    "rights_moved_on": ProblemText(
        409,
        "这项申请已经不在这一步了",
        "This request is not at this step any more",
        "可能同事刚刚办过。请重新打开这一页，看现在的情况。",
        "A colleague may just have seen to it. Open the page again to see where it stands.",
    ),
    "rights_reason": ProblemText(
        422,
        "还要选一个原因，并写一句话告诉本人",
        "A reason is needed, and a sentence to tell her",
        "请选原因，用普通人看得懂的话写明；不超过 1000 字。",
        "Choose the reason and say it in plain words, at most 1,000 characters.",
    ),
}
