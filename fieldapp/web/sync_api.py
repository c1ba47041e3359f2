"""The door of the phones: POST /sync/v1/exchange (binary frames) and POST /sync/v1/enrol (JSON). No cookies.

docs/protocol.md says what goes through it; the acts are actions/exchange.py and actions/enrol.py.
"""

from flask import Blueprint, Response, request

from fieldapp.errors import Problem
from sync import wire

bp = Blueprint("sync_api", __name__)
bp.origin = "phone"  # type: ignore[attr-defined]  # create_app answers 404 for it on the desk's origin


@bp.post("/sync/v1/exchange")
def exchange() -> Response:
    """Take what a phone has, and tell it what it has to know."""
    _read_body(wire.REQUEST_BYTES_MAX)
    raise Problem("unknown_vault")


def _read_body(bytes_max: int) -> bytes:
    """The raw body, read to its bound and no further. Raises `frame_too_large`."""
    if (request.content_length or 0) > bytes_max:
        raise Problem("frame_too_large")
    body = request.stream.read(bytes_max + 1)
    if len(body) > bytes_max:
        raise Problem("frame_too_large")
    return body
