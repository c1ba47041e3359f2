"""What any request may meet."""

from fieldapp.errors.text import ProblemText

PROBLEMS: dict[str, ProblemText] = {
    "form_token": ProblemText(
        400,
        "页面已过期，没有执行任何操作",
        "This page has expired; nothing was done",
        "请重新打开这一页再操作一次。",
        "Open the page again and repeat what you did.",
    ),
    "internal": ProblemText(
        500,
        "服务器出错，刚才的操作没有完成",
        "The server had an error; what you asked for was not done",
        "请稍后再试；若再次出现，请把编号告诉管理员。",
        "Try again later. If it happens again, tell the administrator the reference number.",
    ),
    "method_not_allowed": ProblemText(
        405,
        "这个地址不支持这种操作",
        "This address does not take that kind of request",
        "请从页面上的按钮或链接进入。",
        "Use the buttons and links of the pages.",
    ),
    "name_needed": ProblemText(
        422,
        "请填写姓名，最多 50 个字",
        "A name is needed, 50 characters at most",
        "请填写后再提交；其他内容还在。",
        "Fill it in and send again; everything else is still there.",
    ),
    "not_found": ProblemText(
        404,
        "找不到这一项",
        "Nothing is found here",
        "请检查地址，或回到首页重新进入。",
        "Check the address, or start again from the first page.",
    ),
    "other_origin": ProblemText(
        403,
        "请求来自另一个网站，已拒绝",
        "The request came from another site and was refused",
        "请直接打开本系统的网址再操作。",
        "Open this system's own address and try again.",
    ),
    "request_malformed": ProblemText(
        400,
        "请求的格式不对",
        "The request could not be read",
        "请重新打开页面再试；若再次出现，请告诉管理员。",
        "Open the page again and retry. If it happens again, tell the administrator.",
    ),
    "say_why": ProblemText(
        422,
        "请写明理由",
        "Say why",
        "用一句话写清楚，以后的人看得懂；已选的内容都在。",
        "One sentence that who comes later understands. What you chose is still there.",
    ),
    "server_busy": ProblemText(
        503,
        "服务器正忙",
        "The server is busy",
        "没有保存任何改动；请稍等片刻再试。",
        "Nothing was changed. Wait a moment and try again.",
    ),
    "slow_down": ProblemText(
        429,
        "请求太频繁",
        "Too many requests",
        "请等一会儿再试。",
        "Wait a little, then try again.",
    ),
    "stored_damaged": ProblemText(
        500,
        "这一份资料在服务器上已损坏或被改动，不能打开",
        "This was damaged or changed on the server and cannot be opened",
        "其他资料不受影响。请把参考号告诉管理员，由管理员从备份恢复。",
        "Nothing else is affected. Tell the administrator the reference; a backup brings it back.",
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
}
