"""A second client of the protocol, written from docs/protocol.md alone: of our own code it imports nothing.

client = Client(send, now_ms, chance)      `send(method, path, headers, body)` gives (status, headers, body bytes)
client.enrol(text of the QR, login, password)
client.hand_in("revision", body, ...)      seals and signs; queues
client.exchange()                          one request; `client.held` is what was pulled, `client.results` what was said
client.seal_file(...), client.send_file()  photos and papers, in pieces
client.pen(case, record)                   the number of the move that took a record to the desk, to be said in a body
client.wipe()                              what an order to wipe asks of it, once an exchange has brought one
client.share("set" | "get" | "remove")     the server's share of a PIN way
client.digest(), client.parcel()           what a server still has after a restore; what cannot be sent, as a file
"""

import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec

from tests.independent import sealing
from tests.independent.sealing import b64u, from_b64u, sha256, signed_text

Send = Callable[[str, str, Mapping[str, str], bytes], tuple[int, Mapping[str, str], bytes]]
PIECE_BYTES = 65_536
LEFT_QUEUE = ("ok", "dup", "conflict", "locked", "quarantined")
NOTHING = dict.fromkeys(
    ("case_id", "visit_id", "record_id", "revision_id", "form", "form_version", "intent", "number", "author")
)


class Refused(Exception):
    """The server answered with an error: its status and what it said (docs/protocol.md section 7)."""

    def __init__(self, status: int, said: dict[str, Any]) -> None:
        super().__init__(f"{status} {said}")
        self.status, self.said = status, said


class Untrusted(Exception):
    """What came is not from the server whose fingerprint stands in the device code."""


@dataclass(frozen=True)
class Envelope:
    envelope_id: bytes
    key_id: str
    sealed: bytes
    sealing_key: bytes


@dataclass(frozen=True)
class Item:
    """A package that waits for the server's word, and what was sealed in it."""

    package: bytes
    envelope: Envelope
    head: dict[str, Any]
    body: bytes
    is_signed: bool

    @property
    def op(self) -> str:
        return str(UUID(bytes=self.package[:16]))


@dataclass
class SealedFile:
    file_id: UUID
    sealed: bytes
    envelope: Envelope
    kind: str
    media_type: str

    def value(self, taken: int, thumb: "SealedFile | None" = None) -> dict[str, Any]:
        """What an answer holds of it."""
        said = {**self._named(), "kind": self.kind, "type": self.media_type, "taken": taken}
        return {**said, "thumb": thumb._named()} if thumb else said

    def _named(self) -> dict[str, Any]:
        return {"file": str(self.file_id), "hash": b64u(sha256(self.sealed)), "bytes": len(self.sealed)}


@dataclass
class Client:
    send: Send
    now_ms: Callable[[], int]
    chance: Callable[[int], bytes]
    queue: list[Item] = field(default_factory=list)
    results: dict[str, dict[str, Any]] = field(default_factory=dict)  # by operation id
    held: dict[str, Any] = field(default_factory=dict)  # by ref
    safe: dict[str, int] = field(default_factory=dict)
    directives: list[dict[str, Any]] = field(default_factory=list)
    stopped: str | None = None  # what the last pull was refused for: revoked, suspended, wipe, clock, bad_signature
    wiping: str | None = None  # the order that its keys were dropped for
    is_wiped: bool = False
    is_locked: bool = False
    cursor: str | None = None
    epoch: str = ""

    def __post_init__(self) -> None:
        self.vault_id = self.new_id()
        self.transport, self.author = self.new_key(), self.new_key()
        self._envelope: Envelope | None = None

    # Enrolment (section 6)

    def enrol(self, qr_text: str, login: str, password: str) -> None:
        typed = qr_text.partition("#")[2].upper().replace("I", "1").replace("L", "1").replace("O", "0")
        code, pinned = typed[:12], typed[12:]
        points = [b64u(sealing.point_of(key)) for key in (self.transport, self.author)]
        text = signed_text(["fieldapp/1/enrol", str(self.vault_id), b64u(sha256(code.encode())), *points])
        said = {
            "v": 1, "login": login, "password": password, "code": code, "vault_id": str(self.vault_id),
            "transport_key": points[0], "author_key": points[1],
            "transport_signature": b64u(sealing.sign(self.transport, text)),
            "author_signature": b64u(sealing.sign(self.author, text)),
            "device": {"app": "independent 1", "platform": "test", "persisted": True, "free_bytes": None},
        }  # fmt: skip
        reply = self._json("/sync/v1/enrol", said, is_signed=False)
        self.identity = from_b64u(reply["identity_key"])
        if sealing.fingerprint(self.identity) != pinned:
            raise Untrusted("another fingerprint than the one in the device code")
        self._take_keys(reply)
        self.person, self.district, self.epoch = reply["person"], reply["district"], reply["epoch"]

    def _take_keys(self, told: dict[str, Any]) -> None:
        keys = [[key[name] for name in ("key_id", "suite", "public", "from", "until")] for key in told["server_keys"]]
        text = signed_text(["fieldapp/1/keys", told["keys_version"], keys])
        if not sealing.is_signed(self.identity, from_b64u(told["keys_signature"]), text):
            raise Untrusted("the list of server keys is not signed by the pinned identity key")
        self.keys_version = told["keys_version"]
        usable = [key for key in told["server_keys"] if key["until"] is None or key["until"] > self.now_ms()]
        newest = max(usable, key=lambda key: key["from"])
        self.server_key = (newest["key_id"], from_b64u(newest["public"]))
        self._envelope = None  # what is sealed from now on is sealed to that one

    # Sealing (sections 2 and 3)

    def new_envelope(self) -> Envelope:
        return self._enveloped(self.chance(16), self.chance(32))

    def _enveloped(self, envelope_id: bytes, sealing_key: bytes) -> Envelope:
        key_id, point = self.server_key
        info = sealing.envelope_info(key_id, self.vault_id)
        return Envelope(envelope_id, key_id, sealing.hpke_seal(point, info, sealing_key, self.new_key()), sealing_key)

    def hand_in(self, kind: str, body: dict[str, Any], *, signed: bool = True, **named: Any) -> Item:
        """Seal one thing and queue it. Keys of the head that are not named do not apply."""
        head = {
            "v": 1, "kind": kind, "district": self.district, **NOTHING, "parents": [],
            "author": self.person["person_id"] if signed else None, "device_time": self.now_ms(), **named,
        }  # fmt: skip
        item = self._sealed(head, json.dumps(body, ensure_ascii=False).encode(), signed)
        self.queue.append(item)
        return item

    def _sealed(self, head: dict[str, Any], body: bytes, signed: bool) -> Item:
        self._envelope = self._envelope or self.new_envelope()
        package = sealing.seal_package(
            head,
            body,
            package_id=self.chance(16),
            salt=self.chance(16),
            sealing_key=self._envelope.sealing_key,
            envelope_id=self._envelope.envelope_id,
            vault_id=self.vault_id,
            author=self.author if signed else None,
        )
        return Item(package, self._envelope, head, body, signed)

    def _seal_again(self) -> None:
        """What was answered `reseal`: the same head and revision id in a package with an id of its own."""
        unread = [item for item in self.queue if self.results.get(item.op, {}).get("status") == "reseal"]
        if unread:
            self._envelope = None
        for item in unread:
            self.queue[self.queue.index(item)] = self._sealed(item.head, item.body, item.is_signed)

    # Exchange (section 4)

    def exchange(self) -> dict[str, Any]:
        """One request with all that is queued; the head of the reply, whose page was applied."""
        if not self.is_locked and self.wiping is None:
            self._seal_again()
        request, body = self._request(is_pulling=not self.is_locked and self.wiping is None)
        status, _, answer = self._send("POST", "/sync/v1/exchange", body)
        head, payload = sealing.read_frame(answer)
        assert (status, head["v"], head["request"]) == (200, 1, request)
        self._settle(head)
        self._apply(head["page"], payload)
        if "keys" in head:
            told = head["keys"]
            if from_b64u(told["identity_key"]) == self.identity and told["keys_version"] > self.keys_version:
                self._take_keys(told)
        self._obey()
        return head

    def exchange_all(self) -> None:
        while (self.exchange()["page"] or {}).get("more"):
            pass

    # Orders (section 4, Directives)

    def _obey(self) -> None:
        for told in self.directives:
            if told["kind"] == "wipe" and self.wiping is None:
                text = signed_text(["fieldapp/1/wipe", str(self.vault_id), told["order"], told["at"]])
                if sealing.is_signed(self.identity, from_b64u(told["signature"]), text):
                    self._drop_keys(told["order"])

    def _drop_keys(self, order: str) -> None:
        """First of all: from here on nothing opens. What is sealed still goes by the transport key."""
        self.wiping, self._envelope, self.held, self.cursor = order, None, {}, None
        del self.author
        self.queue = [replace(item, body=b"", envelope=replace(item.envelope, sealing_key=b"")) for item in self.queue]

    def wipe(self) -> dict[str, Any]:
        """Hand in until nothing is left or nothing more is taken, delete, and say so; the head of the last reply."""
        before = None
        while self.queue and len(self.queue) != before:
            before = len(self.queue)
            self.exchange()
        self.unsent, self.is_wiped = len(self.queue), True
        self.queue = []
        return self.exchange()

    def pen(self, case_id: str, record_id: str) -> int | None:
        """The number under which the desk holds the pen of a record (section 13); None where the phone has it."""
        pens = self.held[f"case:{case_id}"].get("pens", [])
        return next((pen["number"] for pen in pens if pen["record_id"] == record_id), None)

    def _request(self, is_pulling: bool) -> tuple[str, bytes]:
        request, now = b64u(self.chance(16)), self.now_ms()
        pull = None
        if is_pulling:
            text = signed_text(["fieldapp/1/pull", str(self.vault_id), request, now, self.cursor])
            pull = {"cursor": self.cursor, "want": 262_144, "signature": b64u(sealing.sign(self.author, text))}
        envelopes = list({item.envelope.envelope_id: item.envelope for item in self.queue}.values())
        head = {
            "v": 1, "request": request, "t": now, "app": "independent 1", "functions": 9,
            "envelopes": [
                {"id": b64u(sent.envelope_id), "suite": 1, "key_id": sent.key_id, "len": len(sent.sealed)}
                for sent in envelopes
            ],
            "packages": [{"len": len(item.package)} for item in self.queue],
            "pull": pull, "keys_version": self.keys_version,
        }  # fmt: skip
        if self.is_wiped:
            head["wiped"] = {"order": self.wiping, "unsent": self.unsent}
        payload = [sent.sealed for sent in envelopes] + [item.package for item in self.queue]
        return request, sealing.frame(head, *payload)

    def _settle(self, head: dict[str, Any]) -> None:
        for result in head["results"]:
            self.results[result["op"]] = result
        left = {op for op, result in self.results.items() if result["status"] in LEFT_QUEUE}
        self.queue = [item for item in self.queue if item.op not in left]
        self.epoch, self.safe, self.directives = head["epoch"], head["safe"], head["directives"]
        self.stopped = head["pull_refused"]

    def _apply(self, page: dict[str, Any] | None, payload: bytes) -> None:
        at = 0
        for change in page["changes"] if page else []:
            if change["kind"] in ("put", "draft"):
                self.held[change["ref"]] = json.loads(zlib.decompress(payload[at : at + change["len"]]))
            elif change["kind"] in ("del", "out"):
                self.held.pop(change["ref"], None)
            at += change["len"]
        if page:
            assert at == len(payload)
            self.cursor = page["cursor"]

    def is_safe(self, item: Item) -> bool:
        """Whether the server says that a verified backup holds it."""
        result = self.results[item.op]
        return result["seq"] is not None and result["seq"] <= self.safe.get(result["district"], -1)

    # Files (section 9)

    def seal_file(self, plain: bytes, kind: str = "photo", media_type: str = "image/jpeg") -> SealedFile:
        envelope, file_id = self.new_envelope(), self.new_id()
        sealed = sealing.seal_file(
            plain,
            file_id=file_id,
            sealing_key=envelope.sealing_key,
            envelope_id=envelope.envelope_id,
            salt=self.chance(16),
        )
        return SealedFile(file_id, sealed, envelope, kind, media_type)

    def announcement(self, sent: SealedFile, record_id: str | None) -> bytes:
        envelope = sent.envelope
        said = {
            "v": 1, "file_id": str(sent.file_id), "hash": b64u(sha256(sent.sealed)), "bytes": len(sent.sealed),
            "envelope": {
                "id": b64u(envelope.envelope_id), "suite": 1, "key_id": envelope.key_id, "bytes": b64u(envelope.sealed)
            },
            "record_id": record_id, "kind": sent.kind,
        }  # fmt: skip
        return json.dumps(said).encode()

    def announce(self, sent: SealedFile, record_id: str | None = None) -> dict[str, Any]:
        body = self.announcement(sent, record_id)
        _, _, answer = self._send("POST", "/sync/v1/blobs", body, {"Content-Type": "application/json"})
        return json.loads(answer)

    def send_piece(self, sent: SealedFile, offset: int) -> int:
        """Send one piece; where the server goes on."""
        path = f"/sync/v1/blobs/{sent.file_id}"
        more = {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
        piece = sent.sealed[offset : offset + PIECE_BYTES]
        _, headers, _ = self._send("PATCH", path, piece, more, signed_as=f"{path}?{offset}")
        return int(headers["Upload-Offset"])

    def ask_file(self, sent: SealedFile) -> Mapping[str, str]:
        """HEAD: Upload-Offset, Upload-Length, and FieldApp-Seq once it is whole."""
        return self._send("HEAD", f"/sync/v1/blobs/{sent.file_id}", b"")[1]

    def send_file(self, sent: SealedFile, record_id: str | None = None) -> int:
        """All that is missing; the `seq` under which it is received."""
        offset = self._begun(sent, record_id)
        while offset < len(sent.sealed):
            try:
                offset = self.send_piece(sent, offset)
            except Refused as refused:
                if refused.said.get("reason") != "unknown_key":
                    raise
                self.put_into_another_envelope(sent)
                offset = self._begun(sent, record_id)
        return int(self.ask_file(sent)["FieldApp-Seq"])

    def _begun(self, sent: SealedFile, record_id: str | None) -> int:
        told = self.announce(sent, record_id)
        if told["reason"] == "unknown_key":
            self.put_into_another_envelope(sent)
            told = self.announce(sent, record_id)
        if told["state"] == "refused":
            raise Refused(200, told)
        return int(told["offset"])

    def put_into_another_envelope(self, sent: SealedFile) -> None:
        """`unknown_key`: the same sealing key under the same id, for a key that the server still has."""
        if sent.envelope.key_id == self.server_key[0]:
            self.exchange()  # brings a newer list
        sent.envelope = self._enveloped(sent.envelope.envelope_id, sent.envelope.sealing_key)

    # The share of a PIN way (section 8)

    def share(self, act: str, proof: bytes | None = None) -> bytes | None:
        request, now, once = self.chance(16), self.now_ms(), self.new_key()
        to = None if act == "remove" else b64u(sealing.point_of(once))
        said = {"v": 1, "request": b64u(request), "t": now, "act": act, "proof": proof and b64u(proof), "to": to}
        parts = ["fieldapp/1/share", act, str(self.vault_id), said["request"], now, said["proof"], to]
        said["signature"] = None if act == "get" else b64u(sealing.sign(self.author, signed_text(parts)))
        reply = self._json("/sync/v1/share", said)
        info = b"fieldapp/1/share" + self.vault_id.bytes + request
        return reply["sealed"] and sealing.hpke_open(once, info, from_b64u(reply["sealed"]))

    def proof(self, stretched: bytes, device_secret: bytes, salt: bytes) -> bytes:
        """`stretched` is Argon2id of the PIN, by whatever parameters this phone chose."""
        return sealing.hkdf(stretched + device_secret, salt, b"fieldapp/1/pin/proof" + self.vault_id.bytes)

    # What the server still has (section 12), and parcels (section 11)

    def digest(self, revisions: list[str], packages: list[str]) -> tuple[list[str], list[str]]:
        """Of these ids those of which nothing is there."""
        request, now = b64u(self.chance(16)), self.now_ms()
        ids = [b"".join(UUID(one).bytes for one in asked) for asked in (revisions, packages)]
        parts = ["fieldapp/1/digest", str(self.vault_id), request, now, *(b64u(sha256(raw)) for raw in ids)]
        said = {
            "v": 1, "request": request, "t": now, "revisions": b64u(ids[0]), "packages": b64u(ids[1]),
            "signature": b64u(sealing.sign(self.author, signed_text(parts))),
        }  # fmt: skip
        reply = self._json("/sync/v1/digest", said)
        self.epoch = reply["epoch"]
        missing = [from_b64u(reply[name]) for name in ("revisions", "packages")]
        first, second = ([str(UUID(bytes=raw[at : at + 16])) for at in range(0, len(raw), 16)] for raw in missing)
        return first, second

    def parcel(self, *files: SealedFile) -> bytes:
        """All that is queued, and these files, to be carried to a desk."""
        _, body = self._request(is_pulling=False)
        parts: list[tuple[str, bytes, str | None]] = [
            ("exchange", body, self._transport_signature("POST /sync/v1/exchange", body))
        ]
        for sent in files:
            said = self.announcement(sent, None)
            parts.append(("announce", said, self._transport_signature("POST /sync/v1/blobs", said)))
            parts.append(("file", sent.sealed, None))
        named = [{"as": kind, "len": len(data), "signature": signature} for kind, data, signature in parts]
        head = {"v": 1, "kind": "parcel", "vault": str(self.vault_id), "made": self.now_ms(), "parts": named}
        return sealing.frame(head, *(data for _, data, _ in parts))

    # What every request needs

    def new_id(self) -> UUID:
        """A UUIDv7."""
        made = bytearray(self.now_ms().to_bytes(6, "big") + self.chance(10))
        made[6], made[8] = made[6] & 0x0F | 0x70, made[8] & 0x3F | 0x80
        return UUID(bytes=bytes(made))

    def new_key(self) -> ec.EllipticCurvePrivateKey:
        return ec.derive_private_key(int.from_bytes(self.chance(31), "big") or 1, ec.SECP256R1())

    def _json(self, path: str, said: dict[str, Any], is_signed: bool = True) -> dict[str, Any]:
        kind = {"Content-Type": "application/json"}
        answer = self._send("POST", path, json.dumps(said).encode(), kind, is_signed=is_signed)[2]
        told: dict[str, Any] = json.loads(answer)
        return told

    def _send(
        self,
        method: str,
        path: str,
        body: bytes,
        headers: Mapping[str, str] | None = None,
        signed_as: str | None = None,
        is_signed: bool = True,
    ) -> tuple[int, Mapping[str, str], bytes]:
        asked = {"Content-Type": "application/octet-stream", **(headers or {})}
        if is_signed:
            signature = self._transport_signature(f"{method} {signed_as or path}", body)
            asked.update({"FieldApp-Vault": str(self.vault_id), "FieldApp-Signature": signature})
        status, told, answer = self.send(method, path, asked, body)
        if status >= 400:
            raise Refused(status, json.loads(answer) if answer else {})
        return status, told, answer

    def _transport_signature(self, what: str, body: bytes) -> str:
        text = b"\x0a".join([b"fieldapp/1/transport", what.encode(), sha256(body)])
        return b64u(sealing.sign(self.transport, text))
