"""Saying on a file's page what happened outside this app, and on which day: a petition was answered in writing, papers
were supplied, money arrived, she was told that she may ask for relief. The clocks of the law run on these days.
"""

from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy.orm import Session

from fieldapp.actions import case_events
from fieldapp.actions.case_events import REASON_MAX
from fieldapp.actions.case_moves import held
from fieldapp.casework.happened import Happened
from fieldapp.days import CHINA, day_of
from fieldapp.errors import Problem
from fieldapp.models import audit, scope
from fieldapp.models.accounts import Acting
from fieldapp.models.case_events import PLAIN, CaseEvent
from fieldapp.models.cases import Case

# What can be told by hand, each with its class: by which way a lead came is of the class of the question that asks it.
TOLD: dict[Happened, str] = {
    Happened.RELIEF_RIGHT_TOLD: PLAIN,
    Happened.PETITION_RECEIVED: "violence",
    Happened.PETITION_ANSWERED: "violence",
    Happened.SUPPLIED: PLAIN,
    Happened.CONSULTATION_HELD: PLAIN,
    Happened.FUNDS_ARRIVED: "money",
    Happened.RELIEF_TOLD: "money",
    Happened.RELIEF_PAID: "money",
}


def told_by(acting: Acting, case: Case) -> list[Happened]:
    """What she may say of a file that is open to her: nothing of a class that she does not read."""
    reads = {PLAIN, *scope.classes_read(acting, case.village_code)}
    return [kind for kind, sensitivity in TOLD.items() if sensitivity in reads]


def tell(
    session: Session, acting: Acting, case_id: UUID, kind: Happened, on: date, text: str, now: datetime
) -> CaseEvent:
    """Note that it happened on this day, today at the latest; `text` is a line beside it, sealed.

    Raises `not_found`, `text_too_long`, `day_to_come`, `request_malformed` for what is not told by hand, or not by her.
    """
    case = held(session, acting, case_id)
    if kind not in told_by(acting, case):
        raise Problem("request_malformed")
    if len(text) > REASON_MAX:
        raise Problem("text_too_long", limit=REASON_MAX)
    if on > day_of(now):
        raise Problem("day_to_come")
    if on < day_of(case_events.EARLIEST):
        raise Problem("request_malformed")
    details = {"on": on.isoformat(), "reason": text.strip()}
    event = case_events.note(
        session,
        case,
        kind,
        now=now,
        by=acting.person_id,
        sensitivity=TOLD[kind],
        details={name: said for name, said in details.items() if said},
        # Of today the moment counts, which hours and working days are counted from; of an earlier day its beginning.
        at=None if on == day_of(now) else datetime.combine(on, time(), CHINA),
    )
    named: dict[str, object] = {"case": str(case_id), "event": str(event.event_id)}
    audit.write(session, district=case.district, actor_id=acting.person_id, act="tell_day", about=named, at=now)
    return event
