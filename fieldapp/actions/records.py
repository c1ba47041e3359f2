"""The store of a push in SQL: what the rules of sync/push.py ask, and what they have done.

Everything happens in the one transaction of the batch. What it names is asked once (actions/batch/known.py), what is
new is collected and inserted table by table in `flush`.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from fieldapp.actions import file_names, leads, visit_ends
from fieldapp.actions.batch import decisions, drafts, remarks, visits
from fieldapp.actions.batch.answers import Answers
from fieldapp.actions.batch.base import Batch, claimed_time, head_of, named
from fieldapp.actions.batch.called_for import CalledFor
from fieldapp.actions.batch.dangers import Dangers
from fieldapp.actions.batch.drafts import Drafts
from fieldapp.actions.batch.kept import KeptWork
from fieldapp.actions.batch.known import Known
from fieldapp.actions.batch.pens import PenMoves
from fieldapp.actions.batch.related import Related
from fieldapp.actions.case_steps import after_hand_in
from fieldapp.actions.told_at_once import HandedIn
from fieldapp.errors import Problem
from fieldapp.models import bodies, feed
from fieldapp.models.accounts import Acting
from fieldapp.models.audit import AuditRow
from fieldapp.models.bodies import REPORTER_FORMS
from fieldapp.models.records import Record, Revision
from sync import pull
from sync.codes import Reason, Status
from sync.store import Head, Item, KnownDraft, KnownRecord, KnownRevision, Outcome, Sender, State, Stored


class SqlStore:
    """A `sync.store.Store` over this session. `cursor` is what the vault proved to have seen, None while locked.
    `told_at`: when what is taken in now came, and was kept aside.
    """

    def __init__(
        self,
        session: Session,
        acting: Acting,
        sender: Sender,
        items: Sequence[Item],
        cursor: pull.Cursor | None,
        now: datetime,
        told_at: datetime | None = None,
    ) -> None:
        self._session, self._sender, self._district, self._now = session, sender, sender.district, now
        self._told_at = told_at
        self._batch = batch = Batch(session, acting, sender, now)
        self._answers = Answers(batch, [item.package_id for item in items])
        self._known = Known(batch, items, cursor)
        self._drafts = Drafts(batch, self._known.record_ids)
        self._kept = KeptWork(batch)
        self._pens = PenMoves(batch, self._known.records)
        self._dangers = Dangers(batch, self._known.cases)
        self._called_for = CalledFor(batch, self._known.cases)
        self._related = Related(batch)
        self._is_new_record: set[UUID] = set()
        self._given_up: set[tuple[UUID, UUID | None]] = set()  # (case, visit) of what was given up
        self._handed_in: list[HandedIn] = []

    # -- what is known --

    def answered(self, package_id: UUID) -> Stored | None:
        return self._answers.of(package_id)

    def works_on(self, case_id: UUID) -> bool:
        return case_id in self._known.cases

    def is_case(self, case_id: UUID) -> bool:
        return case_id in self._known.cases or leads.is_known(self._session, self._district, case_id)

    def leads_today(self) -> int:
        return leads.opened_today(self._session, self._district, self._sender.person_id, self._now)

    def lead_copies(self) -> int:
        return self._drafts.without_a_file()

    def is_case_kept(self, case_id: UUID) -> bool:
        return self._kept.is_case(case_id)

    def is_lead_given_up(self, case_id: UUID) -> bool:
        return decisions.is_lead_given_up(self._batch, case_id)

    def case_of_visit(self, visit_id: UUID) -> UUID | None:
        return self._known.visits.get(visit_id)

    def record(self, record_id: UUID) -> KnownRecord | None:
        return self._known.records.get(record_id)

    def given_up(self, record_id: UUID) -> bool:
        return record_id in self._known.given_up

    def is_at_desk(self, record_id: UUID) -> bool:
        return self._pens.is_at_desk(record_id)

    def claims(self, revision_id: UUID) -> Sequence[KnownRevision]:
        return self._known.claims.get(revision_id, ())

    def is_kept(self, record_id: UUID) -> bool:
        return self._kept.is_record(record_id)

    def is_kept_revision(self, revision_id: UUID) -> bool:
        return self._kept.is_revision(revision_id)

    def is_settled(self, revision_id: UUID) -> bool:
        return self._kept.is_settled(revision_id)

    def remarks_to_answer(self, record_id: UUID) -> frozenset[UUID]:
        return remarks.to_answer(self._batch, record_id)

    def knows_form(self, form: str, version: int) -> bool:
        return self._batch.plan(form, version) is not None

    def draft_copy(self, record_id: UUID) -> KnownDraft | None:
        return self._drafts.known(record_id)

    def unsigned_urgents(self) -> int:
        return self._dangers.unsigned()

    def has_unsigned_urgent(self, package_id: UUID) -> bool:
        return self._dangers.has_unsigned(package_id)

    def new_id(self) -> UUID:
        return self._batch.new_id()

    # -- what is done --

    def append(self, item: Item, revision_id: UUID, state: str | None) -> None:
        head, body = head_of(item), item.body or {}
        case_id, record_id = named(head.case_id), named(head.record_id)
        record = self._known.records.get(record_id)
        if case_id not in self._known.cases:
            self._open_file(case_id, body)
        tells_anew = self._dangers.told_in(item)
        if state is not None:
            # What is made at the desk belongs to no visit.
            if head.visit_id is not None and head.visit_id not in self._known.visits:
                self._known.visits[head.visit_id] = case_id
                visits.make(self._batch, head, case_id, head.visit_id, body)
            self._move_record(head, record, revision_id, state)
            self._drop_copy(record_id)
        self._handed_in.append(self._told(item, state, tells_anew))
        self._batch.rows[Revision].append(self._revision_row(item, head, revision_id, case_id, record_id))
        self._known.claim(KnownRevision(revision_id, record_id, named(head.revision_id), head.body_hash))
        if b'"file"' in item.plain:  # most reports name none, and looking through each would cost as much as its row
            file_names.note(
                self._session,
                district=self._district,
                revision_id=revision_id,
                record_id=record_id,
                case_id=case_id,
                author_id=self._sender.person_id,
                form=head.form or "",
                body=body,
            )
        if state is not None:
            self._pens.note(item)
            remarks.answer(self._batch, record_id, head.form, revision_id, body.get("replies") or [])
            self._called_for.note(head, case_id, revision_id, body)
            self._related.note(case_id, body)
            if state == State.SUBMITTED:
                self._called_for.handed_in(case_id, head.form)
        self._tell_case(case_id, head.form, is_news=state is None or len(head.parents) > 1)

    def move(self, item: Item, state: str) -> None:
        head = head_of(item)
        record_id, case_id = named(head.record_id), named(head.case_id)
        record = self._known.records.get(record_id)
        self._have_key(case_id)
        if record is None:
            self._known.given_up.add(record_id)
            # There is no revision that could be named: the decision names the package that asked for it.
            about = (item.package_id, head.body_hash)
        else:
            about = (record.head_revision_id, self._known.content_hash(record.head_revision_id))
            self._update_record(record, record.head_revision_id, state)
        form = head.form if record is None else record.form
        kind = "void" if state == State.VOID else "withdrawn"
        decisions.note(self._batch, item, record_id, form, case_id, about, kind)
        if state == State.VOID:
            self._drop_copy(record_id)
            self._given_up.add((case_id, head.visit_id if record is None else record.visit_id))
        if case_id in self._known.cases:
            # The item that took it back leaves its phone once it is safe: the state has to come from here then.
            self._tell_case(case_id, head.form, is_news=True)

    def save_draft(self, item: Item) -> None:
        self._have_key(named(head_of(item).case_id))
        self._drafts.save(item)
        self._pens.note(item)

    def raise_urgent(self, item: Item, signed: bool) -> None:
        self._dangers.raise_one(item, signed=signed)

    def alert_of(self, item: Item) -> None:
        """The danger that a lead or a report tells of, whatever becomes of it."""
        self._dangers.told_in(item)

    def confirm_urgent(self, item: Item, package_id: UUID) -> None:
        self._dangers.confirm(item, package_id)

    def has_room_aside(self, item: Item, most: int) -> bool:
        return self._kept.has_room(item, most)

    def keep(self, item: Item, status: Status, reason: Reason) -> None:
        if self._kept.keep(item, status, reason):
            # Its paper waits for a person; what it tells that cannot wait does not.
            tells_anew = self._dangers.told_in(item)
            if self._may_be_told(item):
                self._handed_in.append(self._told(item, None, tells_anew))

    def remember(self, item: Item, outcome: Outcome) -> None:
        self._answers.remember(item, outcome)

    def flush(self, *, is_audited: bool = True) -> None:
        """Write what was collected; without its rows of audit only where the database takes none (PROTECT)."""
        if not is_audited:
            self._batch.rows.pop(AuditRow, None)
        self._batch.flush()
        self._called_for.settle()
        self._related.settle()
        after_hand_in(self._session, self._district, self._sender.person_id, self._handed_in, self._now)
        for case_id, visit_id in sorted(self._given_up, key=str):
            visit_ends.settle(self._session, self._district, case_id, visit_id, self._now)

    # -- inside --

    def _may_be_told(self, item: Item) -> bool:
        """Whether what lies aside is her own word on a family that she works with: only that stands in a file."""
        head = self._dangers.said_by_her(item)
        if head is None or head.case_id is None or head.record_id is None or item.body is None:
            return False
        record = self._known.records.get(head.record_id)
        hers = (head.case_id, self._sender.person_id)
        is_hers = record is None or (record.case_id, record.author_id) == hers
        if head.case_id not in self._known.cases or not is_hers or not self._dangers.is_believed():
            return False
        with suppress(Problem):
            bodies.check_case_key(self._session, self._district, head.case_id)
            return True
        return False  # an erased family has no file that could tell of it

    def _told(self, item: Item, state: str | None, tells_anew: bool) -> HandedIn:
        head, answers = head_of(item), (item.body or {}).get("answers") or {}
        case_id, record_id = named(head.case_id), named(head.record_id)
        form = head.form or ""
        return HandedIn(case_id, head.visit_id, record_id, form, state, answers, tells_anew, self._told_at)

    def _drop_copy(self, record_id: UUID) -> None:
        self._drafts.drop(record_id)

    def _open_file(self, case_id: UUID, body: Any) -> None:
        answers = body.get("answers") or {}
        opened = leads.open_file(
            self._session, self._district, self._sender.person_id, case_id, answers, self._now
        )  # the rules asked first whether she takes leads
        if opened is None:
            raise Problem("not_found")
        self._known.cases.add(case_id)

    def _have_key(self, case_id: UUID) -> None:
        if case_id not in self._known.cases:
            drafts.have_key(self._batch, case_id)

    def _tell_case(self, case_id: UUID, form: str | None, *, is_news: bool = False) -> None:
        ref = f"case:{case_id}"
        # A version beside the head is news to its own phone too, for with it comes what a merge needs; so is a merge.
        own = self._sender.vault_id if ref in self._known.seen and not is_news else None
        # Who told us of a family is nobody's news but the author's.
        others = set() if form in REPORTER_FORMS else self._known.readers.get(case_id, set())
        for person_id in others | {self._sender.person_id}:
            origin = own if person_id == self._sender.person_id else None
            feed.tell(self._session, self._district, person_id, ref, origin_vault=origin)

    def _move_record(self, head: Head, record: KnownRecord | None, revision_id: UUID, state: str) -> None:
        if record is not None:
            self._update_record(record, revision_id, state)
            return
        record_id = named(head.record_id)
        made = KnownRecord(
            record_id, named(head.case_id), head.visit_id, head.form or "", self._sender.person_id, state, revision_id
        )
        self._known.records[record_id] = made
        self._is_new_record.add(record_id)
        self._batch.rows[Record].append(
            {
                "district": self._district,
                "record_id": record_id,
                "case_id": made.case_id,
                "visit_id": made.visit_id,
                "form": made.form,
                "author_id": made.author_id,
                "state": state,
                "head_revision_id": revision_id,
                "created_at": self._now,
                "submitted_at": self._now if state == State.SUBMITTED else None,
                "state_at": self._now,
            }
        )

    def _update_record(self, record: KnownRecord, head_revision_id: UUID, state: str) -> None:
        record_id = record.record_id
        values: dict[str, Any] = {"state": state, "head_revision_id": head_revision_id}
        if state != record.state:
            values["state_at"] = self._now
            # A newer revision of a report that waits keeps its place in the queue.
            if state == State.SUBMITTED:
                values["submitted_at"] = self._now
        self._known.records[record_id] = replace(record, state=state, head_revision_id=head_revision_id)
        if record_id in self._is_new_record:
            for row in self._batch.rows[Record]:
                if row["record_id"] == record_id:
                    row.update(values)
            return
        self._session.execute(
            update(Record).where(Record.district == self._district, Record.record_id == record_id).values(**values)
        )

    def _revision_row(
        self, item: Item, head: Head, revision_id: UUID, case_id: UUID, record_id: UUID
    ) -> dict[str, Any]:
        key = (self._district, revision_id)
        return {
            "district": self._district,
            "revision_id": revision_id,
            "record_id": record_id,
            "case_id": case_id,
            "parents": " ".join(str(parent) for parent in head.parents),
            "form": head.form,
            "form_version": head.form_version,
            "intent": head.intent,
            "author_id": self._sender.person_id,
            "vault_id": self._sender.vault_id,
            "signed_head": item.signed_text,
            "signature": head.signature or b"",
            "signed_revision_id": head.revision_id,
            "device_time": claimed_time(head.device_time),
            "received_at": self._now,
            "content_hash": head.body_hash,
            "plain_hash": head.plain_hash,
            "sealed_body": self._batch.seal_for_record(case_id, head.form, "revision", "sealed_body", key, item.plain),
        }
