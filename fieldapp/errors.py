"""Every Problem the server can answer with: a stable code, a status, what is wrong, what to do.

    Problem (Exception)      somebody asked for what cannot be done; `code` names one row of PROBLEMS

What we expect to happen in a protocol (a conflict, a repeat) is a returned outcome (sync/codes.py), not a Problem.
A retired code is never used again: it stays in RETIRED. The phone knows the codes it can meet (static/js/errors.js).
"""

from typing import Any, NamedTuple


class ProblemText(NamedTuple):
    """One row of the registry: HTTP status, and two sentences in two languages."""

    status: int
    title_zh: str
    title_en: str
    what_to_do_zh: str
    what_to_do_en: str


class Problem(Exception):
    """A refusal with a stable code. Raised anywhere, answered in one place (fieldapp/web/problems.py).

    `details` are plain values for the page or the JSON (`retry_after_s`, `field`), never an answer, a name or a secret.
    `status` overrides the one of the registry. Raises KeyError for a code that is not in PROBLEMS.
    """

    def __init__(self, code: str, *, status: int | None = None, **details: Any) -> None:
        super().__init__(code)
        self.text = PROBLEMS[code]
        self.code = code
        self.status = self.text.status if status is None else status
        self.details = details

    def title(self, language: str) -> str:
        """What is wrong, in `language` ("en", anything else is Chinese)."""
        return self.text.title_en if language == "en" else self.text.title_zh

    def what_to_do(self, language: str) -> str:
        """What the reader can do about it, in `language`."""
        return self.text.what_to_do_en if language == "en" else self.text.what_to_do_zh


RETIRED: frozenset[str] = frozenset()

# Alphabetical, one list: tests/unit/test_errors.py holds the order and that no sentence is empty.
PROBLEMS: dict[str, ProblemText] = {
    "another_person_confirms": ProblemText(
        403,
        "需要由另一个人确认",
        "Another person has to confirm this",
        "提出的人和当事人都不能确认，任职不满一周的也不能。提出人自己任职不满一周的，请服务器运维人员确认。",
        "Neither who asked nor whom it is about may confirm, nor who was given the role within a week. "
        "Where the asker was, the operator of the server confirms.",
    ),
    "answers_missing": ProblemText(
        422,
        "还有必填的没有填",
        "Something that is needed has not been answered",
        "请按列出的问题补齐，再提交；已填的内容都在。",
        "Answer what is listed, then hand in again. What you typed is still there.",
    ),
    "case_needs_person": ProblemText(
        422,
        "请至少填写一位家庭成员",
        "A case needs at least one person",
        "第一位是本案当事人，请填写姓名。",
        "The first person is the one the file is about: give a name.",
    ),
    "clock": ProblemText(
        409,
        "手机时间与服务器相差较大",
        "The clocks of phone and server differ by much",
        "请在手机设置里打开自动时间，再试一次。",
        "Set the phone's clock to automatic, then try again.",
    ),
    "confirm_needed": ProblemText(
        401,
        "请再次确认您的身份",
        "Please confirm that it is you",
        "重新输入密码后继续；已填写的内容还在。",
        "Enter your password again to go on. What you filled in is still there.",
    ),
    "conflict_of_interest": ProblemText(
        409,
        "此人与这个家庭或伤害她的人有亲属关系",
        "This person is related to the family, or to the one who did the harm",
        "请换一位走访人；如果是登记错误，由另一位主管或管理员撤销后再安排。",
        "Choose somebody else. If it was entered by mistake, another supervisor or administrator takes it back first.",
    ),
    "deputy_dates_wrong": ProblemText(
        422,
        "代理的日期不对",
        "The dates of the deputy do not fit",
        "结束日期不能早于开始日期或今天，一次最长 {limit} 天。",
        "The last day cannot lie before the first one or before today; at most {limit} days at a time.",
    ),
    "deputy_not_suitable": ProblemText(
        422,
        "此人不能代理",
        "This person cannot stand in",
        "代理人必须是本县在用的主管或走访人员，且不是本人。",
        "A deputy is another active supervisor or caseworker of this county.",
    ),
    "district_founded": ProblemText(
        409,
        "这个县已经有管理员",
        "This county has an administrator already",
        "请由现有管理员添加人员。",
        "Let that administrator add people.",
    ),
    "draft_changed_elsewhere": ProblemText(
        409,
        "这份表在另一个窗口里改过了",
        "This form was changed in another window",
        "您在这里写的已另存为一份，两份都在“我的草稿”里，请核对后只交一份。",
        "What you wrote here is kept as a second draft. Both stand under My drafts: compare them and hand in one.",
    ),
    "draft_kept_beside": ProblemText(
        409,
        "这份表在另一个窗口里也在写",
        "This form is being written in another window too",
        "您在这里写的另存为一份，两份都在“我的草稿”里。是两件事就各自提交；是同一件事，核对后提交一份，扔掉另一份。",
        "What you wrote here is kept as a draft of its own; both stand under My drafts. Two matters: hand in both. "
        "One and the same: compare them, hand in one and throw the other away.",
    ),
    "draft_not_open": ProblemText(
        409,
        "这份记录现在不能改",
        "This record cannot be changed now",
        "它已经提交、撤下或有了新的版本。您写的还在这一页上，要留的请先抄下，再打开记录看看。",
        "It was handed in, taken away, or has a newer version. Copy what you need, then open the record.",
    ),
    "enrol_refused": ProblemText(
        403,
        "账号、密码或设备码不对，或设备码已过期",
        "The account, password or device code is wrong, or the code has expired",
        "请逐项检查；设备码 15 分钟内有效，可向主管要新的。",
        "Check each one. A code lives 15 minutes; ask your supervisor for a new one.",
    ),
    "family_erased": ProblemText(
        410,
        "这户人家的资料已依法删除",
        "This family's file was erased by law",
        "内容不能恢复；如有疑问，请联系管理员。",
        "It cannot be brought back. Ask the administrator if you have questions.",
    ),
    "findings_need_reason": ProblemText(
        422,
        "系统有提示，批准需要说明理由",
        "There are findings; approving over them needs a reason",
        "请写一句为什么仍然批准，或退回补正。",
        "Say in one sentence why you approve all the same, or return the report.",
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
    "form_token": ProblemText(
        400,
        "页面已过期，没有执行任何操作",
        "This page has expired; nothing was done",
        "请重新打开这一页再操作一次。",
        "Open the page again and repeat what you did.",
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
    "frame_malformed": ProblemText(
        400,
        "服务器读不懂这次发送",
        "The server could not read what was sent",
        "内容仍在手机里，会改为一条一条再发；若再次出现，请告诉管理员。",
        "Everything is still on the phone and is sent again one by one. If it happens again, tell the administrator.",
    ),
    "frame_too_large": ProblemText(
        413,
        "一次发送的内容太多",
        "Too much was sent at once",
        "会自动分成小份再发。",
        "It is sent again in smaller parts.",
    ),
    "fresh_proof_needed": ProblemText(
        401,
        "请先再证明一次是您本人",
        "Please prove once more that it is you",
        "重要操作前五分钟内需要重新验证；验证后会回到原来的页面。",
        "Acts like this one ask for a proof that is at most five minutes old. You come back to your page afterwards.",
    ),
    "identity_linked": ProblemText(
        409,
        "这个单位账号已经属于别人",
        "This identity belongs to somebody else here",
        "请核对单位账号的编号后重新提出。",
        "Check how the organisation's server names her, then ask anew.",
    ),
    "internal": ProblemText(
        500,
        "服务器出错，刚才的操作没有完成",
        "The server had an error; what you asked for was not done",
        "请稍后再试；若再次出现，请把编号告诉管理员。",
        "Try again later. If it happens again, tell the administrator the reference number.",
    ),
    "issuer_may_not_approve": ProblemText(
        403,
        "您在七天内为该走访人发过设备码，不能批准这份报告",
        "You issued the author's device code within the last seven days and may not approve this report",
        "请由另一位主管批准。",
        "Let another supervisor approve it.",
    ),
    "kept_needs_reason": ProblemText(
        422,
        "请写明为什么这样处理",
        "Say why it is settled",
        "写一句话说明原因，再提交。",
        "Write a sentence with the reason, then send it again.",
    ),
    "kept_not_takeable": ProblemText(
        409,
        "这项内容不能直接收入",
        "This cannot be taken in",
        "请阅读原因，联系发送人补报，再写明处理结果。",
        "Read the reason, ask the sender to send it again, then settle it with a sentence.",
    ),
    "last_second_factor": ProblemText(
        409,
        "这是您唯一的第二重验证，不能移除",
        "This is your only second factor and cannot be removed",
        "请先添加另一种，再移除这一种。",
        "Add another one first, then remove this one.",
    ),
    "letter_needs_visit": ProblemText(
        422,
        "还没有可以移送的走访记录",
        "There is no visit record that a letter could be made from",
        "请先交走访记录。门口部分交了，就可以先移送、材料后补。",
        "Hand in the visit first. Its door part is enough for a letter whose materials follow.",
    ),
    "liaison_not_suitable": ProblemText(
        422,
        "此人不能担任这个部门的联络员",
        "This person cannot speak for this department",
        "联络员须有“部门联络员”角色，并且属于这个部门。",
        "A liaison has the role of a department liaison and belongs to this department.",
    ),
    "login_malformed": ProblemText(
        422,
        "账号只能用字母、数字和 . - _",
        "An account name has letters, digits and . - _ only",
        "请换一个账号再试。",
        "Choose another account name.",
    ),
    "login_taken": ProblemText(
        409,
        "这个账号已有人使用",
        "This account name is taken",
        "请换一个账号。",
        "Choose another account name.",
    ),
    "method_not_allowed": ProblemText(
        405,
        "这个地址不支持这种操作",
        "This address does not take that kind of request",
        "请从页面上的按钮或链接进入。",
        "Use the buttons and links of the pages.",
    ),
    "must_fix_open": ProblemText(
        409,
        "还有“必须改正”的意见未答复",
        "A remark that must be put right is still open",
        "请退回给走访人，或先核销该条意见。",
        "Return the report, or settle that remark first.",
    ),
    "name_needed": ProblemText(
        422,
        "请填写姓名，最多 50 个字",
        "A name is needed, 50 characters at most",
        "请填写后再提交；其他内容还在。",
        "Fill it in and send again; everything else is still there.",
    ),
    "no_phone_for_role": ProblemText(
        409,
        "这个角色不使用手机",
        "This role has no phone",
        "联络员、检察院、个人信息负责人和审计员只用审核台；要用手机，请先给相应角色。",
        "Liaisons, the procuratorate, data-protection officers and auditors have the desk alone; give the role first.",
    ),
    "not_allowed": ProblemText(
        403,
        "您没有做这件事的权限",
        "You may not do this",
        "如需权限，请联系管理员。",
        "Ask the administrator if you need the right to do it.",
    ),
    "not_found": ProblemText(
        404,
        "找不到这一项",
        "Nothing is found here",
        "请检查地址，或回到首页重新进入。",
        "Check the address, or start again from the first page.",
    ),
    "not_in_queue": ProblemText(
        409,
        "这份报告现在不在待审状态",
        "This report is not waiting for review now",
        "请回到待审列表查看它的最新状态。",
        "Go back to the queue and look at its state.",
    ),
    "not_in_review": ProblemText(
        409,
        "这份报告没有处在您的审核中",
        "This report is not in review",
        "请先点“开始审核”。",
        "Open the review first.",
    ),
    "not_oneself": ProblemText(
        409,
        "不能停用自己的账号，也不能改自己的角色",
        "You cannot deactivate yourself or change your own role",
        "请由另一位管理员操作。",
        "Ask another administrator.",
    ),
    "organisation_in_use": ProblemText(
        409,
        "还有人属于这里",
        "Somebody still belongs here",
        "请先把这些人调到别的单位或部门。",
        "Move these people to another organisation or department first.",
    ),
    "organisation_unknown": ProblemText(
        422,
        "单位或部门不在列表中",
        "This organisation or department is not on the list",
        "请从列表中选择；名称不能为空，最长 {limit} 个字。",
        "Choose one from the list; a name is needed, at most {limit} characters.",
    ),
    "other_origin": ProblemText(
        403,
        "请求来自另一个网站，已拒绝",
        "The request came from another site and was refused",
        "请直接打开本系统的网址再操作。",
        "Open this system's own address and try again.",
    ),
    "outside_refused": ProblemText(
        403,
        "单位统一登录没有成功",
        "The organisation's sign-in did not succeed",
        "请重新登录，或用账号和密码登录；若一直不行，请联系管理员。",
        "Start again, or sign in with account and password. If it keeps failing, ask the administrator.",
    ),
    "outside_unreachable": ProblemText(
        503,
        "连接不上单位统一登录",
        "The organisation's sign-in cannot be reached",
        "请稍后再试，或用账号和密码登录。",
        "Try again later, or sign in with account and password.",
    ),
    "own_record": ProblemText(
        403,
        "不能审核自己填写的报告",
        "Nobody reviews her own report",
        "请由另一位主管审核。",
        "Let another supervisor review it.",
    ),
    "passkey_refused": ProblemText(
        403,
        "这个通行密钥不能用",
        "This passkey was not accepted",
        "请再试一次，或改用验证码；若一直不行，请移除它再重新添加。",
        "Try again, or use a code instead. If it keeps failing, remove the passkey and add it anew.",
    ),
    "passkeys_too_many": ProblemText(
        409,
        "通行密钥已经有十个",
        "You have ten passkeys already",
        "请先移除不用的，再添加新的。",
        "Remove one that you do not use, then add the new one.",
    ),
    "password_too_short": ProblemText(
        422,
        "密码需要 10 至 128 个字符",
        "A password has 10 to 128 characters",
        "可以用几个不相关的词连起来。",
        "Several unrelated words in a row do well.",
    ),
    "password_wrong": ProblemText(
        403,
        "原密码不对",
        "The password until now is wrong",
        "请检查大小写后再试。",
        "Check capitals and try again.",
    ),
    "person_inactive": ProblemText(
        409,
        "这个人的账号已停用",
        "This person is deactivated",
        "停用的账号不能登记手机。",
        "A deactivated person cannot enrol a phone.",
    ),
    "policy_out_of_bounds": ProblemText(
        422,
        "这个数值超出允许的范围",
        "This value lies outside its bounds",
        "请按旁边写的范围修改；其他内容都还在。",
        "Stay within the bounds beside the field. What else you entered is still there.",
    ),
    "proof_refused": ProblemText(
        403,
        "密码或验证码不对",
        "The password or the code is wrong",
        "请检查后再试；每个验证码只能用一次，可等下一个。",
        "Check both and try again. Each code works once: wait for the next one if in doubt.",
    ),
    "reason_needed": ProblemText(
        422,
        "请选择查看原因",
        "Choose why you open this file",
        "这份档案涉及未成年人，查看原因会记入审计；选“其他”时请写明。",
        "This file is about a minor. The reason is kept in the audit; with 'other', write which.",
    ),
    "receipt_needs_letter": ProblemText(
        422,
        "这个案卷还没有批准的移送函",
        "There is no approved letter in this file",
        "移送函批准以后，才能登记回执。",
        "A receipt is noted once the letter is approved.",
    ),
    "regions_unreadable": ProblemText(
        422,
        "这个文件读不出来",
        "This file cannot be read",
        "请用 UTF-8 的 CSV 或 XLSX，第一行是列名：{columns}。最多 {limit} 行。",
        "Use a CSV in UTF-8 or an XLSX whose first row names the columns: {columns}. At most {limit} rows.",
    ),
    "remark_needs_text": ProblemText(
        422,
        "请写明要看什么",
        "A remark needs a sentence",
        "写一句话说明问题，再提交。",
        "Say in a sentence what should be looked at.",
    ),
    "remark_spares_her": ProblemText(
        422,
        "涉及暴力或孩子原话的内容不能要求“必须改正”",
        "Answers about violence or a child's words cannot be made a must-fix",
        "请改用“请说明”；避免让她再说一遍。",
        'Use "Please explain": she is not to be asked again.',
    ),
    "remark_unknown_kind": ProblemText(
        422,
        "意见的类型不对",
        "This kind of remark does not exist",
        "请重新打开页面后再选。",
        "Open the page again and choose.",
    ),
    "remarks_unanswered": ProblemText(
        422,
        "还有审核意见没有回复",
        "Some remarks have no answer yet",
        "请逐条改正或说明，再提交。",
        "Put right or explain each of them, then hand in again.",
    ),
    "request_malformed": ProblemText(
        400,
        "请求的格式不对",
        "The request could not be read",
        "请重新打开页面再试；若再次出现，请告诉管理员。",
        "Open the page again and retry. If it happens again, tell the administrator.",
    ),
    "request_over": ProblemText(
        409,
        "这项请求已经结束",
        "This request is over",
        "它已办理、被拒绝或超过一天。需要时请重新提出。",
        "It was carried out, refused, or is older than a day. Ask anew if it is still needed.",
    ),
    "request_reused": ProblemText(
        409,
        "这次请求的编号已用过",
        "The number of this request was used before",
        "会自动换新编号再发。",
        "It is sent again under a new one.",
    ),
    "return_needs_reason": ProblemText(
        422,
        "退回需要选择理由，或至少写一条意见",
        "A return needs a reason, or a remark on an answer",
        "请选择理由，或在某个答案上写意见。",
        "Choose a reason, or put a remark on an answer.",
    ),
    "review_held": ProblemText(
        409,
        "另一位主管正在审核这份报告",
        "Somebody else is reviewing this report",
        "最多等 30 分钟，或先看别的报告。",
        "Wait at most 30 minutes, or take another report.",
    ),
    "second_factor_needed": ProblemText(
        401,
        "请先完成第二重验证",
        "Your second factor is needed first",
        "请重新打开这一页，输入验证码后再操作。",
        "Open the page again, enter the code, then repeat what you did.",
    ),
    "second_factor_refused": ProblemText(
        403,
        "验证码不对，或已经用过",
        "The code is wrong or was used before",
        "每个验证码只能用一次。请等下一个；若仍不行，请检查手机时间是否自动设置。",
        "Each code works once. Wait for the next one; if that fails too, set the clock of your phone to automatic.",
    ),
    "server_busy": ProblemText(
        503,
        "服务器正忙",
        "The server is busy",
        "没有保存任何改动；请稍等片刻再试。",
        "Nothing was changed. Wait a moment and try again.",
    ),
    "share_gone": ProblemText(
        410,
        "这个 PIN 不能用了",
        "This PIN opens nothing any more",
        "请用口令解锁；解锁后可在设置里重新设置 PIN。",
        "Unlock with your secret; then you can set a PIN again in the settings.",
    ),
    "share_locked": ProblemText(
        423,
        "PIN 输错十次，已停用",
        "The PIN was wrong ten times and is switched off",
        "请用口令解锁，再到设置里重新设置 PIN；忘记口令请向管理员要新的设备码。",
        "Unlock with your secret and set a new PIN in the settings. If you forgot it, ask for a new device code.",
    ),
    "sign_in_needed": ProblemText(
        401,
        "请先登录",
        "Please sign in first",
        "登录后会回到这一页。",
        "You come back to this page afterwards.",
    ),
    "sign_in_refused": ProblemText(
        403,
        "账号或密码不对",
        "The account or the password is wrong",
        "请检查后再试；连续输错需要等待更久。忘记密码请联系管理员。",
        "Check both and try again; each wrong try makes the wait longer. Ask the administrator for a new password.",
    ),
    "slow_down": ProblemText(
        429,
        "请求太频繁",
        "Too many requests",
        "请等一会儿再试。",
        "Wait a little, then try again.",
    ),
    "stale_decision": ProblemText(
        409,
        "有更新的版本，刚才的决定没有生效",
        "A newer version came in; your decision was not taken",
        "请重新打开这份报告，看过新版本再决定。",
        "Open the report again, read the new version, then decide.",
    ),
    "team_dates_wrong": ProblemText(
        422,
        "最后一天早于今天",
        "The last day lies before today",
        "请检查日期；不知道何时结束就留空。",
        "Check the date; leave it empty where the end is not known.",
    ),
    "text_too_long": ProblemText(
        422,
        "文字太长",
        "The text is too long",
        "请缩短后再提交。",
        "Shorten it and send again.",
    ),
    "too_large": ProblemText(
        413,
        "提交的内容太大",
        "What was sent is too large",
        "请缩短文字或减少内容后再提交。",
        "Shorten it, then send it again.",
    ),
    "two_people_needed": ProblemText(
        409,
        "这件事需要两个人一起办",
        "This needs two people",
        "请在人员页面上提出，由另一位管理员或数据保护专员确认后再办理。",
        "Ask for it on the person's page; another administrator or the data-protection officer then confirms it.",
    ),
    "unknown_vault": ProblemText(
        401,
        "服务器不认识这台手机",
        "The server does not know this phone",
        "内容仍在手机里。请联系管理员，可能需要新的设备码。",
        "Everything is still on the phone. Ask the administrator; a new device code may be needed.",
    ),
    "vault_state_changed": ProblemText(
        409,
        "这部手机的状态已经变了",
        "The state of this phone has changed",
        "请重新打开手机列表，看看现在的状态。",
        "Open the list of phones again and look at its state.",
    ),
    "visit_dates_reversed": ProblemText(
        422,
        "最晚日期早于计划日期",
        "The latest date lies before the planned one",
        "请检查两个日期。",
        "Check the two dates.",
    ),
    "visit_forms_too_many": ProblemText(
        422,
        "一次走访里的表单太多",
        "Too many forms for one visit",
        "请少选几个表单，其余的另安排一次走访。",
        "Choose fewer forms, and plan another visit for the rest.",
    ),
    "visit_needs_form": ProblemText(
        422,
        "请选择要填写的表单",
        "Choose the form to fill in",
        "“其他走访”至少要选一个正在使用的本地表单；已撤回的表单不能再用。",
        "An other visit needs at least one form of this place that is in use; a withdrawn form begins no more.",
    ),
    "visit_needs_two": ProblemText(
        422,
        "入户调查需要两位走访人",
        "An investigation needs two visitors",
        "请再选一位走访人。",
        "Choose one more visitor.",
    ),
    "visit_needs_visitor": ProblemText(
        422,
        "请选择走访人",
        "Choose a visitor",
        "至少选择一位。",
        "At least one is needed.",
    ),
    "visit_not_planned": ProblemText(
        409,
        "这次走访已经完成或取消",
        "This visit is done or cancelled",
        "请刷新页面查看最新状态。",
        "Open the page again to see its state.",
    ),
    "visit_reason_unknown": ProblemText(
        422,
        "走访原因不在列表中",
        "This reason is not in the list",
        "请从列表中选择。",
        "Choose one from the list.",
    ),
    "visitor_not_for_form": ProblemText(
        422,
        "所选人员不填写所选的表单",
        "A chosen visitor does not fill in a chosen form",
        "请看表单后面写的填写人，改选人员或表单。",
        "See beside each form who fills it in, then choose another visitor or form.",
    ),
    "visitor_not_in_region": ProblemText(
        422,
        "所选人员不负责这个村，或没有相应角色",
        "A chosen visitor has no such role in this village",
        "请选择负责这个村的人员。",
        "Choose people who work in this village.",
    ),
    "wrong_pin": ProblemText(
        403,
        "PIN 不对",
        "This PIN is not right",
        "请再输一次；一共可试十次，然后只能用口令解锁。",
        "Enter it again. There are ten tries in all, then only the secret unlocks.",
    ),
}
