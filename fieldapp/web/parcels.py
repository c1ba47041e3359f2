"""Handing in a file of what a phone could not send. Who carries it sees what became of it, and nothing of its content.

No fresh proof is asked for: nothing leaves this server, and what comes in is signed by the phone and its author.
"""

from typing import BinaryIO

from flask import Blueprint, current_app, render_template, request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as WerkzeugResponse

from fieldapp.actions import parcels
from fieldapp.actions.parcels import Came
from fieldapp.errors import Problem
from fieldapp.models.accounts import Role
from fieldapp.web import guard, problems, words
from sync.parcels import DESK_BYTES_MAX

bp = Blueprint("parcels", __name__, url_prefix="/hand-in")
bp.origin = "desk"  # type: ignore[attr-defined]
bp.max_body_bytes = DESK_BYTES_MAX + 64 * 1024  # type: ignore[attr-defined]
MAY = (Role.CASEWORKER, Role.SUPERVISOR, Role.ADMINISTRATOR)


@bp.get("")
def page() -> str:
    guard.require(*MAY)
    return _page(None, None)


@bp.post("")
def hand_in() -> str | tuple[str, int]:
    acting = guard.require(*MAY)
    upload = request.files.get("file")
    try:
        if upload is None:
            raise Problem("parcel_malformed")
        stream: BinaryIO = upload.stream  # type: ignore[assignment]  # a file on disk beyond half a megabyte
        came = parcels.hand_in(
            stream, _size(stream), acting=acting, store=current_app.extensions["files"], clock=guard.now
        )
    except Problem as problem:
        return _page(None, problem), problem.status
    return _page(came, None)


@bp.errorhandler(RequestEntityTooLarge)
def too_large(_: RequestEntityTooLarge) -> WerkzeugResponse:
    """More than this page reads: nothing of it was looked at."""
    return problems.answer(Problem("parcel_too_large"))


def _size(stream: BinaryIO) -> int:
    size = stream.seek(0, 2)
    stream.seek(0)
    if size > DESK_BYTES_MAX:
        raise Problem("parcel_too_large")
    return size


def _page(came: Came | None, problem: Problem | None) -> str:
    return render_template("admin/hand_in.html", came=came, problem=problem, words=words)
