"""The rules of a push alone: the order of the checks, and what each state of a record lets its author do."""

from dataclasses import replace
from hashlib import sha256
from itertools import count
from typing import Any
from uuid import UUID

import pytest

from sync.codes import Reason, Status
from sync.push import LEADS_PER_DAY, apply, take_in
from sync.store import Head, Item, KnownDraft, Outcome, Sender, Signature, State
from tests.unit.sync.memory_store import MemoryStore

PERSON, VAULT, CASE, VISIT, RECORD = (UUID(int=number) for number in range(101, 106))
SENDER = Sender("990101", PERSON, VAULT, "active", frozenset({"F2"}))
_numbers = count(1_000)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(VAULT, cases={CASE}, visits={VISIT: CASE})


def item(kind: str = "revision", body: dict[str, Any] | None = None, **named: Any) -> Item:
    number = next(_numbers)
    package = number.to_bytes(16, "big")
    body_hash = sha256(package).digest()
    revision_id = UUID(int=number) if kind == "revision" else None
    intent = "submit" if kind == "revision" else None
    head = Head(
        kind, "990101", CASE, VISIT, RECORD, revision_id, (), "F2", 1, intent, None, 0, PERSON, body_hash, b"", b"s"
    )
    said = {"answers": {}, "replies": []} if body is None else body
    return Item(
        UUID(bytes=package), body_hash, package, head=replace(head, **named), signature=Signature.GOOD, body=said
    )


def said(store: MemoryStore, sent: Item, sender: Sender = SENDER) -> tuple[str, str | None]:
    outcome = apply(sent, sender, store)
    return outcome.status.value, None if outcome.reason is None else outcome.reason.value


def in_state(store: MemoryStore, state: str) -> Item:
    """A record of hers in this state; its head."""
    first = item()
    assert said(store, first) == ("ok", None)
    store.records[RECORD] = replace(store.records[RECORD], state=state)
    return first


@pytest.mark.parametrize(
    ("state", "intent", "answer", "after"),
    [
        ("draft", "door", ("ok", None), "door_submitted"),
        ("draft", "submit", ("ok", None), "submitted"),
        ("door_submitted", "submit", ("ok", None), "submitted"),
        ("submitted", "door", ("ok", None), "submitted"),
        ("submitted", "submit", ("ok", None), "submitted"),
        ("returned", "door", ("ok", None), "returned"),
        ("returned", "submit", ("ok", None), "submitted"),
        ("in_review", "submit", ("locked", "in_review"), "in_review"),
        ("approved_first", "submit", ("locked", "approved"), "approved_first"),
        ("approved", "submit", ("locked", "approved"), "approved"),
        ("void", "door", ("locked", "void"), "void"),
    ],
)
def test_what_a_new_revision_may_do_in_each_state(store, state, intent, answer, after):
    head = in_state(store, state).head
    assert said(store, item(parents=(head.revision_id,), intent=intent)) == answer
    assert store.records[RECORD].state == after


@pytest.mark.parametrize(
    ("state", "withdraw", "void"),
    [
        ("draft", ("locked", "not_submitted"), ("ok", None)),
        ("door_submitted", ("locked", "not_submitted"), ("ok", None)),
        ("submitted", ("ok", None), ("locked", "handed_in")),
        ("returned", ("locked", "not_submitted"), ("locked", "handed_in")),
        ("in_review", ("locked", "in_review"), ("locked", "in_review")),
        ("approved", ("locked", "approved"), ("locked", "approved")),
        ("void", ("locked", "void"), ("ok", None)),
    ],
)
def test_what_an_author_may_take_back_in_each_state(state, withdraw, void):
    for kind, answer in (("withdraw", withdraw), ("void", void)):
        store = MemoryStore(VAULT, cases={CASE}, visits={VISIT: CASE})
        in_state(store, state)
        assert said(store, item(kind)) == answer


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"district": "990102"}, "not_yours"),
        ({"case_id": UUID(int=9)}, "not_yours"),
        ({"author": UUID(int=9)}, "not_the_author"),
        ({"form": "F3V"}, "unknown_form"),
        ({"form_version": 2}, "unknown_form"),
        ({"record_id": None}, "damaged"),
        ({"intent": None}, "damaged"),
    ],
)
def test_what_is_wrong_with_a_head_is_kept_and_said(store, change, reason):
    sent = item(**change)
    assert said(store, sent) == ("quarantined", reason)
    assert sent.package in store.kept and not store.revisions


def test_a_visit_of_another_case_is_not_hers(store):
    store.visits[VISIT] = UUID(int=9)
    assert said(store, item()) == ("quarantined", "not_yours")


def test_the_state_of_the_vault_comes_before_any_stored_answer(store):
    sent = item()
    assert said(store, sent) == ("ok", None)
    assert said(store, sent, replace(SENDER, vault_state="revoked")) == ("quarantined", "revoked")
    assert said(store, sent) == ("dup", None)


def test_a_stored_answer_comes_before_what_would_be_decided_now(store):
    sent = item()
    said(store, sent)
    store.cases.clear()
    assert said(store, sent) == ("dup", None)


def test_a_passing_answer_is_not_remembered(store):
    child = item(parents=(UUID(int=7),))
    assert said(store, child) == ("wait", "parent_unknown")
    assert said(store, replace(item(), head=None, trouble=Reason.UNKNOWN_KEY)) == ("reseal", "unknown_key")
    assert not store.answers and not store.kept


def test_an_open_remark_has_to_be_answered_before_a_report_goes_back(store):
    head = in_state(store, State.RETURNED).head
    remark = UUID(int=55)
    store.open_remarks[RECORD] = frozenset({remark})
    assert said(store, item(parents=(head.revision_id,))) == ("quarantined", "remarks_open")
    spared = {"answers": {}, "replies": [{"remark_id": str(remark), "reply": "spared", "text": ""}]}
    store.kept.clear()
    assert said(store, item(body=spared, parents=(head.revision_id,))) == ("ok", None)


def test_the_newest_draft_copy_wins_in_any_order(store):
    for number in (2, 5, 3):
        assert said(store, item("draft", number=number)) == ("ok", None)
    assert store.drafts[RECORD].number == 5


def test_a_draft_copy_that_comes_after_the_submit_does_not_come_back_to_life(store):
    in_state(store, State.SUBMITTED)
    assert said(store, item("draft", number=9)) == ("ok", None)
    assert not store.drafts


def test_a_merge_of_two_branches_becomes_the_head(store):
    first = in_state(store, State.DOOR_SUBMITTED).head.revision_id
    left, right = item(parents=(first,)), item(parents=(first,))
    assert said(store, left) == ("ok", None) and said(store, right) == ("conflict", "not_the_head")
    merged = item(parents=(left.head.revision_id, right.head.revision_id))
    assert said(store, merged) == ("ok", None)
    assert store.records[RECORD].head_revision_id == merged.head.revision_id


@pytest.mark.parametrize("state", ["active", "suspended", "revoked"])
def test_nothing_stands_in_the_way_of_a_danger(store, state):
    store.cases.clear()
    sent = replace(item("urgent", {"dangers": []}, form="F99", case_id=None), signature=Signature.BAD)
    assert apply(sent, replace(SENDER, vault_state=state), store).status is Status.OK
    assert store.urgents == {sent.package_id: False}


def test_a_danger_whose_body_is_damaged_alerts_all_the_same(store):
    sent = replace(item("urgent"), body=None, body_trouble=Reason.DAMAGED)
    assert said(store, sent) == ("quarantined", "damaged")
    assert sent.package_id in store.urgents and sent.package in store.kept


def test_what_builds_on_a_locked_revision_is_kept_and_does_not_wait_for_ever(store):
    head = in_state(store, "in_review")
    locked = item(parents=(head.head.revision_id,))
    assert said(store, locked) == ("locked", "in_review")
    assert said(store, item(parents=(locked.head.revision_id,))) == ("quarantined", "parent_kept")


def test_a_parent_that_merely_has_not_come_is_waited_for_though_something_else_was_locked(store):
    head = in_state(store, "in_review")
    assert said(store, item("withdraw", body={"reason": "other", "text": None})) == ("locked", "in_review")
    store.records[RECORD] = replace(store.records[RECORD], state="returned")
    assert said(store, item(parents=(head.head.revision_id, UUID(int=7)))) == ("wait", "parent_unknown")


def test_what_builds_on_something_set_aside_comes_in(store):
    kept = item(body=None, parents=(UUID(int=7),))
    store.kept_revisions.add(UUID(int=7))
    assert said(store, kept) == ("quarantined", "parent_kept")
    store.settled |= {UUID(int=7), kept.head.revision_id}
    store.kept.clear()
    assert said(store, item(parents=(kept.head.revision_id,))) == ("ok", None)
    beside = item(parents=(UUID(int=7),))
    assert said(store, beside) == ("conflict", "not_the_head")


@pytest.mark.parametrize(("is_older", "number"), [(True, 1), (False, 9)])
def test_a_copy_of_a_phone_enrolled_later_stands_whatever_its_number(store, is_older, number):
    store.drafts[RECORD] = KnownDraft(9, UUID(int=7), is_older)
    assert said(store, item("draft", number=1)) == ("ok", None)
    assert store.drafts[RECORD].number == number


@pytest.mark.parametrize("status", list(Status))
def test_a_mark_is_said_of_all_that_was_stored_and_of_nothing_else(status: Status) -> None:
    said = Outcome(status).result(UUID(int=1), "990101", 7)["seq"]
    assert said == (None if status in (Status.WAIT, Status.RESEAL) else 7)


# -- leads: the case is made on the phone ------------------------------------------------------------------------------

WORKER = replace(SENDER, forms=frozenset({"F1", "F1R", "F2"}))
NEW_CASE, NEW_VISIT = UUID(int=201), UUID(int=202)


def lead(form: str = "F1", **named: Any) -> Item:
    about = {"case_id": NEW_CASE, "visit_id": NEW_VISIT, "record_id": UUID(int=next(_numbers)), "form": form}
    return item(**{**about, **named})


@pytest.fixture
def leads(store) -> MemoryStore:
    store.forms |= {("F1", 1), ("F1R", 1)}
    return store


def test_a_lead_opens_a_case_nobody_has_once(leads):
    first = lead()
    assert said(leads, first, WORKER) == ("ok", None) and leads.opened == [NEW_CASE]
    assert said(leads, first, WORKER) == ("dup", None)
    assert said(leads, lead(), WORKER) == ("ok", None) and leads.opened == [NEW_CASE]


@pytest.mark.parametrize(
    ("sent", "sender"),
    [
        (lead(form="F2"), WORKER),  # only a lead opens a case
        (lead(), replace(WORKER, forms=frozenset({"F3V", "F10"}))),  # and only of who takes leads
        (lead(district="990102"), WORKER),
        (lead(visit_id=VISIT), WORKER),  # a visit of another family
    ],
)
def test_nothing_else_opens_a_case(leads, sent, sender):
    assert said(leads, sent, sender) == ("quarantined", "not_yours") and leads.opened == []


def test_a_case_that_is_there_and_not_hers_is_like_any_other_out_of_scope(leads):
    leads.others.add(NEW_CASE)
    assert said(leads, lead(), WORKER) == said(leads, lead("F1R"), WORKER) == ("quarantined", "not_yours")


def test_who_told_us_waits_for_the_case_and_is_written_once(leads):
    contact = lead("F1R")
    assert said(leads, contact, WORKER) == ("wait", "parent_unknown")
    said(leads, lead(), WORKER)
    assert said(leads, contact, WORKER) == ("ok", None)
    again = lead("F1R", record_id=contact.head.record_id, parents=(contact.head.revision_id,))
    assert said(leads, again, WORKER) == ("locked", "handed_in")


def test_beyond_the_days_number_leads_are_kept_and_what_hangs_on_them(leads):
    leads.opened = [UUID(int=300 + n) for n in range(LEADS_PER_DAY)]
    too_many = lead()
    assert said(leads, too_many, WORKER) == ("quarantined", "leads_too_many")
    assert said(leads, lead("F1R"), WORKER) == ("quarantined", "parent_kept")
    assert take_in(too_many, WORKER, leads).status is Status.OK and NEW_CASE in leads.cases
