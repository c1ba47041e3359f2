"""The store of a push in SQL: what the rules of sync/push.py ask, asked once for a whole batch, and written at its end.

Everything happens in the one transaction of the batch. What is new is collected and inserted table by table in `flush`:
an insert for every row by itself costs more than opening and checking the row.
"""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session

from fieldapp.actions import leads, todos
from fieldapp.actions.plans import plan_of
from fieldapp.db import Base, milliseconds, moment
from fieldapp.errors import Problem
from fieldapp.forms.plan import Plan
from fieldapp.ids import uuid7
from fieldapp.models import bodies, bundles, feed, forms, scope, team
from fieldapp.models.accounts import Acting, Role, RoleGrant
from fieldapp.models.audit import AuditRow
from fieldapp.models.cases import Case, CaseKey, Todo, Urgent, Visit, Visitor, VisitPurpose
from fieldapp.models.feed import FeedRow
from fieldapp.models.records import DraftCopy, Kept, Record, Revision
from fieldapp.models.reviews import Decision, Remark
from fieldapp.models.vaults import Operation, Vault
from sync import pull, wire
from sync.codes import Reason, Status
from sync.push import LEAD
from sync.store import Head, Item, KnownDraft, KnownRecord, KnownRevision, Outcome, Sender, Signature, State, Stored

URGENT_WINDOW = timedelta(hours=1)
NO_VAULT = UUID(int=0)  # what is told at the desk comes from none
CALLED_FOR = frozenset({"F5", "F6"})  # what other forms note as things to do
REASON_OF_A_NEW_VISIT = "asked_for"
# What a visit was that nobody planned, by the first form that came of it.
_PURPOSES = {
    "F1": VisitPurpose.INTAKE,
    "F1R": VisitPurpose.INTAKE,
    "F2": VisitPurpose.INVESTIGATION,
    "F3V": VisitPurpose.VILLAGE_FOLLOW_UP,
    "F10": VisitPurpose.SWEEP,
}
_FORM_CODE = re.compile(r"[A-Z][A-Z0-9]{0,9}")
# A phone's clock may stand anywhere; a claim that no calendar has is stored as the nearest one that has it.
_FIRST_MS, _LAST_MS = milliseconds(moment(0)), 253_402_300_799_000


class SqlStore:
    """A `sync.store.Store` over this session. `cursor` is what the vault proved to have seen, None while locked."""

    def __init__(
        self,
        session: Session,
        acting: Acting,
        sender: Sender,
        items: Sequence[Item],
        cursor: pull.Cursor | None,
        now: datetime,
    ) -> None:
        self._session, self._acting, self._sender, self._now = session, acting, sender, now
        self._cursor = cursor
        self._district = sender.district
        self._new: dict[type[Base], list[dict[str, Any]]] = defaultdict(list)
        self._unsigned: int | None = None
        self._plans: dict[tuple[str, int], Plan | None] = {}
        self._prefetch(items)

    # -- what is known --

    def answered(self, package_id: UUID) -> Stored | None:
        return self._answers.get(package_id)

    def works_on(self, case_id: UUID) -> bool:
        return case_id in self._cases

    def is_case(self, case_id: UUID) -> bool:
        return case_id in self._cases or leads.is_known(self._session, self._district, case_id)

    def leads_today(self) -> int:
        return leads.opened_today(self._session, self._district, self._sender.person_id, self._now)

    def is_case_kept(self, case_id: UUID) -> bool:
        if case_id in self._kept_cases:
            return True
        waiting = select(Kept.kept_id).where(
            Kept.district == self._district,
            Kept.person_id == self._sender.person_id,
            Kept.settled_at.is_(None),
            Kept.case_id == case_id,
        )
        return self._session.scalar(waiting.limit(1)) is not None

    def is_lead_given_up(self, case_id: UUID) -> bool:
        if any((row["case_id"], row["kind"]) == (case_id, "void") for row in self._new[Decision]):
            return True
        given_up = select(Decision.decision_id).where(
            Decision.district == self._district,
            Decision.case_id == case_id,
            Decision.kind == "void",
            Decision.decided_by == self._sender.person_id,
        )
        return self._session.scalar(given_up.limit(1)) is not None

    def case_of_visit(self, visit_id: UUID) -> UUID | None:
        return self._visits.get(visit_id)

    def record(self, record_id: UUID) -> KnownRecord | None:
        return self._records.get(record_id)

    def given_up(self, record_id: UUID) -> bool:
        return record_id in self._given_up

    def claims(self, revision_id: UUID) -> Sequence[KnownRevision]:
        return self._claims.get(revision_id, ())

    def is_kept(self, record_id: UUID) -> bool:
        if record_id in self._kept_now:
            return True
        waiting = select(Kept.kept_id).where(
            Kept.district == self._district,
            Kept.person_id == self._sender.person_id,
            Kept.settled_at.is_(None),
            Kept.status == Status.QUARANTINED,
            Kept.record_id == record_id,
        )
        return self._session.scalar(waiting.limit(1)) is not None

    def is_kept_revision(self, revision_id: UUID) -> bool:
        return revision_id in self._kept_revisions or self._is_kept_as(revision_id, Kept.settled_at.is_(None))

    def is_settled(self, revision_id: UUID) -> bool:
        if self.is_kept_revision(revision_id):
            return False
        return self._is_kept_as(revision_id, Kept.settled_at.is_not(None))

    def _is_kept_as(self, revision_id: UUID, how: ColumnElement[bool]) -> bool:
        # Of her own alone: what somebody else sends under an id must not decide about hers.
        found = select(Kept.kept_id).where(
            Kept.district == self._district,
            Kept.person_id == self._sender.person_id,
            Kept.revision_id == revision_id,
            how,
        )
        return self._session.scalar(found.limit(1)) is not None

    def remarks_to_answer(self, record_id: UUID) -> frozenset[UUID]:
        asked = select(Remark.remark_id).where(
            Remark.district == self._district,
            Remark.record_id == record_id,
            Remark.sent.is_(True),
            Remark.state == "open",
            Remark.kind.in_(("must_fix", "explain")),
        )
        return frozenset(self._session.scalars(asked))

    def knows_form(self, form: str, version: int) -> bool:
        return self._plan(form, version) is not None

    def _plan(self, form: str, version: int) -> Plan | None:
        if (form, version) not in self._plans:
            self._plans[form, version] = plan_of(self._session, form, version)
        return self._plans[form, version]

    def draft_copy(self, record_id: UUID) -> KnownDraft | None:
        copy = self._drafts.get(record_id)
        return None if copy is None else KnownDraft(copy.number, copy.vault_id, self._is_older(copy.vault_id))

    def _is_older(self, vault_id: UUID) -> bool:
        other = self._session.get(Vault, (self._district, vault_id))
        own = self._session.get(Vault, (self._district, self._sender.vault_id))
        return other is None or (own is not None and other.enrolled_at < own.enrolled_at)

    def unsigned_urgents(self) -> int:
        if self._unsigned is None:
            counted = select(func.count()).where(
                Urgent.district == self._district,
                Urgent.vault_id == self._sender.vault_id,
                Urgent.signed.is_(False),
                Urgent.received_at > self._now - URGENT_WINDOW,
            )
            self._unsigned = self._session.scalar(counted) or 0
        return self._unsigned

    def has_unsigned_urgent(self, package_id: UUID) -> bool:
        row = self._session.get(Urgent, (self._district, package_id))
        return row is not None and row.vault_id == self._sender.vault_id and not row.signed

    def new_id(self) -> UUID:
        return uuid7(milliseconds(self._now))

    # -- what is done --

    def append(self, item: Item, revision_id: UUID, state: str | None) -> None:
        head, body = _head_of(item), item.body or {}
        case_id, record_id = _named(head.case_id), _named(head.record_id)
        record = self._records.get(record_id)
        if case_id not in self._cases:
            self._open_file(case_id, body)
        self._alert_of_lead(item)
        if state is not None:
            if head.visit_id is not None:  # what is made at the desk belongs to none
                self._make_visit(head, case_id, head.visit_id, body)
            self._move_record(head, record, revision_id, state)
            self._drop_draft(record_id)
        self._new[Revision].append(self._revision_row(item, head, revision_id, case_id, record_id))
        known = KnownRevision(revision_id, record_id, _named(head.revision_id), head.body_hash)
        for name in {revision_id, known.signed_revision_id}:
            self._claims[name] = [*self._claims.get(name, ()), known]
        if state is not None:
            self._answer_remarks(record_id, revision_id, body.get("replies") or [])
            self._note_todos(head, case_id, revision_id, body)
            if state == State.SUBMITTED and head.form in CALLED_FOR:
                self._handed_in.add((case_id, head.form))
        self._tell_case(case_id, head.form)

    def move(self, item: Item, state: str) -> None:
        head = _head_of(item)
        record_id, case_id = _named(head.record_id), _named(head.case_id)
        record = self._records.get(record_id)
        self._have_key(case_id)
        if record is None:
            self._given_up.add(record_id)
            # There is no revision that could be named: the decision names the package that asked for it.
            about = (item.package_id, head.body_hash)
        else:
            about = (record.head_revision_id, self._hash_of(record.head_revision_id))
            self._update_record(record_id, record.head_revision_id, state)
        self._decide(item, head, record_id, case_id, about, "void" if state == State.VOID else "withdrawn")
        if state == State.VOID:
            self._drop_draft(record_id)
        if case_id in self._cases:
            self._tell_case(case_id, head.form)

    def save_draft(self, item: Item) -> None:
        head = _head_of(item)
        record_id = _named(head.record_id)
        key = (self._district, record_id, self._sender.person_id)
        self._have_key(_named(head.case_id))
        # Sealed before the row is in the session: looking for the case key would write it half filled.
        sealed = bodies.seal_for_case(
            self._session, self._district, _named(head.case_id), "draft_copy", "sealed_body", key, item.plain
        )
        copy = self._drafts.get(record_id) or DraftCopy(district=key[0], record_id=record_id, author_id=key[2])
        copy.case_id, copy.visit_id = _named(head.case_id), _named(head.visit_id)
        copy.form, copy.form_version, copy.number = head.form or "", head.form_version or 0, head.number or 0
        copy.vault_id, copy.received_at, copy.sealed_body = _named(self._sender.vault_id), self._now, sealed
        if record_id not in self._drafts:
            self._session.add(copy)
            self._drafts[record_id] = copy
        feed.tell(
            self._session, self._district, key[2], f"draft:{record_id}", "draft", origin_vault=self._sender.vault_id
        )

    def raise_urgent(self, item: Item, signed: bool) -> None:
        head = _head_of(item)
        case_id = head.case_id if head.case_id is not None and self.works_on(head.case_id) else None
        self._new[Urgent].append(
            {
                "district": self._district,
                "urgent_id": item.package_id,
                "person_id": self._sender.person_id,
                "vault_id": self._sender.vault_id,
                "case_id": case_id,
                "signed": signed,
                "sealed_body": self._seal_for_district("urgent", "sealed_body", item.package_id, item.plain),
                "received_at": self._now,
            }
        )
        if not signed:
            self._unsigned = self.unsigned_urgents() + 1
        self._flush_table(Urgent)  # a confirmation may come in the same batch

    def confirm_urgent(self, item: Item, package_id: UUID) -> None:
        row = self._session.get_one(Urgent, (self._district, package_id))
        row.signed = True
        row.sealed_body = self._seal_for_district("urgent", "sealed_body", package_id, item.plain)

    def keep(self, item: Item, status: Status, reason: Reason) -> None:
        # The id is of the bytes: the same package kept twice is one row, also for a vault whose answers are not stored.
        digest = hashlib.sha256(_named(self._sender.vault_id).bytes + item.package).digest()
        kept_id = UUID(bytes=digest[:16])
        record_id = None if item.head is None else item.head.record_id
        if kept_id in self._kept_ids or self._session.get(Kept, (self._district, kept_id)) is not None:
            return
        self._kept_ids.add(kept_id)
        head = item.head
        if head is not None and head.kind == "draft" and item.signature is Signature.GOOD:
            self._drop_kept_drafts(head.record_id)
        if record_id is not None and status is Status.QUARANTINED:
            self._kept_now.add(record_id)
            if head is not None and head.case_id is not None:
                self._kept_cases.add(head.case_id)
        if head is not None and head.revision_id is not None:
            self._kept_revisions.add(head.revision_id)
        self._new[Kept].append(
            {
                "district": self._district,
                "kept_id": kept_id,
                "package_id": item.package_id,
                "vault_id": self._sender.vault_id,
                "person_id": self._sender.person_id,
                "status": status.value,
                "reason": reason.value,
                "kind": None if head is None else head.kind,
                "case_id": None if head is None else head.case_id,
                "record_id": record_id,
                "revision_id": None if head is None else head.revision_id,
                "sealed_package": self._seal_for_district("kept_package", "sealed_package", kept_id, _whole(item)),
                "received_at": self._now,
            }
        )
        self._audit("kept", item, reason=reason.value, status=status.value)
        self._alert_of_lead(item)  # its paper waits for a person; the danger does not

    def _drop_kept_drafts(self, record_id: UUID | None) -> None:
        # A copy comes every few minutes, and the newest holds all of the others: one for each draft is kept aside too.
        def is_older(row: dict[str, Any]) -> bool:
            return bool(row["kind"] == "draft" and row["record_id"] == record_id)

        self._new[Kept] = [row for row in self._new[Kept] if not is_older(row)]
        self._session.execute(
            delete(Kept).where(
                Kept.district == self._district,
                Kept.vault_id == self._sender.vault_id,
                Kept.kind == "draft",
                Kept.record_id == record_id,
                Kept.settled_at.is_(None),
            )
        )

    def remember(self, item: Item, outcome: Outcome) -> None:
        self._answers[item.package_id] = Stored(item.package_hash, outcome)
        self._new[Operation].append(
            {
                "district": self._district,
                "vault_id": self._sender.vault_id,
                "package_id": item.package_id,
                "package_hash": item.package_hash,
                "result": _outcome_text(outcome),
                "answered_at": self._now,
            }
        )
        if outcome.status in (Status.OK, Status.CONFLICT):
            # What was taken lies below the safe mark only once a backup holds it: the number has to move.
            feed.touch(self._session, self._district, self._sender.person_id)
            kind = item.head.kind if item.head else "package"
            self._audit(f"push_{kind}", item, status=outcome.status.value, state=outcome.record_state)

    def flush(self) -> None:
        """Write what was collected, parents before children."""
        self._session.flush()
        for table in (Visit, Visitor, Record, Revision, Todo, Urgent, Decision, Kept, Operation, AuditRow):
            self._flush_table(table)
        for case_id, form in sorted(self._handed_in & self._open_todos() if self._handed_in else ()):
            todos.settle(self._session, self._district, case_id, form, self._now)

    # -- inside --

    def _prefetch(self, items: Sequence[Item]) -> None:
        session, district = self._session, self._district
        heads = [item.head for item in items if item.head is not None and item.head.district == district]
        case_ids = {head.case_id for head in heads if head.case_id}
        record_ids = {head.record_id for head in heads if head.record_id}
        visit_ids = {head.visit_id for head in heads if head.visit_id}
        named = {head.revision_id for head in heads if head.revision_id} | {p for head in heads for p in head.parents}
        self._answers = _answers(session, self._sender, [item.package_id for item in items])
        self._cases = set(
            session.scalars(select(Case.case_id).where(_in(Case.case_id, case_ids), scope.cases_of(self._acting)))
        )
        bodies.load_case_keys(session, district, self._cases)
        here = {"district": district}
        visits = session.execute(_VISITS, {**here, "ids": list(visit_ids)})
        self._visits: dict[UUID, UUID] = {row.visit_id: row.case_id for row in visits}
        rows = session.execute(_RECORDS, {**here, "ids": list(record_ids)})
        self._records = {row.record_id: KnownRecord(*row) for row in rows}
        self._claims = _claims(session, district, record_ids & set(self._records), named)
        self._drafts = {
            copy.record_id: copy
            for copy in session.scalars(
                select(DraftCopy).where(
                    DraftCopy.district == district,
                    DraftCopy.author_id == self._sender.person_id,
                    _in(DraftCopy.record_id, record_ids),
                )
            )
        }
        unknown = record_ids - self._records.keys()
        self._given_up = set(session.scalars(_GIVEN_UP, {**here, "ids": list(unknown)}))
        self._told = team.readers_of(session, district, self._cases)
        self._seen = self._rows_seen([f"case:{case_id}" for case_id in self._cases])
        self._is_new_record: set[UUID] = set()
        self._kept_now: set[UUID] = set()
        self._kept_ids: set[UUID] = set()
        self._kept_revisions: set[UUID] = set()
        self._kept_cases: set[UUID] = set()
        self._handed_in: set[tuple[UUID, str]] = set()
        self._todos: set[tuple[UUID, str]] | None = None

    def _rows_seen(self, refs: Iterable[str]) -> set[str]:
        """Refs of which this vault has already seen the newest row."""
        if self._cursor is None:
            return set()
        rows = self._session.execute(
            select(FeedRow.ref, FeedRow.seq).where(
                FeedRow.district == self._district,
                FeedRow.person_id == self._sender.person_id,
                _in(FeedRow.ref, refs),
            )
        )
        return {ref for ref, seq in rows if pull.saw(self._cursor, self._district, seq)}

    def _open_file(self, case_id: UUID, body: Any) -> None:
        answers = body.get("answers") or {}
        opened = leads.open_file(
            self._session, self._district, self._sender.person_id, case_id, answers, self._now
        )  # the rules asked first whether she takes leads
        if opened is None:
            raise Problem("not_found")
        self._cases.add(case_id)

    def _alert_of_lead(self, item: Item) -> None:
        """A danger told of in a lead stands before the supervisors like one tapped on a phone: once for each lead."""
        head = item.head
        if head is None or (head.form, head.kind) != (LEAD, "revision") or head.record_id is None:
            return
        if item.signature is not Signature.GOOD or head.author != self._sender.person_id or item.body is None:
            return
        danger = leads.danger_of(item.body.get("answers") or {})
        urgent_id = UUID(bytes=hashlib.sha256(b"danger of lead" + head.record_id.bytes).digest()[:16])
        if danger is None or self._session.get(Urgent, (self._district, urgent_id)) is not None:
            return
        plain = json.dumps({**danger, "at": head.device_time}, ensure_ascii=False).encode()
        self._new[Urgent].append(
            {
                "district": self._district,
                "urgent_id": urgent_id,
                "person_id": self._sender.person_id,
                "vault_id": self._sender.vault_id or NO_VAULT,
                "case_id": head.case_id if head.case_id in self._cases else None,
                "signed": True,
                "sealed_body": self._seal_for_district("urgent", "sealed_body", urgent_id, plain),
                "received_at": self._now,
            }
        )
        self._flush_table(Urgent)  # another revision of it may come in the same batch

    def _have_key(self, case_id: UUID) -> None:
        """The copy of a lead's draft comes before its file."""
        if case_id not in self._cases and self._session.get(CaseKey, (self._district, case_id)) is None:
            bodies.make_case_key(self._session, self._district, case_id)

    def _tell_case(self, case_id: UUID, form: str | None) -> None:
        ref = f"case:{case_id}"
        own = self._sender.vault_id if ref in self._seen else None
        # Who told us of a family is nobody's news but the author's.
        others = set() if form in bundles.REPORTER_FORMS else self._told.get(case_id, set())
        for person_id in others | {self._sender.person_id}:
            origin = own if person_id == self._sender.person_id else None
            feed.tell(self._session, self._district, person_id, ref, origin_vault=origin)

    def _make_visit(self, head: Head, case_id: UUID, visit_id: UUID, body: Any) -> None:
        if visit_id in self._visits:
            return
        self._visits[visit_id] = case_id
        form = head.form or ""
        purpose = _PURPOSES.get(form, VisitPurpose.FOLLOW_UP)
        day = _at(head.device_time).astimezone(bundles.CHINA).date()
        self._new[Visit].append(
            {
                "district": self._district,
                "visit_id": visit_id,
                "case_id": case_id,
                "purpose": purpose.value,
                "forms": form,
                "planned_on": day,
                "due_on": day,
                "reason": REASON_OF_A_NEW_VISIT,
                "state": "done" if purpose is VisitPurpose.INTAKE else "planned",
                "created_at": self._now,
                "created_by": self._sender.person_id,
            }
        )
        said = {UUID(str(person_id)) for person_id in body.get("visitors") or []}
        known = self._who_fill_in(form, said) if said else ()
        for person_id in {self._sender.person_id, *known}:
            self._new[Visitor].append({"district": self._district, "visit_id": visit_id, "person_id": person_id})

    def _who_fill_in(self, form: str, person_ids: Iterable[UUID]) -> Iterable[UUID]:
        """Of those who were there the ones on whose lists the visit may stand. All are named in the answers; but on a
        village cadre's list it would tell her that there is a risk assessment, or a lead.
        """
        of_library = {role for role, named in bundles.FORMS_OF_ROLE.items() if form in named}
        roles = [role for role in Role if role in of_library or form in forms.given_to(self._session, [role])]
        return self._session.scalars(
            select(RoleGrant.person_id).where(
                RoleGrant.district == self._district,
                RoleGrant.ended_at.is_(None),
                RoleGrant.role.in_(roles),
                _in(RoleGrant.person_id, person_ids),
            )
        )

    def _move_record(self, head: Head, record: KnownRecord | None, revision_id: UUID, state: str) -> None:
        if record is not None:
            self._update_record(record.record_id, revision_id, state)
            return
        record_id = _named(head.record_id)
        made = KnownRecord(
            record_id, _named(head.case_id), head.visit_id, head.form or "", self._sender.person_id, state,
            revision_id,
        )  # fmt: skip
        self._records[record_id] = made
        self._is_new_record.add(record_id)
        self._new[Record].append(
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

    def _update_record(self, record_id: UUID, head_revision_id: UUID, state: str) -> None:
        record = self._records[record_id]
        # A newer revision of a report that waits keeps its place in the queue.
        newly_submitted = state == State.SUBMITTED and record.state != State.SUBMITTED
        values: dict[str, Any] = {"state": state, "head_revision_id": head_revision_id}
        if state != record.state:
            values["state_at"] = self._now
        if newly_submitted:
            values["submitted_at"] = self._now
        self._records[record_id] = KnownRecord(
            record_id, record.case_id, record.visit_id, record.form, record.author_id, state, head_revision_id
        )
        if record_id in self._is_new_record:
            for row in self._new[Record]:
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
            "device_time": _at(head.device_time),
            "received_at": self._now,
            "content_hash": head.body_hash,
            "plain_hash": head.plain_hash,
            "sealed_body": bodies.seal_for_case(
                self._session, self._district, case_id, "revision", "sealed_body", key, item.plain
            ),
        }

    def _hash_of(self, revision_id: UUID) -> bytes:
        return next(known.content_hash for known in self._claims[revision_id] if known.revision_id == revision_id)

    def _answer_remarks(self, record_id: UUID, revision_id: UUID, replies: Sequence[Any]) -> None:
        for reply in replies:
            remark = self._session.get(Remark, (self._district, UUID(str(reply["remark_id"]))))
            if remark is None or remark.record_id != record_id or not remark.sent or remark.state != "open":
                continue  # the reply stays readable in the revision itself
            said = json.dumps({"reply": reply["reply"], "text": reply["text"]}, ensure_ascii=False).encode()
            key = (self._district, remark.remark_id)
            remark.state, remark.answered_revision_id = "answered", revision_id
            remark.sealed_reply = bodies.seal_for_case(
                self._session, self._district, remark.case_id, "remark", "sealed_reply", key, said
            )

    def _note_todos(self, head: Head, case_id: UUID, revision_id: UUID, body: Any) -> None:
        called_for = body.get("answers", {}).get("todo")
        if not isinstance(called_for, str) or not called_for.strip():
            return
        open_ones = self._open_todos()
        for kind in called_for.split():
            if (case_id, kind) in open_ones or not _FORM_CODE.fullmatch(kind):
                continue  # a column in clear takes codes alone; whatever else was written there stays in the answers
            open_ones.add((case_id, kind))
            self._new[Todo].append(
                {
                    "district": self._district,
                    "todo_id": self.new_id(),
                    "case_id": case_id,
                    "kind": kind,
                    "sensitivity": self._class_of_todo(head),
                    "revision_id": revision_id,
                    "created_at": self._now,
                }
            )

    def _open_todos(self) -> set[tuple[UUID, str]]:
        if self._todos is None:
            rows = self._session.execute(
                select(Todo.case_id, Todo.kind).where(
                    Todo.district == self._district, _in(Todo.case_id, self._cases), Todo.done_at.is_(None)
                )
            )
            self._todos = {(case_id, kind) for case_id, kind in rows}
        return self._todos

    def _class_of_todo(self, head: Head) -> str:
        plan = self._plan(head.form or "", head.form_version or 0)
        nodes = [] if plan is None else plan.nodes
        return next((n["sensitivity"] for n in nodes if n["name"] == "todo" and n["parent"] == 0), "violence")

    def _decide(
        self, item: Item, head: Head, record_id: UUID, case_id: UUID, about: tuple[UUID, bytes], kind: str
    ) -> None:
        body = item.body or {}
        decision_id, text = self.new_id(), body.get("text")
        sealed = None
        if text:
            key = (self._district, decision_id)
            said = json.dumps({"text": text}, ensure_ascii=False).encode()
            sealed = bodies.seal_for_case(self._session, self._district, case_id, "decision", "sealed_text", key, said)
        self._new[Decision].append(
            {
                "district": self._district,
                "decision_id": decision_id,
                "record_id": record_id,
                "case_id": case_id,
                "revision_id": about[0],
                "content_hash": about[1],
                "kind": kind,
                "reason": body.get("reason"),
                "sealed_text": sealed,
                "decided_by": self._sender.person_id,
                "decided_at": self._now,
            }
        )

    def _drop_draft(self, record_id: UUID) -> None:
        copy = self._drafts.pop(record_id, None)
        if copy is None:
            return
        self._session.flush()  # it may have come in this very batch
        self._session.delete(copy)
        self._session.flush()
        feed.tell(
            self._session, self._district, self._sender.person_id, f"draft:{record_id}", "del",
            origin_vault=self._sender.vault_id,
        )  # fmt: skip

    def _seal_for_district(self, table: str, column: str, row_id: UUID, plain: bytes) -> bytes:
        return bodies.seal_for_district(self._session, self._district, table, column, (self._district, row_id), plain)

    def _audit(self, act: str, item: Item, **about: object) -> None:
        head = item.head
        named: dict[str, object] = {"package": str(item.package_id)}
        if head is not None and head.record_id is not None:
            named["record"] = str(head.record_id)
        if head is not None and head.revision_id is not None:
            named["revision"] = str(head.revision_id)
        self._new[AuditRow].append(
            {
                "district": self._district,
                "audit_id": self.new_id(),
                "at": self._now,
                "actor_id": self._sender.person_id,
                "vault_id": self._sender.vault_id,
                "act": act,
                "about": _about_text({**named, **about}),
            }
        )

    def _flush_table(self, table: type[Base]) -> None:
        rows = self._new.pop(table, [])
        if rows:
            self._session.execute(insert(table.__table__), rows)  # type: ignore[arg-type]


def stored_answers(session: Session, district: str, vault_id: UUID, package_ids: Sequence[UUID]) -> dict[UUID, Stored]:
    """The answers this vault got for these packages."""
    if not package_ids:
        return {}
    rows = session.execute(_ANSWERS, {"district": district, "vault_id": vault_id, "ids": list(package_ids)})
    return {row.package_id: Stored(row.package_hash, _outcome(json.loads(row.result))) for row in rows}


def _answers(session: Session, sender: Sender, package_ids: Sequence[UUID]) -> dict[UUID, Stored]:
    return {} if sender.vault_id is None else stored_answers(session, sender.district, sender.vault_id, package_ids)


def _claims(
    session: Session, district: str, record_ids: set[UUID], revision_ids: set[UUID]
) -> dict[UUID, list[KnownRevision]]:
    # Two look-ups by key instead of one that would read the whole table for the claimed ids.
    found = {
        row.revision_id: KnownRevision(*row)
        for statement, ids in ((_REVISIONS_OF, record_ids), (_REVISIONS, revision_ids))
        if ids
        for row in session.execute(statement, {"district": district, "ids": list(ids)})
    }
    claims: dict[UUID, list[KnownRevision]] = defaultdict(list)
    for known in found.values():
        for name in {known.revision_id, known.signed_revision_id}:
            claims[name].append(known)
    return dict(claims)


# The questions of every batch, put together once: they ask plain columns, for making rows into objects and statements
# out of parts took as long as asking.
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_DISTRICT: BindParameter[str] = bindparam("district")
_of = {table: table.__table__.c for table in (Decision, Operation, Record, Revision, Visit)}
_ANSWERS = select(_of[Operation].package_id, _of[Operation].package_hash, _of[Operation].result).where(
    _of[Operation].district == _DISTRICT,
    _of[Operation].vault_id == bindparam("vault_id"),
    _of[Operation].package_id.in_(_IDS),
)
_VISITS = select(_of[Visit].visit_id, _of[Visit].case_id).where(
    _of[Visit].district == _DISTRICT, _of[Visit].visit_id.in_(_IDS)
)
# Locked until the end (PostgreSQL): a review that opens meanwhile sees the new head, or we see the review.
_RECORDS = (
    select(*(_of[Record][field.name] for field in fields(KnownRecord)))
    .where(_of[Record].district == _DISTRICT, _of[Record].record_id.in_(_IDS))
    .order_by(_of[Record].record_id)
    .with_for_update()
)
_REVISION = select(*(_of[Revision][field.name] for field in fields(KnownRevision)))
_REVISIONS = _REVISION.where(_of[Revision].district == _DISTRICT, _of[Revision].revision_id.in_(_IDS))
_REVISIONS_OF = _REVISION.where(_of[Revision].district == _DISTRICT, _of[Revision].record_id.in_(_IDS))
_GIVEN_UP = select(_of[Decision].record_id).where(
    _of[Decision].district == _DISTRICT, _of[Decision].kind == "void", _of[Decision].record_id.in_(_IDS)
)


def _in(column: Any, values: Iterable[Any]) -> Any:
    return column.in_(list(values if isinstance(values, set) else set(values)))


def _head_of(item: Item) -> Head:
    assert item.head is not None  # the rules write nothing of a package without a head, but keep it
    return item.head


def _named(value: UUID | None) -> UUID:
    assert value is not None  # the rules checked that the kind has it
    return value


def _at(device_time: int) -> datetime:
    return moment(min(max(device_time, _FIRST_MS), _LAST_MS))


def _whole(item: Item) -> bytes:
    """Everything a person needs to open it later, also when the server key is gone: a frame of its own."""
    envelope = item.envelope
    head = {
        "package": len(item.package),
        "envelope": None
        if envelope is None
        else {"key_id": envelope[0], "suite": envelope[1], "len": len(envelope[2])},
        "head": item.signed_text or None,
        "body": len(item.plain),
    }
    return wire.write_frame(head, [item.package, b"" if envelope is None else envelope[2], item.plain])


# Made once: json.dumps makes an encoder at every call that asks for anything special.
_about_text = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


@lru_cache(maxsize=256)
def _outcome_text(outcome: Outcome) -> str:
    said = {
        "status": outcome.status.value,
        "reason": None if outcome.reason is None else outcome.reason.value,
        "record_state": outcome.record_state,
        "kept_as": None if outcome.kept_as is None else str(outcome.kept_as),
    }
    return json.dumps(said, separators=(",", ":"))


def _outcome(said: dict[str, Any]) -> Outcome:
    return Outcome(
        Status(said["status"]),
        Reason(said["reason"]) if said["reason"] else None,
        said["record_state"],
        UUID(said["kept_as"]) if said["kept_as"] else None,
    )
