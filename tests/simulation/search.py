"""Every interleaving of two phones of one person, a supervisor and two records, to a depth: an explicit-state search.

The rules are the real ones (sync/push.py, sync/pull.py) over the store of the simulator; the phones are as small as can
be. A step is one of

    write    the next save of a phone's script, on disk at once
    sync     an exchange that goes well
    deaf     an exchange whose reply is lost, or whose phone dies before it has written it down
    post     a request that stays on its way; the phone gives up waiting
    late     such a request arrives after all, and nobody hears the reply; it may come once more
    open, return, approve    what the supervisor does with what is on the screen

States that were reached before are not gone into again, whatever the way.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import count
from typing import NamedTuple
from uuid import UUID

from fieldapp.casework.workflow import Move
from sync import pull
from sync import push as rules
from sync.codes import Change
from sync.store import Head, Item, Sender, Signature, State
from tests.simulation.plain_crypto import Keys
from tests.simulation.server import (
    DISTRICT,
    FORM,
    FORM_VERSION,
    BatchStore,
    Tables,
    Transaction,
    Vault,
    move,
    refs_seen,
    rows_behind,
)

PERSON, CASE, VISIT = UUID(int=1), UUID(int=2), UUID(int=3)
VAULTS = (UUID(int=10), UUID(int=11))
RECORDS = (UUID(int=20), UUID(int=21))
REF = f"case:{CASE}"
EPOCH, VIEW = "epoch", 1
COPIES_MAX = 2  # requests on their way, of both phones together

# What each phone saves, in this order: (kind, record, intent). A revision builds on what the phone knows of its record.
SCRIPTS = (
    (("revision", 0, "submit"), ("revision", 0, "submit"), ("withdraw", 0, None)),
    (("revision", 1, "door"), ("revision", 0, "submit"), ("revision", 1, "submit")),
)


class Saved(NamedTuple):
    """One save: the number of its phone, its place in the script, and what it builds on."""

    phone: int
    at: int
    parents: tuple[UUID, ...]

    @property
    def revision_id(self) -> UUID:
        return UUID(int=1_000 + 100 * self.phone + self.at)


class Small(NamedTuple):
    """A phone: how far its script went, its queue, what was answered, its cursor, and what it was shown. Numbers count
    only as before or behind the newest change, so that equal moments are equal."""

    written: int = 0
    queue: tuple[Saved, ...] = ()
    received: frozenset[Saved] = frozenset()
    attention: frozenset[Saved] = frozenset()
    is_past: bool = False  # whether its cursor is at or past the newest change of the one family
    has_newest: bool = False  # and whether it got that change, which might be its own
    heads: tuple[UUID | None, ...] = (None, None)  # of both records, as shown or as written here last


class Posted(NamedTuple):
    """A request that is still on its way."""

    phone: int
    sent: tuple[Saved, ...]
    is_past: bool


@dataclass(frozen=True)
class Moment:
    """Everything at one moment. `screen`: the revision that the supervisor has open, for each record."""

    tables: Tables
    phones: tuple[Small, Small] = (Small(), Small())
    posted: tuple[Posted, ...] = ()
    screen: tuple[UUID | None, ...] = (None, None)

    def key(self) -> bytes:
        """Equal for moments from which the same can happen."""
        phones = [(*one[:2], sorted(one.received), sorted(one.attention), *one[4:]) for one in self.phones]
        text = repr((phones, sorted(self.posted), self.screen)).encode()
        return sha256(key_of(self.tables) + text).digest()[:8]


def key_of(tables: Tables) -> bytes:
    """Equal for tables that the rules cannot tell apart."""
    there = (
        sorted((one.record_id.int, str(one.state), one.head_revision_id.int) for one in tables.records.values()),
        sorted((one.revision_id.int, one.content_hash) for one in tables.revisions),
        sorted((op.int, vault.int, stored.outcome.status.value) for (vault, op), stored in tables.answers.items()),
        sorted((op.int, times) for op, times in tables.effects.items()),
        tables.feed[PERSON, REF].origin_vault,
        sorted({one.revision_id.int for one in tables.decisions if one.kind == "approve"}),
    )
    return sha256(repr(there).encode()).digest()


@dataclass
class Search:
    """Breadth first. `seen` counts the distinct moments, `steps` all that was tried."""

    seen: set[bytes] = field(default_factory=set)
    steps: int = 0
    _tables: dict[bytes, Tables] = field(default_factory=dict)
    _served: dict[tuple[int, Posted], tuple["Step", list[str]]] = field(default_factory=dict)

    def to_depth(self, depth: int) -> int:
        """Go into everything that can happen within so many steps; the number of distinct moments.

        Raises AssertionError with the way that leads to the first moment in which something does not hold.
        """
        first = Moment(self._one(_first_tables()))
        self.seen = {first.key()}
        edge: list[tuple[Moment, tuple[str, ...]]] = [(first, ())]
        for _ in range(depth):
            following: list[tuple[Moment, tuple[str, ...]]] = []
            for moment, way in edge:
                for name, after in self.steps_from(moment):
                    self.steps += 1
                    key = after.key()
                    if key in self.seen:
                        continue
                    self.seen.add(key)
                    _check(after, (*way, name))
                    following.append((after, (*way, name)))
            edge = following
        return len(self.seen)

    def steps_from(self, moment: Moment) -> Iterator[tuple[str, Moment]]:
        """(name, moment after it) of all that can happen next."""
        for number, phone in enumerate(moment.phones):
            if phone.written < len(SCRIPTS[number]):
                yield f"write {number}", _with_phone(moment, number, _written(number, phone))
            request = Posted(number, phone.queue, phone.is_past)
            served, heard = self._serve(moment, request)
            yield f"sync {number}", _with_phone(served, number, _heard(served, number, request, heard))
            yield f"deaf {number}", served
            if phone.queue and len(moment.posted) < COPIES_MAX and request not in moment.posted:
                yield f"post {number}", replace(moment, posted=(*moment.posted, request))
        for request in moment.posted:
            served, _ = self._serve(moment, request)
            yield f"late {request.phone}, again later", served
            yield f"late {request.phone}", replace(served, posted=tuple(one for one in moment.posted if one != request))
        for which, record_id in enumerate(RECORDS):
            yield from self._desk(moment, which, record_id)

    def _serve(self, moment: Moment, request: Posted) -> tuple[Moment, list[str]]:
        """One push as actions/exchange.py takes it; the moment after it and the statuses in order."""
        key = (id(moment.tables), request)
        if key not in self._served:
            self._served[key] = self._pushed(moment.tables, request)
        change, said = self._served[key]
        return _after(moment, change), said

    def _pushed(self, before: Tables, request: Posted) -> tuple["Step", list[str]]:
        transaction = Transaction(before)
        vault_id = VAULTS[request.phone]
        sender = Sender(DISTRICT, PERSON, vault_id, "active", frozenset({FORM}))
        seen = refs_seen(before, PERSON, _cursor(before, is_past=request.is_past))
        store = BatchStore(transaction, sender, seen, _NO_IDS)
        said = []
        for saved in request.sent:
            item = _item(saved)
            said.append(rules.apply(item, sender, store).status.value)
        transaction.number()
        return self._change(before, transaction.tables), said

    def _change(self, before: Tables, after: Tables) -> "Step":
        was, now = before.feed[PERSON, REF], after.feed[PERSON, REF]
        return Step(self._one(after), was != now, now.seq > was.seq)

    def _one(self, tables: Tables) -> Tables:
        """The one of these that was there first: most moments differ in a phone alone."""
        return self._tables.setdefault(key_of(tables), tables)

    def _act(self, moment: Moment, record_id: UUID, act: Move, seen: UUID | None) -> Moment:
        transaction = Transaction(moment.tables)
        move(record_id, act, None if seen is None else (seen, moment.tables.hash_of(seen)))(transaction)
        transaction.number()
        return _after(moment, self._change(moment.tables, transaction.tables))

    def _desk(self, moment: Moment, which: int, record_id: UUID) -> Iterator[tuple[str, Moment]]:
        record = moment.tables.records.get(record_id)
        if record is None or record.state not in (State.SUBMITTED, State.IN_REVIEW):
            return
        if record.state == State.SUBMITTED:
            after = self._act(moment, record_id, Move.OPEN_REVIEW, None)
            screen = tuple(record.head_revision_id if at == which else one for at, one in enumerate(moment.screen))
            yield f"open {which}", replace(after, screen=screen)
            return
        for act in (Move.RETURN, Move.APPROVE):
            yield f"{act.value} {which}", self._act(moment, record_id, act, moment.screen[which])


class Step(NamedTuple):
    """Tables after something happened to them, and whether it was told: under a number above the one before?"""

    tables: Tables
    is_told: bool
    is_newer: bool


def _after(moment: Moment, step: Step) -> Moment:
    """The moment with these tables: who was past the newest change is behind it, where there is a newer one."""
    if not step.is_told:
        return replace(moment, tables=step.tables)
    stays = not step.is_newer
    first, second = (one._replace(is_past=one.is_past and stays, has_newest=False) for one in moment.phones)
    posted = {one._replace(is_past=one.is_past and stays) for one in moment.posted}
    return replace(moment, tables=step.tables, phones=(first, second), posted=tuple(sorted(posted)))


_NO_IDS = count(1_000_000)
_ITEMS: dict[Saved, Item] = {}


def _first_tables() -> Tables:
    tables = Tables(epoch=EPOCH, views={PERSON: VIEW}, cases={CASE}, visits={VISIT: CASE})
    tables.assigned = {(PERSON, CASE)}
    tables.vaults = {vault_id: Vault(PERSON, Keys(b"", b"")) for vault_id in VAULTS}
    first = Transaction(tables)
    first.tell(PERSON, REF)
    first.number()
    return first.tables


def _cursor(tables: Tables, *, is_past: bool) -> pull.Cursor:
    return pull.Cursor(EPOCH, VIEW, {DISTRICT: tables.feed[PERSON, REF].seq if is_past else 0})


def _item(saved: Saved) -> Item:
    if saved not in _ITEMS:
        kind, which, intent = SCRIPTS[saved.phone][saved.at]
        package = repr(saved).encode()
        digest = sha256(package).digest()
        head = Head(
            kind=kind,
            district=DISTRICT,
            case_id=CASE,
            visit_id=VISIT,
            record_id=RECORDS[which],
            revision_id=saved.revision_id if kind == "revision" else None,
            parents=saved.parents,
            form=FORM,
            form_version=FORM_VERSION,
            intent=intent,
            number=None,
            device_time=0,
            author=PERSON,
            body_hash=digest,
            plain_hash=digest,
            signature=bytes(64),
        )
        body = {"answers": {str(saved): 1}, "replies": [], "reason": "other", "text": ""}
        plain = b'{"text": "%d-%d"}' % (saved.phone, saved.at)
        _ITEMS[saved] = Item(
            UUID(bytes=digest[:16]), digest, package, head=head, signature=Signature.GOOD, plain=plain, body=body
        )
    return _ITEMS[saved]


def _written(number: int, phone: Small) -> Small:
    kind, which, _ = SCRIPTS[number][phone.written]
    known = phone.heads[which]
    parents = (known,) if kind == "revision" and known is not None else ()
    saved = Saved(number, phone.written, parents)
    heads = tuple(
        saved.revision_id if kind == "revision" and at == which else head for at, head in enumerate(phone.heads)
    )
    return phone._replace(written=phone.written + 1, queue=(*phone.queue, saved), heads=heads)


def _heard(served: Moment, number: int, request: Posted, said: list[str]) -> Small:
    """Results and page, taken together."""
    phone, tables = served.phones[number], served.tables
    answered = dict(zip(request.sent, said, strict=True))
    queue = tuple(saved for saved in phone.queue if answered.get(saved, "wait") == "wait")
    received = {saved for saved, status in answered.items() if status in ("ok", "dup")}
    attention = {saved for saved, status in answered.items() if status not in ("ok", "dup", "wait")}
    has_newest, heads = phone.has_newest, phone.heads
    for row in rows_behind(tables, PERSON, _cursor(tables, is_past=phone.is_past), VAULTS[number]):
        has_newest = True
        if row.kind != Change.OWN:
            heads = tuple(_shown(tables, record_id, head) for record_id, head in zip(RECORDS, heads, strict=True))
    return phone._replace(
        queue=queue,
        received=phone.received | received,
        attention=phone.attention | attention,
        is_past=True,
        has_newest=has_newest,
        heads=heads,
    )


def _shown(tables: Tables, record_id: UUID, known: UUID | None) -> UUID | None:
    record = tables.records.get(record_id)
    return known if record is None else record.head_revision_id


def _with_phone(moment: Moment, number: int, phone: Small) -> Moment:
    phones = (phone, moment.phones[1]) if number == 0 else (moment.phones[0], phone)
    return replace(moment, phones=phones)


def _check(moment: Moment, way: tuple[str, ...]) -> None:
    tables, wrong = moment.tables, []
    stored = {known.signed_revision_id for known in tables.revisions}
    if any(times > 1 for times in tables.effects.values()):
        wrong.append("I2: a package did its work twice")
    if len({(one.signed_revision_id, one.content_hash) for one in tables.revisions}) < len(tables.revisions):
        wrong.append("I2: a revision is stored twice")
    for number, phone in enumerate(moment.phones):
        places = [*phone.queue, *phone.received, *phone.attention]
        if sorted(places) != sorted(set(places)) or len(places) != phone.written:
            wrong.append(f"I1: a save of phone {number} is not in one place")
        is_revision = {saved for saved in phone.received if _item(saved).head.kind == "revision"}  # type: ignore[union-attr]
        if not {saved.revision_id for saved in is_revision} <= stored:
            wrong.append(f"I3: phone {number} was told of something that is not there")
        if phone.is_past and not phone.has_newest:
            wrong.append(f"I5: phone {number} is past a change it never got")
    if any(before is not None and before not in parents for _, before, _, parents in tables.heads):
        wrong.append("I11: a head was replaced by what does not build on it")
    approved = {one.record_id: one.revision_id for one in tables.decisions if one.kind == "approve"}
    for record in tables.records.values():
        if record.state == State.APPROVED and approved.get(record.record_id) != record.head_revision_id:
            wrong.append("I10: what is approved is not what was approved")
    if wrong:
        raise AssertionError("; ".join(wrong) + " by " + " › ".join(way))
