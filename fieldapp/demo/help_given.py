"""Help in the demo: a measure that runs, and one that was sent to a department, so that calendar and tasks show some.

Written, handed in and approved by the acts of the desk, like anybody's. Invented.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.actions import agendas, desk_bodies, desk_records, dispatches, measures, plans, reviews
from fieldapp.days import day_of
from fieldapp.demo import DISTRICT
from fieldapp.models.accounts import Account, Acting, acting_for
from fieldapp.models.cases import Case
from fieldapp.models.desk_drafts import DeskDraft
from fieldapp.models.organisations import Department
from fieldapp.models.records import Revision

_AUTHOR, _APPROVER = "sun", "chen"
_DESK_SESSION = b"demo"
_BEGAN_DAYS_AGO = 40  # the visit after 30 days is overdue


def load(session: Session, now: datetime) -> None:
    """Add it to a loaded demo. Raises NoResultFound on any other database."""
    author, approver = acting(session, _AUTHOR), acting(session, _APPROVER)
    first, second, _ = families(session)
    began = (day_of(now) - timedelta(days=_BEGAN_DAYS_AGO)).isoformat()
    running = {
        "type": "temporary_relief",
        "title": "临时救助一次（演示）",
        "status": "in_progress",
        "started_on": began,
    }
    _measure(session, author, approver, first, running, now)
    asked = {"type": "dibao", "title": "帮她申请低保（演示）", "status": "planned"}
    record_id = _measure(session, author, approver, second, asked, now)
    department_id = session.scalars(select(Department.department_id).where(Department.district == DISTRICT)).one()
    said = {"purpose": "低保", "asked": "请在本月内受理申请（演示）", "reach": "只通过示例县妇联联系"}
    dispatches.send(session, approver, second.case_id, record_id, department_id, **said, now=now)
    for case_id in session.scalars(select(Case.case_id).where(Case.district == DISTRICT)):
        agendas.make(session, DISTRICT, case_id, now)


def families(session: Session) -> list[Case]:
    """The first three families at which somebody works, in a settled order."""
    wanted = select(Case).where(Case.district == DISTRICT, Case.state != "LEAD").order_by(Case.case_id).limit(3)
    return list(session.scalars(wanted))


def desk_record(
    session: Session, author: Acting, approver: Acting, form: str, case: Case, values: Mapping[str, Any], now: datetime
) -> UUID:
    """A record of a form of the desk, filled in by path, handed in by one and approved by the other; its record id."""
    draft = desk_records.begin(session, author, form, case.case_id, now)
    plan = plans.plan_of(session, draft.form, draft.form_version)
    assert plan is not None  # begin has refused a form without a version
    draft.number, draft.saved_at = 1, now
    desk_bodies.keep(session, draft, measures.filled_in(plan, dict(values), now))
    return _approved(session, author, approver, draft, now)


def acting(session: Session, login: str) -> Acting:
    """Somebody of the demo, by her login."""
    account = session.get_one(Account, login)
    found = acting_for(session, account.district, account.person_id)
    assert found is not None  # every demo account is in use
    return found


def _measure(
    session: Session, author: Acting, approver: Acting, case: Case, told: Mapping[str, Any], now: datetime
) -> UUID:
    values = {f"ms.{name}": value for name, value in told.items()}
    more = {"ms.providers": ["civil"], "ms.kind": "cash"}
    draft = measures.begin_filled_in(session, author, case, {**values, **more}, now)
    return _approved(session, author, approver, draft, now)


def _approved(session: Session, author: Acting, approver: Acting, draft: DeskDraft, now: datetime) -> UUID:
    typed = desk_bodies.shown(session, draft)
    body = {"answers": typed["answers"], "recorded": {"language": "zh"}, "replies": [], "visitors": []}
    plain = json.dumps(body, ensure_ascii=False).encode()
    record = desk_records.hand_in(session, author, draft.draft_id, draft.number, _DESK_SESSION, plain, now)
    head = session.get_one(Revision, (record.district, record.head_revision_id))
    reviews.open_review(session, approver, record.record_id, now)
    text = "演示：照演示资料批准"
    reviews.approve(session, approver, record.record_id, head.revision_id, head.content_hash, text=text, now=now)
    return record.record_id
