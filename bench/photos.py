"""Five photos of 300 KB over the thin link, once while it holds and once with a cut, beside PouchDB 9 in the same run.

Ours are sealed and go to the real command in its own processes, which writes to the disk, by the rule of
docs/protocol.md section 9. PouchDB's are attachments, plain, in memory on both sides (bench/sync_peers); its phone is
told to go on by itself (`live` and `retry`), as an app over such a link would. The link breaks once, after 60 % of what
the same client has just sent up without a cut; what it sends up beyond that is what it sent twice. That is near the
beginning of our fourth photo, by luck of the sizes: so ours also with a cut at 70 %, in the middle of a large piece.
The floor is our sealed bytes, one request a photo, to a server that only reads and answers. Kinto's own server has no
files.
"""

import http.client
import random
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from bench import exchange, stage, sync_peers
from bench.exchange import LINK, Cost
from bench.relay import Relay, relay
from bench.report import Row
from tests.browser import live
from tests.uploading import Photo

RUNS = 3
COUNT, BYTES = 5, 300_000
CUTS = (0.6, 0.7)  # the first for both
TARGET_S = 42
PIECE_FIRST, PIECE_LEAST, PIECE_MOST = 65_536, 32_768, 262_144
SLOW_S, QUICK_S = 8, 4

Send = Callable[[], int]  # all photos; gives the number of requests


@dataclass
class Client:
    """One of the two: `prepare` puts photos on the phone, outside of the clock, and gives what sends them."""

    link: Relay
    prepare: Callable[[], Send]
    whole: Cost = field(default_factory=Cost)
    cut: dict[float, Cost] = field(default_factory=dict)

    def run(self, cuts: tuple[float, ...]) -> None:
        exchange.clocked(self.link, self.whole, self.prepare())
        for share in cuts:
            cost = self.cut.setdefault(share, Cost())
            exchange.clocked(self.link, cost, self.prepare(), cut_after=share * self.whole.up_kb[-1] * 1_000)

    def twice_kb(self, share: float) -> tuple[float, ...]:
        """What a cut there made it send up once more, run by run."""
        return tuple(cut - whole for cut, whole in zip(self.cut[share].up_kb, self.whole.up_kb, strict=True))


def measure(runs: int = RUNS, count: int = COUNT, size: int = BYTES) -> list[Row]:
    """`count` and `size`: of the photos; a smoke takes less."""
    sync_peers.install()
    with ExitStack() as stack:
        server = stack.enter_context(
            live.live_server(Path(stack.enter_context(tempfile.TemporaryDirectory())) / "server")
        )
        bare_link = stack.enter_context(relay(stack.enter_context(exchange.sink()), **LINK))
        ours, floor = _ours(stack, server, bare_link, count, size), []
        pouch = _pouch(stack, count, size)
        for _ in range(runs):
            ours.run(CUTS)
            pouch.run(CUTS[:1])
            floor.append(exchange.bare(bare_link.port, [(size, 0)] * count))
    return _rows(ours, pouch, tuple(floor), f"{count} photos")


def _ours(stack: ExitStack, server: live.LiveServer, bare_link: Relay, count: int, size: int) -> Client:
    stage.open_families(server, "li", 1)
    link = stack.enter_context(relay(server.port, **LINK))
    phone, wire_of = exchange.enrolled(server, link.port, "li", 1)
    phone.sync_all()

    def prepare() -> Send:
        photos = [Photo(phone, size) for _ in range(count)]
        wire_of.connect()
        wire_of.sizes.clear()
        return lambda: _send(photos, wire_of)

    return Client(link, prepare)


def _send(photos: list[Photo], wire_of: exchange.Wire) -> int:
    piece = PIECE_FIRST
    for photo in photos:
        piece = _send_photo(photo, wire_of, piece)
    return len(wire_of.sizes)


def _send_photo(photo: Photo, wire_of: exchange.Wire, piece: int) -> int:
    """By the rule of docs/protocol.md section 9: pieces by the time they take, on from where the server is. Gives the
    size of the next one: a phone keeps it from photo to photo."""
    offset, seq = photo.announce().json["offset"], ""
    while offset < len(photo.sealed):
        from_s = time.perf_counter()
        try:
            said = photo.patch(offset, piece).headers
            offset, seq = int(said["Upload-Offset"]), said.get("FieldApp-Seq", "")
        except (OSError, http.client.HTTPException):
            wire_of.connect()
            offset, piece = int(photo.head().headers["Upload-Offset"]), max(PIECE_LEAST, piece // 2)
            continue
        took_s = time.perf_counter() - from_s
        if took_s < QUICK_S:
            piece = min(PIECE_MOST, piece * 2)
        elif took_s > SLOW_S:
            piece = max(PIECE_LEAST, piece // 2)
    assert int(seq) > 0  # it is whole, and she was told
    return piece


def _pouch(stack: ExitStack, count: int, size: int) -> Client:
    link = stack.enter_context(relay(stack.enter_context(sync_peers.pouch_server()), **LINK))
    phone, chance = stack.enter_context(sync_peers.PouchPhone(link.port)), random.Random(1)

    def prepare() -> Send:
        phone.put_photos(chance, count, size)
        return lambda: int(phone.act("send")["requests"])

    return Client(link, prepare)


def _rows(ours: Client, pouch: Client, floor: tuple[float, ...], photos: str) -> list[Row]:
    usual, later = CUTS
    rows = [*_of(f"{photos}, no cut: ours", ours.whole, floor), *_of(f"{photos}, no cut: PouchDB", pouch.whole, floor)]
    for who, client, share in (("ours", ours, usual), ("PouchDB", pouch, usual), ("ours", ours, later)):
        name = f"{photos}, cut at {share:.0%}: {who}"
        is_ours = client is ours
        rows += _of(name, client.cut[share], floor, TARGET_S if is_ours else None)
        most_kb = PIECE_MOST / 1_000 if is_ours else None
        rows.append(Row(f"{name}, sent twice", "KB", client.twice_kb(share), most_kb))
    pairs = zip(ours.cut[usual].seconds, pouch.cut[usual].seconds, strict=True)
    return [*rows, Row(f"{photos}, cut at {usual:.0%}: ours / PouchDB", "", tuple(a / b for a, b in pairs))]


def _of(name: str, cost: Cost, floor: tuple[float, ...], target: float | None = None) -> list[Row]:
    return [
        Row(name, "s", tuple(cost.seconds), target, floor),
        Row(f"{name}, requests", "", tuple(cost.requests)),
        Row(f"{name}, up", "KB", tuple(cost.up_kb)),
    ]
