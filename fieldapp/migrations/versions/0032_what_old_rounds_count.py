"""Codes of what came of a household, kept for the counts of its round when its name is gone"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_CODES = ("outcome", "colour", "worry")


def upgrade() -> None:
    with op.batch_alter_table("campaign_household", schema=None) as batch_op:
        for name in _CODES:
            batch_op.add_column(sa.Column(name, sa.String(length=20), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("campaign_household", schema=None) as batch_op:
        for name in reversed(_CODES):
            batch_op.drop_column(name)
