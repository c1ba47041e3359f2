"""Which parts of a visit were read for an approval"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "decision_part",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("revision_id", sa.Uuid(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["district", "decision_id"], ["decision.district", "decision.decision_id"]),
        sa.PrimaryKeyConstraint("district", "decision_id", "record_id"),
    )


def downgrade() -> None:
    op.drop_table("decision_part")
