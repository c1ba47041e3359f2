"""The file of an extract for another office's system: there is no link between the two, only this file and its number.

`docs/outside-file.md` is for who reads it there.
"""

from typing import Any

from marshmallow import RAISE, Schema, fields
from marshmallow.validate import Equal, Length, OneOf, Range

from fieldapp.casework.letters.extracts import BASES

FORMAT = "fieldapp-case-1"
TEXT_MAX, NUMBER_MAX = 2_000, 200


class GivenSchema(Schema):
    """One thing that was given."""

    class Meta:
        unknown = RAISE

    # Both as a report says them, however long that is: what was given is never cut, nor refused after it was logged.
    label = fields.String(required=True)
    text = fields.String(required=True)


class OutsideFileSchema(Schema):
    """The whole file. `outside_number`: the number that the receiver's own system gave the case, "" where we know none;
    `code_name` is how both sides name the family on the telephone.
    """

    class Meta:
        unknown = RAISE

    format = fields.String(required=True, validate=Equal(FORMAT))
    share_id = fields.UUID(required=True)
    copy = fields.Integer(required=True, strict=True, validate=Range(min=1))
    made_at = fields.AwareDateTime(required=True, format="iso")
    code_name = fields.String(required=True, validate=Length(min=1, max=20))
    outside_number = fields.String(required=True, validate=Length(max=NUMBER_MAX))
    receiver = fields.String(required=True, validate=Length(min=1, max=TEXT_MAX))
    receiver_kind = fields.String(required=True, validate=Length(min=1, max=20))
    purpose = fields.String(required=True, validate=Length(min=1, max=TEXT_MAX))
    basis = fields.String(required=True, validate=OneOf(tuple(BASES)))
    basis_text = fields.String(required=True, validate=Length(max=TEXT_MAX))
    given = fields.List(fields.Nested(GivenSchema), required=True, validate=Length(min=1))


def check(told: dict[str, Any]) -> None:
    """Raises marshmallow.ValidationError for a file that is not of this format."""
    OutsideFileSchema().load(told)
