"""Two approvals: which forms need them, and until when a first one stood"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "two_level_rule",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("rule_id", sa.Uuid(), nullable=False),
        sa.Column("form", sa.String(length=20), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=False),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("ended_reason", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("district", "rule_id"),
    )
    op.create_index("two_level_rule_by_form", "two_level_rule", ["district", "form"])
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.add_column(sa.Column("ended_at", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.drop_column("ended_at")
    op.drop_index("two_level_rule_by_form", table_name="two_level_rule")
    op.drop_table("two_level_rule")
