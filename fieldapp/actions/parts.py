"""The parts of one visit: what each visitor wrote in it, read together, and named one by one in an approval.

    parts_of    for the page: who wrote what, what is not handed in yet, where two parts say different things
    hold        before a decision: from here on nobody writes in this visit until the transaction ends
    as_read     exactly which revisions stand beside the report now
    missing     parts that somebody else has begun and not handed in

A part that nobody began is shown and holds nothing up: two visitors often write one report between them.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from fieldapp.actions.findings import body_of, instance_of
from fieldapp.actions.plans import plan_of
from fieldapp.casework import report
from fieldapp.crypto.rest import Damaged
from fieldapp.models import scope
from fieldapp.models.accounts import Acting, Person
from fieldapp.models.bodies import REPORTER_FORMS
from fieldapp.models.cases import Visit, Visitor
from fieldapp.models.records import DraftCopy, Record, Revision, State
from fieldapp.models.reviews import Decision, DecisionPart

log = structlog.get_logger()
HANDED_IN = frozenset({State.SUBMITTED, State.IN_REVIEW, State.APPROVED_FIRST, State.APPROVED})
COMPARED_MAX = 12  # parts whose answers one page opens: a visit has three or four, a list gone wrong hundreds
# What its author took back is hers alone until she hands it in again.
_READABLE = HANDED_IN | {State.DOOR_SUBMITTED, State.RETURNED}


@dataclass(frozen=True)
class Part:
    """One part exactly as it was read."""

    record_id: UUID
    revision_id: UUID
    content_hash: bytes


@dataclass(frozen=True)
class PartLine:
    """One part on the page. `record_id` is None for a draft of which the server has only its author's copy; `state` is
    then `draft`. `since`: when it came into this state.
    """

    record_id: UUID | None
    form: str
    author: str
    state: str
    since: datetime
    is_this: bool
    is_missing: bool


@dataclass(frozen=True)
class ToldTwice:
    """What one part says of a fact; `path` is the answer in it."""

    record_id: UUID
    author: str
    form: str
    path: str
    text: str


@dataclass(frozen=True)
class Contradiction:
    """A fact of one person (or of the family: `about` is empty) that two parts give different values."""

    label: str
    about: str
    told: list[ToldTwice]


@dataclass(frozen=True)
class VisitParts:
    """The visit around a report. `nothing_from`: visitors of whom nothing is here; `not_begun`: forms of the visit that
    nobody has written; `revisions`: what was opened for the comparison.
    """

    lines: list[PartLine]
    nothing_from: list[str]
    not_begun: list[str]
    contradictions: list[Contradiction]
    damaged: frozenset[UUID]  # records whose stored answers cannot be opened: nothing was compared with them
    is_compared_in_part: bool  # there are more parts than a page can compare
    as_read: list[Part]
    revisions: list[UUID]

    @property
    def missing(self) -> list[PartLine]:
        """What somebody else has begun and not handed in: approving without it asks a reason."""
        return [line for line in self.lines if line.is_missing]

    @property
    def is_shared(self) -> bool:
        """Whether there is anything to say beside the report itself."""
        return len(self.lines) > 1


NOTHING = VisitParts([], [], [], [], frozenset(), False, [], [])


def parts_of(
    session: Session,
    acting: Acting,
    record: Record,
    sections: Sequence[report.Section],
    language: str,
    regions: dict[str, str],
) -> VisitParts:
    """The visit of this report as its reviewer reads it; `sections` is the report itself."""
    if record.visit_id is None:
        return NOTHING
    others = _others(session, acting, record)
    copies = _copies(session, record, others)
    visitors = _visitors(session, record)
    authors = {record.author_id, *(other.author_id for other in others), *(copy.author_id for copy in copies)}
    names = _names(session, record.district, authors | set(visitors))
    lines = [_line(one, record, names) for one in sorted([record, *others], key=lambda one: one.record_id)]
    lines += [
        PartLine(None, copy.form, names[copy.author_id], State.DRAFT, copy.received_at, False, True) for copy in copies
    ]
    written = {record.form, *(other.form for other in others), *(copy.form for copy in copies)}
    visit = session.get_one(Visit, (record.district, record.visit_id))
    heads = _heads(session, record.district, [other for other in others if other.state in _READABLE])
    told = _telling(session, record, others, heads)
    opened = _opened(session, told[-COMPARED_MAX:])
    return VisitParts(
        lines=lines,
        nothing_from=[names[person_id] for person_id in visitors if person_id not in authors],
        not_begun=[form for form in visit.forms.split() if form not in written],
        contradictions=_contradictions(session, record, sections, opened, names, language, regions),
        damaged=frozenset(other.record_id for other, _ in told[-COMPARED_MAX:])
        - {other.record_id for other, _, _ in opened},
        is_compared_in_part=len(told) > COMPARED_MAX,
        as_read=as_read(session, acting, record),
        revisions=sorted(head.revision_id for _, head, _ in opened),
    )


def hold(session: Session, district: str, record_id: UUID) -> None:
    """Lock every record of this one's visit, in the order in which a push locks its own, and then the visit: a new
    record of it refers to the visit, and so waits too. What is asked after this stays true until the end.
    """
    record = session.get(Record, (district, record_id))
    if record is None or record.visit_id is None:
        return
    of_visit = _of_visit(record)
    session.scalars(select(Record.record_id).where(*of_visit).order_by(Record.record_id).with_for_update()).all()
    session.scalar(
        select(Visit.visit_id).where(Visit.district == district, Visit.visit_id == record.visit_id).with_for_update()
    )


def as_read(session: Session, acting: Acting, record: Record) -> list[Part]:
    """The parts beside this report as they stand now, by record: what an approval names. Those that were taken back or
    are only begun are not among them, for they cannot be read.
    """
    others = [other for other in _others(session, acting, record) if other.state in _READABLE]
    heads = _heads(session, record.district, others)
    return [
        Part(other.record_id, other.head_revision_id, heads[other.head_revision_id].content_hash) for other in others
    ]


def missing(session: Session, acting: Acting, record: Record) -> bool:
    """Whether somebody else has begun a part of this visit and not handed it in, as far as the server knows."""
    others = _others(session, acting, record)
    return any(_is_missing(other, record) for other in others) or bool(_copies(session, record, others))


def bound_to(session: Session, record: Record) -> dict[UUID, list[tuple[str, str]]]:
    """For each decision on this report that named parts: their (form, author), in the order of the records."""
    rows = session.execute(
        select(DecisionPart.decision_id, Record.form, Person.name)
        .join(
            Decision,
            (Decision.district == DecisionPart.district) & (Decision.decision_id == DecisionPart.decision_id),
        )
        .join(Record, (Record.district == DecisionPart.district) & (Record.record_id == DecisionPart.record_id))
        .join(Person, (Person.district == Record.district) & (Person.person_id == Record.author_id))
        .where(Decision.district == record.district, Decision.record_id == record.record_id)
        .order_by(DecisionPart.decision_id, DecisionPart.record_id)
    )
    found: dict[UUID, list[tuple[str, str]]] = defaultdict(list)
    for decision_id, form, author in rows:
        found[decision_id].append((form, author))
    return dict(found)


# --- what there is ----------------------------------------------------------------------------------------------------


def _others(session: Session, acting: Acting, record: Record) -> Sequence[Record]:
    if record.visit_id is None:
        return []
    # Read anew: what was known of them before the lock may be old. Who told us is nobody's part of a visit.
    return session.scalars(
        select(Record)
        .where(
            *_of_visit(record),
            Record.record_id != record.record_id,
            Record.state != State.VOID,
            Record.form.not_in(REPORTER_FORMS),
            scope.reports_to_review(acting),
        )
        .order_by(Record.record_id)
        .execution_options(populate_existing=True)
    ).all()


def _of_visit(record: Record) -> tuple[ColumnElement[bool], ...]:
    # By the case, which has an index: its records are few.
    here = (Record.district == record.district, Record.case_id == record.case_id)
    return (*here, Record.visit_id == record.visit_id)


def _copies(session: Session, record: Record, others: Sequence[Record]) -> Sequence[DraftCopy]:
    """Copies of drafts that somebody else writes in this visit, of records that are not here yet."""
    known = [record.record_id, *(other.record_id for other in others)]
    return session.scalars(
        select(DraftCopy)
        .where(
            DraftCopy.district == record.district,
            DraftCopy.visit_id == record.visit_id,
            DraftCopy.author_id != record.author_id,
            DraftCopy.record_id.not_in(known),
            DraftCopy.form.not_in(REPORTER_FORMS),
        )
        .order_by(DraftCopy.record_id)
    ).all()


def _is_missing(other: Record, record: Record) -> bool:
    # Her own other sheets stand on her own list, and hold nothing up.
    return other.author_id != record.author_id and other.state not in HANDED_IN


def _line(one: Record, record: Record, names: dict[UUID, str]) -> PartLine:
    is_this = one.record_id == record.record_id
    is_missing = not is_this and _is_missing(one, record)
    return PartLine(one.record_id, one.form, names[one.author_id], one.state, one.state_at, is_this, is_missing)


def _heads(session: Session, district: str, records: Sequence[Record]) -> dict[UUID, Revision]:
    ids = [record.head_revision_id for record in records]
    if not ids:
        return {}
    rows = session.scalars(select(Revision).where(Revision.district == district, Revision.revision_id.in_(ids)))
    return {row.revision_id: row for row in rows}


def _visitors(session: Session, record: Record) -> Sequence[UUID]:
    of_visit = (Visitor.district == record.district, Visitor.visit_id == record.visit_id)
    return session.scalars(select(Visitor.person_id).where(*of_visit).order_by(Visitor.person_id)).all()


def _names(session: Session, district: str, person_ids: Iterable[UUID]) -> dict[UUID, str]:
    rows = session.execute(
        select(Person.person_id, Person.name).where(
            Person.district == district, Person.person_id.in_(sorted(person_ids))
        )
    )
    return {row.person_id: row.name for row in rows}


# --- where two parts say different things -----------------------------------------------------------------------------


_Opened = tuple[Record, Revision, dict[str, Any]]


def _telling(
    session: Session, record: Record, others: Sequence[Record], heads: dict[UUID, Revision]
) -> list[tuple[Record, Revision]]:
    """The other parts that may say of a fact what this report says of it too, oldest first: only those are opened."""
    own = session.get_one(Revision, (record.district, record.head_revision_id))
    if not _has_facts(session, own):
        return []
    found = [(other, heads[other.head_revision_id]) for other in others if other.head_revision_id in heads]
    return [(other, head) for other, head in found if _has_facts(session, head)]


def _has_facts(session: Session, head: Revision) -> bool:
    plan = plan_of(session, head.form, head.form_version)
    return plan is not None and any(node.get("fact") for node in plan.nodes)


def _opened(session: Session, told: Sequence[tuple[Record, Revision]]) -> list[_Opened]:
    """The other parts with their bodies. One that cannot be opened says so on its own page, not instead of this one."""
    found = []
    for other, head in told:
        try:
            found.append((other, head, body_of(session, head)))
        except Damaged as error:
            log.error("stored_damaged", what=str(error), record=str(other.record_id))
    return found


def _contradictions(
    session: Session,
    record: Record,
    sections: Sequence[report.Section],
    opened: Sequence[_Opened],
    names: dict[UUID, str],
    language: str,
    regions: dict[str, str],
) -> list[Contradiction]:
    if not opened:
        return []
    said: dict[tuple[str, str], list[tuple[Any, str, ToldTwice]]] = defaultdict(list)
    people: dict[str, str] = {}
    own = session.get_one(Revision, (record.district, record.head_revision_id))
    for one, head, body in [(record, own, body_of(session, own)), *opened]:
        instance = instance_of(session, head, body, language)
        told = sections if one is record else report.sections_of(instance, language, regions)
        people |= report.names_in(told)
        for key, item in report.facts_in(told, str(record.case_id)).items():
            value = report.value_of(item)
            if value is not None:
                text = report.words_of(instance, item, language)
                label = item.label if isinstance(item, report.Answer) else item.title
                twice = ToldTwice(one.record_id, names[one.author_id], one.form, item.path, text)
                said[key].append((value, label, twice))
    return [
        Contradiction(told[0][1], people.get(about, ""), [twice for _value, _label, twice in told])
        for (about, _fact), told in said.items()
        if any(value != told[0][0] for value, _label, _twice in told)
    ]
