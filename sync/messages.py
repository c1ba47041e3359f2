"""The shape of every message: what enters is allowed by name, past this line it is trusted.

docs/protocol.md is the law, marshmallow says it; where most messages go a quick reader stands before it.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from sync import uploads, wire
from sync.store import Head


def _text(maximum: int, **kwargs: Any) -> fields.String:
    return fields.String(validate=validate.Length(max=maximum), **kwargs)


def _line(maximum: int, **kwargs: Any) -> fields.String:
    """Text without control signs: PostgreSQL stores no NUL, and a log line is a line."""
    return fields.String(validate=validate.Regexp(rf"[^\x00-\x1f\x7f]{{0,{maximum}}}\Z"), **kwargs)


def _number(minimum: int, maximum: int, **kwargs: Any) -> fields.Integer:
    return fields.Integer(strict=True, validate=validate.Range(min=minimum, max=maximum), **kwargs)


def _yes_or_no(**kwargs: Any) -> fields.Boolean:
    """JSON's own true and false: a text that could mean either is neither."""
    return fields.Boolean(truthy={True}, falsy={False}, **kwargs)


def _time(**kwargs: Any) -> fields.Integer:
    return _number(-wire.TIME_MS_MAX, wire.TIME_MS_MAX, **kwargs)


class _Message(Schema):
    class Meta:
        unknown = RAISE  # written out: a field we never planned for must not slip in


WAYS = ("secret", "pin", "prf")


class EnvelopeSchema(_Message):
    id = wire.Bytes(16, required=True)
    suite = _number(0, 255, required=True)
    key_id = fields.String(required=True, validate=validate.Regexp(r"[0-9a-f]{16}\Z"))
    len = _number(0, 1_024, required=True)


class Packages(fields.Field[list[dict[str, int]]]):
    """`[{"len": bytes}, …]`: as one field, for a schema of their own would cost more than the rest of the head."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if type(value) is not list or len(value) > wire.FRAME_PACKAGES_MAX:
            raise ValidationError(f"not a list of at most {wire.FRAME_PACKAGES_MAX}")
        for said in value:
            if type(said) is not dict or said.keys() != {"len"} or type(said["len"]) is not int:
                raise ValidationError("not a length")
            if not 0 <= said["len"] <= wire.REQUEST_BYTES_MAX:
                raise ValidationError("too long")
        return value


class PullSchema(_Message):
    cursor = _text(wire.CURSOR_CHARACTERS_MAX, required=True, allow_none=True)
    want = _number(0, 1 << 31, required=True)
    signature = wire.Bytes(64, required=True)


class DeviceSchema(_Message):
    """What a phone says of itself, when it changed and at most hourly."""

    unsent = _number(0, wire.NUMBER_MAX, required=True)
    oldest = _time(required=True, allow_none=True)
    free_bytes = _number(0, 1 << 53, required=True, allow_none=True)
    persisted = _yes_or_no(required=True, allow_none=True)
    ways = fields.List(fields.String(validate=validate.OneOf(WAYS)), required=True, validate=validate.Length(max=3))
    model = _line(60, required=True)
    locked = _yes_or_no(required=True)


class WipedSchema(_Message):
    """A wipe that was carried out, and how many items could not be handed in before."""

    order = wire.Id(required=True)
    unsent = _number(0, wire.NUMBER_MAX, required=True)


class RequestSchema(_Message):
    """Head of a request frame. The last three may be missing: older phones do not know them."""

    v = _number(wire.PROTOCOL_VERSION, wire.PROTOCOL_VERSION, required=True)
    request = wire.Bytes(16, required=True)
    t = _time(required=True)
    app = _line(40, required=True)
    functions = _number(0, 1_000, required=True)
    envelopes = fields.List(
        fields.Nested(EnvelopeSchema), required=True, validate=validate.Length(max=wire.FRAME_ENVELOPES_MAX)
    )
    packages = Packages(required=True)
    pull = fields.Nested(PullSchema, required=True, allow_none=True)
    keys_version = _number(0, wire.NUMBER_MAX)
    device = fields.Nested(DeviceSchema, allow_none=True)
    wiped = fields.Nested(WipedSchema, allow_none=True)


KINDS = ("revision", "draft", "void", "withdraw", "urgent")


class HeadSchema(_Message):
    """The head of a package, after the server has opened it."""

    v = _number(wire.PROTOCOL_VERSION, wire.PROTOCOL_VERSION, required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    district = fields.String(required=True, validate=validate.Regexp(r"[0-9]{6}\Z"))
    case_id = wire.Id(required=True, allow_none=True)
    visit_id = wire.Id(required=True, allow_none=True)
    record_id = wire.Id(required=True, allow_none=True)
    revision_id = wire.Id(required=True, allow_none=True)
    parents = fields.List(wire.Id(), required=True, validate=validate.Length(max=2))
    form = fields.String(required=True, allow_none=True, validate=validate.Regexp(r"[A-Za-z0-9_-]{1,20}\Z"))
    form_version = _number(1, wire.NUMBER_MAX, required=True, allow_none=True)
    intent = fields.String(required=True, allow_none=True, validate=validate.OneOf(("door", "submit")))
    number = _number(0, wire.NUMBER_MAX, required=True, allow_none=True)
    device_time = _time(required=True)
    author = wire.Id(required=True, allow_none=True)
    body_hash = wire.Bytes(32, required=True)
    plain_hash = wire.Bytes(32, required=True)
    signature = wire.Bytes(64, required=True, allow_none=True)


class ReplySchema(_Message):
    remark_id = wire.Id(required=True)
    reply = fields.String(required=True, validate=validate.OneOf(("changed", "explained", "spared")))
    text = _text(wire.TEXT_CHARACTERS_MAX, required=True, allow_none=True)


class Recorded(fields.Dict):
    """What a form recorded of clock, language, chance, and of who wrote where (docs/forms.md, 7.7): any part may be
    missing, none may be of another type, and a part that nobody planned for is refused.
    """

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if type(value) is not dict or not _is_recorded(value):
            raise ValidationError("not what a form records")
        return value


def _is_recorded(said: dict[str, Any]) -> bool:
    return all(name in _RECORDED and _RECORDED[name](value) for name, value in said.items())


def _is_time(value: Any) -> bool:
    return type(value) is int and abs(value) <= wire.TIME_MS_MAX


def _is_short(value: Any) -> bool:
    # Whether there is such a zone or language is not asked here: a phone may know more than this server.
    return type(value) is str and len(value) <= wire.RECORDED_CHARACTERS_MAX


def _are_draws(value: Any) -> bool:
    pairs = value if type(value) is list and len(value) <= wire.DRAWS_MAX else [None]
    return all(type(pair) is list and [type(part) for part in pair] == [str, str] for pair in pairs)


def _is_me(value: Any) -> bool:
    return type(value) is dict and value.keys() <= {"username", "deviceid"} and all(map(_is_short, value.values()))


def _are_policies(value: Any) -> bool:
    # A phone may know another switch than this server: what it switched off is no less true.
    return type(value) is list and len(value) <= wire.POLICIES_MAX and all(map(_is_short, value))


def _is_flag(value: Any) -> bool:
    return type(value) is bool


def _is_object(value: Any) -> bool:
    return type(value) is dict


_RECORDED: dict[str, Callable[[Any], bool]] = {
    "started": _is_time,
    "now": _is_time,
    "language": _is_short,
    "zone": _is_short,
    "app": _is_short,
    "random": _are_draws,
    "me": _is_me,
    "ended": _is_time,
    "off": _are_policies,
    "related": _is_flag,  # she said, when asked before the names, that she is related to the family
    "last_saved": _is_object,  # answers of an earlier record: as deep and as long as the body may be
}


class RevisionBodySchema(_Message):
    """Of the body of a revision everything but the answers: those are checked by the schema of their form."""

    answers = fields.Dict(keys=fields.String(), required=True)
    replies = fields.List(fields.Nested(ReplySchema), required=True, validate=validate.Length(max=wire.REPLIES_MAX))
    recorded = Recorded(required=True)
    visitors = fields.List(wire.Id(), required=True, validate=validate.Length(max=wire.VISITORS_MAX))
    papers = uploads.Papers()  # beside the answers of questions of any type (section 9)
    pen = _number(0, wire.NUMBER_MAX)  # section 13: takes the pen back from the move of this number


class DraftBodySchema(_Message):
    answers = fields.Dict(keys=fields.String(), required=True)
    recorded = Recorded(required=True, allow_none=True)
    position = fields.Dict(keys=fields.String(), required=True, allow_none=True)
    papers = uploads.Papers()
    pen = _number(0, wire.NUMBER_MAX)
    # What it was written on, so that a phone that gets it back can hand it in as what it is.
    parents = fields.List(wire.Id(), allow_none=True, validate=validate.Length(max=2))
    district = fields.String(allow_none=True, validate=validate.Regexp(r"[0-9]{6}\Z"))


class GivingUpBodySchema(_Message):
    """Body of `void` and `withdraw`."""

    reason = fields.String(required=True, validate=validate.Regexp(r"[a-z0-9_]{1,30}\Z"))
    text = _text(wire.TEXT_CHARACTERS_MAX, required=True, allow_none=True)


class EnrolDeviceSchema(_Message):
    app = _line(40, required=True)
    platform = _line(200, required=True)
    persisted = fields.Boolean(required=True, allow_none=True)
    free_bytes = _number(0, 1 << 53, required=True, allow_none=True)


class EnrolSchema(_Message):
    """Body of an enrolment (section 6)."""

    v = _number(wire.PROTOCOL_VERSION, wire.PROTOCOL_VERSION, required=True)
    login = _line(64, required=True)
    password = _line(128, required=True)
    code = fields.String(required=True, validate=validate.Regexp(r"[0-9A-HJKMNP-TV-Z]{12}\Z"))
    vault_id = wire.Id(required=True)
    transport_key = wire.Bytes(65, required=True)
    author_key = wire.Bytes(65, required=True)
    transport_signature = wire.Bytes(64, required=True)
    author_signature = wire.Bytes(64, required=True)
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
    said, payload = wire.read_frame(frame)
    head = _loaded(_REQUEST, said)
    lengths = [part["len"] for part in [*head["envelopes"], *head["packages"]]]
    # One package alone may be larger than a frame, so that what is large can be sent at all.
    if len(frame) > wire.FRAME_BYTES_MAX and len(head["packages"]) > 1:
        raise wire.Malformed("more than one package beyond the bound of a frame", too_large=True)
    parts = wire.split(payload, lengths)
    count = len(head["envelopes"])
    if any(len(package) < 16 for package in parts[count:]):
        raise wire.Malformed("a package too short to have an id")
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
    said = wire.read_json(plain)
    schema = _BODIES.get(kind)
    if schema is not None and not (kind == "revision" and _is_quick_revision(said)):
        _loaded(schema, said)
    if b'"file"' in plain and len(uploads.named_in(said)) > uploads.NAMED_MAX:
        raise wire.Malformed("more files than one report names", too_large=True)
    return said


def read_danger(plain: bytes) -> dict[str, Any]:
    """The body of an `urgent`: any object at all, half signs replaced. Raises Malformed where it is no object.

    It is read leniently on purpose: a word that was cut in two must not keep anybody from seeing the danger.
    """
    try:
        read = json.loads(plain.decode(errors="replace"))
        whole = json.loads(
            json.dumps(read, ensure_ascii=False).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        )
    except (ValueError, RecursionError) as error:
        raise wire.Malformed("not JSON") from error
    if not isinstance(whole, dict):
        raise wire.Malformed("not an object")
    return whole


def read_enrolment(body: bytes) -> dict[str, Any]:
    """The body of an enrolment, loaded by EnrolSchema. Raises Malformed."""
    return _loaded(_ENROL, wire.read_json(body))


# The good case without marshmallow, which costs as much as opening the package. What is not plainly right goes to the
# schema, which is the law; a property test holds the two together.

_HEAD_KEYS = frozenset(Head.__dataclass_fields__) | {"v"}
_TEXTS = (
    "case_id", "visit_id", "record_id", "revision_id", "author",
    "district", "form", "intent", "body_hash", "plain_hash", "signature",
)  # fmt: skip
_ID_TEXT = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_ID = re.compile(_ID_TEXT)
# The last sign of 32 or 64 bytes in base64url has bits to spare, which are 0: there is one way to write each.
_HASH_TEXT, _SIGNATURE_TEXT = "[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]", "[A-Za-z0-9_-]{85}[AQgw]"
# All texts of a head at once, a line each: none of them may hold a line break.
_HEAD_TEXTS = re.compile(
    f"(?:{_ID_TEXT}\n){{5}}[0-9]{{6}}\n[A-Za-z0-9_-]{{1,20}}\n(?:door|submit)\n(?:{_HASH_TEXT}\n){{2}}{_SIGNATURE_TEXT}"
)


def _quick_head(said: Mapping[str, Any]) -> Head | None:
    if said.keys() != _HEAD_KEYS or said["kind"] != "revision" or said["number"] is not None:
        return None
    texts, parents = [said[name] for name in _TEXTS], said["parents"]
    try:
        lines = "\n".join(texts)
    except TypeError:
        return None
    if _HEAD_TEXTS.fullmatch(lines) is None or type(parents) is not list or len(parents) > 2:
        return None
    if not all(type(parent) is str and _ID.fullmatch(parent) for parent in parents):
        return None
    version, device_time = said["form_version"], said["device_time"]
    if type(said["v"]) is not int or type(version) is not int or type(device_time) is not int:
        return None
    if said["v"] != wire.PROTOCOL_VERSION or not 1 <= version <= wire.NUMBER_MAX:
        return None
    if abs(device_time) > wire.TIME_MS_MAX:
        return None
    case_id, visit_id, record_id, revision_id, author = map(UUID, texts[:5])
    body_hash, plain_hash, signature = map(wire.from_b64u, texts[8:])
    return Head(
        kind="revision",
        district=said["district"],
        case_id=case_id,
        visit_id=visit_id,
        record_id=record_id,
        revision_id=revision_id,
        parents=tuple(map(UUID, parents)),
        form=said["form"],
        form_version=version,
        intent=said["intent"],
        number=None,
        device_time=device_time,
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
    if said["replies"] != [] or type(visitors) is not list or len(visitors) > wire.VISITORS_MAX:
        return False
    return all(type(visitor) is str and _ID.fullmatch(visitor) for visitor in visitors)


def _loaded(schema: Schema, said: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return dict(schema.load(said))
    except ValidationError as error:
        # The field names alone: the values may be somebody's answers.
        raise wire.Malformed(f"unexpected shape: {sorted(map(str, error.messages_dict))}") from error
