"""A phone in Python: for tests, simulation and load. It keeps the promises of the real one.

It is handed its crypto, its clock and its randomness, and it sends nothing by itself: `request` gives the bytes of an
exchange, `apply` takes the reply whole or not at all. Whatever happens in between, every item is in exactly one place.
It has no disk: `saved` gives what one transaction would write, `load` starts again from that.
"""

import hashlib
import json
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol
from uuid import UUID

from sync import shares, wire
from sync.codes import Change, Directive, Status

PATH = "POST /sync/v1/exchange"
# No last word: the item is offered again as it is.
_STAYS = frozenset({Status.WAIT, Status.REFUSED})


@dataclass(frozen=True)
class Envelope:
    """A sealing key on its way to the server, and the id under which packages name it."""

    envelope_id: bytes
    key_id: str
    sealed: bytes
    suite: int = wire.SUITE


class Crypto(Protocol):
    """What a phone's vault worker does, for one vault."""

    @property
    def transport_point(self) -> bytes:
        """The raw public half of the transport key."""
        ...

    @property
    def author_point(self) -> bytes:
        """The raw public half of the author key."""
        ...

    def sign_transport(self, text: bytes) -> bytes: ...

    def sign_author(self, text: bytes) -> bytes: ...

    def new_envelope(self) -> Envelope:
        """A new sealing key, as at each unlock."""
        ...

    def seal(self, head: Mapping[str, Any], body: bytes, envelope: Envelope, signed: bool) -> bytes:
        """The bytes of a package; `head` lacks hashes and signature, which are made here."""
        ...

    def is_of_server(self, signature: bytes, text: bytes) -> bool:
        """Whether the identity key that was pinned at the enrolment signed this text."""
        ...

    def take_keys(self, server_keys: list[Mapping[str, Any]]) -> None:
        """Seal to the newest of these keys from now on. Their list was found to be signed."""
        ...

    def forget(self) -> None:
        """Drop every key but the transport key: nothing here opens any more, what is sealed can still be sent."""
        ...


@dataclass(frozen=True)
class Queued:
    """An item that the server has not had its last word on."""

    op: UUID
    head: Mapping[str, Any]
    body: bytes
    package: bytes
    envelope: Envelope

    @property
    def length(self) -> int:
        return len(self.package)

    @property
    def envelope_id(self) -> bytes:
        return self.envelope.envelope_id


@dataclass(frozen=True)
class Answered:
    """An item with the server's word on it."""

    item: Queued
    result: Mapping[str, Any]


@dataclass(frozen=True)
class Request:
    """One exchange on its way; the same bytes may be sent again."""

    headers: Mapping[str, str]
    body: bytes
    sent: tuple[Queued, ...]


@dataclass(frozen=True)
class ShareRequest:
    """A request for the share of a PIN way; its id is bound into the sealed answer."""

    headers: Mapping[str, str]
    body: bytes
    request: bytes


# What lies on the flash of a real phone; the rest is memory, and gone when the app is killed.
_ON_DISK = frozenset({
    "epoch", "cursor", "clock_offset", "queue", "received", "attention", "freed", "held", "versions", "states", "safe",
    "directives", "more", "must_ask", "keys_version", "report", "wiping", "is_wiped", "_unreadable", "_has_tried",
    "_resyncing",
})  # fmt: skip


class Refused(Exception):
    """The reply does not belong to the request, or is no reply."""


@dataclass
class Device:
    """One person's vault. `now()` in ms since 1970, `random(n)` gives n bytes and never the same twice."""

    crypto: Crypto
    vault_id: UUID
    now: Callable[[], int]
    random: Callable[[int], bytes]
    app: str = "device 1"
    functions: int = wire.FUNCTION_SET
    district: str = ""
    person_id: str = ""
    epoch: str = ""
    cursor: str | None = None
    is_locked: bool = False
    clock_offset: int = 0
    queue: list[Queued] = field(default_factory=list)
    received: dict[UUID, Answered] = field(default_factory=dict)
    attention: dict[UUID, Answered] = field(default_factory=dict)
    freed: set[UUID] = field(default_factory=set)  # safe and decided: nothing of them is here any more
    held: dict[str, Any] = field(default_factory=dict)  # ref -> what the server told
    versions: dict[str, int] = field(default_factory=dict)  # ref -> version it knows, its own changes included
    states: dict[str, str] = field(default_factory=dict)  # record id -> state, by the server's newest word
    safe: dict[str, int] = field(default_factory=dict)
    directives: list[Mapping[str, Any]] = field(default_factory=list)
    more: bool = False
    must_ask: bool = False  # the server was restored: what it still has is asked for (device_digest.py), then freed
    pull_refused: str | None = None
    keys_version: int | None = None  # of the list of server keys; None: a phone that does not know of lists
    report: Mapping[str, Any] | None = None  # said once, with the next request (`device`)
    wiping: str | None = None  # the order that is being carried out
    is_wiped: bool = False  # and was reported
    _has_tried: bool = False  # whether what is left was offered to the server since the order
    _unreadable: set[UUID] = field(default_factory=set)  # to be sealed again at the next unlock
    _envelope: Envelope | None = None
    _resyncing: set[str] | None = None

    # -- enrolment --

    def enrolment(self, login: str, password: str, code: str) -> bytes:
        """The body of POST /sync/v1/enrol; `code` is the first half of the 24 characters."""
        code_hash = wire.b64u(hashlib.sha256(code.encode()).digest())
        keys = [wire.b64u(self.crypto.transport_point), wire.b64u(self.crypto.author_point)]
        text = wire.signed_text("fieldapp/1/enrol", str(self.vault_id), code_hash, *keys)
        asked = {
            "v": wire.PROTOCOL_VERSION,
            "login": login,
            "password": password,
            "code": code,
            "vault_id": str(self.vault_id),
            "transport_key": keys[0],
            "author_key": keys[1],
            "transport_signature": wire.b64u(self.crypto.sign_transport(text)),
            "author_signature": wire.b64u(self.crypto.sign_author(text)),
            "device": {"app": self.app, "platform": "python", "persisted": True, "free_bytes": None},
        }
        return json.dumps(asked, ensure_ascii=False).encode()

    def enrolled(self, reply: Mapping[str, Any]) -> None:
        """Take the reply to the enrolment. The server keys in it are the crypto's business."""
        self.district, self.epoch = reply["district"], reply["epoch"]
        self.person_id = reply["person"]["person_id"]
        self.held["me"] = reply["person"]
        self.keys_version = reply["keys_version"]

    # -- writing --

    def unlock(self) -> None:
        """A new sealing key, as every unlock makes one; what the server could not read is sealed again under it."""
        self.is_locked, self._envelope = False, None
        self.seal_again()

    def seal_again(self) -> None:
        """What the server could not read while the keys were away; again where the disk had no room for it then."""
        waiting, self._unreadable = self._unreadable, set()
        for at, item in enumerate(self.queue):
            if item.op in waiting:
                self._reseal(at)

    def hand_in(self, kind: str, body: Mapping[str, Any], *, signed: bool = True, **named: Any) -> Queued:
        """Seal one thing and queue it. `named` are the keys of the head that apply (ids as text)."""
        head = {
            "v": wire.PROTOCOL_VERSION,
            "kind": kind,
            "district": self.district,
            "case_id": None,
            "visit_id": None,
            "record_id": None,
            "revision_id": None,
            "parents": [],
            "form": None,
            "form_version": None,
            "intent": None,
            "number": None,
            "device_time": self.now(),
            "author": self.person_id if signed else None,
            **named,
        }
        item = self._sealed(head, json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(), signed)
        self.queue.append(item)
        return item

    def _sealed(self, head: Mapping[str, Any], body: bytes, signed: bool) -> Queued:
        if self._envelope is None:
            self._envelope = self.crypto.new_envelope()
        package = self.crypto.seal(head, body, self._envelope, signed)
        return Queued(UUID(bytes=package[:16]), head, body, package, self._envelope)

    # -- its disk --

    def saved(self) -> dict[str, Any]:
        """What a transaction writes: all that is still here after the app was killed."""
        return {name: _copied(value) for name, value in self.__dict__.items() if name in _ON_DISK}

    def load(self, saved: Mapping[str, Any]) -> None:
        """Go on from what was written last; what was only in memory is as it is after a start, locked."""
        for name, value in saved.items():
            setattr(self, name, _copied(value))
        self.is_locked, self._envelope, self.pull_refused = True, None, None

    # -- one exchange --

    @property
    def sendable(self) -> list[Queued]:
        """What may go, oldest first: all but what waits to be sealed again."""
        return [item for item in self.queue if item.op not in self._unreadable]

    def request(
        self,
        *,
        items_max: int = wire.FRAME_PACKAGES_MAX,
        bytes_max: int = 200_000,
        want: int = wire.WANT_BYTES_MAX,
        items: Sequence[Queued] | None = None,
    ) -> Request:
        """The next exchange: the oldest items first (or `items`), and a pull unless the vault is locked."""
        sent = self._batch(items_max, bytes_max) if items is None else tuple(items)
        envelopes = {item.envelope.envelope_id: item.envelope for item in sent}
        request = wire.b64u(self.random(16))
        t = self.now() + self.clock_offset
        head = {
            "v": wire.PROTOCOL_VERSION,
            "request": request,
            "t": t,
            "app": self.app,
            "functions": self.functions,
            "envelopes": [
                {"id": wire.b64u(e.envelope_id), "suite": e.suite, "key_id": e.key_id, "len": len(e.sealed)}
                for e in envelopes.values()
            ],
            "packages": [{"len": len(item.package)} for item in sent],
            "pull": None if self.is_locked else self._pull(request, t, want),
            **self._news(),
        }
        body = wire.write_frame(head, [*(e.sealed for e in envelopes.values()), *(item.package for item in sent)])
        return Request(self.headers(body), body, sent)

    def _news(self) -> dict[str, Any]:
        """What a request says of the phone itself; older phones say nothing of it."""
        said: dict[str, Any] = {} if self.keys_version is None else {"keys_version": self.keys_version}
        if self.report is not None:
            said["device"] = dict(self.report)
        if self.wiping is not None and (self._has_tried or not self.queue):
            said["wiped"] = {"order": self.wiping, "unsent": len(self.queue)}
        return said

    def headers(
        self, body: bytes, method_path: str = PATH, content_type: str = "application/octet-stream"
    ) -> dict[str, str]:
        """The headers of a request with this body, signed for its method and path."""
        text = b"fieldapp/1/transport\n" + method_path.encode() + b"\n" + hashlib.sha256(body).digest()
        return {
            "FieldApp-Vault": str(self.vault_id),
            "FieldApp-Signature": wire.b64u(self.crypto.sign_transport(text)),
            "Content-Type": content_type,
        }

    # -- the server's share of a PIN way --

    def ask_share(self, act: str, proof: bytes | None = None, to: bytes | None = None) -> ShareRequest:
        """POST /sync/v1/share: `set` and `get` with the proof and a one-time point for the answer, or `remove`."""
        request, t = self.random(16), self.now() + self.clock_offset
        named, proved, point = wire.b64u(request), _text(proof), _text(to)
        text = shares.signed_text(act, self.vault_id, named, t, proved, point)
        asked = {
            "v": wire.PROTOCOL_VERSION,
            "request": named,
            "t": t,
            "act": act,
            "proof": proved,
            "to": point,
            "signature": None if act == "get" else wire.b64u(self.crypto.sign_author(text)),
        }
        body = json.dumps(asked).encode()
        return ShareRequest(self.headers(body, shares.METHOD_PATH, "application/json"), body, request)

    def _batch(self, items_max: int, bytes_max: int) -> tuple[Queued, ...]:
        batch: list[Queued] = []
        size = 0
        for item in self.sendable[:items_max]:
            size += len(item.package)
            if batch and size > bytes_max:
                break
            batch.append(item)
        return tuple(batch)

    def _pull(self, request: str, t: int, want: int) -> dict[str, Any]:
        text = wire.signed_text("fieldapp/1/pull", str(self.vault_id), request, t, self.cursor)
        return {"cursor": self.cursor, "want": want, "signature": wire.b64u(self.crypto.sign_author(text))}

    def apply(self, request: Request, reply: bytes, *, with_page: bool = True) -> None:
        """Take a reply: results and page together. A reply that is not whole changes nothing. Raises Refused.

        `with_page`: False leaves the page to another exchange, as where it takes a family away (`takes_away`) and
        something waits (`unanswered`).
        """
        head, changes = self.read(request, reply)
        self._settle(request.sent, head["results"])
        # A locked phone does not know its epoch, which lies sealed: it notices after the unlock.
        is_restored = not self.is_locked and self.epoch not in ("", head["epoch"])
        self.must_ask = self.must_ask or is_restored
        if not self.is_locked:
            self.epoch = head["epoch"]
        self.safe, self.directives = head["safe"], head["directives"]
        self.pull_refused = head["pull_refused"]
        self._hear(request, head)
        if self.pull_refused == "clock":
            self.clock_offset = head["t"] - self.now()
        if head["page"] is None or self.is_locked or not with_page:
            return  # what was asked for is asked for again
        if any(directive["kind"] == Directive.RESYNC for directive in head["directives"]):
            self._resyncing = set()
        for change, value in changes:
            self._apply_change(change, value)
        self.cursor, self.more = head["page"]["cursor"], head["page"]["more"]
        if not self.more and self._resyncing is not None:
            self.held = {ref: value for ref, value in self.held.items() if ref in self._resyncing}
            self.versions = {ref: version for ref, version in self.versions.items() if ref in self._resyncing}
            self._resyncing = None

    def takes_away(self, head: Mapping[str, Any]) -> bool:
        """Whether the page of a reply may take a family off the phone: it waits until all that is queued was heard."""
        changes = [] if head["page"] is None else head["page"]["changes"]
        goes = any(one["kind"] in (Change.OUT, Change.DEL) and one["ref"].startswith("case:") for one in changes)
        is_afresh = any(directive["kind"] == Directive.RESYNC for directive in head["directives"])
        return goes or is_afresh or self._resyncing is not None

    def unanswered(self, request: Request, aside: Iterable[UUID] = ()) -> list[Queued]:
        """What could go at once besides what went with this request, in the queue as it is now: more may have been
        handed in while that was on its way. `aside`: operations that do not wait for their turn."""
        known = {*aside, *(item.op for item in request.sent)}
        return [item for item in self.sendable if item.op not in known]

    def free_what_is_safe(self) -> None:
        """Let go of what is in a backup and decided, after the last page: a real phone does so as each one ends."""
        if self.must_ask:
            return
        for op, answered in list(self.received.items()):
            seq, district = answered.result["seq"], answered.result["district"]
            if seq is not None and seq <= self.safe.get(district, -1) and self._is_decided(answered.item.head):
                del self.received[op]
                self.freed.add(op)

    def _is_decided(self, head: Mapping[str, Any]) -> bool:
        case = self.held.get(f"case:{head['case_id']}")
        if head["kind"] != "revision" or case is None:
            return True
        states = {record["record_id"]: record["state"] for record in case["records"]}
        return states.get(head["record_id"]) in ("approved", "void")

    def _hear(self, request: Request, head: Mapping[str, Any]) -> None:
        asked, _ = wire.read_frame(request.body)
        if "device" in asked:
            self.report = None
        if "wiped" in asked:
            self.is_wiped, self.queue = True, []
        elif self.wiping is not None:
            self._has_tried = bool(request.sent) and all(item in self.queue for item in request.sent)
        if head.get("keys") is not None:
            self._take_keys(head["keys"])
        for directive in head["directives"]:
            if directive["kind"] == Directive.WIPE:
                self._begin_wipe(directive)

    def _take_keys(self, told: Mapping[str, Any]) -> None:
        """A list that is not signed by the pinned key, or is older than the one it has, changes nothing."""
        rows = [[key[name] for name in ("key_id", "suite", "public", "from", "until")] for key in told["server_keys"]]
        text = wire.signed_text("fieldapp/1/keys", told["keys_version"], rows)
        is_newer = self.keys_version is not None and told["keys_version"] > self.keys_version
        if is_newer and self.crypto.is_of_server(wire.from_b64u(told["keys_signature"]), text):
            self.crypto.take_keys(told["server_keys"])
            self.keys_version, self._envelope = told["keys_version"], None

    def _begin_wipe(self, told: Mapping[str, Any]) -> None:
        text = wire.signed_text("fieldapp/1/wipe", str(self.vault_id), told["order"], told["at"])
        if self.wiping is not None or not self.crypto.is_of_server(wire.from_b64u(told["signature"]), text):
            return
        self.wiping, self.is_locked = told["order"], True
        self.crypto.forget()
        self.held, self.versions, self.received = {}, {}, {}

    def read(self, request: Request, reply: bytes) -> tuple[dict[str, Any], list[tuple[Mapping[str, Any], Any]]]:
        """(head, changes with what they carry) of a reply that is whole; nothing is taken yet. Raises Refused."""
        asked, _ = wire.read_frame(request.body)
        try:
            head, payload = wire.read_frame(reply, wire.REPLY_HEAD_BYTES_MAX)
            page = head["page"] or {"changes": []}
            parts = wire.split(payload, [change["len"] for change in page["changes"]])
            values = [json.loads(zlib.decompress(part)) if part else None for part in parts]
        except (wire.Malformed, KeyError, TypeError, ValueError, zlib.error) as error:
            raise Refused("not a whole reply") from error
        if head["request"] != asked["request"]:
            raise Refused("a reply to another request")
        return head, list(zip(page["changes"], values, strict=True))

    def _apply_change(self, change: Mapping[str, Any], value: Any) -> None:
        ref = str(change["ref"])
        if self._resyncing is not None:
            self._resyncing.add(ref)
        self.versions[ref] = change["version"]
        if change["kind"] in (Change.PUT, Change.DRAFT):
            self.held[ref] = value
            for record in value.get("records", ()):
                self.states[record["record_id"]] = record["state"]
        elif change["kind"] in (Change.DEL, Change.OUT):
            self.held.pop(ref, None)

    def _settle(self, sent: tuple[Queued, ...], results: list[Mapping[str, Any]]) -> None:
        said = {result["op"]: result for result in results}
        for item in sent:
            result = said.get(str(item.op))
            if result is None or item not in self.queue or result["status"] in _STAYS:
                continue  # what was answered meanwhile by another copy of this request is settled already
            at = self.queue.index(item)
            if result["status"] == Status.RESEAL:
                self._reseal(at)
                continue
            del self.queue[at]
            places = self.received if result["status"] in (Status.OK, Status.DUP) else self.attention
            places[item.op] = Answered(item, result)
            if result["record_state"] is not None:
                self.states[str(item.head["record_id"])] = result["record_state"]

    def _reseal(self, at: int) -> None:
        """Under the same revision id, with a new package id: to the server it was no revision yet."""
        old = self.queue[at]
        if self.is_locked:
            self._unreadable.add(old.op)
            return
        if self._envelope == old.envelope:
            self._envelope = None
        made = self._sealed(old.head, old.body, signed=old.head["author"] is not None)
        self.queue[at] = replace(made, head=old.head)


def _copied(value: Any) -> Any:
    return value.copy() if type(value) in (list, dict, set) else value


def _text(part: bytes | None) -> str | None:
    return None if part is None else wire.b64u(part)
