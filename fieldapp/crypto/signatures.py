"""ECDSA P-256 with SHA-256 as phones make it: raw public points (65 bytes), raw r‖s signatures (64 bytes), FIPS 186-5.

WebCrypto speaks r‖s, the library speaks DER: the two are translated here and nowhere else.
"""

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import NewType

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

POINT_BYTES = 65
SIGNATURE_BYTES = 64
_HALF = SIGNATURE_BYTES // 2

PrivateKey = ec.EllipticCurvePrivateKey
PublicPoint = NewType("PublicPoint", bytes)  # raw, uncompressed

_ECDSA = ec.ECDSA(SHA256())

# What a signed text may hold: a list within a list for key lists and parents, never an object.
Part = str | int | None | Sequence["Part"]

# Made once: json.dumps makes a new one at every call that asks for anything special.
_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def new_private_key() -> PrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def public_point(private: PrivateKey) -> PublicPoint:
    """The raw uncompressed point of the public half."""
    encoding, form = serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    return PublicPoint(private.public_key().public_bytes(encoding, form))


def is_point(raw: bytes) -> bool:
    """Whether these bytes are a raw uncompressed point on P-256: to be asked before a key is registered."""
    return _public_key(raw) is not None


def private_bytes(private: PrivateKey) -> bytes:
    """PKCS#8, for wrapping under the root ring; never written anywhere unwrapped."""
    return private.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def load_private(raw: bytes) -> PrivateKey:
    """The key of `private_bytes`. Raises ValueError for anything that is not a P-256 key."""
    key = serialization.load_der_private_key(raw, password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ValueError("not a P-256 private key")
    return key


def signed_text(parts: Sequence[Part]) -> bytes:
    """The bytes a signature is over: one JSON array as JSON.stringify writes it. Raises ValueError outside ASCII."""
    text = _encoder.encode(parts)
    if not text.isascii():
        raise ValueError("a signed text is ASCII (docs/protocol.md section 1)")
    return text.encode("ascii")


def sign(private: PrivateKey, text: bytes) -> bytes:
    """Raw r‖s over SHA-256 of the text."""
    r, s = decode_dss_signature(private.sign(text, _ECDSA))
    return r.to_bytes(_HALF, "big") + s.to_bytes(_HALF, "big")


def verify(public: bytes, signature: bytes, text: bytes) -> bool:
    """Whether the holder of this key signed this text. Malformed keys and signatures are False, never an exception."""
    key = _public_key(public)
    if key is None or len(signature) != SIGNATURE_BYTES:
        return False
    r, s = int.from_bytes(signature[:_HALF], "big"), int.from_bytes(signature[_HALF:], "big")
    try:
        key.verify(encode_dss_signature(r, s), text, _ECDSA)
    except InvalidSignature:
        return False
    return True


@lru_cache(maxsize=1_024)
def _public_key(raw: bytes) -> ec.EllipticCurvePublicKey | None:
    if len(raw) != POINT_BYTES or raw[:1] != b"\x04":
        return None
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)
    except ValueError:
        return None
