"""When a phone last told of itself, and the work of one phone that waits for a person"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("vault", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reported_at", sa.BigInteger(), nullable=True))
    with op.batch_alter_table("kept_package", schema=None) as batch_op:
        batch_op.create_index("kept_of_vault", ["district", "vault_id", "settled_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("kept_package", schema=None) as batch_op:
        batch_op.drop_index("kept_of_vault")
    with op.batch_alter_table("vault", schema=None) as batch_op:
        batch_op.drop_column("reported_at")
