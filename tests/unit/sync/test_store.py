"""All stores of a push, the real one, the one of the rules' tests and the simulator's, behave alike: one story, told to
each.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from itertools import count
from typing import Any
from uuid import UUID

import pytest

from fieldapp.actions import plans
from fieldapp.actions.records import SqlStore
from fieldapp.models import feed
from sync.push import apply
from sync.store import Head, Item, Outcome, Sender, Signature
from tests import factories
from tests.simulation.plain_crypto import Keys
from tests.simulation.server import BatchStore, Tables, Transaction, Vault
from tests.unit.sync.memory_store import MemoryStore

Story = Callable[[Item], Outcome]


@pytest.fixture
def tell_sql(session: Any, county: Any, clock: Any) -> Iterator[Story]:
    """Applies one item to the tables, as a batch of its own."""
    plans.publish_library(session, clock())
    sender = _sender(county)

    def tell(item: Item) -> Outcome:
        store = SqlStore(session, county.acting(session, "caseworker"), sender, [item], None, clock())
        outcome = apply(item, sender, store)
        store.flush()
        feed.number(session)
        session.expire_all()
        return outcome

    yield tell
    session.rollback()


@pytest.fixture
def tell_memory(county: Any) -> Story:
    published = {("F2", factories.version_of("F2"))}
    cases, visits = {county.case_id}, {county.visit_id: county.case_id}
    store = MemoryStore(UUID(int=77), cases=cases, forms=published, visits=visits)
    sender = _sender(county)
    return lambda item: apply(item, sender, store)


@pytest.fixture
def tell_simulated(county: Any) -> Story:
    """The store of the fast simulator, a transaction for each item."""
    sender = _sender(county)
    tables = Tables(cases={county.case_id}, visits={county.visit_id: county.case_id})
    tables.assigned = {(sender.person_id, county.case_id)}
    tables.vaults = {UUID(int=77): Vault(sender.person_id, Keys(b"", b""))}
    ids, published = count(1), {("F2", factories.version_of("F2"))}

    def tell(item: Item) -> Outcome:
        nonlocal tables
        transaction = Transaction(tables)
        store = BatchStore(transaction, sender, set(), ids)
        store.forms = published
        outcome = apply(item, sender, store)
        transaction.number()
        tables = transaction.tables
        return outcome

    return tell


@pytest.mark.parametrize("seed", range(12))
def test_all_stores_answer_alike_to_any_story(tell_sql, tell_memory, tell_simulated, county, seed):
    for item in _story(random.Random(seed), county):
        real, simple = tell_sql(item), tell_memory(item)
        assert tell_simulated(item) == simple
        ids_are_made = real.kept_as is not None and real.reason == "other_bytes"
        assert replace(real, kept_as=None) == replace(simple, kept_as=None)
        assert ids_are_made or real.kept_as == simple.kept_as


def _sender(county: Any) -> Sender:
    vault_id = UUID(int=77)
    return Sender(county.district, county.caseworker_id, vault_id, "active", frozenset({"F0", "F2"}))


def _story(chance: random.Random, county: Any) -> list[Item]:
    numbers = count(1)
    records = [UUID(int=500 + n) for n in range(2)]
    revisions: dict[UUID, list[UUID]] = {record: [] for record in records}
    told: list[Item] = []
    for _ in range(30):
        if told and chance.random() < 0.15:
            told.append(chance.choice(told))  # a repeat
            continue
        record = chance.choice(records)
        kind = chance.choice(["revision"] * 5 + ["draft", "void", "withdraw", "urgent"])
        known = revisions[record]
        is_revision = kind == "revision"
        # Sometimes an id that is known already, with other bytes.
        revision_id = chance.choice(known) if known and chance.random() < 0.2 else UUID(int=9_000 + next(numbers))
        parents = tuple(chance.sample(known, 1)) if known and chance.random() < 0.8 else ()
        made = _item(
            county,
            next(numbers),
            kind,
            case_id=county.case_id if chance.random() < 0.9 else UUID(int=5),
            record_id=record,
            revision_id=revision_id if is_revision else None,
            parents=parents if is_revision else (),
            intent=chance.choice(["door", "submit"]) if is_revision else None,
            number=chance.randrange(9) if kind == "draft" else None,
        )
        if is_revision:
            known.append(revision_id)
        told.append(made)
    return told


def _item(county: Any, nth: int, kind: str, **named: Any) -> Item:
    package = nth.to_bytes(16, "big") + b"package"
    body_hash = sha256(package).digest()
    head = Head(
        kind=kind,
        district=county.district,
        visit_id=county.visit_id,
        form="F2",
        form_version=factories.version_of("F2"),
        device_time=0,
        author=county.caseworker_id,
        body_hash=body_hash,
        plain_hash=body_hash,
        signature=bytes(64),
        **named,
    )
    body = {"answers": {}, "replies": [], "reason": "other", "text": "", "visitors": []}
    return Item(
        package_id=UUID(bytes=package[:16]),
        package_hash=body_hash,
        package=package,
        head=head,
        signature=Signature.GOOD,
        signed_text="[]",
        plain=b"{}",
        body=body,
    )
