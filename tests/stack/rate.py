"""How fast one direction of a link is, pure: who carries bytes says what time it is and waits as long as is said here.

All connections share the rate of a direction, as phones in one radio cell do. Opening a connection costs nothing, and
there is no loss and no slow start: the same link as a browser's own throttling, for every program. A real phone pays
one round trip more for a new connection, and another for TLS. (Of tests/stack/link.py and bench/relay.py.)
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

AHEAD_S = 0.25  # so much may wait on the link; the rest waits in the sender, as it does before a modem


@dataclass
class Rate:
    """Bytes per second, seconds of delay, and the bytes that went through.

    No byte arrives sooner than this; a busy machine makes it later. So a test may lean on what is at least so slow, and
    on nothing that has to be quick.
    """

    bytes_s: float
    delay_s: float
    carried: int = 0
    cut_at: int | None = None  # the link breaks once when so many bytes went through
    before_cut: Callable[[], object] = lambda: None  # nothing more arrives until this has come back
    _free_at: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def cut_after(self, count: float, before_cut: Callable[[], object] = lambda: None) -> None:
        """Break, once, when so many more bytes went through; a new connection may be opened at once. `before_cut`: what
        is still waited for when these have arrived, and nothing behind them."""
        self.cut_at, self.before_cut = self.carried + round(count), before_cut

    def is_cut_now(self) -> bool:
        """True once, where the link breaks."""
        with self._lock:
            is_now = self.cut_at is not None and self.carried >= self.cut_at
            self.cut_at = None if is_now else self.cut_at
            return is_now

    def arrival(self, now: float, size: int) -> float:
        """When a piece that is ready now will be at the other end."""
        with self._lock:
            self._free_at = max(now, self._free_at) + size / self.bytes_s
            self.carried += size
            return self._free_at + self.delay_s

    def is_ahead(self, now: float) -> float:
        """Seconds until it takes more."""
        return max(0.0, self._free_at - now - AHEAD_S)
