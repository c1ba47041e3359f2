"""What is to be done by when, steps of measures, and tasks for departments"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_CASE = (["district", "case_id"], ["case_file.district", "case_file.case_id"])
_RECORD = (["district", "record_id"], ["record.district", "record.record_id"])


def upgrade() -> None:
    op.create_table(
        "agenda",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("next_due_at", sa.BigInteger(), nullable=True),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("sealed_grounds", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(*_CASE),
        sa.PrimaryKeyConstraint("district", "case_id"),
    )
    with op.batch_alter_table("agenda", schema=None) as batch_op:
        batch_op.create_index("agenda_by_date", ["district", "next_due_at"])
    op.create_table(
        "measure_move",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("move_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sealed_move", sa.LargeBinary(), nullable=False),
        sa.Column("moved_at", sa.BigInteger(), nullable=False),
        sa.Column("moved_by", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(*_CASE),
        sa.ForeignKeyConstraint(*_RECORD),
        sa.PrimaryKeyConstraint("district", "move_id"),
    )
    with op.batch_alter_table("measure_move", schema=None) as batch_op:
        batch_op.create_index("measure_move_by_case", ["district", "case_id"])
    op.create_table(
        "dispatch",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("dispatch_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("liaison_id", sa.Uuid(), nullable=False),
        sa.Column("answer", sa.String(length=12), nullable=False),
        sa.Column("sealed_text", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_answer", sa.LargeBinary(), nullable=True),
        sa.Column("sent_by", sa.Uuid(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=False),
        sa.Column("accepted_at", sa.BigInteger(), nullable=True),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(*_CASE),
        sa.ForeignKeyConstraint(*_RECORD),
        sa.ForeignKeyConstraint(["district", "department_id"], ["department.district", "department.department_id"]),
        sa.PrimaryKeyConstraint("district", "dispatch_id"),
    )
    with op.batch_alter_table("dispatch", schema=None) as batch_op:
        batch_op.create_index("dispatch_by_case", ["district", "case_id"])
        batch_op.create_index("dispatch_by_department", ["district", "department_id"])


def downgrade() -> None:
    for table in ("dispatch", "measure_move", "agenda"):
        op.drop_table(table)
