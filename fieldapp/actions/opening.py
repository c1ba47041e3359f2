"""The packages of a request, opened as far as they open: envelope, head, signature, body, shape. Writes nothing."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from marshmallow import ValidationError
from sqlalchemy.orm import Session

from fieldapp.actions.batch import answers
from fieldapp.actions.plans import plan_of
from fieldapp.crypto import packages, signatures
from fieldapp.crypto.packages import Refused as CannotOpen
from fieldapp.crypto.packages import SealingKey
from fieldapp.crypto.signatures import PrivateKey
from fieldapp.forms.plan import Plan
from fieldapp.forms.schema import is_plainly_right, schema_for
from fieldapp.models import server_keys
from fieldapp.models.vaults import Vault, VaultState, answer_to
from sync import messages, wire
from sync.codes import Reason
from sync.store import Head, Item, Signature

SEALING_KEYS_MAX = 256


class Opener:
    """Opens the packages of one frame: envelopes once, known packages not at all."""

    def __init__(
        self, session: Session, vault: Vault, named: Sequence[dict[str, Any]], envelopes: Sequence[bytes]
    ) -> None:
        self._session, self._vault = session, vault
        self._envelopes = {said["id"]: (said, sealed) for said, sealed in zip(named, envelopes, strict=True)}
        self._private: dict[int, dict[str, PrivateKey]] = {}
        self._sealing: dict[bytes, SealingKey | Reason] = {}
        self._plans: dict[tuple[str, int], Plan | None] = {}

    def open_all(self, sent: Sequence[bytes], request_id: bytes) -> list[Item]:
        """The packages in their order. Where the request itself was answered before, they are not opened again."""
        vault = self._vault
        # Known packages in a new request are few: looking for every one of them would cost more than opening those.
        is_repeat = bool(sent) and answer_to(self._session, vault.district, vault.vault_id, request_id) is not None
        if not is_repeat or vault.state != VaultState.ACTIVE:
            return list(map(self.open_one, sent))
        ids = [UUID(bytes=package[:16]) for package in sent]
        known = answers.stored(self._session, vault.district, vault.vault_id, ids)
        items = []
        for package_id, package in zip(ids, sent, strict=True):
            digest, stored = hashlib.sha256(package).digest(), known.get(package_id)
            is_known = stored is not None and stored.package_hash == digest
            items.append(Item(package_id, digest, package) if is_known else self.open_one(package))
        return items

    def open_one(self, raw: bytes) -> Item:
        """One package, whether it was answered before or not."""
        digest = hashlib.sha256(raw).digest()
        try:
            package = packages.take_apart(raw)
        except CannotOpen as error:
            return Item(UUID(bytes=raw[:16]), digest, raw, trouble=error.reason)
        package_id = package.package_id
        envelope = self._envelopes.get(package.envelope_id)
        if envelope is None:
            return Item(package_id, digest, raw, trouble=Reason.NO_ENVELOPE)
        said, sealed = envelope
        origin = (str(said["key_id"]), int(said["suite"]), sealed)
        if package.suite != said["suite"]:
            # A key of one suite is none of another.
            return Item(package_id, digest, raw, origin, trouble=Reason.DAMAGED)
        key = self._sealing_key(said, sealed)
        if isinstance(key, Reason):
            return Item(package_id, digest, raw, origin, trouble=key)
        try:
            raw_head = packages.open_head(package, key)
            head = messages.read_head(raw_head)
        except CannotOpen as error:
            return Item(package_id, digest, raw, origin, trouble=error.reason)
        except wire.Malformed:
            return Item(package_id, digest, raw, origin, trouble=Reason.DAMAGED)
        text = packages.author_text(raw_head, self._vault.vault_id)
        plain, body, trouble = self._body(package, key, raw_head, head)
        return Item(
            package_id=package_id,
            package_hash=digest,
            package=raw,
            envelope=origin,
            head=head,
            signature=self._signature(head, text),
            signed_text=text.decode("ascii"),
            plain=plain,
            body=body,
            body_trouble=trouble,
        )

    def _sealing_key(self, said: dict[str, Any], sealed: bytes) -> SealingKey | Reason:
        name = hashlib.sha256(b"".join([self._vault.vault_id.bytes, said["key_id"].encode(), sealed])).digest()
        if name not in self._sealing:
            self._sealing[name] = _keys.get(name) or self._open_envelope(name, said, sealed)
        return self._sealing[name]

    def _open_envelope(self, name: bytes, said: dict[str, Any], sealed: bytes) -> SealingKey | Reason:
        suite = said["suite"]
        if suite not in packages.SUITES:
            return Reason.UNKNOWN_SUITE
        if suite not in self._private:
            self._private[suite] = server_keys.envelope_keys(self._session, suite)
        private = self._private[suite].get(said["key_id"])
        if private is None:
            return Reason.UNKNOWN_KEY
        try:
            key = packages.open_envelope(
                sealed,
                suite=suite,
                private=private,
                key_id=said["key_id"],
                vault_id=self._vault.vault_id,
            )
        except CannotOpen:
            # Nobody will ever open what lies under it; the phone still has each copy, and seals it anew.
            return Reason.NO_ENVELOPE
        _keys.put(name, key)
        return key

    def _signature(self, head: Head, text: bytes) -> Signature:
        if head.signature is None:
            return Signature.NONE
        is_good = signatures.verify(self._vault.author_key, head.signature, text)
        return Signature.GOOD if is_good else Signature.BAD

    def _body(
        self, package: packages.Package, key: SealingKey, raw_head: dict[str, Any], head: Head
    ) -> tuple[bytes, dict[str, Any] | None, Reason | None]:
        try:
            plain = packages.open_body(package, key, raw_head)
        except CannotOpen as error:
            return b"", None, error.reason
        try:
            body = messages.read_body(head.kind, plain)
            if head.kind == "revision":
                plan = self._plan(head)
                if plan is not None:  # an unknown form is the rules' business
                    _check_answers(plan, body["answers"])
        except (wire.Malformed, ValidationError):
            return plain, None, Reason.SHAPE
        return plain, body, None

    def _plan(self, head: Head) -> Plan | None:
        named = (head.form or "", head.form_version or 0)
        if named not in self._plans:
            self._plans[named] = plan_of(self._session, *named)
        return self._plans[named]


def _check_answers(plan: Plan, answers: dict[str, Any]) -> None:
    if not is_plainly_right(plan, answers):
        schema_for(plan).load(answers)  # the law, and the words for a no


def reopen(session: Session, vault: Vault, package: bytes, envelope: tuple[str, int, bytes]) -> Item:
    """A kept package, opened again as when it came: (server key id, suite, bytes) is the envelope kept beside it."""
    key_id, suite, sealed = envelope
    opener = Opener(session, vault, [{"id": package[17:33], "suite": suite, "key_id": key_id}], [sealed])
    return opener.open_one(package)


@dataclass
class _Keys:
    """Sealing keys by envelope: an envelope comes with every frame until its packages are safe, HPKE is paid once."""

    by_envelope: OrderedDict[bytes, SealingKey] = field(default_factory=OrderedDict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, name: bytes) -> SealingKey | None:
        with self.lock:
            key = self.by_envelope.get(name)
            if key is not None:
                self.by_envelope.move_to_end(name)
            return key

    def put(self, name: bytes, key: SealingKey) -> None:
        with self.lock:
            self.by_envelope[name] = key
            while len(self.by_envelope) > SEALING_KEYS_MAX:
                self.by_envelope.popitem(last=False)


_keys = _Keys()
