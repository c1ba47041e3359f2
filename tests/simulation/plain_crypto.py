"""The crypto of simulated phones: the same bytes in the same places, readable, and ten thousand times cheaper.

What the protocol leans on holds here too: a signature is right only for its text, what was damaged does not open, a
package under a key that the server lacks stays closed, and a vault that forgot its keys opens and signs nothing.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from sync import messages, wire
from sync.codes import Reason
from sync.device import Envelope
from sync.store import Item, Signature

KEY_ID = "0123456789abcdef"
IDENTITY = b"identity of the county"
_TAG_BYTES = 16


class Forgotten(Exception):
    """A key that is not here any more was asked for."""


def signed(secret: bytes, text: bytes) -> bytes:
    """64 bytes that only this secret makes of this text."""
    return hashlib.sha512(secret + text).digest()


@dataclass(frozen=True)
class Keys:
    """The two secrets of a vault: what the server knows as public points, it knows here as they are."""

    transport: bytes
    author: bytes


class PlainCrypto:
    """A `sync.device.Crypto` of one vault."""

    def __init__(self, vault_id: UUID, chance: Callable[[int], bytes]) -> None:
        self._vault_id, self._chance = vault_id, chance
        self.keys = Keys(chance(32), chance(32))
        self.is_forgotten = False

    transport_point = author_point = bytes(65)

    def sign_transport(self, text: bytes) -> bytes:
        return signed(self.keys.transport, text)

    def sign_author(self, text: bytes) -> bytes:
        if self.is_forgotten:
            raise Forgotten
        return signed(self.keys.author, text)

    def is_of_server(self, signature: bytes, text: bytes) -> bool:
        return signature == signed(IDENTITY, text)

    def take_keys(self, server_keys: list[Mapping[str, Any]]) -> None:
        """No key is ever changed here; tests/web/test_server_keys.py does that."""

    def forget(self) -> None:
        self.is_forgotten = True

    def new_envelope(self) -> Envelope:
        return Envelope(self._chance(16), KEY_ID, bytes(wire.ENVELOPE_BYTES))

    def seal(self, head: Mapping[str, Any], body: bytes, envelope: Envelope, signed: bool) -> bytes:
        package_id, salt = self._chance(16), self._chance(16)
        sealed_body = _closed(salt + body)
        hashes = {
            "body_hash": wire.b64u(hashlib.sha256(sealed_body).digest()),
            "plain_hash": wire.b64u(hashlib.sha256(body).digest()),
        }
        whole = {**head, **hashes}
        whole["signature"] = wire.b64u(self.sign_author(_author_text(whole, self._vault_id))) if signed else None
        sealed_head = _closed(json.dumps(whole, ensure_ascii=False).encode())
        length = len(sealed_head).to_bytes(4, "big")
        return b"".join([package_id, bytes([1]), envelope.envelope_id, salt, length, sealed_head, sealed_body])


def open_items(
    sent: Sequence[bytes], envelopes: Sequence[Mapping[str, Any]], keys: Keys, vault_id: UUID, *, has_key: bool
) -> list[Item]:
    """What the server makes of the packages of a frame; without its key they stay closed."""
    known = {said["id"] for said in envelopes}
    return [_open(raw, keys, vault_id, _closed_by(raw, known, has_key=has_key)) for raw in sent]


def _closed_by(raw: bytes, envelopes: set[bytes], *, has_key: bool) -> Reason | None:
    if raw[17:33] not in envelopes:
        return Reason.NO_ENVELOPE
    return None if has_key else Reason.UNKNOWN_KEY


@lru_cache(maxsize=1_024)  # the same package comes again and again
def _open(raw: bytes, keys: Keys, vault_id: UUID, trouble: Reason | None) -> Item:
    package_id, digest = UUID(bytes=raw[:16]), hashlib.sha256(raw).digest()
    if trouble is not None:
        return Item(package_id, digest, raw, trouble=trouble)
    length = int.from_bytes(raw[49:53], "big")
    sealed_head, sealed_body = raw[53 : 53 + length], raw[53 + length :]
    said, body = _opened(sealed_head), _opened(sealed_body)
    if said is None or body is None:
        return Item(package_id, digest, raw, trouble=Reason.DAMAGED)
    raw_head, plain = json.loads(said), body[16:]
    head = messages.read_head(raw_head)
    text = _author_text(raw_head, vault_id)
    signature = Signature.NONE
    if head.signature is not None:
        signature = Signature.GOOD if head.signature == signed(keys.author, text) else Signature.BAD
    return Item(
        package_id,
        digest,
        raw,
        (KEY_ID, 1, bytes(wire.ENVELOPE_BYTES)),
        head,
        signature=signature,
        signed_text=text.decode(),
        plain=plain,
        body=messages.read_body(head.kind, plain),
    )


def _author_text(head: Mapping[str, Any], vault_id: UUID) -> bytes:
    said = [head[name] for name in sorted(head) if name != "signature"]
    return wire.signed_text("fieldapp/1/author", str(vault_id), said)


def _closed(plain: bytes) -> bytes:
    return plain + hashlib.sha256(plain).digest()[:_TAG_BYTES]


def _opened(sealed: bytes) -> bytes | None:
    plain = sealed[:-_TAG_BYTES]
    return plain if hashlib.sha256(plain).digest()[:_TAG_BYTES] == sealed[-_TAG_BYTES:] else None
