"""What the tests of the record screen stand on: a small server under the phone's strict policy, and what every page of
the screen is asked."""

import functools
import http.server
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "require-trusted-types-for 'script'; trusted-types fieldapp"
)
SMALL_TARGETS = """(smallest) => {
  const targets = "button, a, select, input:not([type=radio]):not([type=checkbox]), textarea, .choice";
  const shown = [...document.querySelectorAll(targets)].filter((one) => one.offsetParent !== null);
  const sizes = shown.map((one) => [one.textContent || one.className, one.getBoundingClientRect()]);
  return sizes.filter(([, size]) => size.height < smallest - 0.5 || size.width < 43.5).map(([name]) => name);
}"""

# Of the person's choice. Colours on their way are nobody's: judged is what stands there at the end.
LOOK = """async (look) => {
  document.documentElement.dataset[look === "elder" ? "size" : "theme"] = look;
  const onTheirWay = document.getAnimations().filter((moving) => moving instanceof CSSTransition);
  await Promise.all(onTheirWay.map((moving) => moving.finished.catch(() => {})));
}"""


@contextmanager
def served(own: Callable[[str], bytes | None]) -> Iterator[str]:
    """The address of a server that gives out this checkout, and under other paths what `own` has: JSON or PNG."""
    handler = functools.partial(_Handler, own, directory=str(ROOT))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


class _Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # a page loads sixty modules: over connections that stay

    def __init__(self, own: Callable[[str], bytes | None], *arguments: Any, **options: Any) -> None:
        self.own = own
        super().__init__(*arguments, **options)

    def do_GET(self) -> None:
        if self.path == "/favicon.ico":
            self.send_response(204)
            self.send_header("Content-Length", "0")
            return self.end_headers()
        body = self.own(self.path)
        if body is None:
            return super().do_GET()
        self.send_response(200)
        self.send_header("Content-Type", "image/png" if body.startswith(b"\x89PNG") else "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        return None

    def guess_type(self, path: Any) -> str:
        # Not left to the machine's own table: some know no type for scripts, and a module without one is refused.
        return "text/javascript" if str(path).endswith(".js") else super().guess_type(path)

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        # A page of a test is new, its modules are those of the test before it: the browser keeps them.
        is_module = self.path.startswith("/static/")
        self.send_header("Cache-Control", "max-age=3600" if is_module else "no-store")
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """A test run prints tests, not requests."""
