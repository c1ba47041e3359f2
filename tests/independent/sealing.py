"""Sealing and signing as docs/protocol.md sections 1 to 3, 8 and 9 say it, written from that page and RFC 9180 alone.

Nothing of the server or of the phone is imported here: that the real server opens what this seals shows that the page
is enough to write a client. Bytes in, bytes out; ids are UUIDs.
"""

import base64
import hashlib
import hmac
import json
import zlib
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

SUITE = b"\x01"
HEAD, BODY, FILE = b"\x01", b"\x02", b"\x03"
CHUNK_BYTES = 65_536
POINT_BYTES = 65
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_KEM = b"KEM" + (0x0010).to_bytes(2, "big")
_HPKE = b"HPKE" + b"".join(number.to_bytes(2, "big") for number in (0x0010, 0x0001, 0x0002))

Chance = Callable[[int], bytes]


def b64u(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_b64u(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def signed_text(parts: list[Any]) -> bytes:
    """What is signed: one JSON array without white space."""
    return json.dumps(parts, separators=(",", ":")).encode()


def point_of(key: ec.EllipticCurvePrivateKey | ec.EllipticCurvePublicKey) -> bytes:
    """The raw uncompressed point (65 bytes)."""
    public = key.public_key() if isinstance(key, ec.EllipticCurvePrivateKey) else key
    return public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def sign(key: ec.EllipticCurvePrivateKey, text: bytes) -> bytes:
    """Raw r‖s, 64 bytes; the same for the same text (RFC 6979), so that an example can be replayed."""
    r, s = utils.decode_dss_signature(key.sign(text, ec.ECDSA(SHA256(), deterministic_signing=True)))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def is_signed(point: bytes, signature: bytes, text: bytes) -> bool:
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    der = utils.encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
    try:
        key.verify(der, text, ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def fingerprint(identity_point: bytes) -> str:
    """The second half of a device code: the first 60 bits, five at a time."""
    bits = int.from_bytes(sha256(identity_point)[:8], "big") >> 4
    return "".join(CROCKFORD[bits >> shift & 31] for shift in range(55, -1, -5))


# HKDF (RFC 5869) and HPKE base mode (RFC 9180), DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM.


def hkdf(ikm: bytes, salt: bytes, info: bytes) -> bytes:
    return _expand(_extract(salt, ikm), info, 32)


def hpke_seal(to_point: bytes, info: bytes, plain: bytes, ephemeral: ec.EllipticCurvePrivateKey) -> bytes:
    """enc ‖ ciphertext, with empty aad; `ephemeral` is a key for this one text."""
    to = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), to_point)
    enc = point_of(ephemeral)
    key, nonce = _schedule(_shared(ephemeral.exchange(ec.ECDH(), to), enc + to_point), info)
    return enc + AESGCM(key).encrypt(nonce, plain, b"")


def hpke_open(key: ec.EllipticCurvePrivateKey, info: bytes, sealed: bytes) -> bytes:
    enc = sealed[:POINT_BYTES]
    sender = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), enc)
    opens, nonce = _schedule(_shared(key.exchange(ec.ECDH(), sender), enc + point_of(key)), info)
    return AESGCM(opens).decrypt(nonce, sealed[POINT_BYTES:], b"")


def envelope_info(key_id: str, vault_id: UUID) -> bytes:
    return b"fieldapp/1/sealing" + SUITE + bytes.fromhex(key_id) + vault_id.bytes


# Packages and files.


def seal_package(
    head: dict[str, Any],
    body: bytes,
    *,
    package_id: bytes,
    salt: bytes,
    sealing_key: bytes,
    envelope_id: bytes,
    vault_id: UUID,
    author: ec.EllipticCurvePrivateKey | None,
) -> bytes:
    """One package. `head` without its two hashes and its signature, which are made here; no `author`: unsigned."""
    sealed_body = seal_body(zlib.compress(body), head["revision_id"], package_id, salt, sealing_key)
    whole = signed_head(head, body, sealed_body, vault_id, author)
    deflated_head = zlib.compress(json.dumps(whole, ensure_ascii=False).encode())
    return join_package(deflated_head, sealed_body, package_id, salt, sealing_key, envelope_id)


def seal_body(deflated: bytes, revision_id: str | None, package_id: bytes, salt: bytes, sealing_key: bytes) -> bytes:
    body_id = UUID(revision_id).bytes if revision_id else package_id
    return _seal(BODY, deflated, sealing_key, salt, body_id, package_id + body_id)


def signed_head(
    head: dict[str, Any], body: bytes, sealed_body: bytes, vault_id: UUID, author: ec.EllipticCurvePrivateKey | None
) -> dict[str, Any]:
    hashes = {"body_hash": b64u(sha256(sealed_body)), "plain_hash": b64u(sha256(body))}
    text = author_text({**head, **hashes}, vault_id)
    return {**head, **hashes, "signature": b64u(sign(author, text)) if author else None}


def join_package(
    deflated_head: bytes, sealed_body: bytes, package_id: bytes, salt: bytes, sealing_key: bytes, envelope_id: bytes
) -> bytes:
    sealed_head = _seal(HEAD, deflated_head, sealing_key, salt, package_id, package_id + package_id)
    length = len(sealed_head).to_bytes(4, "big")
    return package_id + SUITE + envelope_id + salt + length + sealed_head + sealed_body


def author_text(head: dict[str, Any], vault_id: UUID) -> bytes:
    named = "kind district case_id visit_id record_id revision_id parents form form_version intent number device_time"
    said = [head[name] for name in f"{named} author".split()]
    return signed_text(["fieldapp/1/author", *said, str(vault_id), head["body_hash"], head["plain_hash"]])


def open_package(package: bytes, sealing_key: bytes) -> tuple[dict[str, Any], bytes]:
    """Head and body, for a phone that wants to see what it sealed."""
    package_id, salt = package[:16], package[33:49]
    end = 53 + int.from_bytes(package[49:53], "big")
    head_text = _open(HEAD, package[53:end], sealing_key, salt, package_id, package_id + package_id)
    head = json.loads(zlib.decompress(head_text))
    body_id = UUID(head["revision_id"]).bytes if head["revision_id"] else package_id
    body = _open(BODY, package[end:], sealing_key, salt, body_id, package_id + body_id)
    return head, zlib.decompress(body)


def seal_file(plain: bytes, *, file_id: UUID, sealing_key: bytes, envelope_id: bytes, salt: bytes) -> bytes:
    sealed = _seal(FILE, plain, sealing_key, salt, file_id.bytes, file_id.bytes)
    return file_id.bytes + SUITE + envelope_id + salt + sealed


def frame(head: dict[str, Any], *payload: bytes) -> bytes:
    written = json.dumps(head, ensure_ascii=False, separators=(",", ":")).encode()
    return len(written).to_bytes(4, "big") + written + b"".join(payload)


def read_frame(data: bytes) -> tuple[dict[str, Any], bytes]:
    """The head, and the payload as it lies there."""
    end = 4 + int.from_bytes(data[:4], "big")
    return json.loads(data[4:end]), data[end:]


def _seal(purpose: bytes, plain: bytes, sealing_key: bytes, salt: bytes, key_id: bytes, about: bytes) -> bytes:
    cipher = AESGCM(_key(purpose, sealing_key, salt, key_id))
    chunks = [plain[at : at + CHUNK_BYTES] for at in range(0, len(plain), CHUNK_BYTES)] or [b""]
    sealed = zip(_nonces(len(chunks)), chunks, strict=True)
    return b"".join(cipher.encrypt(nonce, chunk, SUITE + purpose + about) for nonce, chunk in sealed)


def _open(purpose: bytes, sealed: bytes, sealing_key: bytes, salt: bytes, key_id: bytes, about: bytes) -> bytes:
    cipher, step = AESGCM(_key(purpose, sealing_key, salt, key_id)), CHUNK_BYTES + 16
    chunks = [sealed[at : at + step] for at in range(0, len(sealed), step)]
    opened = zip(_nonces(len(chunks)), chunks, strict=True)
    return b"".join(cipher.decrypt(nonce, chunk, SUITE + purpose + about) for nonce, chunk in opened)


def _nonces(count: int) -> Iterator[bytes]:
    for number in range(count):
        yield number.to_bytes(11, "big") + (b"\x01" if number == count - 1 else b"\x00")


def _key(purpose: bytes, sealing_key: bytes, salt: bytes, key_id: bytes) -> bytes:
    return hkdf(sealing_key, salt, b"fieldapp/1/" + purpose + key_id)


def _extract(salt: bytes, ikm: bytes) -> bytes:
    return hmac.digest(salt or bytes(32), ikm, "sha256")


def _expand(prk: bytes, info: bytes, length: int) -> bytes:
    block = hmac.digest(prk, info + b"\x01", "sha256")
    return block[:length]  # nothing here asks for more than one block


def _labeled_extract(suite: bytes, salt: bytes, label: bytes, ikm: bytes) -> bytes:
    return _extract(salt, b"HPKE-v1" + suite + label + ikm)


def _labeled_expand(suite: bytes, prk: bytes, label: bytes, info: bytes, length: int) -> bytes:
    return _expand(prk, length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info, length)


def _shared(secret: bytes, both: bytes) -> bytes:
    prk = _labeled_extract(_KEM, b"", b"eae_prk", secret)
    return _labeled_expand(_KEM, prk, b"shared_secret", both, 32)


def _schedule(shared: bytes, info: bytes) -> tuple[bytes, bytes]:
    """Key and first nonce."""
    hashes = [
        _labeled_extract(_HPKE, b"", b"psk_id_hash", b""),
        _labeled_extract(_HPKE, b"", b"info_hash", info),
    ]
    context = b"\x00" + b"".join(hashes)
    secret = _labeled_extract(_HPKE, shared, b"secret", b"")
    key = _labeled_expand(_HPKE, secret, b"key", context, 32)
    return key, _labeled_expand(_HPKE, secret, b"base_nonce", context, 12)
