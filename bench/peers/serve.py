"""The pages of the measurement, all from one server on this machine, each in its own engine.

Ours loads the phone's own files from their own addresses, as the app sends them: shrunk, compressed, under its policy.
Every other answer is compressed as well as ours (gzip, level 9).
"""

import gzip
import html
import json
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from bench.peers import packages
from fieldapp.assets import SHEET, Assets
from fieldapp.config import Config
from fieldapp.forms.plan import Plan
from fieldapp.web.headers import policy_for

HERE = Path(__file__).parent
STATIC = HERE.parents[1] / "static"
STRICT = "script-src 'self'; style-src 'self'"
PAGE = """<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="usable" content="{usable}">
<title>form</title>
{sheets}
<script src="probe.js"></script>
<script type="module" src="{script}"></script>
</head>
<body><div id="root"></div></body>
</html>
"""
KINDS = {"js": "text/javascript", "css": "text/css", "json": "application/json", "xml": "text/xml", "html": "text/html"}


class Form(Protocol):
    """A module that makes one form for every engine. USABLE is what must be seen before it can be answered."""

    USABLE: dict[str, Any]

    def plan(self) -> Plan: ...
    def files(self) -> dict[str, bytes]: ...
    def xform(self) -> str: ...


class Pages:
    """`/POLICY/ENGINE.html` and what those pages load, and `/static/`. A policy is `none`, `strict`, or `own`: the one
    that the app sends with the phone's page.
    """

    def __init__(self, form: Form) -> None:
        self.port = 0
        self._assets = Assets(STATIC)
        self._policies = {"none": "", "strict": STRICT, "own": policy_for(_config(), "phone", "/")}
        self._files: dict[str, Response] = {}
        for file in sorted(packages.build().glob("*/*.*s")):
            self.add(file.name, file.read_bytes())
        for name in ("probe.js", "ours.js"):
            self.add(name, (HERE / name).read_bytes())
        self.add("form.plan.json", form.plan().text.encode())
        for digest, content in form.files().items():
            self.add(f"{digest}.json", content)
        self.add("form.xml", form.xform().encode())
        sheets = {"ours": [f"/static/{SHEET}"], "enketo": ["enketo.css"], "web-forms": [], "transform": []}
        for engine, named in sheets.items():
            links = "\n".join(f'<link rel="stylesheet" href="{sheet}">' for sheet in named)
            page = PAGE.format(sheets=links, script=f"{engine}.js", usable=html.escape(json.dumps(form.USABLE)))
            self.add(f"{engine}.html", page.encode())

    def add(self, name: str, content: bytes) -> None:
        answer = Response(
            gzip.compress(content, 9, mtime=0), content_type=f"{KINDS[name.rsplit('.', 1)[1]]}; charset=utf-8"
        )
        answer.headers["Content-Encoding"] = "gzip"
        self._files[name] = answer

    def bytes_of(self, names: Iterable[str]) -> int:
        """Of files that are not the app's own, as they are sent."""
        return sum(len(self._files[name].get_data()) for name in names)

    def in_one_stream(self, paths: list[str]) -> int:
        """Bytes of these files when they are compressed together, as a bundle or the shell's pack is."""
        content = []
        for path in paths:
            policy, _, name = path[1:].partition("/")
            asset = self._assets.get(name) if policy == "static" else None
            content.append(asset.content if asset else gzip.decompress(self._files[name].get_data()))
        return len(gzip.compress(b"".join(content), 9, mtime=0))

    def address(self, engine: str, policy: str) -> str:
        return f"http://localhost:{self.port}/{policy}/{engine}.html"

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        request = Request(environ)
        policy, _, name = request.path[1:].partition("/")
        if policy == "static":
            asset = self._assets.get(name)
            answer = asset.response(request, "no-cache") if asset else Response(status=404)
        else:
            answer = self._files.get(name) or Response(status=404)
            answer = Response(answer.get_data(), answer.status, answer.headers)
        answer.headers["Content-Security-Policy"] = self._policies.get(policy, self._policies["own"])
        return answer(environ, start_response)


@contextmanager
def serving(form: Form) -> Iterator[Pages]:
    pages = Pages(form)
    server = make_server("127.0.0.1", 0, pages, threaded=True, request_handler=_Quiet)
    pages.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield pages
    server.shutdown()
    server.server_close()
    thread.join()


def _config() -> Config:
    """Settings of a server that is never started: the phone's policy does not depend on them."""
    folder = packages.FOLDER
    return Config(data_dir=folder / "data", database_url="sqlite:///", ring_file=folder / "keys" / "ring.json")


class _Quiet(WSGIRequestHandler):
    def log_request(self, *_: Any) -> None:
        """A measurement prints its figures, not requests."""
