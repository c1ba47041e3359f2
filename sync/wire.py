"""Frames, their JSON, and the limits of every message (sync/messages.py has their shapes).

    frame = length of head (u32) ‖ head (JSON) ‖ payload; the lengths of its parts stand in the head, in order

docs/protocol.md is the law; the limits that the phone knows too stand in static/js/limits.js, and a test compares them.
"""

import base64
import binascii
import json
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

from marshmallow import ValidationError, fields

from sync import codes

SUITE = 1
PROTOCOL_VERSION = 1
FUNCTION_SET = 2  # the newest set of expression functions that a plan of this server needs

CHUNK_BYTES = 65_536
TAG_BYTES = 16
HEAD_SEALED_BYTES_MAX = 4_096 + 16
HEAD_INFLATED_BYTES_MAX = 16_384
BODY_SEALED_BYTES_MAX = 262_144
BODY_INFLATED_BYTES_MAX = 2_097_152
PACKAGE_PREFIX_BYTES = 16 + 1 + 16 + 16 + 4
PACKAGE_BYTES_MAX = PACKAGE_PREFIX_BYTES + HEAD_SEALED_BYTES_MAX + BODY_SEALED_BYTES_MAX
ENVELOPE_BYTES = 65 + 48
FRAME_BYTES_MAX = 262_144
FRAME_PACKAGES_MAX = 200
FRAME_ENVELOPES_MAX = 200
FRAME_HEAD_BYTES_MAX = 65_536
# One package alone may fill a frame beyond its bound, to its own limit.
REQUEST_BYTES_MAX = FRAME_BYTES_MAX + PACKAGE_BYTES_MAX
REPLY_HEAD_BYTES_MAX = 4_194_304
ENROL_BYTES_MAX = 8_192

CLOCK_TOLERANCE_MS = 300_000
WANT_BYTES_MIN = 4_096
WANT_BYTES_MAX = 262_144
PAGE_ROWS_MAX = 200
CURSOR_CHARACTERS_MAX = 400
TEXT_CHARACTERS_MAX = 2_000
REPLIES_MAX = 200
VISITORS_MAX = 10
CALLS_MAX = 50
DRAWS_MAX = 5_000  # random values of one form
RECORDED_CHARACTERS_MAX = 64  # a zone, a language, an app version, who wrote on which phone
POLICIES_MAX = 20  # switched off while a form was filled in
# A JavaScript date reaches this far; beyond, a time is no claim of a clock but damage.
TIME_MS_MAX = 8_640_000_000_000_000
NUMBER_MAX = 2_147_483_647  # what an integer column takes everywhere

_U32 = 4


class Malformed(Exception):
    """Bytes that are no frame or no message of this protocol. `too_large` where a bound was passed."""

    def __init__(self, why: str, *, too_large: bool = False) -> None:
        super().__init__(why)
        self.too_large = too_large


def b64u(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")
_TO_BASE64 = str.maketrans("-_", "+/")
_UNUSED_BITS = {2: frozenset("AQgw"), 3: frozenset("AEIMQUYcgkosw048")}  # last sign of a text with nothing hidden in it


def from_b64u(text: str) -> bytes:
    """The bytes of base64url without padding. Raises ValueError for anything else, other alphabets included."""
    rest = len(text) % 4
    if rest == 1 or not _BASE64URL.fullmatch(text):
        raise ValueError("not base64url")
    if rest and text[-1] not in _UNUSED_BITS[rest]:
        raise ValueError("two texts would read alike")
    return binascii.a2b_base64(text.translate(_TO_BASE64) + "==="[: -len(text) % 4])


def signed_text(*parts: Any) -> bytes:
    """The bytes a signature is over: one JSON array without white space, as `JSON.stringify` writes it."""
    return json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode()


def write_frame(head: Mapping[str, Any], payload: Iterable[bytes] = ()) -> bytes:
    """A frame of a head and the parts of its payload; the head names their lengths, in order."""
    text = json.dumps(head, ensure_ascii=False, separators=(",", ":")).encode()
    return b"".join([len(text).to_bytes(_U32, "big"), text, *payload])


def read_frame(frame: bytes, head_bytes_max: int = FRAME_HEAD_BYTES_MAX) -> tuple[dict[str, Any], memoryview]:
    """(head, payload) of a frame. Raises Malformed; the head is a JSON object, its shape is not checked here."""
    if len(frame) < _U32:
        raise Malformed("shorter than its own length")
    length = int.from_bytes(frame[:_U32], "big")
    if length > head_bytes_max:
        raise Malformed("the head is too large", too_large=True)
    if len(frame) < _U32 + length:
        raise Malformed("cut short in its head")
    return read_json(frame[_U32 : _U32 + length]), memoryview(frame)[_U32 + length :]


def read_json(text: bytes) -> dict[str, Any]:
    """A JSON object. Raises Malformed, also for NaN, a number without end, half of a sign, a key twice, or nesting
    without end.
    """
    try:
        read = _DECODER.decode(text.decode())
        if _HALF_SIGN.search(text):
            # What cannot be written as UTF-8 could be stored, and would then break every page and pull that shows it.
            _ENCODER.encode(read).encode()
    except (ValueError, RecursionError) as error:
        raise Malformed("not JSON") from error
    if not isinstance(read, dict):
        raise Malformed("not an object")
    return read


def split(payload: memoryview, lengths: Iterable[int]) -> list[bytes]:
    """The parts of a payload. Raises Malformed unless the lengths use it up exactly."""
    parts, at = [], 0
    for length in lengths:
        if at + length > len(payload):
            raise Malformed("cut short in its payload")
        parts.append(bytes(payload[at : at + length]))
        at += length
    if at != len(payload):
        raise Malformed("more payload than the head names")
    return parts


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Two readers may take different ones of two equal keys: what was signed would not be what is read.
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _finite(number: str) -> float:
    read = float(number)
    if math.isinf(read):
        raise ValueError("a number that JSON could not say again")
    return read


# Made once: json.loads and json.dumps make a new one at every call that asks for anything special.
_DECODER = json.JSONDecoder(parse_constant=_no_constant, parse_float=_finite, object_pairs_hook=_no_key_twice)
_ENCODER = json.JSONEncoder(ensure_ascii=False)
# Bytes that are UTF-8 hold no half of a sign (a lone surrogate); only an escape can bring one in.
_HALF_SIGN = re.compile(rb"\\u[dD][89a-fA-F]")


# --- fields of every message ------------------------------------------------------------------------------------------


class Bytes(fields.Field[bytes]):
    """base64url text of exactly `length` bytes."""

    def __init__(self, length: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.length = length

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> bytes:
        try:
            read = from_b64u(value) if isinstance(value, str) else b""
        except ValueError as error:
            raise ValidationError("not base64url") from error
        if len(read) != self.length:
            raise ValidationError(f"not {self.length} bytes")
        return read


class Id(fields.UUID):
    """A UUID in its one text form, lower case: the text is signed, so there is no second way to write it."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if not isinstance(value, str):
            raise ValidationError("not an id")
        read = super()._deserialize(value, attr, data, **kwargs)
        if str(read) != value:
            raise ValidationError("an id is written in lower case with hyphens")
        return read


assert codes.SUITE == SUITE and codes.PROTOCOL_VERSION == PROTOCOL_VERSION
