"""Who took a file in, standing teams, and the directory of experts"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_CASE = sa.table("case_file", *(sa.column(name) for name in ("district", "opened_by", "organisation_id")))
_PERSON = sa.table("person", *(sa.column(name) for name in ("district", "person_id", "organisation_id")))


def upgrade() -> None:
    with op.batch_alter_table("case_file", schema=None) as batch_op:
        batch_op.add_column(sa.Column("organisation_id", sa.Uuid(), nullable=True))
    # Whoever opened an older file belongs where she belongs today, as far as anybody knows.
    whose = (
        sa.select(_PERSON.c.organisation_id)
        .where(_PERSON.c.district == _CASE.c.district, _PERSON.c.person_id == _CASE.c.opened_by)
        .scalar_subquery()
    )
    op.execute(sa.update(_CASE).values(organisation_id=whose))
    op.create_table(
        "crew",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("crew_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=50), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("district", "crew_id"),
    )
    op.create_table(
        "crew_member",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("crew_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=50), nullable=False),
        sa.Column("joined_at", sa.BigInteger(), nullable=False),
        sa.Column("left_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["district", "crew_id"], ["crew.district", "crew.crew_id"]),
        sa.PrimaryKeyConstraint("district", "member_id"),
    )
    with op.batch_alter_table("crew_member", schema=None) as batch_op:
        batch_op.create_index("crew_member_by_crew", ["district", "crew_id"])
    op.create_table(
        "expert",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("expert_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=50), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("organisation", sa.String(length=100), nullable=False),
        sa.Column("contract_until", sa.Date(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("district", "expert_id"),
    )


def downgrade() -> None:
    for table in ("expert", "crew_member", "crew"):
        op.drop_table(table)
    with op.batch_alter_table("case_file", schema=None) as batch_op:
        batch_op.drop_column("organisation_id")
