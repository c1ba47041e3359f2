"""What a thief has from a copy of a phone's flash: every key that lies there, no secret, and a real server to ask.

The phone and the server are those of tests/vectors/profiles/ (version pin-and-share). How a phone seals is written here
a second time, from docs/phone.md alone, so that the control (with the secret all of it opens) checks that page too.
"""

import base64
import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import func, select

from fieldapp.actions import vaults
from fieldapp.crypto import packages
from fieldapp.db import db, reading, writing
from fieldapp.models.accounts import Account, acting_for
from fieldapp.models.records import Kept, Revision
from fieldapp.models.vaults import Vault
from tests.frozen import Frozen, bytes_of, old_app
from tests.phones import Asker, Phone
from tests.server_fixtures import Clock, OriginClient

NAME = "pin-and-share"
NO_NONCE = bytes(12)
LABELS = {"drafts": "drafts", "blobs": "files", "inbox": "inbox", "packs": "inbox"}  # all other stores: state


# ---- how a phone seals, from docs/phone.md ---------------------------------------------------------------------------


def hkdf(key: bytes, salt: bytes, info: str) -> bytes:
    return HKDF(SHA256(), 32, salt=salt, info=info.encode()).derive(key)


def argon2id(secret: str, kdf: dict[str, Any]) -> bytes:
    return hash_secret_raw(
        secret.encode(),
        packages.from_b64u(kdf["salt"]),
        time_cost=kdf["iterations"],
        memory_cost=kdf["memory_kib"],
        parallelism=kdf["parallelism"],
        hash_len=32,
        type=Type.ID,
    )


def sub_key(dek: bytes, label: str) -> bytes:
    return hkdf(dek, b"", f"fieldapp/1/sub/{label}")


def opened_value(sub: bytes, store: str, key: str, value: bytes) -> bytes:
    """Raises InvalidTag."""
    one = AESGCM(hkdf(sub, value[1:17], "fieldapp/1/value"))
    full = one.decrypt(NO_NONCE, value[17:], f"{store}|{key}|1".encode())
    return full[4 : 4 + int.from_bytes(full[:4], "big")]


def unwrapped(record: dict[str, Any], wrap: dict[str, Any], kek: bytes) -> bytes:
    """The data key. Raises InvalidTag."""
    named = ("name", "memory_kib", "iterations", "parallelism", "salt")
    bound = [record["vault_id"], wrap["way"], wrap["version"], *(wrap["kdf"][name] for name in named)]
    aad = json.dumps(bound, separators=(",", ":")).encode()
    return AESGCM(kek).decrypt(NO_NONCE, bytes_of(wrap["wrapped"]), aad)


def kek_of(wrap: dict[str, Any], known: bytes) -> bytes:
    return hkdf(known, packages.from_b64u(wrap["kdf"]["salt"]), f"fieldapp/1/kek/{wrap['way']}")


def opens(record: dict[str, Any], known: bytes) -> bool:
    """Is this a key of any wrap, whether taken as it is or as what one is derived from, or of the keyring itself?"""
    for wrap in record["wraps"]:
        for kek in [kek_of(wrap, known), *([known] if len(known) == 32 else [])]:
            with suppress(InvalidTag):
                return bool(unwrapped(record, wrap, kek))
    with suppress(InvalidTag):
        return bool(opened_value(sub_key(known, "keyring"), "root", record["vault_id"], bytes_of(record["keyring"])))
    return False


def way(record: dict[str, Any], name: str) -> dict[str, Any]:
    return dict(next(one for one in record["wraps"] if one["way"] == name))


# ---- the copy, and the server it was made for ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def copy() -> Frozen:
    return Frozen(NAME)


@pytest.fixture
def clock() -> Clock:
    """The noon after the phone was frozen."""
    return Clock(datetime(2026, 11, 22, 12, 30, tzinfo=UTC))


@pytest.fixture
def app(tmp_path: Path, clock: Clock) -> Iterator[Any]:
    made = old_app(tmp_path, NAME)
    made.extensions["clock"] = clock
    yield made
    with made.app_context():
        db.engine.dispose()


class Thief(Phone):
    """A phone in Python with all that lies on the copy: the transport key, which has to sign for the author too."""

    def __init__(self, copy: Frozen, app: Any, clock: Clock) -> None:
        record = copy.record
        client = OriginClient(app, app.response_class)
        client.origin = "http://localhost:8000"
        super().__init__(client, clock, seed=7)
        vault_id = UUID(record["vault_id"])
        self.device.vault_id = self.crypto._vault_id = vault_id
        self.crypto._author = self.crypto._transport
        self.crypto.take_keys(record["server_keys"])
        self.device.district = record["district"]
        with app.app_context(), writing() as session:
            # The frozen transport key cannot be had; the one that stands in for it is as good.
            vault = session.scalars(select(Vault).where(Vault.vault_id == vault_id)).one()
            vault.transport_key = self.crypto.transport_point
            self.device.person_id = str(vault.person_id)


@pytest.fixture
def thief(copy: Frozen, app: Any, clock: Clock) -> Thief:
    return Thief(copy, app, clock)


def counted(app: Any, table: type[Any]) -> int:
    with app.app_context(), reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def proof_of(record: dict[str, Any], pin: str) -> tuple[bytes, bytes]:
    """What a PIN makes of the device secret: what is known without the server, and the proof for it."""
    kdf = way(record, "pin")["kdf"]
    known = argon2id(pin, kdf) + bytes_of(record["device_secret"])
    info = b"fieldapp/1/pin/proof" + UUID(record["vault_id"]).bytes
    return known, HKDF(SHA256(), 32, salt=packages.from_b64u(kdf["salt"]), info=info).derive(known)


def test_with_the_secret_everything_on_the_copy_opens(copy: Frozen) -> None:
    record, secret = copy.record, way(copy.record, "secret")
    dek = unwrapped(record, secret, kek_of(secret, argon2id(copy.known["digits"], secret["kdf"])))
    ring = json.loads(opened_value(sub_key(dek, "keyring"), "root", record["vault_id"], bytes_of(record["keyring"])))
    assert {"author", "mailbox", "pin", "pinned"} <= ring.keys()
    [database] = [one for one in copy.databases if one["name"] == record["database"]]
    texts = {
        store: [
            opened_value(sub_key(dek, LABELS.get(store, "state")), store, key, bytes_of(row["sealed"])).decode()
            for key, row in rows
            if row.get("sealed")
        ]
        for store, rows in database["stores"].items()
    }
    assert all(texts[store] for store in ("drafts", "outbox", "copies", "inbox", "packs", "state"))
    assert copy.known["texts"]["name"] in texts["drafts"][0]
    assert opens(record, dek) and opens(record, argon2id(copy.known["digits"], secret["kdf"]))


def test_nothing_that_lies_there_is_a_key_to_it(copy: Frozen) -> None:
    """Each run of 32 bytes of what lies in clear beside the seals, tried as every key there is."""
    record = copy.record
    parts = [bytes_of(value) for value in record.values() if isinstance(value, dict) and "$bytes" in value]
    parts += [bytes_of(wrap["wrapped"]) for wrap in record["wraps"]]
    parts += [packages.from_b64u(wrap["kdf"]["salt"]) * 2 for wrap in record["wraps"]]
    parts += [base64.urlsafe_b64decode(record["identity_key"] + "="), UUID(record["vault_id"]).bytes * 2, bytes(32)]
    tried = {part[at : at + 32] for part in parts for at in range(max(1, len(part) - 31))}
    assert len(tried) > 500
    assert not [known.hex() for known in tried if opens(record, known)]


def test_the_right_pin_opens_no_wrap_without_the_servers_share(copy: Frozen, thief: Thief) -> None:
    record = copy.record
    pin, device_secret = copy.known["pin"], bytes_of(copy.record["device_secret"])
    known, proof = proof_of(record, pin)
    shares = [b"", bytes(32), device_secret, proof, known[:32], hashlib.sha256(known).digest()]
    assert not [share.hex() for share in shares if opens(record, known + share)]
    assert not opens(record, known[:32])
    # Nor is it the secret, with whatever else lies there
    secret = way(record, "secret")
    assert not opens(record, argon2id(pin, secret["kdf"]))
    assert not opens(record, argon2id(pin, secret["kdf"]) + device_secret)
    # With the share it is: what was tried is the right thing
    _, _, share = Asker(thief).ask("get", proof)
    assert share is not None and opens(record, known + share)


def test_keys_that_were_found_pull_nothing_and_push_only_into_quarantine(app: Any, thief: Thief) -> None:
    before = counted(app, Revision)
    with app.app_context(), reading() as session:
        case_id, visit_id = session.execute(select(Revision.case_id, Revision.record_id).limit(1)).one()
    about = {"case_id": str(case_id), "visit_id": str(visit_id), "form": "F2", "form_version": 1, "intent": "submit"}
    body = {"answers": {}, "replies": [], "recorded": {"started": 1, "language": "zh"}, "visitors": []}
    forged, unsigned = (
        thief.device.hand_in(
            "revision", body, signed=signed, record_id=thief.new_id(), revision_id=thief.new_id(), **about
        )
        for signed in (True, False)
    )
    head = thief.sync()
    assert (head["page"], head["pull_refused"]) == (None, "bad_signature")
    said = [(thief.result(one)["status"], thief.result(one)["reason"]) for one in (forged, unsigned)]
    assert said == [("quarantined", "bad_signature"), ("quarantined", "unsigned")]
    assert (counted(app, Revision), counted(app, Kept)) == (before, 2)


def test_what_was_recorded_before_a_revocation_gives_no_share_after_it(
    copy: Frozen, app: Any, thief: Thief, clock: Clock
) -> None:
    asker = Asker(thief)
    _, proof = proof_of(copy.record, copy.known["pin"])
    # Given a request that was answered, and one that was held back on the line, both with the right PIN
    answered, held_back = asker.request("get", proof), asker.request("get", proof)
    assert asker.send(answered).status_code == 200
    assert asker.send(answered).json["code"] == "request_reused"
    # When the phone is revoked
    with app.app_context(), writing() as session:
        admin = session.scalars(select(Account).where(Account.login == "admin")).one()
        acting = acting_for(session, admin.district, admin.person_id)
        assert acting is not None
        vaults.revoke(session, acting, thief.device.vault_id, clock())
    # Then neither, nor a new one, gives it, within the minutes in which a request may be late
    clock.advance(seconds=30)
    refused = [asker.send(one).json for one in (answered, held_back, asker.request("get", proof))]
    assert [one["code"] for one in refused] == ["share_gone"] * 3
    assert not any("sealed" in one for one in refused)
