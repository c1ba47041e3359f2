"""A simulated phone: sync/device.py with a disk, run by the decisions of sync/device_core.py, killed at any boundary.

Between any two effects the app may die: what a transaction had written is there after the start, all else is not.
"""

import random
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from fieldapp.ids import uuid7
from sync import device_core as core
from sync import device_digest
from sync.codes import Status
from sync.device import Answered, Device, Queued, Refused, Request
from sync.device_digest import Question
from tests.simulation.plain_crypto import PlainCrypto
from tests.simulation.server import DISTRICT, FORM, FORM_VERSION, Answer, Contents, word_of
from tests.simulation.traces import Traces

RESEALS_AT_ONCE_MAX = 3  # static/js/outbox/results.js
# How long a request is on its way: on both sides of each bound by which the next batch is sized.
TAKES_MS = [
    bound + more for bound in (core.NO_LINK_MS - 1, core.BATCH_AIM_MS, 2 * core.BATCH_AIM_MS) for more in (0, 1)
]
RESULTS_FIRST = ("queue", "received", "attention", "cursor", "epoch")


class Killed(Exception):
    """The app died here."""


class QuotaExceeded(Exception):
    """The transaction did not go through: nothing of it is on the disk."""


@dataclass
class Flight:
    """A request on its way, what could go at once after it, and how long it takes (ms)."""

    request: Request
    left: int
    ms: int


@dataclass
class Luck:
    """What may happen to a phone at a boundary, drawn from the seed; nothing while `kills` and `fills` are 0."""

    chance: random.Random
    kills: float = 0.0
    fills: float = 0.0

    def boundary(self) -> None:
        if self.kills and self.chance.random() < self.kills:
            raise Killed

    def write(self) -> None:
        if self.fills and self.chance.random() < self.fills:
            raise QuotaExceeded

    def eighth(self) -> float:
        """In [0, 1), in eighths, so that equal moments are equal traces."""
        return self.chance.randrange(8) / 8


@dataclass
class SimPhone:
    """`now()` is the true time in ms, `luck` decides what happens to it, `traces` notes what it decides; `digest` asks
    what the server still has, None where no reply comes."""

    name: str
    now: Callable[[], int]
    luck: Luck
    traces: Traces
    digest: Callable[[Question], Mapping[str, str] | None]
    page_in_one_transaction: bool = True
    counts_anew: bool = True  # what waits, when a reply is applied
    skew_ms: int = 0
    state: core.State = field(default_factory=core.initial)
    flight: Flight | None = None
    timer_at: int | None = None
    tried: set[UUID] = field(default_factory=set)
    passed: dict[UUID, int] = field(default_factory=dict)
    reseals: Counter[str] = field(default_factory=Counter)
    confirmed: set[str] = field(default_factory=set)  # words of what the person was told is saved
    contents: dict[str, Contents] = field(default_factory=dict)  # revision -> its words, of its own
    reused: set[str] = field(default_factory=set)  # ids that some phone used for two revisions
    late: list[Request] = field(default_factory=list)  # copies of which the network may still deliver one
    ops: dict[UUID, str] = field(default_factory=dict)  # package -> its word
    kinds: dict[str, str] = field(default_factory=dict)  # word -> kind of what says it
    revisions: dict[str, str] = field(default_factory=dict)  # word -> id of the revision that says it
    overtaken: list[str] = field(default_factory=list)  # words about a family that left before they were answered

    def __post_init__(self) -> None:
        chance = self.luck.chance
        self.vault_id = uuid7(self.now(), chance.randbytes(10))
        self.pace = random.Random(self.vault_id.int)
        self.crypto = PlainCrypto(self.vault_id, chance.randbytes)
        self.device = self._new_device()
        self.disk = self.device.saved()

    def _new_device(self) -> Device:
        return Device(
            self.crypto, self.vault_id, lambda: self.now() + self.skew_ms, self.luck.chance.randbytes, district=DISTRICT
        )

    def enrol(self, person_id: UUID) -> None:
        """As after an enrolment: whose phone it is, and nothing else yet."""
        self.person_id = person_id
        self.device.person_id = str(person_id)

    # -- what its person does --

    def save(self, kind: str, body: dict[str, Any], word: str, **named: Any) -> Queued:
        """Seal it, queue it on the disk, and only then say that it is saved. Raises Killed, QuotaExceeded."""
        self.luck.boundary()
        signed = not self.device.is_locked
        item = self.device.hand_in(kind, body, signed=signed, **named)
        self.ops[item.op], self.kinds[word] = word, kind
        if kind == "revision":
            self.revisions[word] = item.head["revision_id"]
            self.contents.setdefault(item.head["revision_id"], frozenset(body["answers"]))
        self._commit()
        self.confirmed.add(word)
        self.luck.boundary()
        self.wake("saved")
        return item

    def report(
        self, word: str, about: dict[str, str], *, parents: list[str], on: Contents, intent: str, **named: Any
    ) -> Queued:
        """A revision whose answers are those it builds on, and one word more."""
        body = {
            "answers": dict.fromkeys(sorted(on | {word}), 1),
            "replies": [],
            "recorded": {"app": word},
            "visitors": [],
        }
        head = {**about, "form": FORM, "form_version": FORM_VERSION, "parents": parents, "intent": intent}
        return self.save("revision", body, word, **{"revision_id": self.new_id(), **head, **named})

    def new_id(self) -> str:
        return str(uuid7(self.now(), self.luck.chance.randbytes(10)))

    def lock(self) -> None:
        self.device.is_locked = True

    def unlock(self) -> None:
        """As with the right secret: keys are there, unless they were dropped by a wipe."""
        if self.crypto.is_forgotten or self.state["phase"] in ("sending", "applying"):
            return
        self.device.unlock()
        self._kept_if_there_is_room()
        self.state = {**self.state, "clock_offset": self.device.clock_offset}
        self.wake("start")

    def _kept_if_there_is_room(self) -> None:
        """What was sealed again; a full disk holds up nothing else, and the next round tries anew."""
        self._name_resealed()
        with suppress(QuotaExceeded):
            self._commit()

    def give_another_try(self) -> None:
        """What was set aside because nobody could read it is sent again, by hand."""
        for op, answered in list(self.device.attention.items()):
            if core.meaning_of(answered.result["status"]) == "attention" and answered.result["seq"] == -1:
                del self.device.attention[op]
                self.device.queue.append(answered.item)
        self._commit()

    def set_clock_right(self) -> None:
        """By hand: a stopped phone is no longer told that its clock is wrong."""
        self.skew_ms = self.device.clock_offset = 0
        self.state = {**self.state, "clock_offset": 0}

    # -- its core --

    def wake(self, reason: str) -> None:
        if reason == "user":
            self.passed.clear()
        self.dispatch({"type": "wake", "reason": reason})

    def tick(self) -> None:
        """Its timer, where that is due."""
        if self.timer_at is not None and self.now() >= self.timer_at:
            self.timer_at = None
            self.dispatch({"type": "tick"})

    def dispatch(self, event: core.Event) -> None:
        self.state, effects = self.traces.step(self.state, event)
        for effect in effects:
            self.luck.boundary()
            self._perform(effect)

    def _perform(self, effect: core.Effect) -> None:
        match effect["do"]:
            case "send":
                self._send(effect)
            case "apply":
                self._apply()
            case "wait":
                self.timer_at = self.now() + effect["ms"]
            case "refuse_one":
                self._set_aside(effect["code"])
            case "pass_over":
                self.passed |= {item.op: self.now() + core.RETRY_MAX_MS for item in self._sent}

    _sent: tuple[Queued, ...] = ()
    _reply: bytes = b""

    def _send(self, effect: core.Effect) -> None:
        self.timer_at = None
        if effect["new_round"]:
            self.tried.clear()
            if not self.device.is_locked and self.device.sendable != self.device.queue:
                self.device.seal_again()
                self._kept_if_there_is_room()
        queue = self.device.sendable
        picked = self.traces.pick(queue, self._aside(), effect["bytes_max"], effect["items_max"])
        self.device.clock_offset = effect["clock_offset"]
        request = self.device.request(items=[queue[at] for at in picked.batch])
        self._sent = request.sent
        self.flight = Flight(request, picked.left, self.pace.choice(TAKES_MS))

    def _aside(self) -> set[UUID]:
        return self.tried | {op for op, until in self.passed.items() if self.now() < until}

    def _goes_again(self, request: Request, head: Mapping[str, Any]) -> int:
        """How many will be sealed again by this reply, and sent at once."""
        unread = {result["op"] for result in head["results"] if result["status"] == Status.RESEAL}
        words = [word_of(item.body) for item in request.sent if str(item.op) in unread]
        is_open = not self.device.is_locked
        return sum(is_open and self.reseals[word] < RESEALS_AT_ONCE_MAX for word in words)

    def answered(self, answer: Answer | None) -> None:
        """What came back for the request on its way; None where nothing did."""
        assert self.flight is not None
        sent = len(self.flight.request.sent)
        failed: dict[str, Any] = {"type": "failed", "code": "no_network", "sent": sent, "ms": self.flight.ms}
        if answer is not None and answer.code is None:
            try:
                head, _ = self.device.read(self.flight.request, answer.frame)
            except Refused:
                failed["code"] = "reply_malformed"
            else:
                self._reply = answer.frame
                offset = head["t"] - (self.now() + self.skew_ms)
                self.dispatch({"type": "replied", "pull_refused": head["pull_refused"], "offset": offset})
                return
        elif answer is not None:
            failed["code"] = answer.code
            if answer.code == "captive_portal":
                failed["ms"] = 0  # it answers at once, and nothing went further
            if answer.retry_after_s is not None:
                failed["retry_after_s"] = answer.retry_after_s
        self.flight = None
        self.dispatch({**failed, "random": self.luck.eighth()})

    def fail(self, code: str) -> None:
        """Something of the phone itself stood in the way of the request."""
        assert self.flight is not None
        flight, self.flight = self.flight, None
        failed = {"type": "failed", "code": code, "sent": len(flight.request.sent), "ms": flight.ms}
        self.dispatch({**failed, "random": self.luck.eighth()})

    def _apply(self) -> None:
        assert self.flight is not None
        flight, self.flight = self.flight, None
        device, request = self.device, flight.request
        self.luck.boundary()
        head, _ = device.read(request, self._reply)
        queued = {item.op for item in device.queue}
        words = {item.op: word_of(item.body) for item in request.sent}
        others = len(device.unanswered(request, self._aside())) if self.counts_anew else flight.left
        left = others + self._goes_again(request, head)
        with_page = left == 0 or not device.takes_away(head)
        device.apply(request, self._reply, with_page=with_page)
        device.clock_offset = self.state["clock_offset"]
        if head["page"] is not None and with_page and not head["page"]["more"] and not device.is_locked:
            device.free_what_is_safe()
        self._name_resealed()
        new = [item for item in device.queue if item.op not in queued]
        resealed = [item for item in new if word_of(item.body) in words.values()]
        self.reseals.update(word_of(item.body) for item in resealed)
        at_once = [item for item in new if self.reseals[word_of(item.body)] <= RESEALS_AT_ONCE_MAX]
        for result in head["results"]:
            if core.meaning_of(result["status"]) == "waiting":
                self.tried.add(UUID(result["op"]))
        try:
            self._commit()
        except QuotaExceeded:
            self.dispatch(
                {"type": "failed", "code": "storage_full", "sent": len(request.sent), "random": self.luck.eighth()}
            )
            return
        self.luck.boundary()
        again = self._ask() if device.must_ask and not device.is_locked else 0
        more = bool(head["page"] and head["page"]["more"]) and with_page and not device.is_locked
        done = {"left": others + len(at_once) + again, "more": more, "sent": len(request.sent), "ms": flight.ms}
        self.dispatch({"type": "applied", **done, "after_s": head["after_s"], "random": self.luck.eighth()})

    def _ask(self) -> int:
        """What of all it handed in does the restored server still have? So many wait again; none where nobody answers,
        and then it is asked at the next contact."""
        asked = device_digest.question(self.device)
        if asked is not None:
            reply = self.digest(asked)
            if reply is None:
                return 0
            again = len(device_digest.take(self.device, asked, reply))
        else:
            again = 0
        self.device.must_ask = False
        try:
            self._commit()
        except QuotaExceeded:
            return 0
        return again

    def _set_aside(self, code: str) -> None:
        for item in self._sent[:1]:
            if item in self.device.queue:
                self.device.queue.remove(item)
                said = {"op": str(item.op), "status": code, "reason": None, "district": DISTRICT, "seq": -1}
                self.device.attention[item.op] = Answered(item, {**said, "record_state": None, "kept_as": None})
                self._commit()

    def _name_resealed(self) -> None:
        self.ops |= {item.op: word_of(item.body) for item in self.device.queue if item.op not in self.ops}

    # -- its disk --

    def _commit(self) -> None:
        """One transaction: all that changed is on the disk, or nothing of it. Raises Killed, QuotaExceeded."""
        after = self.device.saved()
        try:
            self.luck.boundary()
            self.luck.write()
        except QuotaExceeded:
            is_locked = self.device.is_locked
            self.device.load(self.disk)
            self.device.is_locked = is_locked
            raise
        if not self.page_in_one_transaction:
            self.disk = {**self.disk, **{name: after[name] for name in RESULTS_FIRST}}
            self.luck.boundary()
        self._note_overtaken(after)
        self.disk = after
        self.luck.boundary()

    def _note_overtaken(self, after: Mapping[str, Any]) -> None:
        """Whether a family leaves with this transaction about which something waits that nobody has answered yet."""
        if after["wiping"] is not None:
            return  # everything goes, and what waits is handed in all the same
        gone = {ref[5:] for ref in self.disk["held"] if ref.startswith("case:") and ref not in after["held"]}
        aside = self._aside()
        for item in self.device.sendable:
            word = word_of(item.body)
            is_tried = item.op in aside or self.reseals[word] > RESEALS_AT_ONCE_MAX
            if item.head["case_id"] in gone and not is_tried:
                self.overtaken.append(word)

    def restart(self) -> None:
        """The app was killed, and starts again from its disk, locked. Copies of what it had sent may still arrive."""
        if self.flight is not None:
            self.late.append(self.flight.request)
        self.flight, self.timer_at, self.state = None, None, core.initial()
        self.tried.clear()
        self.passed.clear()
        self.device = self._new_device()
        self.device.person_id = str(self.person_id)
        self.device.load(self.disk)
        self.wake("start")
