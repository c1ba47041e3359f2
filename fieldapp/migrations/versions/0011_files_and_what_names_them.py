"""Photos, papers, sounds and files: how far each is here, and which revisions name it"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "file",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("vault_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("offset", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("record_id", sa.Uuid(), nullable=True),
        sa.Column("named_by", sa.Uuid(), nullable=True),
        sa.Column("envelope_id", sa.LargeBinary(), nullable=False),
        sa.Column("suite", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=True),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("touched_at", sa.BigInteger(), nullable=False),
        sa.Column("complete_at", sa.BigInteger(), nullable=True),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("district", "file_id"),
    )
    with op.batch_alter_table("file", schema=None) as batch_op:
        batch_op.create_index("file_by_age", ["district", "state", "touched_at"], unique=False)
        batch_op.create_index("file_of_case", ["district", "case_id"], unique=False)
        batch_op.create_index("file_of_vault", ["district", "vault_id", "state"], unique=False)
    op.create_table(
        "file_name",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("revision_id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("form", sa.String(length=20), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("district", "file_id", "revision_id"),
    )
    with op.batch_alter_table("file_name", schema=None) as batch_op:
        batch_op.create_index("file_name_of_record", ["district", "record_id"], unique=False)


def downgrade() -> None:
    op.drop_table("file_name")
    op.drop_table("file")
