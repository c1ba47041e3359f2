"""Records made at the desk: their drafts, and records that belong to no visit"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "desk_draft",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("draft_id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("form", sa.String(length=20), nullable=False),
        sa.Column("form_version", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("is_beside", sa.Boolean(), nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.Column("saved_at", sa.BigInteger(), nullable=False),
        sa.Column("sealed_body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["district", "case_id"], ["case_file.district", "case_file.case_id"]),
        sa.PrimaryKeyConstraint("district", "draft_id"),
    )
    with op.batch_alter_table("desk_draft", schema=None) as batch_op:
        batch_op.create_index("desk_draft_by_author", ["district", "author_id"], unique=False)
        batch_op.create_index("desk_draft_by_record", ["district", "record_id"], unique=False)
    with op.batch_alter_table("record", schema=None) as batch_op:
        batch_op.alter_column("visit_id", existing_type=sa.Uuid(), nullable=True)


def downgrade() -> None:
    # A record of the desk has no visit, and no older version can hold one: this refuses while there are any.
    with op.batch_alter_table("record", schema=None) as batch_op:
        batch_op.alter_column("visit_id", existing_type=sa.Uuid(), nullable=False)
    op.drop_table("desk_draft")
