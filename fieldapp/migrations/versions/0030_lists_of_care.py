"""The key-care list, the catalogue of projects, child-safety officers and inspections"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_OF_CASE = (["district", "case_id"], ["case_file.district", "case_file.case_id"])


def upgrade() -> None:
    op.create_table(
        "key_care",
        sa.Column("district", sa.String(12), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("measure_id", sa.Uuid(), nullable=True),
        sa.Column("review_on", sa.Date(), nullable=False),
        sa.Column("listed_at", sa.BigInteger(), nullable=False),
        sa.Column("listed_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("sealed_said", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(*_OF_CASE),
        sa.PrimaryKeyConstraint("district", "case_id", "entry_id"),
    )
    op.create_index("key_care_by_review", "key_care", ["district", "review_on"])
    op.create_table(
        "project",
        sa.Column("district", sa.String(12), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("owner", sa.String(100), nullable=False),
        sa.Column("region_code", sa.String(12), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("note", sa.String(300), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("district", "project_id"),
    )
    op.create_table(
        "officer_child",
        sa.Column("district", sa.String(12), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column("child_id", sa.Uuid(), nullable=False),
        sa.Column("named_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(*_OF_CASE),
        sa.PrimaryKeyConstraint("district", "case_id", "officer_id", "child_id"),
    )
    op.create_table(
        "inspection",
        sa.Column("district", sa.String(12), nullable=False),
        sa.Column("inspection_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("share_percent", sa.Integer(), nullable=False),
        sa.Column("seed", sa.String(40), nullable=False),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.Column("drawn_at", sa.BigInteger(), nullable=False),
        sa.Column("drawn_by", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("district", "inspection_id"),
    )
    op.create_table(
        "inspection_visit",
        sa.Column("district", sa.String(12), nullable=False),
        sa.Column("inspection_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("result", sa.String(12), nullable=True),
        sa.Column("checked_at", sa.BigInteger(), nullable=True),
        sa.Column("checked_by", sa.Uuid(), nullable=True),
        sa.Column("sealed_note", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(*_OF_CASE),
        sa.ForeignKeyConstraint(["district", "inspection_id"], ["inspection.district", "inspection.inspection_id"]),
        sa.PrimaryKeyConstraint("district", "inspection_id", "number"),
    )


def downgrade() -> None:
    for table in ("inspection_visit", "inspection", "officer_child", "project", "key_care"):
        op.drop_table(table)
