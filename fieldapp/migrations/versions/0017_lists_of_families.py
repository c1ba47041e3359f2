"""Lists of families, and which files came of them"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "import",
        sa.Column("district", sa.String(12), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("taken_at", sa.BigInteger(), nullable=True),
        sa.Column("sealed_file", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("district", "import_id"),
    )
    op.create_index("import_by_person", "import", ["district", "made_by"])
    op.create_table(
        "imported_family",
        sa.Column("district", sa.String(12), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("village_code", sa.String(12), nullable=False),
        sa.Column("sealed_mark", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["district", "import_id"], ["import.district", "import.import_id"]),
        sa.ForeignKeyConstraint(["district", "case_id"], ["case_file.district", "case_file.case_id"]),
        sa.PrimaryKeyConstraint("district", "case_id"),
    )
    op.create_index("imported_family_by_village", "imported_family", ["district", "village_code"])


def downgrade() -> None:
    op.drop_table("imported_family")
    op.drop_table("import")
