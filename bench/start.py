"""How long until a new phone can use the app, on a thin link at 6x. (A phone that has it: bench/unlock.py.)

Cold load: an empty profile, 1.6 Mbit/s both ways and 150 ms (bench/relay.py, for all of the browser's traffic,
service worker included), until the first screen's button is there to be tapped. Installed: until the service worker
holds the whole app. The floor is computed: one round trip and the same bytes at the link's rate.
"""

import tempfile
from pathlib import Path

from playwright.sync_api import Playwright, sync_playwright

from bench import stage
from bench.relay import relay
from bench.report import Row
from tests.browser import live

RUNS = 5
SLOWER = 6
LINK: dict[str, float] = {"up_kbit_s": 1_600, "down_kbit_s": 1_600, "round_trip_ms": 150}
COLD_MS = 3_000
FIRST_BUTTON = "#enrol-start"
INSTALLED = "async () => { await navigator.serviceWorker.ready; return performance.now(); }"


def measure(runs: int = RUNS) -> list[Row]:
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        with live.live_server(folder / "server") as server:
            return _cold(playwright, folder, server, runs)


def _cold(playwright: Playwright, folder: Path, server: live.LiveServer, runs: int) -> list[Row]:
    usable, installed, kilobytes, floor = [], [], [], []
    for run in range(runs):
        with relay(server.port, **LINK) as link, stage.phone(playwright, folder / f"new{run}", server) as phone:
            page = phone.power_on(SLOWER, through_port=link.port)
            page.goto(server.phone_address, wait_until="commit")
            usable.append(float(page.evaluate("(selector) => probe.shown(selector)", FIRST_BUTTON)))
            first_bytes = link.down.carried
            installed.append(float(page.evaluate(INSTALLED)))
            kilobytes.append(link.down.carried / 1_000)
            floor.append(LINK["round_trip_ms"] + first_bytes * 8 / LINK["down_kbit_s"])
    return [
        Row("new phone: first screen usable, 6x, 1.6 Mbit/s", "ms", tuple(usable), COLD_MS, tuple(floor)),
        Row("new phone: whole app installed, 6x, 1.6 Mbit/s", "ms", tuple(installed)),
        Row("new phone: bytes down until then, headers counted", "KB", tuple(kilobytes)),
    ]
