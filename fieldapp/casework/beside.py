"""What runs beside a case (protection.py), out of the events of the case."""

from collections.abc import Iterable
from dataclasses import replace

from fieldapp.casework.clocks import Event
from fieldapp.casework.happened import Happened
from fieldapp.casework.protection import Beside, Report, call_for_report, protect, reported


def of_events(events: Iterable[Event]) -> Beside:
    """Where protection and the mandatory report stand after these events, given in the order they were noted."""
    now = Beside()
    for event in events:
        if event.kind == Happened.PROTECT_BEGUN:
            now = protect(now, event.at)
        elif event.kind == Happened.PROTECT_ENDED:
            now = replace(now, protected_since=None)
        elif event.kind == Happened.REPORT_DUE:
            now = call_for_report(now)
        elif event.kind == Happened.REPORTED:
            now = replace(reported(now, Report.DONE_BY_US), reported_at=event.at)
        elif event.kind == Happened.REPORT_NOT_NEEDED and now.report_open:
            now = replace(now, report=Report.NOT_NEEDED)
    return now
