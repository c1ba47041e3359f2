"""Our sync beside PouchDB 9 and Kinto, over the same thin link in the same run: 400 kbit/s up, 800 down, 400 ms.

Records are the same 2,000 B of Chinese JSON. Ours are sealed by sync/device.py with the real crypto and go to the real
command in its own processes, which writes to the disk; the peers hold plain text in memory (bench/sync_peers). The
floor is our own sealed bytes, in as many requests, to a server that only reads and answers. A new phone of ours pulls
the bundles of 1,000 families, which is what comes to a phone; those of the peers pull the records. First, because it
takes least, the same pushes from Chromium, by the phone's own modules (bench/exchange_page.py). Photos over a link that
breaks: bench/photos.py.
"""

import json
import random
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from bench import exchange, exchange_page, records, stage, sync_peers
from bench.exchange import LINK, Cost
from bench.relay import Relay, relay
from bench.report import Row
from tests.browser import live

RUNS = 3
JSON_FILE = Path(__file__).parents[1] / ".cache" / "bench-sync.json"


@dataclass(frozen=True)
class Sizes:
    """How much of everything; a smoke takes less."""

    heap: int = 1_000
    day: int = 20
    families: int = 1_000
    has_page: bool = True


@dataclass
class Case:
    """One thing to sync, by each of the clients."""

    what: str
    target: float | None = None  # of our time beside PouchDB's
    costs: dict[str, Cost] = field(default_factory=dict)

    def cost(self, who: str) -> Cost:
        return self.costs.setdefault(who, Cost())

    def rows(self) -> list[Row]:
        floor = tuple(self.costs["ours"].floor)
        made = []
        for who, cost in self.costs.items():
            name = f"{self.what}: {who}"
            made += [
                Row(name, "s", tuple(cost.seconds), floor=floor),
                Row(f"{name}, requests", "", tuple(cost.requests)),
                Row(f"{name}, up", "KB", tuple(cost.up_kb)),
                Row(f"{name}, down", "KB", tuple(cost.down_kb)),
            ]
        pairs = zip(self.costs["ours"].seconds, self.costs["PouchDB"].seconds, strict=True)
        return [*made, Row(f"{self.what}: ours / PouchDB", "", tuple(a / b for a, b in pairs), self.target)]


def measure(runs: int = RUNS, sizes: Sizes | None = None) -> list[Row]:
    sizes = sizes or Sizes()
    sync_peers.install()
    cases = {
        "none": Case("no change"),
        "day": Case(f"push {sizes.day} records"),
        "heap": Case(f"push {sizes.heap:,} records", 0.5),
        "pull": Case("pull on a new phone", 0.5),
    }
    from_page = exchange_page.measure(runs) if sizes.has_page else []
    with tempfile.TemporaryDirectory() as folder:
        _ours(Path(folder), cases, runs, sizes)
    _pouch(cases, runs, sizes)
    _kinto(cases, runs, sizes)
    rows = [row for case in cases.values() for row in case.rows()]
    rows += [replace(row, what=f"from Chromium: {row.what}", target=None) for row in from_page]
    JSON_FILE.parent.mkdir(exist_ok=True)
    JSON_FILE.write_text(json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=1), "utf-8")
    return rows


def _ours(folder: Path, cases: dict[str, Case], runs: int, sizes: Sizes) -> None:
    with ExitStack() as stack:
        server = stack.enter_context(live.live_server(folder / "server"))
        families = [(str(case), str(visit)) for case, visit in stage.open_families(server, "li", 200)]
        stage.open_families(server, "wang", sizes.families)
        link = stack.enter_context(relay(server.port, **LINK))
        bare_link = stack.enter_context(relay(stack.enter_context(exchange.sink()), **LINK))
        phone, wire_of = exchange.enrolled(server, link.port, "li", 1)
        phone.sync_all()
        for run in range(runs):
            exchange.take(phone, wire_of, link, bare_link, cases["none"].cost("ours"))
            exchange.hand_in(phone, families, sizes.day, seed=run)
            exchange.take(phone, wire_of, link, bare_link, cases["day"].cost("ours"))
            exchange.hand_in(phone, families, sizes.heap, seed=runs + run)
            exchange.take(phone, wire_of, link, bare_link, cases["heap"].cost("ours"))
            fresh, fresh_wire = exchange.enrolled(server, link.port, "wang", 100 + run)
            exchange.take(fresh, fresh_wire, link, bare_link, cases["pull"].cost("ours"))


def _pouch(cases: dict[str, Case], runs: int, sizes: Sizes) -> None:
    with ExitStack() as stack:
        link = stack.enter_context(relay(stack.enter_context(sync_peers.pouch_server()), **LINK))
        phone = stack.enter_context(sync_peers.PouchPhone(link.port))
        phone.act("sync")

        def clocked(name: str, act: str) -> None:
            exchange.clocked(link, cases[name].cost("PouchDB"), lambda: int(phone.act(act)["requests"]))

        for run in range(runs):
            phone.act("sync")
            clocked("none", "sync")
            phone.act("put", [{"_id": doc["_id"], **doc["body"]} for doc in _docs(sizes.day, run)])
            clocked("day", "push")
            phone.act("put", [{"_id": doc["_id"], **doc["body"]} for doc in _docs(sizes.heap, runs + run)])
            clocked("heap", "push")
    for run in range(runs):
        _pouch_pull(cases["pull"].cost("PouchDB"), run, sizes)


def _pouch_pull(cost: Cost, run: int, sizes: Sizes) -> None:
    """From a server that holds exactly so many records, whatever was pushed before."""
    with sync_peers.pouch_server() as port, relay(port, **LINK) as link:
        with sync_peers.PouchPhone(port) as near:
            near.act("put", [{"_id": doc["_id"], **doc["body"]} for doc in _docs(sizes.families, 50 + run)])
            near.act("push")
        with sync_peers.PouchPhone(link.port) as phone:
            exchange.clocked(link, cost, lambda: int(phone.act("pull")["requests"]))


def _kinto(cases: dict[str, Case], runs: int, sizes: Sizes) -> None:
    for run in range(runs):
        with sync_peers.kinto_server() as port, relay(port, **LINK) as link:
            sync_peers.KintoPhone(port).push(_docs(sizes.families, 50 + run))
            _kinto_run(link, cases, _docs(sizes.day, run), _docs(sizes.heap, runs + run))


def _kinto_run(link: Relay, cases: dict[str, Case], day: sync_peers.Docs, heap: sync_peers.Docs) -> None:
    phone = sync_peers.KintoPhone(link.port)

    def clocked(name: str, act: Callable[[], object]) -> None:
        def counted() -> int:
            phone.requests = 0
            act()
            return phone.requests

        exchange.clocked(link, cases[name].cost("Kinto"), counted)

    clocked("pull", phone.pull)
    clocked("none", phone.pull)
    clocked("day", lambda: phone.push(day))
    clocked("heap", lambda: phone.push(heap))


def _docs(count: int, seed: int) -> sync_peers.Docs:
    chance = random.Random(seed)
    return [
        {"_id": f"r{chance.randbytes(12).hex()}", "body": records.of_bytes(chance, exchange.RECORD_BYTES)}
        for _ in range(count)
    ]
