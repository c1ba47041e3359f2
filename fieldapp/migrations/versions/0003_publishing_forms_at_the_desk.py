"""Publishing forms at the desk: candidates, files of forms, who published and withdrew"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "form_file",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_table(
        "form_candidate",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("form", sa.String(length=20), nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("plan_hash", sa.String(length=64), nullable=True),
        sa.Column("plan", sa.String(), nullable=True),
        sa.Column("source_file", sa.String(length=64), nullable=True),
        sa.Column("told", sa.String(), nullable=False),
        sa.Column("uploaded_by", sa.Uuid(), nullable=False),
        sa.Column("uploaded_at", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("district", "candidate_id"),
    )
    with op.batch_alter_table("form_candidate", schema=None) as batch_op:
        batch_op.create_index("form_candidate_by_time", ["district", "uploaded_at"], unique=False)
    op.create_table(
        "form_candidate_file",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district", "candidate_id"], ["form_candidate.district", "form_candidate.candidate_id"]
        ),
        sa.PrimaryKeyConstraint("district", "candidate_id", "number"),
    )
    with op.batch_alter_table("form_version", schema=None) as batch_op:
        batch_op.add_column(sa.Column("source_file", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("roles", sa.String(length=60), nullable=True))
        batch_op.add_column(sa.Column("published_by", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("withdrawn_by", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("withdrawn_reason", sa.String(length=500), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("form_version", schema=None) as batch_op:
        batch_op.drop_column("withdrawn_reason")
        batch_op.drop_column("withdrawn_by")
        batch_op.drop_column("published_by")
        batch_op.drop_column("roles")
        batch_op.drop_column("source_file")
    op.drop_table("form_candidate_file")
    with op.batch_alter_table("form_candidate", schema=None) as batch_op:
        batch_op.drop_index("form_candidate_by_time")
    op.drop_table("form_candidate")
    op.drop_table("form_file")
