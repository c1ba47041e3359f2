"""Since when something is gone, and up to where that was forgotten"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("feed") as table:
        table.add_column(sa.Column("gone_at", sa.BigInteger(), nullable=True))
    with op.batch_alter_table("feed_head") as table:
        table.add_column(sa.Column("horizon_seq", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("feed_head") as table:
        table.alter_column("horizon_seq", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("feed_head") as table:
        table.drop_column("horizon_seq")
    with op.batch_alter_table("feed") as table:
        table.drop_column("gone_at")
