"""The server's half of a PIN way: 32 random bytes, kept wrapped, compared by a keyed hash, handed out sealed.

docs/protocol.md section 8. Nothing here counts tries: whoever compares has counted, and committed, before
(actions/shares.py).
"""

import hmac
import secrets
from typing import NewType
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from fieldapp.crypto.rest import Ring
from fieldapp.crypto.signatures import PrivateKey

SHARE_BYTES = 32
Share = NewType("Share", bytes)
Proof = NewType("Proof", bytes)  # 32 bytes that a phone derives from PIN and device secret

# RFC 9180 base mode, as suite 0x01: the key it is sealed to is made by the phone for one answer.
_HPKE = hpke.Suite(hpke.KEM.P256, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


def new_share() -> Share:
    return Share(secrets.token_bytes(SHARE_BYTES))


def wrap(ring: Ring, share: Share, district: str, vault_id: UUID, share_id: UUID) -> tuple[str, bytes]:
    """(root key id, wrapped) for the row of exactly this vault and this share id."""
    return ring.wrap(share, context_of(district, vault_id, share_id))


def unwrap(ring: Ring, root_key_id: str, wrapped: bytes, district: str, vault_id: UUID, share_id: UUID) -> Share:
    """The share again. Raises rest.UnknownKey or rest.Damaged, the latter also for another row's bytes."""
    return Share(ring.unwrap(root_key_id, wrapped, context_of(district, vault_id, share_id)))


def context_of(district: str, vault_id: UUID, share_id: UUID) -> str:
    """What a wrapped share is bound to."""
    return f"pin_share|{district}|{vault_id}|{share_id}"


def hash_of_proof(share: Share, proof: Proof) -> bytes:
    """What is kept of a proof. Keyed by the share, which lies under the ring: a copy of the table checks no guess."""
    key = HKDF(SHA256(), 32, salt=None, info=b"fieldapp/1/rest/pin-proof").derive(share)
    return hmac.digest(key, proof, "sha256")


def proves(share: Share, proof: Proof, kept_hash: bytes) -> bool:
    return hmac.compare_digest(hash_of_proof(share, proof), kept_hash)


def seal(share: Share, to: bytes, vault_id: UUID, request: bytes) -> bytes:
    """The share for the holder of a one-time key (raw point), for this one answer. Raises ValueError for no point."""
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), to)
    return _HPKE.encrypt(share, public, info=_info(vault_id, request))


def open_sealed(sealed: bytes, private: PrivateKey, vault_id: UUID, request: bytes) -> Share:
    """The phone's side. Raises ValueError for what was sealed for another key, vault or request."""
    try:
        return Share(_HPKE.decrypt(sealed, private, info=_info(vault_id, request)))
    except InvalidTag as error:
        raise ValueError("not the answer to this request") from error


def _info(vault_id: UUID, request: bytes) -> bytes:
    return b"fieldapp/1/share" + vault_id.bytes + request
