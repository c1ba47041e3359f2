"""What an exchange costs on a thin link: 400 kbit/s up, 800 kbit/s down, 400 ms there and back (bench/relay.py).

The client is sync/device.py with the real crypto, the server the real command in its own processes; a record is 2,000
B of JSON before it is sealed, as with the peers. The floor is the same bytes in the same number of requests to a
server that only reads and answers as many, over the same relay, in the same run: what any protocol pays for these
sealed bytes. bench/exchange_page.py does the same from a browser.
"""

import gzip
import http.client
import http.server
import json
import random
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from bench import records, stage
from bench.relay import Relay, relay
from bench.report import Row
from fieldapp import demo
from sync import wire
from tests import factories
from tests.browser import live
from tests.phones import Phone

RUNS = 3
LINK: dict[str, float] = {"up_kbit_s": 400, "down_kbit_s": 800, "round_trip_ms": 400}
FAMILIES = 200
PULLED = 1_000
RECORD_BYTES = 1_850  # of answers; about 2,000 with what stands around them
DAY = 20
HEAP = 1_000


@dataclass
class Wire:
    """A kept connection to a port, through a relay; notes every request. `host` is whom the server thinks it is."""

    port: int
    host: str
    sizes: list[tuple[int, int]] = field(default_factory=list)
    _connection: http.client.HTTPConnection | None = None

    def connect(self) -> None:
        """A fresh connection: the server drops one that is silent for two seconds."""
        if self._connection is not None:
            self._connection.close()
        self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
        self._connection.connect()

    def post(self, path: str, data: Any, headers: dict[str, str] | None = None) -> Any:
        """As the test client does it: `status_code`, `data`, `json`, `headers`."""
        return self._ask("POST", path, data, headers)

    def patch(self, path: str, data: Any, headers: dict[str, str]) -> Any:
        return self._ask("PATCH", path, data, headers)

    def head(self, path: str, headers: dict[str, str]) -> Any:
        return self._ask("HEAD", path, b"", headers)

    def _ask(self, method: str, path: str, data: Any, headers: dict[str, str] | None) -> Any:
        if self._connection is None:
            self.connect()
        assert self._connection is not None
        self._connection.request(
            method,
            path,
            data,
            # As a browser asks, which unpacks by itself.
            {"Host": self.host, "Accept-Encoding": "gzip", **(headers or {"Content-Type": "application/json"})},
        )
        reply = self._connection.getresponse()
        body = reply.read()
        self.sizes.append((len(data), len(body)))
        if reply.getheader("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        is_json = reply.getheader("Content-Type", "").startswith("application/json")
        said = json.loads(body) if is_json else None
        return SimpleNamespace(
            status_code=reply.status, data=body, json=said, headers=reply.headers, get_data=lambda **_: repr(body[:500])
        )


@dataclass
class Cost:
    """All runs of one kind of sync, with its floor."""

    seconds: list[float] = field(default_factory=list)
    floor: list[float] = field(default_factory=list)
    requests: list[float] = field(default_factory=list)
    up_kb: list[float] = field(default_factory=list)
    down_kb: list[float] = field(default_factory=list)

    def rows(self, what: str, seconds: float | None, requests: float | None, up_kb: float | None = None) -> list[Row]:
        made = [
            Row(what, "s", tuple(self.seconds), seconds, tuple(self.floor)),
            Row(f"{what}: requests", "", tuple(self.requests), requests),
            Row(f"{what}: up", "KB", tuple(self.up_kb), up_kb),
            Row(f"{what}: down", "KB", tuple(self.down_kb)),
        ]
        return made


def measure(runs: int = RUNS) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder, live.live_server(Path(folder) / "server") as server:
        families = [(str(case), str(visit)) for case, visit in stage.open_families(server, "li", FAMILIES)]
        stage.open_families(server, "wang", PULLED)
        with relay(server.port, **LINK) as link, sink() as floor, relay(floor, **LINK) as bare_link:
            rows = _device_rows(server, families, link, bare_link, runs)
    return rows


def _device_rows(
    server: live.LiveServer, families: list[tuple[str, str]], link: Relay, bare_link: Relay, runs: int
) -> list[Row]:
    phone, wire_of = enrolled(server, link.port, "li", 1)
    phone.sync_all()
    nothing, day, heap, pulled = Cost(), Cost(), Cost(), Cost()
    for run in range(runs):
        take(phone, wire_of, link, bare_link, nothing)
        hand_in(phone, families, DAY, seed=run)
        take(phone, wire_of, link, bare_link, day)
        hand_in(phone, families, HEAP, seed=runs + run)
        take(phone, wire_of, link, bare_link, heap)
        fresh, fresh_wire = enrolled(server, link.port, "wang", 100 + run)
        take(fresh, fresh_wire, link, bare_link, pulled)
        families_held = sum(ref.startswith("case:") for ref in fresh.device.held)
        assert families_held >= PULLED, families_held
    return [
        *nothing.rows("no-change sync", 0.6, 1),
        *day.rows("push 20 records", 1.3, 1),
        *heap.rows("push 1,000 records", 34, 8, 1_500),
        *pulled.rows("new phone pulls 1,000 families", 15, 8),
    ]


def enrolled(server: live.LiveServer, port: int, login: str, seed: int) -> tuple[Phone, Wire]:
    """A new vault of this person, and the connection it speaks over."""
    wire_of = Wire(port, f"localhost:{server.port}")
    # The seed makes the vault's id: a second run on one database must be another phone.
    phone = Phone(wire_of, lambda: datetime.now(UTC), seed)
    code = stage.device_code(server, login)
    reply = phone.enrol(login, code[:12], demo.PASSWORD)
    assert reply.status_code == 200, reply.data
    return phone, wire_of


def hand_in(phone: Phone, families: list[tuple[str, str]], count: int, seed: int) -> None:
    """So many reports in the queue, sealed and signed, each about 2,000 B of JSON; before any clock runs."""
    chance = random.Random(seed)
    for number in range(count):
        case_id, visit_id = families[number % len(families)]
        body = {
            "answers": records.of_bytes(chance, RECORD_BYTES),
            "replies": [],
            "recorded": {"started": 1, "language": "zh"},
            "visitors": [],
        }
        about: dict[str, Any] = {
            "case_id": case_id,
            "visit_id": visit_id,
            "form": "F2",
            "form_version": factories.version_of("F2"),
            "intent": "submit",
        }
        phone.device.hand_in("revision", body, record_id=phone.new_id(), revision_id=phone.new_id(), **about)


def take(phone: Phone, wire_of: Wire, link: Relay, bare_link: Relay, cost: Cost) -> None:
    """Sync until nothing is left, then the same bytes bare; both are added to `cost`."""
    queued = {item.op for item in phone.device.queue}
    wire_of.connect()
    wire_of.sizes.clear()
    up, down, started = link.up.carried, link.down.carried, time.perf_counter()
    phone.sync(bytes_max=wire.FRAME_BYTES_MAX - 4_096)
    while phone.device.queue or phone.device.more:
        phone.sync(bytes_max=wire.FRAME_BYTES_MAX - 4_096)
    cost.seconds.append(time.perf_counter() - started)
    assert queued <= set(phone.device.received), "something was refused"
    cost.requests.append(len(wire_of.sizes))
    cost.up_kb.append((link.up.carried - up) / 1_000)
    cost.down_kb.append((link.down.carried - down) / 1_000)
    cost.floor.append(bare(bare_link.port, wire_of.sizes))


def clocked(link: Relay, cost: Cost, act: Callable[[], int], cut_after: float | None = None) -> None:
    """Do it, which gives the number of requests, and add what it cost."""
    if cut_after is not None:
        link.cut_after(cut_after)
    up, down, from_s = link.up.carried, link.down.carried, time.perf_counter()
    requests = act()
    cost.seconds.append(time.perf_counter() - from_s)
    cost.requests.append(requests)
    cost.up_kb.append((link.up.carried - up) / 1_000)
    cost.down_kb.append((link.down.carried - down) / 1_000)
    assert link.up.cut_at is None, "it was done before the link could break"


def bare(port: int, sizes: list[tuple[int, int]]) -> float:
    """Seconds for so many bytes up and down, request by request, through the relay to a `sink`."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    connection.connect()
    started = time.perf_counter()
    for up, down in sizes:
        connection.request("POST", f"/{down}", bytes(up))
        connection.getresponse().read()
    took = time.perf_counter() - started
    connection.close()
    return took


class _Sink(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Else the head of an answer waits for the acknowledgement of what went before it.
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        answer = bytes(int(self.path[1:]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: Any) -> None:
        """The floor says nothing."""


@contextmanager
def sink() -> Iterator[int]:
    """The port of a server that only reads, and answers as many bytes as it is asked for."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Sink)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
