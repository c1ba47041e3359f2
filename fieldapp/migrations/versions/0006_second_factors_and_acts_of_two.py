"""Second factors, proof of a session, and acts that need two people"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("desk_session", schema=None) as batch_op:
        # Sessions that run at the moment of the update have proved no second factor: they begin anew.
        batch_op.add_column(sa.Column("proved_at", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("browser", sa.String(length=60), server_default="", nullable=False))
    op.create_table(
        "authenticator_app",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["district", "person_id"], ["person.district", "person.person_id"]),
        sa.PrimaryKeyConstraint("district", "person_id"),
    )
    op.create_table(
        "recovery_code",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["district", "person_id"], ["person.district", "person.person_id"]),
        sa.PrimaryKeyConstraint("district", "person_id", "code_hash"),
    )
    op.create_table(
        "passkey",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.Column("stopped_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["district", "person_id"], ["person.district", "person.person_id"]),
        sa.PrimaryKeyConstraint("district", "credential_id"),
    )
    with op.batch_alter_table("passkey", schema=None) as batch_op:
        batch_op.create_index("passkey_by_person", ["district", "person_id"], unique=False)
    op.create_table(
        "used_challenge",
        sa.Column("challenge_hash", sa.LargeBinary(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("challenge_hash"),
    )
    op.create_table(
        "outside_identity",
        sa.Column("issuer", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("linked_by", sa.Uuid(), nullable=False),
        sa.Column("linked_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("issuer", "subject"),
    )
    op.create_table(
        "two_person_request",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("about", sa.String(length=500), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_at", sa.BigInteger(), nullable=True),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        sa.Column("refused_at", sa.BigInteger(), nullable=True),
        sa.Column("refused_by", sa.Uuid(), nullable=True),
        sa.Column("carried_out_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["district", "subject_id"], ["person.district", "person.person_id"]),
        sa.PrimaryKeyConstraint("district", "request_id"),
    )
    with op.batch_alter_table("two_person_request", schema=None) as batch_op:
        batch_op.create_index("two_person_request_by_subject", ["district", "subject_id"], unique=False)
        batch_op.create_index("two_person_request_by_end", ["district", "expires_at"], unique=False)


def downgrade() -> None:
    for table in (
        "two_person_request", "outside_identity", "used_challenge", "passkey", "recovery_code", "authenticator_app",
    ):  # fmt: skip
        op.drop_table(table)
    with op.batch_alter_table("desk_session", schema=None) as batch_op:
        batch_op.drop_column("browser")
        batch_op.drop_column("proved_at")
