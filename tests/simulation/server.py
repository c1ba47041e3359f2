"""A server of a few dictionaries around the real rules of sync/: what fieldapp/actions/exchange.py does with tables.

One transaction is one copy of the tables that takes the place of the old ones, or does not: a crash before the commit
leaves nothing, a crash after it leaves everything but the reply. The store it hands to the rules passes the same suite
as the one in SQL (tests/unit/sync/test_store.py).
"""

import hashlib
import json
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from itertools import count
from typing import Any
from uuid import UUID

from fieldapp.casework import workflow
from fieldapp.casework.workflow import Move
from sync import digests, messages, pull, wire
from sync import push as rules
from sync.codes import Change, Directive, Reason, Refused, Status
from sync.store import Item, KnownDraft, KnownRecord, KnownRevision, Outcome, Sender, Stored
from tests.simulation.plain_crypto import IDENTITY, Keys, open_items, signed
from tests.unit.sync.memory_store import MemoryStore

DISTRICT = "990101"
FORM, FORM_VERSION = "F2", 1
PAGE_ROWS = 6  # few, so that a pull of a simulated phone has pages
AFTER_S = 300

Contents = frozenset[str]  # every answer of a simulated report is a word of its own


class Down(Exception):
    """The server died; whether before or after its commit the phone cannot know."""


@dataclass(frozen=True)
class Vault:
    person: UUID
    keys: Keys
    state: str = "active"
    view: int = 0  # which version of the person's view it was told in full; 0: none
    order: str | None = None  # a wipe
    is_wiped: bool = False


@dataclass(frozen=True)
class Decision:
    """What a supervisor decided, about exactly which bytes; `was_head` is noted when it is committed."""

    record_id: UUID
    revision_id: UUID
    content_hash: bytes
    kind: str
    was_head: bool


@dataclass
class Tables:
    """All of one district. Everything in it is replaced, never changed in place, but by a transaction in its copy."""

    epoch: str = "epoch-0"
    views: dict[UUID, int] = field(default_factory=dict)  # person -> version of her view
    cases: set[UUID] = field(default_factory=set)
    assigned: set[tuple[UUID, UUID]] = field(default_factory=set)  # (person, case)
    vaults: dict[UUID, Vault] = field(default_factory=dict)
    visits: dict[UUID, UUID] = field(default_factory=dict)
    records: dict[UUID, KnownRecord] = field(default_factory=dict)
    revisions: list[KnownRevision] = field(default_factory=list)
    contents: dict[UUID, Contents] = field(default_factory=dict)  # revision -> what it says
    heads: list[tuple[UUID, UUID | None, UUID, tuple[UUID, ...]]] = field(default_factory=list)
    # record, head before, head after, parents of the new one
    answers: dict[tuple[UUID, UUID], Stored] = field(default_factory=dict)  # the operation table
    requests: dict[tuple[UUID, bytes], tuple[bytes, Any]] = field(default_factory=dict)
    drafts: dict[UUID, KnownDraft] = field(default_factory=dict)
    copies_of: dict[UUID, UUID] = field(default_factory=dict)
    voided: set[UUID] = field(default_factory=set)
    kept: dict[bytes, tuple[Status, Reason, UUID | None]] = field(default_factory=dict)
    kept_revisions: set[UUID] = field(default_factory=set)
    settled: set[UUID] = field(default_factory=set)
    urgents: dict[UUID, bool] = field(default_factory=dict)
    effects: Counter[UUID] = field(default_factory=Counter)  # package -> how often it changed anything
    said: dict[str, int] = field(default_factory=dict)  # words of what was stored, kept or noted -> how often
    decisions: list[Decision] = field(default_factory=list)
    feed: dict[tuple[UUID, str], pull.Row] = field(default_factory=dict)
    numbers: dict[UUID, int] = field(default_factory=dict)  # the head row of each person
    horizon: dict[UUID, int] = field(default_factory=dict)  # below it was forgotten what is gone
    safe: dict[UUID, int] = field(default_factory=dict)

    def copy(self) -> "Tables":
        return Tables(**{name: value if isinstance(value, str) else value.copy() for name, value in self._parts()})

    def _parts(self) -> Iterator[tuple[str, Any]]:
        for part in fields(self):
            yield part.name, getattr(self, part.name)

    def hash_of(self, revision_id: UUID) -> bytes:
        return next(known.content_hash for known in self.revisions if known.revision_id == revision_id)

    def people_of(self, case_id: UUID) -> list[UUID]:
        return sorted(person for person, case in self.assigned if case == case_id)


class Transaction:
    """One change of the tables. What it tells gets its numbers when it is committed, under the head row."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables.copy()
        self.told: dict[tuple[UUID, str], tuple[str, UUID | None]] = {}
        self.touched: set[UUID] = set()  # whose number moves, also where nothing is told

    def tell(self, person: UUID, ref: str, kind: str = "put", origin: UUID | None = None) -> None:
        known = self.told.get((person, ref))
        if known is not None and known[1] != origin:
            origin = None
        self.told[person, ref] = (kind, origin)

    def tell_case(self, case_id: UUID) -> None:
        for person in self.tables.people_of(case_id):
            self.tell(person, f"case:{case_id}")

    def number(self, drawn: dict[tuple[UUID, str], int] | None = None) -> None:
        """Number what was told. `drawn`: numbers taken earlier from a sequence, as no head row would allow."""
        tables = self.tables
        for (person, ref), (kind, origin) in sorted(self.told.items()):
            seq = (drawn or {}).get((person, ref)) or tables.numbers.get(person, 0) + 1
            tables.numbers[person] = max(seq, tables.numbers.get(person, 0))
            known = tables.feed.get((person, ref))
            version = 1 if known is None else known.version + 1
            tables.feed[person, ref] = pull.Row(seq, ref, kind, version, origin)
        for person in sorted(self.touched - {person for person, _ in self.told}):
            tables.numbers[person] = tables.numbers.get(person, 0) + 1


class BatchStore(MemoryStore):
    """The store of one batch inside one transaction; it counts what each package did."""

    def __init__(self, transaction: Transaction, sender: Sender, seen: set[str], ids: "count[int]") -> None:
        tables = transaction.tables
        mine = {case for person, case in tables.assigned if person == sender.person_id}
        assert sender.vault_id is not None
        super().__init__(
            sender.vault_id,
            cases=mine,
            forms={(FORM, FORM_VERSION)},
            others=tables.cases - mine,
            visits=tables.visits,
            records=tables.records,
            revisions=tables.revisions,
            voided=tables.voided,
            drafts=tables.drafts,
            copies_of=tables.copies_of,
            kept=tables.kept,
            kept_revisions=tables.kept_revisions,
            settled=tables.settled,
            urgents=tables.urgents,
            ids=ids,
        )
        self.transaction, self.tables, self.sender, self.seen = transaction, tables, sender, seen

    def answered(self, package_id: UUID) -> Stored | None:
        return self.tables.answers.get((self.vault_id, package_id))

    def remember(self, item: Item, outcome: Outcome) -> None:
        self.tables.answers[self.vault_id, item.package_id] = Stored(item.package_hash, outcome)
        if outcome.status in (Status.OK, Status.CONFLICT):
            self.transaction.touched.add(self.sender.person_id)  # safe only once a backup holds it

    def append(self, item: Item, revision_id: UUID, state: str | None) -> None:
        head = item.head
        assert head is not None and head.record_id is not None and head.case_id is not None
        before = self.tables.records.get(head.record_id)
        super().append(item, revision_id, state)
        self.tables.contents[revision_id] = frozenset((item.body or {})["answers"])
        if state is not None:
            was = None if before is None else before.head_revision_id
            self.tables.heads.append((head.record_id, was, revision_id, head.parents))
        self._note(item)
        self._tell(head.case_id, is_news=state is None or len(head.parents) > 1)

    def move(self, item: Item, state: str) -> None:
        super().move(item, state)
        self._note(item)
        if item.head is not None and item.head.case_id is not None:
            self._tell(item.head.case_id, is_news=True)

    def save_draft(self, item: Item) -> None:
        super().save_draft(item)
        self._note(item)

    def raise_urgent(self, item: Item, signed: bool) -> None:
        super().raise_urgent(item, signed)
        self._note(item)

    def confirm_urgent(self, item: Item, package_id: UUID) -> None:
        super().confirm_urgent(item, package_id)
        self._note(item)

    def keep(self, item: Item, status: Status, reason: Reason) -> None:
        if item.package not in self.kept:
            self._word(item)
        super().keep(item, status, reason)

    def _note(self, item: Item) -> None:
        self.tables.effects[item.package_id] += 1
        self._word(item)

    def _word(self, item: Item) -> None:
        word = word_of(item.plain)
        self.tables.said[word] = self.tables.said.get(word, 0) + 1

    def _tell(self, case_id: UUID, *, is_news: bool) -> None:
        ref, hers = f"case:{case_id}", self.sender.person_id
        own = self.vault_id if ref in self.seen and not is_news else None
        for person in {*self.tables.people_of(case_id), hers}:
            self.transaction.tell(person, ref, origin=own if person == hers else None)


def word_of(body: bytes) -> str:
    """The one word that this item alone says, whatever package it travels in; empty where the body stayed closed."""
    said = json.loads(body) if body else {}
    return str(said.get("text") or (said.get("recorded") or {}).get("app") or "")


class Mark:
    """Marks cursors as the server does (`sync.pull.Mark`)."""

    def __init__(self, vault_id: UUID) -> None:
        self._secret = b"cursor" + vault_id.bytes

    def of(self, text: bytes) -> bytes:
        return signed(self._secret, text)[: pull.MARK_BYTES]

    def holds(self, text: bytes, mark: bytes) -> bool:
        return self.of(text) == mark


@dataclass(frozen=True)
class Answer:
    """An answer of HTTP: a frame, or the code of a refusal."""

    frame: bytes = b""
    code: str | None = None
    retry_after_s: int | None = None


class Server:
    """`now()` in ms."""

    def __init__(self, now: Callable[[], int]) -> None:
        self.now = now
        self.tables = Tables()
        self.has_key = True
        self.remembers_requests = True
        self.draws_numbers_early = False
        self.backups: list[Tables] = []
        self.lingering: list[tuple[Callable[[Transaction], None], dict[tuple[UUID, str], int]]] = []
        self.is_restored = False
        self.taken_from_stopped: list[UUID] = []  # what a stopped vault sent and was taken as if it were not
        self._ids, self._epochs = count(1), count(1)

    # -- one exchange --

    def exchange(self, vault_id: UUID, headers: Any, body: bytes, crash: str | None = None) -> Answer:
        """Answer a request; `crash` is "before" or "after" the commit of its push. Raises Down then."""
        vault = self.tables.vaults.get(vault_id)
        text = b"fieldapp/1/transport\nPOST /sync/v1/exchange\n" + _sha256(body)
        if vault is None or headers["FieldApp-Signature"] != wire.b64u(signed(vault.keys.transport, text)):
            return Answer(code="unknown_vault")
        try:
            head, _, sent = messages.read_request(body)
        except wire.Malformed as error:
            return Answer(code="frame_too_large" if error.too_large else "frame_malformed")
        items = open_items(sent, head["envelopes"], vault.keys, vault_id, has_key=self.has_key)
        refused = self._pull_refused(vault_id, vault, head)
        try:
            results = self._push(vault_id, vault, head, _sha256(body), items, refused, crash)
        except _Reused:
            return Answer(code="request_reused")
        if crash == "after":
            raise Down
        return Answer(frame=self._reply(vault_id, vault, head, results, refused))

    def _pull_refused(self, vault_id: UUID, vault: Vault, head: Any) -> Refused | None:
        if vault.state != "active":
            return Refused(vault.state)
        if vault.order is not None:
            return Refused.WIPE
        if head["pull"] is None:
            return None
        asked = (str(vault_id), wire.b64u(head["request"]), head["t"], head["pull"]["cursor"])
        text = wire.signed_text("fieldapp/1/pull", *asked)
        if head["pull"]["signature"] != signed(vault.keys.author, text):
            return Refused.BAD_SIGNATURE
        return Refused.CLOCK if abs(head["t"] - self.now()) > wire.CLOCK_TOLERANCE_MS else None

    def _push(
        self,
        vault_id: UUID,
        vault: Vault,
        head: Any,
        body_hash: bytes,
        items: list[Item],
        refused: Refused | None,
        crash: str | None,
    ) -> Any:
        transaction = Transaction(self.tables)
        tables, person = transaction.tables, vault.person
        is_active = vault.state == "active"
        stored = tables.requests.get((vault_id, head["request"]))
        if is_active and self.remembers_requests and stored is not None:
            if stored[0] != body_hash:
                raise _Reused
            if crash == "before":
                raise Down
            return stored[1]
        pulls = head["pull"] is not None and refused is None
        cursor, is_ahead = self._seen(tables, vault_id, person, head) if pulls else (None, False)
        seen = refs_seen(tables, person, cursor)
        sender = Sender(DISTRICT, person, vault_id, vault.state, frozenset({FORM}))
        store = BatchStore(transaction, sender, seen, self._ids)
        outcomes = [(item, rules.apply(item, sender, store)) for item in items]
        self._contact(transaction, vault_id, head, is_ahead)
        if not is_active:
            self.taken_from_stopped += [
                item.package_id
                for item, outcome in outcomes
                if outcome.status not in (Status.QUARANTINED, Status.REFUSED) and _kind(item) != "urgent"
            ]
        transaction.number()
        seq = tables.numbers.get(person, 0)
        results = [outcome.result(item.package_id, DISTRICT, seq) for item, outcome in outcomes]
        if is_active:
            tables.requests[vault_id, head["request"]] = (body_hash, results)
        if crash == "before":
            raise Down
        self.tables = tables
        return results

    def _seen(self, tables: Tables, vault_id: UUID, person: UUID, head: Any) -> tuple[pull.Cursor | None, bool]:
        """(what this vault proved to know, whether it has seen numbers that were never given here)."""
        newest, text = tables.numbers.get(person, 0), head["pull"]["cursor"]
        cursor, is_afresh = _start(tables, text, vault_id, person)
        is_ahead = pull.is_ahead(cursor, {DISTRICT: newest})
        return (None if is_afresh or is_ahead else cursor), is_ahead

    def _contact(self, transaction: Transaction, vault_id: UUID, head: Any, is_ahead: bool) -> None:
        tables = transaction.tables
        vault = tables.vaults[vault_id]
        wiped = head.get("wiped")
        if wiped is not None and str(wiped["order"]) == vault.order:
            vault = replace(vault, is_wiped=True, state="revoked")
        if vault.state == "active":
            if is_ahead:
                tables.epoch = f"epoch-{next(self._epochs)}"
            if vault.view != tables.views[vault.person]:
                vault = replace(vault, view=tables.views[vault.person])
                transaction.tell(vault.person, "me")
                for person, case_id in tables.assigned:
                    if person == vault.person:
                        transaction.tell(person, f"case:{case_id}")
        tables.vaults[vault_id] = vault

    # -- the reply --

    def _reply(self, vault_id: UUID, vault: Vault, head: Any, results: Any, refused: Refused | None) -> bytes:
        tables = self.tables
        now = tables.vaults[vault_id]
        page, payload, directives = None, [], self._directives(vault_id, now)
        if head["pull"] is not None and refused is None:
            mark = Mark(vault_id)
            cursor, is_resync = _start(tables, head["pull"]["cursor"], vault_id, vault.person)
            rows = rows_behind(tables, vault.person, cursor, vault_id)
            rendered, last, more = pull.fill(
                rows, PAGE_ROWS, head["pull"]["want"], lambda row: _render(tables, vault, row)
            )
            if is_resync:
                directives.append({"kind": Directive.RESYNC.value})
            changes = [change.head(DISTRICT) for change in rendered]
            page = {"cursor": pull.after(cursor, DISTRICT, last).text(mark), "more": more, "changes": changes}
            payload = [change.payload for change in rendered]
        is_active = vault.state == "active"
        said = pull.reply_head(
            request=wire.b64u(head["request"]),
            t=self.now(),
            epoch=tables.epoch,
            results=results,
            page=page,
            pull_refused=None if refused is None else refused.value,
            safe={DISTRICT: tables.safe.get(vault.person, 0)} if is_active else {},
            directives=directives,
            audit={},
            after_s=1 if page and page["more"] else AFTER_S,
        )
        return wire.write_frame(said, payload)

    def _directives(self, vault_id: UUID, vault: Vault) -> list[dict[str, Any]]:
        told: list[dict[str, Any]] = []
        if vault.order is not None and not vault.is_wiped:
            text = wire.signed_text("fieldapp/1/wipe", str(vault_id), vault.order, 0)
            signature = wire.b64u(signed(IDENTITY, text))
            told.append({"kind": Directive.WIPE.value, "order": vault.order, "at": 0, "signature": signature})
        return told if vault.state == "active" else [*told, {"kind": vault.state}]

    # -- what it still has --

    def digest(self, vault_id: UUID, headers: Any, body: bytes) -> dict[str, str] | None:
        """The reply to a phone that asks after a restore (actions/digests.py); None for what is refused."""
        tables, vault = self.tables, self.tables.vaults[vault_id]
        text = b"fieldapp/1/transport\n" + digests.METHOD_PATH.encode() + b"\n" + _sha256(body)
        said = digests.read(body)
        is_hers = said.signature == signed(vault.keys.author, said.signed_text(vault_id))
        is_called = headers["FieldApp-Signature"] == wire.b64u(signed(vault.keys.transport, text))
        if not is_hers or not is_called or abs(said.t - self.now()) > wire.CLOCK_TOLERANCE_MS:
            return None
        here = {known.revision_id for known in tables.revisions} | tables.kept_revisions
        revisions = tuple(one for one in said.revisions if one not in here)
        packages = tuple(one for one in said.packages if (vault_id, one) not in tables.answers)
        return digests.reply(tables.epoch, revisions, packages)

    # -- what the desk does --

    def act(self, change: Callable[[Transaction], None]) -> None:
        """One act at the desk, one transaction."""
        transaction = Transaction(self.tables)
        change(transaction)
        transaction.number()
        self.tables = transaction.tables

    def begin(self, change: Callable[[Transaction], None]) -> None:
        """A slow act: it begins now and is committed by `end`, with other transactions in between."""
        rehearsal = Transaction(self.tables)
        change(rehearsal)
        drawn = {}
        if self.draws_numbers_early:
            for person, ref in sorted(rehearsal.told):
                drawn[person, ref] = self.tables.numbers.get(person, 0) + 1
                self.tables = replace(self.tables, numbers={**self.tables.numbers, person: drawn[person, ref]})
        self.lingering.append((change, drawn))

    def end(self) -> None:
        """Commit the oldest slow act. What it would no longer find as it was, it leaves as it is."""
        change, drawn = self.lingering.pop(0)
        transaction = Transaction(self.tables)
        change(transaction)
        transaction.number(drawn)
        self.tables = transaction.tables

    def back_up(self) -> None:
        """Copy everything to another device, read it back, and only then say what is safe."""
        copied = self.tables.copy()
        self.backups.append(copied)
        self.tables = replace(self.tables, safe=dict(copied.numbers))

    def restore(self, backup: Tables) -> None:
        """An older copy, as the operator brings it back: what was taken away since stays taken away (the tombstone log
        outside of the database), and a new epoch begins."""
        vaults = {**backup.vaults}
        for vault_id, vault in self.tables.vaults.items():
            before = backup.vaults[vault_id]
            vaults[vault_id] = replace(before, state=vault.state, order=vault.order, is_wiped=vault.is_wiped)
        self.lingering, self.is_restored = [], True
        self.tables = replace(backup.copy(), vaults=vaults, epoch=f"epoch-{next(self._epochs)}")


class _Reused(Exception):
    """The id of a request came again with other bytes."""


def forget_what_is_gone(transaction: Transaction) -> None:
    """As after 400 days: what left is no longer told; who was away for so long begins afresh."""
    tables = transaction.tables
    for (person, ref), row in list(tables.feed.items()):
        if row.kind == Change.OUT:
            tables.horizon[person] = max(row.seq, tables.horizon.get(person, 0))
            del tables.feed[person, ref]


def move(record_id: UUID, act: Move, seen: tuple[UUID, bytes] | None = None) -> Callable[[Transaction], None]:
    """An act of a review; a decision names the revision and hash that were `seen`; a stale one does nothing."""

    def change(transaction: Transaction) -> None:
        tables = transaction.tables
        record = tables.records.get(record_id)
        after = None if record is None else workflow.after(record.state, act)
        if record is None or after is None:
            return
        if act in (Move.RETURN, Move.APPROVE):
            if seen is None or seen[0] != record.head_revision_id or seen[1] != tables.hash_of(seen[0]):
                return  # stale_decision
            is_head = tables.records[record_id].head_revision_id == seen[0]
            tables.decisions.append(Decision(record_id, *seen, act.value, is_head))
        tables.records[record_id] = replace(record, state=after)
        transaction.tell_case(record.case_id)

    return change


def assign(person: UUID, case_id: UUID, *, is_hers: bool) -> Callable[[Transaction], None]:
    """Give a family to somebody, or take it from her: `put`, or `out`."""

    def change(transaction: Transaction) -> None:
        if is_hers == ((person, case_id) in transaction.tables.assigned):
            return
        transaction.tables.assigned ^= {(person, case_id)}
        transaction.tell(person, f"case:{case_id}", "put" if is_hers else "out")

    return change


def raise_view(person: UUID) -> Callable[[Transaction], None]:
    """Another role, or another policy: everything is told anew."""

    def change(transaction: Transaction) -> None:
        transaction.tables.views[person] += 1

    return change


def stop(vault_id: UUID, **how: Any) -> Callable[[Transaction], None]:
    """Suspend, give back, revoke, or order a wipe. A revoked vault is never given back."""

    def change(transaction: Transaction) -> None:
        vault = transaction.tables.vaults[vault_id]
        if vault.state != "revoked":
            transaction.tables.vaults[vault_id] = replace(vault, **how)

    return change


def may_pull(vault: Vault) -> bool:
    """Whether a page still goes to this vault."""
    return vault.state == "active" and vault.order is None


def _start(tables: Tables, text: str | None, vault_id: UUID, person: UUID) -> tuple[pull.Cursor, bool]:
    newest, horizon = tables.numbers.get(person, 0), {DISTRICT: tables.horizon.get(person, 0)}
    return pull.start(text, tables.epoch, tables.views[person], newest, Mark(vault_id), horizon)


def refs_seen(tables: Tables, person: UUID, cursor: pull.Cursor | None) -> set[str]:
    rows = ((ref, row.seq) for (hers, ref), row in tables.feed.items() if hers == person)
    return {ref for ref, seq in rows if pull.saw(cursor, DISTRICT, seq)}


def rows_behind(tables: Tables, person: UUID, cursor: pull.Cursor, vault_id: UUID) -> list[pull.Row]:
    behind = cursor.seqs.get(DISTRICT, 0)
    rows = sorted(
        (row for (hers, _), row in tables.feed.items() if hers == person and row.seq > behind),
        key=lambda row: row.seq,
    )
    return [
        pull.Row(row.seq, row.ref, Change.OWN, row.version, None) if pull.is_own(row, cursor, vault_id) else row
        for row in rows[: PAGE_ROWS + 1]
    ]


def _render(tables: Tables, vault: Vault, row: pull.Row) -> pull.Rendered:
    if row.kind != Change.PUT:
        return pull.Rendered(Change(row.kind), row.ref, row.version)
    if row.ref == "me":
        said: dict[str, Any] = {"view": tables.views[vault.person]}
    else:
        case_id = UUID(row.ref[5:])
        if (vault.person, case_id) not in tables.assigned:
            return pull.Rendered(Change.OUT, row.ref, row.version)
        said = bundle(tables, vault.person, case_id)
    return pull.Rendered(Change.PUT, row.ref, row.version, zlib.compress(json.dumps(said).encode(), 1))


def bundle(tables: Tables, person: UUID, case_id: UUID) -> dict[str, Any]:
    """A family as this person is shown it: her own reports there."""
    records = [
        {
            "record_id": str(record.record_id),
            "state": str(record.state),
            "head": str(record.head_revision_id),
            "words": sorted(tables.contents[record.head_revision_id]),
        }
        for record in sorted(tables.records.values(), key=lambda record: record.record_id)
        if record.case_id == case_id and record.author_id == person
    ]
    return {"case_id": str(case_id), "records": records}


def _kind(item: Item) -> str | None:
    return None if item.head is None else item.head.kind


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
