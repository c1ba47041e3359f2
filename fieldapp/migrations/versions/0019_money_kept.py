"""The ledger of money that is kept for somebody"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "fund_line",
        sa.Column("district", sa.String(12), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("entry", sa.String(12), nullable=False),
        sa.Column("cancels", sa.Uuid(), nullable=True),
        sa.Column("revision_id", sa.Uuid(), nullable=True),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("sealed_details", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["district", "case_id"], ["case_file.district", "case_file.case_id"]),
        sa.PrimaryKeyConstraint("district", "case_id", "line_id"),
    )


def downgrade() -> None:
    op.drop_table("fund_line")
