"""Runs the JS modules in the real browser: every exported function of a `*_test.js` whose name starts with `test` is
one pytest test.

A small server on this machine gives out /static and /tests under the phone's strict policy. A test function may be
async; it gets no arguments, fails by throwing, and runs in a fresh document on an empty origin.
`import { … } from "/static/js/…"` as the app does; `fetch("/tests/vectors/…")` for vectors.
"""

import functools
import http.server
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from fieldapp.assets import shrunk
from tests import quick_keys

ROOT = Path(__file__).parents[2]
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
    "worker-src 'self'; base-uri 'none'; form-action 'none'; "
    "require-trusted-types-for 'script'; trusted-types fieldapp"
)
# WebAssembly is allowed only in the response of the worker that holds the keys, as in the app (DESIGN, section 8).
WORKER_POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"
# What is newer than the oldest phone is taken away before any of our code runs, in a page and in the worker.
FLOOR = Path(__file__).with_name("floor.js")
WORKER = "js/vault-worker.js"
PAGE = b"<!doctype html><html lang=zh><meta charset=utf-8><title>tests</title>"
EXPORTED = re.compile(r"^export\s+(?:async\s+)?(?:function\s+|const\s+)(test\w*)", re.MULTILINE)
TIMEOUT_MS = 120_000
# The document of the last test is gone; what the browser takes back after it is waited for by asking.
NOTHING_LEFT = """async () => {
  for (;;) {
    const locks = await navigator.locks.query();
    const left = [locks.held, locks.pending, await indexedDB.databases(), await caches.keys()];
    if (left.every((found) => !found.length) && localStorage.length + sessionStorage.length === 0) return;
  }
}"""
RUN = """async ([address, name]) => {
  const module = await import(address);
  try {
    await module[name]();
    return null;
  } catch (error) {
    return `${error}\n${error && error.stack}`;
  }
}"""


@functools.cache
def _as_sent(file: Path, _changed_ns: int) -> bytes:
    path = file.relative_to(ROOT / "static").as_posix()
    content = shrunk(path, file.read_bytes())
    if path == WORKER:  # imports run first, wherever they stand
        return b'import "/tests/js/floor.js";' + content
    return quick_keys.quick(content) if path == quick_keys.FILE else content


class _Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # a page loads fifty modules: over connections that stay
    extensions_map: ClassVar[dict[str, str]] = {
        **http.server.SimpleHTTPRequestHandler.extensions_map,
        ".js": "text/javascript",
        ".json": "application/json",
    }

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path in ("/", "/tests/blank.html"):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(PAGE)))
            self.end_headers()
            self.wfile.write(PAGE)
        elif path.startswith("/static/") and path.endswith(".js") and ".." not in path:
            self._send_script(ROOT / path.lstrip("/"))
        elif path.startswith(("/static/", "/tests/")) and ".." not in path:
            super().do_GET()
        else:
            self.send_error(404)

    def _send_script(self, file: Path) -> None:
        # The very bytes a phone gets but for the cost of an unlock, so that what shrinks them is tested too.
        if not file.is_file():
            return self.send_error(404)
        content = _as_sent(file, file.stat().st_mtime_ns)
        self.send_response(200)
        self.send_header("Content-Type", "text/javascript; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def end_headers(self) -> None:
        worker = self.path.partition("?")[0] == "/static/js/vault-worker.js"
        self.send_header("Content-Security-Policy", WORKER_POLICY if worker else POLICY)
        self.send_header("X-Content-Type-Options", "nosniff")
        # A document of a test is new, its fifty modules are those of the test before it: the browser keeps them.
        is_page = self.path.partition("?")[0] in ("/", "/tests/blank.html")
        self.send_header("Cache-Control", "no-store" if is_page else "max-age=3600")
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """A test run prints tests, not requests."""


@pytest.fixture(scope="session")
def js_address() -> Iterator[str]:
    """Address of the test server, without a slash at its end."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Handler, directory=str(ROOT)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    # "localhost" is a secure context by name: WebCrypto and service workers are there.
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


class _Window:
    """A page that serves one test after the other. To begin another context and the process behind it took longer than
    most tests: instead each gets a new document, and an origin from which everything was taken."""

    def __init__(self, browser: Any, address: str) -> None:
        self._address = address
        self._context = browser.new_context(timezone_id="Asia/Shanghai", locale="zh-CN")
        self._context.add_init_script(path=FLOOR)
        self.page = self._context.new_page()
        self.page.set_default_timeout(TIMEOUT_MS)
        self.refused: list[str] = []
        self.page.on("console", self._heard)
        self._tools = self._context.new_cdp_session(self.page)

    def empty(self) -> Any:
        """The page, as if nobody had been there before."""
        self.page.goto(f"{self._address}/tests/blank.html")
        self._tools.send("Storage.clearDataForOrigin", {"origin": self._address, "storageTypes": "all"})
        self.page.evaluate("() => sessionStorage.clear()")
        self.page.evaluate(NOTHING_LEFT)
        self.refused.clear()
        return self.page

    def close(self) -> None:
        self._context.close()

    def _heard(self, message: Any) -> None:
        if "Content Security Policy" in message.text:
            self.refused.append(message.text)


@pytest.fixture(scope="session")
def js_windows() -> Iterator[list[_Window]]:
    """The window of this process, where there is one."""
    windows: list[_Window] = []
    yield windows
    for window in windows:
        window.close()


@pytest.fixture
def js_page(browser: Any, js_address: str, js_windows: list[_Window], request: pytest.FixtureRequest) -> Iterator[Any]:
    """A fresh document on the test server, its origin empty. A policy violation fails the test.

    Marked `own_window`: in a context that nobody had before and nobody gets after.
    """
    is_shared = request.node.get_closest_marker("own_window") is None
    window = js_windows.pop() if is_shared and js_windows else _Window(browser, js_address)
    page = window.empty()
    failed_before = request.session.testsfailed
    yield page
    refused = list(window.refused)
    # What a failed test left behind is nobody's business.
    if is_shared and request.session.testsfailed == failed_before:
        js_windows.append(window)
    else:
        window.close()
    assert not refused, refused


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    if file_path.name.endswith("_test.js"):
        return JsFile.from_parent(parent, path=file_path)
    return None


class JsFile(pytest.File):
    def collect(self) -> Iterator[pytest.Item]:
        names = EXPORTED.findall(self.path.read_text("utf-8"))
        if not names:
            raise self.CollectError(f"{self.path.name} exports no function whose name starts with test")
        for name in names:
            yield JsTest.from_parent(self, name=name, callobj=self._run(name))

    def _run(self, name: str) -> Any:
        address = f"/{self.path.relative_to(ROOT).as_posix()}"

        def run(js_page: Any) -> None:
            failure = js_page.evaluate(RUN, [address, name])
            if failure is not None:
                pytest.fail(failure, pytrace=False)

        return run


class JsTest(pytest.Function):
    """A pytest function like any other, so that fixtures, markers and reports work; its body runs in the browser."""

    def __init__(self, **kwargs: Any):
        super().__init__(**kwargs)
        self.add_marker(pytest.mark.browser)
        self.add_marker(pytest.mark.xdist_group("js"))
