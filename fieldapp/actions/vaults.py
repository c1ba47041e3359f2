"""What an administrator does about one phone: suspend it, give it back, revoke it, have it wiped.

Each is said in the tombstone log as well: a restore brings no stopped phone back (actions/restores.py). Her own browser
proves her afresh before any of them (web/vaults.py).
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.actions import shares
from fieldapp.db import milliseconds
from fieldapp.errors import Problem
from fieldapp.ids import uuid7
from fieldapp.models import audit, scope, tombstones
from fieldapp.models.accounts import Acting, Person
from fieldapp.models.tombstones import Kind
from fieldapp.models.vaults import Vault, VaultState


def suspend(session: Session, acting: Acting, vault_id: UUID, now: datetime) -> Vault:
    """Stop a phone until it is given back: it gets nothing, and what it sends is kept aside."""
    vault = _vault(session, acting, vault_id, VaultState.ACTIVE)
    _stop(session, vault, VaultState.SUSPENDED, acting.person_id, now)
    _audit(session, acting, "suspend_vault", vault, now)
    return vault


def give_back(session: Session, acting: Acting, vault_id: UUID, now: datetime) -> Vault:
    """End a suspension. A revoked phone is never given back, nor one that is to be wiped: it has to enrol again."""
    vault = _vault(session, acting, vault_id, VaultState.SUSPENDED)
    if vault.wipe_order is not None:
        raise Problem("vault_state_changed")
    vault.state, vault.changed_at, vault.changed_by = VaultState.ACTIVE, now, acting.person_id
    tombstones.note(session, vault.district, Kind.VAULT_GIVEN_BACK, now, vault=str(vault_id))
    _audit(session, acting, "give_back_vault", vault, now)
    return vault


def revoke(session: Session, acting: Acting, vault_id: UUID, now: datetime) -> Vault:
    """Stop a phone for good: its share goes at once, its next contact is told so; what it still sends is kept aside."""
    vault = _vault(session, acting, vault_id, VaultState.ACTIVE, VaultState.SUSPENDED)
    _revoke(session, vault, acting.person_id, now)
    _audit(session, acting, "revoke_vault", vault, now)
    return vault


def order_wipe(session: Session, acting: Acting, vault_id: UUID, now: datetime) -> Vault:
    """Have a phone drop its keys, hand in what it has not sent, then delete this vault; others on it stay as they are.

    It is carried out at its next contact. Its share is gone at once. A second order changes nothing.
    """
    vault = _vault(session, acting, vault_id, *VaultState)
    if vault.wipe_order is None:
        shares.delete(session, vault.district, vault_id, now)
        vault.wipe_order, vault.wipe_ordered_at = uuid7(milliseconds(now)), now
        vault.wipe_ordered_by = acting.person_id
        _note_stopped(session, vault, now)
        _audit(session, acting, "order_wipe", vault, now)
    return vault


def revoke_all_of(session: Session, district: str, person_id: UUID, by: UUID | None, now: datetime) -> None:
    """Revoke every phone of somebody whose access ends."""
    own = (Vault.district == district, Vault.person_id == person_id, Vault.state != VaultState.REVOKED)
    for vault in session.scalars(select(Vault).where(*own).with_for_update()):
        _revoke(session, vault, by, now)


def note_wiped(session: Session, vault: Vault, order: UUID, unsent: int, now: datetime) -> None:
    """A phone says that it carried an order out, and how many items it could not hand in before."""
    if vault.wipe_order != order or vault.wiped_at is not None:
        return
    vault.wiped_at, vault.wiped_unsent = now, unsent
    if vault.state != VaultState.REVOKED:
        _revoke(session, vault, vault.wipe_ordered_by, now)
    audit.write(
        session, district=vault.district, actor_id=None, vault_id=vault.vault_id, act="wiped",
        about={"vault": str(vault.vault_id), "order": str(order), "unsent": unsent}, at=now,
    )  # fmt: skip


def _revoke(session: Session, vault: Vault, by: UUID | None, now: datetime) -> None:
    shares.delete(session, vault.district, vault.vault_id, now)
    _stop(session, vault, VaultState.REVOKED, by, now)


def _stop(session: Session, vault: Vault, state: VaultState, by: UUID | None, now: datetime) -> None:
    vault.state, vault.changed_at, vault.changed_by = state, now, by
    _note_stopped(session, vault, now)


def _note_stopped(session: Session, vault: Vault, now: datetime) -> None:
    order = None if vault.wipe_order is None else str(vault.wipe_order)
    tombstones.note(
        session, vault.district, Kind.VAULT_STOPPED, now,
        vault=str(vault.vault_id), state=str(vault.state), wipe=order,
    )  # fmt: skip


def _vault(session: Session, acting: Acting, vault_id: UUID, *states: VaultState) -> Vault:
    """One of the phones of the people she manages, alone with it. Raises `not_found`; `vault_state_changed` where its
    state is another by now."""
    vault = session.scalar(
        select(Vault)
        .join(Person, (Person.district == Vault.district) & (Person.person_id == Vault.person_id))
        .where(Vault.district == acting.district, Vault.vault_id == vault_id, scope.may_administer(acting))
        .with_for_update(of=Vault)
        .execution_options(populate_existing=True)
    )
    if vault is None:
        raise Problem("not_found")
    if vault.state not in states:
        raise Problem("vault_state_changed")
    return vault


def _audit(session: Session, acting: Acting, act: str, vault: Vault, now: datetime) -> None:
    about: dict[str, object] = {"person": str(vault.person_id), "vault": str(vault.vault_id)}
    audit.write(session, district=vault.district, actor_id=acting.person_id, act=act, about=about, at=now)
