"""Regions that were merged, departments and liaisons, teams with ends, deputies, conflicts of interest (after 0006)"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "department",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["district", "organisation_id"], ["organisation.district", "organisation.organisation_id"]
        ),
        sa.PrimaryKeyConstraint("district", "department_id"),
    )
    op.create_table(
        "liaison",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("liaison_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(length=12), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("named_by", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["district", "department_id"], ["department.district", "department.department_id"]),
        sa.ForeignKeyConstraint(["district", "person_id"], ["person.district", "person.person_id"]),
        sa.PrimaryKeyConstraint("district", "liaison_id"),
    )
    op.create_table(
        "conflict_of_interest",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("said_by", sa.Uuid(), nullable=False),
        sa.Column("said_at", sa.BigInteger(), nullable=False),
        sa.Column("lifted_by", sa.Uuid(), nullable=True),
        sa.Column("lifted_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["district", "case_id"], ["case_file.district", "case_file.case_id"]),
        sa.PrimaryKeyConstraint("district", "case_id", "person_id"),
    )
    op.create_table(
        "opening_reason",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("sealed_line", sa.LargeBinary(), nullable=False),
        sa.Column("given_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["district", "case_id"], ["case_file.district", "case_file.case_id"]),
        sa.PrimaryKeyConstraint("district", "case_id", "person_id", "given_on"),
    )
    with op.batch_alter_table("region", schema=None) as batch_op:
        batch_op.add_column(sa.Column("successor_code", sa.String(length=12), nullable=True))
        batch_op.create_index("ix_region_successor_code", ["successor_code"], unique=False)
    with op.batch_alter_table("organisation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("ended_at", sa.BigInteger(), nullable=True))
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(sa.Column("department_id", sa.Uuid(), nullable=True))
    with op.batch_alter_table("role_grant", schema=None) as batch_op:
        batch_op.add_column(sa.Column("until", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("for_person_id", sa.Uuid(), nullable=True))
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("team_role", sa.String(length=20), server_default="visitor", nullable=False))
        batch_op.add_column(sa.Column("ends_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("named_by", sa.Uuid(), nullable=True))
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.add_column(sa.Column("acting_for", sa.Uuid(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.drop_column("acting_for")
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.drop_column("named_by")
        batch_op.drop_column("ends_on")
        batch_op.drop_column("team_role")
    with op.batch_alter_table("role_grant", schema=None) as batch_op:
        batch_op.drop_column("for_person_id")
        batch_op.drop_column("until")
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_column("department_id")
    with op.batch_alter_table("organisation", schema=None) as batch_op:
        batch_op.drop_column("ended_at")
    with op.batch_alter_table("region", schema=None) as batch_op:
        batch_op.drop_index("ix_region_successor_code")
        batch_op.drop_column("successor_code")
    op.drop_table("opening_reason")
    op.drop_table("conflict_of_interest")
    op.drop_table("liaison")
    op.drop_table("department")
