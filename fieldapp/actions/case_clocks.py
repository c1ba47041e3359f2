"""The running clocks of a case for somebody who opens its file: what is due, and on what ground."""

from datetime import datetime

from sqlalchemy.orm import Session

from fieldapp.actions import case_events
from fieldapp.actions.clock_settings import own_of
from fieldapp.casework.calendar import published
from fieldapp.casework.clocks import Clock, ClockState, Event, Pace, clocks_of, is_green
from fieldapp.casework.happened import Happened
from fieldapp.models import scope
from fieldapp.models.accounts import Acting
from fieldapp.models.cases import Case

# That one of these runs tells of violence, or by which way the lead came, which is of that class too.
_OF_VIOLENCE = frozenset(
    {"protect", "mandatory_report", "protection_order", "protection_order_urgent", "petition_reply"}
)
_DONE = frozenset({ClockState.KEPT, ClockState.LATE})


def running(
    session: Session, acting: Acting, case: Case, now: datetime, events: list[Event] | None = None
) -> list[Clock]:
    """The clocks that have not ended, what is overdue first; without those of violence for who does not read it. A case
    of which danger was told keeps the pace of a red one for her, and the usual pace for everybody else. `events`: those
    of the case, where they were asked for with others'.
    """
    events = case_events.events_for_clocks(session, case) if events is None else events
    reads = "violence" in scope.classes_read(acting, case.village_code)
    is_red = reads and any(event.kind == Happened.DANGER_TOLD for event in events)
    own = own_of(session, case.district)
    pace = Pace(red=is_red, green=is_green(events, now), own=own.lengths, names=own.names)
    clocks = clocks_of(events, now, published(), pace)
    return [clock for clock in clocks if clock.state not in _DONE and (reads or clock.limit.code not in _OF_VIOLENCE)]
