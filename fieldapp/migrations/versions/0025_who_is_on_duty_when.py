"""Who is on duty when"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_PERSON = ["person.district", "person.person_id"]


def upgrade() -> None:
    op.create_table(
        "duty_shift",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("shift_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("deputy_id", sa.Uuid(), nullable=True),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("planned_by", sa.Uuid(), nullable=False),
        sa.Column("planned_at", sa.BigInteger(), nullable=False),
        sa.Column("struck_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["district", "person_id"], _PERSON),
        sa.ForeignKeyConstraint(["district", "deputy_id"], _PERSON),
        sa.ForeignKeyConstraint(
            ["district", "organisation_id"], ["organisation.district", "organisation.organisation_id"]
        ),
        sa.PrimaryKeyConstraint("district", "shift_id"),
    )
    with op.batch_alter_table("duty_shift", schema=None) as batch_op:
        batch_op.create_index("duty_shift_by_time", ["district", "ends_at"])


def downgrade() -> None:
    op.drop_table("duty_shift")
