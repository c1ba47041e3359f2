"""What happened in a case"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "case_event",
        sa.Column("district", sa.String(12), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("sensitivity", sa.String(12), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("ref_id", sa.Uuid(), nullable=True),
        sa.Column("sealed_details", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["district", "case_id"], ["case_file.district", "case_file.case_id"]),
        sa.PrimaryKeyConstraint("district", "case_id", "event_id"),
    )
    op.create_index("case_event_by_time", "case_event", ["district", "case_id", "at"])


def downgrade() -> None:
    op.drop_table("case_event")
