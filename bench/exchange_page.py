"""The same syncs from a browser, by the phone's own modules (phone_page.js) and the phone's own batches."""

import random
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import JSHandle, sync_playwright

from bench import records, stage
from bench.relay import Relay, relay
from bench.report import Row
from fieldapp import demo
from tests.browser import live
from tests.factories import version_of

RUNS = 3
LINK: dict[str, float] = {"up_kbit_s": 400, "down_kbit_s": 800, "round_trip_ms": 400}  # as in exchange.py
FAMILIES = 200
RECORD_BYTES = 1_850
SCRIPT = Path(__file__).parent / "phone_page.js"
# A page of the phone's origin and policy on which the app itself does not start.
PLAIN_PAGE = "emergency.json"


def measure(runs: int = RUNS) -> list[Row]:
    """No change, 20 records and, once, 1,000 records."""
    with tempfile.TemporaryDirectory() as name, live.live_server(Path(name) / "server") as server:
        families = [(str(case), str(visit)) for case, visit in stage.open_families(server, "li", FAMILIES)]
        with (
            relay(server.port, **LINK) as link,
            sync_playwright() as playwright,
            stage.phone(playwright, Path(name) / "phone", server) as phone,
        ):
            page = phone.power_on(through_port=link.port)
            page.set_default_timeout(300_000)
            page.goto(server.phone_address + PLAIN_PAGE)
            made = page.evaluate_handle(SCRIPT.read_text("utf-8"))
            who = {"code24": stage.device_code(server, "li"), "login": "li", "password": demo.PASSWORD}
            made.evaluate("(phone, who) => phone.enrol(who)", who)
            nothing = [_sent(made, link, families, 0, run) for run in range(runs)]
            day = [_sent(made, link, families, 20, run) for run in range(runs)]
            heap = [_sent(made, link, families, 1_000, runs)]
    return [
        *_rows("no-change sync", nothing, 0.6, 1),
        *_rows("push 20 records", day, 1.3, 1),
        *_rows("push 1,000 records", heap, 34, 8),
    ]


def _sent(made: JSHandle, link: Relay, families: list[tuple[str, str]], count: int, seed: int) -> Any:
    chance = random.Random(10_000 + seed)
    around = {"replies": [], "recorded": {"started": 1, "language": "zh"}, "visitors": []}
    bodies = [{"answers": records.of_bytes(chance, RECORD_BYTES), **around} for _ in range(count)]
    given = {"bodies": bodies, "families": families, "district": demo.DISTRICT, "form_version": version_of("F2")}
    made.evaluate("(phone, given) => phone.handIn(given)", given)
    up, down = link.up.carried, link.down.carried
    sent = made.evaluate("(phone) => phone.send()")
    sent |= {"up_kb": (link.up.carried - up) / 1_000, "down_kb": (link.down.carried - down) / 1_000}
    assert sent["contact"] and not sent["counts"]["waiting"] and not sent["counts"]["attention"], sent
    return sent


def _rows(what: str, sent: list[Any], seconds: float, requests: float) -> list[Row]:
    return [
        Row(what, "s", tuple(one["seconds"] for one in sent), seconds),
        Row(f"{what}: requests", "", tuple(one["requests"] for one in sent), requests),
        Row(f"{what}: up", "KB", tuple(one["up_kb"] for one in sent)),
        Row(f"{what}: down", "KB", tuple(one["down_kb"] for one in sent)),
    ]
