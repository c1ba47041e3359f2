"""Enrolling a phone: her own credential, a one-use code, and two keys that prove themselves (docs/protocol.md 6).

Whatever is wrong, the answer is the same, and failures make the next try wait. The code is used up by the transaction
that registers the keys, and by nothing else: a lost reply can be asked for again with the same vault.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.actions import help_come, sign_in
from fieldapp.actions.contact import tell_everything
from fieldapp.crypto import signatures
from fieldapp.db import milliseconds
from fieldapp.errors import Problem
from fieldapp.models import audit, bundles, server_keys, settings, tombstones
from fieldapp.models.accounts import Account, Acting, Person, acting_for
from fieldapp.models.tombstones import Kind
from fieldapp.models.vaults import DeviceCode, Vault, VaultHome, VaultState
from sync import messages, wire

WHAT = "enrol"  # which delays these failures count towards


@dataclass(frozen=True)
class Enrolled:
    """What the phone is answered; None where it was refused and the failure was noted."""

    reply: dict[str, Any] | None


def read(body: bytes) -> dict[str, Any]:
    """The request, its shape checked. Raises `request_malformed`."""
    try:
        return messages.read_enrolment(body)
    except wire.Malformed as error:
        raise Problem("request_malformed") from error


def check(session: Session, asked: dict[str, Any], address: str, now: datetime) -> str | None:
    """The password hash that the credential fits; None for a wrong one. Only reads.

    Checking a password takes long on purpose: inside a transaction that writes, nobody else could write meanwhile.
    Raises `slow_down` while this account × address, or the address, has to wait.
    """
    sign_in.refuse_while_address_delayed(session, WHAT, address, now)
    sign_in.refuse_while_delayed(session, WHAT, asked["login"], address, now)
    account = sign_in.check_credential(session, asked["login"], asked["password"], now)
    return None if account is None else account.password_hash


def enrol(session: Session, asked: dict[str, Any], proved: str | None, address: str, now: datetime) -> Enrolled:
    """Register a vault for who proved her password (`check`).

    A refusal is a returned outcome, not a Problem: its failure has to be committed.
    """
    login = asked["login"]
    # Everything is looked at, whatever failed first: how long it took shall not tell which.
    account = session.get(Account, login.strip().lower())
    if account is not None and account.password_hash != proved:
        account = None  # wrong, or changed since it was checked
    code = _code(session, account, asked, now)
    are_proved = _keys_prove_themselves(asked)
    acting = None if account is None else acting_for(session, account.district, account.person_id)
    if account is None or acting is None or code is None or not are_proved or not _is_free(session, code, asked):
        sign_in.note_failure(session, WHAT, login, address, now)
        sign_in.note_failure_of_address(session, WHAT, address, now)
        return Enrolled(None)
    sign_in.clear_failures(session, WHAT, login, address)
    if code.used_by_vault is None:
        _register(session, acting, code, asked, now)
    return Enrolled(_reply(session, acting, now))


def _code(session: Session, account: Account | None, asked: dict[str, Any], now: datetime) -> DeviceCode | None:
    """Her running code, unused, or used by this very vault: then the reply was lost."""
    code_hash = hashlib.sha256(asked["code"].encode()).digest()
    district = "" if account is None else account.district
    found = select(DeviceCode).where(DeviceCode.district == district, DeviceCode.code_hash == code_hash)
    code = session.scalar(found.with_for_update())
    if code is None or account is None or code.person_id != account.person_id or code.expires_at <= now:
        return None
    return code if code.used_by_vault in (None, asked["vault_id"]) else None


def _keys_prove_themselves(asked: dict[str, Any]) -> bool:
    code_hash = wire.b64u(hashlib.sha256(asked["code"].encode()).digest())
    keys = (asked["transport_key"], asked["author_key"])
    text = wire.signed_text("fieldapp/1/enrol", str(asked["vault_id"]), code_hash, *map(wire.b64u, keys))
    signed = (asked["transport_signature"], asked["author_signature"])
    proved = [signatures.verify(key, signature, text) for key, signature in zip(keys, signed, strict=True)]
    return all(proved) and keys[0] != keys[1]


def _is_free(session: Session, code: DeviceCode, asked: dict[str, Any]) -> bool:
    """Whether this vault id is new, or is the one that this code made, with the same keys."""
    home = session.get(VaultHome, asked["vault_id"])
    if home is None:
        return code.used_by_vault is None
    vault = session.get(Vault, (code.district, asked["vault_id"]))
    if vault is None or code.used_by_vault != vault.vault_id or vault.state != VaultState.ACTIVE:
        return False
    return (vault.transport_key, vault.author_key) == (asked["transport_key"], asked["author_key"])


def _register(session: Session, acting: Acting, code: DeviceCode, asked: dict[str, Any], now: datetime) -> None:
    vault_id: UUID = asked["vault_id"]
    code.used_by_vault = vault_id
    person = session.get_one(Person, (acting.district, acting.person_id))
    session.add(VaultHome(vault_id=vault_id, district=acting.district))
    session.add(
        Vault(
            district=acting.district,
            vault_id=vault_id,
            person_id=acting.person_id,
            transport_key=asked["transport_key"],
            author_key=asked["author_key"],
            enrolled_at=now,
            issued_by=code.issued_by,
            last_contact_at=now,
            app_version=asked["device"]["app"],
            view_version=person.view_version,
            model=asked["device"]["platform"][:60],
            is_persisted=asked["device"]["persisted"],
            free_bytes=asked["device"]["free_bytes"],
            keys_version=server_keys.list_version(session),
        )
    )
    # A restore forgets the last hour, and who was enrolled in it would stand before a closed door with her work.
    tombstones.note(
        session, acting.district, Kind.VAULT_ENROLLED, now, vault=str(vault_id), person=str(acting.person_id),
        issued_by=str(code.issued_by), transport=asked["transport_key"].hex(), author=asked["author_key"].hex(),
    )  # fmt: skip
    session.flush()
    tell_everything(session, acting, now)
    audit.write(
        session,
        district=acting.district,
        actor_id=acting.person_id,
        vault_id=vault_id,
        act="enrol",
        about={"vault": str(vault_id), "issued_by": str(code.issued_by)},
        at=now,
    )


def _reply(session: Session, acting: Acting, now: datetime) -> dict[str, Any]:
    return {
        "person": {**bundles.me_of(session, acting, now), **help_come.for_phone(session, acting, now)},
        "district": acting.district,
        "t": milliseconds(now),
        "epoch": settings.get(session, settings.EPOCH) or "",
        **server_keys.key_list(session).to_json(),
    }
