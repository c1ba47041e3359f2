"""Frames, and the shape and limits of every message: what enters is allowed by name, past this line it is trusted.

    frame = length of head (u32) ‖ head (JSON) ‖ payload; the lengths of its parts stand in the head, in order

docs/protocol.md is the law; the limits that the phone knows too stand in static/js/limits.js, and a test compares them.
"""

import base64
import binascii
import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NoReturn
from uuid import UUID

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from sync import codes
from sync.store import Head

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
RECORDED_CHARACTERS_MAX = 64  # a zone, a language, an app version
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


# === Messages =========================================================================================================


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


def _text(maximum: int, **kwargs: Any) -> fields.String:
    return fields.String(validate=validate.Length(max=maximum), **kwargs)


def _line(maximum: int, **kwargs: Any) -> fields.String:
    """Text without control signs: PostgreSQL stores no NUL, and a log line is a line."""
    return fields.String(validate=validate.Regexp(rf"[^\x00-\x1f\x7f]{{0,{maximum}}}\Z"), **kwargs)


def _number(minimum: int, maximum: int, **kwargs: Any) -> fields.Integer:
    return fields.Integer(strict=True, validate=validate.Range(min=minimum, max=maximum), **kwargs)


def _time(**kwargs: Any) -> fields.Integer:
    return _number(-TIME_MS_MAX, TIME_MS_MAX, **kwargs)


class _Message(Schema):
    class Meta:
        unknown = RAISE  # written out: a field we never planned for must not slip in


class EnvelopeSchema(_Message):
    id = Bytes(16, required=True)
    suite = _number(0, 255, required=True)
    key_id = fields.String(required=True, validate=validate.Regexp(r"[0-9a-f]{16}\Z"))
    len = _number(0, 1_024, required=True)


class Packages(fields.Field[list[dict[str, int]]]):
    """`[{"len": bytes}, …]`: as one field, for a schema of their own would cost more than the rest of the head."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if type(value) is not list or len(value) > FRAME_PACKAGES_MAX:
            raise ValidationError(f"not a list of at most {FRAME_PACKAGES_MAX}")
        for said in value:
            if type(said) is not dict or said.keys() != {"len"} or type(said["len"]) is not int:
                raise ValidationError("not a length")
            if not 0 <= said["len"] <= REQUEST_BYTES_MAX:
                raise ValidationError("too long")
        return value


class PullSchema(_Message):
    cursor = _text(CURSOR_CHARACTERS_MAX, required=True, allow_none=True)
    want = _number(0, 1 << 31, required=True)
    signature = Bytes(64, required=True)


class RequestSchema(_Message):
    """Head of a request frame."""

    v = _number(PROTOCOL_VERSION, PROTOCOL_VERSION, required=True)
    request = Bytes(16, required=True)
    t = _time(required=True)
    app = _line(40, required=True)
    functions = _number(0, 1_000, required=True)
    envelopes = fields.List(
        fields.Nested(EnvelopeSchema), required=True, validate=validate.Length(max=FRAME_ENVELOPES_MAX)
    )
    packages = Packages(required=True)
    pull = fields.Nested(PullSchema, required=True, allow_none=True)


KINDS = ("revision", "draft", "void", "withdraw", "urgent")


class HeadSchema(_Message):
    """The head of a package, after the server has opened it."""

    v = _number(PROTOCOL_VERSION, PROTOCOL_VERSION, required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    district = fields.String(required=True, validate=validate.Regexp(r"[0-9]{6}\Z"))
    case_id = Id(required=True, allow_none=True)
    visit_id = Id(required=True, allow_none=True)
    record_id = Id(required=True, allow_none=True)
    revision_id = Id(required=True, allow_none=True)
    parents = fields.List(Id(), required=True, validate=validate.Length(max=2))
    form = fields.String(required=True, allow_none=True, validate=validate.Regexp(r"[A-Za-z0-9_-]{1,20}\Z"))
    form_version = _number(1, NUMBER_MAX, required=True, allow_none=True)
    intent = fields.String(required=True, allow_none=True, validate=validate.OneOf(("door", "submit")))
    number = _number(0, NUMBER_MAX, required=True, allow_none=True)
    device_time = _time(required=True)
    author = Id(required=True, allow_none=True)
    body_hash = Bytes(32, required=True)
    plain_hash = Bytes(32, required=True)
    signature = Bytes(64, required=True, allow_none=True)


class ReplySchema(_Message):
    remark_id = Id(required=True)
    reply = fields.String(required=True, validate=validate.OneOf(("changed", "explained", "spared")))
    text = _text(TEXT_CHARACTERS_MAX, required=True, allow_none=True)


class Recorded(fields.Dict):
    """What a form recorded of clock, language and chance: any part may be missing, none may be of another type."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if type(value) is not dict or not _is_recorded(value):
            raise ValidationError("not what a form records")
        return value


def _is_recorded(said: dict[str, Any]) -> bool:
    return all(_RECORDED[name](value) for name, value in said.items() if name in _RECORDED)


def _is_time(value: Any) -> bool:
    return type(value) is int and abs(value) <= TIME_MS_MAX


def _is_short(value: Any) -> bool:
    # Whether there is such a zone or language is not asked here: a phone may know more than this server.
    return type(value) is str and len(value) <= RECORDED_CHARACTERS_MAX


def _are_draws(value: Any) -> bool:
    pairs = value if type(value) is list and len(value) <= DRAWS_MAX else [None]
    return all(type(pair) is list and [type(part) for part in pair] == [str, str] for pair in pairs)


_RECORDED: dict[str, Callable[[Any], bool]] = {
    "started": _is_time,
    "now": _is_time,
    "language": _is_short,
    "zone": _is_short,
    "app": _is_short,
    "random": _are_draws,
}


class RevisionBodySchema(_Message):
    """Of the body of a revision everything but the answers: those are checked by the schema of their form."""

    answers = fields.Dict(keys=fields.String(), required=True)
    replies = fields.List(fields.Nested(ReplySchema), required=True, validate=validate.Length(max=REPLIES_MAX))
    recorded = Recorded(required=True)
    visitors = fields.List(Id(), required=True, validate=validate.Length(max=VISITORS_MAX))


class DraftBodySchema(_Message):
    answers = fields.Dict(keys=fields.String(), required=True)
    recorded = Recorded(required=True, allow_none=True)
    position = fields.Dict(keys=fields.String(), required=True, allow_none=True)
    # What it was written on, so that a phone that gets it back can hand it in as what it is.
    parents = fields.List(Id(), allow_none=True, validate=validate.Length(max=2))
    district = fields.String(allow_none=True, validate=validate.Regexp(r"[0-9]{6}\Z"))


class GivingUpBodySchema(_Message):
    """Body of `void` and `withdraw`."""

    reason = fields.String(required=True, validate=validate.Regexp(r"[a-z0-9_]{1,30}\Z"))
    text = _text(TEXT_CHARACTERS_MAX, required=True, allow_none=True)


class EnrolDeviceSchema(_Message):
    app = _line(40, required=True)
    platform = _line(200, required=True)
    persisted = fields.Boolean(required=True, allow_none=True)
    free_bytes = _number(0, 1 << 53, required=True, allow_none=True)


class EnrolSchema(_Message):
    """Body of an enrolment (section 6)."""

    v = _number(PROTOCOL_VERSION, PROTOCOL_VERSION, required=True)
    login = _line(64, required=True)
    password = _line(128, required=True)
    code = fields.String(required=True, validate=validate.Regexp(r"[0-9A-HJKMNP-TV-Z]{12}\Z"))
    vault_id = Id(required=True)
    transport_key = Bytes(65, required=True)
    author_key = Bytes(65, required=True)
    transport_signature = Bytes(64, required=True)
    author_signature = Bytes(64, required=True)
    device = fields.Nested(EnrolDeviceSchema, required=True)


# Made once: building a schema costs more than using it.
_REQUEST, _HEAD, _ENROL = RequestSchema(), HeadSchema(), EnrolSchema()
_BODIES: dict[str, Schema] = {
    "revision": RevisionBodySchema(),
    "draft": DraftBodySchema(),
    "void": GivingUpBodySchema(),
    "withdraw": GivingUpBodySchema(),
}


def read_request(frame: bytes) -> tuple[dict[str, Any], list[bytes], list[bytes]]:
    """(head, envelopes, packages) of a request, its head loaded by RequestSchema. Raises Malformed."""
    said, payload = read_frame(frame)
    head = _loaded(_REQUEST, said)
    lengths = [part["len"] for part in [*head["envelopes"], *head["packages"]]]
    # One package alone may be larger than a frame, so that what is large can be sent at all.
    if len(frame) > FRAME_BYTES_MAX and len(head["packages"]) > 1:
        raise Malformed("more than one package beyond the bound of a frame", too_large=True)
    parts = split(payload, lengths)
    count = len(head["envelopes"])
    if any(len(package) < 16 for package in parts[count:]):
        raise Malformed("a package too short to have an id")
    return head, parts[:count], parts[count:]


def read_head(said: Mapping[str, Any]) -> Head:
    """The head of a package. Raises Malformed."""
    quick = _quick_head(said)
    if quick is not None:
        return quick
    read = _loaded(_HEAD, said)
    del read["v"]
    return Head(**{**read, "parents": tuple(read["parents"])})


def read_body(kind: str, plain: bytes) -> dict[str, Any]:
    """The body of a package of this kind; the answers of a revision are still to be checked by their form.

    Raises Malformed. A danger is never refused for its shape: its body is any object.
    """
    if kind == "urgent":
        return read_danger(plain)
    said = read_json(plain)
    schema = _BODIES.get(kind)
    if schema is not None and not (kind == "revision" and _is_quick_revision(said)):
        _loaded(schema, said)
    return said


def read_danger(plain: bytes) -> dict[str, Any]:
    """The body of an `urgent`: any object at all, half signs replaced. Raises Malformed where it is no object.

    It is read leniently on purpose: a word that was cut in two must not keep anybody from seeing the danger.
    """
    try:
        read = json.loads(plain.decode(errors="replace"))
        whole = json.loads(_ENCODER.encode(read).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace"))
    except (ValueError, RecursionError) as error:
        raise Malformed("not JSON") from error
    if not isinstance(whole, dict):
        raise Malformed("not an object")
    return whole


def read_enrolment(body: bytes) -> dict[str, Any]:
    """The body of an enrolment, loaded by EnrolSchema. Raises Malformed."""
    return _loaded(_ENROL, read_json(body))


# The good case without marshmallow, which costs as much as opening the package. What is not plainly right goes to the
# schema, which is the law; a property test holds the two together.

_HEAD_KEYS = frozenset(Head.__dataclass_fields__) | {"v"}
_IDS = ("case_id", "visit_id", "record_id", "revision_id", "author")
_TEXTS = (*_IDS, "district", "form", "intent", "body_hash", "plain_hash", "signature")
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_DISTRICT = re.compile(r"[0-9]{6}")
_FORM = re.compile(r"[A-Za-z0-9_-]{1,20}")


def _quick_head(said: Mapping[str, Any]) -> Head | None:
    if said.keys() != _HEAD_KEYS or said["kind"] != "revision" or said["v"] is True or said["v"] != PROTOCOL_VERSION:
        return None
    texts = list(map(said.__getitem__, _TEXTS))
    numbers = (said["v"], said["form_version"], said["device_time"])
    parents = said["parents"]
    if {*map(type, texts)} != {str} or {*map(type, numbers)} != {int}:
        return None
    if type(parents) is not list or len(parents) > 2 or not all(type(parent) is str for parent in parents):
        return None
    if not all(map(_ID.fullmatch, [*texts[:5], *parents])) or said["number"] is not None:
        return None
    if not _DISTRICT.fullmatch(said["district"]) or not _FORM.fullmatch(said["form"]):
        return None
    if said["intent"] not in ("door", "submit") or not 1 <= said["form_version"] <= NUMBER_MAX:
        return None
    if abs(said["device_time"]) > TIME_MS_MAX:
        return None
    try:
        body_hash, plain_hash, signature = (from_b64u(text) for text in texts[-3:])
    except ValueError:
        return None
    if (len(body_hash), len(plain_hash), len(signature)) != (32, 32, 64):
        return None
    case_id, visit_id, record_id, revision_id, author = map(UUID, texts[:5])
    return Head(
        kind="revision",
        district=said["district"],
        case_id=case_id,
        visit_id=visit_id,
        record_id=record_id,
        revision_id=revision_id,
        parents=tuple(UUID(parent) for parent in parents),
        form=said["form"],
        form_version=said["form_version"],
        intent=said["intent"],
        number=None,
        device_time=said["device_time"],
        author=author,
        body_hash=body_hash,
        plain_hash=plain_hash,
        signature=signature,
    )


_REVISION_KEYS = frozenset({"answers", "replies", "recorded", "visitors"})


def _is_quick_revision(said: Mapping[str, Any]) -> bool:
    if said.keys() != _REVISION_KEYS or type(said["answers"]) is not dict or type(said["recorded"]) is not dict:
        return False
    if not _is_recorded(said["recorded"]):
        return False
    visitors = said["visitors"]
    if said["replies"] != [] or type(visitors) is not list or len(visitors) > VISITORS_MAX:
        return False
    return all(type(visitor) is str and _ID.fullmatch(visitor) for visitor in visitors)


def _loaded(schema: Schema, said: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return dict(schema.load(said))
    except ValidationError as error:
        # The field names alone: the values may be somebody's answers.
        raise Malformed(f"unexpected shape: {sorted(map(str, error.messages_dict))}") from error


assert codes.SUITE == SUITE and codes.PROTOCOL_VERSION == PROTOCOL_VERSION
