"""What a supervisor does with a report: open it, remark on answers, return it, approve it.

Every decision names the revision and the content hash that were read; a newer revision makes it stale. Where a county
asks two approvals, the first moves the report and nothing else: what an approval causes, the second does.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.actions import files, parts, screenings, visit_ends
from fieldapp.actions.case_steps import after_decision
from fieldapp.actions.findings import body_of, findings_of, instance_of
from fieldapp.actions.plans import plan_of
from fieldapp.actions.seen_on import seen_on
from fieldapp.casework import workflow
from fieldapp.casework.facts import facts_of, person_of
from fieldapp.casework.workflow import Move
from fieldapp.db import milliseconds
from fieldapp.errors import Problem
from fieldapp.forms.evaluate import PathUnknown
from fieldapp.ids import uuid7
from fieldapp.models import approvers, audit, bodies, scope, team, two_levels
from fieldapp.models.accounts import Acting, Role
from fieldapp.models.cases import Case, CasePerson, Fact
from fieldapp.models.records import Record, Revision, State
from fieldapp.models.reviews import FIRST, Decision, DecisionPart, Remark, Review
from fieldapp.models.vaults import Vault

TEXT_MAX = 750


def open_review(session: Session, acting: Acting, record_id: UUID, now: datetime) -> Review:
    """Take a report into review: from now on its author cannot withdraw it, and nobody else decides for 30 minutes."""
    record = reviewable(session, acting, record_id)
    state = workflow.after(record.state, Move.OPEN_REVIEW)
    if state is None:
        raise Problem("not_in_queue")
    _refuse_first_approver(session, acting, record)
    running = _open_review_of(session, record)
    if running is not None:
        if not workflow.may_hold(running.opened_by, running.hold_until, acting.person_id, now):
            raise Problem("review_held", until=running.hold_until.isoformat())
        running.closed_at = now
    head = head_of(session, record)
    findings_of(session, head, now)
    review = Review(
        district=record.district,
        review_id=uuid7(milliseconds(now)),
        record_id=record.record_id,
        revision_id=head.revision_id,
        content_hash=head.content_hash,
        opened_by=acting.person_id,
        opened_at=now,
        hold_until=now + workflow.REVIEW_HOLD,
    )
    session.add(review)
    if record.state != State.APPROVED_FIRST:  # there it stays where it is, and in its place of the queue
        _move(session, record, state, now)
    _audit(session, acting, "open_review", head, now)
    return review


def release_review(session: Session, acting: Acting, record_id: UUID, now: datetime) -> None:
    """Give a report back to the queue undecided."""
    record = reviewable(session, acting, record_id)
    held(session, acting, record).closed_at = now
    if record.state != State.APPROVED_FIRST:
        _move(session, record, State.SUBMITTED, now)
    _audit(session, acting, "release_review", head_of(session, record), now)


def add_remark(
    session: Session,
    acting: Acting,
    record_id: UUID,
    *,
    path: str,
    kind: str,
    text: str,
    ways: Sequence[str],
    now: datetime,
) -> Remark:
    """Put a remark on one answer. It reaches the author with the return."""
    record = reviewable(session, acting, record_id)
    held(session, acting, record)
    head = head_of(session, record)
    if kind not in workflow.REMARK_KINDS or not set(ways) <= set(workflow.REMARK_WAYS):
        raise Problem("remark_unknown_kind")
    text = _text(text)
    if not text:
        raise Problem("remark_needs_text")
    sensitivity = _sensitivity(session, head, path)
    if sensitivity is None:
        raise Problem("not_found")
    if kind == "must_fix" and sensitivity in workflow.NEVER_MUST_FIX:
        raise Problem("remark_spares_her")
    remark_id = uuid7(milliseconds(now))
    key = (record.district, remark_id)
    remark = Remark(
        district=record.district,
        remark_id=remark_id,
        record_id=record.record_id,
        case_id=record.case_id,
        revision_id=head.revision_id,
        kind=kind,
        state="open",
        sealed_text=_seal(
            session, record, "remark", "sealed_text", key, {"path": path, "text": text, "ways": sorted(ways)}
        ),
        made_by=acting.person_id,
        made_at=now,
    )
    session.add(remark)
    _audit(session, acting, "remark", head, now, remark_id=str(remark_id), kind=kind)
    return remark


def resolve_remark(session: Session, acting: Acting, record_id: UUID, remark_id: UUID, now: datetime) -> None:
    """Close a remark; it stays readable."""
    record = reviewable(session, acting, record_id)
    held(session, acting, record)
    remark = session.get(Remark, (record.district, remark_id))
    if remark is None or remark.record_id != record.record_id:
        raise Problem("not_found")
    remark.state, remark.resolved_at = "resolved", now
    _audit(session, acting, "resolve_remark", head_of(session, record), now, remark_id=str(remark_id))


def return_record(
    session: Session,
    acting: Acting,
    record_id: UUID,
    revision_id: UUID,
    content_hash: bytes,
    *,
    reason: str | None,
    text: str,
    now: datetime,
) -> Decision:
    """Send a report back with its remarks. Needs a reason of the list or at least one open remark."""
    record = reviewable(session, acting, record_id)
    head = _exactly(session, record, revision_id, content_hash)
    review = held(session, acting, record)
    remarks = remarks_of(session, record)
    if reason is not None and reason not in workflow.RETURN_REASONS:
        raise Problem("return_needs_reason")
    if reason is None and not any(remark.state == "open" for remark in remarks):
        raise Problem("return_needs_reason")
    for remark in remarks:
        remark.sent = True
    decision = decide(session, acting, record, head, "returned", reason, _text(text), now)
    review.closed_at = now
    _end_first(session, acting, record, head, now)
    _move(session, record, State.RETURNED, now)
    after_decision(session, acting, record, head, now)
    return decision


def approve(
    session: Session,
    acting: Acting,
    record_id: UUID,
    revision_id: UUID,
    content_hash: bytes,
    *,
    text: str,
    now: datetime,
    read: Sequence[parts.Part] | None = None,
) -> Decision:
    """Approve exactly the revision that was read, beside exactly the parts of its visit that were `read` (None: those
    that stand there now, for who reads them in this very transaction). Its facts become what the case knows. The first
    of two approvals (models/two_levels.py) only puts it before a second supervisor.

    Raises `stale_decision`, `part_changed`, `must_fix_open`, `findings_need_reason` (approving over a finding is said
    why), `part_missing` (so is approving before what another visitor has begun is handed in),
    `files_missing` (so is approving before its photos are here, for a phone may be lost and never send them),
    `issuer_may_not_approve` (who handed out the author's phone code waits seven days), `first_approver`.
    """
    parts.hold(session, acting.district, record_id)
    record = reviewable(session, acting, record_id)
    head = _exactly(session, record, revision_id, content_hash)
    review = held(session, acting, record)
    beside = parts.as_read(session, acting, record)
    if read is not None and set(read) != set(beside):
        raise Problem("part_changed")
    remarks = [workflow.RemarkState(remark.kind, remark.state) for remark in remarks_of(session, record)]
    if workflow.blocks_approval(remarks):
        raise Problem("must_fix_open")
    _refuse_issuer(session, acting, head, now)
    _refuse_first_approver(session, acting, record)
    version, found = findings_of(session, head, now)
    text = _text(text)
    if found and not text:
        raise Problem("findings_need_reason")
    _, missing = files.missing(session, record, body_of(session, head))
    if missing and not text:
        raise Problem("files_missing", missing=missing)
    if not text and parts.missing(session, acting, record):
        raise Problem("part_missing")
    review.closed_at = now
    if record.state == State.IN_REVIEW and two_levels.is_asked(session, record):
        first = decide(session, acting, record, head, FIRST, None, text, now, version, beside)
        _move(session, record, State.APPROVED_FIRST, now)
        return first
    decision = decide(session, acting, record, head, "approved", None, text, now, version, beside)
    _learn(session, record, head, now)
    _move(session, record, State.APPROVED, now)
    after_decision(session, acting, record, head, now)
    visit_ends.settle(session, record.district, record.case_id, record.visit_id, now)
    return decision


def remarks_of(session: Session, record: Record) -> list[Remark]:
    """All remarks ever made on a record, oldest first."""
    return list(
        session.scalars(
            select(Remark)
            .where(Remark.district == record.district, Remark.record_id == record.record_id)
            .order_by(Remark.remark_id)
        )
    )


def reviewable(session: Session, acting: Acting, record_id: UUID) -> Record:
    """A report she may review, locked until the end of the transaction. Raises `not_found`, `own_record`."""
    # Locked until the end, as a push locks it: of a decision and a newer revision that come at the same moment one
    # waits, and then sees the other. What was read before the lock came is read again (SQLite: BEGIN IMMEDIATE).
    record = session.scalar(
        select(Record)
        .where(Record.district == acting.district, Record.record_id == record_id, scope.may_review(acting))
        .with_for_update(of=Record)
        .execution_options(populate_existing=True)
    )
    if record is None:
        raise Problem("not_found")
    if record.author_id == acting.person_id:
        raise Problem("own_record")
    return record


def held(session: Session, acting: Acting, record: Record) -> Review:
    """Her open review of it. Raises `not_in_review`, `review_held`."""
    # A hold that ran out and that nobody took over is still hers: she read the report, and nothing has changed.
    review = _open_review_of(session, record)
    if record.state not in workflow.REVIEWED or review is None:
        raise Problem("not_in_review")
    if review.opened_by != acting.person_id:
        raise Problem("review_held", until=review.hold_until.isoformat())
    return review


def _exactly(session: Session, record: Record, revision_id: UUID, content_hash: bytes) -> Revision:
    head = head_of(session, record)
    if (head.revision_id, head.content_hash) != (revision_id, content_hash):
        raise Problem("stale_decision")
    return head


def head_of(session: Session, record: Record) -> Revision:
    """The version that a decision has to name."""
    head = session.get(Revision, (record.district, record.head_revision_id))
    assert head is not None
    return head


def _open_review_of(session: Session, record: Record) -> Review | None:
    return session.scalar(
        select(Review).where(
            Review.district == record.district, Review.record_id == record.record_id, Review.closed_at.is_(None)
        )
    )


def decide(
    session: Session,
    acting: Acting,
    record: Record,
    head: Revision,
    kind: str,
    reason: str | None,
    text: str,
    now: datetime,
    findings_version: str | None = None,
    beside: Sequence[parts.Part] = (),
) -> Decision:
    """Write down a decision on exactly this version, with its row of audit; `kind` is the act."""
    decision_id = uuid7(milliseconds(now))
    key = (record.district, decision_id)
    village_code = session.get_one(Case, (record.district, record.case_id)).village_code
    stands_in_for = _in_whose_place(session, acting, record, village_code)
    decision = Decision(
        district=record.district,
        decision_id=decision_id,
        record_id=record.record_id,
        case_id=record.case_id,
        revision_id=head.revision_id,
        content_hash=head.content_hash,
        kind=kind,
        reason=reason,
        sealed_text=_seal(session, record, "decision", "sealed_text", key, {"text": text}) if text else None,
        findings_version=findings_version,
        decided_by=acting.person_id,
        acting_for=stands_in_for,
        decided_at=now,
    )
    session.add(decision)
    session.flush()
    for part in beside:
        named = {"record_id": part.record_id, "revision_id": part.revision_id, "content_hash": part.content_hash}
        session.add(DecisionPart(district=decision.district, decision_id=decision_id, **named))
    more: dict[str, object] = {} if stands_in_for is None else {"acting_for": str(stands_in_for)}
    if beside:
        more["parts"] = [str(part.revision_id) for part in beside]
    act = "approved_first" if kind == FIRST else kind
    _audit(session, acting, act, head, now, decision_id=str(decision_id), **more)
    return decision


def _in_whose_place(session: Session, acting: Acting, record: Record, village_code: str) -> UUID | None:
    """Whom she stands in for in this decision; of several the first who could have made it herself."""
    any_one = acting.acts_for(Role.SUPERVISOR, village_code)
    if any_one is None or acting.at is None:
        return any_one
    here = (Record.district == record.district, Record.record_id == record.record_id)
    for role, region, whose in acting.stands_in:
        if role == Role.SUPERVISOR and village_code.startswith(region):
            lends = select(Record.record_id).where(*here, approvers.may_lend(whose, acting.at))
            if session.scalar(lends) is not None:
                return whose
    return any_one


def _refuse_issuer(session: Session, acting: Acting, head: Revision, now: datetime) -> None:
    # She could have enrolled a phone in the author's name herself; seven days let the author notice.
    vault = None if head.vault_id is None else session.get(Vault, (head.district, head.vault_id))
    if vault is None or vault.issued_by != acting.person_id:
        return
    if now - vault.enrolled_at < approvers.ISSUER_MAY_NOT_APPROVE_FOR:
        raise Problem("issuer_may_not_approve")


def _refuse_first_approver(session: Session, acting: Acting, record: Record) -> None:
    here = (Record.district == record.district, Record.record_id == record.record_id)
    if session.scalar(select(Record.record_id).where(*here, approvers.gave_first(acting.person_id))) is not None:
        raise Problem("first_approver")


def first_of(session: Session, record: Record) -> Decision | None:
    """The first of two approvals, while it stands."""
    if record.state != State.APPROVED_FIRST:
        return None
    here = (Decision.district == record.district, Decision.record_id == record.record_id)
    return session.scalar(select(Decision).where(*here, Decision.kind == FIRST, Decision.ended_at.is_(None)))


def _end_first(session: Session, acting: Acting, record: Record, head: Revision, now: datetime) -> None:
    first = first_of(session, record)
    if first is not None:
        first.ended_at = now
        _audit(session, acting, "end_first_approval", head, now, decision_id=str(first.decision_id))


def _learn(session: Session, record: Record, head: Revision, now: datetime) -> None:
    if record.form in bodies.REPORTER_FORMS:
        return  # who told us is nothing the file knows: what it knows goes to phones and into letters
    plan = plan_of(session, head.form, head.form_version)
    assert plan is not None
    # Only what applies: an answer behind a question that was changed since is kept in the body, but is nobody's word.
    answers = instance_of(session, head, body_of(session, head), "zh").submission()
    on = seen_on(session, record, head, answers)
    _learn_people(session, record, answers, on)
    for known in facts_of(plan.nodes, answers):
        about = known.about or record.case_id
        key = (record.district, record.case_id, about, known.fact)
        fact = session.get(Fact, key)
        if fact is None:
            fact = Fact(district=record.district, case_id=record.case_id, about_id=about, fact=known.fact)
            session.add(fact)
        elif _opened_of_family(session, record, "fact", "sealed_value", key, fact.sealed_value)["on"] > on:
            continue  # the report of an earlier visit, approved late
        fact.sensitivity, fact.revision_id, fact.decided_at = known.sensitivity, head.revision_id, now
        told = {"value": known.value, "on": on}
        fact.sealed_value = _seal_for_family(session, record, "fact", "sealed_value", key, told)


def _learn_people(session: Session, record: Record, answers: dict[str, Any], on: str) -> None:
    # The roster of F2 keeps the family's people: a member met for the first time gets a place in the file.
    for row in answers.get("members") or []:
        person_id = person_of(row)
        if person_id is None:
            continue
        key = (record.district, record.case_id, person_id)
        person = session.get(CasePerson, key)
        details: dict[str, Any] = {"household": True}
        if person is None:
            person = CasePerson(district=record.district, case_id=record.case_id, person_id=key[2])
            session.add(person)
        else:
            details |= _opened_of_family(session, record, "case_person", "sealed_details", key, person.sealed_details)
        told: dict[str, Any] = {
            name: row[name]
            for name in ("name", "sex", "birth_ym", "relation")
            if isinstance(row.get(name), str) and row[name]
        }
        if row.get("together") in ("yes", "no"):
            told["household"] = row["together"] == "yes"
        # An earlier visit, approved late, fills in what is missing and changes nothing.
        if details.get("on", "") > on:
            details = {**details, **{name: value for name, value in told.items() if details.get(name) is None}}
        else:
            details = {**details, **told, "on": on}
        person.sealed_details = _seal_for_family(session, record, "case_person", "sealed_details", key, details)


def _move(session: Session, record: Record, state: str, now: datetime) -> None:
    record.state, record.state_at = state, now
    team.tell_of_record(session, record)
    screenings.run(session, session.get_one(Case, (record.district, record.case_id)), now)


def _sensitivity(session: Session, head: Revision, path: str) -> str | None:
    try:
        node = instance_of(session, head, body_of(session, head), "zh").view(path)["node"]
    except PathUnknown:
        return None
    return str(node["sensitivity"]) if node["kind"] == "question" else None


def _seal(
    session: Session, record: Record, table: str, column: str, key: tuple[Any, ...], value: dict[str, Any]
) -> bytes:
    plain = json.dumps(value, ensure_ascii=False).encode()
    return bodies.seal_for_record(session, record.district, record.case_id, record.form, table, column, key, plain)


def _seal_for_family(
    session: Session, record: Record, table: str, column: str, key: tuple[Any, ...], value: dict[str, Any]
) -> bytes:
    plain = json.dumps(value, ensure_ascii=False).encode()
    return bodies.seal_for_case(session, record.district, record.case_id, table, column, key, plain)


def _opened_of_family(
    session: Session, record: Record, table: str, column: str, key: tuple[Any, ...], sealed: bytes
) -> dict[str, Any]:
    return dict(json.loads(bodies.open_for_case(session, record.district, record.case_id, table, column, key, sealed)))


def _text(text: str) -> str:
    text = text.strip()
    if len(text) > TEXT_MAX:
        raise Problem("text_too_long", limit=TEXT_MAX)
    return text


def _audit(session: Session, acting: Acting, act: str, head: Revision, now: datetime, **about: object) -> None:
    named = {"record": str(head.record_id), "revision": str(head.revision_id), **about}
    audit.write(session, district=head.district, actor_id=acting.person_id, act=act, about=named, at=now)
