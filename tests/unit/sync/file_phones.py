"""A phone that sends files, and the server they go to, in memory: sync/device_files.py decides for the one,
sync/uploads.py for the other, and what lies between loses, repeats and forgets by a seed.

`python -m tests.unit.sync.file_phones` writes tests/vectors/files/traces.json anew, where a rule is changed on purpose.
"""

import json
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

from sync import device_files, uploads
from sync.uploads import Announced, Envelope, Fit, Known, No, Room, State, Verdict

FROZEN = Path(__file__).parents[2] / "vectors" / "files" / "traces.json"
STORMS = range(150)
STEPS_MAX = 5_000
KEY = "0123456789abcdef"
LOST = {"code": "no_network"}


class Lost(Exception):
    """The request, or its answer, did not arrive."""


@dataclass
class Kept:
    """A file at the server."""

    hash: bytes
    bytes: int
    came: bytes = b""
    seq: int | None = None


@dataclass
class Server:
    """What section 9 asks of the server, but for keys and disks."""

    files: dict[str, Kept] = field(default_factory=dict)
    seq: int = 0
    is_key_gone: bool = False  # the key of the first envelopes was destroyed
    no_room: No | None = None

    def announce(self, file: dict[str, Any], key_id: str) -> dict[str, Any]:
        digest, length = sha256(file["sealed"]).digest(), len(file["sealed"])
        asked = Announced(UUID(int=file["turn"]), digest, length, file["kind"], None, Envelope(b"", 1, key_id, b""))
        kept = self.files.get(file["ref"])
        known = kept and Known(kept.hash, kept.bytes, len(kept.came), _state(kept), is_hers=True)
        verdict: Verdict | No = uploads.judge(asked, known, Room(0, 0, 0, is_stopped=False, is_named=True))
        if verdict is Verdict.NEW and self.no_room is not None:
            verdict = self.no_room
        if isinstance(verdict, No):
            return uploads.reply(0, "refused", verdict)
        if kept is not None and kept.seq is not None:
            return uploads.reply(kept.bytes, State.COMPLETE, seq=kept.seq)
        if self.is_key_gone and key_id == KEY:
            return uploads.reply(0, "refused", No.UNKNOWN_KEY)
        kept = self.files.setdefault(file["ref"], Kept(digest, length))
        return uploads.reply(len(kept.came), State.PARTIAL)

    def piece(self, ref: str, offset: int, chunk: bytes, key_id: str) -> dict[str, Any]:
        kept = self.files.get(ref)
        if kept is None:
            return {"code": "not_found"}
        known = Known(kept.hash, kept.bytes, len(kept.came), _state(kept), is_hers=True)
        match uploads.fit(known, offset, len(chunk)):
            case Fit.ELSEWHERE:
                return {"code": "file_offset", "offset": len(kept.came), "state": _state(kept), "seq": kept.seq}
            case Fit.MISSHAPEN:
                return {"code": "request_malformed"}
            case Fit.LAST:
                if sha256(kept.came + chunk).digest() != kept.hash:
                    kept.came = b""
                    return {"code": "digest_wrong"}
                if self.is_key_gone and key_id == KEY:
                    return {"code": "file_refused", "reason": "unknown_key"}
                self.seq += 1
                kept.seq = self.seq
        kept.came += chunk
        return {"offset": len(kept.came), "seq": kept.seq}

    def ask(self, ref: str) -> dict[str, Any]:
        kept = self.files.get(ref)
        if kept is None:
            return {"code": "not_found"}
        return {"offset": len(kept.came), "state": _state(kept), "reason": None, "seq": kept.seq}


def _state(kept: Kept) -> str:
    return State.PARTIAL if kept.seq is None else State.COMPLETE


@dataclass
class World:
    """One phone, one server, the link between them. `link` says of each request whether it, or its answer, is lost."""

    chance: random.Random
    link: Callable[[], str | None]
    server: Server = field(default_factory=Server)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    state: device_files.State = field(default_factory=device_files.initial)
    clock: int = 0
    passed: dict[str, int] = field(default_factory=dict)
    wakes_at: int | None = None
    is_open: bool = True
    checks: set[str] = field(default_factory=set)
    steps: list[tuple[Any, Any, Any, Any]] = field(default_factory=list)
    sent_bytes: int = 0
    lost_bytes: int = 0  # of pieces that never arrived
    pieces: list[int] = field(default_factory=list)

    def take(self, length: int, rank: int = 0) -> str:
        """A file of chance; its ref."""
        ref, turn = f"f{len(self.files)}", len(self.files) + 1
        sealed = self.chance.randbytes(length)
        kind = "thumb" if length <= uploads.FILE_BYTES_MAX["thumb"] else "photo"
        self.files[ref] = {"ref": ref, "turn": turn, "rank": rank, "sealed": sealed, "kind": kind} | {
            "last": None, "sent": 0, "key_id": KEY,
        }  # fmt: skip
        return ref

    def run(self, reason: str = "online") -> None:
        """Until nothing more can go now."""
        waiting = deque(self.decide({"type": "wake", "reason": reason}))
        for _ in range(STEPS_MAX):
            if not waiting:
                return
            event = self.perform(waiting.popleft())
            if event is not None:
                waiting.extend(self.decide(event))
        raise AssertionError("it never comes to rest")

    def rest(self) -> None:
        """Time goes by until what it waits for, or longer."""
        self.clock = max(self.clock + 60_000, self.wakes_at or 0)
        self.wakes_at = None

    def decide(self, event: dict[str, Any]) -> list[dict[str, Any]]:
        before = self.state
        self.state, effects = device_files.step(before, event)
        self.steps.append((before, event, self.state, effects))
        return effects

    def perform(self, effect: dict[str, Any]) -> dict[str, Any] | None:
        file = self.files.get(effect.get("ref", ""), {})
        match effect["do"]:
            case "choose":
                return {"type": "chosen", "file": self.chosen()}
            case "announce":
                return self.told(lambda: self.server.announce(file, file["key_id"]))
            case "ask":
                return self.told(lambda: self.server.ask(file["ref"]))
            case "envelope":
                is_newer = self.is_open and file["key_id"] == KEY and self.server.is_key_gone
                file["key_id"] = "fedcba9876543210" if is_newer else file["key_id"]
                return {"type": "enveloped", "made": is_newer}
            case "send":
                return self.piece(file, effect["offset"], effect["length"])
            case "progress":
                file["sent"] = effect["offset"]
            case "whole":
                file["last"] = "complete"
                self.checks.discard(file["ref"])
            case "pass":
                self.passed[file["ref"]] = self.clock + effect["ms"]
                file["last"] = effect["reason"]
            case "refuse":
                file["last"] = effect["reason"]
            case "wait":
                self.wakes_at = self.clock + effect["ms"]
        return None

    def chosen(self) -> dict[str, Any] | None:
        ready = [
            {"ref": ref, "bytes": len(file["sealed"]), "turn": file["turn"], "rank": file["rank"]}
            | {"check": device_files.meaning_of(file["last"]) == "received"}
            for ref, file in self.files.items()
            if (meaning := device_files.meaning_of(file["last"])) == "waiting"
            or (meaning == "received" and ref in self.checks)
        ]
        found = device_files.next_file(ready, {ref for ref, until in self.passed.items() if self.clock < until})
        return found and {name: found[name] for name in ("ref", "bytes", "check")}

    def told(self, ask: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        try:
            said = self.exchanged(ask)
        except Lost:
            return self.failed(LOST)
        return self.failed(said) if "code" in said else {"type": "told", **said}

    def piece(self, file: dict[str, Any], offset: int, length: int) -> dict[str, Any]:
        self.pieces.append(length)
        chunk = file["sealed"][offset : offset + length]
        self.sent_bytes += length
        try:
            said = self.exchanged(lambda: self.server.piece(file["ref"], offset, chunk, file["key_id"]), length)
        except Lost:
            return self.failed(LOST)
        if "code" in said:
            return self.failed(said)
        took_ms = self.chance.choice((100, 5_000, 9_000))
        self.clock += took_ms
        return {"type": "sent", **said, "length": length, "ms": took_ms}

    def exchanged(self, ask: Callable[[], dict[str, Any]], length: int = 0) -> dict[str, Any]:
        fate = self.link()
        if fate == "request":
            self.lost_bytes += length
            raise Lost
        said = ask()
        if fate == "reply":
            raise Lost
        return {"code": fate} if fate else said

    def failed(self, said: dict[str, Any]) -> dict[str, Any]:
        return {"type": "failed", **said, "random": self.chance.randrange(100) / 100}


def stormy(seed: int) -> World:
    """Five files, and everything that can happen on their way, until calm comes and all of them are there."""
    chance = random.Random(seed)
    storm = ["request", "reply", "internal", "server_busy", "server_full", "vault_locked"]
    is_calm = False
    world = World(chance, lambda: None if is_calm or chance.random() > 0.2 else chance.choice(storm))
    for length in (3_000, 90_000, 16_384, 300_000, 700_001):
        world.take(length, rank=chance.randrange(3))
    for _ in range(8):
        world.is_open = chance.random() < 0.5
        world.server.no_room = chance.choice([None, None, No.TOO_MUCH_TODAY, No.TOO_MANY_OPEN])
        world.server.is_key_gone |= chance.random() < 0.05
        happens = chance.random()
        if happens < 0.2:  # restored from a backup that has none of it
            world.server.files.clear()
        elif happens < 0.3:
            for kept in world.server.files.values():  # lost where it was whole, turned over on the disk where not
                kept.came, kept.seq = bytes(0 if kept.seq else len(kept.came)), None
        world.checks = {ref for ref, file in world.files.items() if file["last"] == "complete"}
        world.run(chance.choice(["online", "saved", "user", "timer"]))
        if chance.random() < 0.3:
            world.decide({"type": chance.choice(["tick", "yielded"])})
            world.state = device_files.initial()  # and the app was killed
        world.rest()
    is_calm, world.is_open, world.server.no_room = True, True, None
    for _ in range(6):
        world.checks = {ref for ref, file in world.files.items() if file["last"] == "complete"}
        for file in world.files.values():  # by hand, as a person does who reads why it stays
            file["last"] = file["last"] if file["last"] == "complete" else None
        world.passed.clear()
        world.run("user")
        world.rest()
    return world


def traces(seeds: range) -> dict[str, Any]:
    """Each distinct decision of these seeds once: states, events and effects by their place."""
    tables: dict[str, dict[str, int]] = {"states": {}, "events": {}, "effects": {}}

    def at(table: str, value: Any) -> int:
        return tables[table].setdefault(json.dumps(value, sort_keys=True), len(tables[table]))

    steps = {
        (at("states", before), at("events", event)): (at("states", after), at("effects", effects))
        for seed in seeds
        for before, event, after, effects in stormy(seed).steps
    }
    listed = {name: [json.loads(text) for text in table] for name, table in tables.items()}
    return {**listed, "steps": [[*asked, *said] for asked, said in steps.items()]}


if __name__ == "__main__":
    FROZEN.write_text(json.dumps(traces(range(6)), separators=(",", ":")) + "\n", encoding="utf-8")
