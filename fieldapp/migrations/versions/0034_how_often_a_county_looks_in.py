"""How often a county looks in on its families, each time it set that"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rhythm_version",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("red_days", sa.Integer(), nullable=True),
        sa.Column("orange_days", sa.Integer(), nullable=True),
        sa.Column("yellow_days", sa.Integer(), nullable=True),
        sa.Column("blue_days", sa.Integer(), nullable=True),
        sa.Column("milestones", sa.String(length=80), nullable=True),
        sa.Column("village_milestones", sa.String(length=80), nullable=True),
        sa.Column("reason", sa.String(length=750), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=False),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("district", "number"),
    )


def downgrade() -> None:
    op.drop_table("rhythm_version")
