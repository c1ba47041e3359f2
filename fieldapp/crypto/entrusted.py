"""Files that go from one county's server to another's: a visit that is asked for, and its answer.

    file = magic (8) ‖ suite (1) ‖ kind (1) ‖ sender (32) ‖ receiver (32) ‖ key id (8) ‖ sealed (signature ‖ content)

Sender and receiver are SHA-256 of the raw points of the identity keys. The content is signed by the sender's identity
key for exactly this receiver and kind, then sealed to one HPKE key of the receiver (RFC 9180 base mode, as suite 0x01)
with the whole head as `info`: whoever carries the file can neither read nor change it, and whoever opens it cannot
pass it on as if it had been written to somebody else.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec

from fieldapp.crypto import signatures
from fieldapp.crypto.keys import ListedKey
from fieldapp.crypto.packages import SUITES, b64u
from fieldapp.crypto.signatures import SIGNATURE_BYTES, PrivateKey, PublicPoint

MAGIC = b"FAVISIT1"
CONTENT_BYTES_MAX = 1024 * 1024
_DIGEST_BYTES, _KEY_ID_BYTES, _POINT_BYTES, _TAG_BYTES = 32, 8, 65, 16
HEAD_BYTES = len(MAGIC) + 2 + 2 * _DIGEST_BYTES + _KEY_ID_BYTES
FILE_BYTES_MAX = HEAD_BYTES + _POINT_BYTES + SIGNATURE_BYTES + CONTENT_BYTES_MAX + _TAG_BYTES
_INFO = b"fieldapp/1/entrusted"


class Kind(IntEnum):
    """What a file is: part of its head and of what is signed."""

    REQUEST = 1
    ANSWER = 2


class Unreadable(Exception):
    """Damaged, cut, changed on its way, or no such file at all."""


@dataclass(frozen=True)
class FileHead:
    """What stands before the sealed part. Nothing of it is believed before the seal and the signature were."""

    suite: int
    kind: Kind
    sender: bytes
    receiver: bytes
    key_id: str

    def to_bytes(self) -> bytes:
        ids = self.sender + self.receiver + bytes.fromhex(self.key_id)
        return MAGIC + bytes([self.suite, self.kind]) + ids


def name_of(identity: bytes) -> bytes:
    """What a head calls a county: SHA-256 of the raw point of its identity key."""
    return sha256(identity).digest()


def seal(
    content: bytes,
    kind: Kind,
    *,
    sender: PublicPoint,
    sign: Callable[[bytes], bytes],
    receiver: PublicPoint,
    key: ListedKey,
) -> bytes:
    """A file for the holder of `key`, which is one of `receiver`'s; `sign` is the sender's identity key at work.

    Raises ValueError for content that is too long, for a suite nobody knows and for a key that is no point.
    """
    if len(content) > CONTENT_BYTES_MAX:
        raise ValueError("too much for one file")
    if key.suite not in SUITES:
        raise ValueError(f"suite {key.suite} is unknown")
    head = FileHead(key.suite, kind, name_of(sender), name_of(receiver), key.key_id)
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), key.public)
    plain = sign(signed_text(head, content)) + content
    return head.to_bytes() + SUITES[key.suite].hpke.encrypt(plain, public, info=_INFO + head.to_bytes())


def read_head(file: bytes) -> FileHead:
    """The head of a file. Raises Unreadable."""
    if not HEAD_BYTES + _POINT_BYTES + SIGNATURE_BYTES + _TAG_BYTES <= len(file) <= FILE_BYTES_MAX:
        raise Unreadable
    at = len(MAGIC)
    if not file.startswith(MAGIC) or file[at] not in SUITES or file[at + 1] not in set(Kind):
        raise Unreadable
    ids = file[at + 2 : HEAD_BYTES]
    sender, receiver = ids[:_DIGEST_BYTES], ids[_DIGEST_BYTES : 2 * _DIGEST_BYTES]
    return FileHead(file[at], Kind(file[at + 1]), sender, receiver, ids[2 * _DIGEST_BYTES :].hex())


def open_file(file: bytes, private: PrivateKey, sender: PublicPoint) -> tuple[bytes, str, bytes]:
    """(content, the signed text, its signature), signed by `sender` and sealed to this key. Raises Unreadable."""
    head = read_head(file)
    try:
        plain = SUITES[head.suite].hpke.decrypt(file[HEAD_BYTES:], private, info=_INFO + head.to_bytes())
    except (InvalidTag, ValueError) as error:
        raise Unreadable from error
    signature, content = plain[:SIGNATURE_BYTES], plain[SIGNATURE_BYTES:]
    text = signed_text(head, content)
    if name_of(sender) != head.sender or not signatures.verify(sender, signature, text):
        raise Unreadable
    return content, text.decode("ascii"), signature


def signed_text(head: FileHead, content: bytes) -> bytes:
    """What the sender's identity key signs."""
    named: list[signatures.Part] = ["fieldapp/1/entrusted", int(head.kind), b64u(head.sender), b64u(head.receiver)]
    return signatures.signed_text([*named, b64u(sha256(content).digest())])
