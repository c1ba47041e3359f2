"""One exchange with a phone: read and open what it sends, take it in one transaction, then tell what it has to know.

    read     find the vault, check both signatures, open packages; writes nothing and holds no lock
    push     one transaction: a person has one district, so everything that can be taken belongs to it; what names
             another district is out of scope and kept aside here
    contact  what the mere passing of time changes: visits that come near, a lease to renew, new forms
    reply    the page of the feed; where it carries a family's data an audit row names refs and versions beside it

The web layer opens a session for each step (sync_api.py); an act here never commits.
"""

import hashlib
import json
import secrets
import threading
import zlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from marshmallow import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.actions import lists
from fieldapp.actions.batch import answers
from fieldapp.actions.plans import plan_of
from fieldapp.actions.records import SqlStore
from fieldapp.crypto import packages, signatures
from fieldapp.crypto.packages import Refused as CannotOpen
from fieldapp.crypto.packages import SealingKey, b64u, from_b64u
from fieldapp.crypto.rest import CursorMark
from fieldapp.crypto.signatures import PrivateKey
from fieldapp.db import milliseconds
from fieldapp.errors import Problem
from fieldapp.forms.plan import Plan
from fieldapp.forms.schema import is_plainly_right, schema_for
from fieldapp.models import audit, bundles, feed, health, server_keys, settings
from fieldapp.models.accounts import Acting, Person, acting_for
from fieldapp.models.audit import AuditHead
from fieldapp.models.cases import Assignment, Visit, Visitor
from fieldapp.models.feed import FeedHead, FeedRow
from fieldapp.models.forms import FormVersion
from fieldapp.models.records import DraftCopy
from fieldapp.models.vaults import AnsweredRequest, Vault, VaultHome, VaultState
from sync import pull, wire
from sync import push as rules
from sync.codes import Change, Directive, Reason, Refused
from sync.store import Head, Item, Outcome, Sender, Signature

TRANSPORT_TEXT = b"fieldapp/1/transport\nPOST /sync/v1/exchange\n"
CONTACT_EVERY = timedelta(minutes=10)  # a phone that asks more often writes nothing by asking
COMMIT_WITHIN = timedelta(minutes=1)  # a change may become visible this much later than the time written on it
AFTER_S = 300
CASES_AT_ONCE = 25
SEALING_KEYS_MAX = 256
COMPRESSION = 6


@dataclass(frozen=True)
class Asked:
    """A request, read: whose it is, what it brings, from where it wants to go on."""

    district: str
    vault_id: UUID
    acting: Acting
    vault_state: str
    enrolled_at: datetime
    head: dict[str, Any]
    body_hash: bytes
    items: Sequence[Item]
    seen: pull.Cursor | None  # what the vault proved to know; None while locked, and where it has to begin afresh
    pull_refused: Refused | None
    needs_contact: bool

    @property
    def pulls(self) -> bool:
        return self.head["pull"] is not None and self.pull_refused is None


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


# --- read -------------------------------------------------------------------------------------------------------------


def read(session: Session, vault: str, signature: str, body: bytes, now: datetime) -> Asked:
    """Read a request. Raises `unknown_vault` (also for a wrong transport signature), `frame_malformed`,
    `frame_too_large`."""
    row = _vault(session, vault, signature, body)
    try:
        head, envelopes, sent = wire.read_request(body)
    except wire.Malformed as error:
        raise Problem("frame_too_large" if error.too_large else "frame_malformed") from error
    acting = acting_for(session, row.district, row.person_id)
    # Somebody who was deactivated has no phone either, whatever its row says.
    state = row.state if acting is not None else VaultState.REVOKED
    acting = acting or Acting(row.district, row.person_id, "", ())
    refused = _pull_refused(row, state, head, now)
    view = session.get_one(Person, (row.district, row.person_id)).view_version
    seen = None
    if head["pull"] is not None and refused is None:
        epoch, newest = _epoch(session), _head_seq(session, acting)
        seen, is_afresh = pull.start(head["pull"]["cursor"], epoch, view, newest, _mark(session, row.vault_id))
        is_ahead = pull.is_ahead(seen, {row.district: newest})
        seen = None if is_afresh or is_ahead else seen
    else:
        is_ahead = False
    opener = _Opener(session, row, head["envelopes"], envelopes)
    return Asked(
        district=row.district,
        vault_id=row.vault_id,
        acting=acting,
        vault_state=state,
        enrolled_at=row.enrolled_at,
        head=head,
        body_hash=hashlib.sha256(body).digest(),
        items=opener.open_all(sent, head["request"]),
        seen=seen,
        pull_refused=refused,
        needs_contact=is_ahead or row.view_version != view or _is_stale(row, head, now),
    )


def _vault(session: Session, vault: str, signature: str, body: bytes) -> Vault:
    try:
        vault_id, signed = UUID(vault), from_b64u(signature)
    except ValueError as error:
        raise Problem("unknown_vault") from error
    home = session.get(VaultHome, vault_id)
    row = None if home is None else session.get(Vault, (home.district, vault_id))
    text = TRANSPORT_TEXT + hashlib.sha256(body).digest()
    if row is None or not signatures.verify(row.transport_key, signed, text):
        raise Problem("unknown_vault")
    return row


def _pull_refused(row: Vault, state: str, head: dict[str, Any], now: datetime) -> Refused | None:
    if state != VaultState.ACTIVE:
        return Refused(state)
    if head["pull"] is None:
        return None
    asked = ["fieldapp/1/pull", str(row.vault_id), b64u(head["request"]), head["t"], head["pull"]["cursor"]]
    try:
        text = signatures.signed_text(asked)
    except ValueError:
        return Refused.BAD_SIGNATURE
    if not signatures.verify(row.author_key, head["pull"]["signature"], text):
        return Refused.BAD_SIGNATURE
    # A pull that was recorded cannot be asked for again later: its time is signed.
    return Refused.CLOCK if abs(head["t"] - milliseconds(now)) > wire.CLOCK_TOLERANCE_MS else None


def _is_stale(row: Vault, head: dict[str, Any], now: datetime) -> bool:
    last = row.last_contact_at
    return last is None or now - last >= CONTACT_EVERY or row.app_version != head["app"] or _day(last) != _day(now)


class _Opener:
    """Opens the packages of one frame: envelopes once, known packages not at all."""

    def __init__(
        self, session: Session, vault: Vault, named: Sequence[dict[str, Any]], envelopes: Sequence[bytes]
    ) -> None:
        self._session, self._vault = session, vault
        self._envelopes = {said["id"]: (said, sealed) for said, sealed in zip(named, envelopes, strict=True)}
        self._private: dict[str, PrivateKey] | None = None
        self._sealing: dict[bytes, SealingKey | Reason] = {}
        self._plans: dict[tuple[str, int], Plan | None] = {}

    def open_all(self, sent: Sequence[bytes], request_id: bytes) -> list[Item]:
        """The packages in their order. Where the request itself was answered before, they are not opened again."""
        here = (self._vault.district, self._vault.vault_id, request_id)
        # Known packages in a new request are few: looking for every one of them would cost more than opening those.
        is_repeat = bool(sent) and self._session.get(AnsweredRequest, here) is not None
        ids = [UUID(bytes=package[:16]) for package in sent]
        known = answers.stored(self._session, self._vault.district, self._vault.vault_id, ids if is_repeat else ())
        items = []
        for package_id, package in zip(ids, sent, strict=True):
            digest = hashlib.sha256(package).digest()
            stored = known.get(package_id)
            if stored is not None and stored.package_hash == digest and self._vault.state == VaultState.ACTIVE:
                items.append(Item(package_id, digest, package))
            else:
                items.append(self._open(package_id, digest, package))
        return items

    def open_one(self, package: bytes) -> Item:
        """One package, whether it was answered before or not."""
        return self._open(UUID(bytes=package[:16]), hashlib.sha256(package).digest(), package)

    def _open(self, package_id: UUID, digest: bytes, raw: bytes) -> Item:
        try:
            package = packages.take_apart(raw)
        except CannotOpen as error:
            return Item(package_id, digest, raw, trouble=error.reason)
        envelope = self._envelopes.get(package.envelope_id)
        if envelope is None:
            return Item(package_id, digest, raw, trouble=Reason.NO_ENVELOPE)
        said, sealed = envelope
        origin = (str(said["key_id"]), int(said["suite"]), sealed)
        key = self._sealing_key(said, sealed)
        if isinstance(key, Reason):
            return Item(package_id, digest, raw, origin, trouble=key)
        try:
            raw_head = packages.open_head(package, key)
            head = wire.read_head(raw_head)
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
        if said["suite"] != wire.SUITE:
            return Reason.UNKNOWN_SUITE
        if self._private is None:
            self._private = server_keys.envelope_keys(self._session)
        private = self._private.get(said["key_id"])
        if private is None:
            return Reason.UNKNOWN_KEY
        try:
            key = packages.open_envelope(
                sealed,
                suite=said["suite"],
                private=private,
                key_id=said["key_id"],
                vault_id=self._vault.vault_id,
            )
        except CannotOpen as error:
            return error.reason
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
            body = wire.read_body(head.kind, plain)
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
    opener = _Opener(session, vault, [{"id": package[17:33], "suite": suite, "key_id": key_id}], [sealed])
    return opener.open_one(package)


# --- push -------------------------------------------------------------------------------------------------------------


def push(session: Session, asked: Asked, now: datetime) -> list[dict[str, Any]]:
    """Take the packages of a request; the rows of `results`, in the order they were sent.

    Raises `request_reused` where this request id came before with other bytes.
    """
    # Whoever pushes for this person waits here (PostgreSQL): two of her phones cannot make the same record at once.
    here = (Person.district == asked.district, Person.person_id == asked.acting.person_id)
    session.execute(select(Person.person_id).where(*here).with_for_update())
    vault = session.get_one(Vault, (asked.district, asked.vault_id))
    is_active = asked.vault_state == vault.state == VaultState.ACTIVE
    answered = session.get(AnsweredRequest, (asked.district, asked.vault_id, asked.head["request"]))
    if is_active and answered is not None:
        if answered.body_hash != asked.body_hash:
            raise Problem("request_reused")
        return list(json.loads(answered.results))
    state = vault.state if asked.vault_state == VaultState.ACTIVE else asked.vault_state
    outcomes = _apply_all(session, asked, state, now)
    if asked.needs_contact:
        contact(session, asked, now)
    heads = feed.number(session)
    seq = heads.get((asked.district, asked.acting.person_id)) or _head_seq(session, asked.acting)
    results = [outcome.result(item.package_id, asked.district, seq) for item, outcome in outcomes]
    if is_active:
        session.add(
            AnsweredRequest(
                district=asked.district,
                vault_id=asked.vault_id,
                request_id=asked.head["request"],
                body_hash=asked.body_hash,
                results=json.dumps(results, separators=(",", ":")),
                answered_at=now,
            )
        )
    return results


def _apply_all(session: Session, asked: Asked, state: str, now: datetime) -> list[tuple[Item, Outcome]]:
    forms = bundles.forms_of(session, asked.acting)
    sender = Sender(asked.district, asked.acting.person_id, asked.vault_id, str(state), forms)
    store = SqlStore(session, asked.acting, sender, asked.items, asked.seen, now)
    outcomes = [(item, rules.apply(item, sender, store)) for item in asked.items]
    store.flush()
    return outcomes


# --- contact ----------------------------------------------------------------------------------------------------------


def contact(session: Session, asked: Asked, now: datetime) -> None:
    """Note that this phone was here, and put on the feed what only time has changed since it was here last."""
    vault = session.get_one(Vault, (asked.district, asked.vault_id))
    before = vault.last_contact_at
    vault.last_contact_at, vault.app_version = now, asked.head["app"]
    skew = asked.head["t"] - milliseconds(now)
    vault.clock_skew_ms = max(-wire.NUMBER_MAX, min(wire.NUMBER_MAX, skew))  # 24 days or more are all the same
    if asked.vault_state != VaultState.ACTIVE:
        return
    _renew_epoch(session, asked, now)
    person = session.get_one(Person, (asked.district, asked.acting.person_id))
    if vault.view_version != person.view_version:
        vault.view_version = person.view_version
        tell_everything(session, asked.acting, now)
        return
    if before is not None and _day(before) != _day(now):
        feed.tell(session, asked.district, asked.acting.person_id, "me")  # carries the lease
        lists.tell_regions(session, asked.acting, _day(now))
    if before is not None:
        _tell_coming_visits(session, asked.acting, before, now)
        _tell_withdrawn_plans(session, asked.acting, before)
    _tell_new_plans(session, asked.acting)


def tell_everything(session: Session, acting: Acting, now: datetime) -> None:
    """Put on a person's feed whatever a phone of hers has to hold: herself, her forms, her families, her drafts."""
    here = (acting.district, acting.person_id)
    feed.tell(session, *here, "me")
    lists.tell_regions(session, acting, _day(now))
    refs = _plan_refs(session, acting)
    for ref in refs:
        feed.tell(session, *here, ref)
    lists.tell(session, acting, refs)
    cases = select(Assignment.case_id).where(
        Assignment.district == here[0], Assignment.person_id == here[1], Assignment.ended_at.is_(None)
    )
    for case_id in session.scalars(cases):
        feed.tell(session, *here, f"case:{case_id}")
    drafts = session.execute(
        select(DraftCopy.record_id, DraftCopy.vault_id).where(
            DraftCopy.district == here[0], DraftCopy.author_id == here[1]
        )
    )
    for record_id, vault_id in drafts:
        feed.tell(session, *here, f"draft:{record_id}", "draft", origin_vault=vault_id)


def _plan_refs(session: Session, acting: Acting) -> list[str]:
    """The newest running version of each form she fills in; older drafts go on with the plan they began with."""
    rows = session.execute(
        select(FormVersion.form, FormVersion.version)
        .where(FormVersion.form.in_(sorted(bundles.forms_of(session, acting))), FormVersion.withdrawn_at.is_(None))
        .order_by(FormVersion.form, FormVersion.version)
    )
    newest = {form: version for form, version in rows}  # noqa: C416  # the last one of each form stays
    return [f"plan:{form}@{version}" for form, version in newest.items()]


def _tell_new_plans(session: Session, acting: Acting) -> None:
    refs = _plan_refs(session, acting)
    here = (FeedRow.district == acting.district, FeedRow.person_id == acting.person_id)
    known = set(session.scalars(select(FeedRow.ref).where(*here, FeedRow.ref.in_(refs))))
    for ref in refs:
        if ref not in known:
            feed.tell(session, acting.district, acting.person_id, ref)
    lists.tell(session, acting, refs)


def _tell_withdrawn_plans(session: Session, acting: Acting, before: datetime) -> None:
    """Versions withdrawn since the last contact are told once more: nothing new is begun with them, drafts go on.

    Told at contact, not by the act itself: it would have to write into every district at once.
    """
    rows = session.execute(
        select(FormVersion.form, FormVersion.version).where(FormVersion.withdrawn_at > before - COMMIT_WITHIN)
    )
    refs = [f"plan:{form}@{version}" for form, version in rows]
    here = (FeedRow.district == acting.district, FeedRow.person_id == acting.person_id)
    for ref in session.scalars(select(FeedRow.ref).where(*here, FeedRow.ref.in_(refs))) if refs else ():
        feed.tell(session, acting.district, acting.person_id, ref)


def _tell_coming_visits(session: Session, acting: Acting, before: datetime, now: datetime) -> None:
    """Visits that came within the preload since the last contact: their families come down whole now."""
    first, last = bundles.last_day_preloaded(before), bundles.last_day_preloaded(now)
    if last <= first:
        return
    coming = (
        select(Visit.case_id)
        .join(Visitor, (Visitor.district == Visit.district) & (Visitor.visit_id == Visit.visit_id))
        .where(
            Visit.district == acting.district,
            Visitor.person_id == acting.person_id,
            Visit.state == "planned",
            Visit.planned_on > first,
            Visit.planned_on <= last,
        )
    )
    for case_id in set(session.scalars(coming)):
        feed.tell(session, acting.district, acting.person_id, f"case:{case_id}")


def _renew_epoch(session: Session, asked: Asked, now: datetime) -> None:
    """A phone that knows numbers we never gave has seen a future of this database that a restore took away."""
    if not asked.pulls:
        return
    # A cursor that we did not write ourselves is no witness: it begins afresh, and nobody else has to.
    cursor = pull.read_cursor(asked.head["pull"]["cursor"], _mark(session, asked.vault_id))
    epoch = _epoch(session)
    if cursor is None or cursor.epoch != epoch:
        return
    if pull.is_ahead(cursor, {asked.district: _head_seq(session, asked.acting)}):
        settings.put(session, settings.EPOCH, secrets.token_hex(8))
        audit.write(
            session,
            district=asked.district,
            actor_id=asked.acting.person_id,
            vault_id=asked.vault_id,
            act="new_epoch",
            about={"epoch": epoch},
            at=now,
        )


# --- reply ------------------------------------------------------------------------------------------------------------


def carries_case_data(session: Session, asked: Asked) -> bool:
    """Whether the next page would carry something of a family, so that it has to be audited."""
    cursor, _ = _start(session, asked)
    return any(_is_case_data(row) for row in _rows(session, asked, cursor))


def reply(session: Session, asked: Asked, results: Sequence[dict[str, Any]], now: datetime) -> bytes:
    """The reply frame. Called in a writing session where `carries_case_data` said so."""
    page: dict[str, Any] | None = None
    payload: list[bytes] = []
    directives = _directives(session, asked, now)
    if asked.pulls:
        cursor, is_resync = _start(session, asked)
        rendered, last, has_more = pull.fill(
            _rows(session, asked, cursor),
            wire.PAGE_ROWS_MAX,
            asked.head["pull"]["want"],
            _Renderer(session, asked, cursor, now).render,
        )
        if is_resync:
            directives.append({"kind": Directive.RESYNC.value})
        _audit_page(session, asked, rendered, now)
        page = {
            "cursor": pull.after(cursor, asked.district, last).text(_mark(session, asked.vault_id)),
            "more": has_more,
            "changes": [change.head(asked.district) for change in rendered],
        }
        payload = [change.payload for change in rendered]
    is_active = asked.vault_state == VaultState.ACTIVE
    head = pull.reply_head(
        request=b64u(asked.head["request"]),
        t=milliseconds(now),
        epoch=_epoch(session),
        results=results,
        page=page,
        pull_refused=asked.pull_refused.value if asked.pull_refused else None,
        safe={asked.district: _safe_seq(session, asked.acting)} if is_active else {},
        directives=directives,
        audit=_witnessed(session, asked.district) if is_active else {},
        after_s=1 if page and page["more"] else AFTER_S,
    )
    return wire.write_frame(head, payload)


def _start(session: Session, asked: Asked) -> tuple[pull.Cursor, bool]:
    view = session.get_one(Person, (asked.district, asked.acting.person_id)).view_version
    newest = _head_seq(session, asked.acting)
    return pull.start(asked.head["pull"]["cursor"], _epoch(session), view, newest, _mark(session, asked.vault_id))


def _rows(session: Session, asked: Asked, cursor: pull.Cursor) -> list[pull.Row]:
    rows = session.execute(
        select(FeedRow.seq, FeedRow.ref, FeedRow.kind, FeedRow.version, FeedRow.origin_vault)
        .where(
            FeedRow.district == asked.district,
            FeedRow.person_id == asked.acting.person_id,
            FeedRow.seq > cursor.seqs.get(asked.district, 0),
        )
        .order_by(FeedRow.seq)
        .limit(wire.PAGE_ROWS_MAX + 1)
    )
    found = [pull.Row(*row) for row in rows]
    return [
        pull.Row(row.seq, row.ref, Change.OWN, row.version, None)
        if pull.is_own(row, cursor, asked.vault_id) and row.kind != Change.DRAFT
        else row
        for row in found
    ]


def _is_case_data(row: pull.Row) -> bool:
    return row.kind in (Change.PUT, Change.DRAFT) and row.ref.startswith(("case:", "draft:"))


class _Renderer:
    """Renders the rows of one page, the bundles of families some at a time."""

    def __init__(self, session: Session, asked: Asked, cursor: pull.Cursor, now: datetime) -> None:
        self._session, self._asked, self._now = session, asked, now
        rows = _rows(session, asked, cursor)
        self._waiting = [UUID(row.ref[5:]) for row in rows if row.kind == Change.PUT and row.ref.startswith("case:")]
        self._bundles: dict[UUID, dict[str, Any] | None] = {}

    def render(self, row: pull.Row) -> pull.Rendered:
        kind, _, name = row.ref.partition(":")
        if row.kind not in (Change.PUT, Change.DRAFT):
            return pull.Rendered(Change(row.kind), row.ref, row.version)
        match kind:
            case "case":
                return self._put(row, self._bundle(UUID(name)))
            case "draft":
                return self._draft(row, UUID(name))
            case "plan":
                return self._plan(row, name)
            case "file":
                return self._packed(row, lists.payload(self._session, self._asked.acting, name))
            case "regions":
                return self._packed(row, lists.regions_payload(self._session, self._asked.acting, _day(self._now)))
            case _:
                return self._put(row, bundles.me_of(self._session, self._asked.acting, self._now))

    def _put(self, row: pull.Row, rendered: dict[str, Any] | None) -> pull.Rendered:
        return self._packed(row, None if rendered is None else _compressed(rendered))

    def _packed(self, row: pull.Row, payload: bytes | None) -> pull.Rendered:
        if payload is None:
            return pull.Rendered(Change.OUT, row.ref, row.version)
        return pull.Rendered(Change.PUT, row.ref, row.version, payload)

    def _bundle(self, case_id: UUID) -> dict[str, Any] | None:
        if case_id not in self._bundles:
            at = self._waiting.index(case_id)
            wanted = self._waiting[at : at + CASES_AT_ONCE]
            found = bundles.cases_of(self._session, self._asked.acting, wanted, self._now)
            self._bundles = {case_id: found.get(case_id) for case_id in wanted}
        return self._bundles[case_id]

    def _draft(self, row: pull.Row, record_id: UUID) -> pull.Rendered:
        found = bundles.draft_of(self._session, self._asked.acting, record_id)
        if found is None:
            return pull.Rendered(Change.DEL, row.ref, row.version)
        copy, rendered = found
        # For a vault that was enrolled after the copy was made: another phone of hers has drafts of its own.
        if copy.vault_id == self._asked.vault_id or self._asked.enrolled_at <= copy.received_at:
            return pull.Rendered(Change.OWN, row.ref, row.version)
        return pull.Rendered(Change.DRAFT, row.ref, row.version, _compressed(rendered))

    def _plan(self, row: pull.Row, name: str) -> pull.Rendered:
        form, _, version = name.partition("@")
        found = self._session.get(FormVersion, (form, int(version)))
        if found is None or form not in bundles.forms_of(self._session, self._asked.acting):
            return pull.Rendered(Change.OUT, row.ref, row.version)
        # The mark stands beside the plan, outside its hash: a published plan never changes.
        text = found.plan if found.withdrawn_at is None else f'{found.plan[:-1]},"withdrawn":true}}'
        return pull.Rendered(Change.PUT, row.ref, row.version, zlib.compress(text.encode(), COMPRESSION))


def _compressed(rendered: dict[str, Any]) -> bytes:
    text = json.dumps(rendered, ensure_ascii=False, separators=(",", ":"))
    return zlib.compress(text.encode(), COMPRESSION)


def _audit_page(session: Session, asked: Asked, rendered: Sequence[pull.Rendered], now: datetime) -> None:
    carried = {
        change.ref: change.version
        for change in rendered
        if change.payload and change.ref.startswith(("case:", "draft:"))
    }
    if carried:
        audit.write(
            session,
            district=asked.district,
            actor_id=asked.acting.person_id,
            vault_id=asked.vault_id,
            act="pull",
            about={"refs": carried},
            at=now,
        )


def _directives(session: Session, asked: Asked, now: datetime) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = []
    if asked.vault_state != VaultState.ACTIVE:
        return [{"kind": str(asked.vault_state)}]
    if asked.head["functions"] < wire.FUNCTION_SET:
        told.append({"kind": Directive.UPDATE.value, "functions": wire.FUNCTION_SET})
    backup = health.backup_of(session, now)
    if backup.state == "demo":
        told.append({"kind": Directive.DEMO.value})
    elif backup.state != "good":
        told.append({"kind": Directive.UNSAFE.value})
    return told


def _mark(session: Session, vault_id: UUID) -> CursorMark:
    return CursorMark.for_vault(session.info["ring"], vault_id)


def _epoch(session: Session) -> str:
    return settings.get(session, settings.EPOCH) or ""


def _head_seq(session: Session, acting: Acting) -> int:
    here = (FeedHead.district == acting.district, FeedHead.person_id == acting.person_id)
    return session.scalar(select(FeedHead.seq).where(*here)) or 0


def _safe_seq(session: Session, acting: Acting) -> int:
    if settings.get(session, settings.DEMO) is not None:
        return _head_seq(session, acting)  # nothing is backed up there, and nothing needs to be
    here = (FeedHead.district == acting.district, FeedHead.person_id == acting.person_id)
    return session.scalar(select(FeedHead.safe_seq).where(*here)) or 0


def _witnessed(session: Session, district: str) -> dict[str, Any]:
    head = session.get(AuditHead, district)
    return {} if head is None else {district: {"seq": head.seq, "hash": b64u(head.hash)}}


def _day(at: datetime) -> Any:
    return at.astimezone(bundles.CHINA).date()
