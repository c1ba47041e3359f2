"""A thin link on this machine: a TCP relay that hands bytes on at a given rate and after a given delay, as
tests/stack/rate.py counts them. The link of the tests (tests/stack/link.py) keeps what it carried, too; this one
carries as much as a measurement wants.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from tests.stack.rate import Rate

PIECE_BYTES = 2_048


@dataclass
class Relay:
    """`port` is where it listens; everything goes to `to_port` of this machine."""

    to_port: int
    up: Rate
    down: Rate
    port: int = 0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _ends: set[asyncio.StreamWriter] = field(default_factory=set)

    def cut_after(self, up_bytes: float) -> None:
        """Break every connection, once, when so many more bytes went up; a new one may be opened at once."""
        self.up.cut_after(up_bytes)

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
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, line: Rate, cut: Callable[[], None]
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
    made = Relay(to_port, Rate(up_kbit_s * 125, delay_s), Rate(down_kbit_s * 125, delay_s))
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
