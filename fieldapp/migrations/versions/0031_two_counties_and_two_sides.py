"""Visits between two counties' servers, meetings with the one who did the harm, where a shelter took her in"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

_CASE = (["district", "case_id"], ["case_file.district", "case_file.case_id"])
_RECORD = (["district", "record_id"], ["record.district", "record.record_id"])
_COUNTY = (["district", "partner_id"], ["partner_county.district", "partner_county.partner_id"])


def _text(name: str, length: int, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=nullable)


def _id(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid(), nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _bytes(name: str, *, nullable: bool = False) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "partner_county",
        _text("district", 12),
        _text("partner_id", 12),
        _text("name", 50),
        _bytes("identity_key"),
        sa.Column("key_list", sa.Text(), nullable=False),
        _id("person_id"),
        _id("added_by"),
        _moment("added_at"),
        _id("confirmed_by", nullable=True),
        _moment("confirmed_at", nullable=True),
        _moment("ended_at", nullable=True),
        sa.ForeignKeyConstraint(["district", "person_id"], ["person.district", "person.person_id"]),
        sa.PrimaryKeyConstraint("district", "partner_id"),
    )
    op.create_table(
        "entrusted_out",
        _text("district", 12),
        _id("request_id"),
        _id("case_id"),
        _id("visit_id"),
        _text("partner_id", 12),
        _text("form", 20),
        sa.Column("form_version", sa.Integer(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        _bytes("sealed_request"),
        _id("made_by"),
        _moment("made_at"),
        _bytes("answer_hash", nullable=True),
        _moment("answered_at", nullable=True),
        _bytes("sealed_answer", nullable=True),
        sa.ForeignKeyConstraint(*_CASE),
        sa.ForeignKeyConstraint(["district", "visit_id"], ["visit.district", "visit.visit_id"]),
        sa.ForeignKeyConstraint(*_COUNTY),
        sa.PrimaryKeyConstraint("district", "request_id"),
    )
    with op.batch_alter_table("entrusted_out", schema=None) as batch_op:
        batch_op.create_index("entrusted_out_by_case", ["district", "case_id"])
    op.create_table(
        "entrusted_in",
        _text("district", 12),
        _id("request_id"),
        _text("partner_id", 12),
        _bytes("content_hash"),
        sa.Column("expires_on", sa.Date(), nullable=False),
        _bytes("sealed_request"),
        _id("received_by"),
        _moment("received_at"),
        _id("case_id", nullable=True),
        _id("visit_id", nullable=True),
        _id("opened_by", nullable=True),
        _moment("opened_at", nullable=True),
        _id("answered_by", nullable=True),
        _moment("answered_at", nullable=True),
        sa.ForeignKeyConstraint(*_CASE),
        sa.ForeignKeyConstraint(*_COUNTY),
        sa.PrimaryKeyConstraint("district", "request_id"),
    )
    op.create_table(
        "entrusted_kept",
        _text("district", 12),
        _id("kept_id"),
        _text("reason", 40),
        _bytes("sealed_file", nullable=True),
        _id("received_by"),
        _moment("received_at"),
        _id("settled_by", nullable=True),
        _moment("settled_at", nullable=True),
        sa.PrimaryKeyConstraint("district", "kept_id"),
    )
    op.create_table(
        "other_side_task",
        _text("district", 12),
        _id("task_id"),
        _id("case_id"),
        _id("record_id"),
        _id("worker_id"),
        sa.Column("on_day", sa.Date(), nullable=False),
        _text("region_code", 12),
        _text("state", 12),
        _bytes("sealed_task"),
        _bytes("sealed_result", nullable=True),
        _id("made_by"),
        _moment("made_at"),
        _moment("ended_at", nullable=True),
        _id("ended_by", nullable=True),
        sa.ForeignKeyConstraint(*_CASE),
        sa.ForeignKeyConstraint(*_RECORD),
        sa.PrimaryKeyConstraint("district", "task_id"),
    )
    with op.batch_alter_table("other_side_task", schema=None) as batch_op:
        batch_op.create_index("other_side_by_case", ["district", "case_id"])
        batch_op.create_index("other_side_by_worker", ["district", "worker_id"])
    op.create_table(
        "shelter_stay",
        _text("district", 12),
        _id("record_id"),
        _id("case_id"),
        _bytes("sealed_place"),
        _id("kept_by"),
        _moment("kept_at"),
        sa.ForeignKeyConstraint(*_CASE),
        sa.ForeignKeyConstraint(*_RECORD),
        sa.PrimaryKeyConstraint("district", "record_id"),
    )


def downgrade() -> None:
    tables = ("shelter_stay", "other_side_task", "entrusted_kept", "entrusted_in", "entrusted_out", "partner_county")
    for table in tables:
        op.drop_table(table)
