"""Finishing at the desk what its author began on the phone: one place holds the pen, and taking it is an act.

    phone ── finish ──► desk ── hand in ──► submitted
          ◄── taken back by the phone, or the draft thrown away

What the other place had unsent is never lost: the phone's comes as a version beside, a draft of the desk stays a draft.
Only her own reports of a visit, of which she may see every question; who told us is written once and is not among them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.actions import desk_bodies, desk_rights
from fieldapp.actions.findings import body_of
from fieldapp.db import milliseconds
from fieldapp.errors import Problem
from fieldapp.ids import uuid7
from fieldapp.models import audit, bundles, desk_drafts, feed, pens, scope
from fieldapp.models.accounts import Acting
from fieldapp.models.bodies import REPORTER_FORMS
from fieldapp.models.cases import Case
from fieldapp.models.desk_drafts import DeskDraft
from fieldapp.models.pens import Pen, Place
from fieldapp.models.records import DraftCopy, Record, Revision, State
from sync.store import KnownRecord

OPEN = (State.DRAFT, State.DOOR_SUBMITTED, State.RETURNED)


@dataclass(frozen=True)
class Begun:
    """A report of hers that was begun on the phone. `state` is `draft` where the server has only the phone's copy;
    `since` says since when the desk holds its pen, None: the phone does.
    """

    record_id: UUID
    form: str
    state: str
    code_name: str
    changed_at: datetime
    since: datetime | None


@dataclass(frozen=True)
class _Source:
    """What a draft of the desk begins with: the newest that the server has, from her hand-in or from her copy."""

    record_id: UUID
    case_id: UUID
    visit_id: UUID
    form: str
    form_version: int
    parent_id: UUID | None
    body: dict[str, Any]
    at: datetime


def begun_on_phone(session: Session, acting: Acting) -> Sequence[Begun]:
    """Her open reports of visits, of files that she may open, the one changed last first."""
    mine = (Record.district == acting.district, Record.author_id == acting.person_id, Record.state.in_(OPEN))
    records = session.execute(
        select(Record, Case.code_name)
        .join(Case, (Case.district == Record.district) & (Case.case_id == Record.case_id))
        .where(*mine, Record.visit_id.is_not(None), Record.form.not_in(REPORTER_FORMS), scope.files_of(acting))
    ).all()
    copies = session.execute(
        select(DraftCopy, Case.code_name)
        .join(Case, (Case.district == DraftCopy.district) & (Case.case_id == DraftCopy.case_id))
        .where(
            DraftCopy.district == acting.district,
            DraftCopy.author_id == acting.person_id,
            DraftCopy.form.not_in(REPORTER_FORMS),
            DraftCopy.record_id.not_in(select(Record.record_id).where(Record.district == acting.district)),
            scope.files_of(acting),
        )
    ).all()
    ids = [record.record_id for record, _ in records] + [copy.record_id for copy, _ in copies]
    here = (Pen.district == acting.district, Pen.record_id.in_(ids), Pen.place == Place.DESK)
    since = {pen.record_id: pen.moved_at for pen in session.scalars(select(Pen).where(*here))}
    found = [
        Begun(one.record_id, one.form, one.state, code, one.state_at, since.get(one.record_id)) for one, code in records
    ]
    found += [
        Begun(one.record_id, one.form, State.DRAFT, code, one.received_at, since.get(one.record_id))
        for one, code in copies
    ]
    return sorted(found, key=lambda one: (one.changed_at, one.record_id), reverse=True)


def finish(session: Session, acting: Acting, record_id: UUID, now: datetime) -> DeskDraft:
    """Take the pen of her own report to the desk, and lay it open there with the newest that the server has of it.
    An older draft of the desk stays, beside it. Raises `not_found`, `draft_not_open`.
    """
    record = session.scalar(
        select(Record)
        .where(
            Record.district == acting.district,
            Record.record_id == record_id,
            Record.author_id == acting.person_id,
            Record.visit_id.is_not(None),
            scope.records_of(acting),
        )
        .with_for_update(of=Record)
        .execution_options(populate_existing=True)
    )
    pen = pens.hold(session, acting.district, record_id)
    source = _source(session, acting, record, record_id)
    if source is None:
        raise Problem("not_found")
    case = desk_rights.case_of(session, acting, source.case_id)
    if not desk_rights.may_finish(session, acting, source.form, case):
        raise Problem("not_found")
    if record is not None and record.state not in OPEN:
        raise Problem("draft_not_open")
    is_here = pen is not None and pen.place == Place.DESK
    older = desk_drafts.of_record(session, acting, record_id)
    for draft in older:
        # What the phone wrote since lies in the copy: only where it was not asked to write is her draft the newest.
        if draft.parent_id == source.parent_id and not draft.is_beside and (is_here or draft.saved_at >= source.at):
            if not is_here:
                _take(session, acting, draft, now)
            return draft
    for draft in older:
        draft.is_beside = True
    draft = DeskDraft(
        district=acting.district,
        draft_id=uuid7(milliseconds(now)),
        record_id=record_id,
        author_id=acting.person_id,
        case_id=source.case_id,
        visit_id=source.visit_id,
        form=source.form,
        form_version=source.form_version,
        parent_id=source.parent_id,
        number=1,
        is_beside=False,
        begun_at=now,
        saved_at=now,
    )
    desk_bodies.keep(session, draft, source.body)
    _take(session, acting, draft, now)
    return draft


def give_back(session: Session, acting: Acting, draft: DeskDraft, now: datetime) -> None:
    """Her draft of the desk is thrown away: where it was the last one of a report of the phone, its pen goes back."""
    pen = pens.hold(session, draft.district, draft.record_id)
    others = [one for one in desk_drafts.of_record(session, acting, draft.record_id) if one is not draft]
    if draft.visit_id is None or others or pen is None or pen.place != Place.DESK:
        return
    _move(session, draft, Place.PHONE, now)
    _audit(session, acting, "give_pen_back", draft, now)


def is_here(session: Session, draft: DeskDraft) -> bool:
    """Whether the desk writes on what this draft becomes: always, where it was begun at the desk."""
    if draft.visit_id is None:
        return True
    pen = pens.pen_of(session, draft.district, draft.record_id)
    return pen is not None and pen.place == Place.DESK


def is_overtaken(session: Session, draft: DeskDraft, record: KnownRecord | None) -> bool:
    """Whether the phone, not knowing that the desk writes, handed in the first version of what the server had only as a
    copy when this draft was begun. There was nothing that could stand beside, so it is the head; the draft builds on
    nothing either, and is handed in over it: then that one stands beside.
    """
    if record is None or draft.visit_id is None or draft.parent_id is not None:
        return False
    return session.get_one(Revision, (draft.district, record.head_revision_id)).vault_id is not None


def phone_wrote(session: Session, draft: DeskDraft) -> datetime | None:
    """When her phone last sent something of this report that is not in this draft; None where it did not."""
    if draft.visit_id is None:
        return None
    pen = pens.pen_of(session, draft.district, draft.record_id)
    after = draft.begun_at if pen is None else max(draft.begun_at, pen.moved_at)
    of_record = (Revision.district == draft.district, Revision.record_id == draft.record_id)
    sent = select(Revision.received_at).where(*of_record, Revision.vault_id.is_not(None))
    copy = session.get(DraftCopy, (draft.district, draft.record_id, draft.author_id))
    times = [*session.scalars(sent), *([] if copy is None else [copy.received_at])]
    return max((at for at in times if at > after), default=None)


def _source(session: Session, acting: Acting, record: Record | None, record_id: UUID) -> _Source | None:
    copied = bundles.draft_of(session, acting, record_id)
    copy = None if copied is None else copied[0]
    if record is None:
        # Given up, another's, or never begun: said alike. A record that she may not see has no copy of hers either.
        is_known = session.get(Record, (acting.district, record_id)) is not None
        if copy is None or copied is None or is_known or copy.form in REPORTER_FORMS:
            return None
        about = (record_id, copy.case_id, copy.visit_id, copy.form, copy.form_version)
        return _Source(*about, None, _begun(copied[1]["body"]), copy.received_at)
    assert record.visit_id is not None  # asked for
    head = session.get_one(Revision, (record.district, record.head_revision_id))
    about = (record_id, record.case_id, record.visit_id, head.form, head.form_version)
    # A hand-in drops the copy of before: one that is there came after it, unless the desk left it there.
    is_newer = copy is not None and copy.received_at >= head.received_at and copy.form_version == head.form_version
    if is_newer and copy is not None and copied is not None:
        return _Source(*about, head.revision_id, _begun(copied[1]["body"]), copy.received_at)
    return _Source(*about, head.revision_id, _begun(body_of(session, head)), head.received_at)


def _begun(body: dict[str, Any]) -> dict[str, Any]:
    papers = {"papers": body["papers"]} if body.get("papers") else {}
    return {**desk_bodies.EMPTY, "answers": body.get("answers") or {}, "recorded": body.get("recorded"), **papers}


def _take(session: Session, acting: Acting, draft: DeskDraft, now: datetime) -> None:
    _move(session, draft, Place.DESK, now)
    _audit(session, acting, "take_pen_to_desk", draft, now)


def _move(session: Session, draft: DeskDraft, place: Place, now: datetime) -> None:
    assert draft.case_id is not None  # what was begun on the phone and is finished here has a file
    pens.move(
        session,
        district=draft.district,
        record_id=draft.record_id,
        case_id=draft.case_id,
        author_id=draft.author_id,
        place=place,
        vault_id=None,
        now=now,
    )
    feed.tell(session, draft.district, draft.author_id, f"case:{draft.case_id}")


def _audit(session: Session, acting: Acting, act: str, draft: DeskDraft, now: datetime) -> None:
    about: dict[str, object] = {"record": str(draft.record_id), "form": draft.form, "draft": str(draft.draft_id)}
    audit.write(session, district=draft.district, actor_id=acting.person_id, act=act, about=about, at=now)
