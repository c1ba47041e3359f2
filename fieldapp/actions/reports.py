"""Reading a report at the desk. Reading is an act: a row of audit stands beside it, in the same transaction."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from fieldapp.actions import files, minors, parts, told_at_once
from fieldapp.actions.findings import body_of, findings_of, instance_of
from fieldapp.actions.reviews import first_of, remarks_of
from fieldapp.casework import brief, diff, report, workflow
from fieldapp.crypto.rest import Damaged
from fieldapp.days import day_of
from fieldapp.errors import Problem
from fieldapp.forms import evaluate
from fieldapp.models import approvers, audit, bodies, scope, two_levels, versions
from fieldapp.models.accounts import Acting, Person, Role
from fieldapp.models.cases import Case, Fact, Visitor
from fieldapp.models.records import WAITING, Record, Revision
from fieldapp.models.regions import names_for_files
from fieldapp.models.reviews import Decision, Remark, Review

_principal = aliased(Person)
READERS = (Role.SUPERVISOR, Role.PROCURATORATE)  # whose desk has the page of a report

log = structlog.get_logger()


@dataclass(frozen=True)
class RemarkView:
    """A remark with its opened text and, where there is one, the author's reply."""

    remark: Remark
    path: str
    text: str
    ways: list[str]
    reply: str | None
    reply_text: str


@dataclass(frozen=True)
class ChangedAnswer:
    """An answer that is not what it was in the revision last decided on."""

    path: str
    label: str
    old: str
    new: str


@dataclass(frozen=True)
class VersionBeside:
    """A version that came beside the head (the phone was told `conflict`), and where it says something else: `old` is
    what the head says, `new` what this one does; None where what is stored of it was damaged. Not open: set aside by a
    person, or in a later one.
    """

    revision: Revision
    differs: list[ChangedAnswer] | None
    is_open: bool


@dataclass(frozen=True)
class DecisionView:
    decision: Decision
    by: str
    acting_for: str  # whose deputy she was; empty where she decided in her own right
    text: str
    parts: list[tuple[str, str]]  # (form, author) of the other parts of the visit that were read for it


@dataclass(frozen=True)
class TwoLevels:
    """Of a report that waits: whether two approvals are asked of it, and the first where it stands. `is_hers`: the
    second is not hers to give, for the first was, or was given in her place.
    """

    is_asked: bool = False
    first: DecisionView | None = None
    is_hers: bool = False


@dataclass(frozen=True)
class ReportView:
    """Everything the page of one report shows. `facts` is keyed by (about id, fact name); `differs` holds
    (path, label, text, earlier fact) of what is not as an earlier visit found it.
    """

    record: Record
    case: Case
    head: Revision
    author_name: str
    visitors: list[str]
    sections: list[report.Section]
    brief: list[brief.BriefLine]
    changed: list[ChangedAnswer] | None
    beside: list[VersionBeside]
    findings: dict[str, list[dict[str, Any]]]
    remarks: dict[str, list[RemarkView]]
    facts: dict[tuple[str, str], dict[str, Any]]
    differs: list[tuple[str, str, str, dict[str, Any]]]
    decisions: list[DecisionView]
    review: Review | None
    may_open: bool
    may_decide: bool
    must_fix_open: bool
    never_must_fix: frozenset[str]
    files: dict[str, list[files.FileView]]  # by the path of their question
    parts: parts.VisitParts
    levels: TwoLevels

    @property
    def files_here(self) -> tuple[int, int]:
        """How many files of the report are here, and how many there are."""
        found = [item for items in self.files.values() for item in items]
        return sum(item.is_here for item in found), len(found)

    @property
    def findings_said(self) -> list[tuple[dict[str, Any], str, int]]:
        """Each sentence of the findings once: (the finding, the path it first stands at, how often it stands)."""
        said: dict[str, tuple[dict[str, Any], str, int]] = {}
        for path, items in self.findings.items():
            for item in items:
                first, at, count = said.get(item["message_zh"], (item, path, 0))
                said[item["message_zh"]] = (first, at, count + 1)
        return list(said.values())

    @property
    def unsettled(self) -> list[tuple[str, RemarkView]]:
        """Remarks that are open or answered, each with the question it stands on, in the order they were made."""
        labels = {answer.path: answer.label for section in self.sections for answer in section.all_answers()}
        waiting = [item for items in self.remarks.values() for item in items if item.remark.state != "resolved"]
        waiting.sort(key=lambda item: item.remark.remark_id)
        return [(labels.get(item.path, ""), item) for item in waiting]

    def known(self, told: report.Answer | report.Section) -> dict[str, Any] | None:
        """The earlier fact beside an answer or a list: `{"text", "on", "differs"}`, or None where nothing was known."""
        if told.fact is None:
            return None
        return self.facts.get((told.about or str(self.case.case_id), told.fact))

    def stands_out(self, answer: report.Answer) -> bool:
        """Whether an answer is read at once: there is one, or something is said about it. Others are folded away."""
        is_told = answer.text or answer.path in self.files or self.known(answer)
        return bool(is_told or answer.path in self.findings or answer.path in self.remarks)


def read_report(session: Session, acting: Acting, record_id: UUID, language: str, now: datetime) -> ReportView:
    """Open a report for reading: to review it, or as the procuratorate, without what belongs to the review. Raises
    `not_found` for one out of scope as for one that does not exist.
    """
    record = _in_sight(session, acting, record_id)
    head = session.get(Revision, (record.district, record.head_revision_id))
    case = session.get(Case, (record.district, record.case_id))
    author = session.get(Person, (record.district, record.author_id))
    assert head is not None and case is not None and author is not None
    minors.require_reason(session, acting, case, now)
    body = body_of(session, head)
    instance = instance_of(session, head, body, language)
    regions = names_for_files(session, record.district, day_of(now))
    sections = report.sections_of(instance, language, regions)
    facts = _facts(session, record, instance, sections, language, regions)
    remarks = _remarks(session, record)
    review = session.scalar(
        select(Review).where(
            Review.district == record.district, Review.record_id == record_id, Review.closed_at.is_(None)
        )
    )
    mine = review is not None and review.opened_by == acting.person_id and record.state in workflow.REVIEWED
    free = review is None or workflow.may_hold(review.opened_by, review.hold_until, acting.person_id, now)
    here = (Record.district == record.district, Record.record_id == record_id)
    is_lawful = session.scalar(select(Record.record_id).where(*here, scope.may_review(acting))) is not None
    _version, found = findings_of(session, head, now)
    decisions = _decisions(session, record)
    levels = _levels(session, acting, record, decisions)
    view = ReportView(
        record=record,
        case=case,
        head=head,
        author_name=author.name,
        visitors=_visitors(session, record),
        sections=sections,
        brief=_brief(session, acting, record, case, sections, language),
        changed=_changed(session, record, head, body, sections, language, regions),
        beside=_beside(session, record, head, body, sections, language, regions),
        findings=_by_path(found),
        remarks=remarks,
        facts=facts,
        differs=_differs(record, sections, facts),
        decisions=decisions,
        review=review,
        may_open=is_lawful
        and workflow.after(record.state, workflow.Move.OPEN_REVIEW) is not None
        and free
        and not mine
        and not levels.is_hers,
        may_decide=mine and is_lawful,
        must_fix_open=workflow.blocks_approval(
            workflow.RemarkState(item.remark.kind, item.remark.state) for items in remarks.values() for item in items
        ),
        never_must_fix=workflow.NEVER_MUST_FIX,
        files=files.of_body(session, record, instance.plan, body),
        parts=parts.NOTHING,
        levels=levels,
    )
    if _reviews(session, acting, record):
        view = replace(view, parts=parts.parts_of(session, acting, record, sections, language, regions))
    else:
        view = _without_the_review(view)
    audit.write(
        session,
        district=record.district,
        actor_id=acting.person_id,
        act="read_report",
        about={
            "record": str(record_id),
            "revision": str(head.revision_id),
            **({"beside": [str(version.revision.revision_id) for version in view.beside]} if view.beside else {}),
            **({"parts": [str(opened) for opened in view.parts.revisions]} if view.parts.revisions else {}),
        },
        at=now,
    )
    return view


def allow_file(session: Session, acting: Acting, record_id: UUID, file_id: UUID, now: datetime) -> files.Allowed:
    """Let her open a file of a report, where the class of its question is hers to read. Raises `not_found`, as for
    what does not exist; `reason_needed` for a minor's.
    """
    record = _in_sight(session, acting, record_id)
    case = session.get_one(Case, (record.district, record.case_id))
    minors.require_reason(session, acting, case, now)
    classes = scope.classes_read(acting, case.village_code)
    # What a returned version showed is the reviewer's and its author's alone.
    only = None if _reviews(session, acting, record) else record.head_revision_id
    return files.allow(session, acting, record, classes, file_id, now, only=only)


def _in_sight(session: Session, acting: Acting, record_id: UUID) -> Record:
    if not acting.has(*READERS):
        raise Problem("not_found")
    conditions = [scope.reports_to_read(acting)]
    if acting.has(Role.SUPERVISOR):
        conditions.append(scope.reports_to_review(acting))
    record = session.scalar(
        select(Record).where(Record.district == acting.district, Record.record_id == record_id, or_(*conditions))
    )
    if record is None:
        raise Problem("not_found")
    return record


def _reviews(session: Session, acting: Acting, record: Record) -> bool:
    if not acting.has(Role.SUPERVISOR):
        return False
    here = (Record.district == record.district, Record.record_id == record.record_id)
    return session.scalar(select(Record.record_id).where(*here, scope.reports_to_review(acting))) is not None


def _brief(
    session: Session, acting: Acting, record: Record, case: Case, sections: list[report.Section], language: str
) -> list[brief.BriefLine]:
    lines = brief.brief_of(record.form, sections)
    reads = told_at_once.CLASS in scope.classes_read(acting, case.village_code)
    made_at = told_at_once.report_before(session, case, record.record_id) if reads else None
    return lines if made_at is None else brief.calling_again(lines, day_of(made_at), language)


def _without_the_review(view: ReportView) -> ReportView:
    """The report as the procuratorate reads it: what was found and decided. What reviewer and author said to each
    other, what other reports say, and what a returned version said is not for it.
    """
    decided = [
        replace(item, text="", parts=[]) for item in view.decisions if item.decision.kind in ("approved", "void")
    ]
    return replace(
        view, changed=[], beside=[], findings={}, remarks={}, facts={}, differs=[], decisions=decided, review=None,
        may_open=False, may_decide=False, must_fix_open=False, levels=TwoLevels(),
    )  # fmt: skip


def _changed(
    session: Session,
    record: Record,
    head: Revision,
    body: dict[str, Any],
    sections: list[report.Section],
    language: str,
    regions: dict[str, str],
) -> list[ChangedAnswer] | None:
    """What changed since the last return; None where what was returned was damaged, so that nobody can say."""
    decided = session.scalar(
        select(Decision)
        .where(
            Decision.district == record.district,
            Decision.record_id == record.record_id,
            Decision.kind == "returned",  # a resubmit taken back and sent again is still an answer to the last return
        )
        .order_by(Decision.decision_id.desc())
        .limit(1)
    )
    if decided is None or decided.revision_id == head.revision_id:
        return []
    before = session.get(Revision, (record.district, decided.revision_id))
    assert before is not None
    opened = _opened(session, before, language, regions)
    return None if opened is None else _compared(*opened, body, sections)


def _opened(
    session: Session, revision: Revision, language: str, regions: dict[str, str]
) -> tuple[dict[str, Any], list[report.Section]] | None:
    """An older or other version; None where it is damaged: the head is read and decided on all the same."""
    try:
        body = body_of(session, revision)
    except Damaged as error:
        log.error("stored_damaged", what=str(error), record=str(revision.record_id))
        return None
    return body, report.sections_of(instance_of(session, revision, body, language), language, regions)


def _beside(
    session: Session,
    record: Record,
    head: Revision,
    body: dict[str, Any],
    sections: list[report.Section],
    language: str,
    regions: dict[str, str],
) -> list[VersionBeside]:
    rows = session.scalars(
        select(Revision)
        .where(Revision.district == record.district, Revision.record_id == record.record_id)
        .order_by(Revision.received_at, Revision.revision_id)
    )
    of_head = versions.ancestry(session, record, head.revision_id)
    still_open = versions.apart_of(session, record).beside
    found = []
    for other in (row for row in rows if row.revision_id not in of_head):
        opened = _opened(session, other, language, regions)
        differs = None if opened is None else _compared(body, sections, *opened)
        found.append(VersionBeside(other, differs, other.revision_id in still_open))
    return found


def _compared(
    old_body: dict[str, Any],
    old_sections: list[report.Section],
    new_body: dict[str, Any],
    new_sections: list[report.Section],
) -> list[ChangedAnswer]:
    old = {answer.path: answer for section in old_sections for answer in section.all_answers()}
    new = {answer.path: answer for section in new_sections for answer in section.all_answers()}
    shown = []
    for change in diff.changes(old_body["answers"], new_body["answers"]):
        answer = new.get(change.path) or old.get(change.path)
        if answer is None:
            continue  # calculated or hidden: no answer of a person
        was, now_is = old.get(change.path), new.get(change.path)
        shown.append(ChangedAnswer(change.path, answer.label, was.text if was else "", now_is.text if now_is else ""))
    return shown


def _remarks(session: Session, record: Record) -> dict[str, list[RemarkView]]:
    views: dict[str, list[RemarkView]] = defaultdict(list)
    for remark in remarks_of(session, record):
        said = _open(session, record, "remark", "sealed_text", (record.district, remark.remark_id), remark.sealed_text)
        reply: dict[str, Any] = {}
        if remark.sealed_reply is not None:
            key = (record.district, remark.remark_id)
            reply = _open(session, record, "remark", "sealed_reply", key, remark.sealed_reply)
        views[said["path"]].append(
            RemarkView(
                remark, said["path"], said["text"], said["ways"], reply.get("reply"), str(reply.get("text") or "")
            )
        )
    return dict(views)


def _facts(
    session: Session,
    record: Record,
    instance: evaluate.Instance,
    sections: list[report.Section],
    language: str,
    regions: dict[str, str],
) -> dict[tuple[str, str], dict[str, Any]]:
    # What an earlier visit approved, in the words of today's question, so that the two can be compared at a glance.
    answers = report.facts_in(sections, str(record.case_id))
    rows = session.scalars(
        select(Fact).where(
            Fact.district == record.district,
            Fact.case_id == record.case_id,
            Fact.revision_id != record.head_revision_id,
        )
    )
    known: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        answer = answers.get((str(row.about_id), row.fact))
        if answer is None:
            continue
        key = (row.district, row.case_id, row.about_id, row.fact)
        here = (row.district, row.case_id, "fact", "sealed_value", key)
        value = json.loads(bodies.open_for_case(session, *here, row.sealed_value))
        if isinstance(answer, report.Section):
            text = report.rows_in_words(instance, answer, value["value"], language)
            differs = _without_ids(value["value"]) != _without_ids(answer.rows)
        else:
            text = report.text_of(value["value"], answer.choices, language)
            text = regions.get(text, text) if answer.is_region else text
            differs = value["value"] != answer.value
        known[str(row.about_id), row.fact] = {"text": text, "on": value["on"], "differs": differs}
    return known


def _differs(
    record: Record, sections: list[report.Section], facts: dict[tuple[str, str], dict[str, Any]]
) -> list[tuple[str, str, str, dict[str, Any]]]:
    found = []
    for key, told in report.facts_in(sections, str(record.case_id)).items():
        known = facts.get(key)
        # A question nobody answered this time leaves the older fact standing: nothing changed.
        if known is not None and known["differs"] and isinstance(told, report.Answer) and told.text:
            found.append((told.path, told.label, told.text, known))
    return found


def _without_ids(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    # A list entered afresh has new row ids; what it says may be the same.
    return [{name: value for name, value in row.items() if name != "_id"} for row in rows]


def _decisions(session: Session, record: Record) -> list[DecisionView]:
    rows = session.execute(
        select(Decision, Person.name, _principal.name)
        .join(Person, (Person.district == Decision.district) & (Person.person_id == Decision.decided_by))
        .outerjoin(
            _principal, (_principal.district == Decision.district) & (_principal.person_id == Decision.acting_for)
        )
        .where(Decision.district == record.district, Decision.record_id == record.record_id)
        .order_by(Decision.decision_id)
    )
    views, bound = [], parts.bound_to(session, record)
    for decision, by, acting_for in rows:
        text = ""
        if decision.sealed_text is not None:
            key = (record.district, decision.decision_id)
            text = _open(session, record, "decision", "sealed_text", key, decision.sealed_text)["text"]
        views.append(DecisionView(decision, by, acting_for or "", text, bound.get(decision.decision_id, [])))
    return views


def _levels(session: Session, acting: Acting, record: Record, decisions: Sequence[DecisionView]) -> TwoLevels:
    if record.state not in WAITING:
        return TwoLevels()
    standing = first_of(session, record)
    first = next((item for item in decisions if item.decision is standing), None)
    here = (Record.district == record.district, Record.record_id == record.record_id)
    is_hers = session.scalar(select(Record.record_id).where(*here, approvers.gave_first(acting.person_id))) is not None
    return TwoLevels(two_levels.is_asked(session, record), first, is_hers)


def _visitors(session: Session, record: Record) -> list[str]:
    names = (
        select(Person.name)
        .join(Visitor, (Visitor.district == Person.district) & (Visitor.person_id == Person.person_id))
        .where(Visitor.district == record.district, Visitor.visit_id == record.visit_id)
        .order_by(Person.person_id)
    )
    return list(session.scalars(names))


def _open(
    session: Session, record: Record, table: str, column: str, key: tuple[Any, ...], sealed: bytes
) -> dict[str, Any]:
    place = (record.district, record.case_id, record.form, table, column, key)
    return dict(json.loads(bodies.open_for_record(session, *place, sealed)))


def _by_path(found: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    by_path: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for finding in found:
        by_path[finding["path"]].append(finding)
    return dict(by_path)
