"""Words of the calendar, of clocks and of tasks for departments, in both languages."""

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

STATES: dict[str, LazyString] = {
    "running": _("in time"),
    "soon": _("due soon"),
    "overdue": _("overdue"),
    "paused": _("stands still"),
    "kept": _("kept"),
    "late": _("done too late"),
}
TOLD: dict[str, LazyString] = {
    "holder": _("whoever has it to do"),
    "supervisor": _("supervisor"),
    "duty": _("supervisor on duty"),
    "above": _("supervisor of the office above"),
}
ANSWERS: dict[str, LazyString] = {
    "sent": _("sent, not answered yet"),
    "accepted": _("taken on"),
    "refused": _("refused"),
    "done": _("done"),
    "withdrawn": _("taken back"),
}
WEEKDAYS = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
