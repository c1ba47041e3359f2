"""How files of a phone go up, pure: static/js/more/sync-files.js line for line, for the simulated phones.

`step(state, event)` gives the next state and the effects to be run, in the names of the script. One file at a time, one
request at a time; how far a file is the server alone says. tests/vectors/files/traces.json holds both sides to it.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sync.device_core import POLL_MAX_S, RETRY_BASE_MS, RETRY_MAX_MS, STOPPED_RETRY_MS
from sync.uploads import FILE_BYTES_MAX, UPLOAD_CHUNK_BYTES_MAX, UPLOAD_CHUNK_BYTES_MIN

PIECE_BYTES_START = 65_536
# A piece is sized so that it takes about so long: a cut costs no more, and a request is worth its round trip.
PIECE_MS_MIN = 4_000
PIECE_MS_MAX = 8_000
FAULTS_MAX = 3
NO_ROOM_MS = POLL_MAX_S * 1_000  # what the server has no room for now is asked for again so much later
NO_ROOM = ("too_many_open", "too_much_unnamed", "too_much_today")
PASSED = (*NO_ROOM, "unknown_key", "server_full", "internal", "file_offset", "not_found")

State = Mapping[str, Any]
Event = Mapping[str, Any]
Effect = dict[str, Any]
Decided = tuple[State, list[Effect]]

_AT_REST = ("idle", "waiting", "stopped")


def meaning_of(last: str | None) -> str:
    """Where a file stands by the last word on it: waiting, received, or something for a person."""
    if last == "complete":
        return "received"
    return "waiting" if last is None or last in PASSED else "attention"


def initial() -> State:
    """The state of a phone that has just been started."""
    return {
        "phase": "idle",
        "ref": None,
        "bytes": 0,
        "offset": 0,
        "piece_bytes": PIECE_BYTES_START,
        "failures": 0,
        "faults": 0,
        "held": False,
        "again": False,
    }


def step(state: State, event: Event) -> Decided:
    """What becomes of the state, and what is to be done now."""
    match event["type"]:
        case "wake":
            return _woken(state, event["reason"])
        case "tick":
            return (state, []) if _is_busy(state) else _choose(state)
        case "chosen":
            return _begin(state, event["file"]) if state["phase"] == "choosing" else (state, [])
        case "yielded":
            return ({**state, "phase": "idle", "ref": None, "again": False}, []) if _is_busy(state) else (state, [])
        case "told":
            return _told(state, event)
        case "enveloped":
            if state["phase"] != "enveloping":
                return state, []
            return _announce(state) if event["made"] else _pass(state, "unknown_key", RETRY_MAX_MS)
        case "sent":
            return _sent(state, event)
        case "failed":
            return _failed(state, event)
    raise ValueError(f"no event: {event['type']}")


def _is_busy(state: State) -> bool:
    return state["phase"] not in _AT_REST


def _woken(state: State, reason: str) -> Decided:
    if _is_busy(state):
        return {**state, "again": True}, []
    by_hand = reason == "user"
    if state["phase"] == "stopped" and not by_hand:
        return state, []
    if state["phase"] == "waiting" and not by_hand and (state["held"] or reason in ("saved", "timer")):
        return state, []
    return _choose(state)


def _choose(state: State) -> Decided:
    fresh = {"phase": "choosing", "ref": None, "faults": 0, "held": False, "again": False}
    return {**state, **fresh}, [{"do": "choose"}]


def _begin(state: State, file: Mapping[str, Any] | None) -> Decided:
    if file is None:
        return _choose(state) if state["again"] else ({**state, "phase": "idle"}, [])
    following = {**state, "ref": file["ref"], "bytes": file["bytes"], "offset": 0}
    if file["check"]:
        return {**following, "phase": "asking"}, [{"do": "ask", "ref": file["ref"]}]
    return _announce(following)


def _announce(state: State) -> Decided:
    return {**state, "phase": "announcing"}, [{"do": "announce", "ref": state["ref"]}]


def _told(state: State, event: Event) -> Decided:
    if state["phase"] not in ("announcing", "asking"):
        return state, []
    heard = {**state, "failures": 0}
    if event["state"] == "complete":
        return _whole(heard, event["seq"])
    if event["state"] == "refused":
        return _refused(heard, event["reason"] or "damaged")
    # It was whole, and was lost before it was safe: the server needs its envelope again.
    if state["phase"] == "asking":
        return _announce(heard)
    return _send(heard, event["offset"])


def _send(state: State, offset: int) -> Decided:
    if offset >= state["bytes"]:
        return _pass(state, "file_offset", NO_ROOM_MS)  # all of it, and yet not whole: theirs to mend
    length = min(state["piece_bytes"], state["bytes"] - offset)
    ref = state["ref"]
    progress: Effect = {"do": "progress", "ref": ref, "offset": offset}
    sending: Effect = {"do": "send", "ref": ref, "offset": offset, "length": length}
    return {**state, "phase": "sending", "offset": offset}, [progress, sending]


def _sent(state: State, event: Event) -> Decided:
    if state["phase"] != "sending":
        return state, []
    piece_bytes, took_ms = state["piece_bytes"], event["ms"]
    if took_ms > PIECE_MS_MAX:
        piece_bytes = max(UPLOAD_CHUNK_BYTES_MIN, piece_bytes // 2)
    elif took_ms < PIECE_MS_MIN and event["length"] == piece_bytes:
        piece_bytes = min(UPLOAD_CHUNK_BYTES_MAX, piece_bytes * 2)
    following = {**state, "failures": 0, "piece_bytes": piece_bytes}
    is_whole = event["seq"] is not None or event["offset"] >= state["bytes"]
    return _whole(following, event["seq"]) if is_whole else _send(following, event["offset"])


def _whole(state: State, seq: int | None) -> Decided:
    return _onwards(state, {"do": "whole", "ref": state["ref"], "seq": seq})


def _pass(state: State, reason: str, ms: int) -> Decided:
    return _onwards(state, {"do": "pass", "ref": state["ref"], "reason": reason, "ms": ms})


def _onwards(state: State, effect: Effect) -> Decided:
    following, effects = _choose(state)
    return following, [effect, {"do": "announce_error", "error": None}, *effects]


def _refused(state: State, reason: str) -> Decided:
    if reason == "unknown_key":
        return _again(state, reason, _envelope)
    if reason in NO_ROOM:
        return _pass(state, reason, NO_ROOM_MS)
    return _onwards(state, {"do": "refuse", "ref": state["ref"], "reason": reason})


def _envelope(state: State) -> Decided:
    return {**state, "phase": "enveloping"}, [{"do": "envelope", "ref": state["ref"]}]


def _again(state: State, reason: str, act: Callable[[State], Decided]) -> Decided:
    if state["faults"] >= FAULTS_MAX:
        return _pass(state, reason, NO_ROOM_MS)
    return act({**state, "faults": state["faults"] + 1})


def _failed(state: State, event: Event) -> Decided:
    if not _is_busy(state):
        return state, []
    decided = None if state["ref"] is None else _refusal(state, event)
    if decided is not None:
        return decided
    # Locked in the middle: no fault of the link. Whatever goes locked goes with the next round.
    if event["code"] == "vault_locked":
        return _rest(state, "idle"), [{"do": "wait", "ms": RETRY_BASE_MS}]
    return _later(state, event)


def _refusal(state: State, event: Event) -> Decided | None:
    """What the server says of this one file; None where it says nothing of it."""
    code = event["code"]
    refuse: Effect = {"do": "refuse", "ref": state["ref"], "reason": code}
    match code:
        case "file_offset" if event.get("state") == "complete":
            return _whole(state, event.get("seq"))
        case "file_offset":
            return _again(state, code, lambda following: _send(following, event.get("offset") or 0))
        case "file_refused":
            return _refused(state, event.get("reason") or "damaged")
        case "not_found":
            return _again(state, code, _announce)
        case "file_changed" | "value_damaged":
            return _onwards(state, refuse)
        case "digest_wrong":
            # Once the link may have done it; what comes out wrong again and again lies wrong on the phone.
            if state["faults"] >= FAULTS_MAX:
                return _onwards(state, refuse)
            return _send({**state, "faults": state["faults"] + 1}, 0)
        case "request_malformed" | "frame_too_large":
            if state["phase"] == "sending" and state["piece_bytes"] > UPLOAD_CHUNK_BYTES_MIN:
                return _send({**state, "piece_bytes": UPLOAD_CHUNK_BYTES_MIN}, state["offset"])
            return _onwards(state, refuse)
    return None


def _rest(state: State, phase: str) -> dict[str, Any]:
    return {**state, "phase": phase, "ref": None, "again": False}


def _later(state: State, event: Event) -> Decided:
    code, chance = event["code"], event["random"]
    effects: list[Effect] = [{"do": "announce_error", "error": code}]
    failures = state["failures"] + 1
    if code == "unknown_vault":
        stopped = {**_rest(state, "stopped"), "failures": failures}
        return stopped, [*effects, {"do": "wait", "ms": STOPPED_RETRY_MS}]
    # The server's own fault may lie in this one file: the others go first.
    if code in ("internal", "server_full") and state["ref"] is not None:
        effects.append({"do": "pass", "ref": state["ref"], "reason": code, "ms": RETRY_MAX_MS})
    backoff_ms = min(RETRY_MAX_MS, RETRY_BASE_MS * 2 ** min(failures - 1, 16)) * (0.5 + chance / 2)
    retry_after_s = event.get("retry_after_s")
    asked_ms = min(retry_after_s or 0, POLL_MAX_S) * 1_000 * (1 + chance / 4)
    following = {
        **_rest(state, "waiting"),
        "failures": failures,
        "piece_bytes": max(UPLOAD_CHUNK_BYTES_MIN, state["piece_bytes"] // 2),
        "held": retry_after_s is not None,
    }
    return following, [*effects, {"do": "wait", "ms": math.floor(max(backoff_ms, asked_ms) + 0.5)}]


def next_file(files: Sequence[Mapping[str, Any]], passed: set[str]) -> Mapping[str, Any] | None:
    """Which file goes next: thumbnails before the rest, of the newest report first, drafts last; a look at what is
    whole there after all that. `rank`: the turn of the newest package of its record, 0 where there is none.
    """
    ready = [file for file in files if file["ref"] not in passed]
    ready.sort(
        key=lambda file: (file["check"], file["bytes"] > FILE_BYTES_MAX["thumb"], -file["rank"], -file["turn"]),
    )
    return ready[0] if ready else None
