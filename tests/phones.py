"""Phones in Python with the real crypto, talking to the real app through a test client."""

import hashlib
import random
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from fieldapp.actions import plans
from fieldapp.crypto import keys, packages, shares, signatures
from fieldapp.crypto.packages import SealingKey
from fieldapp.db import milliseconds
from fieldapp.ids import uuid7
from fieldapp.models import server_keys
from fieldapp.models.vaults import DeviceCode
from sync import wire
from sync.device import Device, Envelope, Request, ShareRequest
from tests import factories
from tests.factories import County


class PhoneCrypto:
    """What the vault worker does. `server_key` is key id and raw point of the key it seals to."""

    def __init__(
        self, vault_id: UUID, chance: Callable[[int], bytes], server_key: tuple[str, bytes] = ("", b"")
    ) -> None:
        self._vault_id, self._chance = vault_id, chance
        self.server_key = server_key
        self._transport, self._author = signatures.new_private_key(), signatures.new_private_key()
        self.transport_point = signatures.public_point(self._transport)
        self.author_point = signatures.public_point(self._author)
        self._sealing: dict[bytes, SealingKey] = {}
        self.identity = b""  # of the server, pinned at the enrolment
        self.suite = wire.SUITE

    def sign_transport(self, text: bytes) -> bytes:
        return signatures.sign(self._transport, text)

    def sign_author(self, text: bytes) -> bytes:
        return signatures.sign(self._author, text)

    def is_of_server(self, signature: bytes, text: bytes) -> bool:
        return signatures.verify(self.identity, signature, text)

    def take_keys(self, server_keys: list[Mapping[str, Any]]) -> None:
        newest = [key for key in server_keys if key["suite"] == self.suite][-1]
        self.server_key = (newest["key_id"], packages.from_b64u(newest["public"]))

    def forget(self) -> None:
        self._sealing = {}
        del self._author

    def new_envelope(self) -> Envelope:
        envelope_id, key = self._chance(16), SealingKey(self._chance(32))
        self._sealing[envelope_id] = key
        key_id, point = self.server_key
        sealed = packages.seal_envelope(
            key, server_point=point, key_id=key_id, vault_id=self._vault_id, suite=self.suite
        )
        return Envelope(envelope_id, key_id, sealed, self.suite)

    def seal(self, head: Mapping[str, Any], body: bytes, envelope: Envelope, signed: bool) -> bytes:
        return packages.seal_package(
            head,
            body,
            sealing_key=self._sealing[envelope.envelope_id],
            envelope_id=envelope.envelope_id,
            vault_id=self._vault_id,
            author=self._author if signed else None,
            random=self._chance,
            suite=envelope.suite,
        )


class Phone:
    """A `Device` with somebody's vault, and a client that carries its requests."""

    def __init__(self, client: Any, clock: Callable[[], datetime], seed: int) -> None:
        self.client, self.clock = client, clock
        self._random = random.Random(seed)
        vault_id = uuid7(1_790_000_000_000, self.chance(10))
        self.crypto = PhoneCrypto(vault_id, self.chance)
        self.skew = timedelta()
        self.device = Device(self.crypto, vault_id, lambda: milliseconds(clock() + self.skew), self.chance)

    def chance(self, count: int) -> bytes:
        return self._random.randbytes(count)

    def new_id(self) -> str:
        return str(uuid7(milliseconds(self.clock()), self.chance(10)))

    def enrol(self, login: str, code: str, password: str = factories.PASSWORD) -> Any:
        """Ask to be enrolled; the response, taken in when it is one."""
        response = self.client.post("/sync/v1/enrol", data=self.device.enrolment(login, password, code))
        if response.status_code == 200:
            self.device.enrolled(response.json)
            self.crypto.identity = packages.from_b64u(response.json["identity_key"])
            self.crypto.take_keys(response.json["server_keys"])
        return response

    def post(self, request: Request, **changed: Any) -> Any:
        """Carry one request; `headers` and `body` may be given to send something else."""
        headers = {**request.headers, **changed.get("headers", {})}
        return self.client.post("/sync/v1/exchange", data=changed.get("body", request.body), headers=headers)

    def sync(self, **how: Any) -> dict[str, Any]:
        """One exchange; the head of the reply."""
        return self.sync_with(self.device.request(**how))

    def sync_with(self, request: Request) -> dict[str, Any]:
        """An exchange by this very request, which may have been sent before."""
        response = self.post(request)
        assert response.status_code == 200, response.get_data(as_text=True)
        self.device.apply(request, response.data)
        head, _ = wire.read_frame(response.data, wire.REPLY_HEAD_BYTES_MAX)
        return head

    def sync_all(self) -> None:
        """Exchanges until nothing more comes."""
        self.sync()
        while self.device.more:
            self.sync()

    def fill_in(self, county: County, *, case_id: UUID | None = None, form: str = "F2", **named: Any) -> Any:
        """Hand in a revision of a record; `named` changes parts of its head, `body` parts of its body."""
        body = {**revision_body(), **named.pop("body", {})}
        head = {
            "case_id": str(case_id or county.case_id),
            "visit_id": str(county.visit_id),
            "record_id": self.new_id(),
            "revision_id": self.new_id(),
            "parents": [],
            "form": form,
            "form_version": factories.version_of(form),
            "intent": "submit",
            **named,
        }
        return self.device.hand_in("revision", body, **head)

    def result(self, item: Any) -> Mapping[str, Any]:
        """The server's word on an item."""
        answered = self.device.received.get(item.op) or self.device.attention[item.op]
        return answered.result


class Asker:
    """A phone that asks for its share. `ask` gives status, reply and, where there is one, the opened share."""

    def __init__(self, phone: Phone) -> None:
        self.phone = phone

    def request(self, act: str, proof: bytes | None = None) -> ShareRequest:
        self.key = signatures.new_private_key()
        to = None if act == "remove" else signatures.public_point(self.key)
        return self.phone.device.ask_share(act, proof, to)

    def send(self, asked: ShareRequest) -> Any:
        return self.phone.client.post("/sync/v1/share", data=asked.body, headers=asked.headers)

    def ask(self, act: str, proof: bytes | None = None) -> tuple[int, Any, bytes | None]:
        asked = self.request(act, proof)
        answer = self.send(asked)
        share = None
        if answer.json.get("sealed"):
            sealed = packages.from_b64u(answer.json["sealed"])
            share = shares.open_sealed(sealed, self.key, self.phone.device.vault_id, asked.request)
        return answer.status_code, answer.json, share


def revision_body(**answers: Any) -> dict[str, Any]:
    return {"answers": answers, "replies": [], "recorded": {"started": 1, "language": "zh"}, "visitors": []}


def issue_code(session: Session, county: County, who: str, now: datetime, issuer: str = "administrator") -> str:
    """A device code for somebody; the first half of the 24 characters."""
    code = keys.new_code(lambda count: hashlib.sha256(factories.new_id().bytes).digest()[:count])
    session.add(
        DeviceCode(
            district=county.district,
            code_hash=hashlib.sha256(code.encode()).digest(),
            person_id=getattr(county, f"{who}_id"),
            issued_by=getattr(county, f"{issuer}_id"),
            issued_at=now,
            expires_at=now + timedelta(minutes=15),
        )
    )
    session.commit()
    return code


def prepare_server(session: Session, now: datetime) -> None:
    """Server keys and published forms."""
    server_keys.make_server_keys(session, now)
    plans.publish_library(session, now)
    session.commit()
