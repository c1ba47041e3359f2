"""PIN shares, policies by region and role, what phones say of themselves, and how far the tombstone log goes"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0008"
branch_labels = None
depends_on = None

_OF_A_VAULT: tuple[tuple[str, sa.types.TypeEngine[Any]], ...] = (
    ("changed_at", sa.BigInteger()),
    ("changed_by", sa.Uuid()),
    ("model", sa.String(length=60)),
    ("unsent", sa.Integer()),
    ("oldest_unsent_at", sa.BigInteger()),
    ("free_bytes", sa.BigInteger()),
    ("is_persisted", sa.Boolean()),
    ("is_locked", sa.Boolean()),
    ("ways", sa.String(length=40)),
    ("keys_version", sa.Integer()),
    ("wipe_order", sa.Uuid()),
    ("wipe_ordered_at", sa.BigInteger()),
    ("wipe_ordered_by", sa.Uuid()),
    ("wiped_at", sa.BigInteger()),
    ("wiped_unsent", sa.Integer()),
)


def upgrade() -> None:
    # Until now the table was foreseen and nothing wrote into it.
    op.drop_table("pin_share")
    op.create_table(
        "pin_share",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("vault_id", sa.Uuid(), nullable=False),
        sa.Column("share_id", sa.Uuid(), nullable=False),
        sa.Column("wrapped_share", sa.LargeBinary(), nullable=False),
        sa.Column("root_key_id", sa.String(length=32), nullable=False),
        sa.Column("proof_hash", sa.LargeBinary(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("district", "vault_id"),
    )
    op.create_table(
        "tombstone_mark",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("district"),
    )
    op.create_table(
        "policy",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("region_code", sa.String(length=12), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=30), nullable=False),
        sa.Column("value", sa.String(length=100), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=True),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("district", "region_code", "role", "name"),
    )
    with op.batch_alter_table("vault", schema=None) as batch_op:
        for name, kind in _OF_A_VAULT:
            batch_op.add_column(sa.Column(name, kind, nullable=True))
        batch_op.create_index("vault_by_contact", ["district", "last_contact_at", "vault_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("vault", schema=None) as batch_op:
        batch_op.drop_index("vault_by_contact")
        for name, _kind in reversed(_OF_A_VAULT):
            batch_op.drop_column(name)
    op.drop_table("policy")
    op.drop_table("tombstone_mark")
    op.drop_table("pin_share")
    op.create_table(
        "pin_share",
        sa.Column("district", sa.String(length=12), nullable=False),
        sa.Column("vault_id", sa.Uuid(), nullable=False),
        sa.Column("proof_hash", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_share", sa.LargeBinary(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("district", "vault_id"),
    )
