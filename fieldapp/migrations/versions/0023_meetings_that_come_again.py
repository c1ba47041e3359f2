"""Meetings that come again by a period"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "standing_meeting",
        sa.Column("district", sa.String(12), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(12), nullable=False),
        sa.Column("kind", sa.String(30), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("members", sa.String(500), nullable=False),
        sa.Column("every_months", sa.Integer(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=True),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("district", "meeting_id"),
    )
    op.create_index("standing_meeting_by_region", "standing_meeting", ["district", "region_code"])


def downgrade() -> None:
    op.drop_table("standing_meeting")
