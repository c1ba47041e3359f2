"""The phone app's own addresses outside /sync: the shell, its service worker, the manifest, and the numbers to call.

All of it is public, the same bytes for everybody, and free of cookies.
"""

import json
from functools import lru_cache
from hashlib import sha256

from flask import Blueprint, current_app, jsonify, render_template, request
from werkzeug.wrappers import Response

from fieldapp.assets import SERVICE_WORKER, SHEET, Asset, Assets, shrunk
from fieldapp.db import reading
from fieldapp.errors import Problem
from fieldapp.models import settings

DIGEST_SIGNS = 32
SHELL_MARKER = b"const SHELL = /*SHELL*/null;"  # docs/phone.md, sw.js
# Neutral on purpose: the name stands on the home screen of a phone that others look at.
MANIFEST = {
    "id": "/",
    "name": "工作记录 / Field Notes",
    "short_name": "工作记录",
    "lang": "zh-CN",
    "start_url": "/",
    "scope": "/",
    "display": "standalone",
    "orientation": "portrait",
    "background_color": "#ffffff",
    "theme_color": "#ffffff",
    "icons": [
        {"src": "/static/icons/192.png", "sizes": "192x192", "type": "image/png", "purpose": "any"},
        {"src": "/static/icons/512.png", "sizes": "512x512", "type": "image/png", "purpose": "any"},
        {"src": "/static/icons/512-maskable.png", "sizes": "512x512", "type": "image/png", "purpose": "maskable"},
    ],
}

bp = Blueprint("phone", __name__)
bp.origin = "phone"  # type: ignore[attr-defined]


@bp.get("/")
def shell() -> Response:
    """The one page of the app. Nothing of a person or a day stands in it, so that a hash can hold it."""
    return _shell_page(current_app.extensions["assets"]).response(request, "no-cache")


@bp.get("/manifest.webmanifest")
def manifest() -> Response:
    return _manifest().response(request, "no-cache")


@bp.get("/sw.js")
def service_worker() -> Response:
    """The service worker with the list of what it keeps. no-store: an old list would hold back a new version."""
    assets: Assets = current_app.extensions["assets"]
    source = assets.get(SERVICE_WORKER)
    if source is None or source.content.count(SHELL_MARKER) != 1:
        raise Problem("not_found")
    said = json.dumps(shell_list(assets), separators=(",", ":")).encode()
    response = _filled_in(source.content, said).response(request, "no-store")
    response.headers["Service-Worker-Allowed"] = "/"
    return response


@bp.get("/shell.pack")
def shell_pack() -> Response:
    """What every phone runs, but for the files that the page has loaded by then: one request instead of a hundred.

    u32 length of head ‖ head [bytes, …] ‖ the files, in the order of the list in the service worker, which checks each.
    """
    return _packed(tuple(current_app.extensions["assets"].shell().pack.values())).response(request, "no-cache")


@bp.get("/more.pack")
def more_pack() -> Response:
    """What only some phones ever run, in the same form: kept like all else, but nobody waits for it at the start."""
    return _packed(tuple(current_app.extensions["assets"].shell().more.values())).response(request, "no-cache")


@bp.get("/emergency.json")
def emergency() -> Response:
    """Numbers to call, for a phone that nobody has signed in to."""
    with reading() as session:
        response = jsonify({"numbers": settings.help_numbers(session)})
    response.headers["Cache-Control"] = "no-cache"
    return response


@bp.get("/api/ping")
def ping() -> Response:
    """204: the server is there. A captive portal answers something else."""
    return Response(status=204)


def shell_list(assets: Assets) -> dict[str, object]:
    """{"version", "parts": [[url of the pack or null, count], …], "files": {url: digest}}, the files in order.

    A digest is the first 128 bits of SHA-256 in hex: the list is for finding bytes that are spoiled or of another
    version, and digests are all of it that cannot be compressed.

    The version is a digest of all files: one byte makes a new one. The page loads the part without a pack.
    """
    shell = assets.shell()
    page = {"/": _shell_page(assets), "/manifest.webmanifest": _manifest()}
    first = {**_digests(page, ""), **_digests(shell.first)}
    parts = {None: first, "/shell.pack": _digests(shell.pack), "/more.pack": _digests(shell.more)}
    files = {url: digest for part in parts.values() for url, digest in part.items()}
    version = sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()[:16]
    return {"version": version, "parts": [[pack, len(part)] for pack, part in parts.items() if part], "files": files}


def _digests(files: dict[str, Asset], root: str = "/static/") -> dict[str, str]:
    return {root + path: asset.etag[:DIGEST_SIGNS] for path, asset in files.items()}


@lru_cache(maxsize=2)
def _filled_in(source: bytes, said: bytes) -> Asset:
    """The service worker with its list, which keeps its line: a test and a person find it there."""
    _, after = source.split(SHELL_MARKER)
    return Asset(b"const SHELL = " + said + b";\n" + shrunk("after.js", after), "text/javascript; charset=utf-8")


@lru_cache(maxsize=4)  # compressing it anew for every phone would cost more than sending it
def _packed(assets: tuple[Asset, ...]) -> Asset:
    head = json.dumps([len(asset.content) for asset in assets], separators=(",", ":")).encode()
    parts = (len(head).to_bytes(4, "big"), head, *(asset.content for asset in assets))
    return Asset(b"".join(parts), "application/octet-stream")


def _shell_page(assets: Assets) -> Asset:
    page = render_template("phone/shell.html", sheet=f"/static/{SHEET}")
    return Asset(page.encode("utf-8"), "text/html; charset=utf-8")


def _manifest() -> Asset:
    return Asset(json.dumps(MANIFEST, ensure_ascii=False).encode("utf-8"), "application/manifest+json")
