"""Asking for the server's share of a PIN way (docs/protocol.md section 8): the shape of the message and its bounds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from sync import wire

METHOD_PATH = "POST /sync/v1/share"
BYTES_MAX = 2_048
TRIES_MAX = 10  # then only an unlocked phone that sets a new PIN, or a new enrolment, helps
ACTS = ("set", "get", "remove")


class ShareSchema(Schema):
    """Body of a request."""

    class Meta:
        unknown = RAISE

    v = fields.Integer(strict=True, required=True, validate=validate.Equal(wire.PROTOCOL_VERSION))
    request = wire.Bytes(16, required=True)
    t = fields.Integer(strict=True, required=True, validate=validate.Range(min=-wire.TIME_MS_MAX, max=wire.TIME_MS_MAX))
    act = fields.String(required=True, validate=validate.OneOf(ACTS))
    proof = wire.Bytes(32, required=True, allow_none=True)
    to = wire.Bytes(65, required=True, allow_none=True)
    signature = wire.Bytes(64, required=True, allow_none=True)


@dataclass(frozen=True)
class Asked:
    """A request whose parts fit its act: `proof` and `to` are there for set and get, `signature` for set and remove."""

    act: str
    request: bytes
    t: int
    proof: bytes
    to: bytes
    signature: bytes

    def signed_text(self, vault_id: UUID) -> bytes:
        """What the author key signs."""
        proof, to = (wire.b64u(part) if part else None for part in (self.proof, self.to))
        return signed_text(self.act, vault_id, wire.b64u(self.request), self.t, proof, to)


def read(body: bytes) -> Asked:
    """The request. Raises wire.Malformed, also where a part is missing that its act needs, or one is there too many."""
    try:
        said: dict[str, Any] = dict(_SCHEMA.load(wire.read_json(body)))
    except ValidationError as error:
        raise wire.Malformed(f"unexpected shape: {sorted(map(str, error.messages_dict))}") from error
    wanted = {"proof": said["act"] != "remove", "to": said["act"] != "remove", "signature": said["act"] != "get"}
    if any((said[name] is not None) != is_wanted for name, is_wanted in wanted.items()):
        raise wire.Malformed("the parts do not fit the act")
    parts = {name: said[name] or b"" for name in wanted}
    return Asked(act=said["act"], request=said["request"], t=said["t"], **parts)


def signed_text(act: str, vault_id: UUID, request: str, t: int, proof: str | None, to: str | None) -> bytes:
    """What the author key signs for `set` and `remove`; bytes stand as base64url."""
    return wire.signed_text("fieldapp/1/share", act, str(vault_id), request, t, proof, to)


def reply(sealed: bytes | None, tries_left: int) -> Mapping[str, Any]:
    """What is answered; `sealed` is null for `remove`."""
    return {"sealed": None if sealed is None else wire.b64u(sealed), "tries_left": tries_left}


_SCHEMA = ShareSchema()
