"""Who told us lies under a key of its own"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reporter_key",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=True),
        sa.Column("root_key_id", sa.String(length=32), nullable=True),
        sa.Column("erased_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("district", "case_id"),
    )


def downgrade() -> None:
    # What was sealed under these keys opens no more: take the backup made before.
    op.drop_table("reporter_key")
