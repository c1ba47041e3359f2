"""Parcels: what a phone could not send, as a file that is handed in at a desk (docs/protocol.md section 11).

    parcel = length of head (u32) ‖ head (JSON) ‖ the parts, one after the other

Each part is what would have gone over the network, byte for byte, with the signature that would have stood beside it:
the request of an exchange, the announcement of a file, the sealed file. So it is taken, refused and repeated like that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO
from uuid import UUID

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from sync import uploads, wire

KIND = "parcel"
HEAD_BYTES_MAX = 1_048_576
PARTS_MAX = 4_000
DESK_BYTES_MAX = 50_331_648  # what the page of the desk takes; phones make several files where there is more
BYTES_MAX = 2_147_483_648  # what the operator's command takes
EXCHANGE, ANNOUNCE, FILE = "exchange", "announce", "file"
# No part is read into memory beyond these; a file is read piece by piece.
_LENGTHS = {
    EXCHANGE: wire.REQUEST_BYTES_MAX,
    ANNOUNCE: uploads.ANNOUNCE_BYTES_MAX,
    FILE: max(uploads.FILE_BYTES_MAX.values()),
}


class PartSchema(Schema):
    class Meta:
        unknown = RAISE

    # `as` is a word of Python's own
    kind = fields.String(data_key="as", required=True, validate=validate.OneOf(tuple(_LENGTHS)))
    len = fields.Integer(strict=True, required=True, validate=validate.Range(min=1, max=max(_LENGTHS.values())))
    signature = fields.String(required=True, allow_none=True, validate=validate.Length(max=100))


class ParcelSchema(Schema):
    """Head of a parcel."""

    class Meta:
        unknown = RAISE

    v = fields.Integer(strict=True, required=True, validate=validate.Equal(wire.PROTOCOL_VERSION))
    kind = fields.String(required=True, validate=validate.Equal(KIND))
    vault = wire.Id(required=True)
    made = fields.Integer(strict=True, required=True, validate=validate.Range(min=0, max=wire.TIME_MS_MAX))
    parts = fields.List(fields.Nested(PartSchema), required=True, validate=validate.Length(min=1, max=PARTS_MAX))


@dataclass(frozen=True)
class Part:
    """One part, and where in the file it begins. `signature` as its header would say it; None for a sealed file, whose
    hash the announcement in front of it names.
    """

    kind: str
    at: int
    length: int
    signature: str | None


@dataclass(frozen=True)
class Parcel:
    """A parcel, its parts not read yet. `made` is the phone's claim, ms since 1970."""

    vault_id: UUID
    made: int
    parts: Sequence[Part]


def read(stream: BinaryIO, size: int) -> Parcel:
    """The head of a parcel of `size` bytes, none of them missing and none too many. Raises wire.Malformed."""
    length = int.from_bytes(stream.read(4), "big")
    if not 0 < length <= min(HEAD_BYTES_MAX, size):
        raise wire.Malformed("no parcel, or its head is too large")
    head = _loaded(wire.read_json(stream.read(length)))
    parts: list[Part] = []
    at = 4 + length
    for said in head["parts"]:
        _check(said, parts[-1] if parts else None)
        parts.append(Part(said["kind"], at, said["len"], said["signature"]))
        at += said["len"]
    if at != size:
        raise wire.Malformed("cut short, or longer than its head says")
    if parts[-1].kind == ANNOUNCE:
        raise wire.Malformed("a file is announced and does not come")
    return Parcel(head["vault"], head["made"], parts)


def write(vault_id: UUID, made: int, parts: Sequence[tuple[str, bytes, str | None]]) -> bytes:
    """A parcel of (kind, bytes, signature)."""
    said = [{"as": kind, "len": len(data), "signature": signature} for kind, data, signature in parts]
    head = {"v": wire.PROTOCOL_VERSION, "kind": KIND, "vault": str(vault_id), "made": made, "parts": said}
    return wire.write_frame(head, [data for _, data, _ in parts])


def _check(said: dict[str, Any], before: Part | None) -> None:
    if said["len"] > _LENGTHS[said["kind"]]:
        raise wire.Malformed("a part is too large", too_large=True)
    if (said["signature"] is None) != (said["kind"] == FILE):
        raise wire.Malformed("what is signed is all but a sealed file")
    if (said["kind"] == FILE) != (before is not None and before.kind == ANNOUNCE):
        raise wire.Malformed("a sealed file stands behind its announcement, and nothing else does")


def _loaded(said: dict[str, Any]) -> dict[str, Any]:
    try:
        return dict(_PARCEL.load(said))
    except ValidationError as error:
        raise wire.Malformed(f"unexpected shape: {sorted(map(str, error.messages_dict))}") from error


_PARCEL = ParcelSchema()
