"""A thin link on this machine: a TCP relay that hands bytes on at a given rate and after a given delay.

All connections share the rate of a direction, as phones in one radio cell do. Opening a connection costs nothing
here, and there is no loss and no slow start: the same link as a browser's own throttling, for every program. A real
phone pays one round trip more for a new connection, and another for TLS.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

PIECE_BYTES = 2_048
AHEAD_S = 0.25  # so much may wait in the relay; the rest waits in the sender, as it does before a modem


@dataclass
class Line:
    """One direction: bits per second, seconds of delay, and the bytes that went through."""

    bits_s: float
    delay_s: float
    carried: int = 0
    cut_at: int | None = None  # the link breaks once when so many bytes went through
    _free_at: float = 0.0

    def is_cut_now(self) -> bool:
        """True once, where the link breaks."""
        is_now = self.cut_at is not None and self.carried >= self.cut_at
        self.cut_at = None if is_now else self.cut_at
        return is_now

    def arrival(self, now: float, size: int) -> float:
        """When a piece that is ready now will be at the other end."""
        self._free_at = max(now, self._free_at) + size * 8 / self.bits_s
        self.carried += size
        return self._free_at + self.delay_s

    def is_ahead(self, now: float) -> float:
        """Seconds until the line takes more."""
        return max(0.0, self._free_at - now - AHEAD_S)


@dataclass
class Relay:
    """`port` is where it listens; everything goes to `to_port` of this machine."""

    to_port: int
    up: Line
    down: Line
    port: int = 0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _ends: set[asyncio.StreamWriter] = field(default_factory=set)

    def cut_after(self, up_bytes: float) -> None:
        """Break every connection, once, when so many more bytes went up; a new one may be opened at once."""
        self.up.cut_at = self.up.carried + round(up_bytes)

    def _cut(self) -> None:
        for end in self._ends:
            end.transport.abort()
        self._ends.clear()

    async def serve(self, started: threading.Event, stop: asyncio.Event) -> None:
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        await stop.wait()
        server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self.to_port)
        except OSError:
            writer.close()
            return
        self._ends |= {writer, server_writer}
        for task in (
            asyncio.create_task(_carry(reader, server_writer, self.up, self._cut)),
            asyncio.create_task(_carry(server_reader, writer, self.down, self._cut)),
        ):
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)


async def _carry(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, line: Line, cut: Callable[[], None]
) -> None:
    loop = asyncio.get_running_loop()
    on_its_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
    arriving = asyncio.create_task(_arrive(on_its_way, writer))
    try:
        with suppress(ConnectionError):
            while piece := await reader.read(PIECE_BYTES):
                on_its_way.put_nowait((line.arrival(loop.time(), len(piece)), piece))
                if line.is_cut_now():
                    cut()
                    return
                await asyncio.sleep(line.is_ahead(loop.time()))
        on_its_way.put_nowait((loop.time() + line.delay_s, b""))
        await arriving
    finally:
        arriving.cancel()


async def _arrive(on_its_way: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter) -> None:
    loop = asyncio.get_running_loop()
    with suppress(ConnectionError):
        while True:
            at, piece = await on_its_way.get()
            await asyncio.sleep(at - loop.time())
            if not piece:
                break
            writer.write(piece)
            await writer.drain()
    writer.close()


@contextmanager
def relay(to_port: int, *, up_kbit_s: float, down_kbit_s: float, round_trip_ms: float) -> Iterator[Relay]:
    """A relay that runs beside the caller, in a thread of its own."""
    delay_s = round_trip_ms / 2_000
    made = Relay(to_port, Line(up_kbit_s * 1_000, delay_s), Line(down_kbit_s * 1_000, delay_s))
    started, loop = threading.Event(), asyncio.new_event_loop()
    stop = asyncio.Event()
    thread = threading.Thread(target=lambda: loop.run_until_complete(made.serve(started, stop)), daemon=True)
    thread.start()
    started.wait()
    try:
        yield made
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
