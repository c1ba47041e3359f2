"""The running clocks of a case for somebody who opens its file: what is due, and on what ground."""

from datetime import datetime

from sqlalchemy.orm import Session

from fieldapp.actions import case_events
from fieldapp.casework.calendar import published
from fieldapp.casework.clocks import Clock, ClockState, Pace, clocks_of
from fieldapp.casework.happened import Happened
from fieldapp.models import scope
from fieldapp.models.accounts import Acting
from fieldapp.models.cases import Case

# That one of these runs tells of violence.
_OF_VIOLENCE = frozenset({"protect", "mandatory_report", "protection_order", "protection_order_urgent"})
_DONE = frozenset({ClockState.KEPT, ClockState.LATE})


def running(session: Session, acting: Acting, case: Case, now: datetime) -> list[Clock]:
    """The clocks that have not ended, what is overdue first; without those of violence for who does not read it. A case
    of which danger was told keeps the pace of a red one for her, and the usual pace for everybody else.
    """
    events = case_events.events_for_clocks(session, case)
    reads = "violence" in scope.classes_read(acting, case.village_code)
    is_red = reads and any(event.kind == Happened.DANGER_TOLD for event in events)
    clocks = clocks_of(events, now, published(), Pace(red=is_red))
    return [clock for clock in clocks if clock.state not in _DONE and (reads or clock.limit.code not in _OF_VIOLENCE)]
