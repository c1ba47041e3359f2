"""A `sync.store.Store` of a few dictionaries: for the rules alone. tests/unit/sync/test_store.py holds it and the real
one to the same behaviour.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from uuid import UUID

from sync.codes import Reason, Status
from sync.store import Item, KnownDraft, KnownRecord, KnownRevision, Outcome, State, Stored


@dataclass
class MemoryStore:
    """`vault_id` is the sender's; `cases` are those in scope, `others` those out of it, `opened` those of leads;
    `open_remarks` what a return asks for, by record.
    """

    vault_id: UUID
    cases: set[UUID] = field(default_factory=set)
    forms: set[tuple[str, int]] = field(default_factory=lambda: {("F2", 1)})
    others: set[UUID] = field(default_factory=set)
    opened: list[UUID] = field(default_factory=list)
    kept_cases: set[UUID] = field(default_factory=set)
    visits: dict[UUID, UUID] = field(default_factory=dict)
    records: dict[UUID, KnownRecord] = field(default_factory=dict)
    revisions: list[KnownRevision] = field(default_factory=list)
    answers: dict[UUID, Stored] = field(default_factory=dict)
    voided: set[UUID] = field(default_factory=set)
    voided_cases: set[UUID] = field(default_factory=set)
    at_desk: set[UUID] = field(default_factory=set)
    drafts: dict[UUID, KnownDraft] = field(default_factory=dict)
    copies_of: dict[UUID, UUID] = field(default_factory=dict)  # record -> case, of every copy ever kept
    open_remarks: dict[UUID, frozenset[UUID]] = field(default_factory=dict)
    kept: dict[bytes, tuple[Status, Reason, UUID | None]] = field(default_factory=dict)
    kept_revisions: set[UUID] = field(default_factory=set)
    settled: set[UUID] = field(default_factory=set)
    urgents: dict[UUID, bool] = field(default_factory=dict)
    ids: count[int] = field(default_factory=lambda: count(1))

    def answered(self, package_id: UUID) -> Stored | None:
        return self.answers.get(package_id)

    def works_on(self, case_id: UUID) -> bool:
        return case_id in self.cases

    def is_case(self, case_id: UUID) -> bool:
        return case_id in self.cases or case_id in self.others

    def leads_today(self) -> int:
        return len(self.opened)

    def lead_copies(self) -> int:
        return sum(1 for record_id in self.drafts if not self.is_case(self.copies_of[record_id]))

    def is_case_kept(self, case_id: UUID) -> bool:
        return case_id in self.kept_cases

    def is_lead_given_up(self, case_id: UUID) -> bool:
        return case_id in self.voided_cases

    def case_of_visit(self, visit_id: UUID) -> UUID | None:
        return self.visits.get(visit_id)

    def record(self, record_id: UUID) -> KnownRecord | None:
        return self.records.get(record_id)

    def given_up(self, record_id: UUID) -> bool:
        return record_id in self.voided

    def is_at_desk(self, record_id: UUID) -> bool:
        return record_id in self.at_desk

    def claims(self, revision_id: UUID) -> Sequence[KnownRevision]:
        return [known for known in self.revisions if revision_id in (known.revision_id, known.signed_revision_id)]

    def is_kept(self, record_id: UUID) -> bool:
        return any(status is Status.QUARANTINED and about == record_id for status, _, about in self.kept.values())

    def is_kept_revision(self, revision_id: UUID) -> bool:
        return revision_id in self.kept_revisions - self.settled

    def is_settled(self, revision_id: UUID) -> bool:
        return revision_id in self.settled

    def remarks_to_answer(self, record_id: UUID) -> frozenset[UUID]:
        return self.open_remarks.get(record_id, frozenset())

    def knows_form(self, form: str, version: int) -> bool:
        return (form, version) in self.forms

    def draft_copy(self, record_id: UUID) -> KnownDraft | None:
        return self.drafts.get(record_id)

    def unsigned_urgents(self) -> int:
        return sum(not signed for signed in self.urgents.values())

    def has_unsigned_urgent(self, package_id: UUID) -> bool:
        return self.urgents.get(package_id) is False

    def new_id(self) -> UUID:
        return UUID(int=next(self.ids))

    def append(self, item: Item, revision_id: UUID, state: str | None) -> None:
        head = item.head
        assert head and head.record_id and head.case_id and head.visit_id and head.revision_id and head.author
        if head.case_id not in self.cases:
            self.cases.add(head.case_id)
            self.opened.append(head.case_id)
        self.revisions.append(KnownRevision(revision_id, head.record_id, head.revision_id, head.body_hash))
        if state is None:
            return
        self.visits.setdefault(head.visit_id, head.case_id)
        self.records[head.record_id] = KnownRecord(
            head.record_id, head.case_id, head.visit_id, head.form or "", head.author, state, revision_id
        )
        self.drafts.pop(head.record_id, None)

    def move(self, item: Item, state: str) -> None:
        assert item.head and item.head.record_id
        record = self.records.get(item.head.record_id)
        if record is None:
            self.voided.add(item.head.record_id)
            self.voided_cases |= {item.head.case_id} - {None}
        else:
            self.records[record.record_id] = replace(record, state=state)
        if state == State.VOID:
            self.drafts.pop(item.head.record_id, None)

    def save_draft(self, item: Item) -> None:
        assert item.head and item.head.record_id and item.head.number is not None
        self.copies_of[item.head.record_id] = item.head.case_id
        self.drafts[item.head.record_id] = KnownDraft(item.head.number, self.vault_id, False)

    def raise_urgent(self, item: Item, signed: bool) -> None:
        self.urgents[item.package_id] = signed

    def confirm_urgent(self, item: Item, package_id: UUID) -> None:
        self.urgents[package_id] = True

    def has_room_aside(self, item: Item, most: int) -> bool:
        return len(self.kept) < most or item.package in self.kept

    def keep(self, item: Item, status: Status, reason: Reason) -> None:
        self.kept.setdefault(item.package, (status, reason, item.head.record_id if item.head else None))
        if item.head and item.head.case_id and status is Status.QUARANTINED:
            self.kept_cases.add(item.head.case_id)
        if item.head and item.head.revision_id:
            self.kept_revisions.add(item.head.revision_id)

    def remember(self, item: Item, outcome: Outcome) -> None:
        self.answers[item.package_id] = Stored(item.package_hash, outcome)
