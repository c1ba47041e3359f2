"""What becomes of kept work; who set a password"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("kept_package", schema=None) as batch_op:
        batch_op.add_column(sa.Column("kind", sa.String(length=12), nullable=True))
        batch_op.add_column(sa.Column("case_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("revision_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("settled_as", sa.String(length=12), nullable=True))
        batch_op.add_column(sa.Column("sealed_reason", sa.LargeBinary(), nullable=True))
        batch_op.create_index("kept_of_revision", ["district", "revision_id"], unique=False)
        batch_op.create_index("kept_of_record", ["district", "record_id"], unique=False)
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.add_column(sa.Column("set_by", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("set_at", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.drop_column("set_at")
        batch_op.drop_column("set_by")
    with op.batch_alter_table("kept_package", schema=None) as batch_op:
        batch_op.drop_index("kept_of_record")
        batch_op.drop_index("kept_of_revision")
        batch_op.drop_column("sealed_reason")
        batch_op.drop_column("settled_as")
        batch_op.drop_column("revision_id")
        batch_op.drop_column("case_id")
        batch_op.drop_column("kind")
