"""What a file between two counties says: the request for one visit, and its answer. Pure; the seal is crypto/entrusted.

Both are JSON with sorted names and no other name than those written here: what no one planned for does not slip in.
The request holds the least that a visit needs. No class, no matter and no offence stands in it.
"""

import json
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

VERSION = 1
FORMS = ("F3", "F2")  # a follow-up; the household investigation, which is made with its consent (F0)
SAFE = ("any", "only_times", "only_via_other", "no_contact")
NAME_MAX, LINE_MAX, TEXT_MAX, VISITORS_MAX, REPORTS_MAX = 50, 200, 500, 10, 12
VERSION_MAX = 2**31 - 1  # what a column of ours holds
DAYS_MAX = 180  # from the day it is asked or taken in: a visit later than that is asked for later


class Unreadable(Exception):
    """Not what a file of this kind may say."""


class _Said(Schema):
    class Meta:
        unknown = RAISE  # written out: a field we never planned for must not slip in


class RequestSchema(_Said):
    """One visit, asked for. `subject_id`: what the asking county calls her in answers, a random id."""

    v = fields.Integer(required=True, validate=validate.Equal(VERSION))
    request_id = fields.UUID(required=True)
    from_name = fields.String(required=True, validate=validate.Length(1, 100))
    contact = fields.String(required=True, validate=validate.Length(1, NAME_MAX))
    contact_phone = fields.String(required=True, validate=validate.Length(0, 30))
    name = fields.String(required=True, validate=validate.Length(1, NAME_MAX))
    subject_id = fields.UUID(required=True, allow_none=True)
    residence = fields.String(required=True, validate=validate.Length(1, LINE_MAX))
    safe = fields.String(required=True, validate=validate.OneOf(SAFE))
    safe_how = fields.String(required=True, validate=validate.Length(0, 300))
    asked = fields.String(required=True, validate=validate.Length(1, TEXT_MAX))
    form = fields.String(required=True, validate=validate.OneOf(FORMS))
    form_version = fields.Integer(required=True, validate=validate.Range(1, VERSION_MAX))
    plan_hash = fields.String(required=True, validate=validate.Length(1, 100))
    expires_on = fields.Date(required=True)


class ReportSchema(_Said):
    """One approved report of the visit. The answers are checked by the schema of their form."""

    record_id = fields.UUID(required=True)
    revision_id = fields.UUID(required=True)
    form = fields.String(required=True, validate=validate.Regexp(r"[A-Za-z0-9_]{1,20}\Z"))
    form_version = fields.Integer(required=True, validate=validate.Range(1, VERSION_MAX))
    answers = fields.Dict(keys=fields.String(), required=True)
    recorded = fields.Dict(keys=fields.String(), required=True)


class AnswerSchema(_Said):
    """What came of it."""

    v = fields.Integer(required=True, validate=validate.Equal(VERSION))
    request_id = fields.UUID(required=True)
    office = fields.String(required=True, validate=validate.Length(1, 100))
    visitors = fields.List(
        fields.String(validate=validate.Length(1, NAME_MAX)), required=True, validate=validate.Length(1, VISITORS_MAX)
    )
    reports = fields.List(fields.Nested(ReportSchema), required=True, validate=validate.Length(1, REPORTS_MAX))


_REQUEST, _ANSWER = RequestSchema(), AnswerSchema()


def write(said: Mapping[str, Any]) -> bytes:
    """The bytes of a content: the same for the same words, so that a repeat can be known."""
    return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str).encode()


def read_request(content: bytes) -> dict[str, Any]:
    """A request. Raises Unreadable."""
    return _read(_REQUEST, content)


def read_answer(content: bytes) -> dict[str, Any]:
    """An answer. Raises Unreadable."""
    said = _read(_ANSWER, content)
    for name in ("record_id", "revision_id"):
        if len({report[name] for report in said["reports"]}) < len(said["reports"]):
            raise Unreadable("one report twice")
    return said


def is_too_far(expires_on: date, today: date) -> bool:
    """Whether the last day of a request lies further ahead than one is asked for."""
    return expires_on > today + timedelta(days=DAYS_MAX)


def is_over(expires_on: date, today: date) -> bool:
    """Whether a request is too old to begin anything: its last day is its own still."""
    return today > expires_on


def renamed(value: Any, ids: Mapping[str, str]) -> Any:
    """The answers with other ids of people: each county has its own for the same woman."""
    if isinstance(value, Mapping):
        return {name: renamed(part, ids) for name, part in value.items()}
    if isinstance(value, list):
        return [renamed(part, ids) for part in value]
    return ids.get(value, value) if isinstance(value, str) else value


def _read(schema: Schema, content: bytes) -> dict[str, Any]:
    try:
        said = json.loads(content)
        write(said)  # what cannot be written as UTF-8, half of a sign, would break every page that shows it
        return dict(schema.load(said))
    except (ValueError, RecursionError, ValidationError) as error:
        raise Unreadable from error
