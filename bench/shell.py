"""How much a new phone loads: bytes as sent (gzip) and requests, to the first screen and until the whole app is kept.

Counted at the server, by a real browser with an empty profile: what it asks for, and the bodies it is sent; about 300
B of HTTP headers a request come on top (bench/start.py counts those on its link). Nothing here depends on the
machine. The floor is the sum of the same files, each compressed by itself.
"""

import tempfile
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Playwright, sync_playwright

from bench import stage
from bench.report import Row
from fieldapp.assets import Shell
from tests.browser.phone_stage import Server

RUNS = 3
TARGET_KB, TARGET_REQUESTS = 110, 25
FIRST_BUTTON = "#enrol-start"
# The page's own list of what it loaded before that frame; the page itself is the one request more.
LOADED_BY = """async (selector) => {
  const at = await probe.shown(selector);
  const loaded = performance.getEntriesByType("resource").filter((one) => one.responseEnd <= at);
  return loaded.map((one) => new URL(one.name).pathname);
}"""
INSTALLED = "async () => { await navigator.serviceWorker.ready; }"


@dataclass
class Ledger:
    """Every answer of the server: path and bytes of its body."""

    app: Callable[..., Iterable[bytes]]
    answers: list[tuple[str, int]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        def started(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            size = int(dict(headers).get("Content-Length", 0))
            with self._lock:
                self.answers.append((environ["PATH_INFO"], size))
            return start_response(status, headers, *rest)

        return self.app(environ, started)


def measure(runs: int = RUNS) -> list[Row]:
    seen = []
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        server = Server(folder / "server")
        ledger = Ledger(server.app.wsgi_app)
        server.app.wsgi_app = ledger
        server.start()
        for run in range(runs):
            seen.append(_new_phone(playwright, folder / f"new{run}", server, ledger))
        server.stop()
        floors = _floors(server.app.extensions["assets"].shell())
    first, requests, pack, both, more, worker, everything, all_requests = zip(*seen, strict=True)
    return [
        Row("to the first screen", "KB", first, None, (floors[0],)),
        Row("to the first screen: requests", "", requests, TARGET_REQUESTS),
        Row("the pack of what every phone runs", "KB", pack, None, (floors[1],)),
        Row("first screen and that pack", "KB", both, TARGET_KB, (floors[0] + floors[1],)),
        Row("the pack of what only some phones run", "KB", more, None, (floors[2],)),
        Row("the service worker with its list", "KB", worker),
        Row("everything, until the app works offline", "KB", everything, None, (sum(floors),)),
        Row("everything: requests", "", all_requests),
    ]


def _floors(shell: Shell) -> list[float]:
    """KB of each part of the shell, file by file."""
    parts = (shell.first, shell.pack, shell.more)
    return [sum(len(asset.compressed or asset.content) for asset in part.values()) / 1_000 for part in parts]


def _new_phone(playwright: Playwright, profile: Path, server: Server, ledger: Ledger) -> tuple[float, ...]:
    """KB, requests of the first screen; KB of the pack, of both, of the second pack, of the worker; all of both."""
    ledger.answers.clear()
    with stage.phone(playwright, profile, server) as phone:
        page = phone.power_on()
        page.goto(server.address, wait_until="commit")
        loaded = {"/", *page.evaluate(LOADED_BY, FIRST_BUTTON)}
        page.evaluate(INSTALLED)
        page.wait_for_load_state("networkidle")
        answers = list(ledger.answers)
    first = {path: size for path, size in reversed(answers) if path in loaded}
    screen = sum(first.values()) / 1_000

    def sent(wanted: str) -> float:
        return sum(size for path, size in answers if path == wanted) / 1_000

    pack = sent("/shell.pack")
    parts = (screen, float(len(first)), pack, screen + pack, sent("/more.pack"), sent("/sw.js"))
    return (*parts, sum(size for _, size in answers) / 1_000, float(len(answers)))
