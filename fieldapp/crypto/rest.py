"""What lies in our tables: the root ring, the keys below it, and the sealing of one value for one place.

    root ring (file, outside data and backups)
     ├─ wrap ─ district key (table district_key) ─┬─ AES-KW ─ case key (table case_key) ─ AES-256-GCM ─ a family
     │         server private keys                └─ AES-256-GCM ─ what belongs to no family yet
     └─ wrap ─ reporter key (table reporter_key, one for each family) ─ AES-256-GCM ─ who told us of it

Obligations, easy to break:
 - A value is sealed for exactly one place (table, column, whole primary key, family); elsewhere it does not open.
 - Each use of a key has its own label (HKDF), so that a wrapping key never seals and a sealing key never wraps.
 - Deleting a case key must erase: nothing here keeps a key longer than its caller keeps the object.
"""

import base64
import hmac
import json
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import NewType, Self
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

KEY_BYTES = 32
NONCE_BYTES = 12
KEY_ID_BYTES = 8
SEAL_VERSION = b"\x01"
_HEAD_BYTES = len(SEAL_VERSION) + KEY_ID_BYTES + NONCE_BYTES

DistrictKey = NewType("DistrictKey", bytes)
CaseKey = NewType("CaseKey", bytes)
ReporterKey = NewType("ReporterKey", bytes)


class RestError(Exception):
    """Something at rest cannot be opened: its kinds are Damaged, UnknownKey and RingError."""


class Damaged(RestError):
    """The bytes are not what was sealed for this place: changed, cut short, or moved from another row or column."""


class UnknownKey(RestError):
    """The bytes name a key that is not the one given, or that the ring lacks."""


class RingError(RestError):
    """The key ring cannot be used; the message says why and what to do."""


@dataclass(frozen=True)
class Place:
    """Where a value lies. `row_key` is the whole primary key in the order of its columns (UUID, str, int or bytes)."""

    table: str
    column: str
    district: str
    case_id: UUID | None
    row_key: tuple[UUID | str | int | bytes, ...]

    def __post_init__(self) -> None:
        if not self.row_key:
            raise ValueError("a place without a row key would fit every row")


class Ring:
    """The root keys, by id. New things are wrapped under the newest; any key that is still held opens."""

    def __init__(self, keys: Mapping[str, bytes], newest: str) -> None:
        if newest not in keys:
            raise RingError(f"the key ring names {newest!r} as its newest key, but does not hold it")
        if any(len(key) != KEY_BYTES for key in keys.values()):
            raise RingError("a root key is 32 bytes; the key ring file is damaged: take the escrow copy")
        self._keys = dict(keys)
        self.newest = newest
        self._file: Path | None = None

    def __repr__(self) -> str:
        return f"Ring(newest={self.newest!r}, {len(self._keys)} keys)"  # never the keys: this ends in logs

    @classmethod
    def generate(cls) -> Self:
        """A ring with one fresh key."""
        key_id = _new_key_id()
        return cls({key_id: secrets.token_bytes(KEY_BYTES)}, key_id)

    @classmethod
    def load(cls, file: Path) -> Self:
        """Read the ring file. Raises RingError when it is missing, readable by others, or damaged."""
        try:
            mode = file.stat().st_mode
            said = json.loads(file.read_text("utf-8"))
            keys = {key_id: base64.b64decode(entry["key"], validate=True) for key_id, entry in said["keys"].items()}
            newest = said["newest"]
        except FileNotFoundError as error:
            raise RingError(
                f"no key ring at {file}: bring back the escrow copy, or make one: `python -m fieldapp.cli keys init`"
            ) from error
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise RingError(f"the key ring {file} cannot be read: take the escrow copy") from error
        if mode & 0o077:
            raise RingError(f"the key ring {file} can be read by others: chmod 600 {file}")
        ring = cls(keys, newest)
        ring._file = file
        return ring

    def save(self, file: Path) -> None:
        """Write the ring, readable by its owner alone. A new file replaces the old one whole, or not at all."""
        said = {
            "version": 1,
            "newest": self.newest,
            "keys": {key_id: {"key": base64.b64encode(key).decode()} for key_id, key in self._keys.items()},
        }
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = file.with_name(f".{file.name}.{os.getpid()}")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            json.dump(said, out, indent=1)
            out.flush()
            os.fsync(out.fileno())  # a database sealed under a key that a power cut forgot is lost for ever
        beside.replace(file)

    def with_new_key(self) -> "Ring":
        """The same ring with one more key, now the newest. Old things open still, new ones take the new key."""
        key_id = _new_key_id()
        return Ring({**self._keys, key_id: secrets.token_bytes(KEY_BYTES)}, key_id)

    def holds(self, key_id: str) -> bool:
        return key_id in self._keys

    def wrap(self, secret: bytes, context: str) -> tuple[str, bytes]:
        """(root key id, wrapped) of a secret of any length; opens only under the same context."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        cipher = AESGCM(_derived(self._keys[self.newest], b"wrap"))
        return self.newest, nonce + cipher.encrypt(nonce, secret, context.encode())

    def unwrap(self, key_id: str, wrapped: bytes, context: str) -> bytes:
        """The secret again. Raises UnknownKey when the ring lacks the key, Damaged when bytes or context differ."""
        if key_id not in self._keys and self._file is not None:
            # A key was added while this process ran (`cli ring rotate`): things are wrapped under it already.
            self._keys = {**type(self).load(self._file)._keys, **self._keys}
        if key_id not in self._keys:
            raise UnknownKey(f"the key ring lacks the root key {key_id}")
        cipher = AESGCM(_derived(self._keys[key_id], b"wrap"))
        try:
            return cipher.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], context.encode())
        except (InvalidTag, ValueError) as error:
            raise Damaged(f"what is wrapped for {context!r} does not open") from error

    def secrets_for(self, purpose: str) -> list[str]:
        """Hex secrets for signing cookies and form tokens, newest first: older ones still verify."""
        others = sorted(key_id for key_id in self._keys if key_id != self.newest)
        return [_derived(self._keys[key_id], b"secret/" + purpose.encode()).hex() for key_id in [self.newest, *others]]


@dataclass(frozen=True)
class CursorMark:
    """Proves that a cursor was written by this server for one vault (a `sync.pull.Mark`).

    HMAC-SHA256, 16 bytes of it. The keys are the ring's, newest first: after a new root key, and after the restore of
    an older database, the cursors that are out still hold.
    """

    keys: tuple[bytes, ...]
    vault_id: UUID

    @classmethod
    def for_vault(cls, ring: Ring, vault_id: UUID) -> Self:
        return cls(tuple(map(bytes.fromhex, ring.secrets_for("cursor"))), vault_id)

    def of(self, text: bytes) -> bytes:
        return self._mark(self.keys[0], text)

    def holds(self, text: bytes, mark: bytes) -> bool:
        return any(hmac.compare_digest(self._mark(key, text), mark) for key in self.keys)

    def _mark(self, key: bytes, text: bytes) -> bytes:
        return hmac.digest(key, self.vault_id.bytes + text, "sha256")[:16]


@dataclass(frozen=True)
class LineMark:
    """Proves that a line of the tombstone log was written by a holder of the ring: HMAC-SHA256, 16 bytes, as hex."""

    keys: tuple[bytes, ...]

    @classmethod
    def of_ring(cls, ring: Ring) -> Self:
        return cls(tuple(map(bytes.fromhex, ring.secrets_for("tombstones"))))

    def of(self, text: bytes) -> str:
        return self._mark(self.keys[0], text)

    def holds(self, text: bytes, mark: str) -> bool:
        return any(hmac.compare_digest(self._mark(key, text).encode(), mark.encode()) for key in self.keys)

    def _mark(self, key: bytes, text: bytes) -> str:
        return hmac.digest(key, text, "sha256")[:16].hex()


class Sealer:
    """Seals values under one key, each for one place. Made once per key and session: deriving is dear."""

    def __init__(self, key: DistrictKey | CaseKey | ReporterKey) -> None:
        sealing_key = _derived(key, b"body")
        self._cipher = AESGCM(sealing_key)
        self._key_id = sha256(b"fieldapp/1/rest/key-id" + sealing_key).digest()[:KEY_ID_BYTES]

    def made(self, sealed: bytes) -> bool:
        """Whether this value names this key; nothing is opened, so it may be damaged all the same."""
        return sealed[: _HEAD_BYTES - NONCE_BYTES] == SEAL_VERSION + self._key_id

    def seal(self, place: Place, plaintext: bytes) -> bytes:
        """version (1) ‖ key id (8) ‖ nonce (12, random) ‖ AES-256-GCM ciphertext and tag."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        head = SEAL_VERSION + self._key_id
        return head + nonce + self._cipher.encrypt(nonce, plaintext, head + _bound(place))

    def open(self, place: Place, sealed: bytes) -> bytes:
        """The plaintext. Raises UnknownKey for bytes sealed under another key, Damaged for anything else."""
        head, nonce = sealed[: _HEAD_BYTES - NONCE_BYTES], sealed[_HEAD_BYTES - NONCE_BYTES : _HEAD_BYTES]
        if len(sealed) < _HEAD_BYTES or head[:1] != SEAL_VERSION:
            raise Damaged(f"{place.table}.{place.column} is not a sealed value")
        if not hmac.compare_digest(head[1:], self._key_id):
            raise UnknownKey(f"{place.table}.{place.column} is sealed under another key")
        try:
            return self._cipher.decrypt(nonce, sealed[_HEAD_BYTES:], head + _bound(place))
        except InvalidTag as error:
            raise Damaged(
                f"{place.table}.{place.column} was changed, or lies in another place than it was sealed for"
            ) from error


def new_district_key() -> DistrictKey:
    return DistrictKey(secrets.token_bytes(KEY_BYTES))


def new_case_key() -> CaseKey:
    return CaseKey(secrets.token_bytes(KEY_BYTES))


def new_reporter_key() -> ReporterKey:
    return ReporterKey(secrets.token_bytes(KEY_BYTES))


def wrap_case_key(district_key: DistrictKey, case_key: CaseKey) -> bytes:
    """AES-KW (RFC 3394, no nonce to manage) under the wrapping half of the district key."""
    return aes_key_wrap(_derived(district_key, b"wrap-case"), case_key)


def unwrap_case_key(district_key: DistrictKey, wrapped: bytes) -> CaseKey:
    """The case key again. Raises Damaged."""
    return case_key_opener(district_key)(wrapped)


def case_key_opener(district_key: DistrictKey) -> Callable[[bytes], CaseKey]:
    """Unwraps the keys of many families of one district: the wrapping half is derived once. Raises Damaged."""
    wrapping_key = _derived(district_key, b"wrap-case")

    def unwrap(wrapped: bytes) -> CaseKey:
        try:
            return CaseKey(aes_key_unwrap(wrapping_key, wrapped))
        except (InvalidUnwrap, ValueError) as error:
            raise Damaged("a case key does not open under its district key") from error

    return unwrap


def _derived(key: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=b"fieldapp/1/rest/" + purpose).derive(key)


def _bound(place: Place) -> bytes:
    """The associated data: every part with its type and length, so that no two places share one encoding."""
    parts = (place.table, place.column, place.district, place.case_id or "", *place.row_key)
    return b"".join(_part(part) for part in parts)


def _part(part: UUID | str | int | bytes) -> bytes:
    match part:
        case UUID():
            kind, raw = b"u", part.bytes
        case str():
            kind, raw = b"s", part.encode()
        case int():
            kind, raw = b"i", str(part).encode()
        case bytes():
            kind, raw = b"b", part
    return kind + len(raw).to_bytes(2, "big") + raw


def _new_key_id() -> str:
    return f"root-{secrets.token_hex(4)}"
