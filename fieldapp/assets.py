"""Our own files, as they are sent: shrunk, with a hash, compressed once, and only to the origin that needs them.

There is no build step: a module is sent under its own name, only shorter (docs/decisions/0007).
The tests of the phone run exactly the bytes made here.

The desk's own files are `css/desk*.css`, what lies below `desk/` and `js/desk`, and htmx; all others are the phone's.
The desk may read those too (base styles, icons, widgets), except the vault worker and the service worker.
"""

import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path

import minify
from werkzeug.wrappers import Request, Response

MIMETYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}
DESK_FILE = re.compile(r"css/desk[^/]*\.css|desk/.*|js/desk[-/].*|vendor/htmx\.org-.*")
PHONE_FILE = re.compile(r"js/vault-worker\.js")
SERVICE_WORKER = "sw.js"
_SHRUNK = {".js": "text/javascript", ".css": "text/css"}
_VENDORED = re.compile(r"vendor/([\w.@-]+\.js)")
# Like beside like: gzip looks back 32 KB, and two languages of a text, two widgets, two wirings say much the same.
_IN_PACK = [
    *("css/", "js/ui/texts-.*zh", "js/ui/texts-", "js/errors", "js/form/messages", "js/form/"),
    *("js/ui/widgets/", "js/ui/record", "js/ui/", "js/(wire-|navigation|autosave)", "js/store/"),
    *("js/(main|api|outbox|sync)", "js/(?!vault-worker)", "js/vault-worker", "vendor/hpke"),
]


@dataclass(frozen=True)
class Asset:
    """One file as it is sent. `etag` is the SHA-256 of the uncompressed bytes, in hex."""

    content: bytes
    mimetype: str

    @cached_property
    def etag(self) -> str:
        return sha256(self.content).hexdigest()

    @cached_property
    def compressed(self) -> bytes | None:
        """gzip of the content, the same bytes every time; None where it would not be smaller."""
        smaller = gzip.compress(self.content, compresslevel=9, mtime=0)
        return smaller if len(smaller) < len(self.content) else None

    def response(self, request: Request, cache_control: str) -> Response:
        """The answer to this request: 304 when the browser has these bytes, gzip when it takes that."""
        gzipped = None
        if not self.mimetype.startswith(("image/png", "font/")) and request.accept_encodings["gzip"]:
            gzipped = self.compressed
        response = Response(gzipped or self.content, content_type=self.mimetype)
        if gzipped:
            response.headers["Content-Encoding"] = "gzip"
        response.headers["Vary"] = "Accept-Encoding"
        response.headers["Cache-Control"] = cache_control
        response.set_etag(f"{self.etag}-gz" if gzipped else self.etag)
        response.make_conditional(request)
        return response


def shrunk(path: str, content: bytes) -> bytes:
    """A script or sheet as it is sent: without comments and white space, local names short, each under its own address.

    The service worker stays whole: its list is filled in later. htmx stays as published: pages name its hash.
    """
    kind = _SHRUNK.get(Path(path).suffix)
    if kind is None or path == SERVICE_WORKER or path.startswith("vendor/htmx"):
        return content
    small: str = minify.string(kind, content.decode("utf-8"))
    return small.encode("utf-8")


class Assets:
    """All files below one folder, read once; a file that changed on disk is read anew (its time and size tell)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._read: dict[str, tuple[tuple[int, int], Asset]] = {}
        for path in self.paths():  # at the start, not for the first caseworker of the morning
            _ = self._known(path).compressed

    def get(self, path: str) -> Asset | None:
        """The file at this path below the folder; None for what is not there, hidden, or of a kind we do not serve."""
        file = self._folder / path
        mimetype = MIMETYPES.get(file.suffix)
        if mimetype is None or "\0" in path or any(part.startswith(".") for part in Path(path).parts):
            return None
        if not file.resolve().is_relative_to(self._folder) or not file.is_file():
            return None
        state = (file.stat().st_mtime_ns, file.stat().st_size)
        if path not in self._read or self._read[path][0] != state:
            self._read[path] = (state, Asset(shrunk(path, file.read_bytes()), mimetype))
        return self._read[path][1]

    def paths(self) -> Iterator[str]:
        """Paths of all files that may be served, in order."""
        for file in sorted(self._folder.rglob("*")):
            path = file.relative_to(self._folder).as_posix()
            if self.get(path) is not None:
                yield path

    def shell(self) -> dict[str, Asset]:
        """What the phone keeps for working without a network: its own scripts, styles and icons, and the vendored files
        that those scripts name. By path below the folder, in the order in which they pack best.
        """
        own = {path: self._known(path) for path in self.paths() if _is_of_shell(path)}
        named: set[str] = set()
        for path, asset in own.items():
            if path.endswith(".js"):
                named.update(_VENDORED.findall(asset.content.decode("utf-8")))
        vendored = {f"vendor/{name}": self._known(f"vendor/{name}") for name in named if self.get(f"vendor/{name}")}
        return dict(sorted({**own, **vendored}.items(), key=lambda item: _place_in_pack(item[0])))

    def _known(self, path: str) -> Asset:
        asset = self.get(path)
        if asset is None:
            raise FileNotFoundError(path)
        return asset


def _is_of_shell(path: str) -> bool:
    folder = path.split("/", 1)[0]
    if path.startswith("icons/") and path.endswith(".png"):
        return False  # pictures of the home screen: the system keeps its own copy when the app is put there
    return folder in ("css", "icons", "js") and not DESK_FILE.fullmatch(path)


def _place_in_pack(path: str) -> tuple[int, str]:
    return next((at for at, kind in enumerate(_IN_PACK) if re.match(kind, path)), len(_IN_PACK)), path
