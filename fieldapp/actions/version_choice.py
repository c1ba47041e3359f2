"""Which of several versions of a report counts, where its author sent more than one: a reviewer decides, or asks her.

Asking her is a return (`two_versions`): her phone shows both and sends a merge. What is not chosen is kept and stays
readable; only what comes on top of it later asks again.
"""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.actions import reviews, teams
from fieldapp.actions.batch.called_for import class_of, kinds_in
from fieldapp.actions.batch.related import said_in
from fieldapp.actions.findings import body_of, findings_of
from fieldapp.actions.plans import plan_of
from fieldapp.db import milliseconds
from fieldapp.errors import Problem
from fieldapp.ids import uuid7
from fieldapp.models import bodies, feed, team, versions
from fieldapp.models.accounts import Acting
from fieldapp.models.cases import Todo
from fieldapp.models.records import Record, Revision, State
from fieldapp.models.reviews import Decision, Remark, Review


def choose(
    session: Session, acting: Acting, record_id: UUID, revision_id: UUID, content_hash: bytes, now: datetime
) -> None:
    """Let this version of a report count: it becomes, or stays, the head that is decided on, and the others are set
    aside. Needs the open review. What was chosen in it already is not chosen twice: a second click changes nothing.

    Raises `stale_decision` where it is none of the versions that stand side by side, or not as it was read;
    `first_approval_binds` for another one than the first of two approvals names: then the author is asked.
    """
    record = reviews.reviewable(session, acting, record_id)
    review = reviews.held(session, acting, record)
    side_by_side = (record.head_revision_id, *versions.apart_of(session, record).beside)
    chosen = session.get(Revision, (record.district, revision_id))
    if revision_id not in side_by_side or chosen is None or chosen.content_hash != content_hash:
        raise Problem("stale_decision")
    if record.state == State.APPROVED_FIRST and revision_id != record.head_revision_id:
        raise Problem("first_approval_binds")
    if len(side_by_side) == 1:
        if not _is_chosen(session, acting, chosen, review):
            raise Problem("stale_decision")
        return
    in_it = versions.ancestry(session, record, revision_id)
    reviews.decide(session, acting, record, chosen, versions.CHOSEN, None, "", now)
    for other_id in side_by_side:
        if other_id not in in_it:
            other = session.get_one(Revision, (record.district, other_id))
            reviews.decide(session, acting, record, other, versions.SET_ASIDE, None, "", now)
    team.tell_of_record(session, record)
    if record.head_revision_id != revision_id:
        record.head_revision_id = review.revision_id = revision_id
        review.content_hash = content_hash
        _as_if_it_had_come_first(session, record, chosen, now)
        findings_of(session, chosen, now)


def _is_chosen(session: Session, acting: Acting, head: Revision, review: Review) -> bool:
    """Whether this head is the one that she chose since she opened the review."""
    asked = select(Decision.decision_id).where(
        Decision.district == head.district,
        Decision.record_id == head.record_id,
        Decision.revision_id == head.revision_id,
        Decision.kind == versions.CHOSEN,
        Decision.decided_by == acting.person_id,
        Decision.decided_at >= review.opened_at,
    )
    return session.scalar(asked.limit(1)) is not None


def _as_if_it_had_come_first(session: Session, record: Record, chosen: Revision, now: datetime) -> None:
    """What a report brings with it when it is taken: replies to remarks, forms it calls for, a yes to being related."""
    body = body_of(session, chosen)
    _take_replies(session, record, chosen, body)
    here = (Todo.district == record.district, Todo.case_id == record.case_id)
    waiting = set(session.scalars(select(Todo.kind).where(*here, Todo.done_at.is_(None))))
    for kind in dict.fromkeys(kinds_in(body)):
        if kind not in waiting:
            made = {"district": record.district, "todo_id": uuid7(milliseconds(now)), "case_id": record.case_id}
            sensitivity = class_of(plan_of(session, chosen.form, chosen.form_version))
            session.add(
                Todo(**made, kind=kind, sensitivity=sensitivity, revision_id=chosen.revision_id, created_at=now)
            )
    if said_in(body) and teams.say_related(session, record.district, record.case_id, record.author_id, now):
        feed.tell(session, record.district, record.author_id, f"case:{record.case_id}", kind="out")


def _take_replies(session: Session, record: Record, chosen: Revision, body: dict[str, Any]) -> None:
    replies = {UUID(str(one["remark_id"])): one for one in body.get("replies") or []}
    waiting = session.scalars(
        select(Remark).where(
            Remark.district == record.district,
            Remark.record_id == record.record_id,
            Remark.remark_id.in_(list(replies)),
            Remark.sent.is_(True),
            Remark.state == "open",
        )
    )
    for remark in waiting:
        reply = replies[remark.remark_id]
        said = json.dumps({"reply": reply["reply"], "text": reply["text"]}, ensure_ascii=False).encode()
        key = (record.district, remark.remark_id)
        place = (record.district, record.case_id, record.form, "remark", "sealed_reply", key)
        remark.state, remark.answered_revision_id = "answered", chosen.revision_id
        remark.sealed_reply = bodies.seal_for_record(session, *place, said)
