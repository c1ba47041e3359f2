"""Records made at the desk: begin, save, hand in, take up again. The store is online, the rules are those of a phone's.

    begin ─► DeskDraft ─► save … ─► hand_in ─► a revision without a vault, then the same states as a phone's
                            └► another window had saved: kept beside, and said
    finish (desk_finish.py) ─► DeskDraft of a report that was begun on the phone: the same way from there

A draft is its author's alone. Nothing is overwritten unseen: a save names the number it was typed on.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from marshmallow import ValidationError
from sqlalchemy.orm import Session

from fieldapp.actions import desk_bodies, desk_finish, desk_known, desk_rights, desk_shelf, leads, lists, minors
from fieldapp.actions.findings import body_of
from fieldapp.actions.plans import plan_of
from fieldapp.actions.records import SqlStore
from fieldapp.casework.desk_forms import DESK_FORMS
from fieldapp.casework.prefill import prefill
from fieldapp.crypto import signatures
from fieldapp.crypto.packages import b64u
from fieldapp.db import milliseconds
from fieldapp.errors import Problem
from fieldapp.forms import evaluate
from fieldapp.forms.plan import Plan
from fieldapp.forms.schema import is_plainly_right, schema_for
from fieldapp.ids import uuid7
from fieldapp.models import audit, bundles, desk_drafts, forms, pens, server_keys
from fieldapp.models.accounts import Acting
from fieldapp.models.bodies import REPORTER_FORMS
from fieldapp.models.cases import Case
from fieldapp.models.desk_drafts import DeskDraft
from fieldapp.models.records import DraftCopy, Record, Revision, State
from sync import messages, wire
from sync.store import Head, Item, Sender, Signature

BODY_BYTES_MAX = 2 * 1024 * 1024


@dataclass(frozen=True)
class Opened:
    """A draft as its page needs it. `body` is None for one never saved; `files` are the long lists by hash."""

    draft: DeskDraft
    plan: Plan
    files: dict[str, Any]
    body: dict[str, Any] | None
    case: Case | None
    people: list[dict[str, Any]]
    prefill: dict[str, Any]
    remarks: list[dict[str, Any]]
    returned: dict[str, Any] | None
    visitors: list[dict[str, Any]]  # of the visit, where it was begun on the phone
    is_here: bool  # the desk holds its pen
    phone_wrote: datetime | None  # when the phone sent something since that is not in this draft


@dataclass(frozen=True)
class Saved:
    """Where a save ended. `draft_id` is another than asked where another window had saved in between; `is_new`: of a
    new record, so that both drafts can be handed in. `is_here`, `phone_wrote`: as in Opened.
    """

    draft_id: UUID
    number: int
    saved_at: datetime
    is_beside: bool
    is_new: bool
    is_here: bool
    phone_wrote: datetime | None


def begin(session: Session, acting: Acting, form: str, case_id: UUID | None, now: datetime) -> DeskDraft:
    """An empty draft of a new record. On a file it is the one that is still empty where there is one; a lead is a new
    one each time, because the next family may call while nothing is typed yet of the first.

    Raises `not_found` for a form or a file that is not hers and for a form that was withdrawn, `letter_needs_visit`,
    `receipt_needs_letter`.
    """
    case = None if case_id is None else desk_rights.case_of(session, acting, case_id)
    version = forms.running(session, form)
    if version is None or form not in desk_rights.may_begin(session, acting, case):
        raise Problem("not_found")
    if case is not None:
        desk_known.refuse_without_ground(session, acting, case, form)
    for draft in () if case is None else desk_drafts.of_author(session, acting):
        if (draft.form, draft.case_id, draft.number, draft.parent_id) == (form, case_id, 0, None):
            return draft
    draft = DeskDraft(
        district=acting.district,
        draft_id=uuid7(milliseconds(now)),
        record_id=uuid7(milliseconds(now)),
        author_id=acting.person_id,
        case_id=case_id,
        form=form,
        form_version=version,
        number=0,
        is_beside=False,
        begun_at=now,
        saved_at=now,
    )
    return _keep(session, acting, draft, desk_bodies.EMPTY, "begin_at_desk", now)


def take_up(session: Session, acting: Acting, record_id: UUID, now: datetime) -> DeskDraft:
    """A draft of her own record that was returned or withdrawn, standing on its newest revision. What is written once
    (who told us) is written anew: she reads the reason and the remarks, not what she wrote.
    """
    record = desk_rights.own_record(session, acting, record_id)
    if record.visit_id is not None and record.form not in REPORTER_FORMS:
        return desk_finish.finish(session, acting, record_id, now)
    if record.state not in desk_shelf.OPEN:
        raise Problem("draft_not_open")
    for draft in desk_drafts.of_record(session, acting, record_id):
        if draft.parent_id == record.head_revision_id and not draft.is_beside:
            return draft
    head = session.get_one(Revision, (record.district, record.head_revision_id))
    is_anew = DESK_FORMS[record.form].write_once
    draft = DeskDraft(
        district=acting.district,
        draft_id=uuid7(milliseconds(now)),
        record_id=record_id,
        author_id=acting.person_id,
        case_id=record.case_id,
        form=head.form,
        form_version=head.form_version,
        parent_id=head.revision_id,
        number=0 if is_anew else 1,
        is_beside=False,
        begun_at=now,
        saved_at=now,
    )
    told = {} if is_anew else body_of(session, head)
    body = {"answers": told.get("answers", {}), "recorded": told.get("recorded"), "position": None}
    return _keep(session, acting, draft, body, "take_up_at_desk", now)


def withdraw(session: Session, acting: Acting, record_id: UUID, now: datetime) -> None:
    """Take her own record of the desk back, until a review of it is opened. Raises `draft_not_open` from then on."""
    record = desk_rights.own_record(session, acting, record_id)
    head = session.get_one(Revision, (record.district, record.head_revision_id))
    item = _item(acting, head, record.case_id, b"", {"reason": "by_author", "text": None}, now)
    store = DeskStore(session, acting, _sender(acting), [item], None, now, b"")
    known = store.record(record_id)  # locked from here on: of this and a review that opens, one sees the other
    if known is None or known.state != State.SUBMITTED:
        raise Problem("draft_not_open")
    store.move(item, State.DRAFT)
    store.flush()
    named: dict[str, object] = {"record": str(record_id), "revision": str(head.revision_id)}
    audit.write(
        session, district=record.district, actor_id=acting.person_id, act="withdraw_at_desk", about=named, at=now
    )


def open_draft(session: Session, acting: Acting, draft_id: UUID, now: datetime) -> Opened:
    """Everything the page of her draft shows. Raises `not_found` for another's, as for none."""
    draft = desk_drafts.own(session, acting, draft_id)
    if draft is None:
        raise Problem("not_found")
    case = None if draft.case_id is None else desk_rights.case_of(session, acting, draft.case_id)
    if not _may(session, acting, draft, case):
        raise Problem("not_found")
    minors.require_reason(session, acting, case, now)
    plan = plan_of(session, draft.form, draft.form_version)
    assert plan is not None
    known = desk_known.known_of(session, acting, draft, case, now)
    record = session.get(Record, (draft.district, draft.record_id))
    _audit(session, acting, "read_desk_draft", draft, now)
    return Opened(
        draft=draft,
        plan=plan,
        files=lists.whole(session, plan),
        body=desk_bodies.shown(session, draft) if draft.number else None,
        case=case,
        people=[{**person, "person_id": str(person["person_id"])} for person in known.people],
        prefill={} if draft.number else prefill(draft.form, known),
        remarks=desk_shelf.remarks_sent(session, record),
        returned=desk_shelf.returned_with(session, record),
        visitors=[] if draft.visit_id is None else bundles.visitors_of(session, draft.district, draft.visit_id),
        is_here=desk_finish.is_here(session, draft),
        phone_wrote=desk_finish.phone_wrote(session, draft),
    )


def save(
    session: Session, acting: Acting, draft_id: UUID, number: int, window: str, plain: bytes, now: datetime
) -> Saved:
    """Keep what was typed on `number` in `window`, a page's own word for itself. Where another window has saved since,
    it is kept beside, under an id of its own; of a new record as a record of its own, so that both can be handed in.

    Raises `draft_not_open` where the draft is no more, `request_malformed` for what is no draft.
    """
    body = _read("draft", plain)
    draft = desk_drafts.own(session, acting, draft_id)
    if draft is None:
        raise Problem("draft_not_open")
    # A page whose answer was lost on the way names an older number: it goes on where it was, in its own words.
    kept = desk_bodies.stored(session, draft)
    if draft.number != number and not (window and window == kept.get("window")):
        # Two drafts of what was begun on the phone are two of one record: there is no second visit to put one under.
        is_another = draft.parent_id is None and draft.visit_id is None
        draft = DeskDraft(
            district=draft.district,
            draft_id=uuid7(milliseconds(now)),
            record_id=uuid7(milliseconds(now)) if is_another else draft.record_id,
            author_id=draft.author_id,
            case_id=draft.case_id,
            visit_id=draft.visit_id,
            form=draft.form,
            form_version=draft.form_version,
            parent_id=draft.parent_id,
            number=number,
            is_beside=True,
            begun_at=now,
        )
    draft.number, draft.saved_at = draft.number + 1, now
    # A row of audit for each keystroke would tell nothing: the draft's begin and its end are written down.
    papers = {"papers": kept["papers"]} if "papers" in kept else {}
    _keep(session, acting, draft, {**papers, **body, "window": window}, None, now)
    is_new = draft.parent_id is None and draft.visit_id is None
    here, wrote = desk_finish.is_here(session, draft), desk_finish.phone_wrote(session, draft)
    return Saved(draft.draft_id, draft.number, now, draft.is_beside, is_new, here, wrote)


def discard(session: Session, acting: Acting, draft_id: UUID, now: datetime) -> None:
    """Throw a draft away because its author says so."""
    draft = desk_drafts.own(session, acting, draft_id)
    if draft is None:
        raise Problem("not_found")
    _audit(session, acting, "discard_desk_draft", draft, now)
    desk_finish.give_back(session, acting, draft, now)
    session.delete(draft)


def hand_in(
    session: Session, acting: Acting, draft_id: UUID, number: int, desk_session: bytes, plain: bytes, now: datetime
) -> Record:
    """Make a draft a submitted revision, signed by the server over revision and desk session (hash of its token).
    The revision takes the draft's id: whoever sends the same again, because the answer was lost, gets it again.

    Raises `draft_not_open`, `draft_changed_elsewhere`, `pen_elsewhere` (the phone took it back; the draft stays),
    `answers_missing` (details: what), `remarks_unanswered`,
    `request_malformed` where the form's schema refuses the answers.
    """
    body = _read("revision", plain)
    draft = desk_drafts.own(session, acting, draft_id)
    if draft is None:
        return _handed_in(session, acting, draft_id, body)
    if draft.number != number:
        raise Problem("draft_changed_elsewhere")
    case = None if draft.case_id is None else desk_rights.case_of(session, acting, draft.case_id)
    plan = plan_of(session, draft.form, draft.form_version)
    if plan is None or not _may(session, acting, draft, case):
        raise Problem("not_found")
    papers = desk_bodies.stored(session, draft).get("papers")
    if papers and "papers" not in body:
        # The screen of the desk shows no papers beside answers: those that the phone took stay with their questions.
        body = {**body, "papers": papers}
        plain = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    _check(plan, body, now)
    if case is None:
        case = leads.open_file(session, acting.district, acting.person_id, None, body["answers"], now)
        assert case is not None  # _may has found a grant under which she takes leads
    item = _item(acting, draft, case.case_id, plain, body, now)
    store = DeskStore(session, acting, _sender(acting), [item], None, now, desk_session)
    record = store.record(draft.record_id)
    pens.hold(session, draft.district, draft.record_id)  # after the record, as a push does; of both one sees the other
    if not desk_finish.is_here(session, draft):
        raise Problem("pen_elsewhere")
    is_overtaken = desk_finish.is_overtaken(session, draft, record)
    if not is_overtaken and (None if record is None else record.head_revision_id) != draft.parent_id:
        raise Problem("draft_not_open")
    if record is None and store.given_up(draft.record_id):
        raise Problem("draft_not_open")
    if record is not None:
        open_states = desk_shelf.OPEN if draft.visit_id is None else desk_finish.OPEN
        if is_overtaken:  # it may wait already; from the first look at it on, nothing moves under the reviewer's eyes
            open_states = (State.DRAFT, State.DOOR_SUBMITTED, State.SUBMITTED)
        if record.state not in open_states or record.author_id != acting.person_id:
            raise Problem("draft_not_open")
        if store.remarks_to_answer(draft.record_id) - {UUID(reply["remark_id"]) for reply in body["replies"]}:
            raise Problem("remarks_unanswered")
    assert item.head is not None and item.head.revision_id is not None
    store.append(item, item.head.revision_id, State.SUBMITTED)
    store.flush()
    _audit(session, acting, "hand_in_at_desk", draft, now, revision=str(item.head.revision_id))
    session.delete(draft)
    session.flush()
    return session.get_one(Record, (acting.district, draft.record_id))


def _handed_in(session: Session, acting: Acting, draft_id: UUID, body: Mapping[str, Any]) -> Record:
    """The record that was made of this draft. Other words than those that were handed in then are refused, not lost."""
    revision = session.get(Revision, (acting.district, draft_id))
    if revision is None or revision.author_id != acting.person_id or revision.case_id is None:
        raise Problem("draft_not_open")
    told = body_of(session, revision)
    if any(told[part] != body[part] for part in ("answers", "replies")):
        raise Problem("draft_not_open")
    return session.get_one(Record, (acting.district, revision.record_id))


class DeskStore(SqlStore):
    """The store of a push, for one revision that no phone has sealed: the hash is of its bytes as they are first
    written here, the signature the server's, over revision and session.
    """

    def __init__(self, *about: Any) -> None:
        *about_push, self._desk_session = about
        super().__init__(*about_push)

    def _drop_copy(self, record_id: UUID) -> None:
        # A copy that came after the pen was taken holds what the phone wrote since: it is in no version yet.
        pen = pens.pen_of(self._session, self._district, record_id)
        copy = self._session.get(DraftCopy, (self._district, record_id, self._sender.person_id))
        if pen is None or copy is None or copy.received_at <= pen.moved_at:
            super()._drop_copy(record_id)

    def _revision_row(
        self, item: Item, head: Head, revision_id: UUID, case_id: UUID, record_id: UUID
    ) -> dict[str, Any]:
        row = super()._revision_row(item, head, revision_id, case_id, record_id)
        row["content_hash"] = hashlib.sha256(row["sealed_body"]).digest()
        signed: list[signatures.Part] = ["fieldapp/1/desk", row["district"], str(case_id), str(record_id)]
        signed += [str(revision_id), row["parents"], row["form"], row["form_version"], str(row["author_id"])]
        signed += [milliseconds(row["received_at"]), b64u(row["content_hash"]), b64u(row["plain_hash"])]
        text = signatures.signed_text([*signed, b64u(self._desk_session)])
        return {**row, "signed_head": text.decode("ascii"), "signature": server_keys.sign(self._session, text)}


# --- rights and shape -------------------------------------------------------------------------------------------------


def _read(kind: str, plain: bytes) -> dict[str, Any]:
    try:
        return messages.read_body(kind, plain)
    except wire.Malformed as error:
        raise Problem("request_malformed") from error


def _check(plan: Plan, body: Mapping[str, Any], now: datetime) -> None:
    answers = body["answers"]
    try:
        if not is_plainly_right(plan, answers):
            schema_for(plan).load(answers)
    except ValidationError as error:
        raise Problem("request_malformed") from error
    # At the desk nobody waits at a door: what is needed is named at once, not found by a reviewer.
    recorded = {"zone": "Asia/Shanghai", **body["recorded"], "now": body["recorded"].get("now", milliseconds(now))}
    needed = [found for found in evaluate.findings(plan, answers, recorded) if found.code == "required"]
    if needed:
        missing = [{"path": found.path, "zh": found.message_zh, "en": found.message_en} for found in needed]
        raise Problem("answers_missing", missing=missing)


def _may(session: Session, acting: Acting, draft: DeskDraft, case: Case | None) -> bool:
    if draft.visit_id is None:
        return desk_rights.may(session, acting, draft.form, case)
    return case is not None and desk_rights.may_finish(session, acting, draft.form, case)


def _sender(acting: Acting) -> Sender:
    return Sender(acting.district, acting.person_id, None, "active", frozenset(DESK_FORMS))


def _item(
    acting: Acting, of: DeskDraft | Revision, case_id: UUID, plain: bytes, body: dict[str, Any], now: datetime
) -> Item:
    parent_id = of.parent_id if isinstance(of, DeskDraft) else of.revision_id
    revision_id = of.draft_id if isinstance(of, DeskDraft) else uuid7(milliseconds(now))
    digest = hashlib.sha256(plain).digest()
    head = Head(
        kind="revision",
        district=acting.district,
        case_id=case_id,
        visit_id=of.visit_id if isinstance(of, DeskDraft) else None,
        record_id=of.record_id,
        revision_id=revision_id,
        parents=() if parent_id is None else (parent_id,),
        form=of.form,
        form_version=of.form_version,
        intent="submit",
        number=None,
        device_time=milliseconds(now),
        author=acting.person_id,
        body_hash=digest,
        plain_hash=digest,
        signature=None,
    )
    return Item(revision_id, digest, b"", head=head, signature=Signature.GOOD, plain=plain, body=body)


def _keep(
    session: Session, acting: Acting, draft: DeskDraft, body: Mapping[str, Any], act: str | None, now: datetime
) -> DeskDraft:
    desk_bodies.keep(session, draft, body)
    if act is not None:
        _audit(session, acting, act, draft, now)
    return draft


def _audit(session: Session, acting: Acting, act: str, draft: DeskDraft, now: datetime, **about: object) -> None:
    named = {"draft": str(draft.draft_id), "record": str(draft.record_id), "form": draft.form, **about}
    audit.write(session, district=draft.district, actor_id=acting.person_id, act=act, about=named, at=now)
