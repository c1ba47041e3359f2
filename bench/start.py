"""How long until the app can be used: a new phone on a thin link at 6x, and a cold start without a server at 4x.

Cold load: an empty profile, 1.6 Mbit/s both ways and 150 ms (bench/relay.py, for all of the browser's traffic,
service worker included), until the first screen's button is there to be tapped. Installed: until the service worker
holds the whole app. The floor is computed: one round trip and the same bytes at the link's rate.

Offline: 500 families on the phone, the server killed, a new browser process. The person presses her digits; the clock
starts when the worker has opened the vault (the key derivation is a fixed cost chosen for safety, and shown apart)
and stops at the frame in which the worklist is seen with its last line.
"""

import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Playwright, sync_playwright

from bench import stage
from bench.relay import relay
from bench.report import Row
from tests.browser import live

RUNS = 5
SLOWER_COLD, SLOWER_OFFLINE = 6, 4
LINK: dict[str, float] = {"up_kbit_s": 1_600, "down_kbit_s": 1_600, "round_trip_ms": 150}
FAMILIES = 500
WORKER = "li"
COLD_MS, OFFLINE_MS = 3_000, 500
FIRST_BUTTON = "#enrol-start"
# The last request to the worker that opened the vault, then the list with all it shows.
LISTED = """async () => {
  await probe.shown("#screen-worklist .entry");
  const entries = () => document.querySelectorAll("#screen-worklist .entry").length;
  let before = -1;
  let last = performance.now();
  while (before !== entries()) {
    before = entries();
    last = performance.now();
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  }
  const unlock = probe.calls.findLast(({ op }) => op === "unlock");
  return { derived: unlock.to - unlock.from, listed: last - unlock.to, entries: before };
}"""
INSTALLED = "async () => { await navigator.serviceWorker.ready; return performance.now(); }"


def measure(runs: int = RUNS) -> list[Row]:
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        with live.live_server(folder / "server") as server:
            rows = _cold(playwright, folder, server, runs)
            stage.open_families(server, WORKER, FAMILIES)
            with stage.phone(playwright, folder / "phone", server) as phone:
                phone.power_on()
                phone.page.goto(server.phone_address)
                phone.enrol(stage.device_code(server, WORKER), WORKER)
                phone.wait_for_shell()
                _wait_for_families(phone)
            server.kill()
            return rows + _offline(playwright, folder / "phone", server, phone.digits, runs)


def _cold(playwright: Playwright, folder: Path, server: live.LiveServer, runs: int) -> list[Row]:
    usable, installed, kilobytes, floor = [], [], [], []
    for run in range(runs):
        with relay(server.port, **LINK) as link, stage.phone(playwright, folder / f"new{run}", server) as phone:
            page = phone.power_on(SLOWER_COLD, through_port=link.port)
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


def _offline(playwright: Playwright, profile: Path, server: live.LiveServer, digits: str, runs: int) -> list[Row]:
    first, derived, listed, slowed = [], [], [], []
    entries = 0
    for _ in range(runs):
        with stage.phone(playwright, profile, server) as phone:
            page = phone.power_on()
            slowed.append(phone.slow_down(SLOWER_OFFLINE))
            page.goto(server.phone_address, wait_until="commit")
            first.append(float(page.evaluate("() => probe.shown('#screen-unlock')")))
            done = page.evaluate_handle(f"() => ({{ done: ({LISTED})() }})")
            phone.press(digits)
            said: dict[str, Any] = done.evaluate("({ done }) => done")
            derived.append(said["derived"])
            listed.append(said["listed"])
            entries = said["entries"]
    return [
        Row("no server: lock screen usable, 4x", "ms", tuple(first)),
        Row("no server: key derivation, in the worker, not slowed", "ms", tuple(derived)),
        Row(
            f"no server: from there to the worklist of {FAMILIES} families ({entries} lines), 4x",
            "ms",
            tuple(listed),
            OFFLINE_MS,
        ),
        Row("slowed, by a busy loop", "times", tuple(slowed)),
    ]


def _wait_for_families(phone: stage.SlowPhone) -> None:
    """Until the counts of the worklist say that the whole first pull is on the phone."""
    phone.page.wait_for_function(
        """(families) => {
          const counts = [...document.querySelectorAll("#screen-worklist .group-head .count")];
          return counts.reduce((sum, one) => sum + Number(one.textContent), 0) >= families;
        }""",
        arg=FAMILIES,
        timeout=120_000,
    )
