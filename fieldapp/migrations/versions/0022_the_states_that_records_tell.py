"""The states of cases that nobody moved until now: as far as their reports tell

Each file that stood at its beginning comes into the state of its furthest report, with one event at the time of that
report, so that clocks run from then. What a receipt says is sealed: such a file stands at "acknowledged".
"""

import sqlalchemy as sa
from alembic import op

from fieldapp.ids import uuid7

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

# The furthest first: (form, states of its record, state of the case, what happened).
_HANDED_IN = ("submitted", "in_review", "returned", "approved_first", "approved")
_TELLS = (
    ("F9", ("approved",), "CLOSED", "closed"),
    ("F3", _HANDED_IN, "FOLLOW_UP", "followed_up"),
    ("F7", ("approved",), "IN_HELP", "help_begun"),
    ("F8", ("approved",), "PLAN", "plan_begun"),
    ("F4R", ("approved",), "ACKED", "acked"),
    ("F4", ("approved",), "TRANSFER", "letter_sent"),
    ("F2", ("approved",), "APPROVED", "approved"),
    ("F2", ("returned",), "RETURNED", "returned"),
    ("F2", ("submitted", "in_review", "approved_first"), "SUBMITTED", "submitted"),
    ("F2", ("door_submitted",), "VISITED", "visited"),
)
_CASE = sa.table(
    "case_file",
    sa.column("district", sa.String),
    sa.column("case_id", sa.Uuid),
    sa.column("state", sa.String),
    sa.column("opened_at", sa.BigInteger),
    sa.column("opened_by", sa.Uuid),
)
_RECORD = sa.table(
    "record",
    sa.column("district", sa.String),
    sa.column("case_id", sa.Uuid),
    sa.column("form", sa.String),
    sa.column("state", sa.String),
    sa.column("state_at", sa.BigInteger),
)
_VISIT = sa.table(
    "visit",
    sa.column("district", sa.String),
    sa.column("case_id", sa.Uuid),
    sa.column("purpose", sa.String),
    sa.column("state", sa.String),
    sa.column("created_at", sa.BigInteger),
)
_EVENT = sa.table(
    "case_event",
    sa.column("district", sa.String),
    sa.column("case_id", sa.Uuid),
    sa.column("event_id", sa.Uuid),
    sa.column("kind", sa.String),
    sa.column("sensitivity", sa.String),
    sa.column("at", sa.BigInteger),
    sa.column("by_id", sa.Uuid),
)


def upgrade() -> None:
    bind = op.get_bind()
    at_start = bind.execute(sa.select(_CASE).where(_CASE.c.state.in_(("LEAD", "ASSIGNED")))).all()
    records: dict[tuple[str, object], list[tuple[str, str, int]]] = {}
    for row in bind.execute(sa.select(_RECORD)):
        records.setdefault((row.district, row.case_id), []).append((row.form, row.state, row.state_at))
    planned = sa.select(_VISIT.c.district, _VISIT.c.case_id, sa.func.min(_VISIT.c.created_at)).where(
        _VISIT.c.purpose == "investigation", _VISIT.c.state != "cancelled"
    )
    visits = {(row[0], row[1]): row[2] for row in bind.execute(planned.group_by(_VISIT.c.district, _VISIT.c.case_id))}
    for case in at_start:
        here = (case.district, case.case_id)
        told = _furthest(records.get(here, []))
        if told is None and here in visits:
            told = ("ASSIGNED", "assigned", visits[here])
        if case.state == "LEAD":
            _note(bind, case, "lead_received", case.opened_at, case.opened_by)
        if told is not None:
            state, kind, at = told
            same = (_CASE.c.district == case.district, _CASE.c.case_id == case.case_id)
            bind.execute(sa.update(_CASE).where(*same).values(state=state))
            _note(bind, case, kind, max(at, case.opened_at + 1), None)


def downgrade() -> None:
    """States and events stay: before this version nothing reads the first, and there is no table of the others."""


def _furthest(records: list[tuple[str, str, int]]) -> tuple[str, str, int] | None:
    for form, states, state, kind in _TELLS:
        at = [when for of_form, in_state, when in records if of_form == form and in_state in states]
        if at:
            return state, kind, max(at)
    return None


def _note(bind: sa.Connection, case: sa.Row[tuple[object, ...]], kind: str, at: int, by: object) -> None:
    named = {"district": case.district, "case_id": case.case_id, "event_id": uuid7(at)}
    told = {"kind": kind, "sensitivity": "plain", "at": at, "by_id": by}
    bind.execute(sa.insert(_EVENT).values(**named, **told))
