"""Families on the green channel"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("case_file", schema=None) as batch_op:
        batch_op.add_column(sa.Column("green_since", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("green_handler_id", sa.Uuid(), nullable=True))
        batch_op.create_index("case_green", ["district", "green_since"])


def downgrade() -> None:
    with op.batch_alter_table("case_file", schema=None) as batch_op:
        batch_op.drop_index("case_green")
        batch_op.drop_column("green_handler_id")
        batch_op.drop_column("green_since")
