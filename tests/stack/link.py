"""A link on this machine that does to a connection what a test says: cuts it after so many bytes, keeps the reply, goes
dark, answers by itself as a captive portal does. What happens, happens at a byte. Only where it is thin (rate.py) does
it wait, and then it is told how fast it is, never asked how long something took: what a phone makes of a slow link
shows in the requests that it sends.

    with Link(port) as link:
        link.next(Fate(up_bytes=4_000), Fate(keeps_reply=True))    of the next two connections; then all pass
        link.wait_for(lambda seen: len(seen.up) > 100)             until a connection has carried that
        up, down = Rate(3_200, 0.3), Rate(6_400, 0.3)
        with link.thin(up, down) as asked:                         all that connects meanwhile
            up.cut_after(4_000)                                    all of it breaks when so much more went up
        [one.length for one in asked("PATCH")]
"""

import queue
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import NamedTuple, Self

from tests.stack.lines import PATIENCE_S
from tests.stack.rate import Rate

PIECE_BYTES = 1_024


@dataclass(frozen=True)
class Fate:
    """What becomes of one connection. `up_bytes` and `down_bytes`: how much passes before it is cut, in the middle of a
    piece too. `keeps_reply`: the server hears all and answers, and then the line is cut before a byte of that passes.
    `is_dark`: nothing passes and nothing is said. `says`: these bytes are the answer, and the server hears nothing.
    """

    up_bytes: int | None = None
    down_bytes: int | None = None
    keeps_reply: bool = False
    is_dark: bool = False
    says: bytes | None = None


@dataclass
class Seen:
    """What a connection has carried."""

    fate: Fate
    up: bytearray = field(default_factory=bytearray)
    down: bytearray = field(default_factory=bytearray)

    def asked(self) -> Iterator["Asked"]:
        """The requests that went up, in their order; the last one as far as it came."""
        rest = bytes(self.up)
        while b"\r\n\r\n" in rest:
            head, _, rest = rest.partition(b"\r\n\r\n")
            first, *lines = head.decode("latin-1").split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            length = int(headers.get("content-length", 0))
            yield Asked(*first.split(" ")[:2], headers, length, rest[:length])
            rest = rest[length:]


class Asked(NamedTuple):
    """A request as the link saw it. A `body` shorter than `length` was cut."""

    method: str
    path: str
    headers: dict[str, str]
    length: int
    body: bytes

    @property
    def is_whole(self) -> bool:
        return len(self.body) == self.length


class Link:
    """Listens on `port`; what passes goes to `to_port` of this machine."""

    def __init__(self, to_port: int) -> None:
        self.to_port, self.port = to_port, 0
        self.seen: list[Seen] = []
        self._rates: tuple[Rate, Rate] | None = None  # up and down, of the connections that are opened now
        self._ended = threading.Event()
        self._fates: deque[Fate] = deque()
        self._changed = threading.Condition()
        self._open: set[socket.socket] = set()
        self._swallows = b""

    def __enter__(self) -> Self:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.cut()

    def next(self, *fates: Fate) -> None:
        """Of the next connections, in this order."""
        with self._changed:
            self._fates.extend(fates)

    def cut(self) -> None:
        """Cut every connection that stands."""
        with self._changed:
            left, self._open = list(self._open), set()
        _close(*left)

    @contextmanager
    def thin(self, up: Rate, down: Rate) -> Iterator[Callable[[str], list[Asked]]]:
        """Meanwhile all connections are as slow as this, together; those that stand are cut, before and after. What is
        given tells the requests of a method that went up meanwhile."""
        self.cut()
        self._rates, before = (up, down), len(self.seen)
        try:
            yield lambda method: [one for seen in self.seen[before:] for one in seen.asked() if one.method == method]
        finally:
            self._rates = None
            self.cut()

    def swallow(self, path: str) -> None:
        """Of the next reply to this path that comes over a connection which has carried one before, nothing passes;
        that connection is cut. A browser then sends its request again, by itself."""
        self._swallows = path.encode()

    def wait_for(self, reached: Callable[[Seen], bool]) -> Seen:
        """The first connection of which this holds, now or later. Raises AssertionError when it never does."""
        with self._changed:
            held = self._changed.wait_for(lambda: any(map(reached, self.seen)), PATIENCE_S)
            assert held, f"no connection came to that: {[(len(one.up), len(one.down)) for one in self.seen]}"
            return next(filter(reached, self.seen))

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                phone, _ = self._listening.accept()
                with self._changed:
                    seen = Seen(self._fates.popleft() if self._fates else Fate())
                    self.seen.append(seen)
                    self._open.add(phone)
                threading.Thread(target=self._connected, args=(phone, seen), daemon=True).start()

    def _connected(self, phone: socket.socket, seen: Seen) -> None:
        fate, rates = seen.fate, self._rates or (None, None)
        if fate.is_dark or fate.says is not None:
            self._answer_alone(phone, seen)
            return
        try:
            server = socket.create_connection(("127.0.0.1", self.to_port))
        except OSError:
            _close(phone)
            return
        with self._changed:
            self._open.add(server)
        down = threading.Thread(target=self._carry_down, args=(server, phone, seen, rates[1]), daemon=True)
        down.start()
        self._carry(phone, server, seen.up, fate.up_bytes, rates[0])
        if fate.up_bytes is not None and len(seen.up) >= fate.up_bytes:
            _close(server, phone)
        down.join()
        _close(server, phone)

    def _answer_alone(self, phone: socket.socket, seen: Seen) -> None:
        with suppress(OSError):
            while piece := phone.recv(PIECE_BYTES):
                self._note(seen.up, piece)
                if seen.fate.says is not None and b"\r\n\r\n" in seen.up:
                    phone.sendall(seen.fate.says)
                    phone.shutdown(socket.SHUT_WR)  # and read on, or what still comes would reset what was said
        _close(phone)

    def _carry_down(self, server: socket.socket, phone: socket.socket, seen: Seen, rate: Rate | None) -> None:
        if not seen.fate.keeps_reply:
            self._carry(server, phone, seen.down, seen.fate.down_bytes, rate)
        else:
            with suppress(OSError):
                self._note(seen.down, server.recv(PIECE_BYTES))
        _close(phone, server)

    def _carry(
        self, source: socket.socket, target: socket.socket, note: bytearray, bytes_max: int | None, rate: Rate | None
    ) -> None:
        passed = 0
        with suppress(OSError), self._road(target, note, rate) as hand_on:
            while bytes_max is None or passed < bytes_max:
                left = PIECE_BYTES if bytes_max is None else min(PIECE_BYTES, bytes_max - passed)
                piece = source.recv(left)
                if not piece or self._is_swallowed(note):
                    break
                hand_on(piece)
                passed += len(piece)

    @contextmanager
    def _road(self, target: socket.socket, note: bytearray, rate: Rate | None) -> Iterator[Callable[[bytes], None]]:
        """What a piece is given to. When it ends, all that was given has arrived, or the target was cut."""

        def arrive(piece: bytes) -> None:
            target.sendall(piece)
            self._note(note, piece)

        if rate is None:
            yield arrive
            return
        on_its_way: queue.SimpleQueue[tuple[float, bytes, bool]] = queue.SimpleQueue()

        def leave(piece: bytes) -> None:
            on_its_way.put((rate.arrival(time.monotonic(), len(piece)), piece, rate.is_cut_now()))
            self._ended.wait(rate.is_ahead(time.monotonic()))

        arriving = threading.Thread(target=self._arrive, args=(on_its_way, arrive, rate), daemon=True)
        arriving.start()
        try:
            yield leave
        finally:
            on_its_way.put((0.0, b"", False))
            arriving.join()

    def _arrive(
        self, on_its_way: "queue.SimpleQueue[tuple[float, bytes, bool]]", arrive: Callable[[bytes], None], rate: Rate
    ) -> None:
        with suppress(OSError):
            while True:
                at, piece, is_last = on_its_way.get()
                if not piece:
                    break
                self._ended.wait(max(0.0, at - time.monotonic()))
                arrive(piece)
                if is_last:
                    try:
                        rate.before_cut()
                    finally:
                        self.cut()

    def _is_swallowed(self, note: bytearray) -> bool:
        with self._changed:
            seen = next((one for one in self.seen if one.down is note), None)  # none: it goes up
            if not self._swallows or seen is None or not seen.down:
                return False
            asked = seen.up.rpartition(b" HTTP/1.1\r\n")[0]
            if not asked.endswith(self._swallows):
                return False
            self._swallows = b""
            return True

    def _note(self, note: bytearray, piece: bytes) -> None:
        with self._changed:
            note.extend(piece)
            self._changed.notify_all()


def _close(*sockets: socket.socket) -> None:
    for one in sockets:
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()
