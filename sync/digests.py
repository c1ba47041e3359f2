"""Asking what a server still has of all that it took from a vault (docs/protocol.md section 12): shapes and bounds.

Asked by ids and not by sums over buckets: a phone holds what is not decided yet, the server years of it, and sums over
two different sets never agree. Of twenty things it holds a phone sends half a kilobyte.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from sync import wire

METHOD_PATH = "POST /sync/v1/digest"
IDS_MAX = 2_000  # of both kinds; a phone that holds more asks again for the rest
BYTES_MAX = 49_152  # as many, as base64url, and what stands around them
_ID_BYTES = 16


class DigestSchema(Schema):
    """Body of a request. `revisions` and `packages` are 16-byte ids, one behind the other, as base64url."""

    class Meta:
        unknown = RAISE

    v = fields.Integer(strict=True, required=True, validate=validate.Equal(wire.PROTOCOL_VERSION))
    request = wire.Bytes(16, required=True)
    t = fields.Integer(strict=True, required=True, validate=validate.Range(min=-wire.TIME_MS_MAX, max=wire.TIME_MS_MAX))
    revisions = fields.String(required=True)
    packages = fields.String(required=True)
    signature = wire.Bytes(64, required=True)


@dataclass(frozen=True)
class Asked:
    """What a vault holds: revisions by the ids the server knows them under, all else by the ids of its packages."""

    request: bytes
    t: int
    revisions: tuple[UUID, ...]
    packages: tuple[UUID, ...]
    signature: bytes

    def signed_text(self, vault_id: UUID) -> bytes:
        """What the author key signs."""
        return signed_text(vault_id, wire.b64u(self.request), self.t, self.revisions, self.packages)


def read(body: bytes) -> Asked:
    """The request. Raises wire.Malformed, also where it asks for too many."""
    try:
        said: dict[str, Any] = dict(_SCHEMA.load(wire.read_json(body)))
    except ValidationError as error:
        raise wire.Malformed(f"unexpected shape: {sorted(map(str, error.messages_dict))}") from error
    revisions, packages = unpacked(said["revisions"]), unpacked(said["packages"])
    if len(revisions) + len(packages) > IDS_MAX:
        raise wire.Malformed(f"more than {IDS_MAX} ids", too_large=True)
    return Asked(said["request"], said["t"], revisions, packages, said["signature"])


def signed_text(vault_id: UUID, request: str, t: int, revisions: Iterable[UUID], packages: Iterable[UUID]) -> bytes:
    """What the author key signs: of the ids their SHA-256, revisions first, each kind with its own."""
    digests = (wire.b64u(hashlib.sha256(_joined(ids)).digest()) for ids in (revisions, packages))
    return wire.signed_text("fieldapp/1/digest", str(vault_id), request, t, *digests)


def reply(epoch: str, revisions: Sequence[UUID], packages: Sequence[UUID]) -> dict[str, str]:
    """What is answered: in which epoch, and which of the ids are not here, in the order they were asked for."""
    return {"epoch": epoch, "revisions": packed(revisions), "packages": packed(packages)}


def packed(ids: Iterable[UUID]) -> str:
    """Ids as they travel."""
    return wire.b64u(_joined(ids))


def unpacked(text: str) -> tuple[UUID, ...]:
    """Ids that travelled. Raises wire.Malformed."""
    try:
        raw = wire.from_b64u(text)
    except ValueError as error:
        raise wire.Malformed("no ids") from error
    if len(raw) % _ID_BYTES:
        raise wire.Malformed("half an id")
    return tuple(UUID(bytes=raw[at : at + _ID_BYTES]) for at in range(0, len(raw), _ID_BYTES))


def _joined(ids: Iterable[UUID]) -> bytes:
    return b"".join(one.bytes for one in ids)


_SCHEMA = DigestSchema()
