"""How long a locked phone makes her wait: unlock to a worklist of 500 families, no server, 4x, a new browser process.

The person presses her digits; the clock starts when the worker has opened the vault (the key derivation is a fixed cost
chosen for safety, and shown apart) and stops at the frame in which the worklist is seen with its last line.
"""

import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Playwright, sync_playwright

from bench import stage
from bench.report import Row
from tests.browser import live

RUNS = 5
SLOWER = 4
FAMILIES = 500
WORKER = "li"
LISTED_MS = 500
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


def measure(runs: int = RUNS) -> list[Row]:
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        with live.live_server(folder / "server") as server:
            stage.open_families(server, WORKER, FAMILIES)
            with stage.phone(playwright, folder / "phone", server) as phone:
                phone.power_on()
                phone.page.goto(server.phone_address)
                phone.enrol(stage.device_code(server, WORKER), WORKER)
                phone.wait_for_shell()
                _wait_for_families(phone)
            server.kill()
            return _unlocked(playwright, folder / "phone", server, phone.digits, runs)


def _unlocked(playwright: Playwright, profile: Path, server: live.LiveServer, digits: str, runs: int) -> list[Row]:
    first, derived, listed, slowed = [], [], [], []
    entries = 0
    for _ in range(runs):
        with stage.phone(playwright, profile, server) as phone:
            page = phone.power_on()
            slowed.append(phone.slow_down(SLOWER))
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
            LISTED_MS,
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
