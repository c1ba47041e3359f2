"""Forms: uploading, publishing and withdrawing one."""

from fieldapp.errors.text import ProblemText

PROBLEMS: dict[str, ProblemText] = {
    "form_asks_who_told": ProblemText(
        422,
        "谁反映的情况，只能在“联系人”那张表里问",
        "Who told us is asked in the sheet of the contact person alone",
        "请把涉及反映人的问题从这个表单里删去。那张表单独加密，不下发，不打印。",
        "Take the questions of the class reporter out of this form: that sheet is sealed apart and never printed.",
    ),
    "form_needs_roles": ProblemText(
        422,
        "请选择谁来填写这个表单",
        "Choose who fills in this form",
        "至少选择一种角色，再发布。",
        "Choose at least one role, then publish.",
    ),
    "form_not_for_village": ProblemText(
        422,
        "这个表单不能交给村居干部填写",
        "This form cannot be given to village cadres",
        "其中有涉及暴力、举报人、健康或钱款的问题。请删去这些问题，或只交给走访人员。",
        "It asks about violence, a reporter, health or money. Take those out, or give it to caseworkers only.",
    ),
    "form_not_publishable": ProblemText(
        409,
        "这份上传没有通过检查，不能发布或试填",
        "This upload was refused and cannot be published or tried",
        "请按列出的问题修改后重新上传。",
        "Put right what is listed and upload it again.",
    ),
    "form_published_meanwhile": ProblemText(
        409,
        "已有人先发布了，本次没有发布",
        "Somebody was faster; nothing was published",
        "请重新打开这一页，看过现在的版本再决定。您上传的文件还在。",
        "Open the page again and look at what is published now. Your upload is still there.",
    ),
    "form_upload_empty": ProblemText(
        422,
        "没有选择文件",
        "No file was chosen",
        "请选择表单文件后再上传。",
        "Choose the file of the form, then upload it.",
    ),
    "form_upload_too_large": ProblemText(
        413,
        "上传的文件太大",
        "The files are too large",
        "一次最多 16 MB。请减少图片或分开上传；没有保存任何内容。",
        "At most 16 MB at once. Use fewer or smaller pictures; nothing was stored.",
    ),
    "form_version_changed": ProblemText(
        409,
        "这个表单版本已发布，内容不能再变",
        "This form version is published and cannot change",
        "请提高表单的版本号后再发布。",
        "Raise the form's version number and publish again.",
    ),
    "form_version_not_higher": ProblemText(
        409,
        "版本号没有提高",
        "The version number is not higher",
        "已发布的版本不会再变。请在设置中把版本号改得比已发布的更大，再上传。",
        "A published version never changes. Raise the version above the published one and upload again.",
    ),
    "form_withdraw_needs_reason": ProblemText(
        422,
        "请写明为什么撤回",
        "Say why it is withdrawn",
        "填表的人和后来的管理员需要知道原因。",
        "Those who fill it in and later administrators need to know.",
    ),
    "form_withdrawn_already": ProblemText(
        409,
        "这个版本已经撤回",
        "This version is withdrawn already",
        "请重新打开这一页查看。",
        "Open the page again to see by whom.",
    ),
}
