"""What screening gave for each case, and what was said to it"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "screening_run",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("rules_version", sa.String(length=20), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("counts_unapproved", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("sealed_results", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["district", "case_id"], ["case_file.district", "case_file.case_id"]),
        sa.PrimaryKeyConstraint("district", "run_id"),
    )
    op.create_index("screening_run_by_case", "screening_run", ["district", "case_id", "number"])
    op.create_table(
        "screening_answer",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("answer_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("said_by", sa.Uuid(), nullable=False),
        sa.Column("acting_for", sa.Uuid(), nullable=True),
        sa.Column("said_at", sa.BigInteger(), nullable=False),
        sa.Column("sealed_said", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["district", "case_id"], ["case_file.district", "case_file.case_id"]),
        sa.PrimaryKeyConstraint("district", "answer_id"),
    )
    op.create_index("screening_answer_by_case", "screening_answer", ["district", "case_id", "number"])


def downgrade() -> None:
    op.drop_table("screening_answer")
    op.drop_table("screening_run")
