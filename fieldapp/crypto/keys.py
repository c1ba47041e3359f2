"""The server's own keys: the identity that signs the list of the others, its fingerprint, and the codes people type.

docs/protocol.md sections 1 and 6. Where the keys are stored stands in models/server_keys.py.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from fieldapp.crypto import signatures
from fieldapp.crypto.packages import b64u
from fieldapp.crypto.signatures import PrivateKey, PublicPoint

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # without I L O U
CODE_CHARS = 12  # 60 bits
KEY_ID_BYTES = 8
_READ_AS = str.maketrans({"I": "1", "L": "1", "O": "0"})


@dataclass(frozen=True)
class ListedKey:
    """One key that opens envelopes, as phones are told of it. Times in ms since 1970 UTC."""

    key_id: str
    suite: int
    public: PublicPoint
    from_ms: int
    until_ms: int | None

    def to_json(self) -> dict[str, Any]:
        return {
            "key_id": self.key_id,
            "suite": self.suite,
            "public": b64u(self.public),
            "from": self.from_ms,
            "until": self.until_ms,
        }


def key_id_of(point: bytes) -> str:
    """First 8 bytes of SHA-256 of the raw point, as hex."""
    return sha256(point).digest()[:KEY_ID_BYTES].hex()


def fingerprint_of(identity_point: bytes) -> str:
    """12 Crockford characters: the first 60 bits of SHA-256 of the raw identity point."""
    return crockford(int.from_bytes(sha256(identity_point).digest()[:8], "big") >> 4)


def new_code(random: Callable[[int], bytes]) -> str:
    """A fresh device code: 12 Crockford characters, 60 random bits."""
    return crockford(int.from_bytes(random(8), "big") >> 4)


def crockford(value: int) -> str:
    """60 bits as 12 characters. Raises ValueError for a larger number."""
    if not 0 <= value < 1 << 60:
        raise ValueError("60 bits make twelve characters")
    return "".join(CROCKFORD[value >> shift & 31] for shift in range(55, -1, -5))


def read_code(typed: str) -> str | None:
    """A typed code in the form `new_code` writes: spaces, hyphens and small letters forgiven, I L O read as 1 1 0.

    None for anything else.
    """
    code = "".join(typed.split()).replace("-", "").upper().translate(_READ_AS)
    return code if len(code) == CODE_CHARS and set(code) <= set(CROCKFORD) else None


def key_list_text(version: int, keys: Sequence[ListedKey]) -> bytes:
    """What the identity key signs."""
    rows = [[key.key_id, key.suite, b64u(key.public), key.from_ms, key.until_ms] for key in keys]
    return signatures.signed_text(["fieldapp/1/keys", version, rows])


def sign_key_list(identity: PrivateKey, version: int, keys: Sequence[ListedKey]) -> bytes:
    return signatures.sign(identity, key_list_text(version, keys))
