"""Our own files, as they are sent: shrunk, with a hash, compressed once, and only to the origin that needs them.

There is no build step: a module is sent under its own name, only shorter (docs/decisions/0007).
The tests of the phone run exactly the bytes made here.

The desk's own files are `css/desk*.css`, what lies below `desk/` and `js/desk`, and htmx; all others are the phone's.
The desk may read those too (base styles, icons, widgets), except the vault worker and the service worker.
"""

import posixpath
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
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
SERVICE_WORKER, ENTRY = "sw.js", "js/main.js"
SHEET = "css/shell.css"  # the phone's sheets in one, base.css first: its variables are used by the others
_SHRUNK = {".js": "text/javascript", ".css": "text/css"}
# Between two declarations nothing is gathered or moved over this statement; no script of ours holds it (biome).
_KEPT_APART = "debugger;"
_TAKES_APART = re.compile(r"^( *)(?=(?:const|let) [\[{])", re.M)
_VENDORED = re.compile(r"vendor/[\w.@-]+\.js")
# As shrunk; a dynamic one, `import("…")`, is none of the first screen's.
_IMPORTED = re.compile(r"""\b(?:import|from)\s*["'](\.[^"']+)["']""")
# The one rule of what goes into the second pack: what only some phones ever run. A library lies with those who name it.
_MORE = re.compile(r"(?:js|css)/(?:.+/)?more/.+|js/(?:ui/texts|ui/texts-record|errors)-en\.js")
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
        # Short blocks (little memory): each gets a table of codes that fits it, Chinese, code or base64.
        packer = zlib.compressobj(level=9, wbits=31, memLevel=6)
        smaller = packer.compress(self.content) + packer.flush()
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


@dataclass(frozen=True)
class Shell:
    """What the phone keeps for working without a network, by path below the folder; each file stands in one part."""

    first: dict[str, Asset]  # what the page asks for itself, until its first screen stands
    pack: dict[str, Asset]  # all else that every phone runs, in the order in which it packs best
    more: dict[str, Asset]  # what only some phones ever run

    @property
    def files(self) -> dict[str, Asset]:
        return {**self.first, **self.pack, **self.more}


def shrunk(path: str, content: bytes) -> bytes:
    """A script or sheet as it is sent: without comments and white space, local names short, each under its own address.

    The service worker stays whole: its list is filled in later. htmx stays as published: pages name its hash.
    The minifier would put `const { wraps } = recordOf(x)` before the call of the line above it: ours are kept apart.
    """
    kind = _SHRUNK.get(Path(path).suffix)
    if kind is None or path == SERVICE_WORKER or path.startswith("vendor/htmx"):
        return content
    text = content.decode("utf-8")
    if not path.endswith(".js") or path.startswith("vendor/"):
        small: str = minify.string(kind, text)
    else:
        small = minify.string(kind, _TAKES_APART.sub(rf"\1{_KEPT_APART} ", text)).replace(_KEPT_APART, "")
    return small.encode("utf-8")


class Assets:
    """All files below one folder, read once; a file that changed on disk is read anew (its time and size tell)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._read: dict[str, tuple[tuple[int, int], Asset]] = {}
        for path in (*self.paths(), SHEET):  # at the start, not for the first caseworker of the morning
            _ = self._known(path).compressed

    def get(self, path: str) -> Asset | None:
        """The file at this path below the folder; None for what is not there, hidden, or of a kind we do not serve."""
        if path == SHEET:
            return self._sheet()
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

    def shell(self) -> Shell:
        """The phone's own scripts, styles and icons, and the vendored files that those scripts name."""
        own = {path: self._known(path) for path in (*self.paths(), SHEET) if _is_of_shell(path)}
        seldom = {path for path in own if _MORE.fullmatch(path)}
        always = own.keys() - seldom
        always |= self._named_by(own[path] for path in always)
        seldom |= self._named_by(own[path] for path in seldom) - always
        first = {path for path in always if not path.startswith(("js/", "vendor/"))} | self._with_imports(ENTRY)
        return Shell(*(self._in_order(part) for part in (first & always, always - first, seldom)))

    def _sheet(self) -> Asset:
        """Three sheets that resemble each other are fewer bytes in one, and one request instead of three."""
        sheets = sorted(filter(_is_of_sheet, self.paths()), key=lambda path: ("base" not in path, path))
        return _joined(tuple(self._known(path) for path in sheets))

    def _named_by(self, assets: Iterable[Asset]) -> set[str]:
        """The vendored files that these scripts name."""
        texts = (asset.content.decode("utf-8") for asset in assets if asset.mimetype == MIMETYPES[".js"])
        return {name for text in texts for name in _VENDORED.findall(text) if self.get(name)}

    def _with_imports(self, entry: str) -> set[str]:
        """A module, and all that it makes the browser load before it runs."""
        found, waiting = set[str](), [entry]
        while waiting:
            path = waiting.pop()
            asset = None if path in found else self.get(path)
            if asset is None:
                continue
            found.add(path)
            names = _IMPORTED.findall(asset.content.decode("utf-8"))
            waiting += [posixpath.normpath(posixpath.join(posixpath.dirname(path), name)) for name in names]
        return found

    def _in_order(self, paths: Iterable[str]) -> dict[str, Asset]:
        return {path: self._known(path) for path in sorted(paths, key=_place_in_pack)}

    def _known(self, path: str) -> Asset:
        asset = self.get(path)
        if asset is None:
            raise FileNotFoundError(path)
        return asset


@lru_cache(maxsize=8)
def _joined(sheets: tuple[Asset, ...]) -> Asset:
    return Asset(b"".join(sheet.content for sheet in sheets), MIMETYPES[".css"])


def _is_of_sheet(path: str) -> bool:
    return path.startswith("css/") and not DESK_FILE.fullmatch(path) and not _MORE.fullmatch(path)


def _is_of_shell(path: str) -> bool:
    if path.startswith("icons/") and path.endswith(".png"):
        return False  # pictures of the home screen: the system keeps its own copy when the app is put there
    if path == SHEET or path.startswith("css/more/"):
        return True
    return path.split("/", 1)[0] in ("icons", "js") and not DESK_FILE.fullmatch(path)


def _place_in_pack(path: str) -> tuple[int, str]:
    return next((at for at, kind in enumerate(_IN_PACK) if re.match(kind, path)), len(_IN_PACK)), path
