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
    "confirm_needed": ProblemText(
        401,
        "请再次确认您的身份",
        "Please confirm that it is you",
        "重新输入密码后继续；已填写的内容还在。",
        "Enter your password again to go on. What you filled in is still there.",
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
    "form_token": ProblemText(
        400,
        "页面已过期，没有执行任何操作",
        "This page has expired; nothing was done",
        "请重新打开这一页再操作一次。",
        "Open the page again and repeat what you did.",
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
    "request_reused": ProblemText(
        409,
        "这次请求的编号已用过",
        "The number of this request was used before",
        "会自动换新编号再发。",
        "It is sent again under a new one.",
    ),
    "server_busy": ProblemText(
        503,
        "服务器正忙",
        "The server is busy",
        "没有保存任何改动；请稍等片刻再试。",
        "Nothing was changed. Wait a moment and try again.",
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
    "too_large": ProblemText(
        413,
        "提交的内容太大",
        "What was sent is too large",
        "请缩短文字或减少内容后再提交。",
        "Shorten it, then send it again.",
    ),
    "unknown_vault": ProblemText(
        401,
        "服务器不认识这台手机",
        "The server does not know this phone",
        "内容仍在手机里。请联系管理员，可能需要新的设备码。",
        "Everything is still on the phone. Ask the administrator; a new device code may be needed.",
    ),
}
