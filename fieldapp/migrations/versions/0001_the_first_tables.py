"""The first tables"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("login"),
    )
    op.create_table(
        "answered_request",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("vault_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.LargeBinary(), nullable=False),
        sa.Column("body_hash", sa.LargeBinary(), nullable=False),
        sa.Column("results", sa.String(), nullable=False),
        sa.Column("answered_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("district", "vault_id", "request_id"),
    )
    op.create_table(
        "audit",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("audit_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("vault_id", sa.Uuid(), nullable=True),
        sa.Column("act", sa.String(length=40), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("chain_seq", sa.Integer(), nullable=True),
        sa.Column("chain_hash", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("district", "audit_id"),
    )
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.create_index("audit_chain", ["district", "chain_seq"], unique=False)

    op.create_table(
        "audit_head",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("signed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("district"),
    )
    op.create_table(
        "case_file",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("code_name", sa.String(length=20), nullable=False),
        sa.Column("village_code", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("programme", sa.String(length=100), nullable=True),
        sa.Column("sealed_contact", sa.LargeBinary(), nullable=True),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("district", "case_id"),
    )
    with op.batch_alter_table("case_file", schema=None) as batch_op:
        batch_op.create_index("case_by_village", ["district", "village_code"], unique=False)

    op.create_table(
        "case_key",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("district_key_id", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("district", "case_id"),
    )
    op.create_table(
        "decision",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("revision_id", sa.Uuid(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=30), nullable=True),
        sa.Column("sealed_text", sa.LargeBinary(), nullable=True),
        sa.Column("findings_version", sa.String(length=40), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("district", "decision_id"),
    )
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.create_index("decision_by_record", ["district", "record_id"], unique=False)

    op.create_table(
        "desk_session",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("last_seen_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    op.create_table(
        "device_code",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("issued_by", sa.Uuid(), nullable=False),
        sa.Column("issued_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_by_vault", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("district", "code_hash"),
    )
    op.create_table(
        "district_key",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("key_id", sa.String(length=32), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("root_key_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("district", "key_id"),
    )
    op.create_table(
        "draft_copy",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("form", sa.String(length=20), nullable=False),
        sa.Column("form_version", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("vault_id", sa.Uuid(), nullable=False),
        sa.Column("sealed_body", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("district", "record_id", "author_id"),
    )
    op.create_table(
        "fact",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("about_id", sa.Uuid(), nullable=False),
        sa.Column("fact", sa.String(length=60), nullable=False),
        sa.Column("sensitivity", sa.String(length=12), nullable=False),
        sa.Column("sealed_value", sa.LargeBinary(), nullable=False),
        sa.Column("revision_id", sa.Uuid(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("district", "case_id", "about_id", "fact"),
    )
    op.create_table(
        "feed",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("ref", sa.String(length=80), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=6), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("origin_vault", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("district", "person_id", "ref"),
    )
    with op.batch_alter_table("feed", schema=None) as batch_op:
        batch_op.create_index("feed_order", ["district", "person_id", "seq"], unique=True)

    op.create_table(
        "feed_head",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("safe_seq", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("district", "person_id"),
    )
    op.create_table(
        "findings",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("revision_id", sa.Uuid(), nullable=False),
        sa.Column("rules_version", sa.String(length=40), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("computed_at", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("sealed_findings", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("district", "revision_id", "rules_version"),
    )
    op.create_table(
        "form_version",
        sa.Column("form", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("plan_hash", sa.String(length=64), nullable=False),
        sa.Column("plan", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("published_at", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("form", "version"),
    )
    op.create_table(
        "kept_package",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("kept_id", sa.Uuid(), nullable=False),
        sa.Column("package_id", sa.Uuid(), nullable=False),
        sa.Column("vault_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=True),
        sa.Column("sealed_package", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.Column("settled_by", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("district", "kept_id"),
    )
    with op.batch_alter_table("kept_package", schema=None) as batch_op:
        batch_op.create_index("kept_open", ["district", "settled_at"], unique=False)

    op.create_table(
        "operation",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("vault_id", sa.Uuid(), nullable=False),
        sa.Column("package_id", sa.Uuid(), nullable=False),
        sa.Column("package_hash", sa.LargeBinary(), nullable=False),
        sa.Column("result", sa.String(), nullable=False),
        sa.Column("answered_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("district", "vault_id", "package_id"),
    )
    op.create_table(
        "organisation",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("region_code", sa.String(length=12), nullable=False),
        sa.PrimaryKeyConstraint("district", "organisation_id"),
    )
    op.create_table(
        "person",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=50), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("elder", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("view_version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("district", "person_id"),
    )
    op.create_table(
        "pin_share",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("vault_id", sa.Uuid(), nullable=False),
        sa.Column("proof_hash", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_share", sa.LargeBinary(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("district", "vault_id"),
    )
    op.create_table(
        "region",
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("parent_code", sa.String(length=12), nullable=True),
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.PrimaryKeyConstraint("code", "valid_from"),
    )
    with op.batch_alter_table("region", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_region_parent_code"), ["parent_code"], unique=False)

    op.create_table(
        "server_key",
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("purpose", sa.String(length=10), nullable=False),
        sa.Column("suite", sa.Integer(), nullable=False),
        sa.Column("public", sa.LargeBinary(), nullable=False),
        sa.Column("wrapped_private", sa.LargeBinary(), nullable=False),
        sa.Column("root_key_id", sa.String(length=32), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("valid_until", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("key_id"),
    )
    op.create_table(
        "setting",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "sign_in_delay",
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("wait_until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key_hash"),
    )
    op.create_table(
        "todo",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("todo_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("sensitivity", sa.String(length=12), nullable=False),
        sa.Column("revision_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("district", "todo_id"),
    )
    with op.batch_alter_table("todo", schema=None) as batch_op:
        batch_op.create_index("todo_by_case", ["district", "case_id"], unique=False)

    op.create_table(
        "urgent",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("urgent_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("vault_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("signed", sa.Boolean(), nullable=False),
        sa.Column("sealed_body", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("acknowledged_at", sa.BigInteger(), nullable=True),
        sa.Column("acknowledged_by", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("district", "urgent_id"),
    )
    with op.batch_alter_table("urgent", schema=None) as batch_op:
        batch_op.create_index("urgent_open", ["district", "acknowledged_at"], unique=False)

    op.create_table(
        "vault",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("vault_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("transport_key", sa.LargeBinary(), nullable=False),
        sa.Column("author_key", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("enrolled_at", sa.BigInteger(), nullable=False),
        sa.Column("issued_by", sa.Uuid(), nullable=False),
        sa.Column("last_contact_at", sa.BigInteger(), nullable=True),
        sa.Column("app_version", sa.String(length=40), nullable=True),
        sa.Column("clock_skew_ms", sa.Integer(), nullable=True),
        sa.Column("view_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("district", "vault_id"),
    )
    with op.batch_alter_table("vault", schema=None) as batch_op:
        batch_op.create_index("vault_by_person", ["district", "person_id"], unique=False)

    op.create_table(
        "vault_home",
        sa.Column("vault_id", sa.Uuid(), nullable=False),
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.PrimaryKeyConstraint("vault_id"),
    )
    op.create_table(
        "assignment",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["district", "case_id"],
            ["case_file.district", "case_file.case_id"],
        ),
        sa.PrimaryKeyConstraint("district", "case_id", "person_id"),
    )
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.create_index("assignment_by_person", ["district", "person_id"], unique=False)

    op.create_table(
        "case_person",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("sealed_details", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district", "case_id"],
            ["case_file.district", "case_file.case_id"],
        ),
        sa.PrimaryKeyConstraint("district", "case_id", "person_id"),
    )
    op.create_table(
        "role_grant",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("grant_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("region_code", sa.String(length=12), nullable=False),
        sa.Column("granted_at", sa.BigInteger(), nullable=False),
        sa.Column("granted_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["district", "person_id"],
            ["person.district", "person.person_id"],
        ),
        sa.PrimaryKeyConstraint("district", "grant_id"),
    )
    with op.batch_alter_table("role_grant", schema=None) as batch_op:
        batch_op.create_index("role_grant_by_person", ["district", "person_id"], unique=False)

    op.create_table(
        "visit",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("forms", sa.String(length=60), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["district", "case_id"],
            ["case_file.district", "case_file.case_id"],
        ),
        sa.PrimaryKeyConstraint("district", "visit_id"),
    )
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.create_index("visit_by_case", ["district", "case_id"], unique=False)

    op.create_table(
        "record",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("form", sa.String(length=20), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("head_revision_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("submitted_at", sa.BigInteger(), nullable=True),
        sa.Column("state_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district", "case_id"],
            ["case_file.district", "case_file.case_id"],
        ),
        sa.ForeignKeyConstraint(
            ["district", "visit_id"],
            ["visit.district", "visit.visit_id"],
        ),
        sa.PrimaryKeyConstraint("district", "record_id"),
    )
    with op.batch_alter_table("record", schema=None) as batch_op:
        batch_op.create_index("record_by_case", ["district", "case_id"], unique=False)
        batch_op.create_index("record_queue", ["district", "state", "submitted_at"], unique=False)

    op.create_table(
        "visitor",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district", "visit_id"],
            ["visit.district", "visit.visit_id"],
        ),
        sa.PrimaryKeyConstraint("district", "visit_id", "person_id"),
    )
    op.create_table(
        "remark",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("remark_id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("revision_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("sealed_text", sa.LargeBinary(), nullable=False),
        sa.Column("sent", sa.Boolean(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("answered_revision_id", sa.Uuid(), nullable=True),
        sa.Column("sealed_reply", sa.LargeBinary(), nullable=True),
        sa.Column("resolved_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["district", "record_id"],
            ["record.district", "record.record_id"],
        ),
        sa.PrimaryKeyConstraint("district", "remark_id"),
    )
    with op.batch_alter_table("remark", schema=None) as batch_op:
        batch_op.create_index("remark_by_record", ["district", "record_id"], unique=False)

    op.create_table(
        "review",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("review_id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("revision_id", sa.Uuid(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("hold_until", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["district", "record_id"],
            ["record.district", "record.record_id"],
        ),
        sa.PrimaryKeyConstraint("district", "review_id"),
    )
    with op.batch_alter_table("review", schema=None) as batch_op:
        batch_op.create_index("review_by_record", ["district", "record_id"], unique=False)

    op.create_table(
        "revision",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("revision_id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("parents", sa.String(length=80), nullable=False),
        sa.Column("form", sa.String(length=20), nullable=False),
        sa.Column("form_version", sa.Integer(), nullable=False),
        sa.Column("intent", sa.String(length=8), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("vault_id", sa.Uuid(), nullable=True),
        sa.Column("signed_head", sa.String(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("signed_revision_id", sa.Uuid(), nullable=False),
        sa.Column("device_time", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("plain_hash", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district", "record_id"],
            ["record.district", "record.record_id"],
        ),
        sa.PrimaryKeyConstraint("district", "revision_id"),
    )
    with op.batch_alter_table("revision", schema=None) as batch_op:
        batch_op.create_index("revision_by_record", ["district", "record_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("revision", schema=None) as batch_op:
        batch_op.drop_index("revision_by_record")

    op.drop_table("revision")
    with op.batch_alter_table("review", schema=None) as batch_op:
        batch_op.drop_index("review_by_record")

    op.drop_table("review")
    with op.batch_alter_table("remark", schema=None) as batch_op:
        batch_op.drop_index("remark_by_record")

    op.drop_table("remark")
    op.drop_table("visitor")
    with op.batch_alter_table("record", schema=None) as batch_op:
        batch_op.drop_index("record_queue")
        batch_op.drop_index("record_by_case")

    op.drop_table("record")
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.drop_index("visit_by_case")

    op.drop_table("visit")
    with op.batch_alter_table("role_grant", schema=None) as batch_op:
        batch_op.drop_index("role_grant_by_person")

    op.drop_table("role_grant")
    op.drop_table("case_person")
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.drop_index("assignment_by_person")

    op.drop_table("assignment")
    op.drop_table("vault_home")
    with op.batch_alter_table("vault", schema=None) as batch_op:
        batch_op.drop_index("vault_by_person")

    op.drop_table("vault")
    with op.batch_alter_table("urgent", schema=None) as batch_op:
        batch_op.drop_index("urgent_open")

    op.drop_table("urgent")
    with op.batch_alter_table("todo", schema=None) as batch_op:
        batch_op.drop_index("todo_by_case")

    op.drop_table("todo")
    op.drop_table("sign_in_delay")
    op.drop_table("setting")
    op.drop_table("server_key")
    with op.batch_alter_table("region", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_region_parent_code"))

    op.drop_table("region")
    op.drop_table("pin_share")
    op.drop_table("person")
    op.drop_table("organisation")
    op.drop_table("operation")
    with op.batch_alter_table("kept_package", schema=None) as batch_op:
        batch_op.drop_index("kept_open")

    op.drop_table("kept_package")
    op.drop_table("form_version")
    op.drop_table("findings")
    op.drop_table("feed_head")
    with op.batch_alter_table("feed", schema=None) as batch_op:
        batch_op.drop_index("feed_order")

    op.drop_table("feed")
    op.drop_table("fact")
    op.drop_table("draft_copy")
    op.drop_table("district_key")
    op.drop_table("device_code")
    op.drop_table("desk_session")
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.drop_index("decision_by_record")

    op.drop_table("decision")
    op.drop_table("case_key")
    with op.batch_alter_table("case_file", schema=None) as batch_op:
        batch_op.drop_index("case_by_village")

    op.drop_table("case_file")
    op.drop_table("audit_head")
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.drop_index("audit_chain")

    op.drop_table("audit")
    op.drop_table("answered_request")
    op.drop_table("account")
