"""The decisions of a phone's sync, pure: static/js/sync.js line for line, for the simulated phones.

`step(state, event)` gives the next state and the effects to be run. States, events and effects are plain JSON with the
names of the script, so that what was decided here can be asked of the script again, and has to be the same
(tests/js/core/test_traces.py). No clock, no chance, no network, no disk.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar

from sync import wire

# static/js/limits.js, in its order
BATCH_BYTES_START = 49_152
BATCH_BYTES_MIN = 8_192
BATCH_AIM_MS = 5_000
NO_LINK_MS = 1_000  # what fails sooner was never on its way: its size is no cause
QUICK_FAILURES_MAX = 3  # or something on the way cuts what is large at once
RETRY_BASE_MS = 2_000
RETRY_MAX_MS = 300_000
POLL_DEFAULT_S = 300
POLL_MAX_S = 3_600
STOPPED_RETRY_MS = 3_600_000

State = Mapping[str, Any]
Event = Mapping[str, Any]
Effect = dict[str, Any]
Decided = tuple[State, list[Effect]]

_ON_ITS_WAY = ("sending", "applying")


def initial() -> State:
    """The state of a phone that has just been started."""
    return {
        "phase": "idle",
        "batch_bytes": BATCH_BYTES_START,
        "items_max": wire.FRAME_PACKAGES_MAX,
        "failures": 0,
        "held": False,
        "again": False,
        "clock_offset": 0,
        "clock_asked": False,
    }


def step(state: State, event: Event) -> Decided:
    """What becomes of the state, and what is to be done now."""
    match event["type"]:
        case "wake":
            return _woken(state, event["reason"])
        case "tick":
            return (state, []) if state["phase"] in _ON_ITS_WAY else _send(state, new_round=True)
        case "replied":
            return _replied(state, event)
        case "applied":
            return _applied(state, event)
        case "failed":
            return _failed(state, event)
    raise ValueError(f"no event: {event['type']}")


def _woken(state: State, reason: str) -> Decided:
    if state["phase"] in _ON_ITS_WAY:
        return {**state, "again": True}, []
    by_hand = reason == "user"
    if state["phase"] == "stopped" and not by_hand:
        return state, []
    # A save does not hurry a link that just failed; a new link does, but never past what the server asked for.
    if state["phase"] == "waiting" and not by_hand and (state["held"] or reason in ("saved", "timer")):
        return state, []
    return _send(state, new_round=True)


def _send(state: State, *, new_round: bool) -> Decided:
    following = {**state, "phase": "sending", "again": False, "held": False}
    asked = {"bytes_max": state["batch_bytes"], "items_max": state["items_max"], "clock_offset": state["clock_offset"]}
    return following, [{"do": "send", **asked, "new_round": new_round}]


def _replied(state: State, event: Event) -> Decided:
    if state["phase"] != "sending":
        return state, []  # a late answer to something given up
    following = {**state, "phase": "applying"}
    if event["pull_refused"] != "clock":
        return {**following, "clock_asked": False}, [{"do": "apply"}]
    # Kept beside our clock, never set as truth; asked once more with it, then not again until a reply is content.
    again = state["again"] or not state["clock_asked"]
    return {**following, "clock_offset": event["offset"], "clock_asked": True, "again": again}, [{"do": "apply"}]


def _applied(state: State, event: Event) -> Decided:
    if state["phase"] != "applying":
        return state, []
    batch_bytes = _sized(state["batch_bytes"], event.get("ms", 0)) if event["sent"] > 0 else state["batch_bytes"]
    items_max = min(state["items_max"] * 2, wire.FRAME_PACKAGES_MAX)
    following = {**state, "failures": 0, "batch_bytes": batch_bytes, "items_max": items_max}
    contact: Effect = {"do": "announce", "error": None, "contact": True}
    if event["left"] > 0 or event["more"] or state["again"]:
        sending, effects = _send(following, new_round=state["again"])
        return sending, [contact, *effects]
    seconds = min(max(event["after_s"] or POLL_DEFAULT_S, 1), POLL_MAX_S)
    wait = {"do": "wait", "ms": _rounded(seconds * 1_000 * (1 + event["random"] / 4))}
    return {**following, "phase": "idle"}, [contact, wait]


def _sized(size: int, ms: int) -> int:
    """As much as the link carries in about five seconds: a cut then costs no more."""
    if ms > 2 * BATCH_AIM_MS:
        return max(BATCH_BYTES_MIN, size // 2)
    return size if ms > BATCH_AIM_MS else min(size * 2, wire.FRAME_BYTES_MAX)


def _failed(state: State, event: Event) -> Decided:
    if state["phase"] not in _ON_ITS_WAY:
        return state, []
    code, sent, chance = event["code"], event["sent"], event["random"]
    # Locked in the middle: no fault of the link. What can go locked goes at once, the rest after the unlock.
    if code == "vault_locked":
        return {**state, "phase": "idle", "again": False}, [{"do": "wait", "ms": RETRY_BASE_MS}]
    effects: list[Effect] = [{"do": "announce", "error": code, "contact": False}]
    failures = state["failures"] + 1
    if code == "unknown_vault":
        stopped = {**state, "phase": "stopped", "failures": failures, "again": False}
        return stopped, [*effects, {"do": "wait", "ms": STOPPED_RETRY_MS}]
    batch_bytes, items_max = state["batch_bytes"], state["items_max"]
    if code in ("frame_malformed", "frame_too_large", "internal"):
        # Which one of them is bad shows when it goes alone. Then that one is set aside; it must not block the next. The
        # server's own fault may be over soon, for this one or for all: it only lets the others go first, no sooner than
        # any failure would.
        if sent == 1 and code == "internal":
            effects.append({"do": "pass_over"})
        elif sent == 1:
            return _set_aside({**state, "failures": 0}, code, effects)
        if sent > 1:
            batch_bytes, items_max = BATCH_BYTES_MIN, 1
    elif event.get("ms", NO_LINK_MS) >= NO_LINK_MS or failures > QUICK_FAILURES_MAX:
        batch_bytes = max(BATCH_BYTES_MIN, batch_bytes // 2)
    backoff_ms = min(RETRY_MAX_MS, RETRY_BASE_MS * 2 ** min(failures - 1, 16)) * (0.5 + chance / 2)
    retry_after_s = event.get("retry_after_s")
    # Spread, or two hundred phones come back at once. Bounded, for whoever stands in between may say it too, and holds
    # up a new link by it.
    asked_ms = min(retry_after_s or 0, POLL_MAX_S) * 1_000 * (1 + chance / 4)
    following = {
        **state,
        "phase": "waiting",
        "failures": failures,
        "batch_bytes": batch_bytes,
        "items_max": items_max,
        "held": retry_after_s is not None,
        "again": False,
    }
    return following, [*effects, {"do": "wait", "ms": _rounded(max(backoff_ms, asked_ms))}]


def _set_aside(state: State, code: str, effects: list[Effect]) -> Decided:
    following, sending = _send(state, new_round=False)
    return following, [*effects, {"do": "refuse_one", "code": code}, *sending]


def _rounded(ms: float) -> int:
    # As the script rounds: half up, not half to even.
    return math.floor(ms + 0.5)


# --- what a reply means for the queue ---------------------------------------------------------------------------------

_MEANING = {
    "ok": "received",
    "dup": "received",
    "conflict": "attention",
    "locked": "attention",
    "quarantined": "attention",
    "wait": "waiting",
    "reseal": "reseal",
}


def meaning_of(status: str | None) -> str:
    """Where an item stands by the server's last word. A word of a newer server keeps it in the queue."""
    if status in ("frame_malformed", "frame_too_large"):
        return "attention"
    return _MEANING.get("wait" if status is None else status, "waiting")


HEAD_BYTES = 1_024  # the frame's own head with a cursor in it
HEAD_BYTES_EACH = 20  # `{"len":262144},`; an envelope's line is longer, but there are few


class Waiting(Protocol):
    """An item of the queue, as far as picking it goes."""

    @property
    def op(self) -> object: ...

    @property
    def length(self) -> int: ...

    @property
    def envelope_id(self) -> object: ...


W = TypeVar("W", bound=Waiting)


class Picked(NamedTuple):
    """What goes now, by its place in the queue, and how much could go at once after it."""

    batch: list[int]
    left: int


def pick(
    queue: Sequence[W],
    *,
    bytes_max: int,
    items_max: int,
    tried: Iterable[object],
    envelope_bytes: Callable[[Any], int],
) -> Picked:
    """The next batch, oldest first: packages and the envelopes they need, by bytes and count; one alone may be larger.

    `tried`: already answered `wait` or `reseal` in this round.
    """
    tried = set(tried)
    ready = [at for at, item in enumerate(queue) if item.op not in tried]
    batch: list[int] = []
    envelopes: set[object] = set()
    size = HEAD_BYTES
    for at in ready:
        item = queue[at]
        enveloped = 0 if item.envelope_id in envelopes else HEAD_BYTES_EACH + envelope_bytes(item.envelope_id)
        more = HEAD_BYTES_EACH + item.length + enveloped
        if batch and (size + more > bytes_max or len(batch) >= items_max):
            break
        size += more
        envelopes.add(item.envelope_id)
        batch.append(at)
    return Picked(batch, len(ready) - len(batch))
