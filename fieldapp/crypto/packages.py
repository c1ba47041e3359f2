"""What phones seal: envelopes and packages of docs/protocol.md sections 2 and 3, opened by the server.

The sealing side stands here too, at the end: it is handed to sync/device.py, the phone in Python of tests and load.

Obligations, easy to break:
 - Nothing of a package is believed before its tag, nothing of its head before the author's signature.
 - An unknown suite is refused, never guessed. Every length is bounded before memory is taken for it.
 - A salt seals one package. Keys of head and body differ by purpose and id.
What cannot be opened raises Refused with a reason; the caller keeps the bytes for a person (DESIGN 6).
"""

import base64
import hmac
import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NewType
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from fieldapp.crypto import signatures
from fieldapp.crypto.signatures import Part, PrivateKey
from sync.codes import SUITE, Reason

PURPOSE_HEAD, PURPOSE_BODY, PURPOSE_FILE = b"\x01", b"\x02", b"\x03"

ID_BYTES = 16
SALT_BYTES = 16
SEALING_KEY_BYTES = 32
ENVELOPE_BYTES = 65 + SEALING_KEY_BYTES + 16
CHUNK_BYTES = 65_536
TAG_BYTES = 16
HEAD_COMPRESSED_BYTES_MAX = 4 * 1024
HEAD_INFLATED_BYTES_MAX = 16 * 1024
BODY_SEALED_BYTES_MAX = 256 * 1024
BODY_INFLATED_BYTES_MAX = 2 * 1024 * 1024
_FIXED_BYTES = ID_BYTES + 1 + ID_BYTES + SALT_BYTES + 4
PACKAGE_BYTES_MAX = _FIXED_BYTES + HEAD_COMPRESSED_BYTES_MAX + TAG_BYTES + BODY_SEALED_BYTES_MAX

SealingKey = NewType("SealingKey", bytes)  # of one unlock of one vault
Head = dict[str, Any]  # docs/protocol.md section 3, as it came: sync/messages.py checks its shape


@dataclass(frozen=True)
class Suite:
    """What one suite byte stands for: how an envelope is sealed (RFC 9180 base mode), and what seals packages under it.

    Keys are P-256 in each, so that every browser can make them.
    """

    hpke: hpke.Suite
    aead: type[AESGCM] | type[ChaCha20Poly1305]


# Another suite gets its own number and its line here. What is not here is refused, never guessed.
SUITES: dict[int, Suite] = {
    SUITE: Suite(hpke.Suite(hpke.KEM.P256, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM), AESGCM),
}


class Refused(Exception):
    """What a phone sealed cannot be opened: DAMAGED, PACKAGE_TOO_LARGE or UNKNOWN_SUITE, as `reason` says."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Package:
    """A package taken apart, nothing of it opened. `package_id` is the operation id."""

    package_id: UUID
    suite: int
    envelope_id: bytes
    salt: bytes
    sealed_head: bytes
    sealed_body: bytes

    def to_bytes(self) -> bytes:
        ids = self.package_id.bytes + bytes([self.suite]) + self.envelope_id + self.salt
        return ids + len(self.sealed_head).to_bytes(4, "big") + self.sealed_head + self.sealed_body

    @property
    def body_hash(self) -> bytes:
        """SHA-256 of the sealed body: the `content_hash` of a revision."""
        return sha256(self.sealed_body).digest()


def take_apart(package: bytes) -> Package:
    """Split the bytes of a package. Raises Refused: damaged, package_too_large, unknown_suite."""
    if len(package) > PACKAGE_BYTES_MAX:
        raise Refused(Reason.PACKAGE_TOO_LARGE)
    if len(package) < _FIXED_BYTES:
        raise Refused(Reason.DAMAGED)
    if package[ID_BYTES] not in SUITES:
        raise Refused(Reason.UNKNOWN_SUITE)
    head_at = _FIXED_BYTES
    head_bytes = int.from_bytes(package[head_at - 4 : head_at], "big")
    if head_bytes > HEAD_COMPRESSED_BYTES_MAX + TAG_BYTES:
        raise Refused(Reason.PACKAGE_TOO_LARGE)
    body_at = head_at + head_bytes
    if body_at + TAG_BYTES > len(package):
        raise Refused(Reason.DAMAGED)
    if len(package) - body_at > BODY_SEALED_BYTES_MAX:
        raise Refused(Reason.PACKAGE_TOO_LARGE)
    return Package(
        package_id=UUID(bytes=package[:ID_BYTES]),
        suite=package[ID_BYTES],
        envelope_id=package[ID_BYTES + 1 : 2 * ID_BYTES + 1],
        salt=package[2 * ID_BYTES + 1 : head_at - 4],
        sealed_head=package[head_at:body_at],
        sealed_body=package[body_at:],
    )


def id_of(package: bytes) -> UUID | None:
    """The operation id of bytes that may be damaged; None when not even that is there."""
    return UUID(bytes=package[:ID_BYTES]) if len(package) >= ID_BYTES else None


def open_envelope(envelope: bytes, *, suite: int, private: PrivateKey, key_id: str, vault_id: UUID) -> SealingKey:
    """The sealing key of an unlock. Raises Refused: unknown_suite, damaged (also for another vault or server key)."""
    if suite not in SUITES:
        raise Refused(Reason.UNKNOWN_SUITE)
    if len(envelope) != ENVELOPE_BYTES:
        raise Refused(Reason.DAMAGED)
    try:
        return SealingKey(SUITES[suite].hpke.decrypt(envelope, private, info=_envelope_info(suite, key_id, vault_id)))
    except (InvalidTag, ValueError) as error:
        raise Refused(Reason.DAMAGED) from error


def open_head(package: Package, sealing_key: SealingKey) -> Head:
    """The head as it came: its shape and its signature are still to be checked. Raises Refused."""
    compressed = _open_chunks(package.sealed_head, sealing_key, package, PURPOSE_HEAD, package.package_id)
    return _json_object(_inflated(compressed, HEAD_INFLATED_BYTES_MAX))


def open_body(package: Package, sealing_key: SealingKey, head: Mapping[str, Any]) -> bytes:
    """The JSON of the body, as the bytes that `plain_hash` is of. Raises Refused.

    The head is the one opened from this package, its shape checked: it says under which id the body is sealed, and both
    hashes, which must be right.
    """
    compressed = _open_chunks(
        package.sealed_body, sealing_key, package, PURPOSE_BODY, body_id(package.package_id, head)
    )
    plaintext = _inflated(compressed, BODY_INFLATED_BYTES_MAX)
    hashes = (b64u(package.body_hash), b64u(sha256(plaintext).digest()))
    if not hmac.compare_digest("".join(hashes), f"{head['body_hash']}{head['plain_hash']}"):
        raise Refused(Reason.DAMAGED)
    return plaintext


def body_id(package_id: UUID, head: Mapping[str, Any]) -> UUID:
    """Under which id a body is sealed: its revision's where the head names one, else the package's."""
    return UUID(str(head["revision_id"])) if head["revision_id"] else package_id


def author_text(head: Mapping[str, Any], vault_id: UUID) -> bytes:
    """What the author signs (section 3). Raises ValueError where a string of the head is not ASCII."""
    parts: list[Part] = ["fieldapp/1/author"]
    parts += [head[name] for name in _SIGNED_NAMES]
    parts += [str(vault_id), head["body_hash"], head["plain_hash"]]
    return signatures.signed_text(parts)


def is_signed_by(head: Mapping[str, Any], vault_id: UUID, author_key: bytes) -> bool:
    """Whether the holder of the author key of this vault signed this head. An unsigned head is False."""
    try:
        return signatures.verify(author_key, from_b64u(head["signature"] or ""), author_text(head, vault_id))
    except ValueError:
        return False


def b64u(raw: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def from_b64u(text: str) -> bytes:
    """The bytes again. Raises ValueError for padding, other characters and anything `b64u` would not have written."""
    raw = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if b64u(raw) != text:
        raise ValueError("not base64url as we write it")
    return raw


def chunk_nonce(counter: int, *, is_last: bool) -> bytes:
    """Of one chunk: its counter, and whether another follows, so that a text cut at a chunk does not open."""
    return counter.to_bytes(11, "big") + (b"\x01" if is_last else b"\x00")


# --- the phone's side -------------------------------------------------------------------------------------------------


def seal_envelope(
    sealing_key: SealingKey, *, server_point: bytes, key_id: str, vault_id: UUID, suite: int = SUITE
) -> bytes:
    """An envelope for the server key of this point. Its ephemeral key is the library's own randomness."""
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), server_point)
    return SUITES[suite].hpke.encrypt(sealing_key, public, info=_envelope_info(suite, key_id, vault_id))


def seal_package(
    head: Mapping[str, Any],
    body: bytes,
    *,
    sealing_key: SealingKey,
    envelope_id: bytes,
    vault_id: UUID,
    author: PrivateKey | None,
    random: Callable[[int], bytes],
    suite: int = SUITE,
) -> bytes:
    """Seal and sign one package. `head` holds all keys of section 3 but body_hash, plain_hash and signature, which are
    made here; `random(n)` gives the package id, then the salt, and never the same twice. No author: unsigned.
    """
    package_id, salt = UUID(bytes=random(ID_BYTES)), random(SALT_BYTES)
    empty = Package(package_id, suite, envelope_id, salt, b"", b"")
    sealed_body = _seal_chunks(zlib.compress(body), sealing_key, empty, PURPOSE_BODY, body_id(package_id, head))
    whole: Head = {**head, "body_hash": b64u(sha256(sealed_body).digest()), "plain_hash": b64u(sha256(body).digest())}
    whole["signature"] = None if author is None else b64u(signatures.sign(author, author_text(whole, vault_id)))
    written = json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    sealed_head = _seal_chunks(zlib.compress(written), sealing_key, empty, PURPOSE_HEAD, package_id)
    return Package(package_id, suite, envelope_id, salt, sealed_head, sealed_body).to_bytes()


# ----------------------------------------------------------------------------------------------------------------------

_SIGNED_NAMES = (
    "kind", "district", "case_id", "visit_id", "record_id", "revision_id", "parents", "form", "form_version",
    "intent", "number", "device_time", "author",
)  # fmt: skip


def _envelope_info(suite: int, key_id: str, vault_id: UUID) -> bytes:
    return b"fieldapp/1/sealing" + bytes([suite]) + bytes.fromhex(key_id) + vault_id.bytes


def _cipher(sealing_key: SealingKey, package: Package, purpose: bytes, about: UUID) -> AESGCM | ChaCha20Poly1305:
    info = b"fieldapp/1/" + purpose + about.bytes
    return SUITES[package.suite].aead(HKDF(SHA256(), 32, salt=package.salt, info=info).derive(sealing_key))


def _bound(package: Package, purpose: bytes, about: UUID) -> bytes:
    return bytes([package.suite]) + purpose + package.package_id.bytes + about.bytes


def _open_chunks(sealed: bytes, sealing_key: SealingKey, package: Package, purpose: bytes, about: UUID) -> bytes:
    cipher = _cipher(sealing_key, package, purpose, about)
    bound = _bound(package, purpose, about)
    step = CHUNK_BYTES + TAG_BYTES
    starts = range(0, max(len(sealed), 1), step)
    try:
        chunks = [
            cipher.decrypt(chunk_nonce(number, is_last=start == starts[-1]), sealed[start : start + step], bound)
            for number, start in enumerate(starts)
        ]
    except (InvalidTag, ValueError) as error:
        raise Refused(Reason.DAMAGED) from error
    if len(chunks) > 1 and not chunks[-1]:
        raise Refused(Reason.DAMAGED)  # only an empty text is an empty chunk: there is one way to write each text
    return b"".join(chunks)


def _seal_chunks(plaintext: bytes, sealing_key: SealingKey, package: Package, purpose: bytes, about: UUID) -> bytes:
    cipher = _cipher(sealing_key, package, purpose, about)
    bound = _bound(package, purpose, about)
    starts = range(0, max(len(plaintext), 1), CHUNK_BYTES)
    return b"".join(
        cipher.encrypt(chunk_nonce(number, is_last=start == starts[-1]), plaintext[start : start + CHUNK_BYTES], bound)
        for number, start in enumerate(starts)
    )


def _inflated(compressed: bytes, bytes_max: int) -> bytes:
    """One whole zlib stream. Never takes more memory than the bound: it stops there, however much would follow."""
    stream = zlib.decompressobj()
    try:
        plaintext = stream.decompress(compressed, bytes_max + 1)
    except zlib.error as error:
        raise Refused(Reason.DAMAGED) from error
    if len(plaintext) > bytes_max:
        raise Refused(Reason.PACKAGE_TOO_LARGE)
    if not stream.eof or stream.unused_data:
        raise Refused(Reason.DAMAGED)
    return plaintext


def _json_object(text: bytes) -> Head:
    try:
        said = json.loads(text.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Refused(Reason.DAMAGED) from error
    if not isinstance(said, dict):
        raise Refused(Reason.DAMAGED)
    return said
