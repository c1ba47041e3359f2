"""The supervisor's queue: records she may review, and what a line of the list shows. It never holds a family's name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, exists, func, literal, select, union_all
from sqlalchemy.orm import Session

from fieldapp.models import approvers, scope, two_levels, versions
from fieldapp.models.accounts import Acting, Person, Role
from fieldapp.models.cases import Case, Urgent, alert_of_record
from fieldapp.models.records import WAITING, Findings, Kept, Record, State
from fieldapp.models.reviews import FIRST, Decision, Remark, Review

PAGE = 50
GREEN_MAX = 200  # reports of families on the green channel that stand before the queue
COUNTED_MAX = 1_000  # reports of one state: of more it is said that there are more
DECIDED_COUNTED_MAX = 100  # the same of states that pile up with the years, of which nobody works off the number
CHOICES_MAX = 1_000  # reports at each end of a view, of which its filters are made
ALERTS_MAX = 200  # alerts whose reports stand before all others: those that wait, and those that were seen last
_UNDECIDED = (*WAITING, State.DOOR_SUBMITTED)


@dataclass(frozen=True)
class Filters:
    """What a queue page asks for; empty texts ask for all."""

    states: Sequence[str] = WAITING
    form: str = ""
    village: str = ""
    author: UUID | None = None


@dataclass(frozen=True)
class QueueRow:
    """One line of the queue. `findings` is None until they are computed."""

    record: Record
    code_name: str
    village_code: str
    author_name: str
    findings: int | None
    open_remarks: int
    held_by: UUID | None
    hold_until: datetime | None
    is_apart: bool  # another version stands beside the head
    came_up: list[str]  # above the county: why nobody below may decide (models/approvers.py); else empty
    is_green: bool  # of a family on the green channel
    is_danger: bool  # it told of a danger, of which an alert was raised
    first: "FirstApproval | None"  # where it has the first of two approvals


@dataclass(frozen=True)
class FirstApproval:
    """The first of two approvals of a report, by name. `asks_second`: one is asked still; where none is, whoever may
    approve finishes it. `is_hers`: then not she, for the first was hers, or was given in her place.
    """

    by: str
    asks_second: bool
    is_hers: bool


def page_of(
    session: Session, acting: Acting, filters: Filters, after: tuple[datetime, UUID] | None = None
) -> tuple[list[QueueRow], bool]:
    """A page of the queue, oldest first, and whether there is more. One row more than a page is read to know that.
    Reports that told of a danger, then families on the green channel stand before all others on the first page
    (ALERTS_MAX and GREEN_MAX of them), and on no later one again.
    """
    # Asked for by their own index: the queue itself is read in the order of its own.
    red = _of_alerts(session, acting, filters)
    green = list(
        session.scalars(select(Case.case_id).where(Case.district == acting.district, Case.green_since.is_not(None)))
    )
    first = list(session.execute(_records(acting, filters, None, these=red))) if red else []
    first += session.execute(_records(acting, filters, None, of=green, without=red)) if green else []
    # What was too many to stand before the queue stands in it.
    before = [record.record_id for record, _, _ in first]
    records = list(session.execute(_records(acting, filters, after, without=before).limit(PAGE + 1)))
    shown = ([] if after else first) + records[:PAGE]
    ids = [record.record_id for record, _, _ in shown]
    heads = [record.head_revision_id for record, _, _ in shown]
    found = _counts(session, acting, heads)
    remarks = _open_remarks(session, acting, ids)
    holds = _holds(session, acting, ids)
    apart = versions.apart(session, acting.district, dict(zip(ids, heads, strict=True)))
    firsts = _firsts(session, acting, [one.record_id for one, _, _ in shown if one.state == State.APPROVED_FIRST])
    rows = [
        QueueRow(
            record=record,
            code_name=case.code_name,
            village_code=case.village_code,
            author_name=author,
            findings=found.get(record.head_revision_id),
            open_remarks=remarks.get(record.record_id, 0),
            held_by=holds[record.record_id].opened_by if record.record_id in holds else None,
            hold_until=holds[record.record_id].hold_until if record.record_id in holds else None,
            is_apart=record.record_id in apart,
            came_up=_came_up(session, acting, record, case),
            is_green=case.green_since is not None,
            is_danger=record.record_id in red,
            first=firsts.get(record.record_id),
        )
        for record, case, author in shown
    ]
    return rows, len(records) > PAGE


def _of_alerts(session: Session, acting: Acting, filters: Filters) -> list[UUID]:
    """Undecided reports of which an alert was raised that she may see. No column says so: that a report is red stands
    in its answers alone, and the id of its alert follows from its own.
    """
    mine = scope.alerts_of(acting) & ~scope.alerts_of_relatives(acting)
    here = (Urgent.district == acting.district, Urgent.case_id.is_not(None), mine)
    alerts = select(Urgent.urgent_id, Urgent.case_id).where(*here).limit(ALERTS_MAX)
    seen = Urgent.acknowledged_at
    found = dict(session.execute(alerts.where(seen.is_(None)).order_by(Urgent.received_at.desc())).all())
    found |= dict(session.execute(alerts.where(seen.is_not(None)).order_by(seen.desc())).all())
    states = [state for state in filters.states if state in _UNDECIDED]
    if not found or not states:
        return []
    reports = select(Record.record_id, Record.form).where(
        Record.district == acting.district, Record.case_id.in_(set(found.values())), Record.state.in_(states)
    )
    return [record_id for record_id, form in session.execute(reports) if alert_of_record(form, record_id) in found]


def _came_up(session: Session, acting: Acting, record: Record, case: Case) -> list[str]:
    regions = [code for code in acting.regions(Role.SUPERVISOR) if case.village_code.startswith(code)]
    if acting.at is None or any(len(code) >= approvers.COUNTY_DIGITS for code in regions):
        return []
    return approvers.why_nobody(session, record, acting.at)


def counted_max(state: str) -> int:
    """How many reports of this state are counted."""
    return DECIDED_COUNTED_MAX if state in (State.APPROVED, State.VOID) else COUNTED_MAX


def counts_by_state(session: Session, acting: Acting, states: Sequence[str]) -> dict[str, int]:
    """How many reports of each of these states are hers to review, one more than `counted_max` where there are more. A
    state of which there is none is left out.
    """
    mine = (Record.district == acting.district, scope.reports_to_review(acting))
    some = {
        state: select(Record.record_id).where(*mine, Record.state == state).limit(counted_max(state) + 1).subquery()
        for state in states
    }
    counted = union_all(*(select(literal(state), func.count()).select_from(one) for state, one in some.items()))
    return {state: count for state, count in session.execute(counted) if count}


def open_alerts(session: Session, acting: Acting) -> list[Urgent]:
    """Dangers reported from phones that nobody has acknowledged, newest first."""
    wanted = select(Urgent).where(
        Urgent.district == acting.district, Urgent.acknowledged_at.is_(None), scope.alerts_of(acting)
    )
    return list(session.scalars(wanted.order_by(Urgent.received_at.desc(), Urgent.urgent_id).limit(PAGE)))


def open_kept(session: Session, acting: Acting) -> list[Kept]:
    """Work that could not be taken as it came and waits for a person, oldest first."""
    wanted = select(Kept).where(Kept.district == acting.district, Kept.settled_at.is_(None), scope.kept_of(acting))
    return list(session.scalars(wanted.order_by(Kept.received_at, Kept.kept_id).limit(PAGE)))


def _records(
    acting: Acting,
    filters: Filters,
    after: tuple[datetime, UUID] | None,
    *,
    these: Sequence[UUID] = (),
    of: Sequence[UUID] = (),
    without: Sequence[UUID] = (),
) -> Select[Record, Case, str]:
    wanted = (
        select(Record, Case, Person.name)
        .join(Case, (Case.district == Record.district) & (Case.case_id == Record.case_id))
        .join(Person, (Person.district == Record.district) & (Person.person_id == Record.author_id))
        .where(Record.district == acting.district, scope.reports_to_review(acting), Record.state.in_(filters.states))
        .order_by(Record.state_at, Record.record_id)
    )
    if these:
        wanted = wanted.where(Record.record_id.in_(these))
    if of:
        wanted = wanted.where(Record.case_id.in_(of)).limit(GREEN_MAX)
    if without:
        wanted = wanted.where(Record.record_id.not_in(without))
    if filters.form:
        wanted = wanted.where(Record.form == filters.form)
    if filters.village:
        wanted = wanted.where(Case.village_code == filters.village)
    if filters.author is not None:
        wanted = wanted.where(Record.author_id == filters.author)
    if after is not None:
        at, record_id = after
        later = (Record.state_at > at) | ((Record.state_at == at) & (Record.record_id > record_id))
        wanted = wanted.where(later)
    return wanted


def _counts(session: Session, acting: Acting, heads: Sequence[UUID]) -> dict[UUID, int]:
    found = select(Findings.revision_id, Findings.count).where(
        Findings.district == acting.district, Findings.revision_id.in_(heads)
    )
    return dict(session.execute(found).all())


def _open_remarks(session: Session, acting: Acting, ids: Sequence[UUID]) -> dict[UUID, int]:
    counted = select(Remark.record_id, func.count()).where(
        Remark.district == acting.district, Remark.record_id.in_(ids), Remark.state == "open"
    )
    return dict(session.execute(counted.group_by(Remark.record_id)).all())


def _holds(session: Session, acting: Acting, ids: Sequence[UUID]) -> dict[UUID, Review]:
    running = select(Review).where(
        Review.district == acting.district, Review.record_id.in_(ids), Review.closed_at.is_(None)
    )
    return {review.record_id: review for review in session.scalars(running)}


def _firsts(session: Session, acting: Acting, ids: Sequence[UUID]) -> dict[UUID, FirstApproval]:
    if not ids:
        return {}
    rows = session.execute(
        select(Record.record_id, Person.name, two_levels.asked(), approvers.gave_first(acting.person_id))
        .join(Decision, (Decision.district == Record.district) & (Decision.record_id == Record.record_id))
        .join(Person, (Person.district == Decision.district) & (Person.person_id == Decision.decided_by))
        .where(Record.district == acting.district, Record.record_id.in_(ids))
        .where(Decision.kind == FIRST, Decision.ended_at.is_(None))
    )
    return {record_id: FirstApproval(by, asks_second, is_hers) for record_id, by, asks_second, is_hers in rows}


def second_approvals(session: Session, acting: Acting) -> int:
    """How many reports have a first approval, are hers to finish, and are read by nobody just now."""
    held = exists().where(
        Review.district == Record.district, Review.record_id == Record.record_id, Review.closed_at.is_(None)
    )
    hers = (scope.reports_to_review(acting), ~approvers.gave_first(acting.person_id), ~held)
    here = (Record.district == acting.district, Record.state == State.APPROVED_FIRST)
    return session.scalar(select(func.count()).select_from(Record).where(*here, *hers)) or 0


@dataclass(frozen=True)
class FilterChoices:
    """What the filters of the queue may offer: only what stands in reports that are hers to review."""

    forms: list[str]
    villages: list[str]
    authors: list[tuple[UUID, str]]


def filter_choices(session: Session, acting: Acting, states: Sequence[str]) -> FilterChoices:
    """Forms, villages and authors of the reports in these states that are hers to review: of the CHOICES_MAX oldest,
    with which the queue begins, and of as many of the newest.
    """
    shown = (
        select(Record.form, Case.village_code, Record.author_id)
        .join(Case, (Case.district == Record.district) & (Case.case_id == Record.case_id))
        .where(Record.district == acting.district, scope.reports_to_review(acting), Record.state.in_(states))
        .limit(CHOICES_MAX)
    )
    found = session.execute(shown.order_by(Record.state_at, Record.record_id)).all()
    if len(found) == CHOICES_MAX:
        found = [*found, *session.execute(shown.order_by(Record.state_at.desc(), Record.record_id.desc()))]
    authors = session.execute(
        select(Person.person_id, Person.name)
        .where(Person.district == acting.district, Person.person_id.in_({author for _, _, author in found}))
        .order_by(Person.name)
    )
    return FilterChoices(
        sorted({form for form, _, _ in found}),
        sorted({village for _, village, _ in found}),
        [(person_id, name) for person_id, name in authors],
    )
