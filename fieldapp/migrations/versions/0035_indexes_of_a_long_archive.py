"""Indexes that keep the queue as quick where a county has decided a million reports"""

from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("record_queue", "record")
    op.create_index("record_queue", "record", ["district", "state", "state_at", "record_id"])
    op.create_index("case_event_by_kind", "case_event", ["district", "kind", "case_id"])


def downgrade() -> None:
    op.drop_index("case_event_by_kind", "case_event")
    op.drop_index("record_queue", "record")
    op.create_index("record_queue", "record", ["district", "state", "submitted_at"])
