"""Our own files, each to the origin that needs it."""

import re

from flask import Blueprint, current_app, g, request
from werkzeug.wrappers import Response

from fieldapp.assets import DESK_FILE, PHONE_FILE, Assets
from fieldapp.errors import Problem

bp = Blueprint("static", __name__, url_prefix="/static")
bp.origin = "both"  # type: ignore[attr-defined]  # each file below belongs to one origin or to both


@bp.get("/<path:path>")
def file(path: str) -> Response:
    """A file of the asking origin; another's answers like one that does not exist."""
    elsewhere = DESK_FILE if g.origin == "phone" else PHONE_FILE
    # The service worker has an address of its own, filled in: its bare file would install nothing.
    assets: Assets = current_app.extensions["assets"]
    asset = None if elsewhere.fullmatch(path) or path == "sw.js" else assets.get(path)
    if asset is None:
        raise Problem("not_found")
    # A vendored file has its version in its name; ours are asked for again, and answered 304.
    immutable = path.startswith("vendor/") and re.search(r"-\d+\.\d+", path)
    return asset.response(request, "public, max-age=31536000, immutable" if immutable else "no-cache")
