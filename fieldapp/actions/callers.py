"""Which vault is calling: named in a header, proved by its transport key over the method, the path and the body."""

import hashlib
from uuid import UUID

from sqlalchemy.orm import Session

from fieldapp.crypto import signatures
from fieldapp.crypto.packages import from_b64u
from fieldapp.errors import Problem
from fieldapp.models.vaults import Vault, district_of


def caller(session: Session, method_path: str, vault: str, signature: str, body: bytes) -> Vault:
    """The vault that sent this body to "POST /sync/v1/…". Raises `unknown_vault`, for a wrong signature alike."""
    try:
        vault_id, signed = UUID(vault), from_b64u(signature)
    except ValueError as error:
        raise Problem("unknown_vault") from error
    district = district_of(session, vault_id)
    row = None if district is None else session.get(Vault, (district, vault_id))
    text = b"fieldapp/1/transport\n" + method_path.encode() + b"\n" + hashlib.sha256(body).digest()
    if row is None or not signatures.verify(row.transport_key, signed, text):
        raise Problem("unknown_vault")
    return row
