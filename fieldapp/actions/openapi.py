"""The JSON parts of the sync API as OpenAPI 3.1: enrolment, ping, and how every problem is answered.

Made from the marshmallow schemas that read the messages, so that the page cannot tell another story than the code.
The exchange itself is a binary frame: docs/protocol.md is its law. docs/openapi.json is written by
`python -m fieldapp.cli openapi`; a test says when it is out of date.
"""

from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import Schema, fields

from fieldapp.errors import PROBLEMS
from sync import digests, messages, shares, uploads, wire


class ProblemSchema(Schema):
    """Every refusal. More keys may come with some codes (`retry_after_s`, `reference`)."""

    code = fields.String(required=True, metadata={"description": "stable; never used again for anything else"})
    title = fields.String(required=True, metadata={"description": "what is wrong, in the language asked for"})
    what_to_do = fields.String(required=True)


ServerKeySchema = Schema.from_dict(
    {
        "key_id": fields.String(required=True),
        "suite": fields.Integer(required=True),
        "public": fields.String(required=True, metadata={"description": "raw P-256 point, base64url"}),
        "from": fields.Integer(required=True, metadata={"description": "ms since 1970"}),  # no name for an attribute
        "until": fields.Integer(required=True, allow_none=True, metadata={"description": "ms since 1970"}),
    },
    name="ServerKeySchema",
)


class EnrolledSchema(Schema):
    """What an enrolled phone is told (docs/protocol.md section 6)."""

    person = fields.Dict(required=True, metadata={"description": "`me` of docs/protocol.md section 5"})
    district = fields.String(required=True)
    t = fields.Integer(required=True, metadata={"description": "server time, ms since 1970"})
    epoch = fields.String(required=True)
    identity_key = fields.String(required=True, metadata={"description": "raw P-256 point, base64url"})
    server_keys = fields.List(fields.Nested(ServerKeySchema), required=True)
    keys_version = fields.Integer(required=True)
    keys_signature = fields.String(required=True, metadata={"description": "of the list, by the identity key"})


class ShareReplySchema(Schema):
    """What a vault that asked for its share is told (section 8)."""

    sealed = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "HPKE to the one-time key `to`, base64url; null: removed"},
    )
    tries_left = fields.Integer(required=True)


class MissingSchema(Schema):
    """What of all that a vault holds is not here any more (section 12)."""

    epoch = fields.String(required=True)
    revisions = fields.String(required=True, metadata={"description": "16-byte ids, joined, base64url"})
    packages = fields.String(required=True, metadata={"description": "16-byte ids, joined, base64url"})


class AnnouncedSchema(Schema):
    """What is here of a file that was announced (section 9)."""

    offset = fields.Integer(required=True)
    state = fields.String(required=True, metadata={"enum": ["partial", "complete", "refused"]})
    reason = fields.String(required=True, allow_none=True)
    seq = fields.Integer(required=True, allow_none=True, metadata={"description": "safe from this mark on"})


def document() -> dict[str, Any]:
    """The whole document, in an order that does not change."""
    plugin = MarshmallowPlugin()
    spec = APISpec(
        title="FieldApp sync API",
        version=str(wire.PROTOCOL_VERSION),
        openapi_version="3.1.0",
        info={"description": "Answers on the phone origin alone. No cookies, no CORS."},
        plugins=[plugin],
    )
    assert plugin.converter is not None
    plugin.converter.add_attribute_function(_bytes)
    problem = _json("Problem", ProblemSchema, spec)
    spec.path(
        path="/sync/v1/enrol",
        operations={
            "post": {
                "summary": "Register a new vault by credential and one-use code",
                "requestBody": {"required": True, "content": _json("Enrol", messages.EnrolSchema, spec)},
                "responses": {
                    "200": {"description": "registered", "content": _json("Enrolled", EnrolledSchema, spec)},
                    **{
                        str(PROBLEMS[code].status): {"description": f"`{code}`", "content": problem}
                        for code in ("request_malformed", "enrol_refused", "frame_too_large", "slow_down")
                    },
                },
            }
        },
    )
    spec.path(
        path="/sync/v1/share",
        operations={
            "post": {
                "summary": "Set, get or remove the server's share of a PIN way",
                "parameters": _signed(),
                "requestBody": {"required": True, "content": _json("AskShare", shares.ShareSchema, spec)},
                "responses": {
                    "200": {"description": "done", "content": _json("Share", ShareReplySchema, spec)},
                    **{
                        str(PROBLEMS[code].status): {"description": f"`{code}`", "content": problem}
                        for code in ("request_malformed", "unknown_vault", "wrong_pin", "share_locked", "share_gone")
                    },
                    "409": {"description": "`clock` or `request_reused`", "content": problem},
                },
            }
        },
    )
    spec.path(
        path="/sync/v1/digest",
        operations={
            "post": {
                "summary": "Ask which of the things that were taken are not here any more",
                "parameters": _signed(),
                "requestBody": {"required": True, "content": _json("Digest", digests.DigestSchema, spec)},
                "responses": {
                    "200": {"description": "what is missing", "content": _json("Missing", MissingSchema, spec)},
                    **{
                        str(PROBLEMS[code].status): {"description": f"`{code}`", "content": problem}
                        for code in ("request_malformed", "unknown_vault", "frame_too_large", "clock")
                    },
                },
            }
        },
    )
    _add_files(spec, problem)
    spec.path(
        path="/sync/v1/exchange",
        operations={
            "post": {
                "summary": "Push, pull and directives in one binary frame: docs/protocol.md",
                "parameters": _signed(),
                "requestBody": {"required": True, "content": {"application/octet-stream": {}}},
                "responses": {
                    "200": {"description": "a reply frame", "content": {"application/octet-stream": {}}},
                    "default": {"description": "a problem", "content": problem},
                },
            }
        },
    )
    spec.path(
        path="/api/ping",
        operations={
            "get": {
                "summary": "Whether the server is there",
                "responses": {"204": {"description": "it is; a captive portal answers something else"}},
            }
        },
    )
    made: dict[str, Any] = spec.to_dict()
    return made


def _add_files(spec: APISpec, problem: dict[str, Any]) -> None:
    offsets = {name: {"schema": {"type": "integer"}} for name in ("Upload-Offset", "Upload-Length", "FieldApp-Seq")}
    one = {"in": "path", "name": "file_id", "required": True, "schema": {"type": "string", "format": "uuid"}}
    at = {"in": "header", "name": "Upload-Offset", "required": True, "schema": {"type": "integer"}}
    announced = {"description": "what is here of it", "content": _json("Announced", AnnouncedSchema, spec)}
    spec.path(
        path=uploads.PATH,
        operations={
            "post": {
                "summary": "Announce a sealed file; saying it again is harmless",
                "parameters": _signed(),
                "requestBody": {"required": True, "content": _json("Announce", uploads.AnnounceSchema, spec)},
                "responses": {
                    "200": announced,
                    "201": announced,
                    **_refusals(problem, "request_malformed", "unknown_vault", "file_changed", "storage_full"),
                },
            }
        },
    )
    spec.path(
        path=f"{uploads.PATH}/{{file_id}}",
        operations={
            "head": {
                "summary": "How much of a file is here",
                "parameters": [one, *_signed()],
                "responses": {
                    "200": {"description": "these offsets", "headers": offsets},
                    "404": {"description": "announce it"},
                },
            },
            "patch": {
                "summary": "The next piece of a sealed file",
                "parameters": [one, at, *_signed()],
                "requestBody": {"required": True, "content": {"application/offset+octet-stream": {}}},
                "responses": {
                    "204": {"description": "on the disk", "headers": offsets},
                    **_refusals(
                        problem, "request_malformed", "unknown_vault", "not_found", "file_offset", "frame_too_large",
                        "file_refused", "digest_wrong", "storage_full",
                    ),
                },
            },
        },
    )  # fmt: skip


def _refusals(problem: dict[str, Any], *codes: str) -> dict[str, Any]:
    return {str(PROBLEMS[code].status): {"description": f"`{code}`", "content": problem} for code in codes}


def _signed() -> list[dict[str, Any]]:
    return [
        {"in": "header", "name": name, "required": True, "schema": {"type": "string"}}
        for name in ("FieldApp-Vault", "FieldApp-Signature")
    ]


def _json(name: str, schema: type[Schema], spec: APISpec) -> dict[str, Any]:
    spec.components.schema(name, schema=schema)
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}


def _bytes(_converter: Any, field: Any, **_: Any) -> dict[str, Any]:
    if not isinstance(field, wire.Bytes):
        return {}
    characters = -(-field.length * 4 // 3)
    said = f"{field.length} bytes, base64url without padding"
    return {"type": "string", "minLength": characters, "maxLength": characters, "description": said}
