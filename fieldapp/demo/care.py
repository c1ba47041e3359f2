"""Lists of care of the demonstration: projects that run and one that ended, and a family on the key-care list."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.actions import key_care, projects
from fieldapp.days import day_of
from fieldapp.models.accounts import Acting
from fieldapp.models.cases import Case

RUNNING = ("春蕾计划（2026，演示）", "困难妇女司法救助（演示）")
ENDED = "阳光圆梦（2024，演示）"


def load(session: Session, supervisor: Acting, now: datetime) -> None:
    """After the families: the first of them is the one on the list."""
    today = day_of(now)
    told = {"owner": "示例县妇联", "region": supervisor.district, "since": "2024-01-01", "note": ""}
    for name in RUNNING:
        projects.add(session, supervisor, {**told, "name": name, "until": ""}, now)
    projects.add(session, supervisor, {**told, "name": ENDED, "until": "2024-12-31"}, now)
    wanted = select(Case.case_id).where(Case.district == supervisor.district).order_by(Case.case_id)
    case_id = session.scalars(wanted.limit(1)).one()
    reason, review_on = "带着孩子，暂时没有收入（演示）", today + timedelta(days=30)
    key_care.put_on(session, supervisor, case_id, level="key", reason=reason, review_on=review_on, now=now)
