"""Long lists cut and packed when they are kept, not when the first phone asks"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Lists that are here already are cut by the release step (actions/plans.py), which knows how.
    op.create_table(
        "form_piece",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("piece", sa.String(length=20), nullable=False),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("hash", "piece"),
    )


def downgrade() -> None:
    op.drop_table("form_piece")
