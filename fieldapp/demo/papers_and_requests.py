"""A meeting, papers and requests in the demo, so that letters, rights and the calendar show some.

Made by the acts of the desk, like anybody's. Invented.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from fieldapp.actions import letters, minors, rights_requests
from fieldapp.actions.rights_requests import Asked
from fieldapp.casework.letters.kinds import Kind
from fieldapp.days import CHINA, day_of
from fieldapp.demo import help_given
from fieldapp.models.cases import Case
from fieldapp.models.rights_requests import RequestKind

_MET_DAYS_AGO, _DUE_IN_DAYS = 12, 5
_RECEIVED_DAYS_AGO = 9


def load(session: Session, now: datetime) -> None:
    """Add it to a demo in which help was given. Raises NoResultFound on any other database."""
    author, approver = help_given.acting(session, "sun"), help_given.acting(session, "chen")
    first, second, third = help_given.families(session)
    minutes = help_given.desk_record(session, author, approver, "F8", third, _meeting(third, now), now)
    for case in (second, third):
        if minors.needs_reason(session, approver, case, now):
            minors.give_reason(session, approver, case.case_id, "review", "", now)
    letter = letters.make(session, approver, third.case_id, Kind.MINUTES, minutes, now)
    letters.note_signed(session, approver, letter.letter_id, now)
    letters.note_sent(session, approver, letter.letter_id, now)
    asked = {
        "to_name": "示例市另一县妇女联合会（演示）",
        "residence": "在外务工，住在该县县城（演示）",
        "asked": "请代为走访，看看她现在的生活和孩子上学情况（演示）",
        "contact": "陈素心",
        "contact_phone": "199 0000 0001",
    }
    letters.entrust(session, approver, second.case_id, asked, now)
    received = day_of(now) - timedelta(days=_RECEIVED_DAYS_AGO)
    of_first: dict[str, Any] = {"case_id": first.case_id, "received_on": received, "who": "她本人（演示）"}
    copy = Asked(RequestKind.COPY, how="上午由走访人员联系（演示）", **of_first)
    request = rights_requests.take(session, author, copy, now)
    rights_requests.show_identity(session, author, request.request_id, "known", now)
    wrong = "孩子的出生年月写错了，请改过来（演示）"
    rights_requests.take(session, author, Asked(RequestKind.CORRECTION, text=wrong, **of_first), now)
    said = Asked(RequestKind.FEEDBACK, first.case_id, received, text="救助款收到了，谢谢（演示）", view="5")
    rights_requests.take(session, author, said, now)


def _meeting(case: Case, now: datetime) -> dict[str, Any]:
    today = day_of(now)
    met = (now - timedelta(days=_MET_DAYS_AGO)).astimezone(CHINA)
    return {
        "mt.kind": "joint_meeting",
        "mt.at": met.isoformat(timespec="minutes"),
        "mt.place": "示例县妇女联合会会议室",
        "mt.chair": "陈素心",
        "mt.recorder": "孙明达",
        "mt.participants": [
            {"org": "wf", "unit": "示例县妇女联合会", "name": "陈素心", "outside": "no"},
            {"org": "civil", "unit": "示例县民政局", "name": "何禾", "outside": "no"},
        ],
        "mt.cases": [{"code_name": case.code_name}],
        "mt.decisions": [
            {
                "text": "民政部门帮她办理临时救助（演示）",
                "owner": "civil",
                "due": (today + timedelta(days=_DUE_IN_DAYS)).isoformat(),
            }
        ],
        "mt.has_shared": "no",
        "mt.secrecy_read": "yes",
    }
